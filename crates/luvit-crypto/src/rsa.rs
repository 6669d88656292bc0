//! Encryption with RSA: OAEP and PKCS#1 v1.5 (RFC 8017).

use crate::digest::Algorithm;
use crate::key::{KeyType, PrivateKey, PublicKey};
use crate::libcrypto::{CryptPadding, Pkey};
use crate::{Error, Result, Secret};

/// How what is encrypted is padded.
#[derive(Clone, Debug)]
pub enum Padding {
    /// PKCS#1 v1.5. Whoever learns whether decryption failed can decrypt (Bleichenbacher): only for
    /// old protocols.
    Pkcs1,
    /// None: the data is as long as the modulus.
    None,
    /// OAEP.
    Oaep {
        /// Of the label.
        digest: Algorithm,
        /// Of the mask.
        mgf1: Algorithm,
        /// What both sides know.
        label: Vec<u8>,
    },
}

impl Padding {
    fn lower(&self) -> Result<CryptPadding<'_>> {
        Ok(match self {
            Padding::Pkcs1 => CryptPadding::Pkcs1,
            Padding::None => CryptPadding::None,
            Padding::Oaep {
                digest,
                mgf1,
                label,
            } => {
                let md = |digest: Algorithm| {
                    digest.md().filter(|_| !digest.is_xof()).ok_or_else(|| {
                        Error::new(
                            "ERR_CRYPTO_INVALID_DIGEST",
                            format!("OAEP with {} is not supported", digest.name()),
                        )
                    })
                };
                CryptPadding::Oaep {
                    digest: md(*digest)?,
                    mgf1: md(*mgf1)?,
                    label,
                }
            }
        })
    }
}

fn check(key: &Pkey) -> Result<()> {
    match key.key_type() {
        KeyType::Rsa => Ok(()),
        other => Err(Error::new(
            "ERR_CRYPTO_UNSUPPORTED_OPERATION",
            format!("a key of the kind {} does not encrypt", other.name()),
        )),
    }
}

/// Whether the padding of the raw operations is PKCS#1's.
fn padded(padding: &Padding) -> Result<bool> {
    match padding {
        Padding::Pkcs1 => Ok(true),
        Padding::None => Ok(false),
        Padding::Oaep { .. } => Err(Error::new(
            "ERR_INVALID_ARG_VALUE",
            "a private key encrypts with PKCS#1 padding or none",
        )),
    }
}

impl PublicKey {
    /// Encrypts for the owner of the private key.
    pub fn encrypt(&self, padding: &Padding, data: &[u8]) -> Result<Vec<u8>> {
        check(&self.0)?;
        self.0.encrypt(padding.lower()?, data)
    }

    /// Undoes [`PrivateKey::encrypt`].
    pub fn decrypt(&self, padding: &Padding, data: &[u8]) -> Result<Vec<u8>> {
        check(&self.0)?;
        self.0
            .public_decrypt(padded(padding)?, data)
            .unwrap_or_else(|| check(&self.0).map(|()| Vec::new()))
    }
}

impl PrivateKey {
    /// Decrypts what was encrypted with the public key.
    pub fn decrypt(&self, padding: &Padding, data: &[u8]) -> Result<Secret> {
        check(&self.0)?;
        self.0.decrypt(padding.lower()?, data)
    }

    /// Encrypts with the private key, so that everyone with the public one can decrypt: the heart of
    /// a signature, for old protocols.
    pub fn encrypt(&self, padding: &Padding, data: &[u8]) -> Result<Vec<u8>> {
        check(&self.0)?;
        self.0
            .private_encrypt(padded(padding)?, data)
            .unwrap_or_else(|| check(&self.0).map(|()| Vec::new()))
    }
}
