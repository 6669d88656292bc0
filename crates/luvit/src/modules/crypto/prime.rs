//! Prime numbers.

use luvit_crypto::bn::Integer;

use super::outcome::{fail, perform};
use crate::lua::{Call, Ret, State};
use crate::shared::Shared;

pub(super) fn fill(state: State, shared: *const Shared) {
    state.set_function(shared, "prime_generate", generate);
    state.set_function(shared, "prime_check", check);
}

/// `prime_generate(bits, safe, [callback])`: the prime, big-endian.
fn generate(call: &mut Call) -> Ret {
    let bits = call.int_in(1, 0..=i64::from(u32::MAX))? as u32;
    let safe = call.boolean(2)?;
    perform(call, 3, move || {
        Integer::prime(bits, safe).map(|prime| prime.to_bytes())
    })
}

/// `prime_check(bytes, checks, [callback])`: whether the number is prime.
fn check(call: &mut Call) -> Ret {
    let checks = call.int_in(2, 0..=i64::from(u32::MAX))? as u32;
    let candidate = match Integer::from_bytes(call.bytes(1)?) {
        Ok(candidate) => candidate,
        Err(error) => return fail(call, &error),
    };
    perform(call, 3, move || candidate.is_prime(checks))
}
