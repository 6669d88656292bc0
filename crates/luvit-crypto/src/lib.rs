//! Cryptography on libcrypto.
