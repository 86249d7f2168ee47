//! What a leg is sent: packets of its source under its own numbers, or frames that are made for it.

use super::leg::Leg;
use super::outbox::Outbox;
use super::payloads::{law_of, passes};
use super::recorders::Recorder;
use super::table::Table;
use crate::Nanos;
use crate::codec::{Band, MAX_ENCODED_BYTES};
use crate::detect::feed::Audio;
use crate::g711::Law;
use crate::mixer::Sum;
use crate::recording::{OURS, Samples, Sound};
use crate::rtp::{HEADER_BYTES, Outgoing};
use crate::splice::Tail;
use crate::srtp::MAX_OVERHEAD;
use crate::stream::{FRAME_SAMPLES, Incoming, Made, Numbers, Origin};
use crate::telephone_event::{Event, PAYLOAD_BYTES};
use control_messages::Codec;

/// 20 ms of G.711: as much of a packet is bent where it is joined to other sound.
const JOINED: usize = FRAME_SAMPLES as usize;
/// The clock of recordings, in Hz.
const RECORDED_RATE: u32 = 8_000;

/// One packet of sound as its source sent it.
#[derive(Clone, Copy)]
pub struct Spoken<'a> {
    pub codec: Codec,
    pub payload: &'a [u8],
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
    let Numbers { sequence, timestamp, marker, .. } = numbers;
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

/// True when sound may go out now; whatever comes after a time when it may not starts anew.
fn may_send(leg: &mut Leg, key: usize, now: Nanos) -> bool {
    if leg.rtp_target(key).is_none() {
        leg.stream.interrupt();
        return false;
    }
    !leg.is_sent_digits(now)
}

fn record(leg: &Leg, timestamp: u32, samples: Samples<'_>, sending: &mut Sending<'_>) {
    let timestamp = timestamp / (leg.stream.clock_rate() / RECORDED_RATE).max(1);
    for recorder in &leg.recorders {
        let sound = Sound { generation: 0, timestamp, samples };
        sending.recorders[*recorder].line.place(OURS, sound, sending.now);
    }
}

/// What goes out, for those who listen to it.
fn outgoing(codec: Codec, numbers: Numbers, payload: &[u8]) -> Audio<'_> {
    Audio { codec, generation: 0, timestamp: numbers.timestamp, payload }
}

/// Send a packet of the leg's source in its own payload type and numbering; true when it went out.
pub fn pass_voice(leg: &mut Leg, key: usize, incoming: Incoming, voice: Spoken<'_>, sending: &mut Sending<'_>) -> bool {
    let Some(audio) = leg.payloads.audio.as_ref() else { return false };
    let (payload_type, codec) = (audio.number, audio.codec);
    if !passes(voice.codec, codec) || !may_send(leg, key, sending.now) {
        return false;
    }
    let Some(numbers) = leg.stream.number(incoming, sending.now) else { return false };
    match (law_of(voice.codec), law_of(codec)) {
        (Some(from), Some(to)) => send_codes(leg, key, (payload_type, numbers), (from, voice.payload), to, sending),
        _ => {
            if leg.listening.is_some() {
                leg.detect_outgoing(outgoing(codec, numbers, voice.payload), sending.now);
            }
            let fill = |out: &mut [u8]| out.copy_from_slice(voice.payload);
            emit(leg, key, (payload_type, numbers), (voice.payload.len(), fill), sending.out)
        }
    }
}

fn send_codes(
    leg: &mut Leg,
    key: usize,
    header: (u8, Numbers),
    (from, codes): (Law, &[u8]),
    to: Law,
    sending: &mut Sending<'_>,
) -> bool {
    if !leg.recorders.is_empty() {
        record(leg, header.1.timestamp, Samples::Codes(from, codes), sending);
    }
    let (before, now) = (leg.splice, sending.now);
    let end = &codes[codes.len().saturating_sub(2)..];
    let mut tail = [0; 2];
    from.decode_all(end, &mut tail);
    leg.splice.leave(Tail::of(&tail[..end.len()]), now);
    if leg.listening.is_some() {
        leg.detect_outgoing(outgoing(from.codec(), header.1, codes), now);
    }
    let fill = |out: &mut [u8]| {
        from.translate(codes, to, out);
        if header.1.anew {
            let joined = codes.len().min(JOINED);
            let mut sound = [0; JOINED];
            sound.iter_mut().zip(codes).for_each(|(sample, code)| *sample = from.decode(*code));
            before.join(&mut sound[..joined], now);
            out.iter_mut().zip(&sound[..joined]).for_each(|(code, sample)| *code = to.encode(*sample));
        }
    };
    emit(leg, key, header, (codes.len(), fill), sending.out)
}

/// Send 20 ms that a player has ready in the leg's law.
pub fn send_frame(
    leg: &mut Leg,
    key: usize,
    made: Made,
    (law, codes): (Law, &[u8]),
    sending: &mut Sending<'_>,
) -> bool {
    let Some(payload_type) = leg.payloads.audio.as_ref().map(|audio| audio.number) else { return false };
    if !may_send(leg, key, sending.now) {
        return false;
    }
    let Some(numbers) = leg.stream.make(made, sending.now) else { return false };
    send_codes(leg, key, (payload_type, numbers), (law, codes), law, sending)
}

/// Send 20 ms of a sum that was mixed for the leg.
pub fn send_mix(leg: &mut Leg, key: usize, sum: &mut Sum, sending: &mut Sending<'_>) -> bool {
    let Some(mut mix) = leg.mix.take() else { return false };
    let sent = encode_mix(leg, key, (&mut mix, sum), sending);
    leg.mix = Some(mix);
    sent
}

fn encode_mix(
    leg: &mut Leg,
    key: usize,
    (mix, sum): (&mut super::rooms::Mix, &mut Sum),
    sending: &mut Sending<'_>,
) -> bool {
    mix.frame_number = mix.frame_number.wrapping_add(1);
    let mut sound = [0i16; Band::Wide.tick()];
    let sound = &mut sound[..mix.band.tick()];
    mix.finish(sum, sound);
    if !may_send(leg, key, sending.now) {
        return false;
    }
    if !leg.stream.is_from(Origin::Mix) {
        leg.splice.join(sound, sending.now);
    }
    let mut payload = [0; MAX_ENCODED_BYTES];
    let length = mix.encoder.encode(sound, &mut payload);
    if length == 0 {
        return false; // silence that the far end likes to be spared
    }
    let made = Made { origin: Origin::Mix, frame: mix.frame_number, marker: false };
    let Some(numbers) = leg.stream.make(made, sending.now) else { return false };
    leg.splice.leave(Tail::of(sound), sending.now);
    if !leg.recorders.is_empty() {
        mix.narrowed(sound, |narrow| record(leg, numbers.timestamp, Samples::Pcm(narrow), sending));
    }
    if leg.listening.is_some() {
        leg.detect_outgoing(outgoing(mix.payload.codec, numbers, &payload[..length]), sending.now);
    }
    let fill = |out: &mut [u8]| out.copy_from_slice(&payload[..length]);
    emit(leg, key, (mix.payload.number, numbers), (length, fill), sending.out)
}

/// Send a comfort noise packet to a leg that understands it; one that does not is left without a gap.
pub fn pass_noise(leg: &mut Leg, key: usize, incoming: Incoming, payload: &[u8], sending: &mut Sending<'_>) -> bool {
    // Its levels are those of the sound that it stands in for, and so is its clock.
    let fits = leg.payloads.codec().is_some_and(|codec| codec != Codec::Opus);
    let Some(payload_type) = leg.payloads.noise.filter(|_| fits) else {
        leg.stream.omit(incoming.origin, incoming.number);
        return false;
    };
    if !may_send(leg, key, sending.now) {
        return false;
    }
    let Some(numbers) = leg.stream.number(incoming, sending.now) else { return false };
    let fill = |out: &mut [u8]| out.copy_from_slice(payload);
    emit(leg, key, (payload_type, numbers), (payload.len(), fill), sending.out)
}

/// A telephone event packet of another leg.
#[derive(Clone, Copy)]
pub struct PassedEvent {
    pub source: usize,
    pub incoming: Incoming,
    pub clock_rate: u32,
    pub payload: [u8; PAYLOAD_BYTES],
    pub event: Event,
}

/// Send a telephone event packet to a leg, its duration in units of the leg's clock.
pub fn pass_event(leg: &mut Leg, key: usize, passed: PassedEvent, sending: &mut Sending<'_>) -> bool {
    let incoming = passed.incoming;
    let Some(digits) = leg.payloads.digits else {
        leg.stream.omit(incoming.origin, incoming.number);
        return false;
    };
    if leg.rtp_target(key).is_none() {
        leg.stream.interrupt();
        return false;
    }
    let same_clock = passed.clock_rate == digits.clock_rate && digits.clock_rate == leg.stream.clock_rate();
    let numbers = if leg.is_passed(passed.source) && same_clock {
        leg.stream.number(incoming, sending.now)
    } else if leg.relay.takes(passed.source, incoming.timestamp, passed.event, sending.now) {
        let origin = Origin::Event(passed.source, incoming.timestamp);
        leg.stream.make(Made { origin, frame: 0, marker: false }, sending.now)
    } else {
        None
    };
    let Some(numbers) = numbers else { return false };
    let payload = Event::rescaled(passed.payload, passed.clock_rate, digits.clock_rate);
    let fill = |out: &mut [u8]| out.copy_from_slice(&payload);
    emit(leg, key, (digits.number, numbers), (payload.len(), fill), sending.out)
}

/// Send a packet of a digit of our own.
pub fn send_digit(leg: &mut Leg, key: usize, made: Made, event: Event, sending: &mut Sending<'_>) -> bool {
    let Some(payload_type) = leg.payloads.digits.map(|digits| digits.number) else { return false };
    if leg.rtp_target(key).is_none() {
        return false;
    }
    let Some(numbers) = leg.stream.make(made, sending.now) else { return false };
    let payload = event.bytes();
    let fill = |out: &mut [u8]| out.copy_from_slice(&payload);
    emit(leg, key, (payload_type, numbers), (payload.len(), fill), sending.out)
}
