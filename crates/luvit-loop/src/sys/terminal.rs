//! Terminals: modes and size (termios(3), `TIOCGWINSZ`).

use super::{Fd, unix::last_error};
use crate::{Error, Result, tty::TtyMode};
use std::{
    cell::UnsafeCell,
    mem::MaybeUninit,
    sync::atomic::{AtomicBool, AtomicI32, Ordering},
};

/// The terminal settings from before the first mode was set, and the descriptor they are of.
struct Saved {
    /// Held while the settings are written or read.
    busy: AtomicBool,
    /// -1 as long as nothing is saved.
    fd: AtomicI32,
    settings: UnsafeCell<MaybeUninit<libc::termios>>,
}

// SAFETY: `settings` is only touched by who holds `busy`.
unsafe impl Sync for Saved {}

static SAVED: Saved = Saved {
    busy: AtomicBool::new(false),
    fd: AtomicI32::new(-1),
    settings: UnsafeCell::new(MaybeUninit::uninit()),
};

fn settings(fd: Fd) -> Result<libc::termios> {
    let mut settings = MaybeUninit::uninit();
    // SAFETY: tcgetattr fills the settings when it returns 0.
    unsafe {
        if libc::tcgetattr(fd, settings.as_mut_ptr()) != 0 {
            return Err(last_error());
        }
        Ok(settings.assume_init())
    }
}

fn apply(fd: Fd, when: libc::c_int, settings: &libc::termios) -> Result<()> {
    loop {
        // SAFETY: `settings` is a whole termios.
        if unsafe { libc::tcsetattr(fd, when, settings) } == 0 {
            return Ok(());
        }
        match last_error() {
            Error::EINTR => {}
            error => return Err(error),
        }
    }
}

/// Sets the mode of a terminal, relative to the settings it had before the first mode was set.
pub(crate) fn set_mode(fd: Fd, mode: TtyMode) -> Result<()> {
    let current = settings(fd)?;
    if SAVED.busy.swap(true, Ordering::Acquire) {
        return Err(Error::EBUSY);
    }
    if SAVED.fd.load(Ordering::Relaxed) == -1 {
        // SAFETY: we hold `busy`.
        unsafe { (*SAVED.settings.get()).write(current) };
        // A descriptor of its own, so that closing the handle does not end the way back.
        // SAFETY: fcntl takes any number.
        let own = unsafe { libc::fcntl(fd, libc::F_DUPFD_CLOEXEC, 3) };
        if own == -1 {
            SAVED.busy.store(false, Ordering::Release);
            return Err(last_error());
        }
        SAVED.fd.store(own, Ordering::Relaxed);
    }
    // SAFETY: we hold `busy`, and the settings were saved now or before.
    let original = unsafe { (*SAVED.settings.get()).assume_init() };
    SAVED.busy.store(false, Ordering::Release);
    super::restore_at_exit();
    super::crash::restore_when_killed();

    let mut wanted = original;
    match mode {
        TtyMode::Normal => {}
        TtyMode::Raw | TtyMode::RawVt => {
            wanted.c_iflag &= !(libc::BRKINT | libc::ICRNL | libc::INPCK | libc::ISTRIP);
            wanted.c_iflag &= !libc::IXON;
            wanted.c_oflag |= libc::ONLCR;
            wanted.c_cflag |= libc::CS8;
            wanted.c_lflag &= !(libc::ECHO | libc::ICANON | libc::IEXTEN | libc::ISIG);
            wanted.c_cc[libc::VMIN] = 1;
            wanted.c_cc[libc::VTIME] = 0;
        }
        // SAFETY: `wanted` is a whole termios.
        TtyMode::Io => unsafe { libc::cfmakeraw(&mut wanted) },
    }
    apply(fd, libc::TCSADRAIN, &wanted)
}

/// Whether the terminal belongs to another job by now: what it is set to is not our business, and
/// setting it would stop us (`SIGTTOU`).
fn in_background(fd: Fd) -> bool {
    // SAFETY: both take any number; -1 is the answer for a terminal that is not ours to control.
    unsafe {
        let foreground = libc::tcgetpgrp(fd);
        foreground > 0 && foreground != libc::getpgrp()
    }
}

/// Gives the terminal the settings it had before the first mode was set, unless it belongs to
/// another job by now. Async-signal-safe; `EBUSY` when it interrupts a change of mode.
pub(crate) fn reset() -> Result<()> {
    let fd = SAVED.fd.load(Ordering::Relaxed);
    if fd == -1 || in_background(fd) {
        return Ok(());
    }
    if SAVED.busy.swap(true, Ordering::Acquire) {
        return Err(Error::EBUSY);
    }
    // SAFETY: we hold `busy`, and `fd` is set after the settings are.
    let settings = unsafe { (*SAVED.settings.get()).assume_init() };
    // Now: output that nobody takes must not hold up the end of a process.
    let result = apply(fd, libc::TCSANOW, &settings);
    SAVED.busy.store(false, Ordering::Release);
    result
}

/// A terminal of Unix has no such switch.
pub(crate) fn set_vterm_state(_supported: bool) {}

pub(crate) fn vterm_state() -> Result<bool> {
    Err(Error::ENOTSUP)
}

/// Columns and rows.
pub(crate) fn size(fd: Fd) -> Result<(u16, u16)> {
    let mut size = libc::winsize {
        ws_row: 0,
        ws_col: 0,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    // SAFETY: TIOCGWINSZ fills one winsize.
    if unsafe { libc::ioctl(fd, libc::TIOCGWINSZ, &mut size) } == -1 {
        return Err(last_error());
    }
    Ok((size.ws_col, size.ws_row))
}
