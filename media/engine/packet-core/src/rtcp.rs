//! RTCP sender and receiver reports (RFC 3550 section 6).

const VERSION_BITS: u8 = 2 << 6;
const SENDER_REPORT: u8 = 200;
const RECEIVER_REPORT: u8 = 201;
const SOURCE_DESCRIPTION: u8 = 202;
const GOODBYE: u8 = 203;
const PADDING_BIT: u8 = 0x20;
const CNAME_ITEM: u8 = 1;
const BLOCK_BYTES: usize = 24;
const SENDER_INFO_BYTES: usize = 20;
const HEADER_BYTES: usize = 8;

/// A sender report with one block, and a source description with a name of 16 characters.
pub const MAX_REPORT_BYTES: usize = 96;
pub const CNAME_BYTES: usize = 16;

/// Seconds between the NTP epoch (1900) and the Unix epoch.
const NTP_UNIX_OFFSET: u64 = 2_208_988_800;

/// 64-bit NTP time of a Unix time in nanoseconds.
pub fn ntp_time(unix_nanos: u64) -> u64 {
    let seconds = unix_nanos / crate::SECOND + NTP_UNIX_OFFSET;
    let fraction = (u128::from(unix_nanos % crate::SECOND) << 32) / u128::from(crate::SECOND);
    (seconds << 32) | fraction as u64
}

/// The middle 32 bits, in 1/65536 s.
pub fn ntp_middle(ntp: u64) -> u32 {
    (ntp >> 16) as u32
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SenderInfo {
    pub ntp: u64,
    pub rtp_time: u32,
    pub packets: u32,
    pub octets: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReportBlock {
    pub ssrc: u32,
    pub fraction_lost: u8,
    pub cumulative_lost: i32,
    pub highest: u32,
    pub jitter: u32,
    pub last_report: u32,
    pub delay: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Report<'a> {
    pub ssrc: u32,
    pub sender: Option<SenderInfo>,
    pub block: Option<ReportBlock>,
    pub cname: &'a [u8; CNAME_BYTES],
}

struct Writer<'a> {
    out: &'a mut [u8],
    at: usize,
}

impl Writer<'_> {
    fn put(&mut self, bytes: &[u8]) {
        self.out[self.at..self.at + bytes.len()].copy_from_slice(bytes);
        self.at += bytes.len();
    }

    fn word(&mut self, value: u32) {
        self.put(&value.to_be_bytes());
    }

    fn header(&mut self, count: u8, kind: u8, bytes: usize) {
        self.put(&[VERSION_BITS | count, kind]);
        self.put(&((bytes / 4 - 1) as u16).to_be_bytes());
    }
}

impl Report<'_> {
    /// Write the compound packet; returns its length.
    pub fn write(&self, out: &mut [u8]) -> usize {
        let mut writer = Writer { out, at: 0 };
        let blocks = if self.block.is_some() { BLOCK_BYTES } else { 0 };
        let count = u8::from(self.block.is_some());
        match self.sender {
            Some(sender) => {
                writer.header(count, SENDER_REPORT, HEADER_BYTES + SENDER_INFO_BYTES + blocks);
                writer.word(self.ssrc);
                writer.put(&sender.ntp.to_be_bytes());
                writer.word(sender.rtp_time);
                writer.word(sender.packets);
                writer.word(sender.octets);
            }
            None => {
                writer.header(count, RECEIVER_REPORT, HEADER_BYTES + blocks);
                writer.word(self.ssrc);
            }
        }
        if let Some(block) = self.block {
            writer.word(block.ssrc);
            let lost = (block.cumulative_lost as u32) & 0x00ff_ffff;
            writer.word((u32::from(block.fraction_lost) << 24) | lost);
            writer.word(block.highest);
            writer.word(block.jitter);
            writer.word(block.last_report);
            writer.word(block.delay);
        }
        writer.header(1, SOURCE_DESCRIPTION, 28); // header, SSRC, item of 18 bytes, its end and padding
        writer.word(self.ssrc);
        writer.put(&[CNAME_ITEM, CNAME_BYTES as u8]);
        writer.put(self.cname);
        writer.put(&[0, 0]);
        writer.at
    }
}

impl Report<'_> {
    /// Write the compound packet with a BYE at its end (RFC 3550 6.6).
    pub fn write_goodbye(&self, out: &mut [u8]) -> usize {
        let at = self.write(out);
        let mut writer = Writer { out, at };
        writer.header(1, GOODBYE, HEADER_BYTES);
        writer.word(self.ssrc);
        writer.at
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Item {
    SenderReport { ssrc: u32, ntp: u64 },
    Block(ReportBlock),
    Goodbye { ssrc: u32 },
}

fn read_u32(data: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(*data.get(at..)?.first_chunk()?))
}

fn read_block(data: &[u8]) -> Option<ReportBlock> {
    let lost = read_u32(data, 4)?;
    Some(ReportBlock {
        ssrc: read_u32(data, 0)?,
        fraction_lost: (lost >> 24) as u8,
        cumulative_lost: ((lost << 8) as i32) >> 8,
        highest: read_u32(data, 8)?,
        jitter: read_u32(data, 12)?,
        last_report: read_u32(data, 16)?,
        delay: read_u32(data, 20)?,
    })
}

/// The first packet of a compound one, and the rest; None when its length or version is wrong, or it is padded and not
/// the last (RFC 3550 A.2).
fn split_packet(data: &[u8]) -> Option<(&[u8], &[u8])> {
    let header = data.first_chunk::<4>()?;
    let length = 4 * (usize::from(u16::from_be_bytes([header[2], header[3]])) + 1);
    let (packet, rest) = data.split_at_checked(length)?;
    let is_padded = header[0] & PADDING_BIT != 0;
    (header[0] >> 6 == 2 && (!is_padded || rest.is_empty())).then_some((packet, rest))
}

fn is_well_formed(data: &[u8]) -> bool {
    let starts_with_report = data.len() >= HEADER_BYTES && matches!(data[1], SENDER_REPORT | RECEIVER_REPORT);
    let mut rest = data;
    while let Some((_, next)) = split_packet(rest) {
        rest = next;
    }
    starts_with_report && rest.is_empty()
}

/// Call `each` for what the compound packet says; false when it is malformed (RFC 3550 A.2), and then for nothing of it.
pub fn read(mut data: &[u8], mut each: impl FnMut(Item)) -> bool {
    if !is_well_formed(data) {
        return false;
    }
    while let Some((packet, rest)) = split_packet(data) {
        read_packet(packet, &mut each);
        data = rest;
    }
    true
}

fn read_packet(packet: &[u8], each: &mut impl FnMut(Item)) {
    let Some(ssrc) = read_u32(packet, 4) else { return };
    let count = usize::from(packet[0] & 0x1f);
    let mut blocks_at = HEADER_BYTES;
    match packet[1] {
        SENDER_REPORT => {
            let (Some(high), Some(low)) = (read_u32(packet, 8), read_u32(packet, 12)) else { return };
            each(Item::SenderReport { ssrc, ntp: (u64::from(high) << 32) | u64::from(low) });
            blocks_at += SENDER_INFO_BYTES;
        }
        RECEIVER_REPORT => {}
        GOODBYE => {
            let sources = packet[4..].chunks_exact(4).take(count).filter_map(|word| read_u32(word, 0));
            return sources.for_each(|ssrc| each(Item::Goodbye { ssrc }));
        }
        _ => return,
    }
    let blocks = packet.get(blocks_at..).unwrap_or_default().chunks_exact(BLOCK_BYTES);
    blocks.take(count).filter_map(read_block).for_each(|block| each(Item::Block(block)));
}

/// Round trip in ms from a block about us that arrived at `now` (NTP middle bits); None when the far end has no report of ours.
pub fn round_trip_ms(block: &ReportBlock, now: u32) -> Option<f64> {
    if block.last_report == 0 {
        return None;
    }
    let ticks = now.wrapping_sub(block.last_report).wrapping_sub(block.delay) as i32;
    // A far end that rounds its delay up may come out slightly below zero.
    Some(f64::from(ticks.max(0)) * 1000.0 / 65536.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const BLOCK: ReportBlock = ReportBlock {
        ssrc: 9,
        fraction_lost: 12,
        cumulative_lost: -3,
        highest: 77_000,
        jitter: 40,
        last_report: 0x1234_5678,
        delay: 65_536,
    };

    #[test]
    fn a_written_report_reads_back() {
        let sender = SenderInfo { ntp: ntp_time(crate::SECOND * 3 / 2), rtp_time: 160, packets: 5, octets: 800 };
        let report = Report { ssrc: 7, sender: Some(sender), block: Some(BLOCK), cname: b"0123456789abcdef" };
        let mut out = [0; MAX_REPORT_BYTES];
        let length = report.write(&mut out);
        assert_eq!(length % 4, 0);
        let mut items = Vec::new();
        assert!(read(&out[..length], |item| items.push(item)));
        assert_eq!(items, [Item::SenderReport { ssrc: 7, ntp: sender.ntp }, Item::Block(BLOCK)]);
        assert_eq!(sender.ntp as u32, 1 << 31);
    }

    #[test]
    fn round_trip_is_the_time_since_our_report_less_their_delay() {
        let now = BLOCK.last_report + BLOCK.delay + 6554;
        assert!((round_trip_ms(&BLOCK, now).expect("known") - 100.0).abs() < 0.1);
        assert_eq!(round_trip_ms(&ReportBlock { last_report: 0, ..BLOCK }, now), None);
    }

    fn items(data: &[u8]) -> Option<Vec<Item>> {
        let mut items = Vec::new();
        read(data, |item| items.push(item)).then_some(items)
    }

    #[test]
    fn a_goodbye_reads_back() {
        let report = Report { ssrc: 7, sender: None, block: None, cname: b"0123456789abcdef" };
        let mut out = [0; MAX_REPORT_BYTES];
        let length = report.write_goodbye(&mut out);
        assert_eq!(items(&out[..length]), Some(vec![Item::Goodbye { ssrc: 7 }]));
    }

    #[test]
    fn malformed_compound_packets_say_nothing_at_all() {
        let report = Report { ssrc: 7, sender: None, block: Some(BLOCK), cname: b"0123456789abcdef" };
        let mut out = [0; MAX_REPORT_BYTES];
        let length = report.write_goodbye(&mut out);
        let good = &out[..length];
        assert_eq!(items(good).map(|items| items.len()), Some(2));
        let changed = |at: usize, value: u8| {
            let mut bad = good.to_vec();
            bad[at] = value;
            bad
        };
        let bye = length - 8;
        assert_eq!(items(&good[..length - 1]), None, "cut off");
        assert_eq!(items(&good[..6]), None, "shorter than a report");
        assert_eq!(items(&changed(1, 204)), None, "does not begin with a report");
        assert_eq!(items(&changed(bye, 0x41)), None, "version 1 in the last packet");
        assert_eq!(items(&changed(bye + 3, 9)), None, "the last packet is longer than the datagram");
        assert_eq!(items(&changed(0, 0xa1)), None, "padding, and not the last packet");
        let many_blocks = items(&changed(0, 0x9f)).expect("well-formed: the count is larger than the packet");
        assert_eq!(many_blocks[0], Item::Block(BLOCK));
        let many_sources = items(&changed(bye, 0x9f)).expect("well-formed");
        assert_eq!(many_sources[1..], [Item::Goodbye { ssrc: 7 }]);
    }

    proptest! {
        #[test]
        fn no_bytes_panic(mut data in proptest::collection::vec(any::<u8>(), 0..150)) {
            read(&data, |_| ());
            if data.len() > 2 {
                data[0] = 0x9f;
                data[1] = SENDER_REPORT;
                read(&data, |_| ());
            }
        }
    }
}
