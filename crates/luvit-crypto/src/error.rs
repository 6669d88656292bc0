//! What went wrong, in words for whoever gave the data.

use std::borrow::Cow;
use std::fmt;

/// An operation that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// The key or the bundle is encrypted, and nobody gave a passphrase.
    MissingPassphrase,
    /// The passphrase does not open the key or the bundle.
    WrongPassphrase,
    /// The PEM text holds something else than what is wanted.
    WrongPem {
        /// What is in it: `CERTIFICATE`.
        found: String,
        /// What was wanted: `a private key`.
        expected: &'static str,
    },
    /// The data is not what it should be.
    Malformed {
        /// What was read: `PKCS#8 private key`.
        what: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// The data or the operation is sound, but not one that the library knows.
    Unsupported(String),
    /// An argument is wrong.
    Invalid {
        /// Node's code for it: `ERR_CRYPTO_INVALID_KEYLEN`.
        code: &'static str,
        /// What was given, and what is expected.
        reason: String,
    },
    /// libcrypto refused.
    Library {
        /// What was being done: `sign`.
        what: &'static str,
        /// libcrypto's reason: `DATA_TOO_LARGE_FOR_KEY_SIZE`.
        reason: String,
    },
}

/// The result of an operation of this crate.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An argument that is wrong.
    pub(crate) fn invalid(code: &'static str, reason: impl Into<String>) -> Error {
        Error::Invalid {
            code,
            reason: reason.into(),
        }
    }

    /// Data that is not what it should be.
    pub(crate) fn malformed(what: &'static str, reason: impl Into<String>) -> Error {
        Error::Malformed {
            what,
            reason: reason.into(),
        }
    }

    /// Node's code for the error: `ERR_MISSING_PASSPHRASE`, `ERR_OSSL_…`.
    pub fn code(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Error::MissingPassphrase => "ERR_MISSING_PASSPHRASE",
            Error::WrongPassphrase => "ERR_OSSL_BAD_DECRYPT",
            Error::WrongPem { .. } | Error::Unsupported(_) => "ERR_OSSL_UNSUPPORTED",
            Error::Malformed { .. } => "ERR_OSSL_DECODE_ERROR",
            Error::Invalid { code, .. } => code,
            Error::Library { reason, .. } => {
                let name: String = reason
                    .chars()
                    .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
                    .collect();
                return Cow::Owned(format!("ERR_OSSL_{}", name.to_ascii_uppercase()));
            }
        })
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::MissingPassphrase => {
                f.write_str("the key is encrypted, and no passphrase was given")
            }
            Error::WrongPassphrase => f.write_str("wrong passphrase"),
            Error::WrongPem { found, expected } => {
                write!(f, "PEM holds {found} where {expected} is expected")
            }
            Error::Malformed { what, reason } => write!(f, "{what}: {reason}"),
            Error::Unsupported(text) => f.write_str(text),
            Error::Invalid { reason, .. } => f.write_str(reason),
            Error::Library { what, reason } => {
                let words = reason.to_ascii_lowercase().replace('_', " ");
                write!(f, "{what}: {words}")
            }
        }
    }
}

impl std::error::Error for Error {}
