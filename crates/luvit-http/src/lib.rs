//! HTTP/1.1 without I/O: bytes in, heads and bodies out.
//!
//! Nothing here reads a socket, holds a buffer or waits. The caller owns the bytes of a connection and asks three
//! small values about them, each `Copy` and at most 32 bytes, so that an idle connection costs next to nothing:
//!
//! - [`RequestParser`] reads the head of a request, for servers;
//! - [`ResponseParser`] reads the head of a response, for clients;
//! - [`ChunkedDecoder`] finds the data and the end of a chunked body, for both.
//!
//! A head borrows the buffer it was read from; parsing allocates and copies nothing, however many fields there are.
//! Each parser may be called again and again with an incomplete head and does linear work in total.
//!
//! ```
//! use luvit_http::{Limits, RequestFraming, RequestParser, header_lines, http_date, push_header, push_status_line};
//!
//! let (mut parser, limits) = (RequestParser::new(), Limits::default());
//!
//! // Half a request: more bytes are needed.
//! let mut buffer = b"POST /things?x=1 HTTP/1.1\r\nHost: exa".to_vec();
//! assert_eq!(parser.parse(&buffer, &limits)?, None);
//!
//! // The rest, and its body.
//! buffer.extend_from_slice(b"mple.com\r\nContent-Length: 2\r\n\r\nhi");
//! let head = parser.parse(&buffer, &limits)?.expect("a whole head");
//! assert_eq!((head.method, head.target), ("POST", "/things?x=1"));
//! assert_eq!((head.framing, head.keep_alive), (RequestFraming::Length(2), true));
//! assert_eq!(&buffer[head.head_len..], b"hi");
//!
//! // The fields, now or from a copy of the head.
//! let kept = head.raw.to_vec();
//! let (name, value) = header_lines(&kept).next().expect("a field");
//! assert_eq!((name, value), (&b"Host"[..], &b"example.com"[..]));
//!
//! // The answer.
//! let (mut out, mut date) = (Vec::new(), [0; 29]);
//! http_date(784_111_777, &mut date);
//! push_status_line(&mut out, 1, 204, None)?;
//! push_header(&mut out, b"Date", &date)?;
//! out.extend_from_slice(b"\r\n");
//! assert_eq!(out, b"HTTP/1.1 204 No Content\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\n");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Strictness
//!
//! Whoever stands between a client and us may read a doubtful message in another way than we do, and then one sees
//! two requests where the other sees one. So a message that RFC 9112 does not allow is refused and never repaired:
//! lines that do not end with CRLF, folded lines, whitespace before a colon, control characters, more than one or
//! a malformed `Content-Length`, `Content-Length` with `Transfer-Encoding`, a `Transfer-Encoding` that is not just
//! `chunked`, a missing, repeated or malformed `Host`, chunk sizes that are not plain hexadecimal. The errors
//! ([`RequestError`], [`ResponseError`], [`ChunkError`]) tell what the peer did, and those of a server's side which
//! status it deserves. They come as early as the bytes allow: a TLS greeting is refused at its first byte.
//!
//! What may come in any amount is limited by [`Limits`], which have node's names and defaults.

mod authority;
mod bytes;
mod chunked;
mod date;
mod encode;
mod fields;
mod framing;
mod request;
mod response;

pub use chunked::{ChunkError, ChunkEvent, ChunkedDecoder, encode_chunk_header};
pub use date::http_date;
pub use encode::{
    HeaderError, Known, classify, is_field_value, is_token, push_decimal, push_header,
    push_status_line, status_reason,
};
pub use fields::{FieldError, HeaderLines, Limits, header_lines, trailer_lines};
pub use framing::FramingError;
pub use request::{RequestError, RequestFraming, RequestHead, RequestParser};
pub use response::{ResponseError, ResponseFraming, ResponseHead, ResponseParser};
