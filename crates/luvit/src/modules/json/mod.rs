//! `luvit:json`, the native half of `require('json')`: dkjson's calling conventions over our own
//! parser and writer.
//!
//! - [`parse`]: text to values. [`stringify`]: values to text.
//! - [`number`], [`quote`]: the lexical parts of both. [`mod@text`]: white space and positions.
//! - [`raw`]: bytes, quickly.

mod number;
mod parse;
mod quote;
mod raw;
mod stringify;
mod text;

use std::ffi::{c_int, c_void};

use crate::lua::{Call, Raise, Ret, State, Type, ffi};
use crate::shared::Shared;

/// What this module keeps in Lua's registry, under the address of an element of [`KEPT`].
#[derive(Copy, Clone)]
enum Kept {
    /// `json.null`.
    Null,
    /// The metatable of parsed objects, `{__jsontype = 'object'}`.
    ObjectMeta,
    /// The metatable of parsed arrays, `{__jsontype = 'array'}`.
    ArrayMeta,
}

static KEPT: [u8; 3] = [0; 3];

impl Kept {
    fn push_key(self, state: State) {
        state.push_light((&raw const KEPT[self as usize]).cast_mut().cast::<c_void>());
    }

    /// Pops a value and keeps it.
    fn store(self, state: State) {
        self.push_key(state);
        state.insert(-2);
        state.raw_set(ffi::LUA_REGISTRYINDEX);
    }

    fn push(self, state: State) {
        self.push_key(state);
        state.raw_get(ffi::LUA_REGISTRYINDEX);
    }
}

/// Pushes the table of native functions.
pub(crate) fn open(state: State, shared: *const Shared) {
    // What is kept is made once: `json.null` stays the same value.
    Kept::Null.push(state);
    if state.is_nil(-1) {
        make_kept(state, shared);
    }
    state.pop(1);

    state.new_table(0, 4);
    state.set_function(shared, "parse", parse);
    state.set_function(shared, "stringify", stringify::stringify);
    state.set_function(shared, "quotestring", quotestring);
    Kept::Null.push(state);
    state.raw_set_field(-2, "null");
}

fn make_kept(state: State, shared: *const Shared) {
    for (kept, kind) in [(Kept::ObjectMeta, "object"), (Kept::ArrayMeta, "array")] {
        state.new_table(0, 1);
        state.push_str(kind);
        state.raw_set_field(-2, "__jsontype");
        kept.store(state);
    }
    state.new_table(0, 0);
    state.new_table(0, 1);
    state.set_function(shared, "__tojson", null_to_json);
    state.set_metatable(-2);
    Kept::Null.store(state);
}

fn null_to_json(call: &mut Call) -> Ret {
    call.push_str("null");
    Ok(1)
}

/// `quotestring(text)`: the text as a JSON string.
fn quotestring(call: &mut Call) -> Ret {
    let mut out = Vec::new();
    quote::write(&mut out, call.bytes(1)?);
    call.push_bytes(&out);
    Ok(1)
}

/// `parse(text, pos?, nullval?, objectmeta?, arraymeta?)` and `parse(text, options)`.
fn parse(call: &mut Call) -> Ret {
    let text = call.bytes(1)?;
    let whole = call.type_of(2) == Type::Table;
    let (start, options) = if whole {
        named_options(call)?
    } else {
        positional_options(call)?
    };
    let state = call.state();
    let result = parse::parse(state, text, start, &options).and_then(|end| {
        if whole {
            text::expect_end(text, end, options.comments)
        } else {
            Ok(end)
        }
    });
    match result {
        Ok(end) => {
            state.push_int(end as i64 + 1);
            Ok(2)
        }
        Err(failure) => {
            state.set_top(0);
            state.push_nil();
            state.push_int(failure.at as i64 + 1);
            state.push_str(&failure.message);
            Ok(3)
        }
    }
}

/// dkjson's positional arguments.
fn positional_options(call: &Call) -> Result<(usize, parse::Options), Raise> {
    let metatables = call.top() > 3;
    let start = start_of(call, 2)?;
    call.set_top(5);
    Ok((
        start,
        parse::Options {
            comments: true,
            utf8: false,
            max_depth: parse::DEFAULT_DEPTH,
            null: 3,
            object_meta: metatable(call, 4, metatables, Kept::ObjectMeta)?,
            array_meta: metatable(call, 5, metatables, Kept::ArrayMeta)?,
        },
    ))
}

/// A table of options as the second argument.
fn named_options(call: &Call) -> Result<(usize, parse::Options), Raise> {
    call.set_top(2);
    for name in [
        "nullval",
        "objectmeta",
        "arraymeta",
        "pos",
        "comments",
        "utf8",
        "max_depth",
    ] {
        call.raw_get_field(2, name);
    }
    let max_depth = match call.type_of(9) {
        Type::Nil => parse::DEFAULT_DEPTH,
        _ => depth_option(call, 9, 2)?,
    };
    let metatable = |index, kept| match call.type_of(index) {
        Type::Nil => metatable(call, index, false, kept),
        Type::Table => Ok(index),
        Type::Boolean if !call.to_bool(index) => Ok(0),
        _ => Err(Raise::Argument(
            2,
            format!(
                "a metatable must be a table or false, not a {}",
                call.type_name(index)
            ),
        )),
    };
    Ok((
        start_of(call, 6)?,
        parse::Options {
            comments: call.is_nil(7) || call.to_bool(7),
            utf8: call.to_bool(8),
            max_depth,
            null: 3,
            object_meta: metatable(4, Kept::ObjectMeta)?,
            array_meta: metatable(5, Kept::ArrayMeta)?,
        },
    ))
}

/// The option `max_depth` at `index`, given in argument `argument`.
fn depth_option(call: &Call, index: c_int, argument: c_int) -> Result<usize, Raise> {
    match call.to_num(index) {
        Some(depth) if (1.0..=parse::MAX_DEPTH as f64).contains(&depth) => Ok(depth as usize),
        _ => Err(Raise::Argument(
            argument,
            format!("max_depth must be a number from 1 to {}", parse::MAX_DEPTH),
        )),
    }
}

/// The position (from 1) at `index`, as an offset.
fn start_of(call: &Call, index: c_int) -> Result<usize, Raise> {
    if call.is_nil(index) {
        return Ok(0);
    }
    match call.to_num(index) {
        Some(position) if position >= 1.0 => Ok(position as usize - 1),
        _ => Err(Raise::Argument(
            2,
            "the position must be a number from 1 up".into(),
        )),
    }
}

/// Where the metatable for new tables is: `index` if the caller `given` one (0 for `nil`), else
/// the shared one, which is stored there.
fn metatable(call: &Call, index: c_int, given: bool, kept: Kept) -> Result<c_int, Raise> {
    if given {
        return if call.is_nil(index) {
            Ok(0)
        } else {
            call.table(index).map(|()| index)
        };
    }
    kept.push(call.state());
    call.replace(index);
    Ok(index)
}
