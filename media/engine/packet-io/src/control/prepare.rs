//! The slow part of a command, done before the worker sees it: files.

use super::{Control, Prepared};
use crate::clips::Unplayable;
use crate::loader::LoadedSounds;
use crate::orders::Order;
use crate::recording_file::{NotOpened, RecordingFile};
use control_messages::{Command, Event, Play, RecordingFormat, Refusal, RefusalCode, Seal};
use packet_core::switchboard::Sounds;
use std::io;
use std::path::Path;
use std::sync::Arc;

impl Control {
    pub(super) fn prepare(&mut self, command: &Command) -> Result<Prepared, Refusal> {
        match command {
            Command::CreatePlayer { play: Play::Fork(fork), .. } => {
                self.setup.forks.check(fork)?;
                Ok(Prepared::Fork(Arc::default()))
            }
            Command::CreatePlayer { player, play, .. } => match self.setup.loader.find(play) {
                Ok(Some(clips)) => Ok(Prepared::Sounds(Sounds::Ready(clips))),
                Ok(None) => {
                    // The worker hears of the player before it hears of its sounds: both go through this thread.
                    self.setup.loader.load(player.clone(), play.clone());
                    Ok(Prepared::Sounds(Sounds::Loading))
                }
                Err(Unplayable::Malformed(message)) => Err(Refusal::new(RefusalCode::Malformed, message)),
                Err(Unplayable::File(message)) => Err(Refusal::new(RefusalCode::IoError, message)),
            },
            Command::StartRecorder { recorder, path, format, seal, .. } => {
                self.open_recording(recorder, Path::new(path), *format, seal.as_ref())
            }
            _ => Ok(Prepared::Nothing),
        }
    }

    /// To the worker that has the player by now.
    pub(super) fn pass_sounds(&mut self, loaded: Box<LoadedSounds>) {
        if let Some(worker) = self.places.of_player(&loaded.player) {
            self.setup.workers.order(worker, Order::SoundsLoaded(loaded));
        }
    }

    fn open_recording(
        &mut self,
        recorder: &str,
        path: &Path,
        format: RecordingFormat,
        seal: Option<&Seal>,
    ) -> Result<Prepared, Refusal> {
        if self.recorders.contains(recorder) {
            return Ok(Prepared::Nothing);
        }
        self.check_room(path)?;
        let file = RecordingFile::create(path, format, seal).map_err(|refused| match refused {
            NotOpened::Malformed(message) => Refusal::new(RefusalCode::Malformed, message),
            NotOpened::Io(error) => io_refusal(path, &error),
        })?;
        self.recorders.insert(recorder.to_owned());
        Ok(Prepared::File(Box::new(file)))
    }

    fn check_room(&mut self, path: &Path) -> Result<(), Refusal> {
        let folder = path.parent().unwrap_or(path);
        if let Some(free_bytes) = self.setup.spool.look(folder) {
            self.tell(Event::SpoolLow { free_bytes });
        }
        let room = self.setup.spool.has_room(folder).map_err(|error| io_refusal(path, &error))?;
        let message = "the disk of the recordings has no more space than is kept for those in progress";
        if room { Ok(()) } else { Err(Refusal::new(RefusalCode::DiskFull, message)) }
    }

    pub(super) fn note_end_of_recording(&mut self, event: &Event) {
        if let Event::RecordingFinished { recorder, .. } = event {
            self.forget_recorder(recorder);
        }
    }

    /// Its name may be used again.
    pub(super) fn forget_recorder(&mut self, recorder: &str) {
        self.recorders.remove(recorder);
        self.places.end_recorder(recorder);
    }
}

fn io_refusal(path: &Path, error: &io::Error) -> Refusal {
    let code = match error.kind() {
        io::ErrorKind::AlreadyExists => RefusalCode::Conflict,
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => RefusalCode::DiskFull,
        _ => RefusalCode::IoError,
    };
    Refusal::new(code, format!("{}: {error}", path.display()))
}
