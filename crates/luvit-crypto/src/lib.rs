//! Cryptography on libcrypto (AWS-LC): what luvit's `crypto`, `tls` and `openssl` stand on. No Lua in it.
//!
//! - [`key`]: private and public keys: reading, writing, making.
//! - [`x509`]: certificates, requests for them, PKCS#12.
//! - [`pem`]: the text form of all of those.
//!
//! Everything unsafe is in `ffi`: owners of libcrypto's objects, and methods that cannot be misused.

#![allow(dead_code)]

mod base64;
mod der;
pub mod error;
mod ffi;
pub mod key;
pub mod pem;
pub mod secret;
pub mod x509;

pub use error::{Error, Result};
pub use secret::Secret;
