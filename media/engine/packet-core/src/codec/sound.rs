//! Signals and measures for the tests of codecs.

use std::f64::consts::TAU;

/// Something like speech: a voice of 120 Hz whose formants move, in syllables of 200 ms with pauses and breath.
pub fn speech(hertz: u32, milliseconds: usize) -> Vec<i16> {
    let rate = f64::from(hertz);
    let mut noise = Noise(1);
    (0..milliseconds * hertz as usize / 1000).map(|n| syllable(n as f64 / rate, noise.next(), rate / 2.0)).collect()
}

fn syllable(time: f64, noise: f64, highest: f64) -> i16 {
    let pitch = 120.0 + 20.0 * (TAU * 1.3 * time).sin();
    let place = (time / 0.2).fract();
    let loudness = (TAU / 2.0 * place).sin().powi(2) * if (time / 0.2) as usize % 5 == 4 { 0.0 } else { 1.0 };
    let formants = [500.0 + 200.0 * (TAU * 0.9 * time).sin(), 1500.0 + 500.0 * (TAU * 0.7 * time).cos(), 2800.0];
    let phase = TAU * (120.0 * time - 20.0 / (TAU * 1.3) * (TAU * 1.3 * time).cos());
    let voice: f64 = (1..40)
        .map(f64::from)
        .take_while(|harmonic| harmonic * pitch < 0.85 * highest)
        .map(|harmonic| (harmonic * phase).sin() * resonance(harmonic * pitch, &formants))
        .sum();
    (loudness * (2600.0 * voice + 60.0 * noise) + 3.0 * noise) as i16
}

fn resonance(frequency: f64, formants: &[f64]) -> f64 {
    formants
        .iter()
        .enumerate()
        .map(|(n, formant)| 0.6f64.powi(n as i32) / (1.0 + ((frequency - formant) / 150.0).powi(2)))
        .sum()
}

pub fn sine(hertz: u32, frequency: f64, amplitude: f64, samples: usize) -> Vec<i16> {
    (0..samples).map(|n| (amplitude * (TAU * frequency * n as f64 / f64::from(hertz)).sin()).round() as i16).collect()
}

/// Uniform noise of -1 to 1.
pub struct Noise(pub u32);

impl Noise {
    pub fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(1_103_515_245).wrapping_add(12_345);
        f64::from(self.0 >> 8) / f64::from(1 << 23) - 1.0
    }
}

fn power(samples: impl Iterator<Item = f64>) -> f64 {
    samples.map(|sample| sample * sample).sum::<f64>() + 1e-9
}

/// Root of the mean square.
pub fn rms(samples: &[i16]) -> f64 {
    (power(samples.iter().map(|sample| f64::from(*sample))) / samples.len() as f64).sqrt()
}

/// Power of one frequency in dB of full scale, by a Hann window.
pub fn level_of(samples: &[i16], hertz: u32, frequency: f64) -> f64 {
    let (mut real, mut imaginary, mut gain) = (0.0, 0.0, 0.0);
    for (n, sample) in samples.iter().enumerate() {
        let window = 0.5 - 0.5 * (TAU * n as f64 / samples.len() as f64).cos();
        let (sin, cos) = (TAU * frequency * n as f64 / f64::from(hertz)).sin_cos();
        real += window * f64::from(*sample) * cos;
        imaginary += window * f64::from(*sample) * sin;
        gain += window;
    }
    20.0 * ((real * real + imaginary * imaginary).sqrt() * 2.0 / gain / 32_768.0).max(1e-9).log10()
}

/// Signal to noise in dB at the delay up to `most` at which it is best, and that delay.
pub fn signal_to_noise(source: &[i16], heard: &[i16], most: usize) -> (f64, usize) {
    (0..=most)
        .map(|delay| {
            let pairs = || source.iter().zip(&heard[delay..]).map(|(a, b)| (f64::from(*a), f64::from(*b)));
            let ratio = power(pairs().map(|(a, _)| a)) / power(pairs().map(|(a, b)| a - b));
            (10.0 * ratio.log10(), delay)
        })
        .fold((f64::MIN, 0), |best, next| if next.0 > best.0 { next } else { best })
}

/// Mean distance in dB between the spectra of both, in frames of 20 ms and bands of 200 Hz, of frames that are loud.
pub fn spectral_distance(source: &[i16], heard: &[i16], hertz: u32) -> f64 {
    let frame = hertz as usize / 50;
    let bands = || (1..17).map(|band| 200.0 * f64::from(band));
    let distances: Vec<f64> = source
        .chunks_exact(frame)
        .zip(heard.chunks_exact(frame))
        .filter(|(frame, _)| rms(frame) > 300.0)
        .flat_map(|(a, b)| bands().map(|f| (level_of(a, hertz, f).max(-60.0) - level_of(b, hertz, f).max(-60.0)).abs()))
        .collect();
    distances.iter().sum::<f64>() / distances.len().max(1) as f64
}
