//! Random bytes, integers and UUIDs, and comparison in constant time.

use luvit_crypto::{Error, random};

use super::outcome::{Encoding, fail, perform};
use crate::lua::{Call, MAX_STRING, Raise, Ret, State};
use crate::shared::Shared;

pub(super) fn fill(state: State, shared: *const Shared) {
    state.set_function(shared, "random_bytes", random_bytes);
    state.set_function(shared, "random_below", random_below);
    state.set_function(shared, "random_uuid", random_uuid);
    state.set_function(shared, "timing_safe_equal", timing_safe_equal);
    state.set_function(shared, "encode", encode);
    state.set_function(shared, "decode", decode);
}

/// `random_bytes(count, [callback])`
fn random_bytes(call: &mut Call) -> Ret {
    let count = call.int_in(1, 0..=MAX_STRING as i64)? as usize;
    perform(call, 2, move || {
        let mut bytes = vec![0; count];
        random::fill(&mut bytes);
        Ok(bytes)
    })
}

/// `random_below(limit)`: an integer from 0 to `limit - 1`, of at most 2^53.
fn random_below(call: &mut Call) -> Ret {
    let limit = call.int_in(1, 1..=1 << 53)?;
    call.push_int(random::below(limit as u64) as i64);
    Ok(1)
}

/// `random_uuid(alone)`
fn random_uuid(call: &mut Call) -> Ret {
    let alone = call.boolean(1)?;
    call.push_bytes(&random::uuid(alone));
    Ok(1)
}

/// `timing_safe_equal(a, b)`
fn timing_safe_equal(call: &mut Call) -> Ret {
    let (a, b) = (call.bytes(1)?, call.bytes(2)?);
    if let Some(equal) = random::timing_safe_equal(a, b) {
        call.push_bool(equal);
        return Ok(1);
    }
    let reason = format!(
        "the two have to be of one length, they have {} and {} bytes",
        a.len(),
        b.len()
    );
    fail(
        call,
        &Error::new("ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH", reason),
    )
}

/// `encode(bytes, encoding)`: `hex`, `base64`, `base64url` or `binary`.
fn encode(call: &mut Call) -> Ret {
    let encoding = Encoding::of(call, 2)?;
    call.push_bytes(&encoding.encode(call.bytes(1)?.to_vec()));
    Ok(1)
}

/// `decode(text, encoding)`: the bytes, or `nil` for what is no such text.
fn decode(call: &mut Call) -> Ret {
    let text = call.bytes(1)?;
    let bytes = match call.bytes(2)? {
        b"hex" => luvit_crypto::encoding::from_hex(text),
        b"base64" | b"base64url" => luvit_crypto::encoding::from_base64(text),
        _ => return Err(Raise::Argument(2, "unknown encoding".into())),
    };
    match bytes {
        Some(bytes) => call.push_bytes(&bytes),
        None => call.push_nil(),
    }
    Ok(1)
}
