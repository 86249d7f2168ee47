//! How long a payload sounds, without decoding it.

use super::opus_packet;
use control_messages::Codec;

/// Duration of a payload in units of its RTP clock: 8 kHz for G.711 and for G.722, whose clock is half of its sampling rate
/// (RFC 3551 4.5.2), 48 kHz for Opus (RFC 7587 4.1). 0 for what is malformed or is no sound of its own.
pub fn samples_of(codec: Codec, payload: &[u8]) -> u32 {
    match codec {
        Codec::Pcmu | Codec::Pcma | Codec::G722 => u32::try_from(payload.len()).unwrap_or(0),
        Codec::Opus => opus_packet::duration(payload).unwrap_or(0),
        Codec::ComfortNoise | Codec::TelephoneEvent => 0,
    }
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
        assert_eq!(samples_of(Codec::ComfortNoise, &[60]), 0);
    }
}
