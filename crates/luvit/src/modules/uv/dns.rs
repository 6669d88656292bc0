//! Names to addresses and back, by the system's resolver on the thread pool.

use luvit_loop::{AddrInfo, AddrInfoResult, Error, Hints, NameInfoResult};

use super::request::RequestKind;
use super::tcp::{display_ip, family_name};
use super::{Entry, functions};
use crate::lua::{Call, Raise, Ret, State, Type};
use crate::shared::{RequestEntry, WorkResult};

pub(super) const FUNCTIONS: &[Entry] = functions![getaddrinfo, getnameinfo];

/// The hints that are flags, by luv's names.
#[cfg(unix)]
const FLAGS: &[(&str, i32)] = &[
    ("addrconfig", libc::AI_ADDRCONFIG),
    ("v4mapped", libc::AI_V4MAPPED),
    ("all", libc::AI_ALL),
    ("numerichost", libc::AI_NUMERICHOST),
    ("passive", libc::AI_PASSIVE),
    ("numericserv", libc::AI_NUMERICSERV),
    ("canonname", libc::AI_CANONNAME),
];
/// The hints that are flags, by luv's names, with Winsock's numbers.
#[cfg(windows)]
const FLAGS: &[(&str, i32)] = &[
    ("addrconfig", 0x400),
    ("v4mapped", 0x800),
    ("all", 0x100),
    ("numerichost", 4),
    ("passive", 1),
    ("numericserv", 8),
    ("canonname", 2),
];

#[cfg(unix)]
const AF_INET: i32 = libc::AF_INET;
#[cfg(unix)]
const AF_INET6: i32 = libc::AF_INET6;
#[cfg(windows)]
const AF_INET: i32 = 2;
#[cfg(windows)]
const AF_INET6: i32 = 23;

/// Reads the table of hints at `index`.
fn hints(call: &Call, index: i32) -> Result<Hints, Raise> {
    if call.is_nil(index) {
        return Ok(Hints::default());
    }
    call.table(index)?;
    let mut flags = 0;
    for (name, flag) in FLAGS {
        call.raw_get_field(index, name);
        if call.to_bool(-1) {
            flags |= flag;
        }
        call.pop(1);
    }
    Ok(Hints {
        flags,
        family: choice(
            call,
            index,
            "family",
            &[("unspec", 0), ("inet", AF_INET), ("inet6", AF_INET6)],
        )?,
        socktype: choice(
            call,
            index,
            "socktype",
            &[("stream", 1), ("dgram", 2), ("raw", 3)],
        )?,
        protocol: choice(
            call,
            index,
            "protocol",
            &[
                ("ip", 0),
                ("icmp", 1),
                ("tcp", 6),
                ("udp", 17),
                ("icmp6", 58),
            ],
        )?,
    })
}

/// A field that is a number or one of a few names; 0 when absent.
fn choice(call: &Call, table: i32, field: &str, names: &[(&str, i32)]) -> Result<i32, Raise> {
    call.raw_get_field(table, field);
    let value = match call.type_of(-1) {
        Type::None | Type::Nil => Some(0),
        Type::Number => call.to_num(-1).map(|number| number as i32),
        Type::String => {
            let given = call.to_bytes(-1).unwrap_or_default();
            names
                .iter()
                .find(|(name, _)| name.as_bytes() == given)
                .map(|(_, number)| *number)
        }
        _ => None,
    };
    call.pop(1);
    value.ok_or_else(|| Raise::Argument(table, format!("invalid '{field}' in the hints")))
}

/// `uv.getaddrinfo(host, service, [hints], [callback])`: the list of addresses; without a
/// callback it waits for the answer.
fn getaddrinfo(call: &mut Call) -> Ret {
    let host = if call.is_nil(1) {
        None
    } else {
        Some(call.text(1)?)
    };
    let service = if call.is_nil(2) {
        None
    } else {
        Some(call.text(2)?)
    };
    let hints = hints(call, 3)?;
    if !call.opt_callable(4)? {
        return match luvit_loop::getaddrinfo(host, service, hints) {
            Ok(found) => {
                push_addresses(call.state(), &found);
                Ok(1)
            }
            Err(error) => call.fail(error),
        };
    }
    let request = call
        .shared()
        .lp
        .borrow_mut()
        .getaddrinfo(host, service, hints);
    call.new_request(request, RequestKind::Getaddrinfo, || {
        RequestEntry::Work(push_addrinfo_results, call.keep(4))
    })
}

fn push_addrinfo_results(call: &Call, result: WorkResult) -> i32 {
    let found = result.and_then(|output| {
        output
            .downcast::<AddrInfoResult>()
            .map_or(Err(Error::EIO), |found| *found)
    });
    match found {
        Ok(found) => {
            call.push_nil();
            push_addresses(call.state(), &found);
            2
        }
        Err(error) => {
            call.push_str(error.name());
            1
        }
    }
}

fn push_addresses(state: State, found: &[AddrInfo]) {
    state.new_table(found.len(), 0);
    for (index, info) in found.iter().enumerate() {
        state.new_table(0, 6);
        state.push_str(&display_ip(&info.address));
        state.raw_set_field(-2, "addr");
        state.push_str(family_name(&info.address));
        state.raw_set_field(-2, "family");
        if info.address.port() != 0 {
            state.push_int(info.address.port().into());
            state.raw_set_field(-2, "port");
        }
        let socktype = match info.socktype {
            1 => Some("stream"),
            2 => Some("dgram"),
            3 => Some("raw"),
            _ => None,
        };
        if let Some(name) = socktype {
            state.push_str(name);
            state.raw_set_field(-2, "socktype");
        }
        let protocol = match info.protocol {
            0 => Some("ip"),
            1 => Some("icmp"),
            6 => Some("tcp"),
            17 => Some("udp"),
            58 => Some("ipv6-icmp"),
            _ => None,
        };
        if let Some(name) = protocol {
            state.push_str(name);
            state.raw_set_field(-2, "protocol");
        }
        if let Some(name) = &info.canonname {
            state.push_str(name);
            state.raw_set_field(-2, "canonname");
        }
        state.raw_set_index(-2, index as i32 + 1);
    }
}

/// `uv.getnameinfo({ip, port}, [callback])`: host and service name of an address.
fn getnameinfo(call: &mut Call) -> Ret {
    call.table(1)?;
    call.raw_get_field(1, "ip");
    call.raw_get_field(1, "port");
    call.raw_get_field(1, "family");
    let family = call.to_bytes(-1).unwrap_or_default();
    if call.is_nil(-3) {
        call.push_str(if family == b"inet6" { "::" } else { "0.0.0.0" });
        call.replace(-4);
    }
    if call.is_nil(-2) {
        call.push_num(0.0);
        call.replace(-3);
    }
    let address = call.socket_address(call.top() - 2)?;
    call.pop(3);
    let address = match address {
        Ok(address) => address,
        Err(error) => return call.fail(error),
    };
    if !call.opt_callable(2)? {
        return match luvit_loop::getnameinfo(address, 0) {
            Ok((host, service)) => {
                call.push_str(&host);
                call.push_str(&service);
                Ok(2)
            }
            Err(error) => call.fail(error),
        };
    }
    let request = call.shared().lp.borrow_mut().getnameinfo(address, 0);
    call.new_request(request, RequestKind::Getnameinfo, || {
        RequestEntry::Work(push_nameinfo_results, call.keep(2))
    })
}

fn push_nameinfo_results(call: &Call, result: WorkResult) -> i32 {
    let found = result.and_then(|output| {
        output
            .downcast::<NameInfoResult>()
            .map_or(Err(Error::EIO), |found| *found)
    });
    match found {
        Ok((host, service)) => {
            call.push_nil();
            call.push_str(&host);
            call.push_str(&service);
            3
        }
        Err(error) => {
            call.push_str(error.name());
            1
        }
    }
}
