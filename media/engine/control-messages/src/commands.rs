//! What a controller asks for.

use crate::values::{Address, Detect, Direction, Hearing, Payload, Play, RecordingFormat, Seal, SrtpKeys};
use serde::{Deserialize, Serialize};

fn default_protocol() -> u32 {
    crate::PROTOCOL_VERSION
}

fn default_digit_milliseconds() -> u32 {
    100
}

fn default_pause_milliseconds() -> u32 {
    60
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ConfigureLeg {
    pub leg: String,
    pub payloads: Vec<Payload>,
    #[serde(default)]
    pub direction: Direction,
    #[serde(default)]
    pub remote: Option<Address>,
    #[serde(default)]
    pub remote_rtcp: Option<Address>,
    #[serde(default)]
    pub rtcp_mux: bool,
    #[serde(default)]
    pub remote_ufrag: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Command {
    Hello {
        #[serde(default = "default_protocol")]
        protocol: u32,
        #[serde(default)]
        token: String,
    },
    TakeSnapshot,
    CreateRtpLeg {
        leg: String,
        group: String,
        #[serde(default)]
        ipv6: bool,
    },
    CreateWebrtcLeg {
        leg: String,
        group: String,
    },
    ConfigureLeg(ConfigureLeg),
    SecureLeg {
        leg: String,
        keys: SrtpKeys,
    },
    RestartIce {
        leg: String,
    },
    SendDtls {
        leg: String,
        #[serde(with = "serde_bytes")]
        datagram: Vec<u8>,
    },
    Hear {
        hearings: Vec<Hearing>,
    },
    CreatePlayer {
        player: String,
        group: String,
        play: Play,
        #[serde(default)]
        stop_digits: String,
    },
    GetPlayer {
        player: String,
    },
    DeletePlayer {
        player: String,
    },
    SendDigits {
        leg: String,
        digits: String,
        #[serde(default = "default_digit_milliseconds")]
        milliseconds: u32,
        #[serde(default = "default_pause_milliseconds")]
        pause_milliseconds: u32,
    },
    /// Keys that the far end of a leg pressed and told by signalling: as if they had come as telephone events.
    PressDigits {
        leg: String,
        digits: String,
        #[serde(default = "default_digit_milliseconds")]
        milliseconds: u32,
        #[serde(default = "default_pause_milliseconds")]
        pause_milliseconds: u32,
    },
    StartRecorder {
        recorder: String,
        leg: String,
        path: String,
        #[serde(default)]
        format: RecordingFormat,
        #[serde(default)]
        seal: Option<Seal>,
        #[serde(default)]
        armed: bool,
    },
    PauseRecorder {
        recorder: String,
        paused: bool,
    },
    StopRecorder {
        recorder: String,
    },
    StartDetector {
        detector: String,
        leg: String,
        detect: Detect,
    },
    StopDetector {
        detector: String,
    },
    Drain,
    DeleteLeg {
        leg: String,
    },
    GetStatistics {
        leg: String,
    },
    GetHealth,
}

/// The tags of `Command`, to tell an unknown command from a malformed one.
pub const COMMAND_TAGS: [&str; 23] = [
    "hello",
    "take_snapshot",
    "create_rtp_leg",
    "create_webrtc_leg",
    "configure_leg",
    "secure_leg",
    "restart_ice",
    "send_dtls",
    "hear",
    "create_player",
    "get_player",
    "delete_player",
    "send_digits",
    "press_digits",
    "start_recorder",
    "pause_recorder",
    "stop_recorder",
    "start_detector",
    "stop_detector",
    "drain",
    "delete_leg",
    "get_statistics",
    "get_health",
];
