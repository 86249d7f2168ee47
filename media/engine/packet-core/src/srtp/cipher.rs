//! Key derivation and the two transforms, over whole packets in place.

use super::{BadKeyLength, SrtpError};
use aes::Aes128;
use aes::cipher::{InnerIvInit, KeyInit, StreamCipher};
use control_messages::SrtpProfile;
use ctr::{Ctr128BE, CtrCore};
use hmac::{Hmac, Mac};
use ring::aead;
use sha1::Sha1;

const KEY_BYTES: usize = 16;
const CM_SALT_BYTES: usize = 14;
const GCM_SALT_BYTES: usize = 12;
const AUTH_KEY_BYTES: usize = 20;
pub const CM_TAG_BYTES: usize = 10;
pub const GCM_TAG_BYTES: usize = 16;

/// RFC 3711 4.3.1: the labels of the three keys of one stream kind.
#[derive(Clone, Copy)]
pub struct Labels {
    key: u8,
    auth: u8,
    salt: u8,
}

pub const RTP_LABELS: Labels = Labels { key: 0, auth: 1, salt: 2 };
pub const RTCP_LABELS: Labels = Labels { key: 3, auth: 4, salt: 5 };

/// XOR `data` with the AES-CM key stream that starts at `iv` (RFC 3711 4.1.1).
fn apply_counter_mode(cipher: &Aes128, iv: [u8; 16], data: &mut [u8]) {
    Ctr128BE::<&Aes128>::from_core(CtrCore::inner_iv_init(cipher, &iv.into())).apply_keystream(data);
}

/// RFC 3711 4.3.1 with a key derivation rate of zero; a 96-bit salt is padded on the right (RFC 7714 section 11).
fn derive<const N: usize>(master: &Aes128, salt: &[u8], label: u8) -> [u8; N] {
    let mut iv = [0; 16];
    iv[..salt.len()].copy_from_slice(salt);
    iv[7] ^= label;
    let mut key = [0; N];
    apply_counter_mode(master, iv, &mut key);
    key
}

/// What a packet is, as far as the transforms need to know.
#[derive(Clone, Copy)]
pub struct Nonce {
    pub ssrc: u32,
    /// 48 bits for SRTP (roll-over counter and sequence number), 31 bits for SRTCP.
    pub index: u64,
}

pub enum Cipher {
    CounterMode { cipher: Box<Aes128>, salt: [u8; CM_SALT_BYTES], mac: Box<Hmac<Sha1>> },
    Gcm { key: Box<aead::LessSafeKey>, salt: [u8; GCM_SALT_BYTES] },
}

impl Cipher {
    pub fn new(profile: SrtpProfile, key: &[u8], salt: &[u8], labels: Labels) -> Result<Self, BadKeyLength> {
        let key: &[u8; KEY_BYTES] = key.try_into().map_err(|_| BadKeyLength)?;
        let master = Aes128::new(key.into());
        let expected = match profile {
            SrtpProfile::AesCm128HmacSha1_80 => CM_SALT_BYTES,
            SrtpProfile::AeadAes128Gcm => GCM_SALT_BYTES,
            _ => return Err(BadKeyLength),
        };
        if salt.len() != expected {
            return Err(BadKeyLength);
        }
        let session: [u8; KEY_BYTES] = derive(&master, salt, labels.key);
        match profile {
            SrtpProfile::AesCm128HmacSha1_80 => {
                let auth: [u8; AUTH_KEY_BYTES] = derive(&master, salt, labels.auth);
                Ok(Self::CounterMode {
                    cipher: Box::new(Aes128::new(&session.into())),
                    salt: derive(&master, salt, labels.salt),
                    mac: Box::new(<Hmac<Sha1> as KeyInit>::new_from_slice(&auth).map_err(|_| BadKeyLength)?),
                })
            }
            SrtpProfile::AeadAes128Gcm => {
                let unbound = aead::UnboundKey::new(&aead::AES_128_GCM, &session).map_err(|_| BadKeyLength)?;
                Ok(Self::Gcm {
                    key: Box::new(aead::LessSafeKey::new(unbound)),
                    salt: derive(&master, salt, labels.salt),
                })
            }
            _ => Err(BadKeyLength),
        }
    }

    pub fn tag_bytes(&self) -> usize {
        match self {
            Self::CounterMode { .. } => CM_TAG_BYTES,
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
            Self::CounterMode { cipher, salt, mac } => {
                apply_counter_mode(cipher, Self::counter_mode_iv(salt, nonce), text);
                let mut mac = mac.as_ref().clone();
                mac.update(header);
                mac.update(text);
                mac.update(trailer);
                tag[..CM_TAG_BYTES].copy_from_slice(&mac.finalize().into_bytes()[..CM_TAG_BYTES]);
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
            Self::CounterMode { cipher, salt, mac } => {
                let (text, tag) = text.split_at_mut(plain);
                let mut mac = mac.as_ref().clone();
                mac.update(header);
                mac.update(text);
                mac.update(trailer);
                mac.verify_truncated_left(tag).map_err(|_| SrtpError::Forged)?;
                apply_counter_mode(cipher, Self::counter_mode_iv(salt, nonce), text);
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
mod tests {
    use super::*;

    pub fn bytes(hex: &str) -> Vec<u8> {
        let digits: Vec<u8> = hex.bytes().filter(u8::is_ascii_hexdigit).collect();
        digits
            .chunks(2)
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).expect("ascii"), 16).expect("hex"))
            .collect()
    }

    #[test]
    fn key_stream_of_rfc_3711_b_2() {
        let key: [u8; 16] = bytes("2B7E151628AED2A6ABF7158809CF4F3C").try_into().expect("16");
        let iv: [u8; 16] = bytes("F0F1F2F3F4F5F6F7F8F9FAFBFCFD0000").try_into().expect("16");
        let mut stream = [0; 48];
        apply_counter_mode(&Aes128::new(&key.into()), iv, &mut stream);
        let expected =
            "E03EAD0935C95E80E166B16DD92B4EB4 D23513162B02D0F72A43A2FE4A5F97AB 41E95B3BB0A2E8DD477901E4FCA894C0";
        assert_eq!(stream.to_vec(), bytes(expected));
    }

    #[test]
    fn key_derivation_of_rfc_3711_b_3() {
        let key: [u8; 16] = bytes("E1F97A0D3E018BE0D64FA32C06DE4139").try_into().expect("16");
        let master = Aes128::new(&key.into());
        let salt = bytes("0EC675AD498AFEEBB6960B3AABE6");
        assert_eq!(derive::<16>(&master, &salt, 0).to_vec(), bytes("C61E7A93744F39EE10734AFE3FF7A087"));
        assert_eq!(derive::<14>(&master, &salt, 2).to_vec(), bytes("30CBBC08863D8C85D49DB34A9AE1"));
        let auth = "CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4 8F0A0ACF3C34E2359E6CDBCEE049646C43D9327AD175578EF72270986371C10C9A369AC2F94A8C5FBCDDDC256D6E919A48B610EF17C2041E47403576 6B68642C59BBFC2F34DB60DBDFB2";
        let derived = derive::<94>(&master, &salt, 1);
        assert_eq!(derived[..20].to_vec(), bytes(auth)[..20]);
    }
}
