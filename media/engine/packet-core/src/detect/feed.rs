//! One direction of a leg's packets, brought to 8 kHz without holes.

use crate::codec::{Band, Decoder, Pcm, samples_of};
use crate::{MILLISECOND, Nanos, SECOND};
use control_messages::Codec;

/// A jump of the time stamp beyond is a new stream, not a gap.
const LONGEST_GAP_MILLISECONDS: i64 = 1000;
/// When no packet came for so long, what is missing is taken for silence (no jitter is worse).
const PACKETS_LATE: Nanos = 100 * MILLISECOND;

/// One packet of sound, as it came or as it goes; the time stamp counts in its codec's RTP clock.
#[derive(Clone, Copy)]
pub struct Audio<'a> {
    pub codec: Codec,
    pub generation: u32,
    pub timestamp: u32,
    pub payload: &'a [u8],
}

/// One direction of a leg's sound, brought to 8 kHz without holes.
#[derive(Default)]
pub struct Feed {
    decoder: Option<(Codec, Decoder)>,
    /// Generation and time stamp of what comes next.
    expected: Option<(u32, u32)>,
    /// Until when there is sound or silence; 0: nothing came yet.
    until: Nanos,
}

fn clock_milliseconds(codec: Codec) -> i64 {
    if codec == Codec::Opus { 48 } else { 8 }
}

const SILENCE: [i16; 160] = [0; 160];

impl Feed {
    /// Silence counts from now on.
    pub fn start(&mut self, now: Nanos) {
        self.until = now;
    }

    /// Give `sink` the packet's sound, after silence for what is missing before it; a late packet is left out.
    pub fn take(&mut self, audio: Audio<'_>, now: Nanos, sink: &mut impl FnMut(&[i16])) {
        let units = samples_of(audio.codec, audio.payload);
        if units == 0 {
            return;
        }
        if let Some((generation, expected)) = self.expected {
            let ahead = i64::from(audio.timestamp.wrapping_sub(expected) as i32) / clock_milliseconds(audio.codec);
            if generation == audio.generation && ahead.abs() <= LONGEST_GAP_MILLISECONDS {
                if ahead < 0 {
                    return;
                }
                silence(ahead as usize, sink);
            }
        }
        self.expected = Some((audio.generation, audio.timestamp.wrapping_add(units)));
        self.until = now;
        let known = self.decoder.as_ref().is_some_and(|(codec, _)| *codec == audio.codec);
        if !known {
            self.decoder = Decoder::new(audio.codec).map(|decoder| (audio.codec, decoder));
        }
        let Some((_, decoder)) = self.decoder.as_mut() else { return };
        let mut pcm = Pcm::default();
        decoder.decode(audio.payload, &mut pcm);
        match decoder.band() {
            Band::Narrow => sink(&pcm),
            Band::Wide => sink(halve(&mut pcm)),
        }
    }

    /// Silence up to now, when packets have stopped.
    pub fn wait(&mut self, now: Nanos, sink: &mut impl FnMut(&[i16])) {
        if now.saturating_sub(self.until) < PACKETS_LATE {
            return;
        }
        let missing = (now - self.until).min(SECOND) / MILLISECOND;
        silence(missing as usize, sink);
        self.until = now;
        self.expected = None;
    }
}

fn silence(milliseconds: usize, sink: &mut impl FnMut(&[i16])) {
    let mut left = milliseconds * 8;
    while left > 0 {
        let count = left.min(SILENCE.len());
        sink(&SILENCE[..count]);
        left -= count;
    }
}

/// 16 to 8 kHz, in place. Seven taps of a half-band filter: detectors ask for no more.
fn halve(pcm: &mut Pcm) -> &[i16] {
    const TAPS: [i32; 7] = [-1, 0, 9, 16, 9, 0, -1];
    let wide: Pcm = pcm.clone();
    let last = wide.len().saturating_sub(1);
    let count = wide.len() / 2;
    for n in 0..count {
        let near = |tap: usize| i32::from(wide[(2 * n + tap).saturating_sub(3).min(last)]);
        let sum: i32 = TAPS.iter().enumerate().map(|(tap, weight)| weight * near(tap)).sum();
        pcm[n] = (sum / 32).clamp(i32::from(i16::MIN), i32::from(i16::MAX)) as i16;
    }
    &pcm[..count]
}
