//! `openssl.bn`: integers of any size, as lua-openssl has them.

use std::sync::Arc;

use luvit_crypto::bn::Integer;
use luvit_crypto::{Error, Result};

use crate::lua::{Call, Counted, Raise, Ret, State, Type};
use crate::shared::Shared;

impl Counted for Integer {
    const NAME: &'static str = "openssl.bn";

    fn fill(state: State, shared: &Shared) {
        members(state, shared);
        state.push_value(-1);
        state.raw_set_field(-2, "__index");
    }
}

/// Pushes the field `bn`: a table of the functions, which are the methods as well.
pub(super) fn fill(state: State, shared: *const Shared) {
    state.new_table(0, 48);
    // SAFETY: `shared` is that of the running call, which outlives it.
    members(state, unsafe { &*shared });
    state.push_str("bn library for Lua 5.1 / luvit, on AWS-LC");
    state.raw_set_field(-2, "version");
    state.raw_set_field(-2, "bn");
}

fn members(state: State, shared: &Shared) {
    macro_rules! set {
        ($($name:literal $function:expr),* $(,)?) => {
            $( state.set_function(shared, $name, $function); )*
        };
    }
    set! {
        "__add" add, "__sub" sub, "__mul" mul, "__div" div, "__mod" modulo, "__pow" pow, "__unm" neg,
        "__eq" eq, "__lt" lt, "__le" le, "__tostring" tostring,
        "new" number, "number" number, "text" text, "random" random, "aprime" aprime,
        "add" add, "sub" sub, "mul" mul, "div" div, "mod" modulo, "rmod" rmod, "divmod" divmod,
        "pow" pow, "gcd" gcd, "sqr" sqr, "neg" neg, "abs" abs, "compare" compare,
        "addmod" addmod, "submod" submod, "mulmod" mulmod, "powmod" powmod, "sqrmod" sqrmod,
        "invmod" invmod, "sqrtmod" sqrtmod,
        "bits" bits, "isneg" isneg, "isodd" isodd, "isone" isone, "iszero" iszero, "isprime" isprime,
        "tostring" tostring, "tohex" tohex, "totext" totext, "tonumber" tonumber,
    }
}

/// The integer at `index`: one of ours, a number without fraction, or text.
fn integer(call: &Call, index: i32) -> std::result::Result<Arc<Integer>, Raise> {
    let wrong = |error: Error| Raise::Argument(index, error.reason.into_owned());
    match call.type_of(index) {
        Type::Number => {
            let number = call.number_at(index);
            if !number.is_finite() || number.fract() != 0.0 {
                let text = format!("{number} is no integer");
                return Err(Raise::Argument(index, text));
            }
            let text = format!("{number:.0}");
            Integer::from_text(text.as_bytes())
                .map(Arc::new)
                .map_err(wrong)
        }
        Type::String => Integer::from_text(call.bytes(index)?)
            .map(Arc::new)
            .map_err(wrong),
        _ => call
            .to_counted::<Integer>(index)
            .ok_or_else(|| call.wrong_type(index, "openssl.bn")),
    }
}

fn push(call: &Call, integer: Integer) -> Ret {
    call.push_counted(call.shared(), Arc::new(integer));
    Ok(1)
}

/// A result; what has none is the program's mistake.
fn result(call: &Call, result: Result<Integer>) -> Ret {
    push(call, result.map_err(|error| Raise::message(error.reason))?)
}

fn boolean(call: &Call, value: bool) -> Ret {
    call.push_bool(value);
    Ok(1)
}

fn number(call: &mut Call) -> Ret {
    let integer = integer(call, 1)?;
    call.push_counted(call.shared(), integer);
    Ok(1)
}

fn text(call: &mut Call) -> Ret {
    let integer = Integer::from_bytes(call.bytes(1)?);
    result(call, integer)
}

fn random(call: &mut Call) -> Ret {
    let bits = if call.is_nil(1) {
        32
    } else {
        call.int_in(1, 0..=1 << 20)?
    };
    result(call, Integer::random(bits as u32))
}

fn aprime(call: &mut Call) -> Ret {
    let bits = if call.is_nil(1) {
        32
    } else {
        call.int_in(1, 2..=4096)?
    };
    result(call, Integer::prime(bits as u32, false))
}

fn add(call: &mut Call) -> Ret {
    push(call, integer(call, 1)?.add(&*integer(call, 2)?))
}

fn sub(call: &mut Call) -> Ret {
    push(call, integer(call, 1)?.sub(&*integer(call, 2)?))
}

fn mul(call: &mut Call) -> Ret {
    result(call, integer(call, 1)?.mul(&*integer(call, 2)?))
}

fn div(call: &mut Call) -> Ret {
    let parts = integer(call, 1)?.divide(&*integer(call, 2)?);
    result(call, parts.map(|(quotient, _)| quotient))
}

fn modulo(call: &mut Call) -> Ret {
    let parts = integer(call, 1)?.divide(&*integer(call, 2)?);
    result(call, parts.map(|(_, remainder)| remainder))
}

fn rmod(call: &mut Call) -> Ret {
    result(call, integer(call, 1)?.rem(&*integer(call, 2)?))
}

fn divmod(call: &mut Call) -> Ret {
    let parts = integer(call, 1)?.divide(&*integer(call, 2)?);
    let (quotient, remainder) = parts.map_err(|error| Raise::message(error.reason))?;
    push(call, quotient)?;
    push(call, remainder)?;
    Ok(2)
}

fn pow(call: &mut Call) -> Ret {
    result(call, integer(call, 1)?.pow(&*integer(call, 2)?))
}

fn gcd(call: &mut Call) -> Ret {
    result(call, integer(call, 1)?.gcd(&*integer(call, 2)?))
}

fn sqr(call: &mut Call) -> Ret {
    let integer = integer(call, 1)?;
    result(call, integer.mul(&integer))
}

fn neg(call: &mut Call) -> Ret {
    push(call, integer(call, 1)?.negated())
}

fn abs(call: &mut Call) -> Ret {
    let integer = integer(call, 1)?;
    if integer.is_negative() {
        return push(call, integer.negated());
    }
    call.push_counted(call.shared(), integer);
    Ok(1)
}

fn compare(call: &mut Call) -> Ret {
    let order = integer(call, 1)?.cmp(&integer(call, 2)?);
    call.push_int(order as i64);
    Ok(1)
}

fn eq(call: &mut Call) -> Ret {
    boolean(call, integer(call, 1)? == integer(call, 2)?)
}

fn lt(call: &mut Call) -> Ret {
    boolean(call, integer(call, 1)? < integer(call, 2)?)
}

fn le(call: &mut Call) -> Ret {
    boolean(call, integer(call, 1)? <= integer(call, 2)?)
}

fn addmod(call: &mut Call) -> Ret {
    result(
        call,
        integer(call, 1)?.add_mod(&*integer(call, 2)?, &*integer(call, 3)?),
    )
}

fn submod(call: &mut Call) -> Ret {
    result(
        call,
        integer(call, 1)?.sub_mod(&*integer(call, 2)?, &*integer(call, 3)?),
    )
}

fn mulmod(call: &mut Call) -> Ret {
    result(
        call,
        integer(call, 1)?.mul_mod(&*integer(call, 2)?, &*integer(call, 3)?),
    )
}

fn powmod(call: &mut Call) -> Ret {
    result(
        call,
        integer(call, 1)?.pow_mod(&*integer(call, 2)?, &*integer(call, 3)?),
    )
}

fn sqrmod(call: &mut Call) -> Ret {
    let integer_ = integer(call, 1)?;
    result(call, integer_.mul_mod(&integer_, &*integer(call, 2)?))
}

fn invmod(call: &mut Call) -> Ret {
    result(call, integer(call, 1)?.inverse_mod(&*integer(call, 2)?))
}

fn sqrtmod(call: &mut Call) -> Ret {
    result(call, integer(call, 1)?.sqrt_mod(&*integer(call, 2)?))
}

fn bits(call: &mut Call) -> Ret {
    call.push_int(integer(call, 1)?.bits().into());
    Ok(1)
}

fn isneg(call: &mut Call) -> Ret {
    boolean(call, integer(call, 1)?.is_negative())
}

fn isodd(call: &mut Call) -> Ret {
    boolean(call, integer(call, 1)?.is_odd())
}

fn isone(call: &mut Call) -> Ret {
    boolean(call, integer(call, 1)?.is_one())
}

fn iszero(call: &mut Call) -> Ret {
    boolean(call, integer(call, 1)?.is_zero())
}

fn isprime(call: &mut Call) -> Ret {
    let prime = integer(call, 1)?.is_prime(0);
    boolean(call, prime.map_err(|error| Raise::message(error.reason))?)
}

fn tostring(call: &mut Call) -> Ret {
    call.push_str(&integer(call, 1)?.to_decimal());
    Ok(1)
}

fn tohex(call: &mut Call) -> Ret {
    call.push_str(&integer(call, 1)?.to_hex());
    Ok(1)
}

fn totext(call: &mut Call) -> Ret {
    call.push_bytes(&integer(call, 1)?.to_bytes());
    Ok(1)
}

fn tonumber(call: &mut Call) -> Ret {
    call.push_num(integer(call, 1)?.to_f64());
    Ok(1)
}
