//! What is done by the clock: voices smoothed, players stepped, mixes and digits sent.

use super::Switchboard;
use super::clock::Item;
use super::leg::SourceKey;
use super::media::{Sending, Voice, send_voice};
use super::outbox::Outbox;
use crate::Nanos;
use crate::clip::FRAME;
use crate::stream::{Incoming, Origin};
use crate::telephone_event::Tick;

impl Switchboard {
    pub(super) fn run_clock(&mut self, now: Nanos, out: &mut Outbox) {
        while let Some((phase, items)) = self.clock.take_due(now) {
            let mut ended: Vec<Item> = Vec::new(); // stays without allocation unless something ends
            for item in &items {
                let goes_on = match *item {
                    Item::Voice(key) => self.tick_voice(key),
                    Item::Player(key) => self.tick_player(key, now, out),
                    Item::Mixer(key) => self.tick_mixer(key, now, out),
                    Item::Digits(key) => self.tick_digits(key, now, out),
                };
                if !goes_on {
                    ended.push(*item);
                }
            }
            self.clock.put_back(phase, items);
            ended.into_iter().for_each(|item| self.clock.remove(item));
        }
    }

    fn tick_voice(&mut self, key: usize) -> bool {
        if let Some(voice) = self.legs.get_mut(key).and_then(|leg| leg.voice.as_mut()) {
            voice.tick();
            return true;
        }
        false
    }

    /// The sum of what the leg's sources say now.
    fn mix(&self, hearing: &[SourceKey]) -> [i32; FRAME] {
        let mut sum = [0; FRAME];
        let mut frame = [0; FRAME];
        for source in hearing {
            match source {
                SourceKey::Leg(key) => match self.legs.get(*key).and_then(|leg| leg.voice.as_ref()) {
                    Some(voice) => frame = voice.frame,
                    None => continue,
                },
                SourceKey::Player(key) => match self.players.get(*key) {
                    Some(player) if !player.finished && player.number > 0 => player.list.pcm(&mut frame),
                    _ => continue,
                },
            }
            for (total, sample) in sum.iter_mut().zip(frame) {
                *total += i32::from(sample);
            }
        }
        sum
    }

    fn tick_mixer(&mut self, key: usize, now: Nanos, out: &mut Outbox) -> bool {
        let Some(leg) = self.legs.get(key).filter(|leg| leg.is_mixing()) else { return false };
        let Some((_, law)) = leg.payloads.audio else { return true };
        let sum = self.mix(&leg.hearing);
        let codes = sum.map(|sample| law.encode(sample.clamp(i32::from(i16::MIN), i32::from(i16::MAX)) as i16));
        let leg = &mut self.legs[key];
        leg.mix_number += 1;
        let incoming = Incoming {
            origin: Origin::Mix,
            number: leg.mix_number,
            timestamp: (leg.mix_number as u32).wrapping_mul(FRAME as u32),
            marker: false,
        };
        let mut sending = Sending { recorders: &mut self.recorders, out, now };
        send_voice(leg, key, incoming, Voice { law, codes: &codes }, &mut sending);
        true
    }

    fn tick_digits(&mut self, key: usize, now: Nanos, out: &mut Outbox) -> bool {
        let Some(leg) = self.legs.get_mut(key) else { return false };
        match leg.digits_out.tick() {
            Tick::Finished => false,
            Tick::Pause => true,
            Tick::Packet { event, number, timestamp, first } => {
                let incoming = Incoming { origin: Origin::Digits, number, timestamp, marker: first };
                let mut sending = Sending { recorders: &mut self.recorders, out, now };
                super::media::send_digit(leg, key, incoming, &event.bytes(), &mut sending);
                true
            }
        }
    }
}
