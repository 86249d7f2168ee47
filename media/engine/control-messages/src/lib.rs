//! The words spoken between the controller and the media engine; `kernel/contracts/engine/` is the original.
#![forbid(unsafe_code)]

mod answers;
mod commands;
mod framing;
mod values;

pub use answers::*;
pub use commands::*;
pub use framing::*;
pub use values::*;

use serde::{Deserialize, Serialize};

pub const PROTOCOL_VERSION: u32 = 1;

/// A snapshot of 2,000 legs takes 600 kB; larger means a broken peer.
pub const MAX_FRAME_BYTES: usize = 1 << 20;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ToEngine {
    pub request: u64,
    pub command: Command,
}

/// Either an answer to `request` (answer or refusal), or an event.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct FromEngine {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<Answer>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refusal: Option<Refusal>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<Event>,
}

impl FromEngine {
    pub fn answered(request: u64, result: Result<Answer, Refusal>) -> Self {
        match result {
            Ok(answer) => Self { request: Some(request), answer: Some(answer), ..Self::default() },
            Err(refusal) => Self::refused(Some(request), refusal),
        }
    }

    pub fn refused(request: Option<u64>, refusal: Refusal) -> Self {
        Self { request, refusal: Some(refusal), ..Self::default() }
    }

    pub fn event(event: Event) -> Self {
        Self { event: Some(event), ..Self::default() }
    }
}
