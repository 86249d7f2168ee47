//! The far ends of many calls: each stream sends 50 packets a second and measures what the other one's took.

use crate::controller::Controller;
use control_messages::{
    Address, Answer, Codec, Command, ConfigureLeg, Direction, Hearing, Payload, Source, SrtpKeys, SrtpProfile,
};
use packet_core::rtp::{HEADER_BYTES, Outgoing};
use packet_core::srtp::{Inbound, MAX_OVERHEAD, Outbound};
use packet_core::stun::Check;
use std::error::Error;
use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

const PAYLOAD_BYTES: usize = 160;
const PACKET_BYTES: usize = HEADER_BYTES + PAYLOAD_BYTES;
const STAMP_BYTES: usize = 8;
const RECEIVE_WAIT: Duration = Duration::from_secs(2);

struct Browser {
    outbound: Outbound,
    inbound: Inbound,
    check: Vec<u8>,
}

pub struct Stream {
    pub socket: UdpSocket,
    to: SocketAddr,
    sequence: u16,
    timestamp: u32,
    ssrc: u32,
    browser: Option<Box<Browser>>,
}

impl Stream {
    fn new(ssrc: u32) -> std::io::Result<Self> {
        let socket = UdpSocket::bind("127.0.0.1:0")?;
        let nowhere = SocketAddr::from(([127, 0, 0, 1], 9));
        Ok(Self { socket, to: nowhere, sequence: 0, timestamp: 0, ssrc, browser: None })
    }

    /// Send the next packet, stamped with `now` (nanoseconds).
    pub fn send(&mut self, now: u64) {
        let mut packet = [0; PACKET_BYTES + MAX_OVERHEAD];
        let mut length = PACKET_BYTES;
        let fields = Outgoing {
            marker: false,
            payload_type: 0,
            sequence: self.sequence,
            timestamp: self.timestamp,
            ssrc: self.ssrc,
        };
        if let Some((header, rest)) = packet.split_first_chunk_mut::<HEADER_BYTES>() {
            fields.write(header);
            rest[..STAMP_BYTES].copy_from_slice(&now.to_be_bytes());
        }
        self.sequence = self.sequence.wrapping_add(1);
        self.timestamp = self.timestamp.wrapping_add(PAYLOAD_BYTES as u32);
        if let Some(browser) = &mut self.browser {
            length = browser.outbound.protect_rtp(&mut packet, length).unwrap_or(length);
        }
        let _ = self.socket.send_to(&packet[..length], self.to);
    }

    /// A browser's consent check.
    pub fn check(&self) {
        if let Some(browser) = &self.browser {
            let _ = self.socket.send_to(&browser.check, self.to);
        }
    }

    /// The stamp of one received packet; None when nothing or something else came.
    pub fn receive(&mut self) -> Option<u64> {
        let mut packet = [0; 2048];
        let (mut length, _) = self.socket.recv_from(&mut packet).ok()?;
        if packet_core::stun::is_stun(&packet[..length]) || packet_core::rtp::is_rtcp(&packet[..length]) {
            return None;
        }
        if let Some(browser) = &mut self.browser {
            length = browser.inbound.unprotect_rtp(&mut packet[..length]).ok()?;
        }
        let stamp = packet.get(HEADER_BYTES..length)?.first_chunk::<STAMP_BYTES>()?;
        Some(u64::from_be_bytes(*stamp))
    }
}

/// Two streams a call through a bare forwarder.
pub fn through_forwarder(ports: &[[u16; 2]]) -> Result<Vec<Stream>, Box<dyn Error>> {
    let mut streams = Vec::new();
    for port in ports.iter().flatten() {
        let mut stream = Stream::new(streams.len() as u32 + 1)?;
        stream.to = SocketAddr::from(([127, 0, 0, 1], *port));
        streams.push(stream);
    }
    Ok(streams)
}

fn configuration(leg: &str, remote: Option<Address>) -> Command {
    Command::ConfigureLeg(ConfigureLeg {
        leg: leg.into(),
        payloads: vec![Payload { number: 0, codec: Codec::Pcmu, clock_rate: 8000, fec: false, dtx: false }],
        direction: Direction::SendRecv,
        remote,
        remote_rtcp: None,
        rtcp_mux: false,
        remote_ufrag: String::new(),
    })
}

fn phone(controller: &mut Controller, leg: &str, group: &str, stream: &mut Stream) -> Result<(), Box<dyn Error>> {
    let create = Command::CreateRtpLeg { leg: leg.into(), group: group.into(), ipv6: false };
    let Answer::RtpLegCreated { rtp, .. } = controller.ask(create)? else { return Err("no leg".into()) };
    stream.to = rtp.socket_address().ok_or("no address")?;
    controller.ask(configuration(leg, Some(stream.socket.local_addr()?.into())))?;
    Ok(())
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

fn browser(
    controller: &mut Controller,
    (leg, group): (&str, &str),
    stream: &mut Stream,
    shared: SocketAddr,
    profile: SrtpProfile,
) -> Result<(), Box<dyn Error>> {
    let create = Command::CreateWebrtcLeg { leg: leg.into(), group: group.into() };
    let Answer::WebrtcLegCreated { ufrag, password, .. } = controller.ask(create)? else { return Err("no leg".into()) };
    controller.ask(configuration(leg, None))?;
    let keys = keys(profile);
    controller.ask(Command::SecureLeg { leg: leg.into(), keys: keys.clone() })?;
    let username = format!("{ufrag}:load");
    let transaction = *b"rtp-load-tid";
    let check = Check { username: &username, password: &password, transaction, use_candidate: true, controlling: true };
    let mut bytes = [0; 200];
    let length = check.write(&mut bytes);
    stream.to = shared;
    stream.socket.set_read_timeout(Some(RECEIVE_WAIT))?;
    stream.socket.send_to(&bytes[..length], shared)?;
    let mut response = [0; 200];
    let count = stream.socket.recv(&mut response)?;
    if !packet_core::stun::is_success(&response[..count], &transaction) {
        return Err("the connectivity check failed".into());
    }
    let wrong = |error| format!("{error:?}");
    stream.browser = Some(Box::new(Browser {
        outbound: Outbound::new(profile, &keys.remote_key, &keys.remote_salt).map_err(wrong)?,
        inbound: Inbound::new(profile, &keys.local_key, &keys.local_salt).map_err(wrong)?,
        check: bytes[..length].to_vec(),
    }));
    Ok(())
}

/// Two streams a call through an engine: phone and phone, or phone and browser with `profile`.
pub fn through_engine(
    controller: &mut Controller,
    welcome: &Answer,
    calls: usize,
    profile: Option<SrtpProfile>,
) -> Result<Vec<Stream>, Box<dyn Error>> {
    let Answer::Welcome { webrtc, .. } = welcome else { return Err("no welcome".into()) };
    let shared = webrtc.first().and_then(Address::socket_address).ok_or("no shared port")?;
    let mut streams = Vec::new();
    for call in 0..calls {
        let (caller, agent, group) = (format!("caller-{call}"), format!("agent-{call}"), format!("call-{call}"));
        let (mut one, mut two) = (Stream::new(call as u32 * 2 + 1)?, Stream::new(call as u32 * 2 + 2)?);
        phone(controller, &caller, &group, &mut one)?;
        match profile {
            None => phone(controller, &agent, &group, &mut two)?,
            Some(profile) => browser(controller, (&agent, &group), &mut two, shared, profile)?,
        }
        let hearing =
            |leg: &str, source: &str| Hearing { leg: leg.into(), sources: vec![Source::Leg { leg: source.into() }] };
        controller.ask(Command::Hear { hearings: vec![hearing(&caller, &agent), hearing(&agent, &caller)] })?;
        streams.extend([one, two]);
    }
    Ok(streams)
}
