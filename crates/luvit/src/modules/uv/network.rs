//! The machine's network interfaces, and numbers of the socket API.

use luvit_loop::{Family, system};

use super::{Entry, functions};
use crate::lua::{Call, Raise, Ret};

pub(super) const FUNCTIONS: &[Entry] =
    functions![interface_addresses, if_indextoname, if_indextoiid];

#[cfg(unix)]
macro_rules! numbers {
    ($($(#[$which:meta])* $name:ident),* $(,)?) => {
        &[$($(#[$which])* (stringify!($name), libc::$name)),*]
    };
}

/// Numbers of the system's socket API: address families, types of sockets, hints.
#[cfg(unix)]
pub(super) const CONSTANTS: &[(&str, i32)] = numbers![
    AF_UNIX,
    AF_INET,
    AF_INET6,
    AF_IPX,
    #[cfg(target_os = "linux")]
    AF_NETLINK,
    #[cfg(target_os = "linux")]
    AF_X25,
    #[cfg(target_os = "linux")]
    AF_AX25,
    #[cfg(target_os = "linux")]
    AF_ATMPVC,
    AF_APPLETALK,
    #[cfg(target_os = "linux")]
    AF_PACKET,
    SOCK_STREAM,
    SOCK_DGRAM,
    SOCK_SEQPACKET,
    SOCK_RAW,
    SOCK_RDM,
    AI_ADDRCONFIG,
    AI_V4MAPPED,
    AI_ALL,
    AI_NUMERICHOST,
    AI_PASSIVE,
    AI_NUMERICSERV,
];
/// Numbers of Winsock: address families, types of sockets, hints.
#[cfg(windows)]
pub(super) const CONSTANTS: &[(&str, i32)] = &[
    ("AF_UNIX", 1),
    ("AF_INET", 2),
    ("AF_INET6", 23),
    ("AF_IPX", 6),
    ("AF_APPLETALK", 16),
    ("SOCK_STREAM", 1),
    ("SOCK_DGRAM", 2),
    ("SOCK_SEQPACKET", 5),
    ("SOCK_RAW", 3),
    ("SOCK_RDM", 4),
    ("AI_ADDRCONFIG", 0x400),
    ("AI_V4MAPPED", 0x800),
    ("AI_ALL", 0x100),
    ("AI_NUMERICHOST", 4),
    ("AI_PASSIVE", 1),
    ("AI_NUMERICSERV", 8),
];

/// Types of sockets by luv's names; the numbers are the same everywhere.
pub(super) const SOCKTYPES: &[(&str, i32)] = &[
    ("stream", 1),
    ("dgram", 2),
    ("raw", 3),
    ("rdm", 4),
    ("seqpacket", 5),
];

/// Protocols by the names of the system's own table (protocols(5)), with IANA's numbers.
pub(super) const PROTOCOLS: &[(&str, i32)] = &[
    ("ip", 0),
    ("icmp", 1),
    ("igmp", 2),
    ("ggp", 3),
    ("ipencap", 4),
    ("st", 5),
    ("tcp", 6),
    ("egp", 8),
    ("igp", 9),
    ("pup", 12),
    ("udp", 17),
    ("hmp", 20),
    ("xns-idp", 22),
    ("rdp", 27),
    ("iso-tp4", 29),
    ("dccp", 33),
    ("ddp", 37),
    ("ipv6", 41),
    ("ipv6-route", 43),
    ("ipv6-frag", 44),
    ("rsvp", 46),
    ("gre", 47),
    ("esp", 50),
    ("ah", 51),
    ("ipv6-icmp", 58),
    ("icmp6", 58),
    ("ipv6-nonxt", 59),
    ("ipv6-opts", 60),
    ("ospf", 89),
    ("pim", 103),
    ("vrrp", 112),
    ("l2tp", 115),
    ("sctp", 132),
    ("udplite", 136),
];

/// The first name of a number.
pub(super) fn name_of(names: &[(&'static str, i32)], number: i32) -> Option<&'static str> {
    let found = names.iter().find(|(_, value)| *value == number);
    found.map(|(name, _)| *name)
}

/// The number of a name, in any case.
pub(super) fn number_of(names: &[(&str, i32)], name: &[u8]) -> Option<i32> {
    let found = names
        .iter()
        .find(|(known, _)| known.as_bytes().eq_ignore_ascii_case(name));
    found.map(|(_, number)| *number)
}

/// The number of an address family by luv's name: the constant `AF_NAME`, or 0 for `unspec`.
pub(super) fn family_number(name: &[u8]) -> Option<i32> {
    if name.eq_ignore_ascii_case(b"unspec") {
        return Some(0);
    }
    let constants = CONSTANTS.iter();
    constants
        .filter_map(|(constant, number)| Some((constant.strip_prefix("AF_")?, *number)))
        .find(|(family, _)| family.as_bytes().eq_ignore_ascii_case(name))
        .map(|(_, number)| number)
}

/// The number of a constant of the socket API; `None` where the system has none of that name.
pub(super) fn number(name: &str) -> Option<i32> {
    let found = CONSTANTS.iter().find(|(constant, _)| *constant == name);
    found.map(|(_, number)| *number)
}

/// The family of a number of the system's: `Some(None)` for `AF_UNSPEC`, `None` for one that is
/// none of the internet's.
pub(super) fn family(family: i64) -> Option<Option<Family>> {
    let is = |name| number(name).is_some_and(|number| i64::from(number) == family);
    match family {
        0 => Some(None),
        _ if is("AF_INET") => Some(Some(Family::V4)),
        _ if is("AF_INET6") => Some(Some(Family::V6)),
        _ => None,
    }
}

/// `uv.interface_addresses()`: for each interface that is up, by name, the list of its addresses:
/// `{ip, family, netmask, internal, mac}`, where `mac` is six raw bytes.
fn interface_addresses(call: &mut Call) -> Ret {
    let addresses = match system::interface_addresses() {
        Ok(addresses) => addresses,
        Err(error) => return call.fail(error),
    };
    call.new_table(0, 4);
    for address in addresses {
        call.push_bytes(&address.name);
        call.push_value(-1);
        call.raw_get(-3);
        if call.is_nil(-1) {
            call.pop(1);
            call.new_table(2, 0);
            call.push_value(-2);
            call.push_value(-2);
            call.raw_set(-5);
        }
        call.new_table(0, 5);
        call.push_str(&address.ip.to_string());
        call.raw_set_field(-2, "ip");
        call.push_str(&address.netmask.to_string());
        call.raw_set_field(-2, "netmask");
        call.push_str(if address.ip.is_ipv4() {
            "inet"
        } else {
            "inet6"
        });
        call.raw_set_field(-2, "family");
        call.push_bool(address.internal);
        call.raw_set_field(-2, "internal");
        call.push_bytes(&address.mac);
        call.raw_set_field(-2, "mac");
        let next = call.raw_len(-2) as i32 + 1;
        call.raw_set_index(-2, next);
        call.pop(2);
    }
    Ok(1)
}

/// The number of an interface: any integer; those outside the range name none.
fn index(call: &Call) -> Result<luvit_loop::Result<u32>, Raise> {
    Ok(u32::try_from(call.int(1)?).map_err(|_| luvit_loop::Error::ENXIO))
}

/// `uv.if_indextoname(index)`: the interface's name; `ENXIO` when there is none.
fn if_indextoname(call: &mut Call) -> Ret {
    let name = index(call)?.and_then(system::interface_name);
    call.string(name)
}

/// `uv.if_indextoiid(index)`: what names the interface in an IPv6 address with a zone: its number
/// on Windows, its name elsewhere.
fn if_indextoiid(call: &mut Call) -> Ret {
    let index = index(call)?;
    let zone = if cfg!(windows) {
        index.map(|index| index.to_string().into_bytes())
    } else {
        index.and_then(system::interface_name)
    };
    call.string(zone)
}
