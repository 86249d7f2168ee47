//! Sounds decoded once for all calls, kept within a limit, read anew when their file has changed.

use control_messages::{Play, Tone};
use packet_core::clip::Clip;
use packet_core::prompt;
use std::collections::HashMap;
use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

/// Ten minutes at 48 kHz, over an hour at 8 kHz; more is a mistake of path.
const MAX_FILE_BYTES: u64 = 64 << 20;
/// The samples lie behind this much of other chunks at most.
const HEAD_BYTES: u64 = 64 << 10;
/// What one player may have in its list.
const MAX_FILES: usize = 100;
/// A cadence repeats; half a minute of it is more than any signal needs.
const MAX_TONE_MILLISECONDS: u64 = 30_000;
const MAX_TONES: usize = 64;
const MAX_FREQUENCIES: usize = 8;
/// Some four hours of 8 kHz, or two of wide sound. What is over it goes, least recently used first, and of that what
/// nobody plays; a player keeps its own sounds in any case.
pub const MAX_CACHE_BYTES: usize = 512 << 20;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    File(PathBuf),
    Tones(String),
}

/// By which a changed file is known.
type Version = Option<(SystemTime, u64)>;

#[derive(Debug)]
struct Cached {
    clip: Arc<Clip>,
    version: Version,
    used: u64,
}

/// A mistake in the command, or a file that cannot be read.
#[derive(Debug)]
pub enum Unplayable {
    Malformed(String),
    File(String),
}

#[derive(Debug)]
pub struct ClipCache {
    clips: HashMap<Key, Cached>,
    bytes: usize,
    limit: usize,
    uses: u64,
}

impl Default for ClipCache {
    fn default() -> Self {
        Self::with_limit(MAX_CACHE_BYTES)
    }
}

impl ClipCache {
    fn with_limit(limit: usize) -> Self {
        Self { clips: HashMap::new(), bytes: 0, limit, uses: 0 }
    }

    /// The sounds of `play`; None when a file has to be read first (`read_file`, `keep`), which looks playable.
    pub fn find(&mut self, play: &Play) -> Result<Option<Vec<Arc<Clip>>>, Unplayable> {
        match play {
            Play::File { paths, .. } if paths.len() > MAX_FILES => {
                Err(Unplayable::Malformed(format!("at most {MAX_FILES} files in a list")))
            }
            Play::File { paths, .. } => {
                // All are looked at, so that what cannot be played is refused at once.
                let found: Result<Vec<_>, _> = paths.iter().map(|path| self.find_file(path)).collect();
                Ok(found.map_err(Unplayable::File)?.into_iter().collect())
            }
            Play::Fork(_) => Ok(Some(Vec::new())), // a robot has none
            Play::Tones { tones, level_dbm0, repeat } => Ok(Some(vec![self.tones(tones, *level_dbm0, *repeat)?])),
        }
    }

    pub fn find_file(&mut self, path: &str) -> Result<Option<Arc<Clip>>, String> {
        let version = version(&metadata(path)?);
        let known = self.take_fresh(&Key::File(path.into()), version);
        if known.is_none() {
            check_head(path)?;
        }
        Ok(known)
    }

    fn take_fresh(&mut self, key: &Key, version: Version) -> Option<Arc<Clip>> {
        self.uses += 1;
        let known = self.clips.get_mut(key).filter(|known| known.version == version)?;
        known.used = self.uses;
        Some(known.clip.clone())
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
        if let Some(clip) = self.take_fresh(&key, None) {
            return Ok(clip);
        }
        Ok(self.put(key, None, Clip::tones(tones, level_dbm0, repeat)))
    }

    /// Keep what was read of a file.
    pub fn keep(&mut self, path: &str, read: FileClip) -> Arc<Clip> {
        self.put(Key::File(path.into()), read.version, read.clip)
    }

    fn put(&mut self, key: Key, version: Version, clip: Clip) -> Arc<Clip> {
        self.uses += 1;
        self.bytes += clip.bytes();
        let clip = Arc::new(clip);
        if let Some(before) = self.clips.insert(key, Cached { clip: clip.clone(), version, used: self.uses }) {
            self.bytes -= before.clip.bytes();
        }
        while self.bytes > self.limit && self.drop_oldest() {}
        clip
    }

    /// False when there is nothing left to drop.
    fn drop_oldest(&mut self) -> bool {
        let rank = |cached: &Cached| (Arc::strong_count(&cached.clip) > 1, cached.used);
        let Some(key) = self.clips.iter().min_by_key(|(_, cached)| rank(cached)).map(|(key, _)| key.clone()) else {
            return false;
        };
        if let Some(gone) = self.clips.remove(&key) {
            self.bytes -= gone.clip.bytes();
        }
        true
    }
}

fn metadata(path: &str) -> Result<Metadata, String> {
    let metadata = std::fs::metadata(path).map_err(|error| format!("{path}: {error}"))?;
    if metadata.len() > MAX_FILE_BYTES || !metadata.is_file() {
        return Err(format!("{path}: not a file of at most {MAX_FILE_BYTES} bytes"));
    }
    Ok(metadata)
}

fn version(metadata: &Metadata) -> Version {
    metadata.modified().ok().map(|modified| (modified, metadata.len()))
}

fn read_up_to(path: &Path, bytes: u64) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    File::open(path)?.take(bytes).read_to_end(&mut head)?;
    Ok(head)
}

fn check_head(path: &str) -> Result<(), String> {
    let head = read_up_to(Path::new(path), HEAD_BYTES).map_err(|error| format!("{path}: {error}"))?;
    prompt::read(&head).map(|_| ()).map_err(|reason| format!("{path}: {reason}"))
}

/// A file as it was when it was read.
pub struct FileClip {
    clip: Clip,
    version: Version,
}

/// Read and decode a file; takes seconds for a large one.
pub fn read_file(path: &str) -> Result<FileClip, String> {
    // Before it is read: what changes meanwhile is read anew the next time.
    let version = version(&metadata(path)?);
    let bytes = read_up_to(Path::new(path), MAX_FILE_BYTES).map_err(|error| format!("{path}: {error}"))?;
    let clip = prompt::clip(&bytes).map_err(|reason| format!("{path}: {reason}"))?;
    Ok(FileClip { clip, version })
}

#[cfg(test)]
#[path = "clips_tests.rs"]
mod tests;
