//! Strict reading of base64 (RFC 4648): with padding as in PEM, without and with the URL alphabet as
//! in JWK. What [`encoding`](crate::encoding) reads need not be exact.

const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const URL: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

fn value(alphabet: &[u8; 64], byte: u8) -> Option<u32> {
    Some(u32::from(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        _ if byte == alphabet[62] => 62,
        _ if byte == alphabet[63] => 63,
        _ => return None,
    }))
}

/// The bytes of digits without padding; `None` for a foreign character, a length that no bytes
/// have, or bits left over that are not zero.
fn decode_digits(alphabet: &[u8; 64], digits: impl Iterator<Item = u8>) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let (mut group, mut bits) = (0u32, 0);
    for byte in digits {
        group = (group << 6 | value(alphabet, byte)?) & 0xffff;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            out.push((group >> bits) as u8);
        }
    }
    let rest_is_zero = group & ((1 << bits) - 1) == 0;
    (bits < 6 && rest_is_zero).then_some(out)
}

/// Reads text of the standard alphabet with exact padding; blanks and line ends do not count.
pub(crate) fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text
        .iter()
        .copied()
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect();
    if !digits.len().is_multiple_of(4) {
        return None;
    }
    let padding = digits.iter().rev().take(2).take_while(|&&b| b == b'=');
    let content = digits.len() - padding.count();
    decode_digits(STANDARD, digits[..content].iter().copied())
}

/// Reads text of the URL alphabet without padding, strictly.
pub(crate) fn decode_url(text: &[u8]) -> Option<Vec<u8>> {
    decode_digits(URL, text.iter().copied())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoding::{to_base64, to_base64url};
    use proptest::prelude::*;

    #[test]
    fn vectors_of_rfc_4648() {
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(decode(text.as_bytes()).as_deref(), Some(bytes.as_bytes()));
        }
        assert_eq!(decode_url(b"-_8").as_deref(), Some(&b"\xfb\xff"[..]));
    }

    #[test]
    fn what_is_not_exact_is_refused() {
        for text in [
            "Zg", "Zg=", "Zh==", "Z===", "====", "Zm9v=", "Zm9-", "Zg==Zg==",
        ] {
            assert_eq!(decode(text.as_bytes()), None, "{text}");
        }
        for text in ["Z", "Zh", "Zg==", "+_8", "Zm 9"] {
            assert_eq!(decode_url(text.as_bytes()), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_was_encoded_comes_back(bytes: Vec<u8>) {
            prop_assert_eq!(decode(&to_base64(&bytes)), Some(bytes.clone()));
            prop_assert_eq!(decode_url(&to_base64url(&bytes)), Some(bytes));
        }
    }
}
