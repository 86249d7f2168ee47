//! What the packets' side and the WebSocket's side of a fork share: frames of 20 ms in u-law, handed over without a lock.

use crate::clip::FRAME;
use crossbeam_queue::ArrayQueue;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// What the leg said and the robot has not taken yet: 1 s. The oldest is lost first, and counted.
const SAID_FRAMES: usize = 50;
/// Keys that wait for the robot: more is a toy.
const DIGITS: usize = 32;
/// What is ready to be played: 200 ms bridge what the other thread does meanwhile.
pub const READY_FRAMES: usize = 10;

/// 20 ms of 8 kHz in u-law.
pub type Frame = [u8; FRAME];

#[derive(Debug)]
pub struct ForkLine {
    said: ArrayQueue<Frame>,
    digits: ArrayQueue<char>,
    ready: ArrayQueue<Frame>,
    lost: AtomicU64,
    /// Nobody needs the robot any more.
    over: AtomicBool,
    /// The robot has gone.
    gone: AtomicBool,
}

impl Default for ForkLine {
    fn default() -> Self {
        Self {
            said: ArrayQueue::new(SAID_FRAMES),
            digits: ArrayQueue::new(DIGITS),
            ready: ArrayQueue::new(READY_FRAMES),
            lost: AtomicU64::new(0),
            over: AtomicBool::new(false),
            gone: AtomicBool::new(false),
        }
    }
}

impl ForkLine {
    // --- the packets' side ---

    pub fn say(&self, frame: Frame) {
        if !self.has_gone() && self.said.force_push(frame).is_some() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub fn press(&self, digit: char) {
        let _ = self.digits.push(digit);
    }

    /// The next 20 ms of what the robot says; None: it is silent.
    pub fn play(&self) -> Option<Frame> {
        self.ready.pop()
    }

    pub fn end(&self) {
        self.over.store(true, Ordering::Release);
    }

    pub fn has_gone(&self) -> bool {
        self.gone.load(Ordering::Acquire)
    }

    // --- the WebSocket's side ---

    pub fn next_said(&self) -> Option<Frame> {
        self.said.pop()
    }

    /// The robot hears from now on: what was said before is gone, and no loss of its own.
    pub fn begin(&self) {
        while self.said.pop().is_some() {}
        self.lost.store(0, Ordering::Relaxed);
    }

    pub fn next_digit(&self) -> Option<char> {
        self.digits.pop()
    }

    /// False when there is no room for it yet.
    pub fn make_ready(&self, frame: Frame) -> bool {
        self.ready.push(frame).is_ok()
    }

    /// Frames that were made ready and not played yet.
    pub fn unplayed(&self) -> usize {
        self.ready.len()
    }

    pub fn clear(&self) {
        while self.ready.pop().is_some() {}
    }

    /// Frames that the robot was too slow for.
    pub fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    pub fn is_over(&self) -> bool {
        self.over.load(Ordering::Acquire)
    }

    pub fn leave(&self) {
        self.gone.store(true, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_robot_loses_the_oldest_sound_and_it_is_counted() {
        let line = ForkLine::default();
        for n in 0..SAID_FRAMES + 3 {
            line.say([n as u8; FRAME]);
        }
        assert_eq!((line.lost(), line.next_said()), (3, Some([3; FRAME])));
    }

    #[test]
    fn what_was_said_before_the_robot_was_there_is_no_loss() {
        let line = ForkLine::default();
        (0..SAID_FRAMES + 3).for_each(|_| line.say([0; FRAME]));
        line.begin();
        assert_eq!((line.lost(), line.next_said()), (0, None));
    }

    #[test]
    fn what_is_said_to_a_robot_that_has_gone_is_not_kept() {
        let line = ForkLine::default();
        line.leave();
        line.say([0; FRAME]);
        assert_eq!((line.lost(), line.next_said()), (0, None));
    }

    #[test]
    fn there_is_room_for_200_ms_and_clearing_takes_them_back() {
        let line = ForkLine::default();
        let taken = (0..20).filter(|_| line.make_ready([1; FRAME])).count();
        assert_eq!((taken, line.unplayed()), (READY_FRAMES, READY_FRAMES));
        line.clear();
        assert_eq!((line.unplayed(), line.play()), (0, None));
    }
}
