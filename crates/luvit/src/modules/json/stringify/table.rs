//! What a table is in JSON: an array or an object, and what its metatable says about it.

use super::{Frame, MAX_PACKED, METAS, Meta, NAMES, ORDER, ORDER_SET, Walk, Writer};
use crate::lua::{Raise, State, Type};

/// From so many fields of a metatable on, ours are asked for by name.
const MANY_FIELDS: usize = 16;

impl Meta {
    const FIELDS: [&str; 4] = ["__tojson", "__pairs", "__jsonorder", "__jsontype"];

    /// Takes note of the field `name`, whose value is on the top.
    fn note(&mut self, state: State, name: &[u8]) {
        match name {
            b"__tojson" => self.to_json = state.to_bool(-1),
            b"__pairs" => self.pairs = state.to_bool(-1),
            b"__jsonorder" => self.order = state.to_bool(-1),
            b"__jsontype" => {
                let string = state.type_of(-1) == Type::String;
                self.object = string && state.to_bytes(-1) == Some(b"object");
            }
            _ => {}
        }
    }
}

impl Writer {
    /// What the metatable of the value on the top says.
    pub(super) fn meta(&mut self) -> Meta {
        let state = self.state;
        if !state.get_metatable(-1) {
            return Meta::default();
        }
        let pointer = state.to_pointer(-1);
        if let Some((_, meta)) = self.metas.iter().find(|(known, _)| *known == pointer) {
            state.pop(1);
            return *meta;
        }
        let meta = self.read_meta();
        state.pop(1);
        self.metas[self.next_meta] = (pointer, meta);
        self.next_meta = (self.next_meta + 1) % METAS;
        meta
    }

    /// Reads the metatable on the top. Most have a few fields: walking over them is faster than
    /// asking for each of ours.
    fn read_meta(&mut self) -> Meta {
        let state = self.state;
        let mut meta = Meta::default();
        let metatable = state.top();
        let mut fields = 0;
        state.push_nil();
        while state.next(metatable) {
            if state.type_of(-2) == Type::String {
                meta.note(state, state.to_bytes(-2).unwrap_or_default());
            }
            state.pop(1);
            fields += 1;
            if fields == MANY_FIELDS {
                state.pop(1);
                for name in Meta::FIELDS {
                    state.raw_get_field(metatable, name);
                    meta.note(state, name.as_bytes());
                    state.pop(1);
                }
                // The names are new strings, which can start the collector and finalizers with it.
                self.epoch += 1;
                self.scratch.names = [std::ptr::null(); NAMES];
                break;
            }
        }
        meta
    }

    /// Writes the table on the top, or makes it the innermost frame.
    pub(super) fn table(&mut self) -> Result<(), Raise> {
        let state = self.state;
        if !state.reserve(16) {
            return self.exception("nesting too deep", "no room left on the Lua stack");
        }
        let pointer = state.to_pointer(-1);
        if pointer == self.null {
            self.scratch.out.extend_from_slice(b"null");
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
            start: self.scratch.out.len(),
        };
        // The first key mostly tells what it is.
        state.push_nil();
        if !state.next(frame.table) {
            state.pop(1);
            self.scratch
                .out
                .extend_from_slice(if meta.object { b"{}" } else { b"[]" });
            return Ok(());
        }
        match state.type_of(-2) {
            Type::String if !matches!(state.to_bytes(-2), Some(b"n")) => {
                self.begin_object(frame, meta.order);
            }
            Type::Number if state.number_at(-2) == 1.0 => {
                self.scratch.out.push(b'[');
                self.frames.push(Frame {
                    walk: Walk::List,
                    ..frame
                });
            }
            _ => {
                state.set_top(frame.table);
                return self.begin_counted(&frame);
            }
        }
        Ok(())
    }

    /// Begins an object whose first pair is on the top.
    fn begin_object(&mut self, mut frame: Frame, own_order: bool) {
        let state = self.state;
        self.scratch.out.push(b'{');
        if own_order || !state.is_nil(ORDER) {
            state.set_top(frame.table);
            if own_order && self.push_own_order() {
                frame.walk = Walk::Ordered;
            } else if !state.is_nil(ORDER) {
                state.push_value(ORDER);
                state.push_value(ORDER_SET);
                frame.walk = Walk::Ordered;
            } else {
                state.push_nil();
                state.next(frame.table);
            }
        }
        self.frames.push(frame);
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
    pub(super) fn begin_counted(&mut self, frame: &Frame) -> Result<(), Raise> {
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
        let frame = Frame {
            done: 0,
            empty: true,
            ..*frame
        };
        if object {
            state.push_nil();
            state.next(frame.table);
            self.begin_object(
                Frame {
                    walk: Walk::Pairs,
                    ..frame
                },
                meta.order,
            );
        } else {
            self.scratch.out.push(b'[');
            self.frames.push(Frame {
                walk: Walk::Elements { length: max as u32 },
                ..frame
            });
        }
        Ok(())
    }
}
