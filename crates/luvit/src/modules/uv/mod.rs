//! The `uv` module: libuv's API as luv shapes it, one file a handle type.
//!
//! Every function exists in two forms, `uv.tcp_bind(tcp, …)` and `tcp:bind(…)`; a failed operation
//! returns `nil, "CODE: text", "CODE"`, a callback gets the code's name first.

mod dns;
mod handle;
mod loop_;
mod misc;
mod process;
mod request;
mod signal;
mod stream;
mod tcp;
mod timer;
mod tty;
mod watcher;

pub(crate) use handle::push_handle;
pub(crate) use signal::signal_name;
pub(crate) use watcher::{drop_async_values, push_async_values};

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
    signal::FUNCTIONS,
    stream::FUNCTIONS,
    tcp::FUNCTIONS,
    tty::FUNCTIONS,
    dns::FUNCTIONS,
    process::FUNCTIONS,
    misc::FUNCTIONS,
];

/// Pushes the `uv` table of this runtime; it is made when first asked for.
pub(crate) fn open(call: &mut Call) -> Ret {
    push_table(call.state(), call.shared());
    Ok(1)
}

/// Pushes the `uv` table.
pub(crate) fn push_table(state: State, shared: &Shared) {
    if shared.uv_table.get() != NO_REF {
        return state.push_ref(shared.uv_table.get());
    }
    state.new_table(0, 256);
    for entry in PARTS.iter().copied().flatten() {
        state.push_str(entry.name);
        (entry.push)(state, shared);
        state.raw_set(-3);
    }
    push_constants(state);
    state.raw_set_field(-2, "constants");
    state.new_table(0, 96);
    for (name, code, _) in luvit_loop::Error::all() {
        state.push_int(code.into());
        state.raw_set_field(-2, name);
    }
    state.raw_set_field(-2, "errno");
    state.push_value(-1);
    shared.uv_table.set(state.make_ref());
}

fn push_constants(state: State) {
    state.new_table(0, 96);
    for (name, value) in signal::SIGNALS.iter().copied().chain(tcp::CONSTANTS.iter().copied()) {
        state.push_int(value.into());
        state.raw_set_field(-2, name);
    }
}
