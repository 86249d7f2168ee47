//! Groups of legs leave for another worker and come from one, with their sockets.

use super::RTCP_TOKEN;
use super::Worker;
use super::legs::LegSockets;
use crate::journal;
use crate::orders::Order;
use crate::writer::WriterOrder;
use packet_core::switchboard::GroupBundle;
use serde_json::json;
use std::collections::VecDeque;

/// What goes from worker to worker.
pub struct Parcel {
    bundle: GroupBundle,
    sockets: Vec<(usize, LegSockets)>,
    held: VecDeque<WriterOrder>,
}

impl Worker {
    /// Send `groups`, and what is bound to them by hearing, to the worker `to`; returns all the groups that went.
    pub(super) fn give_away(&mut self, groups: &[String], to: usize) -> Vec<String> {
        // What was made so far is told first: events and blocks stay in order.
        self.flush();
        self.pass_on();
        let Some(handover) = &mut self.handover else { return Vec::new() };
        let Some(peer) = handover.crew.peers.get(to).filter(|_| to != handover.crew.own).cloned() else {
            return Vec::new();
        };
        let bundle = self.switchboard.take_groups(groups);
        let names = bundle.groups.clone();
        let keys: Vec<usize> = bundle.leg_keys().collect();
        let addresses: Vec<_> = bundle.addresses().collect();
        let held = self.recordings.carry(bundle.recorders());
        let mut sockets = Vec::new();
        for key in &keys {
            if let Some(one) = self.sockets.get_mut(*key).and_then(Option::take) {
                // What lies in them is read by the other worker.
                let _ = rustix::event::epoll::delete(&self.epoll, &one.rtp);
                let _ = rustix::event::epoll::delete(&self.epoll, &one.rtcp);
                sockets.push((*key, one));
            }
        }
        // Before the directory says so: whoever is handed a datagram for these legs must find the order.
        let _ = peer.orders.send(Order::Adopt(Box::new(Parcel { bundle, sockets, held })));
        for key in keys {
            handover.crew.directory.set_owner(key, to);
        }
        for (flow, key) in addresses {
            handover.learn(flow, key);
        }
        peer.waker.wake();
        self.load.moves += 1;
        names
    }

    pub(super) fn adopt(&mut self, parcel: Parcel) {
        let Parcel { bundle, sockets, held } = parcel;
        for (key, one) in sockets {
            let watched =
                self.watch(&one.rtp, key as u64).and_then(|()| self.watch(&one.rtcp, key as u64 | RTCP_TOKEN));
            if let Err(error) = watched {
                journal::warning("leg_not_watched", &[("message", json!(error.to_string()))]);
            }
            self.keep_sockets(key, one);
        }
        self.recordings.take_over(held);
        self.switchboard.adopt(bundle, self.clock.now());
    }
}
