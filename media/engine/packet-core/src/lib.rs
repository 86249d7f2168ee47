//! The media engine without its sockets: it is told the time and the randomness, and says what to send.
#![forbid(unsafe_code)]

pub mod bursts;
pub mod canvas;
pub mod clip;
pub mod codec;
pub mod detect;
#[cfg(any(test, feature = "emulator"))]
pub mod emulator;
pub mod fork;
pub mod g711;
#[cfg(test)]
mod golden;
pub mod jitter;
pub mod limiter;
pub mod mixer;
pub mod ogg_opus;
pub mod prompt;
pub mod quality;
pub mod reception;
pub mod recording;
pub mod recording_encoder;
pub mod replay;
pub mod resample;
pub mod rtcp;
pub mod rtp;
pub mod sealing;
pub mod splice;
pub mod srtp;
pub mod stream;
pub mod stun;
pub mod switchboard;
pub mod telephone_event;
pub mod wav;

/// Monotonic time in nanoseconds since an instant that the caller chose.
pub type Nanos = u64;

pub const MILLISECOND: Nanos = 1_000_000;
pub const SECOND: Nanos = 1_000_000_000;
