//! What the workers of a process share: who owns which leg, and the queues on which they hand datagrams to each other.
//! A process with one worker has none of it.

use crate::orders::Order;
use crate::wake::Waker;
use crossbeam_queue::ArrayQueue;
use packet_core::switchboard::MAX_DATAGRAM;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, PoisonError, RwLock};

/// Datagrams of browsers waiting for their worker: 10 ms of 2,000 browsers. What exceeds it is lost, and counted.
const QUEUE: usize = 1024;
const NOBODY: u16 = u16::MAX;

/// A datagram that came in on the shared port of one worker, for a leg that lives on another.
pub struct Handed {
    pub index: u8,
    /// The leg's key.
    pub key: usize,
    pub source: SocketAddr,
    /// The worker on whose socket the browser's packets arrive.
    pub reader: usize,
    pub length: usize,
    pub bytes: [u8; MAX_DATAGRAM],
}

/// Browser legs by user fragment, and the worker of each leg by key.
pub struct Directory {
    ufrags: RwLock<HashMap<String, usize>>,
    owners: Box<[AtomicU16]>,
}

impl Directory {
    /// Of at most `legs` legs.
    pub fn new(legs: usize) -> Self {
        let owners = std::iter::repeat_with(|| AtomicU16::new(NOBODY)).take(legs).collect();
        Self { ufrags: RwLock::default(), owners }
    }

    /// Read for connectivity checks of legs that live elsewhere, a few a second; never for a packet.
    pub fn key_of(&self, ufrag: &str) -> Option<usize> {
        self.ufrags.read().unwrap_or_else(PoisonError::into_inner).get(ufrag).copied()
    }

    pub fn add(&self, ufrag: &str, key: usize) {
        self.ufrags.write().unwrap_or_else(PoisonError::into_inner).insert(ufrag.to_owned(), key);
    }

    pub fn remove(&self, key: usize) {
        self.ufrags.write().unwrap_or_else(PoisonError::into_inner).retain(|_, known| *known != key);
        self.set_owner(key, usize::from(NOBODY));
    }

    pub fn owner(&self, key: usize) -> Option<usize> {
        let owner = self.owners.get(key)?.load(Ordering::Acquire);
        (owner != NOBODY).then_some(usize::from(owner))
    }

    pub fn set_owner(&self, key: usize, worker: usize) {
        if let Some(owner) = self.owners.get(key) {
            owner.store(worker as u16, Ordering::Release);
        }
    }
}

/// How the others reach a worker.
#[derive(Clone)]
pub struct Peer {
    pub orders: Sender<Order>,
    pub waker: Waker,
    pub handed: Arc<ArrayQueue<Handed>>,
}

impl Peer {
    pub fn new(orders: Sender<Order>, waker: Waker) -> Self {
        Self { orders, waker, handed: Arc::new(ArrayQueue::new(QUEUE)) }
    }
}

/// One worker's view of all.
#[derive(Clone)]
pub struct Crew {
    pub own: usize,
    pub peers: Arc<[Peer]>,
    pub directory: Arc<Directory>,
}
