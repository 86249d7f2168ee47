//! What the payload types of a leg mean, and which of them we send.

use crate::g711::Law;
use control_messages::{Codec, Payload};

/// Payload types are seven bits (RFC 3550 5.1).
const PAYLOAD_TYPES: usize = 128;

/// What a payload type means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    Audio(Codec),
    /// RFC 3389.
    ComfortNoise,
    /// RFC 4733, with the clock rate of its durations in Hz.
    Digit(u32),
}

pub fn law_of(codec: Codec) -> Option<Law> {
    match codec {
        Codec::Pcmu => Some(Law::Pcmu),
        Codec::Pcma => Some(Law::Pcma),
        Codec::TelephoneEvent | Codec::G722 | Codec::Opus | Codec::ComfortNoise => None,
    }
}

/// True when `from` reaches a hearer of `to` without being decoded.
pub fn passes(from: Codec, to: Codec) -> bool {
    from == to || (law_of(from).is_some() && law_of(to).is_some())
}

/// The clock rates that a codec may be negotiated with, in Hz.
pub fn clock_rates(codec: Codec) -> &'static [u32] {
    match codec {
        // RFC 3551 4.5.2: G.722 counts at 8 kHz although it samples at 16; comfort noise goes with one of these three.
        Codec::Pcmu | Codec::Pcma | Codec::G722 | Codec::ComfortNoise => &[8_000],
        Codec::Opus => &[48_000],
        // RFC 4733 2.1: the rate of the sound that it stands for; browsers offer all of these.
        Codec::TelephoneEvent => &[8_000, 16_000, 32_000, 48_000],
    }
}

/// Telephone events as we send them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Digits {
    pub number: u8,
    pub clock_rate: u32,
}

/// The negotiated payload types, found by number.
#[derive(Debug)]
pub struct PayloadMap {
    meanings: [Option<Meaning>; PAYLOAD_TYPES],
    /// What we send as sound: the first codec that is one.
    pub audio: Option<Payload>,
    pub digits: Option<Digits>,
    pub noise: Option<u8>,
}

impl Default for PayloadMap {
    fn default() -> Self {
        Self { meanings: [None; PAYLOAD_TYPES], audio: None, digits: None, noise: None }
    }
}

impl PayloadMap {
    /// Says what is wrong with a payload type or clock rate that is none.
    pub fn new(payloads: &[Payload]) -> Result<Self, String> {
        let mut map = Self::default();
        for payload in payloads {
            map.add(payload)?;
        }
        map.digits = map.digits_to_send(payloads);
        Ok(map)
    }

    fn add(&mut self, payload: &Payload) -> Result<(), String> {
        let Payload { number, codec, clock_rate, .. } = *payload;
        if !clock_rates(codec).contains(&clock_rate) {
            return Err(format!("{codec:?} has no clock rate of {clock_rate} Hz"));
        }
        let Some(place) = self.meanings.get_mut(usize::from(number)) else {
            return Err(format!("{number} is no payload type"));
        };
        *place = Some(match codec {
            Codec::TelephoneEvent => Meaning::Digit(clock_rate),
            Codec::ComfortNoise => {
                self.noise.get_or_insert(number);
                Meaning::ComfortNoise
            }
            Codec::Pcmu | Codec::Pcma | Codec::G722 | Codec::Opus => {
                self.audio.get_or_insert_with(|| payload.clone());
                Meaning::Audio(codec)
            }
        });
        Ok(())
    }

    /// Of several, the one at the clock rate of the sound that is sent (RFC 4733 2.1).
    fn digits_to_send(&self, payloads: &[Payload]) -> Option<Digits> {
        let rate = self.clock_rate();
        let events = || payloads.iter().filter(|payload| payload.codec == Codec::TelephoneEvent);
        let chosen = events().find(|payload| payload.clock_rate == rate).or_else(|| events().next())?;
        Some(Digits { number: chosen.number, clock_rate: chosen.clock_rate })
    }

    pub fn meaning(&self, number: u8) -> Option<Meaning> {
        self.meanings.get(usize::from(number)).copied().flatten()
    }

    /// The codec that we send.
    pub fn codec(&self) -> Option<Codec> {
        self.audio.as_ref().map(|payload| payload.codec)
    }

    /// Of what we send, in Hz.
    pub fn clock_rate(&self) -> u32 {
        self.audio.as_ref().map_or(8_000, |payload| payload.clock_rate)
    }

    /// True when the far end may send this codec.
    pub fn receives(&self, codec: Codec) -> bool {
        self.meanings.contains(&Some(Meaning::Audio(codec)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payload(number: u8, codec: Codec, clock_rate: u32) -> Payload {
        Payload { number, codec, clock_rate, fec: false, dtx: false }
    }

    #[test]
    fn digits_go_at_the_clock_rate_of_the_sound_that_is_sent() {
        let slow = payload(101, Codec::TelephoneEvent, 8_000);
        let fast = payload(110, Codec::TelephoneEvent, 48_000);
        for (audio, number) in [(payload(111, Codec::Opus, 48_000), 110), (payload(8, Codec::Pcma, 8_000), 101)] {
            let map = PayloadMap::new(&[audio, slow.clone(), fast.clone()]).expect("known");
            assert_eq!(map.digits.map(|digits| digits.number), Some(number));
            assert_eq!(
                (map.meaning(101), map.meaning(110)),
                (Some(Meaning::Digit(8_000)), Some(Meaning::Digit(48_000)))
            );
        }
        let map = PayloadMap::new(&[payload(111, Codec::Opus, 48_000), slow]).expect("known");
        assert_eq!(map.digits, Some(Digits { number: 101, clock_rate: 8_000 }), "the only one there is");
    }

    #[test]
    fn the_first_sound_is_what_we_send_and_all_are_understood() {
        let list = [
            payload(13, Codec::ComfortNoise, 8_000),
            payload(9, Codec::G722, 8_000),
            payload(111, Codec::Opus, 48_000),
            payload(0, Codec::Pcmu, 8_000),
        ];
        let map = PayloadMap::new(&list).expect("known");
        assert_eq!((map.codec(), map.noise, map.clock_rate()), (Some(Codec::G722), Some(13), 8_000));
        assert_eq!(
            (map.meaning(111), map.meaning(13)),
            (Some(Meaning::Audio(Codec::Opus)), Some(Meaning::ComfortNoise))
        );
        assert!(map.receives(Codec::Pcmu) && !map.receives(Codec::Pcma));
    }

    #[test]
    fn impossible_numbers_and_clock_rates_are_refused_by_name() {
        for (wrong, named) in [
            (payload(8, Codec::Pcma, 16_000), "Pcma has no clock rate of 16000 Hz"),
            (payload(111, Codec::Opus, 24_000), "Opus has no clock rate of 24000 Hz"),
            (payload(101, Codec::TelephoneEvent, 44_100), "TelephoneEvent has no clock rate of 44100 Hz"),
            (payload(128, Codec::Pcmu, 8_000), "128 is no payload type"),
        ] {
            assert_eq!(PayloadMap::new(&[wrong]).expect_err("refused"), named);
        }
    }
}
