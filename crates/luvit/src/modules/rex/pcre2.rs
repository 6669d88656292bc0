//! PCRE2's C library behind safe types: the one file of this module with `unsafe`.
//!
//! What PCRE2 leaves to its caller is seen to here: subjects are checked to be UTF-8 wherever a pattern wants that, since
//! matching in others is undefined; memory and recursion have limits; and match data belongs to one call at a time.

use std::ffi::{CString, c_int};
use std::ptr::{null, null_mut};
use std::sync::Arc;

pub(super) use pcre2_sys as ffi;

/// What a match may take for its backtracking, in KiB: 256 MiB. PCRE2's own limit is 20 GB.
const HEAP_LIMIT: u32 = 256 * 1024;

/// How deep `dfa` may recurse, which it does on the stack of C.
const DFA_DEPTH: u32 = 500;

/// Match data that holds on to more than this is not kept for the next match.
const KEEP: usize = 64 * 1024;

/// Options that are the caller's promise that a text is UTF-8, or that change what match data owns.
const NOT_FOR_SCRIPTS: u32 = ffi::PCRE2_NO_UTF_CHECK | ffi::PCRE2_COPY_MATCHED_SUBJECT;

/// Character tables of a locale.
pub(super) struct Tables(*const u8);

// SAFETY: the tables are not changed once they are made, and freed by whoever drops them last.
unsafe impl Send for Tables {}
// SAFETY: as above.
unsafe impl Sync for Tables {}

impl Tables {
    /// The tables of C's locale, as it is now. `None` without memory.
    pub(super) fn new() -> Option<Tables> {
        // SAFETY: null means the memory functions of C.
        let tables = unsafe { ffi::pcre2_maketables_8(null_mut()) };
        (!tables.is_null()).then_some(Tables(tables.cast()))
    }

    /// The tables of a locale by its name; `None` if the system has none of that name.
    pub(super) fn of_locale(name: &[u8]) -> Option<Tables> {
        let name = CString::new(name).ok()?;
        locale::within(&name, Tables::new).flatten()
    }
}

impl Drop for Tables {
    fn drop(&mut self) {
        // SAFETY: the tables came from `pcre2_maketables` without a context, and nobody has them any more.
        unsafe { ffi::pcre2_maketables_free_8(null_mut(), self.0.cast()) }
    }
}

/// Runs a function in a locale that is this thread's alone.
#[cfg(unix)]
mod locale {
    use std::ffi::CStr;

    pub(super) fn within<T>(name: &CStr, run: impl FnOnce() -> T) -> Option<T> {
        // SAFETY: the name ends with NUL; the locale is freed once this thread has its old one again.
        unsafe {
            let wanted = libc::newlocale(libc::LC_CTYPE_MASK, name.as_ptr(), std::ptr::null_mut());
            if wanted.is_null() {
                return None;
            }
            let before = libc::uselocale(wanted);
            let result = run();
            libc::uselocale(before);
            libc::freelocale(wanted);
            Some(result)
        }
    }
}

/// As on Unix, where a thread has a locale of its own after it asked for it.
#[cfg(not(unix))]
mod locale {
    use std::ffi::{CStr, c_char, c_int};

    const LC_CTYPE: c_int = 2;
    const ENABLE_PER_THREAD: c_int = 1;

    unsafe extern "C" {
        fn setlocale(category: c_int, name: *const c_char) -> *mut c_char;
        fn _configthreadlocale(kind: c_int) -> c_int;
    }

    pub(super) fn within<T>(name: &CStr, run: impl FnOnce() -> T) -> Option<T> {
        // SAFETY: names end with NUL, and that of the locale before is copied before the next call.
        unsafe {
            let kind = _configthreadlocale(ENABLE_PER_THREAD);
            let before = setlocale(LC_CTYPE, std::ptr::null());
            let before = (!before.is_null()).then(|| CStr::from_ptr(before).to_owned());
            let result = (!setlocale(LC_CTYPE, name.as_ptr()).is_null()).then(run);
            if let Some(before) = before {
                setlocale(LC_CTYPE, before.as_ptr());
            }
            if kind > 0 {
                _configthreadlocale(kind);
            }
            result
        }
    }
}

/// A compiled pattern.
pub(super) struct Code {
    code: *mut ffi::pcre2_code_8,
    context: *mut ffi::pcre2_match_context_8,
    /// What `code` points into.
    _tables: Option<Arc<Tables>>,
}

// SAFETY: PCRE2 ties compiled patterns and contexts to no thread.
unsafe impl Send for Code {}

impl Code {
    /// Compiles a pattern; the error is PCRE2's code and the offset in the pattern.
    pub(super) fn new(
        pattern: &[u8],
        options: u32,
        tables: Option<Arc<Tables>>,
    ) -> Result<Code, (c_int, usize)> {
        let (mut error, mut offset) = (0, 0);
        // SAFETY: the pattern is given with its length, without the promise that it is UTF-8; the contexts are freed
        // here, or by the `Code`, which also keeps the tables that the pattern points into.
        unsafe {
            let context = ffi::pcre2_compile_context_create_8(null_mut());
            if let Some(tables) = &tables {
                ffi::pcre2_set_character_tables_8(context, tables.0);
            }
            let code = ffi::pcre2_compile_8(
                pattern.as_ptr(),
                pattern.len(),
                options & !NOT_FOR_SCRIPTS,
                &mut error,
                &mut offset,
                context,
            );
            ffi::pcre2_compile_context_free_8(context);
            if code.is_null() {
                return Err((error, offset));
            }
            let context = ffi::pcre2_match_context_create_8(null_mut());
            if !context.is_null() {
                ffi::pcre2_set_heap_limit_8(context, HEAP_LIMIT);
            }
            Ok(Code {
                code,
                context,
                _tables: tables,
            })
        }
    }

    /// Translates the pattern to machine code, which `exec` then runs.
    pub(super) fn jit(&mut self, options: u32) -> c_int {
        // SAFETY: the code is live, and nobody else uses it.
        unsafe { ffi::pcre2_jit_compile_8(self.code, options) }
    }

    /// Looks for a match from `start` on, which is within the subject. The result is PCRE2's: 1 more than the highest
    /// group that matched, or a negative error. `checked` says that an earlier match in the same subject, from an earlier
    /// place, has checked that it is UTF-8 and that `start` is at a character.
    pub(super) fn exec(
        &self,
        data: &mut MatchData,
        subject: &[u8],
        start: usize,
        options: u32,
        checked: bool,
    ) -> c_int {
        let mut options = options & !NOT_FOR_SCRIPTS;
        if checked {
            options |= ffi::PCRE2_NO_UTF_CHECK;
        }
        let run = |data: &mut MatchData, options| {
            // SAFETY: code, data and context are live and used by this call alone; the subject is given with its length.
            unsafe {
                ffi::pcre2_match_8(
                    self.code,
                    subject.as_ptr(),
                    subject.len(),
                    start,
                    options,
                    data.0,
                    self.context,
                )
            }
        };
        match run(data, options) {
            // Machine code has a stack of 32 KB; the interpreter has the heap.
            ffi::PCRE2_ERROR_JIT_STACKLIMIT => run(data, options | ffi::PCRE2_NO_JIT),
            result => result,
        }
    }

    /// Looks for all matches at the first place that has one, by PCRE2's other algorithm.
    pub(super) fn dfa(
        &self,
        data: &mut MatchData,
        subject: &[u8],
        start: usize,
        options: u32,
        workspace: &mut [c_int],
    ) -> c_int {
        // SAFETY: as in `exec`; the workspace is given with its length, and zeroed, which is no state to go on from. The
        // context is freed here.
        unsafe {
            let context = ffi::pcre2_match_context_create_8(null_mut());
            if context.is_null() {
                return ffi::PCRE2_ERROR_NOMEMORY;
            }
            ffi::pcre2_set_heap_limit_8(context, HEAP_LIMIT);
            ffi::pcre2_set_depth_limit_8(context, DFA_DEPTH);
            let result = ffi::pcre2_dfa_match_8(
                self.code,
                subject.as_ptr(),
                subject.len(),
                start,
                options & !NOT_FOR_SCRIPTS,
                data.0,
                context,
                workspace.as_mut_ptr(),
                workspace.len(),
            );
            ffi::pcre2_match_context_free_8(context);
            result
        }
    }

    /// One number of `pcre2_pattern_info`; `None` if it is not set.
    pub(super) fn info(&self, what: u32) -> Option<u64> {
        match what {
            ffi::PCRE2_INFO_FRAMESIZE | ffi::PCRE2_INFO_JITSIZE | ffi::PCRE2_INFO_SIZE => {
                let mut value = 0_usize;
                // SAFETY: these three are of C's `size_t`.
                let error =
                    unsafe { ffi::pcre2_pattern_info_8(self.code, what, (&raw mut value).cast()) };
                (error == 0).then_some(value as u64)
            }
            ffi::PCRE2_INFO_FIRSTBITMAP | ffi::PCRE2_INFO_NAMETABLE => None,
            _ => {
                let mut value = 0_u32;
                // SAFETY: all others but the pointers above are of 32 bits.
                let error =
                    unsafe { ffi::pcre2_pattern_info_8(self.code, what, (&raw mut value).cast()) };
                (error == 0).then_some(value.into())
            }
        }
    }

    /// The named groups: number and name.
    pub(super) fn names(&self) -> Vec<(usize, Box<[u8]>)> {
        let count = self.info(ffi::PCRE2_INFO_NAMECOUNT).unwrap_or(0) as usize;
        let size = self.info(ffi::PCRE2_INFO_NAMEENTRYSIZE).unwrap_or(0) as usize;
        let mut table: *const u8 = null();
        // SAFETY: this one is a pointer to `count` entries of `size` bytes, part of the code.
        let entries = unsafe {
            let error = ffi::pcre2_pattern_info_8(
                self.code,
                ffi::PCRE2_INFO_NAMETABLE,
                (&raw mut table).cast(),
            );
            if error != 0 || table.is_null() || count == 0 || size < 3 {
                return Vec::new();
            }
            std::slice::from_raw_parts(table, count * size)
        };
        entries
            .chunks_exact(size)
            .map(|entry| {
                let number = usize::from(entry[0]) << 8 | usize::from(entry[1]);
                let name = entry[2..].split(|&byte| byte == 0).next().unwrap_or(b"");
                (number, name.into())
            })
            .collect()
    }
}

impl Drop for Code {
    fn drop(&mut self) {
        // SAFETY: both are this value's own; null is ignored.
        unsafe {
            ffi::pcre2_match_context_free_8(self.context);
            ffi::pcre2_code_free_8(self.code);
        }
    }
}

/// What a match found.
pub(super) struct MatchData(*mut ffi::pcre2_match_data_8);

// SAFETY: match data belongs to no thread.
unsafe impl Send for MatchData {}

impl MatchData {
    /// For the groups of a pattern. `None` without memory.
    pub(super) fn of(code: &Code) -> Option<MatchData> {
        // SAFETY: the code is live.
        let data = unsafe { ffi::pcre2_match_data_create_from_pattern_8(code.code, null_mut()) };
        (!data.is_null()).then_some(MatchData(data))
    }

    /// For `pairs` pairs of offsets.
    pub(super) fn with_room(pairs: u32) -> Option<MatchData> {
        // SAFETY: takes no pointers but null.
        let data = unsafe { ffi::pcre2_match_data_create_8(pairs, null_mut()) };
        (!data.is_null()).then_some(MatchData(data))
    }

    /// Offsets in the subject, two a group; [`ffi::PCRE2_UNSET`] where a group did not match.
    pub(super) fn offsets(&self) -> &[usize] {
        // SAFETY: the data is live, and not written to while it is borrowed.
        unsafe {
            let count = ffi::pcre2_get_ovector_count_8(self.0) as usize;
            std::slice::from_raw_parts(ffi::pcre2_get_ovector_pointer_8(self.0), 2 * count)
        }
    }

    /// Where a subject is not UTF-8, after a match that failed for that.
    pub(super) fn error_at(&self) -> usize {
        // SAFETY: the data is live.
        unsafe { ffi::pcre2_get_startchar_8(self.0) }
    }

    /// Whether it is small enough to be kept.
    pub(super) fn is_small(&self) -> bool {
        // SAFETY: the data is live.
        unsafe { ffi::pcre2_get_match_data_heapframes_size_8(self.0) <= KEEP }
    }
}

impl Drop for MatchData {
    fn drop(&mut self) {
        // SAFETY: the data is this value's own.
        unsafe { ffi::pcre2_match_data_free_8(self.0) }
    }
}

/// PCRE2's text for one of its errors.
pub(super) fn error_text(code: c_int) -> String {
    let mut buffer = [0_u8; 256];
    // SAFETY: the buffer is given with its length; a longer text is cut off.
    let length = unsafe { ffi::pcre2_get_error_message_8(code, buffer.as_mut_ptr(), buffer.len()) };
    match usize::try_from(length) {
        Ok(length) => String::from_utf8_lossy(&buffer[..length.min(256)]).into_owned(),
        Err(_) => format!("error {code}"),
    }
}

/// A number of how PCRE2 was built.
pub(super) fn config_number(what: u32) -> Option<u32> {
    let mut value = 0_u32;
    // SAFETY: callers ask for those that are numbers, which have 32 bits.
    let error = unsafe { ffi::pcre2_config_8(what, (&raw mut value).cast()) };
    (error >= 0).then_some(value)
}

/// A text of how PCRE2 was built.
pub(super) fn config_text(what: u32) -> Option<String> {
    let mut buffer = [0_u8; 256];
    // SAFETY: without a place for it, the length that the text needs is the answer; the texts are far shorter than 256.
    unsafe {
        let length = usize::try_from(ffi::pcre2_config_8(what, null_mut())).ok()?;
        if length > buffer.len() || ffi::pcre2_config_8(what, buffer.as_mut_ptr().cast()) < 0 {
            return None;
        }
        Some(String::from_utf8_lossy(&buffer[..length.saturating_sub(1)]).into_owned())
    }
}
