//! The machine's network interfaces, and numbers of the socket API.

use luvit_loop::system;

use super::os::push_text;
use super::{Entry, functions};
use crate::lua::{Call, Raise, Ret};

pub(super) const FUNCTIONS: &[Entry] =
    functions![interface_addresses, if_indextoname, if_indextoiid];

#[cfg(unix)]
macro_rules! numbers {
    ($($name:ident),* $(,)?) => { &[$((stringify!($name), libc::$name)),*] };
}

/// Numbers of the system's socket API: address families, types of sockets, hints.
#[cfg(target_os = "linux")]
pub(super) const CONSTANTS: &[(&str, i32)] = numbers![
    AF_UNIX,
    AF_INET,
    AF_INET6,
    AF_IPX,
    AF_NETLINK,
    AF_X25,
    AF_AX25,
    AF_ATMPVC,
    AF_APPLETALK,
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
/// Numbers of the system's socket API: address families, types of sockets, hints.
#[cfg(all(unix, not(target_os = "linux")))]
pub(super) const CONSTANTS: &[(&str, i32)] = numbers![
    AF_UNIX,
    AF_INET,
    AF_INET6,
    AF_IPX,
    AF_APPLETALK,
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
    push_text(call, name)
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
    push_text(call, zone)
}
