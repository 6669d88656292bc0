//! UTF-16 and WTF-8.

use super::{Entry, functions};

pub(super) const FUNCTIONS: &[Entry] = functions![];
