//! `luv_dir_t`: an open folder, read bit by bit.

use std::ffi::c_int;
use std::sync::{Arc, Mutex, PoisonError};

use luvit_loop::Error;
use luvit_loop::fs::{Dir, DirEntry};

use super::super::{Entry, functions};
use super::operation::{Paths, push_true, run};
use super::registry::Registry;
use crate::lua::{Call, Raise, Ret};

pub(in super::super) const FUNCTIONS: &[Entry] = functions![fs_opendir, fs_readdir, fs_closedir];

/// An open folder and how many entries `fs_readdir` gives at once.
struct OpenDir {
    dir: Mutex<Dir>,
    entries: usize,
}

/// Folders that are open.
static DIRS: Registry<OpenDir> = Registry::new();

/// Marks a userdata as a folder of ours.
const MAGIC: u64 = 0x6c75_7669_7420_0003;

impl Call<'_> {
    /// The number of the folder that argument `index` names.
    fn dir(&self, index: c_int) -> Result<u64, Raise> {
        let [number] = self
            .to_marked(index, MAGIC)
            .ok_or_else(|| self.wrong_type(index, "uv_dir"))?;
        Ok(number)
    }
}

/// `uv.fs_opendir(path, [callback], [entries])`: a folder for `fs_readdir`, which gives up to
/// `entries` (1 if absent) at once.
fn fs_opendir(call: &mut Call) -> Ret {
    let path = call.path(1)?;
    let entries = if call.is_nil(3) {
        1
    } else {
        call.int_in(3, 1..=i64::MAX)?
    };
    let entries = usize::try_from(entries).unwrap_or(usize::MAX);
    run(
        call,
        Paths::one(path),
        2,
        move |paths| {
            Dir::open(paths.path()).map(|dir| OpenDir {
                dir: Mutex::new(dir),
                entries,
            })
        },
        push_dir,
    )
}

fn push_dir(call: &Call, dir: OpenDir) -> c_int {
    let number = DIRS.reserve();
    call.new_marked(MAGIC, [number]);
    let registry = crate::lua::ffi::LUA_REGISTRYINDEX;
    call.raw_get_field(registry, "uv_dir");
    if call.is_nil(-1) {
        call.pop(1);
        call.new_table(0, 4);
        call.new_table(0, 2);
        for (name, method) in [("fs_readdir", "readdir"), ("fs_closedir", "closedir")] {
            super::super::push_member(call.state(), call.shared(), name);
            call.raw_set_field(-2, method);
        }
        call.raw_set_field(-2, "__index");
        call.set_function(call.shared(), "__tostring", to_string);
        call.set_function(call.shared(), "__gc", collect);
        call.push_str("uv_dir");
        call.raw_set_field(-2, "__name");
        call.push_value(-1);
        call.raw_set_field(registry, "uv_dir");
    }
    call.set_metatable(-2);
    DIRS.insert(number, Arc::new(dir));
    1
}

/// `uv.fs_readdir(dir, [callback])`: the next entries, `nil` after the last; `EBADF` when it is
/// closed.
fn fs_readdir(call: &mut Call) -> Ret {
    let dir = DIRS.get(call.dir(1)?);
    run(
        call,
        Paths::none(),
        2,
        move |_| {
            let open = dir.ok_or(Error::EBADF)?;
            let mut dir = open.dir.lock().unwrap_or_else(PoisonError::into_inner);
            dir.read(open.entries)
        },
        push_entries,
    )
}

fn push_entries(call: &Call, entries: Vec<DirEntry>) -> c_int {
    if entries.is_empty() {
        call.push_nil();
        return 1;
    }
    call.new_table(entries.len(), 0);
    for (index, entry) in (1..).zip(&entries) {
        call.new_table(0, 2);
        call.push_bytes(&entry.name);
        call.raw_set_field(-2, "name");
        call.push_str(entry.kind.name());
        call.raw_set_field(-2, "type");
        call.raw_set_index(-2, index);
    }
    1
}

/// `uv.fs_closedir(dir, [callback])`: `EBADF` when it is closed. One that is being read closes when
/// that is done.
fn fs_closedir(call: &mut Call) -> Ret {
    let number = call.dir(1)?;
    call.opt_callable(2)?;
    let dir = DIRS.remove(number);
    run(
        call,
        Paths::none(),
        2,
        move |_| dir.map(drop).ok_or(Error::EBADF),
        push_true,
    )
}

/// `uv_dir_t: 0x…`
fn to_string(call: &mut Call) -> Ret {
    call.dir(1)?;
    call.push_str(&format!("uv_dir_t: {:p}", call.to_pointer(1)));
    Ok(1)
}

/// `__gc`
fn collect(call: &mut Call) -> Ret {
    drop(DIRS.remove(call.dir(1)?));
    Ok(0)
}
