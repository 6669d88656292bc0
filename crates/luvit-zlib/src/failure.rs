//! Why something could not be compressed or decompressed.

use std::borrow::Cow;
use std::fmt;

/// An error with node's code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// `Z_DATA_ERROR`, `Z_BUF_ERROR`, `ERR_BUFFER_TOO_LARGE` …
    pub code: Cow<'static, str>,
    /// zlib's number for it, brotli's for a stream of that; 0 when it has none.
    pub errno: i32,
    /// What was wrong.
    pub message: Cow<'static, str>,
}

impl Failure {
    pub(crate) fn new(
        code: &'static str,
        errno: i32,
        message: impl Into<Cow<'static, str>>,
    ) -> Failure {
        Failure {
            code: Cow::Borrowed(code),
            errno,
            message: message.into(),
        }
    }

    /// The input ended in the middle of the compressed data.
    pub(crate) fn truncated() -> Failure {
        Failure::new("Z_BUF_ERROR", -5, "unexpected end of file")
    }

    /// The output would be longer than `limit` bytes.
    pub fn too_large(limit: usize) -> Failure {
        let text = format!("the output is larger than maxOutputLength ({limit} bytes)");
        Failure::new("ERR_BUFFER_TOO_LARGE", 0, text)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for Failure {}
