//! Zip archives, as APPNOTE.TXT 6.3 describes them: one disk, stored and deflated entries, Zip64.
//!
//! - [`Reader`] reads an archive, which may have something in front of it: a program that it was appended to.
//! - [`Writer`] makes one in memory.

mod format;
mod read;
mod write;

pub use read::{Entry, Reader};
pub use write::Writer;
