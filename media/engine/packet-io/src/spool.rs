//! How much space is left for recordings.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Kept free by default: new calls go unrecorded before the running ones do. Five minutes of 50 recorded calls.
pub const DEFAULT_RESERVE_BYTES: u64 = 512 << 20;
/// Below so many reserves somebody should make room.
const LOW_RESERVES: u64 = 2;
/// 400 recorders fill a reserve in 40 s: a look at the disk every 2 s is soon enough.
const LOOK_AFTER: Duration = Duration::from_secs(2);

/// Watches the file systems that recorders write to; shared by all who open and write files.
pub struct SpoolWatch {
    reserve: u64,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    looked_at: Option<Instant>,
    /// By file system: whether it was low when last looked at.
    low: HashMap<u64, bool>,
    /// Where the newest recorder writes.
    folder: Option<PathBuf>,
}

impl SpoolWatch {
    /// `reserve` in bytes; 0 refuses nothing and warns of nothing.
    pub fn new(reserve: u64) -> Self {
        Self { reserve, seen: Mutex::default() }
    }

    /// Whether another recorder may begin to write below `folder`.
    pub fn has_room(&self, folder: &Path) -> io::Result<bool> {
        self.remember(folder);
        Ok(self.reserve == 0 || free(folder)?.1 >= self.reserve)
    }

    fn remember(&self, folder: &Path) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.folder.as_deref() != Some(folder) {
            seen.folder = Some(folder.to_path_buf());
        }
    }

    /// What the disk of the newest recorder takes, in bytes; None before there was one.
    pub fn free_bytes(&self) -> Option<u64> {
        let folder = self.seen.lock().unwrap_or_else(PoisonError::into_inner).folder.clone();
        Some(free(&folder?).ok()?.1)
    }

    /// The free bytes, once when the file system of `path` has fallen below two reserves; asks it every 2 s at most.
    pub fn look(&self, path: &Path) -> Option<u64> {
        if self.reserve == 0 {
            return None;
        }
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.looked_at.is_some_and(|at| at.elapsed() < LOOK_AFTER) {
            return None;
        }
        seen.looked_at = Some(Instant::now());
        let (system, free) = free(path).ok()?;
        self.fell(&mut seen, system, free).then_some(free)
    }

    fn fell(&self, seen: &mut Seen, system: u64, free: u64) -> bool {
        let low = free < self.reserve.saturating_mul(LOW_RESERVES);
        !seen.low.insert(system, low).unwrap_or(false) && low
    }
}

/// The file system's number and what it still takes from us.
fn free(path: &Path) -> io::Result<(u64, u64)> {
    let about = rustix::fs::statvfs(path)?;
    Ok((about.f_fsid, about.f_bavail.saturating_mul(about.f_frsize)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fall_is_told_once_and_again_after_a_rise() {
        let watch = SpoolWatch::new(100);
        let mut seen = Seen::default();
        let told = [(1, 300), (1, 199), (1, 50), (2, 150), (1, 250), (1, 199)]
            .map(|(system, free)| watch.fell(&mut seen, system, free));
        assert_eq!(told, [false, true, false, true, false, true]);
    }

    #[test]
    fn room_is_what_is_above_the_reserve() {
        let folder = std::env::temp_dir();
        assert!(SpoolWatch::new(0).has_room(&folder).expect("a folder"));
        let watch = SpoolWatch::new(1);
        assert_eq!(watch.free_bytes(), None, "nobody has recorded");
        assert!(watch.has_room(&folder).expect("a folder"));
        assert!(watch.free_bytes().is_some_and(|bytes| bytes > 0));
        assert!(!SpoolWatch::new(u64::MAX).has_room(&folder).expect("a folder"));
        assert!(SpoolWatch::new(1).has_room(Path::new("/nowhere/at/all")).is_err());
    }
}
