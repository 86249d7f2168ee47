//! The honest peer of a media engine: two sockets a call, one receive and one send a packet, nothing looked at.
#![forbid(unsafe_code)]

use clap::Parser;
use rustix::event::epoll;
use std::error::Error;
use std::io::Write;
use std::net::{IpAddr, SocketAddr, UdpSocket};

const EVENTS: usize = 256;
/// As much as an engine's receive buffer takes.
const BUFFER_BYTES: usize = 1564;

/// Forward UDP between pairs of ports; prints the pairs as one JSON line, then runs until killed.
#[derive(Debug, Parser)]
struct Options {
    #[arg(long, default_value = "127.0.0.1")]
    host: IpAddr,
    #[arg(long, default_value_t = 50)]
    calls: usize,
}

struct Side {
    socket: UdpSocket,
    /// Whoever sent here last.
    peer: Option<SocketAddr>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::parse();
    // The engine's packet thread asks for the same.
    let _ = rustix::process::setpriority_process(None, -15);
    let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
    let mut sides = Vec::new();
    for index in 0..options.calls * 2 {
        let socket = UdpSocket::bind((options.host, 0))?;
        socket.set_nonblocking(true)?;
        epoll::add(&epoll, &socket, epoll::EventData::new_u64(index as u64), epoll::EventFlags::IN)?;
        sides.push(Side { socket, peer: None });
    }
    let ports = sides.iter().map(|side| Ok(side.socket.local_addr()?.port())).collect::<std::io::Result<Vec<_>>>()?;
    println!("{}", serde_json::json!({ "ports": ports.chunks(2).collect::<Vec<_>>() }));
    std::io::stdout().flush()?;
    let mut events = Vec::with_capacity(EVENTS);
    let mut buffer = [0; BUFFER_BYTES];
    loop {
        events.clear();
        epoll::wait(&epoll, rustix::buffer::spare_capacity(&mut events), None)?;
        for event in &events {
            let index = event.data.u64() as usize;
            let Ok((length, source)) = sides[index].socket.recv_from(&mut buffer) else { continue };
            sides[index].peer = Some(source);
            let other = &sides[index ^ 1];
            if let Some(peer) = other.peer {
                let _ = other.socket.send_to(&buffer[..length], peer);
            }
        }
    }
}
