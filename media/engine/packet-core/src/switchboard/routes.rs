//! How what a leg hears gets to it: its one source's packets as they are, or sound that is mixed and encoded for it.
//! Decided anew whenever a hearing set, a negotiation or a far end's codec changes.

use super::Switchboard;
use super::clock::Item;
use super::leg::{Leg, SourceKey};
use super::payloads::{law_of, passes};
use super::rooms::Mix;
use super::voice::Voice;
use crate::Nanos;
use control_messages::Codec;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Path {
    /// It hears nothing, or nothing was negotiated that we could send.
    #[default]
    Silent,
    /// The packets of its one source.
    Direct,
    /// Sound of a room. `bridge`: the source whose packets go on until its decoded voice is there.
    Mixed { room: usize, bridge: Option<usize> },
}

impl Leg {
    /// What it sends, or will probably send.
    pub fn spoken(&self) -> Option<Codec> {
        self.speaks.or(self.payloads.codec())
    }

    /// True when it is sent the packets of this leg.
    pub fn is_passed(&self, source: usize) -> bool {
        match self.path {
            Path::Direct => true,
            Path::Mixed { bridge, .. } => bridge == Some(source),
            Path::Silent => false,
        }
    }

    /// The one leg that it is sent the packets of.
    pub fn passed_source(&self) -> Option<usize> {
        match (self.path, self.hearing.as_slice()) {
            (Path::Direct, [SourceKey::Leg(source)]) => Some(*source),
            (Path::Mixed { bridge, .. }, _) => bridge,
            _ => None,
        }
    }
}

impl Switchboard {
    /// True when the leg's only source can be sent on without being decoded.
    fn is_direct(&self, leg: &Leg, codec: Codec) -> bool {
        match leg.hearing.as_slice() {
            [SourceKey::Leg(source)] => {
                let spoken = self.legs.get(*source).and_then(Leg::spoken);
                spoken.is_none_or(|spoken| passes(spoken, codec))
            }
            [SourceKey::Player(_)] => law_of(codec).is_some(),
            _ => false,
        }
    }

    /// Bring a leg onto the path that its hearing set and the codecs ask for. `passed`: the source whose packets it was
    /// sent up to now.
    pub(super) fn reroute(&mut self, key: usize, passed: Option<usize>, now: Nanos) {
        let Some(leg) = self.legs.get(key) else { return };
        let before = leg.path;
        let codec = leg.payloads.codec().filter(|_| !leg.hearing.is_empty());
        match codec {
            None => self.set_path(key, Path::Silent),
            Some(codec) if self.is_direct(leg, codec) => self.set_path(key, Path::Direct),
            Some(_) => self.enter_room(key, passed, now),
        }
        if let Path::Mixed { room, .. } = before {
            self.leave_room(key, room);
        }
    }

    fn set_path(&mut self, key: usize, path: Path) {
        self.legs[key].path = path;
    }

    fn enter_room(&mut self, key: usize, passed: Option<usize>, now: Nanos) {
        let leg = &mut self.legs[key];
        let was_mixing = leg.is_mixing();
        let Some(payload) = leg.payloads.audio.as_ref() else { return };
        match leg.mix.as_mut().filter(|mix| mix.payload == *payload) {
            Some(mix) if was_mixing => mix.change(),
            Some(mix) => mix.begin_anew(),
            None => leg.mix = Mix::new(payload).map(Box::new),
        }
        if leg.mix.is_none() {
            leg.path = Path::Silent; // a codec that can be sent on but not made
            return;
        }
        let hearing = std::mem::take(&mut leg.hearing);
        let (room, is_new) = self.rooms.enter(key, &hearing);
        self.legs[key].hearing = hearing;
        let bridge = passed.filter(|source| self.may_bridge(key, *source));
        self.legs[key].path = Path::Mixed { room, bridge };
        self.furnish(room);
        if is_new {
            self.clock.add(Item::Room(room), now);
        }
    }

    /// True when `source` is still heard, and its decoded voice is not there yet.
    fn may_bridge(&self, hearer: usize, source: usize) -> bool {
        let heard = self.legs[hearer].hearing.contains(&SourceKey::Leg(source));
        let voice = self.legs.get(source).and_then(|leg| leg.voice.as_ref());
        heard && voice.is_none_or(|voice| !voice.is_heard())
    }

    fn leave_room(&mut self, key: usize, room: usize) {
        if self.rooms.leave(room, key) {
            self.clock.remove(Item::Room(room));
        } else {
            self.furnish(room);
        }
    }

    /// A far end sends another codec than before.
    #[cold]
    pub(super) fn change_speech(&mut self, key: usize, codec: Codec, now: Nanos) {
        let expected = self.legs[key].spoken() == Some(codec);
        self.legs[key].speaks = Some(codec);
        if expected {
            return; // all is set up for it
        }
        for hearer in self.legs[key].hearers.clone() {
            self.reroute(hearer, None, now);
        }
        self.review_voice(key, now);
    }

    /// True when somebody needs what this leg says as sound.
    fn needs_voice(&self, leg: &Leg) -> bool {
        if leg.fork.is_some() {
            return true;
        }
        let coded = leg.spoken().is_some_and(|codec| law_of(codec).is_none());
        if coded && !leg.recorders.is_empty() {
            return true;
        }
        leg.hearers
            .iter()
            .filter_map(|hearer| self.legs.get(*hearer))
            .any(|hearer| hearer.is_mixing() || (coded && !hearer.recorders.is_empty()))
    }

    /// Begin to decode what a leg says when somebody needs it; who is needed no more is kept for a while.
    pub(super) fn review_voice(&mut self, key: usize, now: Nanos) {
        let Some(leg) = self.legs.get(key) else { return };
        let needed = self.needs_voice(leg);
        let codec = leg.spoken();
        let leg = &mut self.legs[key];
        let fits = leg.voice.as_ref().is_some_and(|voice| Some(voice.codec()) == codec);
        if !fits {
            leg.change_voice(codec.filter(|_| needed).and_then(Voice::new).map(Box::new));
            match leg.voice.is_some() {
                true => self.clock.add(Item::Voice(key), now),
                false => self.clock.remove(Item::Voice(key)),
            }
        }
        if let Some(voice) = self.legs[key].voice.as_mut() {
            voice.needed = needed;
        }
    }

    /// Review what a leg says and the legs that it hears: its recorders or its path have changed.
    pub(super) fn review_voices_around(&mut self, key: usize, now: Nanos) {
        self.review_voice(key, now);
        let Some(leg) = self.legs.get(key) else { return };
        for source in leg.hearing.clone() {
            if let SourceKey::Leg(source) = source {
                self.review_voice(source, now);
            }
        }
    }
}
