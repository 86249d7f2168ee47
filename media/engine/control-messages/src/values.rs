//! Values shared by commands, answers and events.

use serde::{Deserialize, Serialize};
use std::net::{IpAddr, SocketAddr};
use zeroize::Zeroize;

/// An IP literal and a port.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    pub host: String,
    pub port: u16,
}

impl From<SocketAddr> for Address {
    fn from(address: SocketAddr) -> Self {
        Self { host: address.ip().to_string(), port: address.port() }
    }
}

impl Address {
    /// None when the host is not an IP literal.
    pub fn socket_address(&self) -> Option<SocketAddr> {
        Some(SocketAddr::new(self.host.parse::<IpAddr>().ok()?, self.port))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Codec {
    #[serde(rename = "PCMU")]
    Pcmu,
    #[serde(rename = "PCMA")]
    Pcma,
    #[serde(rename = "G722")]
    G722,
    #[serde(rename = "opus")]
    Opus,
    #[serde(rename = "CN")]
    ComfortNoise,
    #[serde(rename = "telephone-event")]
    TelephoneEvent,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SrtpProfile {
    #[serde(rename = "AES_CM_128_HMAC_SHA1_80")]
    AesCm128HmacSha1_80,
    #[serde(rename = "AES_CM_128_HMAC_SHA1_32")]
    AesCm128HmacSha1_32,
    #[serde(rename = "AEAD_AES_128_GCM")]
    AeadAes128Gcm,
    #[serde(rename = "AEAD_AES_256_GCM")]
    AeadAes256Gcm,
}

/// The attribute of our own session description (RFC 3264): `sendonly` means that we send and the far end does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    #[default]
    SendRecv,
    SendOnly,
    RecvOnly,
    Inactive,
}

impl Direction {
    pub fn sends(self) -> bool {
        matches!(self, Self::SendRecv | Self::SendOnly)
    }

    pub fn receives(self) -> bool {
        matches!(self, Self::SendRecv | Self::RecvOnly)
    }
}

fn default_clock_rate() -> u32 {
    8000
}

/// One negotiated payload type (RFC 3551); `clock_rate` in Hz.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payload {
    pub number: u8,
    pub codec: Codec,
    #[serde(default = "default_clock_rate")]
    pub clock_rate: u32,
    /// What the far end likes to be sent (RFC 7587 6.1).
    #[serde(default)]
    pub fec: bool,
    #[serde(default)]
    pub dtx: bool,
}

/// Master keys and salts of one leg (RFC 5764); we encrypt with `local_*`. Never printed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SrtpKeys {
    pub profile: SrtpProfile,
    #[serde(with = "serde_bytes")]
    pub local_key: Vec<u8>,
    #[serde(with = "serde_bytes")]
    pub local_salt: Vec<u8>,
    #[serde(with = "serde_bytes")]
    pub remote_key: Vec<u8>,
    #[serde(with = "serde_bytes")]
    pub remote_salt: Vec<u8>,
}

impl std::fmt::Debug for SrtpKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SrtpKeys({:?}, secret)", self.profile)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Source {
    Leg { leg: String },
    Player { player: String },
}

/// Everything that `leg` hears from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hearing {
    pub leg: String,
    pub sources: Vec<Source>,
}

/// Frequencies in Hz, summed at equal level; empty is silence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tone {
    pub frequencies_hz: Vec<f64>,
    pub milliseconds: u32,
}

/// A text by its name: what a robot is told, and what it tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parameter {
    pub name: String,
    pub value: String,
}

/// A leg's sound to and from a WebSocket; see `kernel/contracts/engine/`. The authorization is never printed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fork {
    pub leg: String,
    pub url: String,
    /// Where to connect, one after the other: the name in `url` is asked of nobody again.
    pub addresses: Vec<Address>,
    pub account: String,
    pub call: String,
    pub stream: String,
    #[serde(default)]
    pub authorization: String,
    #[serde(default)]
    pub parameters: Vec<Parameter>,
}

impl Drop for Fork {
    fn drop(&mut self) {
        self.authorization.zeroize();
    }
}

impl std::fmt::Debug for Fork {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Fork({}, {})", self.leg, self.stream)
    }
}

/// How a fork ended by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ForkEnd {
    /// The robot closed, in order.
    Closed,
    Unreachable,
    Refused,
    Broken,
    Nonsense,
    /// It sent more sound ahead than is kept.
    Overflow,
    /// It takes less than is said.
    Slow,
    /// Nothing comes from it, not even answers to pings.
    Silent,
}

fn default_level() -> f64 {
    -13.0
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Play {
    File {
        paths: Vec<String>,
        #[serde(default)]
        repeat: bool,
        #[serde(default)]
        start_seconds: f64,
    },
    Tones {
        tones: Vec<Tone>,
        #[serde(default = "default_level")]
        level_dbm0: f64,
        #[serde(default)]
        repeat: bool,
    },
    Fork(Fork),
}

fn default_speech_silence() -> u32 {
    700
}

fn default_answerer_limit() -> u32 {
    2000
}

fn default_answerer_silence() -> u32 {
    4000
}

/// What a detector listens for; see `kernel/contracts/engine/`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Detect {
    InbandDigits,
    Speech {
        #[serde(default = "default_speech_silence")]
        silence_milliseconds: u32,
    },
    Talk,
    AnsweringMachine {
        #[serde(default = "default_answerer_limit")]
        limit_milliseconds: u32,
        #[serde(default = "default_answerer_silence")]
        silence_milliseconds: u32,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Answerer {
    Person,
    Machine,
    Silence,
    Unknown,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RecordingFormat {
    #[default]
    Wav,
    Opus,
}

/// How a recording is encrypted while it is written; see `kernel/contracts/engine/`. Never printed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seal {
    #[serde(with = "serde_bytes")]
    pub key: Vec<u8>,
    #[serde(with = "serde_bytes")]
    pub header: Vec<u8>,
}

impl Drop for Seal {
    fn drop(&mut self) {
        self.key.zeroize();
    }
}

impl std::fmt::Debug for Seal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Seal(secret)")
    }
}

/// RTP figures of one leg; see `kernel/contracts/engine/`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Statistics {
    pub packets_received: u64,
    pub packets_sent: u64,
    pub bytes_received: u64,
    pub bytes_sent: u64,
    pub lost: u64,
    pub lost_bursts: u64,
    pub longest_burst: u64,
    pub out_of_order: u64,
    pub discarded: u64,
    pub jitter_ms: f64,
    pub round_trip_ms: Option<f64>,
    pub concealed_ms: u64,
    pub buffer_ms: Option<f64>,
    pub remote_lost_fraction: Option<f64>,
    pub remote_jitter_ms: Option<f64>,
    pub remote_mos: Option<f64>,
    pub mos: Option<f64>,
    pub first_received_at: Option<f64>,
    pub last_received_at: Option<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LegKind {
    Rtp,
    Webrtc,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LegState {
    pub leg: String,
    pub kind: LegKind,
    pub group: String,
    pub local: Address,
    pub hearing: Vec<Source>,
    #[serde(default)]
    pub ice_connected: bool,
    #[serde(default)]
    pub secured: bool,
    #[serde(default)]
    pub ufrag: String,
    #[serde(default)]
    pub password: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecorderState {
    pub recorder: String,
    pub leg: String,
    pub path: String,
    pub seconds: f64,
    pub paused: bool,
    #[serde(default)]
    pub format: RecordingFormat,
    #[serde(default)]
    pub sealed: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecordingGap {
    pub start_seconds: f64,
    pub seconds: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordingFailure {
    DiskFull,
    IoError,
}
