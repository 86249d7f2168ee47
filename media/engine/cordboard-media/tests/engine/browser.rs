//! The far end of a webrtc leg: checks, then SRTP.

use bench_tools::controller::Controller;
use control_messages::{Address, Answer, Codec, Command, ConfigureLeg, Direction, Payload, SrtpKeys, SrtpProfile};
use packet_core::rtp::{HEADER_BYTES, Header, Outgoing};
use packet_core::srtp::{Inbound, MAX_OVERHEAD, Outbound};
use packet_core::stun::{Check, is_success};
use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

pub fn shared_port(welcome: &Answer) -> SocketAddr {
    let Answer::Welcome { webrtc, .. } = welcome else { panic!("no welcome") };
    webrtc.first().and_then(Address::socket_address).expect("the shared port")
}

fn keys(profile: SrtpProfile) -> SrtpKeys {
    let salt = if profile == SrtpProfile::AeadAes128Gcm { 12 } else { 14 };
    SrtpKeys {
        profile,
        local_key: vec![1; 16],
        local_salt: vec![2; salt],
        remote_key: vec![3; 16],
        remote_salt: vec![4; salt],
    }
}

/// What a browser sends with.
pub struct BrowserMouth {
    socket: UdpSocket,
    to: SocketAddr,
    outbound: Outbound,
    sequence: u16,
    timestamp: u32,
}

pub struct BrowserEar {
    socket: UdpSocket,
    inbound: Inbound,
}

/// Make a leg, configure and secure it, and let the engine know the browser's address.
pub fn connect(
    controller: &mut Controller,
    shared: SocketAddr,
    (leg, group): (&str, &str),
    profile: SrtpProfile,
) -> (BrowserMouth, BrowserEar) {
    let create = Command::CreateWebrtcLeg { leg: leg.into(), group: group.into() };
    let Ok(Answer::WebrtcLegCreated { ufrag, password, .. }) = controller.ask(create) else { panic!("no leg") };
    let payload = Payload { number: 8, codec: Codec::Pcma, clock_rate: 8000, fec: false, dtx: false };
    let configure = ConfigureLeg {
        leg: leg.into(),
        payloads: vec![payload],
        direction: Direction::SendRecv,
        remote: None,
        remote_rtcp: None,
        rtcp_mux: false,
        remote_ufrag: String::new(),
    };
    controller.ask(Command::ConfigureLeg(configure)).expect("configured");
    controller.ask(Command::SecureLeg { leg: leg.into(), keys: keys(profile) }).expect("secured");
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    socket.set_read_timeout(Some(Duration::from_secs(2))).expect("a time-out");
    let (username, transaction) = (format!("{ufrag}:far"), *b"a-browser-id");
    let check = Check { username: &username, password: &password, transaction, use_candidate: true, controlling: true };
    let mut bytes = [0; 200];
    let length = check.write(&mut bytes);
    socket.send_to(&bytes[..length], shared).expect("sent");
    let count = socket.recv(&mut bytes).expect("an answer to the check");
    assert!(is_success(&bytes[..count], &transaction));
    let keys = keys(profile);
    let outbound = Outbound::new(profile, &keys.remote_key, &keys.remote_salt).expect("keys");
    let inbound = Inbound::new(profile, &keys.local_key, &keys.local_salt).expect("keys");
    let ear = BrowserEar { socket: socket.try_clone().expect("a socket"), inbound };
    (BrowserMouth { socket, to: shared, outbound, sequence: 0, timestamp: 0 }, ear)
}

impl BrowserMouth {
    pub fn say(&mut self, payload: &[u8]) {
        let mut packet = vec![0; HEADER_BYTES + payload.len() + MAX_OVERHEAD];
        let (sequence, timestamp) = (self.sequence, self.timestamp);
        let (header, rest) = packet.split_first_chunk_mut::<HEADER_BYTES>().expect("room");
        Outgoing { marker: false, payload_type: 8, sequence, timestamp, ssrc: 9 }.write(header);
        rest[..payload.len()].copy_from_slice(payload);
        let length = self.outbound.protect_rtp(&mut packet, HEADER_BYTES + payload.len()).expect("protected");
        self.socket.send_to(&packet[..length], self.to).expect("sent");
        self.sequence = self.sequence.wrapping_add(1);
        self.timestamp = self.timestamp.wrapping_add(payload.len() as u32);
    }
}

impl BrowserEar {
    /// The next RTP packet: header and payload; None when none comes in time.
    pub fn hear(&mut self) -> Option<(Header, Vec<u8>)> {
        let mut buffer = [0; 2048];
        loop {
            let count = self.socket.recv(&mut buffer).ok()?;
            if packet_core::stun::is_stun(&buffer[..count]) || packet_core::rtp::is_rtcp(&buffer[..count]) {
                continue;
            }
            let header = Header::parse(&buffer[..count]).expect("RTP");
            let length = self.inbound.unprotect_rtp(&mut buffer[..count]).ok()?;
            return Some((header, buffer[HEADER_BYTES..length].to_vec()));
        }
    }
}
