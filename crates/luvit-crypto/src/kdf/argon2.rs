//! Argon2 (RFC 9106): a password, made expensive by memory.

use ::argon2::{Argon2, AssociatedData, ParamsBuilder, Version};

use crate::{Error, Result};

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
    use crate::kdf::tests::hex;

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
}
