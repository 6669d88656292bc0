//! Making keys.

use super::{KeyType, PrivateKey, PssParameters};
use crate::libcrypto::{self, Pkey};
use crate::{Error, Result};

/// What to make.
#[derive(Clone, Debug)]
pub enum Recipe {
    /// RSA: 1024 to 16384 bits of modulus, and a public exponent (65537 is the usual one).
    Rsa {
        /// Bits of the modulus.
        bits: u32,
        /// The public exponent.
        exponent: u64,
    },
    /// RSA for PSS signatures only.
    RsaPss {
        /// Bits of the modulus.
        bits: u32,
        /// The public exponent.
        exponent: u64,
        /// What the key is restricted to.
        parameters: Option<PssParameters>,
    },
    /// A key on a named curve.
    Ec(Curve),
    /// EdDSA on edwards25519.
    Ed25519,
    /// Key agreement on curve25519.
    X25519,
}

/// A named curve.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Curve(pub(crate) i32);

impl Curve {
    /// The curve that a name means: ASN.1's (`prime256v1`, `secp384r1`) or NIST's (`P-256`).
    pub fn by_name(name: &[u8]) -> Result<Curve> {
        libcrypto::curve_by_name(name).map(Curve).ok_or_else(|| {
            let names: Vec<String> = Curve::all().map(Curve::name).collect();
            Error::new(
                "ERR_CRYPTO_INVALID_CURVE",
                format!(
                    "unknown curve '{}', there are {}",
                    String::from_utf8_lossy(name),
                    names.join(", ")
                ),
            )
        })
    }

    /// All there are.
    pub fn all() -> impl Iterator<Item = Curve> {
        libcrypto::curves().into_iter().map(Curve)
    }

    /// ASN.1's name: `prime256v1`.
    pub fn name(self) -> String {
        libcrypto::short_name(self.0).unwrap_or_default()
    }

    /// NIST's name, where it has one: `P-256`.
    pub fn nist_name(self) -> Option<String> {
        libcrypto::nist_name(self.0)
    }
}

fn check_rsa(bits: u32, exponent: u64) -> Result<()> {
    if !(1024..=16_384).contains(&bits) {
        return Err(Error::new(
            "ERR_OUT_OF_RANGE",
            format!("modulusLength is {bits}, it may be 1024 to 16384"),
        ));
    }
    if exponent < 3 || exponent.is_multiple_of(2) || exponent >= 1 << 33 {
        return Err(Error::new(
            "ERR_OUT_OF_RANGE",
            format!("publicExponent is {exponent}, it must be odd, and from 3 to 2^33 - 1"),
        ));
    }
    Ok(())
}

impl PrivateKey {
    /// Makes a key. That of RSA takes from tens of milliseconds to minutes, by its size.
    pub fn generate(recipe: &Recipe) -> Result<PrivateKey> {
        let key = match recipe {
            Recipe::Rsa { bits, exponent } => {
                check_rsa(*bits, *exponent)?;
                Pkey::generate_rsa(*bits, *exponent)?
            }
            Recipe::RsaPss {
                bits,
                exponent,
                parameters,
            } => {
                check_rsa(*bits, *exponent)?;
                let parameters = match parameters {
                    Some(parameters) => parameters.to_der()?,
                    None => Vec::new(),
                };
                let key = Pkey::generate_rsa(*bits, *exponent)?;
                let pkcs1 = key
                    .to_pkcs1_private()
                    .ok_or_else(|| Error::internal("RSA_generate_key_ex"))??;
                Pkey::from_pkcs8(&libcrypto::pss_pkcs8(&parameters, &pkcs1))?
            }
            Recipe::Ec(curve) => Pkey::generate_ec(curve.0)?,
            Recipe::Ed25519 => Pkey::generate_ed25519()?,
            Recipe::X25519 => Pkey::generate_x25519()?,
        };
        Ok(PrivateKey(key))
    }

    /// A private key on a curve of its number, big-endian.
    pub fn from_scalar(curve: Curve, scalar: &[u8]) -> Result<PrivateKey> {
        Pkey::from_scalar(curve.0, scalar, None)
            .map(PrivateKey)
            .map_err(|_| {
                Error::new(
                    "ERR_CRYPTO_INVALID_KEYPAIR",
                    format!(
                        "the private key is not valid for curve {}: it must be a number from 1 to \
                         the curve's order",
                        curve.name()
                    ),
                )
            })
    }

    /// A private key of Ed25519 or X25519 of its 32 bytes.
    pub fn from_raw(kind: KeyType, bytes: &[u8]) -> Result<PrivateKey> {
        check_raw(bytes)?;
        Pkey::from_raw_private(kind, bytes).map(PrivateKey)
    }

    /// The number of an EC key, as long as the curve's order; the bytes of Ed25519 and X25519.
    pub fn raw(&self) -> Option<crate::Secret> {
        self.0.scalar().or_else(|| self.0.raw_private())
    }
}

pub(super) fn check_raw(bytes: &[u8]) -> Result<()> {
    if bytes.len() == 32 {
        return Ok(());
    }
    Err(Error::new(
        "ERR_CRYPTO_INVALID_KEYLEN",
        format!("the key is {} bytes, it takes 32", bytes.len()),
    ))
}

impl super::PublicKey {
    /// A public key on a curve of a point, in X9.62's form: uncompressed, compressed or hybrid.
    pub fn from_point(curve: Curve, point: &[u8]) -> Result<super::PublicKey> {
        Pkey::from_point(curve.0, point)
            .map(super::PublicKey)
            .map_err(|_| {
                Error::new(
                    "ERR_CRYPTO_ECDH_INVALID_PUBLIC_KEY",
                    format!(
                        "the public key ({} bytes) is no point of curve {}",
                        point.len(),
                        curve.name()
                    ),
                )
            })
    }

    /// A public key of Ed25519 or X25519 of its 32 bytes.
    pub fn from_raw(kind: KeyType, bytes: &[u8]) -> Result<super::PublicKey> {
        check_raw(bytes)?;
        Pkey::from_raw_public(kind, bytes).map(super::PublicKey)
    }

    /// The point of an EC key in X9.62's form; the bytes of Ed25519 and X25519.
    pub fn raw(&self, compressed: bool) -> Option<Vec<u8>> {
        self.0.point(compressed).or_else(|| self.0.raw_public())
    }
}
