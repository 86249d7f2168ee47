//! Prometheus text over HTTP, for whoever watches the machine.

use crate::orders::{HealthProbe, WorkerHealth};
use std::fmt::Write as _;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

/// A scraper on the same network answers in milliseconds; a silent one must not block the next.
const PATIENCE: Duration = Duration::from_secs(2);
const MAX_REQUEST_BYTES: u64 = 8192;

/// Serve in a thread of its own until the process ends.
pub fn serve(listener: TcpListener, probe: HealthProbe) -> io::Result<()> {
    std::thread::Builder::new().name("metrics".into()).spawn(move || {
        for stream in listener.incoming().flatten() {
            // A scraper that went away is its own loss.
            let _ = answer(&stream, &probe);
        }
    })?;
    Ok(())
}

fn answer(stream: &TcpStream, probe: &HealthProbe) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut reader = BufReader::new(stream.take(MAX_REQUEST_BYTES));
    let mut request = String::new();
    reader.read_line(&mut request)?;
    let mut line = String::new();
    while reader.read_line(&mut line)? > 2 {
        line.clear();
    }
    let (status, body) = match (request.starts_with("GET /metrics "), probe.ask()) {
        (true, Some(answer)) => ("200 OK", text(&answer)),
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

fn text(WorkerHealth { health, datagrams_unsent }: &WorkerHealth) -> String {
    let gauges = [
        ("legs", "Legs that exist.", health.legs),
        ("players", "Players that exist.", health.players),
        ("recorders", "Recorders that run.", health.recorders),
        ("rtp_ports_free", "Pairs of RTP ports that are free.", health.rtp_ports_free),
        ("resident_bytes", "Resident memory.", health.resident_bytes),
    ];
    let counters = [
        ("packets_forwarded", "RTP packets from leg to leg.", health.packets_forwarded),
        ("packets_from_strangers", "Datagrams from addresses that belong to no leg.", health.packets_from_strangers),
        ("malformed_packets", "Datagrams that nobody could read.", health.malformed_packets),
        ("datagrams_unsent", "Datagrams that the system did not take.", *datagrams_unsent),
    ];
    let mut out = String::new();
    let mut add = |name: String, help: &str, kind: &str, value: String| {
        // Writing to a String cannot fail.
        let _ = write!(out, "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}\n");
    };
    for (name, help, value) in gauges {
        add(format!("cordboard_media_{name}"), help, "gauge", value.to_string());
    }
    for (name, help, value) in counters {
        add(format!("cordboard_media_{name}_total"), help, "counter", value.to_string());
    }
    let cpu = health.cpu_seconds.to_string();
    add("cordboard_media_cpu_seconds_total".into(), "Processor time, user and system.", "counter", cpu);
    out
}
