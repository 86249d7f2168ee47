//! Several workers: what meets is brought together, and nobody hears it.

use crate::bench::{Engine, configure, event, free_address, hears, leg, metric};
use crate::browser::{BrowserEar, BrowserMouth, connect, shared_port};
use bench_tools::controller::Controller;
use control_messages::{Answer, Codec, Command, Event, Hearing, SrtpProfile};
use packet_core::rtp::{HEADER_BYTES, Header, Outgoing};
use std::net::{SocketAddr, UdpSocket};
use std::path::Path;
use std::time::{Duration, Instant};

/// 2 ms of sound: many packets in little time.
const SAMPLES: usize = 16;
const PACE: Duration = Duration::from_millis(2);
const PACKETS: u16 = 800;
const MOVES: usize = 200;

/// A phone in a group of its choice.
fn phone(controller: &mut Controller, name: &str, group: &str) -> (UdpSocket, SocketAddr) {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    socket.set_read_timeout(Some(Duration::from_secs(2))).expect("a time-out");
    let create = Command::CreateRtpLeg { leg: name.into(), group: group.into(), ipv6: false };
    let Ok(Answer::RtpLegCreated { rtp, .. }) = controller.ask(create) else { panic!("no leg") };
    let remote = socket.local_addr().expect("an address").into();
    controller.ask(configure(name, Codec::Pcma, Some(remote))).expect("configured");
    (socket, rtp.socket_address().expect("an address"))
}

fn rtp(sequence: u16, code: u8) -> Vec<u8> {
    let mut header = [0; HEADER_BYTES];
    let timestamp = u32::from(sequence) * SAMPLES as u32;
    Outgoing { marker: false, payload_type: 8, sequence, timestamp, ssrc: 7 }.write(&mut header);
    [&header[..], &[code; SAMPLES]].concat()
}

fn heard(socket: &UdpSocket) -> Option<(Header, Vec<u8>)> {
    let mut buffer = [0; 2048];
    loop {
        let count = socket.recv(&mut buffer).ok()?;
        if !packet_core::rtp::is_rtcp(&buffer[..count]) {
            return Some((Header::parse(&buffer[..count])?, buffer[HEADER_BYTES..count].to_vec()));
        }
    }
}

fn hear(controller: &mut Controller, hearings: Vec<Hearing>) {
    controller.ask(Command::Hear { hearings }).expect("heard");
}

fn browser(controller: &mut Controller, shared: SocketAddr, n: usize) -> (BrowserMouth, BrowserEar) {
    let names = (format!("browser-{n}"), format!("session-{n}"));
    connect(controller, shared, (&names.0, &names.1), SrtpProfile::AeadAes128Gcm)
}

#[test]
fn browsers_and_phones_hear_each_other_whichever_workers_they_began_on() {
    let metrics = free_address();
    let engine = Engine::start(&["--workers", "2", "--metrics", &metrics]);
    let (mut controller, welcome) = Controller::connect(&engine.socket()).expect("connected");
    let shared = shared_port(&welcome);
    let browsers: Vec<_> = (0..6).map(|n| browser(&mut controller, shared, n)).collect();
    for (n, (mut mouth, mut ear)) in browsers.into_iter().enumerate() {
        let (browser, caller) = (format!("browser-{n}"), format!("caller-{n}"));
        let (socket, engine) = phone(&mut controller, &caller, &format!("call-{n}"));
        hear(&mut controller, vec![hears(&browser, &[leg(&caller)]), hears(&caller, &[leg(&browser)])]);
        for sequence in 0..5 {
            socket.send_to(&rtp(sequence, 11), engine).expect("sent");
            assert_eq!(ear.hear().expect("the caller").1, [11; SAMPLES], "{n}");
            mouth.say(&[22; SAMPLES]);
            assert_eq!(heard(&socket).expect("the browser").1, [22; SAMPLES], "{n}");
        }
    }
    let received = |worker: u8| metric(&metrics, &format!("datagrams_received_total{{worker=\"{worker}\"}}"));
    assert!(received(0) > 0.0 && received(1) > 0.0, "both work");
    let Ok(Answer::Snapshot { legs, .. }) = controller.ask(Command::TakeSnapshot) else { panic!("no snapshot") };
    assert_eq!(legs.len(), 12);
    let Ok(Answer::Health(health)) = controller.ask(Command::GetHealth) else { panic!("no health") };
    assert_eq!((health.workers, health.legs, health.rtp_ports_free), (2, 12, 10));
}

/// Numbers follow each other without a gap or a break, and nothing is missing.
fn assert_seamless(packets: &[(Header, Vec<u8>)], who: &str) {
    assert_eq!(packets.len(), usize::from(PACKETS), "{who} heard all");
    let mut packets: Vec<_> = packets.iter().map(|(header, _)| header).collect();
    let first = packets[0].sequence;
    // Packets that change their way may overtake each other by a few.
    packets.sort_by_key(|header| header.sequence.wrapping_sub(first));
    for pair in packets.windows(2) {
        assert_eq!(pair[1].sequence, pair[0].sequence.wrapping_add(1), "{who}");
        assert_eq!(pair[1].timestamp, pair[0].timestamp.wrapping_add(SAMPLES as u32), "{who}");
        assert_eq!(pair[1].ssrc, pair[0].ssrc, "{who}");
    }
}

fn paced(mut send: impl FnMut(u16)) {
    let start = Instant::now();
    for n in 0..PACKETS {
        send(n);
        std::thread::sleep((PACE * u32::from(n + 1)).saturating_sub(start.elapsed()));
    }
}

fn recorder_of_caller(path: &Path) -> Command {
    Command::StartRecorder {
        recorder: "rec".into(),
        leg: "caller".into(),
        path: path.to_string_lossy().into(),
        format: Default::default(),
        seal: None,
        armed: false,
    }
}

#[test]
fn a_recorded_call_moves_200_times_under_traffic_without_a_lost_packet() {
    let metrics = free_address();
    let engine = Engine::start(&["--workers", "2", "--metrics", &metrics]);
    let (mut controller, welcome) = Controller::connect(&engine.socket()).expect("connected");
    // Heavy groups, one on each worker: whom one of them hears comes to it.
    for n in 0..8 {
        let create = Command::CreateWebrtcLeg { leg: format!("heavy-{n}"), group: format!("magnet-{}", n % 2) };
        controller.ask(create).expect("a leg");
    }
    let (mut mouth, mut ear) =
        connect(&mut controller, shared_port(&welcome), ("agent", "call"), SrtpProfile::AeadAes128Gcm);
    let (socket, engine_port) = phone(&mut controller, "caller", "call");
    hear(&mut controller, vec![hears("agent", &[leg("caller")]), hears("caller", &[leg("agent")])]);
    let path = engine.folder.join("call.wav");
    controller.ask(recorder_of_caller(&path)).expect("recorded");
    let begun = Instant::now();
    let moves_before = metric(&metrics, "moves_total");
    let sender = socket.try_clone().expect("a socket");
    let caller = std::thread::spawn(move || paced(|n| drop(sender.send_to(&rtp(n, 40), engine_port))));
    let agent = std::thread::spawn(move || paced(|_| mouth.say(&[50; SAMPLES])));
    let browser = std::thread::spawn(move || (0..PACKETS).map_while(|_| ear.hear()).collect::<Vec<_>>());
    let phone = std::thread::spawn(move || (0..PACKETS).map_while(|_| heard(&socket)).collect::<Vec<_>>());
    for n in 0..MOVES {
        let magnet = format!("heavy-{}", n % 2);
        hear(&mut controller, vec![hears(&magnet, &[leg("caller")])]);
        hear(&mut controller, vec![hears(&magnet, &[])]);
        std::thread::sleep(Duration::from_millis(3));
    }
    caller.join().expect("sent");
    agent.join().expect("sent");
    assert_seamless(&browser.join().expect("heard"), "the browser");
    assert_seamless(&phone.join().expect("heard"), "the phone");
    assert!(metric(&metrics, "moves_total") - moves_before >= MOVES as f64 - 1.0);
    assert_eq!(metric(&metrics, "datagrams_handed_over_lost_total{worker=\"0\"}"), 0.0);
    controller.ask(Command::StopRecorder { recorder: "rec".into() }).expect("stopped");
    let took = begun.elapsed().as_secs_f64();
    let (seconds, gaps, voice) = event(&mut controller, |event| match event {
        Event::RecordingFinished { seconds, gaps, voice_seconds, .. } => {
            Some((*seconds, gaps.clone(), voice_seconds.clone()))
        }
        _ => None,
    });
    assert!((seconds - took).abs() < 0.1 && gaps.is_empty(), "{seconds} of {took} s, {gaps:?}");
    let spoken = f64::from(PACKETS) * SAMPLES as f64 / 8000.0;
    // A busy machine sends some of it too late for the time line; a recorder that was lost on the way hears none.
    assert!(voice.iter().all(|said| *said > 0.5 * spoken && *said < 1.05 * spoken), "{voice:?} of {spoken}");
}
