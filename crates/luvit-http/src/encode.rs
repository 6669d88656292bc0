//! Writing heads: lines that cannot be made to say more than was meant.

use crate::bytes::{token_end, value_end};
use std::fmt;

/// The reason phrase of `status` in IANA's registry (the registry of RFC 9110 section 16.2.1), and those of RFC 9110
/// for its obsolete ones; `""` for any other number.
pub fn status_reason(status: u16) -> &'static str {
    match status {
        100 => "Continue",
        101 => "Switching Protocols",
        102 => "Processing",
        103 => "Early Hints",
        104 => "Upload Resumption Supported",
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        203 => "Non-Authoritative Information",
        204 => "No Content",
        205 => "Reset Content",
        206 => "Partial Content",
        207 => "Multi-Status",
        208 => "Already Reported",
        226 => "IM Used",
        300 => "Multiple Choices",
        301 => "Moved Permanently",
        302 => "Found",
        303 => "See Other",
        304 => "Not Modified",
        305 => "Use Proxy",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        402 => "Payment Required",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        407 => "Proxy Authentication Required",
        408 => "Request Timeout",
        409 => "Conflict",
        410 => "Gone",
        411 => "Length Required",
        412 => "Precondition Failed",
        413 => "Content Too Large",
        414 => "URI Too Long",
        415 => "Unsupported Media Type",
        416 => "Range Not Satisfiable",
        417 => "Expectation Failed",
        418 => "I'm a Teapot",
        421 => "Misdirected Request",
        422 => "Unprocessable Content",
        423 => "Locked",
        424 => "Failed Dependency",
        425 => "Too Early",
        426 => "Upgrade Required",
        428 => "Precondition Required",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        451 => "Unavailable For Legal Reasons",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        505 => "HTTP Version Not Supported",
        506 => "Variant Also Negotiates",
        507 => "Insufficient Storage",
        508 => "Loop Detected",
        510 => "Not Extended",
        511 => "Network Authentication Required",
        _ => "",
    }
}

/// Appends `HTTP/1.1 200 OK\r\n`. Without a `reason` the registered one is written. `minor_version` 0 writes
/// HTTP/1.0, any other number HTTP/1.1.
///
/// # Errors
///
/// [`HeaderError::Status`] for a status outside 100 to 999, [`HeaderError::Reason`] for a reason that is no field
/// value; then `out` is unchanged.
pub fn push_status_line(
    out: &mut Vec<u8>,
    minor_version: u8,
    status: u16,
    reason: Option<&[u8]>,
) -> Result<(), HeaderError> {
    if !(100..=999).contains(&status) {
        return Err(HeaderError::Status);
    }
    let reason = match reason {
        Some(reason) if !is_field_value(reason) => return Err(HeaderError::Reason),
        Some(reason) => reason,
        None => status_reason(status).as_bytes(),
    };
    out.extend_from_slice(if minor_version == 0 {
        b"HTTP/1.0 "
    } else {
        b"HTTP/1.1 "
    });
    push_decimal(out, u64::from(status));
    out.push(b' ');
    out.extend_from_slice(reason);
    out.extend_from_slice(b"\r\n");
    Ok(())
}

/// Whether `name` is a token (RFC 9110 section 5.6.2): a valid field name or method.
#[inline]
pub fn is_token(name: &[u8]) -> bool {
    !name.is_empty() && token_end(name) == name.len()
}

/// Whether `value` can be sent as a field value: no CR, LF, NUL nor other control character but HTAB. Bytes from
/// 0x80 on (`obs-text`) are allowed.
#[inline]
pub fn is_field_value(value: &[u8]) -> bool {
    value_end(value) == value.len()
}

/// Appends `name: value\r\n`.
///
/// # Errors
///
/// [`HeaderError::Name`] or [`HeaderError::Value`] for what would end the line early or hide the field; then `out`
/// is unchanged.
#[inline]
pub fn push_header(out: &mut Vec<u8>, name: &[u8], value: &[u8]) -> Result<(), HeaderError> {
    if !is_token(name) {
        return Err(HeaderError::Name);
    }
    if !is_field_value(value) {
        return Err(HeaderError::Value);
    }
    out.reserve(name.len() + value.len() + 4);
    out.extend_from_slice(name);
    out.extend_from_slice(b": ");
    out.extend_from_slice(value);
    out.extend_from_slice(b"\r\n");
    Ok(())
}

/// Appends `n` in decimal digits.
#[inline]
pub fn push_decimal(out: &mut Vec<u8>, mut n: u64) {
    let mut digits = [0; 20];
    let mut start = digits.len();
    loop {
        start -= 1;
        digits[start] = b'0' + (n % 10) as u8;
        n /= 10;
        if n == 0 {
            return out.extend_from_slice(&digits[start..]);
        }
    }
}

/// The fields that decide about framing, connection and date: what an engine or a server acts on by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// `Content-Length`.
    ContentLength,
    /// `Transfer-Encoding`.
    TransferEncoding,
    /// `Connection`.
    Connection,
    /// `Date`.
    Date,
    /// `Keep-Alive`.
    KeepAlive,
    /// `Trailer`.
    Trailer,
    /// `Upgrade`.
    Upgrade,
    /// `Host`.
    Host,
    /// `Expect`.
    Expect,
    /// Any other name.
    Other,
}

/// Which of the [`Known`] fields `name` is, in any case.
#[inline]
pub fn classify(name: &[u8]) -> Known {
    let (candidate, known): (&[u8], _) =
        match (name.len(), name.first().map(u8::to_ascii_lowercase)) {
            (4, Some(b'h')) => (b"host", Known::Host),
            (4, Some(b'd')) => (b"date", Known::Date),
            (6, Some(b'e')) => (b"expect", Known::Expect),
            (7, Some(b'u')) => (b"upgrade", Known::Upgrade),
            (7, Some(b't')) => (b"trailer", Known::Trailer),
            (10, Some(b'c')) => (b"connection", Known::Connection),
            (10, Some(b'k')) => (b"keep-alive", Known::KeepAlive),
            (14, Some(b'c')) => (b"content-length", Known::ContentLength),
            (17, Some(b't')) => (b"transfer-encoding", Known::TransferEncoding),
            _ => return Known::Other,
        };
    if name.eq_ignore_ascii_case(candidate) {
        known
    } else {
        Known::Other
    }
}

/// Why a line was not written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HeaderError {
    /// The name is not a token.
    Name,
    /// The value has CR, LF, NUL or another control character.
    Value,
    /// The status is outside 100 to 999.
    Status,
    /// The reason phrase has CR, LF, NUL or another control character.
    Reason,
}

impl fmt::Display for HeaderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Name => "invalid character in header name",
            Self::Value => "invalid character in header value",
            Self::Status => "status is not between 100 and 999",
            Self::Reason => "invalid character in reason phrase",
        })
    }
}

impl std::error::Error for HeaderError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_lines() {
        let line = |minor, status, reason: Option<&[u8]>| {
            let mut out = b"x".to_vec();
            push_status_line(&mut out, minor, status, reason)
                .map(|()| String::from_utf8(out[1..].to_vec()).unwrap())
        };
        assert_eq!(line(1, 200, None).unwrap(), "HTTP/1.1 200 OK\r\n");
        assert_eq!(
            line(0, 404, Some(b"Nope")).unwrap(),
            "HTTP/1.0 404 Nope\r\n"
        );
        assert_eq!(line(1, 299, None).unwrap(), "HTTP/1.1 299 \r\n");
        assert_eq!(line(1, 99, None), Err(HeaderError::Status));
        assert_eq!(line(1, 1000, None), Err(HeaderError::Status));
        assert_eq!(line(1, 200, Some(b"a\r\nB: c")), Err(HeaderError::Reason));
    }

    #[test]
    fn injection_is_refused() {
        let mut out = b"before".to_vec();
        for name in [
            &b""[..],
            b"a b",
            b"a:",
            b"a\r\nb",
            b"a\n",
            b"\0",
            b" a",
            b"a\t",
            b"\xe9",
            b"(a)",
        ] {
            assert_eq!(
                push_header(&mut out, name, b"v"),
                Err(HeaderError::Name),
                "{}",
                name.escape_ascii()
            );
        }
        for value in [&b"a\r\nb: c"[..], b"a\n", b"\r", b"a\0b", b"\x0b", b"\x7f"] {
            assert_eq!(
                push_header(&mut out, b"n", value),
                Err(HeaderError::Value),
                "{}",
                value.escape_ascii()
            );
        }
        assert_eq!(out, b"before");
        push_header(&mut out, b"N", b"a\tb \xe9").unwrap();
        assert_eq!(out, b"beforeN: a\tb \xe9\r\n");
    }

    #[test]
    fn decimals() {
        for n in [0, 1, 9, 10, 12_345, u64::MAX] {
            let mut out = Vec::new();
            push_decimal(&mut out, n);
            assert_eq!(out, n.to_string().into_bytes());
        }
    }

    #[test]
    fn known_fields() {
        for (name, known) in [
            ("Content-Length", Known::ContentLength),
            ("TRANSFER-encoding", Known::TransferEncoding),
            ("connection", Known::Connection),
            ("Date", Known::Date),
            ("Keep-Alive", Known::KeepAlive),
            ("trailer", Known::Trailer),
            ("Upgrade", Known::Upgrade),
            ("hOST", Known::Host),
            ("Expect", Known::Expect),
            ("", Known::Other),
            ("Hosts", Known::Other),
            ("Content_Length", Known::Other),
            ("Content-Type", Known::Other),
        ] {
            assert_eq!(classify(name.as_bytes()), known, "{name}");
        }
    }
}
