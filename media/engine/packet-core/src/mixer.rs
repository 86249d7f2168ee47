//! Sums of voices: 20 ms of up to 32 of them in 32 bits, where nothing overflows.

use crate::codec::Band;

pub const MAX_FRAME: usize = Band::Wide.tick();

/// 20 ms of a sum, in either band.
#[derive(Debug, Clone)]
pub struct Sum {
    samples: [i32; MAX_FRAME],
    length: usize,
}

impl Sum {
    pub fn new(band: Band) -> Self {
        Self { samples: [0; MAX_FRAME], length: band.tick() }
    }

    /// The same as another.
    pub fn copy(&mut self, other: &Self) {
        self.length = other.length;
        self.samples[..self.length].copy_from_slice(&other.samples[..other.length]);
    }

    /// Silence in `band`.
    pub fn begin(&mut self, band: Band) {
        self.length = band.tick();
        self.samples[..self.length].fill(0);
    }

    pub fn add(&mut self, frame: &[i16]) {
        for (sum, sample) in self.samples[..self.length].iter_mut().zip(frame) {
            *sum += i32::from(*sample);
        }
    }

    pub fn subtract(&mut self, frame: &[i16]) {
        for (sum, sample) in self.samples[..self.length].iter_mut().zip(frame) {
            *sum -= i32::from(*sample);
        }
    }

    pub fn samples(&self) -> &[i32] {
        &self.samples[..self.length]
    }

    pub fn samples_mut(&mut self) -> &mut [i32] {
        &mut self.samples[..self.length]
    }
}

#[cfg(test)]
#[path = "mixer_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "mixer_golden/mod.rs"]
mod golden;
