//! The process: limits, drain, end, and what its log says.

use crate::bench::{Engine, configure, event, folder, hears, joined, leg, start_in, tone};
use bench_tools::controller::Controller;
use control_messages::{Answer, Codec, Command, Detect, Event, Refusal, RefusalCode};
use rustix::process::Signal;
use std::io::Read;

fn refusal(controller: &mut Controller, command: Command) -> Option<Refusal> {
    controller.exchange(command).expect("an answer").refusal
}

fn rtp_leg(name: &str) -> Command {
    Command::CreateRtpLeg { leg: name.into(), group: "call".into(), ipv6: false }
}

fn recorder(name: &str, leg: &str, engine: &Engine) -> Command {
    Command::StartRecorder {
        recorder: name.into(),
        leg: leg.into(),
        path: engine.folder.join(name).to_string_lossy().into(),
        format: Default::default(),
        seal: None,
        armed: false,
    }
}

fn detector(name: &str, leg: &str) -> Command {
    Command::StartDetector { detector: name.into(), leg: leg.into(), detect: Detect::Talk }
}

#[test]
fn each_limit_refuses_by_its_name_and_what_ends_makes_room() {
    let limits = ["--max-legs", "2", "--max-players", "1", "--max-recorders", "1", "--max-detectors", "1"];
    // Two workers, and a leg on each: the limits are those of the process.
    let engine = Engine::start(&[&["--workers", "2"][..], &limits].concat());
    let mut controller = engine.controller();
    let leg_of = |name: &str, group: &str| Command::CreateRtpLeg { leg: name.into(), group: group.into(), ipv6: false };
    for command in
        [leg_of("a", "one"), leg_of("b", "two"), tone("p", 100, true), recorder("r", "a", &engine), detector("d", "a")]
    {
        controller.ask(command.clone()).expect("within the limit");
        controller.ask(command).expect("repeated, it is no more than it was");
    }
    let browser = Command::CreateWebrtcLeg { leg: "c".into(), group: "g".into() };
    for (command, limit) in [
        (browser, "legs"),
        (rtp_leg("c"), "legs"),
        (tone("q", 100, true), "players"),
        (recorder("s", "b", &engine), "recorders"),
        (detector("e", "b"), "detectors"),
    ] {
        let refused = refusal(&mut controller, command).expect("refused");
        assert_eq!((refused.code, refused.limit.as_str()), (RefusalCode::LimitReached, limit));
    }
    controller.ask(Command::DeletePlayer { player: "p".into() }).expect("deleted");
    controller.ask(tone("q", 100, true)).expect("room for another");
    controller.ask(Command::DeleteLeg { leg: "a".into() }).expect("deleted");
    event(&mut controller, |event| matches!(event, Event::RecordingFinished { .. }).then_some(()));
    controller.ask(rtp_leg("c")).expect("room for another");
    controller.ask(recorder("s", "b", &engine)).expect("room for another");
    controller.ask(detector("e", "b")).expect("room for another: its leg has ended");
    let mut many: Vec<_> = (0..33).map(|n| leg(&format!("{n}"))).collect();
    many[0] = leg("c");
    let refused = refusal(&mut controller, Command::Hear { hearings: vec![hears("b", &many)] }).expect("refused");
    assert_eq!((refused.code, refused.limit.as_str()), (RefusalCode::LimitReached, "sources"));
}

#[test]
fn a_draining_engine_carries_its_calls_to_their_end_and_ends_with_the_last() {
    let mut engine = Engine::start(&[]);
    let mut controller = engine.controller();
    let (mut caller, agent) = joined(&mut controller);
    controller.ask(recorder("rec", "caller", &engine)).expect("recorded");
    controller.ask(Command::Drain).expect("drains");
    let refused = refusal(&mut controller, rtp_leg("new")).expect("refused");
    assert_eq!(refused.code, RefusalCode::Draining);
    controller.ask(rtp_leg("caller")).expect("one that exists is answered as the first time");
    let Ok(Answer::Health(health)) = controller.ask(Command::GetHealth) else { panic!("no health") };
    assert!(health.draining && health.legs == 2);
    caller.say(7);
    assert_eq!(agent.hear().expect("the call goes on").1[0], 7);
    controller.ask(tone("beep", 100, false)).expect("players are not refused");
    controller.ask(Command::DeleteLeg { leg: "caller".into() }).expect("deleted");
    controller.ask(Command::DeleteLeg { leg: "agent".into() }).expect("deleted");
    let mut finished = false;
    controller
        .wait_for(crate::bench::WAIT, |message| match &message.event {
            Some(Event::RecordingFinished { .. }) => Some(()),
            _ => None,
        })
        .map(|()| finished = true)
        .expect("the recording");
    event(&mut controller, |event| matches!(event, Event::Drained).then_some(()));
    assert!(finished && engine.wait().success());
    assert!(!engine.socket().exists());
}

#[test]
fn an_idle_engine_ends_when_it_is_drained_and_its_last_words_wait_for_a_controller() {
    let mut engine = Engine::start(&[]);
    let mut controller = engine.controller();
    controller.ask(Command::Drain).expect("drains");
    event(&mut controller, |event| matches!(event, Event::Drained).then_some(()));
    assert!(engine.wait().success());
    let mut engine = Engine::start(&["--workers", "2"]);
    let mut first = engine.controller();
    first.ask(rtp_leg("a")).expect("a leg");
    first.ask(Command::Drain).expect("drains");
    let frame = control_messages::encode_command_frame(&control_messages::ToEngine {
        request: 99,
        command: Command::DeleteLeg { leg: "a".into() },
    });
    std::io::Write::write_all(first.stream(), &frame).expect("written");
    drop(first);
    let mut second = engine.controller();
    event(&mut second, |event| matches!(event, Event::LegEnded { leg, .. } if leg == "a").then_some(()));
    event(&mut second, |event| matches!(event, Event::Drained).then_some(()));
    assert!(engine.wait().success());
}

#[test]
fn the_log_is_json_line_by_line_and_tells_nothing_of_persons() {
    let folder = folder();
    let child = start_in(&folder, &["--max-legs", "2"]);
    let mut engine = Engine { child, folder };
    engine.wait_for_socket();
    let mut stderr = engine.child.stderr.take().expect("piped");
    let mut controller = engine.controller();
    let (mut caller, agent) = joined(&mut controller);
    let named = recorder("4930123456", "caller", &engine);
    controller.ask(named.clone()).expect("recorded");
    let digits =
        Command::SendDigits { leg: "agent".into(), digits: "73194".into(), milliseconds: 40, pause_milliseconds: 40 };
    controller.ask(digits).expect("sent");
    caller.say(1);
    agent.hear().expect("sound");
    refusal(&mut controller, rtp_leg("4930123456")).expect("the limit");
    refusal(&mut controller, Command::DeleteLeg { leg: String::new() });
    controller.ask(configure("caller", Codec::Pcmu, None)).expect("configured");
    refusal(&mut controller, recorder("4930123456", "agent", &engine)).expect("a conflict");
    controller.ask(Command::Drain).expect("drains");
    engine.signal(Signal::TERM);
    assert!(engine.wait().success());
    let mut text = String::new();
    stderr.read_to_string(&mut text).expect("the log");
    let mut events = Vec::new();
    for line in text.lines() {
        let line: serde_json::Value = serde_json::from_str(line).expect("a JSON document");
        assert!(line["time"].is_number() && line["level"].is_string(), "{line}");
        events.push(line["event"].as_str().expect("a name").to_owned());
    }
    for expected in ["started", "controller_connected", "limit_reached", "draining", "stopping", "stopped"] {
        assert!(events.iter().any(|event| event == expected), "{expected} in {events:?}");
    }
    for secret in ["127.0.0.1", "4930123456", "73194", "caller", "agent"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}
