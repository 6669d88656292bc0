//! Strings between JSON text and bytes.

use super::raw;

/// One in each byte.
const ONES: u64 = 0x0101_0101_0101_0101;
/// The top bit of each byte.
const TOPS: u64 = 0x8080_8080_8080_8080;

/// Top bits of the bytes that are none of `"`, `\` and a control character, if they are ASCII.
#[inline(always)]
const fn plain(word: u64) -> u64 {
    // Without top bits no sum carries into the next byte, so each byte is judged for itself.
    let low = word & !TOPS;
    let quote = (low ^ (ONES * b'"' as u64)) + ONES * 0x7f;
    let backslash = (low ^ (ONES * b'\\' as u64)) + ONES * 0x7f;
    let control = low + ONES * 0x60;
    quote & backslash & control
}

/// Marks by their top bits the bytes that end plain text in a JSON string.
#[inline(always)]
const fn special(word: u64) -> u64 {
    !(plain(word) | word) & TOPS
}

/// Marks by their top bits the bytes that may need an escape.
#[inline(always)]
const fn suspect(word: u64) -> u64 {
    let delete = (word & !TOPS) + ONES;
    (!plain(word) | delete | word) & TOPS
}

/// The offset from `at` of the first byte that `mask` marks in a word; the length of the text if
/// there is none.
#[inline(always)]
fn find(text: &[u8], mut at: usize, mask: impl Fn(u64) -> u64) -> usize {
    while let Some(word) = raw::word(text, at) {
        let marks = mask(word);
        if marks != 0 {
            return at + marks.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    match mask(raw::tail(text.get(at..).unwrap_or_default())) {
        0 => text.len(),
        marks => at + marks.trailing_zeros() as usize / 8,
    }
}

/// Where plain text in a JSON string ends: at a quote, a backslash or a control character.
#[inline(always)]
pub(super) fn plain_end(text: &[u8], at: usize) -> usize {
    find(text, at, special)
}

/// Whether no byte of `text` may need an escape.
#[inline(always)]
fn is_clean(text: &[u8]) -> bool {
    let mut marks = 0;
    let mut at = 0;
    while let Some(word) = raw::word(text, at) {
        marks |= suspect(word);
        at += 8;
    }
    if at < text.len() {
        marks |= suspect(match text.last_chunk::<8>() {
            Some(last) => u64::from_le_bytes(*last),
            None => raw::tail(text),
        });
    }
    marks == 0
}

/// Appends `text` as a JSON string. Control characters, DEL, and the invisible characters that
/// break JavaScript sources or displays (U+0080 to U+009F, U+00AD, U+0600 to U+0604, U+070F, U+17B4,
/// U+17B5, U+200C to U+200F, U+2028 to U+202F, U+2060 to U+206F, U+FEFF, U+FFF0 and above in the
/// plane) are escaped as dkjson does; other bytes stay.
#[inline(always)]
pub(super) fn write(out: &mut Vec<u8>, text: &[u8]) {
    if is_clean(text) {
        raw::append_quoted(out, text);
    } else {
        write_escaped(out, text);
    }
}

fn write_escaped(out: &mut Vec<u8>, text: &[u8]) {
    out.reserve(text.len() + 8);
    out.push(b'"');
    let mut from = 0;
    let mut at = 0;
    loop {
        at = find(text, at, suspect);
        let Some(&byte) = text.get(at) else { break };
        let (code, length) = match byte {
            0x00..=0x7f => (byte.into(), 1),
            _ => match invisible(&text[at..]) {
                Some(found) => found,
                None => {
                    at += 1;
                    while text.get(at).is_some_and(|byte| (0x80..0xc0).contains(byte)) {
                        at += 1;
                    }
                    continue;
                }
            },
        };
        out.extend_from_slice(&text[from..at]);
        escape(out, code);
        at += length;
        from = at;
    }
    out.extend_from_slice(&text[from..]);
    out.push(b'"');
}

/// The code point and length of the invisible character that `text`, not ASCII, begins with.
fn invisible(text: &[u8]) -> Option<(u16, usize)> {
    let (code, length) = match *text {
        [a @ 0xc2..=0xdf, b, ..] => (u16::from(a & 0x1f) << 6 | u16::from(b & 0x3f), 2),
        [a @ (0xe1 | 0xe2 | 0xef), b, c, ..] => (
            u16::from(a & 0x0f) << 12 | u16::from(b & 0x3f) << 6 | u16::from(c & 0x3f),
            3,
        ),
        _ => return None,
    };
    let hidden = matches!(
        code,
        0x80..=0x9f | 0xad | 0x600..=0x604 | 0x70f | 0x17b4 | 0x17b5 | 0x200c..=0x200f
            | 0x2028..=0x202f | 0x2060..=0x206f | 0xfeff | 0xfff0..=0xffff
    );
    let continued = text[1..length]
        .iter()
        .all(|byte| (0x80..0xc0).contains(byte));
    (hidden && continued).then_some((code, length))
}

fn escape(out: &mut Vec<u8>, code: u16) {
    let short = match code {
        0x22 => b'"',
        0x5c => b'\\',
        0x08 => b'b',
        0x0c => b'f',
        0x0a => b'n',
        0x0d => b'r',
        0x09 => b't',
        _ => {
            let hex = |shift: u16| b"0123456789abcdef"[usize::from(code >> shift & 0xf)];
            out.extend_from_slice(&[b'\\', b'u', hex(12), hex(8), hex(4), hex(0)]);
            return;
        }
    };
    out.extend_from_slice(&[b'\\', short]);
}

/// What is wrong in a string.
pub(super) enum Wrong {
    /// The text ends in it.
    Unterminated,
    /// A control character stands in it, which must be escaped.
    Control,
    /// A backslash is followed by something else than JSON allows.
    Escape,
    /// Half of a surrogate pair, which stands for no character (only when UTF-8 is asked for).
    Surrogate,
}

/// Reads the rest of a string that has escapes into `out`: `text` from `at` (its first plain byte)
/// to the closing quote, whose offset is returned. Half of a surrogate pair becomes U+FFFD, or an
/// error if `strict`.
pub(super) fn unescape(
    text: &[u8],
    mut at: usize,
    strict: bool,
    out: &mut Vec<u8>,
) -> Result<usize, (usize, Wrong)> {
    out.clear();
    loop {
        let end = plain_end(text, at);
        out.extend_from_slice(&text[at..end]);
        at = end;
        match text.get(at) {
            None => return Err((at, Wrong::Unterminated)),
            Some(b'"') => return Ok(at),
            Some(b'\\') => {}
            Some(_) => return Err((at, Wrong::Control)),
        }
        let plain = match text.get(at + 1) {
            None => return Err((at + 1, Wrong::Unterminated)),
            Some(&byte @ (b'"' | b'\\' | b'/')) => byte,
            Some(b'b') => 0x08,
            Some(b'f') => 0x0c,
            Some(b'n') => b'\n',
            Some(b'r') => b'\r',
            Some(b't') => b'\t',
            Some(b'u') => {
                let unit = hex(text, at + 2).ok_or((at, Wrong::Escape))?;
                let mut length = 6;
                let pair = (0xd800..0xdc00).contains(&unit) && text[at + 6..].starts_with(b"\\u");
                let low = if pair { hex(text, at + 8) } else { None };
                let code = match low {
                    Some(low @ 0xdc00..=0xdfff) => {
                        length = 12;
                        0x10000 + ((unit - 0xd800) << 10 | (low - 0xdc00))
                    }
                    _ => unit,
                };
                let character = match char::from_u32(code) {
                    Some(character) => character,
                    None if strict => return Err((at, Wrong::Surrogate)),
                    None => char::REPLACEMENT_CHARACTER,
                };
                out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                at += length;
                continue;
            }
            Some(_) => return Err((at, Wrong::Escape)),
        };
        out.push(plain);
        at += 2;
    }
}

/// The four hexadecimal digits at `at`.
fn hex(text: &[u8], at: usize) -> Option<u32> {
    text.get(at..at + 4)?.iter().try_fold(0, |sum, &byte| {
        Some(sum << 4 | char::from(byte).to_digit(16)?)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    fn quoted(text: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        super::write(&mut out, text);
        out
    }

    #[test]
    fn escapes() {
        assert_eq!(quoted(b"a\"b\\c\n\x01\x7f"), br#""a\"b\\c\n\u0001\u007f""#);
        assert_eq!(
            quoted("é\u{2028}x\u{feff}\u{ad}😀".as_bytes()),
            "\"é\\u2028x\\ufeff\\u00ad😀\"".as_bytes()
        );
        assert_eq!(
            quoted(b"\xc2 \xe2\x80\" \xff"),
            b"\"\xc2 \xe2\x80\\\" \xff\""
        );
    }

    proptest! {
        #[test]
        fn any_bytes_survive(text: Vec<u8>) {
            let quoted = quoted(&text);
            let mut out = Vec::new();
            let end = super::unescape(&quoted, 1, true, &mut out).unwrap_or(0);
            prop_assert_eq!(end, quoted.len() - 1);
            prop_assert_eq!(out, text);
        }

        #[test]
        fn the_end_of_plain_text_is_found(text in "[a-z\"\\\\\u{1}é]{0,40}", at in 0usize..10) {
            let text = text.as_bytes();
            let at = at.min(text.len());
            let slow = text[at..].iter().position(|b| *b < 0x20 || *b == b'"' || *b == b'\\');
            prop_assert_eq!(super::plain_end(text, at), slow.map_or(text.len(), |n| at + n));
        }
    }
}
