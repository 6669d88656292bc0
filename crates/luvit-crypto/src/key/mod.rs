//! Private and public keys.

mod export;
mod generate;
pub mod jwk;
pub(crate) mod load;
pub(crate) mod pss;

pub use export::PublicForm;
pub use generate::{Curve, Recipe};
pub use jwk::AnyKey;
pub use load::PrivateForm;
pub use pss::PssParameters;

pub use crate::libcrypto::KeyType;
use crate::libcrypto::Pkey;
use crate::{Result, Secret};

/// A private key, with its public half. Cheap to clone.
#[derive(Clone)]
pub struct PrivateKey(pub(crate) Pkey);

/// A public key. Cheap to clone.
#[derive(Clone)]
pub struct PublicKey(pub(crate) Pkey);

impl PrivateKey {
    /// What kind it is.
    pub fn key_type(&self) -> KeyType {
        self.0.key_type()
    }

    /// Its size in bits: of the modulus, of the curve's field.
    pub fn bits(&self) -> u32 {
        self.0.bits()
    }

    /// Its public half.
    pub fn public(&self) -> Result<PublicKey> {
        PublicKey::from_spki(&self.0.to_spki()?)
    }

    /// `PrivateKeyInfo` (PKCS#8, RFC 5208) as DER, unencrypted.
    pub fn to_pkcs8_der(&self) -> Result<Secret> {
        self.0.to_pkcs8()
    }
}

impl PublicKey {
    /// What kind it is.
    pub fn key_type(&self) -> KeyType {
        self.0.key_type()
    }

    /// Its size in bits: of the modulus, of the curve's field.
    pub fn bits(&self) -> u32 {
        self.0.bits()
    }

    /// Whether it is the public half of `key`.
    pub fn belongs_to(&self, key: &PrivateKey) -> bool {
        self.0.same_public(&key.0)
    }

    /// `SubjectPublicKeyInfo` (RFC 5280) as DER.
    pub fn to_spki_der(&self) -> Result<Vec<u8>> {
        self.0.to_spki()
    }
}

/// What is to be known about a key beside its numbers.
#[derive(Clone, Debug, Default)]
pub struct Details {
    /// RSA: bits of the modulus.
    pub modulus_length: Option<u32>,
    /// RSA: the public exponent, big-endian.
    pub public_exponent: Option<Vec<u8>>,
    /// RSA-PSS: what the key is restricted to.
    pub pss: Option<PssParameters>,
    /// EC: the curve.
    pub curve: Option<Curve>,
}

fn details(key: &Pkey) -> Details {
    let rsa = key.rsa_public();
    Details {
        modulus_length: rsa.is_some().then(|| key.bits()),
        public_exponent: rsa.map(|(_, exponent)| exponent),
        pss: PssParameters::from_der(key.pss()),
        curve: key.curve().map(Curve),
    }
}

impl PrivateKey {
    /// What is to be known about it.
    pub fn details(&self) -> Details {
        details(&self.0)
    }

    /// The longest signature or encryption, in bytes.
    pub fn size(&self) -> usize {
        self.0.size()
    }
}

impl PublicKey {
    /// What is to be known about it.
    pub fn details(&self) -> Details {
        details(&self.0)
    }

    /// The longest signature or encryption, in bytes.
    pub fn size(&self) -> usize {
        self.0.size()
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &PublicKey) -> bool {
        self.0.same_public(&other.0)
    }
}

impl std::fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "PrivateKey({}, {} bits)",
            self.key_type().name(),
            self.bits()
        )
    }
}

impl std::fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "PublicKey({}, {} bits)",
            self.key_type().name(),
            self.bits()
        )
    }
}
