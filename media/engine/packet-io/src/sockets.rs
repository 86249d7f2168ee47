//! UDP sockets as the engine wants them.

use socket2::{Domain, Protocol, Socket, Type};
use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};

/// Expedited forwarding (RFC 3246) in the upper six bits.
const DSCP_EF: u32 = 46 << 2;
/// All browsers share one port: room for a burst of 4,000 packets while the thread is off the processor.
const SHARED_BUFFER_BYTES: usize = 4 << 20;

pub fn bind_udp(address: SocketAddr) -> io::Result<UdpSocket> {
    bind(address, false)
}

fn bind(address: SocketAddr, several: bool) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM.nonblocking().cloexec(), Some(Protocol::UDP))?;
    // Marking is a wish to the network: a system that forbids it still carries calls.
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
        let _ = socket.set_tclass_v6(DSCP_EF);
    } else {
        let _ = socket.set_tos_v4(DSCP_EF);
    }
    if several {
        // The kernel then spreads the senders over the sockets, each always to the same one.
        socket.set_reuse_port(true)?;
    }
    socket.bind(&address.into())?;
    Ok(socket.into())
}

/// One with room for many senders.
pub fn bind_shared(address: SocketAddr) -> io::Result<UdpSocket> {
    bind_udp(address).map(with_room)
}

/// A socket of the shared port for each of so many workers.
pub fn bind_shared_among(address: SocketAddr, workers: usize) -> io::Result<Vec<UdpSocket>> {
    // Alone first: several that share a port would not notice that another program has it.
    let alone = bind_shared(address)?;
    if workers == 1 {
        return Ok(vec![alone]);
    }
    let address = alone.local_addr()?;
    drop(alone);
    (0..workers).map(|_| Ok(with_room(bind(address, true)?))).collect()
}

fn with_room(socket: UdpSocket) -> UdpSocket {
    let options = socket2::SockRef::from(&socket);
    // The system may grant less.
    let _ = options.set_recv_buffer_size(SHARED_BUFFER_BYTES);
    let _ = options.set_send_buffer_size(SHARED_BUFFER_BYTES);
    socket
}

/// The addresses of this machine that the other side could reach, for a socket bound to all of them.
pub fn local_addresses(ipv6: bool) -> io::Result<Vec<IpAddr>> {
    // Every address that routes to the world or, on a machine without, to itself.
    let probe = |from: &str, to: &str| -> io::Result<IpAddr> {
        let socket = UdpSocket::bind(from)?;
        socket.connect(to)?;
        Ok(socket.local_addr()?.ip())
    };
    let found = match ipv6 {
        false => probe("0.0.0.0:0", "192.0.2.1:9").or_else(|_| probe("0.0.0.0:0", "127.0.0.1:9")),
        true => probe("[::]:0", "[2001:db8::1]:9").or_else(|_| probe("[::]:0", "[::1]:9")),
    };
    found.map(|address| vec![address])
}
