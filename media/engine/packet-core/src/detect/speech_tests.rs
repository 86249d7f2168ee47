use super::*;
use crate::detect::talk::{Side, TalkMeter};
use crate::detect::testing::{peak, silence, through, tones, with_noise};
use crate::g711::Law;
use crate::{MILLISECOND, SECOND};

/// A sung syllable: harmonics of a pitch that falls, on and off four times a second.
pub fn voice(milliseconds: usize, loud: f64) -> Vec<f64> {
    let mut phase = 0.0f64;
    (0..milliseconds * 8)
        .map(|n| {
            let seconds = n as f64 / 8000.0;
            phase += std::f64::consts::TAU * (140.0 - 15.0 * (seconds * 1.3).sin()) / 8000.0;
            let syllable = (std::f64::consts::PI * 4.0 * seconds).sin().abs();
            let sum: f64 = (2..14).map(|k| (phase * f64::from(k)).sin() / f64::from(k)).sum();
            loud * syllable * sum
        })
        .collect()
}

fn changes(samples: &[i16]) -> Vec<(usize, SpeechChange)> {
    let mut detector = SpeechDetector::new(700);
    let mut all = Vec::new();
    for (at, packet) in samples.chunks(160).enumerate() {
        detector.feed(packet, |change| all.push((at * 20, change)));
    }
    all
}

#[test]
fn speech_starts_and_stops_over_every_noise() {
    for noise in [0.0, 30.0, 200.0] {
        let mut sound = [silence(1500), voice(2000, 6000.0), silence(2000)].concat();
        with_noise(&mut sound, noise, 4);
        let all = changes(&through(Law::Pcma, &sound));
        let [(started, SpeechChange::Started { confidence }), (stopped, SpeechChange::Stopped { seconds })] = all[..]
        else {
            panic!("{all:?} with noise {noise}");
        };
        assert!((1500..1750).contains(&started), "{started} with noise {noise}");
        assert!((4000..4300).contains(&stopped), "{stopped} with noise {noise}");
        assert!((seconds - 2.0).abs() < 0.25 && confidence > 0.5, "{seconds} {confidence}");
    }
}

#[test]
fn noise_tones_and_silence_are_no_speech() {
    let mut noise = silence(20_000);
    with_noise(&mut noise, 800.0, 8);
    for sound in [silence(5000), noise, tones(&[(425.0, peak(-10.0))], 3000), tones(&[(1000.0, peak(-10.0))], 3000)] {
        assert_eq!(changes(&through(Law::Pcmu, &sound)), []);
    }
}

#[test]
fn shares_of_talk_add_up() {
    let leg = [voice(4000, 6000.0), silence(6000)].concat();
    let others = [silence(2000), voice(5000, 6000.0), silence(3000)].concat();
    let (leg, others) = (through(Law::Pcma, &leg), through(Law::Pcmu, &others));
    let mut meter = TalkMeter::new(SECOND);
    for (n, (one, other)) in leg.chunks(160).zip(others.chunks(160)).enumerate() {
        let now = SECOND + n as u64 * 20 * MILLISECOND;
        meter.feed(Side::Leg, one, now);
        meter.feed(Side::Others, other, now);
    }
    let shares = meter.end(11 * SECOND);
    assert!((shares.total() - 10.0).abs() < 1e-9, "{shares:?}");
    for (found, expected) in [(shares.leg, 2.0), (shares.both, 2.0), (shares.others, 3.0), (shares.silent, 3.0)] {
        assert!((found - expected).abs() < 0.6, "{shares:?}");
    }
}
