//! A switchboard with a plain leg, a secured leg and a browser leg that hear each other, under any datagrams.

use control_messages::{
    Address, Codec, ConfigureLeg, Direction, Hearing, LegKind, Payload, Source, SrtpKeys, SrtpProfile,
};
use packet_core::srtp::{Inbound, Srtp, key_and_salt_bytes};
use packet_core::stun::Check;
use packet_core::switchboard::{LegSeed, MAX_DATAGRAM, NewLeg, Outbox, Port, Switchboard};
use packet_core::{MILLISECOND, Nanos, SECOND};
use std::net::SocketAddr;

const LEGS: [(&str, LegKind); 3] = [("plain", LegKind::Rtp), ("secured", LegKind::Rtp), ("browser", LegKind::Webrtc)];
const FAR: [u8; 4] = [192, 0, 2, 9];

fn keys(profile: SrtpProfile, ours: u8, theirs: u8) -> SrtpKeys {
    let (key, salt) = key_and_salt_bytes(profile);
    SrtpKeys {
        profile,
        local_key: vec![ours; key],
        local_salt: vec![ours; salt],
        remote_key: vec![theirs; key],
        remote_salt: vec![theirs; salt],
    }
}

fn payload(number: u8, codec: Codec) -> Payload {
    Payload { number, codec, clock_rate: if codec == Codec::Opus { 48_000 } else { 8000 }, fec: false, dtx: false }
}

struct Bench {
    board: Switchboard,
    out: Outbox,
    now: Nanos,
    /// The far end of the secured leg and of the browser's.
    far: [Option<Srtp>; 3],
}

impl Bench {
    fn new() -> Self {
        let mut bench = Self {
            board: Switchboard::new(7, 1_790_000_000 * SECOND),
            out: Outbox::default(),
            now: SECOND,
            far: [None, None, None],
        };
        for (index, (name, kind)) in LEGS.into_iter().enumerate() {
            bench.add(index as u8, name, kind);
        }
        let hearing = |(leg, _): (&str, LegKind)| Hearing {
            leg: leg.into(),
            sources: LEGS
                .iter()
                .filter(|(other, _)| *other != leg)
                .map(|(other, _)| Source::Leg { leg: (*other).into() })
                .collect(),
        };
        let _ = bench.board.hear(LEGS.map(hearing).into(), bench.now);
        bench
    }

    fn add(&mut self, index: u8, name: &str, kind: LegKind) {
        let seed = LegSeed {
            ssrc: 0xa000_0000 + u32::from(index),
            sequence: 100,
            timestamp: 50_000,
            cname: *b"0123456789abcdef",
            ufrag: "ours".into(),
            password: "a-password-of-24-letters".into(),
        };
        let local = SocketAddr::from(([192, 0, 2, 1], 20_000));
        let new = NewLeg { name: name.into(), group: "call".into(), kind, local, seed };
        self.board.create_leg(new, self.now);
        let payloads = vec![
            payload(8, Codec::Pcma),
            payload(0, Codec::Pcmu),
            payload(9, Codec::G722),
            payload(111, Codec::Opus),
            payload(13, Codec::ComfortNoise),
            payload(101, Codec::TelephoneEvent),
        ];
        let configure = ConfigureLeg {
            leg: name.into(),
            payloads,
            direction: Direction::SendRecv,
            remote: Some(Address::from(SocketAddr::from((FAR, 4000)))),
            remote_rtcp: None,
            rtcp_mux: index == 1,
            remote_ufrag: String::new(),
        };
        assert!(self.board.configure_leg(&configure, self.now).is_ok());
        if index > 0 {
            let profile = [SrtpProfile::AesCm128HmacSha1_32, SrtpProfile::AeadAes256Gcm][usize::from(index - 1)];
            let _ = self.board.secure_leg(name, &keys(profile, 1, 2));
            self.far[usize::from(index)] = Srtp::new(&keys(profile, 2, 1)).ok();
        }
    }

    fn receive(&mut self, leg: usize, rtcp: bool, source: u8, datagram: &mut [u8]) {
        let port = match leg {
            2 => Port::Shared(0),
            key if rtcp => Port::Rtcp(key),
            key => Port::Rtp(key),
        };
        let source = SocketAddr::from((FAR, 4000 + u16::from(source & 3)));
        self.board.receive(port, datagram, source, self.now, &mut self.out);
    }

    /// One step: two bytes say where and how, the rest is a datagram.
    fn step(&mut self, how: [u8; 2], bytes: &[u8]) {
        let (leg, rtcp, sealed) = (usize::from(how[0]) % 3, how[0] & 0x10 != 0, how[0] & 0x20 != 0);
        let mut datagram = [0; MAX_DATAGRAM];
        let mut length = bytes.len().min(MAX_DATAGRAM - 64);
        datagram[..length].copy_from_slice(&bytes[..length]);
        if let Some(far) = self.far[leg].as_mut().filter(|_| sealed) {
            let protected = match rtcp {
                true => far.protect_rtcp(&mut datagram, length),
                false => far.protect_rtp(&mut datagram, length),
            };
            length = protected.unwrap_or(length);
        }
        self.receive(leg, rtcp, how[1], &mut datagram[..length]);
        if how[0] & 0x40 != 0 {
            self.check(how[1]);
        }
        self.now += Nanos::from(how[1] >> 2) * MILLISECOND;
        if self.board.next_timer().is_some_and(|at| at <= self.now) {
            self.board.handle_timer(self.now, &mut self.out);
        }
        self.out.clear();
        while self.board.next_event().is_some() {}
        if how[0] == 0xff {
            let _ = self.board.secure_leg("secured", &keys(SrtpProfile::AeadAes128Gcm, how[1], 3));
        }
    }

    /// A right connectivity check, so that the browser's address is known.
    fn check(&mut self, source: u8) {
        let mut message = [0; 200];
        let check = Check {
            username: "ours:theirs",
            password: "a-password-of-24-letters",
            transaction: *b"transaction!",
            use_candidate: true,
            controlling: true,
        };
        let length = check.write(&mut message);
        self.receive(2, false, source, &mut message[..length]);
    }
}

pub fn switchboard(mut data: &[u8]) {
    let mut bench = Bench::new();
    while let Some((&[first, second, length], rest)) = data.split_first_chunk::<3>() {
        let (datagram, rest) = rest.split_at(usize::from(length).min(rest.len()));
        bench.step([first, second], datagram);
        data = rest;
    }
    for (name, _) in LEGS {
        bench.board.say_goodbye(name, bench.now, &mut bench.out);
        bench.board.delete_leg(name, bench.now);
    }
}

/// Nothing that was not sealed with the keys is ever opened.
pub fn srtp(data: &[u8]) {
    let profiles = [
        SrtpProfile::AesCm128HmacSha1_80,
        SrtpProfile::AesCm128HmacSha1_32,
        SrtpProfile::AeadAes128Gcm,
        SrtpProfile::AeadAes256Gcm,
    ];
    for profile in profiles {
        let keys = keys(profile, 1, 2);
        let Ok(mut inbound) = Inbound::new(profile, &keys.remote_key, &keys.remote_salt) else { return };
        let mut packet = data[..data.len().min(MAX_DATAGRAM)].to_vec();
        let _ = inbound.unprotect_rtp(&mut packet.clone());
        let _ = inbound.unprotect_rtcp(&mut packet);
    }
}
