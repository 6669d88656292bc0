//! What userdata of files stand for: values with numbers that are never used again.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Values by number, for all Lua states of the process. A userdata that outlives its value, in
/// another state for instance, finds nothing.
pub(super) struct Registry<T> {
    last: AtomicU64,
    values: Mutex<BTreeMap<u64, Arc<T>>>,
}

impl<T> Registry<T> {
    pub(super) const fn new() -> Registry<T> {
        Registry {
            last: AtomicU64::new(0),
            values: Mutex::new(BTreeMap::new()),
        }
    }

    fn values(&self) -> MutexGuard<'_, BTreeMap<u64, Arc<T>>> {
        self.values.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A new number, never 0.
    pub(super) fn reserve(&self) -> u64 {
        self.last.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// A value may have several numbers, one for each userdata that stands for it.
    pub(super) fn insert(&self, number: u64, value: Arc<T>) {
        self.values().insert(number, value);
    }

    pub(super) fn get(&self, number: u64) -> Option<Arc<T>> {
        self.values().get(&number).cloned()
    }

    /// Takes a value out; it is dropped by the caller, with nothing locked.
    pub(super) fn remove(&self, number: u64) -> Option<Arc<T>> {
        self.values().remove(&number)
    }
}
