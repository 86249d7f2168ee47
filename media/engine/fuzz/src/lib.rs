//! What is fuzzed: everything that reads bytes of strangers. A target gets any bytes and must not panic.
//!
//! `fuzz/run.sh` looks for new inputs; `tests/corpus.rs` replays those that were found.
#![forbid(unsafe_code)]

mod board;
mod readers;

pub type Target = fn(&[u8]);

/// Names are those of the folders in `corpus/`.
pub const TARGETS: [(&str, Target); 8] = [
    ("switchboard", board::switchboard),
    ("srtp", board::srtp),
    ("stun", readers::stun),
    ("rtcp", readers::rtcp),
    ("control", readers::control),
    ("digits", readers::digits),
    ("jitter", readers::jitter),
    ("prompt", readers::prompt),
];

pub fn find(name: &str) -> Option<Target> {
    TARGETS.iter().find(|(known, _)| *known == name).map(|(_, target)| *target)
}
