//! Signal handlers of Unix systems.
//!
//! `signal-hook-registry` installs one handler a signal for good. What a signal does by itself has
//! to come back when the last watcher is gone, so the first action of each signal is ours: without
//! watchers it does what the system would have done.

use crate::{Error, Result, async_::Shared};
use signal_hook_registry::{SigId, register};
use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, AtomicU32, Ordering},
};

/// How many signal numbers there are room for (64 on Linux, 128 on FreeBSD).
const SIGNALS: usize = 129;

/// How many watched loops a signal has, in the whole process.
static WATCHED: [AtomicU32; SIGNALS] = [const { AtomicU32::new(0) }; SIGNALS];
/// Whether the signal was ignored when the first watcher came.
static IGNORED: [AtomicBool; SIGNALS] = [const { AtomicBool::new(false) }; SIGNALS];
/// Whether our action for signals without watchers is installed.
static INSTALLED: Mutex<[bool; SIGNALS]> = Mutex::new([false; SIGNALS]);

/// Whether somebody watches `signum`. Async-signal-safe.
pub(super) fn is_watched(signum: i32) -> bool {
    let watched = WATCHED.get(signum as usize);
    watched.is_some_and(|watched| watched.load(Ordering::SeqCst) > 0)
}

/// What the handler leaves for a loop.
pub(crate) struct Arrived {
    counts: [AtomicU32; SIGNALS],
    any: AtomicBool,
}

impl std::fmt::Debug for Arrived {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Arrived")
            .field("any", &self.any)
            .finish_non_exhaustive()
    }
}

impl Default for Arrived {
    fn default() -> Arrived {
        Arrived {
            counts: [const { AtomicU32::new(0) }; SIGNALS],
            any: AtomicBool::new(false),
        }
    }
}

impl Arrived {
    /// Takes the signals that arrived: the number, and how often.
    pub(crate) fn take(&self) -> Vec<(i32, u32)> {
        if !self.any.swap(false, Ordering::SeqCst) {
            return Vec::new();
        }
        (0..SIGNALS as i32)
            .map(|signum| {
                (
                    signum,
                    self.counts[signum as usize].swap(0, Ordering::SeqCst),
                )
            })
            .filter(|&(_, count)| count > 0)
            .collect()
    }
}

/// What the system does with a signal nobody handles (signal(7)). Async-signal-safe.
fn by_default(signum: i32) {
    if IGNORED[signum as usize].load(Ordering::SeqCst) {
        return;
    }
    match signum {
        libc::SIGCHLD | libc::SIGURG | libc::SIGWINCH | libc::SIGCONT => {}
        #[cfg(any(target_vendor = "apple", target_os = "freebsd"))]
        libc::SIGINFO | libc::SIGIO => {}
        // SAFETY: raise is async-signal-safe.
        libc::SIGTSTP | libc::SIGTTIN | libc::SIGTTOU => unsafe {
            libc::raise(libc::SIGSTOP);
        },
        // SAFETY: all are async-signal-safe. The signal is blocked here and ends the process as
        // soon as the handler returns.
        _ => unsafe {
            super::unix::at_exit();
            libc::signal(signum, libc::SIG_DFL);
            libc::raise(signum);
        },
    }
}

fn is_ignored(signum: i32) -> Result<bool> {
    // SAFETY: all of sigaction may be zero; with no new action the call only writes the old one.
    unsafe {
        let mut old: libc::sigaction = std::mem::zeroed();
        if libc::sigaction(signum, std::ptr::null(), &mut old) == -1 {
            return Err(std::io::Error::last_os_error().into());
        }
        Ok(old.sa_sigaction == libc::SIG_IGN)
    }
}

/// A loop's share in a signal; dropping it ends it.
#[derive(Debug)]
pub(crate) struct Watch {
    signum: i32,
    action: SigId,
}

impl Watch {
    /// Has `signum` counted in `arrived` and `shared` woken. See [`Watch::with`] for errors.
    pub(crate) fn new(signum: i32, arrived: Arc<Arrived>, shared: Arc<Shared>) -> Result<Watch> {
        Watch::with(signum, move || {
            arrived.counts[signum as usize].fetch_add(1, Ordering::SeqCst);
            arrived.any.store(true, Ordering::SeqCst);
            let _ = shared.waker.wake();
        })
    }

    /// Has `action` called when `signum` arrives, in the signal's handler: it may touch atomics and
    /// wake loops, which is one system call and allocates nothing. `EINVAL` for numbers that are no
    /// signal or cannot be handled (`SIGKILL`, `SIGSTOP`; `SIGSEGV`, `SIGILL` and `SIGFPE`, whose
    /// handlers must not return).
    pub(super) fn with(signum: i32, action: impl Fn() + Send + Sync + 'static) -> Result<Watch> {
        if signum <= 0
            || signum as usize >= SIGNALS
            || signal_hook_registry::FORBIDDEN.contains(&signum)
        {
            return Err(Error::EINVAL);
        }
        let mut installed = INSTALLED.lock().unwrap_or_else(PoisonError::into_inner);
        let place = signum as usize;
        WATCHED[place].fetch_add(1, Ordering::SeqCst);
        let result = (|| {
            if !installed[place] {
                IGNORED[place].store(is_ignored(signum)?, Ordering::SeqCst);
                // SAFETY: the action touches atomics and calls async-signal-safe functions.
                unsafe {
                    register(signum, move || {
                        if WATCHED[place].load(Ordering::SeqCst) == 0 {
                            by_default(signum);
                        }
                    })
                }?;
                installed[place] = true;
            }
            // SAFETY: what callers pass is as said above.
            unsafe { register(signum, action) }
        })();
        match result {
            Ok(action) => Ok(Watch { signum, action }),
            Err(error) => {
                WATCHED[place].fetch_sub(1, Ordering::SeqCst);
                Err(error.into())
            }
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        signal_hook_registry::unregister(self.action);
        WATCHED[self.signum as usize].fetch_sub(1, Ordering::SeqCst);
    }
}
