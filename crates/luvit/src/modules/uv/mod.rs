//! The `uv` module: libuv's API as luv shapes it, one file a handle type.
//!
//! Every function exists in two forms, `uv.tcp_bind(tcp, …)` and `tcp:bind(…)`; a failed operation
//! returns `nil, "CODE: text", "CODE"`, a callback gets the code's name first.

mod async_;
mod clock;
mod collect;
mod diagnostics;
mod dns;
mod environment;
pub(crate) mod fs;
pub(crate) mod fs_event;
pub(crate) mod fs_poll;
mod handle;
mod loop_;
mod memory;
mod metrics;
mod network;
mod os;
mod pipe;
pub(crate) mod poll;
pub(crate) mod process;
mod random;
mod request;
mod sem;
mod signal;
mod socketpair;
mod stream;
mod tcp;
mod thread;
mod timer;
mod tty;
pub(crate) mod udp;
pub(crate) mod values;
mod version;
mod watcher;
mod work;
mod wtf8;

pub(crate) use async_::{AsyncLink, close_async, close_asyncs, push_async_values};
pub(crate) use collect::{release_collected, release_if_done};
pub(crate) use handle::push_handle;
pub(crate) use signal::signal_name;

use crate::lua::{Call, NO_REF, Ret, State};
use crate::shared::Shared;

/// A function of the `uv` table.
struct Entry {
    name: &'static str,
    push: fn(State, *const Shared),
}

/// An [`Entry`] for each named function; `rust_name` or `rust_name = "lua_name"`.
macro_rules! functions {
    ($($function:ident $(= $name:literal)?),* $(,)?) => {
        &[$(crate::modules::uv::Entry {
            name: functions!(@name $function $($name)?),
            push: |state, shared| state.push_function(shared, $function),
        }),*]
    };
    (@name $function:ident) => { stringify!($function) };
    (@name $function:ident $name:literal) => { $name };
}
use functions;

const PARTS: &[&[Entry]] = &[
    handle::FUNCTIONS,
    request::FUNCTIONS,
    loop_::FUNCTIONS,
    timer::FUNCTIONS,
    watcher::FUNCTIONS,
    async_::FUNCTIONS,
    signal::FUNCTIONS,
    stream::FUNCTIONS,
    tcp::FUNCTIONS,
    pipe::FUNCTIONS,
    socketpair::FUNCTIONS,
    tty::FUNCTIONS,
    udp::FUNCTIONS,
    poll::FUNCTIONS,
    process::FUNCTIONS,
    fs_event::FUNCTIONS,
    fs_poll::FUNCTIONS,
    fs::file::FUNCTIONS,
    fs::stat::FUNCTIONS,
    fs::attributes::FUNCTIONS,
    fs::names::FUNCTIONS,
    fs::scandir::FUNCTIONS,
    fs::dir::FUNCTIONS,
    dns::FUNCTIONS,
    thread::FUNCTIONS,
    sem::FUNCTIONS,
    work::FUNCTIONS,
    network::FUNCTIONS,
    random::FUNCTIONS,
    metrics::FUNCTIONS,
    wtf8::FUNCTIONS,
    os::FUNCTIONS,
    memory::FUNCTIONS,
    clock::FUNCTIONS,
    environment::FUNCTIONS,
    version::FUNCTIONS,
    diagnostics::FUNCTIONS,
];

const CONSTANTS: &[&[(&str, i32)]] = &[
    network::CONSTANTS,
    signal::SIGNALS,
    tcp::CONSTANTS,
    udp::CONSTANTS,
    thread::CONSTANTS,
];

/// Pushes the `uv` table of this runtime; it is made when first asked for.
pub(crate) fn open(call: &mut Call) -> Ret {
    push_table(call.state(), call.shared());
    Ok(1)
}

/// Pushes the `uv` table. It is empty at first: a function is made when it is first looked up, so
/// that a program holds those it uses; `pairs` makes them all.
pub(crate) fn push_table(state: State, shared: &Shared) {
    if shared.uv_table.get() != NO_REF {
        return state.push_ref(shared.uv_table.get());
    }
    state.new_table(0, 32);
    state.new_table(0, 2);
    state.set_function(shared, "__index", member);
    state.set_function(shared, "__pairs", all_members);
    state.set_metatable(-2);
    state.push_value(-1);
    shared.uv_table.set(state.make_ref());
}

/// Pushes a member of the `uv` table, making it if need be; `nil` for an unknown name.
pub(super) fn push_member(state: State, shared: &Shared, name: &str) {
    push_table(state, shared);
    state.raw_get_field(-1, name);
    if state.is_nil(-1) {
        state.pop(1);
        if make_member(state, shared, name) {
            state.push_value(-1);
            state.raw_set_field(-3, name);
        } else {
            state.push_nil();
        }
    }
    state.remove(-2);
}

/// Gives the metatable on the top its `__index`: the functions whose names begin with `prefix`, and
/// others under names of their own.
fn push_methods(state: State, shared: &Shared, prefix: &str, others: &[(&str, &str)]) {
    state.new_table(0, 8);
    let names = PARTS.iter().copied().flatten().filter_map(|entry| {
        let method = entry.name.strip_prefix(prefix)?;
        Some((entry.name, method))
    });
    for (name, method) in names.chain(others.iter().copied()) {
        push_member(state, shared, name);
        state.raw_set_field(-2, method);
    }
    state.raw_set_field(-2, "__index");
}

/// Pushes a new function or table of that name; `false` and nothing for an unknown one.
fn make_member(state: State, shared: &Shared, name: &str) -> bool {
    match name {
        "constants" => push_constants(state),
        "errno" => push_errno(state),
        _ => match PARTS
            .iter()
            .copied()
            .flatten()
            .find(|entry| entry.name == name)
        {
            Some(entry) => (entry.push)(state, shared),
            None => return false,
        },
    }
    true
}

/// `__index(uv, name)`
fn member(call: &mut Call) -> Ret {
    match call
        .to_bytes(2)
        .and_then(|name| std::str::from_utf8(name).ok())
    {
        Some(name) => push_member(call.state(), call.shared(), name),
        None => call.push_nil(),
    }
    Ok(1)
}

/// `__pairs(uv)`
fn all_members(call: &mut Call) -> Ret {
    let names = PARTS.iter().copied().flatten().map(|entry| entry.name);
    for name in names.chain(["constants", "errno"]) {
        push_member(call.state(), call.shared(), name);
        call.pop(1);
    }
    call.push_globals();
    call.raw_get_field(-1, "next");
    call.push_value(1);
    call.push_nil();
    Ok(3)
}

fn push_errno(state: State) {
    state.new_table(0, 96);
    for (name, code, _) in luvit_loop::Error::all() {
        state.push_int(code.into());
        state.raw_set_field(-2, name);
    }
}

fn push_constants(state: State) {
    state.new_table(0, 96);
    for (name, value) in CONSTANTS.iter().copied().flatten().copied() {
        state.push_int(value.into());
        state.raw_set_field(-2, name);
    }
    fs::push_constants(state);
}
