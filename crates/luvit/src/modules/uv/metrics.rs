//! What the loop has done: idle time and counts.

use super::{Entry, functions};

pub(super) const FUNCTIONS: &[Entry] = functions![];
