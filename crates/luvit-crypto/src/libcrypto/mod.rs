//! The calls into libcrypto: all of the crate's `unsafe`, behind types that cannot be misused.

pub(crate) mod bn;
pub(crate) mod cipher;
mod common;
pub(crate) mod digest;
mod evp;
pub(crate) mod kdf;
mod pkcs12;
mod pkey;
pub(crate) mod random;
mod x509;

pub(crate) use common::wipe;
pub(crate) use evp::decrypt_traditional;
pub(crate) use pkcs12::parse as parse_pkcs12;
pub use pkey::KeyType;
pub(crate) use pkey::Pkey;
pub(crate) use x509::{Cert, Fingerprint, nist_name, short_name};
