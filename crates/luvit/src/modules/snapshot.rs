//! `luvit:snapshot`: what is reachable in this Lua state, and from where.
//!
//! The walk looks at every object once. It has a queue where others recurse, so a long list does not take the stack of C;
//! the collector stands still meanwhile, so that nothing is freed and no finalizer runs; and it changes no object.

use std::collections::HashMap;
use std::ffi::{CStr, c_char, c_int, c_void};

use mlua_sys::{lua_Debug, lua_State};

use crate::lua::{Call, Ret, State, Type, ffi};
use crate::shared::Shared;

/// LuaJIT's own, which `mlua-sys` does not know.
const LUA_GCISRUNNING: c_int = 9;

/// What LuaJIT calls a place on the stack that no variable has.
const TEMPORARY: &str = "(*temporary)";

/// Pushes the table of functions.
pub(crate) fn open(state: State, shared: *const Shared) {
    state.new_table(0, 1);
    state.set_function(shared, "take", take);
}

/// `take()`: for each object its kind and who refers to it.
fn take(call: &mut Call) -> Ret {
    let state = call.state();
    state.set_top(0);
    let running = Collector::stop(state);
    let mut walk = Walk::new(state);
    walk.root(
        |state| state.push_value(ffi::LUA_REGISTRYINDEX),
        b"[registry]",
    );
    let main = call.shared().main();
    walk.root(|state| push_thread(main, state), b"[mainthread]");
    walk.root(|state| push_thread(state, state), b"[running]");
    while walk.step() {}
    walk.push_result();
    drop(running);
    Ok(1)
}

/// The collector, stopped as long as this value lives.
struct Collector(Option<State>);

impl Collector {
    fn stop(state: State) -> Collector {
        // SAFETY: the state is live; neither call runs Lua code.
        unsafe {
            let ran = ffi::lua_gc(state.raw(), LUA_GCISRUNNING, 0) != 0;
            ffi::lua_gc(state.raw(), ffi::LUA_GCSTOP, 0);
            Collector(ran.then_some(state))
        }
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        if let Some(state) = self.0 {
            // SAFETY: as in `stop`. It sets when the next step is due, and takes none.
            unsafe { ffi::lua_gc(state.raw(), ffi::LUA_GCRESTART, -1) };
        }
    }
}

/// An object that was seen.
struct Seen {
    kind: Type,
    /// What is said about it: the place of a function's code, or of a thread's calls.
    about: Option<String>,
    /// Whether it is in the result: C functions that refer to nothing are not.
    shown: bool,
    /// Who refers to it, each once, and by what.
    parents: Vec<(*const c_void, Box<[u8]>)>,
}

struct Walk {
    state: State,
    /// The index of the queue on the stack.
    queue: c_int,
    head: c_int,
    tail: c_int,
    seen: HashMap<*const c_void, Seen>,
}

impl Walk {
    fn new(state: State) -> Walk {
        state.new_table(0, 0);
        Walk {
            state,
            queue: state.top(),
            head: 0,
            tail: 0,
            seen: HashMap::new(),
        }
    }

    fn root(&mut self, push: impl FnOnce(State), by: &[u8]) {
        push(self.state);
        self.refer(std::ptr::null(), by);
    }

    /// Pops a value that `parent` refers to; an object seen for the first time goes into the queue.
    fn refer(&mut self, parent: *const c_void, by: &[u8]) {
        let state = self.state;
        let kind = state.type_of(-1);
        if !matches!(
            kind,
            Type::Table | Type::Function | Type::Thread | Type::Userdata
        ) {
            state.pop(1);
            return;
        }
        let object = state.to_pointer(-1);
        let mut is_new = false;
        let seen = self.seen.entry(object).or_insert_with(|| {
            is_new = true;
            Seen {
                kind,
                about: None,
                shown: true,
                parents: Vec::new(),
            }
        });
        // All that one object refers to is looked at in one go.
        match seen.parents.last_mut() {
            Some((last, name)) if *last == parent => *name = by.into(),
            _ => seen.parents.push((parent, by.into())),
        }
        if is_new {
            self.tail += 1;
            state.raw_set_index(self.queue, self.tail);
        } else {
            state.pop(1);
        }
    }

    /// Looks at the next object; `false` when there is none.
    fn step(&mut self) -> bool {
        if self.head == self.tail {
            return false;
        }
        self.head += 1;
        let state = self.state;
        state.raw_get_index(self.queue, self.head);
        // What is done is not held: the queue is as long as what is left.
        state.push_nil();
        state.raw_set_index(self.queue, self.head);
        let object = state.to_pointer(-1);
        match state.type_of(-1) {
            Type::Table => self.table(object),
            Type::Userdata => self.userdata(object),
            Type::Function => self.function(object),
            _ => self.thread(object),
        }
        state.pop(1);
        true
    }

    fn table(&mut self, object: *const c_void) {
        let state = self.state;
        let (mut weak_keys, mut weak_values) = (false, false);
        if state.get_metatable(-1) {
            state.raw_get_field(-1, "__mode");
            if let (Type::String, Some(mode)) = (state.type_of(-1), state.to_bytes(-1)) {
                weak_keys = mode.contains(&b'k');
                weak_values = mode.contains(&b'v');
            }
            state.pop(1);
            self.refer(object, b"[metatable]");
        }
        let table = state.top();
        state.push_nil();
        while state.next(table) {
            if weak_values {
                state.pop(1);
            } else {
                let name = key_name(state, -2);
                self.refer(object, &name);
            }
            if !weak_keys {
                state.push_value(-1);
                self.refer(object, b"[key]");
            }
        }
    }

    fn userdata(&mut self, object: *const c_void) {
        if self.state.get_metatable(-1) {
            self.refer(object, b"[metatable]");
        }
        self.state.own_table(-1);
        self.refer(object, b"[uservalue]");
    }

    fn function(&mut self, object: *const c_void) {
        let state = self.state;
        state.own_table(-1);
        self.refer(object, b"[environment]");
        let function = state.top();
        let mut count = 0;
        loop {
            // SAFETY: the value at `function` is one; each call pushes one value or returns null.
            let name = unsafe { text(ffi::lua_getupvalue(state.raw(), function, count + 1)) };
            let Some(name) = name else { break };
            count += 1;
            let name = if name.is_empty() { b"[upvalue]" } else { name };
            self.refer(object, name);
        }
        // SAFETY: as above; `lua_getinfo` with `>` takes the copy of the function from the stack.
        let (shown, about) = unsafe {
            if ffi::lua_iscfunction(state.raw(), function) != 0 {
                (count > 0, "cfunction".to_owned())
            } else {
                let mut info = empty_debug();
                state.push_value(function);
                ffi::lua_getinfo(state.raw(), c">S".as_ptr(), &mut info);
                let place = String::from_utf8_lossy(source(&info)).into_owned();
                (true, format!("{place}:{}", info.linedefined))
            }
        };
        if let Some(seen) = self.seen.get_mut(&object) {
            seen.shown = shown;
            seen.about = Some(about);
        }
    }

    fn thread(&mut self, object: *const c_void) {
        let state = self.state;
        // SAFETY: the value on the top is a thread, which lives as long as it stays there.
        let thread = unsafe { ffi::lua_tothread(state.raw(), -1) };
        state.own_table(-1);
        self.refer(object, b"[environment]");
        let is_running = thread == state.raw();
        // SAFETY: the thread is live and belongs to this state.
        if !is_running && unsafe { ffi::lua_checkstack(thread, 2) } != 0 {
            // What it was given and has not begun with, or what it yields.
            // SAFETY: as above.
            let count = unsafe { ffi::lua_gettop(thread) };
            for index in 1..=count {
                // SAFETY: the index is in use, and there is room; `move_here` takes the copy away again.
                unsafe {
                    ffi::lua_pushvalue(thread, index);
                    move_here(thread, state);
                }
                self.refer(object, format!("[{index}]").as_bytes());
            }
        }
        // Of the running one this function itself is left out.
        let mut level = c_int::from(is_running);
        let mut calls = String::new();
        let mut info = empty_debug();
        // SAFETY: `info` is filled by the first call for the other two, and the thread runs nothing in between.
        while unsafe { ffi::lua_getstack(thread, level, &mut info) } != 0 {
            // SAFETY: as above.
            unsafe { ffi::lua_getinfo(thread, c"Sl".as_ptr(), &mut info) };
            let place = String::from_utf8_lossy(source(&info)).into_owned();
            calls.push_str(&place);
            let in_lua = info.currentline >= 0;
            if in_lua {
                calls.push_str(&format!(":{} ", info.currentline));
            }
            // Locals, then what `...` is.
            for sign in [1, -1] {
                for index in 1.. {
                    // SAFETY: as above; each call pushes one value on the thread's stack or returns null.
                    let name = unsafe {
                        if ffi::lua_checkstack(thread, 2) == 0 {
                            break;
                        }
                        let Some(name) = text(ffi::lua_getlocal(thread, &info, sign * index))
                        else {
                            break;
                        };
                        let name = String::from_utf8_lossy(name).into_owned();
                        if in_lua && name == TEMPORARY {
                            // What some instruction left there: no value of the program's any more,
                            // and now and then one of LuaJIT's own, which are not for the C API.
                            ffi::lua_settop(thread, -2);
                            continue;
                        }
                        move_here(thread, state);
                        name
                    };
                    let by = format!("{name} : {place}:{}", info.currentline);
                    self.refer(object, by.as_bytes());
                }
            }
            level += 1;
        }
        if let Some(seen) = self.seen.get_mut(&object) {
            seen.about = Some(calls);
        }
    }

    /// Pushes the result: a text by the address of each object.
    fn push_result(self) {
        let state = self.state;
        state.new_table(0, self.seen.len());
        for (object, seen) in &self.seen {
            if !seen.shown {
                continue;
            }
            let mut text = match &seen.about {
                Some(about) => about.clone().into_bytes(),
                None => seen.kind.name().as_bytes().to_vec(),
            };
            text.push(b'\n');
            for &(parent, ref by) in &seen.parents {
                let address = match parent.is_null() {
                    true => "(nil)".to_owned(),
                    false => address(parent),
                };
                text.extend_from_slice(address.as_bytes());
                text.extend_from_slice(b" : ");
                text.extend_from_slice(by);
                text.push(b'\n');
            }
            state.push_light(object.cast_mut());
            state.push_bytes(&text);
            state.raw_set(-3);
        }
    }
}

/// What a key is called: a string as it is, in one line; others in brackets.
fn key_name(state: State, index: c_int) -> Vec<u8> {
    match state.type_of(index) {
        Type::String => {
            let mut name = Vec::new();
            for &byte in state.to_bytes(index).unwrap_or_default() {
                match byte {
                    b'\n' => name.extend_from_slice(b"\\n"),
                    byte => name.push(byte),
                }
            }
            name
        }
        Type::Number => {
            // Of a copy: the key itself must stay a number.
            state.push_value(index);
            let mut name = b"[".to_vec();
            name.extend_from_slice(state.to_bytes(-1).unwrap_or_default());
            name.push(b']');
            state.pop(1);
            name
        }
        Type::Boolean => format!("[{}]", state.to_bool(index)).into_bytes(),
        kind => format!("[{}:{}]", kind.name(), address(state.to_pointer(index))).into_bytes(),
    }
}

/// An address as LuaJIT's `tostring` writes it: eight digits or more, two for each byte.
fn address(object: *const c_void) -> String {
    let digits = format!("{:08x}", object.addr());
    let odd = if digits.len() % 2 == 1 { "0" } else { "" };
    format!("0x{odd}{digits}")
}

/// Pushes a thread on another's stack.
fn push_thread(thread: State, to: State) {
    // SAFETY: both are live stacks of one state; there is room for one value, which is moved away at once.
    unsafe {
        if thread.raw() == to.raw() {
            ffi::lua_pushthread(to.raw());
        } else if ffi::lua_checkstack(thread.raw(), 1) != 0 {
            ffi::lua_pushthread(thread.raw());
            ffi::lua_xmove(thread.raw(), to.raw(), 1);
        } else {
            to.push_nil();
        }
    }
}

/// Moves a value from the top of a thread's stack to the top of ours.
///
/// # Safety
/// The thread must be live, of the same Lua state, and have a value on its stack that may be taken.
unsafe fn move_here(thread: *mut lua_State, state: State) {
    if thread != state.raw() {
        // SAFETY: as the caller says.
        unsafe { ffi::lua_xmove(thread, state.raw(), 1) };
    }
}

/// The bytes of one of Lua's names, `None` for null.
///
/// # Safety
/// The name must stay as it is while the result is used: those of a function live as long as it does.
unsafe fn text<'a>(name: *const c_char) -> Option<&'a [u8]> {
    // SAFETY: as the caller says; Lua ends its names with NUL.
    (!name.is_null()).then(|| unsafe { CStr::from_ptr(name) }.to_bytes())
}

fn empty_debug() -> lua_Debug {
    // SAFETY: it consists of integers, characters and pointers, for which zeros are values.
    unsafe { std::mem::zeroed() }
}

/// The name of a function's source, as tracebacks have it.
fn source(info: &lua_Debug) -> &[u8] {
    // SAFETY: characters are bytes.
    let bytes = unsafe {
        std::slice::from_raw_parts(info.short_src.as_ptr().cast::<u8>(), info.short_src.len())
    };
    bytes.split(|&byte| byte == 0).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_written_as_by_lua() {
        let state = mlua::Lua::new();
        let format: mlua::Function = state
            .load("return function(pointer) return tostring(pointer):match('0x%x+') end")
            .eval()
            .unwrap();
        for number in [
            1,
            0x16b_a618,
            0x1_2345_6789,
            0xab_cdef_0123,
            0x7f2_0c8a_1b1e,
            0x7f20_c8a1_b1e0_usize,
        ] {
            let pointer = std::ptr::without_provenance_mut(number);
            let written: String = format.call(mlua::LightUserData(pointer)).unwrap();
            assert_eq!(address(pointer), written);
        }
    }
}
