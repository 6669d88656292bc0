//! scrypt (RFC 7914): a password, made expensive by memory.

use crate::libcrypto::kdf;
use crate::{Error, Result};

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kdf::tests::hex;

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
}
