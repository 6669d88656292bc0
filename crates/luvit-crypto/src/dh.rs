//! Diffie-Hellman over prime fields (RFC 2631), for old protocols: curves are faster and safer.

use crate::libcrypto::{self, Dh};
use crate::{Error, Result, Secret};

/// One side of an exchange.
pub struct Exchange(Dh);

/// Which of the numbers of an [`Exchange`].
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Number {
    /// The prime.
    Prime,
    /// The generator.
    Generator,
    /// The public key.
    Public,
    /// The private key.
    Private,
}

const MAX_BITS: u32 = 8192;

fn check_bits(bits: u32) -> Result<()> {
    if (512..=MAX_BITS).contains(&bits) {
        return Ok(());
    }
    Err(Error::new(
        "ERR_OUT_OF_RANGE",
        format!("the prime has {bits} bits, it may have 512 to {MAX_BITS}"),
    ))
}

impl Exchange {
    /// With a prime and a generator, big-endian.
    pub fn new(prime: &[u8], generator: &[u8]) -> Result<Exchange> {
        let zeros = prime.iter().take_while(|&&byte| byte == 0).count();
        let prime = &prime[zeros..];
        let top = prime.first().map_or(0, |byte| byte.leading_zeros());
        let bits = u32::try_from(prime.len())
            .ok()
            .and_then(|length| length.checked_mul(8))
            .map_or(u32::MAX, |bits| bits - top);
        check_bits(bits)?;
        let small = |&&byte: &&u8| byte == 0;
        let generator = &generator[generator.iter().take_while(small).count()..];
        if generator.is_empty() || generator == [1] || generator.len() > prime.len() {
            return Err(Error::new(
                "ERR_OUT_OF_RANGE",
                "the generator must be more than 1 and less than the prime",
            ));
        }
        Dh::new(prime, generator).map(Exchange)
    }

    /// With a group of RFC 2409 or RFC 3526 by its name: `modp14`.
    pub fn group(name: &[u8]) -> Result<Exchange> {
        let bits = match name.to_ascii_lowercase().as_slice() {
            b"modp1" => 768,
            b"modp2" => 1024,
            b"modp5" => 1536,
            b"modp14" => 2048,
            b"modp15" => 3072,
            b"modp16" => 4096,
            b"modp17" => 6144,
            b"modp18" => 8192,
            _ => {
                return Err(Error::new(
                    "ERR_CRYPTO_UNKNOWN_DH_GROUP",
                    format!(
                        "unknown group '{}', there are modp1, modp2, modp5 and modp14 to modp18",
                        String::from_utf8_lossy(name)
                    ),
                ));
            }
        };
        let prime =
            libcrypto::prime(bits).ok_or_else(|| Error::internal("BN_get_rfc3526_prime"))?;
        Dh::new(&prime, &[2]).map(Exchange)
    }

    /// With a new safe prime: takes seconds for 1024 bits, and minutes for 2048.
    pub fn generate(bits: u32, generator: u32) -> Result<Exchange> {
        check_bits(bits)?;
        if generator < 2 {
            return Err(Error::new(
                "ERR_OUT_OF_RANGE",
                "the generator must be 2 or more",
            ));
        }
        Dh::generate(bits, generator.min(i32::MAX as u32)).map(Exchange)
    }

    /// Makes a pair of keys, or the public one of a private one that was set.
    pub fn generate_keys(&mut self) -> Result<()> {
        self.0.generate_key()
    }

    /// Sets a key, big-endian.
    pub fn set(&mut self, which: Number, bytes: &[u8]) -> Result<()> {
        match which {
            Number::Private => self.0.set_key(None, Some(bytes)),
            _ => self.0.set_key(Some(bytes), None),
        }
    }

    /// One of the numbers, big-endian; `None` for a key that is not there.
    pub fn get(&self, which: Number) -> Option<Secret> {
        let [prime, generator, public, private] = self.0.numbers();
        match which {
            Number::Prime => prime,
            Number::Generator => generator,
            Number::Public => public,
            Number::Private => private,
        }
    }

    /// The secret that is shared with the owner of a public key, as long as the prime.
    pub fn agree(&mut self, peer: &[u8]) -> Result<Secret> {
        if self.get(Number::Private).is_none() {
            return Err(Error::new(
                "ERR_CRYPTO_INVALID_STATE",
                "generateKeys or setPrivateKey must come first",
            ));
        }
        self.0.compute(peer).map_err(|_| {
            Error::new(
                "ERR_CRYPTO_INVALID_KEYLEN",
                format!(
                    "the public key ({} bytes) is not between 1 and the prime",
                    peer.len()
                ),
            )
        })
    }

    /// What is wrong with prime and generator, as OpenSSL's bits: 1 no prime, 2 no safe prime, 8 the
    /// generator does not suit. 0 is nothing.
    pub fn problems(&self) -> i32 {
        self.0.problems().unwrap_or(1)
    }
}
