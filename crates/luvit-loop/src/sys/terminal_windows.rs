//! The console of Windows: modes and size.
//!
//! Keys arrive as the console's own escape sequences, since what is typed is read like a file.

use super::Fd;
use crate::{Error, Result, tty::TtyMode};
use std::{
    io,
    sync::atomic::{AtomicU8, AtomicU32, Ordering},
};
use windows_sys::Win32::{
    Foundation::HANDLE,
    System::Console::{
        CONSOLE_MODE, CONSOLE_SCREEN_BUFFER_INFO, ENABLE_VIRTUAL_TERMINAL_INPUT,
        ENABLE_VIRTUAL_TERMINAL_PROCESSING, ENABLE_WINDOW_INPUT, GetConsoleMode,
        GetConsoleScreenBufferInfo, SetConsoleMode,
    },
};

/// No mode was set.
const NOTHING: u32 = u32::MAX;
/// The mode of the console's input before the first one was set.
static BEFORE: AtomicU32 = AtomicU32::new(NOTHING);

/// What a script said about escape sequences: nothing, that they are understood, or not.
static VTERM: AtomicU8 = AtomicU8::new(0);
const SUPPORTED: u8 = 1;
const UNSUPPORTED: u8 = 2;

fn standard(fd: Fd) -> Result<HANDLE> {
    super::fs::handle(fd)
}

fn mode(handle: HANDLE) -> Result<CONSOLE_MODE> {
    let mut mode = 0;
    // SAFETY: the call writes one number, and fails for what is no console.
    match unsafe { GetConsoleMode(handle, &mut mode) } {
        0 => Err(io::Error::last_os_error().into()),
        _ => Ok(mode),
    }
}

fn apply(handle: HANDLE, mode: CONSOLE_MODE) -> Result<()> {
    // SAFETY: the call takes any number, and fails for what is no console.
    match unsafe { SetConsoleMode(handle, mode) } {
        0 => Err(io::Error::last_os_error().into()),
        _ => Ok(()),
    }
}

unsafe extern "C" {
    /// The C runtime's, which runs `function` when the process exits.
    fn atexit(function: extern "C" fn()) -> i32;
}

extern "C" fn at_exit() {
    // Nobody is left to tell.
    let _ = reset();
}

/// Sets the mode of the console's input. `ENOTSUP` for [`TtyMode::Io`], which is Unix's.
pub(crate) fn set_mode(fd: Fd, wanted: TtyMode) -> Result<()> {
    if !super::descriptor_windows::is_console(standard(fd)?) {
        return Err(Error::EBADF);
    }
    let input = standard(0)?;
    let before = mode(input)?;
    static ONCE: std::sync::Once = std::sync::Once::new();
    // SAFETY: `at_exit` may run at any time.
    ONCE.call_once(|| unsafe {
        atexit(at_exit);
    });
    let saved = BEFORE.compare_exchange(NOTHING, before, Ordering::SeqCst, Ordering::SeqCst);
    match wanted {
        TtyMode::Normal => apply(input, saved.err().unwrap_or(before)),
        // A console that has no escape sequences for its keys is without them.
        TtyMode::Raw | TtyMode::RawVt => {
            apply(input, ENABLE_WINDOW_INPUT | ENABLE_VIRTUAL_TERMINAL_INPUT)
                .or_else(|_| apply(input, ENABLE_WINDOW_INPUT))
        }
        TtyMode::Io => Err(Error::ENOTSUP),
    }
}

/// Gives the console the mode it had before the first one was set.
pub(crate) fn reset() -> Result<()> {
    match BEFORE.load(Ordering::SeqCst) {
        NOTHING => Ok(()),
        before => apply(standard(0)?, before),
    }
}

/// Columns and rows of the window.
pub(crate) fn size(fd: Fd) -> Result<(u16, u16)> {
    let output = if fd == 0 { standard(1)? } else { standard(fd)? };
    // SAFETY: all of the structure may be zero, and the call fills it.
    unsafe {
        let mut info: CONSOLE_SCREEN_BUFFER_INFO = std::mem::zeroed();
        if GetConsoleScreenBufferInfo(output, &mut info) == 0 {
            return Err(io::Error::last_os_error().into());
        }
        let window = info.srWindow;
        let length = |from: i16, to: i16| (i32::from(to) - i32::from(from) + 1).max(0) as u16;
        Ok((
            length(window.Left, window.Right),
            length(window.Top, window.Bottom),
        ))
    }
}

/// Notes what a script knows better than the console says.
pub(crate) fn set_vterm_state(supported: bool) {
    let state = if supported { SUPPORTED } else { UNSUPPORTED };
    VTERM.store(state, Ordering::SeqCst);
}

/// Whether the console understands escape sequences; it is asked to if it can.
pub(crate) fn vterm_state() -> Result<bool> {
    match VTERM.load(Ordering::SeqCst) {
        SUPPORTED => return Ok(true),
        UNSUPPORTED => return Ok(false),
        _ => {}
    }
    let output = standard(1)?;
    let now = mode(output)?;
    Ok(apply(output, now | ENABLE_VIRTUAL_TERMINAL_PROCESSING).is_ok())
}
