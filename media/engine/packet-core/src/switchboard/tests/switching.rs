//! Every situation of a call, one after the other in any order: what each far end gets, and what it hears.

use super::stage::{AMPLITUDE, Heard, Stage};
use super::*;
use proptest::prelude::*;

const MUSIC_HERTZ: f64 = 130.0;
/// Measured after half a second: jitter buffers have found their delay by then.
const SETTLED_MS: u64 = 500;
/// A sine is heard: at three quarters of its level at least; not heard: 30 dB lower.
const HEARD: f64 = 0.7 * AMPLITUDE;
const UNHEARD: f64 = 0.06 * AMPLITUDE;
/// How far a time stamp may be from the clock: a frame for each source switched to, and the pace of the far ends.
const CLOCK_MS: i64 = 60;
/// The second difference of the sines is 350 at most for each; a hard switch between two of them makes 6000.
const BEND: i32 = 1800;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scene {
    Nothing,
    TwoParties,
    Monitor,
    Whisper,
    Barge,
    Consult,
    Hold,
    HoldMonitored,
    Conference(usize),
}

const CALLER: usize = 0;
const AGENT: usize = 1;
const SUPERVISOR: usize = 2;
const CONSULTANT: usize = 3;
const LEGS: usize = 5;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Heart {
    Leg(usize),
    Music,
}
use Heart::{Leg as L, Music as M};

/// Who hears whom (the table of the engine's design).
fn sets(scene: Scene, legs: usize) -> Vec<Vec<Heart>> {
    let mut sets = vec![Vec::new(); legs];
    match scene {
        Scene::Nothing => {}
        Scene::TwoParties => (sets[CALLER], sets[AGENT]) = (vec![L(AGENT)], vec![L(CALLER)]),
        Scene::Monitor => {
            (sets[CALLER], sets[AGENT]) = (vec![L(AGENT)], vec![L(CALLER)]);
            sets[SUPERVISOR] = vec![L(CALLER), L(AGENT)];
        }
        Scene::Whisper => {
            (sets[CALLER], sets[AGENT]) = (vec![L(AGENT)], vec![L(CALLER), L(SUPERVISOR)]);
            sets[SUPERVISOR] = vec![L(CALLER), L(AGENT)];
        }
        Scene::Barge => return sets_of_conference(3, legs),
        Scene::Consult => {
            sets[CALLER] = vec![M];
            (sets[AGENT], sets[CONSULTANT]) = (vec![L(CONSULTANT)], vec![L(AGENT)]);
        }
        Scene::Hold => sets[CALLER] = vec![M],
        Scene::HoldMonitored => (sets[CALLER], sets[SUPERVISOR]) = (vec![M], vec![L(CALLER), M]),
        Scene::Conference(size) => return sets_of_conference(size, legs),
    }
    sets
}

fn sets_of_conference(size: usize, legs: usize) -> Vec<Vec<Heart>> {
    let others = |me: usize| (0..size).filter(|n| *n != me).map(L).collect();
    (0..legs).map(|me| if me < size { others(me) } else { Vec::new() }).collect()
}

pub(super) fn play(stage: &mut Stage, scene: Scene) -> Vec<Vec<Heart>> {
    let sets = sets(scene, stage.ends.len());
    let source = |heart: &Heart| match heart {
        L(n) => leg_source(&format!("leg-{n}")),
        M => player_source("music"),
    };
    let hearing =
        |(n, set): (usize, &Vec<Heart>)| Hearing { leg: format!("leg-{n}"), sources: set.iter().map(source).collect() };
    let hearings = sets.iter().enumerate().map(hearing).collect();
    stage.bench.board.hear(hearings, stage.bench.now).expect("heard");
    sets
}

pub(super) fn cast(legs: usize, codecs: &[Codec]) -> Stage {
    let mut stage = Stage::default();
    for n in 0..legs {
        stage.enter(&format!("leg-{n}"), codecs[n % codecs.len()]);
    }
    stage.music("music", MUSIC_HERTZ);
    stage
}

/// Everybody hears whom he should and nobody else.
fn check_ears(stage: &Stage, sets: &[Vec<Heart>], scene: Scene) -> Result<(), TestCaseError> {
    for (end, set) in stage.ends.iter().zip(sets).filter(|(_, set)| !set.is_empty()) {
        for (n, other) in stage.ends.iter().enumerate() {
            let level = end.hears(other.hertz);
            match set.contains(&L(n)) {
                true => prop_assert!(level > HEARD, "{} hears {n} at {level} in {scene:?}", end.name),
                false => prop_assert!(level < UNHEARD, "{} hears {n} at {level} in {scene:?}", end.name),
            }
        }
        let level = end.hears(MUSIC_HERTZ);
        prop_assert_eq!(set.contains(&M), level > HEARD, "{} music {} in {:?}", &end.name, level, scene);
    }
    Ok(())
}

/// One stream without a gap, whose time stamps follow the clock; `lost`: packets that may be missing.
pub(super) fn check_stream(heard: &[Heard], rate: i64, lost: u64) -> Result<(), TestCaseError> {
    let Some(first) = heard.first() else { return Ok(()) };
    let mut missing = 0;
    let mut stamp = 0i64;
    for pair in heard.windows(2) {
        prop_assert_eq!(pair[1].ssrc, first.ssrc);
        let step = pair[1].sequence.wrapping_sub(pair[0].sequence);
        prop_assert!((1..100).contains(&step), "{} after {}", pair[1].sequence, pair[0].sequence);
        missing += u64::from(step) - 1;
        let advance = i64::from(pair[1].timestamp.wrapping_sub(pair[0].timestamp) as i32);
        prop_assert!(advance > 0, "time goes on: {advance}");
        stamp += advance;
        let elapsed = ((pair[1].at - first.at) / MILLISECOND) as i64;
        prop_assert!((stamp * 1000 / rate - elapsed).abs() <= CLOCK_MS, "{} ms at {elapsed}", stamp * 1000 / rate);
    }
    prop_assert!(missing <= lost, "{missing} missing of {lost} lost");
    Ok(())
}

/// No step in the sound wherever packet follows on packet.
fn check_sound(heard: &[Heard]) -> Result<(), TestCaseError> {
    for pair in heard.windows(2).filter(|pair| pair[1].timestamp == pair[0].timestamp.wrapping_add(160)) {
        let sound: Vec<i32> = pair.iter().flat_map(|heard| &heard.sound).map(|sample| i32::from(*sample)).collect();
        for (n, three) in sound.windows(3).enumerate() {
            let bend = (three[0] - 2 * three[1] + three[2]).abs();
            prop_assert!(bend <= BEND, "{bend} at {n}: {three:?}, packet {}", pair[1].sequence);
        }
    }
    Ok(())
}

fn scenes() -> impl Strategy<Value = Scene> {
    prop_oneof![
        Just(Scene::Nothing),
        Just(Scene::TwoParties),
        Just(Scene::Monitor),
        Just(Scene::Whisper),
        Just(Scene::Barge),
        Just(Scene::Consult),
        Just(Scene::Hold),
        Just(Scene::HoldMonitored),
        (3usize..=LEGS).prop_map(Scene::Conference),
    ]
}

fn laws() -> impl Strategy<Value = Vec<Codec>> {
    proptest::collection::vec(prop_oneof![Just(Codec::Pcmu), Just(Codec::Pcma)], LEGS)
}

/// Short scenes are switched from before anything has settled.
fn acts() -> impl Strategy<Value = Vec<(Scene, u64)>> {
    proptest::collection::vec((scenes(), prop_oneof![Just(SETTLED_MS), 1u64..200]), 1..8)
}

fn act(stage: &mut Stage, scene: Scene, milliseconds: u64) -> Result<(), TestCaseError> {
    let sets = play(stage, scene);
    let before: Vec<usize> = stage.ends.iter().map(|end| end.heard.len()).collect();
    stage.run(milliseconds);
    for ((end, set), before) in stage.ends.iter().zip(&sets).zip(before) {
        prop_assert!(!set.is_empty() || end.heard.len() == before, "{} is sent packets of nothing", end.name);
    }
    if milliseconds >= SETTLED_MS && stage.loss == 0 {
        check_ears(stage, &sets, scene)?;
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_order_of_situations_is_one_clean_stream_for_each(laws in laws(), acts in acts()) {
        let mut stage = cast(LEGS, &laws);
        for (scene, milliseconds) in acts {
            act(&mut stage, scene, milliseconds)?;
        }
        for end in &stage.ends {
            check_stream(&end.heard, 8000, 0)?;
            check_sound(&end.heard)?;
        }
    }

    #[test]
    fn loss_and_sources_that_begin_anew_break_nobodys_stream(
        laws in laws(), acts in acts(), loss in 1u64..15, anew in 0usize..LEGS
    ) {
        let mut stage = cast(LEGS, &laws);
        stage.loss = loss;
        for (scene, milliseconds) in acts {
            act(&mut stage, scene, milliseconds)?;
            stage.change_ssrc(anew);
        }
        let lost = stage.ends.iter().map(|end| end.lost).sum();
        for end in &stage.ends {
            check_stream(&end.heard, 8000, lost)?;
        }
        stage.loss = 0;
        act(&mut stage, Scene::Conference(LEGS), 2 * SETTLED_MS)?;
    }
}

#[test]
fn a_conference_of_32_hears_all_but_oneself() {
    let mut stage = cast(32, &[Codec::Pcma]);
    let sets = play(&mut stage, Scene::Conference(32));
    stage.run(SETTLED_MS);
    // The sum of 31 is beyond full scale at times and turned down as a whole, so levels are compared with each other.
    for (me, set) in sets.iter().enumerate().take(4) {
        let levels: Vec<f64> = stage.ends.iter().map(|other| stage.ends[me].hears(other.hertz)).collect();
        let least = set.iter().map(|heart| if let L(n) = heart { levels[*n] } else { 0.0 }).fold(f64::MAX, f64::min);
        assert!(levels[me] < least / 5.0, "{me} hears itself at {} and others at {least}", levels[me]);
    }
}

fn of_codecs(from: Codec, to: Codec) -> Stage {
    let mut stage = cast(2, &[from, to]);
    play(&mut stage, Scene::TwoParties);
    stage
}

/// Loud enough in the far end's ear, and of its own stream's kind.
fn check_call(stage: &Stage, codecs: [Codec; 2]) {
    for (me, other) in [(0, 1), (1, 0)] {
        let level = stage.ends[me].hears(stage.ends[other].hertz);
        assert!(level > HEARD && level < 1.3 * AMPLITUDE, "{codecs:?}: {me} hears {level}");
        assert!(stage.ends[me].hears(stage.ends[me].hertz) < UNHEARD, "{codecs:?}: {me} hears itself");
    }
}

#[test]
fn every_codec_reaches_every_other() {
    let all = [Codec::Pcmu, Codec::Pcma, Codec::G722, Codec::Opus];
    for (from, to) in all.iter().flat_map(|from| all.map(|to| (*from, to))) {
        let mut stage = of_codecs(from, to);
        stage.run(SETTLED_MS);
        check_call(&stage, [from, to]);
        let decoded = stage.bench.board.legs[stage.ends[0].key].voice.is_some();
        assert_eq!(decoded, !super::super::payloads::passes(from, to), "{from:?} to {to:?} is decoded only if need be");
        let counters = stage.bench.board.counters;
        assert_eq!((counters.decoded > 0, counters.mixed > 0), (decoded, decoded), "{from:?} to {to:?}");
        for end in &stage.ends {
            let rate = if end.codec == Codec::Opus { 48_000 } else { 8_000 };
            check_stream(&end.heard, rate, 0).expect("a stream");
        }
    }
}

#[test]
fn a_far_end_that_changes_its_codec_in_mid_call_is_heard_on_one_stream() {
    let mut stage = of_codecs(Codec::Pcma, Codec::Pcma);
    stage.run(SETTLED_MS);
    for codec in [Codec::Opus, Codec::G722, Codec::Pcmu] {
        stage.change_codec(0, codec);
        stage.run(SETTLED_MS);
        check_call(&stage, [codec, Codec::Pcma]);
        check_stream(&stage.ends[1].heard, 8_000, 0).expect("a stream");
    }
}

#[test]
fn a_conference_of_all_codecs_hears_all_but_oneself() {
    let mut stage = cast(4, &[Codec::Pcmu, Codec::Opus, Codec::G722, Codec::Pcma]);
    let sets = play(&mut stage, Scene::Conference(4));
    stage.run(SETTLED_MS);
    check_ears(&stage, &sets, Scene::Conference(4)).expect("heard");
}

#[test]
fn a_conference_of_three_holds_behind_loss_of_5_percent() {
    let mut stage = cast(3, &[Codec::Pcma, Codec::Opus, Codec::Pcmu]);
    stage.loss = 5;
    let sets = play(&mut stage, Scene::Conference(3));
    stage.run(SETTLED_MS);
    for _ in 0..10 {
        stage.run(200);
        for (me, set) in sets.iter().enumerate() {
            for (n, other) in stage.ends.iter().enumerate() {
                let level = stage.ends[me].hears(other.hertz);
                let wanted = set.contains(&L(n));
                assert_eq!(level > 0.4 * AMPLITUDE, wanted, "{me} hears {n} at {level}");
            }
        }
    }
    let figures = statistics(&stage.bench.board, "leg-0", stage.bench.now);
    assert!(figures.lost > 0 && figures.concealed_ms > 0 && figures.buffer_ms.is_some(), "{figures:?}");
    let counters = stage.bench.board.counters;
    let concealed: u64 = stage.ends.iter().map(|end| stage.bench.board.legs[end.key].concealed_ms()).sum();
    assert_eq!(counters.concealed_ms, concealed);
    assert!(counters.decoded >= 300 && counters.mixed >= 300, "of three legs for 2 s and more: {counters:?}");
}

#[test]
fn who_stops_sending_is_silence_and_comfort_noise_is_passed_or_left_out_without_a_gap() {
    let mut stage = cast(3, &[Codec::Pcma]);
    let with_noise = |name: &str, address: &str| ConfigureLeg {
        payloads: vec![payload(8, Codec::Pcma), payload(13, Codec::ComfortNoise)],
        ..phone_configuration(name, Codec::Pcma, address)
    };
    stage.bench.configure(with_noise("leg-0", "198.51.100.1:4000"));
    stage.bench.configure(with_noise("leg-1", "198.51.100.2:4000"));
    stage.bench.hear(&[("leg-1", &[leg_source("leg-0")]), ("leg-2", &[leg_source("leg-0")])]);
    let mut types = vec![Vec::new(); 2];
    for n in 0..9u16 {
        stage.bench.now += PACKET;
        let packet = if n % 3 == 2 { rtp(13, n, u32::from(n) * 160, 5, &[70]) } else { nth_of(n) };
        for sent in stage.bench.receive(Port::Rtp(stage.ends[0].key), &packet, "198.51.100.1:4000") {
            let header = sent.header();
            types[usize::from(sent.port == Port::Rtp(stage.ends[2].key))].push((header.payload_type, header.sequence));
        }
    }
    let numbers: Vec<u16> = types[1].iter().map(|(_, sequence)| *sequence).collect();
    assert_eq!(types[0].iter().map(|(kind, _)| *kind).collect::<Vec<_>>(), [8, 8, 13, 8, 8, 13, 8, 8, 13]);
    assert!(types[1].iter().all(|(kind, _)| *kind == 8) && numbers.windows(2).all(|pair| pair[1] == pair[0] + 1));
    // On the decode path whoever says nothing is not heard, and nothing is made up in his place.
    let sets = play(&mut stage, Scene::Conference(3));
    stage.run(SETTLED_MS);
    stage.ends[1].sends = false;
    stage.run(SETTLED_MS);
    assert!(stage.ends[0].hears(stage.ends[1].hertz) < UNHEARD && stage.ends[0].hears(stage.ends[2].hertz) > HEARD);
    assert!(statistics(&stage.bench.board, "leg-1", stage.bench.now).concealed_ms <= 120);
    assert_eq!(sets.len(), 3);
}

fn nth_of(n: u16) -> Vec<u8> {
    rtp(8, n, u32::from(n) * 160, 5, &[0xd5; 160])
}

#[test]
fn digits_pass_to_another_clock_rate_as_one_event() {
    let mut stage = of_codecs(Codec::Opus, Codec::Pcma);
    stage.run(SETTLED_MS);
    stage.bench.events();
    let mut passed = Vec::new();
    for (n, (flags, duration)) in [(10, 960u16), (10, 1920), (138, 2880), (138, 2880), (138, 2880)].iter().enumerate() {
        let [high, low] = duration.to_be_bytes();
        let event = rtp(101, 5000 + n as u16, 777, 0x4000, &[5, *flags, high, low]);
        let from = (Port::Rtp(stage.ends[0].key), "198.51.100.1:4000");
        passed.extend(stage.bench.receive(from.0, &event, from.1));
        passed.extend(stage.bench.run_rtp(PACKET).into_iter().filter(|sent| sent.port == Port::Rtp(stage.ends[1].key)));
    }
    let events: Vec<_> = passed.iter().take_while(|sent| sent.header().payload_type == 101).collect();
    assert_eq!(events.len(), 5, "no sound of our own among them");
    assert!(events.iter().all(|sent| sent.header().timestamp == events[0].header().timestamp));
    assert!(events[0].header().marker && !events[1].header().marker);
    let durations: Vec<u16> =
        events.iter().map(|sent| u16::from_be_bytes([sent.payload()[2], sent.payload()[3]])).collect();
    assert_eq!(durations, [160, 320, 480, 480, 480], "in units of 8 kHz");
    let told = stage.bench.events();
    let digits = told.iter().filter(|event| matches!(event, Event::DigitReceived { milliseconds: 60, .. }));
    assert_eq!(digits.count(), 1);
}

#[test]
fn a_recorded_leg_of_opus_is_recorded_and_its_packets_go_on_as_they_are() {
    let mut stage = of_codecs(Codec::Opus, Codec::Opus);
    let plan = RecorderPlan { leg: "leg-0".into(), path: "/x".into(), format: Default::default(), sealed: false };
    stage.bench.board.start_recorder("recorder", plan, stage.bench.now).expect("recording");
    stage.run(2 * SETTLED_MS);
    stage.bench.board.stop_recorder("recorder", stage.bench.now);
    let mut frames = Vec::new();
    let mut canvas = crate::canvas::Canvas::default();
    while let Some(block) = stage.bench.board.next_block() {
        canvas.draw(block.settled.first, block.settled.end, &block.settled.placed, &mut frames);
    }
    for (channel, end) in [(0, 0), (1, 1)] {
        let sound: Vec<i16> = frames.iter().skip(channel).step_by(2).copied().collect();
        let end = stage.ends[end].hertz;
        let level = super::stage::amplitude(&sound[sound.len() - 1600..sound.len() - 800], end);
        assert!(level > HEARD, "{level} of {end} Hz on channel {channel}");
    }
    check_stream(&stage.ends[1].heard, 48_000, 0).expect("forwarded");
}

#[test]
fn once_keys_are_there_what_nothing_vouched_for_decides_no_address() {
    let mut stage = of_codecs(Codec::Pcma, Codec::Pcma);
    let (one, two) = (stage.ends[0].key, stage.ends[1].key);
    stage.bench.receive(Port::Rtp(one), &nth(1), "203.0.113.66:666");
    stage.bench.board.secure_leg("leg-0", &keys()).expect("keys");
    stage.bench.receive(Port::Rtp(one), &nth(2), "203.0.113.66:666");
    let sent = stage.bench.receive(Port::Rtp(two), &nth(1), "198.51.100.2:4000");
    assert_eq!(sent[0].to, address("198.51.100.1:4000"), "as signalled");
}

#[test]
fn who_comes_back_into_a_conference_hears_no_step() {
    let mut stage = cast(LEGS, &[Codec::Pcmu]);
    for (scene, milliseconds) in [(Scene::Conference(5), 73), (Scene::TwoParties, 62), (Scene::Conference(5), 500)] {
        act(&mut stage, scene, milliseconds).expect("heard");
    }
    for end in &stage.ends {
        check_sound(&end.heard).expect("no step");
    }
}
