//! Who answered a call: a person or a machine, by how the greeting begins; and the beep behind it.
//!
//! People say a word or a short sentence and wait for an answer. Machines talk on, and end in a beep. What is measured
//! is the greeting's first utterance, its pauses, and how much of the time is speech.

use super::speech::{Judged, Onset, VoiceJudge};
use super::{FRAME, FRAME_MILLISECONDS, Pieces, share, tone};
use control_messages::Answerer;

/// So long a pause after a short utterance is somebody who waits.
const WAITING_MILLISECONDS: u32 = 640;
/// More than this at a stretch is no "hello".
const SHORT_GREETING_MILLISECONDS: u32 = 1500;
/// At the limit, a greeting that has just ended counts as a short one.
const JUST_ENDED_MILLISECONDS: u32 = 240;
/// Less of the time than this: a cough, somebody far away.
const SCANT_SPEECH: f32 = 0.2;
/// A beep: at least so long (the shortest ones are 200 ms) and at most so long (longer ones are dial tones).
const BEEP_FRAMES: u32 = 8;
const LONGEST_BEEP_FRAMES: u32 = 110;
const BEEP_STEADY_HERTZ: f32 = 20.0;
const BEEP_LOUD_DBOV: f32 = -38.0;
/// Frames of a beep that something else covered.
const BEEP_MISSES: u32 = 1;

#[derive(Debug, Clone, PartialEq)]
pub enum Heard {
    Decided { answerer: Answerer, confidence: f64, seconds: f64, because: &'static str },
    Beep { hertz: f64, confidence: f64 },
}

/// A tone that goes on.
#[derive(Debug, Clone, Copy)]
struct Beep {
    hertz: f32,
    purity: f32,
    frames: u32,
    misses: u32,
}

/// Finds single tones of 150 ms to 2 s after speech.
#[derive(Debug, Default)]
struct BeepFinder {
    current: Option<Beep>,
}

impl BeepFinder {
    /// The beep that has just ended.
    fn take(&mut self, frame: &[i16; FRAME], level_dbov: f32) -> Option<Beep> {
        let tone = if level_dbov >= BEEP_LOUD_DBOV { tone::strongest(frame) } else { None };
        let tone = tone.filter(|tone| tone.purity >= super::speech::TONE_PURITY);
        match (self.current.as_mut(), tone) {
            (Some(beep), Some(tone)) if (beep.hertz - tone.hertz).abs() <= BEEP_STEADY_HERTZ => {
                beep.frames += 1 + beep.misses;
                beep.misses = 0;
                beep.purity += (tone.purity - beep.purity) / beep.frames as f32;
                None
            }
            (Some(beep), _) if beep.misses < BEEP_MISSES => {
                beep.misses += 1;
                None
            }
            (_, tone) => {
                let fresh = tone.map(|tone| Beep { hertz: tone.hertz, purity: tone.purity, frames: 1, misses: 0 });
                let ended = std::mem::replace(&mut self.current, fresh);
                ended.filter(|beep| (BEEP_FRAMES..=LONGEST_BEEP_FRAMES).contains(&beep.frames))
            }
        }
    }

    /// Long enough to be a beep, and still sounding.
    fn sounds(&self) -> bool {
        self.current.is_some_and(|beep| beep.frames >= BEEP_FRAMES)
    }
}

/// The greeting so far, in milliseconds.
#[derive(Debug, Clone, Copy, Default)]
struct Greeting {
    since_start: u32,
    speech: u32,
    /// Since the last frame of speech.
    pause: u32,
    /// The longest stretch without a pause that divides utterances.
    stretch: u32,
    longest_stretch: u32,
    pauses: u32,
    level_sum: f32,
}

/// Breath between words; longer ones divide utterances.
const WORD_GAP_MILLISECONDS: u32 = 200;

impl Greeting {
    fn take(&mut self, judged: Judged) {
        self.since_start += FRAME_MILLISECONDS;
        if judged.speech {
            if self.pause > WORD_GAP_MILLISECONDS {
                self.pauses += 1;
                self.stretch = 0;
            } else {
                self.stretch += self.pause;
            }
            self.pause = 0;
            self.speech += FRAME_MILLISECONDS;
            self.stretch += FRAME_MILLISECONDS;
            self.longest_stretch = self.longest_stretch.max(self.stretch);
            self.level_sum += judged.over_floor_db;
        } else {
            self.pause += FRAME_MILLISECONDS;
        }
    }

    /// From the start to the last word.
    fn spoken(&self) -> u32 {
        self.since_start - self.pause
    }
}

#[derive(Debug)]
pub struct AnswererDetector {
    pieces: Pieces<FRAME>,
    judge: VoiceJudge,
    onset: Onset,
    beeps: BeepFinder,
    limit: u32,
    silence_limit: u32,
    waited: u32,
    greeting: Option<Greeting>,
    decided: bool,
}

impl AnswererDetector {
    pub fn new(limit_milliseconds: u32, silence_milliseconds: u32) -> Self {
        Self {
            pieces: Pieces::default(),
            judge: VoiceJudge::default(),
            onset: Onset::default(),
            beeps: BeepFinder::default(),
            limit: limit_milliseconds,
            silence_limit: silence_milliseconds,
            waited: 0,
            greeting: None,
            decided: false,
        }
    }

    pub fn feed(&mut self, mut samples: &[i16], mut found: impl FnMut(Heard)) {
        while let Some(frame) = self.pieces.take(&mut samples) {
            let judged = self.judge.judge(&frame);
            let beep = self.beeps.take(&frame, judged.level_dbov).filter(|_| self.greeting.is_some());
            self.follow(judged);
            if let Some(decision) = self.decide() {
                self.decided = true;
                found(decision);
            }
            if let Some(beep) = beep {
                let confidence = 0.5 + 0.5 * share(beep.purity, 0.85, 0.97) * share(beep.frames as f32, 4.0, 12.0);
                found(Heard::Beep { hertz: f64::from(beep.hertz.round()), confidence: f64::from(confidence) });
            }
        }
    }

    fn follow(&mut self, judged: Judged) {
        match self.greeting.as_mut() {
            Some(greeting) => greeting.take(judged),
            None => {
                self.waited += FRAME_MILLISECONDS;
                if let Some(ago) = self.onset.take(judged.speech) {
                    let speech = (ago + 1) * FRAME_MILLISECONDS;
                    self.greeting = Some(Greeting {
                        since_start: speech,
                        speech,
                        stretch: speech,
                        longest_stretch: speech,
                        level_sum: judged.over_floor_db * (ago + 1) as f32,
                        ..Greeting::default()
                    });
                }
            }
        }
    }

    fn decide(&self) -> Option<Heard> {
        if self.decided {
            return None;
        }
        let Some(greeting) = self.greeting else {
            let silent = self.waited >= self.silence_limit;
            let seconds = f64::from(self.waited) / 1000.0;
            return silent.then(|| decision(Answerer::Silence, 1.0, seconds, "silence"));
        };
        let seconds = f64::from(greeting.since_start) / 1000.0;
        if self.beeps.sounds() {
            return Some(decision(Answerer::Machine, 0.95, seconds, "beep"));
        }
        let short = greeting.longest_stretch <= SHORT_GREETING_MILLISECONDS;
        if short && greeting.pause >= WAITING_MILLISECONDS {
            let confidence = 0.6 + 0.4 * share(greeting.spoken() as f32, 1600.0, 500.0);
            return Some(decision(Answerer::Person, confidence, seconds, "pause"));
        }
        (greeting.since_start >= self.limit).then(|| self.decide_at_limit(greeting, seconds))
    }

    /// No pause long enough so far: whoever has just ended was short, whoever talks on is not.
    fn decide_at_limit(&self, greeting: Greeting, seconds: f64) -> Heard {
        let share_of_speech = greeting.speech as f32 / greeting.since_start.max(1) as f32;
        if share_of_speech < SCANT_SPEECH {
            return decision(Answerer::Unknown, 0.5, seconds, "cadence");
        }
        if greeting.pause >= JUST_ENDED_MILLISECONDS {
            let confidence = 0.5 + 0.4 * share(greeting.pause as f32, 240.0, 640.0);
            return decision(Answerer::Person, confidence, seconds, "pause");
        }
        let confidence = 0.6 + 0.4 * share(share_of_speech, 0.4, 0.8);
        let because = if greeting.pauses == 0 { "length" } else { "cadence" };
        decision(Answerer::Machine, confidence, seconds, because)
    }
}

fn decision(answerer: Answerer, confidence: f32, seconds: f64, because: &'static str) -> Heard {
    Heard::Decided { answerer, confidence: f64::from(confidence), seconds, because }
}

#[cfg(test)]
#[path = "answerer_tests.rs"]
mod tests;
