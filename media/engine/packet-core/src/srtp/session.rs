//! The two directions of one SRTP session: indices, roll-over counters and replay lists.

use super::cipher::{Cipher, GCM_TAG_BYTES, Nonce, Stream};
use super::{BadKeyLength, SrtpError};
use crate::replay::{SeenWindow, extend};
use crate::rtp;
use crate::switchboard::MAX_DATAGRAM;
use control_messages::SrtpProfile;

/// A far end sends one source at a time, and may take a new one with each hold or transfer behind it. Only who has the
/// keys can add one.
const MAX_SOURCES: usize = 64;
const RTCP_HEADER_BYTES: usize = 8;
const RTCP_INDEX_BYTES: usize = 4;
const ENCRYPTED_FLAG: u32 = 0x8000_0000;

fn ciphers(profile: SrtpProfile, key: &[u8], salt: &[u8]) -> Result<(Cipher, Cipher), BadKeyLength> {
    Ok((Cipher::new(profile, key, salt, Stream::Rtp)?, Cipher::new(profile, key, salt, Stream::Rtcp)?))
}

/// Index of RTP packets, RFC 3711 3.3.1: starts with a roll-over counter of zero.
fn packet_index(sequence: u16, highest: Option<u64>) -> u64 {
    highest.map_or_else(|| u64::from(sequence), |highest| extend(sequence, highest))
}

/// Protects what one synchronisation source of ours sends.
pub struct Outbound {
    rtp: Cipher,
    rtcp: Cipher,
    highest: Option<u64>,
    rtcp_index: u32,
}

impl Outbound {
    pub fn new(profile: SrtpProfile, key: &[u8], salt: &[u8]) -> Result<Self, BadKeyLength> {
        let (rtp, rtcp) = ciphers(profile, key, salt)?;
        Ok(Self { rtp, rtcp, highest: None, rtcp_index: 0 })
    }

    /// Go on with other keys: roll-over counter and SRTCP index are kept (RFC 3711 3.3.1, 3.2.1).
    pub fn with_keys(&self, profile: SrtpProfile, key: &[u8], salt: &[u8]) -> Result<Self, BadKeyLength> {
        let (rtp, rtcp) = ciphers(profile, key, salt)?;
        Ok(Self { rtp, rtcp, highest: self.highest, rtcp_index: self.rtcp_index })
    }

    /// Encrypt the RTP packet in the first `length` bytes of `buffer`; returns its new length, None when it does not fit.
    pub fn protect_rtp(&mut self, buffer: &mut [u8], length: usize) -> Option<usize> {
        let header = rtp::Header::parse(buffer.get(..length)?)?;
        let index = packet_index(header.sequence, self.highest);
        self.highest = Some(self.highest.map_or(index, |highest| highest.max(index)));
        let total = length + self.rtp.tag_bytes();
        if total > buffer.len() {
            return None;
        }
        let (head, text) = buffer[..length].split_at_mut(header.bytes);
        let rollover = ((index >> 16) as u32).to_be_bytes();
        let tag = self.rtp.seal(Nonce { ssrc: header.ssrc, index }, head, text, &rollover);
        buffer[length..total].copy_from_slice(&tag[..self.rtp.tag_bytes()]);
        Some(total)
    }

    /// Encrypt the RTCP compound packet in the first `length` bytes of `buffer`.
    pub fn protect_rtcp(&mut self, buffer: &mut [u8], length: usize) -> Option<usize> {
        let total = length + self.rtcp.tag_bytes() + RTCP_INDEX_BYTES;
        if length < RTCP_HEADER_BYTES || total > buffer.len() {
            return None;
        }
        let index = self.rtcp_index;
        self.rtcp_index = (self.rtcp_index + 1) & !ENCRYPTED_FLAG;
        let word = (index | ENCRYPTED_FLAG).to_be_bytes();
        let (header, text) = buffer[..length].split_at_mut(RTCP_HEADER_BYTES);
        let nonce = Nonce { ssrc: read_ssrc(header), index: u64::from(index) };
        let tag_bytes = self.rtcp.tag_bytes();
        let tag = match &self.rtcp {
            Cipher::CounterMode { .. } => self.rtcp.seal(nonce, header, text, &word),
            Cipher::Gcm { .. } => self.rtcp.seal(nonce, &gcm_rtcp_header(header, word), text, &word),
        };
        place_rtcp_trailer(&mut buffer[length..total], &tag, tag_bytes, word);
        Some(total)
    }
}

fn read_ssrc(rtcp_header: &[u8]) -> u32 {
    rtcp_header.get(4..8).and_then(|bytes| bytes.try_into().ok()).map_or(0, u32::from_be_bytes)
}

/// RFC 7714 9.2: the index word is authenticated with the header.
fn gcm_rtcp_header(header: &[u8], word: [u8; 4]) -> [u8; RTCP_HEADER_BYTES + RTCP_INDEX_BYTES] {
    let mut associated = [0; RTCP_HEADER_BYTES + RTCP_INDEX_BYTES];
    associated[..RTCP_HEADER_BYTES].copy_from_slice(&header[..RTCP_HEADER_BYTES]);
    associated[RTCP_HEADER_BYTES..].copy_from_slice(&word);
    associated
}

/// RFC 3711 puts the index before the tag, RFC 7714 after it.
fn place_rtcp_trailer(room: &mut [u8], tag: &[u8; GCM_TAG_BYTES], tag_bytes: usize, word: [u8; 4]) {
    if tag_bytes == GCM_TAG_BYTES {
        room[..tag_bytes].copy_from_slice(tag);
        room[tag_bytes..].copy_from_slice(&word);
    } else {
        room[..RTCP_INDEX_BYTES].copy_from_slice(&word);
        room[RTCP_INDEX_BYTES..].copy_from_slice(&tag[..tag_bytes]);
    }
}

struct InboundSource {
    ssrc: u32,
    rtp: SeenWindow,
    rtcp: SeenWindow,
    /// The highest index under the keys before: where the series goes on, if the far end keeps its roll-over counter.
    before: Option<u64>,
}

impl InboundSource {
    fn new(ssrc: u32) -> Self {
        Self { ssrc, rtp: SeenWindow::default(), rtcp: SeenWindow::default(), before: None }
    }

    /// The indices that a packet may have, the likelier one first. Two only for the first packet after new keys: RFC 3711
    /// 3.3.1 keeps the roll-over counter, but many make a new context that starts with zero.
    fn candidates(&self, sequence: u16) -> [Option<u64>; 2] {
        match (self.rtp.highest(), self.before) {
            (None, Some(before)) => {
                let kept = extend(sequence, before);
                let fresh = u64::from(sequence);
                [Some(kept), (kept != fresh).then_some(fresh)]
            }
            (highest, _) => [Some(packet_index(sequence, highest)), None],
        }
    }
}

/// Opens what the far end sends, by one set of keys.
pub struct Inbound {
    rtp: Cipher,
    rtcp: Cipher,
    /// The one in use is the first.
    sources: Vec<InboundSource>,
}

impl Inbound {
    pub fn new(profile: SrtpProfile, key: &[u8], salt: &[u8]) -> Result<Self, BadKeyLength> {
        let (rtp, rtcp) = ciphers(profile, key, salt)?;
        Ok(Self { rtp, rtcp, sources: Vec::new() })
    }

    /// Other keys for the same sources: their replay lists begin anew, since nobody can replay what new keys made.
    pub fn with_keys(&self, profile: SrtpProfile, key: &[u8], salt: &[u8]) -> Result<Self, BadKeyLength> {
        let successor = |source: &InboundSource| InboundSource {
            before: source.rtp.highest().or(source.before),
            ..InboundSource::new(source.ssrc)
        };
        let (rtp, rtcp) = ciphers(profile, key, salt)?;
        Ok(Self { rtp, rtcp, sources: self.sources.iter().map(successor).collect() })
    }

    fn position(&self, ssrc: u32) -> Option<usize> {
        self.sources.iter().position(|source| source.ssrc == ssrc)
    }

    /// Called only after authentication: a forger cannot fill the table.
    fn remember(&mut self, ssrc: u32) -> Result<&mut InboundSource, SrtpError> {
        let at = match self.position(ssrc) {
            Some(at) => at,
            None if self.sources.len() < MAX_SOURCES => {
                self.sources.push(InboundSource::new(ssrc));
                self.sources.len() - 1
            }
            None => return Err(SrtpError::TooManySources),
        };
        self.sources.swap(0, at);
        self.sources.first_mut().ok_or(SrtpError::TooManySources)
    }

    /// Check and decrypt in place; returns the length of the RTP packet. A forged packet's text may be spoilt.
    pub fn unprotect_rtp(&mut self, packet: &mut [u8]) -> Result<usize, SrtpError> {
        let header = rtp::Header::parse(packet).ok_or(SrtpError::TooShort)?;
        let known = self.position(header.ssrc).map(|at| &self.sources[at]);
        let candidates = known.map_or([Some(u64::from(header.sequence)), None], |it| it.candidates(header.sequence));
        let [Some(first), second] = candidates else { return Err(SrtpError::Forged) };
        if known.is_some_and(|source| !source.rtp.is_new(first)) {
            return Err(SrtpError::Replayed);
        }
        let index = match second {
            None => {
                self.open_rtp(&header, first, packet)?;
                first
            }
            Some(second) => self.open_either(&header, [first, second], packet)?,
        };
        self.remember(header.ssrc)?.rtp.mark(index);
        Ok(packet.len() - self.rtp.tag_bytes())
    }

    fn open_rtp(&self, header: &rtp::Header, index: u64, packet: &mut [u8]) -> Result<(), SrtpError> {
        let rollover = ((index >> 16) as u32).to_be_bytes();
        let (head, text) = packet.split_at_mut(header.bytes);
        self.rtp.open(Nonce { ssrc: header.ssrc, index }, head, text, &rollover)
    }

    /// GCM spoils what it cannot open, so the first try is made on a copy.
    fn open_either(&self, header: &rtp::Header, indices: [u64; 2], packet: &mut [u8]) -> Result<u64, SrtpError> {
        let mut copy = [0; MAX_DATAGRAM];
        let copy = copy.get_mut(..packet.len()).ok_or(SrtpError::TooLong)?;
        copy.copy_from_slice(packet);
        if self.open_rtp(header, indices[0], copy).is_ok() {
            packet.copy_from_slice(copy);
            return Ok(indices[0]);
        }
        self.open_rtp(header, indices[1], packet).map(|()| indices[1])
    }

    /// Check and decrypt in place; returns the length of the RTCP compound packet.
    pub fn unprotect_rtcp(&mut self, packet: &mut [u8]) -> Result<usize, SrtpError> {
        let tag_bytes = self.rtcp.tag_bytes();
        let plain = packet.len().checked_sub(tag_bytes + RTCP_INDEX_BYTES).ok_or(SrtpError::TooShort)?;
        if plain < RTCP_HEADER_BYTES {
            return Err(SrtpError::TooShort);
        }
        let is_gcm = matches!(self.rtcp, Cipher::Gcm { .. });
        let word_at = if is_gcm { plain + tag_bytes } else { plain };
        let Ok(word) = <[u8; 4]>::try_from(&packet[word_at..word_at + RTCP_INDEX_BYTES]) else {
            return Err(SrtpError::TooShort);
        };
        let flagged = u32::from_be_bytes(word);
        if flagged & ENCRYPTED_FLAG == 0 {
            return Err(SrtpError::Forged); // unencrypted SRTCP was never negotiated
        }
        let ssrc = read_ssrc(packet);
        let index = u64::from(flagged & !ENCRYPTED_FLAG);
        if self.position(ssrc).is_some_and(|at| !self.sources[at].rtcp.is_new(index)) {
            return Err(SrtpError::Replayed);
        }
        self.open_rtcp(Nonce { ssrc, index }, word, plain, packet)?;
        self.remember(ssrc)?.rtcp.mark(index);
        Ok(plain)
    }

    fn open_rtcp(&self, nonce: Nonce, word: [u8; 4], plain: usize, packet: &mut [u8]) -> Result<(), SrtpError> {
        let tag_bytes = self.rtcp.tag_bytes();
        let is_gcm = matches!(self.rtcp, Cipher::Gcm { .. });
        if !is_gcm {
            // The transform wants the tag right behind the text.
            packet[plain..].rotate_left(RTCP_INDEX_BYTES);
        }
        let (head, rest) = packet.split_at_mut(RTCP_HEADER_BYTES);
        let text = &mut rest[..plain - RTCP_HEADER_BYTES + tag_bytes];
        if is_gcm {
            return self.rtcp.open(nonce, &gcm_rtcp_header(head, word), text, &word);
        }
        let opened = self.rtcp.open(nonce, head, text, &word);
        packet[plain..].rotate_right(RTCP_INDEX_BYTES); // as it was, for whoever tries other keys
        opened
    }
}

#[cfg(test)]
#[path = "session_tests.rs"]
mod tests;
