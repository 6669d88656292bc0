//! The text around the values: white space, comments, and where an error stands.

/// Why a text is refused, and where (from 0).
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) at: usize,
    pub(super) message: String,
}

/// Moves `at` behind white space, and comments if they count; `Err` for a comment without end.
pub(super) fn skip_blank(text: &[u8], mut at: usize, comments: bool) -> Result<usize, Failure> {
    loop {
        match text.get(at) {
            Some(b' ' | b'\n' | b'\r' | b'\t') => at += 1,
            Some(b'/') if comments => match text.get(at + 1) {
                Some(b'/') => {
                    let end = memchr::memchr2(b'\n', b'\r', &text[at..]);
                    at = end.map_or(text.len(), |length| at + length);
                }
                Some(b'*') => match memchr::memmem::find(&text[at + 2..], b"*/") {
                    Some(length) => at += length + 4,
                    None => return Err(unterminated(text, "comment", at)),
                },
                _ => return Ok(at),
            },
            _ => return Ok(at),
        }
    }
}

/// The end of a text in which one value is all there may be, behind `at`.
pub(super) fn expect_end(text: &[u8], at: usize, comments: bool) -> Result<usize, Failure> {
    let at = skip_blank(text, at, comments)?;
    if at < text.len() {
        let (found, position) = (found(text, at), position(text, at));
        return Err(Failure {
            at,
            message: format!("expected the end of the text, found {found} at {position}"),
        });
    }
    Ok(at)
}

/// `line 1, column 1` of an offset; columns count bytes.
pub(super) fn position(text: &[u8], at: usize) -> String {
    let before = &text[..at.min(text.len())];
    let line = memchr::memchr_iter(b'\n', before).count() + 1;
    let start = memchr::memrchr(b'\n', before).map_or(0, |newline| newline + 1);
    format!("line {line}, column {}", before.len() - start + 1)
}

/// Something that begins at `start` and has no end.
pub(super) fn unterminated(text: &[u8], what: &str, start: usize) -> Failure {
    Failure {
        at: text.len(),
        message: format!("unterminated {what} at {}", position(text, start)),
    }
}

/// What stands at an offset, in the words of an error message.
pub(super) fn found(text: &[u8], at: usize) -> String {
    let Some(&byte) = text.get(at) else {
        return "the end of the text".into();
    };
    let word = text[at..]
        .iter()
        .take_while(|b| b.is_ascii_alphanumeric() || **b == b'_')
        .count();
    if word > 0 {
        let shown = String::from_utf8_lossy(&text[at..at + word.min(20)]).into_owned();
        return format!("'{shown}{}'", if word > 20 { "…" } else { "" });
    }
    if (0x20..0x7f).contains(&byte) {
        return format!("'{}'", char::from(byte));
    }
    let bytes = &text[at..text.len().min(at + 4)];
    let character = bytes
        .utf8_chunks()
        .next()
        .and_then(|chunk| chunk.valid().chars().next());
    match character {
        Some(character) if !character.is_control() => format!("'{character}'"),
        _ => format!("byte 0x{byte:02x}"),
    }
}
