//! Measured with sines: what passes is as loud as before, what must not is gone, and borders of frames are not heard.

use super::*;
use crate::codec::sound::{level_of, rms, signal_to_noise, sine};

fn up(narrow: &[i16]) -> Vec<i16> {
    let mut up = Up::new().expect("a filter");
    let mut wide = [0; WIDE];
    let mut one = |frame: &[i16]| {
        up.run(frame.try_into().expect("20 ms"), &mut wide);
        wide
    };
    narrow.chunks_exact(NARROW).flat_map(&mut one).collect()
}

fn down(wide: &[i16]) -> Vec<i16> {
    let mut down = Down::new().expect("a filter");
    let mut narrow = [0; NARROW];
    let mut one = |frame: &[i16]| {
        down.run(frame.try_into().expect("20 ms"), &mut narrow);
        narrow
    };
    wide.chunks_exact(WIDE).flat_map(&mut one).collect()
}

/// dB of full scale of what a sine of 10,000 has.
const SENT: f64 = -10.31;

#[test]
fn the_band_of_a_telephone_passes_without_ripple() {
    for frequency in [50.0, 300.0, 1000.0, 2000.0, 3000.0, 3400.0] {
        let wide = up(&sine(8000, frequency, 10_000.0, 8000));
        let narrow = down(&sine(16_000, frequency, 10_000.0, 16_000));
        for (name, level) in
            [("up", level_of(&wide[1600..], 16_000, frequency)), ("down", level_of(&narrow[800..], 8000, frequency))]
        {
            println!("{name} {frequency} Hz: {:+.3} dB", level - SENT);
            assert!((level - SENT).abs() < 0.3, "{name} {frequency} Hz: {level} dB");
        }
    }
}

#[test]
fn images_and_aliases_are_50_db_down() {
    for frequency in [300.0, 1000.0, 2000.0, 3000.0, 3400.0] {
        let wide = up(&sine(8000, frequency, 10_000.0, 8000));
        let image = level_of(&wide[1600..], 16_000, 8000.0 - frequency) - SENT;
        println!("image of {frequency} Hz: {image:.0} dB");
        assert!(image < -50.0, "image of {frequency} Hz: {image} dB");
    }
    for frequency in [4600.0, 5000.0, 6000.0, 7000.0, 7900.0] {
        let narrow = down(&sine(16_000, frequency, 10_000.0, 16_000));
        let alias = level_of(&narrow[800..], 8000, 8000.0 - frequency) - SENT;
        println!("alias of {frequency} Hz: {alias:.0} dB");
        assert!(alias < -50.0, "alias of {frequency} Hz: {alias} dB");
    }
}

/// A click, or a sample too many, would be energy where the source has none.
#[test]
fn borders_of_frames_are_not_heard() {
    let tones = [310.0, 730.0, 1170.0, 1930.0, 2510.0, 3250.0].map(|frequency| sine(8000, frequency, 3000.0, 16_000));
    let source: Vec<i16> = (0..16_000).map(|n| tones.iter().map(|tone| tone[n]).sum()).collect();
    let there_and_back = down(&up(&source));
    let (ratio, delay) = signal_to_noise(&source[1600..14_000], &there_and_back[1600..], 200);
    println!("{ratio:.1} dB, {delay} samples late");
    assert_eq!(delay, 2 * DELAY_MICROSECONDS as usize * 8 / 1000, "two filters are late by twice the delay");
    assert!(ratio > 60.0, "{ratio} dB");
}

#[test]
fn full_scale_saturates_instead_of_turning_over() {
    let square: Vec<i16> = (0..1600).map(|n| if n / 20 % 2 == 0 { i16::MAX } else { i16::MIN }).collect();
    for (n, sample) in up(&square)[400..].windows(2).enumerate() {
        assert!((i32::from(sample[0]) - i32::from(sample[1])).abs() < 40_000, "turned over at {n}");
    }
}

#[test]
fn files_of_any_rate_keep_their_length_and_tone() {
    for from in [8000, 11_025, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000] {
        for to in [8000, 16_000] {
            let clip = sine(from, 1000.0, 10_000.0, from as usize);
            let made = resample_clip(&clip, from, to).expect("a rate");
            assert_eq!(made.len(), to as usize, "{from} to {to}");
            let body = &made[400..to as usize - 400];
            let loss = level_of(body, to, 1000.0) - SENT;
            let rest = rms(body) / (10_000.0 / 2f64.sqrt());
            assert!(loss.abs() < 0.02 && (rest - 1.0).abs() < 0.003, "{from} to {to}: {loss} dB, {rest}");
        }
    }
    assert!(resample_clip(&[1, 2], 0, 8000).is_none());
    assert_eq!(resample_clip(&[], 48_000, 8000), Some(Vec::new()));
}

#[test]
fn a_file_loses_what_the_lower_rate_cannot_hold() {
    let made = resample_clip(&sine(48_000, 5000.0, 10_000.0, 48_000), 48_000, 8000).expect("a rate");
    assert!(rms(&made[400..7600]) < 20.0, "{}", rms(&made));
}
