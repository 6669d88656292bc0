//! Signatures: RSA (PKCS#1 v1.5 and PSS, RFC 8017), ECDSA (FIPS 186-5), Ed25519 (RFC 8032).

use crate::der::{self, Reader};
use crate::digest::{Algorithm, Hasher};
use crate::key::{KeyType, PrivateKey, PublicKey};
use crate::libcrypto::digest::Evp;
use crate::libcrypto::{Pkey, SignPadding};
use crate::{Error, Result};

/// How an RSA key pads what it signs.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Padding {
    /// PKCS#1 v1.5.
    Pkcs1,
    /// PSS.
    Pss,
}

/// How long the salt of PSS is.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum SaltLength {
    /// As long as the digest.
    Digest,
    /// The longest possible when signing, any when verifying.
    Auto,
    /// So many bytes.
    Bytes(u32),
}

/// How ECDSA's two numbers are written.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub enum Encoding {
    /// As DER (RFC 3279), which TLS and X.509 use.
    #[default]
    Der,
    /// One after the other, each as long as the curve's order (IEEE P1363), which JWT uses.
    P1363,
}

/// How to sign; by default as the kind of the key is used.
#[derive(Copy, Clone, Debug, Default)]
pub struct Options {
    /// RSA's padding: by default PSS for keys of the kind `rsa-pss`, PKCS#1 v1.5 for others.
    pub padding: Option<Padding>,
    /// PSS's salt: by default what a restricted key asks for, and else `Auto`.
    pub salt: Option<SaltLength>,
    /// PSS's digest of the mask: by default that of the message.
    pub mgf1: Option<Algorithm>,
    /// Of ECDSA signatures.
    pub encoding: Encoding,
}

fn md(digest: Algorithm) -> Result<Evp> {
    digest.md().filter(|_| !digest.is_xof()).ok_or_else(|| {
        Error::new(
            "ERR_CRYPTO_INVALID_DIGEST",
            format!("signatures of {} are not supported", digest.name()),
        )
    })
}

fn unsupported(key: &Pkey) -> Error {
    Error::new(
        "ERR_CRYPTO_UNSUPPORTED_OPERATION",
        format!("a key of the kind {} does not sign", key.key_type().name()),
    )
}

/// The padding for a key; `None` for keys that need none.
fn padding(key: &Pkey, options: &Options) -> Result<Option<SignPadding>> {
    let pss = |salt: Option<SaltLength>| -> Result<SignPadding> {
        let salt =
            match salt {
                None => None,
                Some(SaltLength::Digest) => Some(-1),
                Some(SaltLength::Auto) => Some(-2),
                Some(SaltLength::Bytes(bytes)) => Some(i32::try_from(bytes).map_err(|_| {
                    Error::new("ERR_OUT_OF_RANGE", format!("saltLength is {bytes}"))
                })?),
            };
        let mgf1 = options.mgf1.map(md).transpose()?;
        Ok(SignPadding::Pss { salt, mgf1 })
    };
    Ok(match (key.key_type(), options.padding) {
        (KeyType::Rsa, None | Some(Padding::Pkcs1)) => Some(SignPadding::Pkcs1),
        (KeyType::Rsa, Some(Padding::Pss)) => Some(pss(options.salt.or(Some(SaltLength::Auto)))?),
        (KeyType::RsaPss, None | Some(Padding::Pss)) => {
            let default = key.pss().is_empty().then_some(SaltLength::Auto);
            Some(pss(options.salt.or(default))?)
        }
        (KeyType::RsaPss, Some(Padding::Pkcs1)) => {
            return Err(Error::new(
                "ERR_OSSL_ILLEGAL_OR_UNSUPPORTED_PADDING_MODE",
                "a key of the kind rsa-pss signs with PSS only",
            ));
        }
        (KeyType::Ec, _) => None,
        _ => return Err(unsupported(key)),
    })
}

/// How many bytes each number of a signature has.
fn number_length(key: &Pkey) -> usize {
    (key.bits() as usize).div_ceil(8)
}

/// `Ecdsa-Sig-Value` as two numbers of `length` bytes each.
fn to_p1363(signature: &[u8], length: usize) -> Option<Vec<u8>> {
    let mut fields = Reader::new(der::only(signature, der::SEQUENCE)?);
    let mut out = Vec::with_capacity(2 * length);
    for _ in 0..2 {
        let content = fields.expect(der::INTEGER)?;
        let start = content.iter().take_while(|&&byte| byte == 0).count();
        let digits = &content[start..];
        out.resize(out.len() + length.checked_sub(digits.len())?, 0);
        out.extend_from_slice(digits);
    }
    fields.is_empty().then_some(out)
}

/// The other direction; `None` for a signature of another length.
fn from_p1363(signature: &[u8], length: usize) -> Option<Vec<u8>> {
    if signature.len() != 2 * length {
        return None;
    }
    let (r, s) = signature.split_at(length);
    let mut content = der::unsigned(r);
    content.extend_from_slice(&der::unsigned(s));
    Some(der::element(der::SEQUENCE, &content))
}

/// Whether keys of this kind hash the message by themselves, so that there is no digest to choose
/// and no way to sign piece by piece.
pub fn hashes_itself(kind: KeyType) -> bool {
    kind == KeyType::Ed25519
}

fn check_digest(digest: Algorithm, bytes: &[u8]) -> Result<()> {
    if bytes.len() == digest.size() {
        return Ok(());
    }
    Err(Error::new(
        "ERR_CRYPTO_INVALID_DIGEST",
        format!(
            "the digest is {} bytes, {} has {}",
            bytes.len(),
            digest.name(),
            digest.size()
        ),
    ))
}

impl PrivateKey {
    /// Signs what was hashed with `digest`.
    pub fn sign_digest(
        &self,
        digest: Algorithm,
        bytes: &[u8],
        options: &Options,
    ) -> Result<Vec<u8>> {
        check_digest(digest, bytes)?;
        let padding = padding(&self.0, options)?;
        let signature = self.0.sign_digest(md(digest)?, padding, bytes)?;
        if self.key_type() == KeyType::Ec && options.encoding == Encoding::P1363 {
            return to_p1363(&signature, number_length(&self.0))
                .ok_or_else(|| Error::internal("EVP_PKEY_sign"));
        }
        Ok(signature)
    }

    /// Signs a message. Without a digest, RSA and ECDSA take SHA-256; Ed25519 takes none.
    pub fn sign(
        &self,
        digest: Option<Algorithm>,
        message: &[u8],
        options: &Options,
    ) -> Result<Vec<u8>> {
        if hashes_itself(self.key_type()) {
            no_digest(digest)?;
            return self.0.sign_message(message);
        }
        let digest = digest.unwrap_or(Algorithm::SHA256);
        self.sign_digest(digest, &hash(digest, message), options)
    }
}

impl PublicKey {
    /// Whether the signature of what was hashed with `digest` is sound.
    pub fn verify_digest(
        &self,
        digest: Algorithm,
        bytes: &[u8],
        signature: &[u8],
        options: &Options,
    ) -> Result<bool> {
        check_digest(digest, bytes)?;
        let padding = padding(&self.0, options)?;
        let md = md(digest)?;
        if self.key_type() == KeyType::Ec && options.encoding == Encoding::P1363 {
            let Some(signature) = from_p1363(signature, number_length(&self.0)) else {
                return Ok(false);
            };
            return self.0.verify_digest(md, padding, bytes, &signature);
        }
        self.0.verify_digest(md, padding, bytes, signature)
    }

    /// Whether the signature of a message is sound. Without a digest, RSA and ECDSA take SHA-256;
    /// Ed25519 takes none.
    pub fn verify(
        &self,
        digest: Option<Algorithm>,
        message: &[u8],
        signature: &[u8],
        options: &Options,
    ) -> Result<bool> {
        if hashes_itself(self.key_type()) {
            no_digest(digest)?;
            return self.0.verify_message(message, signature);
        }
        let digest = digest.unwrap_or(Algorithm::SHA256);
        self.verify_digest(digest, &hash(digest, message), signature, options)
    }
}

fn hash(digest: Algorithm, message: &[u8]) -> Vec<u8> {
    let mut hasher = Hasher::new(digest);
    hasher.update(message);
    hasher.finish()
}

fn no_digest(digest: Option<Algorithm>) -> Result<()> {
    match digest {
        None => Ok(()),
        Some(digest) => Err(Error::new(
            "ERR_CRYPTO_UNSUPPORTED_OPERATION",
            format!(
                "Ed25519 hashes by itself: the digest must be nil, not {}",
                digest.name()
            ),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn both_encodings_say_the_same(signature in proptest::collection::vec(any::<u8>(), 64)) {
            let der = from_p1363(&signature, 32).unwrap();
            prop_assert_eq!(to_p1363(&der, 32), Some(signature));
        }

        #[test]
        fn junk_does_not_panic(bytes: Vec<u8>, length in 0..80usize) {
            let _ = to_p1363(&bytes, length);
            let _ = from_p1363(&bytes, length);
        }
    }
}
