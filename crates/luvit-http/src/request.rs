//! The server's side: heads of requests (RFC 9112 sections 2 and 3).

use crate::authority::{absolute_authority, split_authority};
use crate::bytes::{token_end, visible_end};
use crate::fields::{
    FieldError, HeaderLines, Limits, Line, Progress, ProgressError, header_lines, read_line,
};
use crate::framing::{Framing, FramingError, Semantics};
use std::fmt;

/// Empty lines tolerated before a request line (RFC 9112 section 2.2), for clients that end a body with one.
const MAX_EMPTY_LINES: usize = 8;

/// Methods longer than this are no methods; the longest registered one has 17 letters.
const MAX_METHOD: usize = 64;

/// How the body of a request is delimited (RFC 9112 section 6.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestFraming {
    /// Neither `Content-Length` nor `Transfer-Encoding`: no body.
    None,
    /// `Content-Length`: exactly this many bytes, possibly 0, at most 2^53.
    Length(u64),
    /// `Transfer-Encoding: chunked`: a [`ChunkedDecoder`](crate::ChunkedDecoder) finds the end.
    Chunked,
}

/// What a valid request head says. It borrows the buffer it was read from and nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestHead<'b> {
    /// The method: a token of at most 64 characters, in the case it was sent. Methods are case-sensitive.
    pub method: &'b str,
    /// The request target, visible ASCII: a path with an optional query, an absolute URI, `host:port` (only with
    /// CONNECT) or `*` (only with OPTIONS).
    pub target: &'b str,
    /// 0 for HTTP/1.0, 1 for HTTP/1.1.
    pub minor_version: u8,
    /// Bytes of the buffer that the head takes, skipped empty lines included. The body starts there.
    pub head_len: usize,
    /// How the body ends.
    pub framing: RequestFraming,
    /// Whether the client lets the connection stay open after the answer (RFC 9112 section 9.3).
    pub keep_alive: bool,
    /// The client waits for `100 Continue` before it sends the body. Never in HTTP/1.0.
    pub expect_continue: bool,
    /// The client expects something else than `100-continue`: the answer is 417 (RFC 9110 section 10.1.1). Never in
    /// HTTP/1.0.
    pub expect_other: bool,
    /// `Connection: upgrade` and an `Upgrade` field, in HTTP/1.1.
    pub upgrade: bool,
    /// The method is CONNECT: after a 2xx answer the connection is a tunnel.
    pub is_connect: bool,
    /// The head itself, from the request line to the empty line, for [`header_lines`] now or later.
    pub raw: &'b [u8],
}

impl<'b> RequestHead<'b> {
    /// The field lines, in order.
    pub fn headers(&self) -> HeaderLines<'b> {
        header_lines(self.raw)
    }

    /// The `host[:port]` inside the target: of an absolute URI, where it overrides `Host` (RFC 9112 section 3.2.2),
    /// or of a CONNECT. `None` for the other forms.
    pub fn authority(&self) -> Option<&'b str> {
        if self.is_connect {
            return Some(self.target);
        }
        absolute_authority(self.target.as_bytes()).map(ascii)
    }
}

/// Reads request heads from a connection's buffer. It holds no bytes and only remembers how far an incomplete
/// head was read, so a head that comes byte by byte costs linear work.
#[derive(Clone, Copy, Debug, Default)]
pub struct RequestParser {
    progress: Progress,
}

impl RequestParser {
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

    /// Reads the head at the start of `buf`.
    ///
    /// `buf` starts at the first byte after the previous message. `None` means the head is not complete: call again
    /// with the same bytes and more after them. After `Some` the parser is ready for the next head, whose bytes
    /// start after this message's body.
    ///
    /// # Errors
    ///
    /// As soon as the bytes cannot become a head that we accept, even when it is not complete: at the first byte,
    /// or when a line ends. The answer is [`RequestError::status`] and the connection has to close, because where
    /// the next request starts is not known.
    #[inline]
    pub fn parse<'b>(
        &mut self,
        buf: &'b [u8],
        limits: &Limits,
    ) -> Result<Option<RequestHead<'b>>, RequestError> {
        let window = limits.window(buf);
        if self.progress.scanned != 0 && !self.is_complete(window, limits)? {
            return self.partial(buf, window);
        }
        self.progress = Progress::default();
        match read_head(window, limits, &mut self.progress)? {
            None => self.partial(buf, window),
            head => Ok(head),
        }
    }

    /// Whether a head has begun: some of its bytes were seen and more are needed.
    pub fn in_head(&self) -> bool {
        self.progress.scanned != 0
    }

    /// After an incomplete head: whether there is reason to read it again from its start.
    #[cold]
    fn is_complete(&mut self, window: &[u8], limits: &Limits) -> Result<bool, RequestError> {
        if !self.progress.line_ended(window)? {
            return Ok(false);
        }
        // While the request line is incomplete there is nothing to skip.
        Ok(self.progress.line == 0 || self.progress.advance(window, limits)?.is_some())
    }

    #[cold]
    fn partial<'b>(
        &self,
        buf: &[u8],
        window: &[u8],
    ) -> Result<Option<RequestHead<'b>>, RequestError> {
        match self.progress.line {
            _ if window.len() == buf.len() => Ok(None),
            0 => Err(RequestError::UrlTooLong),
            _ => Err(RequestError::HeadTooLarge),
        }
    }
}

/// Reads a whole head. `None` when it is incomplete, with `progress` telling from where to go on.
#[inline]
fn read_head<'b>(
    window: &'b [u8],
    limits: &Limits,
    progress: &mut Progress,
) -> Result<Option<RequestHead<'b>>, RequestError> {
    let start = skip_empty_lines(window)?;
    let raw = &window[start..];
    let Some(RequestLine {
        method,
        target,
        minor_version,
        len,
    }) = read_request_line(raw, limits)?
    else {
        progress.scanned = window.len() as u32;
        return Ok(None);
    };

    let mut semantics = Semantics::default();
    let mut fields = 0;
    let mut at = len;
    loop {
        match read_line(&raw[at..])? {
            Line::Field(name, value, len) => {
                at += len;
                fields += 1;
                if limits.too_many(fields) {
                    return Err(RequestError::TooManyHeaders);
                }
                semantics.add(name, value)?;
            }
            Line::End => break,
            Line::Partial => {
                *progress = Progress {
                    line: (start + at) as u32,
                    scanned: window.len() as u32,
                    fields,
                };
                return Ok(None);
            }
        }
    }
    at += 2;

    let is_connect = method == b"CONNECT";
    check_target(method, target, is_connect)?;
    check_host(&semantics, minor_version)?;
    Ok(Some(RequestHead {
        method: ascii(method),
        target: ascii(target),
        minor_version,
        head_len: start + at,
        framing: match semantics.framing(minor_version)? {
            Framing::Absent => RequestFraming::None,
            Framing::Length(length) => RequestFraming::Length(length),
            Framing::Chunked => RequestFraming::Chunked,
        },
        keep_alive: semantics.persists(minor_version),
        expect_continue: semantics.expect_continue && minor_version == 1,
        expect_other: semantics.expect_other && minor_version == 1,
        upgrade: semantics.upgrades(minor_version),
        is_connect,
        raw: &raw[..at],
    }))
}

/// Text whose bytes were all found to be ASCII.
#[inline]
fn ascii(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or_default()
}

#[inline]
fn skip_empty_lines(window: &[u8]) -> Result<usize, RequestError> {
    let mut at = 0;
    while window.get(at) == Some(&b'\r') {
        match window.get(at + 1) {
            Some(b'\n') => at += 2,
            Some(_) => return Err(FieldError::BareCr.into()),
            None => break,
        }
        if at > 2 * MAX_EMPTY_LINES {
            return Err(RequestError::EmptyLines);
        }
    }
    Ok(at)
}

struct RequestLine<'b> {
    method: &'b [u8],
    target: &'b [u8],
    minor_version: u8,
    len: usize,
}

/// Reads `method SP target SP version CRLF`; `None` when the line is incomplete.
#[inline]
fn read_request_line<'b>(
    raw: &'b [u8],
    limits: &Limits,
) -> Result<Option<RequestLine<'b>>, RequestError> {
    let method_end = token_end(raw);
    if method_end > MAX_METHOD {
        return Err(RequestError::MethodTooLong);
    }
    match (method_end, &raw[method_end..]) {
        (_, []) | (0, [b'\r']) => return Ok(None),
        (0, [b'\n', ..]) => return Err(FieldError::BareLf.into()),
        (1.., [b' ', ..]) => {}
        (1.., [b'\t' | b'\r' | b'\n', ..]) => return Err(RequestError::InvalidRequestLine),
        _ => return Err(RequestError::InvalidMethod),
    }

    let rest = &raw[method_end + 1..];
    let target_end = visible_end(rest);
    if target_end > limits.max_url {
        return Err(RequestError::UrlTooLong);
    }
    match rest.get(target_end) {
        None => return Ok(None),
        Some(b' ') if target_end > 0 => {}
        Some(b' ' | b'\t' | b'\r' | b'\n') => return Err(RequestError::InvalidRequestLine),
        Some(_) => return Err(RequestError::InvalidTarget),
    }

    let version = &rest[target_end + 1..];
    let Some(minor_version) = read_version(version)? else {
        return Ok(None);
    };
    Ok(Some(RequestLine {
        method: &raw[..method_end],
        target: &rest[..target_end],
        minor_version,
        len: raw.len() - version.len() + b"HTTP/1.1\r\n".len(),
    }))
}

/// Reads `HTTP/1.0` or `HTTP/1.1` and CRLF; `None` when it is incomplete.
#[inline]
fn read_version(version: &[u8]) -> Result<Option<u8>, RequestError> {
    if version.starts_with(b"HTTP/1.1\r\n") {
        return Ok(Some(1));
    }
    read_other_version(version)
}

#[cold]
fn read_other_version(version: &[u8]) -> Result<Option<u8>, RequestError> {
    let line = &version[..version.len().min(10)];
    for (&byte, &wanted) in line.iter().zip(b"HTTP/9.9\r\n") {
        let fits = if wanted == b'9' {
            byte.is_ascii_digit()
        } else {
            byte == wanted
        };
        match (wanted, byte) {
            _ if fits => {}
            (b'\r', b'\n') => return Err(FieldError::BareLf.into()),
            (b'\n', _) => return Err(FieldError::BareCr.into()),
            _ => return Err(RequestError::InvalidRequestLine),
        }
    }
    match line {
        b"HTTP/1.0\r\n" => Ok(Some(0)),
        _ if line.len() < 10 => Ok(None),
        _ => Err(RequestError::UnsupportedVersion),
    }
}

/// The four forms of a target (RFC 9112 section 3.2).
#[inline]
fn check_target(method: &[u8], target: &[u8], is_connect: bool) -> Result<(), RequestError> {
    let valid = if is_connect {
        split_authority(target)
            .is_some_and(|(_, port)| port.is_some_and(|digits| !digits.is_empty()))
    } else if target[0] == b'/' {
        true
    } else if target == b"*" {
        method == b"OPTIONS"
    } else {
        absolute_authority(target).is_some_and(|authority| split_authority(authority).is_some())
    };
    if valid {
        Ok(())
    } else {
        Err(RequestError::InvalidTarget)
    }
}

/// Exactly one valid `Host` in HTTP/1.1, at most one in HTTP/1.0. An empty one is valid: it says that the target
/// has no authority (RFC 9112 section 3.2).
#[inline]
fn check_host(semantics: &Semantics<'_>, minor_version: u8) -> Result<(), RequestError> {
    match semantics.host {
        _ if semantics.hosts > 1 => Err(RequestError::RepeatedHost),
        None if minor_version == 1 => Err(RequestError::MissingHost),
        Some(host) if !host.is_empty() && split_authority(host).is_none() => {
            Err(RequestError::InvalidHost)
        }
        _ => Ok(()),
    }
}

/// What the client did wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RequestError {
    /// The first bytes are no method: another protocol, such as TLS, or garbage.
    InvalidMethod,
    /// The method is longer than any (more than 64 characters).
    MethodTooLong,
    /// The request line is not `method SP target SP version`, each once.
    InvalidRequestLine,
    /// The target has a character that is not visible ASCII, or a form that the method does not allow.
    InvalidTarget,
    /// The target is longer than [`Limits::max_url`].
    UrlTooLong,
    /// A version other than HTTP/1.0 and HTTP/1.1.
    UnsupportedVersion,
    /// More than eight empty lines before the request line.
    EmptyLines,
    /// A field line is malformed, or a line does not end with CRLF.
    Field(FieldError),
    /// The head is longer than [`Limits::max_head`].
    HeadTooLarge,
    /// The head has more fields than [`Limits::max_headers`].
    TooManyHeaders,
    /// HTTP/1.1 without `Host`.
    MissingHost,
    /// More than one `Host`.
    RepeatedHost,
    /// `Host` is not `host[:port]`.
    InvalidHost,
    /// The end of the body cannot be told.
    Framing(FramingError),
}

impl RequestError {
    /// The status to answer with: 400, 414, 431, 501 or 505.
    pub fn status(self) -> u16 {
        match self {
            Self::UrlTooLong => 414,
            Self::HeadTooLarge | Self::TooManyHeaders => 431,
            Self::MethodTooLong | Self::Framing(FramingError::UnknownCoding) => 501,
            Self::UnsupportedVersion => 505,
            _ => 400,
        }
    }
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::InvalidMethod => "request does not start with a method",
            Self::MethodTooLong => "method too long",
            Self::InvalidRequestLine => "malformed request line",
            Self::InvalidTarget => "invalid request target",
            Self::UrlTooLong => "request target too long",
            Self::UnsupportedVersion => "HTTP version not supported",
            Self::EmptyLines => "too many empty lines before the request",
            Self::Field(error) => return error.fmt(f),
            Self::HeadTooLarge => "request head too large",
            Self::TooManyHeaders => "too many headers",
            Self::MissingHost => "Host header missing",
            Self::RepeatedHost => "more than one Host header",
            Self::InvalidHost => "invalid Host header",
            Self::Framing(error) => return error.fmt(f),
        })
    }
}

impl std::error::Error for RequestError {}

impl From<FieldError> for RequestError {
    fn from(error: FieldError) -> Self {
        Self::Field(error)
    }
}

impl From<FramingError> for RequestError {
    fn from(error: FramingError) -> Self {
        Self::Framing(error)
    }
}

impl From<ProgressError> for RequestError {
    fn from(error: ProgressError) -> Self {
        match error {
            ProgressError::Field(error) => Self::Field(error),
            ProgressError::TooManyFields => Self::TooManyHeaders,
        }
    }
}
