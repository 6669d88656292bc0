//! Key agreement: ECDH (SEC 1) and X25519 (RFC 7748).

use crate::key::{KeyType, PrivateKey, PublicKey};
use crate::{Error, Result, Secret};

impl PrivateKey {
    /// The secret that this key and the other side's public one share.
    pub fn agree(&self, peer: &PublicKey) -> Result<Secret> {
        let (mine, theirs) = (self.key_type(), peer.key_type());
        if !matches!(mine, KeyType::Ec | KeyType::X25519 | KeyType::Dh) {
            return Err(Error::new(
                "ERR_CRYPTO_INCOMPATIBLE_KEY",
                format!("a key of the kind {} agrees on nothing", mine.name()),
            ));
        }
        if mine != theirs {
            return Err(Error::new(
                "ERR_CRYPTO_INCOMPATIBLE_KEY",
                format!(
                    "the private key is {}, the public key {}: they must be of one kind",
                    mine.name(),
                    theirs.name()
                ),
            ));
        }
        if let (Some(mine), Some(theirs)) = (self.details().curve, peer.details().curve)
            && mine != theirs
        {
            return Err(Error::new(
                "ERR_CRYPTO_INCOMPATIBLE_KEY",
                format!(
                    "the private key is on curve {}, the public key on {}",
                    mine.name(),
                    theirs.name()
                ),
            ));
        }
        self.0.derive(&peer.0)
    }
}
