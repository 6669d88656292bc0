//! LPeg 1.1.0, the library of parsing expression grammars for Lua, and `re`, which is written with it.
//!
//! `lpeg/` is what Roberto Ierusalimschy released, with one change; see this crate's README. What is here is its one
//! entry: a C function for Lua, which no Rust code calls. LPeg raises errors, and those pass through C functions only.

use std::ffi::c_int;

use mlua_sys::lua_State;

unsafe extern "C-unwind" {
    /// Pushes a new table with the functions of LPeg.
    ///
    /// # Safety
    /// For Lua to call, as any `lua_CFunction`: it raises an error when there is no memory.
    pub fn luaopen_lpeg(state: *mut lua_State) -> c_int;
}

/// The source of `re`, a chunk that wants a `require` that knows `lpeg` among its globals.
pub const RE: &str = include_str!("../lpeg/re.lua");
