use super::*;
use ogg::PacketReader;
use std::io::Cursor;

fn packets(file: &[u8]) -> Vec<(Vec<u8>, u64, bool)> {
    let mut reader = PacketReader::new(Cursor::new(file));
    let mut found = Vec::new();
    while let Ok(Some(packet)) = reader.read_packet() {
        found.push((packet.data.clone(), packet.absgp_page(), packet.last_in_stream()));
    }
    found
}

/// Three pages of two packets, then the end 40 frames before the last packet's.
fn recording() -> Vec<u8> {
    let mut pages = OggOpus::new(7, 312);
    for n in 0..3u8 {
        pages.push([&[8, n, 1], &[8, n, 2]], 160);
        pages.push([&[8, n, 3], &[8, n, 4]], 160);
        pages.end_page();
    }
    pages.push([&[8, 9], &[8, 9]], 160);
    pages.end(7 * 160 - 52 - 40);
    let mut file = Vec::new();
    pages.take_pages(&mut file);
    file
}

#[test]
fn packets_come_back_with_their_times() {
    let found = packets(&recording());
    assert_eq!(found[0].0[..8], *b"OpusHead");
    assert_eq!(found[0].0[9..], [2, 56, 1, 64, 31, 0, 0, 0, 0, 1, 2, 0, 0, 1], "two streams of their own");
    assert_eq!(found[1].0[..8], *b"OpusTags");
    assert_eq!(found[2].0, [8, 2, 0, 1, 8, 0, 2], "the first stream tells its length");
    let pages: Vec<u64> = found[2..].iter().map(|(_, granule, _)| *granule).collect();
    assert_eq!(pages, [1920, 1920, 3840, 3840, 5760, 5760, 6720 - 240]);
    assert!(found.last().expect("packets").2);
}

#[test]
fn a_file_cut_at_any_byte_holds_its_complete_pages() {
    let file = recording();
    let whole = packets(&file);
    let mut most = 0;
    for end in 0..file.len() {
        let found = packets(&file[..end]);
        assert!(found.len() >= most && found[..] == whole[..found.len()], "cut at {end}");
        most = found.len();
    }
    assert_eq!(most, whole.len() - 1);
}

#[test]
fn long_frames_tell_their_length_in_two_bytes() {
    for length in [251usize, 252, 255, 256, 1275] {
        let packet = joined([&[&[8u8][..], &vec![1; length]].concat(), &[8, 2]]);
        let (told, at) = match packet[1] {
            short @ 0..252 => (usize::from(short), 2),
            low => (usize::from(packet[2]) * 4 + usize::from(low), 3),
        };
        assert_eq!((told, &packet[at + length..]), (length, &[8u8, 2][..]));
    }
    assert_eq!(joined([&[], &[]]), [8, 0, 8], "an encoder that had nothing to send");
}
