//! What a leg says, decoded: for hearers of several sources or of another codec, for recorders and detectors.

use super::leg::Leg;
use crate::Nanos;
use crate::codec::{Band, Decoder};
use crate::jitter::{Arrival, JitterBuffer};
use crate::resample::{Down, Up};
use control_messages::Codec;

const NARROW: usize = Band::Narrow.tick();
const WIDE: usize = Band::Wide.tick();
/// A voice that nobody needs is kept for 5 s: whoever is put back into a conference finds it running.
const KEPT_TICKS: u16 = 250;
/// A far end that says nothing at all is waited for no longer than 120 ms.
const AWAITED_TICKS: u16 = 6;

/// One decoder, its jitter buffer, and 20 ms of their sound in both bands.
pub struct Voice {
    codec: Codec,
    decoder: Decoder,
    buffer: JitterBuffer,
    up: Option<Box<Up>>,
    down: Option<Box<Down>>,
    narrow: [i16; NARROW],
    wide: [i16; WIDE],
    /// The band that the decoder does not have was made for this tick too.
    resampled: bool,
    /// Somebody needs it; nobody does since `idle_ticks`.
    pub needed: bool,
    idle_ticks: u16,
    awaited_ticks: u16,
    heard: bool,
    /// Ticks since it began.
    pub frame_number: u32,
}

impl Voice {
    /// None for a codec that is not sound.
    pub fn new(codec: Codec) -> Option<Self> {
        let clock_rate = *super::payloads::clock_rates(codec).first()?;
        Some(Self {
            codec,
            decoder: Decoder::new(codec)?,
            buffer: JitterBuffer::new(clock_rate),
            up: None,
            down: None,
            narrow: [0; NARROW],
            wide: [0; WIDE],
            resampled: false,
            needed: true,
            idle_ticks: 0,
            awaited_ticks: 0,
            heard: false,
            frame_number: 0,
        })
    }

    pub fn codec(&self) -> Codec {
        self.codec
    }

    /// Take in a packet of `codec`; comfort noise goes with any.
    pub fn put(&mut self, arrival: &Arrival<'_>, now: Nanos) {
        self.buffer.put(arrival, now);
    }

    /// Step to the next 20 ms.
    pub fn tick(&mut self, now: Nanos) {
        self.frame_number = self.frame_number.wrapping_add(1);
        self.resampled = false;
        let band = self.decoder.band();
        let sound = self.buffer.tick(&mut self.decoder, now);
        let frame = match band {
            Band::Narrow => &mut self.narrow[..],
            Band::Wide => &mut self.wide[..],
        };
        frame.copy_from_slice(sound);
        if !self.heard {
            self.awaited_ticks += 1;
            self.heard = self.awaited_ticks > AWAITED_TICKS || frame.iter().any(|sample| *sample != 0);
        }
    }

    /// Have the present frame in `band` too.
    pub fn provide(&mut self, band: Band) {
        if self.resampled || self.decoder.band() == band {
            return;
        }
        self.resampled = true;
        match band {
            Band::Narrow => {
                if self.down.is_none() {
                    self.down = Down::new().map(Box::new);
                }
                if let Some(down) = &mut self.down {
                    down.run(&self.wide, &mut self.narrow);
                }
            }
            Band::Wide => {
                if self.up.is_none() {
                    self.up = Up::new().map(Box::new);
                }
                if let Some(up) = &mut self.up {
                    up.run(&self.narrow, &mut self.wide);
                }
            }
        }
    }

    /// The present frame; `provide` goes before where it may be in the other band.
    pub fn frame(&self, band: Band) -> &[i16] {
        match band {
            Band::Narrow => &self.narrow,
            Band::Wide => &self.wide,
        }
    }

    /// True once it has given sound, or had the time to.
    pub fn is_heard(&self) -> bool {
        self.heard
    }

    /// Count a tick; false when it has been kept long enough for nobody.
    pub fn keep(&mut self) -> bool {
        self.idle_ticks = if self.needed { 0 } else { self.idle_ticks + 1 };
        self.idle_ticks < KEPT_TICKS
    }

    /// What its buffer made up.
    pub fn concealed_ms(&self) -> u64 {
        self.buffer.concealed_ms()
    }

    /// What its buffer holds back now.
    pub fn buffer_ms(&self) -> u32 {
        self.buffer.delay_ms()
    }
}

impl Leg {
    /// Sound that was made up in place of packets since the leg began.
    pub fn concealed_ms(&self) -> u64 {
        self.concealed_before_ms + self.voice.as_ref().map_or(0, |voice| voice.concealed_ms())
    }

    /// What the jitter buffer holds back; None without one.
    pub fn buffer_ms(&self) -> Option<f64> {
        self.voice.as_ref().map(|voice| f64::from(voice.buffer_ms()))
    }

    /// Decode no more, or by another decoder.
    pub fn change_voice(&mut self, voice: Option<Box<Voice>>) {
        self.concealed_before_ms = self.concealed_ms();
        self.voice = voice;
    }
}
