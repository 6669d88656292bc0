//! Keys as JSON objects (JWK): RFC 7517, RFC 7518 and, for Ed25519 and X25519, RFC 8037.

use super::{Curve, KeyType, PrivateKey, PublicKey};
use crate::base64::decode_url;
use crate::encoding::to_base64url;
use crate::libcrypto::Pkey;
use crate::{Error, Result, Secret};

/// The members of the object, in the order in which they are written. All values are strings.
pub type Members = Vec<(&'static str, String)>;

/// A key of either half.
#[derive(Clone, Debug)]
pub enum AnyKey {
    /// A private key.
    Private(PrivateKey),
    /// A public key.
    Public(PublicKey),
}

const CODE: &str = "ERR_CRYPTO_INVALID_JWK";

fn text(bytes: &[u8]) -> String {
    String::from_utf8(to_base64url(bytes)).unwrap_or_default()
}

/// JWK's name of a curve.
fn curve_name(curve: Curve) -> Option<String> {
    let name = curve.nist_name().unwrap_or_else(|| curve.name());
    matches!(name.as_str(), "P-256" | "P-384" | "P-521" | "secp256k1").then_some(name)
}

const RSA: [&str; 8] = ["n", "e", "d", "p", "q", "dp", "dq", "qi"];

fn members(key: &Pkey, private: bool) -> Result<Members> {
    let kind = key.key_type();
    let unsupported = |what: &str| {
        Error::new(
            "ERR_CRYPTO_JWK_UNSUPPORTED_KEY_TYPE",
            format!("a key of {what} has no form as JWK"),
        )
    };
    match kind {
        KeyType::Rsa => {
            let numbers = key.rsa_numbers().unwrap_or_default();
            let count = if private { 8 } else { 2 };
            if numbers.len() < count {
                return Err(unsupported("RSA without its prime factors"));
            }
            let mut members = vec![("kty", "RSA".to_string())];
            let numbers = RSA.iter().zip(&numbers).take(count);
            members.extend(numbers.map(|(name, number)| (*name, text(number))));
            Ok(members)
        }
        KeyType::Ec => {
            let curve = Curve(key.curve().unwrap_or_default());
            let name = curve_name(curve).ok_or_else(|| {
                Error::new(
                    "ERR_CRYPTO_JWK_UNSUPPORTED_CURVE",
                    format!("a key on curve {} has no form as JWK", curve.name()),
                )
            })?;
            let point = key
                .point(false)
                .ok_or_else(|| unsupported("EC without a point"))?;
            let (x, y) = point[1..].split_at(point.len() / 2);
            let mut members = vec![
                ("kty", "EC".to_string()),
                ("crv", name),
                ("x", text(x)),
                ("y", text(y)),
            ];
            if private {
                let scalar = key
                    .scalar()
                    .ok_or_else(|| unsupported("EC without its number"))?;
                members.push(("d", text(&scalar)));
            }
            Ok(members)
        }
        KeyType::Ed25519 | KeyType::X25519 => {
            let name = if kind == KeyType::Ed25519 {
                "Ed25519"
            } else {
                "X25519"
            };
            let public = key.raw_public().ok_or_else(|| unsupported(name))?;
            let mut members = vec![
                ("kty", "OKP".to_string()),
                ("crv", name.to_string()),
                ("x", text(&public)),
            ];
            if private {
                let raw = key.raw_private().ok_or_else(|| unsupported(name))?;
                members.push(("d", text(&raw)));
            }
            Ok(members)
        }
        _ => Err(unsupported(kind.name())),
    }
}

/// Reads a key; `get` gives the members that are strings. A key with the member `d` is private.
pub fn read<'a>(get: impl Fn(&str) -> Option<&'a [u8]>) -> Result<AnyKey> {
    let invalid = |reason: String| Error::new(CODE, reason);
    let missing = |name: &str| invalid(format!("the JWK has no member '{name}' that is a string"));
    let number = |name: &str| -> Result<Secret> {
        let value = get(name).ok_or_else(|| missing(name))?;
        let bytes = decode_url(value)
            .ok_or_else(|| invalid(format!("member '{name}' of the JWK is not base64url")))?;
        Ok(Secret::from(bytes))
    };
    let sized = |name: &str, length: usize, curve: &str| -> Result<Secret> {
        let bytes = number(name)?;
        if bytes.len() == length {
            return Ok(bytes);
        }
        Err(invalid(format!(
            "member '{name}' of the JWK is {} bytes, {curve} takes {length}",
            bytes.len()
        )))
    };
    let private = get("d").is_some();
    let curve = || get("crv").ok_or_else(|| missing("crv"));
    let unknown = |curve: &[u8]| {
        Error::new(
            "ERR_CRYPTO_INVALID_CURVE",
            format!(
                "unknown curve '{}' in the JWK",
                String::from_utf8_lossy(curve)
            ),
        )
    };
    let key = match get("kty").ok_or_else(|| missing("kty"))? {
        b"RSA" => {
            let names = if private { &RSA[..] } else { &RSA[..2] };
            let numbers = names
                .iter()
                .map(|name| number(name))
                .collect::<Result<Vec<_>>>()?;
            let numbers: Vec<&[u8]> = numbers.iter().map(|number| &**number).collect();
            Pkey::from_rsa_numbers(&numbers)
        }
        b"EC" => {
            let name = curve()?;
            let found = match name {
                b"P-256" | b"P-384" | b"P-521" | b"secp256k1" => Curve::by_name(name)?,
                _ => return Err(unknown(name)),
            };
            let length = match name {
                b"P-384" => 48,
                b"P-521" => 66,
                _ => 32,
            };
            let shown = String::from_utf8_lossy(name);
            let mut point = vec![4];
            point.extend_from_slice(&sized("x", length, &shown)?);
            point.extend_from_slice(&sized("y", length, &shown)?);
            if private {
                Pkey::from_scalar(found.0, &sized("d", length, &shown)?, Some(&point))
            } else {
                Pkey::from_point(found.0, &point)
            }
        }
        b"OKP" => {
            let name = curve()?;
            let kind = match name {
                b"Ed25519" => KeyType::Ed25519,
                b"X25519" => KeyType::X25519,
                _ => return Err(unknown(name)),
            };
            let shown = String::from_utf8_lossy(name);
            let public = sized("x", 32, &shown)?;
            if private {
                let key = Pkey::from_raw_private(kind, &sized("d", 32, &shown)?)?;
                if key.raw_public().as_deref() != Some(&public) {
                    return Err(invalid(
                        "'x' and 'd' of the JWK do not belong together".into(),
                    ));
                }
                Ok(key)
            } else {
                Pkey::from_raw_public(kind, &public)
            }
        }
        b"oct" => {
            return Err(invalid(
                "the JWK is a secret key: createSecretKey reads it".into(),
            ));
        }
        other => {
            let shown = String::from_utf8_lossy(other);
            return Err(invalid(format!("unknown type '{shown}' of the JWK (kty)")));
        }
    };
    let key =
        key.map_err(|error| invalid(format!("the JWK is not a valid key: {}", error.reason)))?;
    Ok(if private {
        AnyKey::Private(PrivateKey(key))
    } else {
        AnyKey::Public(PublicKey(key))
    })
}

impl PrivateKey {
    /// The members of its JWK.
    pub fn to_jwk(&self) -> Result<Members> {
        members(&self.0, true)
    }
}

impl PublicKey {
    /// The members of its JWK.
    pub fn to_jwk(&self) -> Result<Members> {
        members(&self.0, false)
    }
}
