//! How a mix sounds, kept as a file that can be listened to: a voice and two tones, all three quiet, then at full scale, then
//! quiet again.

use super::Sum;
use crate::codec::{Band, sound};
use crate::limiter::Limiter;

const FILE: &str = "src/mixer_golden/mix.wav";
/// Samples of a third: 300 ms.
const PART: usize = 2400;
/// By which the limiter delays.
const DELAY: usize = 40;
const FULL_SCALE: f64 = 32_767.0;
/// Of full scale, before and after.
const QUIET: f64 = 0.1;

/// The three as they are said.
fn sources() -> [Vec<i16>; 3] {
    let voice = sound::speech(8000, 300);
    let peak = voice.iter().map(|sample| f64::from(*sample).abs()).fold(1.0, f64::max);
    let voice: Vec<f64> = voice.iter().map(|sample| f64::from(*sample) / peak).collect();
    let tone = |hertz| sound::sine(8000, hertz, FULL_SCALE, 3 * PART).into_iter().map(|s| f64::from(s) / FULL_SCALE);
    let voices: [Vec<f64>; 3] = [[&voice[..]; 3].concat(), tone(440.0).collect(), tone(1250.0).collect()];
    let level = |at: usize| FULL_SCALE * if at / PART == 1 { 1.0 } else { QUIET };
    voices.map(|voice| voice.iter().enumerate().map(|(at, sample)| (level(at) * sample).round() as i16).collect())
}

/// Their sum in 32 bits, and what is heard of it.
fn mixed(sources: &[Vec<i16>]) -> (Vec<i32>, Vec<i16>) {
    let (mut limiter, mut sum) = (Limiter::new(Band::Narrow), Sum::new(Band::Narrow));
    let (mut sums, mut heard) = (Vec::new(), vec![0; 3 * PART]);
    for (at, out) in heard.chunks_exact_mut(Band::Narrow.tick()).enumerate() {
        sum.begin(Band::Narrow);
        sources.iter().for_each(|source| sum.add(&source[at * out.len()..(at + 1) * out.len()]));
        limiter.limit(sum.samples(), out);
        sums.extend_from_slice(sum.samples());
    }
    (sums, heard)
}

#[test]
fn a_mix_sounds_as_it_did_when_somebody_listened() {
    let (_, heard) = mixed(&sources());
    crate::golden::compare(FILE, &heard);
}

#[test]
fn a_mix_beyond_full_scale_is_turned_down_and_a_quiet_one_is_left_alone() {
    let (sums, heard) = mixed(&sources());
    let loud = PART..2 * PART;
    let peak = sums[loud.clone()].iter().map(|sum| sum.abs()).max();
    assert!(peak > Some(60_000), "twice full scale: {peak:?}");
    // Clipping is a flat top: samples that differ in the sum are the same at its ceiling.
    let is_clipped = |at: &usize| heard[*at].unsigned_abs() >= 32_766 && heard[*at] == heard[*at + 1];
    assert_eq!(loud.clone().filter(is_clipped).count(), 0);
    let loudest = heard[loud].iter().map(|sample| sample.unsigned_abs()).max();
    assert!(loudest > Some(31_000), "as loud as it may be: {loudest:?}");
    // Until 5 ms before the first loud sample, which the limiter sees coming, nothing is changed but the time.
    assert!((DELAY..PART - DELAY).all(|at| i32::from(heard[at]) == sums[at - DELAY]));
    // Afterwards the sum comes back, softer at first and as it is, never louder.
    let after = 2 * PART + 2 * DELAY..3 * PART;
    assert!(after.clone().all(|at| i32::from(heard[at]).abs() <= sums[at - DELAY].abs() + 1));
    let least =
        after.filter(|at| sums[at - DELAY].abs() > 3000).map(|at| f64::from(heard[at]) / f64::from(sums[at - DELAY]));
    let gains: Vec<f64> = least.collect();
    assert!(gains[0] < 0.6 && gains[gains.len() - 1] > 0.7, "{} to {}", gains[0], gains[gains.len() - 1]);
}
