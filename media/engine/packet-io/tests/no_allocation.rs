//! In the steady state no packet allocates: one in ten thousand would show here.

use control_messages::{
    Address, Codec, ConfigureLeg, Direction, Hearing, LegKind, Payload, Source, SrtpKeys, SrtpProfile,
};
use packet_core::rtp::{HEADER_BYTES, Outgoing};
use packet_core::srtp::Outbound;
use packet_core::stun::Check;
use packet_core::switchboard::{LegSeed, NewLeg, Outbox, Port, RecorderPlan, Switchboard};
use std::alloc::{GlobalAlloc, Layout, System};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};

struct Counting;

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);

// SAFETY: every call is passed on to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
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
            before = ALLOCATIONS.load(Ordering::Relaxed);
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
    assert_eq!(ALLOCATIONS.load(Ordering::Relaxed) - before, 0);
    assert_eq!(sent, 20_200 + 1, "each packet went on, and the check was answered");
}
