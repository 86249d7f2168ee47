//! What is heard in place of lost sound: the last period of the voice again and again, softer and softer, after ITU-T G.711
//! Appendix I. It differs in that nothing is delayed to lead into the first repetition: the step that would be heard is
//! bent straight over a quarter of a period instead.

use super::pitch::{self, LONGEST_PERIOD_MS};
use super::sound::{HISTORY_MS, blend};
use crate::codec::Band;

/// So long the voice is held at its loudness: one packet of the usual length.
pub const HELD_MS: usize = 20;
/// Then it fades, to silence after this: a vowel that goes on for longer is a robot's.
pub const SILENT_AFTER_MS: usize = 80;
/// A codec that conceals by itself knows the voice better.
pub const CODEC_HELD_MS: usize = 60;
pub const CODEC_SILENT_AFTER_MS: usize = 120;
/// The cross-fade from made-up sound back to a packet's. It is longer in the wide band, as a G.722 decoder takes some milliseconds
/// to adapt to where the encoder is by now.
pub const fn return_samples(band: Band) -> usize {
    match band {
        Band::Narrow => band.samples(8),
        Band::Wide => band.samples(16),
    }
}
/// Below this the sound has no period: what is repeated is as long as possible, so that it does not begin to buzz.
const VOICED: f32 = 0.5;
/// Periods used in turn, as in Appendix I: one for the first 10 ms, then two, then three.
const MORE_PERIODS_EACH_MS: usize = 10;
const MOST_PERIODS: usize = 3;
const LONGEST: usize = 16 * HISTORY_MS;
const _: () = assert!(HISTORY_MS * 4 >= LONGEST_PERIOD_MS * (4 * MOST_PERIODS + 1));

/// Loudness of made-up sound after `made` samples, of [`FULL`].
const FULL: i32 = 1 << 14;

fn loudness(made: usize, (held_ms, silent_ms): (usize, usize), band: Band) -> i32 {
    let (held, silent) = (band.samples(held_ms), band.samples(silent_ms));
    (FULL * silent.saturating_sub(made.max(held)) as i32) / (silent - held) as i32
}

/// Let the sound that a codec made up die away; `made`: samples that were made up before.
pub fn fade(sound: &mut [i16], made: usize, band: Band) {
    for (at, sample) in (made..).zip(sound) {
        let gain = loudness(at, (CODEC_HELD_MS, CODEC_SILENT_AFTER_MS), band);
        *sample = ((i32::from(*sample) * gain) / FULL) as i16;
    }
}

#[derive(Debug)]
pub struct Repetition {
    band: Band,
    /// The newest sound before the loss.
    history: [i16; LONGEST],
    length: usize,
    period: usize,
    /// Periods that are played before the next turn back.
    periods: usize,
    at: usize,
    made: usize,
    /// The step between the last real sample and the first repeated one.
    step: i32,
}

impl Repetition {
    pub fn new(band: Band) -> Self {
        let mut repetition =
            Self { band, history: [0; LONGEST], length: 0, period: 1, periods: 1, at: 0, made: 0, step: 0 };
        repetition.begin(&[0; LONGEST][..band.samples(HISTORY_MS)], band);
        repetition
    }

    /// Go on after `history`: at least 50 ms.
    pub fn begin(&mut self, history: &[i16], band: Band) {
        let found = pitch::period_of(history, band);
        self.band = band;
        self.length = history.len().min(LONGEST);
        self.history[..self.length].copy_from_slice(&history[history.len() - self.length..]);
        self.period = if found.degree < VOICED { band.samples(LONGEST_PERIOD_MS) } else { found.lag };
        self.periods = 1;
        self.made = 0;
        self.at = self.length - self.period;
        self.step = i32::from(self.history[self.length - 1]) - i32::from(self.history[self.at - 1]);
    }

    /// The fade has come to its end.
    pub fn is_silent(&self) -> bool {
        self.made >= self.band.samples(SILENT_AFTER_MS)
    }

    pub fn go_on(&mut self, out: &mut [i16]) {
        for sample in out {
            *sample = self.next_sample();
        }
    }

    fn next_sample(&mut self) -> i16 {
        let quarter = self.period / 4;
        let left = self.length - self.at;
        let mut sample = i32::from(self.history[self.at]);
        if left == quarter {
            self.periods = (1 + self.made / self.band.samples(MORE_PERIODS_EACH_MS)).min(MOST_PERIODS);
        }
        if left <= quarter {
            let lead_in = self.history[self.at - self.periods * self.period];
            sample = i32::from(blend(sample as i16, lead_in, quarter - left, quarter));
        }
        if self.made < quarter {
            sample += self.step * (quarter - self.made) as i32 / quarter as i32;
        }
        let gain = loudness(self.made, (HELD_MS, SILENT_AFTER_MS), self.band);
        self.at += 1;
        if self.at == self.length {
            self.at -= self.periods * self.period;
        }
        self.made += 1;
        ((sample * gain) / FULL).clamp(i32::from(i16::MIN), i32::from(i16::MAX)) as i16
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A voice of `hertz`: eight harmonics that fall off.
    fn voice(hertz: f64, band: Band, samples: std::ops::Range<usize>) -> Vec<i16> {
        let turn = hertz * std::f64::consts::TAU / f64::from(band.hertz());
        let at = |n: usize| (1..9).map(|k| (n as f64 * turn * f64::from(k)).sin() / f64::from(k)).sum::<f64>() * 4000.0;
        samples.map(|n| at(n) as i16).collect()
    }

    #[test]
    fn a_voice_goes_on_as_it_was_for_20_ms() {
        for band in [Band::Narrow, Band::Wide] {
            for hertz in [70.0, 123.0, 210.0, 390.0] {
                let history = band.samples(HISTORY_MS);
                let sound = voice(hertz, band, 0..history + band.tick());
                let mut repetition = Repetition::new(band);
                repetition.begin(&sound[..history], band);
                let mut made = vec![0; band.tick()];
                repetition.go_on(&mut made);
                let error: f64 = made.iter().zip(&sound[history..]).map(|(a, b)| f64::from(a - b).powi(2)).sum();
                let energy: f64 = made.iter().map(|a| f64::from(*a).powi(2)).sum();
                assert!(error < energy * 0.05, "{hertz} Hz, {band:?}: {}", error / energy);
            }
        }
    }

    #[test]
    fn it_fades_to_silence_and_never_steps() {
        let band = Band::Narrow;
        let sound = voice(140.0, band, 0..band.samples(HISTORY_MS));
        let steepest = |sound: &[i16]| sound.windows(2).map(|pair| (pair[1] - pair[0]).abs()).max();
        let mut repetition = Repetition::new(band);
        repetition.begin(&sound, band);
        let mut made = vec![0; band.samples(SILENT_AFTER_MS + 20)];
        repetition.go_on(&mut made);
        assert!(repetition.is_silent());
        assert!(made[band.samples(SILENT_AFTER_MS)..].iter().all(|sample| *sample == 0));
        assert!(made[band.samples(SILENT_AFTER_MS) - 80..].iter().all(|sample| sample.abs() < 1500));
        let joined: Vec<_> = sound.iter().chain(&made).copied().collect();
        assert!(
            steepest(&joined) <= steepest(&sound).map(|steepest| steepest * 5 / 4),
            "{:?}",
            steepest(&joined).zip(steepest(&sound))
        );
    }
}
