//! What surrounds the program: variables, folders, its own path and title.

use luvit_loop::{Error, system};

use super::{Entry, functions};
use crate::lua::{Call, Raise, Ret};

pub(super) const FUNCTIONS: &[Entry] = functions![
    cwd,
    chdir,
    exepath,
    get_process_title,
    set_process_title,
    os_getenv,
    os_setenv,
    os_unsetenv,
    os_environ,
    os_homedir,
    os_tmpdir,
];

fn path(result: std::io::Result<std::path::PathBuf>) -> luvit_loop::Result<Vec<u8>> {
    result
        .map(|path| path.into_os_string().into_encoded_bytes())
        .map_err(Error::from)
}

fn cwd(call: &mut Call) -> Ret {
    call.string(path(std::env::current_dir()))
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

/// The path of the program that runs.
fn exepath(call: &mut Call) -> Ret {
    call.string(path(std::env::current_exe()))
}

/// What `ps` shows for this process.
fn get_process_title(call: &mut Call) -> Ret {
    call.string(system::process_title())
}

/// Sets what `ps` shows for this process; on Linux cut to the length of the command line.
fn set_process_title(call: &mut Call) -> Ret {
    call.zero(system::set_process_title(call.bytes(1)?))
}

/// `uv.os_getenv(name, [size])`: the variable's value; `ENOENT` when it is not set, `ENOBUFS` when
/// it has no room in `size` bytes with a NUL at its end.
fn os_getenv(call: &mut Call) -> Ret {
    let name = call.bytes(1)?;
    let room = match call.is_nil(2) {
        true => usize::MAX,
        false => usize::try_from(call.int(2)?).unwrap_or(0),
    };
    if room == 0 {
        return call.fail(Error::EINVAL);
    }
    let value = match system::get_env(name) {
        None => Err(Error::ENOENT),
        Some(value) if value.len() >= room => Err(Error::ENOBUFS),
        Some(value) => Ok(value),
    };
    call.string(value)
}

/// `uv.os_setenv(name, value)`: `EINVAL` for what cannot be a name or a value.
fn os_setenv(call: &mut Call) -> Ret {
    let (name, value) = (call.bytes(1)?, call.bytes(2)?);
    call.truth(system::set_env(name, Some(value)))
}

/// `uv.os_unsetenv(name)`: `EINVAL` for what cannot be a name.
fn os_unsetenv(call: &mut Call) -> Ret {
    call.truth(system::set_env(call.bytes(1)?, None))
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
    call.string(home.ok_or(Error::ENOENT))
}

fn os_tmpdir(call: &mut Call) -> Ret {
    call.string(Ok(system::temp_dir()))
}
