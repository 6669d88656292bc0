//! `uv_fs_poll_t`: watching a path by looking at it every so often.

use luvit_loop::{Handle, Result, fs::Stat};

use super::{Entry, functions};
use crate::shared::Shared;

pub(super) const FUNCTIONS: &[Entry] = functions![];

/// A watched path has changed.
pub(crate) fn on_change(_shared: &Shared, _handle: Handle, _result: Result<Box<(Stat, Stat)>>) {}
