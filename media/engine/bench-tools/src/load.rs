//! The generator: 50 packets a second on each stream, evenly spread, and what comes of them.

use crate::sockets::Sockets;
use crate::stream::{Protection, Stream, read};
use packet_core::switchboard::{Outbox, Port};
use packet_io::mmsg::{BATCH, ReceiveBatch, send_batch};
use rustix::event::{Timespec, epoll};
use std::io;
use std::net::UdpSocket;
use std::time::{Duration, Instant};

const PACKET_NANOS: u64 = 20_000_000;
/// A generator that was off the processor for so long begins its rhythm anew.
const MAX_LAG: u64 = 100_000_000;
const CHECK_NANOS: u64 = 5_000_000_000;
const EVENTS: usize = 256;

#[derive(Default)]
pub struct Measured {
    pub sent: u64,
    pub received: u64,
    pub delays: Vec<u64>,
    /// How late we were ourselves: figures of a run in which this is large say nothing of the target.
    pub lags: Vec<u64>,
}

pub struct Load {
    sockets: Vec<UdpSocket>,
    streams: Vec<Stream>,
    /// Of each socket, the stream that alone uses it.
    owners: Vec<Option<usize>>,
    next_at: Vec<u64>,
    first: usize,
    next_check: u64,
    start: Instant,
    epoll: rustix::fd::OwnedFd,
    outbox: Outbox,
    batch: ReceiveBatch,
    /// Whether what comes still bears the sender's stamp; mixed sound does not.
    stamped: bool,
    pub measured: Measured,
}

impl Load {
    pub fn new(streams: Vec<Stream>, sockets: Sockets, stamped: bool) -> io::Result<Self> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        for (index, socket) in sockets.all.iter().enumerate() {
            socket.set_nonblocking(true)?;
            epoll::add(&epoll, socket, epoll::EventData::new_u64(index as u64), epoll::EventFlags::IN)?;
        }
        let mut owners = vec![None; sockets.all.len()];
        for (index, stream) in streams.iter().enumerate().filter(|(_, stream)| stream.protection.is_some()) {
            owners[stream.socket] = Some(index);
        }
        let mut load = Self {
            sockets: sockets.all,
            owners,
            next_at: vec![0; streams.len()],
            streams,
            first: 0,
            next_check: CHECK_NANOS,
            start: Instant::now(),
            epoll,
            outbox: Outbox::default(),
            batch: ReceiveBatch::default(),
            stamped,
            measured: Measured::default(),
        };
        load.restart();
        Ok(load)
    }

    fn now(&self) -> u64 {
        self.start.elapsed().as_nanos() as u64
    }

    /// From now on, spread evenly: what was missed is not made up for in a burst.
    pub fn restart(&mut self) {
        let (now, count) = (self.now(), self.streams.len());
        for offset in 0..count {
            self.next_at[(self.first + offset) % count] = now + offset as u64 * PACKET_NANOS / count as u64;
        }
    }

    /// Send what is due, in the order of its time; what shares a socket and is late goes out at once.
    fn send_due(&mut self) {
        let mut now = self.now();
        while self.next_at[self.first] <= now {
            let lag = now - self.next_at[self.first];
            if lag > MAX_LAG {
                self.restart();
            }
            let stream = &mut self.streams[self.first];
            let pending = self.outbox.pending();
            if pending.len() == BATCH || pending.first().is_some_and(|one| one.port != Port::Rtp(stream.socket)) {
                flush(&self.sockets, &mut self.outbox);
            }
            let length = stream.write(self.outbox.slot(), now);
            self.outbox.commit(Port::Rtp(stream.socket), stream.to, length);
            self.next_at[self.first] += PACKET_NANOS;
            self.first = (self.first + 1) % self.streams.len();
            self.measured.sent += 1;
            self.measured.lags.push(lag);
            now = self.now();
        }
        flush(&self.sockets, &mut self.outbox);
        if now >= self.next_check {
            self.next_check += CHECK_NANOS;
            for stream in &self.streams {
                if let Some(check) = &stream.check {
                    let _ = self.sockets[stream.socket].send_to(check, stream.to);
                }
            }
        }
    }

    /// Send (or only listen) for `span`, counting what was sent within it.
    pub fn run(&mut self, span: Duration, sending: bool) -> io::Result<()> {
        let from = self.now();
        let end = from + span.as_nanos() as u64;
        let mut events = Vec::with_capacity(EVENTS);
        while self.now() < end {
            if sending {
                self.send_due();
            }
            let next = if sending { self.next_at[self.first].min(end) } else { end };
            let wait = next.saturating_sub(self.now());
            let wait = Timespec { tv_sec: (wait / 1_000_000_000) as i64, tv_nsec: (wait % 1_000_000_000) as i64 };
            events.clear();
            epoll::wait(&self.epoll, rustix::buffer::spare_capacity(&mut events), Some(&wait))?;
            for event in &events {
                self.receive(event.data.u64() as usize, from, sending)?;
            }
        }
        Ok(())
    }

    fn receive(&mut self, socket: usize, from: u64, sending: bool) -> io::Result<()> {
        let count = self.batch.receive(&self.sockets[socket])?;
        let now = self.now();
        let owner = self.owners[socket].and_then(|index| self.streams[index].protection.as_deref_mut());
        let mut owner: Option<&mut Protection> = owner;
        for index in 0..count {
            let Some((datagram, _)) = self.batch.datagram(index) else { continue };
            let Some(stamp) = read(datagram, owner.as_deref_mut()) else { continue };
            if !self.stamped {
                self.measured.received += u64::from(sending);
            } else if stamp >= from || !sending {
                self.measured.received += 1;
                self.measured.delays.push(now.saturating_sub(stamp));
            }
        }
        Ok(())
    }
}

fn flush(sockets: &[UdpSocket], outbox: &mut Outbox) {
    if let Some(Port::Rtp(socket)) = outbox.pending().first().map(|one| one.port) {
        send_batch(&sockets[socket], outbox.pending());
    }
    outbox.clear();
}
