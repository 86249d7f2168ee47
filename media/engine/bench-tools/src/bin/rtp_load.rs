//! Puts calls through a media engine or a bare forwarder and measures both ends; prints one JSON document.
#![forbid(unsafe_code)]

use bench_tools::calls::{Stream, through_engine, through_forwarder};
use bench_tools::controller::Controller;
use bench_tools::figures::{cpu_seconds, quantile_ms, resident_bytes};
use bench_tools::target::{Target, pin};
use clap::{Parser, ValueEnum};
use control_messages::SrtpProfile;
use rustix::event::{Timespec, epoll};
use serde_json::json;
use std::error::Error;
use std::path::PathBuf;
use std::time::{Duration, Instant};

const PACKET_NANOS: u64 = 20_000_000;
/// A generator that was off the processor for so long begins its rhythm anew.
const MAX_LAG: u64 = 100_000_000;
const CHECK_NANOS: u64 = 5_000_000_000;
const WARM_UP: Duration = Duration::from_secs(1);
/// Packets on their way at the end of the measurement.
const DRAIN: Duration = Duration::from_millis(300);
const EVENTS: usize = 256;

#[derive(Debug, Clone, Copy, PartialEq, ValueEnum)]
enum Case {
    /// Bare forwarder.
    Bare,
    /// Engine, RTP to RTP.
    Plain,
    /// Engine, RTP to a browser leg with AEAD_AES_128_GCM.
    Srtp,
    /// Engine, RTP to a browser leg with AES_CM_128_HMAC_SHA1_80.
    SrtpCm,
}

#[derive(Debug, Parser)]
#[command(name = "rtp-load")]
struct Options {
    #[arg(long, value_enum)]
    case: Case,
    #[arg(long, default_value_t = 50)]
    calls: usize,
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// The program under load; by default the one beside this.
    #[arg(long)]
    binary: Option<PathBuf>,
    /// Ports for the engine's RTP legs.
    #[arg(long, default_value = "40000-48999")]
    rtp_ports: String,
    /// Processor for the target; this program takes the next one. Without it nothing is pinned.
    #[arg(long)]
    pin: Option<usize>,
}

#[derive(Default)]
struct Measured {
    sent: u64,
    delays: Vec<u64>,
    /// How late we were ourselves: figures of a run in which this is large say nothing of the target.
    lags: Vec<u64>,
}

/// Send 50 packets a second on each stream, evenly spread, and take in what comes.
struct Load {
    streams: Vec<Stream>,
    next_at: Vec<u64>,
    next_check: u64,
    start: Instant,
    epoll: rustix::fd::OwnedFd,
}

impl Load {
    fn new(streams: Vec<Stream>) -> Result<Self, Box<dyn Error>> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        for (index, stream) in streams.iter().enumerate() {
            stream.socket.set_nonblocking(true)?;
            epoll::add(&epoll, &stream.socket, epoll::EventData::new_u64(index as u64), epoll::EventFlags::IN)?;
        }
        let count = streams.len() as u64;
        let next_at = (0..count).map(|index| index * PACKET_NANOS / count).collect();
        Ok(Self { streams, next_at, next_check: CHECK_NANOS, start: Instant::now(), epoll })
    }

    fn now(&self) -> u64 {
        self.start.elapsed().as_nanos() as u64
    }

    /// Sends what is due, in the order of its time; returns how many.
    fn send_due(&mut self, first: &mut usize, measured: &mut Measured) {
        while self.next_at[*first] <= self.now() {
            let now = self.now();
            let lag = now - self.next_at[*first];
            if lag > MAX_LAG {
                self.restart(*first);
            }
            self.streams[*first].send(now);
            self.next_at[*first] += PACKET_NANOS;
            *first = (*first + 1) % self.streams.len();
            measured.sent += 1;
            measured.lags.push(lag);
        }
        if self.now() >= self.next_check {
            self.next_check += CHECK_NANOS;
            self.streams.iter().for_each(Stream::check);
        }
    }

    /// From now on, spread evenly again: what was missed is not made up for in a burst.
    fn restart(&mut self, first: usize) {
        let (now, count) = (self.now(), self.streams.len());
        for offset in 0..count {
            self.next_at[(first + offset) % count] = now + offset as u64 * PACKET_NANOS / count as u64;
        }
    }

    fn run(
        &mut self,
        span: Duration,
        sending: bool,
        first: &mut usize,
        measured: &mut Measured,
    ) -> Result<(), Box<dyn Error>> {
        let end = self.now() + span.as_nanos() as u64;
        let from = self.now();
        let mut events = Vec::with_capacity(EVENTS);
        while self.now() < end {
            if sending {
                self.send_due(first, measured);
            }
            let next = if sending { self.next_at[*first].min(end) } else { end };
            let wait = next.saturating_sub(self.now());
            let wait = Timespec { tv_sec: (wait / 1_000_000_000) as i64, tv_nsec: (wait % 1_000_000_000) as i64 };
            events.clear();
            epoll::wait(&self.epoll, rustix::buffer::spare_capacity(&mut events), Some(&wait))?;
            let now = self.now();
            for event in &events {
                let stamp = self.streams[event.data.u64() as usize].receive();
                if let Some(stamp) = stamp.filter(|stamp| *stamp >= from || !sending) {
                    measured.delays.push(now.saturating_sub(stamp));
                }
            }
        }
        Ok(())
    }
}

fn beside(name: &str) -> Result<PathBuf, Box<dyn Error>> {
    Ok(std::env::current_exe()?.parent().ok_or("no folder")?.join(name))
}

/// A target with calls on it. The controller's connection is kept until the end.
struct Started {
    target: Target,
    streams: Vec<Stream>,
    _controller: Option<Controller>,
}

fn start(options: &Options) -> Result<Started, Box<dyn Error>> {
    let name = if options.case == Case::Bare { "bare-forwarder" } else { "cordboard-media" };
    let binary = options.binary.clone().map_or_else(|| beside(name), Ok)?;
    if let Some(processor) = options.pin {
        pin(processor); // the target inherits it
    }
    let started = if options.case == Case::Bare {
        let (target, ports) = Target::bare(&binary, options.calls)?;
        Started { target, streams: through_forwarder(&ports)?, _controller: None }
    } else {
        let profile = match options.case {
            Case::Srtp => Some(SrtpProfile::AeadAes128Gcm),
            Case::SrtpCm => Some(SrtpProfile::AesCm128HmacSha1_80),
            Case::Bare | Case::Plain => None,
        };
        let (target, socket) = Target::engine(&binary, &options.rtp_ports)?;
        let (mut controller, welcome) = Controller::connect(&socket)?;
        let streams = through_engine(&mut controller, &welcome, options.calls, profile)?;
        Started { target, streams, _controller: Some(controller) }
    };
    if let Some(processor) = options.pin {
        pin(processor + 1);
    }
    Ok(started)
}

fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::parse();
    let Started { target, streams, _controller } = start(&options)?;
    // A late measurer would measure itself.
    let _ = rustix::process::setpriority_process(None, -19);
    let mut load = Load::new(streams)?;
    let mut first = 0;
    let (mut ignored, mut measured) = (Measured::default(), Measured::default());
    load.run(WARM_UP, true, &mut first, &mut ignored)?;
    load.run(DRAIN, false, &mut first, &mut ignored)?;
    load.restart(first);
    let used = cpu_seconds(target.pid()).ok_or("the target has ended")?;
    load.run(Duration::from_secs(options.seconds), true, &mut first, &mut measured)?;
    let used = cpu_seconds(target.pid()).ok_or("the target has ended")? - used;
    load.run(DRAIN, false, &mut first, &mut measured)?;
    measured.delays.sort_unstable();
    measured.lags.sort_unstable();
    let case = options.case.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned());
    let call_seconds = (options.calls as u64 * options.seconds) as f64;
    println!(
        "{}",
        json!({
            "case": case,
            "calls": options.calls,
            "seconds": options.seconds,
            "cpu_ms_per_call_second": used * 1000.0 / call_seconds,
            "loss": 1.0 - measured.delays.len() as f64 / measured.sent.max(1) as f64,
            "delay_p50_ms": quantile_ms(&measured.delays, 0.5),
            "delay_p99_ms": quantile_ms(&measured.delays, 0.99),
            "generator_lag_p99_ms": quantile_ms(&measured.lags, 0.99),
            "resident_bytes": resident_bytes(target.pid()).unwrap_or(0),
        })
    );
    Ok(())
}
