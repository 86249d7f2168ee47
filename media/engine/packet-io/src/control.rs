//! The control thread: controllers come and go, the legs stay.

mod drain;
pub mod gather;
mod places;
mod prepare;
mod route;

use crate::connection::{Broken, Connection, Stream};
use crate::forks::Forks;
use crate::journal;
use crate::kept_events::KeptEvents;
use crate::limits::Limits;
use crate::loader::Loader;
use crate::notices::Notice;
use crate::orders::Prepared;
use crate::spool::SpoolWatch;
use crate::wake::Waker;
use crate::workers::Workers;
use control_messages::{
    Address, Answer, Command, Event, FromEngine, MAX_FRAME_BYTES, Oversized, PROTOCOL_VERSION, Refusal, RefusalCode,
    ToEngine, Unreadable, decode_command,
};
use gather::Gathering;
use places::Places;
use rustix::event::epoll;
use rustix::fd::OwnedFd;
use serde_json::json;
use std::collections::{HashMap, HashSet};
use std::io;
use std::net::TcpListener;
use std::os::unix::net::UnixListener;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::Receiver;
use std::time::Instant;

/// One controller, one that takes over, and a few tools; strangers on the TCP port get no more.
const MAX_CONNECTIONS: usize = 16;
const EVENTS: usize = 32;
const UNIX_TOKEN: u64 = 0;
const TCP_TOKEN: u64 = 1;
const NOTICE_TOKEN: u64 = 2;
const FIRST_CONNECTION: u64 = 16;

pub struct ControlSetup {
    pub unix: UnixListener,
    pub tcp: Option<TcpListener>,
    /// What a controller on the TCP port must say.
    pub token: String,
    pub engine: String,
    pub webrtc: Vec<Address>,
    pub workers: Workers,
    pub limits: Limits,
    pub state: Arc<ControlState>,
    pub notices: Receiver<Notice>,
    pub waker: Waker,
    pub loader: Loader,
    pub forks: Forks,
    pub spool: Arc<SpoolWatch>,
}

/// What others may see of the control thread.
#[derive(Debug, Default)]
pub struct ControlState {
    pub draining: AtomicBool,
}

pub struct Control {
    setup: ControlSetup,
    epoll: OwnedFd,
    connections: HashMap<u64, Connection>,
    next_connection: u64,
    controller: Option<u64>,
    kept: KeptEvents,
    /// Recorders whose files are open: a repeated command must not open them again.
    recorders: HashSet<String>,
    places: Places,
    gatherings: HashMap<u64, Gathering>,
    next_gathering: u64,
    limits_told: HashMap<&'static str, Instant>,
    draining: bool,
    /// The workers were told to stop.
    ending: bool,
    stopped_workers: usize,
    last_words_until: Option<Instant>,
    stopped: bool,
}

impl Control {
    pub fn new(setup: ControlSetup) -> io::Result<Self> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        setup.unix.set_nonblocking(true)?;
        epoll::add(&epoll, &setup.unix, epoll::EventData::new_u64(UNIX_TOKEN), epoll::EventFlags::IN)?;
        if let Some(tcp) = &setup.tcp {
            tcp.set_nonblocking(true)?;
            epoll::add(&epoll, tcp, epoll::EventData::new_u64(TCP_TOKEN), epoll::EventFlags::IN)?;
        }
        epoll::add(&epoll, &setup.waker, epoll::EventData::new_u64(NOTICE_TOKEN), epoll::EventFlags::IN)?;
        let places = Places::new(setup.workers.count());
        Ok(Self {
            setup,
            epoll,
            connections: HashMap::new(),
            next_connection: FIRST_CONNECTION,
            controller: None,
            kept: KeptEvents::default(),
            recorders: HashSet::new(),
            places,
            gatherings: HashMap::new(),
            next_gathering: 0,
            limits_told: HashMap::new(),
            draining: false,
            ending: false,
            stopped_workers: 0,
            last_words_until: None,
            stopped: false,
        })
    }

    /// Serve until the workers have stopped.
    pub fn run(mut self) -> io::Result<()> {
        let mut events = Vec::with_capacity(EVENTS);
        while !self.stopped {
            events.clear();
            let patience = self.patience().and_then(|rest| rest.try_into().ok());
            match epoll::wait(&self.epoll, rustix::buffer::spare_capacity(&mut events), patience.as_ref()) {
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
            for event in &events {
                match event.data.u64() {
                    UNIX_TOKEN => self.accept_unix(),
                    TCP_TOKEN => self.accept_tcp(),
                    NOTICE_TOKEN => self.take_notices(),
                    serial => self.serve(serial),
                }
            }
            self.setup.workers.wake();
            self.flush_all();
        }
        self.write_out();
        self.setup.workers.join();
        Ok(())
    }

    fn accept_unix(&mut self) {
        while let Ok((stream, _)) = self.setup.unix.accept() {
            if stream.set_nonblocking(true).is_ok() {
                self.add_connection(Stream::Unix(stream));
            }
        }
    }

    fn accept_tcp(&mut self) {
        while let Some(Ok((stream, _))) = self.setup.tcp.as_ref().map(TcpListener::accept) {
            if stream.set_nonblocking(true).and_then(|()| stream.set_nodelay(true)).is_ok() {
                self.add_connection(Stream::Tcp(stream));
            }
        }
    }

    fn add_connection(&mut self, stream: Stream) {
        if self.connections.len() >= MAX_CONNECTIONS {
            // Whoever has not said hello for longest makes room.
            let silent = self.connections.iter().filter(|(_, other)| !other.greeted).map(|(serial, _)| *serial).min();
            match silent {
                Some(serial) => self.drop_connection(serial),
                None => return,
            }
        }
        let serial = self.next_connection;
        self.next_connection += 1;
        if epoll::add(&self.epoll, &stream, epoll::EventData::new_u64(serial), epoll::EventFlags::IN).is_ok() {
            self.connections.insert(serial, Connection::new(stream));
        }
    }

    fn drop_connection(&mut self, serial: u64) {
        let Some(connection) = self.connections.remove(&serial) else { return };
        let _ = epoll::delete(&self.epoll, &connection.stream);
        if self.controller == Some(serial) {
            self.controller = None;
            journal::info("controller_gone", &[]);
        }
        for event in connection.untold_events() {
            self.tell(event);
        }
    }

    /// Read and carry out what one connection sent.
    fn serve(&mut self, serial: u64) {
        let Some(connection) = self.connections.get_mut(&serial) else { return };
        let open = match connection.fill() {
            Ok(open) => open,
            Err(Broken) => return self.drop_connection(serial),
        };
        while let Some(connection) = self.connections.get_mut(&serial).filter(|connection| !connection.closing) {
            match connection.frames.next_frame() {
                Ok(Some(body)) => {
                    let decoded = decode_command(body);
                    self.take_command(serial, decoded);
                }
                Ok(None) => break,
                Err(Oversized(length)) => {
                    let message = format!("a frame of {length} bytes; at most {MAX_FRAME_BYTES}");
                    self.refuse(serial, None, Refusal::new(RefusalCode::Malformed, message));
                    self.close_when_written(serial);
                }
            }
        }
        if !open {
            self.drop_connection(serial);
        }
    }

    fn refuse(&mut self, serial: u64, request: Option<u64>, refusal: Refusal) {
        if let Some(connection) = self.connections.get_mut(&serial) {
            connection.queue(FromEngine::refused(request, refusal));
        }
    }

    fn answer(&mut self, serial: u64, request: u64, result: Result<Answer, Refusal>) {
        if let Some(connection) = self.connections.get_mut(&serial) {
            connection.queue(FromEngine::answered(request, result));
        }
    }

    fn close_when_written(&mut self, serial: u64) {
        if let Some(connection) = self.connections.get_mut(&serial) {
            connection.closing = true;
        }
    }

    fn take_command(&mut self, serial: u64, decoded: Result<ToEngine, Unreadable>) {
        let ToEngine { request, command } = match decoded {
            Ok(message) => message,
            Err(Unreadable { request, refusal }) => return self.refuse(serial, request, refusal),
        };
        let greeted = self.connections.get(&serial).is_some_and(|connection| connection.greeted);
        match command {
            Command::Hello { protocol, token } => self.greet(serial, request, protocol, &token),
            _ if !greeted => {
                let refusal = Refusal::new(RefusalCode::WrongProtocol, "the first command is hello");
                self.refuse(serial, Some(request), refusal);
            }
            Command::TakeSnapshot | Command::GetHealth => self.gather(serial, request, &command),
            Command::Drain => {
                self.answer(serial, request, Ok(Answer::Done));
                self.drain();
            }
            command => {
                if let Err(refusal) = self.route(serial, request, command) {
                    self.refuse(serial, Some(request), refusal);
                }
            }
        }
    }

    fn greet(&mut self, serial: u64, request: u64, protocol: u32, token: &str) {
        let Some(connection) = self.connections.get_mut(&serial) else { return };
        let refusal = if connection.needs_token() && !equal_in_constant_time(token, &self.setup.token) {
            Some(Refusal::new(RefusalCode::WrongToken, "wrong token"))
        } else if protocol != PROTOCOL_VERSION {
            let message = format!("this engine speaks protocol {PROTOCOL_VERSION}, not {protocol}");
            Some(Refusal::new(RefusalCode::WrongProtocol, message))
        } else {
            None
        };
        if let Some(refusal) = refusal {
            journal::warning("controller_refused", &[("code", json!(format!("{:?}", refusal.code)))]);
            self.refuse(serial, Some(request), refusal);
            return self.close_when_written(serial);
        }
        connection.greeted = true;
        if let Some(before) = self.controller.replace(serial).filter(|before| *before != serial) {
            if let Some(connection) = self.connections.get_mut(&before) {
                connection.queue(FromEngine::event(Event::ControllerReplaced));
            }
            self.close_when_written(before);
        }
        journal::info("controller_connected", &[]);
        let welcome = Answer::Welcome {
            engine: self.setup.engine.clone(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            protocol: PROTOCOL_VERSION,
            webrtc: self.setup.webrtc.clone(),
        };
        self.answer(serial, request, Ok(welcome));
        if self.kept.dropped > 0 {
            journal::warning("events_dropped", &[("count", json!(std::mem::take(&mut self.kept.dropped)))]);
        }
        for event in self.kept.take() {
            self.tell(event);
        }
        self.end_after_last_words();
    }

    fn take_notices(&mut self) {
        self.setup.waker.drain();
        while let Ok(notice) = self.setup.notices.try_recv() {
            match notice {
                Notice::Answered { connection, request, about, result } => {
                    if let Some(name) = about {
                        self.places.end(&name, result.is_ok());
                    }
                    self.answer(connection, request, result);
                }
                Notice::Part { gathering, result } => self.take_part(gathering, result),
                Notice::Event(event) => {
                    self.note_end_of_recording(&event);
                    self.tell(event);
                }
                Notice::RecorderGone(recorder) => self.forget_recorder(&recorder),
                Notice::ArrivesAt { group, reader } => self.move_to_reader(group, reader),
                Notice::StopRequested => self.stop_on_request(),
                Notice::Stopped => self.note_stopped(),
                Notice::SoundsLoaded(loaded) => self.pass_sounds(loaded),
            }
        }
        self.end_when_drained();
    }

    /// To the controller, or kept for the next one.
    fn tell(&mut self, event: Event) {
        match self.controller.and_then(|serial| self.connections.get_mut(&serial)) {
            Some(connection) => connection.queue(FromEngine::event(event)),
            None => self.kept.keep(event),
        }
    }

    fn flush_all(&mut self) {
        let mut finished = Vec::new();
        for (serial, connection) in &mut self.connections {
            let broken = connection.flush().is_err();
            if broken || (connection.closing && !connection.has_unwritten()) {
                finished.push(*serial);
                continue;
            }
            let watch = connection.has_unwritten();
            if watch != connection.watches_writing {
                let flags = if watch { epoll::EventFlags::IN | epoll::EventFlags::OUT } else { epoll::EventFlags::IN };
                let _ = epoll::modify(&self.epoll, &connection.stream, epoll::EventData::new_u64(*serial), flags);
                connection.watches_writing = watch;
            }
        }
        finished.into_iter().for_each(|serial| self.drop_connection(serial));
    }
}

fn equal_in_constant_time(one: &str, other: &str) -> bool {
    let differences = one.bytes().zip(other.bytes()).fold(0, |sum, (a, b)| sum | (a ^ b));
    one.len() == other.len() && differences == 0 && !other.is_empty()
}
