use super::super::speech::tests::voice;
use super::*;
use crate::detect::testing::{peak, silence, through, tones, with_noise};
use crate::g711::Law;

fn heard(sound: &[f64]) -> Vec<(usize, Heard)> {
    let mut detector = AnswererDetector::new(2000, 4000);
    let mut all = Vec::new();
    for (at, packet) in through(Law::Pcma, sound).chunks(160).enumerate() {
        detector.feed(packet, |heard| all.push((at * 20 + 20, heard)));
    }
    all
}

fn answerer(heard: &Heard) -> Option<(Answerer, &'static str)> {
    match heard {
        Heard::Decided { answerer, because, .. } => Some((*answerer, because)),
        Heard::Beep { .. } => None,
    }
}

#[test]
fn a_word_and_a_pause_are_a_person() {
    let mut sound = [silence(700), voice(600, 6000.0), silence(2000)].concat();
    with_noise(&mut sound, 40.0, 2);
    let all = heard(&sound);
    assert_eq!(all.len(), 1, "{all:?}");
    assert_eq!(answerer(&all[0].1), Some((Answerer::Person, "pause")));
    assert!(all[0].0 <= 2700, "{all:?}");
}

#[test]
fn who_talks_on_is_a_machine_and_its_beep_is_told() {
    let mut sound =
        [silence(500), voice(5000, 6000.0), silence(400), tones(&[(1000.0, peak(-12.0))], 400), silence(500)].concat();
    with_noise(&mut sound, 40.0, 2);
    let all = heard(&sound);
    assert_eq!(answerer(&all[0].1).map(|found| found.0), Some(Answerer::Machine), "{all:?}");
    assert!((2000..=2600).contains(&all[0].0), "2 s after its start: {all:?}");
    let [_, (at, Heard::Beep { hertz, confidence })] = all[..] else { panic!("{all:?}") };
    assert!((hertz - 1000.0).abs() < 5.0 && confidence > 0.7);
    assert!((6300..6400).contains(&at), "at its end: {at}");
}

#[test]
fn an_early_beep_is_a_machine() {
    let sound = [voice(500, 6000.0), silence(200), tones(&[(1400.0, peak(-10.0))], 500), silence(400)].concat();
    let all = heard(&sound);
    assert_eq!(answerer(&all[0].1), Some((Answerer::Machine, "beep")), "{all:?}");
    assert!(matches!(all[1].1, Heard::Beep { .. }));
}

#[test]
fn nobody_speaks_and_ring_back_tones_are_no_greeting() {
    let ring = tones(&[(425.0, peak(-12.0))], 1000);
    let all = heard(&[ring, silence(4000)].concat());
    assert_eq!(all.len(), 1);
    assert_eq!((all[0].0, answerer(&all[0].1)), (4000, Some((Answerer::Silence, "silence"))));
}

#[test]
fn a_dial_tone_or_two_tones_are_no_beep() {
    for parts in [&[(425.0, 3000)][..], &[(440.0, 600), (480.0, 600)], &[(1000.0, 100)]] {
        let length = parts[0].1;
        let parts: Vec<_> = parts.iter().map(|(hertz, _)| (*hertz, peak(-12.0))).collect();
        let all = heard(&[voice(600, 6000.0), silence(1000), tones(&parts, length), silence(500)].concat());
        assert!(all.iter().all(|(_, heard)| answerer(heard).is_some()), "{all:?}");
    }
}
