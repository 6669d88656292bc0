//! `uv_tcp_t`: TCP sockets and servers, IPv4 and IPv6.

use std::net::{IpAddr, SocketAddr};

use luvit_loop::{Error, Family, Handle, HandleKind};

use super::handle::{Accept, close_with};
use super::request::RequestKind;
use super::{Entry, functions, network};
use crate::lua::{Call, Raise, Ret, State, Type};

pub(super) const FUNCTIONS: &[Entry] = functions![
    new_tcp,
    tcp_open,
    tcp_nodelay,
    tcp_keepalive,
    tcp_simultaneous_accepts,
    tcp_bind,
    tcp_getpeername,
    tcp_getsockname,
    tcp_connect,
    tcp_write_queue_size,
    tcp_close_reset,
];

/// libuv's numbers for flags and modes of streams.
pub(super) const CONSTANTS: &[(&str, i32)] = &[
    ("TCP_IPV6ONLY", 1),
    ("PIPE_NO_TRUNCATE", 1),
    ("TTY_MODE_NORMAL", 0),
    ("TTY_MODE_RAW", 1),
    ("TTY_MODE_IO", 2),
    ("TTY_MODE_RAW_VT", 3),
];

fn tcp(call: &Call) -> Result<Handle, Raise> {
    call.handle(1, Accept::Kind(HandleKind::Tcp))
}

/// The name luv gives an address family.
pub(super) fn family_name(address: &SocketAddr) -> &'static str {
    if address.is_ipv4() { "inet" } else { "inet6" }
}

/// `{ip = …, port = …, family = "inet" | "inet6"}`
pub(super) fn push_address(state: State, address: &SocketAddr) {
    state.new_table(0, 3);
    state.push_str(family_name(address));
    state.raw_set_field(-2, "family");
    state.push_str(&display_ip(address));
    state.raw_set_field(-2, "ip");
    state.push_int(address.port().into());
    state.raw_set_field(-2, "port");
}

/// The address without port, with its zone (`fe80::1%2`) where it has one.
pub(super) fn display_ip(address: &SocketAddr) -> String {
    match address {
        SocketAddr::V6(v6) if v6.scope_id() != 0 => format!("{}%{}", v6.ip(), v6.scope_id()),
        other => other.ip().to_string(),
    }
}

impl Call<'_> {
    /// A numeric address and port at `host` and `host + 1`.
    pub(super) fn address(&self, host: i32) -> Result<SocketAddr, Raise> {
        let text = self.text(host)?;
        address(text, self.int_in(host + 1, 0..=65535)? as u16)
    }
}

/// A numeric address with a port; luv's error for a text that is no address.
pub(super) fn address(host: &str, port: u16) -> Result<SocketAddr, Raise> {
    let mut address = parse_ip(host)
        .map_err(|_| Raise::message(format!("Invalid IP address or port [{host}:{port}]")))?;
    address.set_port(port);
    Ok(address)
}

/// A numeric address; IPv6 may have a zone, by number or interface name.
pub(super) fn parse_ip(text: &str) -> luvit_loop::Result<SocketAddr> {
    let (ip, zone) = match text.split_once('%') {
        Some((ip, zone)) => (ip, Some(zone)),
        None => (text, None),
    };
    let mut address = SocketAddr::new(ip.parse::<IpAddr>().map_err(|_| Error::EINVAL)?, 0);
    match (&mut address, zone) {
        (_, None) => {}
        (SocketAddr::V6(v6), Some(zone)) => {
            v6.set_scope_id(luvit_loop::system::interface_index(zone).ok_or(Error::EINVAL)?);
        }
        (SocketAddr::V4(_), Some(_)) => return Err(Error::EINVAL),
    }
    Ok(address)
}

/// `uv.new_tcp([family])`: with `"inet"` or `"inet6"` the socket is made at once.
fn new_tcp(call: &mut Call) -> Ret {
    let family = match call.type_of(1) {
        Type::None | Type::Nil => None,
        Type::Number => match network::family(call.int(1)?) {
            Some(family) => family,
            None => return call.fail(Error::EINVAL),
        },
        Type::String => match call.bytes(1)? {
            b"inet" => Some(Family::V4),
            b"inet6" => Some(Family::V6),
            b"unspec" => None,
            // Families that there are, but not for TCP.
            b"unix" | b"ipx" | b"netlink" | b"x25" | b"ax25" | b"atmpvc" | b"appletalk"
            | b"packet" => return call.fail(Error::EINVAL),
            other => {
                let other = String::from_utf8_lossy(other);
                return Err(Raise::Argument(
                    1,
                    format!("invalid or unknown address family: '{other}'"),
                ));
            }
        },
        _ => return Err(Raise::Argument(1, "expected string or integer".into())),
    };
    let made = call.shared().lp.borrow_mut().new_tcp(family);
    call.new_handle(made)
}

fn tcp_open(call: &mut Call) -> Ret {
    let handle = tcp(call)?;
    let fd = call.descriptor(2)?;
    let result = fd.and_then(|fd| call.shared().lp.borrow_mut().tcp_open(handle, fd));
    call.zero(result)
}

fn tcp_nodelay(call: &mut Call) -> Ret {
    let handle = tcp(call)?;
    let enable = call.boolean(2)?;
    let result = call.shared().lp.borrow_mut().tcp_nodelay(handle, enable);
    call.unless_closing(handle, result)
}

/// `uv.tcp_keepalive(tcp, enable, [delay], [interval], [count])`: times in seconds; enabling needs
/// a delay of 1 at least.
fn tcp_keepalive(call: &mut Call) -> Ret {
    let handle = tcp(call)?;
    let enable = call.boolean(2)?;
    let limits = 0..=i32::MAX.into();
    let delay = match enable {
        true => call.int_in(3, limits.clone())? as u32,
        false => 0,
    };
    let interval = if call.is_nil(4) {
        1
    } else {
        call.int_in(4, limits.clone())? as u32
    };
    let count = if call.is_nil(5) {
        10
    } else {
        call.int_in(5, limits)? as u32
    };
    let result = call
        .shared()
        .lp
        .borrow_mut()
        .tcp_keepalive(handle, enable, delay, interval, count);
    call.unless_closing(handle, result)
}

fn tcp_simultaneous_accepts(call: &mut Call) -> Ret {
    let handle = tcp(call)?;
    let enable = call.boolean(2)?;
    let result = call
        .shared()
        .lp
        .borrow_mut()
        .tcp_simultaneous_accepts(handle, enable);
    call.unless_closing(handle, result)
}

/// `uv.tcp_bind(tcp, host, port, [flags])`: `{ipv6only = boolean, reuseport = boolean}`, or libuv's
/// number.
fn tcp_bind(call: &mut Call) -> Ret {
    let handle = tcp(call)?;
    let address = call.address(2)?;
    let (ipv6only, reuseport) = match call.type_of(4) {
        // luv passes over the callback that some programs give.
        Type::None | Type::Nil | Type::Function => (false, false),
        Type::Number => {
            let flags = call.int(4)?;
            if flags & !3 != 0 {
                return call.fail(Error::EINVAL);
            }
            (flags & 1 != 0, flags & 2 != 0)
        }
        _ => {
            call.table(4)?;
            (call.flag(4, "ipv6only"), call.flag(4, "reuseport"))
        }
    };
    let result = {
        let mut lp = call.shared().lp.borrow_mut();
        match reuseport {
            true => lp.tcp_bind_reuseport(handle, address, ipv6only),
            false => lp.tcp_bind(handle, address, ipv6only),
        }
    };
    call.started(result)
}

pub(super) fn address_result(call: &mut Call, result: luvit_loop::Result<SocketAddr>) -> Ret {
    match result {
        Ok(address) => {
            push_address(call.state(), &address);
            Ok(1)
        }
        Err(error) => call.fail(error),
    }
}

fn tcp_getpeername(call: &mut Call) -> Ret {
    let handle = tcp(call)?;
    let result = call.shared().lp.borrow().tcp_getpeername(handle);
    address_result(call, result)
}

fn tcp_getsockname(call: &mut Call) -> Ret {
    let handle = tcp(call)?;
    let result = call.shared().lp.borrow().tcp_getsockname(handle);
    address_result(call, result)
}

fn tcp_connect(call: &mut Call) -> Ret {
    let handle = tcp(call)?;
    let address = call.address(2)?;
    let has_callback = call.opt_callable(4)?;
    let request = call.shared().lp.borrow_mut().tcp_connect(handle, address);
    call.new_request(request, RequestKind::Connect, || {
        call.status_entry(4, has_callback)
    })
}

fn tcp_write_queue_size(call: &mut Call) -> Ret {
    let handle = tcp(call)?;
    call.push_int(
        call.shared()
            .lp
            .borrow()
            .write_queue_size(handle)
            .unwrap_or(0) as i64,
    );
    Ok(1)
}

/// `uv.tcp_close_reset(tcp, [callback])`: closes with RST; not while a shutdown is under way.
fn tcp_close_reset(call: &mut Call) -> Ret {
    let handle = tcp(call)?;
    let has_callback = call.opt_callable(2)?;
    close_with(call, handle, has_callback, |lp| lp.tcp_close_reset(handle))
}
