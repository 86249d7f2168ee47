//! How much of everything there may be, and the descriptors that it takes.

use crate::journal;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::json;

/// Of each kind by default: ten times the largest tenant; a controller gone wrong must not eat the machine.
pub const DEFAULT_LIMIT: usize = 20_000;
/// Two sockets of each `rtp` leg, one file of each recorder.
const DESCRIPTORS_OF_A_LEG: u64 = 2;
/// Control connections, epolls, files of prompts while they are read.
const OTHER_DESCRIPTORS: u64 = 256;

#[derive(Debug, Clone, Copy)]
pub struct Limits {
    pub legs: usize,
    pub players: usize,
    pub recorders: usize,
    pub detectors: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { legs: DEFAULT_LIMIT, players: DEFAULT_LIMIT, recorders: DEFAULT_LIMIT, detectors: DEFAULT_LIMIT }
    }
}

impl Limits {
    /// Let this process open as many descriptors as the limits and so many pairs of ports can take.
    pub fn raise_descriptors(&self, port_pairs: usize) {
        let needed =
            DESCRIPTORS_OF_A_LEG * self.legs.min(port_pairs) as u64 + self.recorders as u64 + OTHER_DESCRIPTORS;
        let before = getrlimit(Resource::Nofile);
        if before.current.is_none_or(|current| current >= needed) {
            return;
        }
        let maximum = before.maximum.map(|maximum| maximum.max(needed));
        // Only the superuser may raise the maximum; others get what there is.
        let raised = setrlimit(Resource::Nofile, Rlimit { current: Some(needed), maximum })
            .or_else(|_| setrlimit(Resource::Nofile, Rlimit { current: before.maximum, maximum: before.maximum }));
        let granted = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
        if raised.is_err() || granted < needed {
            journal::warning("few_descriptors", &[("needed", json!(needed)), ("granted", json!(granted))]);
        }
    }
}
