//! Names to addresses and back, by the system's resolver on the thread pool.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use luvit_loop::{AddrInfo, AddrInfoResult, Error, Family, Hints, NameInfoResult};

use super::network::{self, PROTOCOLS, SOCKTYPES, family_number, name_of, number_of};
use super::request::RequestKind;
use super::tcp::{family_name, parse_ip};
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

/// Reads the table of hints at `index`.
fn hints(call: &Call, index: i32) -> Result<Hints, Raise> {
    if call.is_nil(index) {
        return Ok(Hints::default());
    }
    call.table(index)?;
    let mut flags = 0;
    for (name, flag) in FLAGS {
        if call.flag(index, name) {
            flags |= flag;
        }
    }
    let number = |field, find| choice(call, index, field, find);
    Ok(Hints {
        flags,
        family: number("family", &family_number)?,
        socktype: number("socktype", &|name| number_of(SOCKTYPES, name))?,
        protocol: number("protocol", &|name| number_of(PROTOCOLS, name))?,
    })
}

/// A field that is a number or a name; 0 when absent.
fn choice(
    call: &Call,
    table: i32,
    field: &str,
    find: &dyn Fn(&[u8]) -> Option<i32>,
) -> Result<i32, Raise> {
    call.raw_get_field(table, field);
    let value = match call.type_of(-1) {
        Type::None | Type::Nil => Ok(0),
        // The system refuses what it does not know.
        Type::Number => Ok(call.number_at(-1) as i32),
        Type::String => {
            let given = call.to_bytes(-1).unwrap_or_default();
            find(given).ok_or_else(|| {
                let given = String::from_utf8_lossy(given);
                format!("invalid {field} hint '{given}'")
            })
        }
        _ => Err(format!("{field} hint must be a string or a number if set")),
    };
    call.pop(1);
    value.map_err(|text| Raise::Argument(table, text))
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
        state.push_str(&info.address.ip().to_string());
        state.raw_set_field(-2, "addr");
        state.push_str(family_name(&info.address));
        state.raw_set_field(-2, "family");
        if info.address.port() != 0 {
            state.push_int(info.address.port().into());
            state.raw_set_field(-2, "port");
        }
        if let Some(name) = name_of(SOCKTYPES, info.socktype) {
            state.push_str(name);
            state.raw_set_field(-2, "socktype");
        }
        if let Some(name) = name_of(PROTOCOLS, info.protocol) {
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

/// The address `{ip, port, family}` at `index`. Without `ip` it is any address of the family, which
/// is `inet` when there is a port.
fn name_address(call: &Call, index: i32) -> Result<luvit_loop::Result<SocketAddr>, Raise> {
    call.table(index)?;
    let wrong = |text: &str| Raise::Argument(index, text.into());
    let invalid = || wrong("Invalid ip address or port");
    call.raw_get_field(index, "ip");
    let ip = match call.type_of(-1) {
        Type::Nil => None,
        Type::String => {
            let text = call.to_bytes(-1).unwrap_or_default();
            let text = std::str::from_utf8(text).map_err(|_| invalid())?;
            Some(parse_ip(text).map_err(|_| invalid())?)
        }
        _ => return Err(wrong("ip property must be string if set")),
    };
    call.raw_get_field(index, "port");
    let port = match (call.type_of(-1), call.to_num(-1)) {
        (Type::Nil, _) => None,
        (Type::Number | Type::String, Some(port)) => {
            if !(0.0..65536.0).contains(&port) {
                return Err(invalid());
            }
            Some(port as u16)
        }
        _ => return Err(wrong("port property must be integer if set")),
    };
    call.raw_get_field(index, "family");
    let family = match call.type_of(-1) {
        Type::Nil => None,
        Type::Number => Some(call.number_at(-1) as i32),
        // A family that is none, or none of the internet's, has no addresses here.
        Type::String => Some(family_number(call.to_bytes(-1).unwrap_or_default()).unwrap_or(-1)),
        _ => return Err(wrong("family must be string if set")),
    };
    call.pop(3);
    let any = match family.map(|number| network::family(number.into()).flatten()) {
        Some(Some(Family::V6)) => IpAddr::from(Ipv6Addr::UNSPECIFIED),
        Some(Some(Family::V4)) => Ipv4Addr::UNSPECIFIED.into(),
        Some(None) => return Ok(Err(Error::EINVAL)),
        None if ip.is_none() && port.is_none() => return Ok(Err(Error::EINVAL)),
        None => Ipv4Addr::UNSPECIFIED.into(),
    };
    let mut address = ip.unwrap_or(SocketAddr::new(any, 0));
    if family.is_some() && address.is_ipv4() != any.is_ipv4() {
        return Ok(Err(Error::EINVAL));
    }
    address.set_port(port.unwrap_or(0));
    Ok(Ok(address))
}

/// `uv.getnameinfo({ip, port, family}, [callback])`: host and service name of an address.
fn getnameinfo(call: &mut Call) -> Ret {
    let address = name_address(call, 1)?;
    let has_callback = call.opt_callable(2)?;
    let address = match address {
        Ok(address) => address,
        Err(error) => return call.fail(error),
    };
    if !has_callback {
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
