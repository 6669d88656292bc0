//! What Linux does its own way.

use super::{Fd, Io, open_again};
use crate::{Error, Result};

/// accept4(2): the connection is not blocking and closed on exec. -1 sets errno.
pub(crate) fn accept(fd: Fd) -> i32 {
    let flags = libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC;
    // SAFETY: accept4 may be told that the address is not asked for.
    unsafe { libc::accept4(fd, std::ptr::null_mut(), std::ptr::null_mut(), flags) }
}

/// Whether `fd` is the end of a pseudo terminal that plays screen and keyboard (pty(7)).
pub(crate) fn is_terminal_behind(fd: Fd) -> bool {
    let mut number: libc::c_uint = 0;
    // SAFETY: TIOCGPTN writes one number, for that end only.
    unsafe { libc::ioctl(fd, libc::TIOCGPTN, &mut number) == 0 }
}

/// A file description of our own for the terminal or pipe behind `fd`, so that making it
/// non-blocking does not concern the other programs that share it.
pub(crate) fn reopen(fd: Fd) -> Result<Io> {
    if is_terminal_behind(fd) {
        return Err(Error::ENOTSUP);
    }
    let path = std::ffi::CString::new(format!("/proc/self/fd/{fd}")).unwrap_or_default();
    open_again(&path, fd)
}

impl Io {
    /// Lets others bind the same address and port; each gets a share of the connections.
    pub(crate) fn share_port(&self) -> Result<()> {
        Ok(self.socket()?.set_reuse_port(true)?)
    }
}
