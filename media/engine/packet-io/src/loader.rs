//! Threads that read sound files, so that neither packets nor other commands wait for a large one.

use crate::clips::{ClipCache, Unplayable, read_file};
use crate::notices::{Notice, NoticeSender};
use control_messages::Play;
use packet_core::clip::Clip;
use std::io;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// One large file does not keep a small one waiting; two large ones at a time are rare.
const LOADERS: usize = 2;

/// What became of a player's files.
#[derive(Debug)]
pub struct LoadedSounds {
    pub player: String,
    pub play: Play,
    pub sounds: Result<Vec<Arc<Clip>>, String>,
}

/// A player whose files are to be read.
struct Job {
    player: String,
    play: Play,
}

/// The cache, and those who fill it.
pub struct Loader {
    cache: Arc<Mutex<ClipCache>>,
    jobs: Sender<Job>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Loader {
    /// What is loaded is told as `Notice::SoundsLoaded`. The threads end with the loader.
    pub fn start(notices: &NoticeSender) -> io::Result<Self> {
        let cache = Arc::new(Mutex::new(ClipCache::default()));
        let (jobs, waiting) = channel();
        let waiting = Arc::new(Mutex::new(waiting));
        for _ in 0..LOADERS {
            let (cache, waiting, notices) = (cache.clone(), waiting.clone(), notices.clone());
            std::thread::Builder::new().name("loader".into()).spawn(move || run(&cache, &waiting, &notices))?;
        }
        Ok(Self { cache, jobs })
    }

    /// The sounds of `play` when they are at hand; None: ask for them by `load`.
    pub fn find(&self, play: &Play) -> Result<Option<Vec<Arc<Clip>>>, Unplayable> {
        lock(&self.cache).find(play)
    }

    pub fn load(&self, player: String, play: Play) {
        // Fails only when the loaders have panicked; the player stays silent then.
        let _ = self.jobs.send(Job { player, play });
    }
}

fn run(cache: &Mutex<ClipCache>, waiting: &Mutex<Receiver<Job>>, notices: &NoticeSender) {
    loop {
        let job = lock(waiting).recv();
        let Ok(Job { player, play }) = job else { return };
        let sounds = load(cache, &play);
        notices.send(Notice::SoundsLoaded(Box::new(LoadedSounds { player, play, sounds })));
    }
}

fn load(cache: &Mutex<ClipCache>, play: &Play) -> Result<Vec<Arc<Clip>>, String> {
    let Play::File { paths, .. } = play else { return Ok(Vec::new()) };
    let one = |path: &String| {
        let known = lock(cache).find_file(path)?;
        match known {
            Some(clip) => Ok(clip),
            // Read without the lock: others find what is there meanwhile.
            None => read_file(path).map(|read| lock(cache).keep(path, read)),
        }
    };
    paths.iter().map(one).collect()
}
