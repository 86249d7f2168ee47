//! What players play: sounds held ready in the forms that legs are sent, and a place in a list of them.

use crate::codec::Band;
use crate::g711::Law;
use crate::stream::FRAME_SAMPLES;
use control_messages::Tone;
use std::f64::consts::{PI, TAU};
use std::sync::Arc;

pub const FRAME: usize = FRAME_SAMPLES as usize;
/// Samples of 20 ms at 16 kHz.
pub const WIDE_FRAME: usize = 2 * FRAME;
/// G.711: a sine of full scale is +3.17 dBm0.
const FULL_SCALE_DBM0: f64 = 3.17;
/// A tone that is cut off clicks: it comes and goes within 4 ms.
const RAMP_SAMPLES: usize = 32;
const SAMPLES_PER_SECOND: f64 = 8000.0;

/// A sound, decoded once for all calls. G.711 is kept too, so that playing is copying.
#[derive(Debug)]
pub struct Clip {
    pcm: Box<[i16]>,
    pcmu: Box<[u8]>,
    pcma: Box<[u8]>,
    /// At 16 kHz, twice as long as `pcm`; only of what has more in it than a telephone line carries.
    wide: Option<Box<[i16]>>,
}

impl Clip {
    /// A sound of 8 kHz.
    pub fn new(pcm: Vec<i16>) -> Self {
        let encode = |law: Law| pcm.iter().map(|sample| law.encode(*sample)).collect();
        Self { pcmu: encode(Law::Pcmu), pcma: encode(Law::Pcma), pcm: pcm.into(), wide: None }
    }

    /// The same sound at 8 and at 16 kHz.
    pub fn wide(pcm: Vec<i16>, mut wide: Vec<i16>) -> Self {
        wide.resize(2 * pcm.len(), 0);
        Self { wide: Some(wide.into()), ..Self::new(pcm) }
    }

    /// The tones one after the other, each frequency at an equal share of `level_dbm0`.
    ///
    /// With `repeat` the end joins the beginning: one tone alone goes on for whole seconds, so that frequencies of whole
    /// hertz have no seam.
    pub fn tones(tones: &[Tone], level_dbm0: f64, repeat: bool) -> Self {
        let steady = repeat && tones.windows(2).all(|pair| pair[0].frequencies_hz == pair[1].frequencies_hz);
        if let (true, Some(tone)) = (steady, tones.first()) {
            let milliseconds: u32 = tones.iter().map(|tone| tone.milliseconds).sum();
            let whole = Tone { milliseconds: milliseconds.next_multiple_of(1000), ..tone.clone() };
            return Self::new(sine_waves(&whole, level_dbm0).collect());
        }
        let mut pcm = Vec::new();
        for tone in tones {
            let start = pcm.len();
            pcm.extend(sine_waves(tone, level_dbm0));
            ramp(&mut pcm[start..]);
        }
        Self::new(pcm)
    }

    /// What it takes in memory.
    pub fn bytes(&self) -> usize {
        4 * self.pcm.len() + self.wide.as_ref().map_or(0, |wide| 2 * wide.len())
    }

    pub fn samples(&self) -> usize {
        self.pcm.len()
    }

    fn codes(&self, law: Law) -> &[u8] {
        match law {
            Law::Pcmu => &self.pcmu,
            Law::Pcma => &self.pcma,
        }
    }
}

fn sine_waves(tone: &Tone, level_dbm0: f64) -> impl Iterator<Item = i16> + '_ {
    let shares = tone.frequencies_hz.len().max(1) as f64;
    let amplitude = 32_767.0 * 10f64.powf((level_dbm0 - FULL_SCALE_DBM0) / 20.0) / shares.sqrt();
    (0..tone.milliseconds as usize * 8).map(move |n| {
        let wave = |hertz: &f64| (TAU * hertz * n as f64 / SAMPLES_PER_SECOND).sin();
        let sum: f64 = tone.frequencies_hz.iter().map(wave).sum();
        (amplitude * sum).clamp(-32_768.0, 32_767.0) as i16
    })
}

/// Let a tone come and go softly.
fn ramp(tone: &mut [i16]) {
    let length = RAMP_SAMPLES.min(tone.len() / 2);
    let end = tone.len();
    for n in 0..length {
        let gain = 0.5 - 0.5 * (PI * n as f64 / length as f64).cos();
        for at in [n, end - 1 - n] {
            tone[at] = (f64::from(tone[at]) * gain) as i16;
        }
    }
}

/// A list of clips and the place of the frame that is being played.
#[derive(Debug, Default)]
pub struct Playlist {
    clips: Vec<Arc<Clip>>,
    repeat: bool,
    clip: usize,
    offset: usize,
    started: bool,
}

impl Playlist {
    /// None when there is nothing to play.
    pub fn new(clips: Vec<Arc<Clip>>, repeat: bool) -> Option<Self> {
        let clips: Vec<_> = clips.into_iter().filter(|clip| clip.samples() > 0).collect();
        (!clips.is_empty()).then_some(Self { clips, repeat, clip: 0, offset: 0, started: false })
    }

    /// Go so many seconds into the list before it starts; a repeated list goes round.
    pub fn seek(&mut self, seconds: f64) {
        let total = self.total();
        let wanted = (seconds * SAMPLES_PER_SECOND).min(1e15) as usize;
        (self.clip, self.offset) = (0, if self.repeat { wanted % total } else { wanted.min(total) });
        while let Some(clip) = self.clips.get(self.clip).filter(|clip| clip.samples() <= self.offset) {
            self.offset -= clip.samples();
            self.clip += 1;
        }
    }

    fn total(&self) -> usize {
        self.clips.iter().map(|clip| clip.samples()).sum()
    }

    /// How much of the list is behind, the present frame too; of a repeated list, of this round.
    pub fn seconds(&self) -> f64 {
        let before: usize = self.clips.iter().take(self.clip).map(|clip| clip.samples()).sum();
        let played = before + self.offset + if self.started { FRAME } else { 0 };
        let total = self.total();
        let place = if self.repeat { played % total.max(1) } else { played.min(total) };
        place as f64 / SAMPLES_PER_SECOND
    }

    /// 16 kHz when every clip of the list has it.
    pub fn band(&self) -> Band {
        if self.clips.iter().all(|clip| clip.wide.is_some()) { Band::Wide } else { Band::Narrow }
    }

    /// Step to the next frame of 20 ms; false at the end.
    pub fn advance(&mut self) -> bool {
        if !std::mem::replace(&mut self.started, true) {
            return self.clip < self.clips.len();
        }
        self.offset += FRAME;
        while let Some(clip) = self.clips.get(self.clip) {
            if self.offset < clip.samples() {
                return true;
            }
            self.offset -= clip.samples();
            self.clip += 1;
            if self.repeat && self.clip == self.clips.len() {
                self.clip = 0;
            }
        }
        false
    }

    /// Fill `out` with the present frame, over the ends of clips where need be, and silence after the last. `scale` is
    /// how many of these samples stand for one of 8 kHz.
    fn fill<T: Copy>(&self, out: &mut [T], silence: T, scale: usize, samples_of: impl Fn(&Clip) -> &[T]) {
        let (mut clip, mut offset, mut filled) = (self.clip, self.offset * scale, 0);
        while filled < out.len() {
            let Some(current) = self.clips.get(clip) else { break };
            let rest = &samples_of(current)[offset..];
            let count = rest.len().min(out.len() - filled);
            out[filled..filled + count].copy_from_slice(&rest[..count]);
            filled += count;
            offset = 0;
            clip += 1;
            if self.repeat && clip == self.clips.len() {
                clip = 0;
            }
        }
        out[filled..].fill(silence);
    }

    pub fn codes(&self, law: Law, out: &mut [u8; FRAME]) {
        self.fill(out, law.silence(), 1, |clip| clip.codes(law));
    }

    pub fn pcm(&self, out: &mut [i16; FRAME]) {
        self.fill(out, 0, 1, |clip| &clip.pcm);
    }

    /// The present frame at 16 kHz, made of 8 kHz where a clip has no more.
    pub fn wide(&self, out: &mut [i16; WIDE_FRAME]) {
        match self.band() {
            Band::Wide => self.fill(out, 0, 2, |clip| clip.wide.as_deref().unwrap_or_default()),
            Band::Narrow => self.doubled(out),
        }
    }

    /// Twice as many samples: between two of them a third by their neighbours (a half-band filter of six taps).
    fn doubled(&self, out: &mut [i16; WIDE_FRAME]) {
        const TAPS: [i32; 6] = [3, -25, 150, 150, -25, 3];
        const BEFORE: usize = 2;
        let mut near = [0; BEFORE + FRAME + 3];
        self.fill(&mut near[BEFORE..], 0, 1, |clip| &clip.pcm);
        for (place, sample) in near[..BEFORE].iter_mut().enumerate() {
            *sample = self.sample_before(BEFORE - place);
        }
        for (n, pair) in out.chunks_exact_mut(2).enumerate() {
            let sum: i32 = TAPS.iter().zip(&near[n..]).map(|(tap, sample)| tap * i32::from(*sample)).sum();
            pair[0] = near[n + BEFORE];
            pair[1] = (sum / 256).clamp(i32::from(i16::MIN), i32::from(i16::MAX)) as i16;
        }
    }

    /// The sample so many places before the present frame.
    fn sample_before(&self, places: usize) -> i16 {
        let (clip, offset) = match (self.offset.checked_sub(places), self.clip.checked_sub(1)) {
            (Some(offset), _) => (self.clips.get(self.clip), offset),
            (None, Some(before)) => {
                let clip = self.clips.get(before);
                (clip, clip.map_or(0, |clip| (clip.samples() + self.offset).saturating_sub(places)))
            }
            (None, None) => return 0,
        };
        clip.and_then(|clip| clip.pcm.get(offset)).copied().unwrap_or(0)
    }
}

#[cfg(test)]
#[path = "clip_tests.rs"]
mod tests;
