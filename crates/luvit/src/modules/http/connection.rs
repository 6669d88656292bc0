//! One connection: bytes become requests and body chunks.

use std::borrow::Cow;

use luvit_http::{ChunkEvent, ChunkedDecoder, Limits, RequestFraming, RequestParser};
use luvit_loop::{Error, Handle};

use super::ending::{abort, fail_exchange, linger, refuse};
use super::output::{OUT_LIMIT, flush, flush_current, queued};
use super::response::Head;
use super::secure::{self, SharedSession};
use super::{Exchange, Inner};
use crate::dispatch;
use crate::lua::{NO_REF, Ref};
use crate::shared::Shared;

/// Where a connection's bytes come from and go to.
#[derive(Copy, Clone)]
pub(super) enum Transport {
    /// A TCP handle of the loop that this module owns.
    Tcp(Handle),
    /// A stream in Lua: the kept function of `attach`.
    Lua(Ref),
}

/// What the connection does now.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(super) enum Phase {
    /// TLS: both sides do not know each other yet.
    Handshake,
    /// Waits for a request's head, or has a part of it.
    Head,
    /// A request is being answered.
    Exchange,
    /// The last answer is sent; what the peer still sends is read and dropped until it closes.
    Linger,
    /// Closing, or handed over.
    Gone,
}

/// How the rest of the request's body arrives.
#[derive(Copy, Clone)]
pub(super) enum Body {
    /// Nothing is left.
    Done,
    Length(u64),
    Chunked(ChunkedDecoder),
}

/// One connection of a server.
pub(super) struct Connection {
    /// Tells it from a later connection in the same place.
    pub(super) serial: u32,
    pub(super) server: u32,
    pub(super) transport: Transport,
    /// What is between the transport and HTTP.
    pub(super) tls: Option<SharedSession>,
    parser: RequestParser,
    pub(super) phase: Phase,
    pub(super) body: Body,
    pub(super) flags: Flags,
    /// Bytes that arrived and cannot be used yet.
    pub(super) input: Vec<u8>,
    /// Header lines serialised by `writeHead`, until the head is sent.
    pub(super) head: Option<Box<Head>>,
    /// Bytes of the response's body that its Content-Length still owes.
    pub(super) body_left: Option<u64>,
    /// Requests so far.
    requests: u32,
    /// Milliseconds without activity, if not those of the server.
    pub(super) timeout: Option<u32>,
    /// When the loop's clock ends the present wait; 0 is never.
    pub(super) deadline: u64,
    /// When the exchange must be over whatever happens; 0 is never.
    pub(super) last_deadline: u64,
    /// Bytes of a body that nobody reads: how many may still be dropped.
    discard_left: u32,
    /// The Lua socket, once something asked for it.
    pub(super) socket: Ref,
}

/// Yes-or-no state, a byte each: there are few connections with many flags at once.
#[derive(Copy, Clone, Default)]
pub(super) struct Flags {
    /// The response may be followed by another on this connection.
    pub(super) keep_alive: bool,
    pub(super) http10: bool,
    /// The request is HEAD: no body in the answer.
    pub(super) is_head: bool,
    pub(super) is_connect: bool,
    /// The answer is 101, or 2xx to CONNECT: what follows is no HTTP and waits for who takes over.
    pub(super) switched: bool,
    /// The next request waits until the peer has read the answers.
    pub(super) blocked: bool,
    /// The response's head is sent.
    pub(super) head_sent: bool,
    /// The response's body is sent in chunks.
    pub(super) chunked: bool,
    /// The response's status allows no body.
    pub(super) no_body: bool,
    /// The response is complete.
    pub(super) response_done: bool,
    /// Lua asked to be told when there is room to write.
    pub(super) need_drain: bool,
    /// Lua asked to stop the body.
    pub(super) paused: bool,
    /// The transport was told to stop reading.
    pub(super) reading_stopped: bool,
    /// Nobody reads the request's body: it is dropped.
    pub(super) discard: bool,
    /// The peer will send no more.
    pub(super) input_ended: bool,
    /// A write failed: the connection ends at its next deadline, which is now.
    pub(super) broken: bool,
    /// The stream in Lua has asked to wait for `drained`.
    pub(super) full: bool,
    /// A script holds the socket and may write past the engine: nothing is collected.
    pub(super) direct: bool,
    /// A call of `process` for this connection is running.
    pub(super) busy: bool,
    /// Lua was asked for the context of a handshake.
    pub(super) asked: bool,
}

/// How much of a body that nobody reads is dropped before the connection is given up instead.
const DISCARD_LIMIT: u32 = 256 * 1024;
/// How much waits unparsed behind a request that is being answered.
const INPUT_LIMIT: usize = 64 * 1024;
/// How long the peer has to read what is queued when the last answer is written, in milliseconds.
pub(super) const WRITE_TIME: u64 = 300_000;

/// What `event` in `lua/http/server.lua` is told.
#[derive(Copy, Clone, PartialEq, Eq)]
pub(super) enum Notice {
    /// A chunk of the request's body.
    Data = 1,
    /// The request's body is complete; the trailers as raw lines follow.
    End = 2,
    /// The connection ended before the exchange did.
    Closed = 3,
    /// There is room to write, and all was written.
    Drain = 4,
    /// No activity for as long as `timeout` says.
    Timeout = 5,
    /// The peer broke the protocol: text and status.
    ClientError = 6,
    /// The handle under the Lua socket, which follows, is closed.
    SocketClosed = 7,
    /// A handshake has failed: code and reason.
    TlsError = 8,
    /// A client names a host, or none, and waits for the context of it.
    Choose = 9,
    /// A line for the key log.
    Keys = 10,
}

impl Connection {
    pub(super) fn new(server: u32, transport: Transport) -> Connection {
        Connection {
            serial: 0,
            server,
            transport,
            tls: None,
            parser: RequestParser::new(),
            phase: Phase::Head,
            body: Body::Done,
            flags: Flags::default(),
            input: Vec::new(),
            head: None,
            body_left: None,
            requests: 0,
            timeout: None,
            deadline: 0,
            last_deadline: 0,
            discard_left: 0,
            socket: NO_REF,
        }
    }

    /// Whether nothing of a request is here that has no answer.
    pub(super) fn is_idle(&self) -> bool {
        self.phase == Phase::Handshake || self.phase == Phase::Head && self.input.is_empty()
    }

    /// Whether it waits between requests. Before the first one a client is about to ask.
    pub(super) fn is_between(&self) -> bool {
        self.is_idle() && self.has_served()
    }

    /// Whether a request's first bytes are here but not its head.
    pub(super) fn in_head(&self) -> bool {
        self.phase == Phase::Head && !self.input.is_empty()
    }

    /// Whether it has had a request.
    pub(super) fn has_served(&self) -> bool {
        self.requests > 0
    }

    pub(super) fn body_done(&self) -> bool {
        matches!(self.body, Body::Done)
    }

    /// Whether both halves of the exchange are over.
    fn exchange_done(&self) -> bool {
        self.flags.response_done && !self.flags.switched && self.body_done()
    }

    /// Whether Lua still waits for something of the exchange.
    pub(super) fn is_open(&self) -> bool {
        self.phase == Phase::Exchange
            && !(self.flags.response_done && (self.body_done() || self.flags.discard))
    }

    /// Whether the peer has half-closed while it waits for an answer.
    pub(super) fn is_orphan(&self) -> bool {
        self.phase == Phase::Exchange && self.flags.input_ended && self.body_done()
    }
}

/// The loop read from a connection's handle.
pub(crate) fn on_read(shared: &Shared, tag: u32, result: luvit_loop::Result<usize>) {
    let (index, secure) = {
        let mut inner = shared.http.inner.borrow_mut();
        let Some(index) = inner.resolve(tag) else {
            return;
        };
        let connection = inner.connection(index);
        (index, connection.is_some_and(|one| one.tls.is_some()))
    };
    match result {
        Ok(length) => {
            // The buffer is taken out of the loop: a handler may run the loop itself.
            let mut buffer = shared.lp.borrow_mut().take_read_buffer();
            let length = length.min(buffer.len());
            if secure {
                secure::receive(shared, index, &mut buffer[..length]);
            } else {
                receive(shared, index, &buffer[..length]);
            }
            shared.lp.borrow_mut().restore_read_buffer(buffer);
        }
        Err(Error::EOF) => secure::stream_ended(shared, index),
        Err(error) => secure::stream_failed(shared, index, error),
    }
}

/// Takes bytes from the peer.
pub(super) fn receive(shared: &Shared, index: u32, bytes: &[u8]) {
    let joined = {
        let mut inner = shared.http.inner.borrow_mut();
        let Some(connection) = inner.connection(index) else {
            return;
        };
        if connection.flags.busy {
            // A handler runs the loop inside a call of `process`, which looks again when it ends.
            connection.input.extend_from_slice(bytes);
            return;
        }
        if connection.input.is_empty() {
            None
        } else {
            connection.input.extend_from_slice(bytes);
            Some(std::mem::take(&mut connection.input))
        }
    };
    match joined {
        None => process_and_keep(shared, index, bytes),
        Some(all) => process_and_keep(shared, index, &all),
    }
}

/// The peer will send no more.
pub(super) fn input_ended(shared: &Shared, index: u32) {
    let mut inner = shared.http.inner.borrow_mut();
    let Some(connection) = inner.connection(index) else {
        return;
    };
    connection.flags.input_ended = true;
    if connection.phase == Phase::Linger {
        drop(inner);
        return abort(shared, index);
    }
    if connection.flags.busy {
        return;
    }
    if connection.phase == Phase::Exchange && connection.body_done() && connection.input.is_empty()
    {
        // No request can follow this one.
        connection.flags.keep_alive = false;
    }
    drop(inner);
    proceed(shared, index);
}

/// Goes on with what is kept, when something that held it up is over.
pub(super) fn proceed(shared: &Shared, index: u32) {
    let kept = {
        let mut inner = shared.http.inner.borrow_mut();
        let Some(connection) = inner.connection(index) else {
            return;
        };
        if connection.flags.busy {
            return;
        }
        std::mem::take(&mut connection.input)
    };
    process_and_keep(shared, index, &kept);
}

/// Processes `bytes`, keeps what is left of them, and writes the answers given meanwhile.
fn process_and_keep(shared: &Shared, index: u32, bytes: &[u8]) {
    let mut inner = shared.http.inner.borrow_mut();
    let outer = inner.current;
    if outer.is_some() && !inner.out.is_empty() {
        // A handler runs the loop: what was answered before it comes first.
        drop(inner);
        flush_current(shared);
        inner = shared.http.inner.borrow_mut();
    }
    let Some(connection) = inner.connection(index) else {
        return;
    };
    connection.flags.busy = true;
    let serial = connection.serial;
    inner.current = Some((index, serial));
    drop(inner);

    let mut rest = Cow::Borrowed(bytes);
    loop {
        let used = process(shared, index, serial, &rest);
        let mut inner = shared.http.inner.borrow_mut();
        let Some(connection) = inner.same(index, serial) else {
            break;
        };
        if connection.input.is_empty() {
            if used < rest.len() {
                connection.input = rest[used..].to_vec();
            }
            break;
        }
        // Bytes came while a handler ran the loop: they follow what is left.
        let mut all = rest[used..].to_vec();
        all.append(&mut connection.input);
        if used == 0 && all.len() == rest.len() {
            connection.input = all;
            break;
        }
        rest = Cow::Owned(all);
    }
    flush_current(shared);
    let mut inner = shared.http.inner.borrow_mut();
    inner.current = outer;
    let Some(connection) = inner.same(index, serial) else {
        return;
    };
    connection.flags.busy = false;
    let phase = connection.phase;
    if phase == Phase::Gone {
        return;
    }
    if connection.flags.input_ended {
        drop(inner);
        return end_of_input(shared, index);
    }
    let stop = phase == Phase::Exchange && connection.input.len() > INPUT_LIMIT
        || connection.flags.paused && !connection.body_done()
        || connection.flags.blocked;
    if stop != connection.flags.reading_stopped {
        connection.flags.reading_stopped = stop;
        let transport = connection.transport;
        drop(inner);
        set_reading(shared, transport, !stop);
    }
}

/// Starts or stops reading from the peer.
pub(super) fn set_reading(shared: &Shared, transport: Transport, on: bool) {
    match transport {
        Transport::Tcp(handle) => {
            let mut lp = shared.lp.borrow_mut();
            let _told_by_the_next_read = if on {
                lp.read_start(handle)
            } else {
                lp.read_stop(handle)
            };
        }
        Transport::Lua(sink) => super::output::call_sink(shared, sink, |state| state.push_bool(on)),
    }
}

/// What was sent before the peer's end is used up.
fn end_of_input(shared: &Shared, index: u32) {
    let now = shared.lp.borrow().now();
    let mut inner = shared.http.inner.borrow_mut();
    let Some(connection) = inner.connection(index) else {
        return;
    };
    match connection.phase {
        // The answers wait to be read, then the next request follows.
        Phase::Head if connection.flags.blocked => {}
        Phase::Head => {
            drop(inner);
            linger(shared, index);
        }
        Phase::Exchange if connection.body_done() => {
            // A client that half-closes still gets its answer, but nobody knows whether it is still there.
            if connection.flags.switched && connection.flags.response_done {
                drop(inner);
                return abort(shared, index);
            }
            let server = connection.server;
            let patience = inner
                .server(server)
                .map_or(0, |server| server.request_timeout);
            if let Some(connection) = inner.connection(index)
                && patience != 0
                && connection.last_deadline == 0
            {
                connection.last_deadline = now + patience;
            }
            arm(shared, &mut inner, index, now);
            super::ending::watch_orphans(shared, &mut inner);
        }
        Phase::Exchange if connection.flags.paused && !connection.flags.discard => {}
        Phase::Exchange | Phase::Linger | Phase::Handshake => {
            drop(inner);
            abort(shared, index);
        }
        Phase::Gone => {}
    }
}

/// Processes bytes until they are used up or something must happen first: how many were used.
fn process(shared: &Shared, index: u32, serial: u32, bytes: &[u8]) -> usize {
    let mut used = 0;
    loop {
        let rest = &bytes[used..];
        let (phase, body_done, exchange_done, transport, full) = {
            let mut inner = shared.http.inner.borrow_mut();
            let Some(connection) = inner.same(index, serial) else {
                return bytes.len();
            };
            (
                connection.phase,
                connection.body_done(),
                connection.exchange_done(),
                connection.transport,
                connection.flags.full,
            )
        };
        match phase {
            Phase::Gone | Phase::Handshake => return used,
            Phase::Linger => return bytes.len(),
            Phase::Head if rest.is_empty() => return used,
            Phase::Head => {
                if full || queued(shared, transport) > OUT_LIMIT {
                    // The peer sends requests and reads no answers.
                    if let Some(connection) = shared.http.inner.borrow_mut().same(index, serial) {
                        connection.flags.blocked = true;
                    }
                    return used;
                }
                match head(shared, index, rest) {
                    Some(length) => used += length,
                    None => return used,
                }
            }
            Phase::Exchange if body_done => {
                if !exchange_done || !finish_exchange(shared, index) {
                    return used;
                }
            }
            Phase::Exchange => match body(shared, index, rest) {
                Some(length) => used += length,
                None => return used,
            },
        }
    }
}

/// Parses a head and hands the request to Lua: how many bytes it took; `None` to wait for more.
fn head(shared: &Shared, index: u32, bytes: &[u8]) -> Option<usize> {
    let (mut parser, limits, closing) = {
        let mut inner = shared.http.inner.borrow_mut();
        let connection = inner.connection(index)?;
        let (parser, server) = (connection.parser, connection.server);
        let server = inner.server(server)?;
        (parser, server.limits, server.closing)
    };
    let parsed = parser.parse(bytes, &limits);
    let request = match parsed {
        Ok(Some(request)) => request,
        Ok(None) => {
            let now = shared.lp.borrow().now();
            let mut inner = shared.http.inner.borrow_mut();
            let connection = inner.connection(index)?;
            let first = !connection.parser.in_head();
            connection.parser = parser;
            if first {
                // From the first byte on the head has its own time.
                let server = connection.server;
                let timeout = inner.server(server)?.headers_timeout;
                set_deadline(shared, &mut inner, index, timeout, now);
            }
            return None;
        }
        Err(error) => {
            refuse(shared, index, error.status(), &error.to_string());
            return None;
        }
    };
    let mut length = request.head_len;
    let mut bits = 0;
    let (function, exchange) = {
        let now = shared.lp.borrow().now();
        let mut inner = shared.http.inner.borrow_mut();
        let exchange = inner.next_exchange(index);
        let connection = inner.connection(index)?;
        connection.parser = RequestParser::new();
        connection.phase = Phase::Exchange;
        connection.requests = connection.requests.saturating_add(1);
        connection.body = match request.framing {
            RequestFraming::None | RequestFraming::Length(0) => Body::Done,
            RequestFraming::Length(length) => Body::Length(length),
            RequestFraming::Chunked => Body::Chunked(ChunkedDecoder::new()),
        };
        connection.discard_left = DISCARD_LIMIT;
        connection.body_left = None;
        let has_body = !connection.body_done();
        let upgrade = request.upgrade || request.is_connect;
        let requests = connection.requests;
        connection.flags = Flags {
            keep_alive: request.keep_alive && !closing,
            http10: request.minor_version == 0,
            is_head: request.method == "HEAD",
            is_connect: request.is_connect,
            input_ended: connection.flags.input_ended,
            reading_stopped: connection.flags.reading_stopped,
            broken: connection.flags.broken,
            full: connection.flags.full,
            direct: upgrade || connection.socket != NO_REF,
            busy: true,
            ..Flags::default()
        };
        connection.deadline = 0;
        connection.last_deadline = 0;
        let (server, timeout) = (connection.server, connection.timeout);
        let server = inner.server(server)?;
        let last = server.max_requests != 0 && requests >= server.max_requests;
        let function = server.on_request;
        let request_timeout = server.request_timeout;
        let watched = timeout.map_or(server.timeout, u64::from) != 0;
        if last {
            inner.connection(index)?.flags.keep_alive = false;
        }
        if has_body || watched {
            if has_body && request_timeout != 0 {
                inner.connection(index)?.last_deadline = now + request_timeout;
            }
            arm(shared, &mut inner, index, now);
        }
        if has_body {
            bits |= 1;
        }
        if upgrade {
            bits |= 2;
            // Who takes the connection over gets what follows the head.
            inner.connection(index)?.input = bytes[length..].to_vec();
            length = bytes.len();
        }
        if request.expect_continue {
            bits |= 4;
        }
        (function, exchange)
    };
    if request.expect_other {
        refuse(shared, index, 417, "the expectation cannot be met");
        return None;
    }
    let state = shared.main();
    if !state.reserve(24) {
        refuse(shared, index, 500, "");
        return None;
    }
    let top = state.top();
    state.push_ref(function);
    state.push_num(exchange.to_num());
    state.push_bytes(request.raw);
    state.push_str(request.method);
    state.push_str(request.target);
    state.push_num(f64::from(request.minor_version));
    state.push_num(f64::from(bits));
    if dispatch::call_with(shared, 6, 0).is_err() {
        // The script may go on after an uncaught error; this exchange may not.
        dispatch::handle_uncaught(shared);
        fail_exchange(shared, exchange);
    }
    state.set_top(top);
    Some(length)
}

/// Takes bytes of a request's body: how many; `None` to wait.
fn body(shared: &Shared, index: u32, bytes: &[u8]) -> Option<usize> {
    let (mut state, limits, exchange) = {
        let mut inner = shared.http.inner.borrow_mut();
        let exchange = inner.exchange(index);
        let connection = inner.connection(index)?;
        if bytes.is_empty() || connection.flags.paused && !connection.flags.discard {
            return None;
        }
        let (body, server) = (connection.body, connection.server);
        (
            body,
            inner
                .server(server)
                .map_or_else(Limits::default, |server| server.limits),
            exchange,
        )
    };
    let (length, data, end) = match &mut state {
        Body::Done => return None,
        Body::Length(left) => {
            let length = bytes
                .len()
                .min(usize::try_from(*left).unwrap_or(usize::MAX));
            *left -= length as u64;
            (length, 0..length, (*left == 0).then_some(0..0))
        }
        Body::Chunked(decoder) => match decoder.decode(bytes, &limits) {
            Ok((length, ChunkEvent::Data(range))) => (length, range, None),
            Ok((length, ChunkEvent::End(trailers))) => (length, 0..0, Some(trailers)),
            Ok((length, ChunkEvent::NeedMore)) => {
                let mut inner = shared.http.inner.borrow_mut();
                inner.connection(index)?.body = state;
                return (length > 0).then_some(length);
            }
            Err(error) => {
                refuse(shared, index, error.status(), &error.to_string());
                return None;
            }
        },
    };
    let discard = {
        let now = shared.lp.borrow().now();
        let mut inner = shared.http.inner.borrow_mut();
        let connection = inner.connection(index)?;
        if end.is_some() {
            connection.body = Body::Done;
            connection.last_deadline = 0;
            connection.deadline = 0;
        } else {
            connection.body = state;
        }
        let discard = connection.flags.discard;
        if discard {
            let dropped = u32::try_from(data.len()).unwrap_or(u32::MAX);
            connection.discard_left = connection.discard_left.saturating_sub(dropped);
            if connection.discard_left == 0 && end.is_none() && connection.flags.response_done {
                drop(inner);
                linger(shared, index);
                return None;
            }
        }
        arm(shared, &mut inner, index, now);
        discard
    };
    if !discard {
        if !data.is_empty() {
            notify(shared, exchange, Notice::Data, Some(&bytes[data]));
        }
        if let Some(trailers) = end {
            notify(shared, exchange, Notice::End, Some(&bytes[trailers]));
        }
    }
    Some(length)
}

/// Calls `event(exchange, notice, text)` of the connection's server, if the exchange is under way.
pub(super) fn notify(shared: &Shared, exchange: Exchange, notice: Notice, text: Option<&[u8]>) {
    let function = {
        let mut inner = shared.http.inner.borrow_mut();
        let Some(connection) = inner.live(exchange) else {
            return;
        };
        let server = connection.server;
        match inner.server(server) {
            Some(server) => server.on_event,
            None => return,
        }
    };
    if !notify_server(shared, function, exchange, notice, text)
        && matches!(notice, Notice::Data | Notice::End | Notice::Drain)
    {
        fail_exchange(shared, exchange);
    }
}

/// As [`notify`], for a connection that is gone already: whether no error left the callback.
pub(super) fn notify_server(
    shared: &Shared,
    function: Ref,
    exchange: Exchange,
    notice: Notice,
    text: Option<&[u8]>,
) -> bool {
    let state = shared.main();
    if !state.reserve(24) {
        return false;
    }
    state.push_ref(function);
    state.push_num(exchange.to_num());
    state.push_num(f64::from(notice as u8));
    match text {
        Some(text) => state.push_bytes(text),
        None => state.push_nil(),
    }
    let done = dispatch::call_with(shared, 3, 0).is_ok();
    if !done {
        dispatch::handle_uncaught(shared);
    }
    done
}

/// A response has ended outside of `process`: whether kept bytes wait to be processed, which the
/// caller does later, since a handler must not run inside a call of another one.
pub(super) fn advance(shared: &Shared, index: u32) -> bool {
    let (done, ended) = {
        let mut inner = shared.http.inner.borrow_mut();
        match inner.connection(index) {
            Some(connection) if connection.phase == Phase::Exchange => {
                (connection.exchange_done(), connection.flags.input_ended)
            }
            _ => return false,
        }
    };
    if !done || !finish_exchange(shared, index) {
        return false;
    }
    match shared.http.inner.borrow_mut().connection(index) {
        Some(connection) => {
            ended || !connection.input.is_empty() || connection.flags.reading_stopped
        }
        None => false,
    }
}

/// Both halves of an exchange are over: whether the connection goes on to the next request.
fn finish_exchange(shared: &Shared, index: u32) -> bool {
    let mut inner = shared.http.inner.borrow_mut();
    inner.next_exchange(index);
    let Some(connection) = inner.connection(index) else {
        return false;
    };
    let (server, transport, has_extra) = (
        connection.server,
        connection.transport,
        connection.flags.need_drain,
    );
    let keep_alive = connection.flags.keep_alive;
    // The buffer serves the next response, of whichever connection; an idle one holds none.
    let head = connection.head.take();
    if keep_alive {
        connection.phase = Phase::Head;
        connection.flags.need_drain = false;
    }
    if let Some(mut head) = head {
        head.reset();
        inner.spare_head.get_or_insert(head);
    }
    let Some(server) = inner.server(server) else {
        return false;
    };
    let timeout = server.keep_alive_timeout;
    if !keep_alive || server.closing {
        drop(inner);
        linger(shared, index);
        return false;
    }
    let early = inner.out.len() > OUT_LIMIT;
    let (now, waiting) = {
        let lp = shared.lp.borrow();
        let queued = match transport {
            Transport::Tcp(handle) => lp.write_queue_size(handle).unwrap_or(0),
            Transport::Lua(_) => 0,
        };
        (lp.now(), queued > 0 || has_extra)
    };
    // A slow reader's time between requests begins when it has read the answer.
    set_deadline(
        shared,
        &mut inner,
        index,
        if waiting { WRITE_TIME } else { timeout },
        now,
    );
    drop(inner);
    if early {
        flush(shared, index);
    }
    true
}

/// Sets when the present wait of a connection ends; a timeout of 0 is never. The server's timer is
/// set to an earlier time only where it must.
pub(super) fn set_deadline(shared: &Shared, inner: &mut Inner, index: u32, timeout: u64, now: u64) {
    let deadline = if timeout == 0 {
        0
    } else {
        now.saturating_add(timeout)
    };
    let Some(connection) = inner.connection(index) else {
        return;
    };
    connection.deadline = deadline;
    let server = connection.server;
    if let Some(server) = inner.server(server) {
        server.watch(shared, deadline, now);
    }
}

/// Sets the deadline of an exchange anew after activity.
pub(super) fn arm(shared: &Shared, inner: &mut Inner, index: u32, now: u64) {
    let Some(connection) = inner.connection(index) else {
        return;
    };
    if connection.flags.broken {
        return;
    }
    let (server, own, last) = (
        connection.server,
        connection.timeout,
        connection.last_deadline,
    );
    let Some(server) = inner.server(server) else {
        return;
    };
    let idle = own.map_or(server.timeout, u64::from);
    let deadline = match (idle, last) {
        (0, last) => last,
        (idle, 0) => now + idle,
        (idle, last) => last.min(now + idle),
    };
    let timeout = if deadline == 0 {
        0
    } else {
        deadline.saturating_sub(now).max(1)
    };
    set_deadline(shared, inner, index, timeout, now);
}
