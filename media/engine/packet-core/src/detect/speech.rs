//! Whether somebody speaks: energy over a noise floor that adapts, and voices' periodicity.

use super::tone;
use super::{FRAME, FRAME_MILLISECONDS, Pieces, level_dbov, share};

/// Voices are looked for below 1 kHz: samples are taken together in fours.
const THIN: usize = 4;
const THIN_FRAME: usize = FRAME / THIN;
const THIN_WINDOW: usize = 2 * THIN_FRAME;
/// Pitches of 60 to 400 Hz, in samples of 2 kHz.
const SHORTEST_LAG: usize = 5;
const LONGEST_LAG: usize = 33;

/// The floor is the least of the last 1.5 s, kept in pieces of 300 ms.
const FLOOR_PIECES: usize = 5;
const FLOOR_FRAMES: u32 = 15;
/// Before the floor is known, noise is taken to be no louder than this (dBov).
const LOUDEST_UNKNOWN_FLOOR: f32 = -46.0;
/// A talker is never quieter than this in a telephone (dBov); what is may be cross-talk.
const QUIETEST_SPEECH: f32 = -52.0;
const VOICED: f32 = 0.55;
const VOICED_OVER_FLOOR_DB: f32 = 5.0;
const LOUD_OVER_FLOOR_DB: f32 = 11.0;
/// A breath or an s counts as speech only so near to a voiced sound.
const UNVOICED_FRAMES: u32 = 6;
/// One tone has all energy: a signal, nobody's voice.
pub const TONE_PURITY: f32 = 0.85;

/// Of the last frames, how many must be speech for it to have begun; a click is shorter.
const START_WINDOW: u32 = 5;
const START_FRAMES: u32 = 3;

/// What one frame of 20 ms is.
#[derive(Debug, Clone, Copy, Default)]
pub struct Judged {
    pub level_dbov: f32,
    pub over_floor_db: f32,
    pub voiced: f32,
    pub speech: bool,
    /// The frequency of a frame that is one tone.
    pub tone: Option<f32>,
}

/// Tells speech from noise and tones, frame by frame.
#[derive(Debug)]
pub struct VoiceJudge {
    floors: [f32; FLOOR_PIECES],
    floor_frames: u32,
    thin: [f32; THIN_WINDOW],
    since_voiced: u32,
}

impl Default for VoiceJudge {
    fn default() -> Self {
        Self {
            floors: [LOUDEST_UNKNOWN_FLOOR; FLOOR_PIECES],
            floor_frames: 0,
            thin: [0.0; THIN_WINDOW],
            since_voiced: UNVOICED_FRAMES,
        }
    }
}

impl VoiceJudge {
    pub fn judge(&mut self, frame: &[i16; FRAME]) -> Judged {
        let level = level_dbov(frame);
        self.thin.copy_within(THIN_FRAME.., 0);
        for (thin, four) in self.thin[THIN_FRAME..].iter_mut().zip(frame.chunks_exact(THIN)) {
            *thin = four.iter().map(|sample| f32::from(*sample)).sum::<f32>() / THIN as f32;
        }
        if level < QUIETEST_SPEECH {
            self.follow_floor(level);
            self.since_voiced = self.since_voiced.saturating_add(1);
            return Judged { level_dbov: level, ..Judged::default() };
        }
        let over_floor = level - self.floor();
        let voiced = periodicity(&self.thin);
        let found =
            if voiced >= VOICED { tone::strongest(frame).filter(|tone| tone.purity >= TONE_PURITY) } else { None };
        let vowel = found.is_none() && voiced >= VOICED && over_floor >= VOICED_OVER_FLOOR_DB;
        self.since_voiced = if vowel { 0 } else { self.since_voiced.saturating_add(1) };
        let consonant = over_floor >= LOUD_OVER_FLOOR_DB && self.since_voiced <= UNVOICED_FRAMES && found.is_none();
        self.follow_floor(level);
        Judged {
            level_dbov: level,
            over_floor_db: over_floor,
            voiced,
            speech: vowel || consonant,
            tone: found.map(|tone| tone.hertz),
        }
    }

    pub fn floor(&self) -> f32 {
        self.floors.iter().copied().fold(0.0, f32::min)
    }

    fn follow_floor(&mut self, level: f32) {
        // Silence made by a machine says nothing of the noise that comes with a voice.
        let level = level.max(-75.0);
        if self.floor_frames.is_multiple_of(FLOOR_FRAMES) {
            self.floors.rotate_right(1);
            self.floors[0] = level;
        }
        self.floors[0] = self.floors[0].min(level);
        self.floor_frames = self.floor_frames.wrapping_add(1);
    }
}

/// The highest correlation of a window with itself, one pitch later: near 1 for vowels and tones, 0.3 for noise.
fn periodicity(window: &[f32; THIN_WINDOW]) -> f32 {
    const LENGTH: usize = THIN_WINDOW - LONGEST_LAG;
    let mean = window.iter().sum::<f32>() / THIN_WINDOW as f32;
    let centred: [f32; THIN_WINDOW] = std::array::from_fn(|n| window[n] - mean);
    let (now, energy) = (&centred[..LENGTH], |from: usize| -> f32 {
        centred[from..from + LENGTH].iter().map(|sample| sample * sample).sum()
    });
    let own = energy(0);
    let correlation = |lag: usize| {
        let product: f32 = now.iter().zip(&centred[lag..lag + LENGTH]).map(|(one, other)| one * other).sum();
        product / (own * energy(lag)).sqrt().max(1.0)
    };
    (SHORTEST_LAG..=LONGEST_LAG).map(correlation).fold(0.0, f32::max)
}

/// Speech begins when most of 100 ms is speech.
#[derive(Debug, Default)]
pub struct Onset {
    recent: u32,
}

impl Onset {
    /// How many frames ago speech began, when it has begun by now.
    pub fn take(&mut self, speech: bool) -> Option<u32> {
        self.recent = (self.recent << 1 | u32::from(speech)) & ((1 << START_WINDOW) - 1);
        let began = self.recent.count_ones() >= START_FRAMES;
        began.then(|| u32::BITS - self.recent.leading_zeros() - 1)
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum SpeechChange {
    Started { confidence: f64 },
    Stopped { seconds: f64 },
}

/// When speech begins, and when it has ended for a while.
#[derive(Debug)]
pub struct SpeechDetector {
    pieces: Pieces<FRAME>,
    judge: VoiceJudge,
    onset: Onset,
    silence_frames: u32,
    /// Frames since the start, and up to the last one of speech.
    speaking: Option<(u32, u32)>,
}

impl SpeechDetector {
    pub fn new(silence_milliseconds: u32) -> Self {
        Self {
            pieces: Pieces::default(),
            judge: VoiceJudge::default(),
            onset: Onset::default(),
            silence_frames: silence_milliseconds.div_ceil(FRAME_MILLISECONDS).max(1),
            speaking: None,
        }
    }

    pub fn is_speaking(&self) -> bool {
        self.speaking.is_some()
    }

    pub fn feed(&mut self, mut samples: &[i16], mut found: impl FnMut(SpeechChange)) {
        while let Some(frame) = self.pieces.take(&mut samples) {
            let judged = self.judge.judge(&frame);
            if let Some(change) = self.follow(judged) {
                found(change);
            }
        }
    }

    fn follow(&mut self, judged: Judged) -> Option<SpeechChange> {
        let onset = self.onset.take(judged.speech);
        let Some((frames, last)) = self.speaking.as_mut() else {
            let ago = onset?;
            self.speaking = Some((ago + 1, ago + 1));
            let confidence = 0.5 * share(judged.over_floor_db, 3.0, 20.0) + 0.5 * share(judged.voiced, 0.3, 0.9);
            return Some(SpeechChange::Started { confidence: f64::from(confidence) });
        };
        *frames += 1;
        if judged.speech {
            *last = *frames;
        }
        if *frames - *last < self.silence_frames {
            return None;
        }
        let seconds = f64::from(*last * FRAME_MILLISECONDS) / 1000.0;
        self.speaking = None;
        self.onset = Onset::default();
        Some(SpeechChange::Stopped { seconds })
    }
}

#[cfg(test)]
#[path = "speech_tests.rs"]
pub mod tests;
