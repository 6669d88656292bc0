//! The calls into libcrypto: all of the crate's `unsafe`, behind types that cannot be misused.

pub(crate) mod cipher;
pub(crate) mod digest;
pub(crate) mod kdf;
pub(crate) mod random;
