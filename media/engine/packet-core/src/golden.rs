//! Sound that somebody listened to, kept as files beside the tests: what is made must stay the same.
//!
//! After a wanted change: `CORDBOARD_WRITE_GOLDEN=1 cargo test --release -p packet-core golden`, listen, commit.

use std::path::Path;

const HEADER: usize = 44;
/// Floating-point sums may choose another period where two are equally good, not another sound.
const TOLERANCE: i32 = 2;

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

/// Compare `heard` (8 kHz) with `file`, whose path begins at the crate; write that instead when told to.
pub fn compare(file: &str, heard: &[i16]) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    if std::env::var_os("CORDBOARD_WRITE_GOLDEN").is_some() {
        std::fs::write(&file, wav(heard)).unwrap();
    }
    let golden = std::fs::read(file).unwrap();
    assert_eq!(golden[..HEADER], wav(heard)[..HEADER]);
    let golden = golden[HEADER..].chunks_exact(2).map(|octets| i16::from_le_bytes([octets[0], octets[1]]));
    for (at, (heard, golden)) in heard.iter().zip(golden).enumerate() {
        assert!((i32::from(*heard) - i32::from(golden)).abs() <= TOLERANCE, "sample {at}: {heard}, was {golden}");
    }
}
