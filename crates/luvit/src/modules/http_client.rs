//! What `lua/http/client.lua` calls: heads of requests are written, heads and chunked bodies of
//! responses are read. All bytes are the caller's; nothing here reads a socket.

use luvit_http::{
    ChunkEvent, ChunkedDecoder, Limits, ResponseFraming, ResponseHead, ResponseParser,
    is_field_value, is_token, push_header, trailer_lines,
};

use super::http::append_lines;
use crate::lua::{Call, Raise, Ret, State};
use crate::shared::Shared;

/// Marks a userdata as a [`DecoderBox`].
const MAGIC: u64 = 0x6c76_7463_6864_6563;

/// What the userdata of a chunked decoder holds.
#[derive(Clone, Copy)]
#[repr(C)]
struct DecoderBox {
    magic: u64,
    decoder: ChunkedDecoder,
    limits: Limits,
}

/// Pushes the table of functions.
pub(crate) fn open(state: State, shared: *const Shared) {
    state.new_table(0, 5);
    state.set_function(shared, "request_head", request_head);
    state.set_function(shared, "check_header", check_header);
    state.set_function(shared, "parse_head", parse_head);
    state.set_function(shared, "chunked_decoder", chunked_decoder);
    state.set_function(shared, "decode", decode);
}

/// `request_head(method, target, {{name, value}, …})`: the head as it is sent, or `nil, message`
/// when one of them must not be in a head.
fn request_head(call: &mut Call) -> Ret {
    let method = call.bytes(1)?;
    let target = call.bytes(2)?;
    call.table(3)?;
    if !is_token(method) {
        return refuse(call, "the method is not a token");
    }
    if target.is_empty() || target.iter().any(|byte| *byte <= b' ' || *byte == 0x7f) {
        return refuse(
            call,
            "the path is empty or has a space or control character",
        );
    }
    let mut head = Vec::with_capacity(256);
    for part in [method, b" ", target, b" HTTP/1.1\r\n"] {
        head.extend_from_slice(part);
    }
    for index in 1..=call.raw_len(3) {
        call.raw_get_index(3, index as i32);
        let pair = call.top();
        if call.table(pair).is_err() {
            return refuse(
                call,
                &format!("header {index} is not a pair of name and value"),
            );
        }
        call.raw_get_index(pair, 1);
        call.raw_get_index(pair, 2);
        let (Some(name), Some(value)) = (call.to_bytes(pair + 1), call.to_bytes(pair + 2)) else {
            return refuse(call, &format!("header {index} is not a pair of strings"));
        };
        if push_header(&mut head, name, value).is_err() {
            return refuse(call, &header_fault(name));
        }
        call.set_top(pair - 1);
    }
    head.extend_from_slice(b"\r\n");
    call.push_bytes(&head);
    Ok(1)
}

fn header_fault(name: &[u8]) -> String {
    if is_token(name) {
        format!(
            "the value of header '{}' has a control character",
            name.escape_ascii()
        )
    } else {
        format!("the header name '{}' is not a token", name.escape_ascii())
    }
}

fn refuse(call: &Call, text: &str) -> Ret {
    call.push_nil();
    call.push_str(text);
    Ok(2)
}

/// `check_header(name, value)`: what is wrong with a header, or `nil`.
fn check_header(call: &mut Call) -> Ret {
    let (name, value) = (call.bytes(1)?, call.bytes(2)?);
    if is_token(name) && is_field_value(value) {
        call.push_nil();
    } else {
        call.push_str(&header_fault(name));
    }
    Ok(1)
}

/// The limits at `index` (bytes of a head) and after it (fields of a head).
fn limits(call: &Call, index: i32) -> Result<Limits, Raise> {
    let range = 1..=u32::MAX.into();
    Ok(Limits {
        max_head: call.int_in(index, range.clone())? as usize,
        max_headers: call.int_in(index + 1, range)? as usize,
        ..Limits::default()
    })
}

/// `parse_head(buffer, method, max_head, max_headers)`: `nil` while the head is incomplete;
/// `false, message` when it is none; else `head, used, framing, keep_alive, upgrade`.
///
/// `head` is `{version, code, reason, {name, value}, …}` as of `http-codec`. `framing` is the
/// length of the body, `"none"`, `"chunked"` or `"close"`.
fn parse_head(call: &mut Call) -> Ret {
    let buffer = call.bytes(1)?;
    let method = call.text(2)?;
    let limits = limits(call, 3)?;
    match ResponseParser::new().parse(buffer, &limits, method) {
        Ok(None) => {
            call.push_nil();
            Ok(1)
        }
        Ok(Some(head)) => {
            push_head(call.state(), &head);
            call.push_int(head.head_len as i64);
            match head.framing {
                ResponseFraming::None => call.push_str("none"),
                ResponseFraming::Length(length) => call.push_int(length as i64),
                ResponseFraming::Chunked => call.push_str("chunked"),
                ResponseFraming::UntilClose => call.push_str("close"),
            }
            call.push_bool(head.keep_alive);
            call.push_bool(head.upgrade);
            Ok(5)
        }
        Err(error) => {
            call.push_bool(false);
            call.push_str(&error.to_string());
            Ok(2)
        }
    }
}

fn push_head(state: State, head: &ResponseHead) {
    state.new_table(head.headers().count(), 3);
    state.push_num(if head.minor_version == 0 { 1.0 } else { 1.1 });
    state.raw_set_field(-2, "version");
    state.push_int(head.status.into());
    state.raw_set_field(-2, "code");
    state.push_bytes(head.reason);
    state.raw_set_field(-2, "reason");
    append_lines(state, head.headers());
}

/// `chunked_decoder(max_head, max_headers)`: a decoder at the start of a chunked body. The limits
/// are those of its trailers.
fn chunked_decoder(call: &mut Call) -> Ret {
    let limits = limits(call, 1)?;
    call.new_userdata(DecoderBox {
        magic: MAGIC,
        decoder: ChunkedDecoder::new(),
        limits,
    });
    Ok(1)
}

/// `decode(decoder, buffer)`: `data, used` and, when the body has ended, its trailers as a list of
/// pairs. The next buffer begins with what was not used. `nil, message` for a malformed body.
fn decode(call: &mut Call) -> Ret {
    let wrong = || Raise::Argument(1, "chunked decoder expected".into());
    let (address, size) = call.to_userdata(1).ok_or_else(wrong)?;
    let buffer = call.bytes(2)?;
    if size != size_of::<DecoderBox>() {
        return Err(wrong());
    }
    // SAFETY: the userdata is large enough, and Lua aligns it to 8 bytes.
    if unsafe { address.cast::<u64>().read() } != MAGIC {
        return Err(wrong());
    }
    // SAFETY: only `chunked_decoder` makes userdata that begin with this mark; argument 1 keeps it
    // alive during the call, and nothing else refers to its content.
    let held = unsafe { &mut *address.cast::<DecoderBox>() };

    let mut at = 0;
    let mut data = Vec::new();
    let trailers = loop {
        let (used, event) = match held.decoder.decode(&buffer[at..], &held.limits) {
            Ok(found) => found,
            Err(error) => return refuse(call, &error.to_string()),
        };
        let from = at;
        at += used;
        match event {
            ChunkEvent::Data(range) => {
                data.extend_from_slice(&buffer[from + range.start..from + range.end])
            }
            ChunkEvent::End(range) => break Some(from + range.start..from + range.end),
            ChunkEvent::NeedMore => break None,
        }
    };
    call.push_bytes(&data);
    call.push_int(at as i64);
    let Some(trailers) = trailers else {
        return Ok(2);
    };
    call.new_table(0, 0);
    append_lines(call.state(), trailer_lines(&buffer[trailers]));
    Ok(3)
}
