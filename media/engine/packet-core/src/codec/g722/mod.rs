//! G.722 (ITU-T Rec. G.722, 64 kbit/s, mode 1): 7 kHz of sound at 16 kHz, two sub-bands in adaptive differential PCM.
//!
//! Names of blocks and variables are those of the Recommendation's clause 6.2. Two samples are one octet: the two upper
//! bits are the upper band (4 to 8 kHz), the six lower ones the lower band.

mod filter_bank;
mod quantizer;
mod sub_band;
mod tables;

use super::{Band, MAX_FRAME_MS, Pcm};
use filter_bank::FilterBank;
use quantizer::{HIGHER, LOWER};
use sub_band::SubBand;

/// One octet is two samples, so a payload of 120 ms.
const MAX_BYTES: usize = Band::Wide.samples(MAX_FRAME_MS) / 2;

#[derive(Debug)]
pub struct G722Decoder {
    lower: SubBand,
    higher: SubBand,
    receive: FilterBank,
}

impl Default for G722Decoder {
    fn default() -> Self {
        Self { lower: SubBand::new(&LOWER), higher: SubBand::new(&HIGHER), receive: FilterBank::default() }
    }
}

impl G722Decoder {
    /// Replace `out` by the two samples of each octet, 120 ms at most.
    pub fn decode(&mut self, payload: &[u8], out: &mut Pcm) {
        let payload = &payload[..payload.len().min(MAX_BYTES)];
        for (pair, code) in out.resize(2 * payload.len()).chunks_exact_mut(2).zip(payload) {
            let low = self.lower.decode(code & 0x3f);
            let high = self.higher.decode(code >> 6);
            pair.copy_from_slice(&self.receive.join(low, high));
        }
    }
}

#[derive(Debug)]
pub struct G722Encoder {
    lower: SubBand,
    higher: SubBand,
    transmit: FilterBank,
}

impl Default for G722Encoder {
    fn default() -> Self {
        Self { lower: SubBand::new(&LOWER), higher: SubBand::new(&HIGHER), transmit: FilterBank::default() }
    }
}

impl G722Encoder {
    /// One octet for each two samples of `frame`; says how many.
    pub fn encode(&mut self, frame: &[i16], out: &mut [u8]) -> usize {
        for (octet, pair) in out.iter_mut().zip(frame.chunks_exact(2)) {
            let (low, high) = self.transmit.split([pair[0], pair[1]]);
            *octet = (self.higher.encode(high) << 6) | self.lower.encode(low);
        }
        out.len().min(frame.len() / 2)
    }
}
