//! Files that players play: 16-bit PCM, mono, of 8 to 48 kHz, in WAV.

use crate::clip::Clip;
use crate::codec::Band;
use crate::resample::resample_clip;

/// Telephone quality to that of a studio; what is beyond is a mistake.
pub const LOWEST_HERTZ: u32 = 8000;
pub const HIGHEST_HERTZ: u32 = 48_000;
const FORMAT_PCM: u16 = 1;
const FORMAT_EXTENSIBLE: u16 = 0xfffe;
/// Where the sub-format's code stands in an extensible `fmt ` chunk.
const SUBFORMAT_AT: usize = 24;

fn read_u16(data: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(*data.get(at..)?.first_chunk()?))
}

fn read_u32(data: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*data.get(at..)?.first_chunk()?))
}

/// The sampling rate and the samples of a file; the error says what is wrong with it.
///
/// Of a file's head alone it says whether the rest can be played.
pub fn read(file: &[u8]) -> Result<(u32, &[u8]), String> {
    if file.get(..4) != Some(b"RIFF") || file.get(8..12) != Some(b"WAVE") {
        return Err("not a WAV file".into());
    }
    let mut at = 12;
    let mut hertz = None;
    while let (Some(name), Some(length)) = (file.get(at..at + 4), read_u32(file, at + 4)) {
        let start = at + 8;
        // A file written to a pipe has no true length; its samples go to the end.
        let end = start.saturating_add(length as usize).min(file.len());
        match (name, hertz) {
            (b"fmt ", _) => hertz = Some(read_format(&file[start..end])?),
            (b"data", Some(hertz)) => return Ok((hertz, &file[start..end])),
            _ => {}
        }
        at = end.saturating_add(length as usize % 2);
    }
    Err("no samples in the WAV file".into())
}

fn read_format(chunk: &[u8]) -> Result<u32, String> {
    let mut code = read_u16(chunk, 0);
    if code == Some(FORMAT_EXTENSIBLE) {
        code = read_u16(chunk, SUBFORMAT_AT);
    }
    if code != Some(FORMAT_PCM) || read_u16(chunk, 14) != Some(16) {
        return Err("not 16-bit PCM".into());
    }
    let channels = read_u16(chunk, 2).unwrap_or(0);
    if channels != 1 {
        return Err(format!("{channels} channels: mix it down to one"));
    }
    let hertz = read_u32(chunk, 4).unwrap_or(0);
    if !(LOWEST_HERTZ..=HIGHEST_HERTZ).contains(&hertz) {
        return Err(format!("sampled at {hertz} Hz, not at {LOWEST_HERTZ} to {HIGHEST_HERTZ} Hz"));
    }
    Ok(hertz)
}

/// A whole file as a clip; 16 kHz is kept beside 8 kHz where the file has more than a telephone line carries. Allocates.
pub fn clip(file: &[u8]) -> Result<Clip, String> {
    let (hertz, bytes) = read(file)?;
    let samples: Vec<i16> = bytes.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect();
    if hertz == Band::Narrow.hertz() {
        return Ok(Clip::new(samples));
    }
    if samples.is_empty() {
        return Ok(Clip::new(samples));
    }
    let at = |band: Band| resample_clip(&samples, hertz, band.hertz()).ok_or("it cannot be resampled");
    Ok(Clip::wide(at(Band::Narrow)?, at(Band::Wide)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clip::{FRAME, Playlist, WIDE_FRAME};
    use crate::wav::recording_header;
    use proptest::prelude::*;
    use std::f64::consts::TAU;
    use std::sync::Arc;

    fn file(rate: u32, channels: u16, samples: &[i16]) -> Vec<u8> {
        let mut file = recording_header(samples.len() as u64 * 2).to_vec();
        file[22..24].copy_from_slice(&channels.to_le_bytes());
        file[24..28].copy_from_slice(&rate.to_le_bytes());
        file.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
        file
    }

    #[test]
    fn samples_are_read_and_other_formats_named() {
        assert_eq!(read(&file(8000, 1, &[1, -2])), Ok((8000, &[1, 0, 254, 255][..])));
        assert_eq!(read(&file(7999, 1, &[1])), Err("sampled at 7999 Hz, not at 8000 to 48000 Hz".into()));
        assert_eq!(read(&file(8000, 2, &[1])), Err("2 channels: mix it down to one".into()));
        assert_eq!(read(b"ID3 something else"), Err("not a WAV file".into()));
        assert_eq!(read(&file(8000, 1, &[])[..40]), Err("no samples in the WAV file".into()));
    }

    #[test]
    fn chunks_before_the_samples_are_skipped() {
        let plain = file(8000, 1, &[5, 6]);
        let mut longer = plain[..36].to_vec();
        longer.extend(b"LIST\x03\0\0\0abc\0");
        longer.extend(&plain[36..]);
        assert_eq!(read(&longer), Ok((8000, &[5, 0, 6, 0][..])));
    }

    fn sine(hertz: f64, rate: u32, seconds: f64) -> Vec<i16> {
        let count = (f64::from(rate) * seconds) as usize;
        (0..count).map(|n| (9000.0 * (TAU * hertz * n as f64 / f64::from(rate)).sin()) as i16).collect()
    }

    /// How well `heard` and a sine of this frequency go together, at the best phase: 1 is the same.
    fn likeness(heard: &[i16], hertz: f64, rate: f64) -> f64 {
        let (mut re, mut im, mut power) = (0.0, 0.0, 0.0);
        for (n, sample) in heard.iter().enumerate() {
            let (sample, angle) = (f64::from(*sample), TAU * hertz * n as f64 / rate);
            re += sample * angle.cos();
            im += sample * angle.sin();
            power += sample * sample;
        }
        ((re * re + im * im) * 2.0 / heard.len() as f64 / power).sqrt()
    }

    #[test]
    fn every_usual_rate_plays_at_its_pitch_and_length() {
        for rate in [8000, 11_025, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000] {
            let clip = clip(&file(rate, 1, &sine(1000.0, rate, 1.0))).expect("a clip");
            assert!(clip.samples().abs_diff(8000) <= 8, "{} samples at {rate} Hz", clip.samples());
            let mut list = Playlist::new(vec![Arc::new(clip)], false).expect("a list");
            assert_eq!(list.band() == Band::Wide, rate > 8000);
            let (mut heard, mut wide, mut frame, mut wide_frame) = (vec![], vec![], [0; FRAME], [0; WIDE_FRAME]);
            while list.advance() {
                list.pcm(&mut frame);
                list.wide(&mut wide_frame);
                heard.extend(frame);
                wide.extend(wide_frame);
            }
            let level = heard[800..7200].iter().map(|sample| f64::from(*sample).powi(2)).sum::<f64>() / 6400.0;
            assert!((level.sqrt() - 6364.0).abs() < 200.0, "{} at {rate} Hz", level.sqrt());
            assert!(likeness(&heard[800..7200], 1000.0, 8000.0) > 0.999, "{rate} Hz");
            assert!(rate == 8000 || likeness(&wide[1600..14_400], 1000.0, 16_000.0) > 0.999, "{rate} Hz, wide");
        }
    }

    #[test]
    fn what_a_telephone_line_does_not_carry_is_in_the_wide_sound_only() {
        let clip = clip(&file(22_050, 1, &sine(6000.0, 22_050, 0.5))).expect("a clip");
        let mut list = Playlist::new(vec![Arc::new(clip)], false).expect("a list");
        let (mut frame, mut wide) = ([0; FRAME], [0; WIDE_FRAME]);
        for _ in 0..10 {
            list.advance();
        }
        list.pcm(&mut frame);
        list.wide(&mut wide);
        assert!(frame.iter().all(|sample| sample.abs() < 60), "aliases: {frame:?}");
        assert!(wide.iter().any(|sample| *sample > 8000));
    }

    proptest! {
        #[test]
        fn no_file_panics(at in 12usize..60, bytes in proptest::collection::vec(any::<u8>(), 1..8)) {
            let mut file = file(8000, 1, &[1, 2, 3, 4, 5, 6, 7, 8, 9]);
            let end = (at + bytes.len()).min(file.len());
            file[at..end].copy_from_slice(&bytes[..end - at]);
            let _ = read(&file);
        }
    }
}
