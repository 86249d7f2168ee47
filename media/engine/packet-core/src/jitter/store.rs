//! The packets that wait for their turn: encoded, in order, in places that are reserved once.

use super::Kind;

/// A datagram that fits every IPv6 path (RFC 8200 5) carries no more; one Opus frame has 1275 octets at most (RFC 6716 3.2.1).
pub const MAX_PAYLOAD: usize = 1280;
/// The most delay that is ever kept (300 ms) in packets of 10 ms, and a burst of ten on top.
pub const MAX_PACKETS: usize = 40;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    /// In RTP clock units, extended beyond 32 bits.
    pub timestamp: i64,
    /// Extended sequence number.
    pub number: u64,
    pub kind: Kind,
    slot: u8,
    length: u16,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stored {
    Kept,
    /// A packet with this time stamp waits already.
    Duplicate,
    /// There was no place: the oldest went away for it.
    PushedOut,
}

#[derive(Debug)]
pub struct PacketStore {
    octets: Box<[u8]>,
    /// By time stamp, the next one to play first.
    waiting: Vec<Waiting>,
    /// The place used last is used next: a line without trouble keeps touching the same two or three.
    free: Vec<u8>,
}

impl Default for PacketStore {
    fn default() -> Self {
        Self {
            octets: vec![0; MAX_PAYLOAD * MAX_PACKETS].into_boxed_slice(),
            waiting: Vec::with_capacity(MAX_PACKETS),
            free: (0..MAX_PACKETS as u8).rev().collect(),
        }
    }
}

impl PacketStore {
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    pub fn first(&self) -> Option<&Waiting> {
        self.waiting.first()
    }

    pub fn clear(&mut self) {
        while self.drop_first() {}
    }

    /// Keep a copy of `payload`, at most [`MAX_PAYLOAD`] octets of it.
    pub fn insert(&mut self, (timestamp, number, kind): (i64, u64, Kind), payload: &[u8]) -> Stored {
        let place = self.waiting.partition_point(|other| other.timestamp < timestamp);
        if self.waiting.get(place).is_some_and(|other| other.timestamp == timestamp) {
            return Stored::Duplicate;
        }
        let Some(slot) = self.free.pop() else {
            self.drop_first();
            self.insert((timestamp, number, kind), payload);
            return Stored::PushedOut;
        };
        let payload = &payload[..payload.len().min(MAX_PAYLOAD)];
        let start = usize::from(slot) * MAX_PAYLOAD;
        self.octets[start..start + payload.len()].copy_from_slice(payload);
        self.waiting.insert(place, Waiting { timestamp, number, kind, slot, length: payload.len() as u16 });
        Stored::Kept
    }

    pub fn payload(&self, packet: &Waiting) -> &[u8] {
        let start = usize::from(packet.slot) * MAX_PAYLOAD;
        &self.octets[start..start + usize::from(packet.length)]
    }

    pub fn drop_first(&mut self) -> bool {
        if self.waiting.is_empty() {
            return false;
        }
        let packet = self.waiting.remove(0);
        self.free.push(packet.slot);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn insert(store: &mut PacketStore, timestamp: i64) -> Stored {
        store.insert((timestamp, timestamp as u64, Kind::Audio), &timestamp.to_be_bytes())
    }

    #[test]
    fn packets_wait_in_order_of_their_time_stamps_and_once() {
        let mut store = PacketStore::default();
        for timestamp in [320, 0, 160] {
            assert_eq!(insert(&mut store, timestamp), Stored::Kept);
        }
        assert_eq!(insert(&mut store, 160), Stored::Duplicate);
        let mut order = Vec::new();
        while let Some(first) = store.first().copied() {
            assert_eq!(store.payload(&first), first.timestamp.to_be_bytes());
            order.push(first.timestamp);
            store.drop_first();
        }
        assert_eq!(order, [0, 160, 320]);
    }

    #[test]
    fn a_full_store_lets_its_oldest_go() {
        let mut store = PacketStore::default();
        (0..MAX_PACKETS as i64).for_each(|n| assert_eq!(insert(&mut store, n), Stored::Kept));
        assert_eq!(insert(&mut store, 1000), Stored::PushedOut);
        assert_eq!((store.len(), store.first().map(|first| first.timestamp)), (MAX_PACKETS, Some(1)));
        store.clear();
        (0..MAX_PACKETS as i64).for_each(|n| assert_eq!(insert(&mut store, n), Stored::Kept));
    }
}
