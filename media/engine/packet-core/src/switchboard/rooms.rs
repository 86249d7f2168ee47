//! Rooms: legs that hear each other mixed, so that their voices are summed once for all of them.
//!
//! A leg's room is named by what it hears and itself. Whoever is in the same conference is so in the same room, where what
//! is heard is the sum of all less oneself (N-1).

use super::Switchboard;
use super::leg::{Leg, SourceKey};
use crate::codec::{Band, Encoder};
use crate::limiter::Limiter;
use crate::mixer::Sum;
use crate::resample::Down;
use crate::splice::{Tail, begin_sum, join_sum};
use control_messages::Payload;
use std::collections::HashMap;

/// Whoever is put back into a room within 5 s finds encoder and limiter as they were.
const KEPT_VISITS: u32 = 5;
/// Voices in full sound that follow on silence are heard as a click unless they fade in: as long as the limiter holds back.
const FADED_IN_MS: usize = 5;

/// What the next frame is to the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    GoesOn,
    /// Another set of sources.
    Changed,
    /// The limiter holds silence.
    Begins,
}

/// What mixing for one hearer needs.
pub struct Mix {
    pub payload: Payload,
    pub encoder: Encoder,
    pub band: Band,
    limiter: Limiter,
    /// For recorders of a wide hearer.
    down: Option<Box<Down>>,
    tail: Tail,
    next: Next,
    /// 20 ms each, counted on while nothing is sent.
    pub frame_number: u32,
    idle_visits: u32,
}

impl Mix {
    /// None for a codec that is not sound.
    pub fn new(payload: &Payload) -> Option<Self> {
        let encoder = Encoder::new(payload)?;
        let band = encoder.band();
        Some(Self {
            payload: payload.clone(),
            encoder,
            band,
            limiter: Limiter::new(band),
            down: None,
            tail: Tail::default(),
            next: Next::Begins,
            frame_number: 0,
            idle_visits: 0,
        })
    }

    /// What is heard becomes another: the next frame goes on from the last sample all the same.
    pub fn change(&mut self) {
        if self.next == Next::GoesOn {
            self.next = Next::Changed;
        }
    }

    /// Nothing of what was before is to be heard.
    pub fn begin_anew(&mut self) {
        self.limiter = Limiter::new(self.band);
        self.next = Next::Begins;
    }

    /// Give `sound` to `take` at 8 kHz.
    pub fn narrowed(&mut self, sound: &[i16], take: impl FnOnce(&[i16])) {
        let Some(wide) = sound.first_chunk::<{ Band::Wide.tick() }>() else { return take(sound) };
        if self.down.is_none() {
            self.down = Down::new().map(Box::new);
        }
        let mut narrow = [0; Band::Narrow.tick()];
        if let Some(down) = &mut self.down {
            down.run(wide, &mut narrow);
        }
        take(&narrow);
    }

    /// Make 20 ms of sound of a sum.
    pub fn finish(&mut self, sum: &mut Sum, out: &mut [i16]) {
        match std::mem::replace(&mut self.next, Next::GoesOn) {
            Next::GoesOn => {}
            Next::Changed => join_sum(self.tail, sum.samples_mut()),
            Next::Begins => begin_sum(&mut sum.samples_mut()[..self.band.samples(FADED_IN_MS)]),
        }
        self.tail = Tail::of(sum.samples());
        self.limiter.limit(sum.samples(), out);
    }
}

impl Leg {
    /// Visited once a second: an encoder that has had no work for a while is given up.
    pub fn rest_mix(&mut self) {
        let mixing = self.is_mixing();
        let Some(mix) = self.mix.as_mut() else { return };
        mix.idle_visits = if mixing { 0 } else { mix.idle_visits + 1 };
        if mix.idle_visits > KEPT_VISITS {
            self.mix = None;
        }
    }
}

/// One hearer of a room.
#[derive(Debug, Default)]
pub struct Member {
    pub leg: usize,
    /// What the room's sum has more than this hearer hears: itself, if anything.
    pub without: Option<SourceKey>,
    /// It hears so little of the room that summing that is less work.
    pub alone: bool,
}

#[derive(Default)]
pub struct Room {
    name: Vec<SourceKey>,
    pub members: Vec<Member>,
    /// Everything that one of them hears.
    pub sources: Vec<SourceKey>,
    /// The sum of all sources per band, made when the first member asks for it in a tick.
    pub sums: Option<Box<[Sum; 2]>>,
    pub summed: [bool; 2],
}

#[derive(Default)]
pub struct Rooms {
    rooms: Vec<Option<Room>>,
    keys: HashMap<Vec<SourceKey>, usize>,
}

impl Rooms {
    /// The key of the room for whoever hears `hearing`, and whether it is a new one.
    pub fn enter(&mut self, leg: usize, hearing: &[SourceKey]) -> (usize, bool) {
        let mut name = hearing.to_vec();
        name.push(SourceKey::Leg(leg));
        name.sort_unstable();
        name.dedup();
        let known = self.keys.get(&name).copied();
        let key = known.unwrap_or_else(|| {
            let key = self.vacant();
            self.rooms[key] = Some(Room { name: name.clone(), ..Room::default() });
            self.keys.insert(name, key);
            key
        });
        if let Some(room) = self.get_mut(key) {
            room.members.push(Member { leg, ..Member::default() });
        }
        (key, known.is_none())
    }

    /// True when nobody is left in it: it is gone.
    pub fn leave(&mut self, key: usize, leg: usize) -> bool {
        let Some(room) = self.get_mut(key) else { return false };
        // The older of two: a leg enters anew before it leaves.
        if let Some(at) = room.members.iter().position(|member| member.leg == leg) {
            room.members.remove(at);
        }
        if !room.members.is_empty() {
            return false;
        }
        if let Some(room) = self.rooms[key].take() {
            self.keys.remove(&room.name);
        }
        true
    }

    /// Let go of a room whose members move to another switchboard.
    pub fn give_away(&mut self, key: usize) -> Option<Room> {
        let room = self.rooms.get_mut(key)?.take()?;
        self.keys.remove(&room.name);
        Some(room)
    }

    /// Take in what another switchboard gave away; returns its key here.
    pub fn adopt(&mut self, room: Room) -> usize {
        let key = self.vacant();
        self.keys.insert(room.name.clone(), key);
        self.rooms[key] = Some(room);
        key
    }

    fn vacant(&mut self) -> usize {
        let key = self.rooms.iter().position(Option::is_none).unwrap_or(self.rooms.len());
        self.rooms.resize_with(self.rooms.len().max(key + 1), || None);
        key
    }

    pub fn get_mut(&mut self, key: usize) -> Option<&mut Room> {
        self.rooms.get_mut(key)?.as_mut()
    }

    /// Take a room out for its tick; put it back afterwards.
    pub fn take(&mut self, key: usize) -> Option<Room> {
        self.get_mut(key).map(std::mem::take)
    }

    pub fn put_back(&mut self, key: usize, room: Room) {
        if let Some(place) = self.get_mut(key) {
            *place = room;
        }
    }
}

impl Room {
    /// The present sum in `band`, made by `add` per source unless this tick has it already.
    pub fn sum(&mut self, band: Band, mut add: impl FnMut(SourceKey, &mut Sum)) -> Option<&Sum> {
        let sum = &mut self.sums.as_mut()?[band as usize];
        if !std::mem::replace(&mut self.summed[band as usize], true) {
            sum.begin(band);
            self.sources.iter().for_each(|source| add(*source, sum));
        }
        Some(sum)
    }
}

impl Switchboard {
    /// Who is in a room, or what they hear, has changed: settle who is summed for whom.
    pub(super) fn furnish(&mut self, key: usize) {
        let Some(room) = self.rooms.get_mut(key) else { return };
        room.sources.clone_from(&room.name);
        // Whatever is in its name a member hears, or is it: the only thing that nobody hears may be the only member.
        if let [member] = room.members.as_slice() {
            room.sources.clone_from(&self.legs[member.leg].hearing);
        }
        for member in &mut room.members {
            let hearing = &self.legs[member.leg].hearing;
            let itself = SourceKey::Leg(member.leg);
            member.without = (room.sources.contains(&itself) && !hearing.contains(&itself)).then_some(itself);
            member.alone = hearing.len() <= member.without.iter().len() + 1;
        }
        let shared = room.members.iter().filter(|member| !member.alone).count() > 1;
        if !shared {
            room.members.iter_mut().for_each(|member| member.alone = true);
        }
        room.sums = shared.then(|| Box::new([Sum::new(Band::Narrow), Sum::new(Band::Wide)]));
    }
}
