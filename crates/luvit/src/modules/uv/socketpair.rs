//! Connected pairs of descriptors: `uv.pipe` and `uv.socketpair`.

use luvit_loop::socketpair;

use super::network::{PROTOCOLS, SOCKTYPES, number_of};
use super::{Entry, functions};
use crate::lua::{Call, Raise, Ret, Type};

pub(super) const FUNCTIONS: &[Entry] = functions![pipe, pair = "socketpair"];

/// The optional table `{nonblock = boolean}` at `index`.
fn nonblock(call: &Call, index: i32) -> Result<bool, Raise> {
    match call.type_of(index) {
        Type::None | Type::Nil => Ok(false),
        Type::Table => Ok(call.flag(index, "nonblock")),
        _ => Err(call.wrong_type(index, "table or nil")),
    }
}

/// `uv.pipe([read_flags], [write_flags])`: `{read = fd, write = fd}`
fn pipe(call: &mut Call) -> Ret {
    let (read, write) = (nonblock(call, 1)?, nonblock(call, 2)?);
    match socketpair::pipe(read, write) {
        Ok((read, write)) => {
            call.new_table(0, 2);
            call.push_int(read as i64);
            call.raw_set_field(-2, "read");
            call.push_int(write as i64);
            call.raw_set_field(-2, "write");
            Ok(1)
        }
        Err(error) => call.fail(error),
    }
}

/// The number of a socket type: a name like `"stream"`, a number, or `nil` for a stream.
fn socktype(call: &Call, index: i32) -> Result<i32, Raise> {
    let default = b"stream";
    number_or_name(call, index, SOCKTYPES, default, "invalid socket type")
}

/// The number of a protocol: a name, a number, or `nil` for the usual one.
fn protocol(call: &Call, index: i32) -> Result<i32, Raise> {
    number_or_name(call, index, PROTOCOLS, b"ip", "invalid protocol")
}

fn number_or_name(
    call: &Call,
    index: i32,
    names: &[(&str, i32)],
    default: &[u8],
    unknown: &str,
) -> Result<i32, Raise> {
    let name = match call.type_of(index) {
        Type::None | Type::Nil => default,
        Type::Number => return Ok(call.int_in(index, i32::MIN.into()..=i32::MAX.into())? as i32),
        Type::String => call.bytes(index)?,
        _ => return Err(call.wrong_type(index, "string or integer")),
    };
    number_of(names, name).ok_or_else(|| {
        let name = String::from_utf8_lossy(name);
        Raise::Argument(index, format!("{unknown}: {name}"))
    })
}

/// `uv.socketpair([socktype], [protocol], [flags1], [flags2])`: `{fd1, fd2}`
fn pair(call: &mut Call) -> Ret {
    let (socktype, protocol) = (socktype(call, 1)?, protocol(call, 2)?);
    let nonblocking = [nonblock(call, 3)?, nonblock(call, 4)?];
    match socketpair::socketpair(socktype, protocol, nonblocking) {
        Ok((first, second)) => {
            call.new_table(2, 0);
            call.push_int(first as i64);
            call.raw_set_index(-2, 1);
            call.push_int(second as i64);
            call.raw_set_index(-2, 2);
            Ok(1)
        }
        Err(error) => call.fail(error),
    }
}
