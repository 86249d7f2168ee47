//! Recorders: the time line is filled here, written to disk elsewhere.

use super::{MAX_RECORDERS, Switchboard, check_name, conflict, limit_reached};
use crate::Nanos;
use crate::canvas::Placed;
use crate::recording::{FRAMES_PER_SECOND, Settled, TimeLine};
use control_messages::{Answer, RecorderState, RecordingFormat, RecordingGap, Refusal};
use std::sync::Arc;

/// Blocks given back by the writer: those of a fourth of 4,000 recorders.
const MAX_SPARE_BLOCKS: usize = 1024;

/// What a recorder is asked to do; the file is opened elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecorderPlan {
    pub leg: String,
    pub path: String,
    pub format: RecordingFormat,
    pub sealed: bool,
}

/// How a recording ends.
#[derive(Debug)]
pub enum RecordingEnd {
    /// The pauses, and that the file is to be finished.
    Finished(Vec<RecordingGap>),
    /// It was armed only: there is nothing to keep.
    NeverBegan,
}

pub struct Recorder {
    pub name: Arc<str>,
    pub plan: RecorderPlan,
    pub line: TimeLine,
}

/// What has settled of the sound of `recorder`.
#[derive(Debug)]
pub struct Block {
    pub recorder: Arc<str>,
    pub settled: Settled,
    /// With the last block.
    pub end: Option<RecordingEnd>,
}

impl Switchboard {
    pub fn start_recorder(&mut self, name: &str, plan: RecorderPlan, now: Nanos) -> Result<Answer, Refusal> {
        self.add_recorder(name, plan, TimeLine::new(now), now)
    }

    /// One that hears nothing before `pause_recorder(name, false)`.
    pub fn arm_recorder(&mut self, name: &str, plan: RecorderPlan, now: Nanos) -> Result<Answer, Refusal> {
        self.add_recorder(name, plan, TimeLine::armed(), now)
    }

    fn add_recorder(&mut self, name: &str, plan: RecorderPlan, line: TimeLine, now: Nanos) -> Result<Answer, Refusal> {
        check_name(name)?;
        if self.recorder_keys.contains_key(name) {
            return Err(conflict("recorder", name));
        }
        let leg_key = self.leg_key(&plan.leg)?;
        if self.recorders.len() >= MAX_RECORDERS {
            return Err(limit_reached("recorders", MAX_RECORDERS));
        }
        let key = self.recorders.insert(Recorder { name: name.into(), plan, line });
        self.legs[leg_key].recorders.push(key);
        self.recorder_keys.insert(name.to_owned(), key);
        self.review_voices_around(leg_key, now);
        self.need_chores(now);
        Ok(Answer::Done)
    }

    /// The answer to a repeated command.
    pub fn existing_recorder(&self, name: &str, plan: &RecorderPlan) -> Result<Answer, Refusal> {
        let key = self.recorder_keys.get(name).ok_or_else(|| super::not_found("recorder", name))?;
        if self.recorders[*key].plan == *plan { Ok(Answer::Done) } else { Err(conflict("recorder", name)) }
    }

    pub fn pause_recorder(&mut self, name: &str, paused: bool, now: Nanos) -> Result<Answer, Refusal> {
        let key = self.recorder_keys.get(name).ok_or_else(|| super::not_found("recorder", name))?;
        self.recorders[*key].line.pause(paused, now);
        Ok(Answer::Done)
    }

    /// Its file is complete with the last block.
    pub fn stop_recorder(&mut self, name: &str, now: Nanos) -> Answer {
        if let Some(key) = self.recorder_keys.remove(name) {
            let mut recorder = self.recorders.remove(key);
            if let Ok(leg) = self.leg_key(&recorder.plan.leg) {
                self.legs[leg].recorders.retain(|other| *other != key);
                self.review_voices_around(leg, now);
            }
            let never_began = recorder.line.is_armed();
            let settled = recorder.line.take_all(now);
            let gaps = recorder.line.gaps;
            let end = if never_began { RecordingEnd::NeverBegan } else { RecordingEnd::Finished(gaps) };
            self.blocks.push_back(Block { recorder: recorder.name, settled, end: Some(end) });
        }
        Answer::Done
    }

    pub fn stop_all_recorders(&mut self, now: Nanos) {
        let names: Vec<String> = self.recorder_keys.keys().cloned().collect();
        for name in names {
            self.stop_recorder(&name, now);
        }
    }

    pub(super) fn recorder_states(&self, now: Nanos) -> Vec<RecorderState> {
        let state = |(_, recorder): (usize, &Recorder)| RecorderState {
            recorder: recorder.name.to_string(),
            leg: recorder.plan.leg.clone(),
            path: recorder.plan.path.clone(),
            seconds: recorder.line.frames_at(now) as f64 / FRAMES_PER_SECOND,
            paused: recorder.line.is_paused(),
            format: recorder.plan.format,
            sealed: recorder.plan.sealed,
        };
        self.recorders.iter().map(state).collect()
    }

    /// A used block's memory, for the next ones.
    pub fn give_back(&mut self, mut placed: Placed) {
        if self.spare_blocks.len() < MAX_SPARE_BLOCKS && placed.is_open() {
            placed.clear();
            self.spare_blocks.push(placed);
        }
    }

    /// Hand over what the recorders of this slice have settled.
    pub(super) fn flush_recorders(&mut self, slice: usize, slices: usize, now: Nanos) {
        for key in (slice..self.recorders.capacity()).step_by(slices) {
            let Some(recorder) = self.recorders.get_mut(key) else { continue };
            let settled = recorder.line.take_settled(now, self.spare_blocks.pop().unwrap_or_default());
            self.blocks.push_back(Block { recorder: recorder.name.clone(), settled, end: None });
        }
    }
}
