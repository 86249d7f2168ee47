//! The engine is killed at a random moment while it records: every file opens and holds all but the last second.

use crate::bench::{Engine, Phone};
use control_messages::{Codec, Command, RecordingFormat, Seal};
use packet_core::g711::Law;
use packet_core::sealing;
use packet_core::wav::HEADER_BYTES;
use rustix::process::Signal;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const CALLS: usize = 50;
/// Of times that the engine is killed; `CORDBOARD_KILLS` says another.
const KILLS: u32 = 5;
/// What a killed engine may take with it.
const LOST: Duration = Duration::from_secs(1);
const LEVEL: i16 = 3000;
const FRAME: usize = 160;
const FRAME_TIME: Duration = Duration::from_millis(20);
/// Above what systems use for clients' ports, and apart from the other tests.
const PORTS: &str = "61000-61299";

struct Recorded {
    path: PathBuf,
    format: RecordingFormat,
    seal: Option<Seal>,
    since: Instant,
}

/// Plain and sealed, of each format.
fn plan(folder: &Path, n: usize) -> Recorded {
    let format = if n.is_multiple_of(2) { RecordingFormat::Wav } else { RecordingFormat::Opus };
    let seal = (n / 2).is_multiple_of(2).then(|| Seal { key: vec![n as u8; 32], header: format!("call {n}").into() });
    Recorded { path: folder.join(format!("call-{n}")), format, seal, since: Instant::now() }
}

fn content(recorded: &Recorded) -> Vec<u8> {
    let file = std::fs::read(&recorded.path).expect("the recording");
    match (&recorded.seal, recorded.format) {
        (Some(seal), _) => sealing::open(seal, &file).expect("a sealed file").0,
        (None, RecordingFormat::Wav) => {
            let told = u32::from_le_bytes(file[40..44].try_into().expect("four")) as usize;
            assert!(HEADER_BYTES + told <= file.len(), "the header promises no more than there is");
            file[HEADER_BYTES..HEADER_BYTES + told].to_vec()
        }
        (None, RecordingFormat::Opus) => file,
    }
}

/// The level of what the caller says, in each frame of 8 kHz.
fn caller(recorded: &Recorded) -> Vec<i16> {
    let content = content(recorded);
    match recorded.format {
        RecordingFormat::Wav => content.chunks_exact(4).map(|frame| i16::from_le_bytes([frame[0], frame[1]])).collect(),
        RecordingFormat::Opus => crate::opus::decoded(&content).into_iter().map(|[caller, _]| caller).collect(),
    }
}

/// What the machine gave the test: a thread that was not let run for a time says nothing about the engine.
#[derive(Default)]
struct Given {
    packets: usize,
    /// Beyond the pauses that were meant.
    stood_still: Duration,
}

fn check(recorded: &Recorded, lived: Duration, given: &Given) {
    let samples = caller(recorded);
    let seconds = Duration::from_secs_f64(samples.len() as f64 / 8000.0);
    let (path, stood_still) = (&recorded.path, given.stood_still);
    assert!(seconds + LOST + stood_still >= lived, "{seconds:?} of {lived:?} in {path:?}, {stood_still:?} stood still");
    let loud = samples.iter().filter(|sample| sample.abs() > LEVEL / 2).count();
    let said = samples.len().min(given.packets * FRAME);
    assert!(loud * 2 > said, "{loud} of {said} frames sound in {path:?}");
}

fn kill_once(span: Duration) {
    let mut engine = Engine::start(&["--rtp-ports", PORTS]);
    let mut controller = engine.controller();
    let mut phones: Vec<Phone> =
        (0..CALLS).map(|n| Phone::call(&mut controller, &format!("leg-{n}"), Codec::Pcma)).collect();
    let mut recordings = Vec::new();
    for n in 0..CALLS {
        let recorded = plan(&engine.folder, n);
        let start = Command::StartRecorder {
            recorder: format!("rec-{n}"),
            leg: format!("leg-{n}"),
            path: recorded.path.to_string_lossy().into(),
            format: recorded.format,
            seal: recorded.seal.clone(),
            armed: false,
        };
        controller.ask(start).expect("started");
        recordings.push(Recorded { since: Instant::now(), ..recorded });
    }
    let end = Instant::now() + span;
    // A square wave of 400 Hz: a constant level is what no speech codec keeps.
    let tone: Vec<u8> = (0..FRAME).map(|n| Law::Pcma.encode(if n / 10 % 2 == 0 { LEVEL } else { -LEVEL })).collect();
    let mut given = Given::default();
    while Instant::now() < end {
        let began = Instant::now();
        for phone in &mut phones {
            let packet = phone.packet(&tone);
            phone.socket.send_to(&packet, phone.engine).expect("sent");
        }
        given.packets += 1;
        std::thread::sleep(FRAME_TIME);
        given.stood_still += began.elapsed().saturating_sub(FRAME_TIME * 2);
    }
    engine.signal(Signal::KILL);
    let killed = Instant::now();
    engine.wait();
    recordings.iter().for_each(|recorded| check(recorded, killed - recorded.since, &given));
}

#[test]
fn killed_at_any_moment_fifty_recordings_lose_a_second_at_most() {
    let kills = std::env::var("CORDBOARD_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(KILLS);
    for n in 0..kills {
        let random = getrandom::u64().expect("randomness") % 800;
        eprintln!("kill {n} after {} ms", 1200 + random);
        kill_once(Duration::from_millis(1200 + random));
    }
}
