//! The worker's end of the queue to the writer.

use crate::notices::NoticeSender;
use crate::recording_file::RecordingFile;
use crate::writer::{Writer, WriterOrder};
use packet_core::switchboard::Switchboard;
use std::collections::VecDeque;
use std::io;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, channel};
use std::thread::JoinHandle;

/// Blocks held back while the writer's queue is full; beyond that sound is given up and the file gets a gap.
const MAX_HELD: usize = 1024;

pub struct Recordings {
    orders: SyncSender<WriterOrder>,
    held: VecDeque<WriterOrder>,
    spare: Receiver<Vec<i16>>,
    thread: Option<JoinHandle<()>>,
}

impl Recordings {
    pub fn start(notices: NoticeSender) -> io::Result<Self> {
        let (give_back, spare) = channel();
        let (orders, thread) = Writer::start(notices, give_back)?;
        Ok(Self { orders, held: VecDeque::new(), spare, thread: Some(thread) })
    }

    pub fn open(&mut self, recorder: String, file: Box<RecordingFile>) {
        self.held.push_back(WriterOrder::Open { recorder, file });
    }

    pub fn discard(&mut self, file: Box<RecordingFile>) {
        self.held.push_back(WriterOrder::Discard(file));
    }

    pub fn pass_on(&mut self, switchboard: &mut Switchboard) {
        while let Some(block) = switchboard.next_block() {
            if self.held.len() < MAX_HELD || block.end.is_some() {
                self.held.push_back(WriterOrder::Write(block));
            } else {
                switchboard.give_back(block.samples);
            }
        }
        while let Some(order) = self.held.pop_front() {
            match self.orders.try_send(order) {
                Ok(()) => {}
                Err(TrySendError::Full(order)) => {
                    self.held.push_front(order);
                    break;
                }
                Err(TrySendError::Disconnected(_)) => self.held.clear(),
            }
        }
        while let Ok(samples) = self.spare.try_recv() {
            switchboard.give_back(samples);
        }
    }

    /// Write out everything; returns when the files are finished.
    pub fn stop(&mut self) {
        for order in self.held.drain(..).chain([WriterOrder::Stop]) {
            if self.orders.send(order).is_err() {
                break;
            }
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
