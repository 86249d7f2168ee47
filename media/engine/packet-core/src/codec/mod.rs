//! Codecs of the decode path: payloads to sound of 8 or 16 kHz and back. Whoever forwards a payload as it is needs none.

mod comfort_noise;
mod duration;
mod g722;
mod noise_payload;
mod opus_codec;
mod opus_packet;
mod pcm;
mod pcm_law;

pub use comfort_noise::ComfortNoise;
pub use duration::samples_of;
pub use pcm::{Band, MAX_FRAME_MS, MAX_SAMPLES, Pcm, TICK_MS};

use crate::g711::Law;
use control_messages::{Codec, Payload};
use g722::{G722Decoder, G722Encoder};
use opus_codec::{OpusDecoder, OpusEncoder};

/// Octets that an encoded frame of 20 ms takes at most: G.711 and G.722 160, Opus no more than its limit for one frame
/// (RFC 6716 3.2.1: 1275) and its table of contents.
pub const MAX_ENCODED_BYTES: usize = 1276;

/// Turns the payloads of one stream into sound; keeps the codec's state between them.
#[derive(Debug)]
pub struct Decoder(Decoding);

#[derive(Debug)]
enum Decoding {
    Law(Law),
    G722(Box<G722Decoder>),
    Opus(OpusDecoder),
}

impl Decoder {
    /// None for a codec that is not sound: comfort noise ([`ComfortNoise`]), telephone events.
    pub fn new(codec: Codec) -> Option<Self> {
        Some(Self(match codec {
            Codec::Pcmu => Decoding::Law(Law::Pcmu),
            Codec::Pcma => Decoding::Law(Law::Pcma),
            Codec::G722 => Decoding::G722(Box::default()),
            Codec::Opus => Decoding::Opus(OpusDecoder::new()?),
            Codec::ComfortNoise | Codec::TelephoneEvent => return None,
        }))
    }

    pub fn band(&self) -> Band {
        match &self.0 {
            Decoding::Law(_) => Band::Narrow,
            Decoding::G722(_) | Decoding::Opus(_) => Band::Wide,
        }
    }

    /// Replace `out` by the sound of `payload`, at most 120 ms; empty when the payload is none of this codec.
    pub fn decode(&mut self, payload: &[u8], out: &mut Pcm) {
        out.clear();
        match &mut self.0 {
            Decoding::Law(law) => pcm_law::decode(*law, payload, out),
            Decoding::G722(decoder) => decoder.decode(payload, out),
            Decoding::Opus(decoder) => decoder.decode(payload, out),
        }
    }

    /// Replace `out` by 20 ms that the codec makes up for a lost packet; false where it has no means to.
    pub fn conceal(&mut self, out: &mut Pcm) -> bool {
        out.clear();
        match &mut self.0 {
            Decoding::Law(_) | Decoding::G722(_) => false,
            Decoding::Opus(decoder) => decoder.conceal(out),
        }
    }

    /// Replace `out` by the lost packet before `next_payload`, from the copy that this one carries (in-band FEC, RFC 6716
    /// 2.1.7); false when it carries none. `next_payload` itself is decoded afterwards as usual.
    pub fn recover(&mut self, next_payload: &[u8], out: &mut Pcm) -> bool {
        out.clear();
        match &mut self.0 {
            Decoding::Law(_) | Decoding::G722(_) => false,
            Decoding::Opus(decoder) => decoder.recover(next_payload, out),
        }
    }
}

/// Turns sound into the payloads of one stream; keeps the codec's state between them.
#[derive(Debug)]
pub struct Encoder(Encoding);

#[derive(Debug)]
enum Encoding {
    Law(Law),
    G722(Box<G722Encoder>),
    Opus(OpusEncoder),
}

impl Encoder {
    /// For what was negotiated, with its wishes for FEC and DTX; None for a codec that is not sound.
    pub fn new(payload: &Payload) -> Option<Self> {
        Some(Self(match payload.codec {
            Codec::Pcmu => Encoding::Law(Law::Pcmu),
            Codec::Pcma => Encoding::Law(Law::Pcma),
            Codec::G722 => Encoding::G722(Box::default()),
            Codec::Opus => Encoding::Opus(OpusEncoder::new(payload.fec, payload.dtx)?),
            Codec::ComfortNoise | Codec::TelephoneEvent => return None,
        }))
    }

    pub fn band(&self) -> Band {
        match &self.0 {
            Encoding::Law(_) => Band::Narrow,
            Encoding::G722(_) | Encoding::Opus(_) => Band::Wide,
        }
    }

    /// Encode 20 ms (`band().tick()` samples) and say how many octets of `out` the payload takes, at most
    /// [`MAX_ENCODED_BYTES`]; 0 when nothing is to be sent (DTX).
    pub fn encode(&mut self, frame: &[i16], out: &mut [u8]) -> usize {
        match &mut self.0 {
            Encoding::Law(law) => pcm_law::encode(*law, frame, out),
            Encoding::G722(encoder) => encoder.encode(frame, out),
            Encoding::Opus(encoder) => encoder.encode(frame, out),
        }
    }
}

#[cfg(test)]
mod comfort_noise_tests;
#[cfg(test)]
mod costs;
#[cfg(test)]
pub(crate) mod sound;
#[cfg(test)]
mod tests;
