//! Extensions of certificates (RFC 5280, section 4.2), and how names are written.

use std::net::IpAddr;

use super::{GeneralName, KEY_USAGE, Name};
use crate::der::{self, Reader};
use crate::digest::{Algorithm, digest};
use crate::key::PublicKey;
use crate::{Error, Result, libcrypto};

/// An extension as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extension {
    /// Its object identifier: `2.5.29.17`.
    pub object: String,
    /// Whether one who does not know it must refuse the certificate.
    pub critical: bool,
    /// Its content, as DER.
    pub value: Vec<u8>,
}

/// `subjectAltName`
pub const ALT_NAMES: &str = "2.5.29.17";
/// `subjectKeyIdentifier`
pub const SUBJECT_KEY: &str = "2.5.29.14";
const AUTHORITY_KEY: &str = "2.5.29.35";
const BASIC_CONSTRAINTS: &str = "2.5.29.19";
const USAGE: &str = "2.5.29.15";
const EXTENDED_USAGE: &str = "2.5.29.37";

fn invalid(reason: impl Into<String>) -> Error {
    Error::new("ERR_INVALID_ARG_VALUE", reason.into())
}

/// The purposes of extended key usage that have a name here.
const PURPOSES: [(&str, &str); 7] = [
    ("serverAuth", "1.3.6.1.5.5.7.3.1"),
    ("clientAuth", "1.3.6.1.5.5.7.3.2"),
    ("codeSigning", "1.3.6.1.5.5.7.3.3"),
    ("emailProtection", "1.3.6.1.5.5.7.3.4"),
    ("timeStamping", "1.3.6.1.5.5.7.3.8"),
    ("OCSPSigning", "1.3.6.1.5.5.7.3.9"),
    ("anyExtendedKeyUsage", "2.5.29.37.0"),
];

impl Extension {
    fn new(object: &str, critical: bool, value: Vec<u8>) -> Extension {
        Extension {
            object: object.to_string(),
            critical,
            value,
        }
    }

    /// Whether the key may sign certificates, and how many of those may follow below.
    pub fn basic_constraints(ca: bool, path_length: Option<u32>) -> Extension {
        let mut content = Vec::new();
        if ca {
            der::write(&mut content, 0x01, &[0xff]);
            if let Some(length) = path_length {
                content.extend_from_slice(&der::unsigned(&length.to_be_bytes()));
            }
        }
        Extension::new(
            BASIC_CONSTRAINTS,
            true,
            der::element(der::SEQUENCE, &content),
        )
    }

    /// What the key is for, by RFC 5280's names.
    pub fn key_usage(names: &[&str]) -> Result<Extension> {
        let mut bits = 0u16;
        for name in names {
            let index = KEY_USAGE.iter().position(|(_, known)| known == name);
            let index = index.ok_or_else(|| {
                let known: Vec<&str> = KEY_USAGE.iter().map(|(_, name)| *name).collect();
                invalid(format!(
                    "unknown keyUsage '{name}', there are {}",
                    known.join(", ")
                ))
            })?;
            bits |= 0x8000 >> index;
        }
        // The bits that follow the last one that is set are not written (DER).
        let bytes = bits.to_be_bytes();
        let length = bytes
            .iter()
            .rposition(|&byte| byte != 0)
            .map_or(0, |last| last + 1);
        let unused = bytes[..length]
            .last()
            .map_or(0, |byte| byte.trailing_zeros());
        let mut content = vec![unused as u8];
        content.extend_from_slice(&bytes[..length]);
        Ok(Extension::new(
            USAGE,
            true,
            der::element(der::BIT_STRING, &content),
        ))
    }

    /// The purposes of the key: `serverAuth`, `clientAuth` …, or object identifiers.
    pub fn extended_key_usage(names: &[&str]) -> Result<Extension> {
        let mut content = Vec::new();
        for name in names {
            let known = PURPOSES.iter().find(|(known, _)| known == name);
            let object = der::object_content(known.map_or(*name, |(_, object)| *object));
            let object = object.ok_or_else(|| {
                let known: Vec<&str> = PURPOSES.iter().map(|(name, _)| *name).collect();
                invalid(format!(
                    "unknown extendedKeyUsage '{name}', there are {}, and object identifiers",
                    known.join(", ")
                ))
            })?;
            der::write(&mut content, der::OBJECT, &object);
        }
        Ok(Extension::new(
            EXTENDED_USAGE,
            false,
            der::element(der::SEQUENCE, &content),
        ))
    }

    /// Other names of the subject. It is critical when the subject has no name but these.
    pub fn alt_names(names: &[GeneralName], critical: bool) -> Result<Extension> {
        let mut content = Vec::new();
        for name in names {
            content.extend_from_slice(&general_name(name)?);
        }
        Ok(Extension::new(
            ALT_NAMES,
            critical,
            der::element(der::SEQUENCE, &content),
        ))
    }

    /// A name of the key, which certificates that it issues refer to: the SHA-1 of it.
    pub fn subject_key(key: &PublicKey) -> Result<Extension> {
        let id = der::element(der::OCTET_STRING, &key_id(key)?);
        Ok(Extension::new(SUBJECT_KEY, false, id))
    }

    /// The name of the issuer's key: the content of its `subjectKeyIdentifier`.
    pub fn authority_key(subject_key: &Extension) -> Option<Extension> {
        let id = der::only(&subject_key.value, der::OCTET_STRING)?;
        let content = der::element(0x80, id);
        Some(Extension::new(
            AUTHORITY_KEY,
            false,
            der::element(der::SEQUENCE, &content),
        ))
    }

    pub(super) fn to_der(&self) -> Result<Vec<u8>> {
        let object = der::object_content(&self.object)
            .ok_or_else(|| invalid(format!("'{}' is no object identifier", self.object)))?;
        let mut content = der::element(der::OBJECT, &object);
        if self.critical {
            der::write(&mut content, 0x01, &[0xff]);
        }
        der::write(&mut content, der::OCTET_STRING, &self.value);
        Ok(der::element(der::SEQUENCE, &content))
    }
}

/// All extensions, one after the other in a sequence. None may be there twice.
pub(super) fn list(extensions: &[Extension]) -> Result<Vec<u8>> {
    let mut content = Vec::new();
    for (index, extension) in extensions.iter().enumerate() {
        if extensions[..index]
            .iter()
            .any(|other| other.object == extension.object)
        {
            return Err(invalid(format!(
                "extension {} is there twice",
                extension.object
            )));
        }
        content.extend_from_slice(&extension.to_der()?);
    }
    Ok(der::element(der::SEQUENCE, &content))
}

/// RFC 5280's first method: SHA-1 of the key's bits.
fn key_id(key: &PublicKey) -> Result<Vec<u8>> {
    let spki = key.to_spki_der()?;
    let bits = der::only(&spki, der::SEQUENCE)
        .and_then(|content| {
            let mut fields = Reader::new(content);
            fields.expect(der::SEQUENCE)?;
            fields.expect(der::BIT_STRING)?.get(1..)
        })
        .ok_or_else(|| Error::internal("EVP_marshal_public_key"))?;
    Ok(digest(Algorithm::SHA1, bits))
}

fn ascii<'a>(kind: &str, name: &'a str) -> Result<&'a [u8]> {
    if name.is_empty() || !name.bytes().all(|byte| (b'!'..=b'~').contains(&byte)) {
        return Err(invalid(format!(
            "altNames: '{}' is no name for {kind}: it must be ASCII without blanks",
            name.escape_debug()
        )));
    }
    Ok(name.as_bytes())
}

fn general_name(name: &GeneralName) -> Result<Vec<u8>> {
    Ok(match name {
        GeneralName::Email(name) => der::element(0x81, ascii("email", name)?),
        GeneralName::Dns(name) => der::element(0x82, ascii("DNS", name)?),
        GeneralName::Directory(name) => der::element(0xa4, &self::name(name)?),
        GeneralName::Uri(name) => der::element(0x86, ascii("URI", name)?),
        GeneralName::Ip(IpAddr::V4(address)) => der::element(0x87, &address.octets()),
        GeneralName::Ip(IpAddr::V6(address)) => der::element(0x87, &address.octets()),
        GeneralName::Registered(object) => {
            let content = der::object_content(object)
                .ok_or_else(|| invalid(format!("altNames: '{object}' is no object identifier")))?;
            der::element(0x88, &content)
        }
        GeneralName::Other(text) => {
            return Err(invalid(format!("altNames: '{text}' cannot be written")));
        }
    })
}

impl GeneralName {
    /// Reads `DNS:a.example`, `IP:127.0.0.1`, `email:a@b.example`, `URI:https://a.example`, `RID:1.2.3`;
    /// also as node prints addresses, `IP Address:127.0.0.1`.
    pub fn parse(text: &str) -> Result<GeneralName> {
        let (kind, value) = text.split_once(':').ok_or_else(|| {
            invalid(format!(
                "altNames: '{}' must begin with DNS:, IP:, email: or URI:",
                text.escape_debug()
            ))
        })?;
        let value = value.trim();
        match kind.trim().to_ascii_lowercase().as_str() {
            "dns" => Ok(GeneralName::Dns(value.into())),
            "email" => Ok(GeneralName::Email(value.into())),
            "uri" => Ok(GeneralName::Uri(value.into())),
            "rid" | "registered id" => Ok(GeneralName::Registered(value.into())),
            "ip" | "ip address" => value
                .parse()
                .map(GeneralName::Ip)
                .map_err(|_| invalid(format!("altNames: '{value}' is no IP address"))),
            _ => Err(invalid(format!(
                "altNames: unknown kind '{}', there are DNS, IP, email, URI and RID",
                kind.escape_debug()
            ))),
        }
    }
}

/// The longest values that RFC 5280 allows, in characters.
fn limit(field: &str) -> usize {
    match field {
        "CN" | "O" | "OU" | "organizationName" | "commonName" => 64,
        "L" | "ST" => 128,
        "emailAddress" => 255,
        _ => 32_768,
    }
}

/// Writes a name.
pub(super) fn name(name: &Name) -> Result<Vec<u8>> {
    let mut sets = Vec::<(i32, Vec<Vec<u8>>)>::new();
    for part in &name.parts {
        let object = libcrypto::object_by_name(&part.field)
            .and_then(|numbers| der::object_content(&numbers))
            .ok_or_else(|| {
                invalid(format!(
                    "unknown field '{}' of a name, there are C, ST, L, O, OU, CN and others",
                    part.field.escape_debug()
                ))
            })?;
        let (value, length) = (&part.value, part.value.chars().count());
        if value.contains('\0') {
            return Err(invalid(format!("{} contains a NUL byte", part.field)));
        }
        let country = matches!(part.field.as_str(), "C" | "countryName");
        if country && (length != 2 || !value.bytes().all(|byte| byte.is_ascii_alphabetic())) {
            return Err(invalid(format!("C is '{value}', a country is two letters")));
        }
        let limit = limit(&part.field);
        if length == 0 || length > limit {
            return Err(invalid(format!(
                "{} is {length} characters, it may be 1 to {limit}",
                part.field
            )));
        }
        let tag = match part.field.as_str() {
            "emailAddress" | "DC" if value.is_ascii() => 0x16,
            "C" | "countryName" | "serialNumber" | "dnQualifier" if value.is_ascii() => 0x13,
            _ => 0x0c,
        };
        let mut pair = der::element(der::OBJECT, &object);
        der::write(&mut pair, tag, value.as_bytes());
        let pair = der::element(der::SEQUENCE, &pair);
        match sets.last_mut() {
            Some((set, pairs)) if *set == part.set => pairs.push(pair),
            _ => sets.push((part.set, vec![pair])),
        }
    }
    let mut content = Vec::new();
    for (_, mut pairs) in sets {
        // The elements of a set are sorted (DER).
        pairs.sort();
        der::write(&mut content, 0x31, &pairs.concat());
    }
    Ok(der::element(der::SEQUENCE, &content))
}
