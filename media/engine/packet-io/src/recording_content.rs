//! Frames of two channels as the bytes of a recording's format.

use control_messages::RecordingFormat;

pub enum Content {
    /// The samples of a WAV; its header is the store's.
    Wav,
}

impl Content {
    /// The error says why there is no such encoder.
    pub fn new(format: RecordingFormat) -> Result<Self, &'static str> {
        match format {
            RecordingFormat::Wav => Ok(Self::Wav),
            RecordingFormat::Opus => Err("no Opus encoder"),
        }
    }

    pub fn has_header(&self) -> bool {
        matches!(self, Self::Wav)
    }

    /// Append what the interleaved `samples` make to `out`.
    pub fn add(&mut self, samples: &[i16], out: &mut Vec<u8>) {
        match self {
            Self::Wav => out.extend(samples.iter().flat_map(|sample| sample.to_le_bytes())),
        }
    }

    /// Append what ends the content.
    pub fn end(&mut self, _out: &mut Vec<u8>) {
        match self {
            Self::Wav => {}
        }
    }
}
