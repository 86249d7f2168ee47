//! How long a payload sounds, without decoding it.

use control_messages::Codec;

/// Duration of one Opus frame in samples of 48 kHz, by the configuration number (RFC 6716 3.1, table 2).
const OPUS_FRAME: [u16; 32] = {
    let mut table = [0; 32];
    let mut configuration = 0;
    while configuration < 32 {
        table[configuration] = match configuration {
            0..12 => [480, 960, 1920, 2880][configuration % 4],
            12..16 => [480, 960][configuration % 2],
            _ => [120, 240, 480, 960][configuration % 4],
        };
        configuration += 1;
    }
    table
};

/// 120 ms: a packet that says more is malformed (RFC 6716 3.4, R5).
const OPUS_MAX: u32 = 5760;

/// Duration of a payload in units of its RTP clock: 8 kHz for G.711 and for G.722, whose clock is half of its sampling rate
/// (RFC 3551 4.5.2), 48 kHz for Opus (RFC 7587 4.1). 0 for what is malformed or is no sound of its own.
pub fn samples_of(codec: Codec, payload: &[u8]) -> u32 {
    match codec {
        Codec::Pcmu | Codec::Pcma | Codec::G722 => u32::try_from(payload.len()).unwrap_or(0),
        Codec::Opus => opus(payload).unwrap_or(0),
        Codec::ComfortNoise | Codec::TelephoneEvent => 0,
    }
}

fn opus(payload: &[u8]) -> Option<u32> {
    let contents = *payload.first()?;
    let frames = match contents & 3 {
        0 => 1,
        1 | 2 => 2,
        _ => u32::from(payload.get(1)? & 0x3f),
    };
    let duration = frames * u32::from(OPUS_FRAME[usize::from(contents >> 3)]);
    (duration <= OPUS_MAX).then_some(duration)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn g711_and_g722_count_octets_on_a_clock_of_8_khz() {
        for codec in [Codec::Pcmu, Codec::Pcma, Codec::G722] {
            assert_eq!(samples_of(codec, &[0; 160]), 160);
        }
        assert_eq!(samples_of(Codec::TelephoneEvent, &[0; 4]), 0);
    }

    #[test]
    fn opus_says_its_duration_in_its_first_octets() {
        let cases: [(&[u8], u32); 8] = [
            (&[16 << 3], 120),              // CELT, 2.5 ms
            (&[19 << 3], 960),              // CELT, 20 ms
            (&[9 << 3], 960),               // SILK wideband, 20 ms
            (&[(3 << 3) | 1], 5760),        // SILK narrowband, two frames of 60 ms
            (&[(13 << 3) | 3, 0x83], 2880), // hybrid, three frames of 20 ms
            (&[(3 << 3) | 3, 3], 0),        // 180 ms: too long
            (&[3], 0),                      // a count is missing
            (&[], 0),
        ];
        for (payload, duration) in cases {
            assert_eq!(samples_of(Codec::Opus, payload), duration, "{payload:x?}");
        }
    }
}
