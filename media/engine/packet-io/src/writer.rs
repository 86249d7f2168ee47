//! The thread that writes recordings: it may wait for the disk, the packets do not wait for it.

use crate::journal;
use crate::notices::{Notice, NoticeSender};
use crate::recording_file::{Finished, RecordingFile};
use control_messages::{Event, RecordingFailure, RecordingGap};
use packet_core::switchboard::Block;
use serde_json::json;
use std::collections::HashMap;
use std::io;
use std::sync::mpsc::{Receiver, Sender, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Blocks waiting for the disk: 200 recorders for 4 s.
const QUEUE: usize = 4096;
/// After an error the next try waits, so that a full disk is not asked five times a second for each recorder.
const RETRY_AFTER: Duration = Duration::from_secs(2);

pub enum WriterOrder {
    Open { recorder: String, file: Box<RecordingFile> },
    Discard(Box<RecordingFile>),
    Write(Block),
    Stop,
}

struct OpenRecording {
    file: RecordingFile,
    failed_at: Option<Instant>,
    told: bool,
}

pub struct Writer {
    recordings: HashMap<String, OpenRecording>,
    notices: NoticeSender,
    spare: Sender<Vec<i16>>,
}

impl Writer {
    pub fn start(
        notices: NoticeSender,
        spare: Sender<Vec<i16>>,
    ) -> io::Result<(SyncSender<WriterOrder>, JoinHandle<()>)> {
        let (sender, orders) = sync_channel(QUEUE);
        let mut writer = Self { recordings: HashMap::new(), notices, spare };
        let thread = std::thread::Builder::new().name("recordings".into()).spawn(move || writer.run(&orders))?;
        Ok((sender, thread))
    }

    fn run(&mut self, orders: &Receiver<WriterOrder>) {
        while let Ok(order) = orders.recv() {
            match order {
                WriterOrder::Open { recorder, file } => {
                    let recording = OpenRecording { file: *file, failed_at: None, told: false };
                    self.recordings.insert(recorder, recording);
                }
                WriterOrder::Discard(file) => file.discard(),
                WriterOrder::Write(block) => self.write(block),
                WriterOrder::Stop => break,
            }
        }
    }

    fn write(&mut self, block: Block) {
        let Block { recorder, first_frame, samples, end } = block;
        if let Some(recording) = self.recordings.get_mut(&recorder) {
            let resting = recording.failed_at.is_some_and(|at| at.elapsed() < RETRY_AFTER) && end.is_none();
            if !resting {
                match recording.file.write(first_frame, &samples) {
                    Ok(()) => recording.failed_at = None,
                    Err(error) => {
                        recording.failed_at = Some(Instant::now());
                        if !std::mem::replace(&mut recording.told, true) {
                            self.notices.send(Notice::Event(failed(&recorder, recording, &error)));
                        }
                    }
                }
            }
        }
        let frames = first_frame + samples.len() as u64 / 2;
        let _ = self.spare.send(samples);
        if let Some(pauses) = end {
            self.finish(recorder, frames, pauses);
        }
    }

    fn finish(&mut self, recorder: String, frames: u64, pauses: Vec<RecordingGap>) {
        let Some(recording) = self.recordings.remove(&recorder) else { return };
        let path = recording.file.path.clone();
        let notices = self.notices.clone();
        let text = path.to_string_lossy().into_owned();
        let event = match recording.file.finish(frames, pauses) {
            Ok(Finished { seconds, bytes, sha256, gaps }) => Event::RecordingFinished {
                recorder,
                path: text,
                seconds,
                channels: 2,
                bytes,
                sha256,
                gaps,
                voice_seconds: Vec::new(),
                format: Default::default(),
                sealed: false,
            },
            Err(error) => {
                let (reason, message) = reason(&error);
                Event::RecordingFailed { recorder, path: text, reason, message }
            }
        };
        notices.send(Notice::Event(event));
    }
}

fn reason(error: &io::Error) -> (RecordingFailure, String) {
    let full = matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded);
    (if full { RecordingFailure::DiskFull } else { RecordingFailure::IoError }, error.to_string())
}

fn failed(recorder: &str, recording: &OpenRecording, error: &io::Error) -> Event {
    let (reason, message) = reason(error);
    journal::warning("recording_failed", &[("reason", json!(format!("{reason:?}"))), ("message", json!(message))]);
    let path = recording.file.path.to_string_lossy().into_owned();
    Event::RecordingFailed { recorder: recorder.to_owned(), path, reason, message }
}
