//! Cryptography on libcrypto (AWS-LC), without Lua and without I/O.
//!
//! Every concept is a module of its own, with a safe interface: [`digest`], [`hmac`], [`random`],
//! [`key`], [`x509`] and so on. Calls into the C library are in `libcrypto/`, one file a family of
//! functions, and nowhere else.
//!
//! What can go wrong is an [`Error`]: a code for programs, as node has it where node has one, and
//! a reason for people that says what was given and what is expected.

mod base64;
mod der;
mod error;
mod libcrypto;

pub mod agree;
pub mod bn;
pub mod cipher;
pub mod dh;
pub mod digest;
pub mod encoding;
pub mod hmac;
pub mod kdf;
pub mod key;
pub mod pem;
pub mod random;
pub mod rsa;
pub mod secret;
pub mod sign;
pub mod spkac;
pub mod x509;

pub use error::{Error, Result};
pub use secret::Secret;
