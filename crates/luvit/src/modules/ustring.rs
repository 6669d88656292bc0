//! `luvit:ustring`: upper and lower case of UTF-8 text, by Unicode's full case mapping, which needs no locale.

use crate::lua::{Call, Ret, State};
use crate::shared::Shared;

/// Pushes the table of functions.
pub(crate) fn open(state: State, shared: *const Shared) {
    state.new_table(0, 2);
    state.set_function(shared, "lower", lower);
    state.set_function(shared, "upper", upper);
}

/// `lower(s)`: each character in lower case.
fn lower(call: &mut Call) -> Ret {
    let out = convert(call.bytes(1)?, char::to_lowercase);
    call.push_bytes(&out);
    Ok(1)
}

/// `upper(s)`: each character in upper case; a few become several (`ß` is `SS`).
fn upper(call: &mut Call) -> Ret {
    let out = convert(call.bytes(1)?, char::to_uppercase);
    call.push_bytes(&out);
    Ok(1)
}

/// Maps each character. Bytes that are no UTF-8 stay as they are.
fn convert<I: Iterator<Item = char>>(text: &[u8], map: fn(char) -> I) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut encoded = [0; 4];
    for chunk in text.utf8_chunks() {
        for mapped in chunk.valid().chars().flat_map(map) {
            out.extend_from_slice(mapped.encode_utf8(&mut encoded).as_bytes());
        }
        out.extend_from_slice(chunk.invalid());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::convert;

    #[test]
    fn each_character_changes_and_other_bytes_stay() {
        let upper = |text| convert(text, char::to_uppercase);
        let lower = |text| convert(text, char::to_lowercase);
        assert_eq!(
            upper("straße, ñ, ж, σ".as_bytes()),
            "STRASSE, Ñ, Ж, Σ".as_bytes()
        );
        assert_eq!(lower("ÀÞ ΑΩ ЖЯ Ａ".as_bytes()), "àþ αω жя ａ".as_bytes());
        assert_eq!(upper(b"a\xffb\xc3"), b"A\xffB\xc3");
        assert_eq!(lower(b""), b"");
    }
}
