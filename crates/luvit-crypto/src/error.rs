//! The one error type of this crate.

use std::borrow::Cow;
use std::fmt;

/// What went wrong, for programs and for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// As node's where node has one: `ERR_CRYPTO_INVALID_KEYLEN`.
    pub code: &'static str,
    /// What was given and what is expected: `key is 10 bytes, aes-128-cbc takes 16`.
    pub reason: Cow<'static, str>,
}

/// A result of this crate.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An error with this code and reason.
    pub fn new(code: &'static str, reason: impl Into<Cow<'static, str>>) -> Error {
        Error {
            code,
            reason: reason.into(),
        }
    }

    /// libcrypto failed where it only does for lack of memory, or by a defect.
    pub(crate) fn internal(function: &'static str) -> Error {
        Error::new(
            "ERR_CRYPTO_OPERATION_FAILED",
            format!("{function} failed in libcrypto"),
        )
    }
}

/// `CODE: reason`
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.reason)
    }
}

impl std::error::Error for Error {}
