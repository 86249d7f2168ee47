//! Every input that the fuzzer ever found worth keeping, once more.

use std::fs;
use std::path::Path;

fn corpus() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus")
}

#[test]
fn nothing_of_the_corpus_panics() {
    for (name, target) in fuzz_targets::TARGETS {
        let inputs = fs::read_dir(corpus().join(name)).expect("a folder for each target");
        let mut replayed = 0;
        for input in inputs {
            let path = input.expect("readable").path();
            target(&fs::read(&path).expect("readable"));
            replayed += 1;
        }
        assert!(replayed > 0, "{name} has no input");
    }
}

#[test]
fn the_corpus_stays_small_and_belongs_to_targets() {
    let mut bytes = 0;
    for folder in fs::read_dir(corpus()).expect("readable") {
        let folder = folder.expect("readable");
        let name = folder.file_name();
        assert!(fuzz_targets::find(&name.to_string_lossy()).is_some(), "{name:?} is no target");
        for input in fs::read_dir(folder.path()).expect("readable") {
            bytes += input.expect("readable").metadata().expect("readable").len();
        }
    }
    assert!(bytes < 200_000, "{bytes} bytes: minimise it with -merge=1");
}
