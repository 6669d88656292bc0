//! WTF-8: UTF-8 that can also write a half of a surrogate pair, so that every UTF-16 text, well
//! formed or not, has an equal.
//!
//! Source: <https://simonsapin.github.io/wtf-8/>.

use crate::{Error, Result};

/// The code points of a UTF-16 text; a half of a pair that stands alone is one by itself.
fn code_points(utf16: &[u16]) -> impl Iterator<Item = u32> {
    char::decode_utf16(utf16.iter().copied()).map(|found| match found {
        Ok(character) => character.into(),
        Err(half) => half.unpaired_surrogate().into(),
    })
}

/// How many bytes the text has as WTF-8.
#[must_use]
pub fn length_of_utf16(utf16: &[u16]) -> usize {
    code_points(utf16)
        .map(|code| match code {
            0..0x80 => 1,
            0x80..0x800 => 2,
            0x800..0x1_0000 => 3,
            _ => 4,
        })
        .sum()
}

/// The text as WTF-8.
#[must_use]
pub fn from_utf16(utf16: &[u16]) -> Vec<u8> {
    let mut wtf8 = Vec::with_capacity(length_of_utf16(utf16));
    for code in code_points(utf16) {
        match char::from_u32(code) {
            Some(character) => {
                wtf8.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            }
            // Halves of pairs are all between U+D800 and U+DFFF: three bytes.
            None => wtf8.extend([
                0xe0 | (code >> 12) as u8,
                0x80 | (code >> 6 & 0x3f) as u8,
                0x80 | (code & 0x3f) as u8,
            ]),
        }
    }
    wtf8
}

/// The text as UTF-16.
///
/// # Errors
/// `EINVAL` for bytes that are no WTF-8. Two halves of one pair, which WTF-8 writes as one
/// character, are accepted and become that pair.
pub fn to_utf16(wtf8: &[u8]) -> Result<Vec<u16>> {
    let mut utf16 = Vec::with_capacity(wtf8.len());
    let mut rest = wtf8;
    loop {
        // What std calls valid UTF-8 lies between halves of pairs.
        let good = match std::str::from_utf8(rest) {
            Ok(all) => {
                utf16.extend(all.encode_utf16());
                return Ok(utf16);
            }
            Err(error) => error.valid_up_to(),
        };
        let (valid, after) = rest.split_at(good);
        utf16.extend(String::from_utf8_lossy(valid).encode_utf16());
        match *after {
            [0xed, b @ 0xa0..=0xbf, c @ 0x80..=0xbf, ref after @ ..] => {
                utf16.push(0xd000 | u16::from(b & 0x3f) << 6 | u16::from(c & 0x3f));
                rest = after;
            }
            _ => return Err(Error::EINVAL),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn halves_of_pairs_are_three_bytes() {
        assert_eq!(from_utf16(&[0xd83d]), [0xed, 0xa0, 0xbd]);
        assert_eq!(to_utf16(&[0xed, 0xa0, 0xbd]), Ok(vec![0xd83d]));
        assert_eq!(from_utf16(&[0xd83d, 0xde00]), "😀".as_bytes());
        assert_eq!(from_utf16(&[0xde00, 0xd83d]).len(), 6);
        assert_eq!(to_utf16("a中😀\0z".as_bytes()).unwrap().len(), 6);
        assert_eq!(
            to_utf16(&[0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80]),
            Ok(vec![0xd83d, 0xde00])
        );
    }

    #[test]
    fn what_is_no_wtf8_is_refused() {
        let bad: [&[u8]; 10] = [
            &[0xff],
            &[0x80],
            &[0xc0, 0x80],
            &[0xe0, 0x80, 0x80],
            &[0xed, 0xa0],
            &[0xed, 0xa0, 0x20],
            &[0xf0, 0x80, 0x80, 0x80],
            &[0xf4, 0x90, 0x80, 0x80],
            &[b'a', 0xe4, 0xb8],
            &[0xf8, 0x88, 0x80, 0x80, 0x80],
        ];
        for bytes in bad {
            assert_eq!(to_utf16(bytes), Err(Error::EINVAL), "{bytes:x?}");
        }
    }

    proptest! {
        #[test]
        fn every_utf16_text_comes_back(utf16: Vec<u16>, halves in prop::collection::vec(0xd7f0..0xe010u16, 0..20)) {
            for text in [utf16, halves] {
                let wtf8 = from_utf16(&text);
                prop_assert_eq!(wtf8.len(), length_of_utf16(&text));
                prop_assert_eq!(to_utf16(&wtf8), Ok(text));
            }
        }

        #[test]
        fn utf8_is_wtf8(text: String) {
            let utf16: Vec<u16> = text.encode_utf16().collect();
            prop_assert_eq!(from_utf16(&utf16), text.as_bytes());
            prop_assert_eq!(to_utf16(text.as_bytes()), Ok(utf16));
        }

        #[test]
        fn no_bytes_do_harm(bytes: Vec<u8>) {
            if let Ok(utf16) = to_utf16(&bytes) {
                prop_assert!(length_of_utf16(&utf16) <= bytes.len());
            }
        }
    }
}
