//! Lua source without comments and indentation, line for line: what the program carries of its
//! standard library. `build.rs` uses it; the tests here are why it lives in the crate.

/// Removes comments, indentation and blanks at line ends from Lua source. Line breaks stay, so that
/// errors and tracebacks name the lines of the original; strings stay as they are.
pub fn strip(source: &str) -> String {
    let bytes = source.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let rest = &bytes[at..];
        if rest.starts_with(b"--") {
            let length = match long_bracket(&rest[2..]) {
                Some(length) => {
                    // A comment may stand between two words.
                    out.push(b' ');
                    out.extend(rest[..2 + length].iter().filter(|byte| **byte == b'\n'));
                    2 + length
                }
                None => rest
                    .iter()
                    .position(|byte| *byte == b'\n')
                    .unwrap_or(rest.len()),
            };
            at += length;
        } else if let Some(length) = long_bracket(rest) {
            out.extend_from_slice(&rest[..length]);
            at += length;
        } else if matches!(rest[0], b'"' | b'\'') {
            let length = quoted(rest);
            out.extend_from_slice(&rest[..length]);
            at += length;
        } else if rest[0] == b'\n' {
            while matches!(out.last(), Some(b' ' | b'\t' | b'\r')) {
                out.pop();
            }
            out.push(b'\n');
            at += 1;
            while matches!(bytes.get(at), Some(b' ' | b'\t')) {
                at += 1;
            }
        } else {
            out.push(rest[0]);
            at += 1;
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// The length of the long bracket (`[[…]]`, `[==[…]==]`) that `text` begins with.
fn long_bracket(text: &[u8]) -> Option<usize> {
    let level = text
        .strip_prefix(b"[")?
        .iter()
        .take_while(|byte| **byte == b'=')
        .count();
    if text.get(level + 1) != Some(&b'[') {
        return None;
    }
    let mut close = vec![b'='; level + 2];
    close[0] = b']';
    close[level + 1] = b']';
    let end = text.windows(close.len()).position(|window| window == close);
    Some(end.map_or(text.len(), |end| end + close.len()))
}

/// The length of the quoted string that `text` begins with.
fn quoted(text: &[u8]) -> usize {
    let mut at = 1;
    while at < text.len() {
        match text[at] {
            b'\\' => at += 2,
            byte if byte == text[0] => return at + 1,
            _ => at += 1,
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::strip;

    #[test]
    fn comments_go_and_lines_stay() {
        let source = "-- head\nlocal a = 1 -- one\n\n  --[[ long\n  comment ]] local b\n--[==[ ]] ]==]\nreturn a--x";
        assert_eq!(strip(source), "\nlocal a = 1\n\n \n local b\n\nreturn a");
    }

    #[test]
    fn what_looks_like_a_comment_in_a_string_stays() {
        for text in [
            r#"x = "a -- b""#,
            "x = 'it\\'s -- so'",
            "x = [[\n  -- in\n]]",
            "x = [=[ ]] -- ]=]",
            "x = a[b[1]] - -1",
        ] {
            assert_eq!(strip(text), text);
        }
    }
}
