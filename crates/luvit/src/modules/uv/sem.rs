//! `luv_sem_t`: semaphores between threads.

use super::{Entry, functions};

pub(super) const FUNCTIONS: &[Entry] = functions![];
