//! The terminal when a signal ends the process: `atexit` does not run then, and whoever comes next
//! would type blindly.

use super::signals::is_watched;
use super::unix::at_exit;
use std::{
    cell::UnsafeCell,
    mem::MaybeUninit,
    ptr,
    sync::Once,
    sync::atomic::{AtomicBool, Ordering},
};

/// Signals that end a process, by somebody's will or by a fault of the program.
const FATAL: [libc::c_int; 9] = [
    libc::SIGHUP,
    libc::SIGINT,
    libc::SIGQUIT,
    libc::SIGTERM,
    libc::SIGABRT,
    libc::SIGILL,
    libc::SIGFPE,
    libc::SIGBUS,
    libc::SIGSEGV,
];

/// Whether the program itself causes the signal, as a rule.
fn is_fault(signum: libc::c_int) -> bool {
    matches!(
        signum,
        libc::SIGILL | libc::SIGFPE | libc::SIGBUS | libc::SIGSEGV
    )
}

/// What was to be done for each of [`FATAL`] before.
struct Before {
    known: [AtomicBool; FATAL.len()],
    actions: UnsafeCell<[MaybeUninit<libc::sigaction>; FATAL.len()]>,
}

// SAFETY: an action is written once, before `known` says so, and only read after that.
unsafe impl Sync for Before {}

static BEFORE: Before = Before {
    known: [const { AtomicBool::new(false) }; FATAL.len()],
    actions: UnsafeCell::new([const { MaybeUninit::uninit() }; FATAL.len()]),
};

/// Restores the terminal and lets the signal do what it would have done without us.
extern "C" fn on_signal(
    signum: libc::c_int,
    info: *mut libc::siginfo_t,
    _context: *mut libc::c_void,
) {
    // Handlers that came after ours call us too: the signal is a script's.
    if is_watched(signum) {
        return;
    }
    at_exit();
    let place = FATAL.iter().position(|&fatal| fatal == signum);
    // SAFETY: the system hands in the information of this signal; what it reads is
    // async-signal-safe, and so are both calls. `known` says that the action is there.
    unsafe {
        // For other signals such a code says that a key was pressed.
        let fault = is_fault(signum) && !info.is_null() && (*info).si_code > 0;
        match place.filter(|&place| BEFORE.known[place].load(Ordering::Acquire)) {
            // The faulty instruction comes again, and with it the signal.
            Some(place) if fault => {
                let before = (*BEFORE.actions.get())[place].as_ptr();
                libc::sigaction(signum, before, ptr::null_mut());
            }
            _ => {
                libc::signal(signum, libc::SIG_DFL);
                libc::raise(signum);
            }
        }
    }
}

/// From now on a signal that ends the process restores the terminal first. Signals that are ignored
/// or handled by somebody stay as they are, but for faults, whose handlers run after ours.
pub(super) fn restore_when_killed() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        for (place, &signum) in FATAL.iter().enumerate() {
            // SAFETY: all of sigaction may be zero; `on_signal` is async-signal-safe. The old action
            // is stored before anybody may read it, and nobody else writes it (`ONCE`).
            unsafe {
                let mut action: libc::sigaction = std::mem::zeroed();
                let mut before: libc::sigaction = std::mem::zeroed();
                if libc::sigaction(signum, ptr::null(), &mut before) == -1 {
                    continue;
                }
                let free = before.sa_sigaction == libc::SIG_DFL;
                if before.sa_sigaction == libc::SIG_IGN || !free && !is_fault(signum) {
                    continue;
                }
                (*BEFORE.actions.get())[place].write(before);
                BEFORE.known[place].store(true, Ordering::Release);
                let handler: extern "C" fn(_, _, _) = on_signal;
                action.sa_sigaction = handler as *const () as libc::sighandler_t;
                action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK | libc::SA_RESTART;
                libc::sigemptyset(&mut action.sa_mask);
                libc::sigaction(signum, &action, ptr::null_mut());
            }
        }
    });
}
