//! Files that are encrypted while they are written: `Seal` in `kernel/contracts/engine/`.
//!
//! The STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár 2015) over AES-256-GCM: a chunk's nonce is its index and
//! whether it is the last one, so that none is moved, dropped or cut off unseen.

use control_messages::Seal;
use ring::aead::{self, AES_256_GCM, LessSafeKey, Nonce, UnboundKey};
use zeroize::Zeroizing;

const KEY_BYTES: usize = 32;
/// A header holds a wrapped key and names: more is a mistake, and is authenticated with every chunk.
const MAX_HEADER_BYTES: usize = 4096;
pub const LENGTH_BYTES: usize = 4;

/// Seals the chunks of one file, in their order.
pub struct ChunkSealer {
    // Expanded only for the time of a chunk: ring does not clear its own copy.
    key: Zeroizing<[u8; KEY_BYTES]>,
    header: Vec<u8>,
    index: u64,
}

impl ChunkSealer {
    /// The error says what is wrong with the seal.
    pub fn new(seal: &Seal) -> Result<Self, &'static str> {
        let key: [u8; KEY_BYTES] = seal.key.as_slice().try_into().map_err(|_| "the key of a seal has 32 bytes")?;
        if seal.header.is_empty() || seal.header.len() > MAX_HEADER_BYTES {
            return Err("the header of a seal has 1 to 4096 bytes");
        }
        Ok(Self { key: Zeroizing::new(key), header: seal.header.clone(), index: 0 })
    }

    pub fn header(&self) -> &[u8] {
        &self.header
    }

    /// Append a chunk with the content `plain` to `out`. None only where it is longer than the cipher takes (64 GiB).
    pub fn seal(&mut self, plain: &[u8], last: bool, out: &mut Vec<u8>) -> Option<()> {
        let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, self.key.as_slice()).ok()?);
        let length = u32::try_from(plain.len() + AES_256_GCM.tag_len()).ok()?;
        out.extend_from_slice(&length.to_be_bytes());
        let start = out.len();
        out.extend_from_slice(plain);
        let nonce = nonce(self.index, last);
        let tag = key.seal_in_place_separate_tag(nonce, aead::Aad::from(&self.header), &mut out[start..]).ok()?;
        out.extend_from_slice(tag.as_ref());
        self.index += 1;
        Some(())
    }

    /// The last chunk was not written. Only the file's end may take its place, unless it was that itself: its nonce is
    /// another one.
    pub fn take_back(&mut self) {
        self.index = self.index.saturating_sub(1);
    }
}

fn nonce(index: u64, last: bool) -> Nonce {
    let mut bytes = [0; aead::NONCE_LEN];
    bytes[3..11].copy_from_slice(&index.to_be_bytes());
    bytes[11] = u8::from(last);
    Nonce::assume_unique_for_key(bytes)
}

/// The content of a sealed file, and whether its last chunk is there; what was torn off or changed is left out.
pub fn open(seal: &Seal, file: &[u8]) -> Option<(Vec<u8>, bool)> {
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &seal.key).ok()?);
    let mut rest = file.strip_prefix(seal.header.as_slice())?;
    let (mut plain, mut index) = (Vec::new(), 0);
    while let Some((length, after)) = rest.split_first_chunk::<LENGTH_BYTES>() {
        let Some((sealed, after)) = after.split_at_checked(u32::from_be_bytes(*length) as usize) else { break };
        let opened = |last| {
            let mut chunk = sealed.to_vec();
            let length = key.open_in_place(nonce(index, last), aead::Aad::from(&seal.header), &mut chunk).ok()?.len();
            chunk.truncate(length);
            Some((chunk, last))
        };
        let Some((chunk, last)) = opened(false).or_else(|| opened(true)) else { break };
        plain.extend(chunk);
        if last {
            return Some((plain, true));
        }
        (rest, index) = (after, index + 1);
    }
    Some((plain, false))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seal() -> Seal {
        Seal { key: vec![7; 32], header: b"header".to_vec() }
    }

    fn sealed() -> Vec<u8> {
        let mut sealer = ChunkSealer::new(&seal()).expect("a good seal");
        let mut file = sealer.header().to_vec();
        for (chunk, last) in [(&b"one"[..], false), (b"two", false), (b"", true)] {
            sealer.seal(chunk, last, &mut file).expect("short");
        }
        file
    }

    #[test]
    fn what_was_sealed_opens_whole_and_cut_at_any_byte() {
        let file = sealed();
        assert_eq!(open(&seal(), &file), Some((b"onetwo".to_vec(), true)));
        let chunk = LENGTH_BYTES + 3 + 16;
        for end in 6..file.len() {
            let whole = ((end - 6) / chunk).min(2) * 3;
            assert_eq!(open(&seal(), &file[..end]), Some((b"onetwo"[..whole].to_vec(), false)), "cut at {end}");
        }
    }

    #[test]
    fn changed_moved_and_relabelled_chunks_do_not_open() {
        let (file, chunk) = (sealed(), 4 + 3 + 16);
        let mut changed = file.clone();
        changed[6 + 5] ^= 1;
        assert_eq!(open(&seal(), &changed), Some((Vec::new(), false)));
        let moved = [&file[..6], &file[6 + chunk..6 + 2 * chunk]].concat();
        assert_eq!(open(&seal(), &moved), Some((Vec::new(), false)));
        let other = Seal { key: vec![7; 32], header: b"reader".to_vec() };
        assert_eq!(open(&other, &[b"reader", &file[6..]].concat()), Some((Vec::new(), false)));
    }

    #[test]
    fn a_bad_seal_is_refused() {
        for (key, header) in [(31, 6), (33, 6), (32, 0), (32, 5000)] {
            assert!(ChunkSealer::new(&Seal { key: vec![1; key], header: vec![2; header] }).is_err(), "{key} {header}");
        }
    }
}
