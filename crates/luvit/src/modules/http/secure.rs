//! TLS under a connection: what the peer sends is decrypted where it was read, answers are encrypted into one buffer and
//! leave in one write. Lua hears of a handshake only when it asked to.

use std::sync::Arc;

use luvit_loop::Handle;

use super::connection::{self, Notice, Phase, Transport, input_ended, notify_server, set_deadline};
use super::ending::{abort, linger};
use super::output::{OUT_LIMIT, send_tcp};
use super::{Exchange, Inner};
use crate::lua::NO_REF;
use crate::modules::tls::SessionCell;
use crate::shared::Shared;

/// A session, which a socket in Lua may look at and use, too. No lock is held while Lua runs.
pub(super) type SharedSession = Arc<SessionCell>;

/// What a client gets that speaks HTTP to a port of HTTPS.
const PLAIN_ANSWER: &[u8] =
    b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: 48\r\n\
Connection: close\r\n\r\nThis port speaks HTTPS: use https:// in the URL\n";

/// The session of a connection, if it is one of TLS.
fn session_of(shared: &Shared, index: u32) -> Option<SharedSession> {
    let mut inner = shared.http.inner.borrow_mut();
    inner.connection(index)?.tls.clone()
}

/// The buffer for what is encrypted: one for all connections.
fn take_buffer(inner: &mut Inner) -> Vec<u8> {
    let mut buffer = std::mem::take(&mut inner.sealed);
    buffer.clear();
    buffer
}

fn give_buffer(shared: &Shared, buffer: Vec<u8>) {
    if buffer.capacity() <= OUT_LIMIT * 2 {
        shared.http.inner.borrow_mut().sealed = buffer;
    }
}

/// Sends what a session has to say.
fn send_sealed(shared: &Shared, index: u32, handle: Handle, sealed: Vec<u8>) {
    if !sealed.is_empty() {
        send_tcp(shared, index, handle, &sealed);
    }
    give_buffer(shared, sealed);
}

/// Takes encrypted bytes from the peer.
pub(super) fn receive(shared: &Shared, index: u32, bytes: &mut [u8]) {
    let (session, handle, serial, mut out) = {
        let mut inner = shared.http.inner.borrow_mut();
        let Some(connection) = inner.connection(index) else {
            return;
        };
        if matches!(connection.phase, Phase::Linger | Phase::Gone) {
            // Nothing counts any more but the end.
            return;
        }
        let (Some(session), Transport::Tcp(handle)) =
            (connection.tls.clone(), connection.transport)
        else {
            return;
        };
        let serial = connection.serial;
        (session, handle, serial, take_buffer(&mut inner))
    };
    let mut engine = session.lock();
    let handshaking = engine.is_handshaking();
    let result = engine.receive(bytes, &mut out);
    let (still, ended) = (engine.is_handshaking(), engine.peer_closed());
    drop(engine);
    match result {
        Ok(plain) => {
            send_sealed(shared, index, handle, out);
            if handshaking && !handshaken(shared, index, serial, &session, still) {
                return;
            }
            if !plain.is_empty() {
                connection::receive(shared, index, &plain);
            }
            if ended && is_same(shared, index, serial) {
                input_ended(shared, index);
            }
        }
        Err(failure) => failed(
            shared,
            index,
            serial,
            handle,
            &failure.to_string(),
            handshaking,
            out,
        ),
    }
}

fn is_same(shared: &Shared, index: u32, serial: u32) -> bool {
    let mut inner = shared.http.inner.borrow_mut();
    inner
        .same(index, serial)
        .is_some_and(|connection| connection.phase != Phase::Gone)
}

/// A step of the handshake is done: whether the connection is open for requests.
fn handshaken(
    shared: &Shared,
    index: u32,
    serial: u32,
    session: &SharedSession,
    still: bool,
) -> bool {
    log_keys(shared, index, session);
    if still {
        if is_same(shared, index, serial) {
            ask(shared, index, session);
        }
        return false;
    }
    let function = {
        let now = shared.lp.borrow().now();
        let mut inner = shared.http.inner.borrow_mut();
        let Some(connection) = inner
            .same(index, serial)
            .filter(|one| one.phase == Phase::Handshake)
        else {
            return false;
        };
        connection.phase = Phase::Head;
        let server = connection.server;
        let Some(server) = inner.server(server) else {
            return false;
        };
        let (timeout, function) = (server.headers_timeout, server.on_connection);
        set_deadline(shared, &mut inner, index, timeout, now);
        function
    };
    if function != NO_REF {
        super::server::announce(shared, function, index);
    }
    is_same(shared, index, serial)
}

/// Hands lines for a key log to whoever asked for them.
fn log_keys(shared: &Shared, index: u32, session: &SharedSession) {
    let wanted = {
        let mut inner = shared.http.inner.borrow_mut();
        inner
            .server_of(index)
            .is_some_and(|server| server.wants_keys)
    };
    if !wanted {
        return;
    }
    let lines = session.lock().take_keys();
    for line in lines {
        tell(shared, index, Notice::Keys, line.as_bytes());
    }
}

/// Asks Lua which context is for a client, if it wants to be asked.
fn ask(shared: &Shared, index: u32, session: &SharedSession) {
    if session.lock().needs_choice().is_none() {
        return;
    }
    {
        let mut inner = shared.http.inner.borrow_mut();
        match inner.connection(index) {
            // Once is enough.
            Some(connection) if !connection.flags.asked => connection.flags.asked = true,
            _ => return,
        }
    }
    tell(shared, index, Notice::Choose, b"");
}

/// Calls `event` of the connection's server about its handshake: whether no error left it.
fn tell(shared: &Shared, index: u32, notice: Notice, text: &[u8]) -> bool {
    let (function, exchange) = {
        let mut inner = shared.http.inner.borrow_mut();
        let exchange = inner.exchange(index);
        match inner.server_of(index) {
            Some(server) => (server.on_event, exchange),
            None => return false,
        }
    };
    notify_server(shared, function, exchange, notice, Some(text))
}

/// Goes on with a handshake for which Lua has made a choice: `out` is what the session had to say to that, and the failure
/// that there is no context.
pub(super) fn chosen(shared: &Shared, exchange: Exchange, out: &[u8], failure: Option<&str>) {
    let index = exchange.index();
    let (session, handle, serial) = {
        let mut inner = shared.http.inner.borrow_mut();
        let Some(connection) = inner.live(exchange) else {
            return;
        };
        match (
            connection.tls.clone(),
            connection.transport,
            connection.phase,
        ) {
            (Some(session), Transport::Tcp(handle), Phase::Handshake) => {
                (session, handle, connection.serial)
            }
            _ => return,
        }
    };
    match failure {
        None => {
            if !out.is_empty() {
                send_tcp(shared, index, handle, out);
            }
            let still = session.lock().is_handshaking();
            handshaken(shared, index, serial, &session, still);
        }
        Some(failure) => failed(shared, index, serial, handle, failure, true, out.to_vec()),
    }
}

/// A session is broken: the peer is told why, and the connection ends.
fn failed(
    shared: &Shared,
    index: u32,
    serial: u32,
    handle: Handle,
    failure: &str,
    handshaking: bool,
    alert: Vec<u8>,
) {
    if !handshaking {
        send_sealed(shared, index, handle, alert);
        return abort(shared, index);
    }
    let plain = failure.starts_with("ERR_SSL_HTTP_REQUEST:");
    if plain {
        // Who speaks HTTP reads no alert.
        give_buffer(shared, alert);
        send_tcp(shared, index, handle, PLAIN_ANSWER);
    } else {
        send_sealed(shared, index, handle, alert);
    }
    tell(shared, index, Notice::TlsError, failure.as_bytes());
    if is_same(shared, index, serial) {
        // What has come and was not read would reset the connection, and the alert would be lost.
        linger(shared, index);
    }
}

/// The stream under a connection has ended, or the handshake takes too long.
pub(super) fn give_up(shared: &Shared, index: u32, failure: &str) {
    tell(shared, index, Notice::TlsError, failure.as_bytes());
    abort(shared, index);
}

/// The peer's side of the stream has ended.
pub(super) fn stream_ended(shared: &Shared, index: u32) {
    let waiting = {
        let mut inner = shared.http.inner.borrow_mut();
        let connection = inner.connection(index);
        connection.and_then(|connection| match connection.phase {
            Phase::Handshake => connection.tls.clone(),
            _ => None,
        })
    };
    let result = waiting.map(|session| session.lock().end_of_input());
    match result {
        Some(Err(failure)) => give_up(shared, index, &failure.to_string()),
        // HTTP knows where a request ends: one that is complete is as good without the words that end TLS.
        _ => input_ended(shared, index),
    }
}

/// The stream under a connection has failed: a handshake that was under way is told of, as one is that ends.
pub(super) fn stream_failed(shared: &Shared, index: u32, error: luvit_loop::Error) {
    let handshaking = {
        let mut inner = shared.http.inner.borrow_mut();
        let connection = inner.connection(index);
        connection.is_some_and(|one| one.phase == Phase::Handshake)
    };
    if !handshaking {
        return abort(shared, index);
    }
    let name = error.name();
    let failure = format!("{name}: connection failed before the TLS handshake was complete");
    give_up(shared, index, &failure);
}

/// Encrypts and sends what is to go to the peer of a connection with TLS.
pub(super) fn send(
    shared: &Shared,
    index: u32,
    handle: Handle,
    session: &SharedSession,
    bytes: &[u8],
) -> bool {
    let mut sealed = take_buffer(&mut shared.http.inner.borrow_mut());
    let done = session.lock().send(bytes, &mut sealed).is_ok();
    send_sealed(shared, index, handle, sealed);
    done
}

/// Tells the peer that nothing more follows, as far as the system takes it at once.
pub(super) fn say_goodbye(shared: &Shared, index: u32, handle: Handle) {
    let Some(session) = session_of(shared, index) else {
        return;
    };
    let mut sealed = take_buffer(&mut shared.http.inner.borrow_mut());
    session.lock().close(&mut sealed);
    send_sealed(shared, index, handle, sealed);
}
