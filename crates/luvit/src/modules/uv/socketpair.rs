//! Connected pairs of descriptors: `uv.pipe` and `uv.socketpair`.

use luvit_loop::socketpair;

use super::{Entry, functions, network};
use crate::lua::{Call, Raise, Ret, Type};

pub(super) const FUNCTIONS: &[Entry] = functions![pipe, pair = "socketpair"];

/// The Internet's protocols by name (IANA's registry). Unix knows no others for pairs than 0.
const PROTOCOLS: &[(&str, i32)] = &[
    ("ip", 0),
    ("icmp", 1),
    ("tcp", 6),
    ("udp", 17),
    ("ipv6", 41),
    ("ipv6-icmp", 58),
];

/// The optional table `{nonblock = boolean}` at `index`.
fn nonblock(call: &Call, index: i32) -> Result<bool, Raise> {
    match call.type_of(index) {
        Type::None | Type::Nil => Ok(false),
        Type::Table => {
            call.raw_get_field(index, "nonblock");
            let value = call.to_bool(-1);
            call.pop(1);
            Ok(value)
        }
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
    let number = |name: &str| {
        let mut all = network::CONSTANTS.iter();
        all.find(|(known, _)| *known == name)
            .map(|(_, value)| *value)
    };
    let known = match call.type_of(index) {
        Type::None | Type::Nil => number("SOCK_STREAM"),
        Type::Number => Some(call.int_in(index, 0..=i32::MAX.into())? as i32),
        Type::String => {
            let name = String::from_utf8_lossy(call.bytes(index)?).into_owned();
            let found = number(&format!("SOCK_{}", name.to_ascii_uppercase()));
            let wrong = || Raise::Argument(index, format!("invalid socket type: {name}"));
            return found.ok_or_else(wrong);
        }
        _ => None,
    };
    known.ok_or_else(|| call.wrong_type(index, "string or integer"))
}

/// The number of a protocol: a name, a number, or `nil` for the usual one.
fn protocol(call: &Call, index: i32) -> Result<i32, Raise> {
    match call.type_of(index) {
        Type::None | Type::Nil => Ok(0),
        Type::Number => Ok(call.int_in(index, i32::MIN.into()..=i32::MAX.into())? as i32),
        Type::String => {
            let name = String::from_utf8_lossy(call.bytes(index)?).into_owned();
            let found = PROTOCOLS.iter().find(|(known, _)| *known == name);
            found
                .map(|(_, number)| *number)
                .ok_or_else(|| Raise::Argument(index, format!("invalid protocol: {name}")))
        }
        _ => Err(call.wrong_type(index, "string or integer")),
    }
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
