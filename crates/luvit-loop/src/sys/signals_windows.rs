//! What Windows has of signals: the events of the console, as libuv maps them. Ctrl+C is `SIGINT`,
//! Ctrl+Break `SIGBREAK`, closing the console `SIGHUP`. The other signals of the C standard can be
//! watched and never arrive.

use crate::{Error, Result, async_::Shared};
use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicU32, Ordering},
};
use windows_sys::Win32::System::{
    Console::{
        CTRL_BREAK_EVENT, CTRL_C_EVENT, CTRL_CLOSE_EVENT, CTRL_LOGOFF_EVENT, CTRL_SHUTDOWN_EVENT,
        SetConsoleCtrlHandler,
    },
    Threading::{INFINITE, Sleep},
};

const SIGHUP: i32 = 1;
const SIGINT: i32 = 2;
const SIGBREAK: i32 = 21;
/// libuv's numbers of what can be watched: also `SIGILL`, `SIGABRT`, `SIGTERM`, `SIGWINCH`, and
/// `SIGFPE` and `SIGSEGV`, which nobody sends.
const WATCHED: [i32; 9] = [SIGHUP, SIGINT, 4, 8, 11, 15, SIGBREAK, 22, 28];
/// How many signal numbers there are room for.
const SIGNALS: usize = 32;

/// What the handler leaves for a loop.
#[derive(Debug, Default)]
pub(crate) struct Arrived([AtomicU32; SIGNALS]);

impl Arrived {
    /// Takes the signals that arrived: the number, and how often.
    pub(crate) fn take(&self) -> Vec<(i32, u32)> {
        (0..)
            .zip(&self.0)
            .map(|(signum, count)| (signum, count.swap(0, Ordering::SeqCst)))
            .filter(|&(_, count)| count > 0)
            .collect()
    }
}

struct Watcher {
    id: u64,
    signum: i32,
    arrived: Arc<Arrived>,
    shared: Arc<Shared>,
}

struct Watchers {
    list: Vec<Watcher>,
    last: u64,
}

/// The watchers of all loops. The console's handler runs in a thread of its own, which may wait.
static WATCHERS: Mutex<Watchers> = Mutex::new(Watchers {
    list: Vec::new(),
    last: 0,
});

fn watchers() -> MutexGuard<'static, Watchers> {
    WATCHERS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// 0 lets the system go on, which ends the process.
unsafe extern "system" fn on_console_event(event: u32) -> i32 {
    let signum = match event {
        CTRL_C_EVENT => SIGINT,
        CTRL_BREAK_EVENT => SIGBREAK,
        CTRL_CLOSE_EVENT | CTRL_LOGOFF_EVENT | CTRL_SHUTDOWN_EVENT => SIGHUP,
        _ => return 0,
    };
    let mut heard = false;
    for watcher in watchers().list.iter().filter(|w| w.signum == signum) {
        watcher.arrived.0[signum as usize].fetch_add(1, Ordering::SeqCst);
        let _ = watcher.shared.waker.wake();
        heard = true;
    }
    if heard && signum == SIGHUP {
        // The process ends when this returns; the program gets the time the system allows.
        // SAFETY: the thread is the system's, for this call only.
        unsafe { Sleep(INFINITE) };
    }
    heard.into()
}

/// A loop's share in a signal; dropping it ends it.
#[derive(Debug)]
pub(crate) struct Watch(u64);

impl Watch {
    /// Has `signum` counted in `arrived` and `shared` woken. `EINVAL` for what cannot be watched.
    pub(crate) fn new(signum: i32, arrived: Arc<Arrived>, shared: Arc<Shared>) -> Result<Watch> {
        if !WATCHED.contains(&signum) {
            return Err(Error::EINVAL);
        }
        let mut watchers = watchers();
        // SAFETY: the handler is a function that may run at any time.
        if watchers.list.is_empty()
            && unsafe { SetConsoleCtrlHandler(Some(on_console_event), 1) } == 0
        {
            return Err(std::io::Error::last_os_error().into());
        }
        watchers.last += 1;
        let id = watchers.last;
        watchers.list.push(Watcher {
            id,
            signum,
            arrived,
            shared,
        });
        Ok(Watch(id))
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let mut watchers = watchers();
        watchers.list.retain(|watcher| watcher.id != self.0);
        if watchers.list.is_empty() {
            // SAFETY: it was installed with the first watcher.
            unsafe { SetConsoleCtrlHandler(Some(on_console_event), 0) };
        }
    }
}
