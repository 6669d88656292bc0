//! Keys: reading, writing, making.

use std::sync::Arc;

use luvit_crypto::key::{
    AnyKey, Curve, KeyType, PrivateForm, PrivateKey, PssParameters, PublicForm, PublicKey, Recipe,
    jwk,
};
use luvit_crypto::{Error, Result};

use super::digest::algorithm;
use super::outcome::{Outcome, fail, perform};
use crate::lua::{Call, Counted, Raise, Ret, State, Type};
use crate::shared::Shared;

pub(super) fn fill(state: State, shared: *const Shared) {
    state.set_function(shared, "key_private", read_private);
    state.set_function(shared, "key_public", read_public);
    state.set_function(shared, "key_half", half);
    state.set_function(shared, "key_from_jwk", from_jwk);
    state.set_function(shared, "key_jwk", to_jwk);
    state.set_function(shared, "key_export", export);
    state.set_function(shared, "key_info", info);
    state.set_function(shared, "key_equals", equals);
    state.set_function(shared, "key_generate", generate);
    state.set_function(shared, "key_raw", raw);
    state.set_function(shared, "key_from_raw", from_raw);
    state.set_function(shared, "curves", curves);
}

/// A private or public key.
pub(super) struct Key(pub(super) AnyKey);

impl Counted for Key {
    const NAME: &'static str = "crypto_key";

    fn fill(_: State, _: &Shared) {}
}

impl Key {
    /// Its public half.
    pub(super) fn public(&self) -> Result<PublicKey> {
        match &self.0 {
            AnyKey::Private(key) => key.public(),
            AnyKey::Public(key) => Ok(key.clone()),
        }
    }

    fn key_type(&self) -> KeyType {
        match &self.0 {
            AnyKey::Private(key) => key.key_type(),
            AnyKey::Public(key) => key.key_type(),
        }
    }
}

impl Outcome for AnyKey {
    fn push(self, call: &Call) {
        call.push_counted(call.shared(), Arc::new(Key(self)));
    }
}

impl Outcome for PrivateKey {
    fn push(self, call: &Call) {
        AnyKey::Private(self).push(call);
    }
}

impl Outcome for PublicKey {
    fn push(self, call: &Call) {
        AnyKey::Public(self).push(call);
    }
}

/// Answers with what there is, or the error.
pub(super) fn answer<T: Outcome>(call: &Call, result: Result<T>) -> Ret {
    match result {
        Ok(value) => {
            value.push(call);
            Ok(1)
        }
        Err(error) => fail(call, &error),
    }
}

/// The key that an argument is.
pub(super) fn key(call: &Call, index: i32) -> std::result::Result<Arc<Key>, Raise> {
    call.to_counted::<Key>(index)
        .ok_or_else(|| call.wrong_type(index, "key"))
}

/// The private key that an argument is.
pub(super) fn private(call: &Call, index: i32) -> std::result::Result<PrivateKey, Raise> {
    match &key(call, index)?.0 {
        AnyKey::Private(key) => Ok(key.clone()),
        AnyKey::Public(_) => Err(Raise::Argument(
            index,
            "private key expected, got a public one".into(),
        )),
    }
}

/// The public key that an argument is, or its public half.
pub(super) fn public(call: &Call, index: i32) -> std::result::Result<Result<PublicKey>, Raise> {
    Ok(key(call, index)?.public())
}

/// `key_private(bytes, [format], [type], [passphrase])`: format `pem` or `der`, or what the bytes
/// are; type `pkcs8`, `pkcs1` or `sec1` of DER.
fn read_private(call: &mut Call) -> Ret {
    let bytes = call.bytes(1)?;
    let passphrase = call.opt_bytes(4)?;
    let key = match call.opt_bytes(2)? {
        Some(b"pem") => PrivateKey::from_pem(bytes, passphrase),
        Some(b"der") => match call.opt_bytes(3)? {
            Some(b"pkcs1") => PrivateKey::from_form(bytes, PrivateForm::Pkcs1, None),
            Some(b"sec1") => PrivateKey::from_form(bytes, PrivateForm::Sec1, None),
            Some(b"pkcs8") if PrivateForm::of(bytes) == Some(PrivateForm::EncryptedPkcs8) => {
                PrivateKey::from_form(bytes, PrivateForm::EncryptedPkcs8, passphrase)
            }
            Some(b"pkcs8") => PrivateKey::from_form(bytes, PrivateForm::Pkcs8, None),
            _ => PrivateKey::from_der(bytes, passphrase),
        },
        _ => PrivateKey::load(bytes, passphrase),
    };
    answer(call, key)
}

/// `key_public(bytes, [format], [type], [passphrase])`: type `spki` or `pkcs1` of DER.
fn read_public(call: &mut Call) -> Ret {
    let bytes = call.bytes(1)?;
    let passphrase = call.opt_bytes(4)?;
    let key = match call.opt_bytes(2)? {
        Some(b"pem") => PublicKey::from_pem(bytes, passphrase),
        Some(b"der") => match call.opt_bytes(3)? {
            Some(b"pkcs1") => PublicKey::from_pkcs1(bytes),
            Some(b"spki") => PublicKey::from_spki(bytes),
            _ => PublicKey::from_der(bytes),
        },
        _ => PublicKey::load(bytes, passphrase),
    };
    answer(call, key)
}

/// `key_half(key)`: its public half.
fn half(call: &mut Call) -> Ret {
    let half = public(call, 1)?;
    answer(call, half)
}

/// `key_from_jwk(table)`
fn from_jwk(call: &mut Call) -> Ret {
    call.table(1)?;
    let read = jwk::read(|name| {
        call.raw_get_field(1, name);
        let text = (call.type_of(-1) == Type::String).then(|| call.to_bytes(-1));
        // The table keeps the string.
        call.pop(1);
        text?
    });
    answer(call, read)
}

/// `key_jwk(key)`: a table.
fn to_jwk(call: &mut Call) -> Ret {
    let members = match &key(call, 1)?.0 {
        AnyKey::Private(key) => key.to_jwk(),
        AnyKey::Public(key) => key.to_jwk(),
    };
    let members = match members {
        Ok(members) => members,
        Err(error) => return fail(call, &error),
    };
    call.new_table(0, members.len());
    for (name, value) in &members {
        call.push_str(value);
        call.raw_set_field(-2, name);
    }
    Ok(1)
}

/// `key_export(key, format, type, [cipher], [passphrase])`
fn export(call: &mut Call) -> Ret {
    let pem = call.bytes(2)? == b"pem";
    let form = call.bytes(3)?;
    let encryption = match (call.opt_bytes(4)?, call.opt_bytes(5)?) {
        (Some(_), Some(passphrase)) => Some((call.text(4)?, passphrase)),
        _ => None,
    };
    let unknown = |kind: &str, forms: &str| {
        Error::new(
            "ERR_INVALID_ARG_VALUE",
            format!(
                "unknown type '{}' of a {kind} key, there are {forms}",
                String::from_utf8_lossy(form)
            ),
        )
    };
    let bytes = match &key(call, 1)?.0 {
        AnyKey::Private(key) => {
            let form = match form {
                b"pkcs8" => PrivateForm::Pkcs8,
                b"pkcs1" => PrivateForm::Pkcs1,
                b"sec1" => PrivateForm::Sec1,
                _ => return fail(call, &unknown("private", "pkcs8, pkcs1 and sec1")),
            };
            if pem {
                key.to_pem(form, encryption)
            } else {
                key.to_der(form, encryption)
            }
            .map(luvit_crypto::Secret::into_vec)
        }
        AnyKey::Public(key) => {
            let form = match form {
                b"spki" => PublicForm::Spki,
                b"pkcs1" => PublicForm::Pkcs1,
                _ => return fail(call, &unknown("public", "spki and pkcs1")),
            };
            if pem {
                key.to_pem(form).map(String::into_bytes)
            } else {
                key.to_der(form)
            }
        }
    };
    answer(call, bytes)
}

/// `key_info(key)`: a table of node's `type`, `asymmetricKeyType` and `asymmetricKeyDetails`.
fn info(call: &mut Call) -> Ret {
    let key = key(call, 1)?;
    let (kind, details) = match &key.0 {
        AnyKey::Private(key) => ("private", key.details()),
        AnyKey::Public(key) => ("public", key.details()),
    };
    call.new_table(0, 3);
    call.push_str(kind);
    call.raw_set_field(-2, "type");
    call.push_str(key.key_type().name());
    call.raw_set_field(-2, "asymmetricKeyType");
    call.new_table(0, 4);
    if let Some(bits) = details.modulus_length {
        call.push_int(bits.into());
        call.raw_set_field(-2, "modulusLength");
    }
    if let Some(exponent) = details.public_exponent {
        call.push_num(
            exponent
                .iter()
                .fold(0.0, |sum, &byte| sum * 256.0 + f64::from(byte)),
        );
        call.raw_set_field(-2, "publicExponent");
    }
    if let Some(pss) = details.pss {
        call.push_str(pss.digest.name());
        call.raw_set_field(-2, "hashAlgorithm");
        call.push_str(pss.mgf1.name());
        call.raw_set_field(-2, "mgf1HashAlgorithm");
        call.push_int(pss.salt_length.into());
        call.raw_set_field(-2, "saltLength");
    }
    if let Some(curve) = details.curve {
        call.push_str(&curve.name());
        call.raw_set_field(-2, "namedCurve");
    }
    call.raw_set_field(-2, "asymmetricKeyDetails");
    Ok(1)
}

/// `key_equals(a, b)`: whether both are of one half, and the same.
fn equals(call: &mut Call) -> Ret {
    let (a, b) = (key(call, 1)?, key(call, 2)?);
    let equal = match (&a.0, &b.0) {
        (AnyKey::Private(a), AnyKey::Private(b)) => b.public().is_ok_and(|b| b.belongs_to(a)),
        (AnyKey::Public(a), AnyKey::Public(b)) => a == b,
        _ => false,
    };
    call.push_bool(equal);
    Ok(1)
}

/// `key_generate(type, bits, exponent, curve, hash, mgf1, saltLength, [callback])`; what a type does
/// not need is `nil`.
fn generate(call: &mut Call) -> Ret {
    let int = |index: i32| -> std::result::Result<Option<u64>, Raise> {
        if call.is_nil(index) {
            return Ok(None);
        }
        Ok(Some(call.int_in(index, 0..=1 << 53)? as u64))
    };
    let bits = int(2)?.map_or(0, |bits| u32::try_from(bits).unwrap_or(u32::MAX));
    let exponent = int(3)?.unwrap_or(65537);
    let recipe = (|| -> std::result::Result<Result<Recipe>, Raise> {
        Ok(Ok(match call.bytes(1)? {
            b"rsa" => Recipe::Rsa { bits, exponent },
            b"rsa-pss" => {
                let digest = call.opt_bytes(5)?.map(algorithm).transpose();
                let mgf1 = call.opt_bytes(6)?.map(algorithm).transpose();
                let (digest, mgf1) = match (digest, mgf1) {
                    (Ok(digest), Ok(mgf1)) => (digest, mgf1),
                    (Err(error), _) | (_, Err(error)) => return Ok(Err(error)),
                };
                let salt = int(7)?;
                let restricted = digest.is_some() || mgf1.is_some() || salt.is_some();
                let digest = digest.unwrap_or(luvit_crypto::digest::Algorithm::SHA1);
                let parameters = restricted.then(|| PssParameters {
                    digest,
                    mgf1: mgf1.unwrap_or(digest),
                    salt_length: salt.map_or(digest.size() as u32, |salt| {
                        u32::try_from(salt).unwrap_or(u32::MAX)
                    }),
                });
                Recipe::RsaPss {
                    bits,
                    exponent,
                    parameters,
                }
            }
            b"ec" => match Curve::by_name(call.bytes(4)?) {
                Ok(curve) => Recipe::Ec(curve),
                Err(error) => return Ok(Err(error)),
            },
            b"ed25519" => Recipe::Ed25519,
            b"x25519" => Recipe::X25519,
            other => {
                return Ok(Err(Error::new(
                    "ERR_INVALID_ARG_VALUE",
                    format!(
                        "unknown type '{}' of a key pair, there are rsa, rsa-pss, ec, ed25519 and \
                         x25519",
                        String::from_utf8_lossy(other)
                    ),
                )));
            }
        }))
    })()?;
    match recipe {
        Ok(recipe) => perform(call, 8, move || PrivateKey::generate(&recipe)),
        Err(error) => fail(call, &error),
    }
}

/// `key_raw(key, compressed)`: the point or bytes of a public key, the number or bytes of a private
/// one; `nil` for kinds without.
fn raw(call: &mut Call) -> Ret {
    let compressed = call.to_bool(2);
    match &key(call, 1)?.0 {
        AnyKey::Private(key) => match key.raw() {
            Some(bytes) => call.push_bytes(&bytes),
            None => call.push_nil(),
        },
        AnyKey::Public(key) => match key.raw(compressed) {
            Some(bytes) => call.push_bytes(&bytes),
            None => call.push_nil(),
        },
    }
    Ok(1)
}

/// `key_from_raw(curve, bytes, private)`: the other direction; the curve may be `ed25519` or `x25519`.
fn from_raw(call: &mut Call) -> Ret {
    let (name, bytes, private) = (call.bytes(1)?, call.bytes(2)?, call.to_bool(3));
    let kind = match name {
        b"ed25519" => Some(KeyType::Ed25519),
        b"x25519" => Some(KeyType::X25519),
        _ => None,
    };
    let made = match (kind, private) {
        (Some(kind), true) => PrivateKey::from_raw(kind, bytes).map(AnyKey::Private),
        (Some(kind), false) => PublicKey::from_raw(kind, bytes).map(AnyKey::Public),
        (None, _) => Curve::by_name(name).and_then(|curve| {
            if private {
                PrivateKey::from_scalar(curve, bytes).map(AnyKey::Private)
            } else {
                PublicKey::from_point(curve, bytes).map(AnyKey::Public)
            }
        }),
    };
    answer(call, made)
}

/// `curves([name])`: the names of all curves; or whether there is one of that name.
fn curves(call: &mut Call) -> Ret {
    if let Some(name) = call.opt_bytes(1)? {
        return match Curve::by_name(name) {
            Ok(_) => {
                call.push_bool(true);
                Ok(1)
            }
            Err(error) => fail(call, &error),
        };
    }
    let mut names: Vec<String> = Curve::all().map(Curve::name).collect();
    names.sort();
    call.new_table(names.len(), 0);
    for (index, name) in names.iter().enumerate() {
        call.push_str(name);
        call.raw_set_index(-2, index as i32 + 1);
    }
    Ok(1)
}
