//! `uv_handle_t`: what every handle has, and the userdata that stands for one.

use std::ffi::c_int;

use luvit_loop::{Error, Handle, HandleKind};

use super::{Entry, functions};
use crate::lua::{Call, NO_REF, Raise, Ret, State};
use crate::shared::{Hidden, Owner, Shared};

/// Marks a userdata as a handle of ours: the handle's bits and its `uv_handle_type`. It is a name
/// for the handle, never the handle itself, so one that outlives the handle is answered with an
/// error.
const MAGIC: u64 = 0x6c75_7669_7420_0001;

pub(super) const FUNCTIONS: &[Entry] = functions![
    close,
    is_active,
    is_closing,
    ref_ = "ref",
    unref,
    has_ref,
    fileno,
    send_buffer_size,
    recv_buffer_size,
    handle_get_type,
];

/// Which handles a function takes, and what to call them in an error.
#[derive(Copy, Clone)]
pub(super) enum Accept {
    Any,
    Stream,
    Kind(HandleKind),
}

impl Accept {
    fn takes(self, kind: HandleKind) -> bool {
        match self {
            Accept::Any => true,
            Accept::Stream => {
                matches!(
                    kind,
                    HandleKind::Tcp | HandleKind::Pipe | HandleKind::Tty | HandleKind::File
                )
            }
            Accept::Kind(expected) => kind == expected,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Accept::Any => "uv_handle",
            Accept::Stream => "uv_stream",
            Accept::Kind(kind) => type_name(kind),
        }
    }
}

/// `uv_tcp`, `uv_timer` …
pub(super) fn type_name(kind: HandleKind) -> &'static str {
    match kind {
        HandleKind::Timer => "uv_timer",
        HandleKind::Idle => "uv_idle",
        HandleKind::Prepare => "uv_prepare",
        HandleKind::Check => "uv_check",
        HandleKind::Async => "uv_async",
        HandleKind::Signal => "uv_signal",
        HandleKind::Tcp => "uv_tcp",
        HandleKind::Pipe => "uv_pipe",
        HandleKind::Tty => "uv_tty",
        HandleKind::File => "uv_file",
        HandleKind::Udp => "uv_udp",
        HandleKind::Poll => "uv_poll",
        HandleKind::Process => "uv_process",
        HandleKind::FsEvent => "uv_fs_event",
        HandleKind::FsPoll => "uv_fs_poll",
    }
}

const KINDS: [HandleKind; 15] = [
    HandleKind::Async,
    HandleKind::Check,
    HandleKind::FsEvent,
    HandleKind::FsPoll,
    HandleKind::Idle,
    HandleKind::Pipe,
    HandleKind::Poll,
    HandleKind::Prepare,
    HandleKind::Process,
    HandleKind::Tcp,
    HandleKind::Timer,
    HandleKind::Tty,
    HandleKind::Udp,
    HandleKind::Signal,
    HandleKind::File,
];

/// libuv's `uv_handle_type` for a kind.
fn type_number(kind: HandleKind) -> i64 {
    match kind {
        HandleKind::Async => 1,
        HandleKind::Check => 2,
        HandleKind::FsEvent => 3,
        HandleKind::FsPoll => 4,
        HandleKind::Idle => 6,
        HandleKind::Pipe => 7,
        HandleKind::Poll => 8,
        HandleKind::Prepare => 9,
        HandleKind::Process => 10,
        HandleKind::Tcp => 12,
        HandleKind::Timer => 13,
        HandleKind::Tty => 14,
        HandleKind::Udp => 15,
        HandleKind::Signal => 16,
        HandleKind::File => 17,
    }
}

impl Call<'_> {
    /// The handle that argument `index` names. A closed one is returned as well: what it is used
    /// for then fails with `EBADF` or `EINVAL`.
    pub(super) fn handle(&self, index: c_int, accept: Accept) -> Result<Handle, Raise> {
        self.typed_handle(index, accept).map(|(handle, _)| handle)
    }

    /// The handle that argument `index` names, and what it is or was.
    fn typed_handle(&self, index: c_int, accept: Accept) -> Result<(Handle, HandleKind), Raise> {
        box_at(self.state(), index)
            .filter(|(_, kind)| accept.takes(*kind))
            .ok_or_else(|| match accept {
                Accept::Kind(_) => self.wrong_type(index, accept.name()),
                Accept::Any | Accept::Stream => {
                    Raise::Argument(index, format!("Expected {} userdata", accept.name()))
                }
            })
    }

    /// A descriptor (on Windows a handle's number) argument; `EBADF` for a negative one.
    pub(crate) fn descriptor(
        &self,
        index: c_int,
    ) -> Result<luvit_loop::Result<luvit_loop::Fd>, Raise> {
        let number = self.int_in(index, i32::MIN.into()..=i32::MAX.into())?;
        Ok(if number < 0 {
            Err(Error::EBADF)
        } else {
            Ok(number as luvit_loop::Fd)
        })
    }

    /// A TCP handle argument.
    pub(crate) fn tcp_handle(&self, index: c_int) -> Result<Handle, Raise> {
        self.handle(index, Accept::Kind(HandleKind::Tcp))
    }

    /// A handle of a stream as an argument.
    pub(crate) fn stream_handle(&self, index: c_int) -> Result<Handle, Raise> {
        self.handle(index, Accept::Stream)
    }

    /// Keeps the handle at `index` out of `uv.walk`.
    pub(crate) fn hide_handle(&self, index: c_int, hidden: Hidden) -> Result<(), Raise> {
        let handle = self.handle(index, Accept::Any)?;
        if let Some(entry) = self.shared().handles.borrow_mut().get_mut(handle) {
            entry.hidden = Some(hidden);
        }
        Ok(())
    }

    /// Pushes the userdata of a handle just made, and returns it as the call's result.
    pub(crate) fn new_handle(&self, handle: luvit_loop::Result<Handle>) -> Ret {
        match handle {
            Ok(handle) => {
                self.shared()
                    .handles
                    .borrow_mut()
                    .insert(handle, Owner::Lua);
                push_handle(self.state(), self.shared(), handle);
                Ok(1)
            }
            Err(error) => self.fail(error),
        }
    }

    /// luv's answer to starting a handle: one that is closed counts as one that is closing.
    pub(super) fn started(&self, result: luvit_loop::Result<()>) -> Ret {
        self.zero(result.map_err(|error| {
            if error == Error::EBADF {
                Error::EINVAL
            } else {
                error
            }
        }))
    }

    /// luv's answer to stopping or tuning a handle: to one that is closed or closing it does
    /// nothing.
    pub(super) fn unless_closing(&self, handle: Handle, result: luvit_loop::Result<()>) -> Ret {
        let closing = self.shared().lp.borrow().is_closing(handle);
        self.zero(if closing { Ok(()) } else { result })
    }

    /// Keeps argument `index` as the handle's callback.
    pub(super) fn set_callback(&self, handle: Handle, index: c_int) {
        self.shared().set_callback(handle, self.keep(index));
    }

    /// Drops the handle's callback when what it was for has ended.
    pub(super) fn clear_callback(&self, handle: Handle) {
        self.shared().set_callback(handle, NO_REF);
    }
}

/// The handle that the userdata at `index` stands for; `None` for another value.
pub(super) fn handle_at(state: State, index: c_int) -> Option<Handle> {
    box_at(state, index).map(|(handle, _)| handle)
}

fn box_at(state: State, index: c_int) -> Option<(Handle, HandleKind)> {
    let [bits, number] = state.to_marked(index, MAGIC)?;
    let is = |kind: &HandleKind| type_number(*kind) as u64 == number;
    Some((Handle::from_bits(bits), KINDS.into_iter().find(is)?))
}

/// Pushes the table of userdata by the loop's index. It holds them weakly: a handle that no script
/// can reach is collected.
fn push_userdata_table(state: State, shared: &Shared) {
    if shared.userdata.get() != NO_REF {
        return state.push_ref(shared.userdata.get());
    }
    state.new_table(0, 0);
    state.new_table(0, 1);
    state.push_str("v");
    state.raw_set_field(-2, "__mode");
    state.set_metatable(-2);
    state.push_value(-1);
    shared.userdata.set(state.make_ref());
}

/// Pushes the userdata of a handle if a script can still reach it.
pub(super) fn push_reachable(state: State, shared: &Shared, handle: Handle) -> bool {
    push_userdata_table(state, shared);
    state.raw_get_index(-1, handle.index() as c_int + 1);
    state.remove(-2);
    let found = handle_at(state, -1) == Some(handle);
    if !found {
        state.pop(1);
    }
    found
}

/// Pushes the userdata of a handle; the same one each time while a script can reach it. `nil` if
/// the handle is gone.
pub(crate) fn push_handle(state: State, shared: &Shared, handle: Handle) {
    let Some(entry) = shared.handles.borrow().get(handle) else {
        return state.push_nil();
    };
    if push_reachable(state, shared, handle) {
        return;
    }
    let Some(kind) = shared.lp.borrow().kind(handle) else {
        return state.push_nil();
    };
    push_userdata_table(state, shared);
    state.new_marked(MAGIC, [handle.to_bits(), type_number(kind) as u64]);
    push_metatable(state, shared, kind);
    state.set_metatable(-2);
    state.push_value(-1);
    state.raw_set_index(-3, handle.index() as c_int + 1);
    state.remove(-2);
    if entry.abandoned {
        super::collect::found_again(shared, handle);
    }
}

/// Functions whose name says nothing of the handle's type but which are methods all the same.
const STREAM_METHODS: &[&str] = &[
    "shutdown",
    "listen",
    "accept",
    "read_start",
    "read_stop",
    "write",
    "write2",
    "try_write",
    "try_write2",
    "is_readable",
    "is_writable",
];
const HANDLE_METHODS: &[&str] = &[
    "close",
    "is_active",
    "is_closing",
    "ref",
    "unref",
    "has_ref",
    "fileno",
    "send_buffer_size",
    "recv_buffer_size",
];

/// Pushes the metatable of a kind of handle. Its methods are the functions of the `uv` table
/// whose names begin with the type's, and those that serve every handle or stream.
fn push_metatable(state: State, shared: &Shared, kind: HandleKind) {
    let name = type_name(kind);
    state.raw_get_field(crate::lua::ffi::LUA_REGISTRYINDEX, name);
    if !state.is_nil(-1) {
        return;
    }
    state.pop(1);
    state.new_table(0, 4);
    state.new_table(0, 32);
    let prefix = format!("{}_", name.trim_start_matches("uv_"));
    let mut prefixes = vec![prefix.as_str(), "handle_"];
    let mut plain: Vec<&str> = HANDLE_METHODS.to_vec();
    if Accept::Stream.takes(kind) {
        prefixes.push("stream_");
        plain.extend(STREAM_METHODS);
    }
    for entry in super::PARTS.iter().copied().flatten() {
        let method = prefixes
            .iter()
            .find_map(|prefix| entry.name.strip_prefix(prefix))
            .or_else(|| plain.contains(&entry.name).then_some(entry.name));
        if let Some(method) = method {
            super::push_member(state, shared, entry.name);
            state.raw_set_field(-2, method);
        }
    }
    state.raw_set_field(-2, "__index");
    state.set_function(shared, "__tostring", to_string);
    state.set_function(shared, "__gc", super::collect::collected);
    state.push_str(name);
    state.raw_set_field(-2, "__name");
    state.push_value(-1);
    state.raw_set_field(crate::lua::ffi::LUA_REGISTRYINDEX, name);
}

/// `uv_tcp_t: 0x…`
fn to_string(call: &mut Call) -> Ret {
    let name = if call.get_metatable(1) {
        call.raw_get_field(-1, "__name");
        String::from_utf8_lossy(call.to_bytes(-1).unwrap_or(b"uv_handle")).into_owned()
    } else {
        "uv_handle".into()
    };
    call.push_str(&format!("{name}_t: {:p}", call.to_pointer(1)));
    Ok(1)
}

/// `uv.close(handle, [callback])`: closing twice is an error that says so, not an abort.
fn close(call: &mut Call) -> Ret {
    let handle = call.handle(1, Accept::Any)?;
    let has_callback = call.opt_callable(2)?;
    if call.shared().lp.borrow().is_closing(handle) {
        return Err(Raise::message(format!(
            "handle {:p} is already closing",
            call.to_pointer(1)
        )));
    }
    // luv's `close` returns nothing; an open handle always closes.
    close_with(call, handle, has_callback, |lp| lp.close(handle)).map(|_| 0)
}

/// Starts closing by `how` and keeps argument 2 to be called at the end.
pub(super) fn close_with(
    call: &Call,
    handle: Handle,
    has_callback: bool,
    how: impl FnOnce(&mut luvit_loop::Loop) -> luvit_loop::Result<()>,
) -> Ret {
    let result = how(&mut call.shared().lp.borrow_mut());
    if let Err(error) = result {
        return call.fail(error);
    }
    if has_callback {
        let callback = call.keep(2);
        if let Some(entry) = call.shared().handles.borrow_mut().get_mut(handle) {
            entry.on_close = callback;
        }
    }
    call.push_num(0.0);
    Ok(1)
}

fn is_active(call: &mut Call) -> Ret {
    let handle = call.handle(1, Accept::Any)?;
    call.push_bool(call.shared().lp.borrow().is_active(handle));
    Ok(1)
}

fn is_closing(call: &mut Call) -> Ret {
    let handle = call.handle(1, Accept::Any)?;
    call.push_bool(call.shared().lp.borrow().is_closing(handle));
    Ok(1)
}

fn ref_(call: &mut Call) -> Ret {
    let handle = call.handle(1, Accept::Any)?;
    call.shared().lp.borrow_mut().ref_(handle);
    Ok(0)
}

fn unref(call: &mut Call) -> Ret {
    let handle = call.handle(1, Accept::Any)?;
    call.shared().lp.borrow_mut().unref(handle);
    Ok(0)
}

fn has_ref(call: &mut Call) -> Ret {
    let handle = call.handle(1, Accept::Any)?;
    call.push_bool(call.shared().lp.borrow().has_ref(handle));
    Ok(1)
}

fn fileno(call: &mut Call) -> Ret {
    let handle = call.handle(1, Accept::Any)?;
    let result = call.shared().lp.borrow().fileno(handle);
    call.number(result.map(|fd| fd as i64))
}

fn buffer_size(
    call: &mut Call,
    operation: fn(&mut luvit_loop::Loop, Handle, usize) -> luvit_loop::Result<usize>,
) -> Ret {
    let (handle, kind) = call.typed_handle(1, Accept::Any)?;
    if !matches!(kind, HandleKind::Tcp | HandleKind::Pipe | HandleKind::Udp) {
        return call.fail(Error::ENOTSUP);
    }
    let size = if call.is_nil(2) {
        0
    } else {
        call.int_in(2, 0..=i32::MAX.into())?
    };
    let result = operation(&mut call.shared().lp.borrow_mut(), handle, size as usize);
    call.number(result.map(|size| size as i64))
}

fn send_buffer_size(call: &mut Call) -> Ret {
    buffer_size(call, luvit_loop::Loop::send_buffer_size)
}

fn recv_buffer_size(call: &mut Call) -> Ret {
    buffer_size(call, luvit_loop::Loop::recv_buffer_size)
}

fn handle_get_type(call: &mut Call) -> Ret {
    let (_, kind) = call.typed_handle(1, Accept::Any)?;
    call.push_str(type_name(kind).trim_start_matches("uv_"));
    call.push_int(type_number(kind));
    Ok(2)
}
