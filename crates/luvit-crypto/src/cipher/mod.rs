//! Symmetric ciphers: AES in its modes and as key wrap, ChaCha20-Poly1305 and triple DES.

mod crypter;
mod suite;
mod wrap;

pub use crypter::Crypter;
pub use suite::{Cipher, Mode};
