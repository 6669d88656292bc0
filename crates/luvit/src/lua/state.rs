//! A Lua stack, with the operations that cannot raise.

use std::ffi::{CStr, c_int, c_void};

pub(crate) use mlua_sys as ffi;
use mlua_sys::lua_State;

use super::call::{Call, Ret, trampoline};
use crate::shared::Shared;

/// A reference to a value kept in the registry (`luaL_ref`); [`NO_REF`] stands for none.
pub(crate) type Ref = c_int;

/// No value is kept.
pub(crate) const NO_REF: Ref = -2;

/// Longest string LuaJIT can hold; a longer one would raise.
pub(crate) const MAX_STRING: usize = 0x7fff_0000;

/// The type of a value on the stack.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(crate) enum Type {
    None,
    Nil,
    Boolean,
    LightUserdata,
    Number,
    String,
    Table,
    Function,
    Userdata,
    Thread,
    /// LuaJIT's own: FFI cdata.
    Cdata,
}

impl Type {
    /// What Lua's `type` calls it; an absent value is `no value`.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Type::None => "no value",
            Type::Nil => "nil",
            Type::Boolean => "boolean",
            Type::LightUserdata | Type::Userdata => "userdata",
            Type::Number => "number",
            Type::String => "string",
            Type::Table => "table",
            Type::Function => "function",
            Type::Thread => "thread",
            Type::Cdata => "cdata",
        }
    }
}

/// What userdata hold that stand for something elsewhere: names, never the thing itself.
#[derive(Copy, Clone)]
#[repr(C)]
struct Marked<const N: usize> {
    mark: u64,
    words: [u64; N],
}

/// A Lua stack. Copying it copies the pointer: all copies are the same stack.
///
/// Indices are those of the C API: 1 is the first argument of the running function, -1 the top.
#[derive(Copy, Clone)]
pub(crate) struct State(*mut lua_State);

impl State {
    /// Wraps a raw stack.
    ///
    /// # Safety
    /// `raw` must point to a live state, used from this thread only, for as long as the copies of
    /// the result are used.
    pub(crate) const unsafe fn from_raw(raw: *mut lua_State) -> State {
        State(raw)
    }

    pub(crate) fn raw(self) -> *mut lua_State {
        self.0
    }

    /// Makes room for `n` more values; every native function has 20 to start with.
    pub(crate) fn reserve(self, n: c_int) -> bool {
        // SAFETY: the state is live (see `from_raw`).
        unsafe { ffi::lua_checkstack(self.0, n) != 0 }
    }

    pub(crate) fn top(self) -> c_int {
        // SAFETY: the state is live.
        unsafe { ffi::lua_gettop(self.0) }
    }

    pub(crate) fn set_top(self, top: c_int) {
        // SAFETY: the state is live; callers only shrink or nil-fill within reserved space.
        unsafe { ffi::lua_settop(self.0, top) }
    }

    pub(crate) fn pop(self, n: c_int) {
        self.set_top(-n - 1);
    }

    pub(crate) fn remove(self, index: c_int) {
        // SAFETY: the state is live and callers pass an index in use.
        unsafe { ffi::lua_remove(self.0, index) }
    }

    pub(crate) fn insert(self, index: c_int) {
        // SAFETY: as in `remove`.
        unsafe { ffi::lua_insert(self.0, index) }
    }

    pub(crate) fn replace(self, index: c_int) {
        // SAFETY: as in `remove`.
        unsafe { ffi::lua_replace(self.0, index) }
    }

    pub(crate) fn type_of(self, index: c_int) -> Type {
        // SAFETY: the state is live; any index is allowed.
        match unsafe { ffi::lua_type(self.0, index) } {
            0 => Type::Nil,
            1 => Type::Boolean,
            2 => Type::LightUserdata,
            3 => Type::Number,
            4 => Type::String,
            5 => Type::Table,
            6 => Type::Function,
            7 => Type::Userdata,
            8 => Type::Thread,
            10 => Type::Cdata,
            _ => Type::None,
        }
    }

    /// `nil` or absent.
    pub(crate) fn is_nil(self, index: c_int) -> bool {
        matches!(self.type_of(index), Type::None | Type::Nil)
    }

    pub(crate) fn to_bool(self, index: c_int) -> bool {
        // SAFETY: the state is live; any index is allowed.
        unsafe { ffi::lua_toboolean(self.0, index) != 0 }
    }

    /// The number at `index`, or of the numeral there; `None` for anything else.
    pub(crate) fn to_num(self, index: c_int) -> Option<f64> {
        // SAFETY: the state is live; any index is allowed.
        unsafe { (ffi::lua_isnumber(self.0, index) != 0).then(|| ffi::lua_tonumber(self.0, index)) }
    }

    /// The number at `index`, which must be one (or a numeral): 0 for anything else.
    pub(crate) fn number_at(self, index: c_int) -> f64 {
        // SAFETY: the state is live; any index is allowed.
        unsafe { ffi::lua_tonumber(self.0, index) }
    }

    /// The bytes of the string at `index` (a number is converted in place, as Lua does); `None`
    /// for anything else. They stay valid while the value stays on the stack.
    pub(crate) fn to_bytes<'a>(self, index: c_int) -> Option<&'a [u8]> {
        let mut length = 0;
        // SAFETY: the state is live; Lua keeps the bytes alive and in place while the string is
        // on the stack, which the caller sees to.
        unsafe {
            let data = ffi::lua_tolstring(self.0, index, &mut length);
            (!data.is_null()).then(|| std::slice::from_raw_parts(data.cast::<u8>(), length))
        }
    }

    /// The address of the userdata at `index` and its size in bytes.
    pub(crate) fn to_userdata(self, index: c_int) -> Option<(*mut c_void, usize)> {
        if self.type_of(index) != Type::Userdata {
            return None;
        }
        // SAFETY: the value is a full userdata.
        unsafe {
            Some((
                ffi::lua_touserdata(self.0, index),
                ffi::lua_objlen(self.0, index),
            ))
        }
    }

    /// The words of a userdata of ours that consists of `mark` and them, whatever metatable a
    /// script gave it; `None` for anything else. Made by [`State::new_marked`].
    pub(crate) fn to_marked<const N: usize>(self, index: c_int, mark: u64) -> Option<[u64; N]> {
        let (address, size) = self.to_userdata(index)?;
        if size != size_of::<Marked<N>>() {
            return None;
        }
        // SAFETY: the userdata has the size of a `Marked`, and Lua aligns it to 8 bytes; any bytes
        // are valid words.
        let content = unsafe { address.cast::<Marked<N>>().read() };
        (content.mark == mark).then_some(content.words)
    }

    /// Pushes a new userdata that consists of `mark` and `words`.
    pub(crate) fn new_marked<const N: usize>(self, mark: u64, words: [u64; N]) {
        self.new_userdata(Marked { mark, words });
    }

    /// The pointer that the light userdata at `index` is.
    pub(crate) fn to_light(self, index: c_int) -> Option<*mut c_void> {
        // SAFETY: the state is live and the value is a light userdata.
        (self.type_of(index) == Type::LightUserdata)
            .then(|| unsafe { ffi::lua_touserdata(self.0, index) })
    }

    /// The length of a string, table (border) or userdata, without metamethods.
    pub(crate) fn raw_len(self, index: c_int) -> usize {
        // SAFETY: the state is live; any index is allowed.
        unsafe { ffi::lua_objlen(self.0, index) }
    }

    pub(crate) fn push_nil(self) {
        // SAFETY: the state is live and has room (see `reserve`).
        unsafe { ffi::lua_pushnil(self.0) }
    }

    pub(crate) fn push_bool(self, value: bool) {
        // SAFETY: the state is live and has room.
        unsafe { ffi::lua_pushboolean(self.0, value.into()) }
    }

    pub(crate) fn push_num(self, value: f64) {
        // SAFETY: the state is live and has room.
        unsafe { ffi::lua_pushnumber(self.0, value) }
    }

    /// Pushes an integer as Lua's number: exact up to 2^53.
    pub(crate) fn push_int(self, value: i64) {
        self.push_num(value as f64);
    }

    /// Pushes a string; one over LuaJIT's limit (2 GiB) becomes `nil`.
    pub(crate) fn push_bytes(self, value: &[u8]) {
        if value.len() > MAX_STRING {
            return self.push_nil();
        }
        // SAFETY: the state is live and has room; Lua copies the bytes.
        unsafe { ffi::lua_pushlstring_(self.0, value.as_ptr().cast(), value.len()) }
    }

    pub(crate) fn push_str(self, value: &str) {
        self.push_bytes(value.as_bytes());
    }

    pub(crate) fn push_value(self, index: c_int) {
        // SAFETY: the state is live and has room.
        unsafe { ffi::lua_pushvalue(self.0, index) }
    }

    pub(crate) fn push_light(self, value: *mut c_void) {
        // SAFETY: the state is live and has room; Lua never follows the pointer.
        unsafe { ffi::lua_pushlightuserdata(self.0, value) }
    }

    pub(crate) fn push_globals(self) {
        self.push_value(ffi::LUA_GLOBALSINDEX);
    }

    pub(crate) fn new_table(self, array: usize, records: usize) {
        // SAFETY: the state is live and has room.
        unsafe {
            ffi::lua_createtable(
                self.0,
                array.min(1 << 24) as c_int,
                records.min(1 << 24) as c_int,
            )
        }
    }

    /// Pushes a new userdata of `T`'s size holding `value`; nothing drops it, so `T` is `Copy`.
    pub(crate) fn new_userdata<T: Copy>(self, value: T) {
        // SAFETY: Lua aligns userdata to 8 bytes at least, which the assertion checks against.
        unsafe {
            const { assert!(align_of::<T>() <= 8) };
            ffi::lua_newuserdata(self.0, size_of::<T>())
                .cast::<T>()
                .write(value);
        }
    }

    /// Pops a key, pushes the value `table[key]`, without metamethods.
    pub(crate) fn raw_get(self, table: c_int) {
        // SAFETY: callers pass the index of a table.
        unsafe { ffi::lua_rawget_(self.0, table) }
    }

    pub(crate) fn raw_get_index(self, table: c_int, index: c_int) {
        // SAFETY: callers pass the index of a table.
        unsafe { ffi::lua_rawgeti_(self.0, table, index) }
    }

    /// Pushes `table[name]` without metamethods.
    pub(crate) fn raw_get_field(self, table: c_int, name: &str) {
        let table = self.absolute(table);
        self.push_str(name);
        self.raw_get(table);
    }

    /// Pops a value and a key below it and stores them, without metamethods. The key must be
    /// neither `nil` nor NaN.
    pub(crate) fn raw_set(self, table: c_int) {
        // SAFETY: callers pass the index of a table and a valid key.
        unsafe { ffi::lua_rawset(self.0, table) }
    }

    /// Pops a value and stores it as `table[index]`.
    pub(crate) fn raw_set_index(self, table: c_int, index: c_int) {
        // SAFETY: callers pass the index of a table.
        unsafe { ffi::lua_rawseti_(self.0, table, index) }
    }

    /// Pops a value and stores it as `table[name]`, without metamethods.
    pub(crate) fn raw_set_field(self, table: c_int, name: &str) {
        let table = self.absolute(table);
        self.push_str(name);
        self.insert(-2);
        self.raw_set(table);
    }

    /// Pops a key and pushes the next pair of the table; `false` (nothing pushed) at the end. The
    /// key popped must come from this table.
    pub(crate) fn next(self, table: c_int) -> bool {
        // SAFETY: callers pass the index of a table and start with nil, then with keys this gave.
        unsafe { ffi::lua_next(self.0, table) != 0 }
    }

    /// As [`next`](State::next) where Lua code may have changed the table since: a key that is gone
    /// gives `Err`, with the message on the top.
    pub(crate) fn protected_next(self, table: c_int) -> Result<bool, ()> {
        let table = self.absolute(table);
        // SAFETY: the state is live and has room; `raw_next` takes a table and a key.
        unsafe { ffi::lua_pushcfunction(self.0, raw_next) };
        self.insert(-2);
        self.push_value(table);
        self.insert(-2);
        self.pcall(2, 2, 0)?;
        let more = !self.is_nil(-2);
        if !more {
            self.pop(2);
        }
        Ok(more)
    }

    /// Pops a table and makes it the metatable of the value at `index`.
    pub(crate) fn set_metatable(self, index: c_int) {
        // SAFETY: callers push a table and pass the index of a table or userdata.
        unsafe {
            ffi::lua_setmetatable(self.0, index);
        }
    }

    /// Pushes the metatable of the value at `index`, or nothing (`false`) if it has none.
    pub(crate) fn get_metatable(self, index: c_int) -> bool {
        // SAFETY: the state is live and has room.
        unsafe { ffi::lua_getmetatable(self.0, index) != 0 }
    }

    pub(crate) fn raw_equal(self, a: c_int, b: c_int) -> bool {
        // SAFETY: the state is live; any indices are allowed.
        unsafe { ffi::lua_rawequal(self.0, a, b) != 0 }
    }

    /// The index counted from the bottom, so that pushes do not move it.
    pub(crate) fn absolute(self, index: c_int) -> c_int {
        if index > 0 || index <= ffi::LUA_REGISTRYINDEX {
            index
        } else {
            self.top() + index + 1
        }
    }

    /// Pops a value and keeps it in the registry; `nil` gives [`NO_REF`].
    pub(crate) fn make_ref(self) -> Ref {
        if self.is_nil(-1) {
            self.pop(1);
            return NO_REF;
        }
        // SAFETY: the state is live; the registry is a table.
        unsafe { ffi::luaL_ref(self.0, ffi::LUA_REGISTRYINDEX) }
    }

    /// Lets go of a kept value.
    pub(crate) fn drop_ref(self, reference: Ref) {
        // SAFETY: the state is live; references below zero are ignored by Lua.
        unsafe { ffi::luaL_unref(self.0, ffi::LUA_REGISTRYINDEX, reference) }
    }

    /// Pushes a kept value; `nil` for [`NO_REF`].
    pub(crate) fn push_ref(self, reference: Ref) {
        if reference < 0 {
            self.push_nil()
        } else {
            self.raw_get_index(ffi::LUA_REGISTRYINDEX, reference)
        }
    }

    /// Calls the function under its `args` arguments; errors are caught. `handler` is the stack
    /// index of a message handler or 0. On `Err` the error value is on the top.
    pub(crate) fn pcall(self, args: c_int, results: c_int, handler: c_int) -> Result<(), ()> {
        // SAFETY: the state is live and the caller pushed a function and its arguments.
        match unsafe { ffi::lua_pcall(self.0, args, results, handler) } {
            0 => Ok(()),
            _ => Err(()),
        }
    }

    /// Compiles Lua source (or bytecode) and pushes the function; on `Err` the message is pushed.
    /// `name` as in Lua: `@file` or `=text`.
    pub(crate) fn load(self, source: &[u8], name: &CStr) -> Result<(), ()> {
        // SAFETY: the state is live; Lua reads the source during the call only.
        let status = unsafe {
            ffi::luaL_loadbuffer(self.0, source.as_ptr().cast(), source.len(), name.as_ptr())
        };
        if status == 0 { Ok(()) } else { Err(()) }
    }

    /// The bytecode of the Lua function at `index`, with the names and lines for tracebacks; `None`
    /// for anything else.
    pub(crate) fn dump(self, index: c_int) -> Option<Vec<u8>> {
        let mut code = Vec::new();
        self.push_value(index);
        let is_function = self.type_of(-1) == Type::Function;
        // SAFETY: the value is a function (a native one gives an error code), and the writer gets
        // the vector, which outlives the call.
        let done = is_function
            && unsafe { ffi::lua_dump_(self.0, write_code, (&raw mut code).cast()) == 0 };
        self.pop(1);
        done.then_some(code)
    }

    /// Pops a table and makes it what belongs to the userdata at `index` alone: it lives as long.
    pub(crate) fn set_own_table(self, index: c_int) {
        // SAFETY: callers push a table and pass the index of a userdata.
        unsafe {
            ffi::lua_setfenv(self.0, index);
        }
    }

    /// Pushes the table of [`set_own_table`](State::set_own_table).
    pub(crate) fn own_table(self, index: c_int) {
        // SAFETY: callers pass the index of a userdata.
        unsafe { ffi::lua_getfenv(self.0, index) }
    }

    /// Closes the state of which this is a stack, with all finalizers. Callers end the process
    /// afterwards: native functions are still under way in it, and must not go on.
    pub(crate) fn close_for_exit(self) {
        // SAFETY: `lua_close` closes the whole state from any of its stacks; nothing runs in it
        // after the finalizers, since the caller does not return.
        unsafe { ffi::lua_close(self.0) }
    }

    /// Pushes a traceback of `of`'s stack (this one or a coroutine's) under `message`.
    pub(crate) fn push_traceback(self, of: State, message: Option<&CStr>, level: c_int) {
        let message = message.map_or(std::ptr::null(), CStr::as_ptr);
        // SAFETY: both states are live.
        unsafe { ffi::luaL_traceback(self.0, of.0, message, level) }
    }

    /// The address that `tostring` shows for the value at `index`.
    pub(crate) fn to_pointer(self, index: c_int) -> *const c_void {
        // SAFETY: the state is live; any index is allowed.
        unsafe { ffi::lua_topointer(self.0, index) }
    }

    /// Pushes a native function. `function` is a `fn` item or a closure that captures nothing.
    pub(crate) fn push_function<F>(self, shared: *const Shared, _function: F)
    where
        F: Fn(&mut Call) -> Ret + Copy + 'static,
    {
        const { assert!(size_of::<F>() == 0, "a native function captures nothing") };
        self.push_light(shared.cast_mut().cast());
        // SAFETY: the two differ in the result only, and the lower half of what `trampoline`
        // returns is the register, or half of it, in which a caller looks for an `int`.
        let function = unsafe {
            std::mem::transmute::<
                unsafe extern "C-unwind" fn(*mut lua_State) -> usize,
                unsafe extern "C-unwind" fn(*mut lua_State) -> c_int,
            >(trampoline::<F>)
        };
        // SAFETY: the state is live; the trampoline finds its runtime in the one upvalue, and the
        // runtime outlives its Lua state (`Runtime` closes the state first).
        unsafe { ffi::lua_pushcclosure(self.0, function, 1) }
    }

    /// Stores native functions in the table on the top.
    pub(crate) fn set_function<F>(self, shared: *const Shared, name: &str, function: F)
    where
        F: Fn(&mut Call) -> Ret + Copy + 'static,
    {
        self.push_str(name);
        self.push_function(shared, function);
        self.raw_set(-3);
    }
}

/// `next(table, key)`, which may raise.
unsafe extern "C-unwind" fn raw_next(raw: *mut lua_State) -> c_int {
    // SAFETY: `protected_next` passes a table and a key; nothing here needs dropping.
    unsafe { if ffi::lua_next(raw, 1) != 0 { 2 } else { 0 } }
}

/// Appends a piece of bytecode to the `Vec<u8>` behind `code`.
unsafe extern "C-unwind" fn write_code(
    _raw: *mut lua_State,
    piece: *const c_void,
    size: usize,
    code: *mut c_void,
) -> c_int {
    // SAFETY: `dump` passes its vector; Lua passes a piece of that many bytes.
    unsafe {
        let piece = std::slice::from_raw_parts(piece.cast::<u8>(), size);
        (*code.cast::<Vec<u8>>()).extend_from_slice(piece);
    }
    0
}

/// Writes what C's files, those of Lua's `io`, hold back.
#[cfg(windows)]
pub(crate) fn flush_files() {
    unsafe extern "C" {
        fn fflush(file: *mut c_void) -> c_int;
    }
    // SAFETY: null means all files.
    unsafe { fflush(std::ptr::null_mut()) };
}
