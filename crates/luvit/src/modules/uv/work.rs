//! `luv_work_ctx_t`: Lua functions on the thread pool.

use super::{Entry, functions};

pub(super) const FUNCTIONS: &[Entry] = functions![];
