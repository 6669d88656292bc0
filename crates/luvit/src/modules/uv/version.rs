//! Which libuv API this is, and the texts of its errors.

use luvit_loop::Error;

use super::{Entry, functions};
use crate::lua::{Call, Ret};

pub(super) const FUNCTIONS: &[Entry] = functions![version, version_string, translate_sys_error];

/// The libuv API this is: 1.52.
fn version(call: &mut Call) -> Ret {
    call.push_int((1 << 16) | (52 << 8));
    Ok(1)
}

fn version_string(call: &mut Call) -> Ret {
    call.push_str("1.52.0");
    Ok(1)
}

/// `uv.translate_sys_error(errno)`: message and name of a system's error number or of libuv's code
/// for it; nothing for 0.
fn translate_sys_error(call: &mut Call) -> Ret {
    let number = call.int_in(1, i32::MIN.into()..=i32::MAX.into())? as i32;
    let error = match number {
        0 => return Ok(0),
        1.. => Error::from_os(number),
        code => Error::from_code(code),
    };
    if error.name() == Error::UNKNOWN.name() && error != Error::UNKNOWN {
        let name = format!("Unknown system error {}", error.code());
        call.push_str(&format!("{name}: {name}"));
        call.push_str(&name);
    } else {
        call.push_str(&error.to_string());
        call.push_str(error.name());
    }
    Ok(2)
}
