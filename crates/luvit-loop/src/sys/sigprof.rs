//! Holding up a profiler's signal.

pub(crate) use imp::{SIGPROF, block_sigprof};

#[cfg(unix)]
mod imp {
    use std::mem::MaybeUninit;

    /// The signal of profiling timers.
    pub(crate) const SIGPROF: Option<i32> = Some(libc::SIGPROF);

    /// `SIGPROF` is held up in this thread while the value lives.
    pub(crate) struct Blocked(libc::sigset_t);

    /// Holds `SIGPROF` up in this thread: see pthread_sigmask(3).
    pub(crate) fn block_sigprof() -> Blocked {
        let mut old = MaybeUninit::<libc::sigset_t>::zeroed();
        // SAFETY: sigemptyset makes a set of `set`; both sets may be written to, and zeros are a set.
        unsafe {
            let mut set = MaybeUninit::<libc::sigset_t>::zeroed();
            libc::sigemptyset(set.as_mut_ptr());
            libc::sigaddset(set.as_mut_ptr(), libc::SIGPROF);
            libc::pthread_sigmask(libc::SIG_BLOCK, set.as_ptr(), old.as_mut_ptr());
            Blocked(old.assume_init())
        }
    }

    impl Drop for Blocked {
        fn drop(&mut self) {
            // SAFETY: the set is what the call before gave.
            unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &self.0, std::ptr::null_mut()) };
        }
    }
}

#[cfg(not(unix))]
mod imp {
    /// There is no such signal.
    pub(crate) const SIGPROF: Option<i32> = None;

    /// There is nothing to hold up.
    pub(crate) struct Blocked;

    pub(crate) fn block_sigprof() -> Blocked {
        Blocked
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn blocked() -> bool {
        let mut set = std::mem::MaybeUninit::<libc::sigset_t>::zeroed();
        // SAFETY: without a new set the call writes the old one to `set`.
        unsafe {
            libc::pthread_sigmask(libc::SIG_BLOCK, std::ptr::null(), set.as_mut_ptr());
            libc::sigismember(set.as_ptr(), libc::SIGPROF) == 1
        }
    }

    #[test]
    fn the_signal_is_held_up_while_the_value_lives() {
        assert!(!blocked());
        let outer = block_sigprof();
        assert!(blocked());
        drop(block_sigprof());
        assert!(blocked(), "it was before");
        drop(outer);
        assert!(!blocked());
    }
}
