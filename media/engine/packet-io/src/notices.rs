//! What workers and writers tell the control thread.

use crate::loader::LoadedSounds;
use crate::orders::Name;
use crate::wake::Waker;
use control_messages::{Answer, Event, Refusal};
use std::io;
use std::sync::mpsc::{Receiver, Sender, channel};

#[derive(Debug)]
pub enum Notice {
    /// The answer to a command of the connection with this number.
    Answered {
        connection: u64,
        request: u64,
        about: Option<Name>,
        result: Result<Answer, Refusal>,
    },
    /// One worker's part of an answer that all give together.
    Part {
        gathering: u64,
        result: Result<Answer, Refusal>,
    },
    /// A browser of this group sends its packets to the socket of another worker, its reader.
    ArrivesAt {
        group: String,
        reader: usize,
    },
    Event(Event),
    SoundsLoaded(Box<LoadedSounds>),
    /// The process was asked to end.
    StopRequested,
    /// The worker refused a recorder, or its end could not be written: its name may be used again.
    RecorderGone(String),
    /// A worker has ended after `Order::Stop`; all recordings are finished.
    Stopped,
}

#[derive(Debug, Clone)]
pub struct NoticeSender {
    sender: Sender<Notice>,
    waker: Waker,
}

impl NoticeSender {
    pub fn send(&self, notice: Notice) {
        // The control thread outlives all senders; at the end of the process nobody needs the notice.
        if self.sender.send(notice).is_ok() {
            self.waker.wake();
        }
    }
}

pub fn notice_channel() -> io::Result<(NoticeSender, Receiver<Notice>, Waker)> {
    let (sender, receiver) = channel();
    let waker = Waker::new()?;
    Ok((NoticeSender { sender, waker: waker.clone() }, receiver, waker))
}
