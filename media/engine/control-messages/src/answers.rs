//! What the engine says: answers, refusals, events.

use crate::values::{Address, LegState, RecorderState, RecordingFailure, RecordingGap, Statistics};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Health {
    pub legs: u64,
    pub players: u64,
    pub recorders: u64,
    pub rtp_ports_free: u64,
    pub packets_forwarded: u64,
    pub packets_from_strangers: u64,
    pub malformed_packets: u64,
    pub cpu_seconds: f64,
    pub resident_bytes: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Answer {
    Done,
    Welcome { engine: String, version: String, protocol: u32, webrtc: Vec<Address> },
    Snapshot { legs: Vec<LegState>, players: Vec<String>, recorders: Vec<RecorderState> },
    RtpLegCreated { leg: String, rtp: Address, rtcp: Address },
    WebrtcLegCreated { leg: String, ufrag: String, password: String },
    LegStatistics { leg: String, statistics: Statistics },
    Health(Health),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalCode {
    UnknownCommand,
    Malformed,
    NotFound,
    Conflict,
    NoPortFree,
    LimitReached,
    NotNegotiated,
    IoError,
    WrongToken,
    WrongProtocol,
}

/// Why a command was not carried out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    pub code: RefusalCode,
    pub message: String,
}

impl Refusal {
    pub fn new(code: RefusalCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    IceConnected {
        leg: String,
        remote: Address,
    },
    IceLost {
        leg: String,
    },
    DtlsReceived {
        leg: String,
        #[serde(with = "serde_bytes")]
        datagram: Vec<u8>,
    },
    DigitReceived {
        leg: String,
        digit: String,
        milliseconds: u32,
    },
    PlayerFinished {
        player: String,
    },
    PlayerFailed {
        player: String,
        reason: String,
    },
    RtpStarted {
        leg: String,
        remote: Address,
    },
    RtpStopped {
        leg: String,
        seconds: f64,
    },
    LegStatistics {
        leg: String,
        statistics: Statistics,
    },
    RecordingFinished {
        recorder: String,
        path: String,
        seconds: f64,
        channels: u32,
        bytes: u64,
        sha256: String,
        #[serde(default)]
        gaps: Vec<RecordingGap>,
    },
    RecordingFailed {
        recorder: String,
        path: String,
        reason: RecordingFailure,
        message: String,
    },
    LegEnded {
        leg: String,
        statistics: Statistics,
    },
    ControllerReplaced,
}

impl Event {
    /// Kept while no controller is connected.
    pub fn must_not_be_lost(&self) -> bool {
        matches!(
            self,
            Self::PlayerFinished { .. }
                | Self::RecordingFinished { .. }
                | Self::RecordingFailed { .. }
                | Self::LegEnded { .. }
                | Self::DigitReceived { .. }
        )
    }
}
