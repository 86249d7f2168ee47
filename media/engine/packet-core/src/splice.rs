//! Joins sound to other sound without a step: where one breaks off and another begins, the difference fades out.

use crate::{MILLISECOND, Nanos};

/// After a pause so long the far end has let its last sound fade out by itself: what comes begins as it is.
const FORGOTTEN: Nanos = 60 * MILLISECOND;

/// A smaller step is no more than sound does between two samples.
const UNHEARD: i32 = 256;

/// Where the sound left off.
#[derive(Debug, Clone, Copy, Default)]
pub struct Splice {
    sample: i16,
    /// None before the first sound.
    at: Option<Nanos>,
}

impl Splice {
    /// Sound that ended with `sample` was sent at `now`.
    pub fn leave(&mut self, sample: i16, now: Nanos) {
        (self.sample, self.at) = (sample, Some(now));
    }

    /// Bend the beginning of `sound` so that it goes on from the last sample; what it is bent by is gone at its end.
    pub fn join(&self, sound: &mut [i16], now: Nanos) {
        let Some(first) = sound.first().copied() else { return };
        if self.at.is_none_or(|at| now.saturating_sub(at) >= FORGOTTEN) {
            return;
        }
        let offset = i32::from(self.sample) - i32::from(first);
        if offset.abs() < UNHEARD {
            return;
        }
        let length = sound.len() as i32;
        for (left, sample) in (1..=length).rev().zip(sound) {
            let bent = i32::from(*sample) + offset * left / length;
            *sample = bent.clamp(i32::from(i16::MIN), i32::from(i16::MAX)) as i16;
        }
    }
}

/// The same for a sum that may exceed 16 bits: `last` is the sample before `sum`.
pub fn join_sum(last: i32, sum: &mut [i32]) {
    let Some(first) = sum.first().copied() else { return };
    let (offset, length) = (i64::from(last - first), sum.len() as i64);
    for (left, sample) in (1..=length).rev().zip(sum) {
        *sample += (offset * left / length) as i32;
    }
}

/// Let a sum that follows on silence rise from it in a straight line. Bending its first sample alone to 0 would leave a corner
/// as sharp as the sum is steep.
pub fn begin_sum(sum: &mut [i32]) {
    let length = sum.len() as i64;
    for (at, sample) in (0..length).zip(sum) {
        *sample = (i64::from(*sample) * at / length) as i32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_becomes_a_slope_that_ends_with_the_frame() {
        let mut splice = Splice::default();
        splice.leave(8000, 0);
        let mut sound = [-8000; 160];
        splice.join(&mut sound, 20 * MILLISECOND);
        assert_eq!(sound[0], 8000);
        assert!(sound.windows(2).all(|pair| (0..=101).contains(&(pair[0] - pair[1]))));
        assert!((-8000..=-7900).contains(&sound[159]));
    }

    #[test]
    fn what_comes_after_a_pause_is_left_as_it_is() {
        let mut splice = Splice::default();
        splice.leave(8000, 0);
        let mut sound = [3000; 160];
        splice.join(&mut sound, 80 * MILLISECOND);
        assert_eq!(sound, [3000; 160]);
    }

    #[test]
    fn sums_of_more_than_16_bits_are_joined_too() {
        let mut sum = [-100_000; 320];
        join_sum(100_000, &mut sum);
        assert_eq!(sum[0], 100_000);
        assert!(sum.windows(2).all(|pair| pair[0] - pair[1] <= 626));
    }

    #[test]
    fn a_steep_sum_leaves_silence_without_a_corner() {
        let sine = |n: usize| (12_000.0 * (std::f64::consts::TAU * 200.0 * n as f64 / 8000.0).sin()) as i32;
        let mut sum: Vec<i32> = (0..160).map(sine).collect();
        begin_sum(&mut sum[..40]);
        let joined = [vec![0; 40], sum].concat();
        let corner = joined.windows(3).map(|three| (three[0] - 2 * three[1] + three[2]).abs()).max();
        assert!(corner < Some(700), "1880 where it begins as it is, 300 in the sine itself: {corner:?}");
        assert!((40..160).all(|n| joined[40 + n] == sine(n)));
    }
}
