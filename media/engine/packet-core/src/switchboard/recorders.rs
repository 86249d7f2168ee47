//! Recorders: the time line is filled here, written to disk elsewhere.

use super::{MAX_RECORDERS, Switchboard, check_name, conflict, limit_reached};
use crate::Nanos;
use crate::recording::TimeLine;
use control_messages::{Answer, RecorderState, RecordingGap, Refusal};

/// Blocks of 200 ms of two channels; a few are in flight between the worker and the writer.
const BLOCK_SAMPLES: usize = 2 * 2 * 1600;
const MAX_SPARE_BLOCKS: usize = 256;

pub struct Recorder {
    pub name: String,
    pub leg: String,
    pub path: String,
    pub line: TimeLine,
}

/// Frames for the file of `recorder`, interleaved, from `first_frame` on.
#[derive(Debug)]
pub struct Block {
    pub recorder: String,
    pub first_frame: u64,
    pub samples: Vec<i16>,
    /// The last block: the pauses, and that the file is to be finished.
    pub end: Option<Vec<RecordingGap>>,
}

impl Switchboard {
    pub fn start_recorder(&mut self, name: String, leg: String, path: String, now: Nanos) -> Result<Answer, Refusal> {
        check_name(&name)?;
        if self.recorder_keys.contains_key(&name) {
            return Err(conflict("recorder", &name));
        }
        let leg_key = self.leg_key(&leg)?;
        if self.recorders.len() >= MAX_RECORDERS {
            return Err(limit_reached("recorders", MAX_RECORDERS));
        }
        let key = self.recorders.insert(Recorder { name: name.clone(), leg, path, line: TimeLine::new(now) });
        self.legs[leg_key].recorders.push(key);
        self.recorder_keys.insert(name, key);
        self.need_chores(now);
        Ok(Answer::Done)
    }

    /// The answer to a repeated command.
    pub fn existing_recorder(&self, name: &str, leg: &str, path: &str) -> Result<Answer, Refusal> {
        let key = self.recorder_keys.get(name).ok_or_else(|| super::not_found("recorder", name))?;
        let known = &self.recorders[*key];
        if known.leg == leg && known.path == path { Ok(Answer::Done) } else { Err(conflict("recorder", name)) }
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
            if let Ok(leg) = self.leg_key(&recorder.leg) {
                self.legs[leg].recorders.retain(|other| *other != key);
            }
            let mut samples = self.spare_block();
            let first_frame = recorder.line.take_all(now, &mut samples);
            self.blocks.push_back(Block {
                recorder: recorder.name,
                first_frame,
                samples,
                end: Some(recorder.line.gaps),
            });
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
            recorder: recorder.name.clone(),
            leg: recorder.leg.clone(),
            path: recorder.path.clone(),
            seconds: recorder.line.frames_at(now) as f64 / 8000.0,
            paused: recorder.line.is_paused(),
            format: Default::default(),
            sealed: false,
        };
        self.recorders.iter().map(state).collect()
    }

    /// A used block's memory, for the next ones.
    pub fn give_back(&mut self, mut samples: Vec<i16>) {
        if self.spare_samples.len() < MAX_SPARE_BLOCKS {
            samples.clear();
            self.spare_samples.push(samples);
        }
    }

    fn spare_block(&mut self) -> Vec<i16> {
        self.spare_samples.pop().unwrap_or_else(|| Vec::with_capacity(BLOCK_SAMPLES))
    }

    /// Hand over what the recorders of this slice have settled.
    pub(super) fn flush_recorders(&mut self, slice: usize, slices: usize, now: Nanos) {
        let keys = self.recorders.iter().map(|(key, _)| key).filter(|key| key % slices == slice);
        for key in keys.collect::<Vec<_>>() {
            let mut samples = self.spare_block();
            let recorder = &mut self.recorders[key];
            let first_frame = recorder.line.take_settled(now, &mut samples);
            let recorder = recorder.name.clone();
            self.blocks.push_back(Block { recorder, first_frame, samples, end: None });
        }
    }
}
