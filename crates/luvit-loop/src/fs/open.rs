//! Opening and closing.

use super::File;
use crate::{Error, Result, sys};
use std::ffi::OsStr;

/// The flags of [`open`] that this system has, by name: `O_RDONLY`, `O_CREAT` …, see open(2). On
/// Windows they have libuv's numbers.
pub const OPEN_FLAGS: &[(&str, i32)] = sys::fs::OPEN_FLAGS;

/// Opens `path` with `O_*` flags; `mode` is for a file that is made, before the umask. The
/// descriptor is closed on exec. See open(2).
pub fn open(path: &OsStr, flags: i32, mode: u32) -> Result<File> {
    sys::fs::open(path, flags, mode)
}

/// Closes a descriptor, whatever it is of; `EBADF` when it is not open. It is gone even when the
/// system reports that what was written did not reach the disk. See close(2).
pub fn close(file: File) -> Result<()> {
    sys::fs::close(file)
}

/// The `O_*` flags for the words that fopen(3) and node use: `"r"`, `"w"` or `"a"`; with `+` at
/// the end for reading and writing; `x` beside `w` or `a` if the file must be new; `s` beside `r`
/// for synchronous access. `EINVAL` for any other word.
pub fn open_flags(word: &str) -> Result<i32> {
    use sys::fs::{O_APPEND, O_CREAT, O_EXCL, O_RDONLY, O_RDWR, O_SYNC, O_TRUNC, O_WRONLY};
    let (letters, both) = match word.strip_suffix('+') {
        Some(letters) => (letters, true),
        None => (word, false),
    };
    let (writes, rest) = match letters {
        "r" => (false, 0),
        "rs" | "sr" => (false, O_SYNC),
        "w" => (true, O_CREAT | O_TRUNC),
        "wx" | "xw" => (true, O_CREAT | O_TRUNC | O_EXCL),
        "a" => (true, O_CREAT | O_APPEND),
        "ax" | "xa" => (true, O_CREAT | O_APPEND | O_EXCL),
        _ => return Err(Error::EINVAL),
    };
    let access = match (both, writes) {
        (true, _) => O_RDWR,
        (false, true) => O_WRONLY,
        (false, false) => O_RDONLY,
    };
    Ok(access | rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_become_flags() {
        use sys::fs::{O_APPEND, O_CREAT, O_EXCL, O_RDONLY, O_RDWR, O_SYNC, O_TRUNC, O_WRONLY};
        for (word, flags) in [
            ("r", O_RDONLY),
            ("rs", O_RDONLY | O_SYNC),
            ("sr", O_RDONLY | O_SYNC),
            ("r+", O_RDWR),
            ("rs+", O_RDWR | O_SYNC),
            ("sr+", O_RDWR | O_SYNC),
            ("w", O_WRONLY | O_CREAT | O_TRUNC),
            ("wx", O_WRONLY | O_CREAT | O_TRUNC | O_EXCL),
            ("xw", O_WRONLY | O_CREAT | O_TRUNC | O_EXCL),
            ("w+", O_RDWR | O_CREAT | O_TRUNC),
            ("wx+", O_RDWR | O_CREAT | O_TRUNC | O_EXCL),
            ("xw+", O_RDWR | O_CREAT | O_TRUNC | O_EXCL),
            ("a", O_WRONLY | O_CREAT | O_APPEND),
            ("ax", O_WRONLY | O_CREAT | O_APPEND | O_EXCL),
            ("xa", O_WRONLY | O_CREAT | O_APPEND | O_EXCL),
            ("a+", O_RDWR | O_CREAT | O_APPEND),
            ("ax+", O_RDWR | O_CREAT | O_APPEND | O_EXCL),
            ("xa+", O_RDWR | O_CREAT | O_APPEND | O_EXCL),
        ] {
            assert_eq!(open_flags(word), Ok(flags), "{word}");
        }
        for word in ["", "+", "rw", "x", "rx", "ws", "r++", "R"] {
            assert_eq!(open_flags(word), Err(Error::EINVAL), "{word}");
        }
    }
}
