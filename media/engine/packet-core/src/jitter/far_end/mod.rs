//! What is heard at the far end of a line with troubles, against what was said.

mod lines;
mod measure;

use super::{Arrival, JitterBuffer, Kind, Statistics};
use crate::codec::{Band, Decoder, Encoder, MAX_ENCODED_BYTES, Pcm};
use crate::emulator::{Conditions, FarClock, Network};
use crate::{MILLISECOND, Nanos};
use control_messages::{Codec, Payload};
use std::time::{Duration, Instant};

/// A woman's greeting, 4.7 s, 16-bit mono at 8 kHz, spoken again and again.
static GREETING: &[u8] = include_bytes!("../../../../../prompts/assets/greeting.wav");
const WAV_HEADER: usize = 44;
/// Where the clocks begin, so that nothing is before time.
const START: Nanos = 1_000_000 * MILLISECOND;

pub struct Line {
    pub codec: Codec,
    pub packet_ms: usize,
    pub conditions: Conditions,
    pub ppm: i32,
    pub seconds: usize,
    pub seed: u64,
}

/// What was heard tick by tick beside what was said.
pub struct Heard {
    pub band: Band,
    pub ppm: i32,
    /// The source behind encoder and decoder, without a network in between.
    pub said: Vec<i16>,
    pub heard: Vec<i16>,
    /// Delay of the network and of the buffer together, at each tick.
    pub delays_ms: Vec<u32>,
    pub statistics: Statistics,
    pub most_waiting: usize,
    /// What buffer and decoder took of the processor.
    pub spent: Duration,
}

pub fn greeting(band: Band) -> Vec<i16> {
    let samples: Vec<i16> =
        GREETING[WAV_HEADER..].chunks_exact(2).map(|octets| i16::from_le_bytes([octets[0], octets[1]])).collect();
    if band == Band::Narrow {
        return samples;
    }
    // Straight lines between the samples: the images above 4 kHz are what fricatives sound like.
    let next = samples.iter().skip(1).chain(samples.first());
    samples.iter().zip(next).flat_map(|(a, b)| [*a, ((i32::from(*a) + i32::from(*b)) / 2) as i16]).collect()
}

pub fn clock_rate(codec: Codec) -> u32 {
    if codec == Codec::Opus { 48_000 } else { 8000 }
}

fn payload_of(codec: Codec) -> Payload {
    Payload { number: 96, codec, clock_rate: clock_rate(codec), fec: true, dtx: false }
}

/// The greeting in packets; Opus packets are one frame each, whatever `packet_ms` says.
fn packets(codec: Codec, packet_ms: usize) -> Vec<Vec<u8>> {
    let mut encoder = Encoder::new(&payload_of(codec)).unwrap();
    let sound = greeting(encoder.band());
    let mut octets = Vec::new();
    let mut encoded = [0; MAX_ENCODED_BYTES];
    for frame in sound.chunks_exact(encoder.band().tick()) {
        let length = encoder.encode(frame, &mut encoded);
        octets.push(encoded[..length].to_vec());
    }
    if codec == Codec::Opus {
        return octets;
    }
    octets.concat().chunks_exact(packet_ms * 8).map(<[u8]>::to_vec).collect()
}

impl Line {
    fn packet_ms(&self) -> usize {
        if self.codec == Codec::Opus { 20 } else { self.packet_ms }
    }

    pub fn run(&self) -> Heard {
        let packets = packets(self.codec, self.packet_ms);
        let clock = FarClock { ppm: self.ppm };
        let mut network = Network::new(self.conditions, self.seed);
        let mut decoders = (Decoder::new(self.codec).unwrap(), Decoder::new(self.codec).unwrap());
        let mut buffer = JitterBuffer::new(clock_rate(self.codec));
        let band = decoders.0.band();
        let (mut heard, mut said, mut delays_ms) = (Vec::new(), Vec::new(), Vec::new());
        // The third round of the greeting is decoded as the second: that much work is spared.
        let mut spent = Duration::ZERO;
        let mut said_in_two_rounds = None;
        let (mut pcm, mut number, mut most_waiting) = (Pcm::default(), 0, 0);
        for tick in 0..self.seconds as u64 * 50 {
            let now = tick * 20 * MILLISECOND;
            while let Some(sent) =
                Some(clock.ours((number + 1) * self.packet_ms() as u64 * MILLISECOND)).filter(|at| *at <= now)
            {
                let payload = &packets[number as usize % packets.len()];
                match said_in_two_rounds.filter(|_| number as usize >= 2 * packets.len()) {
                    Some(two) => said.extend_from_within(said.len() - two / 2..said.len() - two / 2 + pcm.len()),
                    None => {
                        decoders.1.decode(payload, &mut pcm);
                        said.extend_from_slice(&pcm);
                        said_in_two_rounds = Some(said.len());
                    }
                }
                network.send((number, payload), START + sent);
                number += 1;
            }
            let began = Instant::now();
            while let Some((at, (number, payload))) = network.receive(START + now) {
                let timestamp = (number * (self.packet_ms() as u64 * u64::from(clock_rate(self.codec)) / 1000)) as u32;
                // Both wrap within a second or two.
                let (timestamp, number) = (timestamp.wrapping_sub(9000), number + (1 << 16) - 50);
                buffer.put(&Arrival { generation: 0, number, timestamp, kind: Kind::Audio, payload }, at);
            }
            most_waiting = most_waiting.max(buffer.store.len());
            heard.extend_from_slice(buffer.tick(&mut decoders.0, START + now));
            spent += began.elapsed();
            delays_ms.push(buffer.delay_ms() + (self.conditions.delay / MILLISECOND) as u32 + self.packet_ms() as u32);
        }
        let statistics = *buffer.statistics();
        Heard { band, ppm: self.ppm, said, heard, delays_ms, statistics, most_waiting, spent }
    }
}
