//! Opus (RFC 6716) by libopus, at 16 kHz whatever the far end sends: a band, a channel or a rate less is its matter.

use super::{Band, MAX_ENCODED_BYTES, MAX_SAMPLES, Pcm, TICK_MS, opus_packet};
use opus::{Application, Bitrate, Channels, Decoder, Encoder, Signal};

/// Bits a second of speech in the wide band: beyond, listeners hear no difference (RFC 7587 3.1.1 says 16 to 20 kbit/s).
const BIT_RATE: i32 = 24_000;

/// With redundancy: a third more, so that the copy of the last frame costs the present one nothing.
const BIT_RATE_WITH_FEC: i32 = 32_000;

/// Loss in per cent that the encoder is told to expect when the far end wishes for FEC: enough for a copy of each frame
/// with voice.
const EXPECTED_LOSS: i32 = 10;

/// Search effort of live encoding, 0 to 10: the least with the finer models of the voice; 8, a third slower, is 0.07 dB nearer
/// to the source's spectrum, and beyond nothing is gained (docs/performance.md, "Codecs").
const COMPLEXITY: i32 = 4;

/// Packets of up to two octets need not be sent (libopus, `opus_encode`).
const NOTHING_TO_SEND: usize = 2;

#[derive(Debug)]
pub struct OpusDecoder(Decoder);

impl OpusDecoder {
    /// None when memory is out.
    pub fn new() -> Option<Self> {
        Decoder::new(Band::Wide.hertz(), Channels::Mono).ok().map(Self)
    }

    /// Replace `out` by the payload's sound, stereo mixed down to mono; empty when the payload is malformed.
    pub fn decode(&mut self, payload: &[u8], out: &mut Pcm) {
        out.clear();
        if !payload.is_empty() {
            self.run(payload, MAX_SAMPLES, false, out);
        }
    }

    /// 20 ms that go on as the last ones did, fading after some time.
    pub fn conceal(&mut self, out: &mut Pcm) -> bool {
        self.run(&[], Band::Wide.samples(TICK_MS), false, out)
    }

    /// The payload before `next`, taken to be as long as that one.
    pub fn recover(&mut self, next: &[u8], out: &mut Pcm) -> bool {
        match opus_packet::duration(next) {
            Some(duration) if opus_packet::carries_redundancy(next) => self.run(next, duration as usize / 3, true, out),
            _ => false,
        }
    }

    fn run(&mut self, payload: &[u8], samples: usize, fec: bool, out: &mut Pcm) -> bool {
        let decoded = self.0.decode(payload, out.resize(samples), fec).unwrap_or(0);
        out.resize(decoded);
        decoded > 0
    }
}

#[derive(Debug)]
pub struct OpusEncoder(Encoder);

impl OpusEncoder {
    /// None when memory is out.
    pub fn new(fec: bool, dtx: bool) -> Option<Self> {
        Self::of_complexity(COMPLEXITY, fec, dtx)
    }

    /// With another search effort than [`COMPLEXITY`].
    pub fn of_complexity(complexity: i32, fec: bool, dtx: bool) -> Option<Self> {
        let mut encoder = Encoder::new(Band::Wide.hertz(), Channels::Mono, Application::Voip).ok()?;
        encoder.set_bitrate(Bitrate::Bits(if fec { BIT_RATE_WITH_FEC } else { BIT_RATE })).ok()?;
        encoder.set_complexity(complexity).ok()?;
        encoder.set_signal(Signal::Voice).ok()?;
        encoder.set_inband_fec(fec).ok()?;
        encoder.set_packet_loss_perc(if fec { EXPECTED_LOSS } else { 0 }).ok()?;
        encoder.set_dtx(dtx).ok()?;
        Some(Self(encoder))
    }

    /// Octets written; 0 for what needs not be sent, and for a frame that is none of Opus's lengths.
    pub fn encode(&mut self, frame: &[i16], out: &mut [u8]) -> usize {
        let room = out.len().min(MAX_ENCODED_BYTES);
        match self.0.encode(frame, &mut out[..room]) {
            Ok(length) if length > NOTHING_TO_SEND => length,
            _ => 0,
        }
    }
}
