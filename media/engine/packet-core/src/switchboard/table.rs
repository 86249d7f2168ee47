//! Legs, players and recorders by key. The switchboards of all workers take their keys from one space, so that what
//! moves from one to another keeps its key, and everything that names it stays true.

use std::ops::{Index, IndexMut};
use std::sync::{Arc, Mutex, PoisonError};

#[derive(Debug, Default)]
struct Free {
    returned: Vec<usize>,
    next: usize,
}

/// Keys that are given out once, and again after they were returned. Locked to make and to end things, never for a
/// packet.
#[derive(Debug, Clone, Default)]
pub struct KeySpace(Arc<Mutex<Free>>);

impl KeySpace {
    fn with<R>(&self, change: impl FnOnce(&mut Free) -> R) -> R {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn take(&self) -> usize {
        self.with(|free| {
            free.returned.pop().unwrap_or_else(|| {
                free.next += 1;
                free.next - 1
            })
        })
    }

    fn give_back(&self, key: usize) {
        self.with(|free| free.returned.push(key));
    }
}

/// One key space for each kind of thing.
#[derive(Debug, Clone, Default)]
pub struct Keys {
    pub legs: KeySpace,
    pub players: KeySpace,
    pub recorders: KeySpace,
}

/// What one switchboard holds. An absent key costs one pointer; what is present lies by itself and moves as a pointer.
#[derive(Debug)]
pub struct Table<T> {
    slots: Vec<Option<Box<T>>>,
    len: usize,
    keys: KeySpace,
    reserved: Option<usize>,
}

impl<T> Table<T> {
    pub fn new(keys: KeySpace) -> Self {
        Self { slots: Vec::new(), len: 0, keys, reserved: None }
    }

    pub fn len(&self) -> usize {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// No key present is as large.
    pub fn capacity(&self) -> usize {
        self.slots.len()
    }

    pub fn contains(&self, key: usize) -> bool {
        self.get(key).is_some()
    }

    pub fn get(&self, key: usize) -> Option<&T> {
        self.slots.get(key)?.as_deref()
    }

    pub fn get_mut(&mut self, key: usize) -> Option<&mut T> {
        self.slots.get_mut(key)?.as_deref_mut()
    }

    pub fn iter(&self) -> impl Iterator<Item = (usize, &T)> {
        self.slots.iter().enumerate().filter_map(|(key, slot)| Some((key, slot.as_deref()?)))
    }

    /// The key that the next `insert` will use.
    pub fn vacant_key(&mut self) -> usize {
        *self.reserved.get_or_insert_with(|| self.keys.take())
    }

    pub fn insert(&mut self, value: T) -> usize {
        let key = self.vacant_key();
        self.reserved = None;
        self.put(key, Box::new(value));
        key
    }

    /// Panics when there is none, as an index does.
    pub fn remove(&mut self, key: usize) -> T {
        let value = self.take(key).expect("an absent key");
        self.keys.give_back(key);
        *value
    }

    /// Take in what another table of the same key space gave away.
    pub fn put(&mut self, key: usize, value: Box<T>) {
        if self.slots.len() <= key {
            self.slots.resize_with(key + 1, || None);
        }
        self.len += usize::from(self.slots[key].replace(value).is_none());
    }

    /// Give away with its key, which stays in use.
    pub fn take(&mut self, key: usize) -> Option<Box<T>> {
        let value = self.slots.get_mut(key)?.take()?;
        self.len -= 1;
        Some(value)
    }
}

impl<T> Index<usize> for Table<T> {
    type Output = T;

    fn index(&self, key: usize) -> &T {
        self.get(key).expect("an absent key")
    }
}

impl<T> IndexMut<usize> for Table<T> {
    fn index_mut(&mut self, key: usize) -> &mut T {
        self.get_mut(key).expect("an absent key")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_tables_of_one_space_never_use_the_same_key_and_what_moves_keeps_its_own() {
        let keys = KeySpace::default();
        let (mut one, mut two) = (Table::new(keys.clone()), Table::new(keys));
        let (a, b) = (one.insert("a"), two.insert("b"));
        let c = one.vacant_key();
        assert!(a != b && b != c && a != c);
        assert_eq!(one.insert("c"), c);
        two.put(c, one.take(c).expect("present"));
        assert_eq!((one.get(c), two[c], one.len(), two.len()), (None, "c", 1, 2));
        assert!(two.insert("d") != c);
        two.remove(c);
        assert_eq!(one.insert("e"), c, "returned by the one, used by the other");
        assert_eq!(one.iter().map(|(_, name)| *name).collect::<Vec<_>>(), ["a", "e"]);
    }
}
