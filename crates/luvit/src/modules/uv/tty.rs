//! `uv_tty_t`: terminals, and what a descriptor is.

use luvit_loop::{Error, Handle, HandleKind, TtyMode};

use super::handle::Accept;
use super::{Entry, functions};
use crate::lua::{Call, Raise, Ret, Type};

pub(super) const FUNCTIONS: &[Entry] = functions![
    new_tty,
    tty_set_mode,
    tty_reset_mode,
    tty_get_winsize,
    tty_set_vterm_state,
    tty_get_vterm_state,
    guess_handle,
];

fn tty(call: &Call) -> Result<Handle, Raise> {
    call.handle(1, Accept::Kind(HandleKind::Tty))
}

/// `uv.new_tty(fd, readable)`: a stream over a terminal.
fn new_tty(call: &mut Call) -> Ret {
    let fd = call.descriptor(1)?;
    // The terminal itself says what can be read and written.
    let _readable = call.boolean(2)?;
    let made = match fd {
        Ok(fd) => call.shared().lp.borrow_mut().tty_open(fd),
        Err(_) => Err(Error::EINVAL),
    };
    call.new_handle(made)
}

/// `uv.tty_set_mode(tty, mode)`: `"normal"`, `"raw"`, `"io"` or `"raw_vt"`, or
/// libuv's number.
fn tty_set_mode(call: &mut Call) -> Ret {
    let handle = tty(call)?;
    let mode = match call.type_of(2) {
        Type::Number => match call.int(2)? {
            0 => TtyMode::Normal,
            1 => TtyMode::Raw,
            2 => TtyMode::Io,
            3 => TtyMode::RawVt,
            other => return Err(Raise::Argument(2, format!("invalid tty mode {other}"))),
        },
        _ => match call.bytes(2)? {
            b"normal" => TtyMode::Normal,
            b"raw" => TtyMode::Raw,
            b"io" => TtyMode::Io,
            b"raw_vt" => TtyMode::RawVt,
            other => {
                let other = String::from_utf8_lossy(other);
                return Err(Raise::Argument(2, format!("invalid tty mode '{other}'")));
            }
        },
    };
    let result = call.shared().lp.borrow_mut().tty_set_mode(handle, mode);
    call.zero(result)
}

fn tty_reset_mode(call: &mut Call) -> Ret {
    call.zero(luvit_loop::tty_reset_mode())
}

/// Width and height in characters.
fn tty_get_winsize(call: &mut Call) -> Ret {
    let handle = tty(call)?;
    let size = call.shared().lp.borrow().tty_get_winsize(handle);
    match size {
        Ok((width, height)) => {
            call.push_int(width.into());
            call.push_int(height.into());
            Ok(2)
        }
        Err(error) => call.fail(error),
    }
}

/// `uv.tty_set_vterm_state(state)`: `"supported"` or `"unsupported"`: who understands escape
/// sequences on Windows, the console or (then they are left out) nobody. Ignored elsewhere.
fn tty_set_vterm_state(call: &mut Call) -> Ret {
    let supported = match call.bytes(1)? {
        b"supported" => true,
        b"unsupported" => false,
        other => {
            let other = String::from_utf8_lossy(other);
            return Err(Raise::Argument(1, format!("invalid option '{other}'")));
        }
    };
    luvit_loop::tty_set_vterm_state(supported);
    Ok(0)
}

fn tty_get_vterm_state(call: &mut Call) -> Ret {
    match luvit_loop::tty_vterm_state() {
        Ok(true) => call.push_str("supported"),
        Ok(false) => call.push_str("unsupported"),
        Err(error) => return call.fail(error),
    }
    Ok(1)
}

/// `"tty"`, `"pipe"`, `"tcp"`, `"udp"`, `"file"` or `"unknown"` (also for a closed descriptor).
fn guess_handle(call: &mut Call) -> Ret {
    let kind = call.descriptor(1)?.map(luvit_loop::guess_handle);
    call.push_str(kind.unwrap_or(luvit_loop::FdKind::Unknown).name());
    Ok(1)
}
