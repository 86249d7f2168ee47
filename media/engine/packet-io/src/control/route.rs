//! Each command goes to the worker that has what it names; what a hearing brings together moves to one worker first.

use super::Control;
use crate::journal;
use crate::orders::{Name, Order};
use control_messages::{Command, Refusal, RefusalCode};
use serde_json::json;
use std::time::{Duration, Instant};

/// A controller at its limit asks on and on; the journal is told this often.
const TELL_LIMIT_AFTER: Duration = Duration::from_secs(10);

/// What a command makes: its name, its group (of a detector: its leg), and whether it is a browser's leg.
fn makes(command: &Command) -> Option<(Name, &str, bool)> {
    match command {
        Command::CreateRtpLeg { leg, group, .. } => Some((Name::Leg(leg.clone()), group, false)),
        Command::CreateWebrtcLeg { leg, group } => Some((Name::Leg(leg.clone()), group, true)),
        Command::CreatePlayer { player, group, .. } => Some((Name::Player(player.clone()), group, false)),
        Command::StartDetector { detector, leg, .. } => Some((Name::Detector(detector.clone()), leg, false)),
        _ => None,
    }
}

fn ends(command: &Command) -> Option<Name> {
    match command {
        Command::DeleteLeg { leg } => Some(Name::Leg(leg.clone())),
        Command::DeletePlayer { player } => Some(Name::Player(player.clone())),
        Command::StopDetector { detector } => Some(Name::Detector(detector.clone())),
        _ => None,
    }
}

impl Control {
    /// Hand a command to its worker, with what has to be done before; the worker answers.
    pub(super) fn route(&mut self, connection: u64, request: u64, command: Command) -> Result<(), Refusal> {
        self.admit(&command)?;
        let worker = self.worker_for(&command)?;
        let prepared = self.prepare(&command)?;
        let made = makes(&command);
        if let Some((name, group, browser)) = &made {
            self.places.begin(name, group, *browser, worker.unwrap_or(0));
        }
        if let Command::StartRecorder { recorder, leg, .. } = &command {
            self.places.begin_recorder(recorder, leg);
        }
        let about = made.map(|(name, ..)| name);
        let ended = ends(&command);
        if let Some(name) = &ended {
            self.places.remove(name);
            if worker.is_none() {
                // Nobody knows where it is, if it is: a player may have outlived its group.
                for other in 1..self.setup.workers.count() {
                    self.setup.workers.order(other, Order::Quietly(command.clone()));
                }
            }
        }
        self.setup.workers.order(worker.unwrap_or(0), Order::Command { connection, request, about, command, prepared });
        if ended.is_some() {
            self.end_when_drained();
        }
        Ok(())
    }

    /// Limits, and no new legs while draining; what exists already is answered as the first time.
    fn admit(&mut self, command: &Command) -> Result<(), Refusal> {
        let limits = self.setup.limits;
        let (what, count, limit) = match command {
            Command::CreateRtpLeg { .. } | Command::CreateWebrtcLeg { .. } => ("legs", self.places.legs(), limits.legs),
            Command::CreatePlayer { .. } => ("players", self.places.players(), limits.players),
            Command::StartDetector { .. } => ("detectors", self.places.detectors(), limits.detectors),
            Command::StartRecorder { .. } => ("recorders", self.recorders.len(), limits.recorders),
            _ => return Ok(()),
        };
        let known = match command {
            Command::StartRecorder { recorder, .. } => self.recorders.contains(recorder),
            command => makes(command).is_some_and(|(name, ..)| self.places.knows(&name)),
        };
        if known {
            return Ok(());
        }
        if what == "legs" && self.draining {
            return Err(Refusal::new(RefusalCode::Draining, "no new legs: this engine ends with its last one"));
        }
        if count < limit {
            return Ok(());
        }
        self.tell_limit(what, limit);
        Err(Refusal::limit_reached(what, format!("at most {limit} {what}")))
    }

    fn tell_limit(&mut self, what: &'static str, limit: usize) {
        let now = Instant::now();
        let told = self.limits_told.insert(what, now);
        if told.is_some_and(|before| now.duration_since(before) < TELL_LIMIT_AFTER) {
            self.limits_told.extend(told.map(|before| (what, before)));
            return;
        }
        journal::warning("limit_reached", &[("limit", json!(what)), ("value", json!(limit))]);
    }

    /// None when nobody knows of what the command names.
    fn worker_for(&mut self, command: &Command) -> Result<Option<usize>, Refusal> {
        let places = &self.places;
        Ok(match command {
            Command::CreateRtpLeg { leg, group, .. } | Command::CreateWebrtcLeg { leg, group } => {
                Some(places.of_leg(leg).unwrap_or_else(|| places.of_group(group)))
            }
            Command::CreatePlayer { player, group, .. } => {
                Some(places.of_player(player).unwrap_or_else(|| places.of_group(group)))
            }
            Command::SecureLeg { leg, .. }
            | Command::RestartIce { leg }
            | Command::SendDtls { leg, .. }
            | Command::SendDigits { leg, .. }
            | Command::PressDigits { leg, .. }
            | Command::DeleteLeg { leg }
            | Command::GetStatistics { leg } => places.of_leg(leg),
            Command::ConfigureLeg(configure) => places.of_leg(&configure.leg),
            Command::StartRecorder { recorder, leg, .. } => places.of_recorder(recorder).or_else(|| places.of_leg(leg)),
            Command::PauseRecorder { recorder, .. } | Command::StopRecorder { recorder } => {
                places.of_recorder(recorder)
            }
            Command::StartDetector { detector, leg, .. } => places.of_detector(detector).or_else(|| places.of_leg(leg)),
            Command::StopDetector { detector } => places.of_detector(detector),
            Command::GetPlayer { player } | Command::DeletePlayer { player } => places.of_player(player),
            Command::Hear { hearings } => {
                let (worker, moves) = places.meet(hearings);
                for (from, groups) in moves {
                    self.move_groups(groups, from, worker)?;
                }
                Some(worker)
            }
            Command::Hello { .. } | Command::TakeSnapshot | Command::GetHealth | Command::Drain => None,
        })
    }

    pub(super) fn move_groups(&mut self, groups: Vec<String>, from: usize, to: usize) -> Result<(), Refusal> {
        let stuck = || Refusal::new(RefusalCode::IoError, "a worker does not answer");
        let went = self.setup.workers.move_groups(groups, from, to).ok_or_else(stuck)?;
        self.places.moved(&went, to);
        Ok(())
    }

    /// A browser's packets arrive at another worker than its leg is on: it goes there, with its call.
    pub(super) fn move_to_reader(&mut self, group: String, reader: usize) {
        if !self.places.has_group(&group) {
            return;
        }
        let from = self.places.of_group(&group);
        if from != reader && self.move_groups(vec![group], from, reader).is_err() {
            journal::warning("worker_stuck", &[("worker", json!(from))]);
        }
    }
}
