//! Players: sounds that legs are made to hear, paced by the clock.

use super::clock::Item;
use super::leg::SourceKey;
use super::media::{Sending, Voice, send_voice};
use super::outbox::Outbox;
use super::{MAX_PLAYERS, Switchboard, check_name, conflict, limit_reached};
use crate::Nanos;
use crate::clip::{Clip, FRAME, Playlist};
use crate::g711::Law;
use crate::stream::{Incoming, Origin};
use control_messages::{Answer, Event, Play, Refusal, RefusalCode};
use std::sync::Arc;

/// The frame of 20 ms that a player plays now, in every form that somebody asked for.
pub struct Player {
    pub name: String,
    pub group: String,
    play: Play,
    pub list: Playlist,
    pub hearers: Vec<usize>,
    pub number: u64,
    pub finished: bool,
}

impl Switchboard {
    /// `clips` are the sounds of `play`, loaded.
    pub fn create_player(
        &mut self,
        name: String,
        group: String,
        play: Play,
        clips: Vec<Arc<Clip>>,
    ) -> Result<Answer, Refusal> {
        check_name(&name)?;
        if let Some(key) = self.player_keys.get(&name) {
            let known = &self.players[*key];
            return if known.group == group && known.play == play {
                Ok(Answer::Done)
            } else {
                Err(conflict("player", &name))
            };
        }
        if self.players.len() >= MAX_PLAYERS {
            return Err(limit_reached("players", MAX_PLAYERS));
        }
        let repeat = match &play {
            Play::File { repeat, .. } | Play::Tones { repeat, .. } => *repeat,
        };
        let nothing = || Refusal::new(RefusalCode::Malformed, "nothing to play");
        let list = Playlist::new(clips, repeat).ok_or_else(nothing)?;
        let player = Player { name: name.clone(), group, play, list, hearers: Vec::new(), number: 0, finished: false };
        let key = self.players.insert(player);
        self.player_keys.insert(name, key);
        Ok(Answer::Done)
    }

    pub fn delete_player(&mut self, name: &str, now: Nanos) -> Answer {
        if let Some(key) = self.player_keys.remove(name) {
            for hearer in self.players[key].hearers.clone() {
                self.forget_source(hearer, SourceKey::Player(key), now);
            }
            self.clock.remove(Item::Player(key));
            self.players.remove(key);
        }
        Answer::Done
    }

    /// The players of a group whose last leg has gone, unless somebody else hears them.
    pub(super) fn drop_players_of(&mut self, group: &str, now: Nanos) {
        if self.legs.iter().any(|(_, leg)| leg.group == group) {
            return;
        }
        let of_group = |player: &Player| player.group == group && player.hearers.is_empty();
        let gone: Vec<String> =
            self.players.iter().filter(|(_, player)| of_group(player)).map(|(_, player)| player.name.clone()).collect();
        for name in gone {
            self.delete_player(&name, now);
        }
    }

    pub(super) fn tick_player(&mut self, key: usize, now: Nanos, out: &mut Outbox) -> bool {
        let Some(player) = self.players.get_mut(key) else { return false };
        if !player.list.advance() {
            player.finished = true;
            self.events.push_back(Event::PlayerFinished {
                player: player.name.clone(),
                seconds: 0.0,
                digit: String::new(),
            });
            return false;
        }
        player.number += 1;
        let incoming = Incoming {
            origin: Origin::Player(key),
            number: player.number,
            timestamp: (player.number as u32).wrapping_mul(FRAME as u32),
            marker: false,
        };
        let mut codes = [0; FRAME];
        let mut prepared: Option<Law> = None;
        let mut sending = Sending { recorders: &mut self.recorders, out, now };
        for hearer in &player.hearers {
            let Some(leg) = self.legs.get_mut(*hearer).filter(|leg| !leg.is_mixing()) else { continue };
            let Some((_, law)) = leg.payloads.audio else { continue };
            if prepared != Some(law) {
                player.list.codes(law, &mut codes);
                prepared = Some(law);
            }
            send_voice(leg, *hearer, incoming, Voice { law, codes: &codes }, &mut sending);
        }
        true
    }
}
