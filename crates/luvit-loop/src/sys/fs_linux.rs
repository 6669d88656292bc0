//! File operations that Linux does its own way.

use super::fs::{check, from_stat, retry};
use crate::fs::{File, Offset, Stat, Time};
use crate::{Error, Result};
use std::{ffi::CStr, mem::MaybeUninit};

// Of glibc's functions those that count files in 64 bits on every processor.
#[cfg(not(target_env = "gnu"))]
pub(super) use libc::{ftruncate, lseek, open, pread, pwrite, pwritev};
#[cfg(target_env = "gnu")]
pub(super) use libc::{
    ftruncate64 as ftruncate, lseek64 as lseek, open64 as open, pread64 as pread,
    pwrite64 as pwrite, pwritev64 as pwritev,
};

/// The most bytes one call moves (sendfile(2)).
const MOST: u64 = 0x7fff_f000;

pub(super) fn clear_errno() {
    // SAFETY: the address is that of this thread's errno.
    unsafe {
        #[cfg(target_os = "android")]
        let errno = libc::__errno();
        #[cfg(not(target_os = "android"))]
        let errno = libc::__errno_location();
        *errno = 0;
    }
}

fn statx(folder: File, path: &CStr, flags: i32) -> Result<Stat> {
    let mut found = MaybeUninit::<libc::statx>::zeroed();
    let wanted = libc::STATX_BASIC_STATS | libc::STATX_BTIME;
    // SAFETY: the path ends with NUL, and statx fills the structure.
    let found = unsafe {
        check(libc::statx(
            folder,
            path.as_ptr(),
            flags,
            wanted,
            found.as_mut_ptr(),
        ))?;
        found.assume_init()
    };
    let time = |time: libc::statx_timestamp| Time {
        sec: time.tv_sec,
        nsec: time.tv_nsec,
    };
    Ok(Stat {
        dev: libc::makedev(found.stx_dev_major, found.stx_dev_minor),
        mode: found.stx_mode.into(),
        nlink: found.stx_nlink.into(),
        uid: found.stx_uid.into(),
        gid: found.stx_gid.into(),
        rdev: libc::makedev(found.stx_rdev_major, found.stx_rdev_minor),
        ino: found.stx_ino,
        size: found.stx_size,
        blksize: found.stx_blksize.into(),
        blocks: found.stx_blocks,
        flags: 0,
        gen_: 0,
        atime: time(found.stx_atime),
        mtime: time(found.stx_mtime),
        ctime: time(found.stx_ctime),
        birthtime: time(found.stx_btime),
    })
}

/// Whether the kernel (before 4.11) or a filter of system calls knows no statx(2), which never
/// fails with `EPERM` of its own.
fn has_no_statx(error: Error) -> bool {
    matches!(error, Error::ENOSYS | Error::EPERM)
}

pub(super) fn stat_at(path: &CStr, follow: bool) -> Result<Stat> {
    let flags = if follow { 0 } else { libc::AT_SYMLINK_NOFOLLOW };
    match statx(libc::AT_FDCWD, path, flags) {
        Err(error) if has_no_statx(error) => {
            let mut found = MaybeUninit::<libc::stat>::zeroed();
            // SAFETY: the path ends with NUL, and fstatat fills the structure.
            unsafe {
                let result =
                    libc::fstatat(libc::AT_FDCWD, path.as_ptr(), found.as_mut_ptr(), flags);
                check(result)?;
                Ok(from_stat(found.assume_init_ref()))
            }
        }
        result => result,
    }
}

pub(super) fn fstat(file: File) -> Result<Stat> {
    match statx(file, c"", libc::AT_EMPTY_PATH) {
        Err(error) if has_no_statx(error) => {
            let mut found = MaybeUninit::<libc::stat>::zeroed();
            // SAFETY: fstat fills the structure.
            unsafe {
                check(libc::fstat(file, found.as_mut_ptr()))?;
                Ok(from_stat(found.assume_init_ref()))
            }
        }
        result => result,
    }
}

/// sendfile(2): from a file that can be mapped to anything.
pub(super) fn send_file(to: File, from: File, offset: &mut Offset, length: u64) -> Result<u64> {
    let length = length.min(MOST) as usize;
    let position = match offset {
        Some(offset) => std::ptr::from_mut(offset).cast(),
        None => std::ptr::null_mut(),
    };
    // SAFETY: the position is one `i64` or not asked for.
    retry(|| unsafe { libc::sendfile64(to, from, position, length) }).map(|n| n as u64)
}

pub(super) fn sync(file: File) -> Result<()> {
    // SAFETY: fsync takes any number.
    retry(|| unsafe { libc::fsync(file) } as isize).map(|_| ())
}

pub(super) fn datasync(file: File) -> Result<()> {
    // SAFETY: fdatasync takes any number.
    retry(|| unsafe { libc::fdatasync(file) } as isize).map(|_| ())
}

/// Clones have to be opened first: see [`clone_file`].
pub(super) fn clone_to(_from: File, _path: &CStr) -> Result<()> {
    Err(Error::ENOTSUP)
}

/// Makes one file share the bytes of another (ioctl_ficlone(2)).
pub(super) fn clone_file(to: File, from: File) -> Result<()> {
    // SAFETY: FICLONE takes a descriptor.
    check(unsafe { libc::ioctl(to, libc::FICLONE as _, from) }).map(|_| ())
}

/// Copies from both files' positions to the end as far as copy_file_range(2) does it.
pub(super) fn copy_range(to: File, from: File) -> Result<()> {
    loop {
        let none = std::ptr::null_mut::<i64>();
        // SAFETY: both positions are the files' own. By its number: not every C library has it.
        let copied = retry(|| unsafe {
            libc::syscall(
                libc::SYS_copy_file_range,
                from,
                none,
                to,
                none,
                MOST as usize,
                0,
            ) as isize
        });
        match copied {
            Ok(0) => return Ok(()),
            Ok(_) => {}
            // No room is no room for any other way of copying.
            Err(error @ (Error::ENOSPC | Error::EIO | Error::EFBIG)) => return Err(error),
            Err(_) => return Ok(()),
        }
    }
}
