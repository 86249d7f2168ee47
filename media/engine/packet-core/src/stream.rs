//! What one leg is sent: one continuous RTP stream, whatever changes behind it.

use crate::Nanos;
use crate::reception::to_samples;
use crate::replay::SeenWindow;

/// Samples of a 20 ms packet: the least that lies between the last packet of one source and the first of the next.
pub const FRAME_SAMPLES: u32 = 160;
/// A time stamp that runs away from the clock by more (2 s) is a sender that started anew behind the same SSRC.
const MAX_TIMESTAMP_DRIFT: i64 = 16_000;

/// Where the packets of a stream come from at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// A leg's key and the generation of its incoming stream.
    Leg(usize, u32),
    /// What the engine makes itself, numbered by us.
    Player(usize),
    Mix,
    Digits,
}

/// The numbers of an incoming packet: extended sequence number and time stamp.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Incoming {
    pub origin: Origin,
    pub number: u64,
    pub timestamp: u32,
    pub marker: bool,
}

/// The numbers under which it leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Numbers {
    pub sequence: u16,
    pub timestamp: u32,
    pub marker: bool,
}

#[derive(Debug, Clone, Copy)]
struct Epoch {
    origin: Origin,
    first_number: u64,
    highest_number: u64,
    highest_timestamp: u32,
    /// Leaving number minus incoming number, modulo 2^64.
    number_offset: u64,
    timestamp_offset: u32,
    heard_at: Nanos,
}

#[derive(Debug)]
pub struct SendStream {
    pub ssrc: u32,
    pub packets: u64,
    pub payload_bytes: u64,
    epoch: Option<Epoch>,
    sent: SeenWindow,
    next_number: u64,
    /// Time stamp and time of the newest packet.
    last: Option<(u32, Nanos)>,
    first_timestamp: u32,
}

impl SendStream {
    /// `sequence` should be below 2^15, so that no receiver misses the first roll-over (RFC 3711 3.3.1).
    pub fn new(ssrc: u32, sequence: u16, timestamp: u32) -> Self {
        Self {
            ssrc,
            packets: 0,
            payload_bytes: 0,
            epoch: None,
            sent: SeenWindow::default(),
            next_number: u64::from(sequence) + (1 << 16),
            last: None,
            first_timestamp: timestamp,
        }
    }

    /// The time stamp of a packet that starts a new origin at `now`.
    fn timestamp_at(&self, now: Nanos) -> u32 {
        let Some((timestamp, at)) = self.last else { return self.first_timestamp };
        let elapsed = to_samples(now.saturating_sub(at)).max(u64::from(FRAME_SAMPLES));
        timestamp.wrapping_add(elapsed as u32)
    }

    /// The RTP time of `now` in this stream, for sender reports.
    pub fn rtp_time(&self, now: Nanos) -> u32 {
        let Some((timestamp, at)) = self.last else { return self.first_timestamp };
        timestamp.wrapping_add(to_samples(now.saturating_sub(at)) as u32)
    }

    fn enter(&self, incoming: Incoming, now: Nanos) -> Epoch {
        Epoch {
            origin: incoming.origin,
            first_number: incoming.number,
            highest_number: incoming.number,
            highest_timestamp: incoming.timestamp,
            number_offset: self.next_number.wrapping_sub(incoming.number),
            timestamp_offset: self.timestamp_at(now).wrapping_sub(incoming.timestamp),
            heard_at: now,
        }
    }

    /// A jump of the origin's time stamp that the clock does not explain.
    fn has_jumped(epoch: &Epoch, timestamp: u32, now: Nanos) -> bool {
        let by_stamp = i64::from(timestamp.wrapping_sub(epoch.highest_timestamp) as i32);
        let by_clock = to_samples(now.saturating_sub(epoch.heard_at)) as i64;
        (by_stamp - by_clock).abs() > MAX_TIMESTAMP_DRIFT
    }

    /// Number a packet for sending; None when it came too late or was sent before.
    pub fn number(&mut self, incoming: Incoming, now: Nanos) -> Option<Numbers> {
        let mut marker = incoming.marker;
        let mut epoch = match self.epoch {
            Some(epoch) if epoch.origin == incoming.origin => epoch,
            _ => {
                marker = true;
                self.enter(incoming, now)
            }
        };
        if incoming.number < epoch.first_number {
            return None; // from before we began to listen: its number was given to another packet
        }
        if incoming.number >= epoch.highest_number {
            if Self::has_jumped(&epoch, incoming.timestamp, now) {
                epoch.timestamp_offset = self.timestamp_at(now).wrapping_sub(incoming.timestamp);
                marker = true;
            }
            epoch.highest_number = incoming.number;
            epoch.highest_timestamp = incoming.timestamp;
            epoch.heard_at = now;
        }
        self.epoch = Some(epoch);
        let number = incoming.number.wrapping_add(epoch.number_offset);
        if !self.sent.is_new(number) {
            return None; // the same number twice would also be the same key stream twice
        }
        self.sent.mark(number);
        let timestamp = incoming.timestamp.wrapping_add(epoch.timestamp_offset);
        if number >= self.next_number {
            self.next_number = number + 1;
            // The packets of one telephone event share a time stamp: it belongs to the first of them.
            if self.last.is_none_or(|(last, _)| last != timestamp) {
                self.last = Some((timestamp, now));
            }
        }
        Some(Numbers { sequence: number as u16, timestamp, marker })
    }

    /// Take note of a packet of the origin that is left out on purpose, so that the hearer sees no gap.
    pub fn omit(&mut self, origin: Origin, number: u64) {
        if let Some(epoch) = self.epoch.as_mut().filter(|epoch| epoch.origin == origin && number > epoch.highest_number)
        {
            epoch.highest_number = number;
            epoch.number_offset = epoch.number_offset.wrapping_sub(1);
        }
    }

    /// Whatever comes next starts anew: number follows number, time stamp follows the clock.
    pub fn interrupt(&mut self) {
        self.epoch = None;
    }

    pub fn count(&mut self, payload_bytes: usize) {
        self.packets += 1;
        self.payload_bytes += payload_bytes as u64;
    }
}

#[cfg(test)]
#[path = "stream_tests.rs"]
mod tests;
