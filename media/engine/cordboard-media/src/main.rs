//! The media engine process.
#![forbid(unsafe_code)]

mod options;
mod start;

use clap::Parser;
use options::Options;
use packet_io::journal;
use serde_json::json;
use std::process::ExitCode;

fn main() -> ExitCode {
    // A half-dead engine helps nobody: its keeper starts another, and recordings are valid files at any moment.
    std::panic::set_hook(Box::new(|panic| {
        journal::write("error", "panicked", &[("message", json!(panic.to_string()))]);
        std::process::abort();
    }));
    let options = Options::parse();
    match start::run(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            journal::write("error", "not_started", &[("message", json!(message))]);
            ExitCode::FAILURE
        }
    }
}
