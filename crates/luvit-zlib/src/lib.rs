//! Compression: zlib and brotli streams with the rules of node's `zlib`, checksums, and zip archives. No Lua in it, and
//! apart from [`zip::Reader`], which reads a file, no I/O.
//!
//! - [`Codec`] is one stream: bytes in, bytes out, at most as many as there is room for.
//! - [`Spare`] keeps one for the next use.
//! - [`whole`] does all of some data at once, within a limit.
//! - [`zip`] reads and writes archives.
//! - [`crc32`] and [`adler32`] are the checksums of those formats.
//!
//! ```
//! use luvit_zlib::{Kind, Settings, whole};
//!
//! let packed = whole(&Settings::new(Kind::Gzip), b"hello hello hello", usize::MAX)?;
//! let text = whole(&Settings::new(Kind::Unzip), &packed, 1000)?;
//! assert_eq!(text, b"hello hello hello");
//!
//! // What would become larger than the limit is an error, however small it is now.
//! let refused = whole(&Settings::new(Kind::Gunzip), &packed, 5).unwrap_err();
//! assert_eq!(refused.code, "ERR_BUFFER_TOO_LARGE");
//! # Ok::<(), luvit_zlib::Failure>(())
//! ```

mod brotli;
mod checksum;
mod codec;
mod failure;
mod flate;
mod raw;
mod settings;
mod spare;
mod whole;
pub mod zip;

pub use checksum::{adler32, adler32_combine, crc32, crc32_combine};
pub use codec::{Codec, Progress};
pub use failure::Failure;
pub use raw::version;
pub use settings::{Kind, Settings, Strategy};
pub use spare::Spare;
pub use whole::whole;
