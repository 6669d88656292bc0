//! `uv_udp_t`: datagrams, to one peer, to many, and from anybody.

use std::net::SocketAddr;

use luvit_loop::{
    BindOptions, Error, Family, Handle, HandleKind, Interface, Message, Received, Result,
};

use super::handle::Accept;
use super::request::RequestKind;
use super::tcp::{address, address_result, parse_ip, push_address};
use super::{Entry, functions, network};
use crate::dispatch;
use crate::lua::{Call, Raise, Ret, State, Type};
use crate::shared::Shared;

pub(super) const FUNCTIONS: &[Entry] = functions![
    new_udp,
    udp_get_send_queue_size,
    udp_get_send_queue_count,
    udp_open,
    udp_bind,
    udp_connect,
    udp_getsockname,
    udp_getpeername,
    udp_set_membership,
    udp_set_source_membership,
    udp_set_multicast_loop,
    udp_set_multicast_ttl,
    udp_set_multicast_interface,
    udp_set_broadcast,
    udp_set_ttl,
    udp_send,
    udp_try_send,
    udp_try_send2,
    udp_recv_start,
    udp_recv_stop,
];

const IPV6ONLY: i64 = 1;
const REUSEADDR: i64 = 4;
const LINUX_RECVERR: i64 = 32;
const REUSEPORT: i64 = 64;
const RECVMMSG: i64 = 256;

/// libuv's `uv_udp_flags`.
pub(super) const CONSTANTS: &[(&str, i32)] = &[
    ("UDP_IPV6ONLY", IPV6ONLY as i32),
    ("UDP_PARTIAL", 2),
    ("UDP_REUSEADDR", REUSEADDR as i32),
    ("UDP_MMSG_CHUNK", 8),
    ("UDP_MMSG_FREE", 16),
    ("UDP_REUSEPORT", REUSEPORT as i32),
    ("UDP_RECVMMSG", RECVMMSG as i32),
];

fn udp(call: &Call) -> std::result::Result<Handle, Raise> {
    call.handle(1, Accept::Kind(HandleKind::Udp))
}

fn family_of_name(name: &[u8]) -> std::result::Result<Option<Family>, Raise> {
    match name {
        b"inet" => Ok(Some(Family::V4)),
        b"inet6" => Ok(Some(Family::V6)),
        b"unspec" => Ok(None),
        other => Err(Raise::Argument(
            1,
            format!(
                "invalid address family '{}'",
                String::from_utf8_lossy(other)
            ),
        )),
    }
}

/// `uv.new_udp([{family = …, mmsgs = …} | family | flags])`: with a family the socket is made at
/// once; with `mmsgs` above 1 a system call receives up to so many datagrams.
fn new_udp(call: &mut Call) -> Ret {
    let mut batch = 0;
    let family = match call.type_of(1) {
        Type::None | Type::Nil => Some(None),
        Type::String => Some(family_of_name(call.bytes(1)?)?),
        Type::Number => {
            let flags = call.int(1)?;
            if flags & RECVMMSG != 0 {
                batch = 1;
            }
            match flags & !(RECVMMSG | 255) {
                0 => network::family(flags & 255),
                _ => None,
            }
        }
        Type::Table => {
            call.raw_get_field(1, "mmsgs");
            match call.type_of(-1) {
                Type::Nil => {}
                Type::Number if call.number_at(-1) > 1.0 => {
                    batch = call.number_at(-1).min(1024.0) as usize;
                }
                Type::Number => {}
                _ => {
                    return Err(Raise::Argument(1, "mmsgs must be integer if set".into()));
                }
            }
            call.raw_get_field(1, "family");
            let family = match call.type_of(-1) {
                Type::Nil => Some(None),
                Type::String => Some(family_of_name(call.to_bytes(-1).unwrap_or_default())?),
                Type::Number => network::family(call.number_at(-1) as i64),
                _ => {
                    return Err(Raise::Argument(
                        1,
                        "family must be string or integer if set".into(),
                    ));
                }
            };
            call.pop(2);
            family
        }
        _ => {
            return Err(Raise::Argument(
                1,
                "expected table, string, or integer".into(),
            ));
        }
    };
    let made = match family {
        Some(family) => call.shared().lp.borrow_mut().new_udp(family, batch),
        None => Err(Error::EINVAL),
    };
    call.new_handle(made)
}

/// The options in the number or table at `index`, if any; `allowed` are the flags a number may
/// have.
fn bind_options(
    call: &Call,
    index: i32,
    allowed: i64,
) -> std::result::Result<Result<BindOptions>, Raise> {
    let flags = match call.type_of(index) {
        // luv passes over the callback that some programs give.
        Type::None | Type::Nil | Type::Function => 0,
        Type::Number => call.int(index)?,
        Type::Table => {
            let mut flags = 0;
            for (name, flag) in [
                ("ipv6only", IPV6ONLY),
                ("reuseaddr", REUSEADDR),
                ("linux_recverr", LINUX_RECVERR),
                ("reuseport", REUSEPORT),
            ] {
                if call.flag(index, name) && allowed & flag != 0 {
                    flags |= flag;
                }
            }
            flags
        }
        _ => return Err(call.wrong_type(index, "table or integer")),
    };
    if flags & !allowed != 0 {
        return Ok(Err(Error::EINVAL));
    }
    Ok(Ok(BindOptions {
        ipv6only: flags & IPV6ONLY != 0,
        reuseaddr: flags & REUSEADDR != 0,
        reuseport: flags & REUSEPORT != 0,
        recverr: flags & LINUX_RECVERR != 0,
    }))
}

/// The address at `host` and `host + 1`, which are both `nil` on a connected socket.
fn target(call: &Call, host: i32) -> std::result::Result<Option<SocketAddr>, Raise> {
    let both =
        |index| Raise::Argument(index, "Both host and port must be nil if one is nil".into());
    match (call.type_of(host), call.type_of(host + 1)) {
        (Type::None | Type::Nil, Type::None | Type::Nil) => Ok(None),
        (Type::String, Type::None | Type::Nil) => Err(both(host)),
        (Type::None | Type::Nil, Type::Number) => Err(both(host + 1)),
        (Type::String, Type::Number) => call.address(host).map(Some),
        (Type::String | Type::None | Type::Nil, _) => Err(Raise::Argument(
            host + 1,
            "Port must be number or nil".into(),
        )),
        _ => Err(Raise::Argument(host, "Host must be string or nil".into())),
    }
}

fn udp_get_send_queue_size(call: &mut Call) -> Ret {
    let handle = udp(call)?;
    let size = call.shared().lp.borrow().udp_send_queue_size(handle);
    call.push_int(size.unwrap_or(0) as i64);
    Ok(1)
}

fn udp_get_send_queue_count(call: &mut Call) -> Ret {
    let handle = udp(call)?;
    let count = call.shared().lp.borrow().udp_send_queue_count(handle);
    call.push_int(count.unwrap_or(0) as i64);
    Ok(1)
}

/// `uv.udp_open(udp, fd, [{reuseaddr = boolean, reuseport = boolean} | flags])`
fn udp_open(call: &mut Call) -> Ret {
    let handle = udp(call)?;
    let fd = call.descriptor(2)?;
    let options = match bind_options(call, 3, REUSEADDR | REUSEPORT)? {
        Ok(options) => options,
        Err(error) => return call.fail(error),
    };
    let result = fd.and_then(|fd| call.shared().lp.borrow_mut().udp_open(handle, fd, options));
    call.zero(result)
}

/// `uv.udp_bind(udp, host, port, [{ipv6only, reuseaddr, reuseport, linux_recverr} | flags])`
fn udp_bind(call: &mut Call) -> Ret {
    let handle = udp(call)?;
    let address = call.address(2)?;
    let allowed = IPV6ONLY | REUSEADDR | REUSEPORT | LINUX_RECVERR;
    let options = match bind_options(call, 4, allowed)? {
        Ok(options) => options,
        Err(error) => return call.fail(error),
    };
    let result = call
        .shared()
        .lp
        .borrow_mut()
        .udp_bind(handle, address, options);
    call.zero(result)
}

/// `uv.udp_connect(udp, host, port)`; without host and port it disconnects.
fn udp_connect(call: &mut Call) -> Ret {
    let handle = udp(call)?;
    let to = target(call, 2)?;
    let result = call.shared().lp.borrow_mut().udp_connect(handle, to);
    call.zero(result)
}

fn udp_getsockname(call: &mut Call) -> Ret {
    let handle = udp(call)?;
    let result = call.shared().lp.borrow().udp_getsockname(handle);
    address_result(call, result)
}

fn udp_getpeername(call: &mut Call) -> Ret {
    let handle = udp(call)?;
    let result = call.shared().lp.borrow().udp_getpeername(handle);
    address_result(call, result)
}

/// `"join"` or `"leave"` at `index`: whether it is the former.
fn joins(call: &Call, index: i32) -> std::result::Result<bool, Raise> {
    match call.bytes(index)? {
        b"join" => Ok(true),
        b"leave" => Ok(false),
        other => Err(Raise::Argument(
            index,
            format!("invalid option '{}'", String::from_utf8_lossy(other)),
        )),
    }
}

/// The interface at `index`: `nil`, an address, or an interface's name.
fn interface(call: &Call, index: i32) -> std::result::Result<Result<Interface>, Raise> {
    if call.is_nil(index) {
        return Ok(Ok(Interface::Any));
    }
    let text = call.text(index)?;
    Ok(match parse_ip(text) {
        Ok(address) => Ok(Interface::Address(address)),
        Err(error) if text.parse::<u32>().is_ok() => Err(error),
        Err(error) => luvit_loop::system::interface_index(text)
            .map(Interface::Index)
            .ok_or(error),
    })
}

/// `uv.udp_set_membership(udp, group, interface | nil, "join" | "leave")`
fn udp_set_membership(call: &mut Call) -> Ret {
    let handle = udp(call)?;
    let group = parse_ip(call.text(2)?);
    let interface = interface(call, 3)?;
    let join = joins(call, 4)?;
    let result = group.and_then(|group| {
        let mut lp = call.shared().lp.borrow_mut();
        lp.udp_set_membership(handle, group, interface?, join)
    });
    call.zero(result)
}

/// `uv.udp_set_source_membership(udp, group, interface | nil, source, "join" | "leave")`
fn udp_set_source_membership(call: &mut Call) -> Ret {
    let handle = udp(call)?;
    let group = parse_ip(call.text(2)?);
    let interface = interface(call, 3)?;
    let source = parse_ip(call.text(4)?);
    let join = joins(call, 5)?;
    let result = group.and_then(|group| {
        let mut lp = call.shared().lp.borrow_mut();
        lp.udp_set_source_membership(handle, group, interface?, source?.ip(), join)
    });
    call.zero(result)
}

fn udp_set_multicast_loop(call: &mut Call) -> Ret {
    let handle = udp(call)?;
    let on = call.boolean(2)?;
    let result = call
        .shared()
        .lp
        .borrow_mut()
        .udp_set_multicast_loop(handle, on);
    call.zero(result)
}

/// A number of hops; one that is no hop count at all is the loop's `EINVAL` as well.
fn hops(call: &Call, index: i32) -> std::result::Result<i32, Raise> {
    Ok(call.int(index)?.clamp(-1, 256) as i32)
}

fn udp_set_multicast_ttl(call: &mut Call) -> Ret {
    let handle = udp(call)?;
    let ttl = hops(call, 2)?;
    let result = call
        .shared()
        .lp
        .borrow_mut()
        .udp_set_multicast_ttl(handle, ttl);
    call.zero(result)
}

fn udp_set_multicast_interface(call: &mut Call) -> Ret {
    let handle = udp(call)?;
    let result = parse_ip(call.text(2)?).and_then(|interface| {
        let mut lp = call.shared().lp.borrow_mut();
        lp.udp_set_multicast_interface(handle, interface)
    });
    call.zero(result)
}

fn udp_set_broadcast(call: &mut Call) -> Ret {
    let handle = udp(call)?;
    let on = call.boolean(2)?;
    let result = call.shared().lp.borrow_mut().udp_set_broadcast(handle, on);
    call.zero(result)
}

fn udp_set_ttl(call: &mut Call) -> Ret {
    let handle = udp(call)?;
    let ttl = hops(call, 2)?;
    let result = call.shared().lp.borrow_mut().udp_set_ttl(handle, ttl);
    call.zero(result)
}

/// `uv.udp_send(udp, data, host | nil, port | nil, [callback])`
fn udp_send(call: &mut Call) -> Ret {
    let handle = udp(call)?;
    let to = target(call, 3)?;
    let has_callback = call.opt_callable(5)?;
    let request = {
        let buffers = call.buffers(2)?;
        call.shared().lp.borrow_mut().udp_send(handle, &buffers, to)
    };
    call.new_request(request, RequestKind::UdpSend, || {
        call.status_entry(5, has_callback)
    })
}

/// `uv.udp_try_send(udp, data, host | nil, port | nil)`
fn udp_try_send(call: &mut Call) -> Ret {
    let handle = udp(call)?;
    let to = target(call, 3)?;
    let result = {
        let buffers = call.buffers(2)?;
        let mut lp = call.shared().lp.borrow_mut();
        lp.udp_try_send(handle, &buffers, to)
    };
    call.number(result.map(|sent| sent as i64))
}

/// One message of `udp_try_send2`: the parts of its data and its address.
type Parts<'a> = (Vec<&'a [u8]>, Option<SocketAddr>);

/// Keeps what messages consist of: finalizers, which may run meanwhile, can change the messages.
struct Kept {
    /// The stack index of the list of the strings.
    list: i32,
    count: i32,
}

impl Kept {
    /// The bytes of the string or number on the top of the stack.
    fn top_bytes<'a>(&mut self, call: &Call<'a>) -> Option<&'a [u8]> {
        if !matches!(call.type_of(-1), Type::String | Type::Number) {
            return None;
        }
        let bytes = call.to_bytes(-1)?;
        self.count += 1;
        call.push_value(-1);
        call.raw_set_index(self.list, self.count);
        Some(bytes)
    }
}

/// Reads the message on the top of the stack, the one at `position` of argument 2, and pops it.
fn message<'a>(
    call: &Call<'a>,
    position: usize,
    kept: &mut Kept,
) -> std::result::Result<Parts<'a>, Raise> {
    let wrong = |what: &str| Raise::Argument(2, format!("message {position}: {what}"));
    if call.type_of(-1) != Type::Table {
        return Err(wrong("table expected"));
    }
    call.raw_get_field(-1, "data");
    let mut parts = Vec::new();
    if call.type_of(-1) == Type::Table {
        for index in 1..=call.raw_len(-1) {
            call.raw_get_index(-1, index as i32);
            let bytes = kept.top_bytes(call);
            parts.push(bytes.ok_or_else(|| wrong("data must be strings"))?);
            call.pop(1);
        }
    } else {
        let bytes = kept.top_bytes(call);
        parts.push(bytes.ok_or_else(|| wrong("data must be string or table of strings"))?);
    }
    call.pop(1);
    call.raw_get_field(-1, "addr");
    let to = match call.type_of(-1) {
        Type::Nil => None,
        Type::Table => {
            call.raw_get_field(-1, "ip");
            call.raw_get_field(-2, "port");
            if call.type_of(-2) != Type::String {
                return Err(wrong("addr.ip must be string"));
            }
            let port = call
                .to_num(-1)
                .filter(|port| (0.0..65536.0).contains(port))
                .ok_or_else(|| wrong("addr.port must be a port number"))?;
            let host = std::str::from_utf8(call.to_bytes(-2).unwrap_or_default())
                .map_err(|_| wrong("addr.ip is not valid UTF-8"))?;
            let address = address(host, port as u16)?;
            call.pop(2);
            Some(address)
        }
        _ => return Err(wrong("addr must be table or nil")),
    };
    call.pop(2);
    Ok((parts, to))
}

/// `uv.udp_try_send2(udp, {{data = …, addr = {ip = …, port = …}}, …}, [flags])`: how many of the
/// messages went out. No flags are defined: other than 0 is `EINVAL`.
fn udp_try_send2(call: &mut Call) -> Ret {
    let handle = udp(call)?;
    call.table(2)?;
    let flags = match call.type_of(3) {
        Type::None | Type::Nil | Type::Table => 0,
        _ => call.int(3)?,
    };
    if flags != 0 {
        return call.fail(Error::EINVAL);
    }
    let result = {
        let count = call.raw_len(2);
        call.new_table(count, 0);
        let mut kept = Kept {
            list: call.top(),
            count: 0,
        };
        let mut messages = Vec::with_capacity(count);
        for position in 1..=count {
            call.raw_get_index(2, position as i32);
            let (parts, to) = message(call, position, &mut kept)?;
            messages.push(Message { parts, to });
        }
        let mut lp = call.shared().lp.borrow_mut();
        lp.udp_try_send_many(handle, &messages)
    };
    call.number(result.map(|sent| sent as i64))
}

fn udp_recv_start(call: &mut Call) -> Ret {
    let handle = udp(call)?;
    call.callable(2)?;
    let result = call.shared().lp.borrow_mut().udp_recv_start(handle);
    if result.is_ok() {
        call.set_callback(handle, 2);
    }
    call.started(result)
}

fn udp_recv_stop(call: &mut Call) -> Ret {
    let handle = udp(call)?;
    let result = call.shared().lp.borrow_mut().udp_recv_stop(handle);
    if result.is_ok() {
        call.clear_callback(handle);
    }
    call.unless_closing(handle, result)
}

/// `callback(err, data, addr, flags)`: without data and address there is nothing more for now.
pub(crate) fn on_recv(shared: &Shared, handle: Handle, result: Result<Received>) {
    if !dispatch::push_callback(shared, handle) {
        return;
    }
    let state = shared.main();
    dispatch::push_status(state, result.err());
    match result {
        Ok(received) => push_datagram(state, shared, handle, &received),
        Err(_) => {
            state.push_nil();
            state.push_nil();
            state.new_table(0, 0);
        }
    }
    dispatch::call(shared, 4);
}

fn push_datagram(state: State, shared: &Shared, handle: Handle, received: &Received) {
    if received.length == 0 && received.address.is_none() {
        state.push_nil();
    } else {
        // A push may run finalizers of scripts, which may call anything: nothing is borrowed.
        let buffer = shared.lp.borrow_mut().take_received(handle, received);
        let end = received.start.saturating_add(received.length);
        state.push_bytes(buffer.get(received.start..end).unwrap_or_default());
        let mut lp = shared.lp.borrow_mut();
        lp.restore_received(handle, received, buffer);
    }
    match &received.address {
        Some(address) => push_address(state, address),
        None => state.push_nil(),
    }
    state.new_table(0, 0);
    for (name, on) in [
        ("partial", received.partial),
        ("mmsg_chunk", received.chunk),
    ] {
        if on {
            state.push_bool(true);
            state.raw_set_field(-2, name);
        }
    }
}
