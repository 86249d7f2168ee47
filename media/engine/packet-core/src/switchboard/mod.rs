//! Legs, players and recorders, and who hears whom. Mutate, then drain: datagrams in, commands in; datagrams, events,
//! recorded blocks and the next time to wake out.

mod chores;
mod clock;
mod commands;
mod detectors;
mod forks;
mod hearing;
mod ice;
mod leg;
mod media;
mod moving;
mod outbox;
mod payloads;
mod players;
pub(crate) mod random;
mod recorders;
mod reports;
mod rooms;
mod routes;
mod sending;
mod table;
mod ticks;
mod voice;

pub use clock::TICK;
pub use commands::NewLeg;
pub use detectors::{MAX_DETECTORS, MAX_DETECTORS_OF_LEG};
pub use leg::LegSeed;
pub use moving::GroupBundle;
pub use outbox::{Datagram, MAX_DATAGRAM, Outbox, Port};
pub use players::{NewPlayer, Sounds};
pub use recorders::{Block, RecorderPlan, RecordingEnd};
pub use table::Keys;

use crate::Nanos;
use crate::canvas::Placed;
use crate::srtp::SrtpError;
use clock::Clock;
use control_messages::{Event, Refusal, RefusalCode};
use leg::Leg;
use players::Player;
use random::Spread;
use recorders::Recorder;
use rooms::Rooms;
use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use table::Table;

/// Ten times the largest tenant; a controller gone wrong must not eat the machine.
pub const MAX_LEGS: usize = 20_000;
pub const MAX_PLAYERS: usize = 20_000;
pub const MAX_RECORDERS: usize = 20_000;
/// Identifiers are UUIDs with a prefix or so.
pub const MAX_NAME_BYTES: usize = 200;

#[derive(Debug, Clone, Copy, Default)]
pub struct Counters {
    pub forwarded: u64,
    pub strangers: u64,
    pub malformed: u64,
    /// Frames of 20 ms that jitter buffers gave, concealment among them.
    pub decoded: u64,
    /// Frames of 20 ms that were summed for a leg.
    pub mixed: u64,
    pub concealed_ms: u64,
    /// SRTP and SRTCP packets that were not made with the leg's keys, or were changed.
    pub unauthentic: u64,
    /// SRTP and SRTCP packets that had come before, or are too old to tell.
    pub replayed: u64,
}

impl Counters {
    fn note_refusal(&mut self, error: SrtpError) {
        match error {
            SrtpError::Replayed => self.replayed += 1,
            SrtpError::Forged => self.unauthentic += 1,
            SrtpError::TooShort | SrtpError::TooLong | SrtpError::TooManySources => {}
        }
    }
}

pub struct Switchboard {
    legs: Table<Leg>,
    leg_keys: HashMap<String, usize>,
    players: Table<Player>,
    player_keys: HashMap<String, usize>,
    recorders: Table<Recorder>,
    recorder_keys: HashMap<String, usize>,
    ufrags: HashMap<String, usize>,
    addresses: HashMap<(u8, SocketAddr), usize>,
    /// The legs with detectors.
    detecting: Vec<usize>,
    clock: Clock,
    rooms: Rooms,
    next_chores: Option<Nanos>,
    chore_slice: usize,
    events: VecDeque<Event>,
    blocks: VecDeque<Block>,
    spare_blocks: Vec<Placed>,
    spread: Spread,
    /// Unix time of the instant zero, in nanoseconds.
    unix_epoch: u64,
    pub counters: Counters,
}

impl Switchboard {
    /// `unix_epoch`: Unix time in nanoseconds at the instant zero of every `now`.
    pub fn new(seed: u64, unix_epoch: u64) -> Self {
        Self::with_keys(seed, unix_epoch, Keys::default())
    }

    /// One of several, which all have their keys from `keys`.
    pub fn with_keys(seed: u64, unix_epoch: u64, keys: Keys) -> Self {
        Self {
            legs: Table::new(keys.legs),
            leg_keys: HashMap::new(),
            players: Table::new(keys.players),
            player_keys: HashMap::new(),
            recorders: Table::new(keys.recorders),
            recorder_keys: HashMap::new(),
            ufrags: HashMap::new(),
            addresses: HashMap::new(),
            detecting: Vec::new(),
            clock: Clock::default(),
            rooms: Rooms::default(),
            next_chores: None,
            chore_slice: 0,
            events: VecDeque::new(),
            blocks: VecDeque::new(),
            spare_blocks: Vec::new(),
            spread: Spread::new(seed),
            unix_epoch,
            counters: Counters::default(),
        }
    }

    pub fn next_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    pub fn next_block(&mut self) -> Option<Block> {
        self.blocks.pop_front()
    }

    pub fn next_timer(&self) -> Option<Nanos> {
        match (self.clock.next_tick(), self.next_chores) {
            (Some(tick), Some(chores)) => Some(tick.min(chores)),
            (tick, chores) => tick.or(chores),
        }
    }

    pub fn handle_timer(&mut self, now: Nanos, out: &mut Outbox) {
        self.run_clock(now, out);
        self.run_chores(now, out);
    }

    /// Legs, players and recorders.
    pub fn counts(&self) -> (usize, usize, usize) {
        (self.legs.len(), self.players.len(), self.recorders.len())
    }

    fn leg_key(&self, name: &str) -> Result<usize, Refusal> {
        self.leg_keys.get(name).copied().ok_or_else(|| not_found("leg", name))
    }

    fn unix_nanos(&self, now: Nanos) -> u64 {
        self.unix_epoch + now
    }
}

fn not_found(what: &str, name: &str) -> Refusal {
    Refusal::new(RefusalCode::NotFound, format!("no {what} {name}"))
}

fn conflict(what: &str, name: &str) -> Refusal {
    Refusal::new(RefusalCode::Conflict, format!("{what} {name} exists with other arguments"))
}

fn check_name(name: &str) -> Result<(), Refusal> {
    if name.is_empty() || name.len() > MAX_NAME_BYTES {
        return Err(Refusal::new(RefusalCode::Malformed, "an identifier has 1 to 200 bytes"));
    }
    Ok(())
}

fn limit_reached(what: &str, limit: usize) -> Refusal {
    Refusal::limit_reached(what, format!("at most {limit} {what}"))
}

#[cfg(test)]
mod tests;
