//! What an Opus packet says of itself in its first octets (RFC 6716 3).

/// Duration of one frame in samples of 48 kHz, by the configuration number (3.1, table 2).
const FRAME: [u16; 32] = {
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

/// 120 ms: a packet that says more is malformed (3.4, R5).
const MAX_DURATION: u32 = 5760;

/// Configurations from here on are CELT alone, which carries no copy of an earlier frame.
const FIRST_CELT: u8 = 16;

/// 20 ms: a SILK frame that is longer consists of several of these, each with a flag for voice (4.2.3).
const SILK_FRAME: u16 = 960;

const VARIABLE_BIT_RATE: u8 = 0x80;
const PADDED: u8 = 0x40;
/// The first octet of a length from which on a second one follows (3.2.1).
const LONG_LENGTH: u8 = 252;

fn frame_duration(contents: u8) -> u16 {
    FRAME[usize::from(contents >> 3)]
}

/// Samples of 48 kHz that the packet holds; None when it is malformed.
pub fn duration(packet: &[u8]) -> Option<u32> {
    let contents = *packet.first()?;
    let frames = match contents & 3 {
        0 => 1,
        1 | 2 => 2,
        _ => u32::from(packet.get(1)? & 0x3f),
    };
    let duration = frames * u32::from(frame_duration(contents));
    (duration <= MAX_DURATION).then_some(duration)
}

/// True when the packet holds a copy of the frame before it: the flag LBRR of either channel (4.2.3, 4.2.4).
pub fn carries_redundancy(packet: &[u8]) -> bool {
    redundancy_flags(packet).unwrap_or(false)
}

fn redundancy_flags(packet: &[u8]) -> Option<bool> {
    let contents = *packet.first()?;
    if contents >> 3 >= FIRST_CELT {
        return Some(false);
    }
    let first = packet.get(first_frame(packet)?)?;
    let voice_flags = u32::from(frame_duration(contents).div_ceil(SILK_FRAME));
    let flag = |place: u32| first >> (7 - place) & 1 == 1;
    let stereo = contents & 4 != 0;
    Some(flag(voice_flags) || stereo && flag(2 * voice_flags + 1))
}

/// Where the first frame begins.
fn first_frame(packet: &[u8]) -> Option<usize> {
    match packet.first()? & 3 {
        0 | 1 => Some(1),
        2 => Some(1 + length_octets(*packet.get(1)?)),
        _ => after_signalling(packet),
    }
}

fn length_octets(first: u8) -> usize {
    if first < LONG_LENGTH { 1 } else { 2 }
}

/// Code 3: a count, the length of padding, and all lengths but the last (3.2.5).
fn after_signalling(packet: &[u8]) -> Option<usize> {
    let count = *packet.get(1)?;
    let mut at = 2;
    if count & PADDED != 0 {
        while *packet.get(at)? == 255 {
            at += 1;
        }
        at += 1;
    }
    if count & VARIABLE_BIT_RATE != 0 {
        for _ in 1..count & 0x3f {
            at += length_octets(*packet.get(at)?);
        }
    }
    Some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packet_says_its_duration_in_its_first_octets() {
        let cases: [(&[u8], Option<u32>); 8] = [
            (&[16 << 3], Some(120)),              // CELT, 2.5 ms
            (&[19 << 3], Some(960)),              // CELT, 20 ms
            (&[9 << 3], Some(960)),               // SILK wideband, 20 ms
            (&[(3 << 3) | 1], Some(5760)),        // SILK narrowband, two frames of 60 ms
            (&[(13 << 3) | 3, 0x83], Some(2880)), // hybrid, three frames of 20 ms
            (&[(3 << 3) | 3, 3], None),           // 180 ms: too long
            (&[3], None),                         // a count is missing
            (&[], None),
        ];
        for (packet, expected) in cases {
            assert_eq!(duration(packet), expected, "{packet:x?}");
        }
    }

    #[test]
    fn the_flag_of_redundancy_stands_after_the_flags_of_voice() {
        let cases: [(&[u8], bool); 9] = [
            (&[9 << 3, 0x40], true),                        // one frame, mono
            (&[9 << 3, 0x80], false),                       // voice alone
            (&[11 << 3, 0x10], true),                       // 60 ms: three flags of voice first
            (&[(9 << 3) | 4, 0x10], true),                  // the side channel's
            (&[(9 << 3) | 2, 252, 0, 0x40], true),          // two frames, a long length between
            (&[(9 << 3) | 3, 0xc2, 255, 1, 5, 0x40], true), // padding and a length between
            (&[(9 << 3) | 3, 0xc2, 255], false),            // cut off
            (&[19 << 3, 0x40], false),                      // CELT
            (&[], false),
        ];
        for (packet, expected) in cases {
            assert_eq!(carries_redundancy(packet), expected, "{packet:x?}");
        }
    }
}
