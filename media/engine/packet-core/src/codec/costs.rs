//! What 20 ms of sound cost, and what more effort of the Opus encoder would give: figures for docs/performance.md.

use super::opus_codec::{OpusDecoder, OpusEncoder};
use super::sound::{signal_to_noise, spectral_distance, speech};
use super::*;
use crate::resample::{Down, Up};
use std::hint::black_box;
use std::time::Instant;

const FRAMES: usize = 500;
/// Frames that are timed at once: long beside the clock's own cost, short beside a turn of another process.
const BATCH: usize = 10;
const ROUNDS: usize = 10;
const SECONDS: usize = FRAMES / 50;

/// Microseconds a frame, each batch as in the fastest of the rounds: others run on this machine too.
fn cost(mut one: impl FnMut(usize)) -> f64 {
    let mut fastest = [f64::MAX; FRAMES / BATCH];
    for _ in 0..ROUNDS {
        for (batch, fastest) in fastest.iter_mut().enumerate() {
            let start = Instant::now();
            (batch * BATCH..(batch + 1) * BATCH).for_each(&mut one);
            *fastest = fastest.min(start.elapsed().as_secs_f64());
        }
    }
    fastest.iter().sum::<f64>() * 1e6 / FRAMES as f64
}

/// Costs to encode, decode, conceal and recover.
fn costs_of(payload: &Payload) -> [f64; 4] {
    let mut encoder = Encoder::new(payload).expect("an encoder");
    let mut decoder = Decoder::new(payload.codec).expect("a decoder");
    let tick = encoder.band().tick();
    let sound = speech(encoder.band().hertz(), 1000 * SECONDS);
    let frame = |n: usize| &sound[n * tick..][..tick];
    let mut packet = [0; MAX_ENCODED_BYTES];
    let encode = cost(|n| _ = black_box(encoder.encode(frame(n), &mut packet)));
    let packets: Vec<Vec<u8>> = (0..FRAMES)
        .map(|n| {
            let length = encoder.encode(frame(n), &mut packet);
            packet[..length].to_vec()
        })
        .collect();
    let mut out = Pcm::default();
    let decode = cost(|n| decoder.decode(&packets[n], black_box(&mut out)));
    let conceal = cost(|_| _ = decoder.conceal(black_box(&mut out)));
    let recover = cost(|n| _ = decoder.recover(&packets[n], black_box(&mut out)));
    [encode, decode, conceal, recover]
}

#[test]
#[ignore = "prints figures"]
fn codec_costs() {
    for (name, codec, fec) in [
        ("PCMU", Codec::Pcmu, false),
        ("PCMA", Codec::Pcma, false),
        ("G.722", Codec::G722, false),
        ("Opus", Codec::Opus, false),
        ("Opus, FEC", Codec::Opus, true),
    ] {
        let payload = Payload { number: 96, codec, clock_rate: 8000, fec, dtx: false };
        let [encode, decode, conceal, recover] = costs_of(&payload);
        println!("{name}: encode {encode:.2}, decode {decode:.2}, conceal {conceal:.2}, recover {recover:.2} us");
    }
    let (mut up, mut down) = (Up::new().expect("a filter"), Down::new().expect("a filter"));
    let (mut narrow, mut wide) = ([1000; Band::Narrow.tick()], [1000; Band::Wide.tick()]);
    println!("8 to 16 kHz: {:.2} us", cost(|_| up.run(black_box(&narrow), &mut wide)));
    println!("16 to 8 kHz: {:.2} us", cost(|_| down.run(black_box(&wide), &mut narrow)));
    let mut noise = ComfortNoise::default();
    noise.update(&[50, 100, 130], 1);
    println!("comfort noise, 8 kHz: {:.2} us", cost(|_| noise.generate(black_box(&mut narrow))));
}

#[test]
#[ignore = "prints figures"]
fn opus_effort() {
    let source = speech(16_000, 1000 * SECONDS);
    let frame = |n: usize| &source[n * 320..][..320];
    for complexity in 0..=10 {
        let encoder = || OpusEncoder::of_complexity(complexity, false, false).expect("an encoder");
        let mut timed = encoder();
        let mut packet = [0; MAX_ENCODED_BYTES];
        let encode = cost(|n| _ = black_box(timed.encode(frame(n), &mut packet)));
        let (mut encoder, mut decoder) = (encoder(), OpusDecoder::new().expect("a decoder"));
        let (mut out, mut heard) = (Pcm::default(), Vec::new());
        for n in 0..FRAMES {
            let length = encoder.encode(frame(n), &mut packet);
            decoder.decode(&packet[..length], &mut out);
            heard.extend_from_slice(&out);
        }
        let (ratio, late) = signal_to_noise(&source[..source.len() - 400], &heard, 200);
        let apart = spectral_distance(&source[..source.len() - 400], &heard[late..], 16_000);
        println!("{complexity}: {encode:.1} us, {ratio:.2} dB signal to noise, {apart:.2} dB apart");
    }
}
