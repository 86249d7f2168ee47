//! What one leg is sent: one continuous RTP stream, whatever changes behind it.

use crate::Nanos;
use crate::reception::to_units;
use crate::replay::SeenWindow;

/// Samples of 20 ms at 8 kHz.
pub const FRAME_SAMPLES: u32 = 160;
/// A frame is 20 ms: the least that lies between the last packet of one source and the first of the next.
const FRAMES_PER_SECOND: u32 = 50;
/// A time stamp that runs away from the clock by more seconds is a sender that started anew behind the same SSRC.
const MAX_TIMESTAMP_DRIFT_SECONDS: i64 = 2;
/// G.711, G.722 and what stands for them.
const USUAL_CLOCK_RATE: u32 = 8_000;

/// Where the packets of a stream come from at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// A leg's key and the generation of its incoming stream.
    Leg(usize, u32),
    /// What the engine makes itself.
    Player(usize),
    Mix,
    Digits,
    /// A telephone event of a leg, by its time stamp there, sent on among what the engine makes.
    Event(usize, u32),
}

/// The numbers of an incoming packet: extended sequence number, time stamp, and how long it sounds in the same units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Incoming {
    pub origin: Origin,
    pub number: u64,
    pub timestamp: u32,
    pub duration: u32,
    pub marker: bool,
}

/// What the engine makes: `frame` counts 20 ms each within the origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Made {
    pub origin: Origin,
    pub frame: u32,
    pub marker: bool,
}

/// The numbers under which it leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Numbers {
    pub sequence: u16,
    pub timestamp: u32,
    pub marker: bool,
    /// The first packet of an origin: sound does not go on where it left off.
    pub anew: bool,
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

/// The newest packet that was sent.
#[derive(Debug, Clone, Copy)]
struct Last {
    timestamp: u32,
    duration: u32,
    at: Nanos,
}

#[derive(Debug)]
pub struct SendStream {
    pub ssrc: u32,
    pub packets: u64,
    pub payload_bytes: u64,
    clock_rate: u32,
    epoch: Option<Epoch>,
    sent: SeenWindow,
    next_number: u64,
    last: Option<Last>,
    /// By how much switches have put the time stamp before the clock, in units of it.
    ahead: u32,
    first_timestamp: u32,
}

impl SendStream {
    /// `sequence` should be below 2^15, so that no receiver misses the first roll-over (RFC 3711 3.3.1).
    pub fn new(ssrc: u32, sequence: u16, timestamp: u32) -> Self {
        Self {
            ssrc,
            packets: 0,
            payload_bytes: 0,
            clock_rate: USUAL_CLOCK_RATE,
            epoch: None,
            sent: SeenWindow::default(),
            next_number: u64::from(sequence) + (1 << 16),
            last: None,
            ahead: 0,
            first_timestamp: timestamp,
        }
    }

    /// Units of the RTP clock in 20 ms.
    pub fn frame(&self) -> u32 {
        self.clock_rate / FRAMES_PER_SECOND
    }

    pub fn clock_rate(&self) -> u32 {
        self.clock_rate
    }

    /// Another codec is sent from now on: time goes on from the newest time stamp, in units of its clock (RFC 7160 4.1).
    pub fn set_clock_rate(&mut self, clock_rate: u32) {
        if self.clock_rate == clock_rate {
            return;
        }
        let scaled = |units: u32| (u64::from(units) * u64::from(clock_rate) / u64::from(self.clock_rate)) as u32;
        self.ahead = scaled(self.ahead);
        self.last = self.last.map(|last| Last { duration: scaled(last.duration), ..last });
        self.clock_rate = clock_rate;
        self.epoch = None;
    }

    /// The time stamp of a packet that starts a new origin at `now`, and how far it is before the clock then; None when
    /// that would be more than a frame.
    fn timestamp_at(&self, now: Nanos) -> Option<(u32, u32)> {
        let Some(last) = self.last else { return Some((self.first_timestamp, 0)) };
        let elapsed = to_units(now.saturating_sub(last.at), self.clock_rate);
        let advance = elapsed.saturating_sub(u64::from(self.ahead)).max(u64::from(last.duration.max(self.frame())));
        let ahead = (u64::from(self.ahead) + advance).saturating_sub(elapsed) as u32;
        // A packet that lasts longer than a frame may put the next one off by as much.
        (ahead <= last.duration.max(self.frame())).then(|| (last.timestamp.wrapping_add(advance as u32), ahead))
    }

    /// True while the newest packets come from this origin.
    pub fn is_from(&self, origin: Origin) -> bool {
        self.epoch.is_some_and(|epoch| epoch.origin == origin)
    }

    /// The RTP time of `now` in this stream, for sender reports.
    pub fn rtp_time(&self, now: Nanos) -> u32 {
        let Some(last) = self.last else { return self.first_timestamp };
        last.timestamp.wrapping_add(to_units(now.saturating_sub(last.at), self.clock_rate) as u32)
    }

    fn enter(&mut self, origin: Origin, (number, timestamp): (u64, u32), now: Nanos) -> Option<Epoch> {
        let (starts_at, ahead) = self.timestamp_at(now)?;
        self.ahead = ahead;
        Some(Epoch {
            origin,
            first_number: number,
            highest_number: number,
            highest_timestamp: timestamp,
            number_offset: self.next_number.wrapping_sub(number),
            timestamp_offset: starts_at.wrapping_sub(timestamp),
            heard_at: now,
        })
    }

    /// A jump of the origin's time stamp that the clock does not explain.
    fn has_jumped(&self, epoch: &Epoch, timestamp: u32, now: Nanos) -> bool {
        let by_stamp = i64::from(timestamp.wrapping_sub(epoch.highest_timestamp) as i32);
        let by_clock = to_units(now.saturating_sub(epoch.heard_at), self.clock_rate) as i64;
        (by_stamp - by_clock).abs() > MAX_TIMESTAMP_DRIFT_SECONDS * i64::from(self.clock_rate)
    }

    /// Number a packet that is sent on; None when it came too late or too soon, or was sent before.
    pub fn number(&mut self, incoming: Incoming, now: Nanos) -> Option<Numbers> {
        let known = self.epoch.filter(|epoch| epoch.origin == incoming.origin);
        let mut anew = known.is_none();
        let mut epoch = match known {
            Some(epoch) => epoch,
            None => self.enter(incoming.origin, (incoming.number, incoming.timestamp), now)?,
        };
        if incoming.number < epoch.first_number {
            return None; // from before we began to listen: its number was given to another packet
        }
        if incoming.number >= epoch.highest_number {
            if self.has_jumped(&epoch, incoming.timestamp, now) {
                let (starts_at, ahead) = self.timestamp_at(now)?;
                self.ahead = ahead;
                epoch.timestamp_offset = starts_at.wrapping_sub(incoming.timestamp);
                anew = true;
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
        let timestamp = incoming.timestamp.wrapping_add(epoch.timestamp_offset);
        Some(self.leave(number, (timestamp, incoming.duration), (incoming.marker, anew), now))
    }

    /// Number a packet that the engine makes: always the next one. None when it comes too soon after another origin's.
    pub fn make(&mut self, made: Made, now: Nanos) -> Option<Numbers> {
        let frame = self.frame();
        let timestamp = made.frame.wrapping_mul(frame);
        let known = self.epoch.filter(|epoch| epoch.origin == made.origin);
        let epoch = match known {
            Some(epoch) => epoch,
            None => self.enter(made.origin, (0, timestamp), now)?,
        };
        self.epoch = Some(epoch);
        let timestamp = timestamp.wrapping_add(epoch.timestamp_offset);
        Some(self.leave(self.next_number, (timestamp, frame), (made.marker, known.is_none()), now))
    }

    fn leave(
        &mut self,
        number: u64,
        (timestamp, duration): (u32, u32),
        (marker, anew): (bool, bool),
        now: Nanos,
    ) -> Numbers {
        self.sent.mark(number);
        if number >= self.next_number {
            self.next_number = number + 1;
            // The packets of one telephone event share a time stamp: it belongs to the first of them.
            if self.last.is_none_or(|last| last.timestamp != timestamp) {
                self.last = Some(Last { timestamp, duration, at: now });
            }
        }
        Numbers { sequence: number as u16, timestamp, marker: marker || anew, anew }
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
