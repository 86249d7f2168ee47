//! What the control thread asks of a worker.

use crate::loader::LoadedSounds;
use crate::recording_file::RecordingFile;
use crate::wake::Waker;
use control_messages::Command;
use packet_core::fork::ForkLine;
use packet_core::switchboard::Sounds;
use std::cell::Cell;
use std::sync::Arc;
use std::sync::mpsc::{Sender, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// A worker answers within a round of its loop.
const HEALTH_WAIT: Duration = Duration::from_secs(1);

pub use crate::worker::{Parcel, WorkerFigures};

/// A command with what the control thread prepared for it.
pub enum Order {
    Command {
        connection: u64,
        request: u64,
        /// What the command makes, told with the answer.
        about: Option<Name>,
        command: Command,
        prepared: Prepared,
    },
    /// Nobody waits for the answer.
    Quietly(Command),
    /// One worker's part of what all answer together.
    Part {
        gathering: u64,
        command: Command,
    },
    /// Send groups to another worker; the answer names all that went with them.
    GiveAway {
        groups: Vec<String>,
        to: usize,
        went: SyncSender<Vec<String>>,
    },
    Adopt(Box<Parcel>),
    /// The files of a player have been read, or why they cannot be.
    SoundsLoaded(Box<LoadedSounds>),
    /// For whoever asks without being a controller.
    Figures(SyncSender<WorkerFigures>),
    /// Finish all recordings and end.
    Stop,
}

/// Something that a command makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Name {
    Leg(String),
    Player(String),
    Detector(String),
}

/// Slow work that the packets must not wait for is done before.
pub enum Prepared {
    Nothing,
    Sounds(Sounds),
    Fork(Arc<ForkLine>),
    File(Box<RecordingFile>),
}

pub struct WorkerHandle {
    pub(crate) orders: Sender<Order>,
    pub(crate) waker: Waker,
    /// Something that it was not woken for.
    pub(crate) ordered: Cell<bool>,
    pub(crate) thread: JoinHandle<()>,
}

impl WorkerHandle {
    /// `wake` it when it has all that it is to do.
    pub fn order(&self, order: Order) {
        // Fails only after the worker has ended, when the process ends too.
        let _ = self.orders.send(order);
        self.ordered.set(true);
    }

    pub fn wake(&self) {
        if self.ordered.take() {
            self.waker.wake();
        }
    }

    pub fn join(self) -> std::thread::Result<()> {
        self.thread.join()
    }
}

/// Asks the workers how they are.
pub struct HealthProbe {
    pub(crate) workers: Vec<(Sender<Order>, Waker)>,
}

impl HealthProbe {
    /// None when one of them does not answer.
    pub fn ask(&self) -> Option<Vec<WorkerFigures>> {
        self.workers.iter().map(ask).collect()
    }
}

fn ask((orders, waker): &(Sender<Order>, Waker)) -> Option<WorkerFigures> {
    let (sender, receiver) = sync_channel(1);
    orders.send(Order::Figures(sender)).ok()?;
    waker.wake();
    receiver.recv_timeout(HEALTH_WAIT).ok()
}
