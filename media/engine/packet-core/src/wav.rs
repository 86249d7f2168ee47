//! The header of a recording in WAV.

pub const SAMPLE_RATE: u32 = 8000;
pub const RECORDING_CHANNELS: u16 = 2;
pub const RECORDING_FRAME_BYTES: u64 = 4;
pub const HEADER_BYTES: usize = 44;
const FORMAT_PCM: u16 = 1;

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
