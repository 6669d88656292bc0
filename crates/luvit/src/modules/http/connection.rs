//! One connection: bytes become requests and body chunks.

use luvit_http::{ChunkEvent, ChunkedDecoder, Limits, RequestFraming, RequestParser};
use luvit_loop::{Error, Handle};

use super::response::{self, Head};
use super::{Exchange, Inner};
use crate::dispatch;
use crate::lua::{NO_REF, Ref};
use crate::shared::{RequestEntry, Shared};

/// Where a connection's bytes come from and go to.
#[derive(Copy, Clone)]
pub(super) enum Transport {
    /// A TCP handle of the loop that this module owns.
    Tcp(Handle),
    /// A stream in Lua: the kept function takes bytes and says whether it can take more.
    Lua(Ref),
}

/// What the connection does now.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(super) enum Phase {
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
    parser: RequestParser,
    pub(super) phase: Phase,
    pub(super) body: Body,
    pub(super) flags: Flags,
    /// Bytes that arrived and cannot be used yet.
    input: Vec<u8>,
    /// Header lines serialised by `writeHead`, until the head is sent.
    pub(super) head: Option<Box<Head>>,
    /// Bytes of the response's body that its Content-Length still owes.
    pub(super) body_left: Option<u64>,
    /// Requests so far.
    requests: u32,
    /// When the loop's clock ends the present wait; 0 is never.
    pub(super) deadline: u64,
    /// Kept bytes of a body that nobody reads: how many may still be dropped.
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
    /// The loop was told to stop reading.
    pub(super) reading_stopped: bool,
    /// Nobody reads the request's body: it is dropped.
    pub(super) discard: bool,
    /// The peer will send no more.
    pub(super) input_ended: bool,
    /// Close once everything is written.
    pub(super) close_after_write: bool,
    /// The deadline is one of `timeout` (activity), and Lua may object.
    pub(super) idle_timeout: bool,
    /// A call of `process` for this connection is running.
    busy: bool,
}

/// How much of a body that nobody reads is dropped before the connection is given up instead.
const DISCARD_LIMIT: u32 = 256 * 1024;
/// How much waits unparsed behind a request that is being answered.
const INPUT_LIMIT: usize = 64 * 1024;
/// How long the peer has to close after the last answer, in milliseconds.
const LINGER_TIME: u64 = 2_000;
/// How long it has to read the last answer.
const LINGER_WRITE_TIME: u64 = 300_000;
/// Answers collected before they are written although more requests wait.
const OUT_LIMIT: usize = 64 * 1024;
/// Above this many queued bytes a writer is asked to wait; node's highWaterMark.
pub(super) const HIGH_WATER_MARK: usize = 16 * 1024;

/// What `event` in `lua/http.lua` is told.
#[derive(Copy, Clone)]
pub(super) enum Notice {
    /// A chunk of the request's body.
    Data = 1,
    /// The request's body is complete; the trailers as raw lines follow.
    End = 2,
    /// The connection ended before the exchange did.
    Closed = 3,
    /// There is room to write, and all was written.
    Drain = 4,
    /// No activity for as long as `server.timeout` says.
    Timeout = 5,
    /// The peer broke the protocol: text and status.
    ClientError = 6,
}

impl Connection {
    pub(super) fn new(server: u32, transport: Transport) -> Connection {
        Connection {
            serial: 0,
            server,
            transport,
            parser: RequestParser::new(),
            phase: Phase::Head,
            body: Body::Done,
            flags: Flags::default(),
            input: Vec::new(),
            head: None,
            body_left: None,
            requests: 0,
            deadline: 0,
            discard_left: 0,
            socket: NO_REF,
        }
    }

    /// Whether it waits between requests with nothing begun.
    pub(super) fn is_idle(&self) -> bool {
        self.phase == Phase::Head && self.input.is_empty()
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

    pub(super) fn take_input(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.input)
    }
}

/// The loop read from a connection's handle.
pub(crate) fn on_read(shared: &Shared, index: u32, result: luvit_loop::Result<usize>) {
    match result {
        Ok(length) => {
            // The buffer is taken out of the loop: a handler may run the loop itself.
            let buffer = shared.lp.borrow_mut().take_read_buffer();
            receive(shared, index, &buffer[..length.min(buffer.len())]);
            shared.lp.borrow_mut().restore_read_buffer(buffer);
        }
        Err(Error::EOF) => input_ended(shared, index),
        Err(_) => abort(shared, index),
    }
}

/// Takes bytes from the peer.
pub(super) fn receive(shared: &Shared, index: u32, bytes: &[u8]) {
    let joined = {
        let mut inner = shared.http.inner.borrow_mut();
        let Some(connection) = inner.connection(index) else { return };
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

/// Goes on with what is kept, when something that held it up is over.
pub(super) fn proceed(shared: &Shared, index: u32) {
    let kept = {
        let mut inner = shared.http.inner.borrow_mut();
        let Some(connection) = inner.connection(index) else { return };
        if connection.flags.busy {
            return;
        }
        std::mem::take(&mut connection.input)
    };
    process_and_keep(shared, index, &kept);
}

/// Processes `bytes`, keeps what is left of them, and writes the answers given meanwhile.
fn process_and_keep(shared: &Shared, index: u32, bytes: &[u8]) {
    let (serial, outer) = {
        let mut inner = shared.http.inner.borrow_mut();
        let Some(connection) = inner.connection(index) else { return };
        connection.flags.busy = true;
        let serial = connection.serial;
        let out = std::mem::take(&mut inner.out);
        (serial, (inner.current.replace(index), out))
    };
    let mut rest = std::borrow::Cow::Borrowed(bytes);
    loop {
        let used = process(shared, index, serial, &rest);
        let mut inner = shared.http.inner.borrow_mut();
        let Some(connection) = inner.same(index, serial) else { break };
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
        rest = std::borrow::Cow::Owned(all);
    }
    let gone = shared.http.inner.borrow_mut().same(index, serial).is_none();
    if gone {
        shared.http.inner.borrow_mut().out.clear();
    } else {
        flush(shared, index);
    }
    let mut inner = shared.http.inner.borrow_mut();
    inner.current = outer.0;
    if outer.0.is_some() {
        inner.out = outer.1;
    }
    let Some(connection) = inner.same(index, serial) else { return };
    connection.flags.busy = false;
    if connection.phase == Phase::Gone {
        return;
    }
    let stop = connection.phase == Phase::Exchange && connection.input.len() > INPUT_LIMIT
        || connection.flags.paused && !connection.body_done()
        || connection.flags.blocked;
    if let Transport::Tcp(handle) = connection.transport
        && stop != connection.flags.reading_stopped
    {
        connection.flags.reading_stopped = stop;
        let ended = connection.flags.input_ended;
        drop(inner);
        let mut lp = shared.lp.borrow_mut();
        let _told_by_the_next_read = match (stop, ended) {
            (true, _) => lp.read_stop(handle),
            (false, true) => Ok(()),
            (false, false) => lp.read_start(handle),
        };
    }
}

/// Processes bytes until they are used up or something must happen first: how many were used.
fn process(shared: &Shared, index: u32, serial: u32, bytes: &[u8]) -> usize {
    let mut used = 0;
    loop {
        let rest = &bytes[used..];
        let (phase, body_done, response_done, transport) = {
            let mut inner = shared.http.inner.borrow_mut();
            let Some(connection) = inner.same(index, serial) else { return bytes.len() };
            (
                connection.phase,
                connection.body_done(),
                connection.flags.response_done && !connection.flags.switched,
                connection.transport,
            )
        };
        match phase {
            Phase::Gone => return used,
            Phase::Linger => return bytes.len(),
            Phase::Head if rest.is_empty() => return used,
            Phase::Head => {
                if queued(shared, transport) > OUT_LIMIT {
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
                if !response_done || !finish_exchange(shared, index) {
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
        let requests = connection.requests;
        let server_id = connection.server;
        let server = inner.server(server_id)?;
        let last = server.max_requests != 0 && requests >= server.max_requests;
        let function = server.on_request;
        let timeout = if has_body { server.request_timeout } else { server.timeout };
        let connection = inner.connection(index)?;
        connection.flags = Flags {
            keep_alive: request.keep_alive && !last && !closing,
            http10: request.minor_version == 0,
            is_head: request.method == "HEAD",
            is_connect: request.is_connect,
            input_ended: connection.flags.input_ended,
            reading_stopped: connection.flags.reading_stopped,
            idle_timeout: !has_body,
            busy: true,
            ..Flags::default()
        };
        if has_body || timeout != 0 {
            set_deadline(shared, &mut inner, index, timeout, now);
        } else {
            connection.deadline = 0;
        }
        if has_body {
            bits |= 1;
        }
        if request.upgrade || request.is_connect {
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

/// Answers 500 to an exchange whose handler raised an error, if nothing was sent yet; else ends
/// the connection, so that the peer sees a broken answer and no short one.
fn fail_exchange(shared: &Shared, exchange: Exchange) {
    let head_sent = {
        let mut inner = shared.http.inner.borrow_mut();
        match inner.live(exchange) {
            Some(connection) if connection.phase == Phase::Exchange && !connection.flags.response_done => {
                connection.flags.head_sent
            }
            _ => return,
        }
    };
    if head_sent {
        abort(shared, exchange.index());
    } else {
        refuse(shared, exchange.index(), 500, "");
    }
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
        (body, inner.server(server).map_or_else(Limits::default, |server| server.limits), exchange)
    };
    let (length, data, end) = match &mut state {
        Body::Done => return None,
        Body::Length(left) => {
            let length = bytes.len().min(usize::try_from(*left).unwrap_or(usize::MAX));
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
        let mut inner = shared.http.inner.borrow_mut();
        let connection = inner.connection(index)?;
        connection.body = if end.is_some() { Body::Done } else { state };
        if connection.flags.discard {
            let dropped = u32::try_from(data.len()).unwrap_or(u32::MAX);
            connection.discard_left = connection.discard_left.saturating_sub(dropped);
            if connection.discard_left == 0 && end.is_none() && connection.flags.response_done {
                drop(inner);
                linger(shared, index);
                return None;
            }
        }
        connection.flags.discard
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

/// Calls `event(exchange, notice, text)` of the connection's server.
pub(super) fn notify(shared: &Shared, exchange: Exchange, notice: Notice, text: Option<&[u8]>) {
    let function = {
        let mut inner = shared.http.inner.borrow_mut();
        let Some(connection) = inner.connection(exchange.index()) else { return };
        let server = connection.server;
        match inner.server(server) {
            Some(server) => server.on_event,
            None => return,
        }
    };
    notify_server(shared, function, exchange, notice, text);
}

/// As [`notify`], for a connection that is gone already.
fn notify_server(shared: &Shared, function: Ref, exchange: Exchange, notice: Notice, text: Option<&[u8]>) {
    let state = shared.main();
    if !state.reserve(24) {
        return;
    }
    state.push_ref(function);
    state.push_num(exchange.to_num());
    state.push_num(f64::from(notice as u8));
    match text {
        Some(text) => state.push_bytes(text),
        None => state.push_nil(),
    }
    dispatch::call(shared, 3);
}

/// Both halves of an exchange are over: whether the connection goes on to the next request.
fn finish_exchange(shared: &Shared, index: u32) -> bool {
    let now = shared.lp.borrow().now();
    let mut inner = shared.http.inner.borrow_mut();
    inner.next_exchange(index);
    let Some(connection) = inner.connection(index) else { return false };
    if !connection.flags.keep_alive || connection.flags.close_after_write {
        drop(inner);
        linger(shared, index);
        return false;
    }
    connection.phase = Phase::Head;
    let server = connection.server;
    // The buffer serves the next response, of whichever connection; an idle one holds none.
    if let Some(mut head) = connection.head.take() {
        head.reset();
        inner.spare_head.get_or_insert(head);
    }
    let Some(server) = inner.server(server) else { return false };
    if server.closing {
        drop(inner);
        linger(shared, index);
        return false;
    }
    let timeout = server.keep_alive_timeout;
    set_deadline(shared, &mut inner, index, timeout, now);
    let early = inner.out.len() > OUT_LIMIT;
    drop(inner);
    if early {
        flush(shared, index);
    }
    true
}

/// Sets when the present wait of a connection ends; a timeout of 0 is never. The server's timer is
/// set to an earlier time only where it must.
pub(super) fn set_deadline(shared: &Shared, inner: &mut Inner, index: u32, timeout: u64, now: u64) {
    let deadline = if timeout == 0 { 0 } else { now.saturating_add(timeout) };
    let Some(connection) = inner.connection(index) else { return };
    connection.deadline = deadline;
    let server = connection.server;
    if let Some(server) = inner.server(server) {
        server.watch(shared, deadline, now);
    }
}

/// The peer will send no more.
pub(super) fn input_ended(shared: &Shared, index: u32) {
    let mut inner = shared.http.inner.borrow_mut();
    let Some(connection) = inner.connection(index) else { return };
    connection.flags.input_ended = true;
    match connection.phase {
        // A client that half-closes still gets its answer.
        Phase::Exchange if connection.body_done() => connection.flags.keep_alive = false,
        Phase::Gone => {}
        _ => {
            drop(inner);
            abort(shared, index);
        }
    }
}

/// Answers an error that the protocol or a limit asks for, and ends the connection after it.
pub(super) fn refuse(shared: &Shared, index: u32, status: u16, why: &str) {
    let exchange = {
        let mut inner = shared.http.inner.borrow_mut();
        let exchange = inner.exchange(index);
        let Some(connection) = inner.connection(index) else { return };
        if connection.phase == Phase::Exchange && connection.flags.head_sent {
            drop(inner);
            abort(shared, index);
            return;
        }
        exchange
    };
    let body = if why.is_empty() { String::new() } else { format!("{why}\n") };
    let unsent = {
        let mut inner = shared.http.inner.borrow_mut();
        response::refusal(shared, &mut inner, index, status, &body)
    };
    if let Some((transport, text)) = unsent {
        send(shared, index, transport, &text);
    }
    if status != 500 {
        notify(shared, exchange, Notice::ClientError, Some(format!("{status} {why}").as_bytes()));
    }
    linger(shared, index);
}

/// Writes what the connection's answers have collected.
pub(super) fn flush(shared: &Shared, index: u32) {
    let (bytes, transport) = {
        let mut inner = shared.http.inner.borrow_mut();
        if inner.current != Some(index) || inner.out.is_empty() {
            return;
        }
        let bytes = std::mem::take(&mut inner.out);
        match inner.connection(index) {
            Some(connection) => (bytes, connection.transport),
            None => return,
        }
    };
    send(shared, index, transport, &bytes);
    let mut bytes = bytes;
    bytes.clear();
    let mut inner = shared.http.inner.borrow_mut();
    if inner.out.capacity() == 0 && bytes.capacity() <= OUT_LIMIT * 2 {
        inner.out = bytes;
    }
}

/// Gives bytes to the transport; what the kernel does not take is queued in the loop.
pub(super) fn send(shared: &Shared, index: u32, transport: Transport, bytes: &[u8]) {
    if bytes.is_empty() {
        return;
    }
    match transport {
        Transport::Tcp(handle) => {
            let mut lp = shared.lp.borrow_mut();
            let written = match lp.try_write(handle, &[bytes]) {
                Ok(written) => written,
                Err(Error::EAGAIN) => 0,
                // The peer is gone: reading says so, and ends the connection.
                Err(_) => bytes.len(),
            };
            if written == bytes.len() {
                return;
            }
            if let Ok(request) = lp.write(handle, &[&bytes[written..]]) {
                drop(lp);
                shared.add_request(request, RequestEntry::HttpWrite(index));
            }
        }
        Transport::Lua(sink) => {
            let state = shared.main();
            if !state.reserve(24) {
                return;
            }
            state.push_ref(sink);
            state.push_bytes(bytes);
            dispatch::call(shared, 1);
        }
    }
}

/// Bytes that waited in the loop's queue of a connection.
pub(super) fn queued(shared: &Shared, transport: Transport) -> usize {
    match transport {
        Transport::Tcp(handle) => shared.lp.borrow().write_queue_size(handle).unwrap_or(0),
        Transport::Lua(_) => 0,
    }
}

/// A queued write ended.
pub(crate) fn on_write(shared: &Shared, index: u32, result: luvit_loop::Result<()>) {
    if result.is_err() {
        return;
    }
    let (exchange, transport) = {
        let mut inner = shared.http.inner.borrow_mut();
        let exchange = inner.exchange(index);
        let Some(connection) = inner.connection(index) else { return };
        (exchange, connection.transport)
    };
    if queued(shared, transport) > 0 {
        return;
    }
    drained(shared, exchange);
    let blocked = match shared.http.inner.borrow_mut().connection(index) {
        Some(connection) => std::mem::take(&mut connection.flags.blocked),
        None => false,
    };
    if blocked {
        proceed(shared, index);
    }
}

/// Everything is written: Lua may write on.
pub(super) fn drained(shared: &Shared, exchange: Exchange) {
    let index = exchange.index();
    let wanted = {
        let now = shared.lp.borrow().now();
        let mut inner = shared.http.inner.borrow_mut();
        let Some(connection) = inner.connection(index) else { return };
        let wanted = std::mem::take(&mut connection.flags.need_drain);
        if connection.phase == Phase::Exchange && connection.flags.idle_timeout {
            let server = connection.server;
            let timeout = inner.server(server).map_or(0, |server| server.timeout);
            if timeout != 0 {
                set_deadline(shared, &mut inner, index, timeout, now);
            }
        }
        wanted
    };
    if wanted {
        notify(shared, exchange, Notice::Drain, None);
    }
}

/// Ends the connection after its last answer: the peer gets all of it, and what it still sends is
/// dropped, since closing with unread bytes would reset the connection and lose the answer.
pub(super) fn linger(shared: &Shared, index: u32) {
    flush(shared, index);
    let now = shared.lp.borrow().now();
    let mut inner = shared.http.inner.borrow_mut();
    let Some(connection) = inner.connection(index) else { return };
    if matches!(connection.phase, Phase::Linger | Phase::Gone) {
        return;
    }
    connection.input = Vec::new();
    connection.head = None;
    let (transport, ended) = (connection.transport, connection.flags.input_ended);
    match transport {
        Transport::Tcp(handle) => {
            if ended && queued_is_empty(shared, handle) {
                drop(inner);
                return close(shared, index);
            }
            connection.phase = Phase::Linger;
            let stopped = std::mem::take(&mut connection.flags.reading_stopped);
            // The clock of the peer's part starts when it has our last byte.
            set_deadline(shared, &mut inner, index, LINGER_WRITE_TIME, now);
            drop(inner);
            let mut lp = shared.lp.borrow_mut();
            let shut = lp.shutdown(handle);
            if stopped && !ended {
                let _told_by_the_next_read = lp.read_start(handle);
            }
            drop(lp);
            match shut {
                Ok(request) => shared.add_request(request, RequestEntry::HttpShutdown(index)),
                Err(_) => close(shared, index),
            }
        }
        Transport::Lua(sink) => {
            connection.phase = Phase::Gone;
            drop(inner);
            let state = shared.main();
            if state.reserve(24) {
                state.push_ref(sink);
                state.push_nil();
                dispatch::call(shared, 1);
            }
            forget(shared, index);
        }
    }
}

/// All answers are with the peer: it has some time to close.
pub(crate) fn on_shutdown(shared: &Shared, index: u32, result: luvit_loop::Result<()>) {
    let now = shared.lp.borrow().now();
    let mut inner = shared.http.inner.borrow_mut();
    match inner.connection(index) {
        Some(connection) if connection.phase == Phase::Linger => {
            if result.is_err() || connection.flags.input_ended {
                drop(inner);
                close(shared, index);
            } else {
                set_deadline(shared, &mut inner, index, LINGER_TIME, now);
            }
        }
        _ => {}
    }
}

fn queued_is_empty(shared: &Shared, handle: Handle) -> bool {
    shared.lp.borrow().write_queue_size(handle).unwrap_or(0) == 0
}

/// Ends the connection at once: the peer broke it, or took too long.
pub(super) fn abort(shared: &Shared, index: u32) {
    close(shared, index);
}

/// Closes the handle (or ends the stream), and tells Lua if an exchange was under way.
pub(super) fn close(shared: &Shared, index: u32) {
    flush(shared, index);
    let (exchange, transport, open, function) = {
        let mut inner = shared.http.inner.borrow_mut();
        let exchange = inner.exchange(index);
        let Some(connection) = inner.connection(index) else { return };
        if connection.phase == Phase::Gone {
            return;
        }
        let open = connection.phase == Phase::Exchange
            && !(connection.flags.response_done && (connection.body_done() || connection.flags.discard));
        connection.phase = Phase::Gone;
        let (transport, server) = (connection.transport, connection.server);
        (exchange, transport, open, inner.server(server).map(|server| server.on_event))
    };
    if let (true, Some(function)) = (open, function) {
        notify_server(shared, function, exchange, Notice::Closed, None);
    }
    match transport {
        Transport::Tcp(handle) => {
            let closed = shared.lp.borrow_mut().close(handle);
            if closed.is_err() {
                forget(shared, index);
            }
        }
        Transport::Lua(sink) => {
            let state = shared.main();
            if state.reserve(24) {
                state.push_ref(sink);
                state.push_bool(false);
                dispatch::call(shared, 1);
            }
            forget(shared, index);
        }
    }
}

/// The loop has closed a connection's handle.
pub(crate) fn on_closed(shared: &Shared, index: u32) {
    // A script may have closed the handle itself, through the socket.
    let (exchange, open, function, socket) = {
        let mut inner = shared.http.inner.borrow_mut();
        let exchange = inner.exchange(index);
        let Some(connection) = inner.connection(index) else { return };
        let open = connection.phase == Phase::Exchange && !connection.flags.response_done;
        let (server, socket) = (connection.server, connection.socket);
        (exchange, open, inner.server(server).map(|server| server.on_event), socket)
    };
    if let (true, Some(function)) = (open, function) {
        notify_server(shared, function, exchange, Notice::Closed, None);
    }
    if socket != NO_REF {
        let state = shared.main();
        if state.reserve(24) {
            state.push_ref(socket);
            state.raw_get_field(-1, "_closed");
            state.insert(-2);
            dispatch::call(shared, 1);
        }
    }
    forget(shared, index);
}

/// Frees a connection's place.
pub(super) fn forget(shared: &Shared, index: u32) {
    let removed = shared.http.inner.borrow_mut().remove(index);
    let Some(connection) = removed else { return };
    let state = shared.main();
    state.drop_ref(connection.socket);
    if let Transport::Lua(sink) = connection.transport {
        state.drop_ref(sink);
    }
    super::server::connection_ended(shared, connection.server);
}
