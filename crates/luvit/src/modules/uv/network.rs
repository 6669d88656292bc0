//! The machine's network interfaces.

use super::{Entry, functions};

pub(super) const FUNCTIONS: &[Entry] = functions![];
