//! The fields that decide where a message ends and what becomes of its connection, gathered while a head is read.

use crate::bytes::list;
use crate::encode::{Known, classify};
use std::fmt;

/// Lengths above this are refused: scripts hold numbers as doubles, which count exactly up to 2^53.
const MAX_LENGTH: u64 = 1 << 53;

/// Why the end of a message cannot be told (RFC 9112 section 6). Two parsers that disagree about one of these are
/// what request smuggling lives on, so none is repaired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FramingError {
    /// Both `Transfer-Encoding` and `Content-Length`.
    LengthAndEncoding,
    /// `Content-Length` that is not one or more digits, or is above 2^53.
    InvalidLength,
    /// More than one `Content-Length`; in a response only when they differ.
    RepeatedLength,
    /// `Transfer-Encoding` that is malformed, does not end with `chunked`, or names it twice.
    InvalidEncoding,
    /// A transfer coding other than `chunked` under it.
    UnknownCoding,
    /// `Transfer-Encoding` in HTTP/1.0.
    EncodingInHttp10,
}

impl fmt::Display for FramingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::LengthAndEncoding => "both Transfer-Encoding and Content-Length",
            Self::InvalidLength => "invalid Content-Length",
            Self::RepeatedLength => "more than one Content-Length",
            Self::InvalidEncoding => "invalid Transfer-Encoding",
            Self::UnknownCoding => "unknown transfer coding",
            Self::EncodingInHttp10 => "Transfer-Encoding in HTTP/1.0",
        })
    }
}

impl std::error::Error for FramingError {}

/// What the framing fields say once all of them are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    Absent,
    Length(u64),
    Chunked,
}

/// The fields of one head that mean something to the engines.
#[derive(Default)]
pub(crate) struct Semantics<'b> {
    pub(crate) host: Option<&'b [u8]>,
    pub(crate) hosts: u32,
    pub(crate) expect_continue: bool,
    pub(crate) expect_other: bool,
    pub(crate) upgrade_field: bool,
    /// A response may repeat the same length (RFC 9112 section 6.3, item 5).
    same_length_repeats: bool,
    upgrade_option: bool,
    close: bool,
    keep_alive: bool,
    length: Option<u64>,
    encoding: bool,
    chunked: bool,
    other_coding: bool,
}

impl<'b> Semantics<'b> {
    pub(crate) fn of_response() -> Self {
        Self {
            same_length_repeats: true,
            ..Self::default()
        }
    }

    #[inline]
    pub(crate) fn add(&mut self, name: &'b [u8], value: &'b [u8]) -> Result<(), FramingError> {
        match classify(name) {
            Known::Host => {
                self.host = Some(value);
                self.hosts += 1;
            }
            Known::ContentLength => self.add_length(value)?,
            Known::TransferEncoding => self.add_encoding(value)?,
            Known::Connection => self.add_connection(value),
            Known::Upgrade => self.upgrade_field = true,
            Known::Expect if value.eq_ignore_ascii_case(b"100-continue") => {
                self.expect_continue = true
            }
            Known::Expect => self.expect_other = true,
            _ => {}
        }
        Ok(())
    }

    fn add_length(&mut self, value: &[u8]) -> Result<(), FramingError> {
        if !self.same_length_repeats {
            let length = parse_length(value)?;
            return match self.length.replace(length) {
                None => Ok(()),
                Some(_) => Err(FramingError::RepeatedLength),
            };
        }
        for element in list(value) {
            let length = parse_length(element)?;
            if self
                .length
                .replace(length)
                .is_some_and(|earlier| earlier != length)
            {
                return Err(FramingError::RepeatedLength);
            }
        }
        Ok(())
    }

    fn add_encoding(&mut self, value: &[u8]) -> Result<(), FramingError> {
        self.encoding = true;
        for coding in list(value) {
            if self.chunked || coding.is_empty() {
                return Err(FramingError::InvalidEncoding);
            }
            if coding.eq_ignore_ascii_case(b"chunked") {
                self.chunked = true;
            } else {
                self.other_coding = true;
            }
        }
        Ok(())
    }

    fn add_connection(&mut self, value: &[u8]) {
        for option in list(value) {
            if option.eq_ignore_ascii_case(b"close") {
                self.close = true;
            } else if option.eq_ignore_ascii_case(b"keep-alive") {
                self.keep_alive = true;
            } else if option.eq_ignore_ascii_case(b"upgrade") {
                self.upgrade_option = true;
            }
        }
    }

    /// How the body ends, after the last field.
    #[inline]
    pub(crate) fn framing(&self, minor_version: u8) -> Result<Framing, FramingError> {
        match (self.encoding, self.length) {
            (false, None) => Ok(Framing::Absent),
            (false, Some(length)) => Ok(Framing::Length(length)),
            (true, Some(_)) => Err(FramingError::LengthAndEncoding),
            (true, None) if minor_version == 0 => Err(FramingError::EncodingInHttp10),
            (true, None) if !self.chunked => Err(FramingError::InvalidEncoding),
            (true, None) if self.other_coding => Err(FramingError::UnknownCoding),
            (true, None) => Ok(Framing::Chunked),
        }
    }

    /// Whether the connection persists (RFC 9112 section 9.3).
    #[inline]
    pub(crate) fn persists(&self, minor_version: u8) -> bool {
        !self.close && (minor_version == 1 || self.keep_alive)
    }

    /// Whether the peer asks for, or agrees to, another protocol. HTTP/1.0 knows no upgrade (RFC 9110 section 7.8).
    #[inline]
    pub(crate) fn upgrades(&self, minor_version: u8) -> bool {
        minor_version == 1 && self.upgrade_option && self.upgrade_field
    }
}

/// Digits only: no sign, space, list or base.
fn parse_length(value: &[u8]) -> Result<u64, FramingError> {
    if value.is_empty() {
        return Err(FramingError::InvalidLength);
    }
    value
        .iter()
        .try_fold(0u64, |length, &byte| {
            let digit = byte.is_ascii_digit().then(|| u64::from(byte - b'0'))?;
            let length = length.checked_mul(10)?.checked_add(digit)?;
            (length <= MAX_LENGTH).then_some(length)
        })
        .ok_or(FramingError::InvalidLength)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths() {
        for (text, length) in [
            ("0", 0),
            ("5", 5),
            ("007", 7),
            ("9007199254740992", 1 << 53),
        ] {
            assert_eq!(parse_length(text.as_bytes()), Ok(length));
        }
        for text in [
            "",
            "-1",
            "+1",
            "1 ",
            "0x5",
            "5,5",
            "1.0",
            "1e3",
            "9007199254740993",
            "18446744073709551616",
        ] {
            assert_eq!(
                parse_length(text.as_bytes()),
                Err(FramingError::InvalidLength),
                "{text}"
            );
        }
    }

    fn framing(fields: &[(&str, &str)], minor: u8) -> Result<Framing, FramingError> {
        let mut semantics = Semantics::default();
        for (name, value) in fields {
            semantics.add(name.as_bytes(), value.as_bytes())?;
        }
        semantics.framing(minor)
    }

    #[test]
    fn encodings() {
        let te = |value| framing(&[("Transfer-Encoding", value)], 1);
        assert_eq!(te("chunked"), Ok(Framing::Chunked));
        assert_eq!(te("ChUnKeD"), Ok(Framing::Chunked));
        assert_eq!(te("gzip, chunked"), Err(FramingError::UnknownCoding));
        for bad in [
            "",
            "xchunked",
            "gzip",
            "identity",
            "chunked, chunked",
            "chunked, gzip",
            "chunked;q=1",
            ",chunked",
            "chunked,",
        ] {
            assert_eq!(te(bad), Err(FramingError::InvalidEncoding), "{bad}");
        }
        let twice = [
            ("Transfer-Encoding", "chunked"),
            ("transfer-encoding", "chunked"),
        ];
        assert_eq!(framing(&twice, 1), Err(FramingError::InvalidEncoding));
        let split = [
            ("Transfer-Encoding", "gzip"),
            ("transfer-encoding", "chunked"),
        ];
        assert_eq!(framing(&split, 1), Err(FramingError::UnknownCoding));
        assert_eq!(framing(&split[1..], 0), Err(FramingError::EncodingInHttp10));
    }
}
