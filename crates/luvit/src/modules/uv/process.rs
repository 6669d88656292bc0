//! `uv_process_t`: child processes, and signals to processes.

use luvit_loop::{Fd, Handle, HandleKind, SpawnOptions, Stdio, system};
use std::ffi::OsString;

use super::handle::Accept;
use super::{Entry, functions};
use crate::dispatch;
use crate::lua::{Call, Raise, Ret, Type};
use crate::shared::Shared;

pub(super) const FUNCTIONS: &[Entry] = functions![
    spawn,
    process_kill,
    process_get_pid,
    kill,
    disable_stdio_inheritance,
];

/// Where `uv.spawn` takes its options.
const OPTIONS: i32 = 2;

fn process(call: &Call) -> Result<Handle, Raise> {
    call.handle(1, Accept::Kind(HandleKind::Process))
}

fn wrong(text: impl Into<String>) -> Raise {
    Raise::Argument(OPTIONS, text.into())
}

/// The signal at `index`, `SIGTERM` when there is none.
fn signal_or_term(call: &Call, index: i32) -> Result<i32, Raise> {
    if call.is_nil(index) {
        Ok(15)
    } else {
        call.signum(index)
    }
}

/// The bytes at `index` as the system's string; `None` where those have to be Unicode and these
/// are not.
fn os_string(call: &Call, index: i32) -> Option<OsString> {
    system::os_string(call.to_bytes(index)?).ok()
}

/// An option that is a list of strings (numbers count as numerals); luv's length, `#list`.
fn texts(call: &Call, name: &str) -> Result<Option<Vec<OsString>>, Raise> {
    call.raw_get_field(OPTIONS, name);
    let list = call.top();
    let texts = match call.type_of(list) {
        Type::Nil => None,
        Type::Table => Some(
            (1..=call.raw_len(list) as i32)
                .map(|position| {
                    call.raw_get_index(list, position);
                    let text = match call.type_of(-1) {
                        Type::String | Type::Number => os_string(call, -1),
                        _ => None,
                    };
                    call.pop(1);
                    text.ok_or_else(|| {
                        wrong(format!(
                            "string expected at index {position} of option {name}"
                        ))
                    })
                })
                .collect::<Result<_, _>>()?,
        ),
        _ => return Err(wrong(format!("{name} option must be table"))),
    };
    call.pop(1);
    Ok(texts)
}

/// An option that is a string.
fn text(call: &Call, name: &str) -> Result<Option<OsString>, Raise> {
    call.raw_get_field(OPTIONS, name);
    let text = match call.type_of(-1) {
        Type::Nil => None,
        Type::String => {
            let text = os_string(call, -1);
            Some(text.ok_or_else(|| wrong(format!("{name} option is not valid Unicode")))?)
        }
        _ => return Err(wrong(format!("{name} option must be string"))),
    };
    call.pop(1);
    Ok(text)
}

/// An option that is the number of a user or group.
fn id(call: &Call, name: &str) -> Result<Option<u32>, Raise> {
    call.raw_get_field(OPTIONS, name);
    let id = match (call.type_of(-1), call.to_num(-1)) {
        (Type::Nil, _) => None,
        (_, Some(number)) if number >= 0.0 && number <= u32::MAX.into() => Some(number as u32),
        _ => return Err(wrong(format!("{name} option must be number"))),
    };
    call.pop(1);
    Ok(id)
}

/// The descriptors of the child: entry 1 is its standard input. The list is as long as `#` says,
/// so that one that begins with `nil` is written as `{nil, pipe}`, not as `{[2] = pipe}`.
fn stdio(call: &Call) -> Result<Vec<Stdio>, Raise> {
    call.raw_get_field(OPTIONS, "stdio");
    let list = call.top();
    let entries = match call.type_of(list) {
        Type::Nil => Vec::new(),
        Type::Table => (1..=call.raw_len(list) as i32)
            .map(|position| {
                call.raw_get_index(list, position);
                let entry = stdio_entry(call);
                call.pop(1);
                entry
            })
            .collect::<Result<_, _>>()?,
        _ => return Err(wrong("stdio option must be table")),
    };
    call.pop(1);
    Ok(entries)
}

/// The entry on the top of the stack.
fn stdio_entry(call: &Call) -> Result<Stdio, Raise> {
    let expected = || wrong("stdio table entries must be nil, uv_stream_t, or integer");
    match call.type_of(-1) {
        Type::Nil => Ok(Stdio::Ignore),
        Type::Boolean if !call.to_bool(-1) => Ok(Stdio::Ignore),
        Type::Number => Ok(Stdio::Fd(
            call.int(-1)
                .map_err(|_| expected())?
                .clamp(-1, i32::MAX.into()) as Fd,
        )),
        Type::Userdata => call
            .handle(-1, Accept::Stream)
            .map(Stdio::Stream)
            .map_err(|_| expected()),
        _ => Err(expected()),
    }
}

fn options(call: &Call) -> Result<SpawnOptions, Raise> {
    let _path = call.bytes(1)?;
    call.table(OPTIONS)?;
    let file = os_string(call, 1)
        .ok_or_else(|| Raise::Argument(1, "the path is not valid Unicode".into()))?;
    // `args` begins after the name of the program, which is `path` unless said otherwise.
    let argv0 = text(call, "argv0")?.unwrap_or_else(|| file.clone());
    let mut args = vec![argv0];
    args.extend(texts(call, "args")?.unwrap_or_default());
    Ok(SpawnOptions {
        file,
        args,
        env: texts(call, "env")?,
        cwd: text(call, "cwd")?,
        stdio: stdio(call)?,
        uid: id(call, "uid")?,
        gid: id(call, "gid")?,
        detached: call.flag(OPTIONS, "detached"),
        verbatim: call.flag(OPTIONS, "verbatim"),
        hide: call.flag(OPTIONS, "hide"),
    })
}

/// `uv.spawn(path, options, [on_exit])`: the handle and the process id. `on_exit(code, signal)` is
/// called when the child has ended.
fn spawn(call: &mut Call) -> Ret {
    let options = options(call)?;
    let has_callback = call.opt_callable(3)?;
    let spawned = call.shared().lp.borrow_mut().spawn(&options);
    let (handle, pid) = match spawned {
        Ok(spawned) => spawned,
        Err(error) => return call.fail(error),
    };
    call.new_handle(Ok(handle))?;
    if has_callback {
        call.set_callback(handle, 3);
    }
    call.push_int(pid.into());
    Ok(2)
}

/// A child process ended.
pub(crate) fn on_exit(shared: &Shared, handle: Handle, status: i64, signal: i32) {
    if !dispatch::push_callback(shared, handle) {
        return;
    }
    // It is called once; what it refers to need not wait for the handle to be closed.
    shared.set_callback(handle, crate::lua::NO_REF);
    let state = shared.main();
    state.push_int(status);
    state.push_int(signal.into());
    dispatch::call(shared, 2);
}

/// `uv.process_kill(process, [signal])`: `"sigterm"` by default.
fn process_kill(call: &mut Call) -> Ret {
    let handle = process(call)?;
    let signum = signal_or_term(call, 2)?;
    let result = call.shared().lp.borrow().process_kill(handle, signum);
    call.zero(result)
}

fn process_get_pid(call: &mut Call) -> Ret {
    let handle = process(call)?;
    let result = call.shared().lp.borrow().process_get_pid(handle);
    call.number(result.map(i64::from))
}

/// `uv.kill(pid, [signal])`: `"sigterm"` by default; signal 0 asks whether the process exists.
fn kill(call: &mut Call) -> Ret {
    let pid = call.int_in(1, i32::MIN.into()..=i32::MAX.into())? as i32;
    let signum = signal_or_term(call, 2)?;
    call.zero(system::kill(pid, signum))
}

fn disable_stdio_inheritance(_call: &mut Call) -> Ret {
    luvit_loop::disable_stdio_inheritance();
    Ok(0)
}
