//! Key derivation and the two transforms, over whole packets in place.

use super::{BadKeyLength, SrtpError};
use aes::cipher::{BlockCipherEncrypt, BlockSizeUser, InnerIvInit, KeyInit, StreamCipher, consts::U16};
use aes::{Aes128, Aes256};
use control_messages::SrtpProfile;
use ctr::{Ctr128BE, CtrCore};
use hmac::{Hmac, Mac};
use ring::aead;
use sha1::Sha1;

const CM_KEY_BYTES: usize = 16;
const CM_SALT_BYTES: usize = 14;
const GCM_SALT_BYTES: usize = 12;
const AUTH_KEY_BYTES: usize = 20;
/// RFC 3711 4.2.1; of SRTCP always (RFC 4568 6.2.2, RFC 5764 4.1.2).
const CM_TAG_BYTES: usize = 10;
/// HMAC-SHA1-32 of SRTP.
const CM_SHORT_TAG_BYTES: usize = 4;
pub const GCM_TAG_BYTES: usize = 16;

/// The kinds of packet: each has keys of its own (RFC 3711 4.3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    Rtp,
    Rtcp,
}

/// RFC 3711 4.3.1: the labels of the three keys of one stream kind.
struct Labels {
    key: u8,
    auth: u8,
    salt: u8,
}

impl Stream {
    fn labels(self) -> Labels {
        match self {
            Self::Rtp => Labels { key: 0, auth: 1, salt: 2 },
            Self::Rtcp => Labels { key: 3, auth: 4, salt: 5 },
        }
    }
}

/// XOR `data` with the AES-CM key stream that starts at `iv` (RFC 3711 4.1.1).
fn apply_counter_mode<C>(cipher: &C, iv: [u8; 16], data: &mut [u8])
where
    C: BlockCipherEncrypt + BlockSizeUser<BlockSize = U16>,
{
    Ctr128BE::<&C>::from_core(CtrCore::inner_iv_init(cipher, &iv.into())).apply_keystream(data);
}

/// The pseudo-random function of the master key: AES-CM with 128 (RFC 3711 4.3.3) or 256 bits (RFC 6188 section 3).
enum Master {
    Aes128(Box<Aes128>),
    Aes256(Box<Aes256>),
}

impl Master {
    fn new(key: &[u8]) -> Result<Self, BadKeyLength> {
        match key.len() {
            16 => Aes128::new_from_slice(key).map(|cipher| Self::Aes128(Box::new(cipher))).map_err(|_| BadKeyLength),
            32 => Aes256::new_from_slice(key).map(|cipher| Self::Aes256(Box::new(cipher))).map_err(|_| BadKeyLength),
            _ => Err(BadKeyLength),
        }
    }

    /// RFC 3711 4.3.1 with a key derivation rate of zero; a 96-bit salt is padded on the right (RFC 7714 section 11).
    fn derive<const N: usize>(&self, salt: &[u8], label: u8) -> [u8; N] {
        let mut iv = [0; 16];
        iv[..salt.len()].copy_from_slice(salt);
        iv[7] ^= label;
        let mut key = [0; N];
        match self {
            Self::Aes128(cipher) => apply_counter_mode(cipher.as_ref(), iv, &mut key),
            Self::Aes256(cipher) => apply_counter_mode(cipher.as_ref(), iv, &mut key),
        }
        key
    }
}

/// Bytes of the master key and the master salt of a profile (RFC 4568 6.2, RFC 7714 14.2).
pub fn key_and_salt_bytes(profile: SrtpProfile) -> (usize, usize) {
    match profile {
        SrtpProfile::AesCm128HmacSha1_80 | SrtpProfile::AesCm128HmacSha1_32 => (CM_KEY_BYTES, CM_SALT_BYTES),
        SrtpProfile::AeadAes128Gcm => (16, GCM_SALT_BYTES),
        SrtpProfile::AeadAes256Gcm => (32, GCM_SALT_BYTES),
    }
}

/// What a packet is, as far as the transforms need to know.
#[derive(Clone, Copy)]
pub struct Nonce {
    pub ssrc: u32,
    /// 48 bits for SRTP (roll-over counter and sequence number), 31 bits for SRTCP.
    pub index: u64,
}

pub enum Cipher {
    CounterMode { cipher: Box<Aes128>, salt: [u8; CM_SALT_BYTES], mac: Box<Hmac<Sha1>>, tag_bytes: usize },
    Gcm { key: Box<aead::LessSafeKey>, salt: [u8; GCM_SALT_BYTES] },
}

impl Cipher {
    pub fn new(profile: SrtpProfile, key: &[u8], salt: &[u8], stream: Stream) -> Result<Self, BadKeyLength> {
        if (key.len(), salt.len()) != key_and_salt_bytes(profile) {
            return Err(BadKeyLength);
        }
        let master = Master::new(key)?;
        match (profile, stream) {
            (SrtpProfile::AesCm128HmacSha1_32, Stream::Rtp) => {
                Self::counter_mode(&master, salt, stream, CM_SHORT_TAG_BYTES)
            }
            (SrtpProfile::AesCm128HmacSha1_80 | SrtpProfile::AesCm128HmacSha1_32, _) => {
                Self::counter_mode(&master, salt, stream, CM_TAG_BYTES)
            }
            (SrtpProfile::AeadAes128Gcm, _) => Self::gcm::<16>(&master, salt, stream, &aead::AES_128_GCM),
            (SrtpProfile::AeadAes256Gcm, _) => Self::gcm::<32>(&master, salt, stream, &aead::AES_256_GCM),
        }
    }

    fn counter_mode(master: &Master, salt: &[u8], stream: Stream, tag_bytes: usize) -> Result<Self, BadKeyLength> {
        let labels = stream.labels();
        let key: [u8; CM_KEY_BYTES] = master.derive(salt, labels.key);
        let auth: [u8; AUTH_KEY_BYTES] = master.derive(salt, labels.auth);
        Ok(Self::CounterMode {
            cipher: Box::new(Aes128::new(&key.into())),
            salt: master.derive(salt, labels.salt),
            mac: Box::new(<Hmac<Sha1> as KeyInit>::new_from_slice(&auth).map_err(|_| BadKeyLength)?),
            tag_bytes,
        })
    }

    fn gcm<const N: usize>(
        master: &Master,
        salt: &[u8],
        stream: Stream,
        algorithm: &'static aead::Algorithm,
    ) -> Result<Self, BadKeyLength> {
        let labels = stream.labels();
        let session: [u8; N] = master.derive(salt, labels.key);
        let unbound = aead::UnboundKey::new(algorithm, &session).map_err(|_| BadKeyLength)?;
        let salt = master.derive(salt, labels.salt);
        Ok(Self::Gcm { key: Box::new(aead::LessSafeKey::new(unbound)), salt })
    }

    pub fn tag_bytes(&self) -> usize {
        match self {
            Self::CounterMode { tag_bytes, .. } => *tag_bytes,
            Self::Gcm { .. } => GCM_TAG_BYTES,
        }
    }

    fn counter_mode_iv(salt: &[u8; CM_SALT_BYTES], nonce: Nonce) -> [u8; 16] {
        let mut iv = [0; 16];
        iv[..CM_SALT_BYTES].copy_from_slice(salt);
        for (byte, value) in iv[4..8].iter_mut().zip(nonce.ssrc.to_be_bytes()) {
            *byte ^= value;
        }
        for (byte, value) in iv[8..14].iter_mut().zip(&nonce.index.to_be_bytes()[2..]) {
            *byte ^= value;
        }
        iv
    }

    /// RFC 7714 8.1 and 9.1: both lay SSRC and index out alike, since an SRTCP index has no upper 16 bits.
    fn gcm_nonce(salt: &[u8; GCM_SALT_BYTES], nonce: Nonce) -> aead::Nonce {
        let mut iv = *salt;
        for (byte, value) in iv[2..6].iter_mut().zip(nonce.ssrc.to_be_bytes()) {
            *byte ^= value;
        }
        for (byte, value) in iv[6..12].iter_mut().zip(&nonce.index.to_be_bytes()[2..]) {
            *byte ^= value;
        }
        aead::Nonce::assume_unique_for_key(iv)
    }

    /// Encrypt `text`; `trailer` is authenticated after it (ROC or SRTCP index). Returns the tag, of which `tag_bytes` count.
    pub fn seal(&self, nonce: Nonce, header: &[u8], text: &mut [u8], trailer: &[u8; 4]) -> [u8; GCM_TAG_BYTES] {
        let mut tag = [0; GCM_TAG_BYTES];
        match self {
            Self::CounterMode { cipher, salt, mac, tag_bytes } => {
                apply_counter_mode(cipher.as_ref(), Self::counter_mode_iv(salt, nonce), text);
                let mut mac = mac.as_ref().clone();
                mac.update(header);
                mac.update(text);
                mac.update(trailer);
                tag[..*tag_bytes].copy_from_slice(&mac.finalize().into_bytes()[..*tag_bytes]);
            }
            Self::Gcm { key, salt } => {
                // Fails only for texts of 64 GiB and more.
                if let Ok(sealed) =
                    key.seal_in_place_separate_tag(Self::gcm_nonce(salt, nonce), aead::Aad::from(header), text)
                {
                    tag.copy_from_slice(sealed.as_ref());
                }
            }
        }
        tag
    }

    /// Check and decrypt `text`, whose last `tag_bytes` are the tag. Nothing is changed by the counter mode when forged.
    pub fn open(&self, nonce: Nonce, header: &[u8], text: &mut [u8], trailer: &[u8; 4]) -> Result<(), SrtpError> {
        let Some(plain) = text.len().checked_sub(self.tag_bytes()) else { return Err(SrtpError::TooShort) };
        match self {
            Self::CounterMode { cipher, salt, mac, .. } => {
                let (text, tag) = text.split_at_mut(plain);
                let mut mac = mac.as_ref().clone();
                mac.update(header);
                mac.update(text);
                mac.update(trailer);
                mac.verify_truncated_left(tag).map_err(|_| SrtpError::Forged)?;
                apply_counter_mode(cipher.as_ref(), Self::counter_mode_iv(salt, nonce), text);
            }
            Self::Gcm { key, salt } => {
                key.open_in_place(Self::gcm_nonce(salt, nonce), aead::Aad::from(header), text)
                    .map_err(|_| SrtpError::Forged)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "cipher_tests.rs"]
pub mod tests;
