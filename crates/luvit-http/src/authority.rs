//! `uri-host [":" port]` of RFC 3986 section 3.2: the value of `Host`, the authority of a request target.

use crate::bytes::reg_name_end;
use std::net::Ipv6Addr;

/// Splits a valid authority into host and port (the digits after the colon; `None` without a colon). No user
/// information, no IPv6 zone, port at most 65535. An empty host is refused.
pub(crate) fn split_authority(text: &[u8]) -> Option<(&[u8], Option<&[u8]>)> {
    let end = match text.first()? {
        b'[' => ip_literal_end(text)?,
        _ => host_end(text)?,
    };
    let host = &text[..end];
    match text[end..] {
        [] => Some((host, None)),
        [b':', ref port @ ..] if is_port(port) => Some((host, Some(port))),
        _ => None,
    }
}

/// End of a registered name or IPv4 address; `None` when it is empty or an escape is broken.
#[inline]
fn host_end(text: &[u8]) -> Option<usize> {
    let mut end = reg_name_end(text);
    while let [b'%', rest @ ..] = &text[end..] {
        match rest {
            [high, low, rest @ ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                end += 3 + reg_name_end(rest)
            }
            _ => return None,
        }
    }
    (end > 0).then_some(end)
}

/// End of `[IPv6 address]`.
fn ip_literal_end(text: &[u8]) -> Option<usize> {
    let end = text.iter().position(|&byte| byte == b']')?;
    let address = std::str::from_utf8(&text[1..end]).ok()?;
    address.parse::<Ipv6Addr>().ok()?;
    Some(end + 1)
}

fn is_port(digits: &[u8]) -> bool {
    let value = digits.iter().try_fold(0u32, |value, &byte| {
        let value = value * 10 + byte.is_ascii_digit().then(|| u32::from(byte - b'0'))?;
        (value <= 65_535).then_some(value)
    });
    value.is_some()
}

/// Where the authority of an absolute-form target (`scheme://authority…`) is; `None` for any other text.
pub(crate) fn absolute_authority(target: &[u8]) -> Option<&[u8]> {
    let scheme = target
        .iter()
        .position(|byte| !(byte.is_ascii_alphanumeric() || b"+-.".contains(byte)))?;
    if !target[0].is_ascii_alphabetic() {
        return None;
    }
    let rest = target[scheme..].strip_prefix(b"://")?;
    let end = rest
        .iter()
        .position(|byte| b"/?#".contains(byte))
        .unwrap_or(rest.len());
    Some(&rest[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn authorities() {
        for good in [
            "a",
            "example.com",
            "example.com:80",
            "example.com:",
            "127.0.0.1:8080",
            "[::1]",
            "[::1]:443",
            "a_b.c",
            "%41b:1",
            "[::ffff:1.2.3.4]:65535",
        ] {
            assert!(split_authority(good.as_bytes()).is_some(), "{good}");
        }
        for bad in [
            "",
            ":80",
            "a:b",
            "a:65536",
            "a:99999999999999",
            "a:1:2",
            "a b",
            "a/b",
            "user@a",
            "a@b:1",
            "[::1",
            "[::1]x",
            "[::g]",
            "[1.2.3.4]",
            "[::1%25eth0]",
            "::1",
            "%4",
            "%zz",
            "a?b",
            "a#b",
            "a\\b",
            "a\"b",
            "a<b",
            "http://a",
            "é",
            "[]",
            "a\0",
        ] {
            assert!(split_authority(bad.as_bytes()).is_none(), "{bad}");
        }
        assert_eq!(
            split_authority(b"[::1]:80"),
            Some((&b"[::1]"[..], Some(&b"80"[..])))
        );
    }

    #[test]
    fn absolute_targets() {
        let of = |target: &'static str| absolute_authority(target.as_bytes());
        assert_eq!(of("http://a:1/b"), Some(&b"a:1"[..]));
        assert_eq!(of("http://a?b"), Some(&b"a"[..]));
        assert_eq!(of("ws+x://a"), Some(&b"a"[..]));
        for other in [
            "/a",
            "http:/a",
            "http",
            "://a",
            "1http://a",
            "",
            "*",
            "a:80",
        ] {
            assert_eq!(of(other), None, "{other}");
        }
    }
}
