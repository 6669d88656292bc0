//! Who may use a file, whose it is, and when it was used.

use super::File;
use crate::{Result, sys};
use std::ffi::OsStr;

/// The modes of [`access`] by name: `F_OK`, `R_OK`, `W_OK`, `X_OK`.
pub const ACCESS_MODES: &[(&str, i32)] = &[("F_OK", 0), ("R_OK", 4), ("W_OK", 2), ("X_OK", 1)];

/// Whether the process may use `path` as `mode` says, the sum of [`ACCESS_MODES`]; `Err` when it
/// may not. See access(2).
pub fn access(path: &OsStr, mode: i32) -> Result<()> {
    sys::fs::access(path, mode)
}

/// Sets the permissions. See chmod(2); on Windows only the owner's right to write counts.
pub fn chmod(path: &OsStr, mode: u32) -> Result<()> {
    sys::fs::chmod(path, mode)
}

/// Like [`chmod`], of an open file.
pub fn fchmod(file: File, mode: u32) -> Result<()> {
    sys::fs::fchmod(file, mode)
}

/// Sets owner and group; `u32::MAX` leaves one as it is. See chown(2). Windows has no such numbers:
/// nothing happens there, as in libuv.
pub fn chown(path: &OsStr, uid: u32, gid: u32) -> Result<()> {
    sys::fs::chown(path, uid, gid)
}

/// Like [`chown`], of an open file.
pub fn fchown(file: File, uid: u32, gid: u32) -> Result<()> {
    sys::fs::fchown(file, uid, gid)
}

/// Like [`chown`], of a symbolic link itself.
pub fn lchown(path: &OsStr, uid: u32, gid: u32) -> Result<()> {
    sys::fs::lchown(path, uid, gid)
}

/// What becomes of one of a file's times.
#[derive(Copy, Clone, PartialEq, Debug)]
pub enum TimeChange {
    /// It stays as it is.
    Omit,
    /// It becomes the present.
    Now,
    /// It becomes so many seconds since 1970, fractions included.
    Set(f64),
}

impl TimeChange {
    /// Whole seconds and nanoseconds; the fraction counts forward, before 1970 too. A number out
    /// of range becomes the nearest in range, which the system then refuses or limits.
    pub(crate) fn split(seconds: f64) -> (i64, u32) {
        let whole = seconds.floor();
        let nanos = ((seconds - whole) * 1e9).round();
        if nanos >= 1e9 {
            (whole as i64 + 1, 0)
        } else {
            (whole as i64, nanos as u32)
        }
    }
}

/// Sets the times of the last read and the last change. See utimensat(2).
pub fn utime(path: &OsStr, atime: TimeChange, mtime: TimeChange) -> Result<()> {
    sys::fs::utime(path, true, atime, mtime)
}

/// Like [`utime`], of a symbolic link itself.
pub fn lutime(path: &OsStr, atime: TimeChange, mtime: TimeChange) -> Result<()> {
    sys::fs::utime(path, false, atime, mtime)
}

/// Like [`utime`], of an open file.
pub fn futime(file: File, atime: TimeChange, mtime: TimeChange) -> Result<()> {
    sys::fs::futime(file, atime, mtime)
}

#[cfg(test)]
mod tests {
    use super::TimeChange;

    #[test]
    fn seconds_are_split_forward() {
        assert_eq!(TimeChange::split(0.0), (0, 0));
        assert_eq!(TimeChange::split(1.25), (1, 250_000_000));
        assert_eq!(TimeChange::split(-1.25), (-2, 750_000_000));
        assert_eq!(TimeChange::split(-1e-12), (0, 0));
        assert_eq!(TimeChange::split(0.999_999_999_9), (1, 0));
        assert_eq!(TimeChange::split(1e300), (i64::MAX, 0));
    }
}
