//! The parameters of RSA-PSS (RFC 4055): which digests and salt a key or a signature is for.

use crate::der::{self, Reader};
use crate::digest::Algorithm;
use crate::{Error, Result};

/// What an RSA-PSS key is restricted to.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct PssParameters {
    /// The digest of what is signed.
    pub digest: Algorithm,
    /// The digest of the mask.
    pub mgf1: Algorithm,
    /// The least length of the salt, in bytes.
    pub salt_length: u32,
}

const MGF1: &str = "1.2.840.113549.1.1.8";

/// Digests by their object identifiers.
const DIGESTS: [(&str, &str); 7] = [
    ("sha1", "1.3.14.3.2.26"),
    ("sha224", "2.16.840.1.101.3.4.2.4"),
    ("sha256", "2.16.840.1.101.3.4.2.1"),
    ("sha384", "2.16.840.1.101.3.4.2.2"),
    ("sha512", "2.16.840.1.101.3.4.2.3"),
    ("sha512-224", "2.16.840.1.101.3.4.2.5"),
    ("sha512-256", "2.16.840.1.101.3.4.2.6"),
];

/// An algorithm identifier of an object and its parameters.
pub(crate) fn algorithm(object: &str, parameters: &[u8]) -> Vec<u8> {
    let mut content = Vec::new();
    let object = der::object_content(object).unwrap_or_default();
    der::write(&mut content, der::OBJECT, &object);
    content.extend_from_slice(parameters);
    der::element(der::SEQUENCE, &content)
}

const NULL: [u8; 2] = [0x05, 0];

impl PssParameters {
    /// As DER.
    pub(crate) fn to_der(self) -> Result<Vec<u8>> {
        let digest = |wanted: Algorithm| {
            DIGESTS
                .iter()
                .find(|(name, _)| *name == wanted.name())
                .map(|(_, object)| algorithm(object, &NULL))
                .ok_or_else(|| {
                    Error::unsupported(format!("RSA-PSS with {} is not supported", wanted.name()))
                })
        };
        let mut content = Vec::new();
        // Values that are the default are not written (DER).
        if self.digest != Algorithm::SHA1 {
            der::write(&mut content, 0xa0, &digest(self.digest)?);
        }
        if self.mgf1 != Algorithm::SHA1 {
            der::write(&mut content, 0xa1, &algorithm(MGF1, &digest(self.mgf1)?));
        }
        if self.salt_length != 20 {
            der::write(
                &mut content,
                0xa2,
                &der::unsigned(&self.salt_length.to_be_bytes()),
            );
        }
        Ok(der::element(der::SEQUENCE, &content))
    }

    /// Reads DER; `None` when there is none, or none that is understood.
    pub(crate) fn from_der(bytes: &[u8]) -> Option<PssParameters> {
        let mut fields = Reader::new(der::only(bytes, der::SEQUENCE)?);
        let digest = |identifier: &[u8]| {
            let object = Reader::new(der::only(identifier, der::SEQUENCE)?).expect(der::OBJECT)?;
            let text = der::object_text(object);
            let (name, _) = DIGESTS.iter().find(|(_, object)| *object == text)?;
            Algorithm::by_name(name.as_bytes())
        };
        let hash = match fields.expect(0xa0) {
            Some(identifier) => digest(identifier)?,
            None => Algorithm::SHA1,
        };
        let mgf1 = match fields.expect(0xa1) {
            Some(identifier) => {
                let content = der::only(identifier, der::SEQUENCE)?;
                let mut parts = Reader::new(content);
                let object = parts.expect(der::OBJECT)?;
                digest(&content[2 + object.len()..])?
            }
            None => Algorithm::SHA1,
        };
        let salt_length = match fields.expect(0xa2) {
            Some(integer) => {
                let digits = der::only(integer, der::INTEGER)?;
                let fits = digits.len() <= 4 && digits.first()? & 0x80 == 0;
                fits.then(|| {
                    digits
                        .iter()
                        .fold(0, |sum, &byte| sum << 8 | u32::from(byte))
                })?
            }
            None => 20,
        };
        Some(PssParameters {
            digest: hash,
            mgf1,
            salt_length,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_was_written_is_read(a in 0..7usize, b in 0..7usize, salt_length in 0..=u32::MAX / 2) {
            let digest = |index: usize| Algorithm::by_name(DIGESTS[index].0.as_bytes()).unwrap();
            let parameters = PssParameters { digest: digest(a), mgf1: digest(b), salt_length };
            prop_assert_eq!(PssParameters::from_der(&parameters.to_der().unwrap()), Some(parameters));
        }
    }
}
