//! File operations that the systems with kqueue do their own way.

use super::fs::{check, from_stat, retry};
#[cfg(target_vendor = "apple")]
use crate::fs::Time;
use crate::fs::{File, Offset, Stat};
use crate::{Error, Result};
use std::{ffi::CStr, mem::MaybeUninit};

pub(super) use libc::{ftruncate, lseek, open, pread, pwrite, pwritev};

pub(super) fn clear_errno() {
    // SAFETY: the address is that of this thread's errno.
    unsafe { *libc::__error() = 0 };
}

fn complete(found: &libc::stat) -> Stat {
    #[cfg(target_vendor = "apple")]
    return Stat {
        flags: found.st_flags.into(),
        gen_: found.st_gen.into(),
        birthtime: Time {
            sec: found.st_birthtime,
            nsec: found.st_birthtime_nsec as u32,
        },
        ..from_stat(found)
    };
    #[cfg(target_os = "freebsd")]
    return Stat {
        flags: found.st_flags.into(),
        gen_: found.st_gen.into(),
        birthtime: crate::fs::Time {
            sec: i64::from(found.st_birthtime),
            nsec: found.st_birthtime_nsec as u32,
        },
        ..from_stat(found)
    };
    #[cfg(not(any(target_vendor = "apple", target_os = "freebsd")))]
    from_stat(found)
}

pub(super) fn stat_at(path: &CStr, follow: bool) -> Result<Stat> {
    let flags = if follow { 0 } else { libc::AT_SYMLINK_NOFOLLOW };
    let mut found = MaybeUninit::<libc::stat>::zeroed();
    // SAFETY: the path ends with NUL, and fstatat fills the structure.
    unsafe {
        let result = libc::fstatat(libc::AT_FDCWD, path.as_ptr(), found.as_mut_ptr(), flags);
        check(result)?;
        Ok(complete(found.assume_init_ref()))
    }
}

pub(super) fn fstat(file: File) -> Result<Stat> {
    let mut found = MaybeUninit::<libc::stat>::zeroed();
    // SAFETY: fstat fills the structure.
    unsafe {
        check(libc::fstat(file, found.as_mut_ptr()))?;
        Ok(complete(found.assume_init_ref()))
    }
}

/// sendfile(2) sends to sockets only here, and says how much it sent when it fails as well.
pub(super) fn send_file(to: File, from: File, offset: &mut Offset, length: u64) -> Result<u64> {
    // Without a position of its own, the file's would not move.
    let Some(start) = *offset else {
        return Err(Error::EINVAL);
    };
    let mut sent: libc::off_t;
    // SAFETY: `sent` is one number the call may write to; no headers are given.
    let result = unsafe {
        #[cfg(target_vendor = "apple")]
        {
            sent = libc::off_t::try_from(length).unwrap_or(libc::off_t::MAX);
            libc::sendfile(from, to, start, &mut sent, std::ptr::null_mut(), 0)
        }
        #[cfg(not(target_vendor = "apple"))]
        {
            sent = 0;
            let length = usize::try_from(length).unwrap_or(usize::MAX);
            libc::sendfile(from, to, start, length, std::ptr::null_mut(), &mut sent, 0)
        }
    };
    match check(result) {
        Ok(_) => {}
        // The socket is full, or a signal came, after some bytes.
        Err(Error::EAGAIN | Error::EINTR | Error::EBUSY) if sent > 0 => {}
        Err(Error::EINTR) => return Err(Error::EAGAIN),
        Err(Error::ENOTSOCK | Error::ENOTCONN) => return Err(Error::EINVAL),
        Err(error) => return Err(error),
    }
    *offset = Some(start + sent);
    Ok(sent as u64)
}

pub(super) fn sync(file: File) -> Result<()> {
    // Apple's fsync leaves bytes in the disk's own memory.
    #[cfg(target_vendor = "apple")]
    // SAFETY: fcntl takes any number.
    if unsafe { libc::fcntl(file, libc::F_FULLFSYNC) } != -1 {
        return Ok(());
    }
    // SAFETY: fsync takes any number.
    retry(|| unsafe { libc::fsync(file) } as isize).map(|_| ())
}

pub(super) fn datasync(file: File) -> Result<()> {
    #[cfg(target_vendor = "apple")]
    return sync(file);
    #[cfg(not(target_vendor = "apple"))]
    // SAFETY: fdatasync takes any number.
    retry(|| unsafe { libc::fdatasync(file) } as isize).map(|_| ())
}

/// Makes a new file that shares the bytes of an open one.
pub(super) fn clone_to(from: File, path: &CStr) -> Result<()> {
    #[cfg(target_vendor = "apple")]
    // SAFETY: the path ends with NUL.
    return check(unsafe { libc::fclonefileat(from, libc::AT_FDCWD, path.as_ptr(), 0) })
        .map(|_| ());
    #[cfg(not(target_vendor = "apple"))]
    {
        let _ = (from, path);
        Err(Error::ENOTSUP)
    }
}

/// No call makes one open file share the bytes of another here.
pub(super) fn clone_file(_to: File, _from: File) -> Result<()> {
    Err(Error::ENOTSUP)
}

/// Nothing is copied by the kernel alone: bytes go through memory.
pub(super) fn copy_range(_to: File, _from: File) -> Result<()> {
    Ok(())
}
