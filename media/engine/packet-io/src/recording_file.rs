//! One recording on disk: a valid WAV file after every write, whatever is killed.

use control_messages::RecordingGap;
use packet_core::wav::{HEADER_BYTES, RECORDING_FRAME_BYTES, recording_header};
use sha2::{Digest, Sha256};
use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

const FRAMES_PER_SECOND: f64 = 8000.0;
/// Silence is filled in by pieces of a second.
static SILENCE: [u8; 32_000] = [0; 32_000];
const HASH_BUFFER_BYTES: usize = 256 << 10;
/// Recordings are personal data: for the owner only.
const MODE: u32 = 0o600;

pub struct RecordingFile {
    pub path: PathBuf,
    file: File,
    frames: u64,
    bytes: Vec<u8>,
    /// Since which frame nothing could be written, and the times when that was so.
    lost_since: Option<u64>,
    gaps: Vec<RecordingGap>,
}

#[derive(Debug, PartialEq)]
pub struct Finished {
    pub seconds: f64,
    pub bytes: u64,
    pub sha256: String,
    pub gaps: Vec<RecordingGap>,
}

impl RecordingFile {
    /// Never writes over a file that exists: it may be evidence.
    pub fn create(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().read(true).write(true).create_new(true).mode(MODE).open(path)?;
        let written = file.write_all_at(&recording_header(0), 0);
        if let Err(error) = written {
            let _ = std::fs::remove_file(path);
            return Err(error);
        }
        let path = path.to_path_buf();
        Ok(Self { path, file, frames: 0, bytes: Vec::new(), lost_since: None, gaps: Vec::new() })
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let at = HEADER_BYTES as u64 + self.frames * RECORDING_FRAME_BYTES;
        self.file.write_all_at(bytes, at)?;
        self.frames += bytes.len() as u64 / RECORDING_FRAME_BYTES;
        Ok(())
    }

    fn fill_silence(&mut self, until: u64) -> io::Result<()> {
        while self.frames < until {
            let missing = (until - self.frames) * RECORDING_FRAME_BYTES;
            let piece = missing.min(SILENCE.len() as u64) as usize;
            self.append(&SILENCE[..piece])?;
        }
        Ok(())
    }

    fn write_frames(&mut self, first_frame: u64, samples: &[i16]) -> io::Result<()> {
        self.fill_silence(first_frame)?;
        let mut bytes = std::mem::take(&mut self.bytes);
        bytes.clear();
        bytes.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
        let written = self.append(&bytes);
        self.bytes = bytes;
        written?;
        self.file.write_all_at(&recording_header(self.frames * RECORDING_FRAME_BYTES), 0)
    }

    /// Write what begins at `first_frame`; frames that never came become silence.
    /// After an error the next call tries again, and the time between is a gap.
    pub fn write(&mut self, first_frame: u64, samples: &[i16]) -> io::Result<()> {
        if first_frame > self.frames {
            self.lost_since.get_or_insert(self.frames);
        }
        match self.write_frames(first_frame, samples) {
            Ok(()) => {
                if let Some(from) = self.lost_since.take() {
                    self.gaps.push(gap(from, first_frame));
                }
                Ok(())
            }
            Err(error) => {
                self.lost_since.get_or_insert(first_frame);
                Err(error)
            }
        }
    }

    /// Close with the length `frames`, and hash. `pauses` join the gaps.
    pub fn finish(mut self, frames: u64, pauses: Vec<RecordingGap>) -> io::Result<Finished> {
        // Best effort: on a full disk the file ends early, and the gap says so.
        let rest = self.fill_silence(frames);
        if let Some(from) = self.lost_since.or(rest.is_err().then_some(self.frames)) {
            self.gaps.push(gap(from, frames));
        }
        self.gaps.extend(pauses);
        self.gaps.sort_by(|one, other| one.start_seconds.total_cmp(&other.start_seconds));
        let data = self.frames * RECORDING_FRAME_BYTES;
        let bytes = HEADER_BYTES as u64 + data;
        self.file.write_all_at(&recording_header(data), 0)?;
        self.file.set_len(bytes)?;
        let sha256 = hash(&File::open(&self.path)?)?;
        Ok(Finished { seconds: self.frames as f64 / FRAMES_PER_SECOND, bytes, sha256, gaps: self.gaps })
    }

    /// Throw away: the recorder was refused.
    pub fn discard(self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

fn gap(from: u64, to: u64) -> RecordingGap {
    RecordingGap {
        start_seconds: from as f64 / FRAMES_PER_SECOND,
        seconds: to.saturating_sub(from) as f64 / FRAMES_PER_SECOND,
    }
}

fn hash(mut file: &File) -> io::Result<String> {
    let mut digest = Sha256::new();
    let mut buffer = vec![0; HASH_BUFFER_BYTES];
    loop {
        match file.read(&mut buffer)? {
            0 => break,
            count => digest.update(&buffer[..count]),
        }
    }
    Ok(digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}
