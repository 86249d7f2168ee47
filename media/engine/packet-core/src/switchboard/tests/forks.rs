//! A robot hears what a leg says, whatever its codec, and is heard by it.

use super::stage::{AMPLITUDE, MEASURED, Stage, amplitude};
use super::*;
use crate::fork::{ForkLine, Frame};
use crate::g711::Law;
use control_messages::Fork;

const ROBOT_HZ: f64 = 440.0;

fn fork(leg: &str) -> Fork {
    Fork {
        leg: leg.into(),
        url: "ws://robot.example/".into(),
        addresses: Vec::new(),
        account: String::new(),
        call: String::new(),
        stream: String::new(),
        authorization: String::new(),
        parameters: Vec::new(),
    }
}

fn connect(bench: &mut Bench, name: &str, leg: &str, group: &str) -> Result<(Arc<ForkLine>, bool), Refusal> {
    let line = Arc::new(ForkLine::default());
    let play = Play::Fork(fork(leg));
    let new = NewPlayer { name: name.into(), group: group.into(), play, stop_digits: String::new() };
    let is_new = bench.board.create_fork(new, &line, bench.now)?;
    Ok((line, is_new))
}

fn said(line: &ForkLine) -> Vec<i16> {
    let mut samples = Vec::new();
    while let Some(frame) = line.next_said() {
        samples.extend(frame.iter().map(|code| Law::Pcmu.decode(*code)));
    }
    samples
}

/// The robot's frame `n` of a sine.
fn frame(n: usize) -> Frame {
    let step = std::f64::consts::TAU * ROBOT_HZ / 8000.0;
    std::array::from_fn(|at| Law::Pcmu.encode((AMPLITUDE * (step * (n * 160 + at) as f64).sin()) as i16))
}

#[test]
fn a_robot_hears_and_is_heard_in_every_codec() {
    for codec in [Codec::Pcmu, Codec::Pcma, Codec::G722, Codec::Opus] {
        let mut stage = Stage::default();
        let caller = stage.enter("caller", codec);
        let (line, is_new) = connect(&mut stage.bench, "robot", "caller", "call").expect("a fork");
        assert!(is_new);
        stage.bench.hear(&[("caller", &[player_source("robot")])]);
        let (mut heard, mut spoken) = (Vec::new(), 0);
        for _ in 0..50 {
            while line.make_ready(frame(spoken)) {
                spoken += 1;
            }
            stage.run(20);
            heard.extend(said(&line));
        }
        let newest = &heard[heard.len() - MEASURED..];
        let hertz = stage.ends[caller].hertz;
        assert!(amplitude(newest, hertz) > 0.8 * AMPLITUDE, "{codec:?}: {}", amplitude(newest, hertz));
        assert!(stage.ends[caller].hears(ROBOT_HZ) > 0.8 * AMPLITUDE, "{codec:?}");
        assert_eq!(line.lost(), 0, "{codec:?}");
        assert!((45..=60).contains(&(heard.len() / 160)), "{codec:?}: {} frames a second", heard.len() / 160);
    }
}

#[test]
fn keys_go_to_the_robot_and_its_end_is_silence() {
    let mut bench = Bench::default();
    let caller = bench.phone("caller", Codec::Pcmu, "198.51.100.1:4000");
    let (line, _) = connect(&mut bench, "robot", "caller", "call").expect("a fork");
    bench.hear(&[("caller", &[player_source("robot")])]);
    for end in [0, 0x80] {
        bench.receive(
            Port::Rtp(caller),
            &rtp(101, 1 + u16::from(end), 8000, 7, &[5, end | 10, 3, 32]),
            "198.51.100.1:4000",
        );
    }
    assert_eq!(line.next_digit(), Some('5'));
    bench.board.press_digits("caller", "d", (100, 60), bench.now).expect("told by signalling");
    assert_eq!(line.next_digit(), Some('D'));
    line.make_ready(frame(0));
    let sent = bench.run_rtp(PACKET);
    let loud = |packet: &Sent| packet.payload().iter().filter(|code| **code != Law::Pcmu.silence()).count() > 100;
    assert_eq!(sent.iter().filter(|packet| loud(packet)).count(), 1, "one frame, then silence");
    line.leave();
    assert!(bench.run_rtp(SECOND).len() <= 1, "nothing is sent for a robot that has gone");
    assert!(!bench.events().iter().any(|event| matches!(event, Event::PlayerFinished { .. })));
}

#[test]
fn a_fork_ends_with_its_player_its_leg_and_its_group() {
    let mut bench = Bench::default();
    bench.phone("caller", Codec::Pcmu, "198.51.100.1:4000");
    let (line, _) = connect(&mut bench, "robot", "caller", "call").expect("a fork");
    bench.board.delete_player("robot", bench.now);
    assert!(line.is_over());
    let (line, _) = connect(&mut bench, "robot", "caller", "call").expect("another fork");
    bench.board.delete_leg("caller", bench.now);
    assert!(line.is_over());
}

#[test]
fn a_leg_has_one_robot_which_is_called_once() {
    let mut bench = Bench::default();
    bench.phone("caller", Codec::Pcmu, "198.51.100.1:4000");
    assert!(connect(&mut bench, "robot", "caller", "call").expect("a fork").1);
    assert!(!connect(&mut bench, "robot", "caller", "call").expect("repeated").1);
    let code = |result: Result<(Arc<ForkLine>, bool), Refusal>| result.err().map(|refusal| refusal.code);
    assert_eq!(code(connect(&mut bench, "other", "caller", "call")), Some(RefusalCode::Conflict));
    assert_eq!(code(connect(&mut bench, "other", "nobody", "call")), Some(RefusalCode::NotFound));
    assert_eq!(code(connect(&mut bench, "other", "caller", "elsewhere")), Some(RefusalCode::Malformed));
    assert_eq!(bench.board.counts().1, 1, "what was refused left nothing behind");
}
