//! Where placed sounds become frames of two channels.

use crate::g711::Law;
use crate::recording::Samples;

/// Frames held back: a second, and a power of two. Blocks come five times a second, sounds 200 ms late at most.
const RING: usize = 8192;
/// Sounds of one block: 250 ms of two channels are 8 kB; a stalled worker's backlog of a second fits, a flood does not.
const MAX_BYTES: usize = 32 << 10;
const MAX_PIECES: usize = 256;

#[derive(Debug, Clone, Copy)]
enum Kind {
    Codes(Law),
    Pcm,
}

#[derive(Debug, Clone, Copy)]
struct Piece {
    position: i64,
    channel: u8,
    kind: Kind,
    bytes: u32,
}

/// Sounds with their places, in the order of their arrival. Never grows: what does not fit is lost, as in a full queue.
#[derive(Debug)]
pub struct Placed {
    pieces: Vec<Piece>,
    bytes: Vec<u8>,
}

impl Default for Placed {
    fn default() -> Self {
        Self { pieces: Vec::with_capacity(MAX_PIECES), bytes: Vec::with_capacity(MAX_BYTES) }
    }
}

impl Placed {
    /// Takes no sound: for a recorder that has ended.
    pub fn closed() -> Self {
        Self { pieces: Vec::new(), bytes: Vec::new() }
    }

    pub fn is_open(&self) -> bool {
        self.bytes.capacity() > 0
    }

    pub fn push(&mut self, channel: usize, position: i64, samples: Samples<'_>) {
        let (kind, bytes) = match samples {
            Samples::Codes(law, codes) => (Kind::Codes(law), codes.len()),
            Samples::Pcm(pcm) => (Kind::Pcm, pcm.len() * 2),
        };
        if self.pieces.len() == self.pieces.capacity() || self.bytes.len() + bytes > self.bytes.capacity() {
            return;
        }
        match samples {
            Samples::Codes(_, codes) => self.bytes.extend_from_slice(codes),
            Samples::Pcm(pcm) => self.bytes.extend(pcm.iter().flat_map(|sample| sample.to_le_bytes())),
        }
        self.pieces.push(Piece { position, channel: channel as u8, kind, bytes: bytes as u32 });
    }

    pub fn clear(&mut self) {
        self.pieces.clear();
        self.bytes.clear();
    }
}

/// The frames of one recorder that may still change; it is as large as they are, and knows what it gave away.
#[derive(Debug)]
pub struct Canvas {
    taken: u64,
    ring: Box<[[i16; 2]]>,
    /// Frames of each channel that a sound fell on.
    pub voiced: [u64; 2],
}

impl Default for Canvas {
    fn default() -> Self {
        Self { taken: 0, ring: vec![[0; 2]; RING].into(), voiced: [0; 2] }
    }
}

impl Canvas {
    /// Draw the sounds and move the frames `first..end`, interleaved, to `out`.
    /// A `first` beyond the last `end`: what lay between was lost, and is left out.
    pub fn draw(&mut self, first: u64, end: u64, placed: &Placed, out: &mut Vec<i16>) {
        if first > self.taken {
            self.ring.fill([0; 2]);
            self.taken = first;
        }
        let mut rest = placed.bytes.as_slice();
        for piece in &placed.pieces {
            let (bytes, after) = rest.split_at(piece.bytes as usize);
            rest = after;
            match piece.kind {
                Kind::Codes(law) => self.put(piece, bytes.iter().map(|code| law.decode(*code))),
                Kind::Pcm => {
                    self.put(piece, bytes.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])));
                }
            }
        }
        self.take(end, out);
    }

    /// What lies before the frames held, or too far ahead of them, is left out.
    fn put(&mut self, piece: &Piece, samples: impl ExactSizeIterator<Item = i16>) {
        let channel = usize::from(piece.channel & 1);
        let taken = self.taken as i64;
        let skip = taken.saturating_sub(piece.position).max(0) as usize;
        let from = piece.position.max(taken);
        let room = (taken + RING as i64 - from).max(0) as usize;
        let count = samples.len().saturating_sub(skip).min(room);
        let at = from as usize % RING;
        let before_edge = count.min(RING - at);
        let mut samples = samples.skip(skip);
        for (frame, sample) in self.ring[at..at + before_edge].iter_mut().zip(&mut samples) {
            frame[channel] = sample;
        }
        for (frame, sample) in self.ring[..count - before_edge].iter_mut().zip(&mut samples) {
            frame[channel] = sample;
        }
        self.voiced[channel] += count as u64;
    }

    fn take(&mut self, end: u64, out: &mut Vec<i16>) {
        while self.taken < end {
            let at = self.taken as usize % RING;
            let count = ((end - self.taken) as usize).min(RING - at);
            let frames = &mut self.ring[at..at + count];
            out.extend_from_slice(frames.as_flattened());
            frames.fill([0; 2]);
            self.taken += count as u64;
        }
    }
}
