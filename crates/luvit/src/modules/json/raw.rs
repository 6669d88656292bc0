//! Copying and comparing short runs of bytes without a call into libc: most strings and keys of a
//! document are shorter than such a call is worth.

// Reason: the checked forms cost a bounds check or a `memcpy` call per string; `bench/json.lua`
// shows a fifth of the time of `stringify`.
#![allow(unsafe_code)]

use std::ptr::copy_nonoverlapping;

/// Appends `text`.
#[inline(always)]
pub(super) fn append(out: &mut Vec<u8>, text: &[u8]) {
    out.reserve(text.len());
    // SAFETY: `reserve` made room for the bytes that `copy` writes, all of them before `set_len`.
    unsafe {
        copy(text, out.as_mut_ptr().add(out.len()));
        out.set_len(out.len() + text.len());
    }
}

/// Appends `text` between double quotes.
#[inline(always)]
pub(super) fn append_quoted(out: &mut Vec<u8>, text: &[u8]) {
    let length = text.len();
    out.reserve(length + 2);
    // SAFETY: `reserve` made room for `length + 2` bytes behind the end, and all of them are
    // written before `set_len`.
    unsafe {
        let start = out.as_mut_ptr().add(out.len());
        start.write(b'"');
        copy(text, start.add(1));
        start.add(length + 1).write(b'"');
        out.set_len(out.len() + length + 2);
    }
}

/// Copies `text` to `to`.
///
/// # Safety
/// `to` must be valid for writes of `text.len()` bytes, and not overlap them.
#[inline(always)]
unsafe fn copy(text: &[u8], to: *mut u8) {
    let length = text.len();
    let from = text.as_ptr();
    // SAFETY: each copy stays within the first `length` bytes of both sides.
    unsafe {
        match length {
            0..4 => {
                for at in 0..length {
                    to.add(at).write(*from.add(at));
                }
            }
            4..8 => {
                copy_nonoverlapping(from, to, 4);
                copy_nonoverlapping(from.add(length - 4), to.add(length - 4), 4);
            }
            8..16 => {
                copy_nonoverlapping(from, to, 8);
                copy_nonoverlapping(from.add(length - 8), to.add(length - 8), 8);
            }
            16..=32 => {
                copy_nonoverlapping(from, to, 16);
                copy_nonoverlapping(from.add(length - 16), to.add(length - 16), 16);
            }
            _ => copy_nonoverlapping(from, to, length),
        }
    }
}

/// The eight bytes at `at`, the first of them lowest; `None` if there are fewer.
#[inline(always)]
pub(super) fn word(text: &[u8], at: usize) -> Option<u64> {
    text.get(at..)?
        .first_chunk::<8>()
        .map(|bytes| u64::from_le_bytes(*bytes))
}

/// Fewer than eight bytes as a word; those that are missing read as spaces.
#[inline(always)]
pub(super) fn tail(text: &[u8]) -> u64 {
    const SPACES: u64 = 0x2020_2020_2020_2020;
    let length = text.len();
    let shift = |byte: u8, at: usize| u64::from(byte) << (8 * at);
    if let (Some(first), Some(last)) = (text.first_chunk::<4>(), text.last_chunk::<4>()) {
        let first = u64::from(u32::from_le_bytes(*first));
        let last = u64::from(u32::from_le_bytes(*last)) << (8 * (length - 4));
        return first | last | SPACES << (8 * length);
    }
    match *text {
        [a, b, c] => shift(a, 0) | shift(b, 1) | shift(c, 2) | SPACES << 24,
        [a, b] => shift(a, 0) | shift(b, 1) | SPACES << 16,
        [a] => shift(a, 0) | SPACES << 8,
        _ => SPACES,
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn short_words_are_filled_with_spaces() {
        for length in 0..8 {
            let mut whole = *b"        ";
            whole[..length].copy_from_slice(&b"abcdefg"[..length]);
            assert_eq!(
                super::tail(&b"abcdefg"[..length]),
                u64::from_le_bytes(whole)
            );
        }
    }

    #[test]
    fn appends_every_length() {
        let text: Vec<u8> = (0..100).collect();
        for length in 0..=100 {
            let mut out = b"x".to_vec();
            super::append_quoted(&mut out, &text[..length]);
            assert_eq!(out, [b"x\"", &text[..length], b"\""].concat());
        }
    }
}
