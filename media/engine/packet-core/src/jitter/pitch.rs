//! Looks for the period of a voice: by what lag sound resembles itself most.

use crate::codec::Band;

/// The deepest voices: 66 Hz (ITU-T G.711 Appendix I searches the same).
pub const LONGEST_PERIOD_MS: usize = 15;
/// What is compared in the search before a loss.
pub const COMPARED_MS: usize = 20;
/// 200 Hz: shorter periods are repeated two or three at a time, which sounds less like a buzz (G.711 Appendix I).
const SHORTEST_FOR_REPETITION_MS: usize = 5;
/// Sums of products of samples of so many bits stay within 32 bits, 320 of them (8 bits: 28 with the square).
const SAMPLE_BITS: u32 = 11;
const MAX_SAMPLES: usize = 2 * 16 * (LONGEST_PERIOD_MS + COMPARED_MS);

/// A lag in samples and how alike sound is at it: 1 the same, 0 nothing in common.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Likeness {
    pub lag: usize,
    pub degree: f32,
}

/// Samples scaled down to [`SAMPLE_BITS`], so that they are multiplied fast.
struct Scaled {
    samples: [i16; MAX_SAMPLES],
    length: usize,
}

impl Scaled {
    fn new(sound: &[i16]) -> Self {
        let sound = &sound[..sound.len().min(MAX_SAMPLES)];
        let peak = sound.iter().map(|sample| sample.unsigned_abs()).max().unwrap_or(0);
        let shift = (u16::BITS - peak.leading_zeros()).saturating_sub(SAMPLE_BITS);
        let mut samples = [0; MAX_SAMPLES];
        for (scaled, sample) in samples.iter_mut().zip(sound) {
            *scaled = sample >> shift;
        }
        Self { samples, length: sound.len() }
    }

    fn get(&self) -> &[i16] {
        &self.samples[..self.length]
    }
}

fn product(one: &[i16], other: &[i16]) -> i32 {
    one.iter().zip(other).map(|(a, b)| i32::from(*a) * i32::from(*b)).sum()
}

fn degree(one: &[i16], other: &[i16]) -> f32 {
    let energy = product(one, one) as f32 * product(other, other) as f32;
    if energy > 0.0 { product(one, other) as f32 / energy.sqrt() } else { 0.0 }
}

/// The likest lag of `lags`, tried each `step` samples and then one by one around the best.
fn likest(lags: std::ops::RangeInclusive<usize>, step: usize, degree_at: impl Fn(usize) -> f32) -> Likeness {
    let best = |from: usize, to: usize, step: usize| {
        let all = (from..=to).step_by(step).map(|lag| Likeness { lag, degree: degree_at(lag) });
        all.fold(
            Likeness { lag: from, degree: -1.0 },
            |best, other| if other.degree > best.degree { other } else { best },
        )
    };
    let (first, last) = lags.into_inner();
    let coarse = best(first, last, step);
    if step == 1 {
        coarse
    } else {
        best(coarse.lag.saturating_sub(step - 1).max(first), (coarse.lag + step - 1).min(last), 1)
    }
}

/// The period with which to go on after `history`, of which the last 35 ms are looked at.
pub fn period_of(history: &[i16], band: Band) -> Likeness {
    let (compared, longest) = (band.samples(COMPARED_MS), band.samples(LONGEST_PERIOD_MS));
    let from = history.len().saturating_sub(compared + longest);
    let scaled = Scaled::new(&history[from..]);
    let sound = scaled.get();
    if sound.len() < compared + longest {
        return Likeness { lag: longest, degree: 0.0 };
    }
    let newest = &sound[longest..];
    let step = band.samples(1) / 4; // 4 kHz are enough for a first look
    likest(band.samples(SHORTEST_FOR_REPETITION_MS)..=longest, step, |lag| {
        degree(newest, &sound[longest - lag..sound.len() - lag])
    })
}

/// The lag by which the sound around `at` can be shortened or lengthened best: what is compared are the very pieces that
/// would be laid over each other, from `first(lag)` and `second(lag)` on.
pub fn splice(
    sound: &[i16],
    lags: std::ops::RangeInclusive<usize>,
    step: usize,
    pieces: impl Fn(usize) -> (usize, usize),
) -> Likeness {
    let scaled = Scaled::new(sound);
    let sound = scaled.get();
    likest(lags, step, |lag| {
        let (one, other) = pieces(lag);
        degree(&sound[one..one + lag], &sound[other..other + lag])
    })
}
