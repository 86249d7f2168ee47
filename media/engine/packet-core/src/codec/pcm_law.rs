//! G.711 as sound: one octet a sample, no state.

use super::{Band, MAX_FRAME_MS, Pcm};
use crate::g711::Law;

/// One octet is one sample, so a payload of 120 ms.
const MAX_BYTES: usize = Band::Narrow.samples(MAX_FRAME_MS);

pub fn decode(law: Law, payload: &[u8], out: &mut Pcm) {
    let payload = &payload[..payload.len().min(MAX_BYTES)];
    for (sample, code) in out.resize(payload.len()).iter_mut().zip(payload) {
        *sample = law.decode(*code);
    }
}

pub fn encode(law: Law, frame: &[i16], out: &mut [u8]) -> usize {
    for (code, sample) in out.iter_mut().zip(frame) {
        *code = law.encode(*sample);
    }
    frame.len().min(out.len())
}
