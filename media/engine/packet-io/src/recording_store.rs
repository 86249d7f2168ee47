//! The bytes of a recording on their way to the disk: hashed as they are, then sealed, then written.
//!
//! What could not be written is kept and tried again as it is: to seal something else under the same number would show
//! both to whoever compares them.

use crate::recording_file::NotOpened;
use control_messages::Seal;
use packet_core::sealing::ChunkSealer;
use packet_core::wav::{HEADER_BYTES, recording_header};
use sha2::{Digest, Sha256};
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;

/// Recordings are personal data: for the owner only.
const MODE: u32 = 0o600;

/// What the content is up to some byte.
#[derive(Clone, Default)]
struct Extent {
    digest: Sha256,
    bytes: u64,
}

pub struct Store {
    file: File,
    sealer: Option<ChunkSealer>,
    /// Whether a WAV header tells the length: on disk in a plain file, else added by who opens the sealed one.
    has_header: bool,
    /// What is on the disk.
    length: u64,
    written: Extent,
    /// What comes next, and the content with it.
    pending: Vec<u8>,
    with_pending: Extent,
    pending_is_last: bool,
}

impl Store {
    pub fn create(path: &Path, has_header: bool, seal: Option<&Seal>) -> Result<Self, NotOpened> {
        let sealer = seal.map(ChunkSealer::new).transpose().map_err(NotOpened::Malformed)?;
        let file = OpenOptions::new().write(true).create_new(true).mode(MODE).open(path).map_err(NotOpened::Io)?;
        let head = match &sealer {
            Some(sealer) => sealer.header().to_vec(),
            None if has_header => recording_header(0).to_vec(),
            None => Vec::new(),
        };
        if let Err(error) = file.write_all_at(&head, 0) {
            let _ = std::fs::remove_file(path);
            return Err(NotOpened::Io(error));
        }
        Ok(Self {
            file,
            sealer,
            has_header,
            length: head.len() as u64,
            written: Extent::default(),
            pending: Vec::new(),
            with_pending: Extent::default(),
            pending_is_last: false,
        })
    }

    /// Let all that follows fail.
    #[cfg(test)]
    pub fn take_away(&mut self, path: &Path) {
        self.file = File::open(path).expect("the file");
    }

    pub fn is_sealed(&self) -> bool {
        self.sealer.is_some()
    }

    /// Add content after all pending was flushed; what cannot be written now stays pending.
    pub fn append(&mut self, content: &[u8], last: bool) -> io::Result<()> {
        debug_assert!(self.pending.is_empty(), "flushed before");
        if content.is_empty() && !(last && self.is_sealed()) {
            return Ok(());
        }
        self.with_pending.digest.update(content);
        self.with_pending.bytes += content.len() as u64;
        self.pending_is_last = last;
        match &mut self.sealer {
            Some(sealer) => sealer.seal(content, last, &mut self.pending).ok_or(io::ErrorKind::FileTooLarge)?,
            None => self.pending.extend_from_slice(content),
        }
        self.flush()
    }

    pub fn flush(&mut self) -> io::Result<()> {
        if self.pending.is_empty() {
            return Ok(());
        }
        self.file.write_all_at(&self.pending, self.length)?;
        self.length += self.pending.len() as u64;
        self.pending.clear();
        self.written.clone_from(&self.with_pending);
        self.write_header()
    }

    fn write_header(&self) -> io::Result<()> {
        if !self.has_header || self.is_sealed() {
            return Ok(());
        }
        self.file.write_all_at(&recording_header(self.written.bytes), 0)
    }

    /// Leave out what is pending; a sealed file says that this was its end, if that much can be written.
    pub fn give_up(&mut self) -> io::Result<()> {
        self.leave_out()?;
        if !self.pending_is_last && self.append(&[], true).is_err() {
            self.leave_out()?;
        }
        Ok(())
    }

    fn leave_out(&mut self) -> io::Result<()> {
        if let Some(sealer) = self.sealer.as_mut().filter(|_| !self.pending.is_empty()) {
            sealer.take_back();
        }
        self.pending.clear();
        self.with_pending.clone_from(&self.written);
        self.file.set_len(self.length)
    }

    /// The bytes of the plain file and the hash of its content, in hexadecimal digits.
    pub fn close(self) -> io::Result<(u64, String)> {
        self.write_header()?;
        let header = if self.has_header { HEADER_BYTES as u64 } else { 0 };
        let sha256 = self.written.digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        Ok((header + self.written.bytes, sha256))
    }
}
