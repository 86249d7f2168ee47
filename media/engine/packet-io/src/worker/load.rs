//! What a worker does and how fast, for the metrics.

use super::Worker;
use control_messages::Health;
use packet_core::switchboard::Counters;
use packet_core::{MILLISECOND, Nanos};
use rustix::time::{ClockId, clock_gettime};

/// Upper bounds of the times that a round of the loop takes, in ms: from the return of epoll, when the packets had
/// arrived, until what they caused was sent. Beyond 20 ms a packet is later than its successor.
pub const LOOP_BOUNDS_MS: [f64; 9] = [0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0];

#[derive(Debug, Clone, Default)]
pub struct Load {
    pub received: u64,
    pub sent: u64,
    pub unsent: u64,
    /// Groups that went to another worker.
    pub moves: u64,
    /// Rounds by time; the last one counts those beyond all bounds.
    pub rounds: [u64; LOOP_BOUNDS_MS.len() + 1],
    pub round_nanos: u64,
}

impl Load {
    pub fn count_round(&mut self, took: Nanos) {
        let milliseconds = took as f64 / MILLISECOND as f64;
        let at = LOOP_BOUNDS_MS.iter().position(|bound| milliseconds <= *bound).unwrap_or(LOOP_BOUNDS_MS.len());
        self.rounds[at] += 1;
        self.round_nanos += took;
    }
}

/// One worker's figures.
#[derive(Debug, Clone)]
pub struct WorkerFigures {
    pub health: Health,
    pub load: Load,
    pub counters: Counters,
    pub cpu_seconds: f64,
    pub handed_over_lost: u64,
}

impl Worker {
    pub(super) fn figures(&self) -> WorkerFigures {
        let cpu = clock_gettime(ClockId::ThreadCPUTime);
        WorkerFigures {
            health: self.health(),
            load: self.load.clone(),
            counters: self.switchboard.counters,
            cpu_seconds: cpu.tv_sec as f64 + cpu.tv_nsec as f64 / 1e9,
            handed_over_lost: self.handover.as_ref().map_or(0, |handover| handover.lost),
        }
    }
}
