//! Writing keys.

use super::{KeyType, PrivateForm, PrivateKey, PublicKey};
use crate::encoding::to_hex;
use crate::{Error, Result, Secret, libcrypto, pem, random};

/// The form of a public key in DER.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum PublicForm {
    /// `SubjectPublicKeyInfo` (RFC 5280).
    Spki,
    /// `RSAPublicKey` (RFC 8017).
    Pkcs1,
}

fn only_for(form: &str, kinds: &str, kind: KeyType) -> Error {
    Error::new(
        "ERR_CRYPTO_INCOMPATIBLE_KEY_OPTIONS",
        format!(
            "{form} is for {kinds} keys only, this one is {}",
            kind.name()
        ),
    )
}

impl PrivateKey {
    /// As DER. With a passphrase, PKCS#8 is encrypted in the scheme PBES2; the other forms have no
    /// encryption of their own.
    pub fn to_der(&self, form: PrivateForm, encryption: Option<(&str, &[u8])>) -> Result<Secret> {
        match (form, encryption) {
            (PrivateForm::Pkcs8 | PrivateForm::EncryptedPkcs8, Some((cipher, passphrase))) => {
                if self.key_type() == KeyType::RsaPss {
                    return Err(Error::unsupported(
                        "an encrypted PKCS#8 of an rsa-pss key cannot be written",
                    ));
                }
                self.0.to_encrypted_pkcs8(cipher, passphrase)
            }
            (PrivateForm::Pkcs8 | PrivateForm::EncryptedPkcs8, None) => self.to_pkcs8_der(),
            (_, Some(_)) => Err(Error::new(
                "ERR_CRYPTO_INCOMPATIBLE_KEY_OPTIONS",
                "only PKCS#8 can be encrypted in DER; PKCS#1 and SEC1 only in PEM",
            )),
            (PrivateForm::Pkcs1, None) => match self.key_type() {
                KeyType::Rsa => self.0.to_pkcs1_private(),
                _ => None,
            }
            .unwrap_or_else(|| Err(only_for("PKCS#1", "RSA", self.key_type()))),
            (PrivateForm::Sec1, None) => self
                .0
                .to_sec1()
                .unwrap_or_else(|| Err(only_for("SEC1", "EC", self.key_type()))),
        }
    }

    /// As PEM. With a passphrase, PKCS#8 is encrypted in the scheme PBES2, and the other forms in
    /// the old way of OpenSSL, which is weak: its key is one round of MD5.
    pub fn to_pem(&self, form: PrivateForm, encryption: Option<(&str, &[u8])>) -> Result<Secret> {
        let label = match form {
            PrivateForm::Pkcs8 | PrivateForm::EncryptedPkcs8 => {
                let der = self.to_der(form, encryption)?;
                let label = if encryption.is_some() {
                    "ENCRYPTED PRIVATE KEY"
                } else {
                    "PRIVATE KEY"
                };
                return Ok(Secret::from(pem::encode(label, &der).into_bytes()));
            }
            PrivateForm::Pkcs1 => "RSA PRIVATE KEY",
            PrivateForm::Sec1 => "EC PRIVATE KEY",
        };
        let der = self.to_der(form, None)?;
        let Some((cipher, passphrase)) = encryption else {
            return Ok(Secret::from(pem::encode(label, &der).into_bytes()));
        };
        let mut iv = vec![0; libcrypto::iv_length(cipher)?];
        random::fill(&mut iv);
        let data = libcrypto::encrypt_traditional(cipher, &iv, passphrase, &der)?;
        let iv = String::from_utf8(to_hex(&iv)).unwrap_or_default();
        let head = format!(
            "-----BEGIN {label}-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: {},{}\n\n",
            cipher.to_ascii_uppercase(),
            iv.to_ascii_uppercase()
        );
        let plain = pem::encode(label, &data);
        let body = plain.split_once('\n').map_or("", |(_, body)| body);
        Ok(Secret::from((head + body).into_bytes()))
    }
}

impl PublicKey {
    /// As DER.
    pub fn to_der(&self, form: PublicForm) -> Result<Vec<u8>> {
        match form {
            PublicForm::Spki => self.to_spki_der(),
            PublicForm::Pkcs1 => match self.key_type() {
                KeyType::Rsa => self.0.to_pkcs1_public(),
                _ => None,
            }
            .unwrap_or_else(|| Err(only_for("PKCS#1", "RSA", self.key_type()))),
        }
    }

    /// As PEM.
    pub fn to_pem(&self, form: PublicForm) -> Result<String> {
        let label = match form {
            PublicForm::Spki => "PUBLIC KEY",
            PublicForm::Pkcs1 => "RSA PUBLIC KEY",
        };
        Ok(pem::encode(label, &self.to_der(form)?))
    }
}
