//! Round trips of every codec, loss, and payloads that are none.

use super::sound::{signal_to_noise, spectral_distance, speech};
use super::*;
use proptest::prelude::*;

fn payload(codec: Codec) -> Payload {
    Payload { number: 96, codec, clock_rate: 8000, fec: false, dtx: false }
}

/// The payloads of `sound`, one for each 20 ms; empty where nothing is to be sent.
fn encoded(payload: &Payload, sound: &[i16]) -> Vec<Vec<u8>> {
    let mut encoder = Encoder::new(payload).expect("an encoder");
    let mut out = [0; MAX_ENCODED_BYTES];
    let mut one = |frame: &[i16]| {
        let length = encoder.encode(frame, &mut out);
        out[..length].to_vec()
    };
    sound.chunks_exact(encoder_band(payload.codec).tick()).map(&mut one).collect()
}

fn encoder_band(codec: Codec) -> Band {
    Encoder::new(&payload(codec)).expect("an encoder").band()
}

fn decoded(codec: Codec, payloads: &[Vec<u8>]) -> Vec<i16> {
    let mut decoder = Decoder::new(codec).expect("a decoder");
    let mut out = Pcm::default();
    let mut sound = Vec::new();
    for payload in payloads {
        decoder.decode(payload, &mut out);
        sound.extend_from_slice(&out);
    }
    sound
}

#[test]
fn speech_survives_each_codec() {
    // Signal to noise and spectral distance in dB at least and at most, delay in samples: G.722's filters and Opus's
    // look-ahead are within.
    let bounds = [
        (Codec::Pcmu, 36.0, 0.3, 0),
        (Codec::Pcma, 36.0, 0.3, 0),
        (Codec::G722, 30.0, 0.5, 22),
        (Codec::Opus, 11.0, 1.5, 104),
    ];
    for (codec, clean, distance, delay) in bounds {
        let band = encoder_band(codec);
        let source = speech(band.hertz(), 2000);
        let heard = decoded(codec, &encoded(&payload(codec), &source));
        assert_eq!(heard.len(), source.len(), "{codec:?}");
        let (ratio, best) = signal_to_noise(&source[..source.len() - 400], &heard, 200);
        let apart = spectral_distance(&source[..source.len() - 400], &heard[best..], band.hertz());
        println!("{codec:?}: {ratio:.1} dB signal to noise, {apart:.2} dB apart, {best} samples late");
        assert!(ratio > clean && apart < distance, "{codec:?}: {ratio} dB, {apart} dB apart");
        assert_eq!(best, delay, "{codec:?}");
    }
}

#[test]
fn g722_equals_another_implementation_bit_by_bit() {
    // CRC-32 of what libavcodec makes of the same samples, noise and full-scale squares among them.
    let mut state = 12_345u32;
    let mut sound = Vec::new();
    for n in 0..16_000 {
        state = state.wrapping_mul(1_103_515_245).wrapping_add(12_345) & 0x7fff_ffff;
        let noise = ((state >> 8) % 65_536) as i32 - 32_768;
        sound.push(match n / 4000 {
            0 => noise.div_euclid(64),
            1 => noise,
            2 => (if n % 800 < 400 { 20_000 } else { -20_000 }) + noise.div_euclid(512),
            _ => [-32_768, 32_767][(n / 7) % 2],
        } as i16);
    }
    let codes = encoded(&payload(Codec::G722), &sound);
    let heard: Vec<u8> = decoded(Codec::G722, &codes).iter().flat_map(|sample| sample.to_le_bytes()).collect();
    assert_eq!((crc32fast::hash(&codes.concat()), crc32fast::hash(&heard)), (0x6ae1_5590, 0x0563_90e0));
}

#[test]
fn a_payload_of_any_duration_is_decoded_at_once() {
    for (codec, octets) in [(Codec::Pcma, 80), (Codec::Pcmu, 960), (Codec::G722, 960), (Codec::G722, 480)] {
        let mut out = Pcm::default();
        Decoder::new(codec).expect("a decoder").decode(&vec![0x55; octets], &mut out);
        let band = encoder_band(codec);
        assert_eq!(out.len() * 8000 / band.hertz() as usize, octets, "{codec:?}");
    }
    let (mut out, mut beyond) = (Pcm::default(), Decoder::new(Codec::G722).expect("a decoder"));
    beyond.decode(&[0; 1400], &mut out);
    assert_eq!(out.len(), MAX_SAMPLES);
}

/// What a browser may send: stereo at 48 kHz, each duration that Opus has.
#[test]
fn opus_of_a_browser_is_heard_in_mono_at_16_khz() {
    let source = speech(48_000, 1440);
    let stereo: Vec<i16> = source.iter().flat_map(|sample| [*sample, *sample]).collect();
    let narrow: Vec<i16> = source.iter().step_by(3).copied().collect();
    for tenths in [25, 50, 100, 200, 400, 600, 1200] {
        let mut encoder = opus::Encoder::new(48_000, opus::Channels::Stereo, opus::Application::Voip).expect("encoder");
        let mut decoder = Decoder::new(Codec::Opus).expect("a decoder");
        let (mut out, mut heard) = (Pcm::default(), Vec::new());
        for frame in stereo.chunks_exact(2 * 48 * tenths / 10) {
            let packet = encoder.encode_vec(frame, 1400).expect("a packet");
            assert_eq!(samples_of(Codec::Opus, &packet) as usize, 48 * tenths / 10);
            decoder.decode(&packet, &mut out);
            assert_eq!(out.len(), 16 * tenths / 10);
            heard.extend_from_slice(&out);
        }
        let apart = spectral_distance(&narrow[..20_000], &heard[104..], 16_000);
        assert!(apart < 4.0, "{tenths} tenths of a millisecond: {apart} dB apart");
    }
}

/// Every tenth packet is lost: what is heard in its place is nearer to the source the more is known of it.
#[test]
fn redundancy_beats_concealment_and_concealment_beats_silence() {
    let wish = Payload { fec: true, ..payload(Codec::Opus) };
    let source = speech(16_000, 4000);
    let packets = encoded(&wish, &source);
    let distance = |replace: fn(&mut Decoder, &[u8], &mut Pcm)| {
        let mut decoder = Decoder::new(Codec::Opus).expect("a decoder");
        let (mut out, mut expected, mut heard) = (Pcm::default(), Vec::new(), Vec::new());
        for (n, packet) in packets.iter().enumerate().skip(1) {
            if n % 10 == 5 && n + 1 < packets.len() {
                replace(&mut decoder, &packets[n + 1], &mut out);
                assert_eq!(out.len(), 320);
                if !opus_packet::carries_redundancy(&packets[n + 1]) {
                    continue; // no copy is kept of a pause
                }
                heard.extend_from_slice(&out);
                expected.extend_from_slice(&source[n * 320 - 104..][..320]);
            } else {
                decoder.decode(packet, &mut out);
            }
        }
        assert!(heard.len() > 8 * 320, "too few losses with a copy after them");
        spectral_distance(&expected, &heard, 16_000)
    };
    let recovered = distance(|decoder, next, out| assert!(decoder.recover(next, out) || decoder.conceal(out)));
    let concealed = distance(|decoder, _, out| assert!(decoder.conceal(out)));
    let silent = distance(|_, _, out| out.resize(320).fill(0));
    println!("recovered {recovered:.1} dB, concealed {concealed:.1} dB, silent {silent:.1} dB from the source");
    assert!(recovered < 0.7 * concealed && concealed < 0.7 * silent, "{recovered} {concealed} {silent}");
}

#[test]
fn without_redundancy_nothing_is_recovered() {
    let packets = encoded(&payload(Codec::Opus), &speech(16_000, 200));
    let mut out = Pcm::default();
    let mut decoder = Decoder::new(Codec::Opus).expect("a decoder");
    assert!(!decoder.recover(&packets[4], &mut out) && out.is_empty());
    for codec in [Codec::Pcma, Codec::G722] {
        let mut decoder = Decoder::new(codec).expect("a decoder");
        assert!(!decoder.recover(&[0; 160], &mut out) && !decoder.conceal(&mut out) && out.is_empty());
    }
}

#[test]
fn who_wishes_for_dtx_is_sent_little_of_a_pause() {
    let mut sound = speech(16_000, 1000);
    let mut noise = super::sound::Noise(7);
    sound.extend((0..32_000).map(|_| (8.0 * noise.next()) as i16));
    let sent = |dtx| {
        let packets = encoded(&Payload { dtx, ..payload(Codec::Opus) }, &sound);
        packets[60..].iter().filter(|packet| !packet.is_empty()).count()
    };
    assert_eq!(sent(false), 90);
    assert!(sent(true) < 30, "{} of 90 packets in a pause", sent(true));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_payload_makes_a_decoder_panic(payloads in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..400), 1..8)) {
        for codec in [Codec::Pcmu, Codec::Pcma, Codec::G722, Codec::Opus] {
            let mut decoder = Decoder::new(codec).expect("a decoder");
            let mut out = Pcm::default();
            for payload in &payloads {
                decoder.decode(payload, &mut out);
                prop_assert!(out.len() <= MAX_SAMPLES);
                decoder.recover(payload, &mut out);
                decoder.conceal(&mut out);
            }
        }
    }

    #[test]
    fn a_truncated_opus_packet_is_silence_or_sound(cut in 0usize..200, frame in 0usize..50) {
        let packet = &OPUS.with(Clone::clone)[frame];
        let mut out = Pcm::default();
        let mut decoder = Decoder::new(Codec::Opus).expect("a decoder");
        decoder.decode(&packet[..cut.min(packet.len())], &mut out);
        prop_assert!(out.is_empty() || out.len() == 320);
    }
}

thread_local! {
    static OPUS: Vec<Vec<u8>> = encoded(&payload(Codec::Opus), &speech(16_000, 1000));
}
