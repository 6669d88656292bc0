//! Requests for certificates (PKCS#10, RFC 2986).

use super::extension::ALT_NAMES;
use super::{Extension, GeneralName, Name};
use crate::key::{PublicKey, load::wrong_pem};
use crate::libcrypto::{self, Req};
use crate::{Result, pem};

/// A request for a certificate.
pub struct Request(Req);

const LABELS: [&str; 2] = ["CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"];

impl Request {
    /// Reads the first request of PEM, or DER.
    pub fn load(bytes: &[u8]) -> Result<Request> {
        if !pem::is_pem(bytes) {
            return Request::from_der(bytes);
        }
        let blocks = pem::blocks(bytes)?;
        match blocks
            .iter()
            .find(|block| LABELS.contains(&block.label.as_str()))
        {
            Some(block) => Request::from_der(&block.data),
            None => Err(wrong_pem(&blocks, "a certificate request")),
        }
    }

    /// Reads the one request that the DER is.
    pub fn from_der(der: &[u8]) -> Result<Request> {
        Req::from_der(der).map(Request)
    }

    /// As DER.
    pub fn to_der(&self) -> Result<Vec<u8>> {
        self.0.to_der()
    }

    /// As PEM.
    pub fn to_pem(&self) -> Result<String> {
        Ok(pem::encode(LABELS[0], &self.to_der()?))
    }

    /// All of it as text for people, as `openssl req -text` prints it.
    pub fn to_text(&self) -> Result<String> {
        self.0.to_text()
    }

    /// Whom the certificate shall be about.
    pub fn subject(&self) -> Name {
        self.0.subject()
    }

    /// The key that the certificate shall certify.
    pub fn public_key(&self) -> Result<PublicKey> {
        let spki = self.0.public_key()?.to_spki()?;
        PublicKey::from_spki(&spki)
    }

    /// Whether it is signed with the private half of its key, so that who asks has it.
    pub fn verify(&self) -> bool {
        self.0.verify()
    }

    /// The extensions that it asks for.
    pub fn extensions(&self) -> Vec<Extension> {
        self.0.extensions()
    }

    /// The other names of the subject that it asks for.
    pub fn alt_names(&self) -> Option<Vec<GeneralName>> {
        let extensions = self.extensions();
        let names = extensions
            .iter()
            .find(|extension| extension.object == ALT_NAMES)?;
        libcrypto::general_names(&names.value)
    }
}
