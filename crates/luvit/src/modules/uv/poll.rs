//! `uv_poll_t`: waiting for a descriptor that something else reads and writes.

use luvit_loop::{Handle, HandleKind, PollEvents, Result};

use super::handle::Accept;
use super::{Entry, functions};
use crate::dispatch;
use crate::lua::{Call, Raise, Ret};
use crate::shared::Shared;

pub(super) const FUNCTIONS: &[Entry] =
    functions![new_poll, new_socket_poll, poll_start, poll_stop,];

fn poll(call: &Call) -> std::result::Result<Handle, Raise> {
    call.handle(1, Accept::Kind(HandleKind::Poll))
}

fn new_poll(call: &mut Call) -> Ret {
    let fd = call.descriptor(1)?;
    let made = fd.and_then(|fd| call.shared().lp.borrow_mut().new_poll(fd));
    call.new_handle(made)
}

/// The same as `new_poll`: a socket is a descriptor, and on Windows nothing else can be waited for.
fn new_socket_poll(call: &mut Call) -> Ret {
    new_poll(call)
}

/// The letters at `index`, in any order; `nil` is `"rw"`.
fn events(call: &Call, index: i32) -> std::result::Result<PollEvents, Raise> {
    let letters = call.opt_bytes(index)?.unwrap_or(b"rw");
    let mut events = PollEvents::default();
    for letter in letters {
        match letter {
            b'r' => events.readable = true,
            b'w' => events.writable = true,
            b'd' => events.disconnect = true,
            b'p' => events.prioritized = true,
            _ => return Err(invalid(index, letters)),
        }
    }
    if letters.is_empty() {
        return Err(invalid(index, letters));
    }
    Ok(events)
}

fn invalid(index: i32, letters: &[u8]) -> Raise {
    let letters = String::from_utf8_lossy(letters);
    Raise::Argument(index, format!("invalid option '{letters}'"))
}

/// `uv.poll_start(poll, [events], callback)`
fn poll_start(call: &mut Call) -> Ret {
    let handle = poll(call)?;
    let events = events(call, 2)?;
    call.callable(3)?;
    let result = call.shared().lp.borrow_mut().poll_start(handle, events);
    if result.is_ok() {
        call.set_callback(handle, 3);
    }
    call.zero(result)
}

fn poll_stop(call: &mut Call) -> Ret {
    let handle = poll(call)?;
    let result = call.shared().lp.borrow_mut().poll_stop(handle);
    if result.is_ok() {
        call.clear_callback(handle);
    }
    call.unless_closing(handle, result)
}

/// `callback(err, events)`: letters in the order `rwdp`; none after an error, which stops it.
pub(crate) fn on_poll(shared: &Shared, handle: Handle, result: Result<PollEvents>) {
    if !dispatch::push_callback(shared, handle) {
        return;
    }
    let state = shared.main();
    dispatch::push_status(state, result.err());
    let events = result.unwrap_or_default();
    let letters: String = [
        (events.readable, 'r'),
        (events.writable, 'w'),
        (events.disconnect, 'd'),
        (events.prioritized, 'p'),
    ]
    .iter()
    .filter(|(on, _)| *on)
    .map(|(_, letter)| letter)
    .collect();
    state.push_str(&letters);
    dispatch::call(shared, 2);
}
