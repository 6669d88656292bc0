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

/// The numbers of an object identifier: `1.2.840.113549`.
pub(crate) fn object_text(content: &[u8]) -> String {
    let mut text = String::new();
    let mut number = 0u64;
    for &byte in content {
        number = number << 7 | u64::from(byte & 0x7f);
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
