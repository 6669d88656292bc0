//! Open files: opening, reading, writing, closing.

use std::ffi::c_int;

use luvit_loop::fs::{self, Offset};

use super::super::{Entry, functions};
use super::operation::{Paths, finish_now, push_count, push_true, run, run_on_pool};
use crate::lua::{Call, Raise, Ret, Type};

pub(in super::super) const FUNCTIONS: &[Entry] = functions![
    fs_open,
    fs_close,
    fs_read,
    fs_write,
    fs_sendfile,
    fs_fsync,
    fs_fdatasync,
    fs_ftruncate,
];

/// Bytes that are read through the loop's own buffer.
const SMALL_READ: usize = 1 << 16;
/// Longest string Lua can hold.
const MAX_READ: usize = 0x7fff_0000;

fn push_file(call: &Call, file: fs::File) -> c_int {
    call.push_int(file.into());
    1
}

/// How to open a file: a word like `"r+"`, or `O_*` numbers.
pub(super) fn open_flags(call: &Call, index: c_int) -> Result<i32, Raise> {
    match call.type_of(index) {
        Type::String => {
            let word = String::from_utf8_lossy(call.bytes(index)?);
            fs::open_flags(&word)
                .map_err(|_| Raise::message(format!("Unknown file open flag '{word}'")))
        }
        Type::Number => Ok(call.int_in(index, i32::MIN.into()..=i32::MAX.into())? as i32),
        _ => Err(Raise::Argument(
            index,
            "Expected string or integer for file open mode".into(),
        )),
    }
}

/// `uv.fs_open(path, flags, mode, [callback])`
fn fs_open(call: &mut Call) -> Ret {
    let path = call.path(1)?;
    let flags = open_flags(call, 2)?;
    let mode = call.mode(3)?;
    run(
        call,
        Paths::one(path),
        4,
        move |paths| fs::open(paths.path(), flags, mode),
        push_file,
    )
}

fn fs_close(call: &mut Call) -> Ret {
    let file = call.file(1)?;
    run(call, Paths::none(), 2, move |_| fs::close(file), push_true)
}

/// An optional offset, and where the callback after it is: the callback may come in its place.
/// `nil` and negative numbers stand for the file's own position.
fn offset(call: &Call, index: c_int) -> Result<(Offset, c_int), Raise> {
    match call.type_of(index) {
        Type::None | Type::Nil => Ok((None, index + 1)),
        Type::Number | Type::String => {
            let offset = call.int(index)?;
            Ok(((offset >= 0).then_some(offset), index + 1))
        }
        _ if call.callable(index).is_ok() => Ok((None, index)),
        _ => Err(call.wrong_type(index, "number")),
    }
}

/// Reads what then becomes a string of Lua's. A large one without memory for it is an error here:
/// Lua itself could only end the process.
fn read_string(file: fs::File, size: usize, offset: Offset) -> luvit_loop::Result<Vec<u8>> {
    let data = fs::read_to_vec(file, size, offset)?;
    check_room(data.len())?;
    Ok(data)
}

/// `ENOMEM` when a string of that many bytes would be too much.
pub(super) fn check_room(length: usize) -> luvit_loop::Result<()> {
    if length > SMALL_READ {
        Vec::<u8>::new()
            .try_reserve_exact(length + SMALL_READ)
            .map_err(|_| luvit_loop::Error::ENOMEM)?;
    }
    Ok(())
}

fn push_data(call: &Call, data: Vec<u8>) -> c_int {
    call.push_bytes(&data);
    1
}

/// `uv.fs_read(fd, size, [offset], [callback])`: what is there, at most `size` bytes; an empty
/// string at the end.
fn fs_read(call: &mut Call) -> Ret {
    let file = call.file(1)?;
    let size = call.int_in(2, 0..=i64::MAX)?;
    let size = usize::try_from(size).unwrap_or(MAX_READ).min(MAX_READ);
    let (offset, callback) = offset(call, 3)?;
    if call.opt_callable(callback)? {
        // A thread of the pool that allocates what is freed here would make both wait.
        let mut buffer = Vec::with_capacity(if size > SMALL_READ { 0 } else { size });
        return run_on_pool(
            call,
            Paths::none(),
            callback,
            move |_| {
                if size > SMALL_READ {
                    return read_string(file, size, offset);
                }
                fs::append(file, &mut buffer, size, offset)?;
                Ok(buffer)
            },
            push_data,
        );
    }
    if size > SMALL_READ {
        let data = read_string(file, size, offset);
        return finish_now(call, &Paths::none(), data, push_data);
    }
    let mut buffer = call.shared().lp.borrow_mut().take_read_buffer();
    if buffer.len() < size {
        buffer = vec![0; SMALL_READ].into_boxed_slice();
    }
    let result = fs::read(file, &mut buffer[..size], offset);
    if let Ok(count) = result {
        call.push_bytes(&buffer[..count]);
    }
    call.shared().lp.borrow_mut().restore_read_buffer(buffer);
    finish_now(call, &Paths::none(), result, |_, _| 1)
}

/// One buffer of several, for a thread of the pool.
pub(super) fn join(pieces: &[&[u8]]) -> luvit_loop::Result<Vec<u8>> {
    let mut data = Vec::new();
    let length = pieces.iter().map(|piece| piece.len()).sum();
    data.try_reserve_exact(length)
        .map_err(|_| luvit_loop::Error::ENOMEM)?;
    for piece in pieces {
        data.extend_from_slice(piece);
    }
    Ok(data)
}

/// `uv.fs_write(fd, data, [offset], [callback])`: how many bytes were written, which are all unless
/// an error ended it.
fn fs_write(call: &mut Call) -> Ret {
    let file = call.file(1)?;
    let (offset, callback) = offset(call, 3)?;
    if call.opt_callable(callback)? {
        let data = match join(&call.buffers(2)?) {
            Ok(data) => data,
            Err(error) => return call.fail(error),
        };
        return run_on_pool(
            call,
            Paths::none(),
            callback,
            move |_| fs::write(file, &data, offset),
            push_count,
        );
    }
    let result = match call.type_of(2) {
        Type::String | Type::Number => fs::write(file, call.bytes(2)?, offset),
        _ => fs::write_vectored(file, &call.buffers(2)?, offset),
    };
    finish_now(call, &Paths::none(), result, push_count)
}

/// `uv.fs_sendfile(out_fd, in_fd, in_offset, size, [callback])`: how many bytes were moved.
fn fs_sendfile(call: &mut Call) -> Ret {
    let (to, from) = (call.file(1)?, call.file(2)?);
    let offset = call.int(3)?;
    let offset = (offset >= 0).then_some(offset);
    let size = call.int_in(4, 0..=i64::MAX)? as u64;
    run(
        call,
        Paths::none(),
        5,
        move |_| fs::send_file(to, from, offset, size),
        |call, count| {
            call.push_num(count as f64);
            1
        },
    )
}

fn fs_fsync(call: &mut Call) -> Ret {
    let file = call.file(1)?;
    run(call, Paths::none(), 2, move |_| fs::sync(file), push_true)
}

fn fs_fdatasync(call: &mut Call) -> Ret {
    let file = call.file(1)?;
    run(
        call,
        Paths::none(),
        2,
        move |_| fs::datasync(file),
        push_true,
    )
}

/// `uv.fs_ftruncate(fd, offset, [callback])`: makes the file `offset` bytes long.
fn fs_ftruncate(call: &mut Call) -> Ret {
    let file = call.file(1)?;
    let length = call.int(2)?;
    run(
        call,
        Paths::none(),
        3,
        move |_| fs::truncate(file, length),
        push_true,
    )
}
