use super::*;
use crate::MILLISECOND;
use crate::codec::Decoder;
use crate::g711::{self, Law};
use control_messages::Codec;

/// Someone who sends A-law packets, and the buffer that they reach.
struct Line {
    buffer: JitterBuffer,
    decoder: Decoder,
    now: Nanos,
    generation: u32,
    number: u64,
    timestamp: u32,
}

/// A voice of 125 Hz that needs no more than a look at its level to be recognised.
fn voice(timestamp: u32, samples: usize) -> Vec<u8> {
    let at = |n: u32| (f64::from(n % 64) / 64.0 * std::f64::consts::TAU).sin() * 8000.0;
    (0..samples as u32).map(|n| Law::Pcma.encode(at(timestamp.wrapping_add(n)) as i16)).collect()
}

fn loudest(sound: &[i16]) -> u16 {
    sound.iter().map(|sample| sample.unsigned_abs()).max().unwrap_or(0)
}

fn steepest(sound: &[i16]) -> i32 {
    sound.windows(2).map(|pair| (i32::from(pair[1]) - i32::from(pair[0])).abs()).max().unwrap_or(0)
}

impl Line {
    fn new() -> Self {
        let (buffer, decoder) = (JitterBuffer::new(8000), Decoder::new(Codec::Pcma).unwrap());
        Self { buffer, decoder, now: 5000 * MILLISECOND, generation: 0, number: 70_000, timestamp: u32::MAX - 1600 }
    }

    fn send(&mut self, number: u64, timestamp: u32, payload: &[u8]) {
        let arrival = Arrival { generation: self.generation, number, timestamp, kind: Kind::Audio, payload };
        self.buffer.put(&arrival, self.now);
    }

    fn send_next(&mut self, samples: usize) {
        self.send(self.number, self.timestamp, &voice(self.timestamp, samples));
        self.skip(samples);
    }

    /// A packet that never comes.
    fn skip(&mut self, samples: usize) {
        self.number += 1;
        self.timestamp = self.timestamp.wrapping_add(samples as u32);
    }

    fn hear(&mut self) -> Vec<i16> {
        let heard = self.buffer.tick(&mut self.decoder, self.now).to_vec();
        self.now += 20 * MILLISECOND;
        heard
    }

    fn talk(&mut self, ticks: usize) -> Vec<i16> {
        let both = |line: &mut Self| {
            line.send_next(160);
            line.hear()
        };
        (0..ticks).flat_map(|_| both(self)).collect()
    }

    fn listen(&mut self, ticks: usize) -> Vec<i16> {
        (0..ticks).flat_map(|_| self.hear()).collect()
    }
}

#[test]
fn an_even_stream_leaves_as_it_came_20_ms_later_through_all_wraps() {
    let mut line = Line::new();
    let first = line.timestamp;
    let heard = line.talk(500);
    let said: Vec<i16> = voice(first, 80_000).iter().map(|code| Law::Pcma.decode(*code)).collect();
    assert_eq!(heard[320..], said[160..79_840]);
    assert_eq!((line.buffer.delay_ms(), line.buffer.concealed_ms()), (20, 0));
}

#[test]
fn disorder_and_duplicates_are_not_heard() {
    let mut line = Line::new();
    let first = line.timestamp;
    let mut heard = Vec::new();
    for _ in 0..100 {
        let (number, timestamp) = (line.number, line.timestamp);
        for at in [1, 0, 1, 0] {
            let timestamp = timestamp.wrapping_add(at as u32 * 160);
            line.send(number + at, timestamp, &voice(timestamp, 160));
        }
        line.skip(160);
        line.skip(160);
        heard.extend(line.listen(2));
    }
    let said: Vec<i16> = voice(first, 32_000).iter().map(|code| Law::Pcma.decode(*code)).collect();
    let start = heard.iter().position(|sample| *sample != 0).unwrap();
    assert!(heard[start + 160..].windows(800).step_by(800).all(|piece| said.windows(800).any(|other| other == piece)));
    assert_eq!((line.buffer.statistics().duplicates, line.buffer.concealed_ms()), (200, 0));
}

#[test]
fn packets_of_any_length_are_played_without_a_gap() {
    for packet_ms in [10, 20, 30, 40, 60] {
        let mut line = Line::new();
        let mut heard = Vec::new();
        for at in 0..600 {
            if at * 10 % packet_ms == 0 {
                line.send_next(packet_ms * 8);
            }
            if at % 2 == 0 {
                heard.extend(line.buffer.tick(&mut line.decoder, line.now));
            }
            line.now += 10 * MILLISECOND;
        }
        assert!(heard[1600..].chunks(160).all(|tick| loudest(tick) > 7000), "{packet_ms} ms");
        assert!(steepest(&heard[1600..]) < 1100, "{packet_ms} ms: {}", steepest(&heard[1600..]));
        assert!(line.buffer.concealed_ms() <= 60, "{packet_ms} ms: {}", line.buffer.concealed_ms());
        assert!(line.buffer.delay_ms() <= 40, "{packet_ms} ms: {}", line.buffer.delay_ms());
    }
}

#[test]
fn a_burst_of_losses_fades_to_silence_and_the_voice_comes_back() {
    let mut line = Line::new();
    let mut heard = line.talk(50);
    (0..10).for_each(|_| line.skip(160));
    let gap = line.listen(10);
    assert!(loudest(&gap[160..320]) > 7000, "the first packet is covered");
    assert!(loudest(&gap[960..]) == 0, "nobody holds a vowel for so long");
    heard.extend(gap);
    heard.extend(line.talk(50));
    assert!(loudest(&heard[heard.len() - 160..]) > 7000);
    assert!(steepest(&heard[320..]) < 1100, "{}", steepest(&heard[320..]));
    assert_eq!(line.buffer.concealed_ms(), 200);
    assert_eq!(line.buffer.delay_ms(), 20);
}

#[test]
fn pauses_neither_count_nor_make_the_buffer_grow() {
    let mut line = Line::new();
    for pause in [1, 7, 60, 500, 3000] {
        line.talk(50);
        line.timestamp = line.timestamp.wrapping_add(pause * 160);
        line.listen(pause as usize);
        assert!(line.buffer.delay_ms() <= 40, "{pause}: {}", line.buffer.delay_ms());
    }
    line.talk(50);
    assert_eq!(line.buffer.concealed_ms(), 0);
    assert!(line.buffer.delay_ms() <= 40);
}

#[test]
fn a_pause_with_comfort_noise_sounds_like_its_background_and_is_no_loss() {
    let mut line = Line::new();
    let mut heard = line.talk(50);
    let noise = Arrival {
        generation: 0,
        number: line.number,
        timestamp: line.timestamp,
        kind: Kind::ComfortNoise,
        payload: &[40], // -40 dBov: 328
    };
    line.buffer.put(&noise, line.now);
    line.number += 1;
    let pause = line.listen(100);
    line.timestamp = line.timestamp.wrapping_add(100 * 160);
    assert!(pause[1600..].chunks(800).all(|piece| (300..1000).contains(&loudest(piece))));
    heard.extend(pause);
    heard.extend(line.talk(50));
    assert!(loudest(&heard[heard.len() - 160..]) > 7000);
    assert!(steepest(&heard[320..]) < 1600, "{}", steepest(&heard[320..]));
    assert_eq!(line.buffer.concealed_ms(), 0);
    assert!(line.buffer.delay_ms() <= 40);
}

#[test]
fn digits_in_place_of_sound_are_no_loss() {
    let mut line = Line::new();
    line.talk(50);
    for _ in 0..20 {
        let arrival = Arrival {
            generation: 0,
            number: line.number,
            timestamp: line.timestamp,
            kind: Kind::Event,
            payload: &[5; 4],
        };
        line.buffer.put(&arrival, line.now);
        line.number += 1;
        line.hear();
    }
    line.timestamp = line.timestamp.wrapping_add(20 * 160);
    line.talk(50);
    assert_eq!((line.buffer.concealed_ms(), line.buffer.delay_ms()), (0, 20));
}

#[test]
fn another_sender_or_another_clock_is_followed_at_once() {
    type Change = fn(&mut Line);
    let changes: [(&str, Change); 5] = [
        ("source", |line| (line.generation, line.number, line.timestamp) = (1, 5, 77)),
        ("ahead", |line| line.timestamp = line.timestamp.wrapping_add(80_000)),
        ("back", |line| line.timestamp = line.timestamp.wrapping_sub(80_000)),
        ("a little ahead", |line| line.timestamp = line.timestamp.wrapping_add(4000)),
        ("a little back", |line| line.timestamp = line.timestamp.wrapping_sub(4000)),
    ];
    for (name, change) in changes {
        let mut line = Line::new();
        let mut heard = line.talk(100);
        change(&mut line);
        heard.extend(line.talk(10));
        let soon = line.talk(100);
        assert!(soon.chunks(160).all(|tick| loudest(tick) > 7000), "{name}");
        heard.extend(soon);
        assert!(steepest(&heard[320..]) < 1600, "{name}: {}", steepest(&heard[320..]));
        assert!(line.buffer.delay_ms() < MOST_DELAY_MS as u32, "{name}: {}", line.buffer.delay_ms());
        line.talk(500);
        assert!(line.buffer.delay_ms() <= 60, "{name}: {}", line.buffer.delay_ms());
    }
}

#[test]
fn a_network_that_holds_packets_up_is_not_held_up_by_us() {
    for held in [5, 12, 30, 100] {
        let mut line = Line::new();
        line.talk(100);
        line.listen(held);
        (0..held).for_each(|_| line.send_next(160));
        line.talk(10);
        assert!(i64::from(line.buffer.delay_ms()) <= MOST_DELAY_MS, "{held}: {}", line.buffer.delay_ms());
        line.talk(3000);
        assert!(line.buffer.delay_ms() <= 60, "{held}: {}", line.buffer.delay_ms());
        assert!(line.buffer.store.len() <= 2);
    }
}

#[test]
fn silence_stays_silence_whatever_is_lost() {
    let mut line = Line::new();
    for at in 0..500 {
        if at % 7 != 0 && at % 50 > 5 {
            let silence = [g711::PCMA_SILENCE; 160];
            line.send(line.number, line.timestamp, &silence);
        }
        line.skip(160);
        let loudest = loudest(&line.hear());
        assert!(loudest <= 8, "{at}: {loudest}"); // A-law has no 0: its silence is 8
    }
}

#[test]
fn what_is_no_packet_is_refused() {
    let mut line = Line::new();
    line.send(1, 0, &[]);
    line.send(2, 160, &[0; MAX_PAYLOAD + 1]);
    assert_eq!(line.buffer.statistics().refused, 2);
    assert_eq!(loudest(&line.listen(10)), 0);
}
