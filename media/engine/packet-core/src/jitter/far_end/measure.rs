//! Three measures of what was heard against what was said, in windows of 40 ms of which each is laid over the source where it
//! fits best, within 30 ms of where the buffer's own figure of its delay puts it:
//!
//! - **likeness**: normalised correlation, of windows in which the source is louder than -45 dB of full scale; for a voice that
//!   is made up for 20 ms it stays near 1, for silence in its place it is 0;
//! - **distance**: mean difference in dB of the power in 16 bands of 250 Hz, at least -40 dB of the loudest band each;
//! - **clicks**: steps from one sample to the next that are larger by half than any within 100 ms in the source.

use super::Heard;
use crate::codec::Band;

const WINDOW_MS: usize = 40;
const SEARCH_MS: usize = 30;
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
}

fn energy(sound: &[i16]) -> f64 {
    sound.iter().map(|sample| f64::from(*sample).powi(2)).sum()
}

fn likeness(one: &[i16], other: &[i16]) -> f64 {
    let product: i64 = one.iter().zip(other).map(|(a, b)| i64::from(i32::from(*a) * i32::from(*b))).sum();
    let energies = energy(one) * energy(other);
    if energies > 0.0 { product as f64 / energies.sqrt() } else { 0.0 }
}

/// Power in bands of 250 Hz, in dB, by a transform of the windowed sound at one frequency per 125 Hz.
fn spectrum(sound: &[i16], rate: f64) -> [f64; BANDS] {
    let length = sound.len() as f64;
    let power = |hertz: f64| {
        let turn = hertz * std::f64::consts::TAU / rate;
        let (mut re, mut im) = (0.0, 0.0);
        for (n, sample) in sound.iter().enumerate() {
            let n = n as f64;
            let weighted = f64::from(*sample) * (1.0 - (n * std::f64::consts::TAU / length).cos());
            re += weighted * (n * turn).cos();
            im += weighted * (n * turn).sin();
        }
        re * re + im * im
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
        let (mut likenesses, mut distances) = (Vec::new(), Vec::new());
        for at in (first..self.heard.len() / window).step_by(every).map(|n| n * window) {
            let heard = &self.heard[at..at + window];
            let Some((fit, said)) = self.best_fit(heard, at) else { continue };
            if energy(said) > AUDIBLE * AUDIBLE * window as f64 {
                likenesses.push(fit);
                // Each fourth says as much of a mean.
                if likenesses.len() % 4 == 0 {
                    distances.push(distance(said, heard, f64::from(self.band.hertz())));
                }
            }
        }
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len().max(1) as f64;
        let alike: Vec<f64> = likenesses.iter().map(|fit| f64::from(u8::from(*fit >= 0.9))).collect();
        Quality {
            likeness: mean(&likenesses),
            alike: mean(&alike),
            distance_db: mean(&distances),
            clicks: self.clicks(),
        }
    }

    fn best_fit(&self, heard: &[i16], at: usize) -> Option<(f64, &[i16])> {
        let (middle, search) = (self.source_place(at)?, self.band.samples(SEARCH_MS));
        let places = middle.saturating_sub(search)..(middle + search).min(self.said.len().checked_sub(heard.len())?);
        let fits = places.map(|place| &self.said[place..place + heard.len()]).map(|said| (likeness(said, heard), said));
        fits.max_by(|one, other| one.0.total_cmp(&other.0))
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
            step > SMALL_STEP.max(neighbours.iter().copied().max().unwrap_or(0) * 3 / 2)
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
