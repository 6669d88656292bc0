//! Whole files in one go: opened, read or written, and closed again, whatever happens.

use super::{File, Stat, access, attributes, close, names, open, sync};
use crate::{Error, Result, sys, system};
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// What failed, and while doing what: `"open"`, `"read"`, `"write"` …, the system's names.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Failure {
    /// The step.
    pub step: &'static str,
    /// Why it failed.
    pub error: Error,
}

type Outcome<T> = std::result::Result<T, Failure>;

/// Names a step in its error.
fn at<T>(step: &'static str, result: Result<T>) -> Outcome<T> {
    result.map_err(|error| Failure { step, error })
}

/// The least room for a read of a file that does not say its size, or that grows.
const ROOM: usize = 1 << 13;
/// How many links in a row lead to a file, as in Linux.
const MAX_LINKS: usize = 40;
/// Names that are tried for a temporary file; one is enough unless somebody guesses.
const MAX_NAMES: usize = 16;

/// Reads a file from its beginning to its end, also one that says it is empty, as those of `/proc`
/// do, or that grows meanwhile. `flags` are for [`open`].
///
/// # Errors
/// `EFBIG` for more than `limit` bytes, `ENOMEM`, `EISDIR` for a folder, and the system's.
pub fn read_file(path: &OsStr, flags: i32, limit: usize) -> Outcome<Vec<u8>> {
    let file = at("open", open(path, flags, 0o666))?;
    let data = read_to_end(file, limit);
    // Nothing was written, so nothing can have been lost.
    let _ = close(file);
    data
}

fn read_to_end(file: File, limit: usize) -> Outcome<Vec<u8>> {
    let stat = at("fstat", super::fstat(file))?;
    let size = if stat.is_regular() {
        usize::try_from(stat.size).unwrap_or(usize::MAX)
    } else {
        0
    };
    if size > limit {
        return at("read", Err(Error::EFBIG));
    }
    let mut data = Vec::new();
    // One byte more: the read that finds the end needs room, too.
    let mut room = if size == 0 { ROOM } else { size + 1 };
    loop {
        if data.len() == data.capacity() {
            at("read", data.try_reserve(room).map_err(|_| Error::ENOMEM))?;
            room = ROOM;
        }
        let spare = data.capacity() - data.len();
        if at("read", sys::fs::append_read(file, &mut data, spare, None))? == 0 {
            return Ok(data);
        }
        if data.len() > limit {
            return at("read", Err(Error::EFBIG));
        }
    }
}

/// Opens a file with `flags`, which say whether it is emptied or appended to, and writes `data`.
/// `mode` is for a file that is made. With `flush` it waits until the data is on the disk.
///
/// # Errors
/// The system's; some of the data may have been written then.
pub fn write_file(path: &OsStr, data: &[u8], flags: i32, mode: u32, flush: bool) -> Outcome<()> {
    let file = at("open", open(path, flags, mode))?;
    finish(file, write_all(file, data), flush)
}

/// Closes a file that was written. The first error counts; what `close` says counts as well, for
/// some file systems notice only then that there is no room.
fn finish(file: File, written: Outcome<()>, flush: bool) -> Outcome<()> {
    let synced = written.and_then(|()| {
        if flush {
            at("fsync", sync(file))
        } else {
            Ok(())
        }
    });
    let closed = at("close", close(file));
    synced.and(closed)
}

fn write_all(file: File, mut data: &[u8]) -> Outcome<()> {
    while !data.is_empty() {
        let written = at("write", sys::fs::write(file, data, None))?;
        if written == 0 {
            return at("write", Err(Error::EIO));
        }
        data = data.get(written..).unwrap_or_default();
    }
    Ok(())
}

/// Gives a file a new content, all at once: who reads it meanwhile, also after a crash, sees the
/// old one or the new one. The data goes to a new file in the same folder, which then takes the
/// place of the old one with its permissions and, where that is permitted, its owner; `mode` is for
/// a file that was not there. A link stays, and the file it leads to is replaced.
///
/// # Errors
/// `EISDIR` for a folder, `EINVAL` for what is no regular file, `EACCES` when the old one may not
/// be written, and the system's. The old file is as it was then, and the new one is gone.
pub fn replace_file(path: &OsStr, data: &[u8], mode: u32) -> Outcome<()> {
    let target = follow(path)?;
    let old = match super::stat(target.as_os_str()) {
        Ok(stat) => Some(stat),
        Err(Error::ENOENT) => None,
        Err(error) => return at("stat", Err(error)),
    };
    if let Some(stat) = &old {
        if stat.is_dir() {
            return at("open", Err(Error::EISDIR));
        }
        if !stat.is_regular() {
            return at("open", Err(Error::EINVAL));
        }
        // Renaming over it would not ask.
        at("access", access(target.as_os_str(), W_OK))?;
    }
    let (file, temporary) =
        make_beside(&target, old.map_or(mode, |stat| stat.mode as u32 & 0o777))?;
    let written = write_all(file, data).and_then(|()| match &old {
        Some(stat) => at("fchmod", inherit(file, stat)),
        None => Ok(()),
    });
    let replaced = finish(file, written, true)
        .and_then(|()| at("rename", sys::fs::replace(&temporary, target.as_os_str())));
    if replaced.is_err() {
        let _ = names::unlink(&temporary);
    } else {
        sync_folder(&target);
    }
    replaced
}

/// `W_OK` of access(2), the same everywhere.
const W_OK: i32 = 2;

/// Where the links lead that `path` may be, also when there is nothing, yet.
fn follow(path: &OsStr) -> Outcome<PathBuf> {
    let mut target = PathBuf::from(path);
    for _ in 0..MAX_LINKS {
        match names::read_link(target.as_os_str()) {
            Ok(next) => {
                target.pop();
                target.push(next);
            }
            Err(_) => return Ok(target),
        }
    }
    at("open", Err(Error::ELOOP))
}

/// Makes a file with a new name in the folder of `target`.
fn make_beside(target: &Path, mode: u32) -> Outcome<(File, OsString)> {
    use sys::fs::{O_CREAT, O_EXCL, O_WRONLY};
    for _ in 0..MAX_NAMES {
        let random = at("open", system::random_bytes(8))?;
        let number = random
            .iter()
            .fold(0, |sum, &byte| sum << 8 | u64::from(byte));
        let path = target
            .with_file_name(format!(".luvit-{number:016x}.tmp"))
            .into_os_string();
        match open(&path, O_WRONLY | O_CREAT | O_EXCL, mode) {
            Ok(file) => return Ok((file, path)),
            Err(Error::EEXIST) => {}
            Err(error) => return at("open", Err(error)),
        }
    }
    at("open", Err(Error::EEXIST))
}

/// Gives a new file the owner and the permissions of the old one. Only the superuser gives files
/// away, so a file that the user may write but does not own becomes theirs.
fn inherit(file: File, old: &Stat) -> Result<()> {
    let _ = attributes::fchown(file, old.uid as u32, old.gid as u32);
    attributes::fchmod(file, old.mode as u32 & 0o7777)
}

/// Brings a new name to the disk, where the system lets folders be synced.
fn sync_folder(target: &Path) {
    let folder = match target.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.as_os_str(),
        _ => OsStr::new("."),
    };
    if let Ok(file) = open(folder, sys::fs::O_RDONLY, 0) {
        let _ = sync(file);
        let _ = close(file);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fs::{chmod, make_temp_dir, open_flags, stat};

    /// A folder of its own, removed with all that is in it.
    struct Folder(PathBuf);

    impl Folder {
        fn new() -> Folder {
            let template = std::env::temp_dir().join("luvit-whole-XXXXXX");
            Folder(PathBuf::from(make_temp_dir(template.as_os_str()).unwrap()))
        }

        fn join(&self, name: &str) -> OsString {
            self.0.join(name).into_os_string()
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    const LIMIT: usize = 1 << 20;

    fn read(path: &OsStr, limit: usize) -> Outcome<Vec<u8>> {
        read_file(path, open_flags("r").unwrap(), limit)
    }

    fn write(path: &OsStr, data: &[u8], flags: &str) -> Outcome<()> {
        write_file(path, data, open_flags(flags).unwrap(), 0o640, true)
    }

    #[test]
    fn content_comes_back() {
        let folder = Folder::new();
        let path = folder.join("file");
        for size in [0, 1, ROOM - 1, ROOM, ROOM + 1, 100_000] {
            let data: Vec<u8> = (0..size).map(|n| n as u8).collect();
            write(&path, &data, "w").unwrap();
            assert_eq!(read(&path, size.max(1)), Ok(data));
            if size > 1 {
                let error = Error::EFBIG;
                assert_eq!(
                    read(&path, size - 1),
                    Err(Failure {
                        step: "read",
                        error
                    })
                );
            }
        }
        write(&path, b"a", "w").unwrap();
        write(&path, b"b", "a").unwrap();
        assert_eq!(read(&path, LIMIT), Ok(b"ab".to_vec()));
        let error = Error::EEXIST;
        assert_eq!(
            write(&path, b"", "wx"),
            Err(Failure {
                step: "open",
                error
            })
        );
        let error = Error::ENOENT;
        assert_eq!(
            read(&folder.join("no"), LIMIT),
            Err(Failure {
                step: "open",
                error
            })
        );
        assert!(read(folder.0.as_os_str(), LIMIT).is_err());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn files_that_the_kernel_makes_up() {
        let own = read(OsStr::new("/proc/self/status"), LIMIT).unwrap();
        assert!(own.starts_with(b"Name:"));
        let error = Error::EFBIG;
        assert_eq!(
            read(OsStr::new("/dev/zero"), LIMIT),
            Err(Failure {
                step: "read",
                error
            })
        );
        let error = Error::ENOSPC;
        assert_eq!(
            write(OsStr::new("/dev/full"), b"x", "w"),
            Err(Failure {
                step: "write",
                error
            })
        );
    }

    #[test]
    fn replacing_keeps_what_is_not_content() {
        let folder = Folder::new();
        let path = folder.join("file");
        replace_file(&path, b"one", 0o600).unwrap();
        assert_eq!(read(&path, LIMIT), Ok(b"one".to_vec()));
        chmod(&path, 0o644).unwrap();
        let before = stat(&path).unwrap();
        replace_file(&path, b"three", 0o600).unwrap();
        let after = stat(&path).unwrap();
        assert_eq!((after.mode, after.size), (before.mode, 5));
        // Nothing else is left, also after a failure.
        let error = Error::EISDIR;
        let failed = replace_file(folder.0.as_os_str(), b"", 0o600);
        assert_eq!(
            failed,
            Err(Failure {
                step: "open",
                error
            })
        );
        assert!(replace_file(&folder.join("no/file"), b"", 0o600).is_err());
        assert_eq!(std::fs::read_dir(&folder.0).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn replacing_follows_links() {
        let folder = Folder::new();
        let (link, file) = (folder.join("link"), folder.join("file"));
        std::os::unix::fs::symlink("file", &link).unwrap();
        for text in [b"1", b"2"] {
            replace_file(&link, text, 0o600).unwrap();
            assert_eq!(read(&file, LIMIT), Ok(text.to_vec()));
            assert!(names::read_link(&link).is_ok());
        }
        std::os::unix::fs::symlink("loop", folder.join("loop")).unwrap();
        let error = Error::ELOOP;
        let failed = replace_file(&folder.join("loop"), b"", 0o600);
        assert_eq!(
            failed,
            Err(Failure {
                step: "open",
                error
            })
        );
    }
}
