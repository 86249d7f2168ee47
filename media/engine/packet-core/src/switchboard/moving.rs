//! A group of legs moves to the switchboard of another worker, with all that hears it or is heard by it, as it is:
//! streams, keys, buffers, players, recorders, detectors and what the clock owes them. Keys stay (see `table`).

use super::Switchboard;
use super::clock::Item;
use super::leg::{Leg, SourceKey};
use super::players::Player;
use super::recorders::Recorder;
use super::rooms::Room;
use super::routes::Path;
use crate::Nanos;
use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;

/// What moves. Whoever holds it must hand it to a switchboard with the same key space and the same clock.
#[derive(Default)]
pub struct GroupBundle {
    /// The groups asked for, and those bound to them by hearing.
    pub groups: Vec<String>,
    legs: Vec<(usize, Box<Leg>)>,
    players: Vec<(usize, Box<Player>)>,
    recorders: Vec<(usize, Box<Recorder>)>,
    /// With their keys where they come from.
    rooms: Vec<(usize, Room)>,
    ufrags: Vec<(String, usize)>,
    addresses: Vec<((u8, SocketAddr), usize)>,
    ticks: Vec<(Item, Nanos)>,
}

impl GroupBundle {
    pub fn leg_keys(&self) -> impl Iterator<Item = usize> {
        self.legs.iter().map(|(key, _)| *key)
    }

    pub fn recorders(&self) -> impl Iterator<Item = &str> {
        self.recorders.iter().map(|(_, recorder)| &*recorder.name)
    }

    /// Where browsers of these legs send from, to which of the shared ports, and their legs' keys.
    pub fn addresses(&self) -> impl Iterator<Item = ((u8, SocketAddr), usize)> {
        self.addresses.iter().copied()
    }
}

/// The entries of `map` with one of these values, taken out.
fn take_entries<K: std::hash::Hash + Eq + Clone>(
    map: &mut HashMap<K, usize>,
    keys: &HashSet<usize>,
) -> Vec<(K, usize)> {
    let found: Vec<(K, usize)> =
        map.iter().filter(|(_, key)| keys.contains(key)).map(|(name, key)| (name.clone(), *key)).collect();
    for (name, _) in &found {
        map.remove(name);
    }
    found
}

impl Switchboard {
    pub fn has_leg_key(&self, key: usize) -> bool {
        self.legs.contains(key)
    }

    /// A leg found by name, for whoever keeps its sockets.
    pub fn key_of_leg(&self, name: &str) -> Option<usize> {
        self.leg_keys.get(name).copied()
    }

    /// Groups that are bound to `groups` by hearing, themselves included.
    fn bound_groups(&self, groups: &[String]) -> Vec<String> {
        let mut found: Vec<String> = groups.to_vec();
        let mut known: HashSet<String> = groups.iter().cloned().collect();
        let mut at = 0;
        while let Some(group) = found.get(at).cloned() {
            for neighbour in self.neighbours(&group) {
                if known.insert(neighbour.to_owned()) {
                    found.push(neighbour.to_owned());
                }
            }
            at += 1;
        }
        found
    }

    /// Groups of what the legs of `group` hear, and of who hears its legs and players.
    fn neighbours(&self, group: &str) -> Vec<&str> {
        let group_of_leg = |key: &usize| self.legs.get(*key).map(|leg| leg.group.as_str());
        let mut found = Vec::new();
        for (_, leg) in self.legs.iter().filter(|(_, leg)| leg.group == group) {
            found.extend(leg.hearers.iter().filter_map(group_of_leg));
            found.extend(leg.hearing.iter().filter_map(|source| match source {
                SourceKey::Leg(key) => group_of_leg(key),
                SourceKey::Player(key) => self.players.get(*key).map(|player| player.group.as_str()),
            }));
        }
        for (_, player) in self.players.iter().filter(|(_, player)| player.group == group) {
            found.extend(player.hearers.iter().filter_map(group_of_leg));
        }
        found
    }

    /// Give away `groups` and all that is bound to them by hearing.
    pub fn take_groups(&mut self, groups: &[String]) -> GroupBundle {
        let groups = self.bound_groups(groups);
        let moves = |group: &String| groups.contains(group);
        let leg_keys: HashSet<usize> =
            self.legs.iter().filter(|(_, leg)| moves(&leg.group)).map(|(key, _)| key).collect();
        let player_keys: HashSet<usize> =
            self.players.iter().filter(|(_, player)| moves(&player.group)).map(|(key, _)| key).collect();
        let recorder_keys: HashSet<usize> =
            leg_keys.iter().flat_map(|key| self.legs[*key].recorders.iter().copied()).collect();
        let room_of = |key: &usize| match self.legs[*key].path {
            Path::Mixed { room, .. } => Some(room),
            Path::Direct | Path::Silent => None,
        };
        // Its members hear each other, so all of them move.
        let room_keys: HashSet<usize> = leg_keys.iter().filter_map(room_of).collect();
        let ticks = self.clock.take(|item| match item {
            Item::Player(key) => player_keys.contains(&key),
            Item::Room(key) => room_keys.contains(&key),
            Item::Voice(key) | Item::Digits(key) => leg_keys.contains(&key),
        });
        self.detecting.retain(|key| !leg_keys.contains(key));
        take_entries(&mut self.leg_keys, &leg_keys);
        take_entries(&mut self.player_keys, &player_keys);
        take_entries(&mut self.recorder_keys, &recorder_keys);
        GroupBundle {
            groups,
            ufrags: take_entries(&mut self.ufrags, &leg_keys),
            addresses: take_entries(&mut self.addresses, &leg_keys),
            ticks,
            rooms: room_keys.into_iter().filter_map(|key| Some((key, self.rooms.give_away(key)?))).collect(),
            legs: leg_keys.into_iter().filter_map(|key| Some((key, self.legs.take(key)?))).collect(),
            players: player_keys.into_iter().filter_map(|key| Some((key, self.players.take(key)?))).collect(),
            recorders: recorder_keys.into_iter().filter_map(|key| Some((key, self.recorders.take(key)?))).collect(),
        }
    }

    /// Take in what another switchboard gave away.
    pub fn adopt(&mut self, bundle: GroupBundle, now: Nanos) {
        self.ufrags.extend(bundle.ufrags);
        self.addresses.extend(bundle.addresses);
        let rooms: HashMap<usize, usize> =
            bundle.rooms.into_iter().map(|(before, room)| (before, self.rooms.adopt(room))).collect();
        for (key, mut leg) in bundle.legs {
            if let Path::Mixed { room, .. } = &mut leg.path {
                *room = rooms.get(room).copied().unwrap_or(*room);
            }
            self.leg_keys.insert(leg.name.clone(), key);
            if leg.listening.is_some() {
                self.detecting.push(key);
            }
            self.legs.put(key, leg);
        }
        for (key, player) in bundle.players {
            self.player_keys.insert(player.name.clone(), key);
            self.players.put(key, player);
        }
        for (key, recorder) in bundle.recorders {
            self.recorder_keys.insert(recorder.name.to_string(), key);
            self.recorders.put(key, recorder);
        }
        for (item, due) in bundle.ticks {
            let item = match item {
                Item::Room(before) => Item::Room(rooms.get(&before).copied().unwrap_or(before)),
                other => other,
            };
            self.clock.put(item, due);
        }
        self.need_chores(now);
    }

    /// A browser's address is one of a leg here.
    pub fn knows_address(&self, index: u8, source: SocketAddr) -> bool {
        self.addresses.contains_key(&(index, source))
    }

    /// The group of the leg whose browser sends from here, when that is its selected pair.
    pub fn group_selected_at(&self, index: u8, source: SocketAddr) -> Option<&str> {
        let leg = self.legs.get(*self.addresses.get(&(index, source))?)?;
        (leg.ice()?.selected == Some((index, source))).then_some(leg.group.as_str())
    }
}
