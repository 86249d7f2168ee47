//! All workers of a process.

use crate::crew::{Crew, Directory, Peer};
use crate::forks::Forks;
use crate::notices::NoticeSender;
use crate::orders::{HealthProbe, Order, WorkerHandle};
use crate::ports::Ports;
use crate::time::Clock;
use crate::wake::Waker;
use crate::worker::{Host, Queue, Worker, WorkerSetup};
use crate::writer::WriterOrder;
use packet_core::switchboard::Keys;
use std::io;
use std::net::UdpSocket;
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, channel, sync_channel};
use std::time::Duration;

/// A worker takes its orders after each round of packets: within a millisecond, if it is not stuck.
const MOVE_WAIT: Duration = Duration::from_secs(1);
/// Keys in use at most: the legs, and one reserved by each worker.
const SPARE_KEYS: usize = 256;

pub struct WorkersSetup {
    pub clock: Clock,
    pub notices: NoticeSender,
    pub ports: Ports,
    pub rtp_hosts: Vec<Host>,
    /// For each worker its sockets of the shared ports, in the same order; their number is that of the workers.
    pub shared: Vec<Vec<UdpSocket>>,
    pub max_legs: usize,
    pub writer: SyncSender<WriterOrder>,
    pub forks: Forks,
}

pub struct Workers {
    handles: Vec<WorkerHandle>,
}

impl Workers {
    pub fn start(setup: WorkersSetup) -> io::Result<Self> {
        let mut queues = Vec::new();
        for _ in &setup.shared {
            let (sender, orders) = channel();
            queues.push(Queue { sender, orders, waker: Waker::new()? });
        }
        let peers: Arc<[Peer]> =
            queues.iter().map(|queue| Peer::new(queue.sender.clone(), queue.waker.clone())).collect();
        let directory = Arc::new(Directory::new(setup.max_legs + SPARE_KEYS));
        let several = queues.len() > 1;
        let keys = Keys::default();
        let mut handles = Vec::new();
        for (number, (queue, shared)) in queues.into_iter().zip(setup.shared).enumerate() {
            let crew = Crew { own: number, peers: peers.clone(), directory: directory.clone() };
            let setup = WorkerSetup {
                number,
                clock: setup.clock,
                notices: setup.notices.clone(),
                ports: setup.ports.clone(),
                keys: keys.clone(),
                crew: several.then_some(crew),
                rtp_hosts: setup.rtp_hosts.clone(),
                shared,
                writer: setup.writer.clone(),
                forks: setup.forks.clone(),
            };
            handles.push(Worker::start(setup, queue)?);
        }
        Ok(Self { handles })
    }

    pub fn count(&self) -> usize {
        self.handles.len()
    }

    /// `wake` them when all orders are given.
    pub fn order(&self, worker: usize, order: Order) {
        if let Some(handle) = self.handles.get(worker) {
            handle.order(order);
        }
    }

    /// All that have orders: once for all of them.
    pub fn wake(&self) {
        self.handles.iter().for_each(WorkerHandle::wake);
    }

    /// Finish all recordings and end; each worker tells when it has.
    pub fn stop(&self) {
        self.handles.iter().for_each(|handle| handle.order(Order::Stop));
        self.wake();
    }

    /// Move groups, and what is bound to them by hearing; all that went, None when the worker does not answer.
    /// Orders to `to` that follow find them there.
    pub fn move_groups(&self, groups: Vec<String>, from: usize, to: usize) -> Option<Vec<String>> {
        let (went, answer) = sync_channel(1);
        self.order(from, Order::GiveAway { groups, to, went });
        self.wake();
        answer.recv_timeout(MOVE_WAIT).ok()
    }

    pub fn health_probe(&self) -> HealthProbe {
        let ends = |handle: &WorkerHandle| (handle.orders.clone(), handle.waker.clone());
        HealthProbe { workers: self.handles.iter().map(ends).collect() }
    }

    pub fn join(self) {
        for handle in self.handles {
            // A worker that panicked has ended the process already.
            let _ = handle.join();
        }
    }
}
