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

const UNSUPPORTED: &str = "ERR_OSSL_UNSUPPORTED";
const MALFORMED: &str = "ERR_OSSL_DECODE_ERROR";

/// A reason of libcrypto in words: `BAD_DECRYPT` is `bad decrypt`.
pub(crate) fn words(reason: &str) -> String {
    reason.to_ascii_lowercase().replace('_', " ")
}

impl Error {
    /// An error with this code and reason.
    pub fn new(code: &'static str, reason: impl Into<Cow<'static, str>>) -> Error {
        Error {
            code,
            reason: reason.into(),
        }
    }

    /// A key or a bundle is encrypted, and nobody gave a passphrase.
    pub fn missing_passphrase() -> Error {
        Error::new(
            "ERR_MISSING_PASSPHRASE",
            "the key is encrypted, and no passphrase was given",
        )
    }

    /// The passphrase does not open the key or the bundle.
    pub fn wrong_passphrase() -> Error {
        Error::new("ERR_OSSL_BAD_DECRYPT", "wrong passphrase")
    }

    /// PEM text that holds something else (`a CERTIFICATE`) than what is wanted (`a private key`).
    pub(crate) fn wrong_pem(found: &str, expected: &str) -> Error {
        Error::unsupported(format!("PEM holds {found} where {expected} is expected"))
    }

    /// Data that is sound, or an operation, but not one that the library knows.
    pub(crate) fn unsupported(reason: impl Into<Cow<'static, str>>) -> Error {
        Error::new(UNSUPPORTED, reason)
    }

    /// Whether the data is not of a kind that the library knows.
    pub fn is_unsupported(&self) -> bool {
        self.code == UNSUPPORTED
    }

    /// Data (`PKCS#8 private key`) that is not what it should be.
    pub(crate) fn malformed(what: &str, reason: impl fmt::Display) -> Error {
        Error::new(MALFORMED, format!("{what}: {reason}"))
    }

    /// Whether the data is not what it should be.
    pub fn is_malformed(&self) -> bool {
        self.code == MALFORMED
    }

    /// libcrypto refused to do `what`, for a reason (`DATA_TOO_LARGE_FOR_KEY_SIZE`).
    pub(crate) fn library(what: &str, reason: &str) -> Error {
        let code = match reason {
            "DATA_TOO_LARGE_FOR_KEY_SIZE" => "ERR_OSSL_RSA_DATA_TOO_LARGE_FOR_KEY_SIZE",
            "DATA_LEN_NOT_EQUAL_TO_MOD_LEN" => "ERR_OSSL_RSA_DATA_LEN_NOT_EQUAL_TO_MOD_LEN",
            "DATA_TOO_SMALL" | "DATA_TOO_SMALL_FOR_KEY_SIZE" => {
                "ERR_OSSL_RSA_DATA_TOO_SMALL_FOR_KEY_SIZE"
            }
            "DIGEST_TOO_BIG_FOR_RSA_KEY" => "ERR_OSSL_RSA_DIGEST_TOO_BIG_FOR_RSA_KEY",
            "OAEP_DECODING_ERROR" => "ERR_OSSL_RSA_OAEP_DECODING_ERROR",
            "PKCS_DECODING_ERROR" => "ERR_OSSL_RSA_PKCS_DECODING_ERROR",
            _ => "ERR_CRYPTO_OPERATION_FAILED",
        };
        Error::new(code, format!("{what}: {}", words(reason)))
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
