//! Digests and message authentication codes.

use std::sync::{Arc, Mutex, PoisonError};

use luvit_crypto::digest::{Algorithm, Hasher};
use luvit_crypto::hmac::Hmac;
use luvit_crypto::{Error, Result};

use super::outcome::{Encoding, fail, perform};
use crate::lua::{Call, Counted, MAX_STRING, Raise, Ret, State};
use crate::shared::Shared;

pub(super) fn fill(state: State, shared: *const Shared) {
    state.set_function(shared, "hashes", hashes);
    state.set_function(shared, "hash", hash);
    state.set_function(shared, "hmac", hmac);
    state.set_function(shared, "hash_update", update);
    state.set_function(shared, "hash_digest", finish);
    state.set_function(shared, "hash_copy", copy);
    state.set_function(shared, "digest", one_shot);
}

/// A digest or code under way; none once it was asked for its result.
struct Hash(Mutex<Option<Running>>);

#[derive(Clone)]
enum Running {
    Digest(Hasher, usize),
    Hmac(Hmac),
}

impl Counted for Hash {
    const NAME: &'static str = "crypto_hash";

    fn fill(_: State, _: &Shared) {}
}

fn unknown(name: &[u8]) -> Error {
    Error::new(
        "ERR_CRYPTO_INVALID_DIGEST",
        format!(
            "unknown digest '{}', crypto.getHashes() lists those there are",
            String::from_utf8_lossy(name)
        ),
    )
}

/// The algorithm that a name means.
pub(super) fn algorithm(name: &[u8]) -> Result<Algorithm> {
    Algorithm::by_name(name).ok_or_else(|| unknown(name))
}

/// An optional length of output, of up to a string's length.
fn length(call: &Call, index: i32) -> std::result::Result<Option<usize>, Raise> {
    if call.is_nil(index) {
        return Ok(None);
    }
    let length = call.int_in(index, 0..=MAX_STRING as i64)?;
    Ok(Some(length as usize))
}

fn push(call: &Call, running: Running) -> Ret {
    let hash = Hash(Mutex::new(Some(running)));
    call.push_counted(call.shared(), Arc::new(hash));
    Ok(1)
}

/// The digest that argument 1 is.
fn with<T>(
    call: &Call,
    f: impl FnOnce(&mut Option<Running>) -> T,
) -> std::result::Result<T, Raise> {
    let hash = call
        .to_counted::<Hash>(1)
        .ok_or_else(|| call.wrong_type(1, "hash"))?;
    let mut running = hash.0.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(f(&mut running))
}

fn finalized(call: &Call) -> Ret {
    let text = "the digest was asked for already";
    fail(call, &Error::new("ERR_CRYPTO_HASH_FINALIZED", text))
}

/// `hashes()`: the names of all algorithms.
fn hashes(call: &mut Call) -> Ret {
    call.new_table(52, 0);
    for (index, name) in Algorithm::names().into_iter().enumerate() {
        call.push_str(name);
        call.raw_set_index(-2, index as i32 + 1);
    }
    Ok(1)
}

/// `hash(algorithm, [outputLength])`
fn hash(call: &mut Call) -> Ret {
    let wanted = length(call, 2)?;
    let begun = algorithm(call.bytes(1)?).and_then(|algorithm| {
        let length = algorithm.output_length(wanted)?;
        Ok(Running::Digest(Hasher::new(algorithm), length))
    });
    match begun {
        Ok(running) => push(call, running),
        Err(error) => fail(call, &error),
    }
}

/// `hmac(algorithm, key)`
fn hmac(call: &mut Call) -> Ret {
    let key = call.bytes(2)?;
    match algorithm(call.bytes(1)?) {
        Ok(algorithm) => push(call, Running::Hmac(Hmac::new(algorithm, key))),
        Err(error) => fail(call, &error),
    }
}

/// `hash_update(hash, bytes)`: `true`
fn update(call: &mut Call) -> Ret {
    let data = call.bytes(2)?;
    let done = with(call, |running| match running {
        Some(Running::Digest(hasher, _)) => {
            hasher.update(data);
            true
        }
        Some(Running::Hmac(hmac)) => {
            hmac.update(data);
            true
        }
        None => false,
    })?;
    if !done {
        return finalized(call);
    }
    call.push_bool(true);
    Ok(1)
}

/// `hash_digest(hash, [encoding])`: the result, once.
fn finish(call: &mut Call) -> Ret {
    let encoding = Encoding::of(call, 2)?;
    let bytes = match with(call, Option::take)? {
        Some(Running::Digest(hasher, length)) => match encoding.check(length) {
            Ok(()) => hasher.finish_length(length),
            Err(error) => return fail(call, &error),
        },
        Some(Running::Hmac(hmac)) => hmac.finish(),
        None => return finalized(call),
    };
    encoding.push(call, bytes);
    Ok(1)
}

/// `hash_copy(hash, [outputLength])`: another that goes on from here.
fn copy(call: &mut Call) -> Ret {
    let wanted = length(call, 2)?;
    let mut copy = match with(call, |running| running.clone())? {
        Some(copy) => copy,
        None => return finalized(call),
    };
    if let (Running::Digest(hasher, length), Some(_)) = (&mut copy, wanted) {
        match hasher.algorithm().output_length(wanted) {
            Ok(wanted) => *length = wanted,
            Err(error) => return fail(call, &error),
        }
    }
    push(call, copy)
}

/// `digest(algorithm, bytes, [encoding], [outputLength], [callback])`
fn one_shot(call: &mut Call) -> Ret {
    let encoding = Encoding::of(call, 3)?;
    let wanted = length(call, 4)?;
    let data = call.bytes(2)?;
    let chosen = algorithm(call.bytes(1)?)
        .and_then(|algorithm| Ok((algorithm, algorithm.output_length(wanted)?)))
        .and_then(|chosen| encoding.check(chosen.1).map(|()| chosen));
    let (algorithm, length) = match chosen {
        Ok(chosen) => chosen,
        Err(error) => return fail(call, &error),
    };
    let compute = move |data: &[u8]| {
        let mut hasher = Hasher::new(algorithm);
        hasher.update(data);
        hasher.finish_length(length)
    };
    if call.is_nil(5) {
        encoding.push(call, compute(data));
        return Ok(1);
    }
    let data = data.to_vec();
    perform(call, 5, move || Ok(encoding.encode(compute(&data))))
}
