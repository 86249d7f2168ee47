//! Comfort noise (RFC 3389): noise of a level and a colour that a payload tells, in place of a pause.

use super::noise_payload::{MAX_ORDER, NoisePayload};

/// A new level is reached within so many samples: 20 ms at 8 kHz, 10 ms at 16 kHz.
const RAMP: f32 = 160.0;

/// Part of the way to a new colour that is gone every 40 samples: at once would click.
const COLOUR_STEP: f32 = 0.2;
const COLOUR_SAMPLES: usize = 40;

/// Full scale: 0 dBov is a square wave of this amplitude (RFC 3389 3.1).
const OVERLOAD: f32 = 32_768.0;

/// Spreads seeds that differ in few bits (2^32 divided by the golden ratio).
const SPREAD: u32 = 0x9e37_79b9;

/// A noise generator that payloads tell how to sound; silent before the first.
#[derive(Debug, Clone, Default)]
pub struct ComfortNoise {
    random: u32,
    told: NoisePayload,
    /// Reflection coefficients on their way to the told ones, and the lattice filter's memory.
    colour: [f32; MAX_ORDER],
    memory: [f32; MAX_ORDER + 1],
    /// Amplitude of the excitation now, where it is going, and by how much a sample.
    amplitude: f32,
    aim: f32,
    step: f32,
}

impl ComfortNoise {
    /// Go over to sounding like `payload`, or begin to; an empty one changes nothing. `seed` makes the noise of two lines
    /// differ.
    pub fn update(&mut self, payload: &[u8], seed: u32) {
        let Some(told) = NoisePayload::parse(payload) else { return };
        self.random = (self.random ^ seed.wrapping_mul(SPREAD)) | 1;
        self.told = told;
        self.aim = OVERLOAD * 10f32.powf(-f32::from(told.level) / 20.0) * told.excitation();
        if self.amplitude == 0.0 {
            self.amplitude = self.aim;
            self.colour = told.reflections;
        }
        self.step = (self.aim - self.amplitude) / RAMP;
    }

    /// Replace `out` by noise.
    pub fn generate(&mut self, out: &mut [i16]) {
        for part in out.chunks_mut(COLOUR_SAMPLES) {
            for (colour, told) in self.colour.iter_mut().zip(&self.told.reflections) {
                *colour += COLOUR_STEP * (told - *colour);
            }
            for sample in part {
                *sample = self.next_sample().round_ties_even() as i16;
            }
        }
    }

    fn next_sample(&mut self) -> f32 {
        if (self.aim - self.amplitude).abs() > self.step.abs() {
            self.amplitude += self.step;
        } else {
            self.amplitude = self.aim;
        }
        self.synthesize()
    }

    /// The all-pole lattice of the reflection coefficients, driven by white noise.
    fn synthesize(&mut self) -> f32 {
        let mut forward = self.amplitude * self.white();
        for stage in (0..MAX_ORDER).rev() {
            forward -= self.colour[stage] * self.memory[stage];
            self.memory[stage + 1] = self.memory[stage] + self.colour[stage] * forward;
        }
        self.memory[0] = forward;
        forward
    }

    /// Uniform noise of variance 1 (xorshift).
    fn white(&mut self) -> f32 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 17;
        self.random ^= self.random << 5;
        (self.random as f32 / u32::MAX as f32 - 0.5) * 12f32.sqrt()
    }
}
