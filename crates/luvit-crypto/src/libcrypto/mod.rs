//! The calls into libcrypto: all of the crate's `unsafe`, behind types that cannot be misused.

pub(crate) mod digest;
pub(crate) mod random;
