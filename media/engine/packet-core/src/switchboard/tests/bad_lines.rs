//! Calls and conferences over lines that lose, delay and disorder packets, to far ends whose clocks drift; by seed.

use super::stage::{AMPLITUDE, Stage};
use super::switching::{Scene, cast, check_stream, play};
use super::*;
use crate::emulator::{Conditions, FarClock, Loss, Network};

const CONDITIONS: Conditions = Conditions {
    loss: Loss::Random(0.05),
    delay: 30 * MILLISECOND,
    // Packets of 20 ms overtake each other.
    jitter: 40 * MILLISECOND,
    in_order: false,
    doubled: 0.01,
};
const PPM: i32 = 200;
/// Until jitter buffers know the line.
const SETTLED_MS: u64 = 3000;
/// 200 ppm are 4 ms then.
const CALL_MS: u64 = 20_000;
/// Between measurements.
const STEP_MS: u64 = 100;
/// What is made up in place of lost packets costs little of a sine.
const HEARD: f64 = 0.7 * AMPLITUDE;
/// 20 dB lower: what is bent where sound was made up spreads to all frequencies.
const UNHEARD: f64 = 0.1 * AMPLITUDE;

struct Line {
    network: Network<Vec<u8>>,
    clock: FarClock,
    from: Nanos,
    sent: u64,
}

/// Far ends of these codecs, their clocks fast and slow in turns, each behind a line of its own.
fn lines(stage: &Stage, seed: u64) -> Vec<Line> {
    let line = |n: usize| Line {
        network: Network::new(CONDITIONS, seed + n as u64),
        clock: FarClock { ppm: if n.is_multiple_of(2) { PPM } else { -PPM } },
        from: stage.bench.now + 7 * n as u64 * MILLISECOND,
        sent: 0,
    };
    (0..stage.ends.len()).map(line).collect()
}

fn run(stage: &mut Stage, lines: &mut [Line], milliseconds: u64) {
    for _ in 0..milliseconds {
        let sent = stage.bench.run(MILLISECOND);
        stage.deliver(&sent);
        let now = stage.bench.now;
        for (n, line) in lines.iter_mut().enumerate() {
            while line.from + line.clock.ours(line.sent * PACKET) <= now {
                line.sent += 1;
                line.network.send(stage.ends[n].say(), now);
            }
            while let Some((_, packet)) = line.network.receive(now) {
                stage.packet_from(n, &packet);
            }
        }
    }
}

/// The mean amplitude at which each far end hears each, itself included.
fn ears(codecs: &[Codec], scene: Scene, seed: u64) -> (Stage, Vec<Vec<f64>>) {
    let mut stage = cast(codecs.len(), codecs);
    play(&mut stage, scene);
    let mut lines = lines(&stage, seed);
    run(&mut stage, &mut lines, SETTLED_MS);
    let mut levels = vec![vec![0.0; codecs.len()]; codecs.len()];
    let steps = (CALL_MS - SETTLED_MS) / STEP_MS;
    for _ in 0..steps {
        run(&mut stage, &mut lines, STEP_MS);
        for (levels, me) in levels.iter_mut().zip(&stage.ends) {
            levels.iter_mut().zip(&stage.ends).for_each(|(level, end)| *level += me.hears(end.hertz) / steps as f64);
        }
    }
    assert!(lines.iter().all(|line| line.network.lost > 20), "the lines lose");
    (stage, levels)
}

fn check(codecs: &[Codec], scene: Scene, seed: u64) {
    let (stage, levels) = ears(codecs, scene, seed);
    for (me, levels) in levels.iter().enumerate() {
        for (other, level) in levels.iter().enumerate() {
            let right = if me == other { *level < UNHEARD } else { *level > HEARD };
            assert!(right, "{codecs:?}, seed {seed}: {me} hears {other} at {level:.0} of {AMPLITUDE}: {levels:?}");
        }
        let rate = if stage.ends[me].codec == Codec::Opus { 48_000 } else { 8_000 };
        check_stream(&stage.ends[me].heard, rate, 0).expect("one stream without a gap");
        let figures = statistics(&stage.bench.board, &stage.ends[me].name, stage.bench.now);
        assert!(figures.lost > 20 && figures.concealed_ms > 200, "{figures:?}");
        assert!(figures.buffer_ms.is_some_and(|delay| delay < 120.0), "{figures:?}");
    }
}

#[test]
fn three_in_conference_behind_bad_lines_hear_the_others_and_not_themselves() {
    check(&[Codec::Pcma, Codec::Pcmu, Codec::Pcma], Scene::Conference(3), 1);
    check(&[Codec::Pcmu, Codec::Opus, Codec::G722], Scene::Conference(3), 2);
}

#[test]
fn a_transcoded_call_behind_bad_lines_is_heard_both_ways() {
    check(&[Codec::Opus, Codec::Pcmu], Scene::TwoParties, 3);
}
