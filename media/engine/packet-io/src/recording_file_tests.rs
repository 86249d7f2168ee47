use super::*;
use packet_core::MILLISECOND;
use packet_core::canvas::{Canvas, Placed};
use packet_core::g711::Law;
use packet_core::recording::{CUSTOMER, OURS, Samples, Sound, TimeLine};
use packet_core::sealing;

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("cordboard-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn seal() -> Seal {
    Seal { key: vec![3; 32], header: b"spool".to_vec() }
}

fn samples() -> Vec<i16> {
    (0..3200).map(|n| n * 7).collect()
}

fn bytes(samples: &[i16]) -> Vec<u8> {
    samples.iter().flat_map(|sample| sample.to_le_bytes()).collect()
}

#[test]
fn a_sealed_file_holds_no_plain_sample_and_opens_to_them() {
    let folder = Folder::new("sealed");
    let path = folder.0.join("call");
    let mut file = RecordingFile::create(&path, RecordingFormat::Wav, Some(&seal())).expect("created");
    file.write(0, &samples()).expect("written");
    file.write(1600, &samples()).expect("written");
    let finished = file.finish(3200, Vec::new()).expect("finished");
    let stored = std::fs::read(&path).expect("the file");
    let plain = [bytes(&samples()), bytes(&samples())].concat();
    assert!(plain.chunks(16).all(|part| !stored.windows(part.len()).any(|at| at == part)), "nothing of it is plain");
    assert_eq!(sealing::open(&seal(), &stored), Some((plain, true)));
    assert_eq!((finished.seconds, finished.bytes), (0.4, 44 + 12_800));
}

#[test]
fn the_hash_is_of_the_content_whatever_it_lies_in() {
    let folder = Folder::new("hash");
    let hash = |name: &str, seal: Option<&Seal>| {
        let mut file = RecordingFile::create(&folder.0.join(name), RecordingFormat::Wav, seal).expect("created");
        file.write(0, &samples()).expect("written");
        file.finish(1600, Vec::new()).expect("finished").sha256
    };
    use sha2::Digest;
    let expected: String = sha2::Sha256::digest(bytes(&samples())).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!((hash("one", None), hash("other", Some(&seal()))), (expected.clone(), expected));
}

#[test]
fn blocks_that_never_came_are_silence_and_a_gap() {
    let folder = Folder::new("gaps");
    let path = folder.0.join("call");
    let mut file = RecordingFile::create(&path, RecordingFormat::Wav, None).expect("created");
    file.write(0, &samples()).expect("written");
    file.write(8000, &samples()).expect("written");
    let pause = RecordingGap { start_seconds: 0.1, seconds: 0.05 };
    let finished = file.finish(9600, vec![pause.clone()]).expect("finished");
    assert_eq!(finished.gaps, [pause, RecordingGap { start_seconds: 0.2, seconds: 0.8 }]);
    let stored = std::fs::read(&path).expect("the file");
    assert_eq!((stored.len(), finished.seconds), (44 + 4 * 9600, 1.2));
    assert!(stored[44 + 4 * 1600..44 + 4 * 8000].iter().all(|byte| *byte == 0));
}

/// Each packet of the golden recording says its own level, so that one in the wrong place shows.
fn level(channel: usize, n: u64) -> i16 {
    let level = 1000 + 400 * n as i16;
    if channel == CUSTOMER { level } else { -level }
}

/// Half a second of two channels: late, lost and swapped packets, a pause, a decoded channel, blocks of 50 ms.
fn golden_call(mut write: impl FnMut(u64, &[i16])) -> (u64, Vec<RecordingGap>) {
    let mut line = TimeLine::new(0);
    let (mut canvas, mut frames) = (Canvas::default(), Vec::new());
    let late = [(3, 45), (4, 0), (5, 0), (9, 190), (12, 5)];
    let mut arrivals: Vec<(u64, u64)> = (0..20u64)
        .filter(|n| *n != 7)
        .map(|n| (n * 20 + late.iter().find(|(which, _)| *which == n).map_or(0, |(_, by)| *by), n))
        .collect();
    arrivals.sort_unstable();
    for now in (0..500u64).step_by(5) {
        if now == 240 || now == 300 {
            line.pause(now == 240, now * MILLISECOND);
        }
        for (_, n) in arrivals.iter().filter(|(at, _)| *at == now) {
            let pcma = [Law::Pcma.encode(level(CUSTOMER, *n)); 160];
            let samples = Samples::Codes(Law::Pcma, &pcma);
            let sound = Sound { generation: 0, timestamp: (*n as u32 * 160).wrapping_sub(480), samples };
            line.place(CUSTOMER, sound, now * MILLISECOND);
        }
        if now.is_multiple_of(40) {
            let pcm = [level(OURS, now / 40); 160];
            let sound = Sound { generation: 0, timestamp: now as u32 * 8, samples: Samples::Pcm(&pcm) };
            line.place(OURS, sound, now * MILLISECOND);
        }
        if now.is_multiple_of(50) {
            let settled = line.take_settled(now * MILLISECOND, Placed::default());
            frames.clear();
            canvas.draw(settled.first, settled.end, &settled.placed, &mut frames);
            write(settled.first, &frames);
        }
    }
    let settled = line.take_all(500 * MILLISECOND);
    frames.clear();
    canvas.draw(settled.first, settled.end, &settled.placed, &mut frames);
    write(settled.first, &frames);
    (settled.end, line.gaps)
}

/// What sounds when: level, first and last millisecond.
fn runs(frames: &[[i16; 2]], channel: usize) -> Vec<(i16, usize, usize)> {
    let mut runs: Vec<(i16, usize, usize)> = Vec::new();
    for (at, frame) in frames.iter().enumerate().filter(|(_, frame)| frame[channel] != 0) {
        match runs.last_mut() {
            Some(run) if run.0 == frame[channel] && run.2 == at => run.2 += 1,
            _ => runs.push((frame[channel], at, at + 1)),
        }
    }
    runs.into_iter().map(|(level, from, to)| (level, from / 8, to / 8)).collect()
}

#[test]
fn the_golden_call_lies_in_its_file_as_it_was() {
    let folder = Folder::new("golden");
    let path = folder.0.join("call.wav");
    let mut file = RecordingFile::create(&path, RecordingFormat::Wav, None).expect("created");
    let (end, pauses) = golden_call(|first, frames| file.write(first, frames).expect("written"));
    let finished = file.finish(end, pauses).expect("finished");
    assert_eq!(finished.gaps, [RecordingGap { start_seconds: 0.24, seconds: 0.06 }]);
    let stored = std::fs::read(&path).expect("the file");
    assert_eq!(stored[..44], packet_core::wav::recording_header(4000 * 4), "half a second of two channels");
    let sample = |bytes: &[u8]| i16::from_le_bytes([bytes[0], bytes[1]]);
    let frames: Vec<[i16; 2]> =
        stored[44..].chunks_exact(4).map(|frame| [sample(frame), sample(&frame[2..])]).collect();
    assert_eq!(runs(&frames, CUSTOMER), GOLDEN_CUSTOMER);
    assert_eq!(runs(&frames, OURS), GOLDEN_OURS);
}

/// Packet 7 was lost, 12 to 14 fell into the pause, 18 and 19 have the same code.
const GOLDEN_CUSTOMER: [(i16, usize, usize); 15] = [
    (1008, 0, 20),
    (1376, 20, 40),
    (1824, 40, 60),
    (2240, 60, 80),
    (2624, 80, 100),
    (3008, 100, 120),
    (3392, 120, 140),
    (4224, 160, 180),
    (4480, 180, 200),
    (4992, 200, 220),
    (5504, 220, 240),
    (7040, 300, 320),
    (7296, 320, 340),
    (7808, 340, 360),
    (8448, 360, 400),
];
/// 20 ms of every 40.
const GOLDEN_OURS: [(i16, usize, usize); 11] = [
    (-1000, 0, 20),
    (-1400, 40, 60),
    (-1800, 80, 100),
    (-2200, 120, 140),
    (-2600, 160, 180),
    (-3000, 200, 220),
    (-4200, 320, 340),
    (-4600, 360, 380),
    (-5000, 400, 420),
    (-5400, 440, 460),
    (-5800, 480, 500),
];
