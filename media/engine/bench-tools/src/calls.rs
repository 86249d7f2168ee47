//! Calls set up through the program under load.

use crate::controller::Controller;
use crate::sockets::Sockets;
use crate::stream::{Protection, Stream};
use crate::target::PortPair;
use clap::ValueEnum;
use control_messages::{
    Address, Answer, Codec, Command, ConfigureLeg, Direction, Hearing, Payload, RecordingFormat, Seal, Source,
    SrtpKeys, SrtpProfile,
};
use packet_core::srtp::{Inbound, Outbound};
use packet_core::stun::Check;
use std::error::Error;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

const RECEIVE_WAIT: Duration = Duration::from_secs(2);
const SEAL_KEY_BYTES: usize = 32;
const PARTIES: usize = 3;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// What the calls are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Case {
    /// Two phones, RTP.
    Plain,
    /// A phone and a far end with AEAD_AES_128_GCM.
    SrtpGcm,
    /// A phone and a far end with AES_CM_128_HMAC_SHA1_80.
    SrtpCm,
    /// Two phones and a recorder: of the engine two channels, encrypted; of rtpengine packets in a pcap file.
    Recorded,
    /// Three phones that hear each other.
    Conference,
}

impl Case {
    pub fn profile(self) -> Option<SrtpProfile> {
        match self {
            Self::SrtpGcm => Some(SrtpProfile::AeadAes128Gcm),
            Self::SrtpCm => Some(SrtpProfile::AesCm128HmacSha1_80),
            Self::Plain | Self::Recorded | Self::Conference => None,
        }
    }
}

/// Callers, then agents, through a bare forwarder.
pub fn through_forwarder(ports: &[PortPair], sockets: &mut Sockets) -> Result<Vec<Stream>> {
    let mut streams = Vec::new();
    for side in 0..2 {
        for pair in ports {
            let index = streams.len();
            let to = SocketAddr::from((Ipv4Addr::LOCALHOST, pair[side]));
            streams.push(Stream::new(index as u32 + 1, sockets.shared(index, ports.len() * 2)?, to));
        }
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

fn hearing(leg: &str, sources: &[&str]) -> Hearing {
    Hearing { leg: leg.into(), sources: sources.iter().map(|leg| Source::Leg { leg: (*leg).into() }).collect() }
}

/// Sets up `count` calls through an engine.
pub struct Calls<'a> {
    controller: &'a mut Controller,
    /// The shared port of all browsers.
    shared: SocketAddr,
    sockets: &'a mut Sockets,
    folder: &'a Path,
    count: usize,
}

impl<'a> Calls<'a> {
    /// `welcome` is the engine's, recordings go to `folder`.
    pub fn new(
        controller: &'a mut Controller,
        welcome: &Answer,
        sockets: &'a mut Sockets,
        folder: &'a Path,
        count: usize,
    ) -> Result<Self> {
        let Answer::Welcome { webrtc, .. } = welcome else { return Err("no welcome".into()) };
        let shared = webrtc.first().and_then(Address::socket_address).ok_or("no shared port")?;
        Ok(Self { controller, shared, sockets, folder, count })
    }

    /// The streams of all calls: all first parties, then all second ones (and third ones).
    pub fn set_up(&mut self, case: Case) -> Result<Vec<Stream>> {
        let parties = if case == Case::Conference { PARTIES } else { 2 };
        let mut streams: Vec<Vec<Stream>> = (0..parties).map(|_| Vec::new()).collect();
        for call in 0..self.count {
            let names: Vec<String> = (0..parties).map(|party| format!("leg-{call}-{party}")).collect();
            for (party, name) in names.iter().enumerate() {
                let leg = (name.as_str(), format!("call-{call}"));
                let stream = match case.profile() {
                    Some(profile) if party == 1 => self.browser(leg, (call + self.count) as u32 + 1, profile)?,
                    _ => self.phone(leg, party * self.count + call, parties * self.count)?,
                };
                streams[party].push(stream);
            }
            let others = |name: &String| names.iter().filter(|other| *other != name).map(String::as_str).collect();
            let hearings = names.iter().map(|name| hearing(name, &Vec::<&str>::from_iter::<Vec<_>>(others(name))));
            self.controller.ask(Command::Hear { hearings: hearings.collect() })?;
            if case == Case::Recorded {
                self.record(call, &names[0])?;
            }
        }
        Ok(streams.into_iter().flatten().collect())
    }

    fn phone(&mut self, (leg, group): (&str, String), index: usize, of: usize) -> Result<Stream> {
        let create = Command::CreateRtpLeg { leg: leg.into(), group, ipv6: false };
        let Answer::RtpLegCreated { rtp, .. } = self.controller.ask(create)? else { return Err("no leg".into()) };
        let socket = self.sockets.shared(index, of)?;
        self.controller.ask(configuration(leg, Some(self.sockets.address(socket)?.into())))?;
        Ok(Stream::new(index as u32 + 1, socket, rtp.socket_address().ok_or("no address")?))
    }

    fn browser(&mut self, (leg, group): (&str, String), ssrc: u32, profile: SrtpProfile) -> Result<Stream> {
        let create = Command::CreateWebrtcLeg { leg: leg.into(), group };
        let Answer::WebrtcLegCreated { ufrag, password, .. } = self.controller.ask(create)? else {
            return Err("no leg".into());
        };
        self.controller.ask(configuration(leg, None))?;
        let keys = keys(profile);
        self.controller.ask(Command::SecureLeg { leg: leg.into(), keys: keys.clone() })?;
        let mut stream = Stream::new(ssrc, self.sockets.own()?, self.shared);
        stream.check = Some(self.check(stream.socket, &ufrag, &password)?);
        let wrong = |error| format!("{error:?}");
        stream.protection = Some(Box::new(Protection {
            outbound: Outbound::new(profile, &keys.remote_key, &keys.remote_salt).map_err(wrong)?,
            inbound: Inbound::new(profile, &keys.local_key, &keys.local_salt).map_err(wrong)?,
        }));
        Ok(stream)
    }

    /// A connectivity check that the engine has answered.
    fn check(&self, socket: usize, ufrag: &str, password: &str) -> Result<Vec<u8>> {
        let socket = &self.sockets.all[socket];
        let username = format!("{ufrag}:load");
        let transaction = *b"rtp-load-tid";
        let check = Check { username: &username, password, transaction, use_candidate: true, controlling: true };
        let mut bytes = [0; 200];
        let length = check.write(&mut bytes);
        socket.set_nonblocking(false)?;
        socket.set_read_timeout(Some(RECEIVE_WAIT))?;
        socket.send_to(&bytes[..length], self.shared)?;
        let mut response = [0; 200];
        let count = socket.recv(&mut response)?;
        if !packet_core::stun::is_success(&response[..count], &transaction) {
            return Err("the connectivity check failed".into());
        }
        Ok(bytes[..length].to_vec())
    }

    fn record(&mut self, call: usize, leg: &str) -> Result<()> {
        let path = self.folder.join(format!("call-{call}.wav"));
        self.controller.ask(Command::StartRecorder {
            recorder: format!("recorder-{call}"),
            leg: leg.into(),
            path: path.to_str().ok_or("the folder's name is no text")?.into(),
            format: RecordingFormat::Wav,
            seal: Some(Seal { key: vec![5; SEAL_KEY_BYTES], header: b"sealed for a benchmark".to_vec() }),
            armed: false,
        })?;
        Ok(())
    }
}
