//! HKDF (RFC 5869): keys from another key.

use crate::digest::Algorithm;
use crate::hmac::Hmac;
use crate::{Error, Result};

/// Whether HKDF can give `length` bytes.
///
/// # Errors
/// When that is more than 255 digests.
pub fn check_hkdf(algorithm: Algorithm, length: usize) -> Result<()> {
    let most = 255 * algorithm.size();
    if length <= most {
        return Ok(());
    }
    Err(Error::new(
        "ERR_CRYPTO_INVALID_KEYLEN",
        format!(
            "length is {length}, HKDF with {} gives at most {most} bytes",
            algorithm.name()
        ),
    ))
}

/// HKDF (RFC 5869): extracts with `salt`, expands with `info`, and fills `out`.
///
/// # Errors
/// When more than 255 digests are asked for.
pub fn hkdf(
    algorithm: Algorithm,
    key: &[u8],
    salt: &[u8],
    info: &[u8],
    out: &mut [u8],
) -> Result<()> {
    check_hkdf(algorithm, out.len())?;
    let size = algorithm.size();
    let extracted = crate::hmac::hmac(algorithm, salt, key);
    let mut previous = Vec::new();
    for (index, block) in out.chunks_mut(size).enumerate() {
        let mut hmac = Hmac::new(algorithm, &extracted);
        hmac.update(&previous);
        hmac.update(info);
        hmac.update(&[index as u8 + 1]);
        previous = hmac.finish();
        block.copy_from_slice(&previous[..block.len()]);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kdf::tests::hex;

    /// Appendix A of RFC 5869, cases 1 and 3.
    #[test]
    fn hkdf_of_the_rfc() {
        let (salt, info) = (
            hex("000102030405060708090a0b0c"),
            hex("f0f1f2f3f4f5f6f7f8f9"),
        );
        let mut out = [0; 42];
        hkdf(Algorithm::SHA256, &[11; 22], &salt, &info, &mut out).unwrap();
        let expected =
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865";
        assert_eq!(out[..], hex(expected));
        hkdf(Algorithm::SHA256, &[11; 22], b"", b"", &mut out).unwrap();
        let expected =
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8";
        assert_eq!(out[..], hex(expected));
        let mut long = vec![0; 255 * 20];
        hkdf(Algorithm::SHA1, b"", b"", b"", &mut long).unwrap();
        long.push(0);
        let error = hkdf(Algorithm::SHA1, b"", b"", b"", &mut long).unwrap_err();
        assert_eq!(
            error.reason,
            "length is 5101, HKDF with sha1 gives at most 5100 bytes"
        );
    }
}
