//! A network for tests: it loses, delays, disorders and doubles packets; in virtual time and the same for the same seed.

use crate::Nanos;
use crate::switchboard::random::Spread;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// How packets are lost.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Loss {
    Never,
    /// Each by itself, with this probability.
    Random(f64),
    /// In bursts (Gilbert): before each packet the network turns bad with probability `begin` and good again with `end`; while
    /// it is bad it loses this share (1: Gilbert; less: Gilbert-Elliott). Bursts have 1 / `end` packets on average.
    Bursts {
        begin: f64,
        end: f64,
        share: f64,
    },
}

/// What a network does to packets.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Conditions {
    pub loss: Loss,
    /// Every packet takes this long,
    pub delay: Nanos,
    /// and up to so much longer, evenly spread: packets overtake each other when it is more than lies between them.
    pub jitter: Nanos,
    /// Packets never overtake: what is delayed holds up those behind it, as a queue does.
    pub in_order: bool,
    /// Probability that a packet comes twice, the second with a delay of its own.
    pub doubled: f64,
}

impl Default for Conditions {
    /// 20 ms and nothing else.
    fn default() -> Self {
        Self { loss: Loss::Never, delay: 20 * crate::MILLISECOND, jitter: 0, in_order: false, doubled: 0.0 }
    }
}

/// Ordered by arrival, then by the order of sending.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Due {
    at: Nanos,
    order: u64,
    place: usize,
}

#[derive(Debug)]
pub struct Network<T> {
    conditions: Conditions,
    random: Spread,
    is_bad: bool,
    under_way: BinaryHeap<Reverse<Due>>,
    packets: Vec<Option<T>>,
    free: Vec<usize>,
    order: u64,
    last_arrival: Nanos,
    /// Packets lost up to now.
    pub lost: u64,
}

impl<T: Clone> Network<T> {
    pub fn new(conditions: Conditions, seed: u64) -> Self {
        Self {
            conditions,
            random: Spread::new(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15)),
            is_bad: false,
            under_way: BinaryHeap::new(),
            packets: Vec::new(),
            free: Vec::new(),
            order: 0,
            last_arrival: 0,
            lost: 0,
        }
    }

    /// From now on other conditions; what is under way arrives as it would have.
    pub fn change(&mut self, conditions: Conditions) {
        self.conditions = conditions;
    }

    pub fn send(&mut self, packet: T, now: Nanos) {
        if self.loses() {
            self.lost += 1;
            return;
        }
        if self.random.unit() < self.conditions.doubled {
            self.put_under_way(packet.clone(), now);
        }
        self.put_under_way(packet, now);
    }

    fn loses(&mut self) -> bool {
        let chance = match self.conditions.loss {
            Loss::Never => 0.0,
            Loss::Random(chance) => chance,
            Loss::Bursts { begin, end, share } => {
                let turns = self.random.unit() < if self.is_bad { end } else { begin };
                self.is_bad ^= turns;
                if self.is_bad { share } else { 0.0 }
            }
        };
        self.random.unit() < chance
    }

    fn put_under_way(&mut self, packet: T, now: Nanos) {
        let jitter = (self.random.unit() * self.conditions.jitter as f64) as Nanos;
        let mut at = now + self.conditions.delay + jitter;
        if self.conditions.in_order {
            at = at.max(self.last_arrival);
        }
        self.last_arrival = at;
        let place = self.free.pop().unwrap_or_else(|| {
            self.packets.push(None);
            self.packets.len() - 1
        });
        self.packets[place] = Some(packet);
        self.under_way.push(Reverse(Due { at, order: self.order, place }));
        self.order += 1;
    }

    /// When the next packet arrives.
    pub fn next_arrival(&self) -> Option<Nanos> {
        self.under_way.peek().map(|Reverse(due)| due.at)
    }

    /// The next packet that has arrived by `now`, and when it did.
    pub fn receive(&mut self, now: Nanos) -> Option<(Nanos, T)> {
        if self.next_arrival()? > now {
            return None;
        }
        let Reverse(due) = self.under_way.pop()?;
        self.free.push(due.place);
        Some((due.at, self.packets[due.place].take()?))
    }
}

/// The clock of a far end that runs too fast (positive) or too slow by parts per million.
#[derive(Debug, Clone, Copy, Default)]
pub struct FarClock {
    pub ppm: i32,
}

impl FarClock {
    /// Our time when that clock shows `far`; both began at 0.
    pub fn ours(self, far: Nanos) -> Nanos {
        (far as f64 * 1e6 / (1e6 + f64::from(self.ppm))) as Nanos
    }

    /// What that clock shows at our time.
    pub fn far(self, ours: Nanos) -> Nanos {
        (ours as f64 * (1e6 + f64::from(self.ppm)) / 1e6) as Nanos
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{MILLISECOND, SECOND};

    fn arrivals(conditions: Conditions, seed: u64) -> Vec<(Nanos, u64)> {
        let mut network = Network::new(conditions, seed);
        (0..10_000).for_each(|n| network.send(n, n * 20 * MILLISECOND));
        std::iter::from_fn(|| network.receive(Nanos::MAX)).collect()
    }

    #[test]
    fn a_seed_says_it_all() {
        let conditions =
            Conditions { loss: Loss::Random(0.1), jitter: 50 * MILLISECOND, doubled: 0.1, ..Default::default() };
        assert_eq!(arrivals(conditions, 7), arrivals(conditions, 7));
        assert_ne!(arrivals(conditions, 7), arrivals(conditions, 8));
    }

    #[test]
    fn loss_has_the_share_and_the_bursts_that_were_asked_for() {
        let random = arrivals(Conditions { loss: Loss::Random(0.1), ..Default::default() }, 1);
        assert!((8900..9100).contains(&random.len()), "{}", random.len());
        let bursts = Loss::Bursts { begin: 0.02, end: 0.25, share: 1.0 };
        let bursts = arrivals(Conditions { loss: bursts, ..Default::default() }, 1);
        let gaps: Vec<u64> = bursts.windows(2).map(|pair| pair[1].1 - pair[0].1 - 1).filter(|gap| *gap > 0).collect();
        let mean = gaps.iter().sum::<u64>() as f64 / gaps.len() as f64;
        assert!((3.5..4.5).contains(&mean), "{mean}");
    }

    #[test]
    fn jitter_disorders_unless_packets_queue() {
        for in_order in [false, true] {
            let conditions = Conditions { jitter: 50 * MILLISECOND, in_order, ..Default::default() };
            let arrivals = arrivals(conditions, 1);
            assert_eq!(arrivals.windows(2).all(|pair| pair[0].1 < pair[1].1), in_order);
            assert!(arrivals.windows(2).all(|pair| pair[0].0 <= pair[1].0));
        }
    }

    #[test]
    fn clocks_drift_apart() {
        let clock = FarClock { ppm: 200 };
        assert_eq!(clock.far(300 * SECOND) - 300 * SECOND, 60 * MILLISECOND);
        assert!(clock.ours(clock.far(300 * SECOND)).abs_diff(300 * SECOND) < 2);
    }
}
