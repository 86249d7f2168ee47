//! Who hears whom.

use super::clock::Item;
use super::leg::SourceKey;
use super::{Switchboard, not_found};
use crate::Nanos;
use control_messages::{Answer, Hearing, Refusal, Source};

/// A conference of 32: nobody follows more voices.
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
            return Err(Refusal::limit_reached("sources", message));
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
        let passed = leg.passed_source().filter(|source| sources.contains(&SourceKey::Leg(*source)));
        let before = std::mem::replace(&mut leg.hearing, sources.clone());
        leg.heard = heard;
        if passed.is_none() {
            leg.stream.interrupt();
        }
        for source in &before {
            self.remove_hearer(*source, key);
        }
        for source in &sources {
            self.add_hearer(*source, key, now);
        }
        self.reroute(key, passed, now);
        for source in before {
            self.rest_unless_heard(source, now);
        }
        self.review_voices_around(key, now);
    }

    fn remove_hearer(&mut self, source: SourceKey, hearer: usize) {
        let hearers = match source {
            SourceKey::Leg(key) => self.legs.get_mut(key).map(|leg| &mut leg.hearers),
            SourceKey::Player(key) => self.players.get_mut(key).map(|player| &mut player.hearers),
        };
        if let Some(hearers) = hearers {
            hearers.retain(|other| *other != hearer);
        }
    }

    fn add_hearer(&mut self, source: SourceKey, hearer: usize, now: Nanos) {
        match source {
            SourceKey::Leg(key) => self.legs[key].hearers.push(hearer),
            SourceKey::Player(key) => {
                let player = &mut self.players[key];
                player.hearers.push(hearer);
                if !player.finished {
                    self.clock.add(Item::Player(key), now);
                }
            }
        }
    }

    /// What nobody hears needs no clock; a voice is kept for a while.
    fn rest_unless_heard(&mut self, source: SourceKey, now: Nanos) {
        match source {
            SourceKey::Leg(key) => self.review_voice(key, now),
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
