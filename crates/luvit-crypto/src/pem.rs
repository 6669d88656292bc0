//! PEM (RFC 7468): blocks of base64 between `-----BEGIN X-----` and `-----END X-----`.

use crate::encoding::to_base64;
use crate::{Error, Result, Secret, base64};

/// One block.
#[derive(Clone, Debug)]
pub struct Block {
    /// What it says it is: `CERTIFICATE`.
    pub label: String,
    /// The headers of encrypted keys in the old form (RFC 1421): `Proc-Type`, `DEK-Info`.
    pub headers: Vec<(String, String)>,
    /// What it holds.
    pub data: Secret,
}

impl Block {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"-----END ";
const DASHES: &[u8] = b"-----";

/// Whether the bytes are meant as PEM: a line of them begins a block. DER begins with a `SEQUENCE`.
pub fn is_pem(bytes: &[u8]) -> bool {
    lines(bytes).any(|line| line.starts_with(BEGIN))
}

fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes
        .split(|&byte| byte == b'\n' || byte == b'\r')
        .map(<[u8]>::trim_ascii)
}

fn bad(reason: impl std::fmt::Display) -> Error {
    Error::malformed("PEM", reason)
}

/// The label of a line that begins or ends a block.
fn label<'a>(line: &'a [u8], start: &[u8]) -> Result<Option<&'a str>> {
    let Some(rest) = line.strip_prefix(start) else {
        return Ok(None);
    };
    rest.strip_suffix(DASHES)
        .and_then(|label| std::str::from_utf8(label).ok())
        .filter(|label| label.bytes().all(|byte| (b' '..=b'~').contains(&byte)))
        .map(Some)
        .ok_or_else(|| bad("a line that begins or ends a block does not end with -----"))
}

/// All blocks, in their order. Text around them does not count.
pub fn blocks(bytes: &[u8]) -> Result<Vec<Block>> {
    let mut found = Vec::new();
    let mut lines = lines(bytes);
    while let Some(line) = lines.next() {
        if let Some(label) = label(line, BEGIN)? {
            found.push(block(label, &mut lines)?);
        }
    }
    Ok(found)
}

/// The rest of a block that was begun.
fn block<'a>(name: &str, lines: &mut impl Iterator<Item = &'a [u8]>) -> Result<Block> {
    let mut headers = Vec::<(String, String)>::new();
    let mut text = Vec::new();
    for line in lines {
        if let Some(end) = label(line, END)? {
            if end != name {
                return Err(bad(format!("BEGIN {name} is closed by END {end}")));
            }
            let text = Secret::from(text);
            let data = base64::decode(&text)
                .ok_or_else(|| bad(format!("the base64 text of {name} is not valid")))?;
            return Ok(Block {
                label: name.to_string(),
                headers,
                data: data.into(),
            });
        }
        if line.starts_with(BEGIN) {
            break;
        }
        match line.iter().position(|&byte| byte == b':') {
            Some(colon) if text.is_empty() => {
                let part = |bytes| String::from_utf8_lossy(bytes).trim().to_string();
                headers.push((part(&line[..colon]), part(&line[colon + 1..])));
            }
            _ => text.extend_from_slice(line),
        }
    }
    Err(bad(format!("the line -----END {name}----- is missing")))
}

/// A block as text, in lines of 64 characters.
pub fn encode(label: &str, data: &[u8]) -> String {
    let mut out = format!("-----BEGIN {label}-----\n").into_bytes();
    for line in to_base64(data).chunks(64) {
        out.extend_from_slice(line);
        out.push(b'\n');
    }
    out.extend_from_slice(format!("-----END {label}-----\n").as_bytes());
    // A label that is text and base64 are text.
    String::from_utf8(out).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn blocks_with_text_around_them() {
        let text = b"subject=x\r\n-----BEGIN A-----\r\nZm9v\r\nYmFy\r\n-----END A-----\r\nmore\n  -----BEGIN B C-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nZg==\n-----END B C-----";
        let blocks = blocks(text).unwrap();
        assert_eq!(blocks.len(), 2);
        assert_eq!(
            (blocks[0].label.as_str(), &*blocks[0].data),
            ("A", &b"foobar"[..])
        );
        assert_eq!(
            (blocks[1].label.as_str(), &*blocks[1].data),
            ("B C", &b"f"[..])
        );
        assert_eq!(blocks[1].header("dek-info"), Some("AES-128-CBC,00"));
    }

    #[test]
    fn what_is_cut_or_mixed_up_is_refused() {
        for (text, reason) in [
            ("-----BEGIN A-----\nZg==\n", "is missing"),
            (
                "-----BEGIN A-----\nZg==\n-----BEGIN A-----\nZg==\n-----END A-----",
                "is missing",
            ),
            (
                "-----BEGIN A-----\nZg==\n-----END B-----",
                "closed by END B",
            ),
            ("-----BEGIN A-----\nZg=\n-----END A-----", "base64"),
            ("-----BEGIN A\nZg==\n-----END A-----", "does not end"),
        ] {
            let error = blocks(text.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(reason), "{text}: {error}");
        }
        assert!(blocks(b"nothing here").unwrap().is_empty());
    }

    proptest! {
        #[test]
        fn what_was_encoded_comes_back(data: Vec<u8>) {
            let found = blocks(encode("X Y", &data).as_bytes()).unwrap();
            prop_assert_eq!(found.len(), 1);
            prop_assert_eq!(&*found[0].data, &data[..]);
        }

        #[test]
        fn junk_does_not_panic(text in "(-----(BEGIN|END) [A-C]{0,2}-{0,5}|[a-zA-Z=:+/]{0,8}|\n){0,12}") {
            let _ = blocks(text.as_bytes());
        }
    }
}
