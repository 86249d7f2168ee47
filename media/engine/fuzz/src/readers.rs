//! Parsers and receivers by themselves.

use control_messages::{Codec, decode_command, encode_command_frame};
use packet_core::codec::Decoder;
use packet_core::jitter::{Arrival, JitterBuffer, Kind};
use packet_core::stun::{BindingRequest, MAX_RESPONSE_BYTES, is_success};
use packet_core::telephone_event::{DigitReceiver, DigitSender, Event};
use packet_core::{MILLISECOND, Nanos, prompt, rtcp};
use std::net::SocketAddr;

pub fn stun(data: &[u8]) {
    let _ = is_success(data, b"transaction!");
    let Some(request) = BindingRequest::parse(data) else { return };
    let _ = request.has_integrity("a password");
    let mut out = [0; MAX_RESPONSE_BYTES];
    let length = request.respond(SocketAddr::from(([192, 0, 2, 1], 4000)), "a password", &mut out);
    assert!(length <= out.len());
    request.respond_role_conflict("a password", &mut out);
}

pub fn rtcp(data: &[u8]) {
    rtcp::read(data, |item| {
        if let rtcp::Item::Block(block) = item {
            let _ = rtcp::round_trip_ms(&block, 1);
        }
    });
}

/// Whatever can be read can be written, and reads as the same again.
pub fn control(data: &[u8]) {
    let Ok(command) = decode_command(data) else { return };
    let frame = encode_command_frame(&command);
    // A NaN among tones and positions is not equal to itself.
    assert!(decode_command(&frame[4..]).is_ok());
}

pub fn digits(data: &[u8]) {
    let mut receiver = DigitReceiver::default();
    let mut now = 0;
    for step in data.chunks_exact(7) {
        now += Nanos::from(step[0]) * MILLISECOND;
        let timestamp = u32::from(step[1]) * 40 + u32::from(step[2]);
        if let Some(event) = Event::parse(&step[3..]) {
            receiver.receive(timestamp, event, 8000, now);
        }
        receiver.expire(now);
    }
    if let Ok(text) = std::str::from_utf8(data) {
        let _ = DigitSender::codes(text);
    }
}

/// Packets in any order with any time stamps and payloads, and a listener every 20 ms.
pub fn jitter(data: &[u8]) {
    let Some((first, mut rest)) = data.split_first() else { return };
    let codec = [Codec::Pcma, Codec::Pcmu, Codec::G722, Codec::Opus][usize::from(first & 3)];
    let Some(mut decoder) = Decoder::new(codec) else { return };
    let mut buffer = JitterBuffer::new(if codec == Codec::Opus { 48_000 } else { 8_000 });
    let (mut now, mut generation) = (0, 0);
    while let Some((step, more)) = rest.split_first_chunk::<6>() {
        let length = usize::from(step[5]).min(more.len());
        let (payload, more) = more.split_at(length);
        rest = more;
        generation += u32::from(step[0] >= 0xf0);
        let arrival = Arrival {
            generation,
            number: 1000 + u64::from(step[1]),
            timestamp: u32::from_be_bytes([step[4] & 0x80, step[2], step[3], step[4]]),
            kind: if step[0] & 7 == 7 { Kind::ComfortNoise } else { Kind::Audio },
            payload,
        };
        buffer.put(&arrival, now);
        for _ in 0..step[0] & 3 {
            assert!(buffer.tick(&mut decoder, now).len() <= 320);
            now += 20 * MILLISECOND;
        }
    }
}

pub fn prompt(data: &[u8]) {
    let _ = prompt::clip(data);
}
