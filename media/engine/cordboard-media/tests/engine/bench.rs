//! An engine of one's own for each test.

use bench_tools::controller::Controller;
use control_messages::{
    Address, Answer, Codec, Command, ConfigureLeg, Direction, Event, Hearing, Payload, Play, Source, Tone,
};
use packet_core::rtp::{HEADER_BYTES, Header, Outgoing};
use rustix::process::{Pid, Signal, kill_process};
use std::io::{Read, Write};
use std::net::{SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command as Process, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

pub const WAIT: Duration = Duration::from_secs(5);
static FOLDERS: AtomicU32 = AtomicU32::new(0);

pub struct Engine {
    pub child: Child,
    pub folder: PathBuf,
}

pub fn folder() -> PathBuf {
    let number = FOLDERS.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("cordboard-media-{}-{number}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    folder
}

/// Sixteen pairs that no other test of this run uses; other programs may hold some of them.
pub fn port_range() -> String {
    let number = FOLDERS.fetch_add(1, Ordering::Relaxed) as u16 % 400;
    let first = 48_000 + number * 32;
    format!("{first}-{}", first + 31)
}

pub fn start_in(folder: &Path, more: &[&str]) -> Child {
    let mut process = Process::new(env!("CARGO_BIN_EXE_cordboard-media"));
    process.arg("--socket").arg(folder.join("engine.sock"));
    process.args(["--rtp-host", "127.0.0.1", "--webrtc", "127.0.0.1:0"]);
    if !more.contains(&"--rtp-ports") {
        process.args(["--rtp-ports", &port_range()]);
    }
    process.args(more).stderr(Stdio::piped()).spawn().expect("the engine")
}

impl Engine {
    pub fn start(more: &[&str]) -> Self {
        let folder = folder();
        let child = start_in(&folder, more);
        let engine = Self { child, folder };
        engine.wait_for_socket();
        engine
    }

    pub fn wait_for_socket(&self) {
        let end = Instant::now() + WAIT;
        while std::os::unix::net::UnixStream::connect(self.socket()).is_err() {
            assert!(Instant::now() < end, "the engine did not start");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    pub fn socket(&self) -> PathBuf {
        self.folder.join("engine.sock")
    }

    pub fn controller(&self) -> Controller {
        Controller::connect(&self.socket()).expect("a controller").0
    }

    pub fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(self.child.id() as i32).expect("a pid");
        kill_process(pid, signal).expect("signalled");
    }

    pub fn wait(&mut self) -> ExitStatus {
        let end = Instant::now() + WAIT;
        loop {
            if let Some(status) = self.child.try_wait().expect("waited") {
                return status;
            }
            assert!(Instant::now() < end, "the engine did not end");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// A far end: its socket, and where the engine listens for it.
pub struct Phone {
    pub socket: UdpSocket,
    pub engine: SocketAddr,
    pub payload_type: u8,
    sequence: u16,
}

pub fn configure(leg: &str, codec: Codec, remote: Option<Address>) -> Command {
    let number = if codec == Codec::Pcma { 8 } else { 0 };
    let payload = |number, codec| Payload { number, codec, clock_rate: 8000, fec: false, dtx: false };
    Command::ConfigureLeg(ConfigureLeg {
        leg: leg.into(),
        payloads: vec![payload(number, codec), payload(101, Codec::TelephoneEvent)],
        direction: Direction::SendRecv,
        remote,
        remote_rtcp: None,
        rtcp_mux: false,
        remote_ufrag: String::new(),
    })
}

impl Phone {
    pub fn call(controller: &mut Controller, leg: &str, codec: Codec) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
        socket.set_read_timeout(Some(Duration::from_secs(2))).expect("a time-out");
        let create = Command::CreateRtpLeg { leg: leg.into(), group: "call".into(), ipv6: false };
        let Ok(Answer::RtpLegCreated { rtp, rtcp, .. }) = controller.ask(create) else { panic!("no leg") };
        assert_eq!((rtp.port % 2, rtcp.port), (0, rtp.port + 1));
        let remote = socket.local_addr().expect("an address").into();
        controller.ask(configure(leg, codec, Some(remote))).expect("configured");
        let payload_type = if codec == Codec::Pcma { 8 } else { 0 };
        Self { socket, engine: rtp.socket_address().expect("an address"), payload_type, sequence: 0 }
    }

    pub fn packet(&mut self, payload: &[u8]) -> Vec<u8> {
        let mut header = [0; HEADER_BYTES];
        let (sequence, timestamp) = (self.sequence, u32::from(self.sequence) * 160);
        Outgoing { marker: false, payload_type: self.payload_type, sequence, timestamp, ssrc: 7 }.write(&mut header);
        self.sequence += 1;
        [&header[..], payload].concat()
    }

    pub fn say(&mut self, code: u8) {
        let packet = self.packet(&[code; 160]);
        self.socket.send_to(&packet, self.engine).expect("sent");
    }

    /// The next RTP packet: header and payload.
    pub fn hear(&self) -> Option<(Header, Vec<u8>)> {
        let mut buffer = [0; 2048];
        let (length, source) = self.socket.recv_from(&mut buffer).ok()?;
        assert_eq!(source, self.engine, "RTP comes from the port that it goes to");
        let header = Header::parse(&buffer[..length]).expect("RTP");
        Some((header, buffer[HEADER_BYTES..length].to_vec()))
    }
}

pub fn hears(leg: &str, sources: &[Source]) -> Hearing {
    Hearing { leg: leg.into(), sources: sources.to_vec() }
}

pub fn leg(name: &str) -> Source {
    Source::Leg { leg: name.into() }
}

pub fn player(name: &str) -> Source {
    Source::Player { player: name.into() }
}

pub fn tone(name: &str, milliseconds: u32, repeat: bool) -> Command {
    let tones = vec![Tone { frequencies_hz: vec![440.0], milliseconds }];
    Command::CreatePlayer {
        player: name.into(),
        group: "call".into(),
        play: Play::Tones { tones, level_dbm0: -13.0, repeat },
        stop_digits: String::new(),
    }
}

pub fn joined(controller: &mut Controller) -> (Phone, Phone) {
    let caller = Phone::call(controller, "caller", Codec::Pcma);
    let agent = Phone::call(controller, "agent", Codec::Pcma);
    let hearings = vec![hears("caller", &[leg("agent")]), hears("agent", &[leg("caller")])];
    controller.ask(Command::Hear { hearings }).expect("joined");
    (caller, agent)
}

pub fn event<T>(controller: &mut Controller, pick: impl Fn(&Event) -> Option<T>) -> T {
    controller.wait_for(WAIT, |message| message.event.as_ref().and_then(&pick)).expect("the event")
}

/// Where a metrics page may be served.
pub fn free_address() -> String {
    let free = std::net::TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("free");
    free.to_string()
}

/// One value of the metrics page, without the prefix of all names.
pub fn metric(address: &str, name: &str) -> f64 {
    let mut stream = std::net::TcpStream::connect(address).expect("connected");
    stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n").expect("asked");
    let mut page = String::new();
    stream.read_to_string(&mut page).expect("a page");
    let line = page.lines().find_map(|line| line.strip_prefix("cordboard_media_")?.strip_prefix(name));
    line.unwrap_or_else(|| panic!("no {name} in {page}")).trim().parse().expect("a number")
}
