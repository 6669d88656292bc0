//! `uv_fs_event_t`: watching files through the system's notifications.

use luvit_loop::{FsChange, Handle, Result};

use super::{Entry, functions};
use crate::shared::Shared;

pub(super) const FUNCTIONS: &[Entry] = functions![];

/// Something happened to a watched file or folder.
pub(crate) fn on_change(_shared: &Shared, _handle: Handle, _result: Result<FsChange>) {}
