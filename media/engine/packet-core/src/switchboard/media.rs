//! The way of an RTP packet: in, counted, out to whoever hears it.

use super::leg::{Leg, Transport};
use super::outbox::{Outbox, Port};
use super::payloads::{Meaning, clock_rates, law_of};
use super::sending::{PassedEvent, Sending, Spoken, pass_event, pass_noise, pass_voice};
use super::{Counters, Switchboard};
use crate::Nanos;
use crate::codec::samples_of;
use crate::detect::feed::Audio;
use crate::jitter::{Arrival, Kind};
use crate::reception::Verdict;
use crate::recording::{CUSTOMER, Samples, Sound};
use crate::rtp::{self, Header};
use crate::stream::{Incoming, Origin};
use crate::telephone_event::{self, PAYLOAD_BYTES};
use control_messages::Event;
use std::net::SocketAddr;

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
        let Some((meaning, payload)) = self.open(&header, datagram, counters) else {
            self.discarded += 1;
            return None;
        };
        if let Transport::Rtp { rtp, .. } = &mut self.transport {
            rtp.learn(source);
        }
        match self.reception.accept(header.ssrc, header.sequence, payload.len(), now) {
            Verdict::Accepted(number) => {
                let origin = Origin::Leg(key, self.reception.generation());
                let (timestamp, marker) = (header.timestamp, header.marker);
                let incoming = Incoming { origin, number, timestamp, duration: 0, marker };
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

    /// Keep a packet for the decoder, if there is one.
    fn keep_for_decoding(&mut self, incoming: Incoming, kind: Kind, payload: &[u8], now: Nanos) {
        if let Some(voice) = self.voice.as_mut() {
            let generation = self.reception.generation();
            let (number, timestamp) = (incoming.number, incoming.timestamp);
            voice.put(&Arrival { generation, number, timestamp, kind, payload }, now);
        }
    }

    /// What a packet's payload means and where it lies, decrypted.
    fn open(
        &mut self,
        header: &Header,
        datagram: &mut [u8],
        counters: &mut Counters,
    ) -> Option<(Meaning, std::ops::Range<usize>)> {
        let meaning = self.payloads.meaning(header.payload_type)?;
        let length = match (self.srtp.as_mut(), &self.transport) {
            (Some(srtp), _) => srtp.unprotect_rtp(datagram).map_err(|error| counters.note_refusal(error)).ok()?,
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
        let mut incoming = accepted.incoming;
        match accepted.meaning {
            Meaning::Audio(codec) => {
                let clock_rate = clock_rates(codec)[0];
                leg.reception.note_transit(incoming.timestamp, clock_rate, now);
                incoming.duration = samples_of(codec, payload);
                self.hear_voice(key, incoming, Spoken { codec, payload }, now, out);
            }
            Meaning::ComfortNoise => self.hear_noise(key, incoming, payload, now, out),
            Meaning::Digit(clock_rate) => self.hear_digit(key, incoming, (clock_rate, payload), now, out),
        }
    }

    /// Hand what a leg says to each leg that is sent its packets.
    fn pass(
        &mut self,
        key: usize,
        now: Nanos,
        out: &mut Outbox,
        send: impl Fn(&mut Leg, usize, &mut Sending<'_>) -> bool,
    ) {
        let hearers = std::mem::take(&mut self.legs[key].hearers);
        let mut sending = Sending { recorders: &mut self.recorders, out, now };
        for hearer in &hearers {
            if let Some(leg) = self.legs.get_mut(*hearer) {
                self.counters.forwarded += u64::from(send(leg, *hearer, &mut sending));
            }
        }
        self.legs[key].hearers = hearers;
    }

    /// Sound that a leg says: to its recorders, to its decoder, and to who hears it alone.
    fn hear_voice(&mut self, key: usize, incoming: Incoming, voice: Spoken<'_>, now: Nanos, out: &mut Outbox) {
        if self.legs[key].speaks != Some(voice.codec) {
            self.change_speech(key, voice.codec, now);
        }
        let leg = &mut self.legs[key];
        if !leg.direction.receives() {
            return;
        }
        let generation = leg.reception.generation();
        if let Some(law) = law_of(voice.codec) {
            for recorder in &leg.recorders {
                let samples = Samples::Codes(law, voice.payload);
                let sound = Sound { generation, timestamp: incoming.timestamp, samples };
                self.recorders[*recorder].line.place(CUSTOMER, sound, now);
            }
        }
        if leg.listening.is_some() {
            let Spoken { codec, payload } = voice;
            self.detect_incoming(key, Audio { codec, generation, timestamp: incoming.timestamp, payload }, now);
        }
        let leg = &mut self.legs[key];
        leg.keep_for_decoding(incoming, Kind::Audio, voice.payload, now);
        self.pass(key, now, out, |leg, hearer, sending| {
            leg.is_passed(key) && pass_voice(leg, hearer, incoming, voice, sending)
        });
    }

    /// Background noise in place of sound: for the decoder, and for who hears the leg alone and understands it.
    fn hear_noise(&mut self, key: usize, incoming: Incoming, payload: &[u8], now: Nanos, out: &mut Outbox) {
        let leg = &mut self.legs[key];
        if !leg.direction.receives() {
            return;
        }
        leg.keep_for_decoding(incoming, Kind::ComfortNoise, payload, now);
        self.pass(key, now, out, |leg, hearer, sending| {
            leg.is_passed(key) && pass_noise(leg, hearer, incoming, payload, sending)
        });
    }

    /// A telephone event packet: reported once per event, and sent on to every hearer.
    fn hear_digit(
        &mut self,
        key: usize,
        incoming: Incoming,
        (clock_rate, payload): (u32, &[u8]),
        now: Nanos,
        out: &mut Outbox,
    ) {
        let leg = &mut self.legs[key];
        let (Some(event), Some(payload)) =
            (telephone_event::Event::parse(payload), payload.first_chunk::<PAYLOAD_BYTES>().copied())
        else {
            leg.discarded += 1;
            return;
        };
        leg.keep_for_decoding(incoming, Kind::Event, &payload, now);
        let digits = leg.digits_in.receive(incoming.timestamp, event, clock_rate, now);
        self.note_event_of(key, now);
        digits.into_iter().flatten().for_each(|digit| self.tell_digit(key, digit));
        if self.legs[key].direction.receives() {
            let passed = PassedEvent { source: key, incoming, clock_rate, payload, event };
            self.pass(key, now, out, |leg, hearer, sending| pass_event(leg, hearer, passed, sending));
        }
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
        self.note_pressed(key, digit.digit);
    }
}
