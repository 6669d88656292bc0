//! Heads and bodies of responses as bytes.

use luvit_http::{
    Known, classify, encode_chunk_header, http_date, is_field_value, is_token, push_decimal,
    status_reason,
};

use super::Inner;
use super::connection::{Connection, Phase, Transport};
use crate::lua::{Call, Raise, State, Type};
use crate::shared::Shared;

/// The header lines of a response before they are sent.
#[derive(Default)]
pub(super) struct Head {
    pub(super) status: u16,
    pub(super) reason: Option<Vec<u8>>,
    /// `Name: value` lines with CRLF, but for those that frame the body.
    pub(super) lines: Vec<u8>,
    pub(super) content_length: Option<u64>,
    /// The line of a Transfer-Encoding that ends in `chunked`.
    pub(super) coding: Option<Vec<u8>>,
    pub(super) has_connection: bool,
    pub(super) close: bool,
    /// The connection ends after this response, whatever its fields say.
    pub(super) last: bool,
    pub(super) has_date: bool,
    /// No `Date` is added.
    pub(super) no_date: bool,
    /// Where numbers become digits.
    digits: Vec<u8>,
}

impl Head {
    /// Empties it and keeps its buffer.
    pub(super) fn reset(&mut self) {
        let mut lines = std::mem::take(&mut self.lines);
        lines.clear();
        let digits = std::mem::take(&mut self.digits);
        *self = Head {
            lines,
            digits,
            ..Head::default()
        };
    }

    /// Adds one field; `name` and `value` are checked.
    pub(super) fn push(&mut self, name: &[u8], value: &[u8]) -> Result<(), String> {
        if !is_token(name) {
            return Err(format!(
                "invalid header name {:?}",
                String::from_utf8_lossy(name)
            ));
        }
        if !is_field_value(value) {
            return Err(format!(
                "invalid character in the value of header {:?}: {:?}",
                String::from_utf8_lossy(name),
                String::from_utf8_lossy(value)
            ));
        }
        match classify(name) {
            Known::ContentLength => {
                let length = std::str::from_utf8(value)
                    .ok()
                    .filter(|text| {
                        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
                    })
                    .and_then(|text| text.parse().ok())
                    .ok_or_else(|| {
                        format!(
                            "invalid Content-Length {:?}",
                            String::from_utf8_lossy(value)
                        )
                    })?;
                if self.content_length.is_some_and(|earlier| earlier != length) {
                    return Err("two different Content-Lengths".into());
                }
                self.content_length = Some(length);
                return Ok(());
            }
            Known::TransferEncoding => {
                let last = value
                    .rsplit(|byte| *byte == b',')
                    .next()
                    .unwrap_or_default();
                if !last.trim_ascii().eq_ignore_ascii_case(b"chunked") {
                    return Err("the last Transfer-Encoding of a response must be chunked".into());
                }
                self.coding = Some([name, b": ", value, b"\r\n"].concat());
                return Ok(());
            }
            Known::Connection => {
                self.has_connection = true;
                self.close |= value
                    .split(|byte| *byte == b',')
                    .any(|token| token.trim_ascii().eq_ignore_ascii_case(b"close"));
            }
            Known::Date => self.has_date = true,
            _ => {}
        }
        self.lines.reserve(name.len() + value.len() + 4);
        self.lines.extend_from_slice(name);
        self.lines.extend_from_slice(b": ");
        self.lines.extend_from_slice(value);
        self.lines.extend_from_slice(b"\r\n");
        Ok(())
    }

    /// Whether a field says how the message is framed, which a trailer or an interim response must not.
    pub(super) fn frames(&self) -> bool {
        self.content_length.is_some() || self.coding.is_some() || self.has_connection
    }

    /// The lines with those that frame the body, and the empty line.
    pub(super) fn section(&self) -> Vec<u8> {
        let mut section = self.lines.clone();
        if let Some(length) = self.content_length {
            push_length(&mut section, length);
        }
        section.extend_from_slice(self.coding.as_deref().unwrap_or_default());
        section.extend_from_slice(b"\r\n");
        section
    }

    /// Adds the fields of the table at `index`: pairs of name and value, where a value may be a
    /// list of values for repeated fields, or a list of `{name, value}`.
    pub(super) fn push_table(&mut self, call: &Call, index: i32) -> Result<(), Raise> {
        let index = call.absolute(index);
        let listed = call.raw_len(index);
        for position in 1..=listed {
            call.raw_get_index(index, position as i32);
            if call.type_of(-1) != Type::Table {
                return Err(Raise::Argument(
                    index,
                    format!("header {position} of the list is no {{name, value}} pair"),
                ));
            }
            call.raw_get_index(-1, 1);
            call.raw_get_index(-2, 2);
            self.push_field(call, index)?;
            call.pop(3);
        }
        call.push_nil();
        while call.next(index) {
            // The list part was done above.
            if call.type_of(-2) == Type::String {
                // A copy of the key: converting the key itself would confuse `next`.
                call.push_value(-2);
                call.insert(-2);
                self.push_field(call, index)?;
                call.pop(2);
            } else {
                call.pop(1);
            }
        }
        Ok(())
    }

    /// Adds the field whose name and value are on the top of the stack.
    fn push_field(&mut self, call: &Call, argument: i32) -> Result<(), Raise> {
        let wrong = |text: String| Raise::Argument(argument, text);
        if call.type_of(-2) != Type::String {
            return Err(wrong(format!("a header name is a {}", call.type_name(-2))));
        }
        let name = call.to_bytes(-2).unwrap_or_default();
        match call.type_of(-1) {
            Type::Number
                if call
                    .to_num(-1)
                    .is_some_and(|n| (0.0..1e15).contains(&n) && n.fract() == 0.0) =>
            {
                // A length, mostly: written here, it makes no Lua string.
                let mut digits = std::mem::take(&mut self.digits);
                digits.clear();
                push_decimal(&mut digits, call.to_num(-1).unwrap_or_default() as u64);
                let result = self.push(name, &digits).map_err(wrong);
                self.digits = digits;
                result
            }
            Type::String | Type::Number => {
                let value = call.to_bytes(-1).unwrap_or_default();
                self.push(name, value).map_err(wrong)
            }
            Type::Boolean => self
                .push(name, if call.to_bool(-1) { b"true" } else { b"false" })
                .map_err(wrong),
            Type::Table => {
                for position in 1..=call.raw_len(-1) {
                    call.raw_get_index(-1, position as i32);
                    let value = call.to_bytes(-1);
                    let result = match value {
                        Some(value) => self.push(name, value).map_err(wrong),
                        None => Err(wrong(format!(
                            "value {position} of header {:?} is a {}",
                            String::from_utf8_lossy(name),
                            call.type_name(-1)
                        ))),
                    };
                    call.pop(1);
                    result?;
                }
                Ok(())
            }
            _ => Err(wrong(format!(
                "the value of header {:?} is a {}",
                String::from_utf8_lossy(name),
                call.type_name(-1)
            ))),
        }
    }
}

/// How the body follows a head that is written now.
#[derive(Copy, Clone)]
pub(super) enum BodyKind {
    /// All of it, this many bytes.
    Whole(usize),
    /// It comes in pieces.
    Pieces,
}

/// Whether a status allows no body (RFC 9110 section 6.4.1).
pub(super) fn has_no_body(status: u16) -> bool {
    status < 200 || status == 204 || status == 304
}

/// Appends the head of a response to `out` and sets how its body is framed.
pub(super) fn push_head(
    out: &mut Vec<u8>,
    connection: &mut Connection,
    date: &[u8; 29],
    body: BodyKind,
) {
    let head: &Head = connection.head.get_or_insert_default();
    let status = if head.status == 0 { 200 } else { head.status };
    let flags = &mut connection.flags;
    out.extend_from_slice(b"HTTP/1.1 ");
    push_decimal(out, status.into());
    out.push(b' ');
    match &head.reason {
        Some(reason) => out.extend_from_slice(reason),
        None => out.extend_from_slice(status_reason(status).as_bytes()),
    }
    out.extend_from_slice(b"\r\n");
    out.extend_from_slice(&head.lines);
    flags.head_sent = true;
    let tunnel = flags.is_connect && (200..300).contains(&status);
    flags.no_body = has_no_body(status);
    flags.switched = status == 101 || tunnel;
    if !head.has_date && !head.no_date {
        out.extend_from_slice(b"Date: ");
        out.extend_from_slice(date);
        out.extend_from_slice(b"\r\n");
    }
    if head.close || head.last {
        flags.keep_alive = false;
    }
    flags.chunked = false;
    connection.body_left = None;
    if flags.no_body {
        // A 304 may say how long the body would have been (RFC 9110 section 8.6).
        if let (304, Some(length)) = (status, head.content_length) {
            push_length(out, length);
        }
    } else if tunnel {
        // What is written now goes down the tunnel as it is (RFC 9110 section 9.3.6).
    } else if let Some(coding) = &head.coding {
        if flags.http10 {
            // It cannot read chunks: the connection's end ends the body.
            flags.keep_alive = false;
        } else {
            flags.chunked = true;
            out.extend_from_slice(coding);
        }
    } else {
        match (head.content_length, body) {
            (Some(length), _) => {
                push_length(out, length);
                connection.body_left = Some(length);
            }
            // What a GET would have answered is not known.
            (None, BodyKind::Whole(0)) if flags.is_head => {}
            (None, BodyKind::Whole(length)) => {
                push_length(out, length as u64);
                connection.body_left = Some(length as u64);
            }
            (None, BodyKind::Pieces) if flags.http10 => flags.keep_alive = false,
            (None, BodyKind::Pieces) => {
                flags.chunked = true;
                out.extend_from_slice(b"Transfer-Encoding: chunked\r\n");
            }
        }
    }
    if status >= 200 && !flags.switched {
        if !flags.keep_alive && !head.close {
            out.extend_from_slice(b"Connection: close\r\n");
        } else if flags.keep_alive && !head.has_connection {
            out.extend_from_slice(b"Connection: keep-alive\r\n");
        }
    }
    out.extend_from_slice(b"\r\n");
}

fn push_length(out: &mut Vec<u8>, length: u64) {
    out.extend_from_slice(b"Content-Length: ");
    push_decimal(out, length);
    out.extend_from_slice(b"\r\n");
}

/// Appends bytes of the body as its framing wants them. `Err` if they are more than the
/// Content-Length promised.
pub(super) fn push_body(
    out: &mut Vec<u8>,
    connection: &mut Connection,
    bytes: &[u8],
) -> Result<(), String> {
    if bytes.is_empty() {
        return Ok(());
    }
    if let Some(left) = connection.body_left.as_mut() {
        *left = left.checked_sub(bytes.len() as u64).ok_or_else(|| {
            format!(
                "the body is longer than its Content-Length: {} bytes more than the {left} left",
                bytes.len()
            )
        })?;
    }
    if connection.flags.is_head || connection.flags.no_body {
        return Ok(());
    }
    if connection.flags.chunked {
        encode_chunk_header(bytes.len(), out);
        out.extend_from_slice(bytes);
        out.extend_from_slice(b"\r\n");
    } else {
        out.extend_from_slice(bytes);
    }
    Ok(())
}

/// Appends what ends the body.
pub(super) fn push_end(out: &mut Vec<u8>, connection: &mut Connection, trailers: &[u8]) {
    if connection.flags.chunked && !connection.flags.is_head && !connection.flags.no_body {
        out.extend_from_slice(b"0\r\n");
        out.extend_from_slice(trailers);
        out.extend_from_slice(b"\r\n");
    }
    // A body shorter than promised: only the end of the connection tells the peer.
    if connection.body_left.is_some_and(|left| left > 0)
        && !connection.flags.is_head
        && !connection.flags.no_body
    {
        connection.flags.keep_alive = false;
    }
    connection.flags.response_done = true;
}

/// A short answer to a broken request, the connection's last. It joins the answers that are being
/// collected, or it is returned for the caller to send.
pub(super) fn refusal(
    shared: &Shared,
    inner: &mut Inner,
    index: u32,
    status: u16,
    body: &str,
) -> Option<(Transport, Vec<u8>)> {
    let date = *current_date(shared, inner);
    let mut text = Vec::with_capacity(256);
    text.extend_from_slice(b"HTTP/1.1 ");
    push_decimal(&mut text, status.into());
    text.push(b' ');
    text.extend_from_slice(status_reason(status).as_bytes());
    text.extend_from_slice(b"\r\nDate: ");
    text.extend_from_slice(&date);
    text.extend_from_slice(b"\r\nContent-Type: text/plain\r\nContent-Length: ");
    push_decimal(&mut text, body.len() as u64);
    text.extend_from_slice(b"\r\nConnection: close\r\n\r\n");
    let connection = inner.connection(index)?;
    // The flags are those of an earlier request while there is no exchange.
    if connection.phase != Phase::Exchange || !connection.flags.is_head {
        text.extend_from_slice(body.as_bytes());
    }
    connection.flags.head_sent = true;
    connection.flags.response_done = true;
    connection.flags.keep_alive = false;
    connection.flags.discard = true;
    let transport = connection.transport;
    if inner.is_current(index) {
        inner.out.extend_from_slice(&text);
        return None;
    }
    Some((transport, text))
}

/// The value of `Date`, made anew each second.
pub(super) fn current_date<'a>(shared: &Shared, inner: &'a mut Inner) -> &'a [u8; 29] {
    let now = shared.lp.borrow().now();
    if now >= inner.date_until {
        let time = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap_or_default();
        http_date(time.as_secs(), &mut inner.date);
        inner.date_until = now + 1000 - u64::from(time.subsec_millis());
    }
    &inner.date
}

/// Pushes header lines as a list of `{name, value}`.
pub(super) fn push_lines<'a>(state: State, lines: impl Iterator<Item = (&'a [u8], &'a [u8])>) {
    state.new_table(8, 0);
    append_lines(state, lines);
}

/// Appends header lines as `{name, value}` to the empty list on the top.
pub(crate) fn append_lines<'a>(state: State, lines: impl Iterator<Item = (&'a [u8], &'a [u8])>) {
    for (position, (name, value)) in lines.enumerate() {
        state.new_table(2, 0);
        state.push_bytes(name);
        state.raw_set_index(-2, 1);
        state.push_bytes(value);
        state.raw_set_index(-2, 2);
        state.raw_set_index(-2, position as i32 + 1);
    }
}
