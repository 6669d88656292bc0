//! `luvit:crypto`: the native half of `crypto`, on the crate `luvit-crypto`.
//!
//! The functions take bytes and give bytes. What node calls an option, an encoding of input or a
//! stream is the Lua half's. A function that can fail answers `nil, "CODE: text", "CODE"`; the Lua
//! half raises that where it is the program's mistake.

mod cipher;
mod dh;
mod digest;
mod kdf;
mod key;
mod outcome;
mod prime;
mod random;
mod sign;
mod spkac;
mod x509;

use crate::lua::State;
use crate::shared::Shared;

/// Pushes the table of functions.
pub(crate) fn open(state: State, shared: *const Shared) {
    state.new_table(0, 92);
    cipher::fill(state, shared);
    dh::fill(state, shared);
    digest::fill(state, shared);
    kdf::fill(state, shared);
    key::fill(state, shared);
    prime::fill(state, shared);
    random::fill(state, shared);
    sign::fill(state, shared);
    spkac::fill(state, shared);
    x509::fill(state, shared);
}
