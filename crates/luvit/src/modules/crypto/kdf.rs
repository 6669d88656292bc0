//! Keys from passwords and from other keys.

use luvit_crypto::kdf::{self, Argon2Cost, Argon2Variant, ScryptCost};
use luvit_crypto::{Error, Result};

use super::digest::algorithm;
use super::outcome::{fail, perform};
use crate::lua::{Call, MAX_STRING, Raise, Ret, State};
use crate::shared::Shared;

pub(super) fn fill(state: State, shared: *const Shared) {
    state.set_function(shared, "pbkdf2", pbkdf2);
    state.set_function(shared, "hkdf", hkdf);
    state.set_function(shared, "scrypt", scrypt);
    state.set_function(shared, "argon2", argon2);
}

/// How many bytes are wanted.
fn length(call: &Call, index: i32) -> std::result::Result<usize, Raise> {
    Ok(call.int_in(index, 0..=MAX_STRING as i64)? as usize)
}

/// A result of `length` bytes that `derive` fills.
fn derived(length: usize, derive: impl FnOnce(&mut [u8]) -> Result<()>) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    out.try_reserve_exact(length).map_err(|_| {
        Error::new(
            "ERR_CRYPTO_OPERATION_FAILED",
            format!("there is no memory for a key of {length} bytes"),
        )
    })?;
    out.resize(length, 0);
    derive(&mut out)?;
    Ok(out)
}

/// `pbkdf2(digest, password, salt, iterations, length, [callback])`
fn pbkdf2(call: &mut Call) -> Ret {
    let iterations = call.int_in(4, 1..=i64::from(i32::MAX))? as u32;
    let length = length(call, 5)?;
    let (password, salt) = (call.bytes(2)?.to_vec(), call.bytes(3)?.to_vec());
    match algorithm(call.bytes(1)?) {
        Ok(algorithm) => perform(call, 6, move || {
            derived(length, |out| {
                kdf::pbkdf2(algorithm, &password, &salt, iterations, out)
            })
        }),
        Err(error) => fail(call, &error),
    }
}

/// `hkdf(digest, key, salt, info, length, [callback])`
fn hkdf(call: &mut Call) -> Ret {
    let length = length(call, 5)?;
    let (key, salt) = (call.bytes(2)?.to_vec(), call.bytes(3)?.to_vec());
    let info = call.bytes(4)?.to_vec();
    let checked = algorithm(call.bytes(1)?).and_then(|algorithm| {
        kdf::check_hkdf(algorithm, length)?;
        Ok(algorithm)
    });
    match checked {
        Ok(algorithm) => perform(call, 6, move || {
            derived(length, |out| kdf::hkdf(algorithm, &key, &salt, &info, out))
        }),
        Err(error) => fail(call, &error),
    }
}

/// `scrypt(password, salt, N, r, p, maxmem, length, [callback])`
fn scrypt(call: &mut Call) -> Ret {
    let parameter = |index| call.int_in(index, 0..=1 << 53).map(|value| value as u64);
    let cost = ScryptCost {
        cost: parameter(3)?,
        block_size: parameter(4)?,
        parallelization: parameter(5)?,
        max_memory: parameter(6)?,
    };
    let length = length(call, 7)?;
    let (password, salt) = (call.bytes(1)?.to_vec(), call.bytes(2)?.to_vec());
    if let Err(error) = cost.check() {
        return fail(call, &error);
    }
    perform(call, 8, move || {
        derived(length, |out| kdf::scrypt(&password, &salt, cost, out))
    })
}

/// `argon2(variant, message, nonce, memory, passes, parallelism, secret, associatedData, length,
/// [callback])`
fn argon2(call: &mut Call) -> Ret {
    let variant = match call.bytes(1)? {
        b"argon2d" => Argon2Variant::D,
        b"argon2i" => Argon2Variant::I,
        b"argon2id" => Argon2Variant::Id,
        other => {
            let reason = format!(
                "unknown algorithm '{}', there are argon2d, argon2i and argon2id",
                String::from_utf8_lossy(other)
            );
            return fail(call, &Error::new("ERR_INVALID_ARG_VALUE", reason));
        }
    };
    let parameter = |index| {
        call.int_in(index, 0..=i64::from(u32::MAX))
            .map(|value| value as u32)
    };
    let (memory, passes, parallelism) = (parameter(4)?, parameter(5)?, parameter(6)?);
    let length = length(call, 9)?;
    let (message, nonce) = (call.bytes(2)?.to_vec(), call.bytes(3)?.to_vec());
    let (secret, associated) = (call.bytes(7)?.to_vec(), call.bytes(8)?.to_vec());
    let cost = Argon2Cost {
        memory,
        passes,
        parallelism,
        secret: &secret,
        associated: &associated,
    };
    if let Err(error) = cost.check(nonce.len(), length) {
        return fail(call, &error);
    }
    perform(call, 10, move || {
        let cost = Argon2Cost {
            memory,
            passes,
            parallelism,
            secret: &secret,
            associated: &associated,
        };
        derived(length, |out| {
            kdf::argon2(variant, &message, &nonce, cost, out)
        })
    })
}
