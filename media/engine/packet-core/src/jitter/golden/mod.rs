//! How concealment sounds, kept as a file that can be listened to: half a second of the greeting in A-law of which packets 3, 8,
//! 9 and 14 to 19 (of 20 ms) are lost.
//!
//! After a wanted change: `CORDBOARD_WRITE_GOLDEN=1 cargo test --release -p packet-core golden`, listen, commit.

use super::far_end::greeting;
use super::{Arrival, JitterBuffer, Kind};
use crate::MILLISECOND;
use crate::codec::{Band, Decoder};
use crate::g711::Law;
use control_messages::Codec;
use std::path::Path;

const FILE: &str = "src/jitter/golden/concealment.wav";
const HEADER: usize = 44;
/// The word that begins here is a long vowel.
const FROM_MS: usize = 1000;
const PACKETS: usize = 25;
const LOST: [usize; 9] = [3, 8, 9, 14, 15, 16, 17, 18, 19];
/// Floating-point sums may choose another period where two are equally good, not another sound.
const TOLERANCE: i32 = 2;

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

fn wav(sound: &[i16]) -> Vec<u8> {
    let bytes = sound.len() as u32 * 2;
    let mut file = Vec::new();
    for part in [&b"RIFF"[..], &(bytes + 36).to_le_bytes(), b"WAVEfmt ", &16u32.to_le_bytes()] {
        file.extend_from_slice(part);
    }
    for value in [1u16, 1] {
        file.extend_from_slice(&value.to_le_bytes()); // PCM, mono
    }
    file.extend_from_slice(&8000u32.to_le_bytes());
    file.extend_from_slice(&16_000u32.to_le_bytes());
    for value in [2u16, 16] {
        file.extend_from_slice(&value.to_le_bytes());
    }
    file.extend_from_slice(b"data");
    file.extend_from_slice(&bytes.to_le_bytes());
    file.extend(sound.iter().flat_map(|sample| sample.to_le_bytes()));
    file
}

#[test]
fn concealment_sounds_as_it_did_when_somebody_listened() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE);
    let heard = concealed();
    if std::env::var_os("CORDBOARD_WRITE_GOLDEN").is_some() {
        std::fs::write(&file, wav(&heard)).unwrap();
    }
    let golden = std::fs::read(file).unwrap();
    assert_eq!(golden[..HEADER], wav(&heard)[..HEADER]);
    let golden = golden[HEADER..].chunks_exact(2).map(|octets| i16::from_le_bytes([octets[0], octets[1]]));
    for (at, (heard, golden)) in heard.iter().zip(golden).enumerate() {
        assert!((i32::from(*heard) - i32::from(golden)).abs() <= TOLERANCE, "sample {at}: {heard}, was {golden}");
    }
}
