//! Frames of two channels as the bytes of a recording's format.

use control_messages::RecordingFormat;
use packet_core::recording_encoder::RecordingEncoder;

pub enum Content {
    /// The samples of a WAV; its header is the store's.
    Wav,
    Opus(Box<RecordingEncoder>),
}

impl Content {
    /// None when memory is out.
    pub fn new(format: RecordingFormat) -> Option<Self> {
        match format {
            RecordingFormat::Wav => Some(Self::Wav),
            RecordingFormat::Opus => {
                let encoder = RecordingEncoder::new(getrandom::u32().unwrap_or_default())?;
                Some(Self::Opus(Box::new(encoder)))
            }
        }
    }

    pub fn has_header(&self) -> bool {
        matches!(self, Self::Wav)
    }

    /// Append what the interleaved `samples` make to `out`.
    pub fn add(&mut self, samples: &[i16], out: &mut Vec<u8>) {
        match self {
            Self::Wav => out.extend(samples.iter().flat_map(|sample| sample.to_le_bytes())),
            Self::Opus(encoder) => encoder.add(samples, out),
        }
    }

    /// Append what ends the content.
    pub fn end(&mut self, out: &mut Vec<u8>) {
        match self {
            Self::Wav => {}
            Self::Opus(encoder) => encoder.end(out),
        }
    }
}
