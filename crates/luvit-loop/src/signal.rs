//! Signal watchers.
//!
//! Semantics: <https://docs.libuv.org/en/v1.x/signal.html>. A signal goes to every watcher of it,
//! in all loops of the process; when the last one stops, it does again what it did before.

use crate::{
    Error, Handle, Loop, Result,
    handle::Data,
    sys::signals::{Arrived, Watch},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// What a signal watcher keeps in its slot.
#[derive(Debug, Default)]
pub(crate) struct Signal {
    /// 0 when stopped.
    signum: i32,
    once: bool,
}

/// The watchers of a loop by signal number.
#[derive(Debug, Default)]
pub(crate) struct Signals {
    watched: BTreeMap<i32, (Watch, BTreeSet<(u32, u32)>)>,
    arrived: Option<Arc<Arrived>>,
}

/// How many arrivals of one signal are delivered a turn; more are as good as this many.
const MOST: u32 = 64;

impl Signals {
    /// The watchers of the signals that arrived since the last call, once for each arrival.
    pub(crate) fn take(&mut self) -> Vec<(Handle, i32)> {
        let Some(arrived) = &self.arrived else {
            return Vec::new();
        };
        let mut events = Vec::new();
        for (signum, count) in arrived.take() {
            if let Some((_, handles)) = self.watched.get(&signum) {
                for _ in 0..count.min(MOST) {
                    let handles = handles
                        .iter()
                        .map(|&(index, gen_)| Handle::new(index, gen_));
                    events.extend(handles.map(|handle| (handle, signum)));
                }
            }
        }
        events
    }
}

impl Loop {
    /// A new signal watcher, stopped.
    pub fn new_signal(&mut self) -> Handle {
        self.slab.insert(Data::Signal(Signal::default()))
    }

    fn signal_mut(&mut self, handle: Handle) -> Result<&mut Signal> {
        match &mut self.slab.get_mut(handle).ok_or(Error::EBADF)?.data {
            Data::Signal(signal) => Ok(signal),
            _ => Err(Error::EINVAL),
        }
    }

    /// Watches for a signal. A watcher that runs changes to `signum`. `EINVAL` when it cannot be
    /// watched (`SIGKILL`, `SIGSTOP`, `SIGSEGV`, `SIGILL`, `SIGFPE`, or no signal), `ENOTSUP` on
    /// systems without signals.
    pub fn signal_start(&mut self, handle: Handle, signum: i32) -> Result<()> {
        self.signal_begin(handle, signum, false)
    }

    /// Watches for a signal once: the watcher stops before its event.
    pub fn signal_start_oneshot(&mut self, handle: Handle, signum: i32) -> Result<()> {
        self.signal_begin(handle, signum, true)
    }

    fn signal_begin(&mut self, handle: Handle, signum: i32, once: bool) -> Result<()> {
        self.slab.open(handle)?;
        if self.signal_mut(handle)?.signum == signum && signum != 0 {
            self.signal_mut(handle)?.once = once;
            return Ok(());
        }
        if !self.signals.watched.contains_key(&signum) {
            let arrived = self.signals.arrived.get_or_insert_default().clone();
            let watch = Watch::new(signum, arrived, self.shared.clone())?;
            self.signals
                .watched
                .insert(signum, (watch, BTreeSet::new()));
        }
        self.signal_stop(handle)?;
        if let Some((_, handles)) = self.signals.watched.get_mut(&signum) {
            handles.insert((handle.index(), handle.generation()));
        }
        *self.signal_mut(handle)? = Signal { signum, once };
        self.slab.set_active(handle, true);
        Ok(())
    }

    /// Stops watching; no event follows.
    pub fn signal_stop(&mut self, handle: Handle) -> Result<()> {
        let signum = std::mem::take(&mut self.signal_mut(handle)?.signum);
        if signum != 0 {
            if let Some((_, handles)) = self.signals.watched.get_mut(&signum) {
                handles.remove(&(handle.index(), handle.generation()));
                if handles.is_empty() {
                    self.signals.watched.remove(&signum);
                }
            }
            self.slab.set_active(handle, false);
        }
        Ok(())
    }

    /// Whether the watcher still watches for a signal that arrived; a oneshot one stops.
    pub(crate) fn signal_due(&mut self, handle: Handle, signum: i32) -> bool {
        let Ok(signal) = self.signal_mut(handle) else {
            return false;
        };
        let (due, once) = (signal.signum == signum, signal.once);
        if due && once {
            return self.signal_stop(handle).is_ok();
        }
        due
    }
}

#[cfg(all(test, unix))]
mod tests {
    use crate::{
        Error, Event, Loop, RunMode,
        testing::{finish, run},
    };

    fn raise(signum: i32) {
        // SAFETY: a handler is installed by a watcher of the test.
        unsafe { libc::raise(signum) };
    }

    #[test]
    fn every_watcher_hears_and_oneshots_stop() {
        let mut lp = Loop::new().unwrap();
        let (a, b, once) = (lp.new_signal(), lp.new_signal(), lp.new_signal());
        assert_eq!(lp.signal_start(a, libc::SIGKILL), Err(Error::EINVAL));
        assert_eq!(lp.signal_start(a, -1), Err(Error::EINVAL));
        assert_eq!(lp.signal_start(a, 0), Err(Error::EINVAL));
        lp.signal_start(a, libc::SIGUSR1).unwrap();
        lp.signal_start(b, libc::SIGUSR1).unwrap();
        lp.signal_start_oneshot(once, libc::SIGUSR1).unwrap();
        raise(libc::SIGUSR1);
        let mut seen = Vec::new();
        run(&mut lp, RunMode::Once, |_, event| {
            let Event::Signal { handle, signum } = event else {
                panic!()
            };
            assert_eq!(signum, libc::SIGUSR1);
            seen.push(handle);
        });
        assert_eq!(seen, [a, b, once]);
        assert!(!lp.is_active(once) && lp.is_active(a));
        // Another signal for the same watcher; the first goes on for the other one.
        lp.signal_start(a, libc::SIGUSR2).unwrap();
        raise(libc::SIGUSR1);
        raise(libc::SIGUSR2);
        seen.clear();
        while seen.len() < 2 {
            run(&mut lp, RunMode::Once, |_, event| {
                let Event::Signal { handle, .. } = event else {
                    panic!()
                };
                seen.push(handle);
            });
        }
        assert!(seen.contains(&a) && seen.contains(&b));
        finish(&mut lp);
    }

    /// In a process of its own, which is to end by the signal.
    #[test]
    fn without_watchers_a_signal_does_what_it_did() {
        use std::os::unix::process::ExitStatusExt;
        const CHILD: &str = "LUVIT_LOOP_TEST_SIGNAL";
        if std::env::var_os(CHILD).is_none() {
            let status = std::process::Command::new(std::env::current_exe().unwrap())
                .args([
                    "--exact",
                    "signal::tests::without_watchers_a_signal_does_what_it_did",
                ])
                .env(CHILD, "1")
                .status()
                .unwrap();
            assert_eq!(status.signal(), Some(libc::SIGTERM));
            return;
        }
        let mut lp = Loop::new().unwrap();
        let handle = lp.new_signal();
        lp.signal_start(handle, libc::SIGTERM).unwrap();
        raise(libc::SIGTERM);
        lp.signal_stop(handle).unwrap();
        // Ignored when it was first watched, and so again: Rust programs ignore it.
        lp.signal_start(handle, libc::SIGPIPE).unwrap();
        lp.signal_stop(handle).unwrap();
        raise(libc::SIGPIPE);
        raise(libc::SIGTERM);
        unreachable!();
    }
}
