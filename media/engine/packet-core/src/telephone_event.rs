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
const TICK_MILLISECONDS: u32 = 20;
const TICKS_PER_SECOND: u32 = 1000 / TICK_MILLISECONDS;
/// An event whose end was lost is over when nothing came for so long.
const SILENCE_ENDS_EVENT: Nanos = 200 * MILLISECOND;
/// While it is sent on among sound of our own, that sound comes back sooner.
const SILENCE_ENDS_RELAY: Nanos = 100 * MILLISECOND;

/// A controller's mistake must not keep a leg busy for ever.
pub const MAX_QUEUED_DIGITS: usize = 100;
/// Nobody presses a key longer, and at 8 kHz a duration of 16 bits holds 8.1 s.
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

    /// `payload` with its duration in units of another clock, as far as 16 bits hold it.
    pub fn rescaled(payload: [u8; PAYLOAD_BYTES], from_rate: u32, to_rate: u32) -> [u8; PAYLOAD_BYTES] {
        let [code, flags, high, low] = payload;
        let duration = u64::from(u16::from_be_bytes([high, low])) * u64::from(to_rate) / u64::from(from_rate.max(1));
        let [high, low] = u16::try_from(duration).unwrap_or(u16::MAX).to_be_bytes();
        [code, flags, high, low]
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
    clock_rate: u32,
    /// Of the segments before this one (RFC 4733 2.5.1.3).
    milliseconds_before: u32,
    reported: bool,
    heard_at: Nanos,
}

impl Current {
    fn report(&mut self) -> Option<Digit> {
        let digit = char::from(*DIGITS.get(usize::from(self.event.code))?);
        let fresh = !std::mem::replace(&mut self.reported, true);
        let milliseconds = self.milliseconds();
        fresh.then_some(Digit { digit, milliseconds })
    }

    fn milliseconds(&self) -> u32 {
        self.milliseconds_before + u32::from(self.event.duration) * 1000 / self.clock_rate.max(1)
    }

    /// True for the first packet of its next segment: the same event that goes on where this one's time is used up.
    fn goes_on(&self, timestamp: u32, event: Event) -> bool {
        let ends_at = self.timestamp.wrapping_add(u32::from(self.event.duration));
        !self.reported && !self.event.end && self.event.code == event.code && ends_at == timestamp
    }
}

/// Folds the packets of each event into one digit.
#[derive(Debug, Default)]
pub struct DigitReceiver {
    current: Option<Current>,
}

impl DigitReceiver {
    /// Up to two digits: one whose end was lost, and the one that this packet ends. `clock_rate`: of its duration, in Hz.
    pub fn receive(&mut self, timestamp: u32, event: Event, clock_rate: u32, now: Nanos) -> [Option<Digit>; 2] {
        let mut before = None;
        match self.current.as_mut() {
            Some(current) if current.timestamp == timestamp => {
                current.heard_at = now;
                current.event.duration = current.event.duration.max(event.duration);
                current.event.end |= event.end;
            }
            Some(current) if current.goes_on(timestamp, event) => {
                current.milliseconds_before = current.milliseconds();
                (current.timestamp, current.event, current.heard_at) = (timestamp, event, now);
            }
            Some(current) if (timestamp.wrapping_sub(current.timestamp) as i32) < 0 => return [None; 2],
            _ => {
                before = self.current.as_mut().and_then(Current::report);
                let fresh =
                    Current { timestamp, event, clock_rate, milliseconds_before: 0, reported: false, heard_at: now };
                self.current = Some(fresh);
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
    /// `frame`: the 20 ms in which it began, counted within this sender.
    Packet {
        event: Event,
        frame: u32,
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

    /// `clock_rate`: of the durations, in Hz. What 16 bits do not hold goes on in another segment (RFC 4733 2.5.1.3).
    pub fn tick(&mut self, clock_rate: u32) -> Tick {
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
        let per_tick = clock_rate / TICKS_PER_SECOND;
        let segment = u32::from(u16::MAX) / per_tick;
        let sounding = (tick + 1).min(digit.ticks);
        let before = (sounding - 1) / segment * segment;
        let duration = ((sounding - before) * per_tick) as u16;
        Tick::Packet {
            event: Event { code: digit.code, end: tick + 1 >= digit.ticks, duration },
            frame: self.ticks.wrapping_sub(tick).wrapping_add(before),
            first: tick == 0,
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Relayed {
    source: usize,
    timestamp: u32,
    heard_at: Nanos,
    ends: u32,
}

/// Picks one source's event at a time for a hearer whose sound is our own, and says when that keeps silent for it.
#[derive(Debug, Default)]
pub struct EventRelay {
    current: Option<Relayed>,
}

impl EventRelay {
    /// True while an event is on its way: sound keeps silent meanwhile.
    pub fn is_sounding(&self, now: Nanos) -> bool {
        self.current.is_some_and(|current| {
            current.ends < END_PACKETS && now.saturating_sub(current.heard_at) < SILENCE_ENDS_RELAY
        })
    }

    /// True when the packet goes on: not one of another source meanwhile, nor a late copy of what is over.
    pub fn takes(&mut self, source: usize, timestamp: u32, event: Event, now: Nanos) -> bool {
        let sounding = self.is_sounding(now);
        match self.current.as_mut() {
            Some(current) if current.source == source && current.timestamp == timestamp => {
                if !sounding {
                    return false;
                }
                current.heard_at = now;
                current.ends += u32::from(event.end);
                return true;
            }
            Some(current) if current.source != source && sounding => return false,
            Some(current)
                if current.source == source && (timestamp.wrapping_sub(current.timestamp) as i32) < 0 && sounding =>
            {
                return false;
            }
            _ => {}
        }
        self.current = Some(Relayed { source, timestamp, heard_at: now, ends: u32::from(event.end) });
        true
    }
}

#[cfg(test)]
#[path = "telephone_event_tests.rs"]
mod tests;
