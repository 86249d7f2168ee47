//! Commands, one by one.

use super::Worker;
use crate::forks::ForkOrder;
use crate::notices::Notice;
use crate::orders::Prepared;
use control_messages::{Answer, Command, Health, Play, Refusal, RefusalCode};
use packet_core::switchboard::RecorderPlan;
use packet_core::switchboard::{NewPlayer, Sounds};

impl Worker {
    pub(super) fn carry_out(&mut self, command: Command, prepared: Prepared) -> Result<Answer, Refusal> {
        let now = self.clock.now();
        match command {
            Command::Hello { .. } => Err(Refusal::new(RefusalCode::Conflict, "the connection has said hello")),
            Command::TakeSnapshot => Ok(self.switchboard.snapshot(now)),
            Command::CreateRtpLeg { leg, group, ipv6 } => self.create_rtp_leg(leg, group, ipv6),
            Command::CreateWebrtcLeg { leg, group } => self.create_webrtc_leg(leg, group),
            Command::ConfigureLeg(configure) => self.switchboard.configure_leg(&configure, now),
            Command::SecureLeg { leg, keys } => self.switchboard.secure_leg(&leg, &keys),
            Command::SendDtls { leg, datagram } => self.switchboard.send_dtls(&leg, &datagram, &mut self.outbox),
            Command::Hear { hearings } => self.switchboard.hear(hearings, now),
            Command::CreatePlayer { player, group, play, stop_digits } => {
                self.create_player(NewPlayer { name: player, group, play, stop_digits }, prepared)
            }
            Command::GetPlayer { player } => self.switchboard.get_player(&player),
            Command::DeletePlayer { player } => Ok(self.switchboard.delete_player(&player, now)),
            Command::SendDigits { leg, digits, milliseconds, pause_milliseconds } => {
                self.switchboard.send_digits(&leg, &digits, (milliseconds, pause_milliseconds), now)
            }
            Command::PressDigits { leg, digits, milliseconds, pause_milliseconds } => {
                self.switchboard.press_digits(&leg, &digits, (milliseconds, pause_milliseconds), now)
            }
            Command::StartRecorder { recorder, leg, path, format, seal, armed } => {
                let plan = RecorderPlan { leg, path, format, sealed: seal.is_some() };
                self.start_recorder(recorder, plan, armed, prepared)
            }
            Command::PauseRecorder { recorder, paused } => self.switchboard.pause_recorder(&recorder, paused, now),
            Command::StopRecorder { recorder } => Ok(self.switchboard.stop_recorder(&recorder, now)),
            Command::StartDetector { detector, leg, detect } => {
                self.switchboard.start_detector(detector, &leg, detect, now)
            }
            Command::StopDetector { detector } => Ok(self.switchboard.stop_detector(&detector, now)),
            Command::DeleteLeg { leg } => Ok(self.delete_leg(&leg)),
            Command::GetStatistics { leg } => self.switchboard.get_statistics(&leg, now),
            Command::RestartIce { leg } => self.restart_ice(&leg),
            Command::Drain => Err(Refusal::new(RefusalCode::UnknownCommand, "not yet")),
            Command::GetHealth => Ok(Answer::Health(self.health())),
        }
    }

    fn create_player(&mut self, new: NewPlayer, prepared: Prepared) -> Result<Answer, Refusal> {
        match (prepared, &new.play) {
            (Prepared::Fork(line), Play::Fork(fork)) => {
                let order = ForkOrder { player: new.name.clone(), fork: fork.clone(), line: line.clone() };
                if self.switchboard.create_fork(new, &line, self.clock.now())? {
                    self.forks.call(order);
                }
                Ok(Answer::Done)
            }
            (Prepared::Sounds(sounds), _) => self.switchboard.create_player(new, sounds),
            _ => self.switchboard.create_player(new, Sounds::Ready(Vec::new())),
        }
    }

    fn start_recorder(
        &mut self,
        recorder: String,
        plan: RecorderPlan,
        armed: bool,
        prepared: Prepared,
    ) -> Result<Answer, Refusal> {
        let Prepared::File(file) = prepared else {
            // Repeated: the file was opened the first time.
            return self.switchboard.existing_recorder(&recorder, &plan);
        };
        let now = self.clock.now();
        let result = if armed {
            self.switchboard.arm_recorder(&recorder, plan, now)
        } else {
            self.switchboard.start_recorder(&recorder, plan, now)
        };
        match result {
            Ok(_) => self.recordings.open(recorder, file),
            Err(_) => {
                self.recordings.discard(file);
                self.notices.send(Notice::RecorderGone(recorder));
            }
        }
        result
    }

    /// This worker's part; the control thread adds what the process costs.
    pub(super) fn health(&self) -> Health {
        let (legs, players, recorders) = self.switchboard.counts();
        let counters = self.switchboard.counters;
        Health {
            legs: legs as u64,
            players: players as u64,
            recorders: recorders as u64,
            rtp_ports_free: self.ports.free() as u64,
            packets_forwarded: counters.forwarded,
            packets_from_strangers: counters.strangers,
            malformed_packets: counters.malformed,
            detectors: self.switchboard.detectors() as u64,
            ..Health::default()
        }
    }
}
