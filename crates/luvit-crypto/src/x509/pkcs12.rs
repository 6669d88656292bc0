//! PKCS#12 (RFC 7292): a key and certificates in one encrypted file, `.p12` or `.pfx`.

use super::Certificate;
use crate::key::PrivateKey;
use crate::{Error, Result, libcrypto, pem};

/// What a PKCS#12 file holds.
#[derive(Clone, Debug)]
pub struct Bundle {
    /// The private key.
    pub key: Option<PrivateKey>,
    /// The certificate that belongs to the key.
    pub certificate: Option<Certificate>,
    /// All other certificates, in the order of the file.
    pub others: Vec<Certificate>,
}

impl Bundle {
    /// Opens a file. Its parts may be encrypted with AES (PBES2), 3DES, RC2 of 40 bits or RC4.
    pub fn parse(der: &[u8], passphrase: Option<&[u8]>) -> Result<Bundle> {
        if pem::is_pem(der) {
            return Err(Error::wrong_pem("text", "PKCS#12, which is binary,"));
        }
        let (key, certificates) = libcrypto::parse_pkcs12(der, passphrase)?;
        let key = key.map(PrivateKey);
        let mut others: Vec<Certificate> = certificates.into_iter().map(Certificate).collect();
        let mine = key
            .as_ref()
            .and_then(|key| others.iter().position(|cert| cert.matches(key)));
        let certificate = mine.map(|index| others.remove(index));
        Ok(Bundle {
            key,
            certificate,
            others,
        })
    }
}
