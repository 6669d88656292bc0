//! `uv_stream_t`: what TCP sockets, pipes and terminals share.

use luvit_loop::{Error, Handle, HandleKind, Request};

use super::handle::Accept;
use super::request::RequestKind;
use super::{Entry, functions};
use crate::lua::{Call, NO_REF, Raise, Ret, Type};
use crate::shared::{Owner, RequestEntry};

pub(super) const FUNCTIONS: &[Entry] = functions![
    shutdown,
    listen,
    accept,
    read_start,
    read_stop,
    write,
    write2,
    try_write,
    try_write2,
    is_readable,
    is_writable,
    stream_set_blocking,
    stream_get_write_queue_size,
];

fn stream(call: &Call) -> Result<Handle, Raise> {
    call.handle(1, Accept::Stream)
}

/// A handle that a pipe can pass on: a stream or a UDP socket.
fn passable(call: &Call, index: i32) -> Result<Handle, Raise> {
    call.handle(index, Accept::Kind(HandleKind::Udp))
        .or_else(|_| call.handle(index, Accept::Stream))
}

impl Call<'_> {
    /// A buffer argument: a string, or a list of strings (numbers count as numerals).
    pub(super) fn buffers(&self, index: i32) -> Result<Vec<&[u8]>, Raise> {
        match self.type_of(index) {
            Type::String | Type::Number => Ok(vec![self.bytes(index)?]),
            Type::Table => self.buffer_list(index),
            _ => Err(Raise::Argument(
                index,
                format!(
                    "data must be string or table of strings, got {}",
                    self.type_name(index)
                ),
            )),
        }
    }

    fn buffer_list(&self, index: i32) -> Result<Vec<&[u8]>, Raise> {
        let count = self.raw_len(index);
        let mut parts = Vec::with_capacity(count);
        for position in 1..=count {
            self.raw_get_index(index, position as i32);
            if self.type_of(-1) == Type::Number {
                // The numeral is a new string: in a copy of the table it stays for the call.
                self.copy_list(index, count);
                return self.buffer_list(index);
            }
            let kind = self.type_name(-1);
            let bytes = if self.type_of(-1) == Type::String {
                self.to_bytes(-1)
            } else {
                None
            };
            // The table keeps the string.
            self.pop(1);
            parts.push(bytes.ok_or_else(|| {
                Raise::Argument(
                    index,
                    format!("expected table of strings, found {kind} in the table"),
                )
            })?);
        }
        Ok(parts)
    }

    /// Replaces the list at `index` of the stack by a copy with numerals for its numbers.
    fn copy_list(&self, index: i32, count: usize) {
        self.new_table(count, 0);
        for position in 1..=count as i32 {
            self.raw_get_index(index, position);
            if self.type_of(-1) == Type::Number {
                let _in_place = self.to_bytes(-1);
            }
            self.raw_set_index(-2, position);
        }
        self.replace(index);
    }

    /// Keeps the optional callback at `index` for a request.
    pub(super) fn status_entry(&self, index: i32, has_callback: bool) -> RequestEntry {
        RequestEntry::Status(if has_callback {
            self.keep(index)
        } else {
            NO_REF
        })
    }
}

fn shutdown(call: &mut Call) -> Ret {
    let handle = stream(call)?;
    let has_callback = call.opt_callable(2)?;
    let request = call.shared().lp.borrow_mut().shutdown(handle);
    call.new_request(request, RequestKind::Shutdown, || {
        call.status_entry(2, has_callback)
    })
}

fn listen(call: &mut Call) -> Ret {
    let handle = stream(call)?;
    let backlog = call.int_in(2, i32::MIN.into()..=i32::MAX.into())? as i32;
    call.callable(3)?;
    let result = call.shared().lp.borrow_mut().listen(handle, backlog);
    if result.is_ok() {
        call.set_callback(handle, 3);
    }
    call.started(result)
}

fn accept(call: &mut Call) -> Ret {
    let server = stream(call)?;
    let client = passable(call, 2)?;
    let result = call.shared().lp.borrow_mut().accept_into(server, client);
    call.zero(result)
}

fn read_start(call: &mut Call) -> Ret {
    let handle = stream(call)?;
    call.callable(2)?;
    if owned_by_http(call, handle) {
        return call.fail(Error::EBUSY);
    }
    let result = call.shared().lp.borrow_mut().read_start(handle);
    if result.is_ok() {
        call.set_callback(handle, 2);
    }
    call.started(result)
}

/// Whether the HTTP engine reads this handle: its bytes are requests, not a script's.
fn owned_by_http(call: &Call, handle: Handle) -> bool {
    call.shared()
        .handles
        .borrow()
        .get(handle)
        .is_some_and(|entry| entry.owner != Owner::Lua)
}

fn read_stop(call: &mut Call) -> Ret {
    let handle = stream(call)?;
    let result = call.shared().lp.borrow_mut().read_stop(handle);
    call.unless_closing(handle, result)
}

fn write(call: &mut Call) -> Ret {
    let handle = stream(call)?;
    let has_callback = call.opt_callable(3)?;
    let request = if call.type_of(2) == Type::String {
        write_string(call, handle, call.bytes(2)?)
    } else {
        let buffers = call.buffers(2)?;
        call.shared().lp.borrow_mut().write(handle, &buffers)
    };
    call.new_request(request, RequestKind::Write, || {
        call.status_entry(3, has_callback)
    })
}

/// From this many bytes on, keeping a string costs less than copying it.
const KEPT_STRING: usize = 8192;

/// Writes argument 2, a string, which is kept rather than copied where it has to wait.
fn write_string(call: &Call, handle: Handle, data: &[u8]) -> luvit_loop::Result<Request> {
    let shared = call.shared();
    let mut lp = shared.lp.borrow_mut();
    if data.len() < KEPT_STRING {
        return lp.write(handle, &[data]);
    }
    lp.write_kept(
        handle,
        data,
        &mut || match call.keep_string(2, &shared.written) {
            Some(kept) => Box::new(kept),
            None => Box::new(data.to_vec()),
        },
    )
}

/// `uv.write2(stream, data, send_handle, [callback])`: `send_handle` goes to who reads the pipe.
fn write2(call: &mut Call) -> Ret {
    let handle = stream(call)?;
    let send = passable(call, 3)?;
    let has_callback = call.opt_callable(4)?;
    let request = {
        let buffers = call.buffers(2)?;
        let mut lp = call.shared().lp.borrow_mut();
        lp.write2(handle, &buffers, send)
    };
    call.new_request(request, RequestKind::Write, || {
        call.status_entry(4, has_callback)
    })
}

fn try_write(call: &mut Call) -> Ret {
    let handle = stream(call)?;
    let result = {
        let buffers = call.buffers(2)?;
        call.shared().lp.borrow_mut().try_write(handle, &buffers)
    };
    call.number(result.map(|written| written as i64))
}

fn try_write2(call: &mut Call) -> Ret {
    let handle = stream(call)?;
    let send = passable(call, 3)?;
    let result = {
        let buffers = call.buffers(2)?;
        let mut lp = call.shared().lp.borrow_mut();
        lp.try_write2(handle, &buffers, send)
    };
    call.number(result.map(|written| written as i64))
}

fn is_readable(call: &mut Call) -> Ret {
    let handle = stream(call)?;
    call.push_bool(call.shared().lp.borrow().is_readable(handle));
    Ok(1)
}

fn is_writable(call: &mut Call) -> Ret {
    let handle = stream(call)?;
    call.push_bool(call.shared().lp.borrow().is_writable(handle));
    Ok(1)
}

fn stream_set_blocking(call: &mut Call) -> Ret {
    let handle = stream(call)?;
    let blocking = call.boolean(2)?;
    let result = call.shared().lp.borrow_mut().set_blocking(handle, blocking);
    call.zero(result)
}

fn stream_get_write_queue_size(call: &mut Call) -> Ret {
    let handle = stream(call)?;
    call.push_int(
        call.shared()
            .lp
            .borrow()
            .write_queue_size(handle)
            .unwrap_or(0) as i64,
    );
    Ok(1)
}
