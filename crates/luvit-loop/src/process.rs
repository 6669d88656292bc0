//! Child processes.
//!
//! Semantics: <https://docs.libuv.org/en/v1.x/process.html>.

use crate::{Handle, Loop};

/// A child process in its slot.
#[derive(Debug)]
pub(crate) struct Process {}

impl Loop {
    /// Forgets the child: it goes on, and is still waited for.
    pub(crate) fn process_close(&mut self, _handle: Handle) {}
}
