//! Makes and ends legs of all kinds for as long as it is told, and checks that the engine's memory, descriptors and ports
//! come back; prints one JSON line a minute and one at the end. Fails when something leaks.
#![forbid(unsafe_code)]

use bench_tools::calls::{Calls, Case};
use bench_tools::controller::Controller;
use bench_tools::figures::{open_files, resident_bytes};
use bench_tools::sockets::Sockets;
use bench_tools::target::{Folder, Target, allow_many_sockets};
use clap::Parser;
use control_messages::{Answer, Command, Event, Health};
use packet_core::switchboard::MAX_DATAGRAM;
use serde_json::json;
use std::error::Error;
use std::path::PathBuf;
use std::time::{Duration, Instant};

const PORTS: &str = "30000-39999";
const SAY_EVERY: Duration = Duration::from_secs(60);
/// Calls up at once.
const CALLS: usize = 10;
const PACKETS: u64 = 5;
const KINDS: [Case; 5] = [Case::Plain, Case::SrtpGcm, Case::Recorded, Case::SrtpCm, Case::Conference];
/// By then everything that grows once has grown: tables, buffers, what is kept for 10 s in case the controller is killed.
const SETTLING: Duration = Duration::from_secs(15);
const FINISH_WAIT: Duration = Duration::from_secs(10);
/// What the allocator may keep beyond that; a leak of 100 bytes a leg is found within 100,000 legs.
const MEMORY_ALLOWANCE: u64 = 8 << 20;

#[derive(Debug, Parser)]
#[command(name = "soak")]
struct Options {
    #[arg(long, default_value_t = 86_400)]
    seconds: u64,
    /// The engine; by default the one beside this.
    #[arg(long)]
    binary: Option<PathBuf>,
}

/// What an engine without legs holds.
#[derive(Debug, Clone, Copy)]
struct Held {
    resident_bytes: u64,
    files: usize,
    ports_free: u64,
    legs: u64,
    recorders: u64,
}

fn health(controller: &mut Controller) -> Result<Health, Box<dyn Error>> {
    match controller.ask(Command::GetHealth)? {
        Answer::Health(health) => Ok(health),
        other => Err(format!("not a health: {other:?}").into()),
    }
}

fn held(controller: &mut Controller, pid: u32) -> Result<Held, Box<dyn Error>> {
    let Health { rtp_ports_free, legs, recorders, .. } = health(controller)?;
    Ok(Held {
        resident_bytes: resident_bytes(pid).ok_or("the engine has ended")?,
        files: open_files(pid).ok_or("the engine has ended")?,
        ports_free: rtp_ports_free,
        legs,
        recorders,
    })
}

/// Calls of one kind: made, spoken through, ended. Returns how many legs there were.
fn round(controller: &mut Controller, welcome: &Answer, folder: &Folder, case: Case) -> Result<u64, Box<dyn Error>> {
    let mut sockets = Sockets::default();
    let mut streams = Calls::new(controller, welcome, &mut sockets, folder.path(), CALLS)?.set_up(case)?;
    let mut packet = [0; MAX_DATAGRAM];
    for stamp in 0..PACKETS {
        for stream in &mut streams {
            let length = stream.write(&mut packet, stamp);
            sockets.all[stream.socket].send_to(&packet[..length], stream.to)?;
        }
    }
    let Answer::Snapshot { legs, .. } = controller.ask(Command::TakeSnapshot)? else {
        return Err("no snapshot".into());
    };
    for leg in &legs {
        controller.ask(Command::DeleteLeg { leg: leg.leg.clone() })?;
    }
    for _ in 0..if case == Case::Recorded { CALLS } else { 0 } {
        controller.wait_for(FINISH_WAIT, |message| {
            matches!(message.event, Some(Event::RecordingFinished { .. })).then_some(())
        })?;
    }
    controller.forget_events();
    folder.clear("wav")?;
    Ok(legs.len() as u64)
}

/// What is wrong with `now`, compared with the same engine earlier.
fn leaks(before: Held, now: Held) -> Vec<&'static str> {
    let found = [
        (now.legs > 0, "legs"),
        (now.recorders > 0, "recorders"),
        (now.ports_free != before.ports_free, "ports"),
        (now.files > before.files, "descriptors"),
        (now.resident_bytes > before.resident_bytes + MEMORY_ALLOWANCE, "memory"),
    ];
    found.iter().filter_map(|(leaks, what)| leaks.then_some(*what)).collect()
}

fn say(what: &str, rounds: u64, legs: u64, held: Held) {
    let Held { resident_bytes, files, ports_free, .. } = held;
    println!(
        "{}",
        json!({ "soak": what, "rounds": rounds, "legs": legs, "resident_bytes": resident_bytes, "files": files,
                "ports_free": ports_free })
    );
}

fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::parse();
    allow_many_sockets();
    let folder = Folder::new("soak")?;
    let beside = || Ok::<_, std::io::Error>(std::env::current_exe()?.with_file_name("cordboard-media"));
    let binary = options.binary.map_or_else(beside, Ok)?;
    let (target, socket) = Target::engine(&binary, folder.path(), PORTS, &[])?;
    let (mut controller, welcome) = Controller::connect(&socket)?;
    let start = Instant::now();
    let (end, mut say_at) = (start + Duration::from_secs(options.seconds), start + SAY_EVERY);
    let (mut rounds, mut legs, mut settled) = (0, 0, None);
    while Instant::now() < end || settled.is_none() {
        let case = KINDS[rounds as usize % KINDS.len()];
        legs += round(&mut controller, &welcome, &folder, case)?;
        rounds += 1;
        if settled.is_none() && start.elapsed() > SETTLING {
            settled = Some(held(&mut controller, target.pid())?);
        }
        if Instant::now() > say_at {
            say("runs", rounds, legs, held(&mut controller, target.pid())?);
            say_at += SAY_EVERY;
        }
    }
    let now = held(&mut controller, target.pid())?;
    say("ends", rounds, legs, now);
    let found = settled.map(|before| leaks(before, now)).unwrap_or_default();
    if found.is_empty() { Ok(()) } else { Err(format!("leaked: {}; settled: {settled:?}", found.join(", ")).into()) }
}
