//! One frame is a 4-byte big-endian length and that many bytes of MessagePack.

use crate::{COMMAND_TAGS, FromEngine, MAX_FRAME_BYTES, Refusal, RefusalCode, ToEngine};
use serde::Deserialize;

const LENGTH_BYTES: usize = 4;

/// A command that cannot be carried out as it stands; `request` when it could be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    pub request: Option<u64>,
    pub refusal: Refusal,
}

#[derive(Deserialize)]
struct Outline {
    request: u64,
    command: CommandOutline,
}

#[derive(Deserialize)]
struct CommandOutline {
    #[serde(rename = "type")]
    tag: String,
}

/// Read one command. An unknown tag and a malformed body are told apart.
pub fn decode_command(body: &[u8]) -> Result<ToEngine, Unreadable> {
    let outline: Outline = rmp_serde::from_slice(body)
        .map_err(|error| Unreadable { request: None, refusal: malformed(&error.to_string()) })?;
    let request = Some(outline.request);
    if !COMMAND_TAGS.contains(&outline.command.tag.as_str()) {
        let name: String = outline.command.tag.chars().take(60).collect();
        return Err(Unreadable { request, refusal: Refusal::new(RefusalCode::UnknownCommand, name) });
    }
    rmp_serde::from_slice(body).map_err(|error| Unreadable { request, refusal: malformed(&error.to_string()) })
}

fn malformed(reason: &str) -> Refusal {
    Refusal::new(RefusalCode::Malformed, reason)
}

fn framed<T: serde::Serialize>(message: &T) -> Vec<u8> {
    let mut frame = vec![0; LENGTH_BYTES];
    // Writing into a Vec cannot fail and every message type of this crate is representable in MessagePack.
    if rmp_serde::encode::write_named(&mut frame, message).is_err() {
        frame.truncate(LENGTH_BYTES);
    }
    let length = (frame.len() - LENGTH_BYTES) as u32;
    frame[..LENGTH_BYTES].copy_from_slice(&length.to_be_bytes());
    frame
}

pub fn encode_frame(message: &FromEngine) -> Vec<u8> {
    framed(message)
}

pub fn encode_command_frame(message: &ToEngine) -> Vec<u8> {
    framed(message)
}

pub fn decode_answer(body: &[u8]) -> Result<FromEngine, rmp_serde::decode::Error> {
    rmp_serde::from_slice(body)
}

/// The announced length of a frame exceeds `MAX_FRAME_BYTES`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Oversized(pub usize);

/// Cuts a byte stream into frames.
#[derive(Debug, Default)]
pub struct FrameReader {
    buffer: Vec<u8>,
    start: usize,
}

impl FrameReader {
    pub fn push(&mut self, bytes: &[u8]) {
        if self.start > 0 {
            self.buffer.drain(..self.start);
            self.start = 0;
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// The body of the next complete frame.
    pub fn next_frame(&mut self) -> Result<Option<&[u8]>, Oversized> {
        let rest = &self.buffer[self.start..];
        let Some(prefix) = rest.first_chunk::<LENGTH_BYTES>() else { return Ok(None) };
        let length = u32::from_be_bytes(*prefix) as usize;
        if length > MAX_FRAME_BYTES {
            return Err(Oversized(length));
        }
        if rest.len() < LENGTH_BYTES + length {
            return Ok(None);
        }
        let body = self.start + LENGTH_BYTES;
        self.start = body + length;
        Ok(Some(&self.buffer[body..body + length]))
    }
}
