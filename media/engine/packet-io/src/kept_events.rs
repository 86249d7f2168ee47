//! Events that must not be lost wait here while no controller is connected.

use control_messages::Event;
use std::collections::VecDeque;

/// A controller that stays away for an hour of a large tenant; beyond that the oldest go.
pub const MAX_KEPT: usize = 10_000;

#[derive(Debug, Default)]
pub struct KeptEvents {
    events: VecDeque<Event>,
    pub dropped: u64,
}

impl KeptEvents {
    pub fn keep(&mut self, event: Event) {
        if !event.must_not_be_lost() {
            return;
        }
        if self.events.len() == MAX_KEPT {
            self.events.pop_front();
            self.dropped += 1;
        }
        self.events.push_back(event);
    }

    pub fn take(&mut self) -> VecDeque<Event> {
        std::mem::take(&mut self.events)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finished(player: usize) -> Event {
        Event::PlayerFinished { player: player.to_string(), seconds: 0.0, digit: String::new() }
    }

    #[test]
    fn only_what_must_not_be_lost_is_kept_and_only_so_much_of_it() {
        let mut kept = KeptEvents::default();
        kept.keep(Event::IceLost { leg: "a".into() });
        for n in 0..=MAX_KEPT {
            kept.keep(finished(n));
        }
        assert_eq!(kept.dropped, 1);
        let events = kept.take();
        assert_eq!(events.len(), MAX_KEPT);
        assert_eq!(events[0], finished(1));
        assert!(kept.take().is_empty());
    }
}
