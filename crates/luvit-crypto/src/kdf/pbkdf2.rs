//! PBKDF2 (RFC 8018): a password, made expensive by repetition.

use crate::digest::Algorithm;
use crate::hmac::Hmac;
use crate::libcrypto::{digest::Evp, kdf};
use crate::{Error, Result};

/// PBKDF2 (RFC 8018) with HMAC of any digest: fills `out`.
///
/// # Errors
/// When `iterations` is 0.
pub fn pbkdf2(
    algorithm: Algorithm,
    password: &[u8],
    salt: &[u8],
    iterations: u32,
    out: &mut [u8],
) -> Result<()> {
    if iterations == 0 {
        return Err(Error::new(
            "ERR_OUT_OF_RANGE",
            "iterations is 0, at least 1 is expected",
        ));
    }
    let done = match algorithm.md() {
        // libcrypto keeps the state of a key's first blocks, and allocates nothing in the loop.
        Some(
            digest @ (Evp::Md5
            | Evp::Sha1
            | Evp::Sha224
            | Evp::Sha256
            | Evp::Sha384
            | Evp::Sha512
            | Evp::Sha512_224
            | Evp::Sha512_256),
        ) => kdf::pbkdf2(digest, password, salt, iterations, out),
        _ => false,
    };
    if !done {
        pbkdf2_with(algorithm, password, salt, iterations, out);
    }
    Ok(())
}

/// PBKDF2 of RFC 8018, section 5.2, step by step.
fn pbkdf2_with(
    algorithm: Algorithm,
    password: &[u8],
    salt: &[u8],
    iterations: u32,
    out: &mut [u8],
) {
    let keyed = Hmac::new(algorithm, password);
    let mut hmac = keyed.clone();
    let mut code = Vec::new();
    for (index, block) in out.chunks_mut(algorithm.size()).enumerate() {
        hmac.assign(&keyed);
        hmac.update(salt);
        hmac.update(&(index as u32 + 1).to_be_bytes());
        code.clear();
        hmac.finish_into(&mut code);
        let mut sum = code.clone();
        for _ in 1..iterations {
            hmac.assign(&keyed);
            hmac.update(&code);
            code.clear();
            hmac.finish_into(&mut code);
            for (sum, byte) in sum.iter_mut().zip(&code) {
                *sum ^= byte;
            }
        }
        block.copy_from_slice(&sum[..block.len()]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kdf::tests::hex;

    fn by_name(name: &str) -> Algorithm {
        Algorithm::by_name(name.as_bytes()).unwrap()
    }

    /// RFC 6070, and section 11 of RFC 7914.
    #[test]
    fn pbkdf2_of_the_rfcs() {
        let long = (
            "passwordPASSWORDpassword",
            "saltSALTsaltSALTsaltSALTsaltSALTsalt",
        );
        for (digest, password, salt, iterations, expected) in [
            (
                "sha1",
                "password",
                "salt",
                1,
                "0c60c80f961f0e71f3a9b524af6012062fe037a6",
            ),
            (
                "sha1",
                "password",
                "salt",
                2,
                "ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957",
            ),
            (
                "sha1",
                "password",
                "salt",
                4096,
                "4b007901b765489abead49d926f721d065a429c1",
            ),
            (
                "sha1",
                long.0,
                long.1,
                4096,
                "3d2eec4fe41c849b80c8d83662c0e44a8b291a964cf2f07038",
            ),
            (
                "sha1",
                "pass\0word",
                "sa\0lt",
                4096,
                "56fa6aa75548099dcc37d7f03425e0c3",
            ),
            (
                "sha256",
                "passwd",
                "salt",
                1,
                "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc
                 49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783",
            ),
        ] {
            let expected = hex(expected);
            let algorithm = by_name(digest);
            let (password, salt) = (password.as_bytes(), salt.as_bytes());
            let mut out = vec![0; expected.len()];
            pbkdf2(algorithm, password, salt, iterations, &mut out).unwrap();
            assert_eq!(out, expected);
            // The way of the digests that libcrypto's HMAC does not take.
            out.fill(0);
            pbkdf2_with(algorithm, password, salt, iterations, &mut out);
            assert_eq!(out, expected);
        }
        assert!(pbkdf2(Algorithm::SHA1, b"", b"", 0, &mut [0]).is_err());
    }
}
