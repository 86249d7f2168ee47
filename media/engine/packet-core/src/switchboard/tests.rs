//! The switchboard as a whole, with a virtual clock and no socket.

mod bad_lines;
mod browsers;
mod calls;
mod detecting;
mod forks;
mod moving;
mod play;
mod records;
mod security;
mod stage;
mod switching;

use super::*;
use crate::clip::Clip;
use crate::rtp::{HEADER_BYTES, Header, Outgoing};
use crate::stun::Check;
use crate::{MILLISECOND, SECOND};
use control_messages::{
    Address, Answer, Codec, ConfigureLeg, Direction, Hearing, LegKind, Payload, Play, Source, SrtpKeys, SrtpProfile,
};
use std::sync::Arc;

pub const PACKET: Nanos = 20 * MILLISECOND;

pub fn address(text: &str) -> SocketAddr {
    text.parse().expect("an address")
}

pub fn payload(number: u8, codec: Codec) -> Payload {
    Payload { number, codec, clock_rate: 8000, fec: false, dtx: false }
}

pub fn leg_source(name: &str) -> Source {
    Source::Leg { leg: name.into() }
}

pub fn player_source(name: &str) -> Source {
    Source::Player { player: name.into() }
}

/// What left the switchboard.
#[derive(Debug, Clone, PartialEq)]
pub struct Sent {
    pub port: Port,
    pub to: SocketAddr,
    pub bytes: Vec<u8>,
    pub at: Nanos,
}

impl Sent {
    pub fn header(&self) -> Header {
        Header::parse(&self.bytes).expect("RTP")
    }

    pub fn payload(&self) -> &[u8] {
        &self.bytes[HEADER_BYTES..]
    }
}

pub struct Bench {
    pub board: Switchboard,
    pub now: Nanos,
    out: Outbox,
    legs: u32,
}

impl Default for Bench {
    fn default() -> Self {
        Self { board: Switchboard::new(7, 1_790_000_000 * SECOND), now: SECOND, out: Outbox::default(), legs: 0 }
    }
}

impl Bench {
    pub fn leg(&mut self, name: &str, kind: LegKind) -> usize {
        self.legs += 1;
        let seed = LegSeed {
            ssrc: 0xa000_0000 + self.legs,
            sequence: 100,
            timestamp: 50_000,
            cname: *b"0123456789abcdef",
            ufrag: format!("ufrag-{name}"),
            password: format!("password-of-{name}-24-chars"),
        };
        let new = NewLeg { name: name.into(), group: "call".into(), kind, local: address("192.0.2.1:20000"), seed };
        self.board.create_leg(new, self.now)
    }

    pub fn configure(&mut self, configure: ConfigureLeg) {
        self.board.configure_leg(&configure, self.now).expect("configured");
    }

    /// An `rtp` leg with this codec as payload type 8 or 0 and digits as 101.
    pub fn phone(&mut self, name: &str, codec: Codec, remote: &str) -> usize {
        let key = self.leg(name, LegKind::Rtp);
        self.configure(phone_configuration(name, codec, remote));
        key
    }

    pub fn hear(&mut self, hearings: &[(&str, &[Source])]) {
        let hearing = |(leg, sources): &(&str, &[Source])| Hearing { leg: (*leg).into(), sources: sources.to_vec() };
        self.board.hear(hearings.iter().map(hearing).collect(), self.now).expect("heard");
    }

    pub fn receive(&mut self, port: Port, bytes: &[u8], from: &str) -> Vec<Sent> {
        self.board.receive(port, &mut bytes.to_vec(), address(from), self.now, &mut self.out);
        self.sent()
    }

    pub fn sent(&mut self) -> Vec<Sent> {
        let at = self.now;
        let sent = |datagram: &Datagram| Sent {
            port: datagram.port,
            to: datagram.to,
            bytes: datagram.bytes[..datagram.length].to_vec(),
            at,
        };
        let all = self.out.pending().iter().map(sent).collect();
        self.out.clear();
        all
    }

    pub fn send_dtls(&mut self, leg: &str, datagram: &[u8]) -> Result<Vec<Sent>, Refusal> {
        self.board.send_dtls(leg, datagram, &mut self.out)?;
        Ok(self.sent())
    }

    /// What a leg is told at its end.
    pub fn goodbye(&mut self, leg: &str) -> Vec<Sent> {
        self.board.say_goodbye(leg, self.now, &mut self.out);
        self.sent()
    }

    /// Let time pass, waking whenever the switchboard asks for it.
    pub fn run(&mut self, span: Nanos) -> Vec<Sent> {
        let end = self.now + span;
        let mut all = Vec::new();
        while let Some(at) = self.board.next_timer().filter(|at| *at <= end) {
            self.now = self.now.max(at);
            self.board.handle_timer(self.now, &mut self.out);
            all.extend(self.sent());
        }
        self.now = end;
        all
    }

    /// RTP only.
    pub fn run_rtp(&mut self, span: Nanos) -> Vec<Sent> {
        self.run(span).into_iter().filter(|sent| !crate::rtp::is_rtcp(&sent.bytes)).collect()
    }

    pub fn events(&mut self) -> Vec<Event> {
        std::iter::from_fn(|| self.board.next_event()).collect()
    }

    pub fn player(
        &mut self,
        name: &str,
        play: Play,
        stop_digits: &str,
        clips: Vec<Arc<Clip>>,
    ) -> Result<Answer, Refusal> {
        let new = NewPlayer { name: name.into(), group: "call".into(), play, stop_digits: stop_digits.into() };
        self.board.create_player(new, Sounds::Ready(clips))
    }

    pub fn tones(&mut self, name: &str, frames: usize, repeat: bool) {
        let clip = Arc::new(Clip::new(vec![8000; frames * 160]));
        let play = Play::Tones { tones: Vec::new(), level_dbm0: -13.0, repeat };
        self.player(name, play, "", vec![clip]).expect("a player");
    }
}

pub fn phone_configuration(name: &str, codec: Codec, remote: &str) -> ConfigureLeg {
    let number = if codec == Codec::Pcma { 8 } else { 0 };
    ConfigureLeg {
        leg: name.into(),
        payloads: vec![payload(number, codec), payload(101, Codec::TelephoneEvent)],
        direction: Direction::SendRecv,
        remote: Some(Address::from(address(remote))),
        remote_rtcp: None,
        rtcp_mux: false,
        remote_ufrag: String::new(),
    }
}

pub fn rtp(payload_type: u8, sequence: u16, timestamp: u32, ssrc: u32, payload: &[u8]) -> Vec<u8> {
    let mut header = [0; HEADER_BYTES];
    Outgoing { marker: false, payload_type, sequence, timestamp, ssrc }.write(&mut header);
    [&header[..], payload].concat()
}

/// The n-th packet of a steady stream of PCMA silence.
pub fn nth(n: u16) -> Vec<u8> {
    rtp(8, n, u32::from(n) * 160, 7, &[0xd5; 160])
}

pub fn check(leg: &str, use_candidate: bool) -> Vec<u8> {
    check_as(leg, "far", &format!("password-of-{leg}-24-chars"), use_candidate)
}

pub fn check_as(leg: &str, far: &str, password: &str, use_candidate: bool) -> Vec<u8> {
    let mut out = [0; 200];
    let username = format!("ufrag-{leg}:{far}");
    let check =
        Check { username: &username, password, transaction: *b"transaction!", use_candidate, controlling: true };
    let length = check.write(&mut out);
    out[..length].to_vec()
}

pub fn keys() -> SrtpKeys {
    SrtpKeys {
        profile: SrtpProfile::AeadAes128Gcm,
        local_key: vec![1; 16],
        local_salt: vec![2; 12],
        remote_key: vec![3; 16],
        remote_salt: vec![4; 12],
    }
}

pub fn statistics(board: &Switchboard, leg: &str, now: Nanos) -> control_messages::Statistics {
    match board.get_statistics(leg, now) {
        Ok(Answer::LegStatistics { statistics, .. }) => statistics,
        other => panic!("{other:?}"),
    }
}
