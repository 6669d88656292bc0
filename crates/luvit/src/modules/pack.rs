//! `luvit:pack`: `string.pack`, `string.unpack` and `string.packsize` of Lua 5.3 (reference manual,
//! 6.4.2), which LuaJIT lacks.
//!
//! LuaJIT's numbers are doubles. Integers are exact up to 2^53; an 8-byte integer beyond is read as
//! the nearest double, and `J` and `I8` read as what they are, never negative.

use std::ffi::{c_int, c_long};

use crate::lua::{Call, Raise, Ret, State};
use crate::shared::Shared;

/// Largest size of an integer.
const MAX_INTEGER: usize = 16;
/// Size of Lua 5.3's own integers.
const LUA_INTEGER: usize = 8;
/// What `!` alone aligns to: the strictest alignment of C's and Lua's types.
const MAX_ALIGNMENT: usize = 8;
/// Longest result: what fits a Lua string.
const MAX_RESULT: usize = 0x7fff_0000;

/// Pushes the table of functions.
pub(crate) fn open(state: State, shared: *const Shared) {
    state.new_table(0, 3);
    state.set_function(shared, "pack", pack);
    state.set_function(shared, "unpack", unpack);
    state.set_function(shared, "packsize", packsize);
}

/// What one option of a format stands for.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
enum Item {
    /// `b h i l j`.
    Signed(usize),
    /// `B H I L J T`.
    Unsigned(usize),
    /// `f`.
    Float,
    /// `d`, `n`.
    Double,
    /// `cN`: a string of N bytes.
    Fixed(usize),
    /// `sN`: a string behind its length in N bytes.
    Counted(usize),
    /// `z`: a string that ends with a zero byte.
    Terminated,
    /// `x`: a byte of padding.
    Padding,
    /// `X` with its option: padding up to that option's alignment.
    Align,
}

/// A format string that is read option by option.
struct Format<'a> {
    text: &'a [u8],
    at: usize,
    little: bool,
    max_align: usize,
}

impl<'a> Format<'a> {
    fn new(text: &'a [u8]) -> Format<'a> {
        Format {
            text,
            at: 0,
            little: cfg!(target_endian = "little"),
            max_align: 1,
        }
    }

    /// The next item, and the padding before it when `offset` bytes have been used.
    fn next(&mut self, offset: usize) -> Result<Option<(Item, usize)>, Raise> {
        let Some((item, mut align)) = self.option()? else {
            return Ok(None);
        };
        if item == Item::Align {
            let rest = self.text.get(self.at).copied();
            align = match self.option()? {
                Some((Item::Fixed(_), _)) | None => 0,
                // An option that only sets a mode is none that `X` could align to.
                Some(_) if matches!(rest, Some(b' ' | b'<' | b'>' | b'=' | b'!')) => 0,
                Some((_, align)) => align,
            };
            if align == 0 {
                return Err(Raise::Argument(
                    1,
                    "invalid next option for option 'X'".into(),
                ));
            }
        }
        let align = align.min(self.max_align);
        if align <= 1 || matches!(item, Item::Fixed(_)) {
            return Ok(Some((item, 0)));
        }
        if !align.is_power_of_two() {
            return Err(Raise::Argument(
                1,
                "format asks for alignment not power of 2".into(),
            ));
        }
        Ok(Some((item, offset.wrapping_neg() & (align - 1))))
    }

    /// The next option that is an item, with its natural alignment; those before it that set the
    /// mode are obeyed.
    fn option(&mut self) -> Result<Option<(Item, usize)>, Raise> {
        while let Some(&option) = self.text.get(self.at) {
            self.at += 1;
            let item = match option {
                b'b' => Item::Signed(1),
                b'B' => Item::Unsigned(1),
                b'h' => Item::Signed(2),
                b'H' => Item::Unsigned(2),
                b'i' => Item::Signed(self.size(4)?),
                b'I' => Item::Unsigned(self.size(4)?),
                b'l' => Item::Signed(size_of::<c_long>()),
                b'L' => Item::Unsigned(size_of::<c_long>()),
                b'j' => Item::Signed(LUA_INTEGER),
                b'J' => Item::Unsigned(LUA_INTEGER),
                b'T' => Item::Unsigned(size_of::<usize>()),
                b'f' => Item::Float,
                b'd' | b'n' => Item::Double,
                b's' => Item::Counted(self.size(size_of::<usize>())?),
                b'c' => match self.number() {
                    Some(size) => Item::Fixed(size),
                    None => return Err(Raise::message("missing size for format option 'c'")),
                },
                b'z' => Item::Terminated,
                b'x' => Item::Padding,
                b'X' => Item::Align,
                b' ' => continue,
                b'<' => {
                    self.little = true;
                    continue;
                }
                b'>' => {
                    self.little = false;
                    continue;
                }
                b'=' => {
                    self.little = cfg!(target_endian = "little");
                    continue;
                }
                b'!' => {
                    self.max_align = self.size(MAX_ALIGNMENT)?;
                    continue;
                }
                other => {
                    let shown = other.escape_ascii();
                    return Err(Raise::message(format!("invalid format option '{shown}'")));
                }
            };
            let align = match item {
                Item::Signed(size) | Item::Unsigned(size) | Item::Counted(size) => size,
                Item::Fixed(size) => size,
                Item::Float => 4,
                Item::Double => 8,
                Item::Padding => 1,
                Item::Terminated | Item::Align => 0,
            };
            return Ok(Some((item, align)));
        }
        Ok(None)
    }

    /// The decimal number here, if there is one; too large a number stops the result elsewhere.
    fn number(&mut self) -> Option<usize> {
        let digits = self.text[self.at..]
            .iter()
            .take_while(|b| b.is_ascii_digit())
            .count();
        let number = &self.text[self.at..self.at + digits];
        self.at += digits;
        let add =
            |sum: usize, digit: &u8| sum.saturating_mul(10).saturating_add((digit - b'0').into());
        (digits > 0).then(|| number.iter().fold(0, add))
    }

    /// The size of an integer here, or the default.
    fn size(&mut self, default: usize) -> Result<usize, Raise> {
        let size = self.number().unwrap_or(default);
        if (1..=MAX_INTEGER).contains(&size) {
            return Ok(size);
        }
        let text = format!("integral size ({size}) out of limits [1,{MAX_INTEGER}]");
        Err(Raise::message(text))
    }
}

/// The integer argument at `index`. It lies between the least `i64` and the largest `u64`.
fn integer(call: &Call, index: c_int) -> Result<i128, Raise> {
    let number = call.num(index)?;
    if number.fract() == 0.0 && (-(2f64.powi(63))..2f64.powi(64)).contains(&number) {
        return Ok(number as i128);
    }
    Err(Raise::Argument(
        index,
        "number has no integer representation".into(),
    ))
}

/// Appends the low `size` bytes of `value`.
fn put_integer(out: &mut Vec<u8>, value: i128, size: usize, little: bool) {
    if little {
        out.extend_from_slice(&value.to_le_bytes()[..size]);
    } else {
        out.extend_from_slice(&value.to_be_bytes()[16 - size..]);
    }
}

/// The integer in `bytes`, at most 16 of them. An unsigned one of 16 bytes that does not fit comes
/// out negative, which the caller's range refuses.
fn get_integer(bytes: &[u8], signed: bool, little: bool) -> i128 {
    let top = if little { bytes.last() } else { bytes.first() };
    let negative = signed && top.is_some_and(|top| top & 0x80 != 0);
    let mut value: i128 = if negative { -1 } else { 0 };
    let mut add = |byte: &u8| value = value << 8 | i128::from(*byte);
    if little {
        bytes.iter().rev().for_each(&mut add)
    } else {
        bytes.iter().for_each(&mut add)
    }
    value
}

/// `pack(format, v1, v2, …)`.
fn pack(call: &mut Call) -> Ret {
    let mut format = Format::new(call.bytes(1)?);
    let mut out = Vec::new();
    let mut argument = 1;
    while let Some((item, padding)) = format.next(out.len())? {
        out.resize(out.len() + padding, 0);
        if !matches!(item, Item::Padding | Item::Align) {
            argument += 1;
        }
        let refuse = |text: &str| Err(Raise::Argument(argument, text.into()));
        match item {
            Item::Signed(size) => {
                let value = integer(call, argument)?;
                let limit = 1i128 << (size.min(LUA_INTEGER) * 8 - 1);
                if !(-limit..limit).contains(&value) {
                    return refuse("integer overflow");
                }
                put_integer(&mut out, value, size, format.little);
            }
            Item::Unsigned(size) => {
                let value = integer(call, argument)?;
                // Lua's integers have 8 bytes: in so many, a negative one is its two's complement.
                let least = if size >= LUA_INTEGER {
                    -(1i128 << 63)
                } else {
                    0
                };
                if !(least..1i128 << (size.min(LUA_INTEGER) * 8)).contains(&value) {
                    return refuse("unsigned overflow");
                }
                put_integer(&mut out, i128::from(value as u64), size, format.little);
            }
            Item::Float => {
                let value = call.num(argument)? as f32;
                out.extend(if format.little {
                    value.to_le_bytes()
                } else {
                    value.to_be_bytes()
                });
            }
            Item::Double => {
                let value = call.num(argument)?;
                out.extend(if format.little {
                    value.to_le_bytes()
                } else {
                    value.to_be_bytes()
                });
            }
            Item::Fixed(size) => {
                let text = call.bytes(argument)?;
                if text.len() > size {
                    return refuse("string longer than given size");
                }
                room(out.len(), size)?;
                out.extend_from_slice(text);
                out.resize(out.len() + size - text.len(), 0);
            }
            Item::Counted(size) => {
                let text = call.bytes(argument)?;
                if size < size_of::<usize>() && text.len() >> (size * 8) != 0 {
                    return refuse("string length does not fit in given size");
                }
                room(out.len(), text.len() + size)?;
                put_integer(&mut out, text.len() as i128, size, format.little);
                out.extend_from_slice(text);
            }
            Item::Terminated => {
                let text = call.bytes(argument)?;
                if text.contains(&0) {
                    return refuse("string contains zeros");
                }
                room(out.len(), text.len() + 1)?;
                out.extend_from_slice(text);
                out.push(0);
            }
            Item::Padding => out.push(0),
            Item::Align => {}
        }
    }
    room(out.len(), 0)?;
    call.push_bytes(&out);
    Ok(1)
}

/// The length with `more` bytes, if a string can be that long.
fn room(length: usize, more: usize) -> Result<usize, Raise> {
    match length.checked_add(more) {
        Some(total) if total <= MAX_RESULT => Ok(total),
        _ => Err(Raise::Argument(1, "format result too large".into())),
    }
}

/// `packsize(format)`.
fn packsize(call: &mut Call) -> Ret {
    let mut format = Format::new(call.bytes(1)?);
    let mut total = 0usize;
    while let Some((item, padding)) = format.next(total)? {
        let size = match item {
            Item::Signed(size) | Item::Unsigned(size) | Item::Fixed(size) => size,
            Item::Float => 4,
            Item::Double => 8,
            Item::Padding => 1,
            Item::Align => 0,
            Item::Counted(_) | Item::Terminated => {
                return Err(Raise::Argument(
                    1,
                    "variable-size format in packsize".into(),
                ));
            }
        };
        total = room(total, size.saturating_add(padding))?;
    }
    call.push_int(total as i64);
    Ok(1)
}

/// `unpack(format, s, pos?)`: the values, and the position behind them.
fn unpack(call: &mut Call) -> Ret {
    let mut format = Format::new(call.bytes(1)?);
    let data = call.bytes(2)?;
    let start = if call.is_nil(3) { 1 } else { call.int(3)? };
    let start = if start >= 0 {
        start
    } else {
        (start + data.len() as i64 + 1).max(0)
    };
    let outside = || Raise::Argument(3, "initial position out of string".into());
    let mut at = usize::try_from(start - 1).map_err(|_| outside())?;
    if at > data.len() {
        return Err(outside());
    }
    let mut results = 0;
    while let Some((item, padding)) = format.next(at)? {
        if !call.reserve(4) {
            return Err(Raise::message("too many results"));
        }
        let little = format.little;
        match item {
            Item::Signed(size) => {
                let value = get_integer(take(data, &mut at, padding, size)?, true, little);
                let value = i64::try_from(value).map_err(|_| too_wide(size))?;
                call.push_int(value);
            }
            Item::Unsigned(size) => {
                let value = get_integer(take(data, &mut at, padding, size)?, false, little);
                let value = u64::try_from(value).map_err(|_| too_wide(size))?;
                call.push_num(value as f64);
            }
            Item::Float => {
                let bytes = take(data, &mut at, padding, 4)?
                    .try_into()
                    .unwrap_or_default();
                let value = if little {
                    f32::from_le_bytes(bytes)
                } else {
                    f32::from_be_bytes(bytes)
                };
                call.push_num(canonical(value.into()));
            }
            Item::Double => {
                let bytes = take(data, &mut at, padding, 8)?
                    .try_into()
                    .unwrap_or_default();
                let value = if little {
                    f64::from_le_bytes(bytes)
                } else {
                    f64::from_be_bytes(bytes)
                };
                call.push_num(canonical(value));
            }
            Item::Fixed(size) => call.push_bytes(take(data, &mut at, padding, size)?),
            Item::Counted(size) => {
                let length = get_integer(take(data, &mut at, padding, size)?, false, little);
                let length = usize::try_from(length).map_err(|_| short())?;
                call.push_bytes(take(data, &mut at, 0, length)?);
            }
            Item::Terminated => {
                let rest = data.get(at + padding..).unwrap_or_default();
                let length = memchr::memchr(0, rest)
                    .ok_or_else(|| Raise::Argument(2, "unfinished string for format 'z'".into()))?;
                let bytes = take(data, &mut at, padding, length + 1)?;
                call.push_bytes(&bytes[..length]);
            }
            Item::Padding => {
                take(data, &mut at, padding, 1)?;
                continue;
            }
            Item::Align => {
                take(data, &mut at, padding, 0)?;
                continue;
            }
        }
        results += 1;
    }
    call.push_int(at as i64 + 1);
    Ok(results + 1)
}

/// The next `size` bytes of `data`, behind `skip` of them; moves `at` behind them.
fn take<'a>(data: &'a [u8], at: &mut usize, skip: usize, size: usize) -> Result<&'a [u8], Raise> {
    let from = *at + skip;
    let end = from.checked_add(size);
    let bytes = end.and_then(|end| data.get(from..end)).ok_or_else(short)?;
    *at = from + size;
    Ok(bytes)
}

fn short() -> Raise {
    Raise::Argument(2, "data string too short".into())
}

fn too_wide(size: usize) -> Raise {
    Raise::message(format!("{size}-byte integer does not fit into Lua Integer"))
}

/// LuaJIT keeps other values in the bits of NaNs: only its own one may become a number.
fn canonical(value: f64) -> f64 {
    if value.is_nan() { f64::NAN } else { value }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Format, get_integer, put_integer};

    proptest! {
        #[test]
        fn integers_come_back(value: i64, size in 8usize..=16, little: bool) {
            let mut bytes = Vec::new();
            put_integer(&mut bytes, value.into(), size, little);
            prop_assert_eq!(bytes.len(), size);
            prop_assert_eq!(get_integer(&bytes, true, little), i128::from(value));
        }

        #[test]
        fn any_format_is_read_or_refused(text: Vec<u8>) {
            let mut format = Format::new(&text);
            while let Ok(Some((_, padding))) = format.next(3) {
                prop_assert!(padding < 16);
            }
        }
    }
}
