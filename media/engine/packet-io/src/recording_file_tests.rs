use super::*;
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
