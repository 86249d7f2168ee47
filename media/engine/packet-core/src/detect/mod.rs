//! What is in the sound: digits as tones, speech and who talks how long, beeps, people and machines.
//!
//! Detectors are fed 8 kHz samples in order, silence included; their only clock is the samples themselves.

pub mod answerer;
pub mod digits;
pub mod feed;
pub mod speech;
pub mod talk;
pub mod tone;

pub const SAMPLES_PER_MILLISECOND: usize = 8;
pub const SAMPLES_PER_SECOND: f64 = 8000.0;
/// What speech and tones are judged by.
pub const FRAME: usize = 160;
pub const FRAME_MILLISECONDS: u32 = 20;

/// Cuts a stream into pieces of N samples.
#[derive(Debug)]
struct Pieces<const N: usize> {
    samples: [i16; N],
    filled: usize,
}

impl<const N: usize> Default for Pieces<N> {
    fn default() -> Self {
        Self { samples: [0; N], filled: 0 }
    }
}

impl<const N: usize> Pieces<N> {
    /// Take from `rest` what is missing to a piece; a whole one is given out.
    fn take(&mut self, rest: &mut &[i16]) -> Option<[i16; N]> {
        let count = rest.len().min(N - self.filled);
        let (taken, left) = rest.split_at(count);
        self.samples[self.filled..self.filled + count].copy_from_slice(taken);
        self.filled += count;
        *rest = left;
        if self.filled < N {
            return None;
        }
        self.filled = 0;
        Some(self.samples)
    }
}

/// Mean power in dB below that of a square wave of full scale (dBov); silence is -100.
fn level_dbov(samples: &[i16]) -> f32 {
    let sum: f32 = samples.iter().map(|sample| f32::from(*sample).powi(2)).sum();
    let mean = sum / samples.len().max(1) as f32 / (32_768.0 * 32_768.0);
    (10.0 * (mean + 1e-10).log10()).max(-100.0)
}

/// How `value` lies between `low` (0) and `high` (1).
fn share(value: f32, low: f32, high: f32) -> f32 {
    ((value - low) / (high - low)).clamp(0.0, 1.0)
}

#[cfg(test)]
pub mod testing;
