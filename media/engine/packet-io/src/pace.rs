//! How often a busy worker looks for packets. Waking up, and waking whoever is sent to, costs several times as much as a
//! packet itself (a virtual machine's processor leaves its guest for each): under load packets are taken by the handful.

use packet_core::Nanos;
use rustix::thread::{Timespec, nanosleep, set_current_timer_slack};
use std::num::NonZeroU64;

/// Rounds start so far apart at least. Half of it is added to the delay of a packet in the middle, all of it to the last
/// ones': little more than the 125 us that lie between two samples of G.711.
const PERIOD: Nanos = 150_000;
/// A pause for less would end late.
const SHORTEST: Nanos = 10_000;
/// The load is judged anew so often: shorter than a call takes to be answered, longer than a burst.
const WINDOW: Nanos = 10_000_000;
/// Waiting gains something from this many datagrams per period on; below, each is worth its own waking up.
const BUSY: f64 = 0.8;

/// One worker's rhythm.
#[derive(Debug, Default)]
pub struct Pace {
    window_at: Nanos,
    datagrams: u32,
    is_busy: bool,
    round_at: Nanos,
}

impl Pace {
    /// For the calling thread, whose pauses end on time from now on.
    pub fn start() -> Self {
        // Where it is refused, pauses last up to 50 us longer.
        let _ = set_current_timer_slack(NonZeroU64::new(1));
        Self::default()
    }

    /// Rounds follow their own clock: what came is looked for, not waited for, as each waiting is a waking up too.
    pub fn is_busy(&self) -> bool {
        self.is_busy
    }

    /// So many datagrams were taken.
    pub fn count(&mut self, datagrams: usize) {
        self.datagrams += datagrams as u32;
    }

    /// A round begins at `now`.
    pub fn begin(&mut self, now: Nanos) {
        self.round_at = now;
        let span = now.saturating_sub(self.window_at);
        if span >= WINDOW {
            self.is_busy = f64::from(self.datagrams) * PERIOD as f64 >= BUSY * span as f64;
            self.window_at = now;
            self.datagrams = 0;
        }
    }

    /// How long to wait at `now`, the round's end, before looking again.
    fn rest(&self, now: Nanos) -> Option<Nanos> {
        let rest = (self.round_at + PERIOD).saturating_sub(now);
        (self.is_busy && rest >= SHORTEST).then_some(rest.min(PERIOD))
    }

    /// Let packets gather, if many come.
    pub fn wait(&self, now: Nanos) {
        if let Some(rest) = self.rest(now) {
            // Woken early by a signal: then this round is a little smaller.
            let _ = nanosleep(&Timespec { tv_sec: 0, tv_nsec: rest as i64 });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// After a second of one datagram each `gap`, taken one by one.
    fn loaded(gap: Nanos) -> Pace {
        let mut pace = Pace::default();
        (0..1_000_000_000).step_by(gap as usize).for_each(|now| {
            pace.begin(now);
            pace.count(1);
        });
        pace
    }

    #[test]
    fn few_packets_are_never_kept_waiting() {
        let pace = loaded(200_000);
        assert_eq!(pace.rest(pace.round_at + 5_000), None);
    }

    #[test]
    fn many_packets_are_gathered_for_the_rest_of_a_period() {
        let pace = loaded(50_000);
        assert_eq!(pace.rest(pace.round_at + 30_000), Some(120_000));
    }

    #[test]
    fn a_round_that_took_its_time_is_followed_by_the_next_at_once() {
        let pace = loaded(50_000);
        assert_eq!(pace.rest(pace.round_at + 145_000), None);
        assert_eq!(pace.rest(pace.round_at + 5_000_000), None);
    }

    #[test]
    fn it_rests_no_more_when_the_load_has_gone() {
        let mut pace = loaded(50_000);
        pace.begin(pace.round_at + WINDOW);
        pace.begin(pace.round_at + WINDOW);
        assert!(!pace.is_busy());
        assert_eq!(pace.rest(pace.round_at), None);
    }
}
