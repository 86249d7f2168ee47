//! Who of two sides speaks how long: only one, only the other, both, nobody.

use super::speech::SpeechDetector;
use crate::{Nanos, SECOND};

/// Shorter pauses belong to what is being said.
const PAUSE_MILLISECONDS: u32 = 400;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Leg,
    Others,
}

/// Seconds of each kind; together they are the time measured.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Shares {
    pub leg: f64,
    pub others: f64,
    pub both: f64,
    pub silent: f64,
}

impl Shares {
    pub fn total(&self) -> f64 {
        self.leg + self.others + self.both + self.silent
    }
}

#[derive(Debug)]
pub struct TalkMeter {
    leg: SpeechDetector,
    others: SpeechDetector,
    shares: Shares,
    since: Nanos,
}

impl TalkMeter {
    pub fn new(now: Nanos) -> Self {
        Self {
            leg: SpeechDetector::new(PAUSE_MILLISECONDS),
            others: SpeechDetector::new(PAUSE_MILLISECONDS),
            shares: Shares::default(),
            since: now,
        }
    }

    /// Sound of one side; the time until `now` counts as what was known before it.
    pub fn feed(&mut self, side: Side, samples: &[i16], now: Nanos) {
        self.count(now);
        match side {
            Side::Leg => self.leg.feed(samples, |_| {}),
            Side::Others => self.others.feed(samples, |_| {}),
        }
    }

    fn count(&mut self, now: Nanos) {
        let seconds = now.saturating_sub(self.since) as f64 / SECOND as f64;
        self.since = self.since.max(now);
        let part = match (self.leg.is_speaking(), self.others.is_speaking()) {
            (true, true) => &mut self.shares.both,
            (true, false) => &mut self.shares.leg,
            (false, true) => &mut self.shares.others,
            (false, false) => &mut self.shares.silent,
        };
        *part += seconds;
    }

    pub fn end(mut self, now: Nanos) -> Shares {
        self.count(now);
        self.shares
    }
}
