//! In the steady state no packet allocates: one in ten thousand would show here.

use control_messages::{
    Address, Codec, ConfigureLeg, Direction, Fork, Hearing, LegKind, Payload, Play, Source, SrtpKeys, SrtpProfile,
};
use packet_core::codec::{Encoder, MAX_ENCODED_BYTES};
use packet_core::fork::ForkLine;
use packet_core::rtp::{HEADER_BYTES, Outgoing};
use packet_core::srtp::Outbound;
use packet_core::stun::Check;
use packet_core::switchboard::{LegSeed, NewLeg, NewPlayer, Outbox, Port, RecorderPlan, Switchboard};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::net::SocketAddr;
use std::sync::Arc;

struct Counting;

thread_local! {
    /// Of this thread: tests beside this one and their harness do not count.
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

fn allocations() -> u64 {
    ALLOCATIONS.get()
}

// SAFETY: every call is passed on to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let _ = ALLOCATIONS.try_with(|count| count.set(count.get() + 1));
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the pointer came from `alloc` above.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const PHONE: &str = "198.51.100.1:4000";
const BROWSER: &str = "203.0.113.1:5000";

fn address(text: &str) -> SocketAddr {
    text.parse().expect("an address")
}

fn keys() -> SrtpKeys {
    SrtpKeys {
        profile: SrtpProfile::AesCm128HmacSha1_80,
        local_key: vec![1; 16],
        local_salt: vec![2; 14],
        remote_key: vec![3; 16],
        remote_salt: vec![4; 14],
    }
}

/// A phone (key 0) and a secured browser (key 1) that hear each other, the phone being recorded.
fn call(out: &mut Outbox) -> Switchboard {
    let mut board = Switchboard::new(1, 0);
    for (name, kind) in [("phone", LegKind::Rtp), ("browser", LegKind::Webrtc)] {
        let seed = LegSeed {
            ssrc: 5,
            sequence: 1,
            timestamp: 1,
            cname: [b'c'; 16],
            ufrag: "ufrag".into(),
            password: "password-password-passwd".into(),
        };
        board.create_leg(NewLeg { name: name.into(), group: "g".into(), kind, local: address(PHONE), seed }, 0);
        let configure = ConfigureLeg {
            leg: name.into(),
            payloads: vec![Payload { number: 8, codec: Codec::Pcma, clock_rate: 8000, fec: false, dtx: false }],
            direction: Direction::SendRecv,
            remote: Some(Address::from(address(PHONE))),
            remote_rtcp: None,
            rtcp_mux: true,
            remote_ufrag: String::new(),
        };
        board.configure_leg(&configure, 0).expect("configured");
    }
    let check = Check {
        username: "ufrag:far",
        password: "password-password-passwd",
        transaction: [1; 12],
        use_candidate: true,
        controlling: true,
    };
    let mut bytes = [0; 200];
    let length = check.write(&mut bytes);
    board.receive(Port::Shared(0), &mut bytes[..length], address(BROWSER), 0, out);
    board.secure_leg("browser", &keys()).expect("secured");
    let hearing =
        |leg: &str, source: &str| Hearing { leg: leg.into(), sources: vec![Source::Leg { leg: source.into() }] };
    board.hear(vec![hearing("phone", "browser"), hearing("browser", "phone")], 0).expect("joined");
    let plan = RecorderPlan { leg: "phone".into(), path: "/x".into(), format: Default::default(), sealed: false };
    board.start_recorder("rec", plan, 0).expect("recording");
    board
}

fn packet(buffer: &mut [u8; 200], n: u32) -> usize {
    let mut header = [0; HEADER_BYTES];
    Outgoing { marker: false, payload_type: 8, sequence: n as u16, timestamp: n * 160, ssrc: 9 }.write(&mut header);
    buffer[..HEADER_BYTES].copy_from_slice(&header);
    HEADER_BYTES + 160
}

#[test]
fn ten_thousand_packets_through_srtp_and_a_recorder_allocate_nothing() {
    let mut out = Outbox::default();
    let mut board = call(&mut out);
    let keys = keys();
    let mut browser = Outbound::new(keys.profile, &keys.remote_key, &keys.remote_salt).expect("keys");
    let mut buffer = [0; 200];
    let mut sent = 0;
    let mut before = 0;
    for n in 0..10_100u32 {
        if n == 100 {
            while board.next_event().is_some() {}
            before = allocations();
        }
        let now = u64::from(n) * 10_000;
        let length = packet(&mut buffer, n);
        board.receive(Port::Rtp(0), &mut buffer[..length], address(PHONE), now, &mut out);
        let length = packet(&mut buffer, n);
        let length = browser.protect_rtp(&mut buffer, length).expect("protected");
        board.receive(Port::Shared(0), &mut buffer[..length], address(BROWSER), now, &mut out);
        sent += out.pending().len();
        out.clear();
    }
    assert_eq!(allocations() - before, 0);
    assert_eq!(sent, 20_200 + 1, "each packet went on, and the check was answered");
}

#[test]
fn frames_to_and_from_a_robot_allocate_nothing() {
    let mut out = Outbox::default();
    let mut board = call(&mut out);
    let line = Arc::new(ForkLine::default());
    let fork = Fork {
        leg: "phone".into(),
        url: "ws://robot.example/".into(),
        addresses: Vec::new(),
        account: String::new(),
        call: String::new(),
        stream: String::new(),
        authorization: String::new(),
        parameters: Vec::new(),
    };
    let new = NewPlayer { name: "robot".into(), group: "g".into(), play: Play::Fork(fork), stop_digits: String::new() };
    board.create_fork(new, &line, 0).expect("a fork");
    let sources = vec![Source::Player { player: "robot".into() }];
    board.hear(vec![Hearing { leg: "phone".into(), sources }], 0).expect("heard");
    let (mut buffer, mut said, mut before) = ([0; 200], 0, 0);
    for n in 0..200u32 {
        if n == 50 {
            while board.next_event().is_some() {}
            (said, before) = (0, allocations());
        }
        let now = u64::from(n) * 20_000_000;
        let length = packet(&mut buffer, n);
        board.receive(Port::Rtp(0), &mut buffer[..length], address(PHONE), now, &mut out);
        line.make_ready([1; 160]);
        board.handle_timer(now, &mut out);
        said += u32::from(line.next_said().is_some());
        out.clear();
        while let Some(block) = board.next_block() {
            board.give_back(block.settled.placed);
        }
    }
    assert!(said >= 140, "{said}");
    assert_eq!(allocations() - before, 0);
}

fn payload_of(codec: Codec) -> Payload {
    let (number, clock_rate) = match codec {
        Codec::Opus => (111, 48_000),
        Codec::G722 => (9, 8_000),
        _ => (8, 8_000),
    };
    Payload { number, codec, clock_rate, fec: false, dtx: false }
}

/// Phones of these codecs, of which each hears all others.
fn conference(codecs: &[Codec]) -> Switchboard {
    let mut board = Switchboard::new(1, 0);
    for (n, codec) in codecs.iter().enumerate() {
        let name = n.to_string();
        let seed = LegSeed {
            ssrc: n as u32,
            sequence: 1,
            timestamp: 1,
            cname: [b'c'; 16],
            ufrag: String::new(),
            password: String::new(),
        };
        let new = NewLeg { name: name.clone(), group: "g".into(), kind: LegKind::Rtp, local: address(PHONE), seed };
        board.create_leg(new, 0);
        let audio = payload_of(*codec);
        let events = Payload { number: 101, codec: Codec::TelephoneEvent, ..audio.clone() };
        let configure = ConfigureLeg {
            leg: name,
            payloads: vec![audio, events],
            direction: Direction::SendRecv,
            remote: Some(Address::from(address(PHONE))),
            remote_rtcp: None,
            rtcp_mux: true,
            remote_ufrag: String::new(),
        };
        board.configure_leg(&configure, 0).expect("configured");
    }
    let source = |n: usize| Source::Leg { leg: n.to_string() };
    let others = |me: usize| (0..codecs.len()).filter(|n| *n != me).map(source).collect();
    let hearing = |me: usize| Hearing { leg: me.to_string(), sources: others(me) };
    board.hear((0..codecs.len()).map(hearing).collect(), 0).expect("joined");
    board
}

/// 20 ms of the same sound in each codec.
fn spoken(codecs: &[Codec]) -> Vec<Vec<u8>> {
    codecs
        .iter()
        .map(|codec| {
            let mut encoder = Encoder::new(&payload_of(*codec)).expect("an encoder");
            let frame: Vec<i16> = (0..encoder.band().tick()).map(|n| (n as i16 % 40 - 20) * 300).collect();
            let mut payload = [0; MAX_ENCODED_BYTES];
            let length = encoder.encode(&frame, &mut payload);
            payload[..length].to_vec()
        })
        .collect()
}

/// What the last two of three seconds took, unless it says otherwise; in the first one it settles.
struct Taken {
    /// Of all three seconds.
    sent: usize,
    allocations: u64,
    time: std::time::Duration,
    /// The busiest tick of the first second.
    longest: std::time::Duration,
}

/// Three seconds of it.
fn run(board: &mut Switchboard, codecs: &[Codec], digits: bool) -> Taken {
    const SECOND: u64 = 1_000_000_000;
    let voices = spoken(codecs);
    let mut out = Outbox::default();
    for _ in 0..256 {
        out.slot(); // it grows to the largest burst
        out.commit(Port::Shared(0), address(PHONE), 0);
    }
    out.clear();
    let (mut sent, mut before) = (0, 0);
    let mut buffer = [0; 1500];
    let mut started = std::time::Instant::now();
    let mut longest = std::time::Duration::ZERO;
    for n in 0..150u32 {
        let tick_started = std::time::Instant::now();
        let mut now = u64::from(n) * SECOND / 50;
        if n == 10 && digits {
            board.send_digits("0", "55", (500, 60), now).expect("digits");
        }
        if n == 50 {
            while board.next_event().is_some() {}
            before = allocations();
            started = std::time::Instant::now();
        }
        for (key, (codec, voice)) in codecs.iter().zip(&voices).enumerate() {
            let Payload { number: payload_type, clock_rate, .. } = payload_of(*codec);
            let timestamp = n * (clock_rate / 50);
            let mut header = [0; HEADER_BYTES];
            Outgoing { marker: false, payload_type, sequence: n as u16, timestamp, ssrc: 9 }.write(&mut header);
            let length = HEADER_BYTES + voice.len();
            buffer[..HEADER_BYTES].copy_from_slice(&header);
            buffer[HEADER_BYTES..length].copy_from_slice(voice);
            board.receive(Port::Rtp(key), &mut buffer[..length], address(PHONE), now, &mut out);
        }
        for _ in 0..4 {
            board.handle_timer(now, &mut out);
            now += SECOND / 200;
        }
        sent += out.pending().len();
        out.clear();
        if n < 50 {
            longest = longest.max(tick_started.elapsed());
        }
    }
    Taken { sent, allocations: allocations() - before, time: started.elapsed(), longest }
}

#[test]
fn forwarding_of_opus_and_digits_allocate_nothing() {
    let codecs = [Codec::Opus, Codec::Opus];
    let taken = run(&mut conference(&codecs), &codecs, true);
    assert!((290..320).contains(&taken.sent), "{}", taken.sent);
    assert_eq!(taken.allocations, 0);
}

#[test]
fn a_conference_of_three_allocates_nothing_whatever_its_codecs() {
    for codecs in [[Codec::Pcma; 3], [Codec::Pcma, Codec::Opus, Codec::G722]] {
        let taken = run(&mut conference(&codecs), &codecs, true);
        assert!((430..480).contains(&taken.sent), "{} of {codecs:?}", taken.sent);
        assert_eq!(taken.allocations, 0, "{codecs:?}");
    }
}

/// What a packet costs without sockets: run with `--ignored --nocapture`.
#[test]
#[ignore = "prints nanoseconds"]
fn costs() {
    for (name, codecs) in [
        ("forwarded G.711", vec![Codec::Pcma; 2]),
        ("forwarded Opus", vec![Codec::Opus; 2]),
        ("G.711 to Opus", vec![Codec::Pcma, Codec::Opus]),
        ("conference of 3, G.711", vec![Codec::Pcma; 3]),
        ("conference of 3, Opus", vec![Codec::Opus; 3]),
        ("conference of 8, G.711", vec![Codec::Pcma; 8]),
        ("conference of 32, G.711", vec![Codec::Pcma; 32]),
    ] {
        let mut boards: Vec<Switchboard> = (0..40).map(|_| conference(&codecs)).collect();
        let taken: Vec<Taken> = boards.iter_mut().map(|board| run(board, &codecs, false)).collect();
        // The least: this machine may have other work.
        let nanos = taken.iter().map(|taken| taken.time.as_nanos()).min().unwrap_or_default() as f64;
        let longest = taken.iter().map(|taken| taken.longest).min().unwrap_or_default();
        println!(
            "{name}: {:.0} ns a packet, {:.1} us a second of it, at most {longest:?} for a tick at its beginning",
            nanos / (100 * codecs.len()) as f64,
            nanos / 2000.0
        );
    }
}
