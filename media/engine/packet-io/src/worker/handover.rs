//! Browsers' datagrams that arrive here for a leg on another worker, and the other way round. The kernel spreads the
//! browsers over the workers' sockets of the shared port by their addresses, so that each one's packets always arrive
//! at the same worker: its reader. A leg that lives elsewhere is reached through a bounded queue without locks.

use super::Worker;
use crate::crew::{Crew, Handed};
use crate::notices::Notice;
use packet_core::stun::{self, BindingRequest};
use packet_core::switchboard::{MAX_DATAGRAM, Port};
use std::collections::HashMap;
use std::net::SocketAddr;

/// Addresses of browsers whose legs live elsewhere; learned anew within seconds when they are forgotten.
const MAX_FLOWS: usize = 1 << 16;

pub struct Handover {
    pub crew: Crew,
    /// Keys of legs that live elsewhere, by the address that their browser sends from.
    flows: HashMap<(u8, SocketAddr), usize>,
    /// Whom to wake when this batch has been read.
    touched: Vec<bool>,
    pub lost: u64,
}

impl Handover {
    pub fn new(crew: Crew) -> Self {
        let touched = vec![false; crew.peers.len()];
        Self { crew, flows: HashMap::new(), touched, lost: 0 }
    }

    pub fn learn(&mut self, flow: (u8, SocketAddr), key: usize) {
        if self.flows.len() >= MAX_FLOWS {
            self.flows.clear();
        }
        self.flows.insert(flow, key);
    }

    /// The key of the leg that a datagram nobody knows here belongs to.
    fn find(&mut self, index: u8, datagram: &[u8], source: SocketAddr) -> Option<usize> {
        if stun::is_stun(datagram) {
            let key = self.crew.directory.key_of(BindingRequest::parse(datagram)?.local_ufrag)?;
            self.learn((index, source), key);
            return Some(key);
        }
        self.flows.get(&(index, source)).copied()
    }

    fn is_ours(&self, key: usize) -> bool {
        self.crew.directory.owner(key) == Some(self.crew.own)
    }

    fn hand(&mut self, handed: Handed) {
        let owner = self.crew.directory.owner(handed.key).filter(|owner| *owner != self.crew.own);
        let Some((owner, peer)) = owner.and_then(|owner| Some((owner, self.crew.peers.get(owner)?))) else {
            self.lost += 1;
            return;
        };
        self.lost += u64::from(peer.handed.push(handed).is_err());
        self.touched[owner] = true;
    }

    /// Wake the others, once for all that they were handed.
    pub fn wake(&mut self) {
        for (peer, touched) in self.crew.peers.iter().zip(&mut self.touched) {
            if std::mem::take(touched) {
                peer.waker.wake();
            }
        }
    }
}

impl Worker {
    /// Hand a datagram to the worker of its leg; false when it is to be read here.
    pub(super) fn hand_over(&mut self, index: u8, datagram: &[u8], source: SocketAddr) -> bool {
        let Some(handover) = &mut self.handover else { return false };
        if !stun::is_stun(datagram) && self.switchboard.knows_address(index, source) {
            return false;
        }
        if stun::is_stun(datagram)
            && BindingRequest::parse(datagram).is_none_or(|request| self.switchboard.has_ufrag(request.local_ufrag))
        {
            return false;
        }
        let Some(key) = handover.find(index, datagram, source) else { return false };
        if handover.is_ours(key) {
            // It is on its way here: the order to take it in was sent before the directory said so.
            self.take_orders();
        }
        let Some(handover) = self.handover.as_mut().filter(|handover| !handover.is_ours(key)) else { return false };
        let mut bytes = [0; MAX_DATAGRAM];
        bytes[..datagram.len()].copy_from_slice(datagram);
        let reader = handover.crew.own;
        handover.hand(Handed { index, key, source, reader, length: datagram.len(), bytes });
        true
    }

    /// Read what the others handed over.
    pub(super) fn take_handed(&mut self) {
        let Some(queue) = self.handover.as_ref().map(|handover| handover.crew.peers[handover.crew.own].handed.clone())
        else {
            return;
        };
        for _ in 0..queue.capacity() {
            let Some(handed) = queue.pop() else { break };
            self.take_in(handed);
            self.flush_when_full();
        }
        if let Some(handover) = &mut self.handover {
            handover.wake();
        }
    }

    fn take_in(&mut self, mut handed: Handed) {
        if !self.switchboard.has_leg_key(handed.key) {
            // It is on its way here, and whoever handed this over knew: the order to take it in is in the queue.
            self.take_orders();
        }
        if let Some(handover) = self.handover.as_mut().filter(|handover| !handover.is_ours(handed.key)) {
            return handover.hand(handed); // it has moved on
        }
        let Handed { index, source, reader, .. } = handed;
        let known = self.switchboard.knows_address(index, source);
        let datagram = &mut handed.bytes[..handed.length];
        self.switchboard.receive(Port::Shared(index), datagram, source, self.clock.now(), &mut self.outbox);
        if !known && let Some(group) = self.switchboard.group_selected_at(index, source) {
            // A browser's new path: its group is cheaper to serve where its packets arrive.
            self.notices.send(Notice::ArrivesAt { group: group.to_owned(), reader });
        }
    }
}
