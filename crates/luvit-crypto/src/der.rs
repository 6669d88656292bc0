//! As much of DER (X.690) as it takes to see what a piece of it is.

pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const OBJECT: u8 = 0x06;
pub(crate) const SEQUENCE: u8 = 0x30;

/// Reads one element after the other.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Reader<'a> {
        Reader(bytes)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The next element: its tag and its content. `None` at the end, and for what is not DER.
    pub(crate) fn next(&mut self) -> Option<(u8, &'a [u8])> {
        let (&tag, rest) = self.0.split_first()?;
        // Tags beyond 30 take more bytes; nothing that is read here has one.
        if tag & 0x1f == 0x1f {
            return None;
        }
        let (&first, mut rest) = rest.split_first()?;
        let mut length = usize::from(first);
        if first & 0x80 != 0 {
            let count = usize::from(first & 0x7f);
            if count == 0 || count > 4 || rest.len() < count {
                return None;
            }
            let (digits, after) = rest.split_at(count);
            length = digits
                .iter()
                .fold(0, |length, &digit| length << 8 | usize::from(digit));
            if digits[0] == 0 || length < 0x80 {
                return None;
            }
            rest = after;
        }
        if rest.len() < length {
            return None;
        }
        let (content, after) = rest.split_at(length);
        self.0 = after;
        Some((tag, content))
    }

    /// The content of the next element, if it has this tag.
    pub(crate) fn expect(&mut self, tag: u8) -> Option<&'a [u8]> {
        let mut ahead = *self;
        let (found, content) = ahead.next()?;
        (found == tag).then(|| {
            *self = ahead;
            content
        })
    }
}

/// The one element that `bytes` are, if it has this tag.
pub(crate) fn only(bytes: &[u8], tag: u8) -> Option<&[u8]> {
    let mut reader = Reader::new(bytes);
    let content = reader.expect(tag)?;
    reader.is_empty().then_some(content)
}

/// Appends an element.
pub(crate) fn write(out: &mut Vec<u8>, tag: u8, content: &[u8]) {
    out.push(tag);
    let length = content.len();
    if length < 0x80 {
        out.push(length as u8);
    } else {
        let digits = length.to_be_bytes();
        let skip = digits.iter().take_while(|&&digit| digit == 0).count();
        out.push(0x80 | (digits.len() - skip) as u8);
        out.extend_from_slice(&digits[skip..]);
    }
    out.extend_from_slice(content);
}

/// One element.
pub(crate) fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(content.len() + 6);
    write(&mut out, tag, content);
    out
}

/// An `INTEGER` that is not negative, of its bytes.
pub(crate) fn unsigned(bytes: &[u8]) -> Vec<u8> {
    let start = bytes.iter().take_while(|&&byte| byte == 0).count();
    let digits = &bytes[start..];
    let mut content = Vec::with_capacity(digits.len() + 1);
    if digits.first().is_none_or(|first| first & 0x80 != 0) {
        content.push(0);
    }
    content.extend_from_slice(digits);
    element(INTEGER, &content)
}

/// The content of an object identifier that is written in numbers; `None` for other text.
pub(crate) fn object_content(text: &str) -> Option<Vec<u8>> {
    let numbers = text
        .split('.')
        .map(|part| {
            let plain = part.bytes().all(|byte| byte.is_ascii_digit());
            plain.then(|| part.parse::<u64>().ok())?
        })
        .collect::<Option<Vec<u64>>>()?;
    let (&[first, second], rest) = numbers.split_first_chunk()?;
    if first > 2 || (first < 2 && second > 39) {
        return None;
    }
    let start = second.checked_add(first * 40)?;
    let mut out = Vec::new();
    for number in std::iter::once(start).chain(rest.iter().copied()) {
        let digits = (1..10).find(|digits| number >> (7 * digits) == 0)?;
        for digit in (0..digits).rev() {
            let more = if digit > 0 { 0x80 } else { 0 };
            out.push((number >> (7 * digit)) as u8 & 0x7f | more);
        }
    }
    Some(out)
}

/// The numbers of an object identifier: `1.2.840.113549`.
pub(crate) fn object_text(content: &[u8]) -> String {
    let mut text = String::new();
    let mut number = 0u64;
    for &byte in content {
        // What is too large for the machine is cut off, not refused: this is for people to read.
        number = number.wrapping_shl(7) | u64::from(byte & 0x7f);
        if byte & 0x80 != 0 {
            continue;
        }
        if text.is_empty() {
            let first = (number / 40).min(2);
            text = format!("{first}.{}", number - first * 40);
        } else {
            text.push_str(&format!(".{number}"));
        }
        number = 0;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn objects_are_written_as_numbers() {
        assert_eq!(
            object_text(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5, 13]),
            "1.2.840.113549.1.5.13"
        );
        assert_eq!(object_text(&[0x88, 0x37]), "2.999");
        assert_eq!(object_text(&[]), "");
        for text in [
            "1.2.840.113549.1.5.13",
            "2.999",
            "0.0",
            "1.39.127.128",
            "2.5.29.17",
        ] {
            assert_eq!(object_text(&object_content(text).unwrap()), text);
        }
        for text in [
            "",
            "1",
            "1.40",
            "3.1",
            "1.2.",
            "1..2",
            "1.a",
            "1.2.99999999999999999999",
        ] {
            assert_eq!(object_content(text), None, "{text}");
        }
    }

    #[test]
    fn lengths_must_be_the_shortest_and_within_the_data() {
        for bad in [
            &b"\x04\x80"[..],
            b"\x04\x81\x01a",
            b"\x04\x82\x00\x80",
            b"\x04\x02a",
            b"\x04",
            b"\x1f\x01a",
            b"\x04\x85\x01\x00\x00\x00\x00a",
        ] {
            assert!(Reader::new(bad).next().is_none(), "{bad:x?}");
        }
        assert_eq!(only(b"\x04\x01a", OCTET_STRING), Some(&b"a"[..]));
        assert_eq!(only(b"\x04\x01ab", OCTET_STRING), None);
    }

    proptest! {
        #[test]
        fn what_was_written_is_read(content in proptest::collection::vec(any::<u8>(), 0..70_000)) {
            let mut out = Vec::new();
            write(&mut out, SEQUENCE, &content);
            prop_assert_eq!(only(&out, SEQUENCE), Some(&content[..]));
        }

        #[test]
        fn junk_does_not_panic(bytes: Vec<u8>) {
            let mut reader = Reader::new(&bytes);
            while let Some((_, content)) = reader.next() {
                let _ = object_text(content);
            }
        }
    }
}
