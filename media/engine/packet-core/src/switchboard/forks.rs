//! Forks: a player whose sound comes from a robot, which hears what one leg says.

use super::Switchboard;
use super::leg::Leg;
use super::players::{NewPlayer, Player, Sounds};
use crate::clip::{FRAME, Playlist};
use crate::codec::Band;
use crate::fork::{ForkLine, Frame};
use crate::g711::Law;
use crate::{Nanos, clip};
use control_messages::{Play, Refusal, RefusalCode};
use std::sync::Arc;

/// What a player plays.
pub enum Programme {
    List(Playlist),
    Robot(Robot),
}

/// What a robot says now.
pub struct Robot {
    pub line: Arc<ForkLine>,
    frame: Frame,
    played: u64,
}

impl Robot {
    pub fn new(line: Arc<ForkLine>) -> Self {
        Self { line, frame: [Law::Pcmu.silence(); FRAME], played: 0 }
    }

    fn advance(&mut self) -> bool {
        if self.line.has_gone() {
            return false;
        }
        self.frame = self.line.play().unwrap_or([Law::Pcmu.silence(); FRAME]);
        self.played += 1;
        true
    }
}

impl Programme {
    pub fn advance(&mut self) -> bool {
        match self {
            Self::List(list) => list.advance(),
            Self::Robot(robot) => robot.advance(),
        }
    }

    pub fn codes(&self, law: Law, out: &mut [u8; FRAME]) {
        match self {
            Self::List(list) => list.codes(law, out),
            Self::Robot(robot) => Law::Pcmu.translate(&robot.frame, law, out),
        }
    }

    pub fn pcm(&self, out: &mut [i16; FRAME]) {
        match self {
            Self::List(list) => list.pcm(out),
            Self::Robot(robot) => Law::Pcmu.decode_all(&robot.frame, out),
        }
    }

    /// The present frame at 16 kHz; false when it has no more than 8 kHz.
    pub fn wide(&self, out: &mut [i16; clip::WIDE_FRAME]) -> bool {
        match self {
            Self::List(list) if list.band() == Band::Wide => {
                list.wide(out);
                true
            }
            Self::List(_) | Self::Robot(_) => false,
        }
    }

    pub fn seconds(&self) -> f64 {
        match self {
            Self::List(list) => list.seconds(),
            Self::Robot(robot) => robot.played as f64 / 50.0,
        }
    }

    pub fn line(&self) -> Option<&Arc<ForkLine>> {
        match self {
            Self::Robot(robot) => Some(&robot.line),
            Self::List(_) => None,
        }
    }
}

impl Leg {
    /// Give a frame of 20 ms that the far end said to its robot.
    pub fn say_to_robot(&self, pcm: &[i16]) {
        if let Some(line) = &self.fork {
            let mut frame = [0; FRAME];
            Law::Pcmu.encode_all(pcm, &mut frame);
            line.say(frame);
        }
    }

    pub fn press_for_robot(&self, digit: char) {
        if let Some(line) = &self.fork {
            line.press(digit);
        }
    }
}

impl Switchboard {
    /// Let what a leg says go to `line`, and play what comes from there. True: it is a new one, for which the robot is
    /// to be called.
    pub fn create_fork(&mut self, new: NewPlayer, line: &Arc<ForkLine>, now: Nanos) -> Result<bool, Refusal> {
        let malformed = |message: &str| Refusal::new(RefusalCode::Malformed, message);
        let Play::Fork(fork) = &new.play else { return Err(malformed("it is no fork")) };
        let key = self.leg_key(&fork.leg)?;
        let repeated = self.player_keys.contains_key(&new.name);
        let leg = &self.legs[key];
        if leg.group != new.group {
            return Err(malformed("the leg of a fork is of the fork's group"));
        }
        if !repeated && leg.fork.is_some() {
            return Err(Refusal::new(RefusalCode::Conflict, format!("leg {} has a fork", leg.name)));
        }
        self.create_player(new, Sounds::Robot(line.clone()))?;
        if !repeated {
            self.legs[key].fork = Some(line.clone());
            self.review_voice(key, now);
        }
        Ok(!repeated)
    }

    /// A player goes: if it is a robot's, the robot is told, and its leg needs no decoding for it.
    pub(super) fn end_fork(&mut self, player: &Player, now: Nanos) {
        let (Some(line), Play::Fork(fork)) = (player.line(), &player.play) else { return };
        line.end();
        let Ok(key) = self.leg_key(&fork.leg) else { return };
        let leg = &mut self.legs[key];
        if leg.fork.as_ref().is_some_and(|own| Arc::ptr_eq(own, line)) {
            leg.fork = None;
        }
        self.review_voice(key, now);
    }
}
