//! One call of a native function: its arguments, results and errors.

use std::borrow::Cow;
use std::ffi::{OsStr, c_int};
use std::panic::{AssertUnwindSafe, catch_unwind};

use mlua_sys::lua_State;

use super::state::{State, Type, ffi};
use crate::shared::{Nested, Shared};

/// Why a native function raises an error.
#[derive(Debug)]
pub(crate) enum Raise {
    /// Argument `.0` (from 1) is wrong: raised as `bad argument #1 to 'name' (text)`.
    Argument(c_int, String),
    /// A message, raised with the position of the caller in front.
    Message(String),
    /// The value on the top of the stack is raised as it is.
    Top,
}

impl Raise {
    /// A message with the caller's position in front.
    pub(crate) fn message(text: impl Into<String>) -> Raise {
        Raise::Message(text.into())
    }
}

/// How many results are on the top of the stack, or the error to raise.
pub(crate) type Ret = Result<c_int, Raise>;

/// One call of a native function.
pub(crate) struct Call<'rt> {
    state: State,
    shared: &'rt Shared,
}

impl std::ops::Deref for Call<'_> {
    type Target = State;
    fn deref(&self) -> &State {
        &self.state
    }
}

impl<'rt> Call<'rt> {
    /// A call as seen from a dispatcher, which has no Lua function around it.
    pub(crate) fn new(state: State, shared: &'rt Shared) -> Call<'rt> {
        Call { state, shared }
    }

    pub(crate) fn state(&self) -> State {
        self.state
    }

    /// The runtime this call belongs to.
    pub(crate) fn shared(&self) -> &'rt Shared {
        self.shared
    }

    /// The error for an argument of the wrong type, in Lua's own words.
    pub(crate) fn wrong_type(&self, index: c_int, expected: &str) -> Raise {
        Raise::Argument(
            index,
            format!("{expected} expected, got {}", self.type_name(index)),
        )
    }

    /// What Lua calls the type of the value at `index`.
    pub(crate) fn type_name(&self, index: c_int) -> &'static str {
        self.type_of(index).name()
    }

    /// A string argument (a number counts as its numeral).
    pub(crate) fn bytes(&self, index: c_int) -> Result<&'rt [u8], Raise> {
        match self.type_of(index) {
            Type::String | Type::Number => self
                .to_bytes(index)
                .ok_or_else(|| self.wrong_type(index, "string")),
            _ => Err(self.wrong_type(index, "string")),
        }
    }

    /// A string argument that must be UTF-8.
    pub(crate) fn text(&self, index: c_int) -> Result<&'rt str, Raise> {
        std::str::from_utf8(self.bytes(index)?)
            .map_err(|_| Raise::Argument(index, "the string is not valid UTF-8".into()))
    }

    /// A string argument, or `None` for `nil`.
    pub(crate) fn opt_bytes(&self, index: c_int) -> Result<Option<&'rt [u8]>, Raise> {
        if self.is_nil(index) {
            Ok(None)
        } else {
            self.bytes(index).map(Some)
        }
    }

    /// A path argument: any bytes but NUL; Unicode where the system's paths are.
    pub(crate) fn path(&self, index: c_int) -> Result<Cow<'rt, OsStr>, Raise> {
        let bytes = self.bytes(index)?;
        if memchr::memchr(0, bytes).is_some() {
            let text = "the path contains a NUL byte";
            return Err(Raise::Argument(index, text.into()));
        }
        #[cfg(unix)]
        return Ok(Cow::Borrowed(std::os::unix::ffi::OsStrExt::from_bytes(
            bytes,
        )));
        #[cfg(not(unix))]
        luvit_loop::system::os_string(bytes)
            .map(Cow::Owned)
            .map_err(|_| Raise::Argument(index, "the path is not valid UTF-8".into()))
    }

    /// A number argument.
    pub(crate) fn num(&self, index: c_int) -> Result<f64, Raise> {
        self.to_num(index)
            .ok_or_else(|| self.wrong_type(index, "number"))
    }

    /// An integer argument; a fraction is cut off as `luaL_checkinteger` does, NaN is refused.
    pub(crate) fn int(&self, index: c_int) -> Result<i64, Raise> {
        let value = self.num(index)?;
        if value.is_nan() {
            return Err(Raise::Argument(
                index,
                "number has no integer representation".into(),
            ));
        }
        Ok(value as i64)
    }

    /// An integer argument within `range`; the error says the limits.
    pub(crate) fn int_in(
        &self,
        index: c_int,
        range: std::ops::RangeInclusive<i64>,
    ) -> Result<i64, Raise> {
        let value = self.int(index)?;
        if range.contains(&value) {
            return Ok(value);
        }
        Err(Raise::Argument(
            index,
            format!(
                "{value} is out of range ({} to {})",
                range.start(),
                range.end()
            ),
        ))
    }

    /// A boolean argument; `nil` and absent are an error.
    pub(crate) fn boolean(&self, index: c_int) -> Result<bool, Raise> {
        match self.type_of(index) {
            Type::Boolean => Ok(self.to_bool(index)),
            _ => Err(self.wrong_type(index, "boolean")),
        }
    }

    /// A table argument.
    pub(crate) fn table(&self, index: c_int) -> Result<(), Raise> {
        match self.type_of(index) {
            Type::Table => Ok(()),
            _ => Err(self.wrong_type(index, "table")),
        }
    }

    /// Whether a field of the table at `index` is set: anything but `nil` and `false`.
    pub(crate) fn flag(&self, index: c_int, name: &str) -> bool {
        self.raw_get_field(index, name);
        let set = self.to_bool(-1);
        self.pop(1);
        set
    }

    /// A function argument, or a value that has a `__call` metamethod.
    pub(crate) fn callable(&self, index: c_int) -> Result<(), Raise> {
        if self.is_callable(index) {
            Ok(())
        } else {
            Err(self.wrong_type(index, "function or callable table"))
        }
    }

    /// A callable argument, `nil` or absent; whether there is one.
    pub(crate) fn opt_callable(&self, index: c_int) -> Result<bool, Raise> {
        if self.is_nil(index) {
            return Ok(false);
        }
        self.callable(index).map(|()| true)
    }

    fn is_callable(&self, index: c_int) -> bool {
        if self.type_of(index) == Type::Function {
            return true;
        }
        if !self.get_metatable(index) {
            return false;
        }
        self.raw_get_field(-1, "__call");
        let callable = self.type_of(-1) == Type::Function;
        self.pop(2);
        callable
    }

    /// Begins a part of the call that runs Lua code, which may call the same function again.
    pub(crate) fn nest(&self) -> Result<Nested<'rt>, Raise> {
        self.shared
            .nest()
            .ok_or_else(|| Raise::message("C stack overflow"))
    }

    /// Keeps the value at `index` in the registry.
    pub(crate) fn keep(&self, index: c_int) -> super::Ref {
        self.push_value(index);
        self.make_ref()
    }

    /// luv's answer to a failed operation: `nil, "CODE: text", "CODE"`.
    pub(crate) fn fail(&self, error: luvit_loop::Error) -> Ret {
        self.push_nil();
        self.push_str(&error.to_string());
        self.push_str(error.name());
        Ok(3)
    }

    /// luv's answer to an operation that returns `0`, or fails.
    pub(crate) fn zero(&self, result: luvit_loop::Result<()>) -> Ret {
        match result {
            Ok(()) => {
                self.push_num(0.0);
                Ok(1)
            }
            Err(error) => self.fail(error),
        }
    }

    /// luv's answer to an operation that returns `true`, or fails.
    pub(crate) fn truth(&self, result: luvit_loop::Result<()>) -> Ret {
        match result {
            Ok(()) => {
                self.push_bool(true);
                Ok(1)
            }
            Err(error) => self.fail(error),
        }
    }

    /// A string result, or luv's failure.
    pub(crate) fn string(&self, result: luvit_loop::Result<Vec<u8>>) -> Ret {
        match result {
            Ok(bytes) => {
                self.push_bytes(&bytes);
                Ok(1)
            }
            Err(error) => self.fail(error),
        }
    }

    /// An integer result, or luv's failure.
    pub(crate) fn number(&self, result: luvit_loop::Result<i64>) -> Ret {
        match result {
            Ok(value) => {
                self.push_int(value);
                Ok(1)
            }
            Err(error) => self.fail(error),
        }
    }
}

/// What is left to raise once every Rust value of the call is dropped.
enum Pending {
    Argument(c_int),
    Error,
}

/// The C function behind every native function `F` (a zero-sized type).
///
/// A `lua_CFunction` returns a C `int`, and an ABI may leave anything in the upper half of its
/// register; but LuaJIT's interpreter for x64 counts with all 64 bits. So all of them are
/// returned: how many results there are, and zeros.
///
/// # Safety
/// Only Lua calls it, with a live state, and as a closure whose first upvalue is the runtime's
/// `Shared` (see `State::push_function`).
pub(super) unsafe extern "C-unwind" fn trampoline<F>(raw: *mut lua_State) -> usize
where
    F: Fn(&mut Call) -> Ret + Copy + 'static,
{
    // SAFETY: Lua passes a live state, of this thread.
    let state = unsafe { State::from_raw(raw) };
    let pending = {
        // SAFETY: the upvalue was set by `push_function`, and the runtime outlives its state.
        let shared =
            unsafe { &*ffi::lua_touserdata(raw, ffi::lua_upvalueindex(1)).cast::<Shared>() };
        let mut call = Call { state, shared };
        // SAFETY: `F` is zero-sized (asserted by `push_function`) and `Copy`: any well-aligned
        // pointer reads a valid value of it.
        let function = unsafe { std::ptr::NonNull::<F>::dangling().read() };
        match catch_unwind(AssertUnwindSafe(|| function(&mut call))) {
            Ok(Ok(results)) => return results as u32 as usize,
            Ok(Err(raise)) => push_raise(state, raise),
            Err(panic) => {
                let text = panic
                    .downcast_ref::<&str>()
                    .map(ToString::to_string)
                    .or_else(|| panic.downcast_ref::<String>().cloned())
                    .unwrap_or_else(|| "unknown".into());
                push_raise(
                    state,
                    Raise::Message(format!("internal error (a bug in luvit): {text}")),
                )
            }
        }
    };
    // SAFETY: nothing that needs dropping is alive in this frame; both calls leave it for good.
    unsafe {
        match pending {
            Pending::Argument(index) => ffi::luaL_argerror(raw, index, ffi::lua_tostring(raw, -1)),
            Pending::Error => ffi::lua_error(raw),
        };
    }
    0
}

/// Pushes the error's value, so that the Rust error can be dropped before the jump.
fn push_raise(state: State, raise: Raise) -> Pending {
    match raise {
        Raise::Argument(index, text) => {
            state.push_str(&text);
            Pending::Argument(index)
        }
        Raise::Message(text) => {
            let mut message = where_(state);
            message.push_str(&text);
            state.push_str(&message);
            Pending::Error
        }
        Raise::Top => Pending::Error,
    }
}

/// `file:line: ` of the function that called the native one, or nothing.
fn where_(state: State) -> String {
    // SAFETY: the state is live; `luaL_where` pushes one string.
    unsafe { ffi::luaL_where(state.raw(), 1) };
    let text = state
        .to_bytes(-1)
        .map(|b| String::from_utf8_lossy(b).into_owned())
        .unwrap_or_default();
    state.pop(1);
    text
}
