//! Semaphores between threads.
//!
//! Semantics: <https://docs.libuv.org/en/v1.x/threading.html#semaphores>.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// A counter that threads wait for while it is 0.
#[derive(Debug, Default)]
pub struct Semaphore {
    count: Mutex<u64>,
    posted: Condvar,
}

impl Semaphore {
    /// A semaphore with a first count.
    #[must_use]
    pub fn new(count: u32) -> Semaphore {
        Semaphore {
            count: Mutex::new(count.into()),
            posted: Condvar::new(),
        }
    }

    fn count(&self) -> MutexGuard<'_, u64> {
        self.count.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds one, which lets one waiting thread go on.
    pub fn post(&self) {
        *self.count() += 1;
        self.posted.notify_one();
    }

    /// Takes one, after waiting until there is one. Nothing else happens on this thread meanwhile.
    pub fn wait(&self) {
        let mut count = self
            .posted
            .wait_while(self.count(), |count| *count == 0)
            .unwrap_or_else(PoisonError::into_inner);
        *count -= 1;
    }

    /// Takes one if there is one; whether there was.
    pub fn try_wait(&self) -> bool {
        let mut count = self.count();
        let some = *count > 0;
        *count -= u64::from(some);
        some
    }
}

#[cfg(test)]
mod tests {
    use super::Semaphore;
    use std::sync::Arc;

    #[test]
    fn counts_and_wakes() {
        let semaphore = Arc::new(Semaphore::new(1));
        assert!(semaphore.try_wait());
        assert!(!semaphore.try_wait());
        let waiters: Vec<_> = (0..8)
            .map(|_| {
                let semaphore = semaphore.clone();
                std::thread::spawn(move || semaphore.wait())
            })
            .collect();
        (0..9).for_each(|_| semaphore.post());
        for waiter in waiters {
            waiter.join().unwrap();
        }
        assert!(semaphore.try_wait());
        assert!(!semaphore.try_wait());
    }
}
