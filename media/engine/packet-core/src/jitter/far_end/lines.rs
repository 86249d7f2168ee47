//! The lines with troubles, and how they must sound. The bounds are what was measured (seed 3; `figures` prints it), with a
//! tenth or so to spare.

use super::Line;
use crate::MILLISECOND;
use crate::emulator::{Conditions, Loss};
use control_messages::Codec;

/// How a line must sound at the least.
struct Bounds {
    /// Mean likeness, and the share of windows alike.
    likeness: f64,
    alike: f64,
    distance_db: f64,
    /// Percent of the time.
    concealed: f64,
    /// Network, packet and buffer together.
    delay_ms: u32,
}

const fn bounds(likeness: f64, alike: f64, distance_db: f64, concealed: f64, delay_ms: u32) -> Bounds {
    Bounds { likeness, alike, distance_db, concealed, delay_ms }
}

const CLEAN: Conditions =
    Conditions { loss: Loss::Never, delay: 20 * MILLISECOND, jitter: 0, in_order: false, doubled: 0.0 };
const NAMES: [&str; 9] =
    ["clean", "loss 1 %", "loss 5 %", "loss 10 %", "bursts", "jitter 40 ms", "jitter 80 ms", "+200 ppm", "-200 ppm"];

const fn lost(share: f64) -> Conditions {
    Conditions { loss: Loss::Random(share), ..CLEAN }
}

/// The conditions by [`NAMES`], and how fast the far clock runs.
const LINES: [(Conditions, i32); 9] = [
    (CLEAN, 0),
    (lost(0.01), 0),
    (lost(0.05), 0),
    (lost(0.10), 0),
    (Conditions { loss: Loss::Bursts { begin: 0.015, end: 0.4, share: 1.0 }, ..CLEAN }, 0),
    (Conditions { jitter: 40 * MILLISECOND, ..CLEAN }, 0),
    (Conditions { jitter: 80 * MILLISECOND, doubled: 0.05, ..CLEAN }, 0),
    (CLEAN, 200),
    (CLEAN, -200),
];

fn line(codec: Codec, (conditions, ppm): (Conditions, i32)) -> Line {
    let seconds = if ppm == 0 { 20 } else { 300 };
    Line { codec, packet_ms: 20, conditions, ppm, seconds, seed: 3 }
}

fn hold(codec: Codec, all: &[Bounds; 9]) {
    for ((name, conditions), bounds) in NAMES.iter().zip(LINES).zip(all) {
        let line = line(codec, conditions);
        let heard = line.run();
        let quality = heard.quality(if line.ppm == 0 { 2 } else { 40 });
        let what = format!("{codec:?}, {name}: {quality:.3?}, {:.2} % concealed", heard.concealed());
        assert!(quality.windows > 100, "{what}");
        assert!(quality.likeness >= bounds.likeness && quality.alike >= bounds.alike, "{what}");
        assert!(quality.distance_db <= bounds.distance_db, "{what}");
        assert_eq!(quality.clicks, 0, "{what}");
        assert!(heard.concealed() <= bounds.concealed, "{what}");
        assert!(heard.most_delay_ms() <= bounds.delay_ms, "{what}: {} ms", heard.most_delay_ms());
        assert!(heard.most_waiting <= 8, "{what}: {} packets waited", heard.most_waiting);
    }
}

/// 60 ms of delay are the network's 20, the packet's 20 and the buffer's 20; drift adds the 20 that it may be off its target.
#[test]
fn g711_behind_bad_lines() {
    hold(
        Codec::Pcma,
        &[
            bounds(0.999, 1.0, 0.01, 0.0, 60),
            bounds(0.985, 0.96, 0.2, 1.5, 60),
            bounds(0.95, 0.85, 0.9, 6.0, 60),
            bounds(0.92, 0.77, 1.5, 12.0, 60),
            bounds(0.97, 0.93, 0.6, 4.0, 60),
            bounds(0.999, 1.0, 0.05, 0.2, 110),
            bounds(0.999, 0.99, 0.1, 0.5, 160),
            bounds(0.999, 0.99, 0.05, 0.0, 85),
            bounds(0.999, 0.99, 0.05, 0.0, 85),
        ],
    );
}

#[test]
fn g722_behind_bad_lines() {
    hold(
        Codec::G722,
        &[
            bounds(0.999, 1.0, 0.01, 0.0, 60),
            bounds(0.985, 0.96, 0.25, 1.5, 60),
            bounds(0.93, 0.83, 1.4, 6.0, 60),
            bounds(0.89, 0.72, 2.4, 12.0, 60),
            bounds(0.965, 0.92, 0.7, 4.0, 60),
            bounds(0.999, 1.0, 0.05, 0.2, 110),
            bounds(0.99, 0.97, 0.2, 0.5, 160),
            bounds(0.985, 0.97, 0.3, 0.0, 85),
            bounds(0.985, 0.97, 0.3, 0.0, 85),
        ],
    );
}

/// The codec conceals and, where the next packet waits already, recovers.
#[test]
fn opus_behind_bad_lines() {
    hold(
        Codec::Opus,
        &[
            bounds(0.999, 1.0, 0.01, 0.0, 60),
            bounds(0.99, 0.98, 0.15, 1.0, 60),
            bounds(0.975, 0.95, 0.6, 1.5, 60),
            bounds(0.96, 0.91, 1.2, 5.0, 60),
            bounds(0.97, 0.93, 0.5, 2.5, 60),
            bounds(0.999, 1.0, 0.05, 0.2, 110),
            bounds(0.985, 0.95, 0.3, 0.5, 160),
            bounds(0.985, 0.97, 0.3, 0.0, 85),
            bounds(0.985, 0.97, 0.3, 0.0, 85),
        ],
    );
}

#[test]
#[ignore = "prints figures for docs/media-engine.md and docs/performance.md"]
fn figures() {
    for codec in [Codec::Pcma, Codec::G722, Codec::Opus] {
        for (name, conditions) in NAMES.iter().zip(LINES) {
            let line = line(codec, conditions);
            let heard = line.run();
            let quality = heard.quality(if line.ppm == 0 { 2 } else { 40 });
            let per_tick = heard.spent / (heard.delays_ms.len() as u32);
            println!(
                "{codec:?} {name}: {quality:.3?}, concealed {:.2} %, delay {} ms at most, {} at last, {per_tick:?} a tick\n    {:?}",
                heard.concealed(),
                heard.most_delay_ms(),
                heard.delays_ms.last().unwrap(),
                heard.statistics,
            );
        }
    }
}
