//! Far ends that say sines of their own and write down what they hear, packet by packet.

use super::*;
use crate::codec::{Band, Decoder, Encoder, Pcm, samples_of};

pub const AMPLITUDE: f64 = 3000.0;
/// Sines of so many samples of 8 kHz are measured: frequencies in steps of 10 Hz do not disturb each other.
pub const MEASURED: usize = 800;

/// A packet as it was heard.
pub struct Heard {
    pub at: Nanos,
    pub sequence: u16,
    pub timestamp: u32,
    pub ssrc: u32,
    /// At 8 kHz.
    pub sound: Vec<i16>,
}

pub struct FarEnd {
    pub name: String,
    pub key: usize,
    pub codec: Codec,
    pub hertz: f64,
    pub heard: Vec<Heard>,
    pub sends: bool,
    pub lost: u64,
    address: String,
    clock_rate: u32,
    encoder: Encoder,
    decoder: Decoder,
    sequence: u16,
    timestamp: u32,
    ssrc: u32,
    frames: u64,
    next_at: Nanos,
}

pub fn audio(codec: Codec) -> Payload {
    let (number, clock_rate) = match codec {
        Codec::Pcmu => (0, 8_000),
        Codec::Pcma => (8, 8_000),
        Codec::G722 => (9, 8_000),
        _ => (111, 48_000),
    };
    Payload { number, codec, clock_rate, fec: false, dtx: false }
}

impl FarEnd {
    /// Its next 20 ms as a packet.
    pub fn say(&mut self) -> Vec<u8> {
        let band = self.encoder.band();
        let step = std::f64::consts::TAU * self.hertz / f64::from(band.hertz());
        let first = self.frames * band.tick() as u64;
        let frame: Vec<i16> =
            (0..band.tick() as u64).map(|n| (AMPLITUDE * (step * (first + n) as f64).sin()) as i16).collect();
        self.frames += 1;
        let mut payload = [0; 1300];
        let length = self.encoder.encode(&frame, &mut payload);
        let packet = rtp(audio(self.codec).number, self.sequence, self.timestamp, self.ssrc, &payload[..length]);
        self.sequence = self.sequence.wrapping_add(1);
        self.timestamp = self.timestamp.wrapping_add(self.clock_rate / 50);
        packet
    }

    fn hear(&mut self, sent: &Sent) {
        let header = sent.header();
        let mut pcm = Pcm::default();
        let mut sound = Vec::new();
        if header.payload_type == audio(self.codec).number && samples_of(self.codec, sent.payload()) > 0 {
            self.decoder.decode(sent.payload(), &mut pcm);
            let step = if self.decoder.band() == Band::Wide { 2 } else { 1 };
            sound = pcm.iter().step_by(step).copied().collect();
        }
        let (sequence, timestamp, ssrc) = (header.sequence, header.timestamp, header.ssrc);
        self.heard.push(Heard { at: sent.at, sequence, timestamp, ssrc, sound });
    }

    /// The newest sound that it heard.
    pub fn newest(&self, samples: usize) -> Vec<i16> {
        let packets = samples / 160 + 1;
        let from = self.heard.len().saturating_sub(packets);
        let sound: Vec<i16> = self.heard[from..].iter().flat_map(|heard| &heard.sound).copied().collect();
        sound[sound.len().saturating_sub(samples)..].to_vec()
    }

    /// The amplitude of a frequency in the newest sound (Goertzel).
    pub fn hears(&self, hertz: f64) -> f64 {
        amplitude(&self.newest(MEASURED), hertz)
    }
}

pub fn amplitude(sound: &[i16], hertz: f64) -> f64 {
    let step = std::f64::consts::TAU * hertz / 8000.0;
    let (mut real, mut imaginary) = (0.0, 0.0);
    for (n, sample) in sound.iter().enumerate() {
        real += f64::from(*sample) * (step * n as f64).cos();
        imaginary += f64::from(*sample) * (step * n as f64).sin();
    }
    2.0 * f64::hypot(real, imaginary) / MEASURED as f64
}

#[derive(Default)]
pub struct Stage {
    pub bench: Bench,
    pub ends: Vec<FarEnd>,
    /// Out of 100 packets that far ends send.
    pub loss: u64,
    random: u64,
}

impl Stage {
    pub fn enter(&mut self, name: &str, codec: Codec) -> usize {
        let n = self.ends.len();
        let address = format!("198.51.100.{}:4000", n + 1);
        let key = self.bench.leg(name, LegKind::Rtp);
        let payload = audio(codec);
        self.negotiate(name, codec, &address);
        self.ends.push(FarEnd {
            name: name.into(),
            key,
            codec,
            hertz: 160.0 + 30.0 * n as f64,
            heard: Vec::new(),
            sends: true,
            lost: 0,
            address,
            clock_rate: payload.clock_rate,
            encoder: Encoder::new(&payload).expect("an encoder"),
            decoder: Decoder::new(codec).expect("a decoder"),
            sequence: 65_400,
            timestamp: u32::MAX - 70_000,
            ssrc: 0x100 + n as u32,
            frames: 0,
            next_at: self.bench.now + (7 * n as u64 % 20 + 1) * MILLISECOND,
        });
        n
    }

    fn negotiate(&mut self, name: &str, codec: Codec, address: &str) {
        let events = Payload { number: 101, codec: Codec::TelephoneEvent, ..audio(codec) };
        let payloads = vec![audio(codec), events];
        self.bench.configure(ConfigureLeg { payloads, ..phone_configuration(name, codec, address) });
    }

    /// A far end negotiates and sends another codec from now on.
    pub fn change_codec(&mut self, n: usize, codec: Codec) {
        let (name, address) = (self.ends[n].name.clone(), self.ends[n].address.clone());
        self.negotiate(&name, codec, &address);
        let end = &mut self.ends[n];
        (end.codec, end.clock_rate) = (codec, audio(codec).clock_rate);
        end.encoder = Encoder::new(&audio(codec)).expect("an encoder");
        end.decoder = Decoder::new(codec).expect("a decoder");
    }

    /// A far end begins anew, as another source behind the same address.
    pub fn change_ssrc(&mut self, n: usize) {
        let end = &mut self.ends[n];
        end.ssrc = end.ssrc.wrapping_add(0x1000);
        end.sequence = end.sequence.wrapping_mul(31).wrapping_add(7);
        end.timestamp = end.timestamp.wrapping_mul(17).wrapping_add(99);
    }

    /// A player of a sine that never ends.
    pub fn music(&mut self, name: &str, hertz: f64) {
        let sine = |n: usize| (AMPLITUDE * (std::f64::consts::TAU * hertz * n as f64 / 8000.0).sin()) as i16;
        let clip = Arc::new(Clip::new((0..8000).map(sine).collect()));
        let play = Play::Tones { tones: Vec::new(), level_dbm0: -13.0, repeat: true };
        self.bench.player(name, play, "", vec![clip]).expect("a player");
    }

    pub fn packet_from(&mut self, n: usize, bytes: &[u8]) {
        let (key, address) = (self.ends[n].key, self.ends[n].address.clone());
        let sent = self.bench.receive(Port::Rtp(key), bytes, &address);
        self.deliver(&sent);
    }

    pub fn deliver(&mut self, sent: &[Sent]) {
        for packet in sent.iter().filter(|packet| !crate::rtp::is_rtcp(&packet.bytes)) {
            if let Some(end) = self.ends.iter_mut().find(|end| packet.port == Port::Rtp(end.key)) {
                end.hear(packet);
            }
        }
    }

    fn is_lost(&mut self) -> bool {
        self.random = self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.random >> 33) % 100 < self.loss
    }

    pub fn run(&mut self, milliseconds: u64) {
        for _ in 0..milliseconds {
            let sent = self.bench.run(MILLISECOND);
            self.deliver(&sent);
            for n in 0..self.ends.len() {
                if self.ends[n].next_at > self.bench.now {
                    continue;
                }
                self.ends[n].next_at += PACKET;
                let packet = self.ends[n].say();
                match self.ends[n].sends && !self.is_lost() {
                    true => self.packet_from(n, &packet),
                    false => self.ends[n].lost += 1,
                }
            }
        }
    }
}
