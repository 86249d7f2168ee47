//! The 20 ms clock, only for what mixes or plays, in four phases so that not all of it falls on one instant.

use crate::{MILLISECOND, Nanos};

pub const PHASES: usize = 4;
pub const TICK: Nanos = 20 * MILLISECOND;
const PHASE: Nanos = TICK / PHASES as Nanos;
/// A process that was stopped longer than 200 ms goes on from now instead of sending all that was missed at once.
const MAX_CATCH_UP: Nanos = 200 * MILLISECOND;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Item {
    /// A leg whose voice is decoded.
    Voice(usize),
    Player(usize),
    /// Legs that hear each other mixed.
    Room(usize),
    /// A leg to which digits are sent.
    Digits(usize),
}

#[derive(Debug, Default)]
pub struct Clock {
    phases: [Vec<Item>; PHASES],
    items: usize,
    phase: usize,
    next_at: Option<Nanos>,
}

impl Clock {
    pub fn next_tick(&self) -> Option<Nanos> {
        self.next_at
    }

    /// First tick at the next phase, within 5 ms.
    pub fn add(&mut self, item: Item, now: Nanos) {
        if self.contains(item) {
            return;
        }
        self.phases[self.phase].push(item);
        self.items += 1;
        self.next_at.get_or_insert(now);
    }

    pub fn remove(&mut self, item: Item) {
        for phase in &mut self.phases {
            let before = phase.len();
            phase.retain(|other| *other != item);
            self.items -= before - phase.len();
        }
        if self.items == 0 {
            self.next_at = None;
        }
    }

    /// Take out what another clock is to go on with, and when each of it is due.
    pub fn take(&mut self, moves: impl Fn(Item) -> bool) -> Vec<(Item, Nanos)> {
        let Some(next_at) = self.next_at else { return Vec::new() };
        let mut taken = Vec::new();
        for (phase, items) in self.phases.iter_mut().enumerate() {
            let due = next_at + ((phase + PHASES - self.phase) % PHASES) as Nanos * PHASE;
            taken.extend(items.iter().filter(|item| moves(**item)).map(|item| (*item, due)));
            items.retain(|item| !moves(*item));
        }
        self.items -= taken.len();
        if self.items == 0 {
            self.next_at = None;
        }
        taken
    }

    /// Go on with what another clock had: at the first phase from `due` on.
    pub fn put(&mut self, item: Item, due: Nanos) {
        let next_at = *self.next_at.get_or_insert(due);
        let wait = due.saturating_sub(next_at).div_ceil(PHASE) as usize % PHASES;
        self.phases[(self.phase + wait) % PHASES].push(item);
        self.items += 1;
    }

    fn contains(&self, item: Item) -> bool {
        self.phases.iter().any(|phase| phase.contains(&item))
    }

    /// The items due at `now`, one phase at a time; give the list back by `put_back`.
    pub fn take_due(&mut self, now: Nanos) -> Option<(usize, Vec<Item>)> {
        let mut at = self.next_at.filter(|at| *at <= now)?;
        if now - at > MAX_CATCH_UP {
            at += (now - at) / TICK * TICK;
        }
        self.next_at = Some(at + PHASE);
        let phase = self.phase;
        self.phase = (phase + 1) % PHASES;
        Some((phase, std::mem::take(&mut self.phases[phase])))
    }

    /// `ended`: how many were taken out of the list for good.
    pub fn put_back(&mut self, phase: usize, mut items: Vec<Item>, ended: usize) {
        // What was added to this phase meanwhile stays behind what was there.
        items.append(&mut self.phases[phase]);
        self.phases[phase] = items;
        self.items -= ended;
        if self.items == 0 {
            self.next_at = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The times at which `item` came up while the clock was asked each millisecond.
    fn ticks(clock: &mut Clock, item: Item, from: Nanos, to: Nanos) -> Vec<Nanos> {
        let mut found = Vec::new();
        for now in (from..to).step_by(MILLISECOND as usize) {
            while let Some((phase, items)) = clock.take_due(now) {
                found.extend(items.iter().filter(|other| **other == item).map(|_| now));
                clock.put_back(phase, items, 0);
            }
        }
        found
    }

    #[test]
    fn an_item_comes_up_at_once_and_each_20_ms_without_drift() {
        let mut clock = Clock::default();
        clock.add(Item::Player(1), 7 * MILLISECOND);
        let found = ticks(&mut clock, Item::Player(1), 7 * MILLISECOND, 10_007 * MILLISECOND);
        assert_eq!(found.len(), 500);
        assert!(found.iter().enumerate().all(|(n, at)| *at == 7 * MILLISECOND + n as Nanos * TICK));
    }

    #[test]
    fn a_second_item_waits_at_most_a_phase_and_an_empty_clock_stands() {
        let mut clock = Clock::default();
        clock.add(Item::Player(1), 0);
        ticks(&mut clock, Item::Player(1), 0, 12 * MILLISECOND);
        clock.add(Item::Room(2), 12 * MILLISECOND);
        assert_eq!(ticks(&mut clock, Item::Room(2), 12 * MILLISECOND, 30 * MILLISECOND), [15 * MILLISECOND]);
        clock.remove(Item::Player(1));
        clock.remove(Item::Room(2));
        assert_eq!(clock.next_tick(), None);
    }

    #[test]
    fn what_moves_to_another_clock_keeps_its_pace() {
        let (mut one, mut two) = (Clock::default(), Clock::default());
        one.add(Item::Player(1), 3 * MILLISECOND);
        two.add(Item::Player(9), 0);
        ticks(&mut two, Item::Player(9), 0, 47 * MILLISECOND);
        assert_eq!(ticks(&mut one, Item::Player(1), 0, 47 * MILLISECOND).last(), Some(&(43 * MILLISECOND)));
        let taken = one.take(|item| item == Item::Player(1));
        assert_eq!((taken.as_slice(), one.next_tick()), (&[(Item::Player(1), 63 * MILLISECOND)][..], None));
        taken.into_iter().for_each(|(item, due)| two.put(item, due));
        let found = ticks(&mut two, Item::Player(1), 47 * MILLISECOND, 127 * MILLISECOND);
        assert_eq!(found, [65, 85, 105, 125].map(|at| at * MILLISECOND), "at the phase that follows");
    }

    #[test]
    fn after_a_long_stop_the_clock_goes_on_from_now() {
        let mut clock = Clock::default();
        clock.add(Item::Player(1), 0);
        let found = ticks(&mut clock, Item::Player(1), 5_000 * MILLISECOND, 5_040 * MILLISECOND);
        assert!(found.len() <= 3, "{found:?}");
    }
}
