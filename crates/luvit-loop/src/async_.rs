//! Wake-ups from other threads.
//!
//! Semantics: <https://docs.libuv.org/en/v1.x/async.html>: several sends before the event make one
//! event.

use crate::{Handle, Loop, Request, Result, handle::Data};
use std::{
    any::Any,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

/// What a job of the pool left.
pub(crate) type Outcome = (Request, Result<Box<dyn Any + Send>>);

/// What other threads left for the loop.
#[derive(Default)]
pub(crate) struct Mail {
    pub(crate) asyncs: Vec<Handle>,
    pub(crate) outcomes: Vec<Outcome>,
}

impl Mail {
    /// Empty mail with its memory, unless that was for a burst.
    pub(crate) fn reused(self) -> Mail {
        if self.asyncs.capacity() + self.outcomes.capacity() > 1024 {
            return Mail::default();
        }
        self
    }
}

/// What a loop shares with other threads.
pub(crate) struct Shared {
    mail: Mutex<Mail>,
    pub(crate) waker: mio::Waker,
}

impl Shared {
    pub(crate) fn new(waker: mio::Waker) -> Shared {
        Shared {
            mail: Mutex::default(),
            waker,
        }
    }

    pub(crate) fn mail(&self) -> MutexGuard<'_, Mail> {
        self.mail.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds to the mail and wakes the loop. The loop takes all mail after it was woken, so only
    /// the first of several wakes it.
    pub(crate) fn post(&self, put: impl FnOnce(&mut Mail)) {
        let mut mail = self.mail();
        let first = mail.asyncs.is_empty() && mail.outcomes.is_empty();
        put(&mut mail);
        drop(mail);
        if first {
            // A loop that was dropped has no poll to wake; nobody waits for the mail then.
            let _ = self.waker.wake();
        }
    }
}

/// Whether an async handle was sent to since its last event.
#[derive(Debug, Default)]
pub(crate) struct Flag(AtomicBool);

impl Flag {
    /// Forgets earlier sends, before the event is delivered.
    pub(crate) fn clear(&self) {
        self.0.store(false, Ordering::SeqCst);
    }
}

/// Wakes an async handle of a loop from any thread. It may outlive the handle and the loop:
/// sending then does nothing.
#[derive(Clone)]
pub struct AsyncSender {
    handle: Handle,
    flag: Arc<Flag>,
    shared: Arc<Shared>,
}

impl AsyncSender {
    /// Makes the loop yield [`Event::Async`](crate::Event::Async), once for all sends before it.
    /// Thread-safe; not for signal handlers.
    pub fn send(&self) {
        if !self.flag.0.swap(true, Ordering::SeqCst) {
            self.shared.post(|mail| mail.asyncs.push(self.handle));
        }
    }

    /// The handle it wakes.
    pub fn handle(&self) -> Handle {
        self.handle
    }
}

impl std::fmt::Debug for AsyncSender {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AsyncSender")
            .field("handle", &self.handle)
            .finish_non_exhaustive()
    }
}

impl Loop {
    /// A new async handle, active until it is closed.
    pub fn new_async(&mut self) -> Handle {
        let handle = self.slab.insert(Data::Async(Arc::default()));
        self.slab.set_active(handle, true);
        handle
    }

    /// What wakes an async handle from any thread. `EBADF` when it is stale, `EINVAL` when it is
    /// closing or no async handle.
    pub fn async_sender(&self, handle: Handle) -> Result<AsyncSender> {
        match &self.slab.open(handle)?.data {
            Data::Async(flag) => Ok(AsyncSender {
                handle,
                flag: flag.clone(),
                shared: self.shared.clone(),
            }),
            _ => Err(crate::Error::EINVAL),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        Error, Event, Loop, RunMode,
        testing::{finish, run},
    };

    #[test]
    fn sends_wake_and_coalesce() {
        let mut lp = Loop::new().unwrap();
        let handle = lp.new_async();
        let sender = lp.async_sender(handle).unwrap();
        (0..10).for_each(|_| sender.send());
        let mut events = 0;
        run(&mut lp, RunMode::Once, |_, event| {
            assert!(matches!(event, Event::Async(h) if h == handle));
            events += 1;
        });
        assert_eq!(events, 1);
        let thread = std::thread::spawn({
            let sender = sender.clone();
            move || sender.send()
        });
        run(&mut lp, RunMode::Once, |_, _| events += 1);
        thread.join().unwrap();
        assert_eq!(events, 2);
        sender.send();
        lp.close(handle).unwrap();
        sender.send();
        assert!(lp.async_sender(handle).is_err());
        run(&mut lp, RunMode::Default, |_, event| {
            assert!(matches!(event, Event::Closed(_)))
        });
        let other = lp.new_timer();
        assert_eq!(lp.async_sender(other).map(|_| ()), Err(Error::EINVAL));
        finish(&mut lp);
        drop(lp);
        sender.send();
    }
}
