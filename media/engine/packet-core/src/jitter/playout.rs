//! The clock's side of the buffer: each tick 20 ms leave, whatever came.

use super::concealment::{self, return_samples};
use super::delays::Micros;
use super::sound::{FOR_SHRINKING_MS, blend};
use super::store::Waiting;
use super::{JitterBuffer, Kind};
use crate::Nanos;
use crate::codec::{Band, Decoder};

/// More delay than this is cut at once.
pub const MOST_DELAY_MS: i64 = 300;
/// A sender whose time stamps wobble by less still follows on.
pub const SLACK_US: Micros = 5_000;
/// The delay may be so much off its target before time is put in or taken out; together more than the longest period, so that
/// one change never calls for its opposite.
const TOO_SHORT_US: Micros = 5_000;
const TOO_LONG_US: Micros = 20_000;
/// Skip a gap that was lost rather than fill it when the delay is too long by so much even then.
const WORTH_SKIPPING_US: Micros = 40_000;
/// The more there is too much or too little, the less alike the joined pieces need to be, and the oftener it is done:
/// (microseconds off, likeness, ticks between changes).
const HASTE: [(Micros, f32, u8); 3] = [(120_000, -1.0, 1), (60_000, 0.5, 2), (0, 0.9, 5)];
/// Ticks over which the delay is smoothed, as ticks and packets jitter themselves.
const SMOOTHING: i64 = 8;
/// RFC 6716 3.2.1, RFC 7587 3.1.3: such a short Opus payload says that nothing is sent for a while; the codec fills that.
const LONGEST_PAUSE_MARK: usize = 2;

/// Where the sound that leaves comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Nothing came yet, or what was made up has faded.
    Silence,
    Packets,
    /// The sender said that it pauses; its codec knows the background.
    CodecPause,
    /// The sender said what its background sounds like (RFC 3389).
    Noise,
    /// Made up by repetition.
    Repetition,
    /// Made up by the codec, so many samples of it.
    Codec(usize),
}

/// What to do when sound is wanted.
enum Step {
    Play(Waiting),
    /// Fill what is missing before this packet, so many units.
    Bridge(Waiting, i64),
    /// Nothing may be played yet.
    Wait,
}

impl JitterBuffer {
    /// The next 20 ms in the decoder's band.
    pub fn tick(&mut self, decoder: &mut Decoder, now: Nanos) -> &[i16] {
        self.enter_band(decoder.band());
        self.cut_excess(now);
        let tick = decoder.band().tick();
        while self.sound.ahead() < tick {
            self.provide(decoder, tick, now);
        }
        self.follow_target(decoder, now);
        self.sound.take()
    }

    fn enter_band(&mut self, band: Band) {
        if self.sound.band() != band {
            self.sound.tune(band);
            self.mode = Mode::Silence;
        }
    }

    /// The delay of the sound at `timestamp` if it were appended now.
    pub(super) fn delay_of(&self, timestamp: i64, now: Nanos) -> Micros {
        self.delays.behind(timestamp, now) + self.micros(self.units_of(self.sound.ahead()))
    }

    /// Leave packets out when far too many wait: but not the last one, which may be the first after a change of the network.
    fn cut_excess(&mut self, now: Nanos) {
        let Some(first) = self.store.first().copied() else { return };
        if self.delay_of(first.timestamp, now) <= MOST_DELAY_MS * 1000 {
            return;
        }
        while self.store.len() > 1
            && self.store.first().is_some_and(|first| self.delay_of(first.timestamp, now) > self.delays.target_us())
        {
            self.store.drop_first();
        }
        if let Some(kept) = self.store.first().copied().filter(|kept| kept.timestamp != first.timestamp) {
            self.statistics.skipped_us += self.micros(kept.timestamp - first.timestamp);
            self.next = Some(kept.timestamp);
            self.last_number = kept.number.wrapping_sub(1);
            self.mend_next();
        }
    }

    /// What is appended next does not follow on what was before.
    fn mend_next(&mut self) {
        if matches!(self.mode, Mode::Packets | Mode::CodecPause | Mode::Codec(_)) {
            self.repetition.begin(self.sound.history(), self.sound.band());
            self.mode = Mode::Repetition;
        }
    }

    fn step(&self, now: Nanos) -> Step {
        let Some(first) = self.store.first().copied() else { return Step::Wait };
        let delay = self.delay_of(first.timestamp, now);
        let Some(next) = self.next.filter(|_| !self.resting) else {
            return if delay >= self.delays.target_us() { Step::Play(first) } else { Step::Wait };
        };
        let gap = first.timestamp - next;
        if gap <= self.stalled.max(self.units(SLACK_US)) {
            return Step::Play(first);
        }
        let worth = if self.missing_before(&first) > 0 { WORTH_SKIPPING_US } else { 0 };
        match delay >= self.delays.target_us() + worth {
            true => Step::Play(first),
            false => Step::Bridge(first, gap - self.stalled),
        }
    }

    fn provide(&mut self, decoder: &mut Decoder, tick: usize, now: Nanos) {
        match self.step(now) {
            Step::Play(packet) => self.play(packet, decoder),
            Step::Bridge(packet, gap) => self.bridge(packet, gap, tick, decoder),
            Step::Wait => {
                let made = tick - self.sound.ahead();
                self.make_up(made, decoder);
                self.stalled += self.units_of(made);
                self.unsettled += self.micros(self.units_of(made));
            }
        }
    }

    /// Packets between the last one played and this one that did not come.
    fn missing_before(&self, packet: &Waiting) -> i64 {
        packet.number.saturating_sub(self.last_number.saturating_add(1)).saturating_sub(self.events) as i64
    }

    /// Now it is known in place of what sound was made up while nothing waited: of lost or late packets, or of a pause.
    fn settle(&mut self, packet: &Waiting) {
        let lost = self.missing_before(packet);
        let is_late = self.next == Some(packet.timestamp);
        let made = match (is_late, self.next) {
            (_, None) => 0,
            (true, _) => self.unsettled,
            (false, _) => self.unsettled.min(self.micros(lost.saturating_mul(self.last_units))),
        };
        self.statistics.concealed_us += made;
        self.unsettled = 0;
        self.stalled = 0;
        self.last_number = packet.number;
        self.events = self.events.min(self.last_event.saturating_sub(packet.number));
    }

    fn play(&mut self, packet: Waiting, decoder: &mut Decoder) {
        if self.next != Some(packet.timestamp) {
            self.mend_next();
        }
        self.settle(&packet);
        self.next = Some(packet.timestamp);
        let payload = self.store.payload(&packet);
        let is_pause_mark = payload.len() <= LONGEST_PAUSE_MARK;
        match packet.kind {
            Kind::Audio => decoder.decode(payload, &mut self.pcm),
            Kind::ComfortNoise | Kind::Event => {
                self.noise.update(payload, packet.timestamp as u32);
                self.pcm.clear();
            }
        }
        self.store.drop_first();
        self.resting = packet.kind == Kind::ComfortNoise;
        if self.resting {
            self.enter_noise();
            return;
        }
        if !self.pcm.is_empty() {
            self.append_decoded();
            self.mode = if is_pause_mark { Mode::CodecPause } else { Mode::Packets };
        }
    }

    /// From the voice, or what is made up of it, to the background.
    fn enter_noise(&mut self) {
        if self.mode == Mode::Noise {
            return;
        }
        self.mend_next();
        let length = return_samples(self.sound.band());
        self.noise.generate(self.pcm.resize(length));
        self.lead_over();
        self.sound.push(&self.pcm);
        self.mode = Mode::Noise;
        self.resting = true;
    }

    fn append_decoded(&mut self) {
        self.last_units = self.units_of(self.pcm.len());
        self.next = self.next.map(|next| next + self.last_units);
        if matches!(self.mode, Mode::Codec(made) if made > self.sound.band().samples(concealment::CODEC_HELD_MS)) {
            self.mend_next(); // the codec does not know that its sound was faded
        }
        if matches!(self.mode, Mode::Repetition | Mode::Silence | Mode::Noise) {
            self.lead_over();
        }
        self.sound.push(&self.pcm);
    }

    /// Cross-fade from made-up sound to what is appended next.
    fn lead_over(&mut self) {
        let mut made = [0; return_samples(Band::Wide)];
        let length = return_samples(self.sound.band()).min(self.pcm.len());
        match self.mode {
            Mode::Repetition => self.repetition.go_on(&mut made[..length]),
            Mode::Noise => self.noise.generate(&mut made[..length]),
            _ => {}
        }
        for (at, (sample, made)) in self.pcm.iter_mut().zip(&made[..length]).enumerate() {
            *sample = blend(*made, *sample, at, length);
        }
    }

    /// Fill a gap before a packet that waits: by what that packet brings along, or made up.
    fn bridge(&mut self, packet: Waiting, gap: i64, tick: usize, decoder: &mut Decoder) {
        self.next = self.next.map(|next| next + self.stalled);
        self.stalled = 0;
        let is_lost = self.missing_before(&packet) > 0;
        if is_lost && gap == self.last_units && decoder.recover(self.store.payload(&packet), &mut self.pcm) {
            let recovered = self.samples_of(gap).min(self.pcm.len());
            self.pcm.resize(recovered);
            self.statistics.recovered_us += self.micros(self.units_of(recovered));
            self.append_decoded();
            self.mode = Mode::Packets;
            return;
        }
        let made = self.samples_of(gap).clamp(1, tick - self.sound.ahead());
        self.make_up(made, decoder);
        self.next = self.next.map(|next| next + self.units_of(made).max(1));
        self.statistics.concealed_us += if is_lost { self.micros(self.units_of(made)) } else { 0 };
    }

    /// Append `length` samples, at most 20 ms, that no packet brought.
    fn make_up(&mut self, length: usize, decoder: &mut Decoder) {
        match self.mode {
            Mode::Silence => self.append_silence(length),
            Mode::Noise => {
                self.noise.generate(self.pcm.resize(length));
                self.sound.push(&self.pcm);
            }
            Mode::Repetition => self.repeat(length),
            Mode::CodecPause if decoder.conceal(&mut self.pcm) => {
                self.resting = true;
                self.pcm.resize(length);
                self.sound.push(&self.pcm);
            }
            Mode::Packets | Mode::CodecPause if decoder.conceal(&mut self.pcm) => self.append_codecs_own(length, 0),
            Mode::Codec(made) if decoder.conceal(&mut self.pcm) => self.append_codecs_own(length, made),
            Mode::Packets | Mode::CodecPause | Mode::Codec(_) => {
                self.repetition.begin(self.sound.history(), self.sound.band());
                self.repeat(length);
            }
        }
    }

    fn repeat(&mut self, length: usize) {
        self.repetition.go_on(self.pcm.resize(length));
        self.sound.push(&self.pcm);
        self.mode = Mode::Repetition;
        if self.repetition.is_silent() {
            self.mode = Mode::Silence;
            self.resting = true;
        }
    }

    fn append_codecs_own(&mut self, length: usize, made: usize) {
        self.pcm.resize(length);
        let band = self.sound.band();
        concealment::fade(&mut self.pcm, made, band);
        self.sound.push(&self.pcm);
        self.mode = Mode::Codec(made + length);
        if made + length >= band.samples(concealment::CODEC_SILENT_AFTER_MS) {
            self.mode = Mode::Silence;
            self.resting = true;
        }
    }

    fn append_silence(&mut self, length: usize) {
        self.pcm.resize(length).fill(0);
        self.sound.push(&self.pcm);
    }

    /// Shorten or lengthen what is ahead when the delay is off its target.
    fn follow_target(&mut self, decoder: &mut Decoder, now: Nanos) {
        self.ticks_to_next_change = self.ticks_to_next_change.saturating_sub(1);
        let Some(next) = self.next.filter(|_| self.mode == Mode::Packets && !self.resting) else { return };
        let measured = self.delays.behind(next, now) + self.micros(self.units_of(self.sound.ahead()));
        let delay = self.delay.map_or(measured, |delay| delay + (measured - delay) / SMOOTHING);
        self.delay = Some(delay);
        let excess = delay - self.delays.target_us();
        let (_, likeness, pause) = HASTE[HASTE.iter().position(|(off, ..)| excess.abs() >= *off).unwrap_or(2)];
        if self.ticks_to_next_change > 0 || (-TOO_SHORT_US..=TOO_LONG_US).contains(&excess) {
            return;
        }
        let changed = match excess > 0 {
            true => -self.shorten(decoder, likeness),
            false => self.lengthen(likeness),
        };
        if changed != 0 {
            self.ticks_to_next_change = pause;
            self.delay = Some(delay + changed);
        }
    }

    fn shorten(&mut self, decoder: &mut Decoder, likeness: f32) -> Micros {
        let wanted = self.sound.band().tick() + self.sound.band().samples(FOR_SHRINKING_MS);
        while self.sound.ahead() < wanted {
            match self.store.first().copied() {
                Some(first) if Some(first.timestamp) == self.next && first.kind == Kind::Audio => {
                    self.play(first, decoder)
                }
                _ => break,
            }
        }
        let taken = self.sound.shrink(likeness);
        let taken = self.micros(self.units_of(taken));
        self.statistics.shrunk_us += taken;
        taken
    }

    fn lengthen(&mut self, likeness: f32) -> Micros {
        let put = self.sound.stretch(likeness);
        let put = self.micros(self.units_of(put));
        self.statistics.stretched_us += put;
        put
    }
}
