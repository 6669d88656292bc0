//! What the caller asked for: the fields of `state`.

use std::ffi::c_int;

use super::super::depth_option;
use super::{BUFFER, FIRST, HANDLER, MAX_INDENT, OPTIONS, ORDER, ORDER_SET, Writer};
use crate::lua::{Call, Raise, Type};

impl Writer {
    pub(super) fn read_options(&mut self, call: &Call) -> Result<(), Raise> {
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
    pub(super) fn index_order(&self) {
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
}
