use crate::bench::{Engine, Phone, event, hears, player};
use bench_tools::controller::Controller;
use control_messages::{Answer, Codec, Command, Detect, Event, Play};
use packet_core::g711::Law;
use packet_core::wav::recording_header;
use std::path::{Path, PathBuf};
use std::process::Command as Process;
use std::time::{Duration, Instant};

fn create(name: &str, path: &Path, stop_digits: &str) -> Command {
    Command::CreatePlayer {
        player: name.into(),
        group: "call".into(),
        play: Play::File { paths: vec![path.to_string_lossy().into_owned()], repeat: false, start_seconds: 0.0 },
        stop_digits: stop_digits.into(),
    }
}

fn hear(controller: &mut Controller, name: &str) {
    controller.ask(Command::Hear { hearings: vec![hears("phone", &[player(name)])] }).expect("heard");
}

fn wav(folder: &Path, hertz: u32, samples: usize) -> PathBuf {
    let mut file = recording_header(samples as u64 * 2).to_vec();
    file[22] = 1; // mono
    file[24..28].copy_from_slice(&hertz.to_le_bytes());
    file.extend((0..samples).flat_map(|n| (if n / 20 % 2 == 0 { 6000i16 } else { -6000 }).to_le_bytes()));
    let path = folder.join(format!("{hertz}-{samples}.wav"));
    std::fs::write(&path, file).expect("written");
    path
}

#[test]
fn a_synthetic_voice_of_22_khz_is_played_to_its_end() {
    let engine = Engine::start(&[]);
    let path = engine.folder.join("voice.wav");
    let text = "Your number in the queue is four.";
    let spoken = Process::new("espeak-ng").arg("-w").arg(&path).arg(text).status();
    if !spoken.is_ok_and(|status| status.success()) {
        println!("SKIPPED a_synthetic_voice_of_22_khz_is_played_to_its_end: no espeak-ng here");
        return;
    }
    let file = std::fs::read(&path).expect("a file");
    assert_eq!(u32::from_le_bytes([file[24], file[25], file[26], file[27]]), 22_050);
    let seconds = (file.len() - 44) as f64 / 2.0 / 22_050.0;
    let mut controller = engine.controller();
    let phone = Phone::call(&mut controller, "phone", Codec::Pcma);
    controller.ask(create("voice", &path, "")).expect("a player");
    hear(&mut controller, "voice");
    let mut heard = Vec::new();
    phone.socket.set_read_timeout(Some(Duration::from_millis(500))).expect("a time-out");
    while let Some((_, payload)) = phone.hear() {
        heard.extend(payload.iter().map(|code| Law::Pcma.decode(*code)));
    }
    assert!((heard.len() as f64 / 8000.0 - seconds).abs() < 0.05, "{} samples of {seconds} s", heard.len());
    let loudest = heard.iter().map(|sample| sample.unsigned_abs()).max();
    assert!(loudest > Some(5000), "{loudest:?}");
    let played = event(&mut controller, |event| match event {
        Event::PlayerFinished { player, seconds, digit } if player == "voice" && digit.is_empty() => Some(*seconds),
        _ => None,
    });
    assert!((played - seconds).abs() < 0.05);
}

#[test]
fn a_large_file_keeps_no_other_command_waiting() {
    let engine = Engine::start(&[]);
    let path = wav(&engine.folder, 44_100, 8_000_000);
    let mut controller = engine.controller();
    let phone = Phone::call(&mut controller, "phone", Codec::Pcma);
    let start = Instant::now();
    controller.ask(create("large", &path, "")).expect("a player");
    hear(&mut controller, "large");
    phone.socket.set_nonblocking(true).expect("no waiting");
    let (mut answers, mut slowest) = (0, Duration::ZERO);
    let mut buffer = [0; 2048];
    while phone.socket.recv_from(&mut buffer).is_err() {
        assert!(start.elapsed() < Duration::from_secs(20), "never played");
        let asked = Instant::now();
        let Ok(Answer::PlayerState { finished: false, .. }) =
            controller.ask(Command::GetPlayer { player: "large".into() })
        else {
            panic!("the player has ended")
        };
        (answers, slowest) = (answers + 1, slowest.max(asked.elapsed()));
        std::thread::sleep(Duration::from_millis(2));
    }
    let took = start.elapsed();
    println!("{answers} answers while 16 MB were read and resampled in {took:?}, the slowest after {slowest:?}");
    assert!(answers > 5 && slowest < took / 2, "{answers} answers, the slowest after {slowest:?} of {took:?}");
    let again = Instant::now();
    controller.ask(create("again", &path, "")).expect("a player");
    hear(&mut controller, "again");
    assert!(again.elapsed() < took / 2, "it was read once");
}

#[test]
fn a_tone_of_the_far_end_stops_a_player_and_is_a_digit() {
    let engine = Engine::start(&[]);
    let path = wav(&engine.folder, 16_000, 160_000);
    let mut controller = engine.controller();
    let mut phone = Phone::call(&mut controller, "phone", Codec::Pcma);
    let start = Command::StartDetector { detector: "d".into(), leg: "phone".into(), detect: Detect::InbandDigits };
    controller.ask(start).expect("started");
    controller.ask(create("menu", &path, "9")).expect("a player");
    hear(&mut controller, "menu");
    phone.hear().expect("the menu");
    for n in 0..30usize {
        let wave = |hertz: f64, at: usize| (std::f64::consts::TAU * hertz * at as f64 / 8000.0).sin() * 4000.0;
        let tone = |at: usize| if n < 6 { wave(852.0, at) + wave(1477.0, at) } else { 0.0 };
        let codes: Vec<u8> = (n * 160..n * 160 + 160).map(|at| Law::Pcma.encode(tone(at) as i16)).collect();
        let packet = phone.packet(&codes);
        phone.socket.send_to(&packet, phone.engine).expect("sent");
    }
    // The leg has telephone events too: the tone is told once none has followed.
    event(&mut controller, |event| match event {
        Event::DigitReceived { digit, inband: true, .. } if digit == "9" => Some(()),
        _ => None,
    });
    event(&mut controller, |event| match event {
        Event::PlayerFinished { player, digit, .. } if player == "menu" && digit == "9" => Some(()),
        _ => None,
    });
    let Ok(Answer::Health(health)) = controller.ask(Command::GetHealth) else { panic!("health") };
    assert_eq!(health.detectors, 1);
}
