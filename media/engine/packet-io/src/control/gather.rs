//! Answers to which every worker adds its part.

use super::Control;
use crate::orders::Order;
use crate::process;
use control_messages::{Answer, Command, Health, Refusal};

pub struct Gathering {
    connection: u64,
    request: u64,
    missing: usize,
    sum: Option<Answer>,
    refusal: Option<Refusal>,
}

/// Two parts put together.
fn joined(one: Answer, two: Answer) -> Answer {
    match (one, two) {
        (
            Answer::Snapshot { mut legs, mut players, mut recorders },
            Answer::Snapshot { legs: more_legs, players: more_players, recorders: more_recorders },
        ) => {
            legs.extend(more_legs);
            players.extend(more_players);
            recorders.extend(more_recorders);
            Answer::Snapshot { legs, players, recorders }
        }
        (Answer::Health(one), Answer::Health(two)) => Answer::Health(sum(one, two)),
        (one, _) => one,
    }
}

pub fn sum(one: Health, two: Health) -> Health {
    Health {
        legs: one.legs + two.legs,
        players: one.players + two.players,
        recorders: one.recorders + two.recorders,
        detectors: one.detectors + two.detectors,
        packets_forwarded: one.packets_forwarded + two.packets_forwarded,
        packets_from_strangers: one.packets_from_strangers + two.packets_from_strangers,
        malformed_packets: one.malformed_packets + two.malformed_packets,
        // One range serves all.
        rtp_ports_free: one.rtp_ports_free.min(two.rtp_ports_free),
        ..one
    }
}

impl Control {
    pub(super) fn gather(&mut self, connection: u64, request: u64, command: &Command) {
        let gathering = self.next_gathering;
        self.next_gathering += 1;
        let missing = self.setup.workers.count();
        for worker in 0..missing {
            self.setup.workers.order(worker, Order::Part { gathering, command: command.clone() });
        }
        self.gatherings.insert(gathering, Gathering { connection, request, missing, sum: None, refusal: None });
    }

    pub(super) fn take_part(&mut self, gathering: u64, result: Result<Answer, Refusal>) {
        let Some(waiting) = self.gatherings.get_mut(&gathering) else { return };
        waiting.missing -= 1;
        match (result, waiting.sum.take()) {
            (Ok(part), Some(sum)) => waiting.sum = Some(joined(sum, part)),
            (Ok(part), None) => waiting.sum = Some(part),
            (Err(refusal), sum) => (waiting.refusal, waiting.sum) = (Some(refusal), sum),
        }
        if waiting.missing > 0 {
            return;
        }
        let Some(Gathering { connection, request, sum, refusal, .. }) = self.gatherings.remove(&gathering) else {
            return;
        };
        let result =
            match (refusal, sum) {
                (None, Some(answer)) => Ok(self.complete(answer)),
                (refusal, _) => Err(refusal
                    .unwrap_or_else(|| Refusal::new(control_messages::RefusalCode::IoError, "no worker answered"))),
            };
        self.answer(connection, request, result);
    }

    /// What the workers do not know.
    fn complete(&self, answer: Answer) -> Answer {
        match answer {
            Answer::Health(mut health) => {
                (health.cpu_seconds, health.resident_bytes) = process::usage();
                health.workers = self.setup.workers.count() as u64;
                health.draining = self.draining;
                Answer::Health(health)
            }
            other => other,
        }
    }
}
