//! The worker's end of the queue to the writer.

use crate::recording_file::RecordingFile;
use crate::writer::WriterOrder;
use packet_core::canvas::Placed;
use packet_core::switchboard::Switchboard;
use std::collections::{HashSet, VecDeque};
use std::sync::mpsc::{Receiver, Sender, SyncSender, TrySendError, channel, sync_channel};

/// Blocks held back while the writer's queue is full; beyond that sound is given up and the file gets a gap.
const MAX_HELD: usize = 1024;

pub struct Recordings {
    orders: SyncSender<WriterOrder>,
    held: VecDeque<WriterOrder>,
    give_back: Sender<Placed>,
    spare: Receiver<Placed>,
}

impl Recordings {
    pub fn new(orders: SyncSender<WriterOrder>) -> Self {
        let (give_back, spare) = channel();
        Self { orders, held: VecDeque::new(), give_back, spare }
    }

    pub fn open(&mut self, recorder: String, file: Box<RecordingFile>) {
        self.held.push_back(WriterOrder::Open { recorder, file });
    }

    pub fn discard(&mut self, file: Box<RecordingFile>) {
        self.held.push_back(WriterOrder::Discard(file));
    }

    /// What the writer was not told yet of recorders that move to another worker.
    pub fn carry<'a>(&mut self, recorders: impl Iterator<Item = &'a str>) -> VecDeque<WriterOrder> {
        let names: HashSet<&str> = recorders.collect();
        let moves = |order: &WriterOrder| order.recorder().is_some_and(|recorder| names.contains(recorder));
        let (carried, kept) = std::mem::take(&mut self.held).into_iter().partition(moves);
        self.held = kept;
        carried
    }

    pub fn take_over(&mut self, mut carried: VecDeque<WriterOrder>) {
        self.held.append(&mut carried);
    }

    pub fn pass_on(&mut self, switchboard: &mut Switchboard) {
        while let Some(block) = switchboard.next_block() {
            if self.held.len() < MAX_HELD || block.end.is_some() {
                self.held.push_back(WriterOrder::Write { block, spare: self.give_back.clone() });
            } else {
                switchboard.give_back(block.settled.placed);
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
        while let Ok(placed) = self.spare.try_recv() {
            switchboard.give_back(placed);
        }
    }

    /// Write out everything; returns when the files are finished.
    pub fn stop(&mut self) {
        let (done, settled) = sync_channel(1);
        for order in self.held.drain(..).chain([WriterOrder::Settle(done)]) {
            if self.orders.send(order).is_err() {
                break;
            }
        }
        // Fails only when the writer is gone, with which the process ends.
        let _ = settled.recv();
    }
}
