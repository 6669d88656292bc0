//! Descriptors beside the bytes: `SCM_RIGHTS` (unix(7), cmsg(3)).

use super::unix::{NO_SIGNAL, retry};
use super::{Fd, Io};
use crate::Result;
use std::io::IoSlice;

/// Whether descriptors can be sent through a pipe.
pub(crate) const PASSES_DESCRIPTORS: bool = true;

/// How many descriptors one message may bring: Linux's limit (`SCM_MAX_FD`).
const MOST: usize = 253;

/// Room for control messages, aligned as their headers must be.
#[repr(C)]
union Control {
    _header: libc::cmsghdr,
    bytes: [u8; 64 + MOST * size_of::<Fd>()],
}

/// What a received descriptor needs so that programs started later do not have it.
#[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
const CLOSED_ON_EXEC: libc::c_int = libc::MSG_CMSG_CLOEXEC;
#[cfg(not(any(target_os = "linux", target_os = "android", target_os = "freebsd")))]
const CLOSED_ON_EXEC: libc::c_int = 0;

impl Io {
    /// Reads like `read` and adds the descriptors that came along to `passed`. Those for which this
    /// process had no room are lost (`MSG_CTRUNC`); the kernel has closed them.
    pub(crate) fn read_passed(&self, buffer: &mut [u8], passed: &mut Vec<Io>) -> Result<usize> {
        let mut part = libc::iovec {
            iov_base: buffer.as_mut_ptr().cast(),
            iov_len: buffer.len(),
        };
        let mut control = Control {
            bytes: [0; 64 + MOST * size_of::<Fd>()],
        };
        // SAFETY: all of msghdr may be zero.
        let mut message: libc::msghdr = unsafe { std::mem::zeroed() };
        message.msg_iov = &mut part;
        message.msg_iovlen = 1;
        message.msg_control = (&raw mut control).cast();
        message.msg_controllen = size_of::<Control>() as _;
        // SAFETY: the message points to the caller's buffer and to our control room, with their
        // lengths.
        let read = retry(|| unsafe { libc::recvmsg(self.fd(), &mut message, CLOSED_ON_EXEC) })?;
        // SAFETY: recvmsg has left whole control messages in our room, and their length in
        // `message`; the macros walk within it. The data of a message need not be aligned.
        unsafe {
            let mut header = libc::CMSG_FIRSTHDR(&message);
            while !header.is_null() {
                if (*header).cmsg_level == libc::SOL_SOCKET
                    && (*header).cmsg_type == libc::SCM_RIGHTS
                {
                    let data = libc::CMSG_DATA(header);
                    let length = (*header).cmsg_len as usize - (data as usize - header as usize);
                    for at in 0..length / size_of::<Fd>() {
                        let fd = data.cast::<Fd>().add(at).read_unaligned();
                        if CLOSED_ON_EXEC == 0 {
                            libc::fcntl(fd, libc::F_SETFD, libc::FD_CLOEXEC);
                        }
                        passed.extend(Io::from_raw(fd));
                    }
                }
                header = libc::CMSG_NXTHDR(&message, header);
            }
        }
        Ok(read)
    }

    /// Writes like `write`, and `pass` travels with the first byte.
    pub(crate) fn write_passing(&self, slices: &[IoSlice<'_>], pass: Fd) -> Result<usize> {
        let mut control = Control {
            bytes: [0; 64 + MOST * size_of::<Fd>()],
        };
        // SAFETY: all of msghdr may be zero.
        let mut message: libc::msghdr = unsafe { std::mem::zeroed() };
        message.msg_iov = slices.as_ptr().cast_mut().cast();
        message.msg_iovlen = slices.len() as _;
        message.msg_control = (&raw mut control).cast();
        // SAFETY: there is room for one header and one descriptor; IoSlice has the layout of iovec,
        // and sendmsg only reads what the message points to.
        unsafe {
            message.msg_controllen = libc::CMSG_SPACE(size_of::<Fd>() as u32) as _;
            let header = libc::CMSG_FIRSTHDR(&message);
            (*header).cmsg_level = libc::SOL_SOCKET;
            (*header).cmsg_type = libc::SCM_RIGHTS;
            (*header).cmsg_len = libc::CMSG_LEN(size_of::<Fd>() as u32) as _;
            libc::CMSG_DATA(header).cast::<Fd>().write_unaligned(pass);
            retry(|| libc::sendmsg(self.fd(), &message, NO_SIGNAL))
        }
    }
}
