//! WAV files: reading prompts, and the header of a recording.

pub const SAMPLE_RATE: u32 = 8000;
pub const RECORDING_CHANNELS: u16 = 2;
pub const RECORDING_FRAME_BYTES: u64 = 4;
pub const HEADER_BYTES: usize = 44;
const FORMAT_PCM: u16 = 1;
const FORMAT_EXTENSIBLE: u16 = 0xfffe;
/// Where the sub-format's code stands in an extensible `fmt ` chunk.
const SUBFORMAT_AT: usize = 24;

/// The header of a two-channel recording with `data_bytes` of samples.
pub fn recording_header(data_bytes: u64) -> [u8; HEADER_BYTES] {
    let data = u32::try_from(data_bytes).unwrap_or(u32::MAX);
    let block = RECORDING_CHANNELS * 2;
    let mut header = [0; HEADER_BYTES];
    header[..4].copy_from_slice(b"RIFF");
    header[4..8].copy_from_slice(&data.saturating_add(HEADER_BYTES as u32 - 8).to_le_bytes());
    header[8..16].copy_from_slice(b"WAVEfmt ");
    header[16..20].copy_from_slice(&16u32.to_le_bytes());
    header[20..22].copy_from_slice(&FORMAT_PCM.to_le_bytes());
    header[22..24].copy_from_slice(&RECORDING_CHANNELS.to_le_bytes());
    header[24..28].copy_from_slice(&SAMPLE_RATE.to_le_bytes());
    header[28..32].copy_from_slice(&(SAMPLE_RATE * u32::from(block)).to_le_bytes());
    header[32..34].copy_from_slice(&block.to_le_bytes());
    header[34..36].copy_from_slice(&16u16.to_le_bytes());
    header[36..40].copy_from_slice(b"data");
    header[40..44].copy_from_slice(&data.to_le_bytes());
    header
}

fn read_u16(data: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(*data.get(at..)?.first_chunk()?))
}

fn read_u32(data: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*data.get(at..)?.first_chunk()?))
}

/// The samples of a 16-bit PCM, mono, 8 kHz file; the error says what is wrong with it.
pub fn read_prompt(file: &[u8]) -> Result<Vec<i16>, &'static str> {
    if file.get(..4) != Some(b"RIFF") || file.get(8..12) != Some(b"WAVE") {
        return Err("not a WAV file");
    }
    let mut at = 12;
    let mut format_seen = false;
    while let (Some(name), Some(length)) = (file.get(at..at + 4), read_u32(file, at + 4)) {
        let start = at + 8;
        // A file written to a pipe has no true length; its samples go to the end.
        let end = start.saturating_add(length as usize).min(file.len());
        match name {
            b"fmt " => {
                check_format(&file[start..end])?;
                format_seen = true;
            }
            b"data" if format_seen => {
                let samples = file[start..end].chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]]));
                return Ok(samples.collect());
            }
            _ => {}
        }
        at = end.saturating_add(length as usize % 2);
    }
    Err("no samples in the WAV file")
}

fn check_format(chunk: &[u8]) -> Result<(), &'static str> {
    let mut code = read_u16(chunk, 0);
    if code == Some(FORMAT_EXTENSIBLE) {
        code = read_u16(chunk, SUBFORMAT_AT);
    }
    if code != Some(FORMAT_PCM) || read_u16(chunk, 14) != Some(16) {
        return Err("not 16-bit PCM");
    }
    if read_u16(chunk, 2) != Some(1) {
        return Err("not mono");
    }
    if read_u32(chunk, 4) != Some(SAMPLE_RATE) {
        return Err("not sampled at 8 kHz");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn prompt(rate: u32, channels: u16, samples: &[i16]) -> Vec<u8> {
        let mut file = recording_header(samples.len() as u64 * 2).to_vec();
        file[22..24].copy_from_slice(&channels.to_le_bytes());
        file[24..28].copy_from_slice(&rate.to_le_bytes());
        file.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
        file
    }

    #[test]
    fn samples_are_read_and_other_formats_named() {
        assert_eq!(read_prompt(&prompt(8000, 1, &[1, -2, 3])), Ok(vec![1, -2, 3]));
        assert_eq!(read_prompt(&prompt(16_000, 1, &[1])), Err("not sampled at 8 kHz"));
        assert_eq!(read_prompt(&prompt(8000, 2, &[1])), Err("not mono"));
        assert_eq!(read_prompt(b"ID3 something else"), Err("not a WAV file"));
    }

    #[test]
    fn chunks_before_the_samples_are_skipped() {
        let plain = prompt(8000, 1, &[5, 6]);
        let mut file = plain[..36].to_vec();
        file.extend(b"LIST\x03\0\0\0abc\0");
        file.extend(&plain[36..]);
        assert_eq!(read_prompt(&file), Ok(vec![5, 6]));
    }

    proptest! {
        #[test]
        fn no_file_panics(at in 12usize..60, bytes in proptest::collection::vec(any::<u8>(), 1..8)) {
            let mut file = prompt(8000, 1, &[1, 2, 3, 4, 5, 6, 7, 8, 9]);
            let end = (at + bytes.len()).min(file.len());
            file[at..end].copy_from_slice(&bytes[..end - at]);
            let _ = read_prompt(&file);
        }
    }
}
