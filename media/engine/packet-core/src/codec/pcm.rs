//! Sound between codecs: 16-bit samples at one of two rates, in buffers of a fixed size.

/// The decode path moves sound by so much at a time.
pub const TICK_MS: usize = 20;

/// The longest payload that is decoded: 120 ms, the most that an Opus packet holds (RFC 6716 3.2.5).
pub const MAX_FRAME_MS: usize = 120;

/// Samples of the longest payload in the wider band.
pub const MAX_SAMPLES: usize = MAX_FRAME_MS * 16;

/// How often sound is sampled: everything is decoded to one of these two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Band {
    /// 8 kHz: what a telephone line carries.
    Narrow,
    /// 16 kHz: G.722 and Opus.
    Wide,
}

impl Band {
    /// Samples per second.
    pub const fn hertz(self) -> u32 {
        match self {
            Self::Narrow => 8000,
            Self::Wide => 16_000,
        }
    }

    pub const fn samples(self, milliseconds: usize) -> usize {
        milliseconds * self.hertz() as usize / 1000
    }

    /// Samples of 20 ms.
    pub const fn tick(self) -> usize {
        self.samples(TICK_MS)
    }
}

/// The sound of one payload: up to 120 ms at 16 kHz, and its length. Derefs to its samples.
#[derive(Clone)]
pub struct Pcm {
    samples: [i16; MAX_SAMPLES],
    length: usize,
}

impl Default for Pcm {
    fn default() -> Self {
        Self { samples: [0; MAX_SAMPLES], length: 0 }
    }
}

impl std::fmt::Debug for Pcm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Pcm({} samples)", self.length)
    }
}

impl std::ops::Deref for Pcm {
    type Target = [i16];

    fn deref(&self) -> &[i16] {
        &self.samples[..self.length]
    }
}

impl std::ops::DerefMut for Pcm {
    fn deref_mut(&mut self) -> &mut [i16] {
        &mut self.samples[..self.length]
    }
}

impl Pcm {
    pub fn clear(&mut self) {
        self.length = 0;
    }

    /// Append what still fits.
    pub fn extend(&mut self, samples: impl IntoIterator<Item = i16>) {
        for (place, sample) in self.samples[self.length..].iter_mut().zip(samples) {
            *place = sample;
            self.length += 1;
        }
    }

    /// Exactly `length` samples (at most the capacity), for a decoder to fill: what they were before is not erased.
    pub fn resize(&mut self, length: usize) -> &mut [i16] {
        self.length = length.min(MAX_SAMPLES);
        &mut self.samples[..self.length]
    }

    /// All places, for a decoder that says only afterwards how many it filled (then [`Pcm::resize`]).
    pub fn places(&mut self) -> &mut [i16; MAX_SAMPLES] {
        &mut self.samples
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_than_120_ms_does_not_fit() {
        let mut pcm = Pcm::default();
        pcm.extend(std::iter::repeat_n(7, MAX_SAMPLES - 1));
        pcm.extend([8, 9]);
        assert_eq!((pcm.len(), pcm[MAX_SAMPLES - 1]), (MAX_SAMPLES, 8));
        assert_eq!(pcm.resize(usize::MAX).len(), MAX_SAMPLES);
    }

    #[test]
    fn bands_count_their_samples() {
        assert_eq!((Band::Narrow.tick(), Band::Wide.tick()), (160, 320));
        assert_eq!(Band::Wide.samples(MAX_FRAME_MS), MAX_SAMPLES);
    }
}
