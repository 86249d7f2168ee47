//! What a receiver knows of one stream (RFC 3550 A.1, A.3, A.8), kept through changes of the synchronisation source.

use crate::Nanos;
use crate::bursts::Bursts;
use crate::replay::{SeenWindow, extend};

/// RFC 3550 A.1: a jump ahead by more is a restarted sender, not loss (60 s at 50 packets a second).
const MAX_DROPOUT: i64 = 3000;
/// RFC 3550 A.1: older than this is a restarted sender, not disorder.
const MAX_MISORDER: i64 = 100;
/// Jitter is kept in 1/16 of a sample (A.8).
const JITTER_GAIN: i64 = 16;
/// An arrival gap or time stamp jump beyond so many seconds is a pause, not jitter.
const MAX_TRANSIT_CHANGE_SECONDS: i64 = 2;

pub const SAMPLES_PER_SECOND: u64 = 8000;

/// A span in samples of 8 kHz.
pub fn to_samples(time: Nanos) -> u64 {
    time / (1_000_000_000 / SAMPLES_PER_SECOND)
}

/// A span in units of an RTP clock of `clock_rate` Hz.
pub fn to_units(time: Nanos, clock_rate: u32) -> u64 {
    // Microseconds are fine enough for 48 kHz over what a caller asks, and 2^64 of them times 48,000 are 12 years.
    time / 1000 * u64::from(clock_rate) / 1_000_000
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Its number in the stream's extended series.
    Accepted(u64),
    Duplicate,
    /// First packet of what may be a restarted sender; the next one decides.
    Suspect,
}

#[derive(Debug, Clone, Copy, Default)]
pub struct Figures {
    pub packets: u64,
    pub bytes: u64,
    pub out_of_order: u64,
    pub duplicates: u64,
    pub first_at: Option<Nanos>,
    pub last_at: Option<Nanos>,
}

#[derive(Debug, Default)]
pub struct Reception {
    pub figures: Figures,
    ssrc: Option<u32>,
    /// Rises with every new synchronisation source or restarted series.
    generation: u32,
    seen: SeenWindow,
    bursts: Bursts,
    base: u64,
    received: u64,
    lost_before: u64,
    expected_before: u64,
    suspect: Option<u16>,
    /// Of the newest sound, in Hz; 0 before the first.
    clock_rate: u32,
    last_transit: Option<i64>,
    /// In sixteenths of a unit of that clock.
    jitter: i64,
    expected_prior: u64,
    received_prior: u64,
}

/// The loss figures of one report block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Loss {
    pub fraction: u8,
    pub cumulative: i32,
    pub highest: u32,
}

impl Reception {
    pub fn ssrc(&self) -> Option<u32> {
        self.ssrc
    }

    pub fn generation(&self) -> u32 {
        self.generation
    }

    fn restart(&mut self, ssrc: u32, sequence: u16) {
        if self.ssrc.is_some() {
            self.lost_before += self.current_lost();
            self.expected_before += self.current_expected();
            self.generation = self.generation.wrapping_add(1);
        }
        self.ssrc = Some(ssrc);
        // One cycle up, so that packets from before the first one have numbers too.
        self.base = (1 << 16) + u64::from(sequence);
        self.bursts.end(&self.seen);
        self.seen = SeenWindow::default();
        self.received = 0;
        self.expected_prior = 0;
        self.received_prior = 0;
        self.last_transit = None;
        self.suspect = None;
    }

    /// Take note of one valid packet of `bytes` payload bytes.
    pub fn accept(&mut self, ssrc: u32, sequence: u16, bytes: usize, now: Nanos) -> Verdict {
        if self.ssrc != Some(ssrc) {
            self.restart(ssrc, sequence);
        }
        let highest = self.seen.highest().unwrap_or(self.base);
        let mut number = extend(sequence, highest);
        let ahead = number as i64 - highest as i64;
        if !(-MAX_MISORDER..=MAX_DROPOUT).contains(&ahead) {
            if self.suspect != Some(sequence) {
                self.suspect = Some(sequence.wrapping_add(1));
                return Verdict::Suspect;
            }
            self.restart(ssrc, sequence);
            number = self.base;
        } else if ahead < 0 {
            self.figures.out_of_order += u64::from(self.seen.is_new(number));
        }
        if !self.seen.is_new(number) {
            self.figures.duplicates += 1;
            return Verdict::Duplicate;
        }
        self.bursts.before(&self.seen, number);
        self.seen.mark(number);
        self.bursts.after(&self.seen);
        self.base = self.base.min(number);
        self.received += 1;
        self.figures.packets += 1;
        self.figures.bytes += bytes as u64;
        self.figures.first_at.get_or_insert(now);
        self.figures.last_at = Some(now);
        Verdict::Accepted(number)
    }

    /// RFC 3550 A.8; not for telephone events, whose time stamp stands still.
    pub fn note_transit(&mut self, timestamp: u32, clock_rate: u32, now: Nanos) {
        if self.clock_rate != clock_rate {
            // Another codec: what is known goes on in its units.
            self.jitter = self.jitter * i64::from(clock_rate) / i64::from(self.clock_rate.max(1));
            self.clock_rate = clock_rate;
            self.last_transit = None;
        }
        let transit = i64::from((to_units(now, clock_rate) as u32).wrapping_sub(timestamp) as i32);
        if let Some(last) = self.last_transit {
            let change = (transit - last).abs();
            if change <= MAX_TRANSIT_CHANGE_SECONDS * i64::from(clock_rate) {
                self.jitter += change - ((self.jitter + JITTER_GAIN / 2) / JITTER_GAIN);
            }
        }
        self.last_transit = Some(transit);
    }

    /// Interarrival jitter in units of the RTP clock.
    pub fn jitter(&self) -> u32 {
        (self.jitter / JITTER_GAIN) as u32
    }

    pub fn jitter_ms(&self) -> f64 {
        self.jitter as f64 / JITTER_GAIN as f64 * 1000.0 / f64::from(self.clock_rate.max(1))
    }

    fn current_expected(&self) -> u64 {
        self.seen.highest().map_or(0, |highest| highest - self.base + 1)
    }

    fn current_lost(&self) -> u64 {
        self.current_expected().saturating_sub(self.received)
    }

    pub fn lost(&self) -> u64 {
        self.lost_before + self.current_lost()
    }

    /// Number of runs of lost packets, and the longest one.
    pub fn lost_bursts(&self) -> (u64, u64) {
        self.bursts.figures(&self.seen)
    }

    pub fn expected(&self) -> u64 {
        self.expected_before + self.current_expected()
    }

    /// The figures of a report block; the fraction covers the time since the last call (A.3).
    pub fn report(&mut self) -> Option<Loss> {
        let highest = self.seen.highest()?;
        let expected = self.current_expected();
        let expected_interval = expected - self.expected_prior;
        let received_interval = self.received - self.received_prior;
        self.expected_prior = expected;
        self.received_prior = self.received;
        let lost_interval = expected_interval.saturating_sub(received_interval);
        let fraction = (lost_interval << 8).checked_div(expected_interval).unwrap_or(0);
        Some(Loss {
            fraction: fraction.min(255) as u8,
            cumulative: (self.current_lost() as i32).min(0x7f_ffff),
            highest: (highest - (1 << 16)) as u32,
        })
    }
}

#[cfg(test)]
#[path = "reception_tests.rs"]
mod tests;
