//! What Linux does its own way.

use super::{Fd, Io, open_again};
use crate::Result;

/// accept4(2): the connection is not blocking and closed on exec. -1 sets errno.
pub(crate) fn accept(fd: Fd) -> i32 {
    let flags = libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC;
    // SAFETY: accept4 may be told that the address is not asked for.
    unsafe { libc::accept4(fd, std::ptr::null_mut(), std::ptr::null_mut(), flags) }
}

/// A file description of our own for the terminal or pipe behind `fd`, so that making it
/// non-blocking does not concern the other programs that share it.
pub(crate) fn reopen(fd: Fd) -> Result<Io> {
    let path = std::ffi::CString::new(format!("/proc/self/fd/{fd}")).unwrap_or_default();
    open_again(&path, fd)
}
