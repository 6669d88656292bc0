//! Certificates (RFC 5280), and PKCS#12 files of them.

mod build;
mod describe;
mod extension;
mod name;
mod pkcs12;
mod request;
mod time;
mod verify;

pub use build::Template;
pub use describe::{Description, PublicKeyInfo};
pub use extension::{ALT_NAMES, Extension, SUBJECT_KEY};
pub use name::{GeneralName, Name, NamePart};
pub use pkcs12::Bundle;
pub use request::Request;
pub use time::time_text;
pub use verify::{HostOptions, Trust, Untrusted};

use crate::key::{PrivateKey, PublicKey, load::wrong_pem};
use crate::libcrypto::{Cert, Fingerprint};
use crate::{Error, Result, pem};

/// A certificate. Cheap to clone.
#[derive(Clone)]
pub struct Certificate(pub(crate) Cert);

/// PEM's names for a certificate. What follows the certificate in the last one is OpenSSL's own.
const LABELS: [&str; 3] = ["CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE"];

impl Certificate {
    /// Reads the first certificate of PEM or DER.
    pub fn load(bytes: &[u8]) -> Result<Certificate> {
        let mut all = Certificate::load_all(bytes)?;
        Ok(all.swap_remove(0))
    }

    /// Reads all certificates of PEM, or of DER one after the other: one at least.
    pub fn load_all(bytes: &[u8]) -> Result<Vec<Certificate>> {
        if pem::is_pem(bytes) {
            return Certificate::from_pem(bytes);
        }
        if bytes.first() != Some(&crate::der::SEQUENCE) {
            return Err(Error::malformed(
                "certificate",
                "the bytes are neither PEM nor DER of a certificate",
            ));
        }
        let mut rest = bytes;
        let mut all = Vec::new();
        while !rest.is_empty() {
            let (cert, length) = Cert::from_der(rest)?;
            all.push(Certificate(cert));
            rest = &rest[length..];
        }
        Ok(all)
    }

    /// Reads all certificates of a PEM text: one at least. Other blocks do not count.
    pub fn from_pem(text: &[u8]) -> Result<Vec<Certificate>> {
        let blocks = pem::blocks(text)?;
        let mut all = Vec::new();
        for block in &blocks {
            if !LABELS.contains(&block.label.as_str()) {
                continue;
            }
            let (cert, length) = Cert::from_der(&block.data)?;
            if length != block.data.len() && block.label != LABELS[2] {
                return Err(trailing());
            }
            all.push(Certificate(cert));
        }
        if all.is_empty() {
            return Err(wrong_pem(&blocks, "a certificate"));
        }
        Ok(all)
    }

    /// Reads the one certificate that the DER is.
    pub fn from_der(der: &[u8]) -> Result<Certificate> {
        let (cert, length) = Cert::from_der(der)?;
        if length != der.len() {
            return Err(trailing());
        }
        Ok(Certificate(cert))
    }

    /// As DER.
    pub fn to_der(&self) -> Result<Vec<u8>> {
        self.0.to_der()
    }

    /// As PEM.
    pub fn to_pem(&self) -> Result<String> {
        Ok(pem::encode(LABELS[0], &self.to_der()?))
    }

    /// All of it as text for people, as `openssl x509 -text` prints it.
    pub fn to_text(&self) -> Result<String> {
        self.0.to_text()
    }

    /// The key that it certifies.
    pub fn public_key(&self) -> Result<PublicKey> {
        self.0.public_key().map(PublicKey)
    }

    /// Whether the key that it certifies is the public half of `key`.
    pub fn matches(&self, key: &PrivateKey) -> bool {
        self.public_key().is_ok_and(|public| public.belongs_to(key))
    }

    /// Whom it is about.
    pub fn subject(&self) -> Name {
        self.0.subject()
    }

    /// Who issued it.
    pub fn issuer(&self) -> Name {
        self.0.issuer()
    }

    /// When it begins and ends to be valid, in seconds since 1970.
    pub fn validity(&self) -> (Option<i64>, Option<i64>) {
        self.0.validity()
    }

    /// The other names of its subject: host names, addresses; `None` without that extension.
    pub fn alt_names(&self) -> Option<Vec<GeneralName>> {
        self.0.alt_names()
    }

    /// Its serial number in hexadecimal, in upper case, with an even number of digits.
    pub fn serial(&self) -> String {
        let (negative, bytes) = self.0.serial();
        let start = bytes.iter().take_while(|&&byte| byte == 0).count();
        let digits = match &bytes[start..] {
            [] => "00".to_string(),
            digits => hex(digits, ""),
        };
        format!("{}{digits}", if negative { "-" } else { "" })
    }

    /// The SHA-1 of it as node writes it: `AB:CD:…`.
    pub fn fingerprint(&self) -> Result<String> {
        Ok(hex(&self.0.fingerprint(Fingerprint::Sha1)?, ":"))
    }

    /// The SHA-256 of it.
    pub fn fingerprint256(&self) -> Result<String> {
        Ok(hex(&self.0.fingerprint(Fingerprint::Sha256)?, ":"))
    }

    /// The SHA-512 of it.
    pub fn fingerprint512(&self) -> Result<String> {
        Ok(hex(&self.0.fingerprint(Fingerprint::Sha512)?, ":"))
    }

    /// The purposes of its key, as object identifiers (`1.3.6.1.5.5.7.3.1`); `None` without that
    /// extension.
    pub fn extended_key_usage(&self) -> Option<Vec<String>> {
        self.0.extended_key_usage()
    }

    /// What its key is for, by RFC 5280's names (`digitalSignature`); `None` without that extension.
    pub fn key_usage(&self) -> Option<Vec<&'static str>> {
        let bits = self.0.key_usage()?;
        let names = KEY_USAGE.iter().filter(|(bit, _)| bits & bit != 0);
        Some(names.map(|&(_, name)| name).collect())
    }

    /// All extensions, in their order.
    pub fn extensions(&self) -> Vec<Extension> {
        self.0.extensions()
    }

    /// The name of the algorithm it is signed with: `ecdsa-with-SHA256`.
    pub fn signature_algorithm(&self) -> Option<String> {
        self.0.signature_algorithm()
    }

    /// Its version: 3 for every one of today.
    pub fn version(&self) -> i64 {
        self.0.version()
    }

    /// Whether it may issue certificates.
    pub fn is_ca(&self) -> bool {
        self.0.is_ca()
    }

    /// Whether it is issued by itself: the names are the same, and the signature is its own.
    pub fn is_self_signed(&self) -> bool {
        self.subject() == self.issuer()
            && self.public_key().is_ok_and(|key| self.is_signed_by(&key))
    }

    /// Whether `issuer` may have issued it: names and key identifiers fit, and usage allows it. The
    /// signature is not looked at.
    pub fn is_issued_by(&self, issuer: &Certificate) -> bool {
        self.0.is_issued_by(&issuer.0)
    }

    /// Whether it is signed with the private half of `key`.
    pub fn is_signed_by(&self, key: &PublicKey) -> bool {
        self.0.is_signed_by(&key.0)
    }
}

impl std::fmt::Debug for Certificate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Certificate({})", self.subject())
    }
}

/// RFC 5280's names of the bits of key usage, in its order.
const KEY_USAGE: [(u32, &str); 9] = [
    (0x80, "digitalSignature"),
    (0x40, "nonRepudiation"),
    (0x20, "keyEncipherment"),
    (0x10, "dataEncipherment"),
    (0x08, "keyAgreement"),
    (0x04, "keyCertSign"),
    (0x02, "cRLSign"),
    (0x01, "encipherOnly"),
    (0x8000, "decipherOnly"),
];

fn trailing() -> Error {
    Error::malformed("certificate", "bytes follow after its end")
}

/// Hexadecimal in upper case, with something between the bytes.
pub(crate) fn hex(bytes: &[u8], between: &str) -> String {
    let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
    digits.join(between)
}
