//! Puts calls through a media engine or one of its peers and measures both ends; prints one JSON document.
#![forbid(unsafe_code)]

use bench_tools::calls::{Calls, Case, through_forwarder};
use bench_tools::controller::Controller;
use bench_tools::figures::{cpu_seconds, quantile_ms, resident_bytes};
use bench_tools::load::{Load, Measured};
use bench_tools::rtpengine::through_rtpengine;
use bench_tools::sockets::Sockets;
use bench_tools::stream::Stream;
use bench_tools::target::{Folder, Target, allow_many_sockets, pin};
use clap::{Parser, ValueEnum};
use serde_json::json;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Duration;

const WARM_UP: Duration = Duration::from_secs(1);
/// Packets on their way at the end of the measurement.
const DRAIN: Duration = Duration::from_millis(300);

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Program {
    /// The media engine.
    Engine,
    /// `bare-forwarder`: one receive and one send call a packet; knows the case `plain` only.
    Forwarder,
    /// Debian's `rtpengine`, without its kernel module and with one thread; knows no conferences.
    Rtpengine,
}

#[derive(Debug, Parser)]
#[command(name = "rtp-load")]
struct Options {
    #[arg(long, value_enum, default_value = "engine")]
    program: Program,
    #[arg(long, value_enum)]
    case: Case,
    /// A call has two streams, a conference three.
    #[arg(long, default_value_t = 50)]
    calls: usize,
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// The program under load; by default the one beside this, of rtpengine the installed one.
    #[arg(long)]
    binary: Option<PathBuf>,
    /// Ports for RTP.
    #[arg(long, default_value = "40000-48999")]
    rtp_ports: String,
    /// Processor for the target; this program takes the next one. Without it nothing is pinned.
    #[arg(long)]
    pin: Option<usize>,
    /// More arguments for the engine; repeatable.
    #[arg(long, allow_hyphen_values = true)]
    engine_argument: Vec<String>,
}

/// A target with calls on it.
type Started = (Target, Vec<Stream>);

fn binary(options: &Options) -> Result<PathBuf, Box<dyn Error>> {
    let beside = |name: &str| Ok(std::env::current_exe()?.parent().ok_or("no folder")?.join(name));
    match (&options.binary, options.program) {
        (Some(binary), _) => Ok(binary.clone()),
        (None, Program::Engine) => beside("cordboard-media"),
        (None, Program::Forwarder) => beside("bare-forwarder"),
        (None, Program::Rtpengine) => Ok("rtpengine".into()),
    }
}

fn start(options: &Options, folder: &Path, sockets: &mut Sockets) -> Result<Started, Box<dyn Error>> {
    let (binary, ports) = (binary(options)?, options.rtp_ports.as_str());
    match options.program {
        Program::Forwarder => {
            let (target, ports) = Target::forwarder(&binary, options.calls)?;
            Ok((target, through_forwarder(&ports, sockets)?))
        }
        Program::Rtpengine => {
            let (target, mut rtpengine) = Target::rtpengine(&binary, folder, ports)?;
            let streams = through_rtpengine(&mut rtpengine, options.calls, options.case, sockets)?;
            Ok((target, streams))
        }
        Program::Engine => {
            let (target, socket) = Target::engine(&binary, folder, ports, &options.engine_argument)?;
            let (mut controller, welcome) = Controller::connect(&socket)?;
            let streams =
                Calls::new(&mut controller, &welcome, sockets, folder, options.calls)?.set_up(options.case)?;
            controller.keep_reading()?;
            Ok((target, streams))
        }
    }
}

/// Measure for the span asked for; returns what was measured and the seconds of processor time that the target took.
fn measure(options: &Options, target: &Target, load: &mut Load) -> Result<(Measured, f64), Box<dyn Error>> {
    let used = || cpu_seconds(target.pid()).ok_or("the target has ended");
    load.run(WARM_UP, true)?;
    load.run(DRAIN, false)?;
    load.measured = Measured::default();
    load.restart();
    let before = used()?;
    load.run(Duration::from_secs(options.seconds), true)?;
    let used = used()? - before;
    load.run(DRAIN, false)?;
    let mut measured = std::mem::take(&mut load.measured);
    measured.delays.sort_unstable();
    measured.lags.sort_unstable();
    Ok((measured, used))
}

fn name(value: impl ValueEnum) -> String {
    value.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
}

fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::parse();
    if matches!((options.program, options.case), (Program::Forwarder, case) if case != Case::Plain)
        || (options.program, options.case) == (Program::Rtpengine, Case::Conference)
    {
        return Err("this program does not know that case".into());
    }
    allow_many_sockets();
    let folder = Folder::new("rtp-load")?;
    let mut sockets = Sockets::default();
    if let Some(processor) = options.pin {
        pin(processor); // the target inherits it
    }
    let (target, streams) = start(&options, folder.path(), &mut sockets)?;
    if let Some(processor) = options.pin {
        pin(processor + 1);
    }
    // A late measurer would measure itself.
    let _ = rustix::process::setpriority_process(None, -19);
    let stamped = options.case != Case::Conference;
    let mut load = Load::new(streams, sockets, stamped)?;
    let (measured, used) = measure(&options, &target, &mut load)?;
    let call_seconds = (options.calls as u64 * options.seconds) as f64;
    let delay = |share| stamped.then(|| quantile_ms(&measured.delays, share));
    println!(
        "{}",
        json!({
            "program": name(options.program),
            "case": name(options.case),
            "calls": options.calls,
            "seconds": options.seconds,
            "packets_per_second": measured.sent as f64 / options.seconds as f64,
            "cpu_ms_per_call_second": used * 1000.0 / call_seconds,
            "loss": (1.0 - measured.received as f64 / measured.sent.max(1) as f64).max(0.0),
            "delay_p50_ms": delay(0.5),
            "delay_p99_ms": delay(0.99),
            "generator_lag_p99_ms": quantile_ms(&measured.lags, 0.99),
            "resident_bytes": resident_bytes(target.pid()).unwrap_or(0),
        })
    );
    Ok(())
}
