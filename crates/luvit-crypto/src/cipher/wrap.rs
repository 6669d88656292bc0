//! AES key wrap: a key is encrypted as a whole, without a vector that has to differ each time, and
//! the other side sees whether it was changed. RFC 3394, and RFC 5649 for keys of any length.

use crate::libcrypto::wrap::Key;
use crate::{Error, Result};

/// The constant of RFC 5649, section 3, which OpenSSL and node take as the vector.
const PADDED_IV: [u8; 4] = [0xa6, 0x59, 0x59, 0xa6];

/// What wraps, or unwraps, one key after the other.
pub(super) struct Wrapper {
    key: Key,
    /// Of RFC 3394; none of RFC 5649.
    iv: Option<[u8; 8]>,
    encrypt: bool,
}

impl Wrapper {
    /// The lengths of `key` and `iv` are those of the cipher.
    pub(super) fn new(key: &[u8], iv: &[u8], encrypt: bool, padded: bool) -> Result<Wrapper> {
        if padded && iv != PADDED_IV {
            return Err(Error::new(
                "ERR_CRYPTO_INVALID_IV",
                "the iv of a padded key wrap is a65959a6 (RFC 5649)",
            ));
        }
        Ok(Wrapper {
            key: Key::new(key, encrypt).ok_or_else(|| Error::internal("AES_set_encrypt_key"))?,
            iv: iv.try_into().ok().filter(|_| !padded),
            encrypt,
        })
    }

    /// Appends the wrapped key to `out`, or the key that is in a wrapped one.
    pub(super) fn convert(&self, input: &[u8], out: &mut Vec<u8>) -> Result<()> {
        let done = match (&self.iv, self.encrypt) {
            (Some(iv), true) => self.key.wrap(iv, input),
            (Some(iv), false) => self.key.unwrap(iv, input),
            (None, true) => self.key.wrap_padded(input),
            (None, false) => self.key.unwrap_padded(input),
        };
        match done {
            Some(bytes) => {
                out.extend_from_slice(&bytes);
                Ok(())
            }
            None if self.encrypt => Err(Error::new(
                "ERR_CRYPTO_INVALID_MESSAGELEN",
                format!(
                    "a key of {} bytes cannot be wrapped, {}",
                    input.len(),
                    if self.iv.is_some() {
                        "16 or more in blocks of 8 can"
                    } else {
                        "1 and more can"
                    }
                ),
            )),
            None => Err(Error::new(
                "ERR_CRYPTO_AUTHENTICATION_FAILED",
                "unable to authenticate data: the key, the iv or the wrapped key is not what it was",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::cipher::{Cipher, Crypter};
    use crate::encoding::{from_hex, to_hex};
    use crate::{Error, Result};

    fn run(name: &str, encrypt: bool, key: &str, iv: &str, data: &str) -> Result<String> {
        let bytes = |text: &str| from_hex(text.as_bytes()).unwrap();
        let cipher = Cipher::by_name(name.as_bytes()).expect(name);
        let mut crypter = Crypter::new(cipher, encrypt, &bytes(key), &bytes(iv), None)?;
        let mut out = Vec::new();
        crypter.update(&bytes(data), &mut out)?;
        crypter.finish(&mut out)?;
        Ok(String::from_utf8(to_hex(&out)).unwrap())
    }

    /// RFC 3394, sections 4.1 and 4.6; RFC 5649, section 6.
    #[test]
    fn the_vectors_of_the_rfcs() {
        for (name, key, iv, plain, wrapped) in [
            (
                "id-aes128-wrap",
                "000102030405060708090a0b0c0d0e0f",
                "a6a6a6a6a6a6a6a6",
                "00112233445566778899aabbccddeeff",
                "1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5",
            ),
            (
                "id-aes256-wrap",
                "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
                "a6a6a6a6a6a6a6a6",
                "00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f",
                "28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21",
            ),
            (
                "id-aes192-wrap-pad",
                "5840df6e29b02af1ab493b705bf16ea1ae8338f4dcc176a8",
                "a65959a6",
                "c37b7e6492584340bed12207808941155068f738",
                "138bdeaa9b8fa7fc61f97742e72248ee5ae6ae5360d1ae6a5f54f373fa543b6a",
            ),
            (
                "id-aes192-wrap-pad",
                "5840df6e29b02af1ab493b705bf16ea1ae8338f4dcc176a8",
                "a65959a6",
                "466f7250617369",
                "afbeb0f07dfbf5419200f2ccb50bb24f",
            ),
        ] {
            assert_eq!(run(name, true, key, iv, plain).as_deref(), Ok(wrapped));
            assert_eq!(run(name, false, key, iv, wrapped).as_deref(), Ok(plain));
            let mut changed = wrapped.to_owned();
            changed.replace_range(0..1, "e");
            let code = |result: Result<String>| result.map_err(|error: Error| error.code);
            assert_eq!(
                code(run(name, false, key, iv, &changed)),
                Err("ERR_CRYPTO_AUTHENTICATION_FAILED")
            );
            assert_eq!(
                code(run(name, false, key, iv, "00")),
                Err("ERR_CRYPTO_AUTHENTICATION_FAILED")
            );
            assert_eq!(
                code(run(name, true, key, iv, "")),
                Err("ERR_CRYPTO_INVALID_MESSAGELEN")
            );
        }
        let other = run(
            "id-aes128-wrap-pad",
            true,
            &"00".repeat(16),
            "a6595900",
            "00",
        );
        assert_eq!(other.unwrap_err().code, "ERR_CRYPTO_INVALID_IV");
    }
}
