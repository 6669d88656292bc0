//! `luvit:openssl`: the native half of `openssl`, what is not in `luvit:crypto`: integers of any
//! size, and TLS sessions between buffers.

mod bn;
mod ssl;

use crate::lua::State;
use crate::shared::Shared;

/// Pushes the table of functions.
pub(crate) fn open(state: State, shared: *const Shared) {
    state.new_table(0, 8);
    bn::fill(state, shared);
    ssl::fill(state, shared);
}
