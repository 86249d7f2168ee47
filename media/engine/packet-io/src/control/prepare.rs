//! The slow part of a command, done before the worker sees it: files.

use super::{Control, Prepared};
use crate::clips::Unplayable;
use crate::recording_file::RecordingFile;
use control_messages::{Command, Event, Refusal, RefusalCode};
use std::io;
use std::path::Path;

impl Control {
    pub(super) fn prepare(&mut self, command: &Command) -> Result<Prepared, Refusal> {
        match command {
            Command::CreatePlayer { play, .. } => match self.clips.load(play) {
                Ok(clips) => Ok(Prepared::Clips(clips)),
                Err(Unplayable::Malformed(message)) => Err(Refusal::new(RefusalCode::Malformed, message)),
                Err(Unplayable::File(message)) => Err(Refusal::new(RefusalCode::IoError, message)),
            },
            Command::StartRecorder { recorder, path, .. } => self.open_recording(recorder, path),
            _ => Ok(Prepared::Nothing),
        }
    }

    fn open_recording(&mut self, recorder: &str, path: &str) -> Result<Prepared, Refusal> {
        if self.recorders.contains(recorder) {
            return Ok(Prepared::Nothing);
        }
        match RecordingFile::create(Path::new(path)) {
            Ok(file) => {
                self.recorders.insert(recorder.to_owned());
                Ok(Prepared::File(Box::new(file)))
            }
            Err(error) => {
                let exists = error.kind() == io::ErrorKind::AlreadyExists;
                let code = if exists { RefusalCode::Conflict } else { RefusalCode::IoError };
                Err(Refusal::new(code, format!("{path}: {error}")))
            }
        }
    }

    /// Its name may be used again.
    pub(super) fn note_end_of_recording(&mut self, event: &Event) {
        if let Event::RecordingFinished { recorder, .. } = event {
            self.recorders.remove(recorder);
        }
    }
}
