//! The two directions of one SRTP session: indices, roll-over counters and replay lists.

use super::cipher::{Cipher, GCM_TAG_BYTES, Nonce, RTCP_LABELS, RTP_LABELS};
use super::{BadKeyLength, SrtpError};
use crate::replay::{SeenWindow, extend};
use crate::rtp;
use control_messages::SrtpProfile;

/// A browser sends one audio source at a time; a few more for changes of the source without a new handshake.
const MAX_SOURCES: usize = 4;
const RTCP_HEADER_BYTES: usize = 8;
const RTCP_INDEX_BYTES: usize = 4;
const ENCRYPTED_FLAG: u32 = 0x8000_0000;

fn ciphers(profile: SrtpProfile, key: &[u8], salt: &[u8]) -> Result<(Cipher, Cipher), BadKeyLength> {
    Ok((Cipher::new(profile, key, salt, RTP_LABELS)?, Cipher::new(profile, key, salt, RTCP_LABELS)?))
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

#[derive(Clone, Copy)]
struct InboundSource {
    ssrc: u32,
    rtp: SeenWindow,
    rtcp: SeenWindow,
}

/// Opens what the far end sends.
pub struct Inbound {
    rtp: Cipher,
    rtcp: Cipher,
    sources: [Option<InboundSource>; MAX_SOURCES],
}

impl Inbound {
    pub fn new(profile: SrtpProfile, key: &[u8], salt: &[u8]) -> Result<Self, BadKeyLength> {
        let (rtp, rtcp) = ciphers(profile, key, salt)?;
        Ok(Self { rtp, rtcp, sources: [None; MAX_SOURCES] })
    }

    fn source(&self, ssrc: u32) -> Option<InboundSource> {
        self.sources.iter().flatten().find(|source| source.ssrc == ssrc).copied()
    }

    /// Called only after authentication: a forger cannot fill the table.
    fn remember(&mut self, updated: InboundSource) -> Result<(), SrtpError> {
        let known = self.sources.iter().position(|slot| slot.is_some_and(|source| source.ssrc == updated.ssrc));
        let index = known.or_else(|| self.sources.iter().position(Option::is_none)).ok_or(SrtpError::TooManySources)?;
        self.sources[index] = Some(updated);
        Ok(())
    }

    /// Check and decrypt in place; returns the length of the RTP packet.
    pub fn unprotect_rtp(&mut self, packet: &mut [u8]) -> Result<usize, SrtpError> {
        let header = rtp::Header::parse(packet).ok_or(SrtpError::TooShort)?;
        let fresh = InboundSource { ssrc: header.ssrc, rtp: SeenWindow::default(), rtcp: SeenWindow::default() };
        let mut source = self.source(header.ssrc).unwrap_or(fresh);
        let index = packet_index(header.sequence, source.rtp.highest());
        if !source.rtp.is_new(index) {
            return Err(SrtpError::Replayed);
        }
        let rollover = ((index >> 16) as u32).to_be_bytes();
        let (head, text) = packet.split_at_mut(header.bytes);
        self.rtp.open(Nonce { ssrc: header.ssrc, index }, head, text, &rollover)?;
        source.rtp.mark(index);
        self.remember(source)?;
        Ok(packet.len() - self.rtp.tag_bytes())
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
        let fresh = InboundSource { ssrc, rtp: SeenWindow::default(), rtcp: SeenWindow::default() };
        let mut source = self.source(ssrc).unwrap_or(fresh);
        let index = u64::from(flagged & !ENCRYPTED_FLAG);
        if !source.rtcp.is_new(index) {
            return Err(SrtpError::Replayed);
        }
        if !is_gcm {
            // The transform wants the tag right behind the text.
            packet.copy_within(word_at + RTCP_INDEX_BYTES.., word_at);
        }
        let (head, rest) = packet.split_at_mut(RTCP_HEADER_BYTES);
        let text = &mut rest[..plain - RTCP_HEADER_BYTES + tag_bytes];
        let nonce = Nonce { ssrc, index };
        if is_gcm {
            self.rtcp.open(nonce, &gcm_rtcp_header(head, word), text, &word)?;
        } else {
            self.rtcp.open(nonce, head, text, &word)?;
        }
        source.rtcp.mark(index);
        self.remember(source)?;
        Ok(plain)
    }
}

#[cfg(test)]
#[path = "session_tests.rs"]
mod tests;
