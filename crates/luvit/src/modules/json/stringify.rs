//! Lua values to JSON text.
//!
//! The text grows in one Rust buffer. It leaves it early only when a `__tojson` metamethod or an
//! exception handler is called, which may append to `state.buffer` itself (dkjson's protocol): then
//! the pieces are joined at the end.
//!
//! Lua code runs under `pcall` only. After it has run, the tables being walked may have changed, so
//! their next keys are asked for under `pcall` too.

mod custom;
mod options;
mod table;

use std::cell::Cell;
use std::ffi::{c_int, c_void};

use super::parse::DEFAULT_DEPTH;
use super::{Kept, number, quote};
use crate::lua::{Call, Raise, Ret, State, Type};

/// Calls of `stringify` within `__tojson` within `stringify`, at most.
const MAX_NESTED_CALLS: u32 = 50;
/// A table packed by `table.pack` cannot have more values than a call has arguments.
const MAX_PACKED: f64 = 65536.0;
/// Longest text that fits a Lua string.
const MAX_TEXT: usize = 0x7fff_0000;
/// A buffer of up to this size is kept for the next call.
const KEPT_CAPACITY: usize = 32 * 1024;
/// Most spaces that `indent = number` stands for.
const MAX_INDENT: f64 = 32.0;

/// Keys remembered (a power of two), and the length of such a key with quotes and colon.
const NAMES: usize = 64;
const NAME_LENGTH: usize = 24;
/// Metatables remembered.
const METAS: usize = 4;

/// Fixed stack slots of a call.
const VALUE: c_int = 1;
const OPTIONS: c_int = 2;
/// The list that text is flushed into: `state.buffer`.
const BUFFER: c_int = 3;
/// The list of keys that come first, without duplicates, and the set of them; or `nil`.
const ORDER: c_int = 4;
const ORDER_SET: c_int = 5;
/// `state.exception` or `nil`.
const HANDLER: c_int = 6;
/// The first slot of the value being written.
const FIRST: c_int = 7;

thread_local! {
    static NESTED: Cell<u32> = const { Cell::new(0) };
    static SPARE: Cell<Option<Box<Scratch>>> = const { Cell::new(None) };
}

/// Memory that one call leaves to the next.
struct Scratch {
    /// The text.
    out: Vec<u8>,
    /// Keys written since Lua code ran last: the addresses of their strings, which are those of
    /// the same strings as long as the collector does not run. Null is an empty entry.
    names: [*const c_void; NAMES],
    /// Their text with a comma in front, quotes and colon; and its length.
    texts: [(u8, [u8; NAME_LENGTH + 1]); NAMES],
}

impl Scratch {
    const NEW: Scratch = Scratch {
        out: Vec::new(),
        names: [std::ptr::null(); NAMES],
        texts: [(0, [0; NAME_LENGTH + 1]); NAMES],
    };
}

/// `stringify(value, state?)`.
pub(super) fn stringify(call: &mut Call) -> Ret {
    let state = call.state();
    if !call.is_nil(OPTIONS) {
        call.table(OPTIONS)?;
    }
    if NESTED.get() >= MAX_NESTED_CALLS {
        return Err(Raise::message(
            "stringify is called from __tojson too many levels deep",
        ));
    }
    state.set_top(FIRST - 1);
    let mut writer = Writer {
        state,
        scratch: SPARE.take().unwrap_or_else(|| Box::new(Scratch::NEW)),
        frames: Vec::new(),
        indent: Vec::new(),
        pretty: false,
        utf8: false,
        level: 0,
        max_depth: DEFAULT_DEPTH,
        null: std::ptr::null(),
        epoch: 0,
        flushed: false,
        own_buffer: true,
        metas: [(std::ptr::null(), Meta::default()); METAS],
        next_meta: 0,
    };
    Kept::Null.push(state);
    writer.null = state.to_pointer(-1);
    state.pop(1);
    if !call.is_nil(OPTIONS) {
        writer.read_options(call)?;
    }
    NESTED.set(NESTED.get() + 1);
    let result = writer.document();
    NESTED.set(NESTED.get() - 1);
    if result.is_err() && writer.flushed && writer.own_buffer {
        writer.forget_buffer();
    }
    let mut scratch = writer.scratch;
    if scratch.out.capacity() > KEPT_CAPACITY {
        scratch.out = Vec::new();
    }
    scratch.out.clear();
    scratch.names = [std::ptr::null(); NAMES];
    SPARE.set(Some(scratch));
    result
}

/// What a metatable says about JSON.
#[derive(Copy, Clone, Default)]
struct Meta {
    to_json: bool,
    pairs: bool,
    order: bool,
    /// `__jsontype` is `'object'`.
    object: bool,
}

#[derive(Copy, Clone, PartialEq, Eq, Debug)]
enum Walk {
    /// A table that has been an array of plain values so far. Stack: table, key, value.
    List,
    /// An array of a length known by counting. Stack: table.
    Elements { length: u32 },
    /// An object. Stack: table, key.
    Pairs,
    /// An object, at the keys with an order. Stack: table, order, set, (key).
    Ordered,
    /// An object, at the other keys. Stack: table, order, set, key.
    Rest,
}

/// A table that is being written.
#[derive(Copy, Clone)]
struct Frame {
    walk: Walk,
    /// Stack index of the table.
    table: c_int,
    pointer: *const c_void,
    /// Elements or keys done.
    done: u32,
    /// Whether nothing was written into it yet.
    empty: bool,
    /// The count of calls into Lua when it was begun.
    epoch: u32,
    /// Where its text begins in the buffer.
    start: usize,
}

struct Writer {
    state: State,
    scratch: Box<Scratch>,
    frames: Vec<Frame>,
    indent: Vec<u8>,
    pretty: bool,
    utf8: bool,
    level: usize,
    max_depth: usize,
    /// The address of `json.null`.
    null: *const c_void,
    /// Calls into Lua so far.
    epoch: u32,
    /// Whether text was flushed to `BUFFER`.
    flushed: bool,
    /// Whether the text is the result (and not `state.buffer`, given by the caller).
    own_buffer: bool,
    /// Metatables seen since Lua code ran last, and the entry to use for the next one.
    metas: [(*const c_void, Meta); METAS],
    next_meta: usize,
}

impl Writer {
    fn document(&mut self) -> Ret {
        let state = self.state;
        state.push_value(VALUE);
        let kind = state.type_of(VALUE);
        if !self.scalar(kind)? {
            self.complex(kind)?;
        }
        while let Some(&frame) = self.frames.last() {
            self.step(frame)?;
        }
        if self.flushed || !self.own_buffer {
            return self.finish_buffer();
        }
        if self.scratch.out.len() > MAX_TEXT {
            return Err(Raise::message(
                "the JSON text is longer than a string can be",
            ));
        }
        state.push_bytes(&self.scratch.out);
        Ok(1)
    }

    /// Writes the innermost table up to its end, or to the next table in it, which becomes the
    /// innermost one.
    fn step(&mut self, frame: Frame) -> Result<(), Raise> {
        match frame.walk {
            Walk::List => self.list(frame),
            Walk::Elements { length } => self.elements(frame, length),
            Walk::Pairs => self.pairs(frame),
            Walk::Ordered => self.ordered(frame),
            Walk::Rest => self.rest(frame),
        }
    }

    /// Writes a table that begins like an array: keys in order and plain values. Before anything
    /// is written that cannot be taken back, the other keys are looked at.
    fn list(&mut self, mut frame: Frame) -> Result<(), Raise> {
        let state = self.state;
        loop {
            let key = frame.table + 1;
            if state.type_of(key) != Type::Number
                || state.number_at(key) != f64::from(frame.done + 1)
            {
                break;
            }
            let kind = state.type_of(-1);
            if !self.is_plain(kind) {
                let Some(length) = self.count_elements(&frame) else {
                    break;
                };
                state.set_top(frame.table);
                frame.walk = Walk::Elements { length };
                return self.elements(frame, length);
            }
            frame.done += 1;
            self.separate(&mut frame);
            self.scalar(kind)?;
            if !state.next(frame.table) {
                return self.end(&frame, b']');
            }
        }
        self.scratch.out.truncate(frame.start);
        state.set_top(frame.table);
        self.frames.pop();
        self.begin_counted(&frame)
    }

    fn elements(&mut self, mut frame: Frame, length: u32) -> Result<(), Raise> {
        while frame.done < length {
            frame.done += 1;
            self.state.raw_get_index(frame.table, frame.done as c_int);
            self.separate(&mut frame);
            let kind = self.state.type_of(-1);
            if !self.scalar(kind)? && self.descend(&frame, kind)? {
                return Ok(());
            }
        }
        self.end(&frame, b']')
    }

    fn pairs(&mut self, mut frame: Frame) -> Result<(), Raise> {
        // The first pair is on the stack already.
        while frame.empty || self.next(&mut frame)? {
            self.begin_pair(&mut frame, 1)?;
            let kind = self.state.type_of(-1);
            if !self.scalar(kind)? && self.descend(&frame, kind)? {
                return Ok(());
            }
        }
        self.end(&frame, b'}')
    }

    fn ordered(&mut self, mut frame: Frame) -> Result<(), Raise> {
        let state = self.state;
        loop {
            state.set_top(frame.table + 2);
            frame.done += 1;
            state.raw_get_index(frame.table + 1, frame.done as c_int);
            if state.is_nil(-1) {
                // The `nil` is the key that `rest` starts from.
                frame.walk = Walk::Rest;
                return self.rest(frame);
            }
            state.push_value(-1);
            state.raw_get(frame.table);
            if state.is_nil(-1) {
                continue;
            }
            self.begin_pair(&mut frame, 3)?;
            let kind = state.type_of(-1);
            if !self.scalar(kind)? && self.descend(&frame, kind)? {
                return Ok(());
            }
        }
    }

    fn rest(&mut self, mut frame: Frame) -> Result<(), Raise> {
        let state = self.state;
        while self.next(&mut frame)? {
            state.push_value(frame.table + 3);
            state.raw_get(frame.table + 2);
            let done = state.to_bool(-1);
            state.pop(if done { 2 } else { 1 });
            if done {
                continue;
            }
            self.begin_pair(&mut frame, 3)?;
            let kind = state.type_of(-1);
            if !self.scalar(kind)? && self.descend(&frame, kind)? {
                return Ok(());
            }
        }
        self.end(&frame, b'}')
    }

    /// Writes the value on the top, of type `kind`, which is no scalar; whether it became the
    /// innermost frame.
    fn descend(&mut self, frame: &Frame, kind: Type) -> Result<bool, Raise> {
        let depth = self.frames.len();
        self.frames[depth - 1] = *frame;
        self.complex(kind)?;
        Ok(self.frames.len() > depth)
    }

    /// Pops the key of the table and pushes its next pair, if there is one.
    #[inline(always)]
    fn next(&self, frame: &mut Frame) -> Result<bool, Raise> {
        if frame.epoch == self.epoch {
            return Ok(self.state.next(frame.table));
        }
        frame.epoch = self.epoch;
        self.state
            .protected_next(frame.table)
            .map_err(|()| Raise::Top)
    }

    /// Whether the value on the top, of type `kind`, is written without running Lua code.
    fn is_plain(&self, kind: Type) -> bool {
        match kind {
            Type::Boolean => true,
            Type::String => !self.utf8,
            Type::Number => self.state.number_at(-1).is_finite(),
            _ => false,
        }
    }

    /// The length of a list whose keys go on in order from the current one to the end.
    fn count_elements(&self, frame: &Frame) -> Option<u32> {
        let state = self.state;
        let mut length = frame.done + 1;
        state.push_value(frame.table + 1);
        while state.next(frame.table) {
            state.pop(1);
            length += 1;
            if state.type_of(-1) != Type::Number || state.number_at(-1) != f64::from(length) {
                return None;
            }
        }
        Some(length)
    }

    /// Writes what stands before an element or pair.
    #[inline(always)]
    fn separate(&mut self, frame: &mut Frame) {
        if frame.empty {
            frame.empty = false;
        } else {
            self.scratch.out.push(b',');
        }
        if self.pretty {
            self.new_line(0);
        }
    }

    /// Begins a new line at the depth of the open tables, less `less`.
    fn new_line(&mut self, less: usize) {
        self.scratch.out.push(b'\n');
        for _ in 0..self.level + self.frames.len() - less {
            self.scratch.out.extend_from_slice(&self.indent);
        }
    }

    /// Ends the innermost table; its parent finds its own key on the top of the stack.
    fn end(&mut self, frame: &Frame, bracket: u8) -> Result<(), Raise> {
        if self.pretty && !frame.empty {
            self.new_line(1);
        }
        self.scratch.out.push(bracket);
        self.frames.pop();
        self.state.set_top(frame.table - 1);
        if let Some(Frame {
            walk: Walk::Ordered,
            table,
            ..
        }) = self.frames.last()
        {
            self.state.set_top(table + 2);
        }
        Ok(())
    }

    /// Writes the key `above` the table, what separates it from the pair before, and the colon.
    #[inline(always)]
    fn begin_pair(&mut self, frame: &mut Frame, above: c_int) -> Result<(), Raise> {
        let index = frame.table + above;
        let pointer = self.state.to_pointer(index);
        let slot = slot_of(pointer);
        let scratch = &mut *self.scratch;
        if self.pretty || scratch.names[slot] != pointer || pointer.is_null() {
            self.separate(frame);
            return self.key(index, pointer);
        }
        let (length, text) = &scratch.texts[slot];
        // All of the entry is copied, and cut: a copy of fixed length is a few instructions.
        let kept = scratch.out.len() + usize::from(*length);
        if frame.empty {
            frame.empty = false;
            scratch.out.extend_from_slice(&text[1..]);
            scratch.out.truncate(kept - 1);
        } else {
            scratch.out.extend_from_slice(text);
            scratch.out.truncate(kept);
        }
        Ok(())
    }

    /// Writes the key at `index`, of address `pointer`, and the colon.
    fn key(&mut self, index: c_int, pointer: *const c_void) -> Result<(), Raise> {
        let start = self.scratch.out.len();
        let kind = self.state.type_of(index);
        match kind {
            Type::String => {
                let name = self.state.to_bytes(index).unwrap_or_default();
                if self.utf8 && std::str::from_utf8(name).is_err() {
                    let text = self.with_path("a key is not valid UTF-8", true);
                    return Err(Raise::Message(text));
                }
                quote::write(&mut self.scratch.out, name);
            }
            Type::Number => {
                self.scratch.out.push(b'"');
                match self.state.number_at(index) {
                    number if number.is_finite() => number::write(&mut self.scratch.out, number),
                    number => self
                        .scratch
                        .out
                        .extend_from_slice(name_of(number).as_bytes()),
                }
                self.scratch.out.push(b'"');
            }
            _ => {
                let text = format!("type '{}' is not supported as a key by JSON", kind.name());
                return Err(Raise::Message(self.with_path(&text, true)));
            }
        }
        self.scratch.out.push(b':');
        if self.pretty {
            self.scratch.out.push(b' ');
            return Ok(());
        }
        let scratch = &mut *self.scratch;
        let written = &scratch.out[start..];
        if kind == Type::String && written.len() <= NAME_LENGTH {
            let slot = slot_of(pointer);
            let (length, text) = &mut scratch.texts[slot];
            *length = written.len() as u8 + 1;
            text[0] = b',';
            text[1..=written.len()].copy_from_slice(written);
            scratch.names[slot] = pointer;
        }
        Ok(())
    }

    /// Writes the value on the top, of type `kind`, and pops it, if it is a scalar that JSON has.
    #[inline(always)]
    fn scalar(&mut self, kind: Type) -> Result<bool, Raise> {
        let state = self.state;
        match kind {
            Type::String => {
                let text = state.to_bytes(-1).unwrap_or_default();
                if self.utf8 && std::str::from_utf8(text).is_err() {
                    return Ok(false);
                }
                quote::write(&mut self.scratch.out, text);
            }
            Type::Number => {
                let number = state.number_at(-1);
                if !number.is_finite() {
                    return Ok(false);
                }
                number::write(&mut self.scratch.out, number);
            }
            Type::Boolean => {
                let text: &[u8] = if state.to_bool(-1) { b"true" } else { b"false" };
                self.scratch.out.extend_from_slice(text);
            }
            Type::Nil => self.scratch.out.extend_from_slice(b"null"),
            _ => return Ok(false),
        }
        state.pop(1);
        Ok(true)
    }

    /// Writes the value on the top, of type `kind`, which is no scalar, and pops it, unless it is a
    /// table with something in it: that becomes the innermost frame.
    fn complex(&mut self, kind: Type) -> Result<(), Raise> {
        match kind {
            Type::Table => self.table(),
            Type::Number => {
                let text = format!(
                    "{} is not supported by JSON",
                    name_of(self.state.number_at(-1))
                );
                self.exception("unsupported number", &text)
            }
            Type::String => self.exception("invalid UTF-8", "a string is not valid UTF-8"),
            _ if self.meta().to_json => self.custom(),
            _ => {
                let text = format!("type '{}' is not supported by JSON", kind.name());
                self.exception("unsupported type", &text)
            }
        }
    }

    /// `message`, and where the value is that it is about. The key of the innermost table is left
    /// out if it is the key that is wrong.
    fn with_path(&self, message: &str, of_key: bool) -> String {
        let state = self.state;
        let mut path = String::new();
        let known = self.frames.len() - usize::from(of_key);
        for frame in &self.frames[..known] {
            let key = match frame.walk {
                Walk::List | Walk::Elements { .. } => {
                    path.push_str(&format!("[{}]", frame.done));
                    continue;
                }
                Walk::Pairs => frame.table + 1,
                Walk::Ordered | Walk::Rest => frame.table + 3,
            };
            match state.type_of(key) {
                Type::String => {
                    let name = state.to_bytes(key).unwrap_or_default();
                    let name = String::from_utf8_lossy(&name[..name.len().min(100)]);
                    if !path.is_empty() {
                        path.push('.');
                    }
                    path.push_str(&name);
                }
                _ => path.push_str(&format!("[{}]", state.to_num(key).unwrap_or(0.0))),
            }
            if path.len() > 200 {
                path.push('…');
                break;
            }
        }
        if path.is_empty() {
            message.into()
        } else {
            format!("{message} (at {path})")
        }
    }
}

/// The entry for the key at an address.
fn slot_of(pointer: *const c_void) -> usize {
    let mixed = (pointer as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed >> (64 - NAMES.trailing_zeros())) as usize
}

fn name_of(number: f64) -> &'static str {
    if number.is_nan() {
        "NaN"
    } else if number > 0.0 {
        "Infinity"
    } else {
        "-Infinity"
    }
}
