//! Digits as telephone events (RFC 4733), both ways.

use crate::{MILLISECOND, Nanos};
use std::collections::VecDeque;

pub const PAYLOAD_BYTES: usize = 4;
const DIGITS: &[u8; 16] = b"0123456789*#ABCD";
const END_BIT: u8 = 0x80;
/// -10 dBm0: what telephones send.
const VOLUME: u8 = 10;
/// RFC 4733 2.5.1.4: the last packet is sent three times.
const END_PACKETS: u32 = 3;
const SAMPLES_PER_MILLISECOND: u32 = 8;
const TICK_MILLISECONDS: u32 = 20;
const TICK_SAMPLES: u16 = 160;
/// An event whose end was lost is over when nothing came for so long.
const SILENCE_ENDS_EVENT: Nanos = 200 * MILLISECOND;

/// A controller's mistake must not keep a leg busy for ever.
pub const MAX_QUEUED_DIGITS: usize = 100;
/// A duration field of 16 bits at 8 kHz holds 8.1 s.
pub const MAX_DIGIT_MILLISECONDS: u32 = 8000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    pub code: u8,
    pub end: bool,
    pub duration: u16,
}

impl Event {
    pub fn parse(payload: &[u8]) -> Option<Self> {
        let [code, flags, high, low] = *payload.first_chunk::<PAYLOAD_BYTES>()?;
        Some(Self { code, end: flags & END_BIT != 0, duration: u16::from_be_bytes([high, low]) })
    }

    pub fn bytes(self) -> [u8; PAYLOAD_BYTES] {
        let [high, low] = self.duration.to_be_bytes();
        [self.code, VOLUME | if self.end { END_BIT } else { 0 }, high, low]
    }
}

/// One key press.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Digit {
    pub digit: char,
    pub milliseconds: u32,
}

#[derive(Debug, Clone, Copy)]
struct Current {
    timestamp: u32,
    event: Event,
    reported: bool,
    heard_at: Nanos,
}

impl Current {
    fn report(&mut self) -> Option<Digit> {
        let digit = char::from(*DIGITS.get(usize::from(self.event.code))?);
        let fresh = !std::mem::replace(&mut self.reported, true);
        let milliseconds = u32::from(self.event.duration) / SAMPLES_PER_MILLISECOND;
        fresh.then_some(Digit { digit, milliseconds })
    }
}

/// Folds the packets of each event into one digit.
#[derive(Debug, Default)]
pub struct DigitReceiver {
    current: Option<Current>,
}

impl DigitReceiver {
    /// Up to two digits: one whose end was lost, and the one that this packet ends.
    pub fn receive(&mut self, timestamp: u32, event: Event, now: Nanos) -> [Option<Digit>; 2] {
        let mut before = None;
        match self.current.as_mut() {
            Some(current) if current.timestamp == timestamp => {
                current.heard_at = now;
                current.event.duration = current.event.duration.max(event.duration);
            }
            Some(current) if (timestamp.wrapping_sub(current.timestamp) as i32) < 0 => return [None; 2],
            _ => {
                before = self.current.as_mut().and_then(Current::report);
                self.current = Some(Current { timestamp, event, reported: false, heard_at: now });
            }
        }
        let ended = if event.end { self.current.as_mut().and_then(Current::report) } else { None };
        [before, ended]
    }

    /// The digit whose end was lost, some time after its last packet.
    pub fn expire(&mut self, now: Nanos) -> Option<Digit> {
        let current = self.current.as_mut()?;
        (now.saturating_sub(current.heard_at) > SILENCE_ENDS_EVENT).then(|| current.report()).flatten()
    }
}

#[derive(Debug, Clone, Copy)]
struct Queued {
    code: u8,
    /// Packets of the event, then of the pause behind it.
    ticks: u32,
    pause_ticks: u32,
}

/// What goes out in one 20 ms tick.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tick {
    /// `number` and `timestamp` count within this sender.
    Packet {
        event: Event,
        number: u64,
        timestamp: u32,
        first: bool,
    },
    Pause,
    Finished,
}

/// Turns digits into packets, one each 20 ms.
#[derive(Debug, Default)]
pub struct DigitSender {
    queue: VecDeque<Queued>,
    tick_of_digit: u32,
    ticks: u32,
    number: u64,
}

impl DigitSender {
    /// The codes of `digits`, None when one of them is no digit.
    pub fn codes(digits: &str) -> Option<Vec<u8>> {
        digits
            .bytes()
            .map(|digit| DIGITS.iter().position(|known| *known == digit.to_ascii_uppercase()).map(|at| at as u8))
            .collect()
    }

    pub fn queued(&self) -> usize {
        self.queue.len()
    }

    pub fn push(&mut self, codes: &[u8], milliseconds: u32, pause_milliseconds: u32) {
        let ticks = milliseconds.clamp(TICK_MILLISECONDS, MAX_DIGIT_MILLISECONDS).div_ceil(TICK_MILLISECONDS);
        let pause_ticks = pause_milliseconds.min(MAX_DIGIT_MILLISECONDS).div_ceil(TICK_MILLISECONDS);
        self.queue.extend(codes.iter().map(|code| Queued { code: *code, ticks, pause_ticks }));
    }

    /// True while an event is going out: audio keeps silent meanwhile.
    pub fn is_sounding(&self) -> bool {
        self.queue.front().is_some_and(|digit| self.tick_of_digit < digit.ticks + END_PACKETS - 1)
    }

    pub fn tick(&mut self) -> Tick {
        self.ticks = self.ticks.wrapping_add(1);
        let Some(digit) = self.queue.front().copied() else { return Tick::Finished };
        let tick = self.tick_of_digit;
        self.tick_of_digit += 1;
        let last_packet = digit.ticks + END_PACKETS - 1;
        if tick >= last_packet {
            if tick + 1 >= last_packet + digit.pause_ticks {
                self.queue.pop_front();
                self.tick_of_digit = 0;
            }
            return Tick::Pause;
        }
        let sounding = (tick + 1).min(digit.ticks);
        let duration = (sounding as u16).saturating_mul(TICK_SAMPLES);
        self.number += 1;
        Tick::Packet {
            event: Event { code: digit.code, end: tick + 1 >= digit.ticks, duration },
            number: self.number,
            timestamp: self.ticks.wrapping_sub(tick).wrapping_mul(u32::from(TICK_SAMPLES)),
            first: tick == 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn received(packets: impl IntoIterator<Item = (u32, Event)>) -> Vec<Digit> {
        let mut receiver = DigitReceiver::default();
        packets.into_iter().flat_map(|(at, event)| receiver.receive(at, event, 0)).flatten().collect()
    }

    fn event(code: u8, end: bool, duration: u16) -> Event {
        Event { code, end, duration }
    }

    #[test]
    fn what_is_sent_is_received_once_each() {
        let mut sender = DigitSender::default();
        sender.push(&DigitSender::codes("12#d").expect("digits"), 100, 60);
        let mut packets = Vec::new();
        loop {
            match sender.tick() {
                Tick::Packet { event, timestamp, .. } => packets.push((timestamp, event)),
                Tick::Pause => {}
                Tick::Finished => break,
            }
        }
        assert_eq!(packets.len(), 4 * 7, "five packets of 20 ms and two repeated ends");
        let digits: String = received(packets.iter().copied()).iter().map(|digit| digit.digit).collect();
        assert_eq!(digits, "12#D");
        assert_eq!(received(packets)[0].milliseconds, 100);
    }

    #[test]
    fn an_event_without_end_is_reported_by_its_successor_or_by_silence() {
        let digits = received([(0, event(1, false, 160)), (0, event(1, false, 320)), (9000, event(2, true, 800))]);
        assert_eq!(digits, [Digit { digit: '1', milliseconds: 40 }, Digit { digit: '2', milliseconds: 100 }]);
        let mut receiver = DigitReceiver::default();
        receiver.receive(0, event(5, false, 160), 0);
        assert_eq!(receiver.expire(MILLISECOND), None);
        assert_eq!(receiver.expire(MILLISECOND * 300).map(|digit| digit.digit), Some('5'));
        assert_eq!(receiver.expire(MILLISECOND * 900), None);
    }

    #[test]
    fn late_copies_of_an_older_event_are_not_a_new_digit() {
        let digits = received([(1000, event(1, true, 800)), (5000, event(2, false, 160)), (1000, event(1, true, 800))]);
        assert_eq!(digits.len(), 1);
    }

    #[test]
    fn flash_and_other_codes_are_no_digits() {
        assert_eq!(received([(0, event(16, true, 800))]), []);
        assert_eq!(DigitSender::codes("12x"), None);
    }
}
