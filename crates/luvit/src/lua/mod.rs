//! The bridge to LuaJIT's C API: the one place where native modules meet raw Lua.
//!
//! `mlua` is what embedders get ([`Runtime::lua`](crate::Runtime::lua)); the standard library's
//! native half stands on this thinner layer instead, for the reasons measured in
//! `docs/decisions/0002-native-functions.md`: errors are plain strings, a call costs a
//! few nanoseconds, and nothing is allocated for a function that is never called.
//!
//! - [`State`] is a Lua stack with methods that cannot raise a Lua error.
//! - [`Call`] is one call of a native function: its arguments, and the runtime it belongs to.
//! - A native function is a plain `fn(&mut Call) -> Ret`; [`State::push_function`] wraps it so that
//!   a Rust panic or an `Err` becomes a Lua error after every Rust value has been dropped.
//!
//! Running out of memory inside LuaJIT is the one error these methods cannot report: it ends the
//! process, as it does in Rust's own allocator.

mod call;
mod counted;
mod kept;
mod state;

pub(crate) use call::{Call, Raise, Ret};
pub(crate) use counted::Counted;
pub(crate) use kept::Unused;
#[cfg(windows)]
pub(crate) use state::flush_files;
pub(crate) use state::{MAX_STRING, NO_REF, Ref, State, Type, ffi};
