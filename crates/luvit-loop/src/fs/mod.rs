//! File operations, each at once in the calling thread. What may wait goes to the thread pool with
//! [`Loop::queue_work`](crate::Loop::queue_work).
//!
//! Semantics: <https://docs.libuv.org/en/v1.x/fs.html>. Errors are the system's unless a function
//! says more. A path with a NUL byte is `EINVAL`. A [`File`] is only a number: one that is not open
//! is `EBADF`, and nothing here closes it but [`close`].
//!
//! One concept a file: `open`, `transfer` (reading and writing), `stat`, `attributes` (mode, owner,
//! times), `names` (links, folders, renaming), `temporary`, `copy`, `dir`, `whole` (files from open
//! to close in one call).

mod attributes;
mod copy;
mod dir;
mod names;
mod open;
mod stat;
mod temporary;
mod transfer;
mod whole;

pub use attributes::{
    ACCESS_MODES, TimeChange, access, chmod, chown, fchmod, fchown, futime, lchown, lutime, utime,
};
pub use copy::{CopyFlags, copy_file};
pub use dir::{Dir, DirEntry, EntryKind, Listing, scan_dir};
pub use names::{
    SymlinkFlags, link, make_dir, read_link, real_path, remove_dir, rename, symlink, unlink,
};
pub use open::{OPEN_FLAGS, close, open, open_flags};
pub use stat::{Stat, StatFs, Time, fstat, lstat, stat, statfs};
pub use temporary::{make_temp_dir, make_temp_file};
pub use transfer::{
    Offset, append, datasync, read, read_to_vec, send_file, sync, truncate, write, write_vectored,
};
pub use whole::{Failure, read_file, replace_file, write_file};

/// An open file's descriptor; on Windows one of the C runtime's.
pub type File = i32;
