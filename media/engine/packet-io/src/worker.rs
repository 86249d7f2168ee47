//! A worker: one thread, one epoll, the sockets of its legs and the switchboard between them.

mod carry_out;
mod handover;
mod legs;
mod load;
mod moving;
mod recordings;

use crate::crew::Crew;
use crate::forks::Forks;
use crate::journal;
use crate::loader::LoadedSounds;
use crate::mmsg::{BATCH, BUFFER_BYTES, ReceiveBatch, send_batch};
use crate::notices::{Notice, NoticeSender};
use crate::orders::{Order, Prepared, WorkerHandle};
use crate::pace::Pace;
use crate::ports::Ports;
use crate::time::Clock;
use crate::wake::Waker;
use crate::writer::WriterOrder;
use handover::Handover;
use legs::LegSockets;
use load::Load;
pub use load::{LOOP_BOUNDS_MS, WorkerFigures};
pub use moving::Parcel;
use packet_core::switchboard::{Datagram, Keys, MAX_DATAGRAM, Outbox, Port, Switchboard};
use packet_core::{MILLISECOND, Nanos};
use recordings::Recordings;
use rustix::event::{Timespec, epoll};
use rustix::fd::{AsFd, OwnedFd};
use serde_json::json;
use std::cell::Cell;
use std::io;
use std::net::{IpAddr, UdpSocket};
use std::sync::mpsc::{Receiver, Sender, SyncSender, TryRecvError};

/// Ready sockets taken from one call.
const EVENTS: usize = 256;
/// Send what was made so far once it is so much, instead of holding early packets back.
const FLUSH_AT: usize = 2 * BATCH;
/// Of this thread alone; a system that does not grant it carries calls all the same.
const PRIORITY: i32 = -15;
const WAKER_TOKEN: u64 = u64::MAX;
const SHARED_TOKEN: u64 = 1 << 62;
const RTCP_TOKEN: u64 = 1 << 61;

/// What a worker is told at its start.
pub struct WorkerSetup {
    /// Its number among the workers of the process.
    pub number: usize,
    pub clock: Clock,
    pub notices: NoticeSender,
    pub ports: Ports,
    pub keys: Keys,
    /// The other workers; None when there are none.
    pub crew: Option<Crew>,
    /// Where RTP legs are bound, one per address family, with the address to announce.
    pub rtp_hosts: Vec<Host>,
    pub shared: Vec<UdpSocket>,
    /// The writer of recordings, which all workers share.
    pub writer: SyncSender<WriterOrder>,
    pub forks: Forks,
}

#[derive(Debug, Clone, Copy)]
pub struct Host {
    pub bind: IpAddr,
    pub announce: IpAddr,
}

pub struct Worker {
    clock: Clock,
    notices: NoticeSender,
    ports: Ports,
    handover: Option<Handover>,
    rtp_hosts: Vec<Host>,
    shared: Vec<UdpSocket>,
    sockets: Vec<Option<LegSockets>>,
    switchboard: Switchboard,
    outbox: Outbox,
    recordings: Recordings,
    forks: Forks,
    epoll: OwnedFd,
    waker: Waker,
    orders: Receiver<Order>,
    load: Load,
    stopping: bool,
}

/// The ends of the queue of a worker that is to be started.
pub struct Queue {
    pub sender: Sender<Order>,
    pub orders: Receiver<Order>,
    pub waker: Waker,
}

impl Worker {
    pub fn start(setup: WorkerSetup, queue: Queue) -> io::Result<WorkerHandle> {
        let Queue { sender, orders, waker } = queue;
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        epoll::add(&epoll, &waker, epoll::EventData::new_u64(WAKER_TOKEN), epoll::EventFlags::IN)?;
        for (index, socket) in (0u64..).zip(&setup.shared) {
            epoll::add(&epoll, socket, epoll::EventData::new_u64(SHARED_TOKEN | index), epoll::EventFlags::IN)?;
        }
        let recordings = Recordings::new(setup.writer);
        let seed = getrandom::u64().map_err(io::Error::other)?;
        let mut worker = Self {
            clock: setup.clock,
            notices: setup.notices,
            ports: setup.ports,
            rtp_hosts: setup.rtp_hosts,
            shared: setup.shared,
            sockets: Vec::new(),
            handover: setup.crew.map(Handover::new),
            switchboard: Switchboard::with_keys(seed, setup.clock.unix_epoch, setup.keys),
            outbox: Outbox::default(),
            recordings,
            forks: setup.forks,
            epoll,
            waker: waker.clone(),
            orders,
            load: Load::default(),
            stopping: false,
        };
        let name = format!("worker-{}", setup.number);
        let thread = std::thread::Builder::new().name(name).spawn(move || worker.run())?;
        Ok(WorkerHandle { orders: sender, waker, ordered: Cell::new(false), thread })
    }

    fn run(&mut self) {
        hurry();
        let mut events = Vec::with_capacity(EVENTS);
        let mut batch = ReceiveBatch::default();
        let mut buffer = [0; BUFFER_BYTES];
        let mut pace = Pace::start();
        while !self.stopping {
            events.clear();
            let timeout = if pace.is_busy() { Some(Timespec::default()) } else { self.timeout() };
            match epoll::wait(&self.epoll, rustix::buffer::spare_capacity(&mut events), timeout.as_ref()) {
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(error) => {
                    journal::warning("epoll_failed", &[("message", json!(error.to_string()))]);
                    break;
                }
            }
            let woken_at = self.clock.now();
            pace.begin(woken_at);
            let mut ordered = false;
            for event in &events {
                match event.data.u64() {
                    WAKER_TOKEN => ordered = true,
                    token if token & SHARED_TOKEN != 0 => {
                        pace.count(self.read_shared((token & !SHARED_TOKEN) as usize, &mut batch));
                    }
                    token => {
                        self.read_leg(token, &mut buffer);
                        pace.count(1);
                    }
                }
            }
            self.switchboard.handle_timer(self.clock.now(), &mut self.outbox);
            self.flush();
            self.load.count_round(self.clock.now() - woken_at);
            if ordered {
                // After the packets: a key in `events` must not mean another leg by now.
                self.waker.drain();
                self.take_orders();
                self.take_handed();
                self.flush();
            }
            self.pass_on();
            pace.wait(self.clock.now());
        }
        self.switchboard.stop_all_recorders(self.clock.now());
        self.pass_on();
        self.recordings.stop();
        self.notices.send(Notice::Stopped);
    }

    fn timeout(&self) -> Option<Timespec> {
        let at = self.switchboard.next_timer()?;
        let wait: Nanos = at.saturating_sub(self.clock.now());
        // epoll counts in milliseconds, rounded up: what is due within half of one is better done now.
        let wait = if wait < MILLISECOND / 2 { 0 } else { wait };
        Some(Timespec { tv_sec: (wait / 1_000_000_000) as i64, tv_nsec: (wait % 1_000_000_000) as i64 })
    }

    fn read_leg(&mut self, token: u64, buffer: &mut [u8; BUFFER_BYTES]) {
        let key = (token & !RTCP_TOKEN) as usize;
        let Some(Some(sockets)) = self.sockets.get(key) else { return };
        let (socket, port) = match token & RTCP_TOKEN {
            0 => (&sockets.rtp, Port::Rtp(key)),
            _ => (&sockets.rtcp, Port::Rtcp(key)),
        };
        let Ok((length, source)) = socket.recv_from(buffer) else { return };
        self.load.received += 1;
        if length > MAX_DATAGRAM {
            self.switchboard.counters.malformed += 1;
            return;
        }
        self.switchboard.receive(port, &mut buffer[..length], source, self.clock.now(), &mut self.outbox);
        self.flush_when_full();
    }

    fn read_shared(&mut self, index: usize, batch: &mut ReceiveBatch) -> usize {
        let Ok(count) = batch.receive(&self.shared[index]) else { return 0 };
        let now = self.clock.now();
        self.load.received += count as u64;
        for at in 0..count {
            let Some((datagram, source)) = batch.datagram(at) else { continue };
            if datagram.len() > MAX_DATAGRAM {
                self.switchboard.counters.malformed += 1;
                continue;
            }
            if self.hand_over(index as u8, datagram, source) {
                continue;
            }
            self.switchboard.receive(Port::Shared(index as u8), datagram, source, now, &mut self.outbox);
        }
        if let Some(handover) = &mut self.handover {
            handover.wake();
        }
        self.flush_when_full();
        count
    }

    fn flush_when_full(&mut self) {
        if self.outbox.pending().len() >= FLUSH_AT {
            self.flush();
        }
    }

    /// Send what the switchboard made: one by one where each leg has its own socket, in batches where they share one.
    fn flush(&mut self) {
        let pending = self.outbox.pending();
        let mut rest = pending;
        while let Some(first) = rest.first() {
            let sent = match first.port {
                Port::Shared(index) => {
                    let same = rest.iter().take(BATCH).take_while(|other| other.port == first.port).count();
                    self.load.unsent += send_shared(&self.shared, index, &rest[..same]) as u64;
                    same
                }
                Port::Rtp(key) | Port::Rtcp(key) => {
                    self.load.unsent += u64::from(!self.send_on_leg(key, first));
                    1
                }
            };
            rest = &rest[sent..];
        }
        self.load.sent += pending.len() as u64;
        self.outbox.clear();
    }

    fn send_on_leg(&self, key: usize, datagram: &Datagram) -> bool {
        let Some(Some(sockets)) = self.sockets.get(key) else { return false };
        let socket = if matches!(datagram.port, Port::Rtp(_)) { &sockets.rtp } else { &sockets.rtcp };
        socket.send_to(&datagram.bytes[..datagram.length], datagram.to).is_ok()
    }

    fn take_orders(&mut self) {
        loop {
            match self.orders.try_recv() {
                Ok(Order::Stop) | Err(TryRecvError::Disconnected) => {
                    self.stopping = true;
                    break;
                }
                Ok(order) => self.take_order(order),
                Err(TryRecvError::Empty) => break,
            }
        }
    }

    fn take_order(&mut self, order: Order) {
        match order {
            Order::Command { connection, request, about, command, prepared } => {
                let result = self.carry_out(command, prepared);
                self.notices.send(Notice::Answered { connection, request, about, result });
            }
            Order::Quietly(command) => {
                // Something that is not here may be elsewhere: its deletion was asked of all.
                let _ = self.carry_out(command, Prepared::Nothing);
            }
            Order::Part { gathering, command } => {
                let result = self.carry_out(command, Prepared::Nothing);
                self.notices.send(Notice::Part { gathering, result });
            }
            Order::GiveAway { groups, to, went } => {
                let names = self.give_away(&groups, to);
                // The control thread waits, unless it has given up.
                let _ = went.try_send(names);
            }
            Order::Adopt(parcel) => self.adopt(*parcel),
            Order::SoundsLoaded(loaded) => {
                let LoadedSounds { player, play, sounds } = *loaded;
                self.switchboard.sounds_loaded(&player, &play, sounds, self.clock.now());
            }
            Order::Figures(sender) => {
                // Whoever asked may have given up.
                let _ = sender.try_send(self.figures());
            }
            Order::Stop => self.stopping = true,
        }
    }

    /// Events to the control thread, recorded blocks to the writer.
    fn pass_on(&mut self) {
        while let Some(event) = self.switchboard.next_event() {
            self.notices.send(Notice::Event(event));
        }
        self.recordings.pass_on(&mut self.switchboard);
    }

    fn watch(&self, socket: &UdpSocket, token: u64) -> io::Result<()> {
        Ok(epoll::add(&self.epoll, socket.as_fd(), epoll::EventData::new_u64(token), epoll::EventFlags::IN)?)
    }
}

/// Packets are a few microseconds of work that cannot wait for a busy processor.
fn hurry() {
    if let Err(error) = rustix::process::setpriority_process(None, PRIORITY) {
        journal::info("usual_priority", &[("message", json!(error.to_string()))]);
    }
}

fn send_shared(shared: &[UdpSocket], index: u8, datagrams: &[Datagram]) -> usize {
    let Some(socket) = shared.get(usize::from(index)) else { return datagrams.len() };
    let [first] = datagrams else { return send_batch(socket, datagrams) };
    usize::from(socket.send_to(&first.bytes[..first.length], first.to).is_err())
}
