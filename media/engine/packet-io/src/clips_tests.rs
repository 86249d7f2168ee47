use super::*;
use packet_core::wav::recording_header;
use std::time::Duration;

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("clips-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        Self(folder)
    }

    fn write(&self, name: &str, samples: usize, level: i16, age: u64) -> String {
        let mut file = recording_header(samples as u64 * 2).to_vec();
        file[22] = 1; // mono
        file.extend(std::iter::repeat_n(level.to_le_bytes(), samples).flatten());
        let path = self.0.join(name);
        std::fs::write(&path, file).expect("written");
        let modified = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000 - age);
        File::options().write(true).open(&path).expect("a file").set_modified(modified).expect("an age");
        path.to_string_lossy().into_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn files(paths: &[&String]) -> Play {
    Play::File { paths: paths.iter().map(|path| (*path).clone()).collect(), repeat: false, start_seconds: 0.0 }
}

fn load(cache: &mut ClipCache, path: &str) -> Arc<Clip> {
    let read = read_file(path).expect("readable");
    cache.keep(path, read)
}

#[test]
fn a_file_is_read_once_and_again_when_it_has_changed() {
    let folder = Folder::new("changes");
    let mut cache = ClipCache::default();
    let path = folder.write("one.wav", 100, 1, 50);
    assert!(cache.find(&files(&[&path])).expect("playable").is_none(), "not yet read");
    let first = load(&mut cache, &path);
    let again = cache.find(&files(&[&path, &path])).expect("playable").expect("at hand");
    assert!(again.iter().all(|clip| Arc::ptr_eq(clip, &first)));
    folder.write("one.wav", 100, 2, 20);
    assert!(cache.find(&files(&[&path])).expect("playable").is_none(), "its time has changed");
    load(&mut cache, &path);
    folder.write("one.wav", 150, 2, 20);
    assert!(cache.find(&files(&[&path])).expect("playable").is_none(), "its size has changed");
    assert_eq!(load(&mut cache, &path).samples(), 150);
    assert_eq!(cache.bytes, 150 * 4, "its former versions are not kept");
}

#[test]
fn what_was_not_used_for_longest_goes_first_and_what_plays_last() {
    let folder = Folder::new("limit");
    let paths: Vec<String> = (0..5).map(|n| folder.write(&format!("{n}.wav"), 1000, n, 0)).collect();
    let mut cache = ClipCache::with_limit(3 * 4000);
    let playing = load(&mut cache, &paths[0]);
    load(&mut cache, &paths[1]);
    load(&mut cache, &paths[2]);
    assert!(cache.find(&files(&[&paths[1]])).expect("playable").is_some(), "used again");
    load(&mut cache, &paths[3]);
    let kept = |cache: &mut ClipCache, n: usize| cache.find(&files(&[&paths[n]])).expect("playable").is_some();
    assert_eq!([0, 1, 2, 3].map(|n| kept(&mut cache, n)), [true, true, false, true]);
    assert!(cache.bytes <= 3 * 4000);
    drop(playing);
    load(&mut cache, &paths[4]);
    assert!(!kept(&mut cache, 0), "nobody plays it any more");
}

#[test]
fn what_cannot_be_played_is_refused_before_it_is_read() {
    let folder = Folder::new("refused");
    let mut cache = ClipCache::default();
    let good = folder.write("good.wav", 100, 1, 0);
    let bad = folder.0.join("bad.wav").to_string_lossy().into_owned();
    std::fs::write(&bad, b"ID3 is no WAV").expect("written");
    let missing = "/nowhere/at/all.wav".to_owned();
    for path in [&bad, &missing, &folder.0.to_string_lossy().into_owned()] {
        let Err(Unplayable::File(message)) = cache.find(&files(&[&good, path])) else { panic!("{path} is playable") };
        assert!(message.starts_with(path.as_str()), "{message}");
    }
    let many = vec![&good; MAX_FILES + 1];
    assert!(matches!(cache.find(&files(&many)), Err(Unplayable::Malformed(_))));
}
