//! UTF-16, as strings of units in the machine's byte order, and WTF-8.

use luvit_loop::wtf8;

use super::{Entry, functions};
use crate::lua::{Call, Raise, Ret};

pub(super) const FUNCTIONS: &[Entry] = functions![
    utf16_length_as_wtf8,
    utf16_to_wtf8,
    wtf8_length_as_utf16,
    wtf8_to_utf16,
];

fn units(call: &Call, index: i32) -> Result<Vec<u16>, Raise> {
    let (units, rest) = call.bytes(index)?.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(Raise::Argument(
            index,
            "UTF-16 has an even number of bytes".into(),
        ));
    }
    Ok(units.iter().map(|unit| u16::from_ne_bytes(*unit)).collect())
}

/// `uv.utf16_length_as_wtf8(utf16)`: how many bytes the text has as WTF-8.
fn utf16_length_as_wtf8(call: &mut Call) -> Ret {
    call.push_num(wtf8::length_of_utf16(&units(call, 1)?) as f64);
    Ok(1)
}

/// `uv.utf16_to_wtf8(utf16)`: the text as WTF-8.
fn utf16_to_wtf8(call: &mut Call) -> Ret {
    call.push_bytes(&wtf8::from_utf16(&units(call, 1)?));
    Ok(1)
}

/// `uv.wtf8_length_as_utf16(wtf8)`: how many units the text has as UTF-16; `EINVAL` for bytes that
/// are no WTF-8.
fn wtf8_length_as_utf16(call: &mut Call) -> Ret {
    let utf16 = wtf8::to_utf16(call.bytes(1)?);
    call.number(utf16.map(|units| units.len() as i64))
}

/// `uv.wtf8_to_utf16(wtf8)`: the text as UTF-16; `EINVAL` for bytes that are no WTF-8.
fn wtf8_to_utf16(call: &mut Call) -> Ret {
    let units = wtf8::to_utf16(call.bytes(1)?);
    call.string(units.map(|units| units.into_iter().flat_map(u16::to_ne_bytes).collect()))
}
