//! Host names with letters beyond ASCII, as the resolver wants them: `bücher.example` is
//! `xn--bcher-kva.example`.
//!
//! Source: RFC 3492 (Punycode) and RFC 3490, section 3.1 (the dots). Names are put into lower case
//! and otherwise taken as they are: nothing checks that the letters are allowed in one.

use crate::{Error, Result};
use std::borrow::Cow;

/// The parameters of RFC 3492, section 5.
const BASE: u32 = 36;
const T_MIN: u32 = 1;
const T_MAX: u32 = 26;
const SKEW: u32 = 38;
const DAMP: u32 = 700;
const INITIAL_BIAS: u32 = 72;
const FIRST: u32 = 0x80;

/// A host name in ASCII, as the resolver wants it: `bücher.example` is `xn--bcher-kva.example` (RFC 3492). Names are
/// put into lower case and otherwise taken as they are.
///
/// # Errors
/// `EINVAL` for a name that is far too long.
pub fn to_ascii(name: &str) -> Result<Cow<'_, str>> {
    if name.is_ascii() {
        return Ok(name.into());
    }
    let labels: Result<Vec<_>> = name
        .split(['.', '\u{3002}', '\u{ff0e}', '\u{ff61}'])
        .map(|label| match label.is_ascii() {
            true => Ok(label.to_owned()),
            false => encode(&label.to_lowercase()),
        })
        .collect();
    Ok(labels?.join(".").into())
}

/// A label that is not ASCII, with its prefix.
fn encode(label: &str) -> Result<String> {
    let mut text: String = label.chars().filter(char::is_ascii).collect();
    let basic = text.len() as u32;
    if basic > 0 {
        text.push('-');
    }
    let total = label.chars().count() as u32;
    let (mut handled, mut bias, mut delta) = (basic, INITIAL_BIAS, 0_u32);
    let mut below = FIRST;
    // Each round inserts one character, the smallest that is left, wherever it occurs.
    while handled < total {
        let rest = label.chars().map(u32::from).filter(|code| *code >= below);
        let next = rest.min().ok_or(Error::EINVAL)?;
        delta = (next - below)
            .checked_mul(handled + 1)
            .and_then(|step| delta.checked_add(step))
            .ok_or(Error::EINVAL)?;
        for code in label.chars().map(u32::from) {
            if code < next {
                delta = delta.checked_add(1).ok_or(Error::EINVAL)?;
            } else if code == next {
                push_number(&mut text, delta, bias);
                bias = adapt(delta, handled + 1, handled == basic);
                delta = 0;
                handled += 1;
            }
        }
        delta = delta.checked_add(1).ok_or(Error::EINVAL)?;
        below = next + 1;
    }
    text.insert_str(0, "xn--");
    Ok(text)
}

/// A number of variable length: section 3.3.
fn push_number(text: &mut String, mut number: u32, bias: u32) {
    let digit = |value: u32| match value as u8 {
        letter @ 0..26 => char::from(b'a' + letter),
        numeral => char::from(b'0' + (numeral - 26)),
    };
    let mut position = BASE;
    loop {
        let threshold = position.saturating_sub(bias).clamp(T_MIN, T_MAX);
        if number < threshold {
            return text.push(digit(number));
        }
        let rest = number - threshold;
        text.push(digit(threshold + rest % (BASE - threshold)));
        number = rest / (BASE - threshold);
        position += BASE;
    }
}

/// The bias for the next number: section 3.4.
fn adapt(delta: u32, handled: u32, first: bool) -> u32 {
    let mut delta = delta / if first { DAMP } else { 2 };
    delta += delta / handled;
    let mut steps = 0;
    while delta > (BASE - T_MIN) * T_MAX / 2 {
        delta /= BASE - T_MIN;
        steps += BASE;
    }
    steps + (BASE - T_MIN + 1) * delta / (delta + SKEW)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_in_ascii() {
        for (name, expected) in [
            ("example.com", "example.com"),
            ("", ""),
            ("bücher.example", "xn--bcher-kva.example"),
            ("BÜCHER.Example", "xn--bcher-kva.Example"),
            ("münchen。de", "xn--mnchen-3ya.de"),
            ("例え.テスト", "xn--r8jz45g.xn--zckzah"),
            ("faß.de", "xn--fa-hia.de"),
            ("пример.испытание", "xn--e1afmkfd.xn--80akhbyknj4f"),
            // RFC 3492, section 7.1 (B).
            ("他们为什么不说中文", "xn--ihqwcrb4cv8a8dqg056pqjye"),
        ] {
            assert_eq!(to_ascii(name).unwrap(), expected);
        }
    }

    proptest! {
        #[test]
        fn every_name_becomes_ascii(name: String) {
            if let Ok(ascii) = to_ascii(&name) {
                prop_assert!(ascii.is_ascii());
            }
        }
    }
}
