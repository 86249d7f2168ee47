//! DTMF in the sound (ITU-T Q.23, received as Q.24 asks).
//!
//! Windows of 20 ms every 10 ms. A digit is three windows one after the other in which its two tones have nearly all
//! energy, at the right frequencies (told by how the phases go on), in balance and at a steady level.

use super::tone::{BIN_HERTZ, Line, Probe, purity, weigh};
use super::{FRAME, Pieces};
use std::f32::consts::TAU;
use std::sync::LazyLock;

const LOW_HERTZ: [f32; 4] = [697.0, 770.0, 852.0, 941.0];
const HIGH_HERTZ: [f32; 4] = [1209.0, 1336.0, 1477.0, 1633.0];
const KEYS: [[char; 4]; 4] = [['1', '2', '3', 'A'], ['4', '5', '6', 'B'], ['7', '8', '9', 'C'], ['*', '0', '#', 'D']];

const HOP: usize = FRAME / 2;
const HOP_MILLISECONDS: u32 = 10;
const HOP_SECONDS: f32 = 0.01;
/// Three windows span 40 ms, the least that Q.24 has every receiver accept; 24 ms and less never make three.
const WINDOWS_TO_ACCEPT: u32 = 3;
/// Windows without the digit that end it: a break of 10 ms does not (Q.24), one of 40 ms does.
const MISSES_TO_END: u32 = 2;
/// Between the 1.5 % that must be accepted and the 3.5 % that must not.
const FREQUENCY_TOLERANCE: f32 = 0.024;
/// Q.24 (AT&T): the high tone up to 4 dB over and 8 dB under the low one, and a margin for what is measured.
const HIGH_OVER_LOW_DB: f32 = 5.0;
const LOW_OVER_HIGH_DB: f32 = 9.5;
/// The weaker tone: -25 dBm0 must be accepted (a sine of full scale is +3.17 dBm0), -35 dBm0 is cross-talk.
const WEAKEST_DBM0: f32 = -31.0;
const FULL_SCALE_DBM0: f32 = 3.17;
/// What the two tones must have of all energy; noise 15 dB below leaves 0.97, speech and music rarely half.
const PURITY: f32 = 0.78;
/// Two of the windows must be so good; the one at either edge of a tone is worse, and voices rarely have two.
const CLEAN: f32 = 0.85;
const CLEAN_TO_ACCEPT: u32 = 2;
/// A window at the edge of a tone has less of it.
const LEVEL_STEADY: f32 = 0.56;

static LOW: LazyLock<[Probe; 4]> = LazyLock::new(|| LOW_HERTZ.map(Probe::new));
static HIGH: LazyLock<[Probe; 4]> = LazyLock::new(|| HIGH_HERTZ.map(Probe::new));

/// One key press that has ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HeardDigit {
    pub digit: char,
    pub milliseconds: u32,
    pub confidence: f64,
}

/// The lines of one group in a window.
#[derive(Debug, Clone, Copy, Default)]
struct Group {
    lines: [Line; 4],
    strongest: usize,
}

impl Group {
    fn new(probes: &[Probe; 4], weighed: &[f32; FRAME]) -> Self {
        let lines = probes.map(|probe| probe.line(weighed));
        let strongest = (0..4).max_by(|a, b| lines[*a].power().total_cmp(&lines[*b].power())).unwrap_or(0);
        Self { lines, strongest }
    }

    fn line(&self) -> Line {
        self.lines[self.strongest]
    }

    /// How far the tone lies beside its frequency, in hertz, by what its phase did since the window before.
    fn beside(&self, before: &Self, hertz: &[f32; 4]) -> f32 {
        let expected = TAU * hertz[self.strongest] * HOP_SECONDS;
        let turned = self.line().phase() - before.lines[self.strongest].phase() - expected;
        (turned - TAU * (turned / TAU).round()) / (TAU * HOP_SECONDS)
    }
}

/// A window that is one digit.
#[derive(Debug, Clone, Copy)]
struct Hit {
    digit: char,
    power: f32,
    quality: f32,
}

/// The digit that seems to sound.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    digit: char,
    windows: u32,
    clean: u32,
    misses: u32,
    strongest: f32,
    quality: f32,
    accepted: bool,
}

#[derive(Debug, Default)]
pub struct DigitDetector {
    pieces: Pieces<HOP>,
    before: Option<[i16; HOP]>,
    groups: Option<(Group, Group)>,
    candidate: Option<Candidate>,
}

impl DigitDetector {
    /// Tell `found` of every digit that ends in `samples`.
    pub fn feed(&mut self, mut samples: &[i16], mut found: impl FnMut(HeardDigit)) {
        while let Some(piece) = self.pieces.take(&mut samples) {
            if let Some(before) = self.before.replace(piece) {
                let mut window = [0; FRAME];
                window[..HOP].copy_from_slice(&before);
                window[HOP..].copy_from_slice(&piece);
                let hit = self.judge(&window);
                if let Some(digit) = self.follow(hit) {
                    found(digit);
                }
            }
        }
    }

    fn judge(&mut self, window: &[i16; FRAME]) -> Option<Hit> {
        let (weighed, energy) = weigh(window);
        // Nothing so quiet is a digit; most windows of most calls end here.
        if energy < energy_of(WEAKEST_DBM0) {
            self.groups = None;
            return None;
        }
        let (low, high) = (Group::new(&LOW, &weighed), Group::new(&HIGH, &weighed));
        let before = self.groups.replace((low, high));
        let beside = before.map(|(before_low, before_high)| {
            (low.beside(&before_low, &LOW_HERTZ), high.beside(&before_high, &HIGH_HERTZ))
        });
        let (low_beside, high_beside) = beside.unwrap_or_default();
        let low_share = purity(low.line(), low_beside / BIN_HERTZ, energy);
        let high_share = purity(high.line(), high_beside / BIN_HERTZ, energy);
        let pure = low_share + high_share;
        let balance = 10.0 * (high_share / low_share.max(1e-9)).max(1e-9).log10();
        let weaker = energy * low_share.min(high_share);
        let deviation =
            (low_beside / LOW_HERTZ[low.strongest]).abs().max((high_beside / HIGH_HERTZ[high.strongest]).abs());
        let fits = pure >= PURITY
            && (-LOW_OVER_HIGH_DB..=HIGH_OVER_LOW_DB).contains(&balance)
            && weaker >= energy_of(WEAKEST_DBM0)
            && self.follows_phase(deviation, low, high);
        fits.then(|| Hit {
            digit: KEYS[low.strongest][high.strongest],
            power: energy * pure,
            quality: super::share(pure, PURITY - 0.1, 0.96) * (1.0 - 0.5 * super::share(deviation, 0.01, 0.03)),
        })
    }

    /// The first window of a digit has no phase to compare with: what was there before was another sound.
    fn follows_phase(&self, deviation: f32, low: Group, high: Group) -> bool {
        let digit = KEYS[low.strongest][high.strongest];
        let goes_on = self.candidate.is_some_and(|candidate| candidate.digit == digit && candidate.misses == 0);
        !goes_on || deviation <= FREQUENCY_TOLERANCE
    }

    fn follow(&mut self, hit: Option<Hit>) -> Option<HeardDigit> {
        let Some(candidate) = self.candidate.as_mut() else {
            self.candidate = hit.map(Candidate::new);
            return None;
        };
        match hit {
            Some(hit) if hit.digit == candidate.digit => {
                candidate.take(hit);
                None
            }
            Some(hit) => {
                let ended = candidate.ended();
                self.candidate = Some(Candidate::new(hit));
                ended
            }
            None => {
                candidate.misses += 1;
                if candidate.accepted && candidate.misses < MISSES_TO_END {
                    return None;
                }
                let ended = candidate.ended();
                self.candidate = None;
                ended
            }
        }
    }
}

impl Candidate {
    fn new(hit: Hit) -> Self {
        Self {
            digit: hit.digit,
            windows: 1,
            clean: u32::from(hit.quality >= CLEAN),
            misses: 0,
            strongest: hit.power,
            quality: hit.quality,
            accepted: false,
        }
    }

    fn take(&mut self, hit: Hit) {
        if !self.accepted && hit.power * LEVEL_STEADY > self.strongest {
            // What came before was the tone's edge.
            *self = Self::new(hit);
            return;
        }
        if hit.power < self.strongest * LEVEL_STEADY {
            return;
        }
        self.strongest = self.strongest.max(hit.power);
        self.windows += 1 + self.misses;
        self.misses = 0;
        self.quality += (hit.quality - self.quality) / self.windows as f32;
        self.clean += u32::from(hit.quality >= CLEAN);
        self.accepted |= self.windows >= WINDOWS_TO_ACCEPT && self.clean >= CLEAN_TO_ACCEPT;
    }

    fn ended(&self) -> Option<HeardDigit> {
        self.accepted.then(|| HeardDigit {
            digit: self.digit,
            milliseconds: (self.windows + 1) * HOP_MILLISECONDS,
            confidence: f64::from(self.quality.clamp(0.0, 1.0)),
        })
    }
}

/// The weighted energy of a window that holds one tone of this level.
fn energy_of(dbm0: f32) -> f32 {
    let amplitude = 32_767.0 * 10f32.powf((dbm0 - FULL_SCALE_DBM0) / 20.0);
    amplitude * amplitude / 2.0 * super::tone::WINDOW_POWER
}

#[cfg(test)]
#[path = "digits_tests.rs"]
mod tests;
