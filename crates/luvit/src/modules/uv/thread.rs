//! `luv_thread_t`: threads with a Lua state of their own.

use super::{Entry, functions};

pub(super) const FUNCTIONS: &[Entry] = functions![];
