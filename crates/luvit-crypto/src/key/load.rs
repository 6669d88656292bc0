//! Reading keys in all the forms that programs write.

use super::{PrivateKey, PublicKey};
use crate::encoding::from_hex;
use crate::libcrypto::{self, Pkey};
use crate::pem::{self, Block};
use crate::{Error, Result, Secret, der};

const PRIVATE: &str = "a private key";
const PUBLIC: &str = "a public key";

/// The form of a private key in DER.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum PrivateForm {
    /// `PrivateKeyInfo` (RFC 5208).
    Pkcs8,
    /// `EncryptedPrivateKeyInfo` (RFC 5208).
    EncryptedPkcs8,
    /// `RSAPrivateKey` (RFC 8017).
    Pkcs1,
    /// `ECPrivateKey` (RFC 5915).
    Sec1,
}

impl PrivateForm {
    /// Sees which form it is by its first elements.
    pub fn of(bytes: &[u8]) -> Option<PrivateForm> {
        let mut fields = der::Reader::new(der::only(bytes, der::SEQUENCE)?);
        let first = fields.next()?;
        let second = fields.next()?;
        Some(match (first.0, second.0) {
            (der::INTEGER, der::SEQUENCE) => PrivateForm::Pkcs8,
            (der::INTEGER, der::INTEGER) => PrivateForm::Pkcs1,
            (der::INTEGER, der::OCTET_STRING) => PrivateForm::Sec1,
            (der::SEQUENCE, der::OCTET_STRING) => PrivateForm::EncryptedPkcs8,
            _ => return None,
        })
    }
}

impl PrivateKey {
    /// Reads a key of PEM or DER, in any of the forms that [`from_pem`](PrivateKey::from_pem) and
    /// [`from_der`](PrivateKey::from_der) read.
    ///
    /// The passphrase opens an encrypted key; a key that is not encrypted needs none and ignores it.
    pub fn load(bytes: &[u8], passphrase: Option<&[u8]>) -> Result<PrivateKey> {
        if pem::is_pem(bytes) {
            PrivateKey::from_pem(bytes, passphrase)
        } else {
            PrivateKey::from_der(bytes, passphrase)
        }
    }

    /// Reads the first private key of a PEM text: PKCS#8, encrypted PKCS#8 (PBES2, and of the old
    /// schemes those with 3DES, RC2 and RC4), PKCS#1, SEC1, and the last two encrypted in the old
    /// way of OpenSSL (`Proc-Type: 4,ENCRYPTED`).
    pub fn from_pem(text: &[u8], passphrase: Option<&[u8]>) -> Result<PrivateKey> {
        let blocks = pem::blocks(text)?;
        for block in &blocks {
            let form = match block.label.as_str() {
                "PRIVATE KEY" => PrivateForm::Pkcs8,
                "ENCRYPTED PRIVATE KEY" => PrivateForm::EncryptedPkcs8,
                "RSA PRIVATE KEY" => PrivateForm::Pkcs1,
                "EC PRIVATE KEY" => PrivateForm::Sec1,
                "OPENSSH PRIVATE KEY" => {
                    return Err(Error::unsupported(
                        "the key is in OpenSSH's own form, which is not supported; \
                         'ssh-keygen -p -m PEM -f FILE' changes it to PEM",
                    ));
                }
                other if other.ends_with("PRIVATE KEY") => {
                    return Err(Error::unsupported(format!("{other} is not supported")));
                }
                _ => continue,
            };
            let data = open_traditional(block, passphrase)?;
            let key = PrivateKey::from_form(&data, form, passphrase);
            // A wrong passphrase may decrypt to something, if rarely: it is no key.
            return key.map_err(|error| {
                if error.is_malformed() && block.header("DEK-Info").is_some() {
                    return Error::wrong_passphrase();
                }
                error
            });
        }
        Err(wrong_pem(&blocks, PRIVATE))
    }

    /// Reads a key of DER: PKCS#8, encrypted PKCS#8, PKCS#1 or SEC1, which its first elements tell.
    pub fn from_der(bytes: &[u8], passphrase: Option<&[u8]>) -> Result<PrivateKey> {
        let form = PrivateForm::of(bytes).ok_or_else(|| {
            Error::malformed(
                "private key",
                "the bytes are neither PEM nor DER of a private key",
            )
        })?;
        PrivateKey::from_form(bytes, form, passphrase)
    }

    /// Reads a key of DER that must have this form.
    pub fn from_form(
        bytes: &[u8],
        form: PrivateForm,
        passphrase: Option<&[u8]>,
    ) -> Result<PrivateKey> {
        let key = match form {
            PrivateForm::Pkcs8 => Pkey::from_pkcs8(bytes),
            PrivateForm::Pkcs1 => Pkey::from_pkcs1_private(bytes),
            PrivateForm::Sec1 => Pkey::from_sec1(bytes),
            PrivateForm::EncryptedPkcs8 => {
                if PrivateForm::of(bytes) != Some(PrivateForm::EncryptedPkcs8) {
                    return Err(Error::malformed(
                        "encrypted PKCS#8 private key",
                        "the bytes are not DER of one",
                    ));
                }
                let passphrase = passphrase.ok_or_else(Error::missing_passphrase)?;
                Pkey::from_encrypted_pkcs8(bytes, passphrase)
                    .map_err(|error| name_algorithm(error, bytes))
            }
        };
        key.map(PrivateKey)
    }
}

impl PublicKey {
    /// Reads a key of PEM or DER: SPKI or PKCS#1, or the key of a certificate. PEM of a private key
    /// gives its public half.
    pub fn load(bytes: &[u8], passphrase: Option<&[u8]>) -> Result<PublicKey> {
        if pem::is_pem(bytes) {
            PublicKey::from_pem(bytes, passphrase)
        } else {
            PublicKey::from_der(bytes)
        }
    }

    /// Reads the first key or certificate of a PEM text.
    pub fn from_pem(text: &[u8], passphrase: Option<&[u8]>) -> Result<PublicKey> {
        let blocks = pem::blocks(text)?;
        for block in &blocks {
            match block.label.as_str() {
                "PUBLIC KEY" => return PublicKey::from_spki(&block.data),
                "RSA PUBLIC KEY" => return PublicKey::from_pkcs1(&block.data),
                "CERTIFICATE" | "X509 CERTIFICATE" | "TRUSTED CERTIFICATE" => {
                    return crate::x509::Certificate::from_der(&block.data)?.public_key();
                }
                label if label.ends_with("PRIVATE KEY") => {
                    return PrivateKey::from_pem(text, passphrase)?.public();
                }
                _ => {}
            }
        }
        Err(wrong_pem(&blocks, PUBLIC))
    }

    /// Reads a key of DER: SPKI or PKCS#1.
    pub fn from_der(bytes: &[u8]) -> Result<PublicKey> {
        let mut fields = der::Reader::new(der::only(bytes, der::SEQUENCE).unwrap_or(&[]));
        match fields.next() {
            Some((der::SEQUENCE, _)) => PublicKey::from_spki(bytes),
            Some((der::INTEGER, _)) => PublicKey::from_pkcs1(bytes),
            _ => Err(Error::malformed(
                "public key",
                "the bytes are neither PEM nor DER of a public key",
            )),
        }
    }

    /// Reads `SubjectPublicKeyInfo` (RFC 5280) of DER.
    pub fn from_spki(bytes: &[u8]) -> Result<PublicKey> {
        Pkey::from_spki(bytes).map(PublicKey)
    }

    /// Reads `RSAPublicKey` (RFC 8017) of DER.
    pub fn from_pkcs1(bytes: &[u8]) -> Result<PublicKey> {
        Pkey::from_pkcs1_public(bytes).map(PublicKey)
    }
}

/// The data of a block, decrypted if its headers say that it is encrypted (RFC 1421).
fn open_traditional(block: &Block, passphrase: Option<&[u8]>) -> Result<Secret> {
    let Some(info) = block.header("DEK-Info") else {
        return Ok(block.data.clone());
    };
    let passphrase = passphrase.ok_or_else(Error::missing_passphrase)?;
    let (cipher, iv) = info
        .split_once(',')
        .and_then(|(cipher, iv)| Some((cipher.trim(), from_hex(iv.trim().as_bytes())?)))
        .ok_or_else(|| Error::malformed("PEM", "DEK-Info is not a cipher and an IV in hex"))?;
    libcrypto::decrypt_traditional(cipher, &iv, passphrase, &block.data)
}

/// Says which algorithm an encrypted key has that is not supported.
fn name_algorithm(error: Error, bytes: &[u8]) -> Error {
    if !error.is_unsupported() {
        return error;
    }
    let object = der::only(bytes, der::SEQUENCE)
        .and_then(|content| der::Reader::new(content).expect(der::SEQUENCE))
        .and_then(|algorithm| der::Reader::new(algorithm).expect(der::OBJECT))
        .map(der::object_text)
        .unwrap_or_default();
    Error::unsupported(format!(
        "{} (the key's encryption is {object})",
        error.reason
    ))
}

/// None of the blocks is what was wanted.
pub(crate) fn wrong_pem(blocks: &[Block], expected: &'static str) -> Error {
    let mut labels: Vec<&str> = blocks.iter().map(|block| block.label.as_str()).collect();
    labels.dedup();
    let found = match labels.as_slice() {
        [] => "nothing".to_string(),
        [one] if one.starts_with(['A', 'E', 'I', 'O', 'U']) => format!("an {one}"),
        [one] => format!("a {one}"),
        many => many[..many.len().min(4)].join(" and "),
    };
    Error::wrong_pem(&found, expected)
}
