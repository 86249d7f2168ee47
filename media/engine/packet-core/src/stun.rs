//! The STUN binding requests of ICE connectivity checks (RFC 8489, RFC 8445), as a lite agent meets them.

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use std::net::{IpAddr, SocketAddr};

const HEADER_BYTES: usize = 20;
const MAGIC_COOKIE: u32 = 0x2112_a442;
const FINGERPRINT_XOR: u32 = 0x5354_554e;
const BINDING_REQUEST: u16 = 0x0001;
const BINDING_SUCCESS: u16 = 0x0101;
const BINDING_ERROR: u16 = 0x0111;
const USERNAME: u16 = 0x0006;
const MESSAGE_INTEGRITY: u16 = 0x0008;
const ERROR_CODE: u16 = 0x0009;
const XOR_MAPPED_ADDRESS: u16 = 0x0020;
const PRIORITY: u16 = 0x0024;
const USE_CANDIDATE: u16 = 0x0025;
const FINGERPRINT: u16 = 0x8028;
const ICE_CONTROLLED: u16 = 0x8029;
const ICE_CONTROLLING: u16 = 0x802a;
const INTEGRITY_BYTES: usize = 20;
const ATTRIBUTE_HEADER_BYTES: usize = 4;

/// The largest message that this module writes: header, an IPv6 address or an error, integrity, fingerprint.
pub const MAX_RESPONSE_BYTES: usize = 96;

/// First byte of a STUN message when it shares a port with DTLS and SRTP (RFC 7983).
pub fn is_stun(datagram: &[u8]) -> bool {
    datagram.first().is_some_and(|byte| *byte < 4) && read_u32(datagram, 4) == Some(MAGIC_COOKIE)
}

fn read_u16(data: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(*data.get(at..)?.first_chunk()?))
}

fn read_u32(data: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(*data.get(at..)?.first_chunk()?))
}

/// A binding request whose fingerprint is right and whose integrity is still to be checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BindingRequest<'a> {
    message: &'a [u8],
    transaction: [u8; 12],
    integrity_at: usize,
    /// The part of USERNAME before and after the colon: ours, then theirs.
    pub local_ufrag: &'a str,
    pub remote_ufrag: &'a str,
    pub use_candidate: bool,
    /// The peer takes itself for the controlled side, which a lite agent always is.
    pub role_conflict: bool,
}

#[derive(Default)]
struct Attributes<'a> {
    username: Option<&'a [u8]>,
    integrity_at: Option<usize>,
    fingerprint_at: Option<usize>,
    use_candidate: bool,
    controlled: bool,
}

impl<'a> Attributes<'a> {
    fn parse(message: &'a [u8]) -> Option<Self> {
        let mut found = Self::default();
        let mut at = HEADER_BYTES;
        while at < message.len() {
            let kind = read_u16(message, at)?;
            let length = usize::from(read_u16(message, at + 2)?);
            let value = message.get(at + ATTRIBUTE_HEADER_BYTES..at + ATTRIBUTE_HEADER_BYTES + length)?;
            if found.fingerprint_at.is_some() {
                return None; // FINGERPRINT is the last one
            }
            match kind {
                FINGERPRINT if length == 4 => found.fingerprint_at = Some(at),
                // What follows MESSAGE-INTEGRITY is not protected by it and ignored (RFC 8489 14.5).
                _ if found.integrity_at.is_some() => {}
                MESSAGE_INTEGRITY if length == INTEGRITY_BYTES => found.integrity_at = Some(at),
                USERNAME => found.username = Some(value),
                USE_CANDIDATE => found.use_candidate = true,
                ICE_CONTROLLED => found.controlled = true,
                _ => {}
            }
            at += ATTRIBUTE_HEADER_BYTES + length.next_multiple_of(4);
        }
        Some(found)
    }
}

impl<'a> BindingRequest<'a> {
    /// None for anything but a well-formed binding request with user name, integrity and a right fingerprint.
    pub fn parse(message: &'a [u8]) -> Option<Self> {
        if !is_stun(message) || read_u16(message, 0)? != BINDING_REQUEST {
            return None;
        }
        if usize::from(read_u16(message, 2)?) + HEADER_BYTES != message.len() {
            return None;
        }
        let attributes = Attributes::parse(message)?;
        let fingerprint_at = attributes.fingerprint_at?;
        let expected = crc32fast::hash(&message[..fingerprint_at]) ^ FINGERPRINT_XOR;
        if read_u32(message, fingerprint_at + ATTRIBUTE_HEADER_BYTES)? != expected {
            return None;
        }
        let (local_ufrag, remote_ufrag) = std::str::from_utf8(attributes.username?).ok()?.split_once(':')?;
        Some(Self {
            message,
            transaction: *message.get(8..)?.first_chunk()?,
            integrity_at: attributes.integrity_at?,
            local_ufrag,
            remote_ufrag,
            use_candidate: attributes.use_candidate,
            role_conflict: attributes.controlled,
        })
    }

    /// RFC 8489 14.5: HMAC-SHA1 over the message up to the attribute, with the length as if it ended with it.
    pub fn has_integrity(&self, password: &str) -> bool {
        let Some(mut mac) = mac(password) else { return false };
        let length = (self.integrity_at + ATTRIBUTE_HEADER_BYTES + INTEGRITY_BYTES - HEADER_BYTES) as u16;
        mac.update(&self.message[..2]);
        mac.update(&length.to_be_bytes());
        mac.update(&self.message[4..self.integrity_at]);
        let value = self.integrity_at + ATTRIBUTE_HEADER_BYTES;
        mac.verify_slice(&self.message[value..value + INTEGRITY_BYTES]).is_ok()
    }

    /// The success response; returns its length.
    pub fn respond(&self, source: SocketAddr, password: &str, out: &mut [u8; MAX_RESPONSE_BYTES]) -> usize {
        let mut writer = Writer::new(out, BINDING_SUCCESS, &self.transaction);
        writer.xor_mapped_address(source, &self.transaction);
        writer.finish(password)
    }

    /// 487 Role Conflict (RFC 8445 7.3.1.1); returns its length.
    pub fn respond_role_conflict(&self, password: &str, out: &mut [u8; MAX_RESPONSE_BYTES]) -> usize {
        let mut writer = Writer::new(out, BINDING_ERROR, &self.transaction);
        writer.attribute(ERROR_CODE, b"\0\0\x04\x57Role Conflict");
        writer.finish(password)
    }
}

fn mac(password: &str) -> Option<Hmac<Sha1>> {
    Hmac::<Sha1>::new_from_slice(password.as_bytes()).ok()
}

struct Writer<'a> {
    out: &'a mut [u8],
    length: usize,
}

impl<'a> Writer<'a> {
    fn new(out: &'a mut [u8], kind: u16, transaction: &[u8; 12]) -> Self {
        out[..2].copy_from_slice(&kind.to_be_bytes());
        out[4..8].copy_from_slice(&MAGIC_COOKIE.to_be_bytes());
        out[8..HEADER_BYTES].copy_from_slice(transaction);
        Self { out, length: HEADER_BYTES }
    }

    fn set_length(&mut self, total: usize) {
        self.out[2..4].copy_from_slice(&((total - HEADER_BYTES) as u16).to_be_bytes());
    }

    fn attribute(&mut self, kind: u16, value: &[u8]) {
        let at = self.length;
        self.out[at..at + 2].copy_from_slice(&kind.to_be_bytes());
        self.out[at + 2..at + 4].copy_from_slice(&(value.len() as u16).to_be_bytes());
        let end = at + ATTRIBUTE_HEADER_BYTES + value.len();
        let padded = end.next_multiple_of(4);
        self.out[at + ATTRIBUTE_HEADER_BYTES..end].copy_from_slice(value);
        self.out[end..padded].fill(0);
        self.length = padded;
    }

    fn xor_mapped_address(&mut self, source: SocketAddr, transaction: &[u8; 12]) {
        let mut mask = [0; 16];
        mask[..4].copy_from_slice(&MAGIC_COOKIE.to_be_bytes());
        mask[4..].copy_from_slice(transaction);
        let mut value = [0; 20];
        value[2..4].copy_from_slice(&(source.port() ^ (MAGIC_COOKIE >> 16) as u16).to_be_bytes());
        let length = match source.ip() {
            IpAddr::V4(ip) => {
                value[1] = 1;
                value[4..8].copy_from_slice(&ip.octets());
                8
            }
            IpAddr::V6(ip) => {
                value[1] = 2;
                value[4..20].copy_from_slice(&ip.octets());
                20
            }
        };
        for (byte, mask) in value[4..length].iter_mut().zip(mask) {
            *byte ^= mask;
        }
        self.attribute(XOR_MAPPED_ADDRESS, &value[..length]);
    }

    /// Append MESSAGE-INTEGRITY and FINGERPRINT; the length of the whole message.
    fn finish(mut self, password: &str) -> usize {
        self.set_length(self.length + ATTRIBUTE_HEADER_BYTES + INTEGRITY_BYTES);
        let digest: [u8; INTEGRITY_BYTES] = mac(password).map_or([0; INTEGRITY_BYTES], |mut mac| {
            mac.update(&self.out[..self.length]);
            mac.finalize().into_bytes().into()
        });
        self.attribute(MESSAGE_INTEGRITY, &digest);
        self.set_length(self.length + ATTRIBUTE_HEADER_BYTES + 4);
        let fingerprint = crc32fast::hash(&self.out[..self.length]) ^ FINGERPRINT_XOR;
        self.attribute(FINGERPRINT, &fingerprint.to_be_bytes());
        self.length
    }
}

/// What a checking (full) agent sends; the load generator and the tests play that part.
pub struct Check<'a> {
    pub username: &'a str,
    pub password: &'a str,
    pub transaction: [u8; 12],
    pub use_candidate: bool,
    pub controlling: bool,
}

impl Check<'_> {
    /// Write the binding request; returns its length. `out` must hold 160 bytes and the user name.
    pub fn write(&self, out: &mut [u8]) -> usize {
        let mut writer = Writer::new(out, BINDING_REQUEST, &self.transaction);
        writer.attribute(USERNAME, self.username.as_bytes());
        writer.attribute(PRIORITY, &[0x6e, 0, 1, 0xff]);
        let role = if self.controlling { ICE_CONTROLLING } else { ICE_CONTROLLED };
        writer.attribute(role, &[7; 8]);
        if self.use_candidate {
            writer.attribute(USE_CANDIDATE, &[]);
        }
        writer.finish(self.password)
    }
}

/// True for a success response to `transaction`.
pub fn is_success(message: &[u8], transaction: &[u8; 12]) -> bool {
    is_stun(message) && read_u16(message, 0) == Some(BINDING_SUCCESS) && message.get(8..20) == Some(transaction)
}

#[cfg(test)]
#[path = "stun_tests.rs"]
mod tests;
