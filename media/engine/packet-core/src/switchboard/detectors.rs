//! Detectors on legs: what is started and stopped, and the way of a leg's sound to them.
//!
//! They live on their leg and hear its packets as they come, in the order of their time stamps; what is missing is
//! silence. A leg without detectors costs a packet one comparison.

use super::leg::Leg;
use super::{Switchboard, check_name, conflict, limit_reached};
use crate::detect::answerer::{AnswererDetector, Heard};
use crate::detect::digits::{DigitDetector, HeardDigit};
use crate::detect::feed::{Audio, Feed};
use crate::detect::speech::{SpeechChange, SpeechDetector};
use crate::detect::talk::{Side, TalkMeter};
use crate::{MILLISECOND, Nanos, SECOND};
use control_messages::{Answer, Detect, Event, Refusal};
use std::collections::VecDeque;

/// As many as legs; a second of detecting digits takes some 0.2 ms of a processor.
pub const MAX_DETECTORS: usize = 20_000;
/// Several kinds of detectors make sense on one leg, twenty of one do not.
pub const MAX_DETECTORS_OF_LEG: usize = 8;
/// A tone that turns into a telephone event does so within this time: it is told once, as the event.
const EVENT_FOLLOWS: Nanos = 200 * MILLISECOND;

enum Kind {
    Digits(Box<DigitDetector>),
    Speech(Box<SpeechDetector>),
    Talk(Box<TalkMeter>),
    Answerer(Box<AnswererDetector>),
}

impl Kind {
    fn new(detect: &Detect, now: Nanos) -> Self {
        match *detect {
            Detect::InbandDigits => Self::Digits(Box::default()),
            Detect::Speech { silence_milliseconds } => {
                Self::Speech(Box::new(SpeechDetector::new(silence_milliseconds)))
            }
            Detect::Talk => Self::Talk(Box::new(TalkMeter::new(now))),
            Detect::AnsweringMachine { limit_milliseconds, silence_milliseconds } => {
                Self::Answerer(Box::new(AnswererDetector::new(limit_milliseconds, silence_milliseconds)))
            }
        }
    }
}

struct Running {
    name: String,
    detect: Detect,
    started_at: Nanos,
    kind: Kind,
}

/// What a detector found; the leg gives it its name.
enum Found {
    Digit(HeardDigit),
    Event(Box<Event>),
}

impl Running {
    fn hear(&mut self, leg: &str, samples: &[i16], now: Nanos, found: &mut VecDeque<Found>) {
        let name = || (self.name.clone(), leg.to_owned());
        match &mut self.kind {
            Kind::Digits(detector) => detector.feed(samples, |digit| found.push_back(Found::Digit(digit))),
            Kind::Talk(meter) => meter.feed(Side::Leg, samples, now),
            Kind::Speech(detector) => detector.feed(samples, |change| {
                let (detector, leg) = name();
                found.push_back(Found::Event(Box::new(match change {
                    SpeechChange::Started { confidence } => Event::SpeechStarted { detector, leg, confidence },
                    SpeechChange::Stopped { seconds } => Event::SpeechStopped { detector, leg, seconds },
                })));
            }),
            Kind::Answerer(detector) => detector.feed(samples, |heard| {
                let (detector, leg) = name();
                found.push_back(Found::Event(Box::new(match heard {
                    Heard::Decided { answerer, confidence, seconds, because } => {
                        Event::AnswererDecided { detector, leg, answerer, confidence, seconds, because: because.into() }
                    }
                    Heard::Beep { hertz, confidence } => Event::BeepHeard { detector, leg, hertz, confidence },
                })));
            }),
        }
    }

    fn end(self, leg: &str, now: Nanos) -> Option<Event> {
        let Kind::Talk(meter) = self.kind else { return None };
        let shares = meter.end(now);
        Some(Event::TalkMeasured {
            detector: self.name,
            leg: leg.to_owned(),
            seconds: now.saturating_sub(self.started_at) as f64 / SECOND as f64,
            leg_seconds: shares.leg,
            others_seconds: shares.others,
            both_seconds: shares.both,
            silent_seconds: shares.silent,
        })
    }
}

/// The detectors of one leg.
#[derive(Default)]
pub struct Listening {
    running: Vec<Running>,
    said: Feed,
    heard: Feed,
    found: VecDeque<Found>,
    event_at: Option<Nanos>,
    /// A digit in the sound of a leg that has telephone events too: it may yet come as one.
    held: Option<(HeardDigit, Nanos)>,
}

impl Listening {
    fn said(&mut self, leg: &str, audio: Option<Audio<'_>>, now: Nanos) {
        let Self { running, said, found, .. } = self;
        let mut sink = |samples: &[i16]| running.iter_mut().for_each(|one| one.hear(leg, samples, now, found));
        match audio {
            Some(audio) => said.take(audio, now, &mut sink),
            None => said.wait(now, &mut sink),
        }
    }

    /// What the leg hears; only who measures talk wants it.
    fn heard(&mut self, audio: Option<Audio<'_>>, now: Nanos) {
        let Self { running, heard, .. } = self;
        let mut meters = running.iter_mut().filter_map(|one| match &mut one.kind {
            Kind::Talk(meter) => Some(meter.as_mut()),
            _ => None,
        });
        let Some(first) = meters.next() else { return };
        let mut meters: Vec<&mut TalkMeter> = std::iter::once(first).chain(meters).collect();
        let mut sink = |samples: &[i16]| meters.iter_mut().for_each(|meter| meter.feed(Side::Others, samples, now));
        match audio {
            Some(audio) => heard.take(audio, now, &mut sink),
            None => heard.wait(now, &mut sink),
        }
    }

    /// The digits of the sound that are to be told now; `has_events`: the leg negotiated telephone events.
    fn digit(&mut self, digit: HeardDigit, has_events: bool, now: Nanos) -> Option<HeardDigit> {
        if !has_events {
            return Some(digit);
        }
        if self.event_at.is_some_and(|at| now.saturating_sub(at) < EVENT_FOLLOWS) {
            return None;
        }
        self.held.replace((digit, now)).map(|(before, _)| before)
    }

    fn release(&mut self, now: Nanos) -> Option<HeardDigit> {
        let (_, at) = self.held?;
        if now.saturating_sub(at) < EVENT_FOLLOWS {
            return None;
        }
        self.held.take().map(|(digit, _)| digit)
    }
}

impl Leg {
    /// Sound on its way to this leg.
    pub fn detect_outgoing(&mut self, audio: Audio<'_>, now: Nanos) {
        if let Some(listening) = self.listening.as_mut() {
            listening.heard(Some(audio), now);
        }
    }
}

impl Switchboard {
    pub fn start_detector(&mut self, name: String, leg: &str, detect: Detect, now: Nanos) -> Result<Answer, Refusal> {
        check_name(&name)?;
        let key = self.leg_key(leg)?;
        if let Some((other, place)) = self.find_detector(&name) {
            let same =
                other == key && self.legs[other].listening.as_ref().is_some_and(|l| l.running[place].detect == detect);
            return if same { Ok(Answer::Done) } else { Err(conflict("detector", &name)) };
        }
        if self.detectors() >= MAX_DETECTORS {
            return Err(limit_reached("detectors", MAX_DETECTORS));
        }
        let listening = self.legs[key].listening.get_or_insert_default();
        if listening.running.len() >= MAX_DETECTORS_OF_LEG {
            return Err(limit_reached("detectors", MAX_DETECTORS_OF_LEG));
        }
        if listening.running.is_empty() {
            listening.said.start(now);
            listening.heard.start(now);
        }
        let kind = Kind::new(&detect, now);
        listening.running.push(Running { name, detect, started_at: now, kind });
        if !self.detecting.contains(&key) {
            self.detecting.push(key);
        }
        Ok(Answer::Done)
    }

    pub fn stop_detector(&mut self, name: &str, now: Nanos) -> Answer {
        if let Some((key, place)) = self.find_detector(name) {
            self.end_detector(key, place, now);
        }
        Answer::Done
    }

    /// How many run.
    pub fn detectors(&self) -> usize {
        self.listenings().map(|(_, listening)| listening.running.len()).sum()
    }

    fn find_detector(&self, name: &str) -> Option<(usize, usize)> {
        self.listenings()
            .find_map(|(key, listening)| Some((key, listening.running.iter().position(|one| one.name == name)?)))
    }

    fn listenings(&self) -> impl Iterator<Item = (usize, &Listening)> {
        self.detecting.iter().filter_map(|key| Some((*key, self.legs.get(*key)?.listening.as_deref()?)))
    }

    fn end_detector(&mut self, key: usize, place: usize, now: Nanos) {
        let leg = &mut self.legs[key];
        let Some(listening) = leg.listening.as_mut() else { return };
        let ended = listening.running.remove(place).end(&leg.name, now);
        self.events.extend(ended);
        if listening.running.is_empty() {
            leg.listening = None;
            self.detecting.retain(|other| *other != key);
        }
    }

    /// With their leg.
    pub(super) fn end_detectors(&mut self, key: usize, now: Nanos) {
        while self.legs[key].listening.is_some() {
            self.end_detector(key, 0, now);
        }
    }

    /// Sound that a leg says.
    pub(super) fn detect_incoming(&mut self, key: usize, audio: Audio<'_>, now: Nanos) {
        let leg = &mut self.legs[key];
        if let Some(listening) = leg.listening.as_mut() {
            listening.said(&leg.name, Some(audio), now);
            self.tell_findings(key, now);
        }
    }

    /// A telephone event of a leg: the same digit in its sound is not told again.
    pub(super) fn note_event_of(&mut self, key: usize, now: Nanos) {
        if let Some(listening) = self.legs[key].listening.as_mut() {
            listening.event_at = Some(now);
            listening.held = None;
        }
    }

    /// Visited once a second: a leg that came from another switchboard brings its detectors along.
    pub(super) fn note_detecting(&mut self, key: usize) {
        if self.legs[key].listening.is_some() && !self.detecting.contains(&key) {
            self.detecting.push(key);
        }
    }

    /// Time passes for detectors without packets too.
    pub(super) fn run_detectors(&mut self, now: Nanos) {
        let Self { detecting, legs, .. } = self;
        detecting.retain(|key| legs.get(*key).is_some_and(|leg| leg.listening.is_some()));
        for at in 0..self.detecting.len() {
            let key = self.detecting[at];
            let Some(leg) = self.legs.get_mut(key) else { continue };
            let Some(listening) = leg.listening.as_mut() else { continue };
            listening.said(&leg.name, None, now);
            listening.heard(None, now);
            self.tell_findings(key, now);
        }
    }

    fn tell_findings(&mut self, key: usize, now: Nanos) {
        let leg = &mut self.legs[key];
        let has_events = leg.payloads.digits.is_some();
        let Some(listening) = leg.listening.as_mut() else { return };
        let mut told = listening.release(now);
        while let Some(found) = listening.found.pop_front() {
            match found {
                Found::Event(event) => self.events.push_back(*event),
                Found::Digit(digit) => told = listening.digit(digit, has_events, now).or(told),
            }
        }
        let Some(HeardDigit { digit, milliseconds, confidence }) = told else { return };
        let (leg, digit_text) = (leg.name.clone(), digit.to_string());
        self.events.push_back(Event::DigitReceived { leg, digit: digit_text, milliseconds, inband: true, confidence });
        self.note_pressed(key, digit);
    }
}
