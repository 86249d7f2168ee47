//! Sounds decoded once for all calls.

use control_messages::{Play, Tone};
use packet_core::clip::Clip;
use packet_core::wav::read_prompt;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

/// An hour of music; more is a mistake of path.
const MAX_FILE_BYTES: u64 = 64 << 20;
/// A cadence repeats; half a minute of it is more than any signal needs.
const MAX_TONE_MILLISECONDS: u64 = 30_000;
const MAX_TONES: usize = 64;
const MAX_FREQUENCIES: usize = 8;
/// What nobody plays is dropped beyond so many sounds.
const MAX_CACHED: usize = 512;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    File(PathBuf, SystemTime),
    Tones(String),
}

#[derive(Debug, Default)]
pub struct ClipCache {
    clips: HashMap<Key, Arc<Clip>>,
}

/// A mistake in the command, or a file that cannot be read.
#[derive(Debug)]
pub enum Unplayable {
    Malformed(String),
    File(String),
}

impl ClipCache {
    pub fn load(&mut self, play: &Play) -> Result<Vec<Arc<Clip>>, Unplayable> {
        match play {
            Play::File { paths, .. } => paths.iter().map(|path| self.file(path)).collect(),
            Play::Tones { tones, level_dbm0, repeat } => Ok(vec![self.tones(tones, *level_dbm0, *repeat)?]),
        }
    }

    fn file(&mut self, path: &str) -> Result<Arc<Clip>, Unplayable> {
        let failed = |error: std::io::Error| Unplayable::File(format!("{path}: {error}"));
        let metadata = std::fs::metadata(path).map_err(failed)?;
        if metadata.len() > MAX_FILE_BYTES || !metadata.is_file() {
            return Err(Unplayable::File(format!("{path}: not a file of at most {MAX_FILE_BYTES} bytes")));
        }
        let key = Key::File(PathBuf::from(path), metadata.modified().map_err(failed)?);
        if let Some(clip) = self.clips.get(&key) {
            return Ok(clip.clone());
        }
        let bytes = std::fs::read(path).map_err(failed)?;
        let samples = read_prompt(&bytes).map_err(|reason| Unplayable::File(format!("{path}: {reason}")))?;
        Ok(self.keep(key, Clip::new(samples)))
    }

    fn tones(&mut self, tones: &[Tone], level_dbm0: f64, repeat: bool) -> Result<Arc<Clip>, Unplayable> {
        let total: u64 = tones.iter().map(|tone| u64::from(tone.milliseconds)).sum();
        let crowded = tones.iter().any(|tone| tone.frequencies_hz.len() > MAX_FREQUENCIES);
        if tones.len() > MAX_TONES || crowded || total > MAX_TONE_MILLISECONDS || !level_dbm0.is_finite() {
            return Err(Unplayable::Malformed(format!(
                "at most {MAX_TONES} tones of {MAX_FREQUENCIES} frequencies and {MAX_TONE_MILLISECONDS} ms together"
            )));
        }
        let key = Key::Tones(format!("{tones:?} {level_dbm0} {repeat}"));
        if let Some(clip) = self.clips.get(&key) {
            return Ok(clip.clone());
        }
        Ok(self.keep(key, Clip::tones(tones, level_dbm0, repeat)))
    }

    fn keep(&mut self, key: Key, clip: Clip) -> Arc<Clip> {
        if let Key::File(path, _) = &key {
            // An older version of the file is of no more use to new players.
            self.clips.retain(|other, _| !matches!(other, Key::File(known, _) if known == path));
        }
        if self.clips.len() >= MAX_CACHED {
            self.clips.retain(|_, clip| Arc::strong_count(clip) > 1);
        }
        let clip = Arc::new(clip);
        self.clips.insert(key, clip.clone());
        clip
    }
}
