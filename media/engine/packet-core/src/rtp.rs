//! RTP packets (RFC 3550 5.1).

use std::ops::Range;

pub const HEADER_BYTES: usize = 12;
const VERSION: u8 = 2;
const PADDING_BIT: u8 = 0x20;
const EXTENSION_BIT: u8 = 0x10;
const CSRC_COUNT_MASK: u8 = 0x0f;
const MARKER_BIT: u8 = 0x80;

/// Second bytes that mean RTCP when both share a port (RFC 5761 section 4).
const RTCP_SECOND_BYTES: std::ops::RangeInclusive<u8> = 192..=223;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    pub marker: bool,
    pub payload_type: u8,
    pub sequence: u16,
    pub timestamp: u32,
    pub ssrc: u32,
    /// Fixed header, CSRC list and extension.
    pub bytes: usize,
    padded: bool,
}

/// True for a datagram that is RTCP rather than RTP.
pub fn is_rtcp(datagram: &[u8]) -> bool {
    datagram.get(1).is_some_and(|second| RTCP_SECOND_BYTES.contains(second))
}

impl Header {
    /// None when the datagram is no RTP packet.
    pub fn parse(datagram: &[u8]) -> Option<Self> {
        let fixed = datagram.first_chunk::<HEADER_BYTES>()?;
        if fixed[0] >> 6 != VERSION {
            return None;
        }
        let mut bytes = HEADER_BYTES + 4 * usize::from(fixed[0] & CSRC_COUNT_MASK);
        if fixed[0] & EXTENSION_BIT != 0 {
            let extension = datagram.get(bytes..)?.first_chunk::<4>()?;
            bytes += 4 + 4 * usize::from(u16::from_be_bytes([extension[2], extension[3]]));
        }
        if bytes > datagram.len() {
            return None;
        }
        Some(Self {
            marker: fixed[1] & MARKER_BIT != 0,
            payload_type: fixed[1] & !MARKER_BIT,
            sequence: u16::from_be_bytes([fixed[2], fixed[3]]),
            timestamp: u32::from_be_bytes([fixed[4], fixed[5], fixed[6], fixed[7]]),
            ssrc: u32::from_be_bytes([fixed[8], fixed[9], fixed[10], fixed[11]]),
            bytes,
            padded: fixed[0] & PADDING_BIT != 0,
        })
    }

    /// Where the payload lies in the (decrypted) packet; None when the padding is impossible.
    pub fn payload(&self, packet: &[u8]) -> Option<Range<usize>> {
        let mut end = packet.len();
        if self.padded {
            let padding = usize::from(*packet.last()?);
            if padding == 0 {
                return None;
            }
            end = end.checked_sub(padding)?;
        }
        (self.bytes <= end).then_some(self.bytes..end)
    }
}

/// The fields of a packet that we send: no CSRC, extension or padding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outgoing {
    pub marker: bool,
    pub payload_type: u8,
    pub sequence: u16,
    pub timestamp: u32,
    pub ssrc: u32,
}

impl Outgoing {
    pub fn write(&self, out: &mut [u8; HEADER_BYTES]) {
        out[0] = VERSION << 6;
        out[1] = self.payload_type | if self.marker { MARKER_BIT } else { 0 };
        out[2..4].copy_from_slice(&self.sequence.to_be_bytes());
        out[4..8].copy_from_slice(&self.timestamp.to_be_bytes());
        out[8..12].copy_from_slice(&self.ssrc.to_be_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn csrc_extension_and_padding_are_left_out_of_the_payload() {
        let mut packet = vec![0xb1, 0x88, 0, 1, 0, 0, 0, 160, 0, 0, 0, 7, 1, 1, 1, 1, 0xbe, 0xde, 0, 1, 9, 9, 9, 9];
        packet.extend([42, 43, 0, 2]);
        let header = Header::parse(&packet).expect("valid");
        assert_eq!((header.marker, header.payload_type, header.bytes), (true, 8, 24));
        assert_eq!(header.payload(&packet), Some(24..26));
    }

    #[test]
    fn impossible_lengths_are_refused() {
        assert_eq!(Header::parse(&[0x80; 11]), None);
        assert_eq!(Header::parse(&[0x8f; 40]), None, "15 CSRC do not fit");
        assert_eq!(Header::parse(&[0x40; 20]), None, "version 1");
        let mut padded = [0u8; 20];
        padded[0] = 0xa0;
        padded[19] = 200;
        assert_eq!(Header::parse(&padded).and_then(|header| header.payload(&padded)), None);
    }

    proptest! {
        #[test]
        fn any_bytes_parse_without_panic(data in proptest::collection::vec(any::<u8>(), 0..80)) {
            if let Some(header) = Header::parse(&data) {
                let _ = header.payload(&data);
            }
        }

        #[test]
        fn written_headers_parse_back(
            marker: bool, payload_type in 0u8..128, sequence: u16, timestamp: u32, ssrc: u32
        ) {
            let mut packet = [0; HEADER_BYTES];
            Outgoing { marker, payload_type, sequence, timestamp, ssrc }.write(&mut packet);
            let header = Header::parse(&packet).expect("valid");
            prop_assert_eq!((header.marker, header.payload_type, header.sequence), (marker, payload_type, sequence));
            prop_assert_eq!((header.timestamp, header.ssrc, header.bytes), (timestamp, ssrc, HEADER_BYTES));
        }
    }
}
