//! The names of files: links, folders, renaming, copies and temporary names.

use luvit_loop::fs::{self, CopyFlags, SymlinkFlags};

use super::super::{Entry, functions};
use super::operation::{Paths, push_path, push_true, run};
use crate::lua::{Call, Ret};

pub(in super::super) const FUNCTIONS: &[Entry] = functions![
    fs_unlink,
    fs_mkdir,
    fs_mkdtemp,
    fs_mkstemp,
    fs_rmdir,
    fs_rename,
    fs_link,
    fs_symlink,
    fs_readlink,
    fs_realpath,
    fs_copyfile,
];

fn fs_unlink(call: &mut Call) -> Ret {
    let path = call.path(1)?;
    run(
        call,
        Paths::one(path),
        2,
        |paths| fs::unlink(paths.path()),
        push_true,
    )
}

fn fs_mkdir(call: &mut Call) -> Ret {
    let (path, mode) = (call.path(1)?, call.mode(2)?);
    run(
        call,
        Paths::one(path),
        3,
        move |paths| fs::make_dir(paths.path(), mode),
        push_true,
    )
}

/// `uv.fs_mkdtemp(template, [callback])`: the path of a new folder; the template ends in `XXXXXX`.
fn fs_mkdtemp(call: &mut Call) -> Ret {
    let template = call.path(1)?;
    run(
        call,
        Paths::one(template),
        2,
        |paths| fs::make_temp_dir(paths.path()),
        push_path,
    )
}

/// `uv.fs_mkstemp(template, [callback])`: descriptor and path of a new file.
fn fs_mkstemp(call: &mut Call) -> Ret {
    let template = call.path(1)?;
    run(
        call,
        Paths::one(template),
        2,
        |paths| fs::make_temp_file(paths.path()),
        |call, (file, path)| {
            call.push_int(file.into());
            1 + push_path(call, path)
        },
    )
}

fn fs_rmdir(call: &mut Call) -> Ret {
    let path = call.path(1)?;
    run(
        call,
        Paths::one(path),
        2,
        |paths| fs::remove_dir(paths.path()),
        push_true,
    )
}

fn fs_rename(call: &mut Call) -> Ret {
    let paths = Paths::two(call.path(1)?, call.path(2)?);
    run(
        call,
        paths,
        3,
        |paths| fs::rename(paths.path(), paths.new_path()),
        push_true,
    )
}

fn fs_link(call: &mut Call) -> Ret {
    let paths = Paths::two(call.path(1)?, call.path(2)?);
    run(
        call,
        paths,
        3,
        |paths| fs::link(paths.path(), paths.new_path()),
        push_true,
    )
}

/// `uv.fs_symlink(path, new_path, [flags], [callback])`: `new_path` will point to `path`; the flags
/// `dir` and `junction` are for Windows.
fn fs_symlink(call: &mut Call) -> Ret {
    let paths = Paths::two(call.path(1)?, call.path(2)?);
    let (flags, callback) = call.flags(3, SymlinkFlags::from_bits, |call| SymlinkFlags {
        dir: call.flag(3, "dir"),
        junction: call.flag(3, "junction"),
    })?;
    run(
        call,
        paths,
        callback,
        move |paths| fs::symlink(paths.path(), paths.new_path(), flags),
        push_true,
    )
}

fn fs_readlink(call: &mut Call) -> Ret {
    let path = call.path(1)?;
    run(
        call,
        Paths::one(path),
        2,
        |paths| fs::read_link(paths.path()),
        push_path,
    )
}

fn fs_realpath(call: &mut Call) -> Ret {
    let path = call.path(1)?;
    run(
        call,
        Paths::one(path),
        2,
        |paths| fs::real_path(paths.path()),
        push_path,
    )
}

/// `uv.fs_copyfile(path, new_path, [flags], [callback])`: flags are `excl`, `ficlone` and
/// `ficlone_force`, or their numbers 1, 2 and 4.
fn fs_copyfile(call: &mut Call) -> Ret {
    let paths = Paths::two(call.path(1)?, call.path(2)?);
    let (flags, callback) = call.flags(
        3,
        |bits| Some(CopyFlags::from_bits(bits)),
        |call| {
            Some(Ok(CopyFlags {
                excl: call.flag(3, "excl"),
                clone: call.flag(3, "ficlone"),
                clone_force: call.flag(3, "ficlone_force"),
            }))
        },
    )?;
    run(
        call,
        paths,
        callback,
        move |paths| {
            let flags = flags.unwrap_or(Ok(CopyFlags::default()))?;
            fs::copy_file(paths.path(), paths.new_path(), flags)
        },
        push_true,
    )
}
