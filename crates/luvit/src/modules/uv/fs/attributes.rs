//! Who may use a file, whose it is, and when it was used.

use std::ffi::c_int;

use luvit_loop::fs::{self, TimeChange};

use super::super::{Entry, functions};
use super::operation::{Paths, push_true, run};
use crate::lua::{Call, Raise, Ret, Type};

pub(in super::super) const FUNCTIONS: &[Entry] = functions![
    fs_access, fs_chmod, fs_fchmod, fs_chown, fs_fchown, fs_lchown, fs_utime, fs_futime, fs_lutime,
];

/// The bits of an access mode: a number, or any of the letters `rwx`.
fn access_mode(call: &Call, index: c_int) -> Result<i32, Raise> {
    match call.type_of(index) {
        Type::Number => Ok(call.int_in(index, i32::MIN.into()..=i32::MAX.into())? as i32),
        Type::String => call.bytes(index)?.iter().try_fold(0, |mode, letter| {
            Ok(mode
                | match letter {
                    b'r' | b'R' => 4,
                    b'w' | b'W' => 2,
                    b'x' | b'X' => 1,
                    _ => {
                        return Err(Raise::Argument(
                            index,
                            "Unknown character in access mode string".into(),
                        ));
                    }
                })
        }),
        _ => Err(Raise::Argument(
            index,
            "Expected string or integer for file access mode check".into(),
        )),
    }
}

/// `uv.fs_access(path, mode, [callback])`: whether the process may use the path so; that it may not
/// is no error, as in luv.
fn fs_access(call: &mut Call) -> Ret {
    let path = call.path(1)?;
    let mode = access_mode(call, 2)?;
    run(
        call,
        Paths::one(path),
        3,
        move |paths| Ok(fs::access(paths.path(), mode).is_ok()),
        |call, allowed| {
            call.push_bool(allowed);
            1
        },
    )
}

fn fs_chmod(call: &mut Call) -> Ret {
    let (path, mode) = (call.path(1)?, call.mode(2)?);
    run(
        call,
        Paths::one(path),
        3,
        move |paths| fs::chmod(paths.path(), mode),
        push_true,
    )
}

fn fs_fchmod(call: &mut Call) -> Ret {
    let (file, mode) = (call.file(1)?, call.mode(2)?);
    run(
        call,
        Paths::none(),
        3,
        move |_| fs::fchmod(file, mode),
        push_true,
    )
}

/// Owner and group from argument `index` on; -1 leaves one as it is.
fn owner(call: &Call, index: c_int) -> Result<(u32, u32), Raise> {
    let id = |index| call.int_in(index, -1..=u32::MAX.into()).map(|id| id as u32);
    Ok((id(index)?, id(index + 1)?))
}

fn fs_chown(call: &mut Call) -> Ret {
    let (path, (uid, gid)) = (call.path(1)?, owner(call, 2)?);
    run(
        call,
        Paths::one(path),
        4,
        move |paths| fs::chown(paths.path(), uid, gid),
        push_true,
    )
}

fn fs_fchown(call: &mut Call) -> Ret {
    let (file, (uid, gid)) = (call.file(1)?, owner(call, 2)?);
    run(
        call,
        Paths::none(),
        4,
        move |_| fs::fchown(file, uid, gid),
        push_true,
    )
}

/// `uv.fs_lchown(path, uid, gid, [callback])`: of a symbolic link itself.
fn fs_lchown(call: &mut Call) -> Ret {
    let (path, (uid, gid)) = (call.path(1)?, owner(call, 2)?);
    run(
        call,
        Paths::one(path),
        4,
        move |paths| fs::lchown(paths.path(), uid, gid),
        push_true,
    )
}

/// A time: seconds since 1970, `"now"` (or infinity), or `"omit"` (or NaN, or `nil`).
fn time(call: &Call, index: c_int) -> Result<TimeChange, Raise> {
    let wrong = || Raise::Argument(index, "expected seconds, 'now', 'omit' or nil".into());
    if call.is_nil(index) {
        return Ok(TimeChange::Omit);
    }
    if let Some(seconds) = call.to_num(index) {
        return match seconds {
            f64::INFINITY => Ok(TimeChange::Now),
            f64::NEG_INFINITY => Err(wrong()),
            seconds if seconds.is_nan() => Ok(TimeChange::Omit),
            seconds => Ok(TimeChange::Set(seconds)),
        };
    }
    match call.type_of(index) {
        Type::String => match call.bytes(index)? {
            b"now" => Ok(TimeChange::Now),
            b"omit" => Ok(TimeChange::Omit),
            _ => Err(wrong()),
        },
        _ => Err(wrong()),
    }
}

/// `uv.fs_utime(path, atime, mtime, [callback])`: see [`time`].
fn fs_utime(call: &mut Call) -> Ret {
    let (path, atime, mtime) = (call.path(1)?, time(call, 2)?, time(call, 3)?);
    run(
        call,
        Paths::one(path),
        4,
        move |paths| fs::utime(paths.path(), atime, mtime),
        push_true,
    )
}

fn fs_futime(call: &mut Call) -> Ret {
    let (file, atime, mtime) = (call.file(1)?, time(call, 2)?, time(call, 3)?);
    run(
        call,
        Paths::none(),
        4,
        move |_| fs::futime(file, atime, mtime),
        push_true,
    )
}

/// `uv.fs_lutime(path, atime, mtime, [callback])`: of a symbolic link itself.
fn fs_lutime(call: &mut Call) -> Ret {
    let (path, atime, mtime) = (call.path(1)?, time(call, 2)?, time(call, 3)?);
    run(
        call,
        Paths::one(path),
        4,
        move |paths| fs::lutime(paths.path(), atime, mtime),
        push_true,
    )
}
