//! What the systems with kqueue do their own way.

use super::{Fd, Io, open_again};
use crate::{Error, Result};

/// accept(2): the connection is not blocking and closed on exec. -1 sets errno.
pub(crate) fn accept(fd: Fd) -> i32 {
    // SAFETY: accept may be told that the address is not asked for; fcntl takes any number.
    unsafe {
        let new = libc::accept(fd, std::ptr::null_mut(), std::ptr::null_mut());
        if new != -1 {
            libc::fcntl(new, libc::F_SETFD, libc::FD_CLOEXEC);
            let flags = libc::fcntl(new, libc::F_GETFL);
            libc::fcntl(new, libc::F_SETFL, flags | libc::O_NONBLOCK);
        }
        new
    }
}

/// Whether `fd` is the end of a pseudo terminal that plays screen and keyboard (pty(4)).
pub(crate) fn is_terminal_behind(fd: Fd) -> bool {
    // SAFETY: ptsname takes any number; only whether there is a name is asked.
    unsafe { !libc::ptsname(fd).is_null() }
}

/// A file description of our own for the terminal behind `fd`, so that making it non-blocking does
/// not concern the other programs that share it.
pub(crate) fn reopen(fd: Fd) -> Result<Io> {
    if is_terminal_behind(fd) {
        return Err(Error::ENOTSUP);
    }
    let mut name = [0 as libc::c_char; 256];
    // SAFETY: the buffer is as long as said, and ends with NUL when the call succeeds.
    let path = unsafe {
        if libc::ttyname_r(fd, name.as_mut_ptr(), name.len()) != 0 {
            return Err(Error::ENOTTY);
        }
        std::ffi::CStr::from_ptr(name.as_ptr())
    };
    open_again(path, fd)
}

impl Io {
    /// Lets others bind the same address and port; each gets a share of the connections. Only
    /// FreeBSD shares them out.
    #[cfg(target_os = "freebsd")]
    pub(crate) fn share_port(&self) -> Result<()> {
        Ok(self.socket()?.set_reuse_port_lb(true)?)
    }

    #[cfg(not(target_os = "freebsd"))]
    pub(crate) fn share_port(&self) -> Result<()> {
        Err(Error::ENOTSUP)
    }
}
