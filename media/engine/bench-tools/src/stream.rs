//! One far end: what it sends 50 times a second, and what it can tell of what comes.

use packet_core::rtp::{HEADER_BYTES, Outgoing};
use packet_core::srtp::{Inbound, MAX_OVERHEAD, Outbound};
use packet_core::switchboard::MAX_DATAGRAM;
use std::net::SocketAddr;

pub const PAYLOAD_BYTES: usize = 160;
pub const PACKET_BYTES: usize = HEADER_BYTES + PAYLOAD_BYTES;
const STAMP_BYTES: usize = 8;
const PCMU: u8 = 0;
/// A square wave of 500 Hz at a speaker's level: something to mix.
const SOUND: [u8; PAYLOAD_BYTES] = {
    let mut sound = [0x9f; PAYLOAD_BYTES];
    let mut at = 0;
    while at < PAYLOAD_BYTES {
        if at % 16 < 8 {
            sound[at] = 0x1f;
        }
        at += 1;
    }
    sound
};

pub struct Protection {
    pub outbound: Outbound,
    pub inbound: Inbound,
}

pub struct Stream {
    /// Which of the generator's sockets it sends and receives with. One of its own, if it is protected.
    pub socket: usize,
    pub to: SocketAddr,
    pub protection: Option<Box<Protection>>,
    /// A browser's consent check.
    pub check: Option<Vec<u8>>,
    sequence: u16,
    timestamp: u32,
    ssrc: u32,
}

impl Stream {
    pub fn new(ssrc: u32, socket: usize, to: SocketAddr) -> Self {
        Self { socket, to, protection: None, check: None, sequence: 0, timestamp: 0, ssrc }
    }

    /// Write the next packet, stamped with `now` (nanoseconds); returns its length.
    pub fn write(&mut self, packet: &mut [u8; MAX_DATAGRAM], now: u64) -> usize {
        const { assert!(PACKET_BYTES + MAX_OVERHEAD <= MAX_DATAGRAM) };
        let fields = Outgoing {
            marker: false,
            payload_type: PCMU,
            sequence: self.sequence,
            timestamp: self.timestamp,
            ssrc: self.ssrc,
        };
        if let Some((header, rest)) = packet.split_first_chunk_mut::<HEADER_BYTES>() {
            fields.write(header);
            rest[..PAYLOAD_BYTES].copy_from_slice(&SOUND);
            rest[..STAMP_BYTES].copy_from_slice(&now.to_be_bytes());
        }
        self.sequence = self.sequence.wrapping_add(1);
        self.timestamp = self.timestamp.wrapping_add(PAYLOAD_BYTES as u32);
        match &mut self.protection {
            Some(protection) => protection.outbound.protect_rtp(packet, PACKET_BYTES).unwrap_or(PACKET_BYTES),
            None => PACKET_BYTES,
        }
    }
}

/// The stamp of one received datagram; None when it is no sound, or not meant for this far end.
pub fn read(datagram: &mut [u8], protection: Option<&mut Protection>) -> Option<u64> {
    if packet_core::stun::is_stun(datagram) || packet_core::rtp::is_rtcp(datagram) {
        return None;
    }
    let length = match protection {
        Some(protection) => protection.inbound.unprotect_rtp(datagram).ok()?,
        None => datagram.len(),
    };
    let stamp = datagram.get(HEADER_BYTES..length)?.first_chunk::<STAMP_BYTES>()?;
    Some(u64::from_be_bytes(*stamp))
}
