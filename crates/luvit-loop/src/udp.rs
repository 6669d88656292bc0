//! UDP sockets.
//!
//! Semantics: <https://docs.libuv.org/en/v1.x/udp.html>.

use crate::{Event, Handle, Loop};
use std::net::SocketAddr;

/// A datagram in the read buffer.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Received {
    /// Where its bytes begin in the read buffer.
    pub start: usize,
    /// How many bytes it has.
    pub length: usize,
    /// Who sent it.
    pub address: Option<SocketAddr>,
    /// The buffer was too small: the rest of the datagram is lost (`UV_UDP_PARTIAL`).
    pub partial: bool,
    /// It is one of several that a single system call brought (`UV_UDP_MMSG_CHUNK`).
    pub chunk: bool,
}

/// A UDP socket in its slot.
#[derive(Debug)]
pub(crate) struct Udp {}

impl Udp {
    /// Notes what the poll reports, and tells whether the socket is to be put into the queue.
    pub(crate) fn note(&mut self, _event: &mio::event::Event) -> bool {
        false
    }
}

impl Loop {
    /// Serves a socket from the queue: at most one event, and whether there is more to do.
    pub(crate) fn udp_ready(&mut self, _handle: Handle) -> (Option<Event>, bool) {
        (None, false)
    }

    /// Cancels what is under way and closes the descriptor.
    pub(crate) fn udp_close(&mut self, _handle: Handle) {}
}
