//! Keys from passwords and from other keys: PBKDF2, scrypt, Argon2 and HKDF.

mod argon2;
mod hkdf;
mod pbkdf2;
mod scrypt;

pub use argon2::{Argon2Cost, Argon2Variant, argon2};
pub use hkdf::{check_hkdf, hkdf};
pub use pbkdf2::pbkdf2;
pub use scrypt::{ScryptCost, scrypt};

#[cfg(test)]
mod tests {
    use crate::encoding::from_hex;

    /// Bytes of digits with white space between them.
    pub(super) fn hex(text: &str) -> Vec<u8> {
        from_hex(text.replace(char::is_whitespace, "").as_bytes()).unwrap()
    }
}
