//! A table of what belongs to requests.

use crate::Request;
use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, Hasher},
};

/// What somebody keeps for each request under way. Entries come and go with every write, so that
/// both are cheap; a table that a burst has made large gives its memory back once it is empty.
#[derive(Debug)]
pub struct Requests<T>(HashMap<Request, T, BuildHasherDefault<Spread>>);

/// Entries up to which an empty table keeps its memory.
const KEPT: usize = 1024;

/// Hashes a request's number, which the loop counts up: nobody can choose it.
#[derive(Default)]
struct Spread(u64);

impl Hasher for Spread {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write_u64(&mut self, number: u64) {
        // 2^64 divided by the golden ratio spreads neighbours over all bits.
        self.0 = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u64(self.0 ^ u64::from(byte));
        }
    }
}

impl<T> Default for Requests<T> {
    fn default() -> Requests<T> {
        Requests(HashMap::default())
    }
}

impl<T> Requests<T> {
    /// Keeps `entry` for the request, in place of what it had.
    pub fn insert(&mut self, request: Request, entry: T) {
        self.0.insert(request, entry);
    }

    /// What the request has.
    pub fn get(&self, request: Request) -> Option<&T> {
        self.0.get(&request)
    }

    /// Takes out what the request has.
    pub fn remove(&mut self, request: Request) -> Option<T> {
        let entry = self.0.remove(&request);
        if self.0.is_empty() && self.0.capacity() > KEPT {
            self.0 = HashMap::default();
        }
        entry
    }
}

#[cfg(test)]
mod tests {
    use super::{KEPT, Requests};
    use crate::Request;

    #[test]
    fn a_burst_leaves_nothing() {
        let mut table = Requests::default();
        for id in 1..=10_000 {
            table.insert(Request::from_bits(id), id);
        }
        assert_eq!(table.get(Request::from_bits(77)), Some(&77));
        for id in 1..=10_000 {
            assert_eq!(table.remove(Request::from_bits(id)), Some(id));
        }
        assert_eq!(table.remove(Request::from_bits(77)), None);
        assert!(table.0.capacity() <= KEPT);
    }
}
