//! The names of files: links, folders, renaming.

use crate::{Result, sys};
use std::{ffi::OsStr, ffi::OsString, fs};

/// Removes a name that is no folder's. See unlink(2).
pub fn unlink(path: &OsStr) -> Result<()> {
    sys::fs::unlink(path)
}

/// Makes a folder; `mode` are its permissions before the umask. See mkdir(2). Windows has no mode.
pub fn make_dir(path: &OsStr, mode: u32) -> Result<()> {
    sys::fs::make_dir(path, mode)
}

/// Removes an empty folder. See rmdir(2).
pub fn remove_dir(path: &OsStr) -> Result<()> {
    Ok(fs::remove_dir(path)?)
}

/// Gives a file or folder another name, over one that is there. See rename(2).
pub fn rename(path: &OsStr, new_path: &OsStr) -> Result<()> {
    Ok(fs::rename(path, new_path)?)
}

/// Gives a file one more name. See link(2).
pub fn link(path: &OsStr, new_path: &OsStr) -> Result<()> {
    Ok(fs::hard_link(path, new_path)?)
}

/// What a symbolic link points to; only Windows asks.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub struct SymlinkFlags {
    /// It points to a folder.
    pub dir: bool,
    /// It is to be a junction, which points to a folder by its absolute path.
    pub junction: bool,
}

impl SymlinkFlags {
    /// The flags of libuv's number: 1 and 2.
    #[must_use]
    pub fn from_bits(bits: i64) -> SymlinkFlags {
        SymlinkFlags {
            dir: bits & 1 != 0,
            junction: bits & 2 != 0,
        }
    }
}

/// Makes a symbolic link at `new_path` whose content is `path`. See symlink(2).
pub fn symlink(path: &OsStr, new_path: &OsStr, flags: SymlinkFlags) -> Result<()> {
    sys::fs::symlink(path, new_path, flags)
}

/// The content of a symbolic link, of any length; `EINVAL` for anything else. See readlink(2).
pub fn read_link(path: &OsStr) -> Result<OsString> {
    Ok(fs::read_link(path)?.into_os_string())
}

/// The absolute path without symbolic links, `.` and `..`. See realpath(3).
pub fn real_path(path: &OsStr) -> Result<OsString> {
    sys::fs::real_path(path)
}
