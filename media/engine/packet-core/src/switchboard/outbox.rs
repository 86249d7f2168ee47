//! What is to be sent: filled by the switchboard, drained by whoever owns the sockets.

use std::net::SocketAddr;

/// An Ethernet packet: nothing that we make or forward is larger.
pub const MAX_DATAGRAM: usize = 1500;

/// Where a datagram came in or goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Port {
    /// The even port of an `rtp` leg.
    Rtp(usize),
    /// The odd one.
    Rtcp(usize),
    /// A shared port of all `webrtc` legs, one per local address.
    Shared(u8),
}

pub struct Datagram {
    pub port: Port,
    pub to: SocketAddr,
    pub length: usize,
    pub bytes: [u8; MAX_DATAGRAM],
}

/// Grows to the largest burst and allocates no more.
#[derive(Default)]
pub struct Outbox {
    slots: Vec<Datagram>,
    used: usize,
}

impl Outbox {
    /// Room for one datagram; it is sent only if `commit` follows.
    pub fn slot(&mut self) -> &mut [u8; MAX_DATAGRAM] {
        if self.used == self.slots.len() {
            let nowhere = SocketAddr::from(([0, 0, 0, 0], 0));
            self.slots.push(Datagram { port: Port::Shared(0), to: nowhere, length: 0, bytes: [0; MAX_DATAGRAM] });
        }
        &mut self.slots[self.used].bytes
    }

    pub fn commit(&mut self, port: Port, to: SocketAddr, length: usize) {
        if let Some(slot) = self.slots.get_mut(self.used) {
            (slot.port, slot.to, slot.length) = (port, to, length);
            self.used += 1;
        }
    }

    pub fn pending(&self) -> &[Datagram] {
        &self.slots[..self.used]
    }

    pub fn clear(&mut self) {
        self.used = 0;
    }
}
