//! The thread that writes recordings: it may wait for the disk, the packets do not wait for it.

use crate::journal;
use crate::notices::{Notice, NoticeSender};
use crate::recording_file::{Finished, RecordingFile};
use crate::spool::SpoolWatch;
use control_messages::{Event, RecordingFailure, RecordingGap};
use packet_core::canvas::{Canvas, Placed};
use packet_core::recording::FRAMES_PER_SECOND;
use packet_core::switchboard::{Block, RecordingEnd};
use serde_json::json;
use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, SyncSender, sync_channel};
use std::time::{Duration, Instant};

/// Blocks waiting for the disk: 400 recorders for 2 s.
const QUEUE: usize = 4096;
/// After an error the next try waits, so that a full disk is not asked five times a second for each recorder.
const RETRY_AFTER: Duration = Duration::from_secs(2);

pub enum WriterOrder {
    Open {
        recorder: String,
        file: Box<RecordingFile>,
    },
    Discard(Box<RecordingFile>),
    Write {
        block: Block,
        /// Who gets the block's memory back.
        spare: Sender<Placed>,
    },
    /// Answered when everything ordered before is done.
    Settle(SyncSender<()>),
}

impl WriterOrder {
    pub fn recorder(&self) -> Option<&str> {
        match self {
            Self::Open { recorder, .. } => Some(recorder),
            Self::Write { block, .. } => Some(&block.recorder),
            Self::Discard(_) | Self::Settle(_) => None,
        }
    }
}

struct OpenRecording {
    file: RecordingFile,
    canvas: Canvas,
    failed_at: Option<Instant>,
    told: bool,
}

pub struct Writer {
    recordings: HashMap<String, OpenRecording>,
    notices: NoticeSender,
    spool: Arc<SpoolWatch>,
    samples: Vec<i16>,
}

impl Writer {
    /// One thread for all workers; it ends when the last of them has let go of the sender.
    pub fn start(notices: NoticeSender, spool: Arc<SpoolWatch>) -> io::Result<SyncSender<WriterOrder>> {
        let (sender, orders) = sync_channel(QUEUE);
        let mut writer = Self { recordings: HashMap::new(), notices, spool, samples: Vec::new() };
        std::thread::Builder::new().name("recordings".into()).spawn(move || writer.run(&orders))?;
        Ok(sender)
    }

    fn run(&mut self, orders: &Receiver<WriterOrder>) {
        while let Ok(order) = orders.recv() {
            match order {
                WriterOrder::Open { recorder, file } => {
                    let recording =
                        OpenRecording { file: *file, canvas: Canvas::default(), failed_at: None, told: false };
                    self.recordings.insert(recorder, recording);
                }
                WriterOrder::Discard(file) => file.discard(),
                WriterOrder::Write { block, spare } => self.write(block, &spare),
                WriterOrder::Settle(done) => {
                    // Whoever asked may have given up.
                    let _ = done.try_send(());
                }
            }
        }
    }

    fn write(&mut self, block: Block, spare: &Sender<Placed>) {
        let Block { recorder, settled, end } = block;
        if let Some(recording) = self.recordings.get_mut(&*recorder) {
            self.samples.clear();
            recording.canvas.draw(settled.first, settled.end, &settled.placed, &mut self.samples);
            let resting = recording.failed_at.is_some_and(|at| at.elapsed() < RETRY_AFTER) && end.is_none();
            if !resting {
                match recording.file.write(settled.first, &self.samples) {
                    Ok(()) => recording.failed_at = None,
                    Err(error) => {
                        recording.failed_at = Some(Instant::now());
                        if !std::mem::replace(&mut recording.told, true) {
                            self.notices.send(Notice::Event(failed(&recorder, recording, &error)));
                        }
                    }
                }
            }
            if let Some(free_bytes) = self.spool.look(&recording.file.path) {
                self.notices.send(Notice::Event(Event::SpoolLow { free_bytes }));
            }
        }
        let _ = spare.send(settled.placed);
        match end {
            Some(RecordingEnd::Finished(pauses)) => self.finish(&recorder, settled.end, pauses),
            Some(RecordingEnd::NeverBegan) => self.forget(&recorder),
            None => {}
        }
    }

    fn forget(&mut self, recorder: &str) {
        let Some((recorder, recording)) = self.recordings.remove_entry(recorder) else { return };
        recording.file.discard();
        self.notices.send(Notice::RecorderGone(recorder));
    }

    fn finish(&mut self, recorder: &str, frames: u64, pauses: Vec<RecordingGap>) {
        let Some((recorder, recording)) = self.recordings.remove_entry(recorder) else { return };
        let OpenRecording { file, canvas, .. } = recording;
        let (format, sealed) = (file.format, file.is_sealed());
        let path = file.path.to_string_lossy().into_owned();
        let event = match file.finish(frames, pauses) {
            Ok(Finished { seconds, bytes, sha256, gaps }) => Event::RecordingFinished {
                recorder,
                path,
                seconds,
                channels: 2,
                bytes,
                sha256,
                gaps,
                voice_seconds: canvas.voiced.iter().map(|frames| *frames as f64 / FRAMES_PER_SECOND).collect(),
                format,
                sealed,
            },
            Err(error) => {
                // Unlike a recorder that failed and tries again, this one is no more.
                self.notices.send(Notice::RecorderGone(recorder.clone()));
                let (reason, message) = reason(&error);
                Event::RecordingFailed { recorder, path, reason, message }
            }
        };
        self.notices.send(Notice::Event(event));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notices::notice_channel;
    use control_messages::RecordingFormat;
    use packet_core::recording::TimeLine;
    use std::sync::mpsc::channel;

    #[test]
    fn the_file_of_a_recorder_that_never_began_goes_with_it() {
        let path = std::env::temp_dir().join(format!("cordboard-armed-{}", std::process::id()));
        let _ = std::fs::remove_file(&path);
        let (sender, notices, _waker) = notice_channel().expect("a channel");
        let orders = Writer::start(sender, Arc::new(SpoolWatch::new(0))).expect("a writer");
        let file = RecordingFile::create(&path, RecordingFormat::Wav, None).expect("created");
        assert!(path.exists());
        let settled = TimeLine::armed().take_all(1_000_000_000);
        let block = Block { recorder: "rec".into(), settled, end: Some(RecordingEnd::NeverBegan) };
        orders.send(WriterOrder::Open { recorder: "rec".into(), file: Box::new(file) }).expect("taken");
        orders.send(WriterOrder::Write { block, spare: channel().0 }).expect("taken");
        drop(orders);
        let told: Vec<Notice> = notices.iter().collect();
        assert!(matches!(&told[..], [Notice::RecorderGone(name)] if name == "rec"), "{told:?}");
        assert!(!path.exists());
    }

    #[test]
    fn the_name_of_a_recorder_whose_end_cannot_be_written_is_given_back() {
        let path = std::env::temp_dir().join(format!("cordboard-writer-{}", std::process::id()));
        let _ = std::fs::remove_file(&path);
        let (sender, notices, _waker) = notice_channel().expect("a channel");
        let orders = Writer::start(sender, Arc::new(SpoolWatch::new(0))).expect("a writer");
        let mut file = RecordingFile::create(&path, RecordingFormat::Wav, None).expect("created");
        file.take_away();
        let settled = TimeLine::new(0).take_all(1_000_000_000);
        let block = Block { recorder: "rec".into(), settled, end: Some(RecordingEnd::Finished(Vec::new())) };
        orders.send(WriterOrder::Open { recorder: "rec".into(), file: Box::new(file) }).expect("taken");
        orders.send(WriterOrder::Write { block, spare: channel().0 }).expect("taken");
        drop(orders);
        let told: Vec<Notice> = notices.iter().collect();
        let failed = |notice: &Notice| matches!(notice, Notice::Event(Event::RecordingFailed { recorder, .. }) if recorder == "rec");
        assert!(told.last().is_some_and(failed), "{told:?}");
        assert!(told.iter().any(|notice| matches!(notice, Notice::RecorderGone(name) if name == "rec")), "{told:?}");
        let _ = std::fs::remove_file(&path);
    }
}
