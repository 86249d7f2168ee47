//! Recordings as Ogg (RFC 3533) with Opus in it (RFC 7845): mapping family 1, two uncoupled streams, so that nothing of
//! one channel leaks into the other.

use ogg::writing::{PacketWriteEndInfo, PacketWriter};

/// Granule positions count samples of 48 kHz whatever was encoded (RFC 7845 4).
const GRANULES_PER_FRAME: u64 = 6;
const CHANNELS: u8 = 2;
/// Channel mapping family 1: the channel order of Vorbis (RFC 7845 5.1.1.2).
const FAMILY: u8 = 1;
const INPUT_RATE: u32 = 8000;
const VENDOR: &[u8] = b"cordboard-media";
/// A frame length from here on takes two bytes (RFC 6716 3.2.1).
const TWO_BYTES_FROM: usize = 252;
/// A frame of 20 ms that says nothing (RFC 6716 3.1, 3.2.1): what an encoder with DTX leaves out.
const NOTHING: [u8; 1] = [1 << 3];
/// The low bits of a table of contents: how many frames follow (RFC 6716 3.1).
const FRAME_COUNT_MASK: u8 = 3;

/// Writes pages of two channels; they are taken out with `take_pages`.
pub struct OggOpus {
    writer: PacketWriter<'static, Vec<u8>>,
    serial: u32,
    pre_skip: u16,
    /// Samples of 48 kHz that have been encoded.
    granules: u64,
    /// Held back, as a page's end must be known with its last packet.
    waiting: Option<Vec<u8>>,
}

impl OggOpus {
    /// `pre_skip`: the encoder's delay in samples of 48 kHz.
    pub fn new(serial: u32, pre_skip: u16) -> Self {
        let mut new = Self { writer: PacketWriter::new(Vec::new()), serial, pre_skip, granules: 0, waiting: None };
        new.write(head(pre_skip), PacketWriteEndInfo::EndPage, 0);
        new.write(tags(), PacketWriteEndInfo::EndPage, 0);
        new
    }

    /// Writing to memory does not fail.
    fn write(&mut self, packet: Vec<u8>, end: PacketWriteEndInfo, granules: u64) {
        let _ = self.writer.write_packet(packet, self.serial, end, granules);
    }

    /// Add one packet per channel, each of `frames` samples of 8 kHz.
    pub fn push(&mut self, channels: [&[u8]; 2], frames: u64) {
        if let Some(packet) = self.waiting.take() {
            self.write(packet, PacketWriteEndInfo::NormalPacket, self.granules);
        }
        self.granules += frames * GRANULES_PER_FRAME;
        self.waiting = Some(joined(channels));
    }

    /// Complete the page, so that a file that ends here holds all that was pushed.
    pub fn end_page(&mut self) {
        if let Some(packet) = self.waiting.take() {
            self.write(packet, PacketWriteEndInfo::EndPage, self.granules);
        }
    }

    /// The last page; the sound ends after `frames` of 8 kHz, whatever filled the last packet up (RFC 7845 4.4).
    pub fn end(&mut self, frames: u64) {
        let end = u64::from(self.pre_skip) + frames * GRANULES_PER_FRAME;
        let packet = self.waiting.take().unwrap_or_default();
        self.write(packet, PacketWriteEndInfo::EndStream, end.min(self.granules));
    }

    /// Move all complete pages to the end of `out`.
    pub fn take_pages(&mut self, out: &mut Vec<u8>) {
        out.append(self.writer.inner_mut());
    }
}

/// The identification header (RFC 7845 5.1).
fn head(pre_skip: u16) -> Vec<u8> {
    let mut head = b"OpusHead\x01".to_vec();
    head.push(CHANNELS);
    head.extend(pre_skip.to_le_bytes());
    head.extend(INPUT_RATE.to_le_bytes());
    head.extend(0u16.to_le_bytes()); // output gain
    head.extend([FAMILY, CHANNELS, 0, 0, 1]); // two streams, none coupled; channel 0 is stream 0, 1 is 1
    head
}

/// The comment header (RFC 7845 5.2): nothing of the call is written into it.
fn tags() -> Vec<u8> {
    let mut tags = b"OpusTags".to_vec();
    tags.extend((VENDOR.len() as u32).to_le_bytes());
    tags.extend(VENDOR);
    tags.extend(0u32.to_le_bytes());
    tags
}

/// One packet of two streams: the first self-delimited (RFC 6716 appendix B).
fn joined([first, second]: [&[u8]; 2]) -> Vec<u8> {
    let Some((contents, frame)) = first.split_first() else { return joined([&NOTHING, second]) };
    debug_assert_eq!(contents & FRAME_COUNT_MASK, 0, "an encoder's packet of 20 ms holds one frame");
    let mut packet = Vec::with_capacity(first.len() + second.len() + 2);
    packet.push(*contents);
    if frame.len() < TWO_BYTES_FROM {
        packet.push(frame.len() as u8);
    } else {
        let low = (frame.len() & 3) + TWO_BYTES_FROM;
        packet.extend([low as u8, ((frame.len() - low) / 4) as u8]);
    }
    packet.extend_from_slice(frame);
    packet.extend_from_slice(if second.is_empty() { &NOTHING } else { second });
    packet
}

#[cfg(test)]
#[path = "ogg_opus_tests.rs"]
mod tests;
