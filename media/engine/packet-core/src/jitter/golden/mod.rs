//! How concealment sounds, kept as a file that can be listened to: half a second of the greeting in A-law of which packets 3, 8,
//! 9 and 14 to 19 (of 20 ms) are lost.

use super::far_end::greeting;
use super::{Arrival, JitterBuffer, Kind};
use crate::MILLISECOND;
use crate::codec::{Band, Decoder};
use crate::g711::Law;
use control_messages::Codec;

const FILE: &str = "src/jitter/golden/concealment.wav";
/// The word that begins here is a long vowel.
const FROM_MS: usize = 1000;
const PACKETS: usize = 25;
const LOST: [usize; 9] = [3, 8, 9, 14, 15, 16, 17, 18, 19];

fn concealed() -> Vec<i16> {
    let mut buffer = JitterBuffer::new(8000);
    let mut decoder = Decoder::new(Codec::Pcma).unwrap();
    let greeting = greeting(Band::Narrow);
    let mut heard = Vec::new();
    for (n, said) in greeting[FROM_MS * 8..].chunks_exact(160).take(PACKETS).enumerate() {
        let now = (100 + n as u64 * 20) * MILLISECOND;
        let payload: Vec<u8> = said.iter().map(|sample| Law::Pcma.encode(*sample)).collect();
        if !LOST.contains(&n) {
            let (number, timestamp) = (n as u64, n as u32 * 160);
            buffer.put(&Arrival { generation: 0, number, timestamp, kind: Kind::Audio, payload: &payload }, now);
        }
        heard.extend_from_slice(buffer.tick(&mut decoder, now));
    }
    heard
}

#[test]
fn concealment_sounds_as_it_did_when_somebody_listened() {
    crate::golden::compare(FILE, &concealed());
}
