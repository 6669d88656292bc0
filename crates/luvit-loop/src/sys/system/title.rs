//! The process's title where the system does not tell what was set.

use crate::Result;
use std::sync::{Mutex, PoisonError};

/// What was set.
pub(super) static TITLE: Mutex<Option<Vec<u8>>> = Mutex::new(None);

/// The process's title: what was set, or the name the program was started by.
///
/// # Errors
/// The system's; none on macOS and FreeBSD.
pub fn process_title() -> Result<Vec<u8>> {
    let title = TITLE.lock().unwrap_or_else(PoisonError::into_inner);
    let program = || {
        std::env::args_os()
            .next()
            .unwrap_or_default()
            .into_encoded_bytes()
    };
    Ok(title.clone().unwrap_or_else(program))
}
