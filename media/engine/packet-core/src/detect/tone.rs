//! One frequency in a window: how strong, how pure, how high.

use super::{FRAME, SAMPLES_PER_SECOND};
use std::f32::consts::{PI, TAU};
use std::sync::LazyLock;

/// A window of 20 ms tells frequencies of a whole multiple of this many hertz apart.
pub const BIN_HERTZ: f32 = 50.0;
/// The sum of a Hann window, and of its squares.
pub const WINDOW_SUM: f32 = FRAME as f32 / 2.0;
pub const WINDOW_POWER: f32 = FRAME as f32 * 3.0 / 8.0;

static HANN: LazyLock<[f32; FRAME]> =
    LazyLock::new(|| std::array::from_fn(|n| 0.5 - 0.5 * (TAU * n as f32 / FRAME as f32).cos()));

/// The samples under a Hann window, and their weighted energy.
pub fn weigh(samples: &[i16; FRAME]) -> ([f32; FRAME], f32) {
    let hann = &*HANN;
    let weighed: [f32; FRAME] = std::array::from_fn(|n| f32::from(samples[n]) * hann[n]);
    let energy = weighed.iter().map(|sample| sample * sample).sum();
    (weighed, energy)
}

/// What a window holds of one frequency; the phase is that of its first sample.
#[derive(Debug, Clone, Copy, Default)]
pub struct Line {
    re: f32,
    im: f32,
}

impl Line {
    pub fn power(self) -> f32 {
        self.re * self.re + self.im * self.im
    }

    pub fn phase(self) -> f32 {
        self.im.atan2(self.re)
    }
}

/// Goertzel's recursion at `coefficient` = 2 cos w (`Probe`).
#[derive(Debug, Clone, Copy)]
pub struct Probe {
    coefficient: f32,
    turn: (f32, f32),
    /// Turns the phase back to that of the first sample.
    back: (f32, f32),
}

impl Probe {
    pub fn new(hertz: f32) -> Self {
        let angle = f64::from(hertz) * std::f64::consts::TAU / SAMPLES_PER_SECOND;
        let back = angle * (FRAME - 1) as f64;
        Self {
            coefficient: (2.0 * angle.cos()) as f32,
            turn: (angle.cos() as f32, angle.sin() as f32),
            back: (back.cos() as f32, -back.sin() as f32),
        }
    }

    pub fn line(&self, weighed: &[f32; FRAME]) -> Line {
        let (mut one, mut two) = (0.0f32, 0.0f32);
        for sample in weighed {
            let next = sample + self.coefficient * one - two;
            two = one;
            one = next;
        }
        // The sum of x[n] e^(jw(N-1-n)); turned back it is that of x[n] e^(-jwn).
        let (re, im) = (one - self.turn.0 * two, self.turn.1 * two);
        Line { re: re * self.back.0 - im * self.back.1, im: re * self.back.1 + im * self.back.0 }
    }
}

/// What a Hann window leaves of the amplitude of a tone that lies `bins` beside the frequency asked for.
pub fn response(bins: f32) -> f32 {
    let x = bins.abs();
    if x < 1e-3 {
        return 1.0;
    }
    if (x - 1.0).abs() < 1e-3 {
        return 0.5;
    }
    (PI * x).sin() / (PI * x) / (1.0 - x * x)
}

/// The share of a window's energy that a tone with this line has (1: there is nothing else).
pub fn purity(line: Line, bins_beside: f32, energy: f32) -> f32 {
    if energy <= 0.0 {
        return 0.0;
    }
    let amplitude_squared = line.power() / (WINDOW_SUM / 2.0).powi(2) / response(bins_beside).powi(2);
    amplitude_squared / 2.0 * WINDOW_POWER / energy
}

/// A window that is one tone and little else.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tone {
    pub hertz: f32,
    pub purity: f32,
}

const LOWEST_BIN: usize = 7; // 350 Hz
const BINS: usize = 45; // up to 2,550 Hz
static PROBES: LazyLock<[Probe; BINS]> =
    LazyLock::new(|| std::array::from_fn(|n| Probe::new((LOWEST_BIN + n) as f32 * BIN_HERTZ)));

/// The strongest tone between 400 and 2,500 Hz.
pub fn strongest(samples: &[i16; FRAME]) -> Option<Tone> {
    let (weighed, energy) = weigh(samples);
    let lines: [Line; BINS] = std::array::from_fn(|n| PROBES[n].line(&weighed));
    let peak = (1..BINS - 1).max_by(|a, b| lines[*a].power().total_cmp(&lines[*b].power()))?;
    let root = |n: usize| lines[n].power().sqrt();
    let (side, sign) = if root(peak + 1) > root(peak - 1) { (peak + 1, 1.0) } else { (peak - 1, -1.0) };
    // For a Hann window the ratio of the two highest lines gives the place between them.
    let ratio = root(side) / root(peak).max(1e-9);
    let beside = ((2.0 * ratio - 1.0) / (1.0 + ratio)).clamp(0.0, 1.0) * sign;
    let purity = purity(lines[peak], beside, energy);
    Some(Tone { hertz: ((LOWEST_BIN + peak) as f32 + beside) * BIN_HERTZ, purity })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sine(hertz: f32, amplitude: f32, from: usize) -> [i16; FRAME] {
        std::array::from_fn(|n| (amplitude * (TAU * hertz * (n + from) as f32 / 8000.0).sin()) as i16)
    }

    #[test]
    fn a_sine_is_pure_and_its_frequency_known() {
        for hertz in [400.0, 425.0, 697.0, 1000.0, 1209.3, 2024.0] {
            let tone = strongest(&sine(hertz, 5000.0, 11)).expect("a tone");
            assert!((tone.hertz - hertz).abs() < 3.0, "{tone:?} for {hertz}");
            assert!((0.9..1.1).contains(&tone.purity), "{tone:?} for {hertz}");
        }
    }

    #[test]
    fn two_tones_are_not_one() {
        let (one, two) = (sine(770.0, 3000.0, 0), sine(1336.0, 3000.0, 0));
        let both = std::array::from_fn(|n| one[n] + two[n]);
        assert!(strongest(&both).expect("a tone").purity < 0.6);
    }

    #[test]
    fn the_phase_goes_on_with_the_frequency() {
        let probe = Probe::new(770.0);
        let line = |from| probe.line(&weigh(&sine(770.0, 5000.0, from)).0);
        let step = line(80).phase() - line(0).phase() - TAU * 770.0 * 0.01;
        let wrapped = step - TAU * (step / TAU).round();
        assert!(wrapped.abs() < 0.02, "{wrapped}");
    }
}
