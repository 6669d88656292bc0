//! The names that scripts know PCRE2's constants by.

use super::pcre2::{config_number, config_text, error_text, ffi};
use crate::lua::{Call, Ret};

/// Calls `$set` with the name of each constant, without `$skip` bytes at its beginning, and its value. Code, not a table:
/// pointers in a table would be in memory from the start.
macro_rules! each {
    ($skip:literal, $set:expr, $($name:ident)*) => {
        $($set(&stringify!($name)[$skip..], ffi::$name);)*
    };
}

/// `flags(table?)`: a table of PCRE2's constants, by their names without `PCRE2_`.
pub(super) fn flags(call: &mut Call) -> Ret {
    target(call)?;
    let state = call.state();
    let set = |name: &str, value: u32| {
        state.push_num(value.into());
        state.raw_set_field(1, name);
    };
    each!(6, set, PCRE2_MAJOR PCRE2_MINOR
        PCRE2_ANCHORED PCRE2_NO_UTF_CHECK PCRE2_ENDANCHORED PCRE2_ALLOW_EMPTY_CLASS PCRE2_ALT_BSUX PCRE2_AUTO_CALLOUT
        PCRE2_CASELESS PCRE2_DOLLAR_ENDONLY PCRE2_DOTALL PCRE2_DUPNAMES PCRE2_EXTENDED PCRE2_FIRSTLINE
        PCRE2_MATCH_UNSET_BACKREF PCRE2_MULTILINE PCRE2_NEVER_UCP PCRE2_NEVER_UTF PCRE2_NO_AUTO_CAPTURE
        PCRE2_NO_AUTO_POSSESS PCRE2_NO_DOTSTAR_ANCHOR PCRE2_NO_START_OPTIMIZE PCRE2_UCP PCRE2_UNGREEDY PCRE2_UTF
        PCRE2_NEVER_BACKSLASH_C PCRE2_ALT_CIRCUMFLEX PCRE2_ALT_VERBNAMES PCRE2_USE_OFFSET_LIMIT PCRE2_EXTENDED_MORE
        PCRE2_LITERAL PCRE2_MATCH_INVALID_UTF PCRE2_ALT_EXTENDED_CLASS
        PCRE2_JIT_COMPLETE PCRE2_JIT_PARTIAL_SOFT PCRE2_JIT_PARTIAL_HARD
        PCRE2_NOTBOL PCRE2_NOTEOL PCRE2_NOTEMPTY PCRE2_NOTEMPTY_ATSTART PCRE2_PARTIAL_SOFT PCRE2_PARTIAL_HARD
        PCRE2_DFA_RESTART PCRE2_DFA_SHORTEST PCRE2_SUBSTITUTE_GLOBAL PCRE2_SUBSTITUTE_EXTENDED
        PCRE2_SUBSTITUTE_UNSET_EMPTY PCRE2_SUBSTITUTE_UNKNOWN_UNSET PCRE2_SUBSTITUTE_OVERFLOW_LENGTH PCRE2_NO_JIT
        PCRE2_NEWLINE_CR PCRE2_NEWLINE_LF PCRE2_NEWLINE_CRLF PCRE2_NEWLINE_ANY PCRE2_NEWLINE_ANYCRLF PCRE2_NEWLINE_NUL
        PCRE2_BSR_UNICODE PCRE2_BSR_ANYCRLF
        PCRE2_INFO_ALLOPTIONS PCRE2_INFO_ARGOPTIONS PCRE2_INFO_BACKREFMAX PCRE2_INFO_BSR PCRE2_INFO_CAPTURECOUNT
        PCRE2_INFO_FIRSTCODEUNIT PCRE2_INFO_FIRSTCODETYPE PCRE2_INFO_FIRSTBITMAP PCRE2_INFO_HASCRORLF PCRE2_INFO_JCHANGED
        PCRE2_INFO_JITSIZE PCRE2_INFO_LASTCODEUNIT PCRE2_INFO_LASTCODETYPE PCRE2_INFO_MATCHEMPTY PCRE2_INFO_MATCHLIMIT
        PCRE2_INFO_MAXLOOKBEHIND PCRE2_INFO_MINLENGTH PCRE2_INFO_NAMECOUNT PCRE2_INFO_NAMEENTRYSIZE
        PCRE2_INFO_NAMETABLE PCRE2_INFO_NEWLINE PCRE2_INFO_DEPTHLIMIT PCRE2_INFO_RECURSIONLIMIT PCRE2_INFO_SIZE
        PCRE2_INFO_HASBACKSLASHC PCRE2_INFO_FRAMESIZE PCRE2_INFO_HEAPLIMIT PCRE2_INFO_EXTRAOPTIONS);
    for (index, name) in error_names().enumerate() {
        state.push_num(-1.0 - index as f64);
        state.raw_set_field(1, &format!("ERROR_{name}"));
    }
    // What -53 was called before.
    state.push_num(f64::from(ffi::PCRE2_ERROR_RECURSIONLIMIT));
    state.raw_set_field(1, "ERROR_RECURSIONLIMIT");
    state.set_top(1);
    Ok(1)
}

/// `config(table?)`: how PCRE2 was built, by the names of its constants.
pub(super) fn config(call: &mut Call) -> Ret {
    target(call)?;
    let state = call.state();
    let number = |name: &str, what: u32| {
        if let Some(value) = config_number(what) {
            state.push_num(value.into());
            state.raw_set_field(1, name);
        }
    };
    each!(0, number, PCRE2_CONFIG_BSR PCRE2_CONFIG_JIT PCRE2_CONFIG_LINKSIZE PCRE2_CONFIG_MATCHLIMIT
        PCRE2_CONFIG_NEWLINE PCRE2_CONFIG_PARENSLIMIT PCRE2_CONFIG_DEPTHLIMIT PCRE2_CONFIG_RECURSIONLIMIT
        PCRE2_CONFIG_STACKRECURSE PCRE2_CONFIG_UNICODE PCRE2_CONFIG_HEAPLIMIT);
    let text = |name: &str, what: u32| {
        if let Some(value) = config_text(what) {
            state.push_str(&value);
            state.raw_set_field(1, name);
        }
    };
    each!(0, text, PCRE2_CONFIG_JITTARGET PCRE2_CONFIG_UNICODE_VERSION PCRE2_CONFIG_VERSION);
    state.set_top(1);
    Ok(1)
}

/// `version()`: PCRE2's version and its date.
pub(super) fn version(call: &mut Call) -> Ret {
    call.push_str(&config_text(ffi::PCRE2_CONFIG_VERSION).unwrap_or_default());
    Ok(1)
}

/// `info(regex)`'s numbers, into the table on the top.
pub(super) fn info(call: &Call, of: impl Fn(u32) -> Option<u64>) {
    let set = |name: &str, what: u32| {
        if let Some(value) = of(what) {
            call.push_num(value as f64);
            call.raw_set_field(-2, name);
        }
    };
    each!(11, set, PCRE2_INFO_ALLOPTIONS PCRE2_INFO_ARGOPTIONS PCRE2_INFO_BACKREFMAX PCRE2_INFO_BSR
        PCRE2_INFO_CAPTURECOUNT PCRE2_INFO_FIRSTCODETYPE PCRE2_INFO_FIRSTCODEUNIT PCRE2_INFO_HASBACKSLASHC
        PCRE2_INFO_HASCRORLF PCRE2_INFO_JCHANGED PCRE2_INFO_JITSIZE PCRE2_INFO_LASTCODETYPE PCRE2_INFO_LASTCODEUNIT
        PCRE2_INFO_MATCHEMPTY PCRE2_INFO_MATCHLIMIT PCRE2_INFO_MAXLOOKBEHIND PCRE2_INFO_MINLENGTH PCRE2_INFO_NAMECOUNT
        PCRE2_INFO_NAMEENTRYSIZE PCRE2_INFO_NEWLINE PCRE2_INFO_DEPTHLIMIT PCRE2_INFO_RECURSIONLIMIT PCRE2_INFO_SIZE
        PCRE2_INFO_FRAMESIZE PCRE2_INFO_HEAPLIMIT PCRE2_INFO_EXTRAOPTIONS);
}

/// What a failed match is called and why: `error PCRE2_ERROR_MATCHLIMIT: match limit exceeded`.
pub(super) fn error(code: i32) -> String {
    let index = usize::try_from(-i64::from(code) - 1).unwrap_or(usize::MAX);
    match error_names().nth(index) {
        Some(name) => format!("error PCRE2_ERROR_{name}: {}", error_text(code)),
        None => format!("error of PCRE2 {code}: {}", error_text(code)),
    }
}

/// The names of the errors -1, -2 and so on.
fn error_names() -> impl Iterator<Item = &'static str> {
    "NOMATCH PARTIAL UTF8_ERR1 UTF8_ERR2 UTF8_ERR3 UTF8_ERR4 UTF8_ERR5 UTF8_ERR6 UTF8_ERR7 UTF8_ERR8 UTF8_ERR9 UTF8_ERR10 \
     UTF8_ERR11 UTF8_ERR12 UTF8_ERR13 UTF8_ERR14 UTF8_ERR15 UTF8_ERR16 UTF8_ERR17 UTF8_ERR18 UTF8_ERR19 UTF8_ERR20 \
     UTF8_ERR21 UTF16_ERR1 UTF16_ERR2 UTF16_ERR3 UTF32_ERR1 UTF32_ERR2 BADDATA MIXEDTABLES BADMAGIC BADMODE BADOFFSET \
     BADOPTION BADREPLACEMENT BADUTFOFFSET CALLOUT DFA_BADRESTART DFA_RECURSE DFA_UCOND DFA_UFUNC DFA_UITEM DFA_WSSIZE \
     INTERNAL JIT_BADOPTION JIT_STACKLIMIT MATCHLIMIT NOMEMORY NOSUBSTRING NOUNIQUESUBSTRING NULL RECURSELOOP DEPTHLIMIT \
     UNAVAILABLE UNSET BADOFFSETLIMIT BADREPESCAPE REPMISSINGBRACE BADSUBSTITUTION BADSUBSPATTERN TOOMANYREPLACE \
     BADSERIALIZEDDATA HEAPLIMIT CONVERT_SYNTAX INTERNAL_DUPMATCH DFA_UINVALID_UTF INVALIDOFFSET"
        .split(' ')
}

/// The table that is the first argument, or a new one in its place.
fn target(call: &mut Call) -> Result<(), crate::lua::Raise> {
    if call.is_nil(1) {
        call.set_top(0);
        call.new_table(0, 128);
    } else {
        call.table(1)?;
        call.set_top(1);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{error, error_names, ffi};

    #[test]
    fn names_stand_at_their_numbers() {
        let number = |name| -1 - error_names().position(|other| other == name).unwrap() as i32;
        assert_eq!(number("UTF8_ERR21"), ffi::PCRE2_ERROR_UTF8_ERR21);
        assert_eq!(number("BADMAGIC"), ffi::PCRE2_ERROR_BADMAGIC);
        assert_eq!(number("MATCHLIMIT"), ffi::PCRE2_ERROR_MATCHLIMIT);
        assert_eq!(number("DEPTHLIMIT"), ffi::PCRE2_ERROR_DEPTHLIMIT);
        assert_eq!(number("HEAPLIMIT"), ffi::PCRE2_ERROR_HEAPLIMIT);
        assert_eq!(number("INVALIDOFFSET"), ffi::PCRE2_ERROR_INVALIDOFFSET);
        assert!(error(ffi::PCRE2_ERROR_MATCHLIMIT).starts_with("error PCRE2_ERROR_MATCHLIMIT: "));
        assert!(error(-1000).starts_with("error of PCRE2 -1000: "));
    }
}
