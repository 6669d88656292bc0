//! What the system knows of a file, and of the file system it lies on.

use super::File;
use crate::{Result, sys};
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

impl Stat {
    /// The bits of `mode` that are the type.
    const TYPE: u64 = 0o170_000;

    /// The type: `"file"`, `"directory"`, `"link"`, `"fifo"`, `"socket"`, `"char"`, `"block"`, or
    /// `"unknown"`.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match self.mode & Stat::TYPE {
            0o100_000 => "file",
            0o040_000 => "directory",
            0o120_000 => "link",
            0o010_000 => "fifo",
            0o140_000 => "socket",
            0o020_000 => "char",
            0o060_000 => "block",
            _ => "unknown",
        }
    }

    pub(crate) fn is_dir(&self) -> bool {
        self.mode & Stat::TYPE == 0o040_000
    }

    pub(crate) fn is_regular(&self) -> bool {
        self.mode & Stat::TYPE == 0o100_000
    }
}

/// Follows symbolic links. Errors are the system's: `ENOENT`, `EACCES`, `ENOTDIR` …
pub fn stat(path: &OsStr) -> Result<Stat> {
    sys::fs::stat(path, true)
}

/// Like [`stat`], of a symbolic link itself.
pub fn lstat(path: &OsStr) -> Result<Stat> {
    sys::fs::stat(path, false)
}

/// What the system knows of an open file; `EBADF` when it is not open.
pub fn fstat(file: File) -> Result<Stat> {
    sys::fs::fstat(file)
}

/// What the system knows of a file system (`uv_statfs_t`); what it does not say is 0.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub struct StatFs {
    /// Its type, a number of the system's.
    pub kind: u64,
    /// Bytes of a block.
    pub bsize: u64,
    /// Blocks in all.
    pub blocks: u64,
    /// Free blocks.
    pub bfree: u64,
    /// Free blocks for users without privileges.
    pub bavail: u64,
    /// Files it may have.
    pub files: u64,
    /// How many more files it may have.
    pub ffree: u64,
}

/// The file system that `path` lies on. See statfs(2).
pub fn statfs(path: &OsStr) -> Result<StatFs> {
    sys::fs::statfs(path)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::Error;
    use std::os::unix::fs::MetadataExt;

    #[test]
    fn agrees_with_the_standard_library() {
        let path = std::env::current_exe().unwrap();
        let found = stat(path.as_os_str()).unwrap();
        let expected = std::fs::metadata(&path).unwrap();
        assert_eq!(found.dev, expected.dev());
        assert_eq!(found.ino, expected.ino());
        assert_eq!(found.mode, u64::from(expected.mode()));
        assert_eq!(found.size, expected.len());
        assert_eq!(found.blocks, expected.blocks());
        assert_eq!(found.mtime.sec, expected.mtime());
        assert_eq!(i64::from(found.mtime.nsec), expected.mtime_nsec());
        assert_eq!(found.type_name(), "file");
        assert!(found.is_regular() && !found.is_dir());
        let null = stat("/dev/null".as_ref()).unwrap();
        assert_eq!(null.type_name(), "char");
        assert_eq!(
            null.rdev,
            std::fs::metadata("/dev/null").unwrap().rdev(),
            "the number of a device is put together as the C library does"
        );
    }

    #[test]
    fn numbers_that_are_no_descriptors() {
        for file in [-1, -100, i32::MIN, i32::MAX] {
            assert_eq!(fstat(file), Err(Error::EBADF), "{file}");
        }
        assert_eq!(stat("a\0b".as_ref()), Err(Error::EINVAL));
        assert_eq!(stat("".as_ref()), Err(Error::ENOENT));
        let long = "x".repeat(5000);
        assert_eq!(stat(long.as_ref()), Err(Error::ENAMETOOLONG));
        assert!(statfs("/".as_ref()).unwrap().bsize > 0);
    }
}
