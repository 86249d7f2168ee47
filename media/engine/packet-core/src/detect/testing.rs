//! Sounds to try detectors on.

use crate::g711::Law;
use std::f64::consts::TAU;

/// Reproducible noise.
pub struct Noise(u64);

impl Noise {
    pub fn new(seed: u64) -> Self {
        Self(seed | 1)
    }

    /// Even between -1 and 1 (xorshift*).
    pub fn even(&mut self) -> f64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    }

    /// Nearly normal, of the given standard deviation.
    pub fn normal(&mut self, deviation: f64) -> f64 {
        (0..4).map(|_| self.even()).sum::<f64>() * deviation * 0.75f64.sqrt()
    }
}

/// The peak of a sine of this level (G.711: full scale is +3.17 dBm0).
pub fn peak(dbm0: f64) -> f64 {
    32_767.0 * 10f64.powf((dbm0 - 3.17) / 20.0)
}

/// Frequencies in hertz with their peaks, summed.
pub fn tones(parts: &[(f64, f64)], milliseconds: usize) -> Vec<f64> {
    let sample =
        |n: usize| parts.iter().map(|(hertz, peak)| peak * (TAU * hertz * n as f64 / 8000.0 + 0.7).sin()).sum();
    (0..milliseconds * 8).map(sample).collect()
}

pub fn silence(milliseconds: usize) -> Vec<f64> {
    vec![0.0; milliseconds * 8]
}

pub fn with_noise(sound: &mut [f64], deviation: f64, seed: u64) {
    let mut noise = Noise::new(seed);
    sound.iter_mut().for_each(|sample| *sample += noise.normal(deviation));
}

/// As it comes out of a telephone line.
pub fn through(law: Law, sound: &[f64]) -> Vec<i16> {
    sound.iter().map(|sample| law.decode(law.encode(sample.clamp(-32_768.0, 32_767.0) as i16))).collect()
}
