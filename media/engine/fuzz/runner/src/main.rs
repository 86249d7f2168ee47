//! libFuzzer around the target that `FUZZ_TARGET` names.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static TARGET: LazyLock<fn(&[u8])> = LazyLock::new(|| {
    let name = std::env::var("FUZZ_TARGET").expect("FUZZ_TARGET is set");
    fuzz_targets::find(&name).expect("one of fuzz_targets::TARGETS")
});

fuzz_target!(|data: &[u8]| TARGET(data));
