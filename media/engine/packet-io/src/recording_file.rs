//! One recording on disk: whole up to its last second after every write, whatever is killed.

use crate::recording_content::Content;
use crate::recording_store::Store;
use control_messages::{RecordingFormat, RecordingGap, Seal};
use packet_core::recording::FRAMES_PER_SECOND;
use std::io;
use std::path::{Path, PathBuf};

/// Silence is filled in by pieces of a second.
static SILENCE: [i16; 16_000] = [0; 16_000];

pub struct RecordingFile {
    pub path: PathBuf,
    pub format: RecordingFormat,
    store: Store,
    content: Content,
    /// Frames that were taken in, and those of them whose bytes are not on the disk yet.
    frames: u64,
    unwritten: u64,
    /// Since which frame nothing could be written, and the times when that was so.
    lost_since: Option<u64>,
    gaps: Vec<RecordingGap>,
    bytes: Vec<u8>,
}

#[derive(Debug, PartialEq)]
pub struct Finished {
    pub seconds: f64,
    /// Of the plain file, and the hash of its content: a WAV's samples without its header, or the Ogg stream.
    pub bytes: u64,
    pub sha256: String,
    pub gaps: Vec<RecordingGap>,
}

/// Why there is no file to write to.
#[derive(Debug)]
pub enum NotOpened {
    Malformed(&'static str),
    Io(io::Error),
}

impl RecordingFile {
    /// Never writes over a file that exists: it may be evidence.
    pub fn create(path: &Path, format: RecordingFormat, seal: Option<&Seal>) -> Result<Self, NotOpened> {
        let content = Content::new(format).ok_or(NotOpened::Io(io::ErrorKind::OutOfMemory.into()))?;
        let store = Store::create(path, content.has_header(), seal)?;
        let mut new = Self {
            path: path.to_path_buf(),
            format,
            store,
            content,
            frames: 0,
            unwritten: 0,
            lost_since: None,
            gaps: Vec::new(),
            bytes: Vec::new(),
        };
        match new.push(&[]) {
            Ok(()) => Ok(new),
            Err(error) => {
                new.discard();
                Err(NotOpened::Io(error))
            }
        }
    }

    /// Let all that follows fail, its end too.
    #[cfg(test)]
    pub fn take_away(&mut self) {
        self.store.take_away(&self.path);
    }

    pub fn is_sealed(&self) -> bool {
        self.store.is_sealed()
    }

    /// Take in frames; an error leaves them waiting for the next flush.
    fn push(&mut self, samples: &[i16]) -> io::Result<()> {
        self.content.add(samples, &mut self.bytes);
        let frames = samples.len() as u64 / 2;
        self.frames += frames;
        self.unwritten = frames;
        self.append(false)
    }

    fn append(&mut self, last: bool) -> io::Result<()> {
        let appended = self.store.append(&self.bytes, last);
        self.bytes.clear();
        appended?;
        self.unwritten = 0;
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.store.flush()?;
        self.unwritten = 0;
        Ok(())
    }

    fn fill_silence(&mut self, until: u64) -> io::Result<()> {
        while self.frames < until {
            let piece = (until - self.frames).min(SILENCE.len() as u64 / 2) as usize;
            self.push(&SILENCE[..2 * piece])?;
        }
        Ok(())
    }

    /// Write what begins at `first_frame`; frames that never came become silence.
    /// After an error the next call tries again, and the time between is a gap.
    pub fn write(&mut self, first_frame: u64, samples: &[i16]) -> io::Result<()> {
        if first_frame > self.frames {
            self.lost_since.get_or_insert(self.frames);
        }
        let ready = self.flush().and_then(|()| self.fill_silence(first_frame));
        if let Err(error) = ready.and_then(|()| self.push(samples)) {
            self.lost_since.get_or_insert(self.frames);
            return Err(error);
        }
        if let Some(from) = self.lost_since.take().filter(|from| *from < first_frame) {
            self.gaps.push(gap(from, first_frame));
        }
        Ok(())
    }

    /// Close with the length `frames`, and hash. `pauses` join the gaps.
    pub fn finish(mut self, frames: u64, pauses: Vec<RecordingGap>) -> io::Result<Finished> {
        // Best effort: on a full disk the file ends early, and the gap says so.
        let rest = self.flush().and_then(|()| self.fill_silence(frames));
        let ended = rest.and_then(|()| {
            self.content.end(&mut self.bytes);
            self.append(true)
        });
        if ended.is_err() {
            self.store.give_up()?;
            self.frames -= self.unwritten;
            self.lost_since = Some(self.lost_since.map_or(self.frames, |since| since.min(self.frames)));
        }
        if let Some(from) = self.lost_since.filter(|from| *from < frames) {
            self.gaps.push(gap(from, frames));
        }
        self.gaps.extend(pauses);
        self.gaps.sort_by(|one, other| one.start_seconds.total_cmp(&other.start_seconds));
        let (bytes, sha256) = self.store.close()?;
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

#[cfg(test)]
#[path = "recording_file_tests.rs"]
mod tests;
