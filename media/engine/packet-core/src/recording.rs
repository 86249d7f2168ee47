//! Two directions of sound on one time line, placed by arrival and time stamp.
//!
//! The packet path only finds the place of a sound and copies it; decoding it into frames is the writer's work.

use crate::Nanos;
use crate::canvas::Placed;
use crate::g711::Law;
use crate::reception::to_samples;
use control_messages::RecordingGap;

/// A packet later than 200 ms is lost for the recording, as it was for the ear.
const MARGIN_FRAMES: u64 = 1600;
/// Further behind the clock than 200 ms is not delay but a pause of the sender.
const MAX_LATE: i64 = 1600;
/// Sooner than expected by 20 ms: the packet that set the pace had itself been late.
const MAX_EARLY: i64 = 160;
/// The two clocks are compared over windows of 5 s; below 10 ms no correction is heard or needed.
const WINDOW_FRAMES: u64 = 40_000;
const CORRECTED_DRIFT: i64 = 80;
pub const FRAMES_PER_SECOND: f64 = 8000.0;

pub const CUSTOMER: usize = 0;
pub const OURS: usize = 1;

/// Where the packets of one direction belong on the time line.
#[derive(Debug, Default)]
struct Track {
    anchor: Option<Anchor>,
}

#[derive(Debug, Clone, Copy)]
struct Anchor {
    generation: u32,
    timestamp: u32,
    position: i64,
    window_start: u64,
    least_late: i64,
}

impl Track {
    fn position(&mut self, generation: u32, timestamp: u32, arrival: u64) -> i64 {
        let fresh =
            Anchor { generation, timestamp, position: arrival as i64, window_start: arrival, least_late: i64::MAX };
        let Some(mut anchor) = self.anchor.filter(|anchor| anchor.generation == generation) else {
            self.anchor = Some(fresh);
            return fresh.position;
        };
        let expected = anchor.position + i64::from(timestamp.wrapping_sub(anchor.timestamp) as i32);
        let late = arrival as i64 - expected;
        if !(-MAX_EARLY..=MAX_LATE).contains(&late) {
            self.anchor = Some(fresh);
            return fresh.position;
        }
        anchor.least_late = anchor.least_late.min(late);
        if arrival - anchor.window_start >= WINDOW_FRAMES {
            if anchor.least_late.abs() > CORRECTED_DRIFT {
                anchor.position += anchor.least_late;
            }
            anchor.window_start = arrival;
            anchor.least_late = i64::MAX;
        }
        self.anchor = Some(anchor);
        expected
    }
}

/// Sound of 8 kHz: as it came over the wire, or decoded.
#[derive(Debug, Clone, Copy)]
pub enum Samples<'a> {
    Codes(Law, &'a [u8]),
    Pcm(&'a [i16]),
}

/// One packet of sound in one direction; `generation` changes when its time stamps (of 8 kHz) start anew.
#[derive(Debug, Clone, Copy)]
pub struct Sound<'a> {
    pub generation: u32,
    pub timestamp: u32,
    pub samples: Samples<'a>,
}

#[derive(Debug)]
pub struct TimeLine {
    /// None: armed, nothing is heard before the first `pause(false)`.
    started: Option<Nanos>,
    settled: u64,
    placed: Placed,
    tracks: [Track; 2],
    paused_at: Option<u64>,
    pub gaps: Vec<RecordingGap>,
}

/// What has settled: frames `first..end`, and the sounds that fell into them or after.
#[derive(Debug)]
pub struct Settled {
    pub first: u64,
    pub end: u64,
    pub placed: Placed,
}

impl TimeLine {
    pub fn new(now: Nanos) -> Self {
        Self { started: Some(now), ..Self::armed() }
    }

    pub fn armed() -> Self {
        Self {
            started: None,
            settled: 0,
            placed: Placed::default(),
            tracks: Default::default(),
            paused_at: None,
            gaps: Vec::new(),
        }
    }

    /// Frames since the start.
    pub fn frames_at(&self, now: Nanos) -> u64 {
        self.started.map_or(0, |started| to_samples(now.saturating_sub(started)))
    }

    pub fn is_armed(&self) -> bool {
        self.started.is_none()
    }

    pub fn is_paused(&self) -> bool {
        self.is_armed() || self.paused_at.is_some()
    }

    pub fn pause(&mut self, paused: bool, now: Nanos) {
        if self.is_armed() {
            self.started = (!paused).then_some(now);
            return;
        }
        let at = self.frames_at(now);
        if paused {
            self.paused_at.get_or_insert(at);
        } else if let Some(from) = self.paused_at.take() {
            self.gaps.push(RecordingGap {
                start_seconds: from as f64 / FRAMES_PER_SECOND,
                seconds: (at - from) as f64 / FRAMES_PER_SECOND,
            });
        }
    }

    pub fn place(&mut self, channel: usize, sound: Sound<'_>, now: Nanos) {
        if self.is_paused() {
            return;
        }
        let arrival = self.frames_at(now);
        let position = self.tracks[channel].position(sound.generation, sound.timestamp, arrival);
        self.placed.push(channel, position, sound.samples);
    }

    /// The frames that no packet may change any more; `spare` takes what comes next.
    pub fn take_settled(&mut self, now: Nanos, spare: Placed) -> Settled {
        self.take_until(self.frames_at(now).saturating_sub(MARGIN_FRAMES), spare)
    }

    /// Everything up to `now`: the end of the recording.
    pub fn take_all(&mut self, now: Nanos) -> Settled {
        self.pause(false, now);
        self.take_until(self.frames_at(now), Placed::closed())
    }

    fn take_until(&mut self, end: u64, spare: Placed) -> Settled {
        let first = self.settled;
        self.settled = end.max(first);
        Settled { first, end: self.settled, placed: std::mem::replace(&mut self.placed, spare) }
    }
}

#[cfg(test)]
#[path = "recording_tests.rs"]
mod tests;
