use super::*;
use crate::canvas::Canvas;
use crate::g711::Law;
use crate::switchboard::{RecorderPlan, RecordingEnd};

fn plan(path: &str) -> RecorderPlan {
    RecorderPlan { leg: "caller".into(), path: path.into(), format: Default::default(), sealed: false }
}

/// All blocks of one recorder, put together.
fn recorded(bench: &mut Bench) -> (Vec<i16>, bool) {
    let (mut samples, mut ended, mut canvas) = (Vec::new(), false, Canvas::default());
    while let Some(Block { settled, end, .. }) = bench.board.next_block() {
        assert_eq!(settled.first as usize * 2, samples.len(), "blocks follow each other");
        canvas.draw(settled.first, settled.end, &settled.placed, &mut samples);
        ended |= end.is_some();
        bench.board.give_back(settled.placed);
    }
    (samples, ended)
}

fn loud_frames(samples: &[i16], channel: usize) -> usize {
    samples.chunks(2).filter(|pair| pair[channel].abs() > 500).count()
}

#[test]
fn both_sides_of_a_call_are_recorded_on_their_channels() {
    let mut bench = Bench::default();
    let caller = bench.phone("caller", Codec::Pcma, "198.51.100.1:4000");
    let agent = bench.phone("agent", Codec::Pcmu, "198.51.100.2:4000");
    bench.hear(&[("caller", &[leg_source("agent")]), ("agent", &[leg_source("caller")])]);
    bench.board.start_recorder("rec", plan("/x"), bench.now).expect("started");
    let (quiet, loud) = ([Law::Pcma.encode(1000); 160], [Law::Pcmu.encode(6000); 160]);
    let (mut samples, mut n) = (Vec::new(), 0u16);
    for _ in 0..100 {
        bench.receive(Port::Rtp(caller), &rtp(8, n, u32::from(n) * 160, 7, &quiet), "198.51.100.1:4000");
        if n < 50 {
            bench.receive(Port::Rtp(agent), &rtp(0, n, u32::from(n) * 160, 9, &loud), "198.51.100.2:4000");
        }
        n += 1;
        bench.run(PACKET);
    }
    bench.board.stop_recorder("rec", bench.now);
    let (all, ended) = recorded(&mut bench);
    samples.extend(all);
    assert!(ended);
    assert_eq!(samples.len(), 2 * 16_000, "two seconds");
    assert_eq!((loud_frames(&samples, 0), loud_frames(&samples, 1)), (16_000, 8_000));
    let middle = &samples[2 * 4000..2 * 4000 + 2];
    assert!((middle[0] - 1000).abs() < 40 && (middle[1] - 6000).abs() < 200, "{middle:?}");
}

#[test]
fn players_and_mixes_are_recorded_as_heard() {
    let mut bench = Bench::default();
    let caller = bench.phone("caller", Codec::Pcma, "198.51.100.1:4000");
    bench.receive(Port::Rtp(caller), &nth(1), "198.51.100.1:4000");
    bench.tones("music", 100, true);
    bench.board.start_recorder("rec", plan("/x"), bench.now).expect("started");
    bench.hear(&[("caller", &[player_source("music")])]);
    bench.run(SECOND);
    bench.board.delete_leg("caller", bench.now);
    let (samples, ended) = recorded(&mut bench);
    assert!(ended, "the recorder ends with its leg");
    assert_eq!((samples.len(), loud_frames(&samples, 1)), (16_000, 8_000));
}

#[test]
fn blocks_come_while_the_call_goes_on() {
    let mut bench = Bench::default();
    bench.phone("caller", Codec::Pcma, "198.51.100.1:4000");
    bench.board.start_recorder("rec", plan("/x"), bench.now).expect("started");
    bench.run(10 * SECOND);
    let (samples, ended) = recorded(&mut bench);
    let seconds = samples.len() as f64 / 16_000.0;
    assert!(!ended && (9.5..9.81).contains(&seconds), "valid up to the last half second: {seconds}");
}

#[test]
fn pauses_are_gaps_and_repeated_commands_change_nothing() {
    let mut bench = Bench::default();
    bench.phone("caller", Codec::Pcma, "198.51.100.1:4000");
    bench.board.start_recorder("rec", plan("/x"), bench.now).expect("started");
    assert_eq!(bench.board.existing_recorder("rec", &plan("/x")), Ok(Answer::Done));
    assert!(bench.board.existing_recorder("rec", &plan("/y")).is_err());
    bench.run(SECOND);
    for paused in [true, true, false, false] {
        bench.board.pause_recorder("rec", paused, bench.now).expect("known");
        bench.run(SECOND);
    }
    bench.board.stop_recorder("rec", bench.now);
    bench.board.stop_recorder("rec", bench.now);
    let end = ends(&mut bench);
    let [RecordingEnd::Finished(gaps)] = &end[..] else { panic!("{end:?}") };
    assert_eq!((gaps[0].start_seconds, gaps[0].seconds), (1.0, 2.0));
}

fn ends(bench: &mut Bench) -> Vec<RecordingEnd> {
    std::iter::from_fn(|| bench.board.next_block()).filter_map(|block| block.end).collect()
}

#[test]
fn an_armed_recorder_begins_when_it_is_told() {
    let mut bench = Bench::default();
    bench.phone("caller", Codec::Pcma, "198.51.100.1:4000");
    bench.tones("music", 100, true);
    bench.hear(&[("caller", &[player_source("music")])]);
    bench.board.arm_recorder("rec", plan("/x"), bench.now).expect("armed");
    bench.run(SECOND / 2);
    let armed = bench.board.recorder_states(bench.now);
    assert!(armed[0].paused && armed[0].seconds == 0.0, "{armed:?}");
    bench.board.pause_recorder("rec", false, bench.now).expect("known");
    bench.run(SECOND);
    bench.board.stop_recorder("rec", bench.now);
    let (samples, ended) = recorded(&mut bench);
    assert!(ended);
    assert_eq!(samples.len(), 16_000, "the half second before is not recorded");
    assert!(loud_frames(&samples, 1) > 7_800);
}

#[test]
fn nothing_is_kept_of_a_recorder_that_never_began() {
    let mut bench = Bench::default();
    bench.phone("caller", Codec::Pcma, "198.51.100.1:4000");
    bench.board.arm_recorder("rec", plan("/x"), bench.now).expect("armed");
    bench.board.pause_recorder("rec", true, bench.now).expect("known");
    bench.run(SECOND);
    bench.board.delete_leg("caller", bench.now);
    let end = ends(&mut bench);
    assert!(matches!(end[..], [RecordingEnd::NeverBegan]), "{end:?}");
}
