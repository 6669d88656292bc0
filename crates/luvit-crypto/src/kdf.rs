//! Keys from passwords and from other keys: PBKDF2, scrypt, Argon2 and HKDF.

use argon2::{Argon2, AssociatedData, ParamsBuilder, Version};

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

/// What scrypt (RFC 7914) costs.
#[derive(Copy, Clone, Debug)]
pub struct ScryptCost {
    /// N: a power of 2, more than 1.
    pub cost: u64,
    /// r, at least 1.
    pub block_size: u64,
    /// p, at least 1.
    pub parallelization: u64,
    /// The most bytes of memory it may take; about 128 × N × r are needed.
    pub max_memory: u64,
}

impl ScryptCost {
    /// Whether scrypt can be computed with these parameters, and within the limit.
    ///
    /// # Errors
    /// Which parameter is wrong, or how much memory is needed.
    pub fn check(self) -> Result<()> {
        let ScryptCost {
            cost,
            block_size,
            parallelization,
            max_memory,
        } = self;
        let fail = |reason: String| Err(Error::new("ERR_CRYPTO_INVALID_SCRYPT_PARAMS", reason));
        if cost < 2 || !cost.is_power_of_two() {
            return fail(format!("N is {cost}, a power of 2 above 1 is expected"));
        }
        if block_size == 0 || parallelization == 0 {
            return fail("r and p are at least 1".into());
        }
        if block_size.saturating_mul(parallelization) >= 1 << 30 {
            return fail(format!(
                "r is {block_size} and p is {parallelization}, their product is less than 2^30"
            ));
        }
        if u128::from(cost) >= 1u128 << (16 * block_size).min(64) {
            return fail(format!(
                "N is {cost}, less than 2^{} is expected with r = {block_size}",
                16 * block_size
            ));
        }
        let blocks = u128::from(cost) + u128::from(parallelization) + 2;
        let needed = 128 * u128::from(block_size) * blocks;
        if needed > u128::from(max_memory) {
            return fail(format!(
                "memory limit exceeded: {needed} bytes are needed, maxmem is {max_memory}"
            ));
        }
        Ok(())
    }
}

/// scrypt (RFC 7914): fills `out`.
///
/// # Errors
/// When the parameters are not possible, need more memory than allowed, or than there is.
pub fn scrypt(password: &[u8], salt: &[u8], cost: ScryptCost, out: &mut [u8]) -> Result<()> {
    cost.check()?;
    if out.is_empty() {
        return Ok(());
    }
    let parameters = (cost.cost, cost.block_size, cost.parallelization);
    let limit = usize::try_from(cost.max_memory).unwrap_or(usize::MAX);
    if kdf::scrypt(password, salt, parameters, limit, out) {
        return Ok(());
    }
    Err(Error::new(
        "ERR_CRYPTO_OPERATION_FAILED",
        "scrypt failed: there is not enough memory",
    ))
}

/// A variant of Argon2 (RFC 9106).
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Argon2Variant {
    /// Memory is read as the password says: fastest for whom it belongs to, but its timing may tell.
    D,
    /// Memory is read in an order that does not depend on the password.
    I,
    /// The first half as `I`, the rest as `D`: what RFC 9106 recommends.
    Id,
}

/// What Argon2 is given beside the password and the salt.
#[derive(Copy, Clone, Debug)]
pub struct Argon2Cost<'a> {
    /// Memory in KiB: at least 8 for each lane.
    pub memory: u32,
    /// How many times it goes over the memory: at least 1.
    pub passes: u32,
    /// Lanes; they are computed one after the other. 1 to 2^24 - 1.
    pub parallelism: u32,
    /// A key that is not stored with the result.
    pub secret: &'a [u8],
    /// More data that the result depends on, at most 32 bytes.
    pub associated: &'a [u8],
}

impl Argon2Cost<'_> {
    /// Whether Argon2 can be computed with these parameters, a salt of `salt` bytes and a result of
    /// `length` bytes.
    ///
    /// # Errors
    /// Which of them is out of its limits.
    pub fn check(self, salt: usize, length: usize) -> Result<()> {
        let fail = |reason: String| Err(Error::new("ERR_OUT_OF_RANGE", reason));
        let (memory, parallelism) = (self.memory, self.parallelism);
        if salt < argon2::MIN_SALT_LEN {
            return fail(format!("nonce is {salt} bytes, at least 8 are expected"));
        }
        if length < 4 {
            return fail(format!("tagLength is {length}, at least 4 is expected"));
        }
        if parallelism == 0 || parallelism >= 1 << 24 {
            return fail(format!(
                "parallelism is {parallelism}, 1 to 2^24 - 1 is expected"
            ));
        }
        if memory < 8 * parallelism {
            return fail(format!(
                "memory is {memory}, at least 8 for each of {parallelism} lanes is expected"
            ));
        }
        if self.passes == 0 {
            return fail("passes is 0, at least 1 is expected".into());
        }
        if self.associated.len() > AssociatedData::MAX_LEN {
            return fail(format!(
                "associatedData is {} bytes, at most {} are possible",
                self.associated.len(),
                AssociatedData::MAX_LEN
            ));
        }
        Ok(())
    }
}

/// Argon2, version 0x13 (RFC 9106): fills `out`.
///
/// # Errors
/// Which parameter is out of its limits, or that there is not enough memory.
pub fn argon2(
    variant: Argon2Variant,
    password: &[u8],
    salt: &[u8],
    cost: Argon2Cost<'_>,
    out: &mut [u8],
) -> Result<()> {
    cost.check(salt.len(), out.len())?;
    let variant = match variant {
        Argon2Variant::D => argon2::Algorithm::Argon2d,
        Argon2Variant::I => argon2::Algorithm::Argon2i,
        Argon2Variant::Id => argon2::Algorithm::Argon2id,
    };
    let mut compute = || {
        let params = ParamsBuilder::new()
            .m_cost(cost.memory)
            .t_cost(cost.passes)
            .p_cost(cost.parallelism)
            .data(AssociatedData::new(cost.associated)?)
            .output_len(out.len())
            .build()?;
        Argon2::new_with_secret(cost.secret, variant, Version::V0x13, params)?
            .hash_password_into(password, salt, out)
    };
    compute().map_err(|error| {
        let reason = format!("argon2 failed: {error}");
        Error::new("ERR_CRYPTO_OPERATION_FAILED", reason)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoding::from_hex;

    fn hex(text: &str) -> Vec<u8> {
        from_hex(text.replace(char::is_whitespace, "").as_bytes()).unwrap()
    }

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

    /// Section 12 of RFC 7914.
    #[test]
    fn scrypt_of_the_rfc() {
        for (password, salt, cost, block_size, parallelization, expected) in [
            (
                "",
                "",
                16,
                1,
                1,
                "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442
                 fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906",
            ),
            (
                "password",
                "NaCl",
                1024,
                8,
                16,
                "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162
                 2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640",
            ),
            (
                "pleaseletmein",
                "SodiumChloride",
                16384,
                8,
                1,
                "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2
                 d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887",
            ),
        ] {
            let cost = ScryptCost {
                cost,
                block_size,
                parallelization,
                max_memory: 32 << 20,
            };
            let mut out = [0; 64];
            scrypt(password.as_bytes(), salt.as_bytes(), cost, &mut out).unwrap();
            assert_eq!(out[..], hex(expected));
        }
    }

    #[test]
    fn scrypt_says_which_parameter_is_wrong() {
        let check = |cost, block_size, parallelization| {
            ScryptCost {
                cost,
                block_size,
                parallelization,
                max_memory: 32 << 20,
            }
            .check()
            .map_err(|error| error.reason.into_owned())
        };
        assert_eq!(check(16384, 8, 1), Ok(()));
        let text = "memory limit exceeded: 33557504 bytes are needed, maxmem is 33554432";
        assert_eq!(check(32768, 8, 1), Err(text.into()));
        assert_eq!(
            check(3, 8, 1),
            Err("N is 3, a power of 2 above 1 is expected".into())
        );
        assert!(check(0, 8, 1).is_err() && check(1, 8, 1).is_err());
        assert!(check(16, 0, 1).is_err() && check(16, 1, 0).is_err());
        assert!(check(1 << 16, 1, 1).unwrap_err().contains("less than 2^16"));
        assert!(check(16, u64::MAX, u64::MAX).is_err());
        assert!(check(1 << 63, 1 << 20, 1).is_err());
    }

    /// Section 5 of RFC 9106.
    #[test]
    fn argon2_of_the_rfc() {
        let cost = Argon2Cost {
            memory: 32,
            passes: 3,
            parallelism: 4,
            secret: &[3; 8],
            associated: &[4; 12],
        };
        for (variant, expected) in [
            (
                Argon2Variant::D,
                "512b391b6f1162975371d30919734294f868e3be3984f3c1a13a4db9fabe4acb",
            ),
            (
                Argon2Variant::I,
                "c814d9d1dc7f37aa13f0d77f2494bda1c8de6b016dd388d29952a4c4672b6ce8",
            ),
            (
                Argon2Variant::Id,
                "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659",
            ),
        ] {
            let mut out = [0; 32];
            argon2(variant, &[1; 32], &[2; 16], cost, &mut out).unwrap();
            assert_eq!(out[..], hex(expected));
        }
        let fails = |cost, salt: &[u8], length| {
            let mut out = vec![0; length];
            argon2(Argon2Variant::Id, b"", salt, cost, &mut out)
                .unwrap_err()
                .reason
        };
        assert_eq!(
            fails(cost, b"1234567", 32),
            "nonce is 7 bytes, at least 8 are expected"
        );
        assert_eq!(
            fails(cost, b"12345678", 3),
            "tagLength is 3, at least 4 is expected"
        );
        let few = Argon2Cost { memory: 31, ..cost };
        assert!(fails(few, b"12345678", 32).starts_with("memory is 31"));
        let none = Argon2Cost { passes: 0, ..cost };
        assert!(fails(none, b"12345678", 32).starts_with("passes is 0"));
        let long = Argon2Cost {
            associated: &[0; 33],
            ..cost
        };
        assert!(fails(long, b"12345678", 32).starts_with("associatedData is 33 bytes"));
    }

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
