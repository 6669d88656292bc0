//! Bytes to the peer.

use luvit_loop::{Error, Handle};

use super::connection::{Notice, Phase, Transport, arm, notify, proceed, set_deadline};
use super::{Exchange, secure, tag};
use crate::dispatch;
use crate::lua::{Ref, State};
use crate::shared::{RequestEntry, Shared};

/// Answers collected before they are written although more requests wait.
pub(super) const OUT_LIMIT: usize = 64 * 1024;
/// From this many queued bytes on a writer is asked to wait; node's highWaterMark.
pub(super) const HIGH_WATER_MARK: usize = 16 * 1024;

/// Writes what the answers of the connection being processed have collected.
pub(crate) fn flush_current(shared: &Shared) {
    let (bytes, index, transport) = {
        let mut inner = shared.http.inner.borrow_mut();
        let Some((index, serial)) = inner.current else {
            return;
        };
        if inner.out.is_empty() {
            return;
        }
        let Some(transport) = inner
            .same(index, serial)
            .map(|connection| connection.transport)
        else {
            inner.out.clear();
            return;
        };
        (std::mem::take(&mut inner.out), index, transport)
    };
    send(shared, index, transport, &bytes);
    let mut bytes = bytes;
    bytes.clear();
    let mut inner = shared.http.inner.borrow_mut();
    if inner.out.capacity() == 0 && bytes.capacity() <= OUT_LIMIT * 2 {
        inner.out = bytes;
    }
}

/// As [`flush_current`], if `index` is the connection being processed.
pub(super) fn flush(shared: &Shared, index: u32) {
    if shared.http.inner.borrow_mut().is_current(index) {
        flush_current(shared);
    }
}

/// Gives bytes to the transport; what the kernel does not take is queued in the loop.
pub(super) fn send(shared: &Shared, index: u32, transport: Transport, bytes: &[u8]) {
    if bytes.is_empty() {
        return;
    }
    match transport {
        Transport::Tcp(handle) => {
            let session = match shared.http.inner.borrow_mut().connection(index) {
                Some(connection) => connection.tls.clone(),
                None => None,
            };
            match session {
                None => send_tcp(shared, index, handle, bytes),
                Some(session) => {
                    if !secure::send(shared, index, handle, &session, bytes) {
                        broken(shared, index);
                    }
                }
            }
        }
        Transport::Lua(sink) => {
            let state = shared.main();
            if !state.reserve(24) {
                return;
            }
            state.push_ref(sink);
            state.push_bytes(bytes);
            if dispatch::call_with(shared, 1, 1).is_err() {
                dispatch::handle_uncaught(shared);
                return broken(shared, index);
            }
            let full = state.type_of(-1) == crate::lua::Type::Boolean && !state.to_bool(-1);
            state.pop(1);
            if let Some(connection) = shared.http.inner.borrow_mut().connection(index) {
                connection.flags.full = full;
            }
        }
    }
}

/// Gives bytes to the system as they are.
pub(super) fn send_tcp(shared: &Shared, index: u32, handle: Handle, bytes: &[u8]) {
    let mut lp = shared.lp.borrow_mut();
    let written = match lp.try_write(handle, &[bytes]) {
        Ok(written) if written == bytes.len() => return,
        Ok(written) => written,
        Err(Error::EAGAIN) => 0,
        Err(_) => {
            drop(lp);
            return broken(shared, index);
        }
    };
    let request = lp.write(handle, &[&bytes[written..]]);
    drop(lp);
    match request {
        Ok(request) => {
            let tag = tag(index, shared.http.inner.borrow().serial_of(index));
            shared.add_request(request, RequestEntry::HttpWrite(tag));
        }
        Err(_) => broken(shared, index),
    }
}

/// The peer is gone: the connection ends when nothing of it runs, not inside a call of `write`.
fn broken(shared: &Shared, index: u32) {
    let now = shared.lp.borrow().now();
    let mut inner = shared.http.inner.borrow_mut();
    let Some(connection) = inner.connection(index) else {
        return;
    };
    if connection.phase != Phase::Gone {
        connection.flags.broken = true;
        set_deadline(shared, &mut inner, index, 1, now);
    }
}

/// Calls the function of a stream in Lua with one value.
pub(super) fn call_sink(shared: &Shared, sink: Ref, push: impl FnOnce(State)) {
    let state = shared.main();
    if state.reserve(24) {
        state.push_ref(sink);
        push(state);
        dispatch::call(shared, 1);
    }
}

/// Bytes that wait in the loop's queue of a connection.
pub(super) fn queued(shared: &Shared, transport: Transport) -> usize {
    match transport {
        Transport::Tcp(handle) => shared.lp.borrow().write_queue_size(handle).unwrap_or(0),
        Transport::Lua(_) => 0,
    }
}

/// A queued write ended.
pub(crate) fn on_write(shared: &Shared, tag: u32, result: luvit_loop::Result<()>) {
    let Some(index) = shared.http.inner.borrow().resolve(tag) else {
        return;
    };
    if result.is_err() {
        return super::ending::abort(shared, index);
    }
    let transport = match shared.http.inner.borrow_mut().connection(index) {
        Some(connection) => connection.transport,
        None => return,
    };
    if queued(shared, transport) == 0 {
        drained(shared, index);
    }
}

/// Everything is written: Lua may write on, and what waited for it goes on.
pub(super) fn drained(shared: &Shared, index: u32) {
    let (wanted, blocked, exchange) = {
        let now = shared.lp.borrow().now();
        let mut inner = shared.http.inner.borrow_mut();
        let exchange = inner.exchange(index);
        let Some(connection) = inner.connection(index) else {
            return;
        };
        connection.flags.full = false;
        let wanted = std::mem::take(&mut connection.flags.need_drain);
        let blocked = std::mem::take(&mut connection.flags.blocked);
        let server = connection.server;
        match connection.phase {
            Phase::Exchange => arm(shared, &mut inner, index, now),
            Phase::Head if connection.is_idle() => {
                let timeout = inner
                    .server(server)
                    .map_or(0, |server| server.keep_alive_timeout);
                set_deadline(shared, &mut inner, index, timeout, now);
            }
            _ => {}
        }
        (wanted, blocked, exchange)
    };
    if wanted {
        notify(shared, exchange, Notice::Drain, None);
    }
    if blocked && still(shared, exchange) {
        proceed(shared, index);
    }
}

/// Whether the connection is the one that had this exchange, and still has it.
fn still(shared: &Shared, exchange: Exchange) -> bool {
    shared.http.inner.borrow_mut().live(exchange).is_some()
}
