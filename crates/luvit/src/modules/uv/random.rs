//! Random bytes of the system.

use super::{Entry, functions};

pub(super) const FUNCTIONS: &[Entry] = functions![];
