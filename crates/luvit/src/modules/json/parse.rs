//! JSON text to Lua values.
//!
//! The parser keeps its own list of open containers, so the depth of a document costs no native
//! stack. Values wait on the Lua stack until their container closes, which gives tables of exactly
//! the right size. Documents of records get more: keys seen before are copied from fixed stack
//! slots instead of being interned again, the key that followed last time is tried first, and a
//! record's table is made with the size of the previous one and filled directly.

use std::cell::Cell;
use std::ffi::c_int;

use super::number;
use super::quote::{self, Wrong};
use super::raw;
use super::text::{Failure, found, position, skip_blank, unterminated};
use crate::lua::State;

/// Depth of a document unless the options say otherwise.
pub(super) const DEFAULT_DEPTH: usize = 1000;
/// Most that the options can ask for; Lua's limit of 8000 stack slots per function is behind it.
pub(super) const MAX_DEPTH: usize = 2000;

/// Values that wait for their container at most.
const PENDING: u32 = 64;
/// Stack slots in use from which no value waits while an inner container is read.
const CROWDED: c_int = 2000;
/// Keys remembered at most.
const KEYS: usize = 128;
/// Elements of one array, pairs of one object: LuaJIT raises an error beyond.
const MAX_LENGTH: u32 = 1 << 25;
/// Containers and bytes that the memory kept from call to call has room for.
const KEPT_DEPTH: usize = 32;
const KEPT_SCRATCH: usize = 4096;
/// Largest table made before its content is known.
const MAX_GUESS: u32 = 1024;

/// How to read a document. Stack indices are those of the call.
pub(super) struct Options {
    /// Whether `//` and `/* */` comments count as white space.
    pub(super) comments: bool,
    /// Whether the whole document must be valid UTF-8, without halves of surrogate pairs.
    pub(super) utf8: bool,
    /// Containers that may be open at the same time.
    pub(super) max_depth: usize,
    /// Where the value of `null` is.
    pub(super) null: c_int,
    /// Where the metatable of objects is, 0 for none.
    pub(super) object_meta: c_int,
    /// Where the metatable of arrays is, 0 for none.
    pub(super) array_meta: c_int,
}

/// Reads the value that begins at `at` or behind white space there, pushes it and returns the
/// offset behind it. On `Err` the stack may hold leftovers.
pub(super) fn parse(
    state: State,
    text: &[u8],
    at: usize,
    options: &Options,
) -> Result<usize, Failure> {
    let keys = (text.len() / 16).next_power_of_two().clamp(4, KEYS);
    let base = state.top();
    let mut memory = SPARE.take();
    memory.keys.clear();
    memory.keys.resize(keys, Key::default());
    let mut parser = Parser {
        state,
        text,
        at: at.min(text.len()),
        options,
        null_is_nil: state.is_nil(options.null),
        top: base,
        room: base,
        key_slots: base + 1,
        keys: memory.keys,
        open: memory.open,
        scratch: memory.scratch,
    };
    let result = parser.document(keys as c_int);
    let Parser {
        at,
        keys,
        mut open,
        mut scratch,
        ..
    } = parser;
    open.clear();
    open.shrink_to(KEPT_DEPTH);
    scratch.clear();
    scratch.shrink_to(KEPT_SCRATCH);
    SPARE.set(Memory {
        keys,
        open,
        scratch,
    });
    result.map(|()| at)
}

thread_local! {
    static SPARE: Cell<Memory> = const {
        Cell::new(Memory { keys: Vec::new(), open: Vec::new(), scratch: Vec::new() })
    };
}

/// Memory that one call leaves to the next.
#[derive(Default)]
struct Memory {
    keys: Vec<Key>,
    open: Vec<Frame>,
    scratch: Vec<u8>,
}

/// What the last object at some place of a document looked like.
#[derive(Copy, Clone, Default)]
struct Shape {
    /// Its first key.
    first: u8,
    /// Its number of pairs; 0 when unknown or in use.
    pairs: u32,
}

impl Shape {
    fn take(&mut self) -> Shape {
        Shape {
            first: self.first,
            pairs: std::mem::take(&mut self.pairs),
        }
    }
}

/// A remembered key; its Lua string is in the stack slot of the same number.
#[derive(Copy, Clone, Default)]
struct Key {
    /// Where it was read, behind the opening quote. A length of 0 is an unused entry.
    at: usize,
    /// Its length with the closing quote.
    length: usize,
    /// Its first eight bytes, and its last eight if it is longer; with the quote.
    ends: (u64, u64),
    /// The key that came after it last time.
    next: u8,
    /// The object that was its value last time, or the objects in the array that was.
    child: Shape,
}

impl Key {
    /// The length of this key with its quote, if it stands in `text` at `start`; 0 if not.
    #[inline(always)]
    fn found(&self, text: &[u8], start: usize) -> usize {
        let same = match (self.length, raw::word(text, start)) {
            (0, _) => false,
            (length @ 1..=8, Some(word)) => (word ^ self.ends.0) << (64 - 8 * length) == 0,
            (length @ 9..=16, Some(word)) => {
                word == self.ends.0 && raw::word(text, start + length - 8) == Some(self.ends.1)
            }
            (length, _) => {
                text.get(start..start + length) == Some(&text[self.at..self.at + length])
            }
        };
        if same { self.length } else { 0 }
    }
}

#[derive(Copy, Clone, PartialEq, Eq)]
enum Kind {
    /// The place of the document's one value.
    Document,
    Array,
    Object,
}

/// A container that is being read.
#[derive(Copy, Clone)]
struct Frame {
    kind: Kind,
    /// Whether the table exists already (at `base`) and values go into it at once; otherwise they
    /// wait from `base` on.
    direct: bool,
    /// Entry of the key read last.
    key: u8,
    base: c_int,
    /// Elements or pairs so far.
    count: u32,
    /// Whether a key was read.
    begun: bool,
    start: usize,
    /// An object's first key; the objects in an array.
    shape: Shape,
}

struct Parser<'a> {
    state: State,
    text: &'a [u8],
    at: usize,
    options: &'a Options,
    null_is_nil: bool,
    /// The height of the Lua stack, and up to where it may grow.
    top: c_int,
    room: c_int,
    key_slots: c_int,
    keys: Vec<Key>,
    scratch: Vec<u8>,
    /// The containers around the current one.
    open: Vec<Frame>,
}

impl Parser<'_> {
    fn document(&mut self, keys: c_int) -> Result<(), Failure> {
        self.make_room(keys)?;
        self.top += keys;
        self.state.set_top(self.top);
        if self.options.utf8
            && let Err(error) = std::str::from_utf8(self.text)
        {
            return Err(self.fail(error.valid_up_to(), "invalid UTF-8".into()));
        }
        if self.at == 0 && self.text.starts_with(b"\xef\xbb\xbf") {
            self.at = 3;
        }
        let mut frame = Frame {
            kind: Kind::Document,
            direct: false,
            key: 0,
            base: self.top + 1,
            count: 0,
            begun: false,
            start: self.at,
            shape: Shape::default(),
        };
        loop {
            // A value is due here.
            if self.top + 8 > self.room {
                self.make_room(256)?;
            }
            let mut dropped = false;
            match self.blank()? {
                b'"' => {
                    self.at += 1;
                    self.string()?;
                }
                byte @ (b'{' | b'[') => {
                    let start = self.at;
                    if self.open.len() >= self.options.max_depth {
                        let limit = self.options.max_depth;
                        return Err(
                            self.fail(start, format!("more than {limit} levels of nesting"))
                        );
                    }
                    self.at += 1;
                    let kind = if byte == b'{' {
                        Kind::Object
                    } else {
                        Kind::Array
                    };
                    if self.blank()? == byte + 2 {
                        self.at += 1;
                        self.state.new_table(0, 0);
                        self.top += 1;
                        self.finish_table(kind);
                    } else {
                        self.enter(&mut frame, kind, start);
                        if kind == Kind::Object {
                            self.key(&mut frame)?;
                        }
                        continue;
                    }
                }
                b'-' | b'0'..=b'9' => match number::parse(self.text, self.at) {
                    Ok((value, end)) => {
                        self.state.push_num(value);
                        self.top += 1;
                        self.at = end;
                    }
                    Err(at) => return Err(self.expected("a digit", at)),
                },
                b't' if self.word(b"true") => self.state.push_bool(true),
                b'f' if self.word(b"false") => self.state.push_bool(false),
                b'n' if self.word(b"null") => {
                    self.state.push_value(self.options.null);
                    dropped =
                        frame.kind == Kind::Object && self.null_is_nil && self.drop_pair(&frame);
                }
                _ if self.at >= self.text.len() && frame.kind == Kind::Document => {
                    return Err(self.expected("a value", self.at));
                }
                _ => return Err(self.unexpected(&frame, "a value")),
            }
            // A value is on the top of the stack: store it, and close what ends behind it.
            loop {
                match frame.kind {
                    Kind::Document => return Ok(()),
                    Kind::Array => {
                        frame.count += 1;
                        if frame.direct {
                            if frame.count > MAX_LENGTH {
                                return Err(self.too_long(&frame));
                            }
                            self.state.raw_set_index(frame.base, frame.count as c_int);
                            self.top -= 1;
                        } else if frame.count == PENDING {
                            self.settle(&mut frame);
                        }
                        match self.blank()? {
                            b',' => {
                                self.at += 1;
                                break;
                            }
                            b']' => self.at += 1,
                            _ => return Err(self.unexpected(&frame, "',' or ']'")),
                        }
                    }
                    Kind::Object => {
                        frame.count += u32::from(!dropped);
                        if dropped {
                            dropped = false;
                        } else if frame.direct {
                            if frame.count > MAX_LENGTH {
                                return Err(self.too_long(&frame));
                            }
                            self.state.raw_set(frame.base);
                            self.top -= 2;
                        } else if frame.count == PENDING {
                            self.settle(&mut frame);
                        }
                        match self.blank()? {
                            b',' => {
                                self.at += 1;
                                self.key(&mut frame)?;
                                break;
                            }
                            b'}' => self.at += 1,
                            _ => return Err(self.unexpected(&frame, "',' or '}'")),
                        }
                    }
                }
                frame = self.leave(frame);
            }
        }
    }

    /// Begins a container that is not empty, behind its bracket.
    fn enter(&mut self, frame: &mut Frame, kind: Kind, start: usize) {
        if self.top > CROWDED && !frame.direct && frame.count > 0 {
            self.settle(frame);
        }
        // The shape is taken, not copied: a deep document cannot make every level guess large.
        let shape = match frame.kind {
            Kind::Document => Shape::default(),
            Kind::Array => frame.shape.take(),
            Kind::Object => self.keys[usize::from(frame.key)].child.take(),
        };
        self.open.push(*frame);
        let direct = kind == Kind::Object && shape.pairs > 0;
        *frame = Frame {
            kind,
            direct,
            key: 0,
            base: self.top + 1,
            count: 0,
            begun: false,
            start,
            shape,
        };
        if direct {
            self.state.new_table(0, shape.pairs.min(MAX_GUESS) as usize);
            self.top += 1;
        }
    }

    /// Ends the container: leaves its table on the top, returns the container around it.
    fn leave(&mut self, mut frame: Frame) -> Frame {
        if !frame.direct {
            self.settle(&mut frame);
        }
        self.finish_table(frame.kind);
        let mut parent = self
            .open
            .pop()
            .expect("a container is inside another, or the document");
        let shape = match frame.kind {
            Kind::Object => Shape {
                first: frame.shape.first,
                pairs: frame.count,
            },
            _ => frame.shape,
        };
        match parent.kind {
            Kind::Document => {}
            Kind::Array => parent.shape = shape,
            Kind::Object => self.keys[usize::from(parent.key)].child = shape,
        }
        parent
    }

    /// Drops a key and its `nil` from the top, which need no place in the table, unless an earlier
    /// value of the same key must go.
    fn drop_pair(&mut self, frame: &Frame) -> bool {
        let state = self.state;
        let key = self.top - 1;
        let repeated = if frame.direct {
            state.push_value(key);
            state.raw_get(frame.base);
            let known = !state.is_nil(-1);
            state.pop(1);
            known
        } else {
            (0..frame.count as c_int).any(|pair| state.raw_equal(frame.base + 2 * pair, key))
        };
        if !repeated {
            self.top -= 2;
            state.set_top(self.top);
        }
        !repeated
    }

    /// Makes the table of a container whose values have been waiting, and moves them in. An
    /// object's key that still lacks its value stays on the top.
    fn settle(&mut self, frame: &mut Frame) {
        let state = self.state;
        let count = frame.count as c_int;
        match frame.kind {
            Kind::Document => return,
            Kind::Array => {
                state.new_table(frame.count as usize, 0);
                state.insert(frame.base);
                for index in (1..=count).rev() {
                    state.raw_set_index(frame.base, index);
                }
            }
            Kind::Object => {
                let unpaired = self.top - frame.base + 1 - 2 * count;
                state.new_table(0, frame.count as usize);
                // In the order of the text, so that of equal keys the last one wins.
                for pair in 0..count {
                    state.push_value(frame.base + 2 * pair);
                    state.push_value(frame.base + 2 * pair + 1);
                    state.raw_set(self.top + 1);
                }
                if unpaired == 1 {
                    state.push_value(self.top);
                    state.replace(frame.base + 1);
                }
                if count > 0 {
                    state.replace(frame.base);
                }
                state.set_top(frame.base + unpaired);
            }
        }
        self.top = state.top();
        frame.direct = true;
    }

    /// Gives the table on the top its metatable.
    fn finish_table(&self, kind: Kind) {
        let meta = match kind {
            Kind::Object => self.options.object_meta,
            _ => self.options.array_meta,
        };
        if meta != 0 {
            self.state.push_value(meta);
            self.state.set_metatable(self.top);
        }
    }

    /// Reads a key and its colon, pushes the key.
    fn key(&mut self, frame: &mut Frame) -> Result<(), Failure> {
        if self.blank()? != b'"' {
            return Err(self.unexpected(
                frame,
                if !frame.begun {
                    "a key or '}'"
                } else {
                    "a key"
                },
            ));
        }
        let start = self.at + 1;
        let guess = if !frame.begun {
            frame.shape.first
        } else {
            self.keys[usize::from(frame.key)].next
        };
        let length = self.keys[usize::from(guess)].found(self.text, start);
        let entry = if length > 0 {
            self.state.push_value(self.key_slots + c_int::from(guess));
            self.top += 1;
            self.at = start + length;
            guess
        } else {
            self.find_key(start)?
        };
        if !frame.begun {
            frame.shape.first = entry;
        } else {
            self.keys[usize::from(frame.key)].next = entry;
        }
        frame.begun = true;
        frame.key = entry;
        if self.blank()? != b':' {
            return Err(self.unexpected(frame, "':'"));
        }
        self.at += 1;
        Ok(())
    }

    /// Reads the key at `start`, behind its quote, and remembers it.
    fn find_key(&mut self, start: usize) -> Result<u8, Failure> {
        let end = quote::plain_end(self.text, start);
        self.at = start;
        if self.text.get(end) != Some(&b'"') {
            // Keys with escapes are rare: they share one entry that never matches.
            self.string()?;
            self.keys[0] = Key {
                length: 0,
                ..self.keys[0]
            };
            return Ok(0);
        }
        let name = &self.text[start..end];
        let sum = name
            .iter()
            .take(8)
            .fold(name.len(), |sum, &b| sum.wrapping_mul(31) + usize::from(b));
        let sum = sum.wrapping_add(name.last().map_or(0, |&b| usize::from(b) << 3));
        let slot = sum & (self.keys.len() - 1);
        let length = end + 1 - start;
        self.at = end + 1;
        self.top += 1;
        let place = self.key_slots + slot as c_int;
        if self.keys[slot].found(self.text, start) == length {
            self.state.push_value(place);
        } else {
            self.state.push_bytes(name);
            self.state.push_value(self.top);
            self.state.replace(place);
            let word = |at| raw::word(self.text, at).unwrap_or(0);
            let ends = (word(start), if length > 8 { word(end - 7) } else { 0 });
            self.keys[slot] = Key {
                at: start,
                length,
                ends,
                ..Key::default()
            };
        }
        Ok(slot as u8)
    }

    /// Reads a string behind its quote and pushes it.
    fn string(&mut self) -> Result<(), Failure> {
        let start = self.at;
        let mut end = quote::plain_end(self.text, start);
        if self.text.get(end) == Some(&b'"') {
            self.state.push_bytes(&self.text[start..end]);
        } else {
            end = match quote::unescape(self.text, start, self.options.utf8, &mut self.scratch) {
                Ok(end) => end,
                Err((at, wrong)) => return Err(self.wrong_string(start - 1, at, wrong)),
            };
            self.state.push_bytes(&self.scratch);
        }
        self.top += 1;
        self.at = end + 1;
        Ok(())
    }

    /// Whether `word` stands here and ends here; moves behind it and counts the value to push.
    fn word(&mut self, word: &[u8]) -> bool {
        let end = self.at + word.len();
        let whole = self.text[self.at..].starts_with(word)
            && !self
                .text
                .get(end)
                .is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_');
        if whole {
            self.at = end;
            self.top += 1;
        }
        whole
    }

    /// Skips white space and comments; the byte there, 0 at the end.
    #[inline(always)]
    fn blank(&mut self) -> Result<u8, Failure> {
        match self.text.get(self.at) {
            Some(&byte) if byte > b' ' && byte != b'/' => Ok(byte),
            _ => self.skip(),
        }
    }

    fn skip(&mut self) -> Result<u8, Failure> {
        self.at = skip_blank(self.text, self.at, self.options.comments)?;
        Ok(self.text.get(self.at).copied().unwrap_or(0))
    }

    fn make_room(&mut self, slots: c_int) -> Result<(), Failure> {
        // Some more than asked for, for the moment in which a table is made.
        if !self.state.reserve(self.top - self.state.top() + slots + 16) {
            return Err(self.fail(self.at, "no room left on the Lua stack".into()));
        }
        self.room = self.top + slots;
        Ok(())
    }

    fn fail(&self, at: usize, message: String) -> Failure {
        Failure {
            at,
            message: format!("{message} at {}", position(self.text, at)),
        }
    }

    fn expected(&self, what: &str, at: usize) -> Failure {
        self.fail(
            at,
            format!("expected {what}, found {}", found(self.text, at)),
        )
    }

    /// Something else than `what` stands here; the end of the text is the container's fault.
    fn unexpected(&self, frame: &Frame, what: &str) -> Failure {
        match frame.kind {
            Kind::Array if self.at >= self.text.len() => {
                unterminated(self.text, "array", frame.start)
            }
            Kind::Object if self.at >= self.text.len() => {
                unterminated(self.text, "object", frame.start)
            }
            _ => self.expected(what, self.at),
        }
    }

    fn too_long(&self, frame: &Frame) -> Failure {
        self.fail(
            frame.start,
            format!("more than {MAX_LENGTH} values in the container that begins"),
        )
    }

    fn wrong_string(&self, start: usize, at: usize, wrong: Wrong) -> Failure {
        match wrong {
            Wrong::Unterminated => unterminated(self.text, "string", start),
            Wrong::Control => {
                let byte = self.text[at];
                self.fail(
                    at,
                    format!("control character 0x{byte:02x} in a string (must be escaped)"),
                )
            }
            Wrong::Escape => {
                let shown = found(self.text, at + 1);
                self.fail(
                    at,
                    format!("invalid escape in a string: backslash and {shown}"),
                )
            }
            Wrong::Surrogate => self.fail(at, "half of a surrogate pair in a string".into()),
        }
    }
}
