//! The way of an RTP packet: in, counted, out to whoever hears it.

use super::leg::{Leg, Meaning, Transport};
use super::outbox::{Outbox, Port};
use super::recorders::Recorder;
use super::table::Table;
use super::{Counters, Switchboard};
use crate::Nanos;
use crate::detect::feed::Audio;
use crate::g711::Law;
use crate::reception::Verdict;
use crate::recording::{CUSTOMER, OURS, Samples, Sound};
use crate::rtp::{self, HEADER_BYTES, Header, Outgoing};
use crate::srtp::MAX_OVERHEAD;
use crate::stream::{Incoming, Numbers, Origin};
use crate::telephone_event;
use control_messages::Event;
use std::net::SocketAddr;

#[derive(Clone, Copy)]
pub struct Voice<'a> {
    pub law: Law,
    pub codes: &'a [u8],
}

/// What sending needs besides the leg.
pub struct Sending<'a> {
    pub recorders: &'a mut Table<Recorder>,
    pub out: &'a mut Outbox,
    pub now: Nanos,
}

/// Write one RTP packet to the leg: header, payload by `fill`, protection. False when it could not be sent.
fn emit(
    leg: &mut Leg,
    key: usize,
    header: (u8, Numbers),
    (length, fill): (usize, impl FnOnce(&mut [u8])),
    out: &mut Outbox,
) -> bool {
    let Some((port, to)) = leg.rtp_target(key) else { return false };
    let buffer = out.slot();
    let mut total = HEADER_BYTES + length;
    if total + MAX_OVERHEAD > buffer.len() {
        return false;
    }
    let (payload_type, numbers) = header;
    let Some((head, rest)) = buffer.split_first_chunk_mut::<HEADER_BYTES>() else { return false };
    let Numbers { sequence, timestamp, marker } = numbers;
    Outgoing { marker, payload_type, sequence, timestamp, ssrc: leg.stream.ssrc }.write(head);
    fill(&mut rest[..length]);
    if let Some(srtp) = leg.srtp.as_mut() {
        match srtp.protect_rtp(buffer, total) {
            Some(protected) => total = protected,
            None => return false,
        }
    }
    out.commit(port, to, total);
    leg.stream.count(length);
    true
}

/// Send sound to a leg in its own law and numbering; true when it went out.
pub fn send_voice(leg: &mut Leg, key: usize, incoming: Incoming, voice: Voice<'_>, sending: &mut Sending<'_>) -> bool {
    let Some((payload_type, law)) = leg.payloads.audio else { return false };
    if leg.digits_out.is_sounding() || leg.rtp_target(key).is_none() {
        return false;
    }
    let Some(numbers) = leg.stream.number(incoming, sending.now) else { return false };
    for recorder in &leg.recorders {
        let sound =
            Sound { generation: 0, timestamp: numbers.timestamp, samples: Samples::Codes(voice.law, voice.codes) };
        sending.recorders[*recorder].line.place(OURS, sound, sending.now);
    }
    if leg.listening.is_some() {
        let audio =
            Audio { codec: voice.law.codec(), generation: 0, timestamp: numbers.timestamp, payload: voice.codes };
        leg.detect_outgoing(audio, sending.now);
    }
    let fill = |out: &mut [u8]| voice.law.translate(voice.codes, law, out);
    emit(leg, key, (payload_type, numbers), (voice.codes.len(), fill), sending.out)
}

/// Send a telephone event packet to a leg.
pub fn send_digit(leg: &mut Leg, key: usize, incoming: Incoming, payload: &[u8], sending: &mut Sending<'_>) -> bool {
    let Some(payload_type) = leg.payloads.digits else {
        leg.stream.omit(incoming.origin, incoming.number);
        return false;
    };
    if leg.rtp_target(key).is_none() {
        return false;
    }
    let Some(numbers) = leg.stream.number(incoming, sending.now) else { return false };
    let fill = |out: &mut [u8]| out.copy_from_slice(payload);
    emit(leg, key, (payload_type, numbers), (payload.len(), fill), sending.out)
}

/// An accepted packet: what it means and its numbers.
struct Accepted {
    incoming: Incoming,
    meaning: Meaning,
    payload: std::ops::Range<usize>,
    starts: bool,
}

impl Leg {
    /// Check, decrypt and count one RTP packet; None when it goes no further.
    fn accept(
        &mut self,
        key: usize,
        datagram: &mut [u8],
        source: SocketAddr,
        now: Nanos,
        counters: &mut Counters,
    ) -> Option<Accepted> {
        if let Transport::Rtp { rtp, .. } = &self.transport
            && rtp.refuses(source)
        {
            counters.strangers += 1;
            self.discarded += 1;
            return None;
        }
        let Some(header) = Header::parse(datagram) else {
            counters.malformed += 1;
            self.discarded += 1;
            return None;
        };
        let Some((meaning, payload)) = self.open(&header, datagram) else {
            self.discarded += 1;
            return None;
        };
        if let Transport::Rtp { rtp, .. } = &mut self.transport {
            rtp.learn(source);
        }
        match self.reception.accept(header.ssrc, header.sequence, payload.len(), now) {
            Verdict::Accepted(number) => {
                let origin = Origin::Leg(key, self.reception.generation());
                let incoming = Incoming { origin, number, timestamp: header.timestamp, marker: header.marker };
                let starts = !std::mem::replace(&mut self.receiving, true);
                Some(Accepted { incoming, meaning, payload, starts })
            }
            Verdict::Duplicate => {
                self.discarded += 1;
                None
            }
            Verdict::Suspect => None,
        }
    }

    /// What a packet's payload means and where it lies, decrypted.
    fn open(&mut self, header: &Header, datagram: &mut [u8]) -> Option<(Meaning, std::ops::Range<usize>)> {
        let meaning = self.payloads.meaning(header.payload_type)?;
        let length = match (self.srtp.as_mut(), &self.transport) {
            (Some(srtp), _) => srtp.unprotect_rtp(datagram).ok()?,
            (None, Transport::Rtp { .. }) => datagram.len(),
            (None, Transport::Webrtc(_)) => return None, // never in clear on a browser leg
        };
        let payload = header.payload(&datagram[..length])?;
        (!payload.is_empty()).then_some((meaning, payload))
    }
}

impl Switchboard {
    /// Take in one datagram that arrived on `port`; it is decrypted in place.
    pub fn receive(&mut self, port: Port, datagram: &mut [u8], source: SocketAddr, now: Nanos, out: &mut Outbox) {
        match port {
            Port::Rtp(key) if rtp::is_rtcp(datagram) => self.receive_rtcp(key, datagram, source, now),
            Port::Rtp(key) => self.receive_rtp(key, datagram, source, now, out),
            Port::Rtcp(key) => self.receive_rtcp(key, datagram, source, now),
            Port::Shared(index) => self.receive_shared(index, datagram, source, now, out),
        }
    }

    pub(super) fn receive_rtp(
        &mut self,
        key: usize,
        datagram: &mut [u8],
        source: SocketAddr,
        now: Nanos,
        out: &mut Outbox,
    ) {
        let Some(leg) = self.legs.get_mut(key) else { return };
        let Some(accepted) = leg.accept(key, datagram, source, now, &mut self.counters) else { return };
        if accepted.starts {
            self.events.push_back(Event::RtpStarted { leg: leg.name.clone(), remote: source.into() });
        }
        let payload = &datagram[accepted.payload];
        let incoming = accepted.incoming;
        match accepted.meaning {
            Meaning::Audio(law) => {
                leg.reception.note_transit(incoming.timestamp, now);
                self.hear_voice(key, incoming, Voice { law, codes: payload }, now, out);
            }
            Meaning::Digit => self.hear_digit(key, incoming, payload, now, out),
        }
    }

    /// Sound that a leg says: to its recorders, to its mixing hearers' buffer, and to who hears it alone.
    fn hear_voice(&mut self, key: usize, incoming: Incoming, voice: Voice<'_>, now: Nanos, out: &mut Outbox) {
        let leg = &mut self.legs[key];
        if !leg.direction.receives() {
            return;
        }
        let generation = leg.reception.generation();
        for recorder in &leg.recorders {
            let sound =
                Sound { generation, timestamp: incoming.timestamp, samples: Samples::Codes(voice.law, voice.codes) };
            self.recorders[*recorder].line.place(CUSTOMER, sound, now);
        }
        if leg.listening.is_some() {
            let audio =
                Audio { codec: voice.law.codec(), generation, timestamp: incoming.timestamp, payload: voice.codes };
            self.detect_incoming(key, audio, now);
        }
        let leg = &mut self.legs[key];
        if let Some(buffer) = leg.voice.as_mut() {
            buffer.put(generation, incoming.timestamp, voice.law, voice.codes);
        }
        let hearers = std::mem::take(&mut leg.hearers);
        let mut sending = Sending { recorders: &mut self.recorders, out, now };
        for hearer in &hearers {
            let Some(leg) = self.legs.get_mut(*hearer).filter(|leg| !leg.is_mixing()) else { continue };
            let sent = send_voice(leg, *hearer, incoming, voice, &mut sending);
            self.counters.forwarded += u64::from(sent);
        }
        self.legs[key].hearers = hearers;
    }

    /// A telephone event packet: reported once per event, forwarded as it is.
    fn hear_digit(&mut self, key: usize, incoming: Incoming, payload: &[u8], now: Nanos, out: &mut Outbox) {
        let leg = &mut self.legs[key];
        let Some(event) = telephone_event::Event::parse(payload) else {
            leg.discarded += 1;
            return;
        };
        let digits = leg.digits_in.receive(incoming.timestamp, event, now);
        self.note_event_of(key, now);
        digits.into_iter().flatten().for_each(|digit| self.tell_digit(key, digit));
        let leg = &mut self.legs[key];
        if !leg.direction.receives() {
            return;
        }
        let hearers = std::mem::take(&mut leg.hearers);
        let mut sending = Sending { recorders: &mut self.recorders, out, now };
        for hearer in &hearers {
            let Some(leg) = self.legs.get_mut(*hearer).filter(|leg| !leg.is_mixing()) else { continue };
            let sent = send_digit(leg, *hearer, incoming, payload, &mut sending);
            self.counters.forwarded += u64::from(sent);
        }
        self.legs[key].hearers = hearers;
    }

    /// A digit that came as a telephone event.
    pub(super) fn tell_digit(&mut self, key: usize, digit: telephone_event::Digit) {
        self.events.push_back(Event::DigitReceived {
            leg: self.legs[key].name.clone(),
            digit: digit.digit.to_string(),
            milliseconds: digit.milliseconds,
            inband: false,
            confidence: 1.0,
        });
        self.stop_players_by(key, digit.digit);
    }
}
