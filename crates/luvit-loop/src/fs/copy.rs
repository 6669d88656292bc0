//! Copying whole files.

use crate::{Error, Result, sys};
use std::ffi::OsStr;

/// How to copy a file.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub struct CopyFlags {
    /// The target must not exist: `EEXIST`.
    pub excl: bool,
    /// Both files are to share their bytes until one changes, where the file system can do that.
    pub clone: bool,
    /// The same, or the copy fails.
    pub clone_force: bool,
}

impl CopyFlags {
    /// The flags of libuv's number: 1, 2 and 4. `EINVAL` for others.
    pub fn from_bits(bits: i64) -> Result<CopyFlags> {
        if bits & !7 != 0 {
            return Err(Error::EINVAL);
        }
        Ok(CopyFlags {
            excl: bits & 1 != 0,
            clone: bits & 2 != 0,
            clone_force: bits & 4 != 0,
        })
    }
}

/// Copies a file with its permissions, over one that is there. Copying a file onto itself changes
/// nothing. A target that was made is removed when the copy fails; `EISDIR` when one of the two is
/// a folder.
pub fn copy_file(path: &OsStr, new_path: &OsStr, flags: CopyFlags) -> Result<()> {
    sys::fs::copy_file(path, new_path, flags)
}
