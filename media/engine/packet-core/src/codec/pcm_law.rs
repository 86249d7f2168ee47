//! G.711 as sound: one octet a sample, no state.

use super::{Band, MAX_FRAME_MS, Pcm};
use crate::g711::Law;

/// One octet is one sample, so a payload of 120 ms.
const MAX_BYTES: usize = Band::Narrow.samples(MAX_FRAME_MS);

pub fn decode(law: Law, payload: &[u8], out: &mut Pcm) {
    let payload = &payload[..payload.len().min(MAX_BYTES)];
    law.decode_all(payload, out.resize(payload.len()));
}

pub fn encode(law: Law, frame: &[i16], out: &mut [u8]) -> usize {
    law.encode_all(frame, out);
    frame.len().min(out.len())
}
