//! Signatures, encryption with RSA, and key agreement.

use luvit_crypto::digest::Algorithm;
use luvit_crypto::key::AnyKey;
use luvit_crypto::rsa;
use luvit_crypto::sign::{Encoding, Options, Padding, SaltLength};
use luvit_crypto::{Error, Result, Secret};

use super::digest::algorithm;
use super::key::{answer, key, private, public};
use super::outcome::{Outcome, fail, perform};
use crate::lua::{Call, Raise, Ret, State};
use crate::shared::Shared;

pub(super) fn fill(state: State, shared: *const Shared) {
    state.set_function(shared, "sign", sign);
    state.set_function(shared, "verify", verify);
    state.set_function(shared, "sign_digest", sign_digest);
    state.set_function(shared, "verify_digest", verify_digest);
    state.set_function(shared, "rsa", rsa_crypt);
    state.set_function(shared, "agree", agree);
}

impl Outcome for Secret {
    fn push(self, call: &Call) {
        call.push_bytes(&self);
    }
}

/// Node's numbers of RSA's paddings.
const PKCS1: i64 = 1;
const NONE: i64 = 3;
const OAEP: i64 = 4;
const PSS: i64 = 6;

fn no_padding(number: i64, known: &str) -> Error {
    Error::new(
        "ERR_INVALID_ARG_VALUE",
        format!("padding is {number}, there are {known}"),
    )
}

/// Three arguments from `index` on: padding, length of the salt, and the encoding of ECDSA signatures.
fn options(call: &Call, index: i32) -> std::result::Result<Result<Options>, Raise> {
    let mut options = Options::default();
    if !call.is_nil(index) {
        options.padding = match call.int(index)? {
            PKCS1 => Some(Padding::Pkcs1),
            PSS => Some(Padding::Pss),
            other => {
                return Ok(Err(no_padding(
                    other,
                    "RSA_PKCS1_PADDING (1) and RSA_PKCS1_PSS_PADDING (6)",
                )));
            }
        };
    }
    if !call.is_nil(index + 1) {
        options.salt = Some(match call.int(index + 1)? {
            -1 => SaltLength::Digest,
            -2 => SaltLength::Auto,
            bytes => match u32::try_from(bytes) {
                Ok(bytes) => SaltLength::Bytes(bytes),
                Err(_) => {
                    return Ok(Err(Error::new(
                        "ERR_OUT_OF_RANGE",
                        format!("saltLength is {bytes}, it may be 0 or more, or -1 or -2"),
                    )));
                }
            },
        });
    }
    match call.opt_bytes(index + 2)? {
        None | Some(b"der") => {}
        Some(b"ieee-p1363") => options.encoding = Encoding::P1363,
        Some(other) => {
            return Ok(Err(Error::new(
                "ERR_INVALID_ARG_VALUE",
                format!(
                    "dsaEncoding is '{}', there are der and ieee-p1363",
                    String::from_utf8_lossy(other)
                ),
            )));
        }
    }
    Ok(Ok(options))
}

/// An optional digest's name.
fn digest(call: &Call, index: i32) -> std::result::Result<Result<Option<Algorithm>>, Raise> {
    Ok(call.opt_bytes(index)?.map(algorithm).transpose())
}

/// `sign(key, [digest], data, [padding], [saltLength], [dsaEncoding], [callback])`
fn sign(call: &mut Call) -> Ret {
    let key = private(call, 1)?;
    let chosen = match (digest(call, 2)?, options(call, 4)?) {
        (Ok(digest), Ok(options)) => (digest, options),
        (Err(error), _) | (_, Err(error)) => return fail(call, &error),
    };
    let (digest, options) = chosen;
    let data = call.bytes(3)?;
    if call.is_nil(7) {
        return answer(call, key.sign(digest, data, &options));
    }
    let data = data.to_vec();
    perform(call, 7, move || key.sign(digest, &data, &options))
}

/// `verify(key, [digest], data, signature, [padding], [saltLength], [dsaEncoding], [callback])`
fn verify(call: &mut Call) -> Ret {
    let key = match public(call, 1)? {
        Ok(key) => key,
        Err(error) => return fail(call, &error),
    };
    let (digest, options) = match (digest(call, 2)?, options(call, 5)?) {
        (Ok(digest), Ok(options)) => (digest, options),
        (Err(error), _) | (_, Err(error)) => return fail(call, &error),
    };
    let (data, signature) = (call.bytes(3)?, call.bytes(4)?);
    if call.is_nil(8) {
        return answer(call, key.verify(digest, data, signature, &options));
    }
    let (data, signature) = (data.to_vec(), signature.to_vec());
    perform(call, 8, move || {
        key.verify(digest, &data, &signature, &options)
    })
}

/// `sign_digest(key, digest, bytes, [padding], [saltLength], [dsaEncoding])`: of what was hashed
/// already.
fn sign_digest(call: &mut Call) -> Ret {
    let key = private(call, 1)?;
    let (digest, options) = match (algorithm(call.bytes(2)?), options(call, 4)?) {
        (Ok(digest), Ok(options)) => (digest, options),
        (Err(error), _) | (_, Err(error)) => return fail(call, &error),
    };
    answer(call, key.sign_digest(digest, call.bytes(3)?, &options))
}

/// `verify_digest(key, digest, bytes, signature, [padding], [saltLength], [dsaEncoding])`
fn verify_digest(call: &mut Call) -> Ret {
    let key = match public(call, 1)? {
        Ok(key) => key,
        Err(error) => return fail(call, &error),
    };
    let (digest, options) = match (algorithm(call.bytes(2)?), options(call, 5)?) {
        (Ok(digest), Ok(options)) => (digest, options),
        (Err(error), _) | (_, Err(error)) => return fail(call, &error),
    };
    let sound = key.verify_digest(digest, call.bytes(3)?, call.bytes(4)?, &options);
    answer(call, sound)
}

/// `rsa(encrypt, private, key, data, padding, [oaepHash], [oaepLabel])`
fn rsa_crypt(call: &mut Call) -> Ret {
    let (encrypt, with_private) = (call.to_bool(1), call.to_bool(2));
    let data = call.bytes(4)?;
    let padding = match call.int(5)? {
        PKCS1 => rsa::Padding::Pkcs1,
        NONE => rsa::Padding::None,
        OAEP => {
            let hash = match digest(call, 6)? {
                Ok(hash) => hash.unwrap_or(Algorithm::SHA1),
                Err(error) => return fail(call, &error),
            };
            rsa::Padding::Oaep {
                digest: hash,
                mgf1: hash,
                label: call.opt_bytes(7)?.unwrap_or_default().to_vec(),
            }
        }
        other => {
            let known = "RSA_PKCS1_PADDING (1), RSA_NO_PADDING (3) and RSA_PKCS1_OAEP_PADDING (4)";
            return fail(call, &no_padding(other, known));
        }
    };
    if with_private {
        let key = private(call, 3)?;
        return if encrypt {
            answer(call, key.encrypt(&padding, data))
        } else {
            answer(call, key.decrypt(&padding, data))
        };
    }
    let result = public(call, 3)?.and_then(|key| {
        if encrypt {
            key.encrypt(&padding, data)
        } else {
            key.decrypt(&padding, data)
        }
    });
    answer(call, result)
}

/// `agree(private, public, [callback])`: the secret that the two share.
fn agree(call: &mut Call) -> Ret {
    let mine = private(call, 1)?;
    let theirs = match &key(call, 2)?.0 {
        AnyKey::Private(key) => key.public(),
        AnyKey::Public(key) => Ok(key.clone()),
    };
    match theirs {
        Ok(theirs) => perform(call, 3, move || mine.agree(&theirs)),
        Err(error) => fail(call, &error),
    }
}
