//! Zip archives for `miniz`.

use std::fs::File;
use std::sync::{Arc, Mutex, PoisonError};

use luvit_loop::Error;
use luvit_zlib::Failure;
use luvit_zlib::zip::{Entry, Reader, Writer};

use super::size;
use crate::lua::{Call, Counted, Raise, Ret, State};
use crate::shared::Shared;

/// An open archive.
struct Archive(Mutex<Reader<File>>);

/// An archive in the making; `None` once it is finished.
struct Making(Mutex<Option<Writer>>);

impl Counted for Archive {
    const NAME: &'static str = "miniz_reader";

    fn fill(state: State, shared: &Shared) {
        state.new_table(0, 8);
        state.set_function(shared, "get_num_files", get_num_files);
        state.set_function(shared, "get_filename", get_filename);
        state.set_function(shared, "is_directory", is_directory);
        state.set_function(shared, "stat", stat);
        state.set_function(shared, "extract", extract);
        state.set_function(shared, "locate_file", locate_file);
        state.set_function(shared, "get_offset", get_offset);
        state.raw_set_field(-2, "__index");
    }
}

impl Counted for Making {
    const NAME: &'static str = "miniz_writer";

    fn fill(state: State, shared: &Shared) {
        state.new_table(0, 4);
        state.set_function(shared, "add", add);
        state.set_function(shared, "add_from_zip", add_from_zip);
        state.set_function(shared, "finalize", finalize);
        state.raw_set_field(-2, "__index");
    }
}

/// miniz' flags of `locate_file`.
const IGNORE_PATH: i64 = 0x200;
const CASE_SENSITIVE: i64 = 0x100;
/// miniz' flag of `extract`: the bytes as they are in the archive.
const COMPRESSED_DATA: i64 = 0x400;

/// `nil, "CODE: text", "CODE"` for what a file or an archive is wrong about.
fn refuse(call: &Call, error: std::io::Error, name: &str) -> Ret {
    call.push_nil();
    if error.kind() == std::io::ErrorKind::InvalidData {
        call.push_str(&format!("EINVAL: {error}{name}"));
        call.push_str("EINVAL");
    } else {
        let error = Error::from(error);
        call.push_str(&format!("{error}{name}"));
        call.push_str(error.name());
    }
    Ok(3)
}

/// `reader(path)`
pub(super) fn reader(call: &mut Call) -> Ret {
    let path = call.path(1)?;
    let name = format!(", open '{}'", path.to_string_lossy());
    let opened = File::open(&*path).and_then(Reader::new);
    match opened {
        Ok(reader) => {
            call.push_counted(call.shared(), Arc::new(Archive(Mutex::new(reader))));
            Ok(1)
        }
        Err(error) => refuse(call, error, &name),
    }
}

fn archive(call: &Call, index: i32) -> Result<Arc<Archive>, Raise> {
    call.to_counted(index)
        .ok_or_else(|| call.wrong_type(index, "miniz_reader"))
}

/// Does something with the entry whose number, from 1, is the argument at `index`, or returns `nil` and what was wrong.
fn with_entry(call: &Call, index: i32, show: impl FnOnce(&Entry)) -> Ret {
    let archive = archive(call, 1)?;
    let number = call.int(index)?;
    let reader = archive.0.lock().unwrap_or_else(PoisonError::into_inner);
    let found = usize::try_from(number.wrapping_sub(1))
        .ok()
        .and_then(|index| reader.entries().get(index).cloned());
    let count = reader.entries().len();
    // Pushing may run a finalizer, which may use the archive.
    drop(reader);
    match found {
        Some(entry) => {
            show(&entry);
            Ok(1)
        }
        None => no_entry(call, number, count),
    }
}

fn no_entry(call: &Call, number: i64, count: usize) -> Ret {
    call.push_nil();
    call.push_str(&format!("EINVAL: {number} is no entry, there are {count}"));
    call.push_str("EINVAL");
    Ok(3)
}

/// `reader:get_num_files()`
fn get_num_files(call: &mut Call) -> Ret {
    let archive = archive(call, 1)?;
    let reader = archive.0.lock().unwrap_or_else(PoisonError::into_inner);
    call.push_int(reader.entries().len() as i64);
    Ok(1)
}

/// `reader:get_offset()`: bytes in front of the archive.
fn get_offset(call: &mut Call) -> Ret {
    let archive = archive(call, 1)?;
    let reader = archive.0.lock().unwrap_or_else(PoisonError::into_inner);
    call.push_int(reader.offset() as i64);
    Ok(1)
}

/// `reader:get_filename(index)`
fn get_filename(call: &mut Call) -> Ret {
    with_entry(call, 2, |entry| call.push_bytes(&entry.name))
}

/// `reader:is_directory(index)`; what is no entry is no folder.
fn is_directory(call: &mut Call) -> Ret {
    let mut folder = false;
    with_entry(call, 2, |entry| folder = entry.is_directory())?;
    call.push_bool(folder);
    Ok(1)
}

/// `reader:stat(index)`: a table. `time` has DOS' time and date; the Lua half makes seconds of it.
fn stat(call: &mut Call) -> Ret {
    with_entry(call, 2, |entry| {
        call.new_table(0, 13);
        let fields = [
            ("index", call.int(2).unwrap_or_default() - 1),
            ("version_made_by", entry.version_made_by.into()),
            ("version_needed", entry.version_needed.into()),
            ("bit_flag", entry.flags.into()),
            ("method", entry.method.into()),
            (
                "time",
                i64::from(entry.dos_date) << 16 | i64::from(entry.dos_time),
            ),
            ("crc32", entry.crc32.into()),
            ("comp_size", entry.compressed_size as i64),
            ("uncomp_size", entry.size as i64),
            ("internal_attr", entry.internal_attributes.into()),
            ("external_attr", entry.external_attributes.into()),
        ];
        for (name, value) in fields {
            call.push_int(value);
            call.raw_set_field(-2, name);
        }
        call.push_bytes(&entry.name);
        call.raw_set_field(-2, "filename");
        call.push_bytes(&entry.comment);
        call.raw_set_field(-2, "comment");
    })
}

/// `reader:extract(index, flags, limit)`
fn extract(call: &mut Call) -> Ret {
    let archive = archive(call, 1)?;
    let number = call.int(2)?;
    let flags = if call.is_nil(3) { 0 } else { call.int(3)? };
    let limit = if call.is_nil(4) {
        crate::lua::MAX_STRING
    } else {
        size(call, 4)?
    };
    let mut reader = archive.0.lock().unwrap_or_else(PoisonError::into_inner);
    let count = reader.entries().len();
    let index = usize::try_from(number.wrapping_sub(1))
        .ok()
        .filter(|index| *index < count);
    let content = index.map(|index| {
        if flags & COMPRESSED_DATA != 0 {
            reader.raw(index)
        } else {
            reader.extract(index, limit)
        }
    });
    drop(reader);
    match content {
        Some(Ok(content)) => {
            call.push_bytes(&content);
            Ok(1)
        }
        Some(Err(error)) => refuse(call, error, ""),
        None => no_entry(call, number, count),
    }
}

/// `reader:locate_file(name, flags)`: the number of an entry, from 1. Without a flag, ASCII letters match in either case.
fn locate_file(call: &mut Call) -> Ret {
    let archive = archive(call, 1)?;
    let name = call.bytes(2)?;
    let flags = if call.is_nil(3) { 0 } else { call.int(3)? };
    let reader = archive.0.lock().unwrap_or_else(PoisonError::into_inner);
    let last = |path: &[u8]| {
        path.iter()
            .rposition(|byte| matches!(byte, b'/' | b'\\' | b':'))
            .map_or(0, |at| at + 1)
    };
    let same = |entry: &[u8]| {
        let entry = if flags & IGNORE_PATH != 0 {
            &entry[last(entry)..]
        } else {
            entry
        };
        if flags & CASE_SENSITIVE != 0 {
            entry == name
        } else {
            entry.eq_ignore_ascii_case(name)
        }
    };
    let found = reader.position(same);
    drop(reader);
    match found {
        Some(index) => {
            call.push_int(index as i64 + 1);
            Ok(1)
        }
        None => {
            call.push_nil();
            let mut text = b"ENOENT: there is no entry '".to_vec();
            text.extend_from_slice(name);
            text.push(b'\'');
            call.push_bytes(&text);
            call.push_str("ENOENT");
            Ok(3)
        }
    }
}

/// `writer(reserved)`: an archive behind so many zero bytes.
pub(super) fn writer(call: &mut Call) -> Ret {
    let reserved = if call.is_nil(1) {
        0
    } else {
        call.int_in(1, 0..=1 << 30)? as usize
    };
    let writer = Writer::new(reserved);
    call.push_counted(call.shared(), Arc::new(Making(Mutex::new(Some(writer)))));
    Ok(1)
}

/// The archive that is the first argument, while `act` uses it. A failure is raised, as luvi does.
fn making<T>(
    call: &Call,
    act: impl FnOnce(&mut Option<Writer>) -> Result<T, Failure>,
) -> Result<T, Raise> {
    let making = call
        .to_counted::<Making>(1)
        .ok_or_else(|| call.wrong_type(1, "miniz_writer"))?;
    let mut writer = making.0.lock().unwrap_or_else(PoisonError::into_inner);
    act(&mut writer).map_err(|failure| Raise::message(failure.to_string()))
}

fn finished() -> Failure {
    Failure {
        code: "EINVAL".into(),
        errno: 0,
        message: "the archive is finalized".into(),
    }
}

/// `writer:add(name, data, level, time)`: `time` as DOS has it, 1980-01-01 by default.
fn add(call: &mut Call) -> Ret {
    let name = call.bytes(2)?;
    let data = call.bytes(3)?;
    let level = if call.is_nil(4) { 0 } else { call.int(4)? };
    // miniz' flags stand above the level; none of them means anything here.
    let level = if level < 0 { 6 } else { (level & 15).min(9) };
    let time = if call.is_nil(5) {
        0x0021_0000
    } else {
        call.int_in(5, 0..=u32::MAX.into())? as u32
    };
    making(call, |writer| {
        let writer = writer.as_mut().ok_or_else(finished)?;
        writer.add(name, data, level as i32, time)
    })?;
    Ok(0)
}

/// `writer:add_from_zip(reader, index)`: an entry as it is there.
fn add_from_zip(call: &mut Call) -> Ret {
    let archive = archive(call, 2)?;
    let number = call.int(3)?;
    let mut reader = archive.0.lock().unwrap_or_else(PoisonError::into_inner);
    let index = usize::try_from(number.wrapping_sub(1)).unwrap_or(usize::MAX);
    let Some(entry) = reader.entries().get(index).cloned() else {
        let count = reader.entries().len();
        let text = format!("{number} is no entry, there are {count}");
        return Err(Raise::Argument(3, text));
    };
    let raw = reader
        .raw(index)
        .map_err(|error| Raise::message(format!("EINVAL: {error}")))?;
    drop(reader);
    making(call, |writer| {
        let writer = writer.as_mut().ok_or_else(finished)?;
        writer.add_raw(&entry, &raw)
    })?;
    Ok(0)
}

/// `writer:finalize()`: the archive.
fn finalize(call: &mut Call) -> Ret {
    let bytes = making(call, |writer| {
        let writer = writer.take().ok_or_else(finished)?;
        Ok(writer.finalize())
    })?;
    call.push_bytes(&bytes);
    Ok(1)
}
