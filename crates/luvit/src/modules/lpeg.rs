//! `luvit:lpeg`: the ways into LPeg, which is C and made for Lua to call (`crates/luvit-lpeg`).
//!
//! No function of it is called from Rust: it raises errors, and an error must not pass through a Rust function.

use crate::lua::{State, ffi};
use crate::shared::Shared;

/// Pushes a table: `open`, LPeg's own loader, and `re`, the source of that module.
pub(crate) fn open(state: State, _shared: *const Shared) {
    state.new_table(0, 2);
    // SAFETY: the state is live and has room; LPeg's loader is a function for Lua to call.
    unsafe { ffi::lua_pushcclosure(state.raw(), luvit_lpeg::luaopen_lpeg, 0) };
    state.raw_set_field(-2, "open");
    state.push_str(luvit_lpeg::RE);
    state.raw_set_field(-2, "re");
}
