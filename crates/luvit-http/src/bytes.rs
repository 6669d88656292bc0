//! Character classes of RFC 9110 and the scans over them, eight bytes at a time.

const LOW: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

/// `tchar` of RFC 9110 section 5.6.2.
static TOKEN: [bool; 256] = class(b"!#$%&'*+-.^_`|~");

/// `unreserved` and `sub-delims` of RFC 3986: what a registered name holds without escapes.
static REG_NAME: [bool; 256] = class(b"-._~!$&'()*+,;=");

const fn class(marks: &[u8]) -> [bool; 256] {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 128 {
        table[byte] = (byte as u8).is_ascii_alphanumeric();
        byte += 1;
    }
    let mut mark = 0;
    while mark < marks.len() {
        table[marks[mark] as usize] = true;
        mark += 1;
    }
    table
}

/// Index of the first byte that is no token character, or the length.
#[inline]
pub(crate) fn token_end(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .position(|&byte| !TOKEN[usize::from(byte)])
        .unwrap_or(bytes.len())
}

/// Index of the first byte that a registered name cannot hold as it is, or the length.
#[inline]
pub(crate) fn reg_name_end(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .position(|&byte| !REG_NAME[usize::from(byte)])
        .unwrap_or(bytes.len())
}

/// Index of the first control character other than HTAB, or the length. Bytes from 0x80 on (`obs-text`) pass.
#[inline]
pub(crate) fn value_end(bytes: &[u8]) -> usize {
    let mut at = 0;
    loop {
        at += scan(
            &bytes[at..],
            |word| below(word, 0x20) | equal(word, 0x7f),
            |byte| byte.is_ascii_control(),
        );
        if bytes.get(at) != Some(&b'\t') {
            return at;
        }
        at += 1;
    }
}

/// Index of the first byte that is not visible ASCII, or the length.
#[inline]
pub(crate) fn visible_end(bytes: &[u8]) -> usize {
    scan(
        bytes,
        |word| below(word, 0x21) | equal(word, 0x7f) | (word & HIGH),
        |byte| !byte.is_ascii_graphic(),
    )
}

/// Index of the first byte that `byte_hit` names; `word_hit` sets the high bit of the same bytes in a little-endian
/// word, where only the lowest set bit has to be true.
#[inline(always)]
fn scan(bytes: &[u8], word_hit: impl Fn(u64) -> u64, byte_hit: impl Fn(u8) -> bool) -> usize {
    let (words, tail) = bytes.as_chunks::<8>();
    for (index, word) in words.iter().enumerate() {
        let hit = word_hit(u64::from_le_bytes(*word));
        if hit != 0 {
            return index * 8 + (hit.trailing_zeros() / 8) as usize;
        }
    }
    let done = words.len() * 8;
    done + tail
        .iter()
        .position(|&byte| byte_hit(byte))
        .unwrap_or(tail.len())
}

/// High bits of the bytes under `limit` (at most 0x80). A borrow can mark a byte above a true one, never below it.
#[inline(always)]
fn below(word: u64, limit: u8) -> u64 {
    word.wrapping_sub(LOW * u64::from(limit)) & !word & HIGH
}

/// High bits of the bytes equal to `byte`, as exact as [`below`].
#[inline(always)]
fn equal(word: u64, byte: u8) -> u64 {
    below(word ^ (LOW * u64::from(byte)), 1)
}

/// `bytes` without spaces and tabs (OWS) at both ends.
#[inline]
pub(crate) fn trim(mut bytes: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] = bytes {
        bytes = rest;
    }
    while let [rest @ .., b' ' | b'\t'] = bytes {
        bytes = rest;
    }
    bytes
}

/// The elements of a comma-separated list (RFC 9110 section 5.6.1), trimmed, empty ones included.
#[inline]
pub(crate) fn list(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|&byte| byte == b',').map(trim)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn scans_agree_with_the_definition(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let value = bytes.iter().position(|&b| (b < 0x20 && b != b'\t') || b == 0x7f).unwrap_or(bytes.len());
            prop_assert_eq!(value_end(&bytes), value);
            let visible = bytes.iter().position(|&b| !(0x21..=0x7e).contains(&b)).unwrap_or(bytes.len());
            prop_assert_eq!(visible_end(&bytes), visible);
        }
    }

    #[test]
    fn every_byte_at_every_place() {
        for place in 0..20 {
            for byte in 0..=255u8 {
                let mut bytes = [b'a'; 20];
                bytes[place] = byte;
                let control = (byte < 0x20 && byte != b'\t') || byte == 0x7f;
                assert_eq!(
                    value_end(&bytes),
                    if control { place } else { 20 },
                    "{byte:#x} at {place}"
                );
                let hidden = !(0x21..=0x7e).contains(&byte);
                assert_eq!(
                    visible_end(&bytes),
                    if hidden { place } else { 20 },
                    "{byte:#x} at {place}"
                );
            }
        }
    }
}
