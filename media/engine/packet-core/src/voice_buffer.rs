//! Smooths one leg's packets into a frame each 20 ms, for those who hear it mixed with others.

use crate::clip::FRAME;
use crate::g711::Law;

const RING: usize = 4096;
/// Two packets ahead of the reader: covers the jitter of usual lines.
const TARGET_SAMPLES: u64 = 320;
/// More than 200 ms ahead is delay without use.
const MAX_AHEAD_SAMPLES: u64 = 1600;
/// So many late packets in a row are a change of delay, not jitter.
const LATE_RUN: u8 = 3;

#[derive(Debug, Clone, Copy)]
struct Anchor {
    generation: u32,
    timestamp: u32,
    position: u64,
}

#[derive(Debug)]
pub struct VoiceBuffer {
    ring: Box<[i16; RING]>,
    read: u64,
    anchor: Option<Anchor>,
    late: u8,
    pub frame: [i16; FRAME],
}

impl Default for VoiceBuffer {
    fn default() -> Self {
        // Positions start high, so that a packet from before the first one has a position too.
        Self { ring: Box::new([0; RING]), read: 1 << 32, anchor: None, late: 0, frame: [0; FRAME] }
    }
}

impl VoiceBuffer {
    fn position(&mut self, generation: u32, timestamp: u32, length: u64) -> Option<u64> {
        let expected = self.anchor.filter(|anchor| anchor.generation == generation).map(|anchor| {
            anchor.position.wrapping_add_signed(i64::from(timestamp.wrapping_sub(anchor.timestamp) as i32))
        });
        let position = match expected {
            Some(position) if position < self.read => {
                self.late += 1;
                if self.late < LATE_RUN {
                    return None;
                }
                self.read + TARGET_SAMPLES
            }
            Some(position) if position + length <= self.read + MAX_AHEAD_SAMPLES => position,
            _ => self.read + TARGET_SAMPLES,
        };
        self.late = 0;
        self.anchor = Some(Anchor { generation, timestamp, position });
        Some(position)
    }

    pub fn put(&mut self, generation: u32, timestamp: u32, law: Law, codes: &[u8]) {
        if codes.len() as u64 > MAX_AHEAD_SAMPLES {
            return;
        }
        let Some(position) = self.position(generation, timestamp, codes.len() as u64) else { return };
        for (at, code) in (position..).zip(codes) {
            self.ring[at as usize % RING] = law.decode(*code);
        }
    }

    /// Take the next 20 ms into `frame`.
    pub fn tick(&mut self) {
        for (at, sample) in (self.read..).zip(&mut self.frame) {
            *sample = std::mem::take(&mut self.ring[at as usize % RING]);
        }
        self.read += FRAME as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(value: i16) -> [u8; FRAME] {
        [Law::Pcma.encode(value); FRAME]
    }

    #[test]
    fn packets_come_out_in_order_whatever_their_order_of_arrival() {
        let mut buffer = VoiceBuffer::default();
        buffer.put(0, 0, Law::Pcma, &codes(1000));
        buffer.put(0, 320, Law::Pcma, &codes(3000));
        buffer.put(0, 160, Law::Pcma, &codes(2000));
        let mut heard = Vec::new();
        for _ in 0..6 {
            buffer.tick();
            heard.push(i32::from(buffer.frame[80]) / 900);
        }
        assert_eq!(heard, [0, 0, 1, 2, 3, 0]);
    }

    #[test]
    fn a_lasting_change_of_delay_is_followed() {
        let mut buffer = VoiceBuffer::default();
        buffer.put(0, 0, Law::Pcma, &codes(1000));
        (0..10).for_each(|_| buffer.tick());
        (1..4).for_each(|n| buffer.put(0, n * 160, Law::Pcma, &codes(1000)));
        let heard = (0..4).any(|_| {
            buffer.tick();
            buffer.frame[0] != 0
        });
        assert!(heard);
    }
}
