use super::*;
use crate::detect::testing::{peak, silence, through, tones};
use crate::g711::Law;
use control_messages::{Answerer, Detect};

const CALLER: &str = "198.51.100.1:4000";
const AGENT: &str = "198.51.100.2:4000";

fn answering_machine() -> Detect {
    Detect::AnsweringMachine { limit_milliseconds: 2000, silence_milliseconds: 4000 }
}

fn speech() -> Detect {
    Detect::Speech { silence_milliseconds: 700 }
}

/// Let a leg say these samples, packet by packet; `lost` are left out.
fn say(bench: &mut Bench, key: usize, from: &str, samples: &[i16], start: u16, lost: &[u16]) {
    for (n, packet) in (start..).zip(samples.chunks(160)) {
        let codes: Vec<u8> = packet.iter().map(|sample| Law::Pcma.encode(*sample)).collect();
        if !lost.contains(&(n - start)) {
            bench.receive(Port::Rtp(key), &rtp(8, n, u32::from(n) * 160, 7, &codes), from);
        }
        bench.run(PACKET);
    }
}

fn key_one() -> Vec<i16> {
    let sound = [silence(60), tones(&[(697.0, peak(-9.0)), (1209.0, peak(-9.0))], 100), silence(300)].concat();
    through(Law::Pcma, &sound)
}

fn voice(milliseconds: usize) -> Vec<i16> {
    through(Law::Pcma, &crate::detect::speech::tests::voice(milliseconds, 6000.0))
}

fn digits(events: &[Event]) -> Vec<(&str, bool)> {
    let digit = |event| match event {
        &Event::DigitReceived { ref digit, inband, .. } => Some((digit.as_str(), inband)),
        _ => None,
    };
    events.iter().filter_map(digit).collect()
}

#[test]
fn tones_are_digits_while_a_detector_runs_and_stop_players() {
    let mut bench = Bench::default();
    let caller = bench.phone("caller", Codec::Pcma, CALLER);
    let mut without_events = phone_configuration("caller", Codec::Pcma, CALLER);
    without_events.payloads.truncate(1);
    bench.configure(without_events);
    say(&mut bench, caller, CALLER, &key_one(), 0, &[]);
    assert_eq!(digits(&bench.events()), [], "nobody asked");
    bench.board.start_detector("d".into(), "caller", Detect::InbandDigits, bench.now).expect("started");
    let play = Play::File { paths: vec!["/menu.wav".into()], repeat: true, start_seconds: 0.0 };
    bench.player("menu", play, "1", vec![Arc::new(Clip::new(vec![500; 8000]))]).expect("a player");
    bench.hear(&[("caller", &[player_source("menu")])]);
    say(&mut bench, caller, CALLER, &key_one(), 100, &[7]);
    let events = bench.events();
    assert_eq!(digits(&events), [("1", true)], "once, with a lost packet in it");
    let stopped = |event: &Event| matches!(event, Event::PlayerFinished { digit, .. } if digit == "1");
    assert!(events.iter().any(stopped), "{events:?}");
    bench.board.stop_detector("d", bench.now);
    say(&mut bench, caller, CALLER, &key_one(), 200, &[]);
    assert_eq!(digits(&bench.events()), []);
}

#[test]
fn a_digit_that_comes_as_tone_and_as_event_is_told_once() {
    let mut bench = Bench::default();
    let caller = bench.phone("caller", Codec::Pcma, CALLER);
    bench.board.start_detector("d".into(), "caller", Detect::InbandDigits, bench.now).expect("started");
    say(&mut bench, caller, CALLER, &key_one()[..160 * 8], 0, &[]);
    for (n, end) in [(8u16, 0), (9, 0), (10, 0x80)] {
        bench.receive(Port::Rtp(caller), &rtp(101, n, 8 * 160, 7, &[1, end, 3, 0x20]), CALLER);
        bench.run(PACKET);
    }
    say(&mut bench, caller, CALLER, &[0; 1600], 11, &[]);
    assert_eq!(digits(&bench.events()), [("1", false)]);
    say(&mut bench, caller, CALLER, &key_one(), 100, &[]);
    bench.run(SECOND);
    assert_eq!(digits(&bench.events()), [("1", true)], "a tone alone counts, a little later");
}

#[test]
fn speech_stops_when_packets_stop() {
    let mut bench = Bench::default();
    let caller = bench.phone("caller", Codec::Pcma, CALLER);
    bench.board.start_detector("s".into(), "caller", speech(), bench.now).expect("started");
    say(&mut bench, caller, CALLER, &voice(1500), 0, &[]);
    assert!(
        bench.events().iter().any(|event| matches!(event, Event::SpeechStarted { detector, .. } if detector == "s"))
    );
    bench.run(1200 * MILLISECOND);
    let stopped = bench.events().into_iter().find_map(|event| match event {
        Event::SpeechStopped { seconds, .. } => Some(seconds),
        _ => None,
    });
    assert!((stopped.expect("an end") - 1.4).abs() < 0.3, "{stopped:?}");
}

#[test]
fn talk_is_measured_of_what_the_leg_says_and_hears_and_told_with_its_end() {
    let mut bench = Bench::default();
    let caller = bench.phone("caller", Codec::Pcma, CALLER);
    let agent = bench.phone("agent", Codec::Pcmu, AGENT);
    bench.configure(phone_configuration("agent", Codec::Pcma, AGENT));
    bench.hear(&[("caller", &[leg_source("agent")]), ("agent", &[leg_source("caller")])]);
    bench.board.start_detector("t".into(), "caller", Detect::Talk, bench.now).expect("started");
    say(&mut bench, caller, CALLER, &voice(2000), 0, &[]);
    say(&mut bench, agent, AGENT, &voice(3000), 0, &[]);
    bench.run(SECOND);
    bench.board.delete_leg("caller", bench.now);
    let measured = bench.events().into_iter().find_map(|event| match event {
        Event::TalkMeasured { seconds, leg_seconds, others_seconds, both_seconds, silent_seconds, .. } => {
            Some([seconds, leg_seconds, others_seconds, both_seconds, silent_seconds])
        }
        _ => None,
    });
    let [seconds, leg, others, both, silent] = measured.expect("told when the leg ends");
    assert!((seconds - 6.0).abs() < 0.1 && (leg + others + both + silent - seconds).abs() < 0.05, "{measured:?}");
    assert!((leg - 2.0).abs() < 0.6 && (others - 3.0).abs() < 0.8, "{measured:?}");
    assert_eq!(bench.board.detectors(), 0);
}

#[test]
fn nobody_at_the_other_end_is_told_even_without_packets() {
    let mut bench = Bench::default();
    bench.phone("caller", Codec::Pcma, CALLER);
    bench.board.start_detector("a".into(), "caller", answering_machine(), bench.now).expect("started");
    bench.run(5 * SECOND);
    let silent = |event: &Event| matches!(event, Event::AnswererDecided { answerer: Answerer::Silence, .. });
    assert_eq!(bench.events().iter().filter(|event| silent(event)).count(), 1);
}

#[test]
fn detectors_are_repeated_refused_and_limited_by_name() {
    let mut bench = Bench::default();
    bench.phone("caller", Codec::Pcma, CALLER);
    let mut start = |name: &str, leg: &str, detect| bench.board.start_detector(name.into(), leg, detect, SECOND);
    assert_eq!(start("d", "nobody", Detect::Talk).expect_err("no leg").code, RefusalCode::NotFound);
    assert_eq!(start("d", "caller", Detect::Talk), Ok(Answer::Done));
    assert_eq!(start("d", "caller", Detect::Talk), Ok(Answer::Done));
    assert_eq!(start("d", "caller", Detect::InbandDigits).expect_err("another").code, RefusalCode::Conflict);
    for n in 1..MAX_DETECTORS_OF_LEG {
        start(&format!("d{n}"), "caller", Detect::InbandDigits).expect("started");
    }
    let refused = start("one-more", "caller", Detect::Talk).expect_err("too many");
    assert_eq!((refused.code, refused.limit.as_str()), (RefusalCode::LimitReached, "detectors"));
    assert_eq!(bench.board.stop_detector("nothing", SECOND), Answer::Done);
    bench.board.stop_detector("d", SECOND);
    assert_eq!(bench.board.detectors(), MAX_DETECTORS_OF_LEG - 1);
}
