//! What is in a folder, all at once or bit by bit.

use crate::{Result, sys};
use std::ffi::OsStr;

/// What an entry of a folder is, as far as the folder says.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum EntryKind {
    /// The file system does not say; [`lstat`](super::lstat) does.
    Unknown,
    /// A regular file.
    File,
    /// A folder.
    Directory,
    /// A symbolic link.
    Link,
    /// A named pipe.
    Fifo,
    /// A Unix domain socket.
    Socket,
    /// A character device.
    Char,
    /// A block device.
    Block,
}

impl EntryKind {
    /// The name: `"file"`, `"directory"`, `"link"`, `"fifo"`, `"socket"`, `"char"`, `"block"` or
    /// `"unknown"`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            EntryKind::Unknown => "unknown",
            EntryKind::File => "file",
            EntryKind::Directory => "directory",
            EntryKind::Link => "link",
            EntryKind::Fifo => "fifo",
            EntryKind::Socket => "socket",
            EntryKind::Char => "char",
            EntryKind::Block => "block",
        }
    }
}

/// An entry of a folder.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DirEntry {
    /// Its name, as the system's bytes (on Windows WTF-8).
    pub name: Vec<u8>,
    /// What it is.
    pub kind: EntryKind,
}

/// An open folder, read bit by bit. It closes when dropped.
#[derive(Debug)]
pub struct Dir(sys::fs::DirStream);

impl Dir {
    /// Opens a folder. See opendir(3).
    pub fn open(path: &OsStr) -> Result<Dir> {
        sys::fs::DirStream::open(path).map(Dir)
    }

    /// The next entries, at most `limit`, without `.` and `..`, in the system's order. Empty at
    /// the end. See readdir(3).
    pub fn read(&mut self, limit: usize) -> Result<Vec<DirEntry>> {
        let mut entries = Vec::new();
        while entries.len() < limit {
            let next = self.0.next(|name, kind| DirEntry {
                name: name.to_vec(),
                kind,
            });
            match next {
                Ok(Some(entry)) => entries.push(entry),
                Ok(None) => break,
                // The entries before it are not lost; the error comes again.
                Err(_) if !entries.is_empty() => break,
                Err(error) => return Err(error),
            }
        }
        Ok(entries)
    }
}

/// The entries of a folder, ordered by the bytes of their names.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Listing {
    names: Vec<u8>,
    /// Where the names lie.
    entries: Vec<(usize, usize, EntryKind)>,
    next: usize,
}

impl Listing {
    /// The next entry's name and kind, once.
    pub fn next_entry(&mut self) -> Option<(&[u8], EntryKind)> {
        let &(start, end, kind) = self.entries.get(self.next)?;
        self.next += 1;
        Some((&self.names[start..end], kind))
    }
}

/// Reads a whole folder, without `.` and `..`. See scandir(3).
pub fn scan_dir(path: &OsStr) -> Result<Listing> {
    let mut dir = sys::fs::DirStream::open(path)?;
    let mut listing = Listing::default();
    let Listing { names, entries, .. } = &mut listing;
    while let Some(entry) = dir.next(|name, kind| {
        let start = names.len();
        names.extend_from_slice(name);
        (start, names.len(), kind)
    })? {
        entries.push(entry);
    }
    entries.sort_unstable_by(|a, b| names[a.0..a.1].cmp(&names[b.0..b.1]));
    Ok(listing)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fs;

    #[test]
    fn bit_by_bit_and_all_at_once() {
        let template = std::env::temp_dir().join("luvit-dir-XXXXXX");
        let path = fs::make_temp_dir(template.as_os_str()).unwrap();
        let inside = |name: &str| std::path::Path::new(&path).join(name);
        for name in ["b", "a", "c"] {
            std::fs::write(inside(name), "").unwrap();
        }
        std::fs::create_dir(inside("d")).unwrap();

        let mut listing = scan_dir(&path).unwrap();
        let mut found = Vec::new();
        while let Some((name, kind)) = listing.next_entry() {
            found.push((String::from_utf8(name.to_vec()).unwrap(), kind.name()));
        }
        let expected = [
            ("a", "file"),
            ("b", "file"),
            ("c", "file"),
            ("d", "directory"),
        ];
        assert_eq!(found, expected.map(|(name, kind)| (name.to_owned(), kind)));

        let mut dir = Dir::open(&path).unwrap();
        assert_eq!(dir.read(3).unwrap().len(), 3);
        assert_eq!(dir.read(3).unwrap().len(), 1);
        assert_eq!(dir.read(3).unwrap(), []);
        assert_eq!(dir.read(3).unwrap(), []);
        drop(dir);
        std::fs::remove_dir_all(&path).unwrap();
        assert!(scan_dir(&path).is_err());
    }
}
