//! What the engine says: answers, refusals, events.

use crate::values::{
    Address, Answerer, ForkEnd, LegState, Parameter, RecorderState, RecordingFailure, RecordingFormat, RecordingGap,
    Statistics,
};
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
    #[serde(default)]
    pub detectors: u64,
    #[serde(default)]
    pub workers: u64,
    #[serde(default)]
    pub draining: bool,
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
    PlayerState { player: String, seconds: f64, finished: bool },
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
    DiskFull,
    Draining,
    WrongToken,
    WrongProtocol,
}

/// Why a command was not carried out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    pub code: RefusalCode,
    pub message: String,
    /// Which limit was reached.
    #[serde(default)]
    pub limit: String,
}

impl Refusal {
    pub fn new(code: RefusalCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), limit: String::new() }
    }

    pub fn limit_reached(limit: &str, message: impl Into<String>) -> Self {
        Self { code: RefusalCode::LimitReached, message: message.into(), limit: limit.to_owned() }
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
        #[serde(default)]
        inband: bool,
        #[serde(default = "certain")]
        confidence: f64,
    },
    PlayerFinished {
        player: String,
        #[serde(default)]
        seconds: f64,
        #[serde(default)]
        digit: String,
    },
    PlayerFailed {
        player: String,
        reason: String,
    },
    ForkStarted {
        player: String,
        leg: String,
    },
    ForkEnded {
        player: String,
        leg: String,
        reason: ForkEnd,
        #[serde(default)]
        message: String,
        #[serde(default)]
        outcome: String,
        #[serde(default)]
        results: Vec<Parameter>,
        #[serde(default)]
        lost_milliseconds: u64,
    },
    RtpStarted {
        leg: String,
        remote: Address,
    },
    RtpStopped {
        leg: String,
        seconds: f64,
    },
    SpeechStarted {
        detector: String,
        leg: String,
        confidence: f64,
    },
    SpeechStopped {
        detector: String,
        leg: String,
        seconds: f64,
    },
    TalkMeasured {
        detector: String,
        leg: String,
        seconds: f64,
        leg_seconds: f64,
        others_seconds: f64,
        both_seconds: f64,
        silent_seconds: f64,
    },
    AnswererDecided {
        detector: String,
        leg: String,
        answerer: Answerer,
        confidence: f64,
        seconds: f64,
        because: String,
    },
    BeepHeard {
        detector: String,
        leg: String,
        hertz: f64,
        confidence: f64,
    },
    SpoolLow {
        free_bytes: u64,
    },
    Drained,
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
        #[serde(default)]
        voice_seconds: Vec<f64>,
        #[serde(default)]
        format: RecordingFormat,
        #[serde(default)]
        sealed: bool,
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

fn certain() -> f64 {
    1.0
}

impl Event {
    /// Kept while no controller is connected.
    pub fn must_not_be_lost(&self) -> bool {
        matches!(
            self,
            Self::PlayerFinished { .. }
                | Self::PlayerFailed { .. }
                | Self::ForkEnded { .. }
                | Self::RecordingFinished { .. }
                | Self::RecordingFailed { .. }
                | Self::TalkMeasured { .. }
                | Self::AnswererDecided { .. }
                | Self::BeepHeard { .. }
                | Self::LegEnded { .. }
                | Self::Drained
                | Self::DigitReceived { .. }
        )
    }
}
