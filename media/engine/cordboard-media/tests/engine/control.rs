use crate::bench::{Engine, Phone, event, hears, joined, leg, metric, player, start_in, tone};
use bench_tools::controller::Controller;
use control_messages::{Answer, Codec, Command, Event, MAX_FRAME_BYTES, RefusalCode, Source};
use rustix::process::Signal;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::time::Duration;

fn code(controller: &mut Controller, command: Command) -> Option<RefusalCode> {
    controller.exchange(command).expect("an answer").refusal.map(|refusal| refusal.code)
}

/// What is left on a connection until the engine closes it.
fn rest(stream: &mut (impl Read + ?Sized)) -> String {
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

#[test]
fn a_second_controller_takes_over_and_the_first_is_told_and_closed() {
    let engine = Engine::start(&[]);
    let mut first = engine.controller();
    let mut second = engine.controller();
    event(&mut first, |event| matches!(event, Event::ControllerReplaced).then_some(()));
    assert!(first.ask(Command::GetHealth).is_err(), "closed");
    assert!(matches!(second.ask(Command::GetHealth), Ok(Answer::Health(_))));
}

#[test]
fn bad_input_is_refused_and_the_connection_lives() {
    let engine = Engine::start(&[]);
    let mut controller = engine.controller();
    for (bytes, expected) in [
        (&b"\x82\xa7request\x63\xa7command\x81\xa4type\xa8teleport"[..], "unknown_command"),
        (b"\x82\xa7request\x63\xa7command\x81\xa4type\xaadelete_leg", "malformed"),
        (b"\xc1\xc1\xc1", "malformed"),
        (b"", "malformed"),
    ] {
        let frame = [&(bytes.len() as u32).to_be_bytes()[..], bytes].concat();
        controller.stream().write_all(&frame).expect("written");
        let refusal = controller.wait_for(Duration::from_secs(2), |message| message.refusal.clone()).expect("refused");
        let name = format!("{:?}", refusal.code).to_lowercase();
        assert_eq!(name, expected.replace('_', ""));
    }
    assert_eq!(code(&mut controller, Command::DeleteLeg { leg: "nobody".into() }), None);
    assert_eq!(code(&mut controller, Command::GetStatistics { leg: "nobody".into() }), Some(RefusalCode::NotFound));
    let again = Command::Hello { protocol: 9, token: String::new() };
    assert_eq!(code(&mut controller, again), Some(RefusalCode::WrongProtocol));
}

#[test]
fn an_oversized_frame_closes_that_connection_only() {
    let engine = Engine::start(&[]);
    let mut controller = engine.controller();
    let mut stranger = UnixStream::connect(engine.socket()).expect("connected");
    stranger.write_all(&(MAX_FRAME_BYTES as u32 + 1).to_be_bytes()).expect("written");
    assert!(rest(&mut stranger).contains("malformed"));
    assert!(controller.ask(Command::GetHealth).is_ok());
}

#[test]
fn nothing_is_done_before_hello() {
    let engine = Engine::start(&[]);
    let mut stranger = UnixStream::connect(engine.socket()).expect("connected");
    let body = b"\x82\xa7request\x01\xa7command\x81\xa4type\xaaget_health";
    stranger.write_all(&[&(body.len() as u32).to_be_bytes()[..], body].concat()).expect("written");
    stranger.shutdown(std::net::Shutdown::Write).expect("shut down");
    assert!(rest(&mut stranger).contains("wrong_protocol"));
}

#[test]
fn over_tcp_the_token_decides() {
    let token_file = std::env::temp_dir().join(format!("cordboard-token-{}", std::process::id()));
    std::fs::write(&token_file, "a-token-of-enough-characters\n").expect("written");
    let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("free").port();
    let address = format!("127.0.0.1:{port}");
    let engine = Engine::start(&["--listen-tcp", &address, "--token-file", &token_file.to_string_lossy()]);
    for (token, answer) in [("wrong", "wrong_token"), ("", "wrong_token"), ("a-token-of-enough-characters", "welcome")]
    {
        let mut stream = TcpStream::connect(&address).expect("connected");
        let hello = Command::Hello { protocol: 1, token: token.into() };
        let frame = control_messages::encode_command_frame(&control_messages::ToEngine { request: 1, command: hello });
        stream.write_all(&frame).expect("written");
        stream.set_read_timeout(Some(Duration::from_millis(300))).expect("a time-out");
        assert!(rest(&mut stream).contains(answer), "{token:?}");
    }
    drop(engine);
    std::fs::remove_file(token_file).expect("removed");
}

#[test]
fn a_second_engine_on_the_same_socket_says_so_and_a_dead_ones_socket_is_replaced() {
    let mut engine = Engine::start(&[]);
    let output = start_in(&engine.folder, &[]).wait_with_output().expect("ended");
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("another engine is running"));
    assert!(engine.controller().ask(Command::GetHealth).is_ok());
    engine.signal(Signal::KILL);
    engine.wait();
    assert!(engine.socket().exists(), "left behind");
    engine.child = start_in(&engine.folder, &[]);
    engine.wait_for_socket();
    assert!(engine.controller().ask(Command::GetHealth).is_ok());
}

#[test]
fn hang_up_and_broken_pipe_do_not_end_it_and_terminate_does() {
    let mut engine = Engine::start(&[]);
    engine.signal(Signal::HUP);
    engine.signal(Signal::PIPE);
    drop(engine.child.stderr.take());
    let mut controller = engine.controller();
    assert!(controller.ask(Command::GetHealth).is_ok());
    engine.signal(Signal::TERM);
    assert!(engine.wait().success());
    assert!(!engine.socket().exists());
}

#[test]
fn legs_live_on_without_a_controller_and_its_successor_gets_what_must_not_be_lost() {
    let engine = Engine::start(&[]);
    let mut first = engine.controller();
    let (mut caller, mut agent) = joined(&mut first);
    first.ask(tone("beep", 100, false)).expect("a player");
    let listener = Phone::call(&mut first, "listener", Codec::Pcma);
    let hearing = hears("listener", &[player("beep")]);
    first.ask(Command::Hear { hearings: vec![hearing] }).expect("heard");
    drop(first);
    for _ in 0..20 {
        caller.say(1);
        agent.say(2);
        assert_eq!(agent.hear().expect("the caller").1[0], 1);
        assert_eq!(caller.hear().expect("the agent").1[0], 2);
        std::thread::sleep(Duration::from_millis(10));
    }
    assert!(listener.hear().is_some());
    let mut second = engine.controller();
    event(&mut second, |event| matches!(event, Event::PlayerFinished { player, .. } if player == "beep").then_some(()));
    let Ok(Answer::Snapshot { legs, players, recorders }) = second.ask(Command::TakeSnapshot) else {
        panic!("snapshot")
    };
    let caller = legs.iter().find(|state| state.leg == "caller").expect("the caller");
    assert_eq!(caller.hearing, [Source::Leg { leg: "agent".into() }]);
    assert_eq!((legs.len(), players.len(), recorders.len()), (3, 1, 0));
}

#[test]
fn what_a_dying_controller_may_not_have_read_is_told_again_except_digits() {
    let engine = Engine::start(&[]);
    let mut first = engine.controller();
    let (caller, _agent) = joined(&mut first);
    first.ask(Command::DeleteLeg { leg: "agent".into() }).expect("deleted");
    let digit = [&[0x80, 101, 0, 9, 0, 0, 0, 9, 0, 0, 0, 7][..], &[5, 0x8a, 1, 0x40]].concat();
    caller.socket.send_to(&digit, caller.engine).expect("sent");
    event(&mut first, |event| matches!(event, Event::DigitReceived { .. }).then_some(()));
    drop(first);
    let mut second = engine.controller();
    event(&mut second, |event| matches!(event, Event::LegEnded { leg, .. } if leg == "agent").then_some(()));
    second.ask(Command::GetHealth).expect("alive");
    let digit = |message: &control_messages::FromEngine| {
        matches!(message.event, Some(Event::DigitReceived { .. })).then_some(())
    };
    assert!(second.wait_for(Duration::from_millis(100), digit).is_err());
}

#[test]
fn repeated_commands_answer_as_the_first_time() {
    let engine = Engine::start(&[]);
    let mut controller = engine.controller();
    for command in [
        Command::CreateRtpLeg { leg: "a".into(), group: "g".into(), ipv6: false },
        Command::CreateWebrtcLeg { leg: "b".into(), group: "g".into() },
        tone("p", 1000, true),
        Command::Hear { hearings: vec![hears("a", &[player("p"), leg("b")])] },
        Command::StartRecorder {
            recorder: "r".into(),
            leg: "a".into(),
            path: engine.folder.join("r.wav").to_string_lossy().into(),
            format: Default::default(),
            seal: None,
            armed: false,
        },
        Command::PauseRecorder { recorder: "r".into(), paused: true },
        Command::StopRecorder { recorder: "r".into() },
        Command::DeletePlayer { player: "p".into() },
        Command::DeleteLeg { leg: "a".into() },
    ] {
        let first = controller.exchange(command.clone()).expect("an answer");
        let second = controller.exchange(command.clone()).expect("an answer");
        assert!(first.answer.is_some(), "{command:?}: {first:?}");
        assert_eq!(first.answer, second.answer, "{command:?}: {second:?}");
        if matches!(command, Command::PauseRecorder { .. }) {
            continue;
        }
    }
    let other = Command::CreateRtpLeg { leg: "b".into(), group: "g".into(), ipv6: false };
    assert_eq!(code(&mut controller, other), Some(RefusalCode::Conflict));
}

#[test]
fn when_the_range_is_used_up_a_leg_is_refused() {
    let engine = Engine::start(&[]);
    let mut controller = engine.controller();
    let mut made = 0;
    let refused = (0..17).find_map(|n| {
        let create = Command::CreateRtpLeg { leg: format!("leg-{n}"), group: "g".into(), ipv6: false };
        let refused = code(&mut controller, create);
        made += usize::from(refused.is_none());
        refused
    });
    assert_eq!(refused, Some(RefusalCode::NoPortFree));
    controller.ask(Command::DeleteLeg { leg: "leg-0".into() }).expect("deleted");
    let create = Command::CreateRtpLeg { leg: "again".into(), group: "g".into(), ipv6: false };
    assert_eq!(code(&mut controller, create), None);
}

#[test]
fn metrics_are_served_as_prometheus_text() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("free").port();
    let address = format!("127.0.0.1:{port}");
    let engine = Engine::start(&["--metrics", &address]);
    let mut controller = engine.controller();
    joined(&mut controller);
    let ask = |path: &str| {
        let mut stream = TcpStream::connect(&address).expect("connected");
        write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\n\r\n").expect("asked");
        rest(&mut stream)
    };
    let text = ask("/metrics");
    assert!(text.starts_with("HTTP/1.1 200") && text.contains("\ncordboard_media_legs 2\n"), "{text}");
    assert!(!text.contains("spool_free_bytes"), "nobody records");
    for counter in [
        "frames_decoded_total 0",
        "frames_mixed_total 0",
        "concealed_seconds_total 0",
        "srtp_refused_total{reason=\"authentication\"} 0",
        "srtp_refused_total{reason=\"replay\"} 0",
    ] {
        assert!(text.contains(&format!("\ncordboard_media_{counter}\n")), "{counter} in {text}");
    }
    let record = Command::StartRecorder {
        recorder: "rec".into(),
        leg: "caller".into(),
        path: engine.folder.join("call.wav").to_string_lossy().into(),
        format: Default::default(),
        seal: None,
        armed: false,
    };
    controller.ask(record).expect("recorded");
    assert!(metric(&address, "spool_free_bytes") > 0.0);
    let guide = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../docs/media-engine.md");
    let guide = std::fs::read_to_string(guide).expect("the guide");
    let text = ask("/metrics");
    let names = text.lines().filter_map(|line| line.strip_prefix("# TYPE cordboard_media_")?.split(' ').next());
    for name in names {
        assert!(
            guide.contains(&format!("`{name}`")) || guide.contains(&format!("`{name}{{")),
            "{name} is not described"
        );
    }
    assert!(ask("/other").starts_with("HTTP/1.1 404"));
}
