//! Bytes as text: hexadecimal and base64 (RFC 4648).

const HEX: &[u8; 16] = b"0123456789abcdef";
const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Two digits a byte, lower case.
pub fn to_hex(bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![0; bytes.len() * 2];
    write_hex(bytes, &mut out);
    out
}

/// As [`to_hex`], to the beginning of `out`; what it has no room for is left out.
pub fn write_hex(bytes: &[u8], out: &mut [u8]) {
    for (digits, byte) in out.chunks_exact_mut(2).zip(bytes) {
        digits[0] = HEX[usize::from(byte >> 4)];
        digits[1] = HEX[usize::from(byte & 15)];
    }
}

/// The bytes of hexadecimal digits of either case; `None` for an odd number of them, or anything
/// else.
pub fn from_hex(text: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).map(|value| value as u8);
    if text.len() % 2 == 1 {
        return None;
    }
    text.chunks_exact(2)
        .map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?))
        .collect()
}

/// Base64 with padding, without line ends.
pub fn to_base64(bytes: &[u8]) -> Vec<u8> {
    encode(bytes, b'+', b'/', true)
}

/// Base64 in the alphabet for URLs and file names, without padding.
pub fn to_base64url(bytes: &[u8]) -> Vec<u8> {
    encode(bytes, b'-', b'_', false)
}

fn encode(bytes: &[u8], plus: u8, slash: u8, pad: bool) -> Vec<u8> {
    let symbol = |bits: u32| match bits & 63 {
        62 => plus,
        63 => slash,
        bits => BASE64[bits as usize],
    };
    let mut out = Vec::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |index| u32::from(chunk.get(index).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        out.push(symbol(bits >> 18));
        out.push(symbol(bits >> 12));
        if chunk.len() > 1 {
            out.push(symbol(bits >> 6));
        }
        if chunk.len() > 2 {
            out.push(symbol(bits));
        }
    }
    while pad && out.len() % 4 != 0 {
        out.push(b'=');
    }
    out
}

/// The bytes of base64 in either alphabet, with or without padding; white space is skipped. `None`
/// for anything else, also for bits left over that are not zero.
pub fn from_base64(text: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3 + 2);
    let (mut bits, mut count, mut padding) = (0u32, 0, 0);
    for &byte in text {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            b'=' => {
                padding += 1;
                continue;
            }
            b' ' | b'\t' | b'\r' | b'\n' => continue,
            _ => return None,
        };
        if padding > 0 {
            return None;
        }
        bits = bits << 6 | u32::from(value);
        count += 1;
        if count == 4 {
            out.extend_from_slice(&bits.to_be_bytes()[1..]);
            (bits, count) = (0, 0);
        }
    }
    let complete = padding == 0 || count + padding == 4;
    match count {
        0 if padding == 0 => {}
        2 if complete && bits & 15 == 0 => out.push((bits >> 4) as u8),
        3 if complete && bits & 3 == 0 => out.extend_from_slice(&(bits >> 2).to_be_bytes()[2..]),
        _ => return None,
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// RFC 4648, section 10.
    #[test]
    fn the_vectors_of_the_rfc() {
        for (bytes, base64, hex) in [
            ("", "", ""),
            ("f", "Zg==", "66"),
            ("fo", "Zm8=", "666f"),
            ("foo", "Zm9v", "666f6f"),
            ("foob", "Zm9vYg==", "666f6f62"),
            ("fooba", "Zm9vYmE=", "666f6f6261"),
            ("foobar", "Zm9vYmFy", "666f6f626172"),
        ] {
            let bytes = bytes.as_bytes();
            assert_eq!(to_base64(bytes), base64.as_bytes());
            assert_eq!(to_hex(bytes), hex.as_bytes());
            assert_eq!(from_base64(base64.as_bytes()).as_deref(), Some(bytes));
            assert_eq!(from_hex(hex.as_bytes()).as_deref(), Some(bytes));
        }
        assert_eq!(to_base64url(b"\xfb\xff"), b"-_8");
    }

    #[test]
    fn what_is_no_text_of_bytes_is_refused() {
        for text in [
            "Z", "Zg=", "Zg===", "Zm9v=", "Zm9vZ", "Zg==Zg==", "Zh==", "Z*==", "Zm9=", "=",
        ] {
            assert_eq!(from_base64(text.as_bytes()), None, "{text}");
        }
        for text in ["0", "0g", "+1", " 00"] {
            assert_eq!(from_hex(text.as_bytes()), None, "{text}");
        }
        assert_eq!(from_base64(b" Z m\n9v\tYg ").as_deref(), Some(&b"foob"[..]));
        assert_eq!(from_hex(b"aAFf").as_deref(), Some(&b"\xaa\xff"[..]));
    }

    proptest! {
        #[test]
        fn every_text_reads_back(bytes: Vec<u8>) {
            prop_assert_eq!(from_hex(&to_hex(&bytes)), Some(bytes.clone()));
            prop_assert_eq!(from_base64(&to_base64(&bytes)), Some(bytes.clone()));
            prop_assert_eq!(from_base64(&to_base64url(&bytes)), Some(bytes.clone()));
        }
    }
}
