//! Making certificates (RFC 5280) and requests for them (RFC 2986).

use super::extension::{self, Extension};
use super::time::date;
use super::{Certificate, Name, Request};
use crate::der;
use crate::digest::Algorithm;
use crate::key::{KeyType, PrivateKey, PssParameters, PublicKey, pss::algorithm};
use crate::sign::{Options, Padding, SaltLength};
use crate::{Error, Result, random};

/// What a certificate is to say.
#[derive(Clone, Debug)]
pub struct Template {
    /// Whom it is about.
    pub subject: Name,
    /// The subject's key.
    pub key: PublicKey,
    /// Seconds since 1970.
    pub not_before: i64,
    /// Seconds since 1970.
    pub not_after: i64,
    /// Its number, big-endian, at most 20 bytes; `None` for a random one.
    pub serial: Option<Vec<u8>>,
    /// Its extensions, in their order.
    pub extensions: Vec<Extension>,
}

fn invalid(reason: impl Into<String>) -> Error {
    Error::new("ERR_INVALID_ARG_VALUE", reason.into())
}

/// Signs what is to be signed: that, the algorithm and the signature, in a sequence.
fn signed(content: &[u8], algorithm: &Signing, key: &PrivateKey) -> Result<Vec<u8>> {
    let signature = key.sign(algorithm.digest, content, &algorithm.options)?;
    let mut out = content.to_vec();
    out.extend_from_slice(&algorithm.identifier);
    // No bits of the last byte are unused.
    let bits: Vec<u8> = std::iter::once(0).chain(signature).collect();
    der::write(&mut out, der::BIT_STRING, &bits);
    Ok(der::element(der::SEQUENCE, &out))
}

/// How a key signs certificates.
struct Signing {
    identifier: Vec<u8>,
    digest: Option<Algorithm>,
    options: Options,
}

impl Signing {
    fn new(key: &PrivateKey, digest: Option<Algorithm>) -> Result<Signing> {
        let kind = key.key_type();
        let unsupported = |digest: Algorithm| {
            Error::new(
                "ERR_CRYPTO_INVALID_DIGEST",
                format!(
                    "a certificate is not signed with {} by a key of the kind {}",
                    digest.name(),
                    kind.name()
                ),
            )
        };
        let default = || match key.bits() {
            384 if kind == KeyType::Ec => Algorithm::SHA384,
            521 if kind == KeyType::Ec => Algorithm::SHA512,
            _ => Algorithm::SHA256,
        };
        let mut options = Options::default();
        let (identifier, digest) = match kind {
            KeyType::Ed25519 => (algorithm("1.3.101.112", &[]), None),
            KeyType::Rsa => {
                let digest = digest.unwrap_or_else(default);
                let last = match digest.name() {
                    "sha1" => 5,
                    "sha224" => 14,
                    "sha256" => 11,
                    "sha384" => 12,
                    "sha512" => 13,
                    _ => return Err(unsupported(digest)),
                };
                let object = format!("1.2.840.113549.1.1.{last}");
                (algorithm(&object, &[0x05, 0]), Some(digest))
            }
            KeyType::Ec => {
                let digest = digest.unwrap_or_else(default);
                let object = match digest.name() {
                    "sha1" => "1.2.840.10045.4.1",
                    "sha224" => "1.2.840.10045.4.3.1",
                    "sha256" => "1.2.840.10045.4.3.2",
                    "sha384" => "1.2.840.10045.4.3.3",
                    "sha512" => "1.2.840.10045.4.3.4",
                    _ => return Err(unsupported(digest)),
                };
                (algorithm(object, &[]), Some(digest))
            }
            KeyType::RsaPss => {
                let restricted = key.details().pss;
                let digest =
                    digest.unwrap_or_else(|| restricted.map_or_else(default, |it| it.digest));
                let mgf1 = restricted.map_or(digest, |it| it.mgf1);
                let salt_length = restricted
                    .map_or(0, |it| it.salt_length)
                    .max(digest.size() as u32);
                let parameters = PssParameters {
                    digest,
                    mgf1,
                    salt_length,
                };
                options.padding = Some(Padding::Pss);
                options.salt = Some(SaltLength::Bytes(salt_length));
                options.mgf1 = Some(mgf1);
                let parameters = parameters.to_der()?;
                (
                    algorithm("1.2.840.113549.1.1.10", &parameters),
                    Some(digest),
                )
            }
            _ => {
                return Err(Error::new(
                    "ERR_CRYPTO_UNSUPPORTED_OPERATION",
                    format!(
                        "a key of the kind {} does not sign certificates",
                        kind.name()
                    ),
                ));
            }
        };
        Ok(Signing {
            identifier,
            digest,
            options,
        })
    }
}

impl Certificate {
    /// Makes a certificate, issued by `issuer` and signed with the issuer's key. Without a digest,
    /// SHA-256 is taken, and for larger curves one as large.
    pub fn issue(
        template: &Template,
        issuer: &Name,
        key: &PrivateKey,
        digest: Option<Algorithm>,
    ) -> Result<Certificate> {
        if template.not_after < template.not_before {
            return Err(invalid("the certificate ends to be valid before it begins"));
        }
        let serial = match &template.serial {
            Some(serial) => serial.clone(),
            None => {
                // 127 random bits, so that it is neither negative nor longer than 16 bytes.
                let mut bytes = vec![0; 16];
                random::fill(&mut bytes);
                bytes[0] = bytes[0] & 0x7f | 0x40;
                bytes
            }
        };
        let serial = der::unsigned(&serial);
        if serial.len() > 22 || serial == [der::INTEGER, 1, 0] {
            return Err(invalid(
                "the serial number must be more than 0, and at most 20 bytes",
            ));
        }
        let signing = Signing::new(key, digest)?;
        let mut validity = date(template.not_before)?;
        validity.extend_from_slice(&date(template.not_after)?);
        // Version 3.
        let mut content = vec![0xa0, 3, der::INTEGER, 1, 2];
        content.extend_from_slice(&serial);
        content.extend_from_slice(&signing.identifier);
        content.extend_from_slice(&extension::name(issuer)?);
        der::write(&mut content, der::SEQUENCE, &validity);
        content.extend_from_slice(&extension::name(&template.subject)?);
        content.extend_from_slice(&template.key.to_spki_der()?);
        if !template.extensions.is_empty() {
            der::write(&mut content, 0xa3, &extension::list(&template.extensions)?);
        }
        let content = der::element(der::SEQUENCE, &content);
        Certificate::from_der(&signed(&content, &signing, key)?)
    }
}

impl Request {
    /// Makes a request for a certificate of this key, which signs it.
    pub fn create(
        subject: &Name,
        key: &PrivateKey,
        extensions: &[Extension],
        digest: Option<Algorithm>,
    ) -> Result<Request> {
        let signing = Signing::new(key, digest)?;
        // Version 1.
        let mut content = vec![der::INTEGER, 1, 0];
        content.extend_from_slice(&extension::name(subject)?);
        content.extend_from_slice(&key.public()?.to_spki_der()?);
        let mut attributes = Vec::new();
        if !extensions.is_empty() {
            // `extensionRequest` of PKCS#9.
            let object = der::object_content("1.2.840.113549.1.9.14").unwrap_or_default();
            let mut attribute = der::element(der::OBJECT, &object);
            der::write(&mut attribute, 0x31, &extension::list(extensions)?);
            der::write(&mut attributes, der::SEQUENCE, &attribute);
        }
        der::write(&mut content, 0xa0, &attributes);
        let content = der::element(der::SEQUENCE, &content);
        Request::from_der(&signed(&content, &signing, key)?)
    }
}
