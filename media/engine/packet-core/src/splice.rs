//! Joins sound to other sound without a step: where one breaks off and another begins, the difference fades out.

use crate::{MILLISECOND, Nanos};

/// After a pause so long the far end has let its last sound fade out by itself: what comes begins as it is.
const FORGOTTEN: Nanos = 60 * MILLISECOND;

/// A smaller step is no more than sound does between two samples.
const UNHEARD: i64 = 256;

/// The direction of the sound is led over within so many samples: a corner clicks as a step does, if softer.
const EASED: i64 = 16;
/// Steeper sound is so high that corners are nothing new in it, and going on in its direction would lead astray.
const STEEPEST: i32 = 2500;

/// How sound ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tail {
    last: i32,
    slope: i32,
}

impl Tail {
    pub fn of<S: Copy + Into<i32>>(sound: &[S]) -> Self {
        match *sound {
            [.., before, last] => Self { last: last.into(), slope: last.into() - before.into() },
            [last] => Self { last: last.into(), slope: 0 },
            [] => Self::default(),
        }
    }

    /// What this sound is bent by to go on from here; nothing of it is left at its end.
    fn lead_to<S: Copy + Into<i32>>(self, sound: &[S]) -> Bend {
        let slope = |steep: i32| steep.clamp(-STEEPEST, STEEPEST);
        let first = sound.first().map_or(0, |first| (*first).into());
        let next = sound.get(1).map_or(first, |next| (*next).into());
        let turn = i64::from(slope(self.slope)) - i64::from(slope(next - first));
        let offset = i64::from(self.last) + i64::from(slope(self.slope)) - i64::from(first);
        Bend { offset, turn, length: sound.len() as i64 }
    }
}

/// A straight slope that takes away the step, and on it a curve that takes away the corner.
struct Bend {
    offset: i64,
    turn: i64,
    length: i64,
}

impl Bend {
    fn is_heard(&self) -> bool {
        self.offset.abs().max(self.turn.abs()) >= UNHEARD
    }

    fn at(&self, at: i64) -> i64 {
        let left = (EASED - at).max(0);
        self.offset * (self.length - at) / self.length + self.turn * at * left * left / (EASED * EASED)
    }
}

/// Where the sound left off.
#[derive(Debug, Clone, Copy, Default)]
pub struct Splice {
    tail: Tail,
    /// None before the first sound.
    at: Option<Nanos>,
}

impl Splice {
    /// Sound that ended so was sent at `now`.
    pub fn leave(&mut self, tail: Tail, now: Nanos) {
        (self.tail, self.at) = (tail, Some(now));
    }

    /// Bend the beginning of `sound` so that it goes on from the last sample; what it is bent by is gone at its end.
    pub fn join(&self, sound: &mut [i16], now: Nanos) {
        if self.at.is_none_or(|at| now.saturating_sub(at) >= FORGOTTEN) {
            return;
        }
        let bend = self.tail.lead_to(sound);
        if !bend.is_heard() {
            return;
        }
        for (at, sample) in (0..).zip(sound) {
            let bent = i64::from(*sample) + bend.at(at);
            *sample = bent.clamp(i64::from(i16::MIN), i64::from(i16::MAX)) as i16;
        }
    }
}

/// The same for a sum that may exceed 16 bits.
pub fn join_sum(tail: Tail, sum: &mut [i32]) {
    let bend = tail.lead_to(sum);
    for (at, sample) in (0..).zip(sum) {
        *sample += bend.at(at) as i32;
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
        splice.leave(Tail::of(&[8000i16]), 0);
        let mut sound = [-8000; 160];
        splice.join(&mut sound, 20 * MILLISECOND);
        assert_eq!(sound[0], 8000);
        assert!(sound.windows(2).all(|pair| (0..=101).contains(&(pair[0] - pair[1]))));
        assert!((-8000..=-7900).contains(&sound[159]));
    }

    #[test]
    fn what_comes_after_a_pause_is_left_as_it_is() {
        let mut splice = Splice::default();
        splice.leave(Tail::of(&[8000i16]), 0);
        let mut sound = [3000; 160];
        splice.join(&mut sound, 80 * MILLISECOND);
        assert_eq!(sound, [3000; 160]);
    }

    #[test]
    fn sums_of_more_than_16_bits_are_joined_too() {
        let mut sum = [-100_000; 320];
        join_sum(Tail::of(&[100_000, 100_000]), &mut sum);
        assert_eq!(sum[0], 100_000);
        assert!(sum.windows(2).all(|pair| pair[0] - pair[1] <= 626));
    }

    #[test]
    fn a_steep_sum_that_turns_does_so_in_a_curve() {
        for (from, to) in [(2000, 0), (2000, -1500), (-2000, 500)] {
            let before = [-from, 0];
            let mut sum: Vec<i32> = (0..160).map(|n| 700 + to * n).collect();
            join_sum(Tail::of(&before), &mut sum);
            let joined = [&before[..], &sum].concat();
            let corner = joined.windows(3).map(|three| (three[0] - 2 * three[1] + three[2]).abs()).max();
            assert!(corner <= Some((to - from).abs() / 4 + 20), "{from} to {to}: {corner:?}");
            assert!((sum[159] - 700 - to * 159).abs() < 20);
        }
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
