//! SRTP and SRTCP: AES-CM with HMAC-SHA1 (RFC 3711) and AES-GCM (RFC 7714). The packet layout is ours, the ciphers are not.

mod cipher;
mod keyed;
mod session;

pub use cipher::key_and_salt_bytes;
pub use keyed::Srtp;
pub use session::{Inbound, Outbound};

/// Bytes that protection adds at most: tag (16) and SRTCP index (4).
pub const MAX_OVERHEAD: usize = 20;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SrtpError {
    TooShort,
    /// Longer than any datagram that is taken in.
    TooLong,
    Replayed,
    Forged,
    /// More synchronisation sources than one peer may have.
    TooManySources,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadKeyLength;
