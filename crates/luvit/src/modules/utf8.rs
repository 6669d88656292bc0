//! `luvit:utf8`: the `utf8` library of Lua 5.3 (reference manual, 6.5), which LuaJIT lacks.
//!
//! As there, the encoding goes up to U+10FFFF and halves of surrogate pairs count as characters.

use std::ffi::c_int;

use crate::lua::{Call, Raise, Ret, State};
use crate::shared::Shared;

const MAX_CODE: i64 = 0x10ffff;

/// Pushes the table of functions.
pub(crate) fn open(state: State, shared: *const Shared) {
    state.new_table(0, 6);
    state.set_function(shared, "char", char);
    state.set_function(shared, "codepoint", codepoint);
    state.set_function(shared, "codes", codes);
    state.set_function(shared, "len", len);
    state.set_function(shared, "offset", offset);
    // The manual's pattern in the words of Lua 5.1, whose patterns end at a zero byte.
    state.push_bytes(b"[%z\x01-\x7f\xc2-\xf4][\x80-\xbf]*");
    state.raw_set_field(-2, "charpattern");
}

fn is_continuation(text: &[u8], at: usize) -> bool {
    text.get(at).is_some_and(|byte| byte & 0xc0 == 0x80)
}

/// The character that `text` begins with, and its length; `None` if it is not valid.
fn decode(text: &[u8]) -> Option<(u32, usize)> {
    let first = *text.first()?;
    let (length, least, bits) = match first {
        0x00..=0x7f => return Some((first.into(), 1)),
        0xc0..=0xdf => (2, 0x80, first & 0x1f),
        0xe0..=0xef => (3, 0x800, first & 0x0f),
        0xf0..=0xf7 => (4, 0x10000, first & 0x07),
        _ => return None,
    };
    let rest = text.get(1..length)?;
    if !rest.iter().all(|byte| byte & 0xc0 == 0x80) {
        return None;
    }
    let code = rest.iter().fold(u32::from(bits), |code, byte| {
        code << 6 | u32::from(byte & 0x3f)
    });
    (code >= least && i64::from(code) <= MAX_CODE).then_some((code, length))
}

/// Appends the encoding of `code`, halves of surrogate pairs included.
fn encode(out: &mut Vec<u8>, code: u32) {
    let tail = |shift: u32| 0x80 | (code >> shift & 0x3f) as u8;
    match code {
        0..=0x7f => out.push(code as u8),
        0x80..=0x7ff => out.extend([0xc0 | (code >> 6) as u8, tail(0)]),
        0x800..=0xffff => out.extend([0xe0 | (code >> 12) as u8, tail(6), tail(0)]),
        _ => out.extend([0xf0 | (code >> 18) as u8, tail(12), tail(6), tail(0)]),
    }
}

/// A position counted from the end if it is negative; 0 if that is before the beginning.
fn position(value: i64, length: usize) -> i64 {
    match value {
        0.. => value,
        _ if value.unsigned_abs() > length as u64 => 0,
        _ => length as i64 + value + 1,
    }
}

/// The position argument at `index`, or the default.
fn opt_position(call: &Call, index: c_int, default: i64, length: usize) -> Result<i64, Raise> {
    let value = if call.is_nil(index) {
        default
    } else {
        call.int(index)?
    };
    Ok(position(value, length))
}

fn refuse<T>(argument: c_int, text: &str) -> Result<T, Raise> {
    Err(Raise::Argument(argument, text.into()))
}

/// `char(...)`: the characters with the given codes.
fn char(call: &mut Call) -> Ret {
    let mut out = Vec::new();
    for index in 1..=call.top() {
        match call.int(index)? {
            code @ 0..=MAX_CODE => encode(&mut out, code as u32),
            _ => return refuse(index, "value out of range"),
        }
    }
    call.push_bytes(&out);
    Ok(1)
}

/// `codepoint(s, i?, j?)`: the codes of the characters that begin between `i` and `j`.
fn codepoint(call: &mut Call) -> Ret {
    let text = call.bytes(1)?;
    let from = opt_position(call, 2, 1, text.len())?;
    let to = opt_position(call, 3, from, text.len())?;
    if from < 1 {
        return refuse(2, "out of range");
    }
    if to > text.len() as i64 {
        return refuse(3, "out of range");
    }
    let mut at = from as usize - 1;
    let mut results = 0;
    while (at as i64) < to {
        let Some((code, length)) = decode(&text[at..]) else {
            return Err(Raise::message("invalid UTF-8 code"));
        };
        if !call.reserve(4) {
            return Err(Raise::message("string slice too long"));
        }
        call.push_int(code.into());
        results += 1;
        at += length;
    }
    Ok(results)
}

/// `codes(s)`: an iterator over positions and codes.
fn codes(call: &mut Call) -> Ret {
    call.bytes(1)?;
    call.push_function(call.shared(), next_code);
    call.push_value(1);
    call.push_num(0.0);
    Ok(3)
}

/// The iterator of `codes`: the character behind the one at a position (0 before the first).
fn next_code(call: &mut Call) -> Ret {
    let text = call.bytes(1)?;
    let current = call.int(2)?;
    let mut at = usize::try_from(current).unwrap_or(0).min(text.len());
    while is_continuation(text, at) && current > 0 {
        at += 1;
    }
    if at >= text.len() {
        return Ok(0);
    }
    match decode(&text[at..]) {
        Some((code, length)) if !is_continuation(text, at + length) => {
            call.push_int(at as i64 + 1);
            call.push_int(code.into());
            Ok(2)
        }
        _ => Err(Raise::message("invalid UTF-8 code")),
    }
}

/// `len(s, i?, j?)`: the number of characters that begin between `i` and `j`, or `nil` and the
/// position of the first byte that is not valid.
fn len(call: &mut Call) -> Ret {
    let text = call.bytes(1)?;
    let from = opt_position(call, 2, 1, text.len())?;
    let to = opt_position(call, 3, -1, text.len())?;
    if from < 1 || from - 1 > text.len() as i64 {
        return refuse(2, "initial position out of string");
    }
    if to > text.len() as i64 {
        return refuse(3, "final position out of string");
    }
    let mut at = from as usize - 1;
    let mut count = 0;
    while (at as i64) < to {
        let Some((_, length)) = decode(&text[at..]) else {
            call.push_nil();
            call.push_int(at as i64 + 1);
            return Ok(2);
        };
        at += length;
        count += 1;
    }
    call.push_int(count);
    Ok(1)
}

/// `offset(s, n, i?)`: where the character `n` places from position `i` begins, or `nil`.
fn offset(call: &mut Call) -> Ret {
    let text = call.bytes(1)?;
    let mut count = call.int(2)?;
    let default = if count >= 0 { 1 } else { text.len() as i64 + 1 };
    let from = opt_position(call, 3, default, text.len())?;
    if from < 1 || from - 1 > text.len() as i64 {
        return refuse(3, "position out of range");
    }
    let mut at = from as usize - 1;
    if count == 0 {
        while at > 0 && is_continuation(text, at) {
            at -= 1;
        }
    } else {
        if is_continuation(text, at) {
            return Err(Raise::message("initial position is a continuation byte"));
        }
        if count < 0 {
            while count < 0 && at > 0 {
                at -= 1;
                while at > 0 && is_continuation(text, at) {
                    at -= 1;
                }
                count += 1;
            }
        } else {
            count -= 1;
            while count > 0 && at < text.len() {
                at += 1;
                while is_continuation(text, at) {
                    at += 1;
                }
                count -= 1;
            }
        }
    }
    if count == 0 {
        call.push_int(at as i64 + 1);
    } else {
        call.push_nil();
    }
    Ok(1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{decode, encode};

    proptest! {
        #[test]
        fn characters_come_back(code in 0u32..=0x10ffff) {
            let mut out = Vec::new();
            encode(&mut out, code);
            prop_assert_eq!(decode(&out), Some((code, out.len())));
            if let Some(character) = char::from_u32(code) {
                prop_assert_eq!(out, character.to_string().into_bytes());
            }
        }

        #[test]
        fn what_decodes_is_the_shortest_form(bytes in proptest::collection::vec(any::<u8>(), 0..6)) {
            if let Some((code, length)) = decode(&bytes) {
                let mut out = Vec::new();
                encode(&mut out, code);
                prop_assert_eq!(&out[..], &bytes[..length]);
            }
        }
    }
}
