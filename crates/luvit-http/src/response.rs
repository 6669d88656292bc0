//! The client's side: heads of responses (RFC 9112 sections 4 and 6.3).

use crate::bytes::value_end;
use crate::fields::{
    FieldError, HeaderLines, Limits, Line, Progress, ProgressError, header_lines, read_line,
};
use crate::framing::{Framing, FramingError, Semantics};
use std::fmt;

/// How the body of a response is delimited (RFC 9112 section 6.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResponseFraming {
    /// No body: the answer to HEAD, 1xx, 204, 304, or 2xx to CONNECT, whatever the fields say.
    None,
    /// `Content-Length`: exactly this many bytes, possibly 0, at most 2^53. An earlier end is an error.
    Length(u64),
    /// `Transfer-Encoding: chunked`: a [`ChunkedDecoder`](crate::ChunkedDecoder) finds the end.
    Chunked,
    /// All that comes until the server closes the connection.
    UntilClose,
}

/// What a valid response head says. It borrows the buffer it was read from and nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResponseHead<'b> {
    /// The status, 100 to 999.
    pub status: u16,
    /// The reason phrase as it was sent; often empty, not always ASCII.
    pub reason: &'b [u8],
    /// 0 for HTTP/1.0, 1 for HTTP/1.1.
    pub minor_version: u8,
    /// Bytes of the buffer that the head takes. The body starts there.
    pub head_len: usize,
    /// How the body ends.
    pub framing: ResponseFraming,
    /// Whether the connection can serve another request after the body. Never with
    /// [`ResponseFraming::UntilClose`].
    pub keep_alive: bool,
    /// A 101, or a 2xx to CONNECT: what follows the head is no longer HTTP.
    pub upgrade: bool,
    /// The head itself, from the status line to the empty line, for [`header_lines`] now or later.
    pub raw: &'b [u8],
}

impl<'b> ResponseHead<'b> {
    /// The field lines, in order.
    pub fn headers(&self) -> HeaderLines<'b> {
        header_lines(self.raw)
    }

    /// Whether this is an interim answer (100 to 199 but 101): the final one to the same request follows.
    pub fn is_interim(&self) -> bool {
        self.status < 200 && self.status != 101
    }
}

/// Reads response heads from a connection's buffer, in the manner of [`RequestParser`](crate::RequestParser).
#[derive(Clone, Copy, Debug, Default)]
pub struct ResponseParser {
    progress: Progress,
}

impl ResponseParser {
    /// A parser at the start of a head.
    pub const fn new() -> Self {
        Self {
            progress: Progress {
                line: 0,
                scanned: 0,
                fields: 0,
            },
        }
    }

    /// Reads the head at the start of `buf`, the answer to a request with `method`.
    ///
    /// `None` means the head is not complete: call again with the same bytes and more after them. After `Some` the
    /// parser is ready for the next head; an interim answer ([`ResponseHead::is_interim`]) is followed by another
    /// one to the same request.
    ///
    /// # Errors
    ///
    /// As soon as the bytes cannot become a head that we accept. The connection is of no more use.
    pub fn parse<'b>(
        &mut self,
        buf: &'b [u8],
        limits: &Limits,
        method: &str,
    ) -> Result<Option<ResponseHead<'b>>, ResponseError> {
        let window = limits.window(buf);
        if self.progress.scanned != 0 && !self.is_complete(window, limits)? {
            return partial(buf, window);
        }
        self.progress = Progress::default();
        match read_head(window, limits, method, &mut self.progress)? {
            None => partial(buf, window),
            head => Ok(head),
        }
    }

    /// Whether a head has begun: some of its bytes were seen and more are needed.
    pub fn in_head(&self) -> bool {
        self.progress.scanned != 0
    }

    /// After an incomplete head: whether there is reason to read it again from its start.
    fn is_complete(&mut self, window: &[u8], limits: &Limits) -> Result<bool, ResponseError> {
        if !self.progress.line_ended(window)? {
            return Ok(false);
        }
        Ok(self.progress.line == 0 || self.progress.advance(window, limits)?.is_some())
    }
}

fn partial<'b>(buf: &[u8], window: &[u8]) -> Result<Option<ResponseHead<'b>>, ResponseError> {
    if window.len() == buf.len() {
        Ok(None)
    } else {
        Err(ResponseError::HeadTooLarge)
    }
}

/// Reads a whole head. `None` when it is incomplete, with `progress` telling from where to go on.
fn read_head<'b>(
    raw: &'b [u8],
    limits: &Limits,
    method: &str,
    progress: &mut Progress,
) -> Result<Option<ResponseHead<'b>>, ResponseError> {
    let Some(StatusLine {
        minor_version,
        status,
        reason,
        len,
    }) = read_status_line(raw)?
    else {
        progress.scanned = raw.len() as u32;
        return Ok(None);
    };

    let mut semantics = Semantics::of_response();
    let mut fields = 0;
    let mut at = len;
    loop {
        match read_line(&raw[at..])? {
            Line::Field(name, value, len) => {
                at += len;
                fields += 1;
                if limits.too_many(fields) {
                    return Err(ResponseError::TooManyHeaders);
                }
                semantics.add(name, value)?;
            }
            Line::End => break,
            Line::Partial => {
                *progress = Progress {
                    line: at as u32,
                    scanned: raw.len() as u32,
                    fields,
                };
                return Ok(None);
            }
        }
    }
    at += 2;

    let tunnel = method == "CONNECT" && (200..300).contains(&status);
    let framing = match semantics.framing(minor_version)? {
        _ if tunnel || method == "HEAD" || status < 200 || status == 204 || status == 304 => {
            ResponseFraming::None
        }
        Framing::Absent => ResponseFraming::UntilClose,
        Framing::Length(length) => ResponseFraming::Length(length),
        Framing::Chunked => ResponseFraming::Chunked,
    };
    Ok(Some(ResponseHead {
        status,
        reason,
        minor_version,
        head_len: at,
        framing,
        keep_alive: semantics.persists(minor_version) && framing != ResponseFraming::UntilClose,
        upgrade: tunnel || status == 101,
        raw: &raw[..at],
    }))
}

struct StatusLine<'b> {
    minor_version: u8,
    status: u16,
    reason: &'b [u8],
    len: usize,
}

/// Reads `version SP status [SP reason] CRLF`; `None` when the line is incomplete.
fn read_status_line(raw: &[u8]) -> Result<Option<StatusLine<'_>>, ResponseError> {
    const SHAPE: &[u8; 12] = b"HTTP/9.9 999";
    for (&byte, &wanted) in raw.iter().zip(SHAPE) {
        let fits = if wanted == b'9' {
            byte.is_ascii_digit()
        } else {
            byte == wanted
        };
        if !fits {
            return Err(ResponseError::InvalidStatusLine);
        }
    }
    let Some((&[.., major, _, minor, _, hundreds, tens, ones], rest)) =
        raw.split_first_chunk::<12>()
    else {
        return Ok(None);
    };
    let minor_version = match (major, minor) {
        (b'1', b'0') => 0,
        (b'1', b'1') => 1,
        _ => return Err(ResponseError::UnsupportedVersion),
    };
    let status = [hundreds, tens, ones]
        .iter()
        .fold(0, |status, digit| status * 10 + u16::from(digit - b'0'));
    if status < 100 {
        return Err(ResponseError::InvalidStatusLine);
    }
    if !matches!(rest, [] | [b' ' | b'\r' | b'\n', ..]) {
        return Err(ResponseError::InvalidStatusLine);
    }
    let end = value_end(rest);
    match rest[end..] {
        [] | [b'\r'] => Ok(None),
        [b'\r', b'\n', ..] => Ok(Some(StatusLine {
            minor_version,
            status,
            reason: rest[..end].get(1..).unwrap_or_default(),
            len: SHAPE.len() + end + 2,
        })),
        [b'\r', ..] => Err(FieldError::BareCr.into()),
        [b'\n', ..] => Err(FieldError::BareLf.into()),
        _ => Err(ResponseError::InvalidStatusLine),
    }
}

/// What the server did wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ResponseError {
    /// The first line is not `version SP three digits [SP reason]`.
    InvalidStatusLine,
    /// A version other than HTTP/1.0 and HTTP/1.1.
    UnsupportedVersion,
    /// A field line is malformed, or a line does not end with CRLF.
    Field(FieldError),
    /// The head is longer than [`Limits::max_head`].
    HeadTooLarge,
    /// The head has more fields than [`Limits::max_headers`].
    TooManyHeaders,
    /// The end of the body cannot be told.
    Framing(FramingError),
}

impl fmt::Display for ResponseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::InvalidStatusLine => "malformed status line",
            Self::UnsupportedVersion => "HTTP version not supported",
            Self::Field(error) => return error.fmt(f),
            Self::HeadTooLarge => "response head too large",
            Self::TooManyHeaders => "too many headers",
            Self::Framing(error) => return error.fmt(f),
        })
    }
}

impl std::error::Error for ResponseError {}

impl From<FieldError> for ResponseError {
    fn from(error: FieldError) -> Self {
        Self::Field(error)
    }
}

impl From<FramingError> for ResponseError {
    fn from(error: FramingError) -> Self {
        Self::Framing(error)
    }
}

impl From<ProgressError> for ResponseError {
    fn from(error: ProgressError) -> Self {
        match error {
            ProgressError::Field(error) => Self::Field(error),
            ProgressError::TooManyFields => Self::TooManyHeaders,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse<'b>(text: &'b str, method: &str) -> Result<Option<ResponseHead<'b>>, ResponseError> {
        ResponseParser::new().parse(text.as_bytes(), &Limits::default(), method)
    }

    fn head<'b>(text: &'b str, method: &str) -> ResponseHead<'b> {
        parse(text, method).unwrap().unwrap()
    }

    #[test]
    fn status_lines() {
        let ok = head("HTTP/1.1 200 Very OK\r\nContent-Length: 2\r\n\r\nhi", "GET");
        assert_eq!(
            (ok.status, ok.reason, ok.minor_version),
            (200, &b"Very OK"[..], 1)
        );
        assert_eq!(
            (ok.head_len, ok.framing, ok.keep_alive),
            (43, ResponseFraming::Length(2), true)
        );
        assert_eq!(
            ok.headers().collect::<Vec<_>>(),
            [(&b"Content-Length"[..], &b"2"[..])]
        );
        assert_eq!(head("HTTP/1.1 200 \r\n\r\n", "GET").reason, b"");
        assert_eq!(head("HTTP/1.1 200\r\n\r\n", "GET").reason, b"");
        assert_eq!(
            head("HTTP/1.0 999 a\tb \u{fc}\r\n\r\n", "GET").reason,
            "a\tb \u{fc}".as_bytes()
        );
        for bad in [
            "HTTP/1.1  200 OK\r\n",
            "HTTP/1.1 20 OK\r\n",
            "HTTP/1.1 2000\r\n",
            "HTTP/1.1 099 X\r\n",
            "HTTP/1.1\t200\r\n",
            "http/1.1 200 OK\r\n",
            "HTTP/1.1 +20 OK\r\n",
            "ICY 200 OK\r\n",
            "\r\nHTTP/1.1 200",
            "HTTP/1.1 200\tOK\r\n",
            "HTTP/1.1 200 a\0b\r\n",
            "x",
            "\x16\x03\x01",
            "HTTP/11 200",
        ] {
            assert_eq!(
                parse(bad, "GET"),
                Err(ResponseError::InvalidStatusLine),
                "{bad:?}"
            );
        }
        for bad in [
            "HTTP/2.0 200 OK\r\n",
            "HTTP/1.2 200 OK\r\n",
            "HTTP/0.9 200 OK\r\n",
        ] {
            assert_eq!(
                parse(bad, "GET"),
                Err(ResponseError::UnsupportedVersion),
                "{bad:?}"
            );
        }
        assert_eq!(
            parse("HTTP/1.1 200 OK\n\n", "GET"),
            Err(FieldError::BareLf.into())
        );
        assert_eq!(
            parse("HTTP/1.1 200 OK\r\rX", "GET"),
            Err(FieldError::BareCr.into())
        );
        assert_eq!(
            parse("HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n", "GET"),
            Err(FieldError::Folded.into())
        );
        assert_eq!(
            parse("HTTP/1.1 200 OK\r\nA: b\n\r\n", "GET"),
            Err(FieldError::BareLf.into())
        );
    }

    #[test]
    fn body_framing() {
        use ResponseFraming::*;
        let plain = "\r\n\r\n";
        let length = "\r\nContent-Length: 5\r\n\r\n";
        let chunked = "\r\nTransfer-Encoding: chunked\r\n\r\n";
        for (status, method, fields, framing) in [
            (200, "GET", plain, UntilClose),
            (200, "GET", length, Length(5)),
            (200, "GET", chunked, Chunked),
            (200, "HEAD", length, None),
            (200, "HEAD", chunked, None),
            (404, "HEAD", plain, None),
            (100, "POST", plain, None),
            (103, "GET", length, None),
            (204, "GET", length, None),
            (304, "GET", length, None),
            (304, "GET", chunked, None),
            (200, "CONNECT", length, None),
            (299, "CONNECT", chunked, None),
            (407, "CONNECT", length, Length(5)),
            (205, "GET", length, Length(5)),
            (200, "head", length, Length(5)),
        ] {
            let text = format!("HTTP/1.1 {status} X{fields}");
            assert_eq!(
                head(&text, method).framing,
                framing,
                "{status} to {method} {fields:?}"
            );
        }
    }

    #[test]
    fn framing_conflicts() {
        let with = |fields: &str| {
            parse(&format!("HTTP/1.1 200 OK\r\n{fields}\r\n\r\n"), "GET")
                .map(|h| h.unwrap().framing)
        };
        let err = |error: FramingError| Err(ResponseError::Framing(error));
        assert_eq!(
            with("Content-Length: 5\r\nTransfer-Encoding: chunked"),
            err(FramingError::LengthAndEncoding)
        );
        assert_eq!(
            with("Content-Length: 5\r\nContent-Length: 6"),
            err(FramingError::RepeatedLength)
        );
        assert_eq!(
            with("Content-Length: 5, 6"),
            err(FramingError::RepeatedLength)
        );
        assert_eq!(with("Content-Length: 5,"), err(FramingError::InvalidLength));
        assert_eq!(
            with("Content-Length: 5\r\nContent-Length: 5"),
            Ok(ResponseFraming::Length(5))
        );
        assert_eq!(with("Content-Length: 5, 5"), Ok(ResponseFraming::Length(5)));
        assert_eq!(with("Content-Length: -5"), err(FramingError::InvalidLength));
        assert_eq!(
            with("Transfer-Encoding: gzip"),
            err(FramingError::InvalidEncoding)
        );
        assert_eq!(
            with("Transfer-Encoding: gzip, chunked"),
            err(FramingError::UnknownCoding)
        );
        let old = parse(
            "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            "GET",
        );
        assert_eq!(
            old,
            Err(ResponseError::Framing(FramingError::EncodingInHttp10))
        );
    }

    #[test]
    fn persistence_and_upgrade() {
        assert!(!head("HTTP/1.1 200 OK\r\n\r\n", "GET").keep_alive);
        assert!(
            !head(
                "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: Close\r\n\r\n",
                "GET"
            )
            .keep_alive
        );
        assert!(!head("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", "GET").keep_alive);
        assert!(
            head(
                "HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: Keep-Alive\r\n\r\n",
                "GET"
            )
            .keep_alive
        );
        let switch = head(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
            "GET",
        );
        assert!(switch.upgrade && !switch.is_interim());
        assert!(head("HTTP/1.1 200 OK\r\n\r\n", "CONNECT").upgrade);
        assert!(!head("HTTP/1.1 502 No\r\n\r\n", "CONNECT").upgrade);
        assert!(head("HTTP/1.1 103 Early Hints\r\n\r\n", "GET").is_interim());
    }

    #[test]
    fn limits() {
        let limits = Limits {
            max_head: 40,
            max_url: 10,
            max_headers: 1,
        };
        let parse = |text: &'static str| {
            ResponseParser::new()
                .parse(text.as_bytes(), &limits, "GET")
                .map(|h| h.is_some())
        };
        assert_eq!(parse("HTTP/1.1 200 OK\r\nA: 1\r\n\r\n"), Ok(true));
        assert_eq!(
            parse("HTTP/1.1 200 OK\r\nA: 1\r\nB: 2\r\n\r\n"),
            Err(ResponseError::TooManyHeaders)
        );
        assert_eq!(
            parse("HTTP/1.1 200 OK\r\nA: 1111111111111111111111111111"),
            Err(ResponseError::HeadTooLarge)
        );
    }
}
