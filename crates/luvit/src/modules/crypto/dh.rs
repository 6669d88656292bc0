//! Diffie-Hellman over prime fields.

use std::sync::{Arc, Mutex, PoisonError};

use luvit_crypto::Result;
use luvit_crypto::dh::{Exchange, Number};

use super::key::answer;
use super::outcome::{Outcome, fail, perform};
use crate::lua::{Call, Counted, Raise, Ret, State};
use crate::shared::Shared;

pub(super) fn fill(state: State, shared: *const Shared) {
    state.set_function(shared, "dh", new);
    state.set_function(shared, "dh_group", group);
    state.set_function(shared, "dh_generate", generate);
    state.set_function(shared, "dh_keys", keys);
    state.set_function(shared, "dh_get", get);
    state.set_function(shared, "dh_set", set);
    state.set_function(shared, "dh_agree", agree);
    state.set_function(shared, "dh_problems", problems);
}

struct Dh(Mutex<Exchange>);

impl Counted for Dh {
    const NAME: &'static str = "crypto_dh";

    fn fill(_: State, _: &Shared) {}
}

impl Outcome for Exchange {
    fn push(self, call: &Call) {
        call.push_counted(call.shared(), Arc::new(Dh(Mutex::new(self))));
    }
}

/// Does something with the exchange that argument 1 is.
fn with<T>(call: &Call, f: impl FnOnce(&mut Exchange) -> T) -> std::result::Result<T, Raise> {
    let dh = call
        .to_counted::<Dh>(1)
        .ok_or_else(|| call.wrong_type(1, "dh"))?;
    let mut exchange = dh.0.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(f(&mut exchange))
}

/// `dh(prime, generator)`
fn new(call: &mut Call) -> Ret {
    answer(call, Exchange::new(call.bytes(1)?, call.bytes(2)?))
}

/// `dh_group(name)`
fn group(call: &mut Call) -> Ret {
    answer(call, Exchange::group(call.bytes(1)?))
}

/// `dh_generate(bits, generator, [callback])`
fn generate(call: &mut Call) -> Ret {
    let bits = call.int_in(1, 0..=i64::from(u32::MAX))? as u32;
    let generator = call.int_in(2, 0..=i64::from(u32::MAX))? as u32;
    perform(call, 3, move || Exchange::generate(bits, generator))
}

/// `dh_keys(dh)`: `true`
fn keys(call: &mut Call) -> Ret {
    let made: Result<bool> = with(call, |it| it.generate_keys().map(|()| true))?;
    answer(call, made)
}

fn number(call: &Call) -> std::result::Result<Number, Raise> {
    Ok(match call.bytes(2)? {
        b"prime" => Number::Prime,
        b"generator" => Number::Generator,
        b"public" => Number::Public,
        b"private" => Number::Private,
        _ => return Err(Raise::Argument(2, "unknown number".into())),
    })
}

/// `dh_get(dh, which)`: the number, or `nil`.
fn get(call: &mut Call) -> Ret {
    let which = number(call)?;
    match with(call, |it| it.get(which))? {
        Some(bytes) => call.push_bytes(&bytes),
        None => call.push_nil(),
    }
    Ok(1)
}

/// `dh_set(dh, which, bytes)`: `true`
fn set(call: &mut Call) -> Ret {
    let (which, bytes) = (number(call)?, call.bytes(3)?);
    let done: Result<bool> = with(call, |it| it.set(which, bytes).map(|()| true))?;
    answer(call, done)
}

/// `dh_agree(dh, public)`
fn agree(call: &mut Call) -> Ret {
    let peer = call.bytes(2)?;
    match with(call, |it| it.agree(peer))? {
        Ok(secret) => {
            call.push_bytes(&secret);
            Ok(1)
        }
        Err(error) => fail(call, &error),
    }
}

/// `dh_problems(dh)`: OpenSSL's bits.
fn problems(call: &mut Call) -> Ret {
    let problems = with(call, |it| it.problems())?;
    call.push_int(problems.into());
    Ok(1)
}
