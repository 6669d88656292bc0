//! What the system knows of a file.

use crate::Result;
use std::ffi::OsStr;

/// A moment: seconds and nanoseconds since 1970, UTC.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub struct Time {
    /// Seconds; negative before 1970.
    pub sec: i64,
    /// Nanoseconds of the second, 0 to 999,999,999.
    pub nsec: u32,
}

/// What the system knows of a file (`uv_stat_t`).
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub struct Stat {
    /// The device it lies on.
    pub dev: u64,
    /// Type and permissions, `st_mode`.
    pub mode: u64,
    /// How many names it has.
    pub nlink: u64,
    /// Its owner.
    pub uid: u64,
    /// Its group.
    pub gid: u64,
    /// The device it is, when it is one.
    pub rdev: u64,
    /// Its number on the device.
    pub ino: u64,
    /// Bytes.
    pub size: u64,
    /// The best size of a read or write, in bytes.
    pub blksize: u64,
    /// Blocks of 512 bytes it takes.
    pub blocks: u64,
    /// Flags of the user, on systems that have them.
    pub flags: u64,
    /// Generation, on systems that have it.
    pub gen_: u64,
    /// Last read.
    pub atime: Time,
    /// Last change of the content.
    pub mtime: Time,
    /// Last change of the properties.
    pub ctime: Time,
    /// Made; zero where the system does not say.
    pub birthtime: Time,
}

/// Follows symbolic links. Errors are the system's: `ENOENT`, `EACCES`, `ENOTDIR` …
pub fn stat(path: &OsStr) -> Result<Stat> {
    let found = std::fs::metadata(path)?;
    Ok(Stat {
        size: found.len(),
        ..Stat::default()
    })
}
