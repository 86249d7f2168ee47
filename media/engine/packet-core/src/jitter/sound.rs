//! The sound of one line: what was played, what is played next, and the places where time is taken out or put in.

use super::pitch::{self, LONGEST_PERIOD_MS};
use crate::codec::{Band, MAX_FRAME_MS, MAX_SAMPLES, TICK_MS};

/// What is kept of the past: three periods of the deepest voice and the quarter before them that leads in.
pub const HISTORY_MS: usize = 50;
/// Shorter pieces change the pitch: 400 Hz is the highest voice.
const SHORTEST_PERIOD_MS_HALVES: usize = 5;
/// Sound that is wanted beyond the tick before time can be taken out: two of the longest periods.
pub const FOR_SHRINKING_MS: usize = 2 * LONGEST_PERIOD_MS;
/// Quieter than this (root mean square; -50 dB of full scale) is background in which nobody hears a splice.
const QUIET: i64 = 100;
/// Everything that can be ahead: what is wanted for shrinking, one payload, one inserted period.
const AHEAD_MS: usize = TICK_MS + FOR_SHRINKING_MS + MAX_FRAME_MS + LONGEST_PERIOD_MS;
/// Room to move on for a few ticks before the past is moved to the front.
const ROOM_MS: usize = 8 * TICK_MS;
const CAPACITY: usize = 16 * (HISTORY_MS + AHEAD_MS + ROOM_MS);

#[derive(Debug)]
pub struct Sound {
    band: Band,
    samples: Box<[i16; CAPACITY]>,
    /// The first sample that was not played, and the one after the last.
    next: usize,
    end: usize,
}

impl Sound {
    pub fn new(band: Band) -> Self {
        let next = band.samples(HISTORY_MS);
        Self { band, samples: Box::new([0; CAPACITY]), next, end: next }
    }

    pub fn band(&self) -> Band {
        self.band
    }

    /// From now on in another band; what was heard in the old one is forgotten.
    pub fn tune(&mut self, band: Band) {
        if self.band != band {
            self.band = band;
            self.samples.fill(0);
            self.next = band.samples(HISTORY_MS);
            self.end = self.next;
        }
    }

    /// Samples that wait to be played.
    pub fn ahead(&self) -> usize {
        self.end - self.next
    }

    /// The last 50 ms, whether they were played or wait.
    pub fn history(&self) -> &[i16] {
        &self.samples[self.end - self.band.samples(HISTORY_MS)..self.end]
    }

    /// Append as much as the limits of what is ahead allow: more than a payload of 120 ms at once is never given.
    pub fn push(&mut self, samples: &[i16]) {
        let samples = &samples[..samples.len().min(MAX_SAMPLES)];
        if self.end + samples.len() > CAPACITY {
            self.make_room();
        }
        let end = (self.end + samples.len()).min(CAPACITY);
        self.samples[self.end..end].copy_from_slice(&samples[..end - self.end]);
        self.end = end;
    }

    fn make_room(&mut self) {
        let from = self.next - self.band.samples(HISTORY_MS);
        self.samples.copy_within(from..self.end, 0);
        self.next -= from;
        self.end -= from;
    }

    /// The next 20 ms; they must be ahead.
    pub fn take(&mut self) -> &[i16] {
        let from = self.next;
        self.next = (self.next + self.band.tick()).min(self.end);
        &self.samples[from..self.next]
    }

    fn is_quiet(&self, from: usize, length: usize) -> bool {
        let energy: i64 = self.samples[from..from + length].iter().map(|sample| i64::from(*sample).pow(2)).sum();
        energy <= QUIET * QUIET * length as i64
    }

    fn shortest_period(&self) -> usize {
        self.band.samples(SHORTEST_PERIOD_MS_HALVES) / 2
    }

    /// Take one period out of what is ahead, where it is voiced at least to `degree` or quiet; the samples taken.
    pub fn shrink(&mut self, degree: f32) -> usize {
        let tick = self.band.tick();
        let longest = self.band.samples(LONGEST_PERIOD_MS).min(self.ahead() / 2).min(self.ahead().saturating_sub(tick));
        if longest < self.shortest_period() {
            return 0;
        }
        let sound = &self.samples[self.next..self.next + 2 * longest];
        let found = pitch::splice(sound, self.shortest_period()..=longest, self.step(), |lag| (0, lag));
        let lag = found.lag;
        if found.degree < degree && !self.is_quiet(self.next, 2 * lag) {
            return 0;
        }
        for at in 0..lag {
            let (from, to) = (self.samples[self.next + at], self.samples[self.next + lag + at]);
            self.samples[self.next + lag + at] = blend(from, to, at, lag);
        }
        // The first period gives way: the past moves up to the blended one.
        let history = self.band.samples(HISTORY_MS);
        self.samples.copy_within(self.next - history..self.next, self.next + lag - history);
        self.next += lag;
        lag
    }

    /// Put one period into what is ahead, where it is voiced at least to `degree` or quiet; the samples put.
    pub fn stretch(&mut self, degree: f32) -> usize {
        let longest = self.band.samples(LONGEST_PERIOD_MS).min(self.ahead());
        if longest < self.shortest_period() {
            return 0;
        }
        if self.end + longest > CAPACITY {
            self.make_room();
        }
        let around = &self.samples[self.next - longest..self.next + longest];
        let found =
            pitch::splice(around, self.shortest_period()..=longest, self.step(), |lag| (longest - lag, longest));
        let lag = found.lag;
        if found.degree < degree && !self.is_quiet(self.next - lag, 2 * lag) {
            return 0;
        }
        self.samples.copy_within(self.next..self.end, self.next + lag);
        self.end += lag;
        // The place before the old sound holds a copy of its beginning still: let it lead back by one period.
        for at in 0..lag {
            let (from, to) = (self.samples[self.next + lag + at], self.samples[self.next - lag + at]);
            self.samples[self.next + at] = blend(from, to, at, lag);
        }
        lag
    }

    fn step(&self) -> usize {
        self.band.samples(1) / 8
    }
}

/// The sample at `at` of a straight cross-fade over `length` samples.
pub fn blend(from: i16, to: i16, at: usize, length: usize) -> i16 {
    let (weight, length) = (at as i32 + 1, length as i32 + 1);
    ((i32::from(from) * (length - weight) + i32::from(to) * weight) / length) as i16
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sine(sound: &mut Sound, hertz: f64, from: usize, length: usize) {
        let rate = f64::from(sound.band().hertz());
        let wave =
            (from..from + length).map(|n| ((n as f64 * hertz * std::f64::consts::TAU / rate).sin() * 8000.0) as i16);
        sound.push(&wave.collect::<Vec<_>>());
    }

    fn steepest(samples: &[i16]) -> i32 {
        samples.windows(2).map(|pair| (i32::from(pair[1]) - i32::from(pair[0])).abs()).max().unwrap_or(0)
    }

    #[test]
    fn whole_periods_go_and_come_without_a_seam() {
        for band in [Band::Narrow, Band::Wide] {
            let mut sound = Sound::new(band);
            let (tick, period) = (band.tick(), band.samples(5));
            sine(&mut sound, 200.0, 0, 4 * tick);
            let mut heard = sound.take().to_vec();
            assert_eq!(sound.shrink(0.9) % period, 0);
            assert!(sound.ahead() < 3 * tick && sound.ahead() >= tick);
            heard.extend_from_slice(sound.take());
            let before = sound.ahead();
            assert!(sound.stretch(0.9).is_multiple_of(period) && sound.ahead() > before);
            while sound.ahead() >= tick {
                heard.extend_from_slice(sound.take());
            }
            let slope = 8000.0 * std::f64::consts::TAU * 200.0 / f64::from(band.hertz());
            assert!(f64::from(steepest(&heard)) < slope * 1.02, "{band:?}: {} > {slope}", steepest(&heard));
        }
    }

    #[test]
    fn noise_is_neither_shortened_nor_lengthened_unless_it_is_quiet() {
        for (loudness, changes) in [(8000, false), (100, true)] {
            let mut sound = Sound::new(Band::Narrow);
            let mut random = crate::switchboard::random::Spread::new(1);
            let noise: Vec<_> = (0..960).map(|_| ((random.unit() - 0.5) * f64::from(loudness)) as i16).collect();
            sound.push(&noise);
            sound.take();
            assert_eq!(sound.shrink(0.9) > 0, changes);
            assert_eq!(sound.stretch(0.9) > 0, changes);
        }
    }
}
