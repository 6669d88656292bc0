//! Where Lua code takes part: `__tojson`, `__pairs`, exception handlers, and the text they share
//! with us in `state.buffer`.

use std::ffi::c_int;

use super::{BUFFER, HANDLER, MAX_TEXT, METAS, Meta, NAMES, OPTIONS, Writer};
use crate::lua::{Raise, Ret, Type};

impl Writer {
    /// Notes that Lua code is about to run, which may change any table.
    fn before_lua(&mut self) {
        self.epoch += 1;
        self.scratch.names = [std::ptr::null(); NAMES];
        self.metas = [(std::ptr::null(), Meta::default()); METAS];
    }

    /// Replaces the table on the top by a plain one with the pairs that its `__pairs` gives, and
    /// its metatable.
    pub(super) fn copy_by_pairs(&mut self) -> Result<(), Raise> {
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
    pub(super) fn custom(&mut self) -> Result<(), Raise> {
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
    pub(super) fn exception(&mut self, reason: &str, message: &str) -> Result<(), Raise> {
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
            self.scratch
                .out
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
        if !self.scratch.out.is_empty() {
            length = length.saturating_add(1);
            state.push_bytes(&self.scratch.out);
            state.raw_set_index(BUFFER, length);
            self.scratch.out.clear();
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
    pub(super) fn finish_buffer(&mut self) -> Ret {
        let state = self.state;
        self.flush();
        state.push_num(self.level as f64);
        state.raw_set_field(OPTIONS, "level");
        if !self.own_buffer {
            state.push_bool(true);
            return Ok(1);
        }
        let pieces = self.buffer_length();
        let mut text = std::mem::take(&mut self.scratch.out);
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
    pub(super) fn forget_buffer(&self) {
        let state = self.state;
        for name in ["buffer", "bufferlen"] {
            state.push_nil();
            state.raw_set_field(OPTIONS, name);
        }
        state.push_num(self.level as f64);
        state.raw_set_field(OPTIONS, "level");
    }
}
