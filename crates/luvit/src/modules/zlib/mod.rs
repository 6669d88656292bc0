//! `luvit:zlib`, the native half of `zlib` and `miniz`: streams, whole data, checksums and zip archives of the crate
//! `luvit-zlib`.
//!
//! - [`stream`]: a stream, whose steps are made here or on the thread pool.
//! - [`whole`]: all of some data, here or on the thread pool.
//! - [`zip`]: reading and writing archives.
//!
//! The Lua half has checked the options. What fails returns `nil, "CODE: text", "CODE", errno`.

mod stream;
mod whole;
mod zip;

use std::ffi::c_int;

use luvit_zlib::{Failure, Kind, Settings, Strategy};

use crate::lua::{Call, Raise, Ret, State, Type};
use crate::shared::Shared;

pub(crate) use whole::{Waiting, on_timer};

/// Pushes the table of functions.
pub(crate) fn open(state: State, shared: *const Shared) {
    state.new_table(0, 20);
    state.set_function(shared, "open", stream::open);
    state.set_function(shared, "run", stream::run);
    state.set_function(shared, "queue", stream::queue);
    state.set_function(shared, "params", stream::params);
    state.set_function(shared, "reset", stream::reset);
    state.set_function(shared, "close", stream::close);
    state.set_function(shared, "whole", whole::whole);
    state.set_function(shared, "queue_whole", whole::queue);
    state.set_function(shared, "reader", zip::reader);
    state.set_function(shared, "writer", zip::writer);
    state.set_function(shared, "crc32", |call| checksum(call, luvit_zlib::crc32));
    state.set_function(shared, "adler32", |call| {
        checksum(call, luvit_zlib::adler32)
    });
    state.set_function(shared, "crc32_combine", |call| {
        combine(call, luvit_zlib::crc32_combine)
    });
    state.set_function(shared, "adler32_combine", |call| {
        combine(call, luvit_zlib::adler32_combine)
    });
    state.push_str(luvit_zlib::version());
    state.raw_set_field(-2, "version");
}

/// `nil, "CODE: text", "CODE", errno`
fn fail(call: &Call, failure: &Failure) -> c_int {
    call.push_nil();
    call.push_str(&failure.to_string());
    call.push_str(&failure.code);
    call.push_int(failure.errno.into());
    4
}

fn number(call: &Call, index: c_int, name: &str, default: i64) -> Result<i64, Raise> {
    call.raw_get_field(index, name);
    let value = call.to_num(-1);
    let absent = call.is_nil(-1);
    call.pop(1);
    match value {
        Some(value) if value.is_finite() => Ok(value as i64),
        None if absent => Ok(default),
        _ => Err(Raise::Argument(index, format!("{name} must be a number"))),
    }
}

/// The settings in the table at `index`: `kind`, and what else is not the default.
fn settings(call: &Call, index: c_int) -> Result<Settings, Raise> {
    call.table(index)?;
    let kind = number(call, index, "kind", 0)?;
    let kind = Kind::from_number(kind)
        .ok_or_else(|| Raise::Argument(index, format!("there is no kind {kind}")))?;
    let mut settings = Settings::new(kind);
    settings.level = number(call, index, "level", -1)?.clamp(-1, 9) as i32;
    let bits = settings.window_bits.into();
    settings.window_bits = number(call, index, "windowBits", bits)?.clamp(0, 15) as i32;
    settings.mem_level = number(call, index, "memLevel", 8)?.clamp(1, 9) as i32;
    let strategy = number(call, index, "strategy", 0)?;
    settings.strategy = Strategy::from_number(strategy).unwrap_or_default();
    call.raw_get_field(index, "dictionary");
    settings.dictionary = call.to_bytes(-1).map(Into::into);
    settings.single = call.flag(index, "single");
    call.raw_get_field(index, "params");
    if call.type_of(-1) == Type::Table {
        // Number, value, number, value …
        for pair in 0..call.raw_len(-1).min(64) / 2 {
            call.raw_get_index(-1, pair as c_int * 2 + 1);
            call.raw_get_index(-2, pair as c_int * 2 + 2);
            let value = |index| call.to_num(index).unwrap_or_default() as u32;
            settings.params.push((value(-2), value(-1)));
            call.pop(2);
        }
    }
    call.pop(2);
    Ok(settings)
}

/// A size in bytes: what is larger than there can be is the largest.
fn size(call: &Call, index: c_int) -> Result<usize, Raise> {
    let size = call.num(index)?;
    // NaN and what is below become 0, what is above the largest.
    Ok((size as usize).min(crate::lua::MAX_STRING))
}

/// `crc32(data, start)`: a number.
fn checksum(call: &mut Call, function: fn(u32, &[u8]) -> u32) -> Ret {
    let data = call.bytes(1)?;
    let start = call.int_in(2, 0..=u32::MAX.into())?;
    call.push_int(function(start as u32, data).into());
    Ok(1)
}

/// `crc32_combine(first, second, length)`: a number.
fn combine(call: &mut Call, function: fn(u32, u32, u64) -> u32) -> Ret {
    let first = call.int_in(1, 0..=u32::MAX.into())? as u32;
    let second = call.int_in(2, 0..=u32::MAX.into())? as u32;
    let length = call.int_in(3, 0..=1 << 53)? as u64;
    call.push_int(function(first, second, length).into());
    Ok(1)
}
