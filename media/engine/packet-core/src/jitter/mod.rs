//! Makes an even stream of sound out of packets that come too late, too early, twice, in disorder or not at all.
//!
//! Packets wait encoded until their turn. How long is decided by how late packets use to be (`delays`); the sound between
//! decoder and listener is shortened or lengthened by whole periods of the voice (`sound`) to follow that decision and the
//! sender's clock; what is missing is made up (`concealment`).

mod concealment;
mod delays;
mod pitch;
mod playout;
mod sound;
mod statistics;
mod store;

pub use concealment::SILENT_AFTER_MS;
pub use delays::{MAX_TARGET_MS, MIN_TARGET_MS};
pub use playout::MOST_DELAY_MS;
pub use statistics::Statistics;
pub use store::{MAX_PACKETS, MAX_PAYLOAD};

use crate::Nanos;
use crate::codec::{Band, ComfortNoise, Pcm};
use crate::replay::SeenWindow;
use concealment::Repetition;
use delays::{Delays, Micros};
use playout::Mode;
use sound::Sound;
use store::{PacketStore, Stored};

/// So many packets in a row whose time is over, though their numbers are new, are a sender that has set its clock back.
const LATE_RUN: u8 = 3;

/// What a payload is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Audio,
    /// RFC 3389: the background from here on, until sound comes.
    ComfortNoise,
    /// No sound (RFC 4733): its number is taken, so that it is not missed.
    Event,
}

/// A packet of the stream, as it came.
#[derive(Debug, Clone, Copy)]
pub struct Arrival<'a> {
    /// Rises with every change of the synchronisation source or restart of the sender.
    pub generation: u32,
    /// Extended sequence number.
    pub number: u64,
    pub timestamp: u32,
    pub kind: Kind,
    pub payload: &'a [u8],
}

#[derive(Debug)]
pub struct JitterBuffer {
    clock_rate: i64,
    generation: Option<u32>,
    /// Highest extended time stamp that came.
    newest: i64,
    seen: SeenWindow,
    store: PacketStore,
    delays: Delays,
    late_run: u8,
    sound: Sound,
    pcm: Box<Pcm>,
    repetition: Box<Repetition>,
    noise: ComfortNoise,
    mode: Mode,
    /// Time stamp of the sound that is decoded next; None until something is.
    next: Option<i64>,
    /// No place in time is kept for what comes next: it waits for its target anew.
    resting: bool,
    /// Made up since the packets ended, in clock units: not known yet in place of what.
    stalled: i64,
    /// Of it, in microseconds, what may turn out to be concealment.
    unsettled: Micros,
    last_number: u64,
    last_units: i64,
    /// How many numbers after the last one played are no sound, and the last such number.
    events: u64,
    last_event: u64,
    /// The delay as ticks see it, smoothed.
    delay: Option<Micros>,
    ticks_to_next_change: u8,
    statistics: Statistics,
}

impl JitterBuffer {
    /// For a stream whose time stamps count `clock_rate` units a second. All memory it ever needs (80 kB) is taken here.
    pub fn new(clock_rate: u32) -> Self {
        Self {
            clock_rate: i64::from(clock_rate.max(1)),
            generation: None,
            newest: 0,
            seen: SeenWindow::default(),
            store: PacketStore::default(),
            delays: Delays::new(clock_rate),
            late_run: 0,
            sound: Sound::new(Band::Narrow),
            pcm: Box::default(),
            repetition: Box::new(Repetition::new(Band::Narrow)),
            noise: ComfortNoise::default(),
            mode: Mode::Silence,
            next: None,
            resting: true,
            stalled: 0,
            unsettled: 0,
            last_number: 0,
            last_units: 0,
            events: 0,
            last_event: 0,
            delay: None,
            ticks_to_next_change: 0,
            statistics: Statistics::default(),
        }
    }

    /// Keep a packet until its turn, unless it came before or its turn is over.
    pub fn put(&mut self, arrival: &Arrival<'_>, now: Nanos) {
        if arrival.payload.is_empty() || arrival.payload.len() > MAX_PAYLOAD {
            self.statistics.refused += 1;
            return;
        }
        if self.generation != Some(arrival.generation) {
            self.generation = Some(arrival.generation);
            self.seen = SeenWindow::default();
            (self.events, self.last_event) = (0, 0);
            self.begin_anew();
        }
        if !self.seen.is_new(arrival.number) {
            self.statistics.duplicates += 1;
            return;
        }
        let is_newest = self.seen.highest().is_none_or(|highest| arrival.number > highest);
        self.seen.mark(arrival.number);
        if arrival.kind == Kind::Event {
            self.events += 1;
            self.last_event = self.last_event.max(arrival.number);
            return;
        }
        let timestamp = self.extended(arrival.timestamp);
        if self.delays.is_far_off(timestamp, now) {
            self.begin_anew();
        }
        self.newest = timestamp;
        if self.is_late(timestamp) && !(is_newest && self.is_clock_set_back()) {
            self.statistics.late += 1;
            if !is_newest {
                self.delays.observe(timestamp, now);
            }
            return;
        }
        self.late_run = 0;
        self.delays.observe(timestamp, now);
        match self.store.insert((timestamp, arrival.number, arrival.kind), arrival.payload) {
            Stored::Kept => {}
            Stored::Duplicate => self.statistics.duplicates += 1,
            Stored::PushedOut => self.statistics.pushed_out += 1,
        }
    }

    /// The sender's clock, and with it the place in time of what comes, is not what it was.
    fn begin_anew(&mut self) {
        self.store.clear();
        self.delays.forget_base();
        self.next = None;
        self.resting = true;
        self.stalled = 0;
        self.late_run = 0;
    }

    fn extended(&self, timestamp: u32) -> i64 {
        self.newest + i64::from(timestamp.wrapping_sub(self.newest as u32) as i32)
    }

    fn is_late(&self, timestamp: i64) -> bool {
        self.next.is_some_and(|next| timestamp < next - self.units(playout::SLACK_US))
    }

    /// A late packet that is the newest by its number did not meet disorder: count it.
    fn is_clock_set_back(&mut self) -> bool {
        self.late_run += 1;
        let is_set_back = self.late_run >= LATE_RUN;
        if is_set_back {
            self.begin_anew();
        }
        is_set_back
    }

    fn units(&self, time: Micros) -> i64 {
        time * self.clock_rate / 1_000_000
    }

    fn micros(&self, units: i64) -> Micros {
        units * 1_000_000 / self.clock_rate
    }

    fn units_of(&self, samples: usize) -> i64 {
        samples as i64 * self.clock_rate / i64::from(self.sound.band().hertz())
    }

    fn samples_of(&self, units: i64) -> usize {
        (units * i64::from(self.sound.band().hertz()) / self.clock_rate).max(0) as usize
    }

    /// How much later than the fastest packets of late sound leaves, in milliseconds; 0 before the first sound.
    pub fn delay_ms(&self) -> u32 {
        (self.delay.unwrap_or(0) / 1000).max(0) as u32
    }

    /// Sound made up in place of lost or late packets, in milliseconds. Pauses of the sender do not count.
    pub fn concealed_ms(&self) -> u64 {
        (self.statistics.concealed_us / 1000) as u64
    }

    pub fn statistics(&self) -> &Statistics {
        &self.statistics
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;

#[cfg(test)]
mod far_end;
#[cfg(test)]
mod properties;

#[cfg(test)]
mod golden;
