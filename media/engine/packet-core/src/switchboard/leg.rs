//! One leg: a far end, what it sends, what it is sent, and whom it hears.

use super::detectors::Listening;
use super::outbox::Port;
use super::payloads::PayloadMap;
use super::rooms::Mix;
use super::routes::Path;
use super::voice::Voice;
use crate::Nanos;
use crate::fork::ForkLine;
use crate::reception::Reception;
use crate::rtcp::CNAME_BYTES;
use crate::splice::Splice;
use crate::srtp::Srtp;
use crate::stream::SendStream;
use crate::telephone_event::{DigitReceiver, DigitSender, EventRelay};
use control_messages::{Codec, Direction, LegKind, Source};
use std::net::SocketAddr;
use std::sync::Arc;

/// An address given by signalling until the first valid packet, then that packet's (symmetric RTP).
#[derive(Debug, Default)]
pub struct Learned {
    pub signalled: Option<SocketAddr>,
    pub current: Option<SocketAddr>,
    pub locked: bool,
}

impl Learned {
    pub fn signal(&mut self, address: Option<SocketAddr>) {
        if self.signalled != address || self.current.is_none() {
            self.signalled = address;
            self.current = address;
        }
        self.locked = false;
    }

    /// Back to what signalling said.
    pub fn distrust(&mut self) {
        (self.current, self.locked) = (self.signalled, false);
    }

    pub fn refuses(&self, source: SocketAddr) -> bool {
        self.locked && self.current != Some(source)
    }

    pub fn learn(&mut self, source: SocketAddr) {
        if !self.locked {
            self.current = Some(source);
            self.locked = true;
        }
    }
}

/// What an agent of ICE is known by; `remote_ufrag` is empty while the far end's is not known.
#[derive(Debug, Default)]
pub struct Credentials {
    pub ufrag: String,
    pub password: String,
    pub remote_ufrag: String,
}

/// A local agent of ICE lite.
#[derive(Debug, Default)]
pub struct Ice {
    pub credentials: Credentials,
    /// Those before a restart: they hold until a check with the new ones (RFC 8445 9).
    pub former: Option<Credentials>,
    pub connected: bool,
    /// The pair that we send on: port and far address.
    pub selected: Option<(u8, SocketAddr)>,
    pub nominated: bool,
    /// Pairs whose checks were right; packets from them are ours.
    pub valid: Vec<(u8, SocketAddr)>,
    pub checked_at: Nanos,
    /// DTLS datagrams passed up in the present second.
    pub dtls_in_second: u32,
}

#[derive(Debug)]
pub enum Transport {
    Rtp { rtp: Learned, rtcp: Learned, rtcp_mux: bool },
    Webrtc(Box<Ice>),
}

/// A key of the switchboard's tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SourceKey {
    Leg(usize),
    Player(usize),
}

/// What the far end reports, and when we report next.
#[derive(Debug, Default)]
pub struct Reports {
    pub next_at: Nanos,
    pub last_sender_report: u32,
    pub sender_report_from: u32,
    pub sender_report_at: Nanos,
    pub round_trip_ms: Option<f64>,
    pub remote_lost_fraction: Option<f64>,
    pub remote_jitter_ms: Option<f64>,
    /// The source that said BYE, and when: there is nothing to report of it until it is heard again.
    pub left: Option<(u32, Nanos)>,
    pub cname: [u8; CNAME_BYTES],
    pub sent_at_last_report: u64,
    pub received_at_last_report: u64,
    /// Expected and lost packets at the last two statistics, for the recent quality.
    pub marks: [(u64, u64); 2],
    pub mos: Option<f64>,
    pub visits: u32,
    pub traffic_at_last_event: u64,
}

/// The random values of a new leg.
#[derive(Debug, Clone)]
pub struct LegSeed {
    pub ssrc: u32,
    pub sequence: u16,
    pub timestamp: u32,
    pub cname: [u8; CNAME_BYTES],
    pub ufrag: String,
    pub password: String,
}

pub struct Leg {
    pub name: String,
    pub group: String,
    pub local: SocketAddr,
    pub transport: Transport,
    pub payloads: PayloadMap,
    pub direction: Direction,
    pub srtp: Option<Box<Srtp>>,
    pub reception: Reception,
    pub stream: SendStream,
    pub digits_in: DigitReceiver,
    pub digits_out: DigitSender,
    pub hearing: Vec<SourceKey>,
    /// `hearing` as the controller said it.
    pub heard: Vec<Source>,
    pub hearers: Vec<usize>,
    /// How what it hears gets to it.
    pub path: Path,
    /// What the far end sends as sound, as far as is known.
    pub speaks: Option<Codec>,
    /// Its sound, decoded: present while somebody needs that, and some time after.
    pub voice: Option<Box<Voice>>,
    /// By the voices that it had before.
    pub concealed_before_ms: u64,
    /// What mixing for this leg needs: present while it hears a mix, and some time after.
    pub mix: Option<Box<Mix>>,
    /// Where the sound that it was sent left off.
    pub splice: Splice,
    pub relay: EventRelay,
    pub recorders: Vec<usize>,
    pub listening: Option<Box<Listening>>,
    /// A robot hears what the far end says.
    pub fork: Option<Arc<ForkLine>>,
    pub reports: Reports,
    pub discarded: u64,
    pub receiving: bool,
    /// Since when the far end should be heard.
    pub expected_since: Option<Nanos>,
}

impl Leg {
    pub fn new(name: String, group: String, kind: LegKind, local: SocketAddr, seed: LegSeed) -> Self {
        let transport = match kind {
            LegKind::Rtp => Transport::Rtp { rtp: Learned::default(), rtcp: Learned::default(), rtcp_mux: false },
            LegKind::Webrtc => {
                let credentials =
                    Credentials { ufrag: seed.ufrag, password: seed.password, remote_ufrag: String::new() };
                Transport::Webrtc(Box::new(Ice { credentials, ..Ice::default() }))
            }
        };
        Self {
            name,
            group,
            local,
            transport,
            payloads: PayloadMap::default(),
            direction: Direction::default(),
            srtp: None,
            reception: Reception::default(),
            stream: SendStream::new(seed.ssrc, seed.sequence & 0x7fff, seed.timestamp),
            digits_in: DigitReceiver::default(),
            digits_out: DigitSender::default(),
            hearing: Vec::new(),
            heard: Vec::new(),
            hearers: Vec::new(),
            path: Path::default(),
            speaks: None,
            voice: None,
            concealed_before_ms: 0,
            mix: None,
            splice: Splice::default(),
            relay: EventRelay::default(),
            recorders: Vec::new(),
            listening: None,
            fork: None,
            reports: Reports { cname: seed.cname, ..Reports::default() },
            discarded: 0,
            receiving: false,
            expected_since: None,
        }
    }

    pub fn kind(&self) -> LegKind {
        match self.transport {
            Transport::Rtp { .. } => LegKind::Rtp,
            Transport::Webrtc(_) => LegKind::Webrtc,
        }
    }

    /// What was learned from packets that nothing vouched for counts no more: the first authentic one decides.
    pub fn distrust(&mut self) {
        if let Transport::Rtp { rtp, rtcp, .. } = &mut self.transport {
            rtp.distrust();
            rtcp.distrust();
        }
    }

    pub fn ice(&self) -> Option<&Ice> {
        match &self.transport {
            Transport::Webrtc(ice) => Some(ice),
            Transport::Rtp { .. } => None,
        }
    }

    pub fn ice_mut(&mut self) -> Option<&mut Ice> {
        match &mut self.transport {
            Transport::Webrtc(ice) => Some(ice),
            Transport::Rtp { .. } => None,
        }
    }

    /// Where its RTP goes; None while it must not or cannot be sent any.
    pub fn rtp_target(&self, key: usize) -> Option<(Port, SocketAddr)> {
        if !self.direction.sends() {
            return None;
        }
        match &self.transport {
            Transport::Rtp { rtp, .. } => rtp.current.map(|to| (Port::Rtp(key), to)),
            Transport::Webrtc(ice) => {
                let (port, to) = ice.selected.filter(|_| ice.connected && self.srtp.is_some())?;
                Some((Port::Shared(port), to))
            }
        }
    }

    pub fn rtcp_target(&self, key: usize) -> Option<(Port, SocketAddr)> {
        match &self.transport {
            Transport::Rtp { rtp, rtcp_mux: true, .. } => rtp.current.map(|to| (Port::Rtp(key), to)),
            Transport::Rtp { rtcp, .. } => rtcp.current.map(|to| (Port::Rtcp(key), to)),
            Transport::Webrtc(ice) => {
                let (port, to) = ice.selected.filter(|_| ice.connected && self.srtp.is_some())?;
                Some((Port::Shared(port), to))
            }
        }
    }

    /// The codec of what it is sent and its clock rate in Hz, as far as negotiated.
    pub fn sent_codec(&self) -> (Codec, u32) {
        (self.payloads.codec().unwrap_or(Codec::Pcmu), self.payloads.clock_rate())
    }

    /// True while it is sent what the engine itself mixes or encodes for it.
    pub fn is_mixing(&self) -> bool {
        matches!(self.path, Path::Mixed { .. })
    }

    /// True while telephone events take the place of sound.
    pub fn is_sent_digits(&self, now: Nanos) -> bool {
        self.digits_out.is_sounding() || self.relay.is_sounding(now)
    }
}
