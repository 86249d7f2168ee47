//! What players play: sounds held ready in both laws, and a place in a list of them.

use crate::g711::Law;
use crate::stream::FRAME_SAMPLES;
use control_messages::Tone;
use std::sync::Arc;

pub const FRAME: usize = FRAME_SAMPLES as usize;
/// G.711: a sine of full scale is +3.17 dBm0.
const FULL_SCALE_DBM0: f64 = 3.17;

/// A sound, decoded once for all calls. G.711 is kept too, so that playing is copying.
#[derive(Debug)]
pub struct Clip {
    pcm: Box<[i16]>,
    pcmu: Box<[u8]>,
    pcma: Box<[u8]>,
}

impl Clip {
    pub fn new(pcm: Vec<i16>) -> Self {
        let encode = |law: Law| pcm.iter().map(|sample| law.encode(*sample)).collect();
        Self { pcmu: encode(Law::Pcmu), pcma: encode(Law::Pcma), pcm: pcm.into() }
    }

    /// The tones one after the other, each frequency at an equal share of `level_dbm0`.
    pub fn tones(tones: &[Tone], level_dbm0: f64) -> Self {
        let mut pcm = Vec::new();
        for tone in tones {
            let count = tone.milliseconds as usize * 8;
            let shares = tone.frequencies_hz.len().max(1) as f64;
            let amplitude = 32_767.0 * 10f64.powf((level_dbm0 - FULL_SCALE_DBM0) / 20.0) / shares.sqrt();
            pcm.extend((0..count).map(|n| {
                let seconds = n as f64 / 8000.0;
                let wave = |hertz: &f64| (std::f64::consts::TAU * hertz * seconds).sin();
                let sum: f64 = tone.frequencies_hz.iter().map(wave).sum();
                (amplitude * sum).clamp(-32_768.0, 32_767.0) as i16
            }));
        }
        Self::new(pcm)
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

/// A list of clips and the place of the frame that is being played.
#[derive(Debug)]
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

    /// Step to the next frame of 20 ms; false at the end.
    pub fn advance(&mut self) -> bool {
        if !std::mem::replace(&mut self.started, true) {
            return true;
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

    /// Fill `out` with the present frame, over the ends of clips where need be, and silence after the last.
    fn fill<T: Copy>(&self, out: &mut [T; FRAME], silence: T, samples_of: impl Fn(&Clip) -> &[T]) {
        let (mut clip, mut offset, mut filled) = (self.clip, self.offset, 0);
        while filled < FRAME {
            let Some(current) = self.clips.get(clip) else { break };
            let rest = &samples_of(current)[offset..];
            let count = rest.len().min(FRAME - filled);
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
        self.fill(out, law.silence(), |clip| clip.codes(law));
    }

    pub fn pcm(&self, out: &mut [i16; FRAME]) {
        self.fill(out, 0, |clip| &clip.pcm);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clip(samples: std::ops::Range<i16>) -> Arc<Clip> {
        Arc::new(Clip::new(samples.collect()))
    }

    fn play(mut list: Playlist, frames: usize) -> Vec<i16> {
        let mut heard = Vec::new();
        let mut frame = [0; FRAME];
        while heard.len() < frames * FRAME && list.advance() {
            list.pcm(&mut frame);
            heard.extend(frame);
        }
        heard
    }

    #[test]
    fn clips_follow_each_other_without_a_gap_and_end_in_silence() {
        let list = Playlist::new(vec![clip(0..200), clip(200..250), clip(250..400)], false).expect("clips");
        let heard = play(list, 100);
        assert_eq!(heard.len(), 3 * FRAME);
        assert!(heard[..400].iter().enumerate().all(|(n, sample)| *sample == n as i16));
        assert!(heard[400..].iter().all(|sample| *sample == 0));
    }

    #[test]
    fn a_repeated_list_goes_round_sample_by_sample() {
        let heard = play(Playlist::new(vec![clip(0..30)], true).expect("clip"), 50);
        assert_eq!(heard.len(), 50 * FRAME);
        assert!(heard.iter().enumerate().all(|(n, sample)| *sample == (n % 30) as i16));
    }

    #[test]
    fn nothing_to_play_is_no_list() {
        assert!(Playlist::new(vec![clip(0..0)], true).is_none());
    }

    #[test]
    fn a_tone_has_its_level_and_frequency() {
        let tone = Tone { frequencies_hz: vec![425.0], milliseconds: 1000 };
        let clip = Clip::tones(&[tone], -13.0);
        let power: f64 = clip.pcm.iter().map(|sample| f64::from(*sample).powi(2)).sum::<f64>() / 8000.0;
        let level = 10.0 * (power / (32_767.0f64.powi(2) / 2.0)).log10() + FULL_SCALE_DBM0;
        assert!((level + 13.0).abs() < 0.1, "{level}");
        let crossings = clip.pcm.windows(2).filter(|pair| pair[0] < 0 && pair[1] >= 0).count();
        assert!((424..=426).contains(&crossings));
    }
}
