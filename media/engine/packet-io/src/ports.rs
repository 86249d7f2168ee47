//! The range of UDP ports for `rtp` legs.

use crate::sockets::bind_udp;
use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// So many pairs in use by other programs are tried before giving up.
const MAX_TRIES: usize = 64;

/// RTP on the even port, RTCP on the next.
#[derive(Debug)]
pub struct PortPair {
    pub rtp: UdpSocket,
    pub rtcp: UdpSocket,
    pub port: u16,
}

/// Free even ports; the one given back last is used again last, so that late packets of an ended call hit nobody.
#[derive(Debug)]
pub struct PortRange {
    free: VecDeque<u16>,
}

impl PortRange {
    pub fn new(range: RangeInclusive<u16>) -> Self {
        let (first, last) = (range.start().next_multiple_of(2), *range.end());
        Self { free: (first..last).step_by(2).collect() }
    }

    pub fn free(&self) -> usize {
        self.free.len()
    }

    /// Bind a pair on `host`; None when no port is left.
    pub fn bind(&mut self, host: IpAddr) -> io::Result<Option<PortPair>> {
        for _ in 0..MAX_TRIES.min(self.free.len()) {
            let Some(port) = self.free.pop_front() else { break };
            let pair = bind_udp(SocketAddr::new(host, port))
                .and_then(|rtp| Ok(PortPair { rtp, rtcp: bind_udp(SocketAddr::new(host, port + 1))?, port }));
            match pair {
                Ok(pair) => return Ok(Some(pair)),
                Err(error) => {
                    self.free.push_back(port);
                    if error.kind() != io::ErrorKind::AddrInUse {
                        return Err(error);
                    }
                }
            }
        }
        Ok(None)
    }

    pub fn give_back(&mut self, port: u16) {
        self.free.push_back(port);
    }
}

/// The range as all workers share it; locked when a leg is made or ends.
#[derive(Debug, Clone)]
pub struct Ports(Arc<Mutex<PortRange>>);

impl Ports {
    pub fn new(range: PortRange) -> Self {
        Self(Arc::new(Mutex::new(range)))
    }

    fn locked(&self) -> MutexGuard<'_, PortRange> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn free(&self) -> usize {
        self.locked().free()
    }

    /// As `PortRange::bind`.
    pub fn bind(&self, host: IpAddr) -> io::Result<Option<PortPair>> {
        self.locked().bind(host)
    }

    pub fn give_back(&self, port: u16) {
        self.locked().give_back(port);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_even_and_used_again_last() {
        let range = PortRange::new(20_001..=20_009);
        assert_eq!(range.free, [20_002, 20_004, 20_006, 20_008]);
    }

    #[test]
    fn a_port_in_use_is_passed_over_and_an_empty_range_says_so() {
        let host: IpAddr = "127.0.0.1".parse().expect("address");
        // Find four ports in a row that are free now.
        let (start, blocker) = (30_000..60_000u16)
            .step_by(4)
            .find_map(|start| Some((start, UdpSocket::bind((host, start)).ok()?)))
            .expect("a free port");
        let mut range = PortRange::new(start..=start + 3);
        let pair = range.bind(host).expect("bound");
        if let Some(pair) = &pair {
            assert_eq!(pair.port, start + 2);
        }
        drop(blocker);
        assert_eq!(PortRange::new(40_001..=40_001).bind(host).expect("no error").map(|pair| pair.port), None);
    }
}
