//! `uv_pipe_t`: pipes and Unix domain sockets, on Windows named pipes.

use luvit_loop::{Error, Handle, HandleKind, PipeAccess};

use super::handle::{Accept, type_name};
use super::request::RequestKind;
use super::{Entry, functions};
use crate::lua::{Call, Raise, Ret, Type};

pub(super) const FUNCTIONS: &[Entry] = functions![
    new_pipe,
    pipe_open,
    pipe_bind,
    pipe_bind2,
    pipe_connect,
    pipe_connect2,
    pipe_getsockname,
    pipe_getpeername,
    pipe_pending_instances,
    pipe_pending_count,
    pipe_pending_type,
    pipe_chmod,
];

/// `UV_PIPE_NO_TRUNCATE`: a name that is too long is an error, not cut off.
const NO_TRUNCATE: i64 = 1;

fn pipe(call: &Call) -> Result<Handle, Raise> {
    call.handle(1, Accept::Kind(HandleKind::Pipe))
}

/// `uv.new_pipe([ipc])`: a pipe to be opened, bound or connected; with `ipc` handles can be passed
/// through it.
fn new_pipe(call: &mut Call) -> Ret {
    let ipc = match call.type_of(1) {
        Type::None | Type::Nil => false,
        Type::Boolean => call.to_bool(1),
        _ => return Err(Raise::Argument(1, "Expected boolean or nil".into())),
    };
    let made = call.shared().lp.borrow_mut().new_pipe(ipc);
    call.new_handle(Ok(made))
}

/// `uv.pipe_open(pipe, fd)`: a pipe, a unix socket, or a file or device that is read and written
/// like one.
fn pipe_open(call: &mut Call) -> Ret {
    let handle = pipe(call)?;
    let fd = call.descriptor(2)?;
    let result = fd.and_then(|fd| call.shared().lp.borrow_mut().pipe_open(handle, fd));
    call.zero(result)
}

/// The name for the functions without flags, which have no abstract names: libuv reads up to the
/// first NUL there.
fn plain_name<'a>(call: &Call<'a>) -> Result<&'a [u8], Raise> {
    let name = call.bytes(2)?;
    Ok(name.split(|&byte| byte == 0).next().unwrap_or_default())
}

/// The flags at `index`: a number or `{no_truncate = boolean}`; `None` for unknown ones.
fn no_truncate(call: &Call, index: i32) -> Result<Option<bool>, Raise> {
    match call.type_of(index) {
        Type::None | Type::Nil => Ok(Some(false)),
        Type::Number => {
            let flags = call.int(index)?;
            Ok((flags & !NO_TRUNCATE == 0).then_some(flags == NO_TRUNCATE))
        }
        Type::Table => Ok(Some(call.flag(index, "no_truncate"))),
        _ => Err(call.wrong_type(index, "table or integer")),
    }
}

/// `uv.pipe_bind(pipe, name)`
fn pipe_bind(call: &mut Call) -> Ret {
    let handle = pipe(call)?;
    let name = plain_name(call)?;
    let result = call.shared().lp.borrow_mut().pipe_bind(handle, name, false);
    call.started(result)
}

/// `uv.pipe_bind2(pipe, name, [flags])`: `name` may be abstract on Linux.
fn pipe_bind2(call: &mut Call) -> Ret {
    let handle = pipe(call)?;
    let name = call.bytes(2)?;
    let Some(no_truncate) = no_truncate(call, 3)? else {
        return call.fail(Error::EINVAL);
    };
    let result = call
        .shared()
        .lp
        .borrow_mut()
        .pipe_bind(handle, name, no_truncate);
    call.zero(result)
}

/// `uv.pipe_connect(pipe, name, [callback])`: what goes wrong is told to the callback.
fn pipe_connect(call: &mut Call) -> Ret {
    let handle = pipe(call)?;
    let name = plain_name(call)?;
    let has_callback = call.opt_callable(3)?;
    let request = {
        let mut lp = call.shared().lp.borrow_mut();
        let begun = lp.pipe_connect(handle, name, false);
        begun.or_else(|error| lp.pipe_connect_failed(handle, error))
    };
    call.new_request(request, RequestKind::Connect, || {
        call.status_entry(3, has_callback)
    })
}

/// `uv.pipe_connect2(pipe, name, [flags], [callback])`: a wrong name or flag is told at once.
fn pipe_connect2(call: &mut Call) -> Ret {
    let handle = pipe(call)?;
    let name = call.bytes(2)?;
    let no_truncate = no_truncate(call, 3)?;
    let has_callback = call.opt_callable(4)?;
    let Some(no_truncate) = no_truncate else {
        return call.fail(Error::EINVAL);
    };
    let request = {
        let mut lp = call.shared().lp.borrow_mut();
        lp.pipe_connect(handle, name, no_truncate)
    };
    call.new_request(request, RequestKind::Connect, || {
        call.status_entry(4, has_callback)
    })
}

fn pipe_getsockname(call: &mut Call) -> Ret {
    let handle = pipe(call)?;
    let result = call.shared().lp.borrow().pipe_getsockname(handle);
    call.string(result)
}

fn pipe_getpeername(call: &mut Call) -> Ret {
    let handle = pipe(call)?;
    let result = call.shared().lp.borrow().pipe_getpeername(handle);
    call.string(result)
}

/// `uv.pipe_pending_instances(pipe, count)` returns nothing; it is for Windows.
fn pipe_pending_instances(call: &mut Call) -> Ret {
    let handle = pipe(call)?;
    let count = call.int_in(2, i32::MIN.into()..=i32::MAX.into())? as i32;
    let mut lp = call.shared().lp.borrow_mut();
    // A pipe that is closed or listens already keeps what it has.
    let _no_result = lp.pipe_pending_instances(handle, count);
    Ok(0)
}

fn pipe_pending_count(call: &mut Call) -> Ret {
    let handle = pipe(call)?;
    let count = call.shared().lp.borrow().pipe_pending_count(handle);
    call.push_int(count.unwrap_or(0) as i64);
    Ok(1)
}

/// `"tcp"`, `"pipe"` or `"udp"`; nothing when nothing arrived.
fn pipe_pending_type(call: &mut Call) -> Ret {
    let handle = pipe(call)?;
    let kind = call.shared().lp.borrow().pipe_pending_kind(handle);
    match kind {
        Ok(Some(kind)) => {
            call.push_str(type_name(kind).trim_start_matches("uv_"));
            Ok(1)
        }
        _ => Ok(0),
    }
}

/// `uv.pipe_chmod(pipe, flags)`: `"r"`, `"w"`, `"rw"` or `"wr"`.
fn pipe_chmod(call: &mut Call) -> Ret {
    let handle = pipe(call)?;
    let (read, write) = match call.bytes(2)? {
        b"r" => (true, false),
        b"w" => (false, true),
        b"rw" | b"wr" => (true, true),
        other => {
            let other = String::from_utf8_lossy(other);
            return Err(Raise::Argument(2, format!("invalid option '{other}'")));
        }
    };
    let access = PipeAccess { read, write };
    let result = call.shared().lp.borrow_mut().pipe_chmod(handle, access);
    call.zero(result)
}
