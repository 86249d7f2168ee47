use super::*;

fn clip(samples: std::ops::Range<i16>) -> Arc<Clip> {
    Arc::new(Clip::new(samples.collect()))
}

fn play(mut list: Playlist, frames: usize) -> Vec<i16> {
    let mut heard = Vec::new();
    let mut frame = [0; FRAME];
    while heard.len() < frames * FRAME && list.advance() {
        list.pcm(&mut frame);
        heard.extend(frame);
    }
    heard
}

#[test]
fn clips_follow_each_other_without_a_gap_and_end_in_silence() {
    let list = Playlist::new(vec![clip(0..200), clip(200..250), clip(250..400)], false).expect("clips");
    let heard = play(list, 100);
    assert_eq!(heard.len(), 3 * FRAME);
    assert!(heard[..400].iter().enumerate().all(|(n, sample)| *sample == n as i16));
    assert!(heard[400..].iter().all(|sample| *sample == 0));
}

#[test]
fn a_repeated_list_goes_round_sample_by_sample() {
    let heard = play(Playlist::new(vec![clip(0..30)], true).expect("clip"), 50);
    assert_eq!(heard.len(), 50 * FRAME);
    assert!(heard.iter().enumerate().all(|(n, sample)| *sample == (n % 30) as i16));
}

#[test]
fn nothing_to_play_is_no_list() {
    assert!(Playlist::new(vec![clip(0..0)], true).is_none());
}

#[test]
fn a_tone_has_its_level_and_frequency() {
    let tone = Tone { frequencies_hz: vec![425.0], milliseconds: 1000 };
    let clip = Clip::tones(&[tone], -13.0, true);
    let power: f64 = clip.pcm.iter().map(|sample| f64::from(*sample).powi(2)).sum::<f64>() / 8000.0;
    let level = 10.0 * (power / (32_767.0f64.powi(2) / 2.0)).log10() + FULL_SCALE_DBM0;
    assert!((level + 13.0).abs() < 0.1, "{level}");
    let crossings = clip.pcm.windows(2).filter(|pair| pair[0] < 0 && pair[1] >= 0).count();
    assert!((424..=426).contains(&crossings));
}

#[test]
fn a_list_is_started_in_its_middle_and_tells_its_place() {
    let clips = || vec![clip(0..800), clip(800..1600)];
    let mut list = Playlist::new(clips(), false).expect("clips");
    list.seek(0.15);
    assert!((list.seconds() - 0.15).abs() < 1e-9);
    let mut frame = [0; FRAME];
    assert!(list.advance());
    list.pcm(&mut frame);
    assert_eq!((frame[0], frame[FRAME - 1]), (1200, 1359));
    assert!((list.seconds() - 0.17).abs() < 1e-9);
    assert_eq!(play(list, 10).len(), 2 * FRAME, "30 ms are left");
    let mut beyond = Playlist::new(clips(), false).expect("clips");
    beyond.seek(7.0);
    assert!(!beyond.advance());
    assert!((beyond.seconds() - 0.2).abs() < 1e-9);
    let mut round = Playlist::new(clips(), true).expect("clips");
    round.seek(7.01);
    assert!((round.seconds() - 0.01).abs() < 1e-9, "7 s are 35 rounds");
}

#[test]
fn wide_frames_keep_pace_with_narrow_ones() {
    let wide = |range: std::ops::Range<i16>| {
        Arc::new(Clip::wide(range.clone().collect(), range.flat_map(|n| [n, n]).collect()))
    };
    let mut list = Playlist::new(vec![wide(0..250), wide(250..500)], true).expect("clips");
    assert_eq!(list.band(), Band::Wide);
    let (mut narrow, mut frame) = ([0; FRAME], [0; WIDE_FRAME]);
    for _ in 0..20 {
        list.advance();
        list.pcm(&mut narrow);
        list.wide(&mut frame);
        assert!(frame.chunks(2).zip(narrow).all(|(pair, sample)| pair == [sample, sample]));
    }
    assert_eq!(Playlist::new(vec![wide(0..9), clip(0..9)], true).expect("clips").band(), Band::Narrow);
}

/// The largest step of the second difference, which a click has and a sine of this frequency has not.
fn roughness(samples: &[i16]) -> f64 {
    samples
        .windows(3)
        .map(|three| f64::from(three[0]) - 2.0 * f64::from(three[1]) + f64::from(three[2]))
        .fold(0.0, |most, next| most.max(next.abs()))
}

#[test]
fn tones_neither_click_at_their_ends_nor_at_the_seam_of_a_loop() {
    let tone = |frequencies_hz: Vec<f64>, milliseconds| Tone { frequencies_hz, milliseconds };
    for tones in [
        vec![tone(vec![350.0, 440.0], 730)],
        vec![tone(vec![425.0], 333), tone(vec![], 100)],
        vec![tone(vec![440.0], 111), tone(vec![620.0], 97)],
    ] {
        let clip = Arc::new(Clip::tones(&tones, -10.0, true));
        let heard = play(Playlist::new(vec![clip], true).expect("a tone"), 200);
        let curve = (TAU * 620.0 / 8000.0).powi(2) * 32_767.0 * 10f64.powf(-13.17 / 20.0) * 1.5;
        assert!(roughness(&heard) < curve, "{tones:?}: {} over {curve}", roughness(&heard));
    }
}

#[test]
fn narrow_sound_is_made_wide_without_a_seam() {
    let sine: Vec<i16> = (0..4000).map(|n| (8000.0 * (TAU * 700.0 * f64::from(n) / 8000.0).sin()) as i16).collect();
    let clips = sine.chunks(1000).map(|part| Arc::new(Clip::new(part.to_vec()))).collect();
    let mut list = Playlist::new(clips, false).expect("clips");
    let mut at = 0;
    let mut wide = [0; WIDE_FRAME];
    while list.advance() {
        list.wide(&mut wide);
        for sample in wide {
            let expected = 8000.0 * (TAU * 700.0 * f64::from(at) / 16_000.0).sin();
            at += 1;
            assert!(
                (f64::from(sample) - expected).abs() < 60.0 || !(4..7990).contains(&at),
                "{sample}, not {expected}, at {at}"
            );
        }
    }
    assert_eq!(at, 8000);
}
