//! Who hears whom.

use super::clock::Item;
use super::leg::SourceKey;
use super::{Switchboard, not_found};
use crate::Nanos;
use control_messages::{Answer, Hearing, Refusal, RefusalCode, Source};

/// A conference of 32 is mixed by summing; larger ones want another way.
pub const MAX_SOURCES: usize = 32;

/// One change, with names looked up.
struct Change {
    leg: usize,
    sources: Vec<SourceKey>,
    heard: Vec<Source>,
}

impl Switchboard {
    /// All of it or, when a name is unknown, nothing.
    pub fn hear(&mut self, hearings: Vec<Hearing>, now: Nanos) -> Result<Answer, Refusal> {
        let changes = hearings.into_iter().map(|hearing| self.look_up(hearing)).collect::<Result<Vec<_>, _>>()?;
        for change in changes {
            self.set_hearing(change, now);
        }
        Ok(Answer::Done)
    }

    fn look_up(&self, hearing: Hearing) -> Result<Change, Refusal> {
        let leg = self.leg_key(&hearing.leg)?;
        if hearing.sources.len() > MAX_SOURCES {
            let message = format!("leg {} may hear {MAX_SOURCES} sources at once", hearing.leg);
            return Err(Refusal::new(RefusalCode::LimitReached, message));
        }
        let mut change = Change { leg, sources: Vec::new(), heard: Vec::new() };
        for source in hearing.sources {
            let key = self.source_key(&source)?;
            if !change.sources.contains(&key) {
                change.sources.push(key);
                change.heard.push(source);
            }
        }
        Ok(change)
    }

    fn source_key(&self, source: &Source) -> Result<SourceKey, Refusal> {
        match source {
            Source::Leg { leg } => self.leg_key(leg).map(SourceKey::Leg),
            Source::Player { player } => {
                let key = self.player_keys.get(player).ok_or_else(|| not_found("player", player))?;
                Ok(SourceKey::Player(*key))
            }
        }
    }

    fn set_hearing(&mut self, change: Change, now: Nanos) {
        let Change { leg: key, sources, heard } = change;
        let leg = &mut self.legs[key];
        if leg.hearing == sources {
            return;
        }
        let was_mixing = leg.is_mixing();
        let before = std::mem::replace(&mut leg.hearing, sources.clone());
        leg.heard = heard;
        leg.stream.interrupt();
        let is_mixing = leg.is_mixing();
        for source in &before {
            self.remove_hearer(*source, key, was_mixing);
        }
        for source in &sources {
            self.add_hearer(*source, key, is_mixing, now);
        }
        for source in before {
            self.rest_unless_heard(source);
        }
        match is_mixing {
            true => self.clock.add(Item::Mixer(key), now),
            false => self.clock.remove(Item::Mixer(key)),
        }
    }

    fn remove_hearer(&mut self, source: SourceKey, hearer: usize, mixing: bool) {
        match source {
            SourceKey::Leg(key) => {
                if let Some(leg) = self.legs.get_mut(key) {
                    leg.hearers.retain(|other| *other != hearer);
                    leg.mixing_hearers -= usize::from(mixing);
                }
            }
            SourceKey::Player(key) => {
                if let Some(player) = self.players.get_mut(key) {
                    player.hearers.retain(|other| *other != hearer);
                }
            }
        }
    }

    fn add_hearer(&mut self, source: SourceKey, hearer: usize, mixing: bool, now: Nanos) {
        match source {
            SourceKey::Leg(key) => {
                let leg = &mut self.legs[key];
                leg.hearers.push(hearer);
                leg.mixing_hearers += usize::from(mixing);
                if mixing && leg.voice.is_none() {
                    leg.voice = Some(Box::default());
                    self.clock.add(Item::Voice(key), now);
                }
            }
            SourceKey::Player(key) => {
                let player = &mut self.players[key];
                player.hearers.push(hearer);
                if !player.finished {
                    self.clock.add(Item::Player(key), now);
                }
            }
        }
    }

    /// What nobody hears needs no clock.
    fn rest_unless_heard(&mut self, source: SourceKey) {
        match source {
            SourceKey::Leg(key) => {
                if let Some(leg) = self.legs.get_mut(key).filter(|leg| leg.mixing_hearers == 0 && leg.voice.is_some()) {
                    leg.voice = None;
                    self.clock.remove(Item::Voice(key));
                }
            }
            SourceKey::Player(key) => {
                if self.players.get(key).is_some_and(|player| player.hearers.is_empty()) {
                    self.clock.remove(Item::Player(key));
                }
            }
        }
    }

    /// Take one source that goes away out of what `hearer` hears.
    pub(super) fn forget_source(&mut self, hearer: usize, source: SourceKey, now: Nanos) {
        let Some(leg) = self.legs.get(hearer) else { return };
        let kept = leg.hearing.iter().zip(&leg.heard).filter(|(key, _)| **key != source);
        let (sources, heard) = kept.map(|(key, name)| (*key, name.clone())).unzip();
        self.set_hearing(Change { leg: hearer, sources, heard }, now);
    }

    /// Let a leg that goes away hear nothing.
    pub(super) fn deafen(&mut self, key: usize, now: Nanos) {
        self.set_hearing(Change { leg: key, sources: Vec::new(), heard: Vec::new() }, now);
    }
}
