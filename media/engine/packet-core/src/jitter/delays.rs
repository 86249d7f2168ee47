//! How late packets come, and so how long they should wait: the target of the buffer.

use crate::Nanos;

/// Sound that waits for less is lost to every hiccup of a scheduler; more than 200 ms and people talk into each other.
pub const MIN_TARGET_MS: i64 = 20;
pub const MAX_TARGET_MS: i64 = 200;
/// What is added to the measured delay: half a tick, as packets and ticks do not come at the same instant.
const MARGIN_MS: i64 = 10;
/// The buffer waits for this share of the packets; to wait for the very last ones costs more than they are worth.
const SHARE_IN_TIME: f32 = 0.99;
/// What one packet leaves of the memory of those before it: half is forgotten in 7 s of packets of 20 ms.
const MEMORY: f32 = 0.998;
const BUCKET_MS: i64 = 5;
const BUCKETS: usize = (MAX_TARGET_MS / BUCKET_MS) as usize + 1;
/// The fastest packet of the last 2 s is what others are late against: long enough to hold one that met no queue, short
/// enough that clock drift (200 ppm: 0.4 ms) does not count as jitter.
const WINDOWS: usize = 8;
const WINDOW_US: i64 = 250_000;
/// So far off is no delay: the sender has changed its clock.
const FAR_OFF_US: i64 = 1_000_000;

/// Microseconds, as the transit time of a packet is the difference of two clocks that started anywhere.
pub type Micros = i64;

pub fn micros(now: Nanos) -> Micros {
    (now / 1000) as i64
}

#[derive(Debug)]
pub struct Delays {
    clock_rate: i64,
    /// Least transit time in each of the last windows; the current one is `window % WINDOWS`.
    least: [Micros; WINDOWS],
    window: i64,
    base: Option<Micros>,
    /// Share of packets by their delay over the base.
    shares: [f32; BUCKETS],
    seen: u32,
    target_ms: i64,
}

impl Delays {
    pub fn new(clock_rate: u32) -> Self {
        let clock_rate = i64::from(clock_rate.max(1));
        let (least, shares) = ([Micros::MAX; WINDOWS], [0.0; BUCKETS]);
        Self { clock_rate, least, window: 0, base: None, shares, seen: 0, target_ms: MIN_TARGET_MS }
    }

    pub fn target_us(&self) -> Micros {
        self.target_ms * 1000
    }

    /// Forget the sender's clock, not how much its packets jitter.
    pub fn forget_base(&mut self) {
        self.base = None;
        self.least = [Micros::MAX; WINDOWS];
    }

    fn transit(&self, timestamp: i64, now: Nanos) -> Micros {
        micros(now) - timestamp * 1_000_000 / self.clock_rate
    }

    /// Delay over the fastest packet that this time stamp would have if it were played now.
    pub fn behind(&self, timestamp: i64, now: Nanos) -> Micros {
        self.base.map_or(0, |base| self.transit(timestamp, now) - base)
    }

    pub fn is_far_off(&self, timestamp: i64, now: Nanos) -> bool {
        self.behind(timestamp, now).abs() > FAR_OFF_US
    }

    /// Take note of an arrival.
    pub fn observe(&mut self, timestamp: i64, now: Nanos) {
        let transit = self.transit(timestamp, now);
        self.move_window(micros(now) / WINDOW_US);
        let least = &mut self.least[self.window as usize % WINDOWS];
        *least = transit.min(*least);
        let base = self.least.iter().copied().min().unwrap_or(transit);
        self.base = Some(base);
        self.remember((transit - base) / 1000);
    }

    fn move_window(&mut self, window: i64) {
        let passed = window - self.window;
        if passed <= 0 {
            return;
        }
        for step in 1..=passed.min(WINDOWS as i64) {
            self.least[(self.window + step) as usize % WINDOWS] = Micros::MAX;
        }
        if passed > WINDOWS as i64 {
            self.least = [Micros::MAX; WINDOWS];
        }
        self.window = window;
    }

    fn remember(&mut self, late_ms: i64) {
        self.seen = self.seen.saturating_add(1);
        // The first packets count evenly, so that a beginning is not remembered for long.
        let memory = MEMORY.min(1.0 - 1.0 / self.seen as f32);
        for share in &mut self.shares {
            *share *= memory;
        }
        self.shares[(late_ms / BUCKET_MS).clamp(0, BUCKETS as i64 - 1) as usize] += 1.0 - memory;
        self.target_ms = (self.quantile_ms() + MARGIN_MS).clamp(MIN_TARGET_MS, MAX_TARGET_MS);
    }

    fn quantile_ms(&self) -> i64 {
        let mut sum = 0.0;
        for (bucket, share) in self.shares.iter().enumerate() {
            sum += share;
            if sum >= SHARE_IN_TIME {
                return (bucket as i64 + 1) * BUCKET_MS;
            }
        }
        MAX_TARGET_MS
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MILLISECOND;

    /// Packets of 20 ms; the n-th is late by what `late` says.
    fn target_after(packets: u64, late: impl Fn(u64) -> u64) -> i64 {
        let mut delays = Delays::new(8000);
        for n in 0..packets {
            delays.observe(n as i64 * 160, (1000 + n * 20 + late(n)) * MILLISECOND);
        }
        delays.target_us() / 1000
    }

    #[test]
    fn the_target_follows_the_latest_packets_but_not_the_very_last() {
        assert_eq!(target_after(500, |_| 0), 20);
        assert_eq!(target_after(500, |n| [0, 20, 60, 35][n as usize % 4]), 75);
        assert_eq!(target_after(500, |n| if n == 250 { 150 } else { 0 }), 20);
        assert_eq!(target_after(500, |n| [0, 900][n as usize % 2]), MAX_TARGET_MS);
    }

    #[test]
    fn jitter_that_is_over_is_forgotten_within_a_minute() {
        assert_eq!(target_after(3000, |n| if n < 500 { n % 3 * 40 } else { 0 }), MIN_TARGET_MS);
    }

    #[test]
    fn drift_and_a_lasting_change_of_delay_are_no_jitter() {
        assert_eq!(target_after(15_000, |n| n / 250), 20); // 80 ppm
        let mut delays = Delays::new(8000);
        (0..400).for_each(|n| delays.observe(n * 160, (n as u64 * 20 + if n < 200 { 0 } else { 80 }) * MILLISECOND));
        assert_eq!(delays.behind(400 * 160, (400 * 20 + 80) * MILLISECOND), 0);
    }
}
