//! How exchanges and connections end: refused, answered to the end, cut off.

use luvit_loop::Handle;

use super::connection::{Notice, Phase, Transport, notify_server, set_deadline};
use super::output::{call_sink, flush, queued, send};
use super::{Exchange, Inner, response, tag};
use crate::dispatch;
use crate::lua::{NO_REF, State};
use crate::shared::{Owner, RequestEntry, Shared};

/// How long the peer has to close after the last answer, in milliseconds.
const LINGER_TIME: u64 = 2_000;
/// How often half-closed connections are looked at: first, and at most.
const ORPHAN_TIMES: (u64, u64) = (20, 1_000);
/// What the timer for that is owned as: no server has this number.
pub(super) const ORPHANS: u32 = u32::MAX;

/// Answers 500 to an exchange whose handler raised an error, if nothing was sent yet; else ends
/// the connection, so that the peer sees a broken answer and no short one.
pub(super) fn fail_exchange(shared: &Shared, exchange: Exchange) {
    {
        let mut inner = shared.http.inner.borrow_mut();
        match inner.live(exchange) {
            Some(connection) if connection.is_open() => {}
            _ => return,
        }
    }
    refuse(shared, exchange.index(), 500, "");
}

/// Answers an error that the protocol or a limit asks for, and ends the connection after it.
pub(super) fn refuse(shared: &Shared, index: u32, status: u16, why: &str) {
    let (exchange, serial, open, function) = {
        let mut inner = shared.http.inner.borrow_mut();
        let exchange = inner.exchange(index);
        let Some(connection) = inner.connection(index) else {
            return;
        };
        let (phase, open, server) = (connection.phase, connection.is_open(), connection.server);
        if phase == Phase::Exchange && connection.flags.head_sent {
            drop(inner);
            return abort(shared, index);
        }
        let serial = connection.serial;
        // The script's response answers nothing from now on.
        inner.next_exchange(index);
        let Some(server) = inner.server(server) else {
            return;
        };
        (exchange, serial, open, server.on_event)
    };
    flush(shared, index);
    if open {
        notify_server(shared, function, exchange, Notice::Closed, None);
    }
    if status != 500 && answered_by_script(shared, index, status, why) {
        return leave_to_script(shared, index, serial);
    }
    let body = if why.is_empty() {
        String::new()
    } else {
        format!("{why}\n")
    };
    let answer = {
        let mut inner = shared.http.inner.borrow_mut();
        if inner
            .same(index, serial)
            .is_none_or(|connection| connection.phase == Phase::Gone)
        {
            return;
        }
        response::refusal(shared, &mut inner, index, status, &body)
    };
    if let Some((transport, text)) = answer {
        send(shared, index, transport, &text);
    }
    linger(shared, index);
}

/// Asks the `clientError` listeners: whether one of them ended the socket.
fn answered_by_script(shared: &Shared, index: u32, status: u16, why: &str) -> bool {
    let (function, exchange) = {
        let mut inner = shared.http.inner.borrow_mut();
        let exchange = inner.exchange(index);
        let Some(connection) = inner.connection(index) else {
            return false;
        };
        let server = connection.server;
        match inner.server(server) {
            Some(server) => (server.on_event, exchange),
            None => return false,
        }
    };
    let state = shared.main();
    if !state.reserve(24) {
        return false;
    }
    state.push_ref(function);
    state.push_num(exchange.to_num());
    state.push_num(f64::from(Notice::ClientError as u8));
    state.push_str(&format!("{status} {why}"));
    if dispatch::call_with(shared, 3, 1).is_err() {
        dispatch::handle_uncaught(shared);
        return false;
    }
    let answered = state.to_bool(-1);
    state.pop(1);
    answered
}

/// A script has ended the socket with an answer of its own: it needs time to reach the peer.
fn leave_to_script(shared: &Shared, index: u32, serial: u32) {
    let now = shared.lp.borrow().now();
    let mut inner = shared.http.inner.borrow_mut();
    let Some(connection) = inner.same(index, serial) else {
        return;
    };
    if connection.phase != Phase::Gone {
        connection.phase = Phase::Linger;
        connection.input = Vec::new();
        set_deadline(
            shared,
            &mut inner,
            index,
            super::connection::WRITE_TIME,
            now,
        );
    }
}

/// Ends the connection after its last answer: the peer gets all of it, and what it still sends is
/// dropped, since closing with unread bytes would reset the connection and lose the answer.
pub(super) fn linger(shared: &Shared, index: u32) {
    flush(shared, index);
    let now = shared.lp.borrow().now();
    let mut inner = shared.http.inner.borrow_mut();
    let Some(connection) = inner.connection(index) else {
        return;
    };
    if matches!(connection.phase, Phase::Linger | Phase::Gone) {
        return;
    }
    connection.input = Vec::new();
    connection.head = None;
    let (transport, ended, serial) = (
        connection.transport,
        connection.flags.input_ended,
        connection.serial,
    );
    match transport {
        Transport::Tcp(handle) => {
            let secure = connection.tls.is_some() && connection.phase != Phase::Handshake;
            let empty = queued(shared, transport) == 0;
            if ended && empty {
                drop(inner);
                return abort(shared, index);
            }
            connection.phase = Phase::Linger;
            let stopped = std::mem::take(&mut connection.flags.reading_stopped);
            // The clock of the peer's part starts when it has our last byte.
            set_deadline(
                shared,
                &mut inner,
                index,
                super::connection::WRITE_TIME,
                now,
            );
            drop(inner);
            if secure {
                super::secure::say_goodbye(shared, index, handle);
            }
            let mut lp = shared.lp.borrow_mut();
            let shut = lp.shutdown(handle);
            if stopped && !ended {
                let _told_by_the_next_read = lp.read_start(handle);
            }
            drop(lp);
            match shut {
                Ok(request) => {
                    shared.add_request(request, RequestEntry::HttpShutdown(tag(index, serial)))
                }
                // A script has ended its side already, and what it wrote is on its way.
                Err(_) if !empty => {}
                Err(_) => abort(shared, index),
            }
        }
        Transport::Lua(sink) => {
            connection.phase = Phase::Gone;
            drop(inner);
            call_sink(shared, sink, State::push_nil);
            forget(shared, index, serial);
        }
    }
}

/// All answers are with the peer: it has some time to close.
pub(crate) fn on_shutdown(shared: &Shared, tag: u32, result: luvit_loop::Result<()>) {
    let now = shared.lp.borrow().now();
    let mut inner = shared.http.inner.borrow_mut();
    let Some(index) = inner.resolve(tag) else {
        return;
    };
    match inner.connection(index) {
        Some(connection) if connection.phase == Phase::Linger => {
            if result.is_err() || connection.flags.input_ended {
                drop(inner);
                abort(shared, index);
            } else {
                set_deadline(shared, &mut inner, index, LINGER_TIME, now);
            }
        }
        _ => {}
    }
}

/// Ends the connection at once, and tells Lua if an exchange was under way.
pub(super) fn abort(shared: &Shared, index: u32) {
    flush(shared, index);
    let (exchange, serial, transport, open, function) = {
        let mut inner = shared.http.inner.borrow_mut();
        let exchange = inner.exchange(index);
        let Some(connection) = inner.connection(index) else {
            return;
        };
        if connection.phase == Phase::Gone {
            return;
        }
        let open = connection.is_open();
        // An answer that is cut off must not look as if it were complete.
        let polite = connection.tls.is_some() && !open && !connection.flags.broken;
        connection.phase = Phase::Gone;
        let (serial, transport, server) =
            (connection.serial, connection.transport, connection.server);
        if let (true, Transport::Tcp(handle)) = (polite, transport) {
            drop(inner);
            super::secure::say_goodbye(shared, index, handle);
            inner = shared.http.inner.borrow_mut();
        }
        let function = inner
            .server(server)
            .map_or(NO_REF, |server| server.on_event);
        (exchange, serial, transport, open, function)
    };
    if open && function != NO_REF {
        notify_server(shared, function, exchange, Notice::Closed, None);
    }
    match transport {
        // A script that has closed the handle itself is as good: `on_closed` follows in any case.
        Transport::Tcp(handle) => drop(shared.lp.borrow_mut().close(handle)),
        Transport::Lua(sink) => {
            call_sink(shared, sink, |state| state.push_num(0.0));
            forget(shared, index, serial);
        }
    }
}

/// The loop has closed a connection's handle.
pub(crate) fn on_closed(shared: &Shared, tag: u32) {
    let (index, exchange, serial, open, function, socket) = {
        let mut inner = shared.http.inner.borrow_mut();
        let Some(index) = inner.resolve(tag) else {
            return;
        };
        let exchange = inner.exchange(index);
        let Some(connection) = inner.connection(index) else {
            return;
        };
        // Still open if a script closed the handle itself.
        let open = connection.is_open();
        connection.phase = Phase::Gone;
        let (serial, server, socket) = (connection.serial, connection.server, connection.socket);
        let function = inner
            .server(server)
            .map_or(NO_REF, |server| server.on_event);
        (index, exchange, serial, open, function, socket)
    };
    if function != NO_REF {
        if open {
            notify_server(shared, function, exchange, Notice::Closed, None);
        }
        let state = shared.main();
        if socket != NO_REF && state.reserve(24) {
            state.push_ref(function);
            state.push_num(exchange.to_num());
            state.push_num(f64::from(Notice::SocketClosed as u8));
            state.push_ref(socket);
            dispatch::call(shared, 3);
        }
    }
    forget(shared, index, serial);
}

/// Frees a connection's place.
pub(super) fn forget(shared: &Shared, index: u32, serial: u32) {
    let removed = {
        let mut inner = shared.http.inner.borrow_mut();
        match inner.same(index, serial) {
            Some(_) => inner.remove(index),
            None => None,
        }
    };
    let Some(connection) = removed else { return };
    let state = shared.main();
    state.drop_ref(connection.socket);
    if let Transport::Lua(sink) = connection.transport {
        state.drop_ref(sink);
    }
    super::server::connection_ended(shared, connection.server);
}

/// A client has half-closed and waits for its answer, if it is still there. While nothing else keeps
/// the loop alive no answer can come: a timer looks for that, since the connection itself does not
/// keep the loop alive any more.
pub(super) fn watch_orphans(shared: &Shared, inner: &mut Inner) {
    let mut lp = shared.lp.borrow_mut();
    if inner
        .orphan_timer
        .is_some_and(|timer| !lp.is_closing(timer))
    {
        return;
    }
    let timer = lp.new_timer();
    shared
        .handles
        .borrow_mut()
        .insert(timer, Owner::HttpTimer(ORPHANS));
    inner.orphan_timer = Some(timer);
    inner.orphan_wait = ORPHAN_TIMES.0;
    let _new_and_open = lp.timer_start(timer, ORPHAN_TIMES.0, 0);
}

/// Looks at half-closed connections: ends them if nothing is left that could answer.
pub(super) fn check_orphans(shared: &Shared) {
    let (timer, orphans): (Handle, Vec<u32>) = {
        let mut inner = shared.http.inner.borrow_mut();
        let Some(timer) = inner.orphan_timer else {
            return;
        };
        let orphans = inner
            .connections
            .iter()
            .enumerate()
            .filter_map(|(index, slot)| {
                let connection = slot.connection.as_ref()?;
                connection.is_orphan().then_some(index as u32)
            });
        let orphans = orphans.collect();
        inner.orphan_wait = (inner.orphan_wait * 2).min(ORPHAN_TIMES.1);
        (timer, orphans)
    };
    let alive = shared.lp.borrow().alive();
    let mut lp = shared.lp.borrow_mut();
    if alive && !orphans.is_empty() {
        let wait = shared.http.inner.borrow().orphan_wait;
        let _open = lp.timer_start(timer, wait, 0);
        return;
    }
    shared.http.inner.borrow_mut().orphan_timer = None;
    let _open = lp.close(timer);
    drop(lp);
    for index in orphans {
        let still = shared
            .http
            .inner
            .borrow_mut()
            .connection(index)
            .is_some_and(|c| c.is_orphan());
        if still {
            abort(shared, index);
        }
    }
}
