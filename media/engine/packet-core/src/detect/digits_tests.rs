use super::*;
use crate::detect::testing::{Noise, peak, silence, through, tones, with_noise};
use crate::g711::Law;

fn heard(samples: &[i16]) -> Vec<HeardDigit> {
    let mut detector = DigitDetector::default();
    let mut all = Vec::new();
    for packet in samples.chunks(160) {
        detector.feed(packet, |digit| all.push(digit));
    }
    all
}

fn text(digits: &[HeardDigit]) -> String {
    digits.iter().map(|digit| digit.digit).collect()
}

/// A key with its tones at these levels, off by these shares of their frequencies.
fn key(digit: char, levels: (f64, f64), off: (f64, f64), milliseconds: usize) -> Vec<f64> {
    let row = KEYS.iter().position(|row| row.contains(&digit)).expect("a digit");
    let column = KEYS[row].iter().position(|other| *other == digit).expect("a digit");
    let low = f64::from(LOW_HERTZ[row]) * (1.0 + off.0);
    let high = f64::from(HIGH_HERTZ[column]) * (1.0 + off.1);
    tones(&[(low, peak(levels.0)), (high, peak(levels.1))], milliseconds)
}

/// Keys one after the other, at places that do not fall on the windows.
fn dial(digits: &str, levels: (f64, f64), off: (f64, f64), (on, pause): (usize, usize)) -> Vec<f64> {
    let mut sound = silence(60);
    for (place, digit) in digits.chars().enumerate() {
        sound.extend(key(digit, levels, off, on));
        sound.extend(vec![0.0; pause * 8 + place * 13 % 80]);
    }
    sound.extend(silence(100));
    sound
}

const ALL: &str = "1234567890*#ABCD";

#[test]
fn all_digits_at_all_levels_in_both_laws_with_and_without_noise() {
    for law in [Law::Pcmu, Law::Pcma] {
        for level in [0.0, -6.0, -12.0, -18.0, -25.0] {
            for noisy in [false, true] {
                let mut sound = dial(ALL, (level, level), (0.0, 0.0), (50, 50));
                if noisy {
                    // 15 dB below the two tones together.
                    with_noise(&mut sound, peak(level) * 10f64.powf(-15.0 / 20.0), 5);
                }
                let digits = heard(&through(law, &sound));
                assert_eq!(text(&digits), ALL, "{law:?} at {level} dBm0, noise: {noisy}");
                assert!(digits.iter().all(|digit| digit.confidence > 0.5), "{digits:?}");
            }
        }
    }
}

#[test]
fn forty_milliseconds_are_enough_and_twenty_are_not() {
    let repeated = ALL.repeat(5);
    let shortest = heard(&through(Law::Pcma, &dial(&repeated, (-10.0, -10.0), (0.0, 0.0), (40, 40))));
    assert_eq!(text(&shortest), repeated);
    assert_eq!(heard(&through(Law::Pcma, &dial(&repeated, (-10.0, -10.0), (0.0, 0.0), (20, 60)))), []);
}

#[test]
fn lengths_are_told() {
    for milliseconds in [50, 100, 500, 2000] {
        let digits = heard(&through(Law::Pcma, &dial("5", (-10.0, -10.0), (0.0, 0.0), (milliseconds, 50))));
        let told = digits.first().expect("the digit").milliseconds as usize;
        assert!(told.abs_diff(milliseconds) <= 20, "{told} for {milliseconds}");
    }
}

#[test]
fn frequencies_may_be_off_by_one_and_a_half_percent_but_not_by_three_and_a_half() {
    for off in [(0.015, 0.015), (-0.015, 0.015), (0.015, -0.015), (-0.015, -0.015)] {
        let mut sound = dial(ALL, (-10.0, -10.0), off, (50, 50));
        with_noise(&mut sound, peak(-30.0), 9);
        assert_eq!(text(&heard(&through(Law::Pcmu, &sound))), ALL, "{off:?}");
    }
    for off in [(0.035, 0.0), (-0.035, 0.0), (0.0, 0.035), (0.0, -0.035), (0.05, 0.05)] {
        assert_eq!(heard(&through(Law::Pcmu, &dial(ALL, (-10.0, -10.0), off, (50, 50)))), [], "{off:?}");
    }
}

#[test]
fn twist_is_taken_within_its_bounds() {
    for (low, high) in [(-10.0, -6.0), (-6.0, -14.0)] {
        assert_eq!(text(&heard(&through(Law::Pcma, &dial(ALL, (low, high), (0.0, 0.0), (50, 50))))), ALL);
    }
    for (low, high) in [(-16.0, -8.0), (-6.0, -18.0), (-10.0, -60.0), (-45.0, -45.0)] {
        assert_eq!(heard(&through(Law::Pcma, &dial(ALL, (low, high), (0.0, 0.0), (50, 50)))), [], "{low} {high}");
    }
}

#[test]
fn a_short_break_does_not_make_two_of_one() {
    let mut sound = dial("7", (-10.0, -10.0), (0.0, 0.0), (200, 50));
    let start = 60 * 8 + 700;
    sound[start..start + 64].fill(0.0);
    assert_eq!(text(&heard(&through(Law::Pcma, &sound))), "7");
    let twice = dial("77", (-10.0, -10.0), (0.0, 0.0), (60, 45));
    assert_eq!(text(&heard(&through(Law::Pcma, &twice))), "77");
}

#[test]
fn call_progress_tones_and_noise_are_no_digits() {
    for parts in
        [&[425.0][..], &[350.0, 440.0], &[440.0, 480.0], &[480.0, 620.0], &[950.0], &[1400.0], &[1100.0, 1700.0]]
    {
        let parts: Vec<_> = parts.iter().map(|hertz| (*hertz, peak(-10.0))).collect();
        assert_eq!(heard(&through(Law::Pcma, &tones(&parts, 3000))), [], "{parts:?}");
    }
    let mut noise = silence(60_000);
    with_noise(&mut noise, 3000.0, 3);
    assert_eq!(heard(&through(Law::Pcma, &noise)), []);
}

/// A voice by its sources: a pitch that wanders, formants that jump each 60 to 200 ms, breath, pauses.
fn babble(seconds: usize, seed: u64) -> Vec<f64> {
    let mut noise = Noise::new(seed);
    let mut sound = Vec::with_capacity(seconds * 8000);
    let mut phases = [0.0; 24];
    while sound.len() < seconds * 8000 {
        let length = 480 + (noise.even().abs() * 1120.0) as usize;
        let pitch = 90.0 + noise.even().abs() * 160.0;
        let formants = [300.0 + noise.even().abs() * 600.0, 900.0 + noise.even().abs() * 1500.0, 2700.0];
        let loud = if noise.even() > 0.6 { 0.0 } else { 6000.0 };
        for n in 0..length {
            let bend = pitch * (1.0 + 0.05 * (n as f64 / length as f64));
            let mut sample = noise.normal(40.0);
            for (number, phase) in phases.iter_mut().enumerate() {
                let hertz = bend * (number + 1) as f64;
                *phase += std::f64::consts::TAU * hertz / 8000.0;
                let gain: f64 = formants.iter().map(|formant| 1.0 / (1.0 + ((hertz - formant) / 80.0).powi(2))).sum();
                sample += if hertz < 3600.0 { loud * gain * phase.sin() } else { 0.0 };
            }
            sound.push(sample);
        }
    }
    sound
}

#[test]
fn five_minutes_of_speech_like_sound_have_no_digit() {
    let digits = heard(&through(Law::Pcma, &babble(300, 11)));
    assert!(digits.is_empty(), "{digits:?}");
}

#[test]
fn recorded_voices_and_music_have_no_digit() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../..");
    let sounds = ["media/prompts/assets", "api/demo/voices"].map(|path| format!("{folder}/{path}"));
    let files = sounds.iter().flat_map(|path| std::fs::read_dir(path).expect("sounds")).flatten();
    let mut seconds = 0;
    for file in files.filter(|file| file.path().extension().is_some_and(|ending| ending == "wav")) {
        let bytes = std::fs::read(file.path()).expect("a file");
        let sound: Vec<f64> =
            bytes[44..].chunks_exact(2).map(|pair| f64::from(i16::from_le_bytes([pair[0], pair[1]]))).collect();
        seconds += sound.len() / 8000;
        assert_eq!(heard(&through(Law::Pcmu, &sound)), [], "{:?}", file.path());
    }
    assert!(seconds > 30);
}
