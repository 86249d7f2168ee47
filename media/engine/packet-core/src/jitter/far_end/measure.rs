//! Three measures of what was heard against what was said, in windows of 40 ms of which each is laid over the source where it
//! fits best, within 20 ms of where the buffer's own figure of its delay puts it:
//!
//! - **likeness**: normalised correlation, of windows in which the source is louder than -45 dB of full scale; for a voice that
//!   is made up for 20 ms it stays near 1, for silence in its place it is 0;
//! - **distance**: mean difference in dB of the power in 16 bands of 250 Hz, at least -40 dB of the loudest band each;
//! - **clicks**: steps from one sample to the next that are larger by half than any within 100 ms in the source,
//!   and by -42 dB of full scale.

use super::Heard;
use crate::codec::Band;

const WINDOW_MS: usize = 40;
const SEARCH_MS: usize = 20;
/// Root mean square below which a window is a pause.
const AUDIBLE: f64 = 184.0;
const BANDS: usize = 16;
const FLOOR_DB: f64 = 40.0;
/// A start needs its buffer filled first.
const SKIPPED_MS: usize = 1000;
const NEIGHBOURHOOD_MS: usize = 100;
/// Steps as small as this are no clicks: -42 dB of full scale.
const SMALL_STEP: i32 = 256;

#[derive(Debug, Clone, Copy)]
pub struct Quality {
    pub likeness: f64,
    /// Share of audible windows with a likeness of at least 0.9.
    pub alike: f64,
    pub distance_db: f64,
    pub clicks: usize,
    /// Windows that were compared.
    pub windows: usize,
}

/// Sums of squares of all beginnings of the source, so that the energy of any part is a difference.
fn running_energy(sound: &[i16]) -> Vec<i64> {
    let sums = sound.iter().scan(0, |sum, sample| {
        *sum += i64::from(*sample).pow(2);
        Some(*sum)
    });
    std::iter::once(0).chain(sums).collect()
}

fn product(one: &[i16], other: &[i16]) -> i64 {
    one.iter().zip(other).map(|(a, b)| i64::from(i32::from(*a) * i32::from(*b))).sum()
}

/// Power in bands of 250 Hz, in dB: two frequencies each, by Goertzel's recursion over the sound under a Hann window.
fn spectrum(sound: &[i16], rate: f64) -> [f64; BANDS] {
    let turn = std::f64::consts::TAU / sound.len() as f64;
    let windowed: Vec<f64> =
        sound.iter().enumerate().map(|(n, sample)| f64::from(*sample) * (1.0 - (n as f64 * turn).cos())).collect();
    let power = |hertz: f64| {
        let factor = 2.0 * (hertz * std::f64::consts::TAU / rate).cos();
        let step = |(last, before): (f64, f64), sample: &f64| (sample + factor * last - before, last);
        let (last, before) = windowed.iter().fold((0.0, 0.0), step);
        last * last + before * before - factor * last * before
    };
    std::array::from_fn(|band| {
        let hertz = band as f64 * 250.0;
        10.0 * (power(hertz + 62.5) + power(hertz + 187.5) + 1.0).log10()
    })
}

fn distance(one: &[i16], other: &[i16], rate: f64) -> f64 {
    let (one, other) = (spectrum(one, rate), spectrum(other, rate));
    let floor = one.iter().copied().fold(0.0, f64::max) - FLOOR_DB;
    one.iter().zip(&other).map(|(a, b)| (a.max(floor) - b.max(floor)).abs()).sum::<f64>() / BANDS as f64
}

impl Heard {
    /// Where in the source what is heard at `at` should be.
    fn source_place(&self, at: usize) -> Option<usize> {
        let delay = self.delays_ms[at / self.band.tick()] as usize;
        let place = (at as f64 - self.band.samples(delay) as f64) * (1.0 + f64::from(self.ppm) * 1e-6);
        (place >= 0.0).then_some(place as usize)
    }

    /// Compare each `every`-th window.
    pub fn quality(&self, every: usize) -> Quality {
        let window = self.band.samples(WINDOW_MS);
        let first = self.band.samples(SKIPPED_MS) / window + 1;
        let energies = running_energy(&self.said);
        let (mut likenesses, mut distances) = (Vec::new(), Vec::new());
        for at in (first..self.heard.len() / window).step_by(every).map(|n| n * window) {
            let heard = &self.heard[at..at + window];
            let Some((fit, place)) = self.best_fit(heard, at, &energies) else { continue };
            if (energies[place + window] - energies[place]) as f64 > AUDIBLE * AUDIBLE * window as f64 {
                likenesses.push(fit);
                let said = &self.said[place..place + window];
                distances.push(distance(said, heard, f64::from(self.band.hertz())));
            }
        }
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len().max(1) as f64;
        let alike: Vec<f64> = likenesses.iter().map(|fit| f64::from(u8::from(*fit >= 0.9))).collect();
        Quality {
            likeness: mean(&likenesses),
            alike: mean(&alike),
            distance_db: mean(&distances),
            clicks: self.clicks(),
            windows: likenesses.len(),
        }
    }

    /// How well the window at `at` fits where it fits best, and where that is.
    fn best_fit(&self, heard: &[i16], at: usize, energies: &[i64]) -> Option<(f64, usize)> {
        let (middle, search) = (self.source_place(at)?, self.band.samples(SEARCH_MS));
        let energy = product(heard, heard);
        let places = middle.saturating_sub(search)..(middle + search).min(self.said.len().checked_sub(heard.len())?);
        let fit = |place: usize| {
            let both = energy as f64 * (energies[place + heard.len()] - energies[place]) as f64;
            let product = product(heard, &self.said[place..place + heard.len()]);
            if both > 0.0 { product as f64 / both.sqrt() } else { 0.0 }
        };
        let best = |places: &mut dyn Iterator<Item = usize>| {
            places.map(|place| (fit(place), place)).max_by(|one, other| one.0.total_cmp(&other.0))
        };
        let step = self.band.samples(1) / 8;
        let (_, near) = best(&mut places.clone().step_by(step))?;
        best(&mut places.filter(|place| place.abs_diff(near) < step))
    }

    fn clicks(&self) -> usize {
        let tick = self.band.tick();
        let steps = |sound: &[i16]| -> Vec<i32> {
            sound.windows(2).map(|pair| (i32::from(pair[1]) - i32::from(pair[0])).abs()).collect()
        };
        let (said, heard) = (steps(&self.said), steps(&self.heard));
        // The largest step of each 20 ms of the source, for its neighbourhood.
        let largest: Vec<i32> = said.chunks(tick).map(|steps| steps.iter().copied().max().unwrap_or(0)).collect();
        let around = NEIGHBOURHOOD_MS / 20;
        let is_click = |at: usize, step: i32| {
            let Some(place) = self.source_place(at).map(|place| place / tick) else { return step > SMALL_STEP };
            let neighbours =
                &largest[place.saturating_sub(around).min(largest.len())..(place + around + 1).min(largest.len())];
            step > SMALL_STEP + neighbours.iter().copied().max().unwrap_or(0) * 3 / 2
        };
        heard.iter().enumerate().filter(|(at, step)| is_click(*at, **step)).count()
    }

    pub fn most_delay_ms(&self) -> u32 {
        self.delays_ms.iter().copied().max().unwrap_or(0)
    }

    /// Share of the time, in percent.
    pub fn concealed(&self) -> f64 {
        let heard_us = self.heard.len() as f64 * 1e6 / f64::from(Band::hertz(self.band));
        self.statistics.concealed_us as f64 / heard_us * 100.0
    }
}
