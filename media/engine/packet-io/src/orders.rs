//! What the control thread asks of a worker.

use crate::recording_file::RecordingFile;
use crate::wake::Waker;
use control_messages::Command;
use packet_core::clip::Clip;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::thread::JoinHandle;

pub use crate::worker::Worker;

/// A command with what the control thread prepared for it.
pub enum Order {
    Command {
        connection: u64,
        request: u64,
        command: Command,
        prepared: Prepared,
    },
    /// Finish all recordings and end.
    Stop,
}

/// Slow work that the packets must not wait for is done before.
pub enum Prepared {
    Nothing,
    Clips(Vec<Arc<Clip>>),
    File(Box<RecordingFile>),
}

pub struct WorkerHandle {
    pub(crate) orders: Sender<Order>,
    pub(crate) waker: Waker,
    pub(crate) thread: JoinHandle<()>,
}

impl WorkerHandle {
    pub fn order(&self, order: Order) {
        // Fails only after the worker has ended, when the process ends too.
        if self.orders.send(order).is_ok() {
            self.waker.wake();
        }
    }

    pub fn join(self) -> std::thread::Result<()> {
        self.thread.join()
    }
}
