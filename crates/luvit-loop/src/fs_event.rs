//! Watchers of files and folders through the system's notifications.
//!
//! Semantics: <https://docs.libuv.org/en/v1.x/fs_event.html>.

use crate::{Handle, Loop};

/// What happened to a name.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct FsChange {
    /// The name relative to the watched folder, or the last part of the watched path; `None` where
    /// the system does not say.
    pub name: Option<std::ffi::OsString>,
    /// It was made, removed or renamed (`UV_RENAME`).
    pub rename: bool,
    /// Its content or properties changed (`UV_CHANGE`).
    pub change: bool,
}

/// A watcher in its slot.
#[derive(Debug)]
pub(crate) struct FsEvent {}

impl Loop {
    /// Ends watching.
    pub(crate) fn fs_event_close(&mut self, _handle: Handle) {}
}
