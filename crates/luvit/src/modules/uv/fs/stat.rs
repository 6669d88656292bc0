//! What the system knows of a file and of its file system.

use std::ffi::c_int;

use luvit_loop::fs::{self, Stat, StatFs};

use super::super::{Entry, functions};
use super::operation::{Paths, run};
use crate::lua::{Call, Ret, State};

pub(in super::super) const FUNCTIONS: &[Entry] = functions![fs_stat, fs_lstat, fs_fstat, fs_statfs];

/// Pushes luv's table of a file's properties. Numbers above 2^53 are rounded: Lua has no others.
pub(in crate::modules::uv) fn push_stat(state: State, stat: &Stat) {
    state.new_table(0, 17);
    for (name, value) in [
        ("dev", stat.dev),
        ("mode", stat.mode),
        ("nlink", stat.nlink),
        ("uid", stat.uid),
        ("gid", stat.gid),
        ("rdev", stat.rdev),
        ("ino", stat.ino),
        ("size", stat.size),
        ("blksize", stat.blksize),
        ("blocks", stat.blocks),
        ("flags", stat.flags),
        ("gen", stat.gen_),
    ] {
        state.push_str(name);
        state.push_num(value as f64);
        state.raw_set(-3);
    }
    for (name, time) in [
        ("atime", stat.atime),
        ("mtime", stat.mtime),
        ("ctime", stat.ctime),
        ("birthtime", stat.birthtime),
    ] {
        state.push_str(name);
        state.new_table(0, 2);
        state.push_str("sec");
        state.push_num(time.sec as f64);
        state.raw_set(-3);
        state.push_str("nsec");
        state.push_num(time.nsec.into());
        state.raw_set(-3);
        state.raw_set(-3);
    }
    state.push_str("type");
    state.push_str(stat.type_name());
    state.raw_set(-3);
}

fn push_found(call: &Call, stat: Stat) -> c_int {
    push_stat(call.state(), &stat);
    1
}

fn fs_stat(call: &mut Call) -> Ret {
    let path = call.path(1)?;
    run(
        call,
        Paths::one(path),
        2,
        |paths| fs::stat(paths.path()),
        push_found,
    )
}

fn fs_lstat(call: &mut Call) -> Ret {
    let path = call.path(1)?;
    run(
        call,
        Paths::one(path),
        2,
        |paths| fs::lstat(paths.path()),
        push_found,
    )
}

fn fs_fstat(call: &mut Call) -> Ret {
    let file = call.file(1)?;
    run(call, Paths::none(), 2, move |_| fs::fstat(file), push_found)
}

fn push_statfs(call: &Call, found: StatFs) -> c_int {
    call.new_table(0, 7);
    for (name, value) in [
        ("type", found.kind),
        ("bsize", found.bsize),
        ("blocks", found.blocks),
        ("bfree", found.bfree),
        ("bavail", found.bavail),
        ("files", found.files),
        ("ffree", found.ffree),
    ] {
        call.push_num(value as f64);
        call.raw_set_field(-2, name);
    }
    1
}

fn fs_statfs(call: &mut Call) -> Ret {
    let path = call.path(1)?;
    run(
        call,
        Paths::one(path),
        2,
        |paths| fs::statfs(paths.path()),
        push_statfs,
    )
}
