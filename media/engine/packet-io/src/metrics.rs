//! Prometheus text over HTTP, for whoever watches the machine.

use crate::control::ControlState;
use crate::control::gather::sum;
use crate::limits::Limits;
use crate::orders::HealthProbe;
use crate::process;
use crate::spool::SpoolWatch;
use crate::worker::{LOOP_BOUNDS_MS, WorkerFigures};
use control_messages::Health;
use packet_core::switchboard::Counters;
use std::fmt::Write as _;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// A scraper on the same network answers in milliseconds; a silent one must not block the next.
const PATIENCE: Duration = Duration::from_secs(2);
const MAX_REQUEST_BYTES: u64 = 8192;

/// What the page is made of.
pub struct Watched {
    pub probe: HealthProbe,
    pub limits: Limits,
    pub state: Arc<ControlState>,
    pub spool: Arc<SpoolWatch>,
}

/// Serve in a thread of its own until the process ends.
pub fn serve(listener: TcpListener, watched: Watched) -> io::Result<()> {
    std::thread::Builder::new().name("metrics".into()).spawn(move || {
        for stream in listener.incoming().flatten() {
            // A scraper that went away is its own loss.
            let _ = answer(&stream, &watched);
        }
    })?;
    Ok(())
}

fn answer(stream: &TcpStream, watched: &Watched) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut reader = BufReader::new(stream.take(MAX_REQUEST_BYTES));
    let mut request = String::new();
    reader.read_line(&mut request)?;
    let mut line = String::new();
    while reader.read_line(&mut line)? > 2 {
        line.clear();
    }
    let (status, body) = match (request.starts_with("GET /metrics "), watched.probe.ask()) {
        (true, Some(answer)) => ("200 OK", text(watched, &answer)),
        (true, None) => ("503 Service Unavailable", String::new()),
        (false, _) => ("404 Not Found", String::new()),
    };
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    let mut stream = stream;
    stream.write_all(head.as_bytes())?;
    stream.write_all(body.as_bytes())
}

/// Prometheus text as it grows.
#[derive(Default)]
struct Page(String);

impl Page {
    fn head(&mut self, name: &str, kind: &str, help: &str) {
        // Writing to a String cannot fail.
        let _ = write!(self.0, "# HELP cordboard_media_{name} {help}\n# TYPE cordboard_media_{name} {kind}\n");
    }

    fn value(&mut self, name: &str, labels: &str, value: impl std::fmt::Display) {
        let labels = if labels.is_empty() { String::new() } else { format!("{{{labels}}}") };
        let _ = writeln!(self.0, "cordboard_media_{name}{labels} {value}");
    }

    fn one(&mut self, name: &str, kind: &str, help: &str, value: impl std::fmt::Display) {
        self.head(name, kind, help);
        self.value(name, "", value);
    }

    fn of_workers<T: std::fmt::Display>(
        &mut self,
        (name, help): (&str, &str),
        workers: &[WorkerFigures],
        value: impl Fn(&WorkerFigures) -> T,
    ) {
        self.head(name, "counter", help);
        for (number, worker) in workers.iter().enumerate() {
            self.value(name, &format!("worker=\"{number}\""), value(worker));
        }
    }

    /// How long a packet waits for those that arrived with it.
    fn loop_times(&mut self, workers: &[WorkerFigures]) {
        self.head("loop_seconds", "histogram", "From the arrival of packets to what they caused being sent.");
        for (number, WorkerFigures { load, .. }) in workers.iter().enumerate() {
            let mut count = 0;
            for (bound, rounds) in LOOP_BOUNDS_MS.iter().zip(load.rounds) {
                count += rounds;
                let labels = format!("worker=\"{number}\",le=\"{}\"", bound / 1e3);
                self.value("loop_seconds_bucket", &labels, count);
            }
            let all: u64 = load.rounds.iter().sum();
            let labels = format!("worker=\"{number}\"");
            self.value("loop_seconds_bucket", &format!("{labels},le=\"+Inf\""), all);
            self.value("loop_seconds_sum", &labels, load.round_nanos as f64 / 1e9);
            self.value("loop_seconds_count", &labels, all);
        }
    }
}

fn text(watched: &Watched, workers: &[WorkerFigures]) -> String {
    let health = workers.iter().map(|worker| worker.health.clone()).reduce(sum).unwrap_or_default();
    let mut page = Page::default();
    gauges(&mut page, watched, &health);
    counters(&mut page, &health, workers);
    packet_counters(&mut page, workers);
    page.loop_times(workers);
    page.0
}

fn gauges(page: &mut Page, watched: &Watched, health: &Health) {
    let (_, resident) = process::usage();
    let draining = u8::from(watched.state.draining.load(Ordering::Relaxed));
    page.one("legs", "gauge", "Legs that exist.", health.legs);
    page.one("players", "gauge", "Players that exist.", health.players);
    page.one("recorders", "gauge", "Recorders that run.", health.recorders);
    page.one("detectors", "gauge", "Detectors that run.", health.detectors);
    page.one("rtp_ports_free", "gauge", "Pairs of RTP ports that are free.", health.rtp_ports_free);
    page.one("resident_bytes", "gauge", "Resident memory.", resident);
    page.one("draining", "gauge", "1 while new legs are refused and the end of the last one is awaited.", draining);
    if let Some(free_bytes) = watched.spool.free_bytes() {
        page.one("spool_free_bytes", "gauge", "Space on the disk of the newest recording.", free_bytes);
    }
    page.head("limit", "gauge", "How many there may be.");
    let Limits { legs, players, recorders, detectors } = watched.limits;
    for (what, limit) in [("legs", legs), ("players", players), ("recorders", recorders), ("detectors", detectors)] {
        page.value("limit", &format!("of=\"{what}\""), limit);
    }
}

fn counters(page: &mut Page, health: &Health, workers: &[WorkerFigures]) {
    let (cpu, _) = process::usage();
    let moves = "Groups of legs that moved to another worker.";
    page.one("cpu_seconds_total", "counter", "Processor time, user and system.", cpu);
    page.one("packets_forwarded_total", "counter", "RTP packets from leg to leg.", health.packets_forwarded);
    let strangers = "Datagrams from addresses that belong to no leg.";
    page.one("packets_from_strangers_total", "counter", strangers, health.packets_from_strangers);
    page.one("malformed_packets_total", "counter", "Datagrams that nobody could read.", health.malformed_packets);
    page.one("moves_total", "counter", moves, workers.iter().map(|worker| worker.load.moves).sum::<u64>());
    page.of_workers(("worker_cpu_seconds_total", "Processor time of a worker."), workers, |worker| worker.cpu_seconds);
    let received = ("datagrams_received_total", "Datagrams that a worker read.");
    page.of_workers(received, workers, |worker| worker.load.received);
    page.of_workers(("datagrams_sent_total", "Datagrams that a worker sent."), workers, |worker| worker.load.sent);
    let unsent = ("datagrams_unsent_total", "Datagrams that the system did not take.");
    page.of_workers(unsent, workers, |worker| worker.load.unsent);
    let lost = ("datagrams_handed_over_lost_total", "Datagrams for another worker that its queue did not take.");
    page.of_workers(lost, workers, |worker| worker.handed_over_lost);
}

/// What the packets' own path counts.
fn packet_counters(page: &mut Page, workers: &[WorkerFigures]) {
    let sum = |of: fn(&Counters) -> u64| workers.iter().map(|worker| of(&worker.counters)).sum::<u64>();
    let decoded = "Frames of 20 ms that were decoded, what was made up for lost packets among them.";
    page.one("frames_decoded_total", "counter", decoded, sum(|counters| counters.decoded));
    page.one(
        "frames_mixed_total",
        "counter",
        "Frames of 20 ms that were mixed for a leg.",
        sum(|counters| counters.mixed),
    );
    let concealed = "Sound that was made up for lost packets, of legs that are decoded.";
    page.one("concealed_seconds_total", "counter", concealed, sum(|counters| counters.concealed_ms) as f64 / 1e3);
    page.head("srtp_refused_total", "counter", "SRTP and SRTCP packets that were forged, or had come before.");
    page.value("srtp_refused_total", "reason=\"authentication\"", sum(|counters| counters.unauthentic));
    page.value("srtp_refused_total", "reason=\"replay\"", sum(|counters| counters.replayed));
}
