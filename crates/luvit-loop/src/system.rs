//! What the system says of itself and of this process; no loop is needed for it.

use std::ffi::OsString;

#[cfg(not(unix))]
use crate::Error;
use crate::Result;

pub use crate::sys::pages::release_startup_pages;
pub use crate::sys::system::{
    group_id, host_name, interface_index, kill, memory, parent_id, resident_memory, resource_usage,
    uname, uptime, user_id,
};

/// Resources a process has used: see getrusage(2).
#[derive(Clone, Debug)]
pub struct ResourceUsage {
    /// Time in user mode: seconds and microseconds.
    pub user: (i64, i64),
    /// Time in the kernel: seconds and microseconds.
    pub system: (i64, i64),
    /// The other fields by getrusage's names without their prefix: `maxrss` in KiB, counts.
    pub counts: [(&'static str, i64); 14],
}

/// Bytes from a script as a path or name of this system.
///
/// # Errors
/// `EINVAL` where the system's strings are Unicode and these bytes are not.
pub fn os_string(bytes: &[u8]) -> Result<OsString> {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStringExt;
        Ok(OsString::from_vec(bytes.to_vec()))
    }
    #[cfg(not(unix))]
    {
        std::str::from_utf8(bytes)
            .map(OsString::from)
            .map_err(|_| Error::EINVAL)
    }
}

/// An environment variable, or `None` if it is not set.
#[must_use]
pub fn get_env(name: &[u8]) -> Option<Vec<u8>> {
    std::env::var_os(os_string(name).ok()?).map(OsString::into_encoded_bytes)
}

/// Sets an environment variable, or removes it. The name must be neither empty nor contain `=` or
/// NUL, the value no NUL; others are ignored.
pub fn set_env(name: &[u8], value: Option<&[u8]>) {
    if name.is_empty() || name.contains(&b'=') || name.contains(&0) {
        return;
    }
    let (Ok(name), Ok(value)) = (os_string(name), value.map(os_string).transpose()) else {
        return;
    };
    // SAFETY: std serialises its own readers; the C library's (getaddrinfo on the thread pool) may
    // read at the same time, the risk that every runtime with a live environment takes.
    unsafe {
        match value {
            Some(value) => std::env::set_var(name, value),
            None => std::env::remove_var(name),
        }
    }
}
