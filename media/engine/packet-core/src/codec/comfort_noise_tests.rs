//! Levels and colours of comfort noise.

use super::ComfortNoise;
use super::sound::{level_of, rms};

fn noise_of(payload: &[u8], samples: usize) -> Vec<i16> {
    let mut noise = ComfortNoise::default();
    noise.update(payload, 42);
    let mut out = vec![0; samples];
    noise.generate(&mut out);
    out
}

fn decibels(samples: &[i16]) -> f64 {
    20.0 * (rms(samples) / 32_768.0).log10()
}

#[test]
fn noise_is_as_loud_as_told() {
    for payload in [&[30][..], &[50], &[70], &[40, 30], &[40, 30, 200, 100], &[0x80 | 40, 60, 160, 90, 140, 127, 120]] {
        let (level, told) = (decibels(&noise_of(payload, 16_000)), f64::from(payload[0] & 0x7f));
        assert!((level + told).abs() < 1.0, "{payload:?}: {level} dBov");
    }
    assert_eq!(noise_of(&[127, 3], 320), vec![0; 320]);
    assert_eq!(noise_of(&[], 320), vec![0; 320], "silent before it is told");
}

/// One pole at 0.8 is 12.8 dB louder at 500 Hz than at 3,500 Hz, one at -0.8 softer by as much.
#[test]
fn noise_has_the_colour_that_was_told() {
    for (index, expected) in [(25, 12.8), (127, 0.0), (229, -12.8)] {
        let noise = noise_of(&[40, index], 16_000);
        let band = |middle: usize| {
            (0..30).map(|n| level_of(&noise[4000..12_000], 8000, (middle - 290 + 20 * n) as f64)).sum::<f64>() / 30.0
        };
        let darker = band(500) - band(3500);
        assert!((darker - expected).abs() < 3.0, "{index}: {darker} dB");
    }
}

#[test]
fn the_noise_is_the_same_for_ever() {
    let noise = noise_of(&[60, 100], 1600);
    let octets: Vec<u8> = noise.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    assert_eq!((&noise[..4], crc32fast::hash(&octets)), (&[4, -3, -16, -10][..], 0x4e02_2885));
}

#[test]
fn a_new_level_is_reached_smoothly_within_20_ms() {
    let mut noise = ComfortNoise::default();
    noise.update(&[40], 1);
    let mut part = [0; 160];
    noise.generate(&mut part);
    let before = rms(&part);
    noise.update(&[60], 2);
    noise.generate(&mut part);
    assert!(rms(&part[..20]) > 0.7 * before, "no step down");
    noise.generate(&mut part);
    assert!((rms(&part) / before - 0.1).abs() < 0.03, "{} of {before}", rms(&part));
}

/// Every coefficient at its limit: as loud as it may be, but not for ever.
#[test]
fn noise_of_any_payload_comes_to_rest() {
    for octets in [[255, 255], [0, 255], [0, 0]] {
        let mut noise = ComfortNoise::default();
        noise.update(&[&[0][..], &octets.repeat(10)].concat(), 7);
        let mut out = vec![0; 16_000];
        noise.generate(&mut out);
        noise.update(&[50], 8);
        noise.generate(&mut out);
        assert!((decibels(&out[8000..]) + 50.0).abs() < 1.0, "{octets:?}: {} dBov", decibels(&out[8000..]));
    }
}
