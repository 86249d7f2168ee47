//! Sound between 8 and 16 kHz in the packet path, 20 ms at a time, and whole files from any rate.
//!
//! The filters are rubato's: a windowed sinc, applied by fast Fourier transform.

use crate::codec::Band;
use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{Fft, FixedSync, Resampler, WindowFunction};

/// Blocks of the transform in 20 ms. More blocks mean less delay and a wider slope between what passes and what does not:
/// with two, 5 ms, and with this window all of a telephone's band still passes.
const BLOCKS: usize = 2;

/// How much later sound comes out of [`Up`] or [`Down`]: half a block.
pub const DELAY_MICROSECONDS: u32 = 5000;

/// Blocks of a file, in samples: delay is taken off, so only the slope counts.
const CLIP_BLOCK: usize = 1024;

const NARROW: usize = Band::Narrow.tick();
const WIDE: usize = Band::Wide.tick();

/// From 8 to 16 kHz.
#[derive(Debug)]
pub struct Up(Doubling<NARROW, WIDE>);

/// From 16 to 8 kHz.
#[derive(Debug)]
pub struct Down(Doubling<WIDE, NARROW>);

/// 20 ms of `IN` samples become 20 ms of `OUT` samples.
#[derive(Debug)]
struct Doubling<const IN: usize, const OUT: usize> {
    filter: Fft<f32>,
    given: [f32; IN],
    made: [f32; OUT],
}

impl<const IN: usize, const OUT: usize> Doubling<IN, OUT> {
    /// None when memory is out: the sizes are right.
    fn new() -> Option<Self> {
        let window = WindowFunction::Blackman;
        let filter = Fft::new_custom(IN, OUT, IN, BLOCKS, 1, window, FixedSync::Input).ok()?;
        Some(Self { filter, given: [0.0; IN], made: [0.0; OUT] })
    }

    fn run(&mut self, frame: &[i16; IN], out: &mut [i16; OUT]) {
        for (sample, given) in frame.iter().zip(&mut self.given) {
            *given = f32::from(*sample);
        }
        let given = InterleavedSlice::new(&self.given[..], 1, IN);
        let made = InterleavedSlice::new_mut(&mut self.made[..], 1, OUT);
        if let (Ok(given), Ok(mut made)) = (given, made) {
            // Both buffers are of the filter's size, so it has nothing to refuse.
            let _ = self.filter.process_into_buffer(&given, &mut made, None);
        }
        for (sample, made) in out.iter_mut().zip(&self.made) {
            *sample = rounded(*made);
        }
    }
}

/// Saturates.
fn rounded(sample: f32) -> i16 {
    sample.round_ties_even() as i16
}

impl Up {
    /// None when memory is out.
    pub fn new() -> Option<Self> {
        Doubling::new().map(Self)
    }

    /// The next 20 ms, [`DELAY_MICROSECONDS`] late.
    pub fn run(&mut self, narrow: &[i16; NARROW], wide: &mut [i16; WIDE]) {
        self.0.run(narrow, wide);
    }
}

impl Down {
    /// None when memory is out.
    pub fn new() -> Option<Self> {
        Doubling::new().map(Self)
    }

    /// The next 20 ms, [`DELAY_MICROSECONDS`] late.
    pub fn run(&mut self, wide: &[i16; WIDE], narrow: &mut [i16; NARROW]) {
        self.0.run(wide, narrow);
    }
}

/// All of a file's samples at another rate, without delay; None for a rate of 0 Hz. Allocates.
pub fn resample_clip(samples: &[i16], from_hz: u32, to_hz: u32) -> Option<Vec<i16>> {
    if from_hz == to_hz {
        return Some(samples.to_vec());
    }
    let mut filter = Fft::<f32>::new(from_hz as usize, to_hz as usize, CLIP_BLOCK, 1, FixedSync::Input).ok()?;
    let given: Vec<f32> = samples.iter().copied().map(f32::from).collect();
    let mut made = vec![0.0; filter.process_all_needed_output_len(given.len())];
    let length = made.len();
    let given = InterleavedSlice::new(&given[..], 1, samples.len()).ok()?;
    let mut places = InterleavedSlice::new_mut(&mut made[..], 1, length).ok()?;
    let (_, produced) = filter.process_all_into_buffer(&given, &mut places, samples.len(), None).ok()?;
    Some(made[..produced].iter().copied().map(rounded).collect())
}

#[cfg(test)]
#[path = "resample_tests.rs"]
mod tests;
