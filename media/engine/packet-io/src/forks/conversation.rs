//! One robot's conversation without its socket: messages in, messages out, sound between them.

use super::failure::Failure;
use super::words::{Said, Writer, read};
use control_messages::{Fork, ForkEnd, Parameter};
use packet_core::fork::{ForkLine, Frame, READY_FRAMES};
use packet_core::g711::Law;
use std::collections::VecDeque;
use std::sync::Arc;

const FRAME_BYTES: usize = size_of::<Frame>();
const FRAME_MILLISECONDS: u64 = 20;
/// What a robot may send ahead: 5 minutes. Speech is made faster than it is said, but nobody listens longer.
const MAX_AHEAD_BYTES: usize = 5 * 60 * 8_000;
/// After a silence so much is waited for, so that who sends in real time is not heard with holes.
const CUSHION_BYTES: usize = 3 * FRAME_BYTES;
/// But no longer than this many ticks: a short sound comes alone.
const CUSHION_TICKS: u32 = 3;
/// Marks not yet reached: one a word of 5 minutes.
const MAX_MARKS: usize = 1000;

/// The name of a place in what the robot says.
struct Mark {
    name: String,
    /// Behind so many bytes received.
    behind: u64,
    /// Behind so many frames made ready, once they are.
    frames: Option<u64>,
}

pub struct Conversation {
    line: Arc<ForkLine>,
    writer: Writer,
    parameters: Vec<Parameter>,
    outgoing: VecDeque<String>,
    heard_frames: u64,
    ahead: VecDeque<u8>,
    received_bytes: u64,
    ready_bytes: u64,
    ready_frames: u64,
    cushioned: u32,
    marks: VecDeque<Mark>,
    result: Option<(String, Vec<Parameter>)>,
}

impl Conversation {
    pub fn new(fork: &Fork, line: Arc<ForkLine>) -> Self {
        Self {
            line,
            writer: Writer::new(fork),
            parameters: fork.parameters.clone(),
            outgoing: VecDeque::new(),
            heard_frames: 0,
            ahead: VecDeque::new(),
            received_bytes: 0,
            ready_bytes: 0,
            ready_frames: 0,
            cushioned: 0,
            marks: VecDeque::new(),
            result: None,
        }
    }

    /// The WebSocket is there. What was said before nobody heard.
    pub fn begin(&mut self) {
        self.line.begin();
        let start = self.writer.start(&self.parameters);
        self.outgoing.extend([Writer::connected(), start]);
    }

    /// Every 20 ms: what the leg said goes out, what the robot said goes on.
    pub fn tick(&mut self) {
        while let Some(digit) = self.line.next_digit() {
            let message = self.writer.dtmf(digit);
            self.outgoing.push_back(message);
        }
        while let Some(frame) = self.line.next_said() {
            let milliseconds = (self.heard_frames + self.line.lost()) * FRAME_MILLISECONDS;
            self.heard_frames += 1;
            let message = self.writer.media(&frame, milliseconds);
            self.outgoing.push_back(message);
        }
        self.feed();
        self.echo_marks();
    }

    pub fn receive(&mut self, text: &str) -> Result<(), Failure> {
        match read(text)? {
            Said::Media(sound) => {
                if self.ahead.len() + sound.len() > MAX_AHEAD_BYTES {
                    return Err(Failure::new(ForkEnd::Overflow, "more than 5 minutes of sound wait to be played"));
                }
                self.received_bytes += sound.len() as u64;
                self.ahead.extend(sound);
            }
            Said::Mark(name) => {
                if self.marks.len() == MAX_MARKS {
                    return Err(Failure::new(ForkEnd::Overflow, "more than 1000 marks wait to be reached"));
                }
                self.marks.push_back(Mark { name, behind: self.received_bytes, frames: None });
            }
            Said::Clear => self.clear(),
            Said::Result { outcome, results } => self.result = Some((outcome, results)),
            Said::Other => {}
        }
        Ok(())
    }

    pub fn next_message(&mut self) -> Option<String> {
        self.outgoing.pop_front()
    }

    pub fn stop(&mut self) -> String {
        self.writer.stop()
    }

    pub fn has_result(&self) -> bool {
        self.result.is_some()
    }

    pub fn take_result(&mut self) -> Option<(String, Vec<Parameter>)> {
        self.result.take()
    }

    fn feed(&mut self) {
        let silent = self.line.unplayed() == 0;
        if self.ahead.is_empty() {
            if silent {
                self.cushioned = 0;
            }
            return;
        }
        if silent && self.ahead.len() < CUSHION_BYTES && self.cushioned < CUSHION_TICKS {
            self.cushioned += 1;
            return;
        }
        self.cushioned = CUSHION_TICKS;
        while !self.ahead.is_empty() && self.line.unplayed() < READY_FRAMES {
            // A piece of a frame waits for the rest of it while there is something to play.
            if self.ahead.len() < FRAME_BYTES && self.line.unplayed() > 1 {
                break;
            }
            let mut frame = [Law::Pcmu.silence(); FRAME_BYTES];
            let count = self.ahead.len().min(FRAME_BYTES);
            for (code, said) in frame.iter_mut().zip(self.ahead.drain(..count)) {
                *code = said;
            }
            self.line.make_ready(frame);
            self.ready_bytes += count as u64;
            self.ready_frames += 1;
        }
    }

    fn echo_marks(&mut self) {
        let played = self.ready_frames - self.line.unplayed() as u64;
        while let Some(mark) = self.marks.front_mut() {
            if mark.behind > self.ready_bytes {
                break;
            }
            if *mark.frames.get_or_insert(self.ready_frames) > played {
                break;
            }
            let message = self.writer.mark(&mark.name);
            self.outgoing.push_back(message);
            self.marks.pop_front();
        }
    }

    /// Nothing of what it said is played any more, and all its marks are told.
    fn clear(&mut self) {
        self.ahead.clear();
        self.line.clear();
        (self.ready_bytes, self.cushioned) = (self.received_bytes, 0);
        for mark in std::mem::take(&mut self.marks) {
            let message = self.writer.mark(&mark.name);
            self.outgoing.push_back(message);
        }
    }
}

#[cfg(test)]
#[path = "conversation_tests.rs"]
mod tests;
