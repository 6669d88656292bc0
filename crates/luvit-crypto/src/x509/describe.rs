//! All of a certificate that programs look at, in one piece: node's `getPeerCertificate()`.

use super::{Certificate, GeneralName, Name, hex, name, time_text};
use crate::key::KeyType;
use crate::libcrypto;
use crate::{Error, Result};

/// What node's `getPeerCertificate()` tells about a certificate.
#[derive(Clone, Debug)]
pub struct Description {
    /// Whom it is about.
    pub subject: Name,
    /// Who issued it.
    pub issuer: Name,
    /// `DNS:a.example, IP Address:127.0.0.1`
    pub subject_alt_name: Option<String>,
    /// The other names of its subject, one by one.
    pub alt_names: Vec<GeneralName>,
    /// Where more is to be found: `OCSP - URI`, and the place.
    pub info_access: Vec<(String, String)>,
    /// Whether it may issue certificates.
    pub ca: bool,
    /// Whether it is issued by itself.
    pub self_signed: bool,
    /// `Sep  3 21:40:37 2026 GMT`
    pub valid_from: String,
    /// As `valid_from`.
    pub valid_to: String,
    /// Seconds since 1970.
    pub not_before: i64,
    /// Seconds since 1970.
    pub not_after: i64,
    /// SHA-1 of it: `AB:CD:…`.
    pub fingerprint: String,
    /// SHA-256 of it.
    pub fingerprint256: String,
    /// SHA-512 of it.
    pub fingerprint512: String,
    /// The purposes of its key, as object identifiers.
    pub ext_key_usage: Option<Vec<String>>,
    /// In hexadecimal, in upper case.
    pub serial_number: String,
    /// Its key; `None` for one that the library does not know.
    pub key: Option<PublicKeyInfo>,
    /// All of it, as DER.
    pub raw: Vec<u8>,
}

/// What node tells about the key of a certificate.
#[derive(Clone, Debug)]
pub struct PublicKeyInfo {
    /// What kind it is.
    pub key_type: KeyType,
    /// Its size in bits.
    pub bits: u32,
    /// RSA: the modulus in hexadecimal, in upper case.
    pub modulus: Option<String>,
    /// RSA: the public exponent, as `0x10001`.
    pub exponent: Option<String>,
    /// The key: the point of a curve, SPKI of other kinds.
    pub pubkey: Vec<u8>,
    /// EC: the curve's name in ASN.1, `prime256v1`.
    pub asn1_curve: Option<String>,
    /// EC: NIST's name of the curve, `P-256`.
    pub nist_curve: Option<String>,
}

impl Certificate {
    /// Describes the certificate.
    pub fn describe(&self) -> Result<Description> {
        let (not_before, not_after) = self.validity();
        let time = |time: Option<i64>| {
            time.ok_or_else(|| Error::malformed("certificate", "its validity is no time"))
        };
        let (not_before, not_after) = (time(not_before)?, time(not_after)?);
        let alt_names = self.alt_names();
        Ok(Description {
            subject: self.subject(),
            issuer: self.issuer(),
            subject_alt_name: alt_names.as_deref().map(name::join),
            alt_names: alt_names.unwrap_or_default(),
            info_access: self.info_access(),
            ca: self.is_ca(),
            self_signed: self.is_self_signed(),
            valid_from: time_text(not_before),
            valid_to: time_text(not_after),
            not_before,
            not_after,
            fingerprint: self.fingerprint()?,
            fingerprint256: self.fingerprint256()?,
            fingerprint512: self.fingerprint512()?,
            ext_key_usage: self.extended_key_usage(),
            serial_number: self.serial(),
            key: self.key_info(),
            raw: self.to_der()?,
        })
    }

    /// Where more is to be found, by kind and place: `("OCSP - URI", "http://…")`.
    pub fn info_access(&self) -> Vec<(String, String)> {
        let places = self.0.info_access().unwrap_or_default();
        let split = |(method, place): (String, GeneralName)| {
            let text = place.to_string();
            let (kind, value) = text.split_once(':').unwrap_or((&text, ""));
            (format!("{method} - {kind}"), value.to_string())
        };
        places.into_iter().map(split).collect()
    }

    fn key_info(&self) -> Option<PublicKeyInfo> {
        let key = self.0.public_key().ok()?;
        let rsa = key.rsa_public();
        let curve = key.curve();
        let point = key.point(false);
        Some(PublicKeyInfo {
            key_type: key.key_type(),
            bits: key.bits(),
            modulus: rsa.as_ref().map(|(modulus, _)| hex(modulus, "")),
            exponent: rsa.as_ref().map(|(_, exponent)| {
                let digits = hex(exponent, "").to_ascii_lowercase();
                format!("0x{}", digits.trim_start_matches('0'))
            }),
            pubkey: match point {
                Some(point) => point,
                None => key.to_spki().ok()?,
            },
            asn1_curve: curve.and_then(libcrypto::short_name),
            nist_curve: curve.and_then(libcrypto::nist_name),
        })
    }
}
