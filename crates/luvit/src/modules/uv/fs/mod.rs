//! `uv_fs_t`: file operations, at once or, with a callback, on the thread pool.

mod stat;

pub(super) use stat::push_stat;

use super::{Entry, functions};

pub(super) const FUNCTIONS: &[Entry] = functions![];
