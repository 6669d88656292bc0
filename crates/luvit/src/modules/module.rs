//! What `require` needs of the system: which candidates exist, and their text. And the version of all this.

use std::fs;
use std::path::Path;

use luvit_loop::{Error, system};

use crate::lua::{Call, Raise, Ret, State};
use crate::shared::Shared;
use crate::stdlib;

/// The longest module that is read: a larger file is hardly Lua.
const MAX_SOURCE: u64 = 256 << 20;

/// Pushes the table of functions, with `version`.
pub(crate) fn open(state: State, shared: *const Shared) {
    state.new_table(0, 8);
    state.push_str(env!("CARGO_PKG_VERSION"));
    state.raw_set_field(-2, "version");
    state.set_function(shared, "kind", kind);
    state.set_function(shared, "read", read);
    state.set_function(shared, "list", list);
    state.set_function(shared, "source", source);
    state.set_function(shared, "args", args);
    state.set_function(shared, "cwd", cwd);
}

fn path(call: &Call) -> Result<std::ffi::OsString, Raise> {
    system::os_string(call.bytes(1)?)
        .map_err(|_| Raise::Argument(1, "the path is not valid".into()))
}

/// `kind(path)`: `"file"`, `"directory"`, or `nil` for what is neither or not there.
fn kind(call: &mut Call) -> Ret {
    match fs::metadata(path(call)?) {
        Ok(found) if found.is_dir() => call.push_str("directory"),
        // A pipe or device counts too: `luvit <(echo 'print(1)')` and `luvit /dev/stdin`.
        Ok(_) => call.push_str("file"),
        Err(_) => call.push_nil(),
    }
    Ok(1)
}

/// `read(path)`: the file's bytes, or luv's failure.
fn read(call: &mut Call) -> Ret {
    let path = path(call)?;
    let bytes = fs::metadata(&path).map_err(Error::from).and_then(|found| {
        if found.len() > MAX_SOURCE {
            return Err(Error::EFBIG);
        }
        fs::read(&path).map_err(Error::from)
    });
    match bytes {
        Ok(bytes) => {
            call.push_bytes(&bytes);
            Ok(1)
        }
        Err(error) => call.fail(error),
    }
}

/// `list(path)`: the names in a folder with their types, `{ {name, type}, … }`, or luv's failure.
fn list(call: &mut Call) -> Ret {
    let path = path(call)?;
    let entries = match fs::read_dir(Path::new(&path)) {
        Ok(entries) => entries,
        Err(error) => return call.fail(Error::from(error)),
    };
    call.new_table(0, 0);
    let mut index = 0;
    for entry in entries.flatten() {
        let folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        call.new_table(2, 0);
        call.push_bytes(entry.file_name().as_encoded_bytes());
        call.raw_set_index(-2, 1);
        call.push_str(if folder { "directory" } else { "file" });
        call.raw_set_index(-2, 2);
        index += 1;
        call.raw_set_index(-2, index);
    }
    Ok(1)
}

/// `source(name)`: the Lua text of a standard-library module, or `nil`.
fn source(call: &mut Call) -> Ret {
    let name = call.text(1)?;
    match stdlib::source(name) {
        Some(text) => call.push_bytes(&text),
        None => call.push_nil(),
    }
    Ok(1)
}

/// `args()`: the program's arguments, the program itself at index 0.
fn args(call: &mut Call) -> Ret {
    call.new_table(call.shared().args.len(), 1);
    for (index, arg) in call.shared().args.iter().enumerate() {
        call.push_bytes(arg);
        call.raw_set_index(-2, index as i32);
    }
    Ok(1)
}

/// `cwd()`: the working folder, `.` if it is gone.
fn cwd(call: &mut Call) -> Ret {
    let folder = std::env::current_dir().unwrap_or_else(|_| ".".into());
    call.push_bytes(folder.as_os_str().as_encoded_bytes());
    Ok(1)
}
