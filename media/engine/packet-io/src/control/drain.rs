//! The orderly end of an engine whose successor takes the new calls.

use super::Control;
use crate::connection::Connection;
use crate::journal;
use control_messages::Event;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// The last events, `drained` among them, wait for a controller this long.
const LAST_WORDS_WAIT: Duration = Duration::from_secs(60);
/// A controller reads what is left in milliseconds.
const LAST_WRITE_WAIT: Duration = Duration::from_secs(2);
const LAST_WRITE_PAUSE: Duration = Duration::from_millis(5);

impl Control {
    pub(super) fn drain(&mut self) {
        if !std::mem::replace(&mut self.draining, true) {
            self.setup.state.draining.store(true, Ordering::Relaxed);
            journal::info("draining", &[("legs", self.places.legs().into())]);
        }
        self.end_when_drained();
    }

    /// Without legs there is nothing left to do.
    pub(super) fn end_when_drained(&mut self) {
        if self.draining && self.places.legs() == 0 && !std::mem::replace(&mut self.ending, true) {
            self.setup.workers.stop();
        }
    }

    /// A worker has ended, with all its recordings finished.
    pub(super) fn note_stopped(&mut self) {
        self.stopped_workers += 1;
        if self.stopped_workers < self.setup.workers.count() {
            return;
        }
        if self.draining && self.places.legs() == 0 {
            self.tell(Event::Drained);
            journal::info("drained", &[]);
            if self.controller.is_none() {
                self.last_words_until = Some(Instant::now() + LAST_WORDS_WAIT);
                return;
            }
        }
        self.stopped = true;
    }

    /// How long to sleep at most: for ever, unless the last events wait for somebody.
    pub(super) fn patience(&mut self) -> Option<Duration> {
        let until = self.last_words_until?;
        let rest = until.saturating_duration_since(Instant::now());
        self.stopped |= rest.is_zero();
        Some(rest)
    }

    /// A controller came after all workers had ended: it was told what was left.
    pub(super) fn end_after_last_words(&mut self) {
        self.stopped |= self.last_words_until.is_some() && self.controller.is_some();
    }

    /// Before the process ends: what the controllers have not read yet.
    pub(super) fn write_out(&mut self) {
        let end = Instant::now() + LAST_WRITE_WAIT;
        while Instant::now() < end {
            self.flush_all();
            if !self.connections.values().any(Connection::has_unwritten) {
                break;
            }
            std::thread::sleep(LAST_WRITE_PAUSE);
        }
    }

    pub(super) fn stop_on_request(&mut self) {
        journal::info("stopping", &[("legs", self.places.legs().into())]);
        self.ending = true;
        self.setup.workers.stop();
    }
}
