//! One controller's connection: frames in, frames out, neither ever waits.

use control_messages::{Event, FrameReader, FromEngine, encode_frame};
use rustix::fd::{AsFd, BorrowedFd};
use std::collections::VecDeque;
use std::io::{self, IoSlice, Read, Write};
use std::iter::once;
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

/// A controller that reads nothing for so long is gone: 5 s of a large tenant are 1 MB.
const MAX_QUEUED_BYTES: usize = 16 << 20;
/// What was written so shortly before a break may never have been read or acted upon.
const RECENT: Duration = Duration::from_secs(10);
const READ_BYTES: usize = 64 << 10;
/// Frames that leave in one piece, so that the other side is woken once for them.
const FRAMES_AT_ONCE: usize = 64;

pub enum Stream {
    Unix(UnixStream),
    Tcp(TcpStream),
}

impl Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Unix(stream) => stream.read(buffer),
            Self::Tcp(stream) => stream.read(buffer),
        }
    }

    fn write(&mut self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        match self {
            Self::Unix(stream) => stream.write_vectored(parts),
            Self::Tcp(stream) => stream.write_vectored(parts),
        }
    }
}

impl AsFd for Stream {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Unix(stream) => stream.as_fd(),
            Self::Tcp(stream) => stream.as_fd(),
        }
    }
}

struct Queued {
    frame: Vec<u8>,
    event: Option<Event>,
}

pub struct Connection {
    pub stream: Stream,
    pub frames: FrameReader,
    buffer: Box<[u8]>,
    /// Said hello with the right token.
    pub greeted: bool,
    /// To be closed when all is written.
    pub closing: bool,
    queue: VecDeque<Queued>,
    queued_bytes: usize,
    written: usize,
    /// Written a short while ago, to be told again if the connection breaks.
    recent: VecDeque<(Instant, Event)>,
    pub watches_writing: bool,
}

/// The connection is of no more use.
#[derive(Debug)]
pub struct Broken;

impl Connection {
    pub fn new(stream: Stream) -> Self {
        Self {
            stream,
            frames: FrameReader::default(),
            buffer: vec![0; READ_BYTES].into_boxed_slice(),
            greeted: false,
            closing: false,
            queue: VecDeque::new(),
            queued_bytes: 0,
            written: 0,
            recent: VecDeque::new(),
            watches_writing: false,
        }
    }

    pub fn needs_token(&self) -> bool {
        matches!(self.stream, Stream::Tcp(_))
    }

    /// Take in what has arrived; false at the end of the stream.
    pub fn fill(&mut self) -> Result<bool, Broken> {
        match self.stream.read(&mut self.buffer) {
            Ok(0) => Ok(false),
            Ok(count) => {
                self.frames.push(&self.buffer[..count]);
                Ok(true)
            }
            Err(error) if is_temporary(&error) => Ok(true),
            Err(_) => Err(Broken),
        }
    }

    pub fn queue(&mut self, message: FromEngine) {
        let frame = encode_frame(&message);
        self.queued_bytes += frame.len();
        let event = message.event.filter(Event::must_not_be_lost);
        self.queue.push_back(Queued { frame, event });
    }

    pub fn has_unwritten(&self) -> bool {
        !self.queue.is_empty()
    }

    pub fn flush(&mut self) -> Result<(), Broken> {
        while let Some(first) = self.queue.front() {
            let others = self.queue.iter().skip(1).take(FRAMES_AT_ONCE - 1).map(|queued| IoSlice::new(&queued.frame));
            let parts: Vec<_> = once(IoSlice::new(&first.frame[self.written..])).chain(others).collect();
            match self.stream.write(&parts) {
                Ok(count) => self.take_off(count),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(_) => return Err(Broken),
            }
        }
        if self.queued_bytes > MAX_QUEUED_BYTES { Err(Broken) } else { Ok(()) }
    }

    /// So many bytes of the queue are written.
    fn take_off(&mut self, count: usize) {
        self.queued_bytes -= count;
        self.written += count;
        while let Some(first) = self.queue.front().filter(|first| first.frame.len() <= self.written) {
            self.written -= first.frame.len();
            if let Some(event) = self.queue.pop_front().and_then(|queued| queued.event) {
                self.remember(event);
            }
        }
    }

    /// A digit told twice would be another digit; all other kept events say the end of something that has a name.
    fn remember(&mut self, event: Event) {
        let now = Instant::now();
        while self.recent.front().is_some_and(|(at, _)| now.duration_since(*at) > RECENT) {
            self.recent.pop_front();
        }
        if !matches!(event, Event::DigitReceived { .. }) {
            self.recent.push_back((now, event));
        }
    }

    /// Events that must not be lost and of which it is not sure that the other side knows them.
    pub fn untold_events(self) -> impl Iterator<Item = Event> {
        let now = Instant::now();
        let recent = self.recent.into_iter().filter(move |(at, _)| now.duration_since(*at) <= RECENT);
        recent.map(|(_, event)| event).chain(self.queue.into_iter().filter_map(|queued| queued.event))
    }
}

fn is_temporary(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted)
}
