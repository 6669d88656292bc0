//! `luvit:rex`: Perl's regular expressions, by PCRE2. The loops over matches, `gsub` and its like, are in `lua/rex.lua`, so
//! that no function of a script is called from here.

mod names;
mod pcre2;

use std::ffi::c_int;
use std::sync::{Arc, Mutex, PoisonError};

use crate::lua::{Call, Counted, Raise, Ret, State};
use crate::shared::Shared;
use pcre2::{Code, MatchData, Tables, ffi};

/// How much work a pattern must have done before it is translated to machine code: a match counts one, and each 256 bytes
/// of its subject.
const WARM: u32 = 32;

/// Pushes the table of functions.
pub(crate) fn open(state: State, shared: *const Shared) {
    state.new_table(0, 11);
    state.set_function(shared, "compile", compile);
    state.set_function(shared, "config", names::config);
    state.set_function(shared, "find", find);
    state.set_function(shared, "flags", names::flags);
    state.set_function(shared, "groups", groups);
    state.set_function(shared, "is_regex", is_regex);
    state.set_function(shared, "maketables", maketables);
    state.set_function(shared, "match", match_);
    state.set_function(shared, "next", next);
    state.set_function(shared, "version", names::version);
}

/// A regular expression, as scripts have it.
struct Regex {
    /// Locked while PCRE2 runs, never while Lua may.
    inner: Mutex<Inner>,
    /// How many groups it has.
    groups: usize,
    /// Their names.
    names: Vec<(usize, Box<[u8]>)>,
    /// Whether its subjects are UTF-8.
    utf: bool,
}

struct Inner {
    code: Code,
    /// Of the last match, for the next.
    spare: Option<MatchData>,
    work: u32,
}

impl Regex {
    fn new(code: Code) -> Regex {
        let options = code.info(ffi::PCRE2_INFO_ALLOPTIONS).unwrap_or(0) as u32;
        Regex {
            groups: code.info(ffi::PCRE2_INFO_CAPTURECOUNT).unwrap_or(0) as usize,
            names: code.names(),
            utf: options & ffi::PCRE2_UTF != 0,
            inner: Mutex::new(Inner {
                code,
                spare: None,
                work: 0,
            }),
        }
    }

    /// Runs `f` with the compiled pattern, during which nobody else does.
    fn with<T>(&self, f: impl FnOnce(&mut Inner) -> T) -> T {
        f(&mut self.inner.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The next match; `None` if there is none.
    fn exec(&self, at: &Place) -> Result<Option<MatchData>, Raise> {
        let (result, data) = self.with(|inner| {
            inner.work = inner
                .work
                .saturating_add(1 + u32::try_from(at.subject.len() / 256).unwrap_or(WARM));
            if inner.work > WARM && inner.work != u32::MAX {
                // Once. Where there is no machine code, the interpreter goes on.
                inner.work = u32::MAX;
                let _where_there_is_any = inner.code.jit(ffi::PCRE2_JIT_COMPLETE);
            }
            let Some(mut data) = inner.spare.take().or_else(|| MatchData::of(&inner.code)) else {
                return (ffi::PCRE2_ERROR_NOMEMORY, None);
            };
            let result = inner
                .code
                .exec(&mut data, at.subject, at.start, at.options, at.checked);
            (result, Some(data))
        });
        match data {
            Some(data) if result >= 0 => Ok(Some(data)),
            Some(data) if result == ffi::PCRE2_ERROR_NOMATCH => {
                self.keep(data);
                Ok(None)
            }
            data => Err(failure(result, data.as_ref())),
        }
    }

    /// Takes back what `exec` gave.
    fn keep(&self, data: MatchData) {
        if data.is_small() {
            self.with(|inner| inner.spare = Some(data));
        }
    }
}

/// The error of a match that failed for another reason than that there is none.
fn failure(code: c_int, data: Option<&MatchData>) -> Raise {
    let mut text = names::error(code);
    let is_utf = (ffi::PCRE2_ERROR_UTF8_ERR21..=ffi::PCRE2_ERROR_UTF8_ERR1).contains(&code);
    if let (true, Some(data)) = (is_utf, data) {
        text.push_str(&format!(" (byte {} of the subject)", data.error_at() + 1));
    }
    Raise::message(text)
}

impl Counted for Regex {
    const NAME: &'static str = "rex_pcre2_regex";

    fn fill(state: State, shared: &Shared) {
        state.set_function(shared, "__tostring", regex_to_string);
        state.push_value(-1);
        state.raw_set_field(-2, "__index");
        state.set_function(shared, "dfa_exec", dfa_exec);
        state.set_function(shared, "exec", exec);
        state.set_function(shared, "find", find);
        state.set_function(shared, "fullinfo", info);
        state.set_function(shared, "jit_compile", jit_compile);
        state.set_function(shared, "match", match_);
        state.set_function(shared, "patterninfo", info);
        state.set_function(shared, "tfind", tfind);
    }
}

impl Counted for Tables {
    const NAME: &'static str = "chartables";
    const KEY: &'static str = "rex_pcre2_chartables";

    fn fill(state: State, shared: &Shared) {
        state.set_function(shared, "__tostring", tables_to_string);
        state.push_str("access denied");
        state.raw_set_field(-2, "__metatable");
    }
}

// Arguments ----------------------------------------------------------------------------------------------------------

fn regex(call: &Call, index: c_int) -> Result<Arc<Regex>, Raise> {
    call.to_counted::<Regex>(index)
        .ok_or_else(|| call.wrong_type(index, Regex::NAME))
}

/// Bits: a number of 32 bits with or without a sign, 0 for nil.
fn bits(call: &Call, index: c_int) -> Result<u32, Raise> {
    if call.is_nil(index) {
        return Ok(0);
    }
    let value = call.int_in(index, i64::from(i32::MIN)..=i64::from(u32::MAX))?;
    Ok(value as u32)
}

/// Where to look for a match.
struct Place<'a> {
    subject: &'a [u8],
    start: usize,
    options: u32,
    checked: bool,
}

/// The arguments `subject, init?, ef?`, from the second on; `None` if `init` is behind the subject.
fn place<'a>(call: &Call<'a>) -> Result<Option<Place<'a>>, Raise> {
    let subject = call.bytes(2)?;
    let init = if call.is_nil(3) { 1 } else { call.int(3)? };
    let start = match init {
        1.. => usize::try_from(init - 1).unwrap_or(usize::MAX),
        0 => 0,
        _ => subject
            .len()
            .saturating_sub(usize::try_from(init.unsigned_abs()).unwrap_or(usize::MAX)),
    };
    let options = bits(call, 4)?;
    Ok((start <= subject.len()).then_some(Place {
        subject,
        start,
        options,
        checked: false,
    }))
}

// Results ------------------------------------------------------------------------------------------------------------

/// The part of the subject that a group matched; `None` if it did not.
fn group<'a>(subject: &'a [u8], offsets: &[usize], index: usize) -> Option<&'a [u8]> {
    let (from, to) = (*offsets.get(2 * index)?, *offsets.get(2 * index + 1)?);
    // A pattern may set the start of the match behind its end.
    (from != ffi::PCRE2_UNSET).then(|| subject.get(from..to).unwrap_or(b""))
}

fn push_group(call: &Call, subject: &[u8], offsets: &[usize], index: usize) {
    match group(subject, offsets, index) {
        Some(text) => call.push_bytes(text),
        None => call.push_bool(false),
    }
}

/// Pushes the first and the last position of the match.
fn push_ends(call: &Call, offsets: &[usize]) {
    call.push_num(offsets[0] as f64 + 1.0);
    call.push_num(offsets[1] as f64);
}

/// Pushes all groups, and returns how many there are.
fn push_groups(
    call: &Call,
    regex: &Regex,
    subject: &[u8],
    offsets: &[usize],
) -> Result<c_int, Raise> {
    let count = regex.groups as c_int;
    if !call.reserve(count + 4) {
        return Err(Raise::message(format!(
            "the pattern has too many groups ({count}) to return them all; use exec or tfind"
        )));
    }
    for index in 1..=regex.groups {
        push_group(call, subject, offsets, index);
    }
    Ok(count)
}

/// Stores named groups in the table on the top. Of several with one name the last that matched is taken.
fn set_names(call: &Call, regex: &Regex, subject: &[u8], offsets: &[usize]) {
    for (number, name) in &regex.names {
        call.push_bytes(name);
        if group(subject, offsets, *number).is_none() {
            call.push_value(-1);
            call.raw_get(-3);
            if !call.is_nil(-1) {
                call.pop(2);
                continue;
            }
            call.pop(1);
        }
        push_group(call, subject, offsets, *number);
        call.raw_set(-3);
    }
}

// Functions ----------------------------------------------------------------------------------------------------------

/// `compile(pattern, cf?, tables or locale?)`: a regular expression. What is wrong with the pattern is raised.
fn compile(call: &mut Call) -> Ret {
    let pattern = call.bytes(1)?;
    let options = bits(call, 2)?;
    let tables = if call.is_nil(3) {
        None
    } else if let Some(tables) = call.to_counted::<Tables>(3) {
        Some(tables)
    } else if let Some(name) = call.to_bytes(3) {
        let tables = Tables::of_locale(name).ok_or_else(|| {
            let name = String::from_utf8_lossy(name);
            Raise::message(format!("cannot set locale '{name}'"))
        })?;
        Some(Arc::new(tables))
    } else {
        return Err(call.wrong_type(3, "name of a locale or chartables"));
    };
    let code = Code::new(pattern, options, tables).map_err(|(code, offset)| {
        let text = pcre2::error_text(code);
        Raise::message(format!("{text} (pattern offset: {})", offset + 1))
    })?;
    let regex = Regex::new(code);
    let utf = regex.utf;
    call.push_counted(call.shared(), Arc::new(regex));
    if utf {
        call.new_table(2, 0);
        call.set_own_table(-2);
    }
    Ok(1)
}

/// `groups(regex)`: how many it has, and whether its subjects are UTF-8.
fn groups(call: &mut Call) -> Ret {
    let regex = regex(call, 1)?;
    call.push_num(regex.groups as f64);
    call.push_bool(regex.utf);
    Ok(2)
}

/// `is_regex(value)`
fn is_regex(call: &mut Call) -> Ret {
    let found = call.to_counted::<Regex>(1).is_some();
    call.push_bool(found);
    Ok(1)
}

/// `find(regex, subject, init?, ef?)`: first and last position, groups; or nil.
fn find(call: &mut Call) -> Ret {
    let regex = regex(call, 1)?;
    match place(call)? {
        Some(place) => find_at(call, &regex, &place),
        None => {
            call.push_nil();
            Ok(1)
        }
    }
}

fn find_at(call: &mut Call, regex: &Regex, place: &Place) -> Ret {
    let Some(data) = regex.exec(place)? else {
        call.push_nil();
        return Ok(1);
    };
    push_ends(call, data.offsets());
    let count = push_groups(call, regex, place.subject, data.offsets())?;
    regex.keep(data);
    Ok(2 + count)
}

/// `next(regex, subject, init, ef?)`: as `find`, for loops over one subject. That it is UTF-8 is checked once: while a loop
/// is under way, the regular expression keeps what was checked and from where, so that nobody can mistake it.
fn next(call: &mut Call) -> Ret {
    let regex = regex(call, 1)?;
    let Some(mut place) = place(call)? else {
        call.push_nil();
        return Ok(1);
    };
    if !regex.utf {
        return find_at(call, &regex, &place);
    }
    call.set_top(4);
    call.own_table(1);
    call.raw_get_index(5, 1);
    call.raw_get_index(5, 2);
    let at_character = place
        .subject
        .get(place.start)
        .is_none_or(|byte| byte & 0xC0 != 0x80);
    place.checked = at_character
        && call.raw_equal(2, 6)
        && call
            .to_num(7)
            .is_some_and(|from| place.start as f64 >= from);
    call.set_top(5);
    let count = find_at(call, &regex, &place)?;
    let found = !call.is_nil(6);
    if found != place.checked {
        // Begins or ends: a number is not kept for long, a subject might be large.
        if found {
            call.push_value(2)
        } else {
            call.push_nil()
        };
        call.raw_set_index(5, 1);
        call.push_num(place.start as f64);
        call.raw_set_index(5, 2);
    }
    Ok(count)
}

/// `match(regex, subject, init?, ef?)`: the groups, or the whole match if there are none; or nil.
fn match_(call: &mut Call) -> Ret {
    let regex = regex(call, 1)?;
    let Some(place) = place(call)? else {
        call.push_nil();
        return Ok(1);
    };
    let Some(data) = regex.exec(&place)? else {
        call.push_nil();
        return Ok(1);
    };
    let count = if regex.groups == 0 {
        push_group(call, place.subject, data.offsets(), 0);
        1
    } else {
        push_groups(call, &regex, place.subject, data.offsets())?
    };
    regex.keep(data);
    Ok(count)
}

/// `exec(regex, subject, init?, ef?)`: first and last position, and a table of those of the groups; or nil.
fn exec(call: &mut Call) -> Ret {
    in_table(call, |call, regex, subject, offsets| {
        call.new_table(2 * regex.groups, regex.names.len());
        for index in 1..=regex.groups {
            let matched = group(subject, offsets, index).is_some();
            for side in [0, 1] {
                if matched {
                    let offset = offsets[2 * index + side] + 1 - side;
                    call.push_num(offset as f64);
                } else {
                    call.push_bool(false);
                }
                call.raw_set_index(-2, (2 * index - 1 + side) as c_int);
            }
        }
    })
}

/// `tfind(regex, subject, init?, ef?)`: first and last position, and a table of the groups; or nil.
fn tfind(call: &mut Call) -> Ret {
    in_table(call, |call, regex, subject, offsets| {
        call.new_table(regex.groups, regex.names.len());
        for index in 1..=regex.groups {
            push_group(call, subject, offsets, index);
            call.raw_set_index(-2, index as c_int);
        }
    })
}

fn in_table(call: &mut Call, fill: impl FnOnce(&Call, &Regex, &[u8], &[usize])) -> Ret {
    let regex = regex(call, 1)?;
    let Some(place) = place(call)? else {
        call.push_nil();
        return Ok(1);
    };
    let Some(data) = regex.exec(&place)? else {
        call.push_nil();
        return Ok(1);
    };
    push_ends(call, data.offsets());
    fill(call, &regex, place.subject, data.offsets());
    set_names(call, &regex, place.subject, data.offsets());
    regex.keep(data);
    Ok(3)
}

/// `dfa_exec(regex, subject, init?, ef?, ovecsize?, wscount?)`: the first position, a table of the last positions of all
/// matches there, the longest first, and PCRE2's result; or nil.
fn dfa_exec(call: &mut Call) -> Ret {
    let regex = regex(call, 1)?;
    let place = place(call)?;
    let or = |index, default: i64, most: i64| {
        if call.is_nil(index) {
            Ok(default)
        } else {
            call.int_in(index, 0..=most)
        }
    };
    let pairs = or(5, 100, 1 << 17)? / 2;
    let mut workspace = vec![0; or(6, 50, 1 << 24)? as usize];
    let Some(place) = place else {
        call.push_nil();
        return Ok(1);
    };
    let Some(mut data) = MatchData::with_room(pairs as u32) else {
        return Err(failure(ffi::PCRE2_ERROR_NOMEMORY, None));
    };
    let result = regex.with(|inner| {
        inner.code.dfa(
            &mut data,
            place.subject,
            place.start,
            place.options,
            &mut workspace,
        )
    });
    let found = match result {
        // There were more than there is room for.
        0 => pairs as usize,
        1.. => result as usize,
        ffi::PCRE2_ERROR_PARTIAL => 1,
        ffi::PCRE2_ERROR_NOMATCH => {
            call.push_nil();
            return Ok(1);
        }
        _ => return Err(failure(result, Some(&data))),
    };
    let offsets = data.offsets();
    call.push_num(offsets[0] as f64 + 1.0);
    call.new_table(found, 0);
    for (index, pair) in offsets.chunks_exact(2).take(found).enumerate() {
        call.push_num(pair[1] as f64);
        call.raw_set_index(-2, index as c_int + 1);
    }
    call.push_num(result.into());
    Ok(3)
}

/// `fullinfo(regex)`: what PCRE2 knows of the pattern.
fn info(call: &mut Call) -> Ret {
    let regex = regex(call, 1)?;
    call.new_table(0, 24);
    names::info(call, |what| regex.with(|inner| inner.code.info(what)));
    Ok(1)
}

/// `jit_compile(regex, options?)`: translates to machine code; `false` and why if that cannot be.
fn jit_compile(call: &mut Call) -> Ret {
    let regex = regex(call, 1)?;
    let options = if call.is_nil(2) {
        ffi::PCRE2_JIT_COMPLETE
    } else {
        bits(call, 2)?
    };
    let result = regex.with(|inner| inner.code.jit(options));
    call.push_bool(result == 0);
    if result == 0 {
        return Ok(1);
    }
    call.push_str(&pcre2::error_text(result));
    Ok(2)
}

/// `maketables()`: the character tables of C's locale.
fn maketables(call: &mut Call) -> Ret {
    let tables = Tables::new().ok_or_else(|| failure(ffi::PCRE2_ERROR_NOMEMORY, None))?;
    call.push_counted(call.shared(), Arc::new(tables));
    Ok(1)
}

fn regex_to_string(call: &mut Call) -> Ret {
    let text = match call.to_counted::<Regex>(1) {
        Some(regex) => format!("{} ({:p})", Regex::NAME, Arc::as_ptr(&regex)),
        None => format!("{} (deleted)", Regex::NAME),
    };
    call.push_str(&text);
    Ok(1)
}

fn tables_to_string(call: &mut Call) -> Ret {
    let text = match call.to_counted::<Tables>(1) {
        Some(tables) => format!("{} ({:p})", Tables::NAME, Arc::as_ptr(&tables)),
        None => format!("{} (deleted)", Tables::NAME),
    };
    call.push_str(&text);
    Ok(1)
}
