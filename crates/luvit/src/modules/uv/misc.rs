//! Clocks, folders, the environment and what the system is.

use luvit_loop::{Error, Loop, system};

use super::{Entry, functions};
use crate::lua::{Call, Raise, Ret};

pub(super) const FUNCTIONS: &[Entry] = functions![
    version,
    version_string,
    hrtime,
    gettimeofday,
    sleep,
    cwd,
    chdir,
    exepath,
    os_getenv,
    os_setenv,
    os_unsetenv,
    os_environ,
    os_homedir,
    os_tmpdir,
    os_gethostname,
    os_uname,
    get_total_memory,
    get_free_memory,
    uptime,
    available_parallelism,
    translate_sys_error,
];

/// The libuv API this is: 1.52.
fn version(call: &mut Call) -> Ret {
    call.push_int((1 << 16) | (52 << 8));
    Ok(1)
}

fn version_string(call: &mut Call) -> Ret {
    call.push_str("1.52.0");
    Ok(1)
}

/// Nanoseconds of a clock that only goes forward.
fn hrtime(call: &mut Call) -> Ret {
    call.push_num(Loop::hrtime() as f64);
    Ok(1)
}

/// Seconds since 1970 and microseconds.
fn gettimeofday(call: &mut Call) -> Ret {
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap_or_default();
    call.push_num(now.as_secs() as f64);
    call.push_int(now.subsec_micros().into());
    Ok(2)
}

/// Stops the whole thread for some milliseconds.
fn sleep(call: &mut Call) -> Ret {
    let ms = call.int_in(1, 0..=u32::MAX.into())?;
    std::thread::sleep(std::time::Duration::from_millis(ms as u64));
    Ok(0)
}

/// A path or text result, or luv's failure.
fn text(call: &Call, result: luvit_loop::Result<Vec<u8>>) -> Ret {
    match result {
        Ok(text) => {
            call.push_bytes(&text);
            Ok(1)
        }
        Err(error) => call.fail(error),
    }
}

fn path(result: std::io::Result<std::path::PathBuf>) -> luvit_loop::Result<Vec<u8>> {
    result
        .map(|path| path.into_os_string().into_encoded_bytes())
        .map_err(Error::from)
}

fn cwd(call: &mut Call) -> Ret {
    text(call, path(std::env::current_dir()))
}

fn chdir(call: &mut Call) -> Ret {
    let folder = call.bytes(1)?;
    // Windows would change to what stands before it.
    if folder.contains(&0) {
        return call.fail(Error::EINVAL);
    }
    let folder = system::os_string(folder)
        .map_err(|_| Raise::Argument(1, "the path is not valid".into()))?;
    call.zero(std::env::set_current_dir(folder).map_err(Error::from))
}

fn exepath(call: &mut Call) -> Ret {
    text(call, path(std::env::current_exe()))
}

/// A name of an environment variable: neither empty nor with `=` or NUL.
fn variable<'rt>(call: &Call<'rt>, index: i32) -> Result<&'rt [u8], Raise> {
    let name = call.bytes(index)?;
    // Windows keeps the folder of each drive in a variable like `=C:`.
    let rest = match name {
        [b'=', rest @ ..] if cfg!(windows) => rest,
        _ => name,
    };
    if rest.is_empty() || rest.contains(&b'=') || rest.contains(&0) {
        return Err(Raise::Argument(
            index,
            "invalid name of an environment variable".into(),
        ));
    }
    Ok(name)
}

fn os_getenv(call: &mut Call) -> Ret {
    let name = variable(call, 1)?;
    text(call, system::get_env(name).ok_or(Error::ENOENT))
}

fn os_setenv(call: &mut Call) -> Ret {
    let name = variable(call, 1)?;
    let value = call.bytes(2)?;
    if value.contains(&0) {
        return Err(Raise::Argument(2, "the value contains a NUL byte".into()));
    }
    system::set_env(name, Some(value));
    call.push_bool(true);
    Ok(1)
}

fn os_unsetenv(call: &mut Call) -> Ret {
    system::set_env(variable(call, 1)?, None);
    call.push_bool(true);
    Ok(1)
}

/// All variables, name to value.
fn os_environ(call: &mut Call) -> Ret {
    call.new_table(0, 32);
    for (name, value) in std::env::vars_os() {
        call.push_bytes(name.as_encoded_bytes());
        call.push_bytes(value.as_encoded_bytes());
        call.raw_set(-3);
    }
    Ok(1)
}

fn os_homedir(call: &mut Call) -> Ret {
    let home = std::env::home_dir().map(|path| path.into_os_string().into_encoded_bytes());
    text(call, home.ok_or(Error::ENOENT))
}

fn os_tmpdir(call: &mut Call) -> Ret {
    let mut folder = std::env::temp_dir().into_os_string().into_encoded_bytes();
    let ends_folder = match folder.as_slice() {
        [] | [_] => false,
        [_, b':', b'\\'] if cfg!(windows) => false,
        [.., last] => std::path::is_separator(char::from(*last)),
    };
    if ends_folder {
        folder.pop();
    }
    text(call, Ok(folder))
}

fn os_gethostname(call: &mut Call) -> Ret {
    text(call, system::host_name())
}

fn os_uname(call: &mut Call) -> Ret {
    match system::uname() {
        Ok(fields) => {
            call.new_table(0, 4);
            for (name, value) in fields {
                call.push_bytes(&value);
                call.raw_set_field(-2, name);
            }
            Ok(1)
        }
        Err(error) => call.fail(error),
    }
}

fn get_total_memory(call: &mut Call) -> Ret {
    call.push_num(system::memory().0 as f64);
    Ok(1)
}

fn get_free_memory(call: &mut Call) -> Ret {
    call.push_num(system::memory().1 as f64);
    Ok(1)
}

/// Seconds since the system started.
fn uptime(call: &mut Call) -> Ret {
    match system::uptime() {
        Ok(seconds) => {
            call.push_num(seconds);
            Ok(1)
        }
        Err(error) => call.fail(error),
    }
}

fn available_parallelism(call: &mut Call) -> Ret {
    call.push_int(std::thread::available_parallelism().map_or(1, |count| count.get() as i64));
    Ok(1)
}

/// `uv.translate_sys_error(errno)`: message and name of a system's error number; a negative one is libuv's already.
fn translate_sys_error(call: &mut Call) -> Ret {
    let number = call.int_in(1, i32::MIN.into()..=i32::MAX.into())? as i32;
    let error = match number {
        ..0 => Error::from_code(number),
        _ => Error::from_os(number),
    };
    call.push_str(error.message());
    call.push_str(error.name());
    Ok(2)
}
