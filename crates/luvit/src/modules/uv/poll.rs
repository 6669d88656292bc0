//! `uv_poll_t`: watching any descriptor.

use luvit_loop::{Handle, PollEvents, Result};

use super::{Entry, functions};
use crate::shared::Shared;

pub(super) const FUNCTIONS: &[Entry] = functions![];

/// A watched descriptor is ready.
pub(crate) fn on_poll(_shared: &Shared, _handle: Handle, _result: Result<PollEvents>) {}
