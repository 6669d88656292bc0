//! Base64 (RFC 4648): with padding for PEM, without and with the URL alphabet for JWK.

const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const URL: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

fn encode_with(alphabet: &[u8; 64], padded: bool, bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let mut group = 0u32;
        for index in 0..3 {
            group = group << 8 | u32::from(chunk.get(index).copied().unwrap_or(0));
        }
        for index in 0..4 {
            if index <= chunk.len() {
                let digit = (group >> (18 - 6 * index)) & 63;
                out.push(char::from(alphabet[digit as usize]));
            } else if padded {
                out.push('=');
            }
        }
    }
    out
}

/// With the standard alphabet and padding.
pub(crate) fn encode(bytes: &[u8]) -> String {
    encode_with(STANDARD, true, bytes)
}

/// With the URL alphabet, without padding (RFC 7515, section 2).
pub(crate) fn encode_url(bytes: &[u8]) -> String {
    encode_with(URL, false, bytes)
}

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
            assert_eq!(encode(bytes.as_bytes()), text);
            assert_eq!(decode(text.as_bytes()).as_deref(), Some(bytes.as_bytes()));
        }
        assert_eq!(encode_url(b"\xfb\xff"), "-_8");
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
            prop_assert_eq!(decode(encode(&bytes).as_bytes()), Some(bytes.clone()));
            prop_assert_eq!(decode_url(encode_url(&bytes).as_bytes()), Some(bytes));
        }
    }
}
