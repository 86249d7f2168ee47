use crate::bench::{Engine, event, joined};
use control_messages::{Command, Event, RecordingFailure, RecordingFormat, RecordingGap, Seal};
use packet_core::g711::Law;
use packet_core::sealing;
use rustix::process::Signal;
use std::path::Path;
use std::time::{Duration, Instant};

/// The frames of a recording, after checking that the file is a valid WAV as its header says.
fn read(path: &Path) -> Vec<[i16; 2]> {
    let bytes = std::fs::read(path).expect("the recording");
    assert_eq!((&bytes[..4], &bytes[8..16], &bytes[36..40]), (&b"RIFF"[..], &b"WAVEfmt "[..], &b"data"[..]));
    let data = u32::from_le_bytes(bytes[40..44].try_into().expect("four")) as usize;
    assert!(44 + data <= bytes.len(), "the header promises no more than there is");
    bytes[44..44 + data]
        .chunks_exact(4)
        .map(|frame| [i16::from_le_bytes([frame[0], frame[1]]), i16::from_le_bytes([frame[2], frame[3]])])
        .collect()
}

fn start(path: &Path) -> Command {
    Command::StartRecorder {
        recorder: "rec".into(),
        leg: "caller".into(),
        path: path.to_string_lossy().into(),
        format: Default::default(),
        seal: None,
        armed: false,
    }
}

fn finished(event: &Event) -> Option<(f64, u64, String, Vec<RecordingGap>)> {
    match event {
        Event::RecordingFinished { seconds, bytes, sha256, gaps, channels: 2, .. } => {
            Some((*seconds, *bytes, sha256.clone(), gaps.clone()))
        }
        _ => None,
    }
}

/// Of the samples, without the header in front of them.
fn sha256sum(path: &Path) -> String {
    let samples = format!("tail -c +45 '{}' | sha256sum", path.display());
    let output = std::process::Command::new("sh").args(["-c", &samples]).output().expect("sha256sum");
    String::from_utf8_lossy(&output.stdout).split_whitespace().next().expect("a hash").to_owned()
}

fn talk(caller: &mut crate::bench::Phone, agent: &mut crate::bench::Phone, span: Duration) {
    let end = Instant::now() + span;
    while Instant::now() < end {
        caller.say(Law::Pcma.encode(3000));
        agent.say(Law::Pcma.encode(-6000));
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn share(frames: &[[i16; 2]], channel: usize, level: i16) -> f64 {
    frames.iter().filter(|frame| (frame[channel] - level).abs() < 300).count() as f64 / frames.len() as f64
}

#[test]
fn a_recording_is_as_long_as_it_was_and_hashed() {
    let engine = Engine::start(&[]);
    let mut controller = engine.controller();
    let (mut caller, mut agent) = joined(&mut controller);
    let path = engine.folder.join("call.wav");
    let begun = Instant::now();
    controller.ask(start(&path)).expect("started");
    talk(&mut caller, &mut agent, Duration::from_millis(1500));
    controller.ask(Command::StopRecorder { recorder: "rec".into() }).expect("stopped");
    let took = begun.elapsed().as_secs_f64();
    let (seconds, bytes, sha256, gaps) = event(&mut controller, finished);
    assert!((seconds - took).abs() < 0.1, "{seconds} of {took}");
    assert_eq!(std::fs::metadata(&path).expect("the file").len(), bytes);
    assert_eq!((sha256, gaps), (sha256sum(&path), vec![]));
    let frames = read(&path);
    assert_eq!(frames.len() as f64 / 8000.0, seconds);
    assert!(share(&frames, 0, 3000) > 0.5 && share(&frames, 1, -6000) > 0.5);
    let again = controller.exchange(start(&path)).expect("an answer").refusal.expect("refused");
    assert_eq!(again.code, control_messages::RefusalCode::Conflict, "a recording is never written over");
}

#[test]
fn after_sigkill_the_file_is_valid_up_to_the_last_second() {
    let mut engine = Engine::start(&[]);
    let mut controller = engine.controller();
    let (mut caller, mut agent) = joined(&mut controller);
    let path = engine.folder.join("call.wav");
    controller.ask(start(&path)).expect("started");
    talk(&mut caller, &mut agent, Duration::from_secs(2));
    engine.signal(Signal::KILL);
    engine.wait();
    let frames = read(&path);
    assert!(frames.len() >= 8000, "{}", frames.len());
    assert!(share(&frames, 0, 3000) > 0.5);
}

#[test]
fn at_the_end_of_the_process_recordings_are_finished() {
    let mut engine = Engine::start(&[]);
    let mut controller = engine.controller();
    let (mut caller, mut agent) = joined(&mut controller);
    let path = engine.folder.join("call.wav");
    controller.ask(start(&path)).expect("started");
    talk(&mut caller, &mut agent, Duration::from_secs(1));
    engine.signal(Signal::TERM);
    let (seconds, ..) = event(&mut controller, finished);
    assert!(engine.wait().success());
    assert_eq!(read(&path).len() as f64 / 8000.0, seconds);
}

#[test]
fn a_sealed_opus_recording_tells_its_pause_and_who_spoke_how_long() {
    let engine = Engine::start(&[]);
    let mut controller = engine.controller();
    let (mut caller, mut agent) = joined(&mut controller);
    let path = engine.folder.join("call");
    let seal = Seal { key: vec![5; 32], header: b"head".to_vec() };
    let sealed = Command::StartRecorder {
        recorder: "rec".into(),
        leg: "caller".into(),
        path: path.to_string_lossy().into(),
        format: RecordingFormat::Opus,
        seal: Some(seal.clone()),
        armed: false,
    };
    controller.ask(sealed.clone()).expect("started");
    controller.ask(sealed).expect("asked again, it goes on");
    talk(&mut caller, &mut agent, Duration::from_millis(700));
    for paused in [true, false] {
        controller.ask(Command::PauseRecorder { recorder: "rec".into(), paused }).expect("done");
        talk(&mut caller, &mut agent, Duration::from_millis(300));
    }
    controller.ask(Command::StopRecorder { recorder: "rec".into() }).expect("stopped");
    let (told, gaps, voice) = event(&mut controller, |event| match event {
        Event::RecordingFinished {
            seconds, gaps, voice_seconds, format: RecordingFormat::Opus, sealed: true, ..
        } => Some((*seconds, gaps.clone(), voice_seconds.clone())),
        _ => None,
    });
    let (content, ended) = sealing::open(&seal, &std::fs::read(&path).expect("the file")).expect("sealed");
    assert!(ended, "the last chunk says that it is the last");
    assert_eq!(crate::opus::decoded(&content).len() as f64 / 8000.0, told);
    assert!(gaps.len() == 1 && (0.28..0.6).contains(&gaps[0].seconds), "{gaps:?}");
    assert!(voice.iter().all(|voice| *voice > 0.6 && *voice < told - gaps[0].seconds + 0.05), "{voice:?} of {told}");
}

#[test]
fn with_little_space_somebody_is_told_and_below_the_reserve_none_begins() {
    let free = rustix::fs::statvfs(std::env::temp_dir()).map(|about| about.f_bavail * about.f_frsize).expect("a disk");
    let engine = Engine::start(&["--spool-reserve-bytes", &(free / 3 * 2).to_string()]);
    let mut controller = engine.controller();
    joined(&mut controller);
    controller.ask(start(&engine.folder.join("call.wav"))).expect("above the reserve");
    let told = event(&mut controller, |event| match event {
        Event::SpoolLow { free_bytes } => Some(*free_bytes),
        _ => None,
    });
    assert!(told > 0);
    let engine = Engine::start(&["--spool-reserve-bytes", &free.saturating_mul(2).to_string()]);
    let mut controller = engine.controller();
    joined(&mut controller);
    let path = engine.folder.join("call.wav");
    let refused = controller.exchange(start(&path)).expect("an answer").refusal.expect("refused");
    assert_eq!((refused.code, path.exists()), (control_messages::RefusalCode::DiskFull, false));
}

/// A file system of 64 kB, where this process may mount one.
struct SmallDisk(std::path::PathBuf);

impl SmallDisk {
    fn mount(folder: &Path) -> Option<Self> {
        let at = folder.join("disk");
        std::fs::create_dir_all(&at).expect("a folder");
        let mounted = std::process::Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=64k", "tmpfs"])
            .arg(&at)
            .stderr(std::process::Stdio::null())
            .status();
        mounted.is_ok_and(|status| status.success()).then_some(Self(at))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[test]
fn a_full_disk_ends_the_recording_but_not_the_call() {
    let engine = Engine::start(&["--spool-reserve-bytes", "0"]);
    let Some(disk) = SmallDisk::mount(&engine.folder) else {
        eprintln!("SKIPPED a_full_disk_ends_the_recording_but_not_the_call: no right to mount a small disk");
        return;
    };
    let mut controller = engine.controller();
    let (mut caller, mut agent) = joined(&mut controller);
    let path = disk.0.join("call.wav");
    controller.ask(start(&path)).expect("started");
    talk(&mut caller, &mut agent, Duration::from_millis(3000));
    let reason = event(&mut controller, |event| match event {
        Event::RecordingFailed { reason, .. } => Some(*reason),
        _ => None,
    });
    assert_eq!(reason, RecordingFailure::DiskFull);
    agent.socket.set_nonblocking(true).expect("set");
    while agent.hear().is_some() {}
    agent.socket.set_nonblocking(false).expect("set");
    caller.say(1);
    assert_eq!(agent.hear().expect("the call goes on").1[0], 1);
    let recorded = read(&path).len();
    assert!(recorded > 8000, "what was written stays valid: {recorded} frames");
    controller.ask(Command::StopRecorder { recorder: "rec".into() }).expect("stopped");
    let (seconds, _, sha256, gaps) = event(&mut controller, finished);
    assert_eq!((read(&path).len() as f64 / 8000.0, sha256), (seconds, sha256sum(&path)));
    assert!(gaps.len() == 1 && gaps[0].seconds > 0.5, "{gaps:?}");
}
