//! What `lua/http/` calls. An exchange is named by the number its request came with; a call for
//! one that is over answers `nil`.

use luvit_http::{header_lines, trailer_lines};

use super::connection::{self, Connection, Phase, Transport};
use super::ending;
use super::output::{self, HIGH_WATER_MARK};
use super::response::{self, BodyKind, Head};
use super::server::{self, Server};
use super::{Exchange, Inner, secure};
use crate::lua::{Call, NO_REF, Raise, Ret, State};
use crate::modules::tls::acceptor_at;
use crate::modules::uv;
use crate::shared::{Owner, Shared};

/// Pushes the table of functions.
pub(crate) fn open(state: State, shared: *const Shared) {
    state.new_table(0, 40);
    state.set_function(shared, "server", new_server);
    state.set_function(shared, "configure", configure);
    state.set_function(shared, "listen", listen);
    state.set_function(shared, "on_connection", on_connection);
    state.set_function(shared, "close", close);
    state.set_function(shared, "close_idle", close_idle);
    state.set_function(shared, "close_all", close_all);
    state.set_function(shared, "connections", connections);
    state.set_function(shared, "attach", attach);
    state.set_function(shared, "feed", feed);
    state.set_function(shared, "drained", drained);
    state.set_function(shared, "drop", drop_connection);
    state.set_function(shared, "headers", headers);
    state.set_function(shared, "trailers", trailers);
    state.set_function(shared, "check", check);
    state.set_function(shared, "head", head);
    state.set_function(shared, "unhead", unhead);
    state.set_function(shared, "interim", interim);
    state.set_function(shared, "write", write);
    state.set_function(shared, "finish", finish);
    state.set_function(shared, "proceed", proceed);
    state.set_function(shared, "set_timeout", set_timeout);
    state.set_function(shared, "pause", pause);
    state.set_function(shared, "resume", resume);
    state.set_function(shared, "discard", discard);
    state.set_function(shared, "destroy", destroy);
    state.set_function(shared, "handle", handle);
    state.set_function(shared, "set_socket", set_socket);
    state.set_function(shared, "socket", socket);
    state.set_function(shared, "detach", detach);
    state.set_function(shared, "secure", use_tls);
    state.set_function(shared, "is_secure", is_secure);
    state.set_function(shared, "session", session);
    state.set_function(shared, "chosen", chosen);
}

/// `server(on_request, on_event)`: the number of a new server.
fn new_server(call: &mut Call) -> Ret {
    call.callable(1)?;
    call.callable(2)?;
    let server = Server::new(call.keep(1), call.keep(2));
    call.push_int(server::add(call.shared(), server).into());
    Ok(1)
}

fn server_id(call: &Call) -> Result<u32, Raise> {
    Ok(call.int_in(1, 0..=u32::MAX.into())? as u32)
}

/// `configure(server, name, number)`: sets a limit by node's name.
fn configure(call: &mut Call) -> Ret {
    let id = server_id(call)?;
    let name = call.text(2)?;
    let value = call.num(3)?;
    if value.is_nan() || value < 0.0 {
        return Err(Raise::Argument(
            3,
            format!("'{name}' must be a number of at least 0"),
        ));
    }
    let mut inner = call.shared().http.inner.borrow_mut();
    let Some(server) = inner.server(id) else {
        return Ok(0);
    };
    let time = value.min(1e15) as u64;
    let size = value.min(f64::from(u32::MAX)) as usize;
    match name {
        "maxHeaderSize" => server.limits.max_head = size,
        "maxUrlLength" => server.limits.max_url = size,
        "maxHeadersCount" => server.limits.max_headers = size,
        "headersTimeout" => server.headers_timeout = time,
        "requestTimeout" => server.request_timeout = time,
        "keepAliveTimeout" => server.keep_alive_timeout = time,
        "timeout" => server.timeout = time,
        "maxConnections" => server.max_connections = size as u32,
        "maxRequestsPerSocket" => server.max_requests = size as u32,
        "handshakeTimeout" => server.handshake_timeout = time,
        "wantsKeys" => server.wants_keys = value > 0.0,
        _ => return Err(Raise::Argument(2, format!("no limit is called '{name}'"))),
    }
    Ok(0)
}

/// `listen(server, handle, backlog)`: the bound handle's connections are the server's from now on.
fn listen(call: &mut Call) -> Ret {
    let id = server_id(call)?;
    let handle = call.stream_handle(2)?;
    let backlog = call.int_in(3, 0..=i32::MAX.into())? as i32;
    let result = call.shared().lp.borrow_mut().listen(handle, backlog);
    if result.is_ok() {
        if let Some(entry) = call.shared().handles.borrow_mut().get_mut(handle) {
            entry.owner = Owner::HttpServer(id);
        }
        if let Some(server) = call.shared().http.inner.borrow_mut().server(id) {
            server.handle = Some(handle);
        }
    }
    call.zero(result)
}

/// `on_connection(server, fn | nil)`: `fn(exchange)` is called for each new connection.
fn on_connection(call: &mut Call) -> Ret {
    let id = server_id(call)?;
    let wanted = if call.opt_callable(2)? {
        call.keep(2)
    } else {
        NO_REF
    };
    let old = call
        .shared()
        .http
        .inner
        .borrow_mut()
        .server(id)
        .map(|server| std::mem::replace(&mut server.on_connection, wanted));
    call.drop_ref(old.unwrap_or(wanted));
    Ok(0)
}

fn close(call: &mut Call) -> Ret {
    server::close(call.shared(), server_id(call)?);
    Ok(0)
}

fn close_idle(call: &mut Call) -> Ret {
    server::close_idle(call.shared(), server_id(call)?);
    Ok(0)
}

fn close_all(call: &mut Call) -> Ret {
    server::close_all(call.shared(), server_id(call)?);
    Ok(0)
}

/// `connections(server)`: how many are open.
fn connections(call: &mut Call) -> Ret {
    let id = server_id(call)?;
    let count = call
        .shared()
        .http
        .inner
        .borrow_mut()
        .server(id)
        .map_or(0, |server| server.connections);
    call.push_int(count.into());
    Ok(1)
}

/// `attach(server, sink)`: a connection over a stream in Lua; its number for `feed` and `drained`.
/// `sink(bytes)` gets what is to be written and answers `false` to wait for `drained`; `sink(nil)`
/// ends the stream after all of it, `sink(0)` at once; `sink(false)` stops reading, `sink(true)`
/// goes on.
fn attach(call: &mut Call) -> Ret {
    let id = server_id(call)?;
    call.callable(2)?;
    let sink = call.keep(2);
    let now = call.shared().lp.borrow().now();
    let mut inner = call.shared().http.inner.borrow_mut();
    let Some(server) = inner.server(id) else {
        return Ok(0);
    };
    let timeout = server.headers_timeout;
    let Some(index) = inner.insert(Connection::new(id, Transport::Lua(sink))) else {
        return Err(Raise::message("too many connections"));
    };
    if let Some(server) = inner.server(id) {
        server.connections += 1;
    }
    connection::set_deadline(call.shared(), &mut inner, index, timeout, now);
    call.push_int(index.into());
    Ok(1)
}

fn lua_connection(call: &Call) -> Result<Option<u32>, Raise> {
    let index = server_id(call)?;
    let mut inner = call.shared().http.inner.borrow_mut();
    let over_lua = inner
        .connection(index)
        .is_some_and(|c| matches!(c.transport, Transport::Lua(_)));
    Ok(over_lua.then_some(index))
}

/// `feed(connection, bytes | nil)`: bytes that arrived, or the end.
fn feed(call: &mut Call) -> Ret {
    let Some(index) = lua_connection(call)? else {
        return Ok(0);
    };
    match call.opt_bytes(2)? {
        Some(bytes) => connection::receive(call.shared(), index, bytes),
        None => connection::input_ended(call.shared(), index),
    }
    Ok(0)
}

/// `drained(connection)`: the stream can take more.
fn drained(call: &mut Call) -> Ret {
    let Some(index) = lua_connection(call)? else {
        return Ok(0);
    };
    output::drained(call.shared(), index);
    Ok(0)
}

/// `drop(connection)`: the stream is gone.
fn drop_connection(call: &mut Call) -> Ret {
    if let Some(index) = lua_connection(call)? {
        ending::abort(call.shared(), index);
    }
    Ok(0)
}

/// `headers(raw)`: the fields of a request's raw head as a list of `{name, value}`.
fn headers(call: &mut Call) -> Ret {
    let raw = call.bytes(1)?;
    response::push_lines(call.state(), header_lines(raw));
    Ok(1)
}

/// `trailers(raw)`: the fields of a raw trailer section as a list of `{name, value}`.
fn trailers(call: &mut Call) -> Ret {
    let raw = call.bytes(1)?;
    response::push_lines(call.state(), trailer_lines(raw));
    Ok(1)
}

fn exchange(call: &Call) -> Result<Exchange, Raise> {
    Ok(Exchange::from_num(call.num(1)?))
}

/// `head(exchange, status, headers | nil, reason | nil, flags | nil)`: checks and keeps the response's head,
/// which leaves with the first bytes of the body. `true`; `nil` if the exchange is over; `false` if
/// the head is sent. Flags: 1 adds no `Date`, 2 closes the connection after the response.
fn head(call: &mut Call) -> Ret {
    let exchange = exchange(call)?;
    let status = call.num(2)?;
    if !(100.0..=999.0).contains(&status) || status.fract() != 0.0 {
        return Err(Raise::Argument(2, format!("invalid status code {status}")));
    }
    let mut head = {
        let mut inner = call.shared().http.inner.borrow_mut();
        let Some(connection) = inner.live(exchange) else {
            return Ok(0);
        };
        if connection.flags.head_sent {
            call.push_bool(false);
            return Ok(1);
        }
        // The head of an earlier call stays until this one is known to be right.
        inner.spare_head.take().unwrap_or_default()
    };
    head.reset();
    head.status = status as u16;
    if let Some(reason) = call.opt_bytes(4)? {
        if !luvit_http::is_field_value(reason) {
            return Err(Raise::Argument(
                4,
                "invalid character in the reason phrase".into(),
            ));
        }
        head.reason = Some(reason.to_vec());
    }
    if !call.is_nil(3) {
        call.table(3)?;
        head.push_table(call, 3)?;
    }
    if !call.is_nil(5) {
        let flags = call.int(5)?;
        head.no_date = flags & 1 != 0;
        head.last = flags & 2 != 0;
    }
    let mut inner = call.shared().http.inner.borrow_mut();
    let Some(connection) = inner.live(exchange) else {
        return Ok(0);
    };
    let earlier = connection.head.replace(head);
    inner.spare_head = earlier.or(inner.spare_head.take());
    call.push_bool(true);
    Ok(1)
}

/// `check(name, value)`: raises an error for a header that cannot be sent.
fn check(call: &mut Call) -> Ret {
    call.bytes(1)?;
    call.set_top(2);
    call.new_table(0, 1);
    call.insert(1);
    call.raw_set(1);
    let mut head = Head::default();
    match head.push_table(call, 1) {
        Ok(()) => Ok(0),
        Err(Raise::Argument(_, why)) => Err(Raise::message(why)),
        Err(other) => Err(other),
    }
}

/// `unhead(exchange)`: takes a kept head back as a list of `{name, value}`; `nil` if there is none.
fn unhead(call: &mut Call) -> Ret {
    let exchange = exchange(call)?;
    let head = {
        let mut inner = call.shared().http.inner.borrow_mut();
        let Some(connection) = inner.live(exchange) else {
            return Ok(0);
        };
        if connection.flags.head_sent {
            None
        } else {
            connection.head.take()
        }
    };
    let Some(head) = head else { return Ok(0) };
    response::push_lines(call.state(), trailer_lines(&head.section()));
    Ok(1)
}

/// `interim(exchange, status, headers | nil)`: sends a 1xx response at once, 101 excepted.
fn interim(call: &mut Call) -> Ret {
    let exchange = exchange(call)?;
    let status = call.int_in(2, 100..=199)? as u16;
    if status == 101 {
        return Err(Raise::Argument(
            2,
            "101 is the last response of a connection, not an interim one".into(),
        ));
    }
    let mut head = Head::default();
    if !call.is_nil(3) {
        call.table(3)?;
        head.push_table(call, 3)?;
        if head.frames() {
            return Err(Raise::Argument(
                3,
                "an interim response has no body and no say in the connection".into(),
            ));
        }
    }
    let mut text = Vec::with_capacity(head.lines.len() + 48);
    luvit_http::push_status_line(&mut text, 1, status, None)
        .map_err(|error| Raise::message(error.to_string()))?;
    text.extend_from_slice(&head.lines);
    text.extend_from_slice(b"\r\n");
    let transport = {
        let mut inner = call.shared().http.inner.borrow_mut();
        let current = inner.is_current(exchange.index());
        let Some(connection) = inner.live(exchange) else {
            return Ok(0);
        };
        if connection.flags.head_sent {
            return Err(Raise::message("the response's head is already sent"));
        }
        let current = current && !connection.flags.direct;
        if connection.flags.http10 {
            return Ok(0);
        }
        let transport = connection.transport;
        if current {
            inner.out.extend_from_slice(&text);
        }
        (!current).then_some(transport)
    };
    if let Some(transport) = transport {
        output::flush(call.shared(), exchange.index());
        output::send(call.shared(), exchange.index(), transport, &text);
    }
    call.push_bool(true);
    Ok(1)
}

/// Lets `fill` append to the connection's output, and sends it unless it is collected for later.
/// `None` if the exchange is over.
fn output<T>(
    shared: &Shared,
    exchange: Exchange,
    fill: impl FnOnce(&mut Vec<u8>, &mut Connection, &[u8; 29]) -> Result<T, String>,
) -> Result<Option<T>, Raise> {
    let index = exchange.index();
    let (value, bytes, transport) = {
        let mut inner = shared.http.inner.borrow_mut();
        if inner.live(exchange).is_none() {
            return Ok(None);
        }
        let date = *response::current_date(shared, &mut inner);
        let current = inner.is_current(index);
        let Inner {
            connections,
            out,
            servers,
            ..
        } = &mut *inner;
        let Some(connection) = connections
            .get_mut(index as usize)
            .and_then(|slot| slot.connection.as_mut())
        else {
            return Ok(None);
        };
        if connection.phase != Phase::Exchange || connection.flags.broken {
            return Ok(None);
        }
        let idle = match servers.get(connection.server as usize) {
            Some(Some(server)) => {
                connection.flags.keep_alive &= !server.closing;
                connection.timeout.map_or(server.timeout, u64::from)
            }
            _ => 0,
        };
        if current && !connection.flags.direct {
            let before = out.len();
            return match fill(out, connection, &date) {
                Ok(value) => Ok(Some(value)),
                Err(why) => {
                    out.truncate(before);
                    Err(Raise::message(why))
                }
            };
        }
        let mut bytes = Vec::with_capacity(512);
        let value = fill(&mut bytes, connection, &date).map_err(Raise::message)?;
        let transport = connection.transport;
        if idle != 0 {
            let now = shared.lp.borrow().now();
            connection::arm(shared, &mut inner, index, now);
        }
        (value, bytes, transport)
    };
    output::flush(shared, index);
    output::send(shared, index, transport, &bytes);
    Ok(Some(value))
}

/// `write(exchange, chunk)`: sends the head, if it is not sent, and a part of the body. `true`, or
/// `false` when the writer should wait for `drain`; `nil` if the exchange is over.
fn write(call: &mut Call) -> Ret {
    let exchange = exchange(call)?;
    let chunk = call.opt_bytes(2)?.unwrap_or_default();
    let done = output(call.shared(), exchange, |out, connection, date| {
        if connection.flags.response_done {
            return Err("write after the response's end".into());
        }
        let had_head = connection.flags.head_sent;
        if !had_head {
            response::push_head(out, connection, date, BodyKind::Pieces);
        }
        response::push_body(out, connection, chunk)
            .inspect_err(|_| connection.flags.head_sent = had_head)?;
        Ok(connection.transport)
    })?;
    let Some(transport) = done else { return Ok(0) };
    let index = exchange.index();
    let collected = {
        let inner = call.shared().http.inner.borrow();
        if inner.is_current(index) {
            inner.out.len()
        } else {
            0
        }
    };
    if collected + output::queued(call.shared(), transport) >= HIGH_WATER_MARK {
        output::flush(call.shared(), index);
    }
    let queued = output::queued(call.shared(), transport);
    let mut inner = call.shared().http.inner.borrow_mut();
    let Some(connection) = inner.live(exchange) else {
        return Ok(0);
    };
    let room = queued < HIGH_WATER_MARK && !connection.flags.full;
    connection.flags.need_drain |= !room;
    call.push_bool(room);
    Ok(1)
}

/// `finish(exchange, chunk | nil, trailers | nil)`: the last of the body. `nil` if the exchange is
/// over; else whether the request's body is over too, and whether `proceed` must be called soon.
fn finish(call: &mut Call) -> Ret {
    let exchange = exchange(call)?;
    let chunk = call.opt_bytes(2)?.unwrap_or_default();
    let mut trailers = Head::default();
    if !call.is_nil(3) {
        call.table(3)?;
        trailers.push_table(call, 3)?;
        if trailers.frames() {
            return Err(Raise::Argument(
                3,
                "a trailer must not frame the message".into(),
            ));
        }
    }
    let done = output(call.shared(), exchange, |out, connection, date| {
        if connection.flags.response_done {
            return Err("the response has ended already".into());
        }
        let had_head = connection.flags.head_sent;
        if !had_head {
            let kind = if trailers.lines.is_empty() {
                BodyKind::Whole(chunk.len())
            } else {
                BodyKind::Pieces
            };
            response::push_head(out, connection, date, kind);
        }
        response::push_body(out, connection, chunk)
            .inspect_err(|_| connection.flags.head_sent = had_head)?;
        response::push_end(out, connection, &trailers.lines);
        Ok(connection.body_done())
    })?;
    let Some(body_done) = done else { return Ok(0) };
    call.push_bool(body_done);
    let index = exchange.index();
    let waits = !is_busy(call, index) && connection::advance(call.shared(), index);
    call.push_bool(waits);
    Ok(2)
}

fn is_busy(call: &Call, index: u32) -> bool {
    let mut inner = call.shared().http.inner.borrow_mut();
    inner
        .connection(index)
        .is_none_or(|connection| connection.flags.busy)
}

/// `proceed(exchange)`: the connection that had this exchange goes on with what it has kept.
fn proceed(call: &mut Call) -> Ret {
    let exchange = exchange(call)?;
    connection::proceed(call.shared(), exchange.index());
    Ok(0)
}

/// `set_timeout(exchange, ms)`: how long the connection may be silent in an exchange, instead of the
/// server's `timeout`.
fn set_timeout(call: &mut Call) -> Ret {
    let exchange = exchange(call)?;
    let timeout = call.int_in(2, 0..=u32::MAX.into())? as u32;
    let now = call.shared().lp.borrow().now();
    let mut inner = call.shared().http.inner.borrow_mut();
    if let Some(connection) = inner.live(exchange) {
        connection.timeout = Some(timeout);
        if connection.phase == Phase::Exchange {
            connection::arm(call.shared(), &mut inner, exchange.index(), now);
        }
    }
    Ok(0)
}

/// `pause(exchange)`: no more of the request's body for now.
fn pause(call: &mut Call) -> Ret {
    let exchange = exchange(call)?;
    if let Some(connection) = call.shared().http.inner.borrow_mut().live(exchange) {
        connection.flags.paused = true;
    }
    Ok(0)
}

/// `resume(exchange)`: the request's body may come on. Whether `proceed` must be called soon.
fn resume(call: &mut Call) -> Ret {
    let exchange = exchange(call)?;
    let paused = match call.shared().http.inner.borrow_mut().live(exchange) {
        Some(connection) => std::mem::take(&mut connection.flags.paused) && !connection.flags.busy,
        None => false,
    };
    call.push_bool(paused);
    Ok(1)
}

/// `discard(exchange)`: nobody reads the request's body. Whether `proceed` must be called soon.
fn discard(call: &mut Call) -> Ret {
    let exchange = exchange(call)?;
    let waits = match call.shared().http.inner.borrow_mut().live(exchange) {
        Some(connection) => {
            connection.flags.discard = true;
            connection.flags.paused = false;
            !connection.flags.busy
        }
        None => false,
    };
    call.push_bool(waits);
    Ok(1)
}

/// `destroy(exchange)`: ends the connection at once.
fn destroy(call: &mut Call) -> Ret {
    let exchange = exchange(call)?;
    let live = call
        .shared()
        .http
        .inner
        .borrow_mut()
        .live(exchange)
        .is_some();
    if live {
        ending::abort(call.shared(), exchange.index());
    }
    Ok(0)
}

/// Lets a script write to the socket itself: what is collected goes first, and nothing is from now on.
fn go_direct(call: &Call, exchange: Exchange) {
    output::flush(call.shared(), exchange.index());
    if let Some(connection) = call.shared().http.inner.borrow_mut().live(exchange) {
        connection.flags.direct = true;
    }
}

/// `handle(exchange)`: the `uv_tcp_t` of the connection; `nil` over a stream in Lua.
fn handle(call: &mut Call) -> Ret {
    let exchange = exchange(call)?;
    go_direct(call, exchange);
    let transport = call
        .shared()
        .http
        .inner
        .borrow_mut()
        .live(exchange)
        .map(|connection| connection.transport);
    match transport {
        Some(Transport::Tcp(handle)) => uv::push_handle(call.state(), call.shared(), handle),
        _ => call.push_nil(),
    }
    Ok(1)
}

/// `set_socket(exchange, socket)`: keeps the Lua socket of the connection.
fn set_socket(call: &mut Call) -> Ret {
    let exchange = exchange(call)?;
    call.table(2)?;
    let kept = call.keep(2);
    let old = match call.shared().http.inner.borrow_mut().live(exchange) {
        Some(connection) => std::mem::replace(&mut connection.socket, kept),
        None => kept,
    };
    if old != NO_REF {
        call.drop_ref(old);
    }
    Ok(0)
}

/// `socket(exchange)`: the Lua socket kept for the connection, or `nil`.
fn socket(call: &mut Call) -> Ret {
    let exchange = exchange(call)?;
    go_direct(call, exchange);
    let kept = call
        .shared()
        .http
        .inner
        .borrow_mut()
        .live(exchange)
        .map_or(NO_REF, |connection| connection.socket);
    call.push_ref(kept);
    Ok(1)
}

/// `detach(exchange)`: hands the connection over to who asks: the bytes that were read and not
/// used. The handle is the script's from now on. `nil` if the exchange is over.
fn detach(call: &mut Call) -> Ret {
    let exchange = exchange(call)?;
    let index = exchange.index();
    output::flush(call.shared(), index);
    let (unread, transport, stopped, serial) = {
        let mut inner = call.shared().http.inner.borrow_mut();
        let Some(connection) = inner
            .live(exchange)
            .filter(|connection| connection.phase == Phase::Exchange)
        else {
            return Ok(0);
        };
        connection.phase = Phase::Gone;
        let unread = std::mem::take(&mut connection.input);
        (
            unread,
            connection.transport,
            connection.flags.reading_stopped,
            connection.serial,
        )
    };
    match transport {
        Transport::Tcp(handle) => {
            if let Some(entry) = call.shared().handles.borrow_mut().get_mut(handle) {
                entry.owner = Owner::Lua;
            }
            if !stopped {
                // Who takes over says when to read.
                let _stopped = call.shared().lp.borrow_mut().read_stop(handle);
            }
        }
        Transport::Lua(sink) if stopped => {
            output::call_sink(call.shared(), sink, |state| state.push_bool(true))
        }
        Transport::Lua(_) => {}
    }
    ending::forget(call.shared(), index, serial);
    call.push_bytes(&unread);
    Ok(1)
}

/// `secure(server, acceptor)`: the server's connections speak TLS, with sessions of the acceptor.
fn use_tls(call: &mut Call) -> Ret {
    let id = server_id(call)?;
    let acceptor = acceptor_at(call, 2)?;
    if let Some(server) = call.shared().http.inner.borrow_mut().server(id) {
        server.tls = Some(acceptor);
    }
    Ok(0)
}

/// `is_secure(exchange)`: whether the connection is one of TLS.
fn is_secure(call: &mut Call) -> Ret {
    let exchange = exchange(call)?;
    let secure = match call.shared().http.inner.borrow_mut().live(exchange) {
        Some(connection) => connection.tls.is_some(),
        None => false,
    };
    call.push_bool(secure);
    Ok(1)
}

/// `session(exchange)`: the TLS session of the connection, which its engine uses, too; `nil` without TLS.
fn session(call: &mut Call) -> Ret {
    let exchange = exchange(call)?;
    let session = match call.shared().http.inner.borrow_mut().live(exchange) {
        Some(connection) => connection.tls.clone(),
        None => None,
    };
    match session {
        Some(session) => call.push_counted(call.shared(), session),
        None => call.push_nil(),
    }
    Ok(1)
}

/// `chosen(exchange, out | nil, failure | nil)`: a handshake goes on that waited for its context: with what the session
/// had to say to it, or with `CODE: reason` why there is none.
fn chosen(call: &mut Call) -> Ret {
    let exchange = exchange(call)?;
    let out = call.opt_bytes(2)?.unwrap_or_default();
    let failure = if call.is_nil(3) {
        None
    } else {
        Some(call.text(3)?)
    };
    secure::chosen(call.shared(), exchange, out, failure);
    Ok(0)
}
