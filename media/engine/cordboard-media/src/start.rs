//! Bind everything, start the threads, wait for the end.

use crate::options::Options;
use control_messages::Address;
use packet_io::control::{Control, ControlSetup, ControlState};
use packet_io::forks::Forks;
use packet_io::loader::Loader;
use packet_io::metrics::{self, Watched};
use packet_io::ports::{PortRange, Ports};
use packet_io::spool::SpoolWatch;
use packet_io::time::Clock;
use packet_io::worker::Host;
use packet_io::workers::{Workers, WorkersSetup};
use packet_io::writer::Writer;
use packet_io::{Notice, NoticeSender, journal, notice_channel, sockets};
use rustix::fs::{FlockOperation, Mode, flock};
use serde_json::json;
use signal_hook::consts::{SIGHUP, SIGINT, SIGPIPE, SIGTERM};
use signal_hook::iterator::Signals;
use std::fs::File;
use std::net::{IpAddr, SocketAddr, TcpListener, UdpSocket};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A token shorter than this is a mistake.
const MIN_TOKEN_BYTES: usize = 16;

fn say<E: std::fmt::Display>(what: impl std::fmt::Display) -> impl FnOnce(E) -> String {
    move |error| format!("{what}: {error}")
}

/// The control socket, and the lock that says that its engine lives.
struct ControlSocket {
    listener: UnixListener,
    path: PathBuf,
    _lock: File,
}

impl ControlSocket {
    /// A socket left behind by a dead engine is replaced.
    fn bind(path: &Path) -> Result<Self, String> {
        let shown = path.display();
        let lock_path = PathBuf::from(format!("{shown}.lock"));
        let lock = File::create(&lock_path).map_err(say(lock_path.display()))?;
        flock(&lock, FlockOperation::NonBlockingLockExclusive)
            .map_err(|_| format!("another engine is running on {shown}"))?;
        match std::fs::remove_file(path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(format!("{shown}: {error}")),
            _ => {}
        }
        // For the owner only, from its first moment on.
        let before = rustix::process::umask(Mode::RWXG | Mode::RWXO);
        let listener = UnixListener::bind(path).map_err(say(shown));
        rustix::process::umask(before);
        Ok(Self { listener: listener?, path: path.to_path_buf(), _lock: lock })
    }
}

fn announced(bound: IpAddr, announce: &[IpAddr]) -> Result<Vec<IpAddr>, String> {
    if let Some(address) = announce.iter().find(|address| address.is_ipv4() == bound.is_ipv4()) {
        return Ok(vec![*address]);
    }
    if bound.is_unspecified() {
        return sockets::local_addresses(bound.is_ipv6()).map_err(say("no local address"));
    }
    Ok(vec![bound])
}

fn rtp_hosts(options: &Options) -> Result<Vec<Host>, String> {
    let host = |bind: &IpAddr| {
        let announce = announced(*bind, &options.announce)?.first().copied().unwrap_or(*bind);
        Ok(Host { bind: *bind, announce })
    };
    options.rtp_host.iter().map(host).collect()
}

/// Each worker's shared sockets, and the addresses to put into candidates.
fn shared_sockets(options: &Options) -> Result<(Vec<Vec<UdpSocket>>, Vec<Address>), String> {
    let mut bound: Vec<Vec<UdpSocket>> = std::iter::repeat_with(Vec::new).take(options.workers()).collect();
    let mut addresses = Vec::new();
    for wanted in &options.webrtc {
        let sockets = sockets::bind_shared_among(*wanted, bound.len()).map_err(say(format!("--webrtc {wanted}")))?;
        let port = sockets[0].local_addr().map_err(say("--webrtc"))?.port();
        for host in announced(wanted.ip(), &options.announce)? {
            addresses.push(SocketAddr::new(host, port).into());
        }
        bound.iter_mut().zip(sockets).for_each(|(worker, socket)| worker.push(socket));
    }
    Ok((bound, addresses))
}

fn read_token(options: &Options) -> Result<String, String> {
    let Some(path) = &options.token_file else { return Ok(String::new()) };
    let text = std::fs::read_to_string(path).map_err(say(path.display()))?;
    let token = text.lines().next().unwrap_or_default().trim().to_owned();
    if token.len() < MIN_TOKEN_BYTES {
        return Err(format!("{}: the token needs {MIN_TOKEN_BYTES} characters", path.display()));
    }
    Ok(token)
}

fn engine_id() -> Result<String, String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(say("no randomness"))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Hang-ups and broken pipes are the controller's end, not ours.
fn end_on_signal(mut signals: Signals, notices: NoticeSender) -> Result<(), String> {
    let wait = move || {
        for signal in &mut signals {
            if matches!(signal, SIGTERM | SIGINT) {
                notices.send(Notice::StopRequested);
            }
        }
    };
    std::thread::Builder::new().name("signals".into()).spawn(wait).map_err(say("signals"))?;
    Ok(())
}

pub fn run(options: &Options) -> Result<(), String> {
    // First of all: from the moment that the socket is there, a hang-up must not end us.
    let signals = Signals::new([SIGTERM, SIGINT, SIGHUP, SIGPIPE]).map_err(say("signals"))?;
    let control_socket = ControlSocket::bind(&options.socket)?;
    let token = read_token(options)?;
    let bind_tcp = |address: SocketAddr| TcpListener::bind(address).map_err(say(format!("--listen-tcp {address}")));
    let tcp = options.listen_tcp.map(bind_tcp).transpose()?;
    let (shared, webrtc) = shared_sockets(options)?;
    let (sender, notices, waker) = notice_channel().map_err(say("event channel"))?;
    let spool = Arc::new(SpoolWatch::new(options.spool_reserve_bytes));
    let writer = Writer::start(sender.clone(), spool.clone()).map_err(say("writer of recordings"))?;
    let forks = Forks::start(sender.clone()).map_err(say("robots"))?;
    let limits = options.limits();
    let ports = PortRange::new(options.rtp_ports.clone());
    limits.raise_descriptors(ports.free());
    let state = Arc::new(ControlState::default());
    let workers = Workers::start(WorkersSetup {
        clock: Clock::start(),
        notices: sender.clone(),
        ports: Ports::new(ports),
        rtp_hosts: rtp_hosts(options)?,
        shared,
        writer,
        forks: forks.clone(),
        max_legs: limits.legs,
    })
    .map_err(say("workers"))?;
    if let Some(address) = options.metrics {
        let listener = TcpListener::bind(address).map_err(say(format!("--metrics {address}")))?;
        let watched = Watched { probe: workers.health_probe(), limits, state: state.clone(), spool: spool.clone() };
        metrics::serve(listener, watched).map_err(say("metrics"))?;
    }
    let loader = Loader::start(&sender).map_err(say("loader"))?;
    end_on_signal(signals, sender)?;
    let engine = engine_id()?;
    let ports: Vec<u16> = webrtc.iter().map(|address| address.port).collect();
    journal::info(
        "started",
        &[("engine", json!(engine)), ("webrtc_ports", json!(ports)), ("workers", json!(workers.count()))],
    );
    let ControlSocket { listener: unix, path, _lock } = control_socket;
    let setup =
        ControlSetup { unix, tcp, token, engine, webrtc, workers, limits, state, notices, waker, loader, forks, spool };
    let result = Control::new(setup).and_then(Control::run).map_err(say("control"));
    let _ = std::fs::remove_file(path);
    journal::info("stopped", &[]);
    result
}
