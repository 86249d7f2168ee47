//! Recordings in Opus: two encoders, one for each channel, and the Ogg stream around them.

use crate::ogg_opus::OggOpus;
use opus::{Application, Bitrate, Channels, Encoder, Signal};

/// Of 8 kHz: an Opus frame of 20 ms.
const FRAME: usize = 160;
const HERTZ: u32 = 8000;
/// Bits a second of each channel: speech of the narrow band is transparent from 12 on (RFC 6716 2.1.1).
const BIT_RATE: i32 = 16_000;
/// Search effort, 0 to 10: the lowest, as one thread encodes for all recorders.
const COMPLEXITY: i32 = 0;
/// What one frame may take (RFC 6716 3.2.1), with its table of contents.
const MAX_PACKET: usize = 1276;
/// Samples of 48 kHz in one of 8 kHz.
const GRANULES: u16 = 6;

pub struct RecordingEncoder {
    channels: [Encoder; 2],
    pages: OggOpus,
    /// Samples that do not fill a frame yet, interleaved.
    rest: Vec<i16>,
    frames: u64,
}

impl RecordingEncoder {
    /// `serial` tells this stream from others (RFC 3533 6). None when memory is out.
    pub fn new(serial: u32) -> Option<Self> {
        let mut channels = [encoder()?, encoder()?];
        let delay = u16::try_from(channels[0].get_lookahead().ok()?).ok()? * GRANULES;
        Some(Self { channels, pages: OggOpus::new(serial, delay), rest: Vec::with_capacity(2 * FRAME), frames: 0 })
    }

    /// Encode interleaved samples; complete pages go to the end of `out`.
    pub fn add(&mut self, samples: &[i16], out: &mut Vec<u8>) {
        self.frames += samples.len() as u64 / 2;
        let mut samples = samples;
        while self.rest.len() + samples.len() >= 2 * FRAME {
            let (taken, after) = samples.split_at(2 * FRAME - self.rest.len());
            self.rest.extend_from_slice(taken);
            samples = after;
            self.encode();
        }
        self.rest.extend_from_slice(samples);
        self.pages.end_page();
        self.pages.take_pages(out);
    }

    /// The last page: what fills it up, and the encoder's delay, are no part of the sound.
    pub fn end(&mut self, out: &mut Vec<u8>) {
        // One frame more than there is sound holds what the encoder still keeps back.
        for _ in 0..2 {
            self.rest.resize(2 * FRAME, 0);
            self.encode();
        }
        self.pages.end(self.frames);
        self.pages.take_pages(out);
    }

    fn encode(&mut self) {
        let mut packets = [[0; MAX_PACKET]; 2];
        let mut lengths = [0; 2];
        for (channel, encoder) in self.channels.iter_mut().enumerate() {
            let mut frame = [0; FRAME];
            for (sample, pair) in frame.iter_mut().zip(self.rest.chunks_exact(2)) {
                *sample = pair[channel];
            }
            // Fails for other lengths of frames only; without a packet the channel is silent for it.
            lengths[channel] = encoder.encode(&frame, &mut packets[channel]).unwrap_or(0);
        }
        self.rest.clear();
        self.pages.push([&packets[0][..lengths[0]], &packets[1][..lengths[1]]], FRAME as u64);
    }
}

fn encoder() -> Option<Encoder> {
    let mut encoder = Encoder::new(HERTZ, Channels::Mono, Application::Voip).ok()?;
    encoder.set_bitrate(Bitrate::Bits(BIT_RATE)).ok()?;
    encoder.set_complexity(COMPLEXITY).ok()?;
    encoder.set_signal(Signal::Voice).ok()?;
    Some(encoder)
}
