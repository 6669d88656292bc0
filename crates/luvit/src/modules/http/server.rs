//! Servers: accepting connections, and ending those that take too long.

use std::sync::Arc;

use luvit_http::Limits;
use luvit_loop::Handle;
use luvit_tls::Session;

use super::Inner;
use super::connection::{self, Connection, Notice, Phase, Transport};
use super::ending::{self, abort, linger, refuse};
use super::{output, tag};
use crate::lua::{NO_REF, Ref};
use crate::modules::tls::{AcceptorCell, SessionCell};
use crate::shared::{Owner, Shared};

/// One HTTP server. Times are in milliseconds, 0 is no limit.
pub(super) struct Server {
    /// The listening handle, while it listens.
    pub(super) handle: Option<Handle>,
    /// The Lua function for each request.
    pub(super) on_request: Ref,
    /// The Lua function for everything else of an exchange.
    pub(super) on_event: Ref,
    /// The Lua function that wants to see every connection, if any.
    pub(super) on_connection: Ref,
    pub(super) limits: Limits,
    pub(super) headers_timeout: u64,
    pub(super) request_timeout: u64,
    pub(super) keep_alive_timeout: u64,
    /// Without activity while a request is answered.
    pub(super) timeout: u64,
    pub(super) max_connections: u32,
    pub(super) max_requests: u32,
    /// Speaks TLS, with what this has.
    pub(super) tls: Option<Arc<AcceptorCell>>,
    /// How long a handshake may take.
    pub(super) handshake_timeout: u64,
    /// Lua wants lines for a key log.
    pub(super) wants_keys: bool,
    /// No new connections, and the open ones end with their exchange.
    pub(super) closing: bool,
    pub(super) connections: u32,
    /// The timer that looks for overdue connections, and when it is due.
    timer: Option<Handle>,
    due: u64,
}

/// The shortest time between two looks at all connections when there are many.
const LOOK_INTERVAL: u64 = 50;
/// So many connections are many.
const MANY: u32 = 256;

impl Server {
    /// A server with node's defaults.
    pub(super) fn new(on_request: Ref, on_event: Ref) -> Server {
        Server {
            handle: None,
            on_request,
            on_event,
            on_connection: NO_REF,
            limits: Limits::default(),
            headers_timeout: 60_000,
            request_timeout: 300_000,
            keep_alive_timeout: 5_000,
            timeout: 0,
            max_connections: 0,
            max_requests: 0,
            tls: None,
            handshake_timeout: 120_000,
            wants_keys: false,
            closing: false,
            connections: 0,
            timer: None,
            due: 0,
        }
    }

    /// Sees to it that the timer looks again at `deadline` at the latest; 0 is no deadline.
    pub(super) fn watch(&mut self, shared: &Shared, deadline: u64, now: u64) {
        if deadline == 0 || self.due != 0 && self.due <= deadline {
            return;
        }
        let Some(timer) = self.timer else { return };
        let mut wait = deadline.saturating_sub(now);
        if self.connections > MANY {
            wait = wait.max(LOOK_INTERVAL);
        }
        self.due = now + wait;
        // The timer is ours and open as long as the server is.
        let _started = shared.lp.borrow_mut().timer_start(timer, wait, 0);
    }
}

/// Adds a server and its timer: the server's number.
pub(super) fn add(shared: &Shared, mut server: Server) -> u32 {
    let mut inner = shared.http.inner.borrow_mut();
    let id = inner
        .servers
        .iter()
        .position(Option::is_none)
        .unwrap_or_else(|| {
            inner.servers.push(None);
            inner.servers.len() - 1
        });
    let timer = {
        let mut lp = shared.lp.borrow_mut();
        let timer = lp.new_timer();
        lp.unref(timer);
        lp.set_internal(timer, true);
        timer
    };
    shared
        .handles
        .borrow_mut()
        .insert(timer, Owner::HttpTimer(id as u32));
    server.timer = Some(timer);
    inner.servers[id] = Some(server);
    id as u32
}

/// A listener has a connection waiting.
pub(crate) fn on_connection(shared: &Shared, id: u32, result: luvit_loop::Result<()>) {
    if result.is_err() {
        return;
    }
    let listener = {
        let mut inner = shared.http.inner.borrow_mut();
        let Some(server) = inner.server(id) else {
            return;
        };
        let Some(listener) = server.handle else {
            return;
        };
        listener
    };
    let Ok(handle) = shared.lp.borrow_mut().accept(listener) else {
        return;
    };
    let (index, serial) = {
        let now = shared.lp.borrow().now();
        let mut inner = shared.http.inner.borrow_mut();
        let Some(server) = inner.server(id) else {
            drop(inner);
            let _too_late = shared.lp.borrow_mut().close(handle);
            return;
        };
        let full = server.max_connections != 0 && server.connections >= server.max_connections;
        if full || server.closing {
            drop(inner);
            let _dropped_as_node_does = shared.lp.borrow_mut().close(handle);
            return;
        }
        let mut connection = Connection::new(id, Transport::Tcp(handle));
        let mut timeout = server.headers_timeout;
        if let Some(acceptor) = &server.tls {
            let Ok(mut session) = acceptor.with(Session::accept) else {
                drop(inner);
                let _nobody_can_be_served = shared.lp.borrow_mut().close(handle);
                return;
            };
            if server.wants_keys {
                session.want_keys();
            }
            connection.tls = Some(Arc::new(SessionCell::new(session)));
            connection.phase = Phase::Handshake;
            timeout = server.handshake_timeout;
        }
        let Some(index) = inner.insert(connection) else {
            drop(inner);
            let _a_million_are_open = shared.lp.borrow_mut().close(handle);
            return;
        };
        if let Some(server) = inner.server(id) {
            server.connections += 1;
        }
        connection::set_deadline(shared, &mut inner, index, timeout, now);
        (index, inner.serial_of(index))
    };
    shared
        .handles
        .borrow_mut()
        .insert(handle, Owner::HttpConnection(tag(index, serial)));
    {
        let mut lp = shared.lp.borrow_mut();
        let _only_slower_without = lp.tcp_nodelay(handle, true);
        if lp.read_start(handle).is_err() {
            let _ended_by_closed = lp.close(handle);
            return;
        }
    }
    // With TLS a connection is one when both sides know each other.
    let wanted = match shared.http.inner.borrow_mut().server(id) {
        Some(server) if server.tls.is_none() => server.on_connection,
        _ => NO_REF,
    };
    if wanted != NO_REF {
        announce(shared, wanted, index);
    }
}

/// Shows a new connection to the Lua function that wants to see all of them.
pub(super) fn announce(shared: &Shared, function: Ref, index: u32) {
    let state = shared.main();
    let exchange = shared.http.inner.borrow().exchange(index);
    if !state.reserve(24) {
        return;
    }
    state.push_ref(function);
    state.push_num(exchange.to_num());
    crate::dispatch::call(shared, 1);
}

/// The timer of a server is due: ends what is overdue and sets the timer to the next deadline.
pub(crate) fn on_timer(shared: &Shared, id: u32) {
    if id == ending::ORPHANS {
        return ending::check_orphans(shared);
    }
    let now = shared.lp.borrow().now();
    let (overdue, next) = {
        let mut inner = shared.http.inner.borrow_mut();
        let Inner {
            servers,
            connections,
            ..
        } = &mut *inner;
        let Some(Some(server)) = servers.get_mut(id as usize) else {
            return;
        };
        server.due = 0;
        let mut overdue = Vec::new();
        let mut next = u64::MAX;
        for (index, slot) in connections.iter().enumerate() {
            let Some(connection) = &slot.connection else {
                continue;
            };
            if connection.server != id || connection.deadline == 0 {
                continue;
            }
            if connection.deadline <= now {
                overdue.push((index as u32, connection.serial));
            } else {
                next = next.min(connection.deadline);
            }
        }
        (overdue, next)
    };
    for (index, serial) in overdue {
        expire(shared, index, serial, now);
    }
    if next != u64::MAX
        && let Some(server) = shared.http.inner.borrow_mut().server(id)
    {
        server.watch(shared, next, now);
    }
}

/// Ends one overdue wait, unless what ended before it has changed that.
fn expire(shared: &Shared, index: u32, serial: u32, now: u64) {
    let (exchange, phase, in_head, body_done, first, last, broken) = {
        let mut inner = shared.http.inner.borrow_mut();
        let exchange = inner.exchange(index);
        let Some(connection) = inner.same(index, serial) else {
            return;
        };
        if connection.deadline == 0 || connection.deadline > now {
            return;
        }
        connection.deadline = 0;
        let last = connection.last_deadline;
        (
            exchange,
            connection.phase,
            connection.in_head(),
            connection.body_done(),
            !connection.has_served(),
            last != 0 && last <= now,
            connection.flags.broken,
        )
    };
    match phase {
        Phase::Gone => {}
        Phase::Handshake => super::secure::give_up(
            shared,
            index,
            "ERR_TLS_HANDSHAKE_TIMEOUT: the TLS handshake took too long",
        ),
        _ if broken => abort(shared, index),
        // A connection that never sent a request is told why it ends, one between requests is not.
        Phase::Head if in_head || first => refuse(shared, index, 408, "the request took too long"),
        Phase::Exchange if last && !body_done => {
            refuse(shared, index, 408, "the request took too long")
        }
        Phase::Exchange if last => abort(shared, index),
        Phase::Exchange => connection::notify(shared, exchange, Notice::Timeout, None),
        Phase::Head | Phase::Linger => abort(shared, index),
    }
}

/// The open connections of a server that `wanted` picks.
fn select(shared: &Shared, id: u32, wanted: impl Fn(&Connection) -> bool) -> Vec<(u32, u32)> {
    let inner = shared.http.inner.borrow();
    let picked = inner
        .connections
        .iter()
        .enumerate()
        .filter_map(|(index, slot)| {
            let connection = slot.connection.as_ref()?;
            (connection.server == id && wanted(connection))
                .then_some((index as u32, connection.serial))
        });
    picked.collect()
}

/// Ends the connections of a server that wait between requests.
pub(super) fn close_idle(shared: &Shared, id: u32) {
    close_where(shared, id, Connection::is_between);
}

/// Ends those connections of a server; one whose last answer is still on its way gets it.
fn close_where(shared: &Shared, id: u32, wanted: impl Fn(&Connection) -> bool) {
    for (index, serial) in select(shared, id, &wanted) {
        let transport = match shared.http.inner.borrow_mut().same(index, serial) {
            Some(connection) if wanted(connection) => connection.transport,
            _ => continue,
        };
        if output::queued(shared, transport) > 0 {
            linger(shared, index);
        } else {
            abort(shared, index);
        }
    }
}

/// Stops listening and ends the connections that wait for a request, be it the first; the others end with their exchange.
pub(super) fn close(shared: &Shared, id: u32) {
    let listener = match shared.http.inner.borrow_mut().server(id) {
        Some(server) => {
            server.closing = true;
            server.handle
        }
        None => return,
    };
    if let Some(listener) = listener {
        // Closed already is as good.
        let _closed = shared.lp.borrow_mut().close(listener);
    }
    close_where(shared, id, Connection::is_idle);
    finish_if_done(shared, id);
}

/// Ends every connection of a server at once.
pub(super) fn close_all(shared: &Shared, id: u32) {
    for (index, serial) in select(shared, id, |_| true) {
        let still = shared.http.inner.borrow_mut().same(index, serial).is_some();
        if still {
            abort(shared, index);
        }
    }
}

/// The listening handle is closed.
pub(crate) fn on_server_closed(shared: &Shared, id: u32) {
    if let Some(server) = shared.http.inner.borrow_mut().server(id) {
        server.handle = None;
    }
    finish_if_done(shared, id);
}

/// A connection of the server is gone.
pub(super) fn connection_ended(shared: &Shared, id: u32) {
    if let Some(server) = shared.http.inner.borrow_mut().server(id) {
        server.connections = server.connections.saturating_sub(1);
    }
    finish_if_done(shared, id);
}

/// Removes a closing server once nothing of it is left, and tells Lua.
fn finish_if_done(shared: &Shared, id: u32) {
    let removed = {
        let mut inner = shared.http.inner.borrow_mut();
        match inner.server(id) {
            Some(server)
                if server.closing && server.handle.is_none() && server.connections == 0 =>
            {
                inner.servers[id as usize].take()
            }
            _ => None,
        }
    };
    let Some(server) = removed else { return };
    if let Some(timer) = server.timer {
        let _ours_and_open = shared.lp.borrow_mut().close(timer);
    }
    let state = shared.main();
    state.drop_ref(server.on_request);
    state.drop_ref(server.on_connection);
    if state.reserve(24) {
        state.push_ref(server.on_event);
        state.drop_ref(server.on_event);
        // No exchange: the server itself has ended.
        state.push_nil();
        crate::dispatch::call(shared, 1);
    }
}
