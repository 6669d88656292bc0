//! Field lines (RFC 9110 section 5, RFC 9112 section 5): what heads and trailer sections are made of.

use crate::bytes::{token_end, trim, value_end};
use memchr::memchr;
use std::fmt;

/// Limits on what a peer may send in one head. Names and defaults are node's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Most bytes of a whole head or trailer section, first line and empty line included
    /// (node's `maxHeaderSize`; default 16,384).
    pub max_head: usize,
    /// Most bytes of a request target (default 8,192).
    pub max_url: usize,
    /// Most field lines in a head or trailer section (node's `maxHeadersCount`; default 2,000).
    /// 0 leaves only `max_head`.
    pub max_headers: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_head: 16_384,
            max_url: 8_192,
            max_headers: 2_000,
        }
    }
}

impl Limits {
    pub(crate) fn too_many(&self, fields: u32) -> bool {
        self.max_headers != 0 && fields as usize > self.max_headers
    }

    /// The part of `buf` that a head may fill; offsets into it fit `u32`.
    #[inline]
    pub(crate) fn window<'b>(&self, buf: &'b [u8]) -> &'b [u8] {
        &buf[..buf.len().min(self.max_head).min(u32::MAX as usize)]
    }
}

/// What is wrong with a field line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FieldError {
    /// A line ends with LF alone.
    BareLf,
    /// A CR is followed by something else than LF.
    BareCr,
    /// A control character other than HTAB in a value.
    ControlCharacter,
    /// A line starts with a space or tab: the obsolete way to continue a value, and a way to hide a field.
    Folded,
    /// Whitespace between name and colon.
    SpaceBeforeColon,
    /// A line starts with the colon.
    EmptyName,
    /// A name holds a character that is not a token's.
    InvalidName,
    /// A line has no colon.
    MissingColon,
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BareLf => "line ends with LF without CR",
            Self::BareCr => "CR without LF",
            Self::ControlCharacter => "control character in a header value",
            Self::Folded => "header line starts with whitespace",
            Self::SpaceBeforeColon => "whitespace before the colon of a header",
            Self::EmptyName => "header without a name",
            Self::InvalidName => "invalid character in a header name",
            Self::MissingColon => "header line without a colon",
        })
    }
}

impl std::error::Error for FieldError {}

/// One line of a head after the first.
pub(crate) enum Line<'b> {
    /// A field and the bytes its line takes.
    Field(&'b [u8], &'b [u8], usize),
    /// The empty line.
    End,
    /// No whole line yet, and nothing wrong with what is there.
    Partial,
}

/// Reads the line that `rest` starts with.
#[inline]
pub(crate) fn read_line(rest: &[u8]) -> Result<Line<'_>, FieldError> {
    let colon = token_end(rest);
    if colon == 0 || rest.get(colon) != Some(&b':') {
        return no_field(rest, colon);
    }
    let start = colon + 1;
    let end = start + value_end(&rest[start..]);
    match rest[end..] {
        [b'\r', b'\n', ..] => Ok(Line::Field(
            &rest[..colon],
            trim(&rest[start..end]),
            end + 2,
        )),
        [] | [b'\r'] => Ok(Line::Partial),
        [b'\r', ..] => Err(FieldError::BareCr),
        [b'\n', ..] => Err(FieldError::BareLf),
        _ => Err(FieldError::ControlCharacter),
    }
}

/// Tells what a line without `token ":"` is; `end` is where the token stops.
fn no_field(rest: &[u8], end: usize) -> Result<Line<'_>, FieldError> {
    match (end, &rest[end..]) {
        (_, []) | (0, [b'\r']) => Ok(Line::Partial),
        (0, [b'\r', b'\n', ..]) => Ok(Line::End),
        (0, [b'\r', ..]) => Err(FieldError::BareCr),
        (0, [b'\n', ..]) => Err(FieldError::BareLf),
        (0, [b' ' | b'\t', ..]) => Err(FieldError::Folded),
        (0, [b':', ..]) => Err(FieldError::EmptyName),
        (_, [b' ' | b'\t', ..]) => Err(FieldError::SpaceBeforeColon),
        (_, [b'\r' | b'\n', ..]) => Err(FieldError::MissingColon),
        _ => Err(FieldError::InvalidName),
    }
}

/// Iterator over the (name, value) pairs of a head or trailer section, in order, as they were sent: names keep
/// their case, values are without the whitespace around them. Stops at the empty line.
#[derive(Clone, Debug)]
pub struct HeaderLines<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for HeaderLines<'a> {
    type Item = (&'a [u8], &'a [u8]);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        match read_line(self.rest) {
            Ok(Line::Field(name, value, len)) => {
                self.rest = &self.rest[len..];
                Some((name, value))
            }
            _ => None,
        }
    }
}

impl std::iter::FusedIterator for HeaderLines<'_> {}

/// The field lines of a head that a parser accepted. `head` is [`RequestHead::raw`](crate::RequestHead::raw) or
/// [`ResponseHead::raw`](crate::ResponseHead::raw), or a copy of it kept for later: request or status line, field
/// lines, empty line. Other bytes give an unspecified result, not a panic.
pub fn header_lines(head: &[u8]) -> HeaderLines<'_> {
    let first_line = memchr(b'\n', head).map_or(head.len(), |lf| lf + 1);
    HeaderLines {
        rest: &head[first_line..],
    }
}

/// The field lines of a trailer section: the range of a [`ChunkEvent::End`](crate::ChunkEvent::End), or a copy of
/// those bytes. It has no first line to skip, else it is as [`header_lines`].
pub fn trailer_lines(section: &[u8]) -> HeaderLines<'_> {
    HeaderLines { rest: section }
}

/// How far an incomplete head was read. Every byte is looked at a bounded number of times however slowly they
/// come: while no line ends only new bytes are checked, and a line is read again only when its end has come.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Progress {
    /// Start of the first line that is not complete.
    pub(crate) line: u32,
    /// Bytes already looked at; 0 when nothing was.
    pub(crate) scanned: u32,
    /// Complete field lines so far.
    pub(crate) fields: u32,
}

/// Why [`Progress::advance`] refuses.
pub(crate) enum ProgressError {
    Field(FieldError),
    TooManyFields,
}

impl From<FieldError> for ProgressError {
    fn from(error: FieldError) -> Self {
        Self::Field(error)
    }
}

impl Progress {
    /// Checks bytes that came since the last call and belong to an incomplete line. True when they end a line, so
    /// that there is something to read.
    pub(crate) fn line_ended(&mut self, window: &[u8]) -> Result<bool, FieldError> {
        let Some((seen, new)) = window.split_at_checked(self.scanned as usize) else {
            *self = Self::default();
            return Ok(true);
        };
        if memchr(b'\n', new).is_some() {
            return Ok(true);
        }
        self.scanned = window.len() as u32;
        match &new[value_end(new)..] {
            _ if seen.last() == Some(&b'\r') && !new.is_empty() => Err(FieldError::BareCr),
            [] | [b'\r'] => Ok(false),
            [b'\r', ..] => Err(FieldError::BareCr),
            _ => Err(FieldError::ControlCharacter),
        }
    }

    /// Reads the lines that are complete, from `self.line` on. `Some(length)` when the empty line was found.
    pub(crate) fn advance(
        &mut self,
        window: &[u8],
        limits: &Limits,
    ) -> Result<Option<usize>, ProgressError> {
        let mut at = self.line as usize;
        loop {
            match read_line(&window[at..])? {
                Line::Field(_, _, len) => {
                    at += len;
                    self.fields += 1;
                    if limits.too_many(self.fields) {
                        return Err(ProgressError::TooManyFields);
                    }
                }
                Line::End => return Ok(Some(at + 2)),
                Line::Partial => {
                    self.line = at as u32;
                    self.scanned = window.len() as u32;
                    return Ok(None);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_a_head_and_of_a_section() {
        let head = b"GET / HTTP/1.1\r\nHost: a\r\nX-Empty:\r\nX-Space: \t b c\t \r\n\r\nbody";
        let lines: Vec<_> = header_lines(head).collect();
        assert_eq!(
            lines,
            [
                (&b"Host"[..], &b"a"[..]),
                (b"X-Empty", b""),
                (b"X-Space", b"b c")
            ]
        );
        assert_eq!(trailer_lines(b"A: 1\r\nB: 2\r\n\r\n").count(), 2);
        assert_eq!(trailer_lines(b"\r\n").count(), 0);
        assert_eq!(header_lines(b"").count(), 0);
    }

    #[test]
    fn progress_survives_a_shrunk_buffer() {
        let mut progress = Progress {
            line: 40,
            scanned: 50,
            fields: 3,
        };
        assert_eq!(progress.line_ended(b"abc"), Ok(true));
        assert_eq!(progress.line, 0);
    }
}
