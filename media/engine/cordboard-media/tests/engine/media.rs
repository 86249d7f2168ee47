use crate::bench::{Engine, Phone, configure, event, hears, joined, leg, player, tone};
use bench_tools::calls::{Calls, Case};
use bench_tools::controller::Controller;
use bench_tools::sockets::Sockets;
use bench_tools::stream::read;
use control_messages::{Answer, Codec, Command, Event, Play, RefusalCode};
use packet_core::g711::Law;
use packet_core::switchboard::MAX_DATAGRAM;
use std::net::UdpSocket;
use std::time::{Duration, Instant};

#[test]
fn two_phones_with_different_codecs_hear_each_other() {
    let engine = Engine::start(&[]);
    let mut controller = engine.controller();
    let mut one = Phone::call(&mut controller, "one", Codec::Pcmu);
    let mut two = Phone::call(&mut controller, "two", Codec::Pcma);
    let hearings = vec![hears("one", &[leg("two")]), hears("two", &[leg("one")])];
    controller.ask(Command::Hear { hearings }).expect("heard");
    one.say(Law::Pcmu.encode(5000));
    two.say(Law::Pcma.encode(-5000));
    let (header, payload) = two.hear().expect("sound");
    assert_eq!(header.payload_type, 8);
    assert!((Law::Pcma.decode(payload[0]) - 5000).abs() < 200);
    assert!((Law::Pcmu.decode(one.hear().expect("sound").1[0]) + 5000).abs() < 200);
    let started = event(&mut controller, |event| match event {
        Event::RtpStarted { leg, remote } if leg == "one" => remote.socket_address(),
        _ => None,
    });
    assert_eq!(started, one.socket.local_addr().expect("an address"));
}

#[test]
fn a_third_address_is_not_heard() {
    let engine = Engine::start(&[]);
    let mut controller = engine.controller();
    let (mut caller, agent) = joined(&mut controller);
    caller.say(1);
    agent.hear().expect("the caller");
    let stranger = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    let forged = caller.packet(&[9; 160]);
    stranger.send_to(&forged, caller.engine).expect("sent");
    stranger.send_to(&[0xff; 1600], caller.engine).expect("sent");
    stranger.send_to(&[], caller.engine).expect("sent");
    caller.say(2);
    assert_eq!(agent.hear().expect("the caller").1[0], 2);
    let Ok(Answer::Health(health)) = controller.ask(Command::GetHealth) else { panic!("health") };
    assert!(health.packets_from_strangers >= 1 && health.malformed_packets >= 1, "{health:?}");
    assert!(health.resident_bytes > 0);
}

fn receive(socket: &UdpSocket, packet: &mut [u8]) -> usize {
    socket.set_nonblocking(false).expect("a socket that waits");
    socket.set_read_timeout(Some(Duration::from_secs(2))).expect("a time-out");
    socket.recv(packet).expect("a packet")
}

#[test]
fn browser_legs_carry_sound_with_both_profiles() {
    for case in [Case::SrtpGcm, Case::SrtpCm] {
        let engine = Engine::start(&[]);
        let (mut controller, welcome) = Controller::connect(&engine.socket()).expect("connected");
        let mut sockets = Sockets::default();
        let calls = Calls::new(&mut controller, &welcome, &mut sockets, &engine.folder, 1);
        let mut streams = calls.and_then(|mut calls| calls.set_up(case)).expect("a call");
        for n in 1..50u64 {
            for sender in [0, 1] {
                let mut packet = [0; MAX_DATAGRAM];
                let length = streams[sender].write(&mut packet, n);
                sockets.all[streams[sender].socket].send_to(&packet[..length], streams[sender].to).expect("sent");
                let hearer = &mut streams[1 - sender];
                let length = receive(&sockets.all[hearer.socket], &mut packet);
                let stamp = read(&mut packet[..length], hearer.protection.as_deref_mut());
                assert_eq!(stamp, Some(n), "{case:?} from {sender}");
            }
        }
        event(&mut controller, |event| matches!(event, Event::IceConnected { .. }).then_some(()));
    }
}

#[test]
fn a_player_keeps_the_pace_and_ends() {
    let engine = Engine::start(&[]);
    let mut controller = engine.controller();
    let phone = Phone::call(&mut controller, "phone", Codec::Pcma);
    controller.ask(tone("beep", 1000, false)).expect("a player");
    controller.ask(Command::Hear { hearings: vec![hears("phone", &[player("beep")])] }).expect("heard");
    phone.hear().expect("the first packet");
    let start = Instant::now();
    let mut last = phone.hear().expect("sound").0;
    for _ in 2..50 {
        let next = phone.hear().expect("sound").0;
        assert_eq!((next.sequence, next.timestamp), (last.sequence.wrapping_add(1), last.timestamp.wrapping_add(160)));
        last = next;
    }
    let took = start.elapsed().as_millis();
    assert!((900..1400).contains(&took), "49 packets in {took} ms");
    event(&mut controller, |event| matches!(event, Event::PlayerFinished { .. }).then_some(()));
    phone.socket.set_read_timeout(Some(Duration::from_millis(100))).expect("a time-out");
    assert!(phone.hear().is_none(), "then silence");
}

#[test]
fn files_are_played_one_after_the_other_and_unplayable_ones_refused() {
    let engine = Engine::start(&[]);
    let mut controller = engine.controller();
    let phone = Phone::call(&mut controller, "phone", Codec::Pcma);
    let mut paths = Vec::new();
    for (name, level) in [("one.wav", 3000i16), ("two.wav", 9000)] {
        let mut file = packet_core::wav::recording_header(3200).to_vec();
        file[22] = 1; // mono
        file.extend(std::iter::repeat_n(level.to_le_bytes(), 1600).flatten());
        let path = engine.folder.join(name);
        std::fs::write(&path, file).expect("written");
        paths.push(path.to_string_lossy().into_owned());
    }
    let create = |name: &str, paths: Vec<String>| Command::CreatePlayer {
        player: name.into(),
        group: "call".into(),
        play: Play::File { paths, repeat: false, start_seconds: 0.0 },
        stop_digits: String::new(),
    };
    controller.ask(create("both", paths.clone())).expect("a player");
    controller.ask(Command::Hear { hearings: vec![hears("phone", &[player("both")])] }).expect("heard");
    let levels: Vec<i16> = (0..20).map(|_| Law::Pcma.decode(phone.hear().expect("sound").1[80])).collect();
    assert!(levels[..10].iter().all(|level| (level - 3000).abs() < 150), "{levels:?}");
    assert!(levels[10..].iter().all(|level| (level - 9000).abs() < 400), "{levels:?}");
    let missing = controller.exchange(create("none", vec!["/nowhere.wav".into()])).expect("an answer");
    assert_eq!(missing.refusal.map(|refusal| refusal.code), Some(RefusalCode::IoError));
    let no_wav =
        controller.exchange(create("none", vec![engine.socket().to_string_lossy().into()])).expect("an answer");
    assert_eq!(no_wav.refusal.map(|refusal| refusal.code), Some(RefusalCode::IoError));
}

#[test]
fn digits_are_sent_and_received() {
    let engine = Engine::start(&[]);
    let mut controller = engine.controller();
    let (_caller, agent) = joined(&mut controller);
    let digits =
        Command::SendDigits { leg: "agent".into(), digits: "42".into(), milliseconds: 60, pause_milliseconds: 40 };
    controller.ask(digits).expect("sent");
    let events: Vec<u8> = (0..10).map(|_| agent.hear().expect("digits").1[0]).collect();
    assert_eq!(events, [4, 4, 4, 4, 4, 2, 2, 2, 2, 2]);
    let mut unnegotiated = configure("agent", Codec::Pcma, None);
    if let Command::ConfigureLeg(configure) = &mut unnegotiated {
        configure.payloads.truncate(1);
    }
    controller.ask(unnegotiated).expect("configured");
    let digits =
        Command::SendDigits { leg: "agent".into(), digits: "1".into(), milliseconds: 60, pause_milliseconds: 40 };
    let refusal = controller.exchange(digits).expect("an answer").refusal.expect("refused");
    assert_eq!(refusal.code, RefusalCode::NotNegotiated);
}

#[test]
fn a_leg_on_ipv6_is_joined_with_one_on_ipv4() {
    if UdpSocket::bind("[::1]:0").is_err() {
        eprintln!("SKIPPED a_leg_on_ipv6_is_joined_with_one_on_ipv4: no IPv6 here");
        return;
    }
    let engine = Engine::start(&["--rtp-host", "::1"]);
    let mut controller = engine.controller();
    let mut four = Phone::call(&mut controller, "four", Codec::Pcma);
    let six = UdpSocket::bind("[::1]:0").expect("a socket");
    six.set_read_timeout(Some(Duration::from_secs(2))).expect("a time-out");
    let create = Command::CreateRtpLeg { leg: "six".into(), group: "call".into(), ipv6: true };
    let Ok(Answer::RtpLegCreated { rtp, .. }) = controller.ask(create) else { panic!("no leg") };
    let remote = six.local_addr().expect("an address").into();
    controller.ask(configure("six", Codec::Pcma, Some(remote))).expect("configured");
    let hearings = vec![hears("four", &[leg("six")]), hears("six", &[leg("four")])];
    controller.ask(Command::Hear { hearings }).expect("joined");
    four.say(3);
    let mut buffer = [0; 500];
    let (length, source) = six.recv_from(&mut buffer).expect("sound");
    assert_eq!((length, Some(source)), (172, rtp.socket_address()));
    six.send_to(&buffer[..length], source).expect("sent");
    assert_eq!(four.hear().expect("sound").1, [3; 160]);
}
