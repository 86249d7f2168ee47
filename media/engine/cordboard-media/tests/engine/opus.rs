//! Recordings in Opus, decoded by libopus as a player would.

use ogg::PacketReader;
use opus::MSDecoder;
use std::io::Cursor;

const FRAME: usize = 160;

/// The frames of 8 kHz of all complete pages, without the encoder's delay.
pub fn decoded(file: &[u8]) -> Vec<[i16; 2]> {
    let mut reader = PacketReader::new(Cursor::new(file));
    let head = reader.read_packet().expect("a head").expect("a head").data;
    assert_eq!((&head[..8], head[9], &head[18..]), (&b"OpusHead"[..], 2, &[1, 2, 0, 0, 1][..]));
    let pre_skip = usize::from(u16::from_le_bytes([head[10], head[11]])) / 6;
    reader.read_packet().expect("tags").expect("tags");
    let mut decoder = MSDecoder::new(8000, 2, 0, &[0, 1]).expect("a decoder");
    let (mut frames, mut end) = (Vec::new(), 0);
    while let Ok(Some(packet)) = reader.read_packet() {
        let mut pcm = [0; 2 * FRAME];
        assert_eq!(decoder.decode(&packet.data, &mut pcm, false).ok(), Some(FRAME), "20 ms of both streams");
        frames.extend(pcm.chunks_exact(2).map(|pair| [pair[0], pair[1]]));
        end = packet.absgp_page() as usize / 6;
    }
    frames.truncate(end);
    frames.split_off(pre_skip.min(frames.len()))
}
