//! Keeps a sum of voices within 16 bits by turning it down in time, never by clipping.
//!
//! It looks 5 ms ahead: the gain runs in straight lines from block to block, and at both ends of a block it is low enough
//! for the loudest sample of that block. Below full scale nothing changes but the delay.

use crate::codec::Band;

/// How far it looks ahead, which is also what it delays the sound by.
const BLOCK_MS: usize = 5;
const BLOCKS: usize = 20 / BLOCK_MS;
const MAX_BLOCK: usize = Band::Wide.samples(BLOCK_MS);
const MAX_FRAME: usize = Band::Wide.tick();
const UNITY: i64 = 1 << 16;
/// More bits of fraction, in which a gain steps from sample to sample without a division for each.
const STEP_BITS: u32 = 16;
/// The loudest that leaves: full scale.
const CEILING: i64 = i16::MAX as i64;
/// The gain comes back by 1/64 of what is missing in 5 ms: nine tenths in 0.7 s, too slow to be heard as pumping.
const RELEASE_SHIFT: u32 = 6;

#[derive(Debug, Clone)]
pub struct Limiter {
    /// The end of the frame before, not sent yet.
    held: [i32; MAX_BLOCK],
    /// The frame that `held` is the end of was within 16 bits.
    held_fits: bool,
    /// 16 bits of fraction, at the end of what was sent.
    gain: i64,
    block: usize,
}

/// True when all of them are within 16 bits.
fn fit(samples: &[i32]) -> bool {
    // An i32 xor its sign has the bits of its magnitude: this is done 4 at a time, where a maximum is not.
    samples.iter().fold(0, |bits, sample| bits | (sample ^ (sample >> 31))) <= i32::from(i16::MAX)
}

/// The highest gain that `samples` bear.
fn bearable(samples: &[i32]) -> i64 {
    let peak = samples.iter().fold(0u32, |peak, sample| peak.max(sample.unsigned_abs()));
    let peak = i64::from(peak);
    if peak <= CEILING { UNITY } else { CEILING * UNITY / peak }
}

fn turn_down(samples: &[i32], (from, to): (i64, i64), out: &mut [i16]) {
    let step = ((to - from) << STEP_BITS).div_euclid(samples.len() as i64);
    let mut gain = from << STEP_BITS;
    for (sample, out) in samples.iter().zip(out) {
        gain += step;
        *out = ((i64::from(*sample) * (gain >> STEP_BITS)) >> 16).clamp(-CEILING - 1, CEILING) as i16;
    }
}

impl Limiter {
    pub fn new(band: Band) -> Self {
        Self { held: [0; MAX_BLOCK], held_fits: true, gain: UNITY, block: band.samples(BLOCK_MS) }
    }

    /// Take in 20 ms of a sum and give out the 20 ms that began 5 ms earlier.
    pub fn limit(&mut self, sum: &[i32], out: &mut [i16]) {
        let block = self.block;
        debug_assert!(sum.len() == BLOCKS * block && out.len() == sum.len());
        let fits = fit(sum);
        let held_fits = std::mem::replace(&mut self.held_fits, fits);
        if fits && held_fits && self.gain == UNITY {
            self.pass(sum, out);
        } else {
            self.turn_frame_down(sum, out);
        }
        self.held[..block].copy_from_slice(&sum[sum.len() - block..]);
    }

    fn pass(&self, sum: &[i32], out: &mut [i16]) {
        let (first, rest) = out.split_at_mut(self.block);
        first.iter_mut().zip(&self.held).for_each(|(out, sample)| *out = *sample as i16);
        rest.iter_mut().zip(sum).for_each(|(out, sample)| *out = *sample as i16);
    }

    fn turn_frame_down(&mut self, sum: &[i32], out: &mut [i16]) {
        let block = self.block;
        let mut waiting = [0; MAX_BLOCK + MAX_FRAME];
        waiting[..block].copy_from_slice(&self.held[..block]);
        waiting[block..block + sum.len()].copy_from_slice(sum);
        let mut bears = bearable(&waiting[..block]);
        for at in 0..BLOCKS {
            let (now, next) = waiting[at * block..(at + 2) * block].split_at(block);
            let bears_next = bearable(next);
            let released = self.gain + ((UNITY - self.gain) >> RELEASE_SHIFT) + 1;
            let to = released.min(bears).min(bears_next).min(UNITY);
            turn_down(now, (self.gain, to), &mut out[at * block..(at + 1) * block]);
            (self.gain, bears) = (to, bears_next);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sine(hertz: f64, amplitude: f64, samples: usize) -> Vec<i32> {
        let at = |n: usize| (amplitude * (std::f64::consts::TAU * hertz * n as f64 / 8000.0).sin()).round() as i32;
        (0..samples).map(at).collect()
    }

    fn limited(sum: &[i32]) -> Vec<i16> {
        let mut limiter = Limiter::new(Band::Narrow);
        let mut out = vec![0; sum.len()];
        for (sum, out) in sum.chunks_exact(160).zip(out.chunks_exact_mut(160)) {
            limiter.limit(sum, out);
        }
        out
    }

    #[test]
    fn below_full_scale_nothing_changes_but_5_ms_of_delay() {
        let sum = sine(440.0, 32_700.0, 8000);
        let out = limited(&sum);
        assert!(sum.iter().zip(&out[40..]).all(|(before, after)| *before == i32::from(*after)));
    }

    #[test]
    fn a_sum_of_many_voices_keeps_its_shape_below_full_scale() {
        let sum = sine(440.0, 200_000.0, 16_000);
        let out = limited(&sum);
        // Once settled, what leaves is the sine itself, turned down: its best fit leaves next to nothing over.
        let (before, after) = (&sum[7_960..15_960], &out[8000..]);
        let dot: f64 = before.iter().zip(after).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
        let gain = dot / before.iter().map(|a| f64::from(*a).powi(2)).sum::<f64>();
        let rest: f64 = before.iter().zip(after).map(|(a, b)| (f64::from(*b) - gain * f64::from(*a)).powi(2)).sum();
        let power: f64 = after.iter().map(|b| f64::from(*b).powi(2)).sum();
        assert!(10.0 * (power / rest).log10() > 40.0, "{} dB", 10.0 * (power / rest).log10());
        assert!(after.iter().any(|sample| sample.unsigned_abs() > 30_000), "as loud as it may be");
    }

    #[test]
    fn the_gain_comes_back_slowly_and_wholly() {
        let sum = [sine(440.0, 200_000.0, 1600), sine(440.0, 10_000.0, 40_000)].concat();
        let out = limited(&sum);
        let peak = |range: std::ops::Range<usize>| out[range].iter().map(|s| s.unsigned_abs()).max().unwrap_or(0);
        assert!(
            peak(1800..1960) < 4000 && peak(12_000..12_160) > 8500,
            "{} {}",
            peak(1800..1960),
            peak(12_000..12_160)
        );
        assert_eq!(out[41_000..], sum[40_960..41_560].iter().map(|s| *s as i16).collect::<Vec<_>>());
    }

    proptest! {
        /// Whatever comes, the gain runs in straight lines: nothing was clipped.
        #[test]
        fn nothing_is_clipped(levels in proptest::collection::vec(0i32..1_048_576, 1..40), sign: u64) {
            let sum: Vec<i32> = levels
                .iter()
                .flat_map(|level| (0..80).map(move |n| if (sign >> (n % 64)) & 1 == 1 { *level } else { -level }))
                .collect();
            let sum = &sum[..sum.len() / 160 * 160];
            let out = limited(sum);
            let gain = |n: usize| f64::from(out[n + 40]) / f64::from(sum[n]);
            for n in 1..sum.len().saturating_sub(41) {
                let loud = sum[n - 1..=n + 1].iter().all(|sample| sample.abs() > 2000);
                if loud && n % 40 != 0 && (n + 1) % 40 != 0 {
                    // Within a block the gain is a straight line; clipping would bend it.
                    let bend = gain(n + 1) - 2.0 * gain(n) + gain(n - 1);
                    prop_assert!(bend.abs() < 0.003, "{bend} at {n}");
                    prop_assert!((0.0..1.001).contains(&gain(n)));
                }
            }
        }
    }
}
