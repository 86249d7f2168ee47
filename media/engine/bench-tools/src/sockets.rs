//! The generator's sockets. Plain far ends share a few, so that the generator sends and receives in batches: with a socket
//! each it would be the bottleneck. Protected ones have their own, which tells whose keys a packet is for.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};

/// Room for what comes while the generator is off the processor (4 MB hold 5,000 packets each).
const SHARED: usize = 16;

#[derive(Default)]
pub struct Sockets {
    pub all: Vec<UdpSocket>,
    shared: [Option<usize>; SHARED],
}

impl Sockets {
    /// The socket for stream `index` of `count`: neighbours share one.
    pub fn shared(&mut self, index: usize, count: usize) -> io::Result<usize> {
        let group = index * SHARED / count.max(1);
        if let Some(socket) = self.shared[group] {
            return Ok(socket);
        }
        let socket = self.own()?;
        self.shared[group] = Some(socket);
        Ok(socket)
    }

    pub fn own(&mut self) -> io::Result<usize> {
        let socket = packet_io::sockets::bind_shared(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        self.all.push(socket);
        Ok(self.all.len() - 1)
    }

    pub fn address(&self, socket: usize) -> io::Result<SocketAddr> {
        self.all[socket].local_addr()
    }
}
