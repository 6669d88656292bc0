//! Chunked bodies (RFC 9112 section 7.1): a decoder that is fed pieces, and the lines an encoder writes.

use crate::bytes::value_end;
use crate::encode::{Known, classify};
use crate::fields::{FieldError, Limits, Progress, ProgressError, trailer_lines};
use std::fmt;
use std::ops::Range;

/// Bytes of chunk extensions in one body. They are ignored, so they would be a free way to keep a server reading.
const MAX_EXTENSIONS: u32 = 16 * 1024;

/// Digits of a chunk size; sixteen fill 64 bits.
const MAX_DIGITS: u8 = 16;

/// What [`ChunkedDecoder::decode`] found. Ranges are offsets into the bytes given to that call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChunkEvent {
    /// Bytes of the body, at least one. A chunk may come as several of these.
    Data(Range<usize>),
    /// The body has ended. The range is the trailer section with its empty line, for
    /// [`trailer_lines`].
    End(Range<usize>),
    /// Nothing more can be told without more bytes.
    NeedMore,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// In the digits of a chunk size.
    #[default]
    Size,
    /// After the digits and whitespace: an extension has to follow.
    BeforeExtension,
    /// In extensions, up to the CR.
    Extension,
    /// Before the LF that ends the size line.
    SizeLf,
    /// In the data of a chunk.
    Data,
    /// Before the CR, then the LF that end the data.
    DataCr,
    DataLf,
    /// In the trailer section.
    Trailer,
    End,
}

/// Finds data and end of a chunked body, fed with whatever pieces arrive. It holds no bytes.
///
/// ```
/// use luvit_http::{ChunkEvent, ChunkedDecoder, Limits};
///
/// let (mut decoder, limits) = (ChunkedDecoder::new(), Limits::default());
/// let mut rest: &[u8] = b"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\nnext request";
/// let mut body = Vec::new();
/// loop {
///     let (used, event) = decoder.decode(rest, &limits)?;
///     match event {
///         ChunkEvent::Data(range) => body.extend_from_slice(&rest[range]),
///         ChunkEvent::End(_) => { rest = &rest[used..]; break }
///         ChunkEvent::NeedMore => unreachable!("here one would read from the socket"),
///     }
///     rest = &rest[used..];
/// }
/// assert_eq!((&body[..], rest), (&b"hello world"[..], &b"next request"[..]));
/// # Ok::<(), luvit_http::ChunkError>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct ChunkedDecoder {
    /// The size while its digits are read, then the data bytes still to come.
    remaining: u64,
    extensions: u32,
    trailer: Progress,
    digits: u8,
    state: State,
}

impl ChunkedDecoder {
    /// A decoder at the start of a body.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether the end of the body was found.
    pub fn is_done(&self) -> bool {
        self.state == State::End
    }

    /// Reads on until there is something to tell.
    ///
    /// Returns how many bytes of `buf` are done with, those of the event included, and the event. The next call's
    /// `buf` starts at the first byte that is not done with. Only an incomplete trailer section leaves bytes
    /// behind, at most [`Limits::max_head`] of them. After the end every call gives `(0, End(0..0))`.
    ///
    /// # Errors
    ///
    /// The body is malformed or exceeds a limit; the connection has to close. The decoder must not be used again.
    pub fn decode(
        &mut self,
        buf: &[u8],
        limits: &Limits,
    ) -> Result<(usize, ChunkEvent), ChunkError> {
        let mut at = 0;
        if self.state == State::End {
            return Ok((0, ChunkEvent::End(0..0)));
        }
        while let Some(&byte) = buf.get(at) {
            match self.state {
                State::Size => self.size_byte(byte)?,
                State::BeforeExtension => match byte {
                    b' ' | b'\t' => self.count_extension(1)?,
                    b';' => {
                        self.count_extension(1)?;
                        self.state = State::Extension;
                    }
                    _ => return Err(ChunkError::InvalidSize),
                },
                State::Extension => {
                    let len = value_end(&buf[at..]);
                    self.count_extension(len)?;
                    at += len;
                    match buf.get(at) {
                        None => break,
                        Some(b'\r') => self.state = State::SizeLf,
                        Some(_) => return Err(ChunkError::InvalidExtension),
                    }
                }
                State::SizeLf if byte == b'\n' => {
                    self.state = if self.remaining == 0 {
                        State::Trailer
                    } else {
                        State::Data
                    };
                }
                State::SizeLf => return Err(ChunkError::InvalidSize),
                State::Data => {
                    let left = buf.len() - at;
                    let len = usize::try_from(self.remaining)
                        .map_or(left, |remaining| remaining.min(left));
                    self.remaining -= len as u64;
                    if self.remaining == 0 {
                        self.state = State::DataCr;
                    }
                    return Ok((at + len, ChunkEvent::Data(at..at + len)));
                }
                State::DataCr if byte == b'\r' => self.state = State::DataLf,
                State::DataLf if byte == b'\n' => (self.state, self.digits) = (State::Size, 0),
                State::DataCr | State::DataLf => return Err(ChunkError::InvalidDataEnd),
                State::Trailer => {
                    return Ok(match self.read_trailer(&buf[at..], limits)? {
                        Some(len) => (at + len, ChunkEvent::End(at..at + len)),
                        None => (at, ChunkEvent::NeedMore),
                    });
                }
                State::End => break,
            }
            at += 1;
        }
        Ok((at, ChunkEvent::NeedMore))
    }

    fn size_byte(&mut self, byte: u8) -> Result<(), ChunkError> {
        let digit = match byte {
            b'0'..=b'9' => byte - b'0',
            b'a'..=b'f' => byte - b'a' + 10,
            b'A'..=b'F' => byte - b'A' + 10,
            _ if self.digits == 0 => return Err(ChunkError::InvalidSize),
            b'\r' => {
                self.state = State::SizeLf;
                return Ok(());
            }
            b';' | b' ' | b'\t' => {
                self.state = if byte == b';' {
                    State::Extension
                } else {
                    State::BeforeExtension
                };
                return self.count_extension(1);
            }
            _ => return Err(ChunkError::InvalidSize),
        };
        if self.digits == MAX_DIGITS {
            return Err(ChunkError::InvalidSize);
        }
        self.digits += 1;
        self.remaining = self.remaining << 4 | u64::from(digit);
        Ok(())
    }

    fn count_extension(&mut self, len: usize) -> Result<(), ChunkError> {
        let total = u64::from(self.extensions) + len as u64;
        if total > u64::from(MAX_EXTENSIONS) {
            return Err(ChunkError::ExtensionsTooLarge);
        }
        self.extensions = total as u32;
        Ok(())
    }

    /// The length of the trailer section at the start of `buf`, `None` while it is incomplete.
    fn read_trailer(&mut self, buf: &[u8], limits: &Limits) -> Result<Option<usize>, ChunkError> {
        let window = limits.window(buf);
        let found = match self.trailer.line_ended(window)? {
            true => self.trailer.advance(window, limits)?,
            false => None,
        };
        match found {
            Some(len) => {
                if trailer_lines(&window[..len]).any(|(name, _)| is_forbidden(name)) {
                    return Err(ChunkError::ForbiddenTrailer);
                }
                self.state = State::End;
                Ok(Some(len))
            }
            None if window.len() < buf.len() => Err(ChunkError::TrailerTooLarge),
            None => Ok(None),
        }
    }
}

/// Fields that frame or route a message mean nothing after its body, except to whoever merges trailers into headers
/// (RFC 9110 section 6.5.1).
fn is_forbidden(name: &[u8]) -> bool {
    !matches!(classify(name), Known::Other | Known::Date)
}

/// What the sender of a chunked body did wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChunkError {
    /// A chunk size that is not 1 to 16 hexadecimal digits followed by CRLF or an extension.
    InvalidSize,
    /// A control character in a chunk extension.
    InvalidExtension,
    /// More than 16 KiB of chunk extensions in one body.
    ExtensionsTooLarge,
    /// The data of a chunk is not followed by CRLF.
    InvalidDataEnd,
    /// A trailer line is malformed.
    Trailer(FieldError),
    /// A trailer that frames or routes a message, such as `Content-Length` or `Host`.
    ForbiddenTrailer,
    /// The trailer section exceeds [`Limits::max_head`] or [`Limits::max_headers`].
    TrailerTooLarge,
}

impl ChunkError {
    /// The status a server answers with: 400, 413 or 431.
    pub fn status(self) -> u16 {
        match self {
            Self::ExtensionsTooLarge => 413,
            Self::TrailerTooLarge => 431,
            _ => 400,
        }
    }
}

impl fmt::Display for ChunkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::InvalidSize => "invalid chunk size",
            Self::InvalidExtension => "invalid chunk extension",
            Self::ExtensionsTooLarge => "chunk extensions too large",
            Self::InvalidDataEnd => "chunk data not followed by CRLF",
            Self::Trailer(error) => return error.fmt(f),
            Self::ForbiddenTrailer => "forbidden trailer",
            Self::TrailerTooLarge => "trailers too large",
        })
    }
}

impl std::error::Error for ChunkError {}

impl From<FieldError> for ChunkError {
    fn from(error: FieldError) -> Self {
        Self::Trailer(error)
    }
}

impl From<ProgressError> for ChunkError {
    fn from(error: ProgressError) -> Self {
        match error {
            ProgressError::Field(error) => Self::Trailer(error),
            ProgressError::TooManyFields => Self::TrailerTooLarge,
        }
    }
}

/// Appends the line before the data of a chunk: `len` in hexadecimal and CRLF. The data and CRLF follow. `len` must
/// not be 0, for a chunk of 0 bytes ends the body: that end is `0\r\n`, trailer lines, `\r\n`.
pub fn encode_chunk_header(len: usize, out: &mut Vec<u8>) {
    let digits = (usize::BITS - len.leading_zeros()).div_ceil(4).max(1);
    for place in (0..digits).rev() {
        out.push(b"0123456789abcdef"[len >> (place * 4) & 15]);
    }
    out.extend_from_slice(b"\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Body, trailer section and bytes used.
    type Decoded = (Vec<u8>, Vec<u8>, usize);

    /// What comes out of `input`, fed `step` bytes at a time; `None` when it does not end.
    fn decode(input: &[u8], step: usize) -> Result<Option<Decoded>, ChunkError> {
        let limits = Limits {
            max_head: 64,
            max_headers: 3,
            ..Limits::default()
        };
        let (mut decoder, mut body, mut start) = (ChunkedDecoder::new(), Vec::new(), 0);
        let mut end = 0;
        while end < input.len() {
            end = (end + step).min(input.len());
            loop {
                let buf = &input[start..end];
                let (used, event) = decoder.decode(buf, &limits)?;
                start += used;
                match event {
                    ChunkEvent::Data(range) => body.extend_from_slice(&buf[range]),
                    ChunkEvent::End(range) => return Ok(Some((body, buf[range].to_vec(), start))),
                    ChunkEvent::NeedMore => break,
                }
            }
        }
        Ok(None)
    }

    /// The same result in pieces of any size.
    fn check(input: &[u8]) -> Result<Option<Decoded>, ChunkError> {
        let whole = decode(input, input.len());
        for step in 1..9 {
            assert_eq!(
                decode(input, step),
                whole,
                "{step} bytes at a time: {}",
                input.escape_ascii()
            );
        }
        whole
    }

    #[test]
    fn bodies() {
        let body = |input: &[u8]| {
            check(input)
                .unwrap()
                .map(|(body, ..)| String::from_utf8(body).unwrap())
        };
        assert_eq!(body(b"0\r\n\r\n").unwrap(), "");
        assert_eq!(body(b"5\r\nhello\r\n0\r\n\r\nrest").unwrap(), "hello");
        assert_eq!(
            body(b"00000005;a=b;c=\"d\" \r\nhello\r\n1 \t;x\r\n!\r\n000\r\n\r\n").unwrap(),
            "hello!"
        );
        assert_eq!(
            body(b"A\r\n0123456789\r\na\r\n0123456789\r\n0\r\n\r\n")
                .unwrap()
                .len(),
            20
        );
        assert_eq!(body(b"5\r\nhello\r\n0\r\n"), None);
        assert_eq!(body(b"ffffffffffffffff\r\nhello"), None);
        let (_, trailers, used) = check(b"0\r\nA: 1\r\nb:\r\n\r\nGET").unwrap().unwrap();
        assert_eq!((&trailers[..], used), (&b"A: 1\r\nb:\r\n\r\n"[..], 15));
    }

    #[test]
    fn refusals() {
        use ChunkError::*;
        for (input, error) in [
            (&b"\r\n"[..], InvalidSize),
            (b" 5\r\nhello", InvalidSize),
            (b"+5\r\nhello", InvalidSize),
            (b"-5\r\nhello", InvalidSize),
            (b"0x5\r\nhello", InvalidSize),
            (b"5_0\r\n", InvalidSize),
            (b"g\r\n", InvalidSize),
            (b";a\r\n", InvalidSize),
            (b"5 \r\nhello", InvalidSize),
            (b"5 5\r\nhello", InvalidSize),
            (b"5\nhello", InvalidSize),
            (b"5\rhello", InvalidSize),
            (b"5\r\rhello", InvalidSize),
            (b"5\0\r\n", InvalidSize),
            (b"00000000000000005\r\nhello", InvalidSize),
            (b"10000000000000000\r\n", InvalidSize),
            (b"5;a\nhello", InvalidExtension),
            (b"5;a\0\r\n", InvalidExtension),
            (b"5;a\r5\r\n", InvalidSize),
            (b"5\r\nhello0\r\n\r\n", InvalidDataEnd),
            (b"5\r\nhello\n0\r\n\r\n", InvalidDataEnd),
            (b"5\r\nhello\r0\r\n\r\n", InvalidDataEnd),
            (b"5\r\nhelloXX0\r\n\r\n", InvalidDataEnd),
            (b"0\r\nA: 1\n\r\n", Trailer(FieldError::BareLf)),
            (b"0\r\n\n", Trailer(FieldError::BareLf)),
            (b"0\r\nA : 1\r\n\r\n", Trailer(FieldError::SpaceBeforeColon)),
            (b"0\r\nA: 1\r\n b\r\n\r\n", Trailer(FieldError::Folded)),
            (b"0\r\n1: 1\r\n2: 2\r\n3: 3\r\n4: 4\r\n\r\n", TrailerTooLarge),
            (b"0\r\nA: 11111111111111111111111111111111111111111111111111111111111111111111\r\n\r\n", TrailerTooLarge),
            (b"0\r\nContent-Length: 5\r\n\r\n", ForbiddenTrailer),
            (b"0\r\ntransfer-encoding: chunked\r\n\r\n", ForbiddenTrailer),
            (b"0\r\nA: 1\r\nHOST: a\r\n\r\n", ForbiddenTrailer),
            (b"0\r\nTrailer: a\r\n\r\n", ForbiddenTrailer),
        ] {
            assert_eq!(check(input), Err(error), "{}", input.escape_ascii());
        }
    }

    #[test]
    fn extensions_are_limited_over_the_whole_body() {
        let mut input = Vec::new();
        for _ in 0..17 {
            input.extend_from_slice(b"1;");
            input.extend(std::iter::repeat_n(b'x', 1000));
            input.extend_from_slice(b"\r\n.\r\n");
        }
        for step in [1, 100, input.len()] {
            assert_eq!(decode(&input, step), Err(ChunkError::ExtensionsTooLarge));
        }
        assert_eq!(decode(&input[..1007 * 16], 100), Ok(None));
    }

    #[test]
    fn the_end_stays_the_end() {
        let (mut decoder, limits) = (ChunkedDecoder::new(), Limits::default());
        assert_eq!(
            decoder.decode(b"0\r\n\r\nabc", &limits),
            Ok((5, ChunkEvent::End(3..5)))
        );
        assert!(decoder.is_done());
        assert_eq!(
            decoder.decode(b"abc", &limits),
            Ok((0, ChunkEvent::End(0..0)))
        );
    }

    #[test]
    fn headers_of_chunks() {
        for len in [1, 9, 10, 15, 16, 255, 256, 65_535, 1 << 20, usize::MAX] {
            let mut out = Vec::new();
            encode_chunk_header(len, &mut out);
            assert_eq!(out, format!("{len:x}\r\n").into_bytes());
        }
    }
}
