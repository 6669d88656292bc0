//! Lua values to JSON text.
//!
//! The text grows in one Rust buffer. It leaves it early only when a `__tojson` metamethod or an
//! exception handler is called, which may append to `state.buffer` itself (dkjson's protocol): then
//! the pieces are joined at the end.
//!
//! Lua code runs under `pcall` only. After it has run, the tables being walked may have changed, so
//! their next keys are asked for under `pcall` too.

use std::cell::Cell;
use std::ffi::{c_int, c_void};

use super::parse::DEFAULT_DEPTH;
use super::{Kept, depth_option, number, quote};
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

/// Keys remembered, and the length of such a key with quotes and colon.
const NAMES: usize = 32;
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
    static SPARE: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
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
        out: SPARE.take(),
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
        names: [Name::EMPTY; NAMES],
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
    let mut out = writer.out;
    if out.capacity() <= KEPT_CAPACITY {
        out.clear();
        SPARE.set(out);
    }
    result
}

/// A key as it was written: the address of its string, and the text with quotes and colon.
#[derive(Copy, Clone)]
struct Name {
    pointer: *const u8,
    length: usize,
    text: [u8; NAME_LENGTH],
}

impl Name {
    const EMPTY: Name = Name {
        pointer: std::ptr::null(),
        length: 0,
        text: [0; NAME_LENGTH],
    };
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
    /// An array whose keys come in order. Stack: table, key.
    List {
        /// Whether it is known that no other keys follow.
        sure: bool,
    },
    /// An array of a length known by counting, with holes. Stack: table.
    Holes { length: u32 },
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
    out: Vec<u8>,
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
    /// Keys written since Lua code ran last.
    names: [Name; NAMES],
    /// Metatables seen since Lua code ran last, and the entry to use for the next one.
    metas: [(*const c_void, Meta); METAS],
    next_meta: usize,
}

impl Writer {
    fn read_options(&mut self, call: &Call) -> Result<(), Raise> {
        let state = self.state;
        let wrong = |text: &str| Err(Raise::Argument(OPTIONS, text.into()));

        for name in ["indent", "beautify", "indent_string", "level", "max_depth"] {
            state.raw_get_field(OPTIONS, name);
        }
        let (indent, beautify, string, level, depth) =
            (FIRST, FIRST + 1, FIRST + 2, FIRST + 3, FIRST + 4);
        let mut step = match state.type_of(indent) {
            Type::Nil => Vec::new(),
            Type::Boolean if state.to_bool(indent) => b"  ".to_vec(),
            Type::Boolean => Vec::new(),
            Type::String => state.to_bytes(indent).unwrap_or_default().to_vec(),
            Type::Number => match state.to_num(indent) {
                Some(spaces) if (0.0..=MAX_INDENT).contains(&spaces) => vec![b' '; spaces as usize],
                _ => return wrong("indent must be a number from 0 to 32"),
            },
            _ => return wrong("indent must be a boolean, number or string"),
        };
        if state.to_bool(beautify) && step.is_empty() {
            step = b"  ".to_vec();
        }
        if !state.is_nil(string) {
            if state.type_of(string) != Type::String {
                return wrong("indent_string must be a string");
            }
            if !step.is_empty() {
                step = state.to_bytes(string).unwrap_or_default().to_vec();
                self.pretty = true;
            }
        }
        self.pretty |= !step.is_empty();
        self.indent = step;
        if !state.is_nil(level) {
            match state.to_num(level) {
                Some(level) if (0.0..=10_000.0).contains(&level) => self.level = level as usize,
                _ => return wrong("level must be a number from 0 to 10000"),
            }
        }
        if !state.is_nil(depth) {
            self.max_depth = depth_option(call, depth, OPTIONS)?;
        }
        state.set_top(FIRST - 1);

        state.raw_get_field(OPTIONS, "utf8");
        self.utf8 = state.to_bool(FIRST);
        state.pop(1);
        state.raw_get_field(OPTIONS, "exception");
        state.replace(HANDLER);
        state.raw_get_field(OPTIONS, "buffer");
        if !state.is_nil(FIRST) {
            if state.type_of(FIRST) != Type::Table {
                return wrong("buffer must be a table");
            }
            state.push_value(FIRST);
            state.replace(BUFFER);
            self.own_buffer = false;
        }
        state.pop(1);
        state.raw_get_field(OPTIONS, "keyorder");
        if !state.is_nil(FIRST) {
            if state.type_of(FIRST) != Type::Table {
                return wrong("keyorder must be a list of keys");
            }
            self.index_order();
            state.replace(ORDER_SET);
            state.replace(ORDER);
        }
        state.set_top(FIRST - 1);
        Ok(())
    }

    /// Pops a list of keys; pushes the list without duplicates and the set of its keys.
    fn index_order(&self) {
        let state = self.state;
        let given = state.top();
        let length = state.raw_len(given);
        state.new_table(length, 0);
        state.new_table(0, length);
        let mut unique = 0;
        for index in 1..=c_int::try_from(length).unwrap_or(c_int::MAX) {
            state.raw_get_index(given, index);
            if !matches!(state.type_of(-1), Type::String | Type::Number)
                || state.to_num(-1).is_some_and(f64::is_nan)
            {
                state.pop(1);
                continue;
            }
            state.push_value(-1);
            state.raw_get(given + 2);
            let known = state.to_bool(-1);
            state.pop(1);
            if known {
                state.pop(1);
                continue;
            }
            unique += 1;
            state.push_value(-1);
            state.raw_set_index(given + 1, unique);
            state.push_bool(true);
            state.raw_set(given + 2);
        }
        state.remove(given);
    }

    fn document(&mut self) -> Ret {
        let state = self.state;
        state.push_value(VALUE);
        self.value()?;
        while let Some(&frame) = self.frames.last() {
            self.step(frame)?;
        }
        if self.flushed || !self.own_buffer {
            return self.finish_buffer();
        }
        if self.out.len() > MAX_TEXT {
            return Err(Raise::message(
                "the JSON text is longer than a string can be",
            ));
        }
        state.push_bytes(&self.out);
        Ok(1)
    }

    /// Writes the innermost table up to its end, or to the next table in it, which becomes the
    /// innermost one.
    fn step(&mut self, frame: Frame) -> Result<(), Raise> {
        match frame.walk {
            Walk::List { sure } => self.list(frame, sure),
            Walk::Holes { length } => self.holes(frame, length),
            Walk::Pairs => self.pairs(frame),
            Walk::Ordered => self.ordered(frame),
            Walk::Rest => self.rest(frame),
        }
    }

    fn list(&mut self, mut frame: Frame, mut sure: bool) -> Result<(), Raise> {
        let state = self.state;
        while self.next(&mut frame)? {
            frame.done += 1;
            let kind = state.type_of(-1);
            if !sure {
                let key = frame.table + 1;
                let in_order = state.type_of(key) == Type::Number
                    && state.number_at(key) == f64::from(frame.done);
                // Before anything is written that cannot be taken back, the rest must be known.
                let plain = self.is_plain(kind);
                if !in_order || !(plain || self.only_elements_follow(&frame)) {
                    self.out.truncate(frame.start);
                    state.set_top(frame.table);
                    self.frames.pop();
                    return self.begin_counted(&frame);
                }
                sure = !plain;
            }
            self.separate(&mut frame);
            if !self.scalar(kind)? {
                frame.walk = Walk::List { sure };
                if self.descend(&frame)? {
                    return Ok(());
                }
            }
        }
        self.end(&frame, b']')
    }

    fn holes(&mut self, mut frame: Frame, length: u32) -> Result<(), Raise> {
        while frame.done < length {
            frame.done += 1;
            self.state.raw_get_index(frame.table, frame.done as c_int);
            self.separate(&mut frame);
            if !self.scalar(self.state.type_of(-1))? && self.descend(&frame)? {
                return Ok(());
            }
        }
        self.end(&frame, b']')
    }

    fn pairs(&mut self, mut frame: Frame) -> Result<(), Raise> {
        while self.next(&mut frame)? {
            self.separate(&mut frame);
            self.key(frame.table + 1)?;
            if !self.scalar(self.state.type_of(-1))? && self.descend(&frame)? {
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
            self.separate(&mut frame);
            self.key(frame.table + 3)?;
            if !self.scalar(state.type_of(-1))? && self.descend(&frame)? {
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
            self.separate(&mut frame);
            self.key(frame.table + 3)?;
            if !self.scalar(state.type_of(-1))? && self.descend(&frame)? {
                return Ok(());
            }
        }
        self.end(&frame, b'}')
    }

    /// Writes the value on the top, which is no scalar; whether it became the innermost frame.
    fn descend(&mut self, frame: &Frame) -> Result<bool, Raise> {
        let depth = self.frames.len();
        self.frames[depth - 1] = *frame;
        self.value()?;
        Ok(self.frames.len() > depth)
    }

    /// Pops the key of the table and pushes its next pair, if there is one.
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
            Type::Boolean | Type::String => true,
            Type::Number => self.state.number_at(-1).is_finite(),
            _ => false,
        }
    }

    /// Whether the keys behind the current one of a list go on in order to the end.
    fn only_elements_follow(&self, frame: &Frame) -> bool {
        let state = self.state;
        let mut expected = f64::from(frame.done);
        state.push_value(frame.table + 1);
        while state.next(frame.table) {
            state.pop(1);
            expected += 1.0;
            if state.type_of(-1) != Type::Number || state.number_at(-1) != expected {
                state.pop(1);
                return false;
            }
        }
        true
    }

    /// Writes what stands before an element or pair.
    fn separate(&mut self, frame: &mut Frame) {
        if frame.empty {
            frame.empty = false;
        } else {
            self.out.push(b',');
        }
        self.new_line(0);
    }

    /// Begins a new line at the depth of the open tables, less `less`, if the text is indented.
    fn new_line(&mut self, less: usize) {
        if self.pretty {
            self.out.push(b'\n');
            for _ in 0..self.level + self.frames.len() - less {
                self.out.extend_from_slice(&self.indent);
            }
        }
    }

    /// Ends the innermost table; its parent finds its own key on the top of the stack.
    fn end(&mut self, frame: &Frame, bracket: u8) -> Result<(), Raise> {
        if !frame.empty {
            self.new_line(1);
        }
        self.out.push(bracket);
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

    /// Writes the key at `index` and the colon.
    fn key(&mut self, index: c_int) -> Result<(), Raise> {
        match self.state.type_of(index) {
            Type::String => {
                let name = self.state.to_bytes(index).unwrap_or_default();
                return self.name(name);
            }
            Type::Number => {
                self.out.push(b'"');
                match self.state.to_num(index) {
                    Some(number) if number.is_finite() => number::write(&mut self.out, number),
                    number => self
                        .out
                        .extend_from_slice(name_of(number.unwrap_or(f64::NAN)).as_bytes()),
                }
                self.out.push(b'"');
            }
            kind => {
                let text = format!(
                    "type '{}' is not supported as a key by JSON",
                    type_name(kind)
                );
                return Err(Raise::Message(self.with_path(&text, true)));
            }
        }
        self.out.push(b':');
        if self.pretty {
            self.out.push(b' ');
        }
        Ok(())
    }

    /// Writes a key that is a string, and the colon. As long as no Lua code runs, a string at the
    /// same address is the same string.
    fn name(&mut self, name: &[u8]) -> Result<(), Raise> {
        let slot = name.as_ptr() as usize / 8 % NAMES;
        let known = &self.names[slot];
        if known.pointer == name.as_ptr() {
            self.out.extend_from_slice(&known.text);
            self.out
                .truncate(self.out.len() - NAME_LENGTH + known.length);
            return Ok(());
        }
        let start = self.out.len();
        self.string(name)?;
        self.out.push(b':');
        if self.pretty {
            self.out.push(b' ');
        }
        let written = &self.out[start..];
        if written.len() <= NAME_LENGTH {
            let known = &mut self.names[slot];
            known.pointer = name.as_ptr();
            known.length = written.len();
            known.text[..written.len()].copy_from_slice(written);
        }
        Ok(())
    }

    fn string(&mut self, text: &[u8]) -> Result<(), Raise> {
        if self.utf8 && std::str::from_utf8(text).is_err() {
            return Err(Raise::Message(
                self.with_path("a string is not valid UTF-8", false),
            ));
        }
        quote::write(&mut self.out, text);
        Ok(())
    }

    /// Writes the value on the top, of type `kind`, and pops it, if it is a scalar that JSON has.
    #[inline(always)]
    fn scalar(&mut self, kind: Type) -> Result<bool, Raise> {
        let state = self.state;
        match kind {
            Type::String => self.string(state.to_bytes(-1).unwrap_or_default())?,
            Type::Number => {
                let number = state.number_at(-1);
                if !number.is_finite() {
                    return Ok(false);
                }
                number::write(&mut self.out, number);
            }
            Type::Boolean => {
                let text: &[u8] = if state.to_bool(-1) { b"true" } else { b"false" };
                self.out.extend_from_slice(text);
            }
            Type::Nil => self.out.extend_from_slice(b"null"),
            _ => return Ok(false),
        }
        state.pop(1);
        Ok(true)
    }

    /// Writes the value on the top and pops it, unless it is a table with something in it: that
    /// becomes the innermost frame.
    fn value(&mut self) -> Result<(), Raise> {
        let kind = self.state.type_of(-1);
        if self.scalar(kind)? {
            return Ok(());
        }
        match kind {
            Type::Table => self.table(),
            Type::Number => {
                let text = format!(
                    "{} is not supported by JSON",
                    name_of(self.state.number_at(-1))
                );
                self.exception("unsupported number", &text)
            }
            _ if self.meta().to_json => self.custom(),
            _ => {
                let text = format!("type '{}' is not supported by JSON", type_name(kind));
                self.exception("unsupported type", &text)
            }
        }
    }

    /// What the metatable of the value on the top says.
    fn meta(&mut self) -> Meta {
        let state = self.state;
        if !state.get_metatable(-1) {
            return Meta::default();
        }
        let pointer = state.to_pointer(-1);
        if let Some((_, meta)) = self.metas.iter().find(|(known, _)| *known == pointer) {
            state.pop(1);
            return *meta;
        }
        let has = |name| {
            state.raw_get_field(-1, name);
            let has = state.to_bool(-1);
            state.pop(1);
            has
        };
        state.raw_get_field(-1, "__jsontype");
        let object = state.type_of(-1) == Type::String && state.to_bytes(-1) == Some(b"object");
        state.pop(1);
        let (to_json, pairs, order) = (has("__tojson"), has("__pairs"), has("__jsonorder"));
        let meta = Meta {
            to_json,
            pairs,
            order,
            object,
        };
        state.pop(1);
        // The names are new strings, which can start the collector and finalizers with it.
        self.epoch += 1;
        self.names = [Name::EMPTY; NAMES];
        self.metas[self.next_meta] = (pointer, meta);
        self.next_meta = (self.next_meta + 1) % METAS;
        meta
    }

    /// Notes that Lua code is about to run, which may change any table.
    fn before_lua(&mut self) {
        self.epoch += 1;
        self.names = [Name::EMPTY; NAMES];
        self.metas = [(std::ptr::null(), Meta::default()); METAS];
    }

    /// Writes the table on the top, or makes it the innermost frame.
    fn table(&mut self) -> Result<(), Raise> {
        let state = self.state;
        if !state.reserve(16) {
            return self.exception("nesting too deep", "no room left on the Lua stack");
        }
        let pointer = state.to_pointer(-1);
        if pointer == self.null {
            self.out.extend_from_slice(b"null");
            state.pop(1);
            return Ok(());
        }
        let meta = self.meta();
        if self.frames.iter().any(|frame| frame.pointer == pointer) {
            return self.exception("reference cycle", "reference cycle");
        }
        if meta.to_json {
            return self.custom();
        }
        if self.frames.len() >= self.max_depth {
            let text = format!("more than {} levels of nesting", self.max_depth);
            return self.exception("nesting too deep", &text);
        }
        if meta.pairs {
            self.copy_by_pairs()?;
        }
        let frame = Frame {
            walk: Walk::Pairs,
            table: state.top(),
            pointer,
            done: 0,
            empty: true,
            epoch: self.epoch,
            start: self.out.len(),
        };
        // The first key mostly tells what it is.
        state.push_nil();
        if !state.next(frame.table) {
            state.pop(1);
            self.out
                .extend_from_slice(if meta.object { b"{}" } else { b"[]" });
            return Ok(());
        }
        let walk = match state.type_of(-2) {
            Type::Number if state.to_num(-2) == Some(1.0) => Some(Walk::List { sure: false }),
            Type::String if state.to_bytes(-2) != Some(b"n") => Some(Walk::Pairs),
            _ => None,
        };
        state.set_top(frame.table);
        match walk {
            Some(walk) => self.begin(Frame { walk, ..frame }, meta.order),
            None => self.begin_counted(&frame),
        }
    }

    /// Begins a table with something in it, which is on the top.
    fn begin(&mut self, mut frame: Frame, own_order: bool) -> Result<(), Raise> {
        let state = self.state;
        let list = matches!(frame.walk, Walk::List { .. } | Walk::Holes { .. });
        self.out.push(if list { b'[' } else { b'{' });
        match frame.walk {
            Walk::List { .. } => state.push_nil(),
            Walk::Pairs => {
                if own_order && self.push_own_order() {
                    frame.walk = Walk::Ordered;
                } else if !state.is_nil(ORDER) {
                    state.push_value(ORDER);
                    state.push_value(ORDER_SET);
                    frame.walk = Walk::Ordered;
                } else {
                    state.push_nil();
                }
            }
            _ => {}
        }
        self.frames.push(frame);
        Ok(())
    }

    /// Pushes the order that the table's metatable asks for, if that is a list.
    fn push_own_order(&self) -> bool {
        let state = self.state;
        if !state.get_metatable(-1) {
            return false;
        }
        state.raw_get_field(-1, "__jsonorder");
        state.remove(-2);
        if state.type_of(-1) != Type::Table {
            state.pop(1);
            return false;
        }
        self.index_order();
        true
    }

    /// Begins the table on the top, whose kind takes a look at every key: dkjson's rules, with `n`
    /// (as `table.pack` sets it) counting as a length only beside elements.
    fn begin_counted(&mut self, frame: &Frame) -> Result<(), Raise> {
        let state = self.state;
        let meta = self.meta();
        let (mut max, mut count, mut packed) = (0.0f64, 0u32, None);
        let mut object = false;
        state.push_nil();
        while state.next(frame.table) {
            match state.type_of(-2) {
                Type::Number => {
                    let key = state.to_num(-2).unwrap_or(0.0);
                    object |= !(1.0..=f64::from(1 << 30)).contains(&key) || key.fract() != 0.0;
                    max = max.max(key);
                    count += 1;
                }
                Type::String
                    if !meta.object
                        && state.to_bytes(-2) == Some(b"n")
                        && state.type_of(-1) == Type::Number =>
                {
                    packed = state.to_num(-1);
                }
                _ => object = true,
            }
            state.pop(1);
        }
        if let Some(length) = packed {
            let fits = (0.0..=MAX_PACKED).contains(&length) && length.fract() == 0.0;
            object |= !fits || count == 0;
            if length >= max {
                max = length;
                count = u32::MAX;
            }
        }
        object |= max > 10.0 && max > f64::from(count) * 2.0;
        let walk = if object {
            Walk::Pairs
        } else {
            Walk::Holes { length: max as u32 }
        };
        self.begin(
            Frame {
                walk,
                done: 0,
                empty: true,
                ..*frame
            },
            meta.order,
        )
    }

    /// Replaces the table on the top by a plain one with the pairs that its `__pairs` gives, and
    /// its metatable.
    fn copy_by_pairs(&mut self) -> Result<(), Raise> {
        let state = self.state;
        let table = state.top();
        self.before_lua();
        state.get_metatable(table);
        state.raw_get_field(-1, "__pairs");
        state.replace(table + 1);
        state.push_value(table);
        state.pcall(1, 3, 0).map_err(|()| Raise::Top)?;
        // Stack: table, iterator, its state, control.
        state.new_table(0, 0);
        loop {
            state.push_value(table + 1);
            state.push_value(table + 2);
            state.push_value(table + 3);
            state.pcall(2, 2, 0).map_err(|()| Raise::Top)?;
            if state.is_nil(-2) {
                break;
            }
            state.push_value(-2);
            state.replace(table + 3);
            if state.type_of(-2) == Type::Number && state.to_num(-2).is_some_and(f64::is_nan) {
                state.pop(2);
                continue;
            }
            state.raw_set(table + 4);
        }
        state.pop(2);
        if state.get_metatable(table) {
            state.set_metatable(table + 4);
        }
        state.replace(table);
        state.set_top(table);
        Ok(())
    }

    /// Lets the `__tojson` of the value on the top write it.
    fn custom(&mut self) -> Result<(), Raise> {
        let state = self.state;
        let value = state.top();
        state.get_metatable(value);
        state.raw_get_field(-1, "__tojson");
        state.replace(value + 1);
        self.flush();
        state.push_value(value);
        state.push_value(OPTIONS);
        state.pcall(2, 2, 0).map_err(|()| Raise::Top)?;
        if !state.to_bool(-2) {
            let message = state
                .to_bytes(-1)
                .map(|text| String::from_utf8_lossy(text).into_owned());
            state.set_top(value);
            let message = message.unwrap_or_else(|| "custom encoder failed".into());
            return self.exception("custom encoder failed", &message);
        }
        self.append_result(-2);
        state.set_top(value - 1);
        Ok(())
    }

    /// Asks the exception handler what to write for the value on the top, and pops it; an error if
    /// there is no handler, or no answer.
    fn exception(&mut self, reason: &str, message: &str) -> Result<(), Raise> {
        let state = self.state;
        if !state.to_bool(HANDLER) {
            return Err(Raise::Message(self.with_path(message, false)));
        }
        if !state.reserve(16) {
            return Err(Raise::message(message));
        }
        let value = state.top();
        self.flush();
        state.push_value(HANDLER);
        state.push_str(reason);
        state.push_value(value);
        state.push_value(OPTIONS);
        state.push_str(message);
        state.pcall(4, 2, 0).map_err(|()| Raise::Top)?;
        if !state.to_bool(-2) {
            let own = state
                .to_bytes(-1)
                .map(|text| String::from_utf8_lossy(text).into_owned());
            return Err(Raise::Message(
                own.unwrap_or_else(|| self.with_path(message, false)),
            ));
        }
        self.append_result(-2);
        state.set_top(value - 1);
        Ok(())
    }

    /// Writes what a custom encoder returned at `index`, if it is a string.
    fn append_result(&mut self, index: c_int) {
        if self.state.type_of(index) == Type::String {
            self.out
                .extend_from_slice(self.state.to_bytes(index).unwrap_or_default());
        }
    }

    /// Moves the text so far to `state.buffer`, before Lua code runs that may append there.
    fn flush(&mut self) {
        let state = self.state;
        self.before_lua();
        if state.is_nil(OPTIONS) {
            state.new_table(0, 4);
            state.replace(OPTIONS);
        }
        if state.is_nil(BUFFER) {
            state.new_table(8, 0);
            state.replace(BUFFER);
        }
        state.push_value(BUFFER);
        state.raw_set_field(OPTIONS, "buffer");
        let mut length = self.buffer_length();
        if !self.out.is_empty() {
            length = length.saturating_add(1);
            state.push_bytes(&self.out);
            state.raw_set_index(BUFFER, length);
            self.out.clear();
            for frame in &mut self.frames {
                frame.start = 0;
            }
        }
        state.push_num(length.into());
        state.raw_set_field(OPTIONS, "bufferlen");
        state.push_num((self.level + self.frames.len()) as f64);
        state.raw_set_field(OPTIONS, "level");
        self.flushed = true;
    }

    /// How many pieces `state.buffer` has: `state.bufferlen`, or its own length.
    fn buffer_length(&self) -> c_int {
        let state = self.state;
        state.raw_get_field(OPTIONS, "bufferlen");
        let length = state.to_num(-1);
        state.pop(1);
        match length {
            Some(length) if (0.0..=f64::from(1 << 25)).contains(&length) => length as c_int,
            _ => state.raw_len(BUFFER).min(1 << 25) as c_int,
        }
    }

    /// The result when pieces were flushed, or belong into the caller's buffer.
    fn finish_buffer(&mut self) -> Ret {
        let state = self.state;
        self.flush();
        state.push_num(self.level as f64);
        state.raw_set_field(OPTIONS, "level");
        if !self.own_buffer {
            state.push_bool(true);
            return Ok(1);
        }
        let pieces = self.buffer_length();
        let mut text = std::mem::take(&mut self.out);
        for index in 1..=pieces {
            state.raw_get_index(BUFFER, index);
            let Some(piece) = state.to_bytes(-1) else {
                return Err(Raise::message(format!(
                    "state.buffer[{index}] is not a string"
                )));
            };
            text.extend_from_slice(piece);
            state.pop(1);
        }
        self.forget_buffer();
        if text.len() > MAX_TEXT {
            return Err(Raise::message(
                "the JSON text is longer than a string can be",
            ));
        }
        state.push_bytes(&text);
        Ok(1)
    }

    /// Leaves the caller's options as they were.
    fn forget_buffer(&self) {
        let state = self.state;
        for name in ["buffer", "bufferlen"] {
            state.push_nil();
            state.raw_set_field(OPTIONS, name);
        }
        state.push_num(self.level as f64);
        state.raw_set_field(OPTIONS, "level");
    }

    /// `message`, and where the value is that it is about. The key of the innermost table is left
    /// out if it is the key that is wrong.
    fn with_path(&self, message: &str, of_key: bool) -> String {
        let state = self.state;
        let mut path = String::new();
        let known = self.frames.len() - usize::from(of_key);
        for frame in &self.frames[..known] {
            let key = match frame.walk {
                Walk::List { .. } | Walk::Holes { .. } => {
                    path.push_str(&format!("[{}]", frame.done));
                    continue;
                }
                Walk::Pairs => frame.table + 1,
                Walk::Ordered | Walk::Rest => frame.table + 3,
            };
            match state.type_of(key) {
                Type::String => {
                    let name = String::from_utf8_lossy(state.to_bytes(key).unwrap_or_default());
                    if !path.is_empty() {
                        path.push('.');
                    }
                    path.push_str(&name);
                }
                _ => path.push_str(&format!("[{}]", state.to_num(key).unwrap_or(0.0))),
            }
            if path.len() > 200 {
                path.truncate(path.floor_char_boundary(200));
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

fn type_name(kind: Type) -> &'static str {
    match kind {
        Type::None | Type::Nil => "nil",
        Type::Boolean => "boolean",
        Type::LightUserdata | Type::Userdata => "userdata",
        Type::Number => "number",
        Type::String => "string",
        Type::Table => "table",
        Type::Function => "function",
        Type::Thread => "thread",
        Type::Cdata => "cdata",
    }
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
