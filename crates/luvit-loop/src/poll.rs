//! Watchers of any descriptor the system can wait for.
//!
//! Semantics: <https://docs.libuv.org/en/v1.x/poll.html>.

use crate::{Event, Handle, Loop};

/// What a descriptor is watched for, or ready for.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub struct PollEvents {
    /// It can be read (`UV_READABLE`).
    pub readable: bool,
    /// It can be written to (`UV_WRITABLE`).
    pub writable: bool,
    /// The peer has ended its side (`UV_DISCONNECT`).
    pub disconnect: bool,
    /// Out-of-band data (`UV_PRIORITIZED`).
    pub prioritized: bool,
}

/// A watcher in its slot.
#[derive(Debug)]
pub(crate) struct Poll {}

impl Poll {
    /// Notes what the poll reports, and tells whether the watcher is to be put into the queue.
    pub(crate) fn note(&mut self, _event: &mio::event::Event) -> bool {
        false
    }
}

impl Loop {
    /// Serves a watcher from the queue: at most one event, and whether there is more to do.
    pub(crate) fn poll_ready(&mut self, _handle: Handle) -> (Option<Event>, bool) {
        (None, false)
    }

    /// Ends watching; the descriptor stays open.
    pub(crate) fn poll_close(&mut self, _handle: Handle) {}
}
