//! What is done by the clock: voices smoothed, players stepped, mixes and digits sent.

use super::Switchboard;
use super::clock::Item;
use super::leg::SourceKey;
use super::outbox::Outbox;
use super::payloads::law_of;
use super::recorders::Recorder;
use super::rooms::{Member, Room};
use super::routes::Path;
use super::sending::{Sending, send_digit, send_mix};
use super::table::Table;
use crate::Nanos;
use crate::clip::FRAME;
use crate::codec::Band;
use crate::mixer::Sum;
use crate::recording::{CUSTOMER, OURS, Samples, Sound};
use crate::stream::{Made, Origin};
use crate::telephone_event::Tick;

/// Of telephone events where none were negotiated, in Hz.
const USUAL_RATE: u32 = 8_000;
/// Decoded sound counts its time stamps from another start than the packets that it came in.
const DECODED_GENERATION: u32 = u32::MAX;

impl Switchboard {
    pub(super) fn run_clock(&mut self, now: Nanos, out: &mut Outbox) {
        while let Some((phase, mut items)) = self.clock.take_due(now) {
            let due = items.len();
            items.retain(|item| match *item {
                Item::Voice(key) => self.tick_voice(key, now),
                Item::Player(key) => self.tick_player(key, now, out),
                Item::Room(key) => self.tick_room(key, now, out),
                Item::Digits(key) => self.tick_digits(key, now, out),
            });
            let ended = due - items.len();
            self.clock.put_back(phase, items, ended);
        }
    }

    /// Decode the next 20 ms of a leg, for whoever asks in this tick.
    fn tick_voice(&mut self, key: usize, now: Nanos) -> bool {
        let Some(leg) = self.legs.get_mut(key) else { return false };
        let Some(voice) = leg.voice.as_mut() else { return false };
        let concealed_before = voice.concealed_ms();
        voice.tick(now);
        self.counters.decoded += 1;
        self.counters.concealed_ms += voice.concealed_ms().saturating_sub(concealed_before);
        if !voice.keep() {
            leg.change_voice(None);
            return false;
        }
        self.give_voice(key, now);
        true
    }

    /// To a robot; and recorders take packets of G.711 as they come; of other codecs they are given what is decoded.
    fn give_voice(&mut self, key: usize, now: Nanos) {
        let leg = &mut self.legs[key];
        let Some(mut voice) = leg.voice.take() else { return };
        if leg.fork.is_some() {
            voice.provide(Band::Narrow);
            leg.say_to_robot(voice.frame(Band::Narrow));
        }
        if law_of(voice.codec()).is_none() {
            let generation = DECODED_GENERATION;
            let timestamp = voice.frame_number.wrapping_mul(FRAME as u32);
            let mut place = |recorders: &mut Table<Recorder>, who: &[usize], channel: usize| {
                for recorder in who {
                    voice.provide(Band::Narrow);
                    let sound = Sound { generation, timestamp, samples: Samples::Pcm(voice.frame(Band::Narrow)) };
                    recorders[*recorder].line.place(channel, sound, now);
                }
            };
            place(&mut self.recorders, &leg.recorders, CUSTOMER);
            for hearer in &self.legs[key].hearers {
                if let Some(hearer) = self.legs.get(*hearer).filter(|hearer| hearer.is_passed(key)) {
                    place(&mut self.recorders, &hearer.recorders, OURS);
                }
            }
        }
        self.legs[key].voice = Some(voice);
    }

    /// Have the voices of a room in the bands that its members ask for.
    fn provide(&mut self, room: &Room) {
        for band in [Band::Narrow, Band::Wide] {
            let asked = |member: &Member| {
                let leg = self.legs.get(member.leg);
                leg.and_then(|leg| leg.mix.as_ref()).is_some_and(|mix| mix.band == band)
            };
            if !room.members.iter().any(asked) {
                continue;
            }
            for source in &room.sources {
                match source {
                    SourceKey::Leg(key) => {
                        if let Some(voice) = self.legs.get_mut(*key).and_then(|leg| leg.voice.as_mut()) {
                            voice.provide(band);
                        }
                    }
                    SourceKey::Player(key) if band == Band::Wide => {
                        if let Some(player) = self.players.get_mut(*key) {
                            player.provide_wide();
                        }
                    }
                    SourceKey::Player(_) => {}
                }
            }
        }
    }

    /// What a source says now, given to `take`; nothing when it is silent.
    fn with_frame(&self, source: SourceKey, band: Band, take: impl FnOnce(&[i16])) {
        match source {
            SourceKey::Leg(key) => {
                if let Some(voice) = self.legs.get(key).and_then(|leg| leg.voice.as_ref()) {
                    take(voice.frame(band));
                }
            }
            SourceKey::Player(key) => {
                if let Some(player) = self.players.get(key).filter(|player| player.is_playing()) {
                    player.with_frame(band, take);
                }
            }
        }
    }

    /// Put the sum of what one member hears into `sum`.
    fn mix(&self, room: &mut Room, at: usize, band: Band, sum: &mut Sum) {
        if room.members[at].alone {
            sum.begin(band);
            for source in &self.legs[room.members[at].leg].hearing {
                self.with_frame(*source, band, |frame| sum.add(frame));
            }
            return;
        }
        if let Some(all) = room.sum(band, |source, sum| self.with_frame(source, band, |frame| sum.add(frame))) {
            sum.copy(all);
        }
        if let Some(source) = &room.members[at].without {
            self.with_frame(*source, band, |frame| sum.subtract(frame));
        }
    }

    /// Mix for each member of a room, all at one instant.
    fn tick_room(&mut self, key: usize, now: Nanos, out: &mut Outbox) -> bool {
        let Some(mut room) = self.rooms.take(key) else { return false };
        room.summed = [false; 2];
        self.provide(&room);
        let mut sum = Sum::new(Band::Narrow);
        for at in 0..room.members.len() {
            let member = room.members[at].leg;
            if !self.crosses(member) {
                continue;
            }
            let Some(band) = self.legs[member].mix.as_ref().map(|mix| mix.band) else { continue };
            self.mix(&mut room, at, band, &mut sum);
            self.counters.mixed += 1;
            let mut sending = Sending { recorders: &mut self.recorders, out, now };
            send_mix(&mut self.legs[member], member, &mut sum, &mut sending);
        }
        self.rooms.put_back(key, room);
        true
    }

    /// True when the leg's sound comes from its room by now; until its source's voice is there, packets are sent on.
    fn crosses(&mut self, key: usize) -> bool {
        let Path::Mixed { room, bridge: Some(source) } = self.legs[key].path else { return true };
        let voice = self.legs.get(source).and_then(|leg| leg.voice.as_ref());
        if voice.is_some_and(|voice| !voice.is_heard()) {
            return false;
        }
        self.legs[key].path = Path::Mixed { room, bridge: None };
        true
    }

    fn tick_digits(&mut self, key: usize, now: Nanos, out: &mut Outbox) -> bool {
        let Some(leg) = self.legs.get_mut(key) else { return false };
        let clock_rate = leg.payloads.digits.map_or(USUAL_RATE, |digits| digits.clock_rate);
        match leg.digits_out.tick(clock_rate) {
            Tick::Finished => false,
            Tick::Pause => true,
            Tick::Packet { event, frame, first } => {
                let made = Made { origin: Origin::Digits, frame, marker: first };
                let mut sending = Sending { recorders: &mut self.recorders, out, now };
                send_digit(leg, key, made, event, &mut sending);
                true
            }
        }
    }
}
