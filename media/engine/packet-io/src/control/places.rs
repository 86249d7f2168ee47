//! Which worker has what. Legs of a group are together; names lead to groups, groups to workers.

use crate::orders::Name;
use control_messages::{Hearing, Source};
use std::collections::{HashMap, HashSet};

/// A browser's packets arrive at a worker of the kernel's choice, where its leg should stay: rather a phone moves.
const BROWSER_WEIGHT: usize = 4;
const PHONE_WEIGHT: usize = 1;

struct Made {
    group: String,
    weight: usize,
    /// Commands under way that would make it.
    pending: usize,
    exists: bool,
}

struct Group {
    worker: usize,
    weight: usize,
    legs: HashSet<String>,
    players: HashSet<String>,
}

pub struct Places {
    legs: HashMap<String, Made>,
    players: HashMap<String, Made>,
    /// The leg that each listens to, and those that are being made.
    detectors: HashMap<String, Made>,
    recorders: HashMap<String, String>,
    groups: HashMap<String, Group>,
    /// The weight of the legs on each worker.
    load: Vec<usize>,
}

impl Places {
    pub fn new(workers: usize) -> Self {
        Self {
            legs: HashMap::new(),
            players: HashMap::new(),
            detectors: HashMap::new(),
            recorders: HashMap::new(),
            groups: HashMap::new(),
            load: vec![0; workers],
        }
    }

    pub fn legs(&self) -> usize {
        self.legs.len()
    }

    pub fn players(&self) -> usize {
        self.players.len()
    }

    pub fn detectors(&self) -> usize {
        self.detectors.len()
    }

    pub fn knows(&self, name: &Name) -> bool {
        match name {
            Name::Leg(leg) => self.legs.contains_key(leg),
            Name::Player(player) => self.players.contains_key(player),
            Name::Detector(detector) => self.detectors.contains_key(detector),
        }
    }

    fn worker(&self, made: Option<&Made>) -> Option<usize> {
        made.and_then(|made| self.groups.get(&made.group)).map(|group| group.worker)
    }

    pub fn of_leg(&self, leg: &str) -> Option<usize> {
        self.worker(self.legs.get(leg))
    }

    pub fn of_player(&self, player: &str) -> Option<usize> {
        self.worker(self.players.get(player))
    }

    pub fn of_recorder(&self, recorder: &str) -> Option<usize> {
        self.of_leg(self.recorders.get(recorder)?)
    }

    pub fn of_detector(&self, detector: &str) -> Option<usize> {
        self.of_leg(&self.detectors.get(detector)?.group)
    }

    /// Where the group is or, when it is new, where the least is to do.
    pub fn of_group(&self, group: &str) -> usize {
        let least = || (0..self.load.len()).min_by_key(|worker| self.load[*worker]).unwrap_or(0);
        self.groups.get(group).map_or_else(least, |group| group.worker)
    }

    pub fn has_group(&self, group: &str) -> bool {
        self.groups.contains_key(group)
    }

    /// A command that makes something goes to `worker`.
    pub fn begin(&mut self, name: &Name, group: &str, browser: bool, worker: usize) {
        let weight = if browser { BROWSER_WEIGHT } else { PHONE_WEIGHT };
        let weight = if matches!(name, Name::Leg(_)) { weight } else { 0 };
        let (table, key) = match name {
            Name::Leg(key) => (&mut self.legs, key),
            Name::Player(key) => (&mut self.players, key),
            Name::Detector(key) => (&mut self.detectors, key),
        };
        if let Some(made) = table.get_mut(key) {
            made.pending += 1;
            return;
        }
        table.insert(key.clone(), Made { group: group.to_owned(), weight, pending: 1, exists: false });
        if matches!(name, Name::Detector(_)) {
            return;
        }
        let new = || Group { worker, weight: 0, legs: HashSet::new(), players: HashSet::new() };
        let group = self.groups.entry(group.to_owned()).or_insert_with(new);
        group.weight += weight;
        self.load[group.worker] += weight;
        let members = if matches!(name, Name::Leg(_)) { &mut group.legs } else { &mut group.players };
        members.insert(key.clone());
    }

    /// The answer to what `begin` noted.
    pub fn end(&mut self, name: &Name, carried_out: bool) {
        let table = match name {
            Name::Leg(_) => &mut self.legs,
            Name::Player(_) => &mut self.players,
            Name::Detector(_) => &mut self.detectors,
        };
        let (Name::Leg(key) | Name::Player(key) | Name::Detector(key)) = name;
        let Some(made) = table.get_mut(key) else { return };
        made.pending = made.pending.saturating_sub(1);
        made.exists |= carried_out;
        if !made.exists && made.pending == 0 {
            self.remove(name);
        }
    }

    /// Its deletion was ordered. With the last leg of a group its players go.
    pub fn remove(&mut self, name: &Name) {
        match name {
            Name::Leg(key) => self.remove_leg(key),
            Name::Detector(key) => {
                self.detectors.remove(key);
            }
            Name::Player(key) => {
                let Some(made) = self.players.remove(key) else { return };
                if let Some(group) = self.groups.get_mut(&made.group) {
                    group.players.remove(key);
                }
                self.forget_empty(&made.group);
            }
        }
    }

    fn remove_leg(&mut self, leg: &str) {
        let Some(made) = self.legs.remove(leg) else { return };
        self.detectors.retain(|_, detector| detector.group != leg);
        let Some(group) = self.groups.get_mut(&made.group) else { return };
        group.legs.remove(leg);
        group.weight -= made.weight;
        self.load[group.worker] -= made.weight;
        if group.legs.is_empty() {
            for player in group.players.drain() {
                self.players.remove(&player);
            }
        }
        self.forget_empty(&made.group);
    }

    fn forget_empty(&mut self, group: &str) {
        if self.groups.get(group).is_some_and(|group| group.legs.is_empty() && group.players.is_empty()) {
            self.groups.remove(group);
        }
    }

    pub fn begin_recorder(&mut self, recorder: &str, leg: &str) {
        self.recorders.entry(recorder.to_owned()).or_insert_with(|| leg.to_owned());
    }

    pub fn end_recorder(&mut self, recorder: &str) {
        self.recorders.remove(recorder);
    }

    /// The groups of all that is named, by worker.
    fn involved(&self, hearings: &[Hearing]) -> HashMap<usize, HashSet<&String>> {
        let mut involved: HashMap<usize, HashSet<&String>> = HashMap::new();
        let mut add = |made: Option<&Made>| {
            let found = made.and_then(|made| self.groups.get_key_value(&made.group));
            if let Some((name, group)) = found {
                involved.entry(group.worker).or_default().insert(name);
            }
        };
        for hearing in hearings {
            add(self.legs.get(&hearing.leg));
            for source in &hearing.sources {
                match source {
                    Source::Leg { leg } => add(self.legs.get(leg)),
                    Source::Player { player } => add(self.players.get(player)),
                }
            }
        }
        involved
    }

    /// The worker for these hearings, and what has to move there first: groups, and the worker that has them.
    pub fn meet(&self, hearings: &[Hearing]) -> (usize, Vec<(usize, Vec<String>)>) {
        let involved = self.involved(hearings);
        let weight = |groups: &HashSet<&String>| groups.iter().map(|group| self.groups[*group].weight).sum::<usize>();
        // The heaviest stays; of equals the first, so that the same is decided again.
        let target = involved.iter().max_by_key(|(worker, groups)| (weight(groups), usize::MAX - **worker));
        let Some(target) = target.map(|(worker, _)| *worker) else { return (0, Vec::new()) };
        let moves = involved.into_iter().filter(|(worker, _)| *worker != target);
        (target, moves.map(|(worker, groups)| (worker, groups.into_iter().cloned().collect())).collect())
    }

    pub fn moved(&mut self, groups: &[String], to: usize) {
        for name in groups {
            if let Some(group) = self.groups.get_mut(name) {
                self.load[group.worker] -= group.weight;
                self.load[to] += group.weight;
                group.worker = to;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leg(name: &str) -> Name {
        Name::Leg(name.into())
    }

    fn made(places: &mut Places, name: &str, group: &str, browser: bool) -> usize {
        let worker = places.of_group(group);
        places.begin(&leg(name), group, browser, worker);
        places.end(&leg(name), true);
        worker
    }

    fn hears(leg: &str, source: &str) -> Hearing {
        Hearing { leg: leg.into(), sources: vec![Source::Leg { leg: source.into() }] }
    }

    #[test]
    fn a_group_goes_where_the_least_is_to_do_and_stays_together() {
        let mut places = Places::new(2);
        assert_eq!(made(&mut places, "a", "one", false), 0);
        assert_eq!(made(&mut places, "b", "two", false), 1);
        assert_eq!(made(&mut places, "c", "two", false), 1);
        assert_eq!(made(&mut places, "d", "three", false), 0);
        places.remove(&leg("b"));
        places.remove(&leg("c"));
        assert_eq!((places.of_leg("b"), made(&mut places, "e", "four", false)), (None, 1));
    }

    #[test]
    fn a_phone_moves_to_the_browser_that_it_meets() {
        let mut places = Places::new(2);
        made(&mut places, "phone", "call", false);
        made(&mut places, "browser", "session", true);
        let hearings = [hears("phone", "browser"), hears("browser", "phone")];
        assert_eq!(places.meet(&hearings), (1, vec![(0, vec!["call".to_owned()])]));
        places.moved(&["call".into()], 1);
        assert_eq!((places.meet(&hearings), places.of_leg("phone")), ((1, vec![]), Some(1)));
        assert_eq!(places.load, [0, 5]);
    }

    #[test]
    fn what_was_refused_is_forgotten_unless_it_is_there_or_asked_for_again() {
        let mut places = Places::new(1);
        places.begin(&leg("a"), "one", false, 0);
        places.begin(&leg("a"), "one", false, 0);
        places.end(&leg("a"), false);
        assert!(places.knows(&leg("a")), "the second may still be carried out");
        places.end(&leg("a"), true);
        places.begin(&leg("a"), "other", false, 0);
        places.end(&leg("a"), false);
        assert_eq!((places.legs(), places.load[0]), (1, 1), "it exists");
        places.remove(&leg("a"));
        assert_eq!((places.legs(), places.load[0], places.groups.len()), (0, 0, 0));
    }

    #[test]
    fn players_go_with_the_last_leg_of_their_group_and_detectors_with_theirs() {
        let mut places = Places::new(1);
        made(&mut places, "a", "one", false);
        places.begin(&Name::Player("p".into()), "one", false, 0);
        places.begin(&Name::Detector("d".into()), "a", false, 0);
        assert_eq!((places.of_player("p"), places.of_detector("d")), (Some(0), Some(0)));
        places.remove(&leg("a"));
        assert_eq!((places.players(), places.detectors(), places.groups.len()), (0, 0, 0));
    }
}
