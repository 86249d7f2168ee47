//! Players: sounds that legs are made to hear, paced by the clock.

use super::clock::Item;
use super::forks::{Programme, Robot};
use super::leg::SourceKey;
use super::outbox::Outbox;
use super::payloads::law_of;
use super::sending::{Sending, send_frame};
use super::{MAX_PLAYERS, Switchboard, check_name, conflict, limit_reached, not_found};
use crate::Nanos;
use crate::clip::{Clip, FRAME, Playlist};
use crate::codec::Band;
use crate::fork::ForkLine;
use crate::g711::Law;
use crate::resample::Up;
use crate::stream::{Made, Origin};
use crate::telephone_event::DigitSender;
use control_messages::{Answer, Event, Play, Refusal, RefusalCode};
use std::sync::Arc;

/// The frame of 20 ms that a player plays now, in every form that somebody asked for.
pub struct Player {
    pub name: String,
    pub group: String,
    pub play: Play,
    stop_digits: String,
    /// Its files are still being read.
    waiting: bool,
    programme: Programme,
    pub hearers: Vec<usize>,
    number: u32,
    pub finished: bool,
    /// Present once somebody heard it at 16 kHz.
    wide: Option<Box<Wide>>,
}

const WIDE: usize = Band::Wide.tick();

/// Its frame `number` at 16 kHz.
struct Wide {
    up: Up,
    frame: [i16; WIDE],
    number: u32,
}

impl Player {
    fn end(&self, digit: Option<char>) -> Event {
        Event::PlayerFinished {
            player: self.name.clone(),
            seconds: self.programme.seconds(),
            digit: digit.map(String::from).unwrap_or_default(),
        }
    }

    /// Of a robot.
    pub fn line(&self) -> Option<&Arc<ForkLine>> {
        self.programme.line()
    }

    pub fn is_playing(&self) -> bool {
        !self.finished && self.number > 0
    }

    /// Have the frame of now at 16 kHz too, once for all that hear it so.
    pub fn provide_wide(&mut self) {
        if self.wide.is_none() {
            self.wide = Up::new().map(|up| Box::new(Wide { up, frame: [0; WIDE], number: 0 }));
        }
        let mut narrow = [0; FRAME];
        if let Some(wide) = self.wide.as_mut().filter(|wide| wide.number != self.number) {
            if !self.programme.wide(&mut wide.frame) {
                self.programme.pcm(&mut narrow);
                wide.up.run(&narrow, &mut wide.frame);
            }
            wide.number = self.number;
        }
    }

    /// The frame of now, for a mix.
    pub fn with_frame(&self, band: Band, take: impl FnOnce(&[i16])) {
        match (band, &self.wide) {
            (Band::Wide, Some(wide)) => take(&wide.frame),
            (Band::Wide, None) => {}
            (Band::Narrow, _) => {
                let mut narrow = [0; FRAME];
                self.programme.pcm(&mut narrow);
                take(&narrow);
            }
        }
    }
}

/// A player as the controller asks for it.
pub struct NewPlayer {
    pub name: String,
    pub group: String,
    pub play: Play,
    pub stop_digits: String,
}

/// The sounds of a play.
pub enum Sounds {
    Ready(Vec<Arc<Clip>>),
    /// `sounds_loaded` follows.
    Loading,
    /// What a robot says, see `create_fork`.
    Robot(Arc<ForkLine>),
}

fn malformed(message: &str) -> Refusal {
    Refusal::new(RefusalCode::Malformed, message)
}

/// The list of a play, at its start.
fn playlist(play: &Play, clips: Vec<Arc<Clip>>) -> Option<Playlist> {
    match play {
        Play::Fork(_) => None, // it has no clips
        Play::Tones { repeat, .. } => Playlist::new(clips, *repeat),
        Play::File { repeat, start_seconds, .. } => {
            let mut list = Playlist::new(clips, *repeat)?;
            list.seek(*start_seconds);
            Some(list)
        }
    }
}

impl Switchboard {
    pub fn create_player(&mut self, new: NewPlayer, sounds: Sounds) -> Result<Answer, Refusal> {
        let NewPlayer { name, group, play, stop_digits } = new;
        check_name(&name)?;
        if DigitSender::codes(&stop_digits).is_none() {
            return Err(malformed("stop_digits are 0-9, *, #, A-D"));
        }
        if matches!(&play, Play::File { start_seconds, .. } if !start_seconds.is_finite() || *start_seconds < 0.0) {
            return Err(malformed("start_seconds is a time"));
        }
        if let Some(key) = self.player_keys.get(&name) {
            let known = &self.players[*key];
            let same = known.group == group && known.play == play && known.stop_digits == stop_digits;
            return if same { Ok(Answer::Done) } else { Err(conflict("player", &name)) };
        }
        if self.players.len() >= MAX_PLAYERS {
            return Err(limit_reached("players", MAX_PLAYERS));
        }
        let waiting = matches!(sounds, Sounds::Loading);
        let programme = match sounds {
            Sounds::Ready(clips) => playlist(&play, clips).map(Programme::List),
            Sounds::Loading => Some(Programme::List(Playlist::default())),
            Sounds::Robot(line) => Some(Programme::Robot(Robot::new(line))),
        };
        let programme = programme.ok_or_else(|| malformed("nothing to play"))?;
        let player = Player {
            name: name.clone(),
            group,
            play,
            stop_digits,
            waiting,
            programme,
            hearers: Vec::new(),
            number: 0,
            finished: false,
            wide: None,
        };
        let key = self.players.insert(player);
        self.player_keys.insert(name, key);
        Ok(Answer::Done)
    }

    /// The files of a player have been read, or cannot be: it starts for whoever hears it by now, or ends.
    pub fn sounds_loaded(&mut self, name: &str, play: &Play, sounds: Result<Vec<Arc<Clip>>, String>, now: Nanos) {
        let Some(key) = self.player_keys.get(name).copied() else { return };
        let player = &mut self.players[key];
        if !player.waiting || player.play != *play {
            return; // another one of this name
        }
        player.waiting = false;
        let nothing = || "nothing to play".to_owned();
        match sounds.and_then(|clips| playlist(play, clips).ok_or_else(nothing)) {
            Ok(list) => {
                player.programme = Programme::List(list);
                if !player.hearers.is_empty() {
                    self.clock.add(Item::Player(key), now);
                }
            }
            Err(reason) => {
                player.finished = true;
                self.events.push_back(Event::PlayerFailed { player: name.to_owned(), reason });
            }
        }
    }

    pub fn get_player(&self, name: &str) -> Result<Answer, Refusal> {
        let key = self.player_keys.get(name).ok_or_else(|| not_found("player", name))?;
        let player = &self.players[*key];
        Ok(Answer::PlayerState {
            player: name.to_owned(),
            seconds: player.programme.seconds(),
            finished: player.finished,
        })
    }

    /// A digit that `leg` pressed: its robot is told, and what it hears and may stop by this digit ends.
    pub(super) fn note_pressed(&mut self, leg: usize, digit: char) {
        let Switchboard { legs, players, clock, events, .. } = self;
        legs[leg].press_for_robot(digit);
        for source in &legs[leg].hearing {
            let SourceKey::Player(key) = *source else { continue };
            let Some(player) = players.get_mut(key).filter(|player| !player.finished) else { continue };
            if player.stop_digits.chars().any(|stop| stop.eq_ignore_ascii_case(&digit)) {
                player.finished = true;
                clock.remove(Item::Player(key));
                events.push_back(player.end(Some(digit)));
            }
        }
    }

    pub fn delete_player(&mut self, name: &str, now: Nanos) -> Answer {
        if let Some(key) = self.player_keys.remove(name) {
            for hearer in self.players[key].hearers.clone() {
                self.forget_source(hearer, SourceKey::Player(key), now);
            }
            self.clock.remove(Item::Player(key));
            let player = self.players.remove(key);
            self.end_fork(&player, now);
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
        if player.waiting {
            return false;
        }
        if !player.programme.advance() {
            player.finished = true;
            if player.line().is_none() {
                self.events.push_back(player.end(None)); // of a robot more is told by who speaks with it
            }
            return false;
        }
        player.number = player.number.wrapping_add(1);
        let made = Made { origin: Origin::Player(key), frame: player.number, marker: false };
        let mut codes = [0; FRAME];
        let mut prepared: Option<Law> = None;
        let mut sending = Sending { recorders: &mut self.recorders, out, now };
        for hearer in &player.hearers {
            let Some(leg) = self.legs.get_mut(*hearer).filter(|leg| !leg.is_mixing()) else { continue };
            let Some(law) = leg.payloads.codec().and_then(law_of) else { continue };
            if prepared != Some(law) {
                player.programme.codes(law, &mut codes);
                prepared = Some(law);
            }
            send_frame(leg, *hearer, made, (law, &codes), &mut sending);
        }
        true
    }
}
