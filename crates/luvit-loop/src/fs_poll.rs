//! Watchers of a path that look at it every so often.
//!
//! Semantics: <https://docs.libuv.org/en/v1.x/fs_poll.html>.

use crate::{Handle, Loop};

/// A watcher in its slot.
#[derive(Debug)]
pub(crate) struct FsPoll {}

impl Loop {
    /// Ends watching.
    pub(crate) fn fs_poll_close(&mut self, _handle: Handle) {}
}
