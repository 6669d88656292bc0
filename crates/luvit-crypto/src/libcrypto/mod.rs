//! The calls into libcrypto: all of the crate's `unsafe`, behind types that cannot be misused.

pub(crate) mod bn;
pub(crate) mod cipher;
mod common;
mod dh;
pub(crate) mod digest;
mod ec;
mod evp;
mod generate;
pub(crate) mod kdf;
mod operate;
mod pkcs12;
mod pkey;
pub(crate) mod random;
mod request;
mod spki;
mod store;
pub(crate) mod wrap;
mod x509;

pub(crate) use common::wipe;
pub(crate) use dh::{Dh, prime};
pub(crate) use ec::{curve_by_name, curves};
pub(crate) use evp::{decrypt_traditional, encrypt_traditional, iv_length};
pub(crate) use operate::{CryptPadding, SignPadding};
pub(crate) use pkcs12::parse as parse_pkcs12;
pub use pkey::KeyType;
pub(crate) use pkey::{Pkey, pss_pkcs8};
pub(crate) use request::Req;
pub(crate) use spki::Spki;
pub(crate) use store::{Purpose, verify};
pub(crate) use x509::{Cert, Fingerprint, general_names, nist_name, object_by_name, short_name};
