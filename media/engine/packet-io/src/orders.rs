//! What the control thread asks of a worker.

use crate::process;
use crate::recording_file::RecordingFile;
use crate::wake::Waker;
use control_messages::{Command, Health};
use packet_core::clip::Clip;
use std::sync::Arc;
use std::sync::mpsc::{Sender, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// A worker answers within a round of its loop.
const HEALTH_WAIT: Duration = Duration::from_secs(1);

pub use crate::worker::Worker;

/// A worker's figures, with those that the control protocol does not have.
#[derive(Debug, Clone, Default)]
pub struct WorkerHealth {
    pub health: Health,
    pub datagrams_unsent: u64,
}

/// A command with what the control thread prepared for it.
pub enum Order {
    Command {
        connection: u64,
        request: u64,
        command: Command,
        prepared: Prepared,
    },
    /// For whoever asks without being a controller.
    Health(SyncSender<WorkerHealth>),
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

    pub fn health_probe(&self) -> HealthProbe {
        HealthProbe { orders: self.orders.clone(), waker: self.waker.clone() }
    }

    pub fn join(self) -> std::thread::Result<()> {
        self.thread.join()
    }
}

/// Asks a worker how it is.
pub struct HealthProbe {
    orders: Sender<Order>,
    waker: Waker,
}

impl HealthProbe {
    /// None when the worker does not answer.
    pub fn ask(&self) -> Option<WorkerHealth> {
        let (sender, receiver) = sync_channel(1);
        self.orders.send(Order::Health(sender)).ok()?;
        self.waker.wake();
        let mut answer = receiver.recv_timeout(HEALTH_WAIT).ok()?;
        (answer.health.cpu_seconds, answer.health.resident_bytes) = process::usage();
        Some(answer)
    }
}
