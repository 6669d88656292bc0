//! The HTTP server's native half: connections read, parse and write here, requests and responses
//! are handled in `lua/http/`.
//!
//! A connection that does nothing has no Lua value and no buffer: a [`Connection`] in a table, its
//! handle in the loop, and that is all. A request costs one read, one call into Lua and one write;
//! the answers to pipelined requests leave in one write.
//!
//! - `connection` holds the state of one connection and turns bytes into requests and body chunks;
//! - `response` serialises heads and bodies, and `output` brings them to the peer;
//! - `secure` is TLS, where a server has it, between the connection and its handle;
//! - `ending` has the ways in which exchanges and connections end;
//! - `server` accepts connections, and ends those that take too long;
//! - `api` is what `lua/http/` calls.
//!
//! No cell is borrowed while Lua runs: a handler may do anything to any connection, its own
//! included, and every function looks its connection up again afterwards.

mod api;
mod connection;
mod ending;
mod output;
mod response;
mod secure;
mod server;

use std::cell::RefCell;

pub(crate) use api::open;
pub(crate) use connection::on_read;
pub(crate) use ending::{on_closed, on_shutdown};
pub(crate) use output::{flush_current, on_write};
pub(crate) use response::append_lines;
pub(crate) use server::{on_connection, on_server_closed, on_timer};

use connection::Connection;
use luvit_loop::Handle;
use server::Server;

/// Where an exchange's number keeps the connection's index: up to a million connections.
const INDEX_BITS: u32 = 20;
/// Numbers of exchanges stay exact as Lua numbers: 53 bits, less the index.
const SEQUENCE_LIMIT: u64 = 1 << (53 - INDEX_BITS);

/// HTTP servers and connections of one runtime.
#[derive(Default)]
pub(crate) struct Engine {
    inner: RefCell<Inner>,
}

#[derive(Default)]
struct Inner {
    servers: Vec<Option<Server>>,
    connections: Vec<Slot>,
    /// The first free slot, as index + 1; 0 is none.
    free: u32,
    /// Counts connections.
    serial: u32,
    /// The cached `Date` field's value, and when the loop's clock makes it stale.
    date: [u8; 29],
    date_until: u64,
    /// The connection whose bytes are being processed, by index and serial number, and the answers
    /// it has given so far.
    current: Option<(u32, u32)>,
    out: Vec<u8>,
    /// Where answers are encrypted.
    sealed: Vec<u8>,
    /// Looks at half-closed connections while there are any, after so many milliseconds.
    orphan_timer: Option<Handle>,
    orphan_wait: u64,
    /// The buffer of a head that was sent, for the next one.
    spare_head: Option<Box<response::Head>>,
}

/// A place for a connection; the sequence outlives the connections that use it.
struct Slot {
    /// Counts exchanges, so that a response kept too long names none that came later.
    sequence: u64,
    next_free: u32,
    connection: Option<Connection>,
}

/// A connection as handles and requests of the loop know it: its index and the low bits of its
/// serial number, so that what comes late for one connection does not reach the next.
fn tag(index: u32, serial: u32) -> u32 {
    index | serial << INDEX_BITS
}

/// The number by which Lua knows one exchange (a request and its response).
#[derive(Copy, Clone, PartialEq, Eq)]
struct Exchange(u64);

impl Exchange {
    fn index(self) -> u32 {
        (self.0 & ((1 << INDEX_BITS) - 1)) as u32
    }

    fn to_num(self) -> f64 {
        self.0 as f64
    }

    fn from_num(number: f64) -> Exchange {
        Exchange(number as u64)
    }
}

impl Inner {
    /// Finds a place for a connection; `None` when a million are open.
    fn insert(&mut self, mut connection: Connection) -> Option<u32> {
        self.serial = self.serial.wrapping_add(1);
        connection.serial = self.serial;
        if self.free != 0 {
            let index = self.free - 1;
            let slot = self.connections.get_mut(index as usize)?;
            self.free = slot.next_free;
            slot.connection = Some(connection);
            return Some(index);
        }
        let index = u32::try_from(self.connections.len())
            .ok()
            .filter(|index| *index < 1 << INDEX_BITS)?;
        self.connections.push(Slot {
            sequence: 0,
            next_free: 0,
            connection: Some(connection),
        });
        Some(index)
    }

    fn remove(&mut self, index: u32) -> Option<Connection> {
        let slot = self.connections.get_mut(index as usize)?;
        let connection = slot.connection.take()?;
        slot.sequence = (slot.sequence + 1) % SEQUENCE_LIMIT;
        slot.next_free = self.free;
        self.free = index + 1;
        Some(connection)
    }

    fn connection(&mut self, index: u32) -> Option<&mut Connection> {
        self.connections
            .get_mut(index as usize)?
            .connection
            .as_mut()
    }

    /// The connection at `index` if it is still the one with this serial number.
    fn same(&mut self, index: u32, serial: u32) -> Option<&mut Connection> {
        self.connection(index)
            .filter(|connection| connection.serial == serial)
    }

    fn serial_of(&self, index: u32) -> u32 {
        let connection = self
            .connections
            .get(index as usize)
            .and_then(|slot| slot.connection.as_ref());
        connection.map_or(0, |connection| connection.serial)
    }

    /// The index of the connection that [`tag`] names, unless it is gone.
    fn resolve(&self, wanted: u32) -> Option<u32> {
        let index = wanted & ((1 << INDEX_BITS) - 1);
        let connection = self.connections.get(index as usize)?.connection.as_ref()?;
        (tag(index, connection.serial) == wanted).then_some(index)
    }

    /// Whether the connection at `index` is the one whose bytes are being processed.
    fn is_current(&self, index: u32) -> bool {
        self.current == Some((index, self.serial_of(index)))
    }

    /// The current exchange of a connection.
    fn exchange(&self, index: u32) -> Exchange {
        let sequence = self
            .connections
            .get(index as usize)
            .map_or(0, |slot| slot.sequence);
        Exchange(sequence << INDEX_BITS | u64::from(index))
    }

    /// Starts the next exchange of a connection.
    fn next_exchange(&mut self, index: u32) -> Exchange {
        if let Some(slot) = self.connections.get_mut(index as usize) {
            slot.sequence = (slot.sequence + 1) % SEQUENCE_LIMIT;
        }
        self.exchange(index)
    }

    /// The connection of an exchange, unless that exchange is over.
    fn live(&mut self, exchange: Exchange) -> Option<&mut Connection> {
        if self.exchange(exchange.index()) != exchange {
            return None;
        }
        self.connection(exchange.index())
    }

    /// The server of the connection at `index`.
    fn server_of(&mut self, index: u32) -> Option<&mut Server> {
        let server = self.connection(index)?.server;
        self.server(server)
    }

    fn server(&mut self, id: u32) -> Option<&mut Server> {
        self.servers.get_mut(id as usize)?.as_mut()
    }
}
