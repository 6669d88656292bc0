//! Numbers between JSON text and `f64`, correctly rounded both ways.

use super::raw;

/// Powers of ten that an `f64` holds exactly.
const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
];

/// Up to here every integer is an `f64`.
const EXACT: u64 = 1 << 53;

/// Decimal digits that fit a `u64` whatever they are.
const DIGITS: usize = 19;

fn digit(text: &[u8], at: usize) -> Option<u64> {
    let value = text.get(at)?.wrapping_sub(b'0');
    (value < 10).then_some(value.into())
}

/// Reads the number that starts at `at` (RFC 8259, section 6): its value and the offset behind it.
/// `Err` is the offset where a digit was expected. What is too large for a double is infinite, what
/// is too small is zero.
pub(super) fn parse(text: &[u8], at: usize) -> Result<(f64, usize), usize> {
    let negative = text.get(at) == Some(&b'-');
    let first = at + usize::from(negative);
    let mut end = first;
    let mut mantissa = 0u64;
    while let Some(value) = digit(text, end) {
        mantissa = mantissa.wrapping_mul(10).wrapping_add(value);
        end += 1;
    }
    if end == first {
        return Err(first);
    }
    if text[first] == b'0' && end > first + 1 {
        return Err(first + 1);
    }
    let mut digits = end - first;
    let mut scale = 0i64;
    let mut integer = true;
    if text.get(end) == Some(&b'.') {
        integer = false;
        let fraction = end + 1;
        end = fraction;
        while let Some(value) = digit(text, end) {
            mantissa = mantissa.wrapping_mul(10).wrapping_add(value);
            end += 1;
        }
        if end == fraction {
            return Err(end);
        }
        digits += end - fraction;
        scale = -((end - fraction) as i64);
    }
    if let Some(b'e' | b'E') = text.get(end) {
        integer = false;
        end += 1;
        let mut down = false;
        if let Some(sign @ (b'+' | b'-')) = text.get(end) {
            down = *sign == b'-';
            end += 1;
        }
        let first = end;
        let mut exponent = 0i64;
        while let Some(value) = digit(text, end) {
            exponent = (exponent * 10 + value as i64).min(1 << 32);
            end += 1;
        }
        if end == first {
            return Err(end);
        }
        scale += if down { -exponent } else { exponent };
    }
    if digits <= DIGITS {
        let value = if integer {
            Some(mantissa as f64)
        } else if mantissa <= EXACT && scale.unsigned_abs() < POWERS.len() as u64 {
            // Both operands are exact, so the one rounding of IEEE 754 is the right one.
            let power = POWERS[scale.unsigned_abs() as usize];
            let value = mantissa as f64;
            Some(if scale < 0 {
                value / power
            } else {
                value * power
            })
        } else {
            None
        };
        if let Some(value) = value {
            return Ok((if negative { -value } else { value }, end));
        }
    }
    let value = std::str::from_utf8(&text[at..end])
        .ok()
        .and_then(|numeral| numeral.parse().ok());
    value.map(|value| (value, end)).ok_or(at)
}

/// Appends the shortest numeral that reads back as `value`, laid out as ECMAScript does
/// (`Number::toString`: no `.0`, exponents from 1e21 up and below 1e-6), except that `-0` keeps its
/// sign. `value` must be finite.
pub(super) fn write(out: &mut Vec<u8>, value: f64) {
    let whole = value as i64;
    if whole as f64 == value
        && whole.unsigned_abs() <= EXACT
        && (whole != 0 || value.is_sign_positive())
    {
        return raw::append(out, itoa::Buffer::new().format(whole).as_bytes());
    }
    let mut buffer = zmij::Buffer::new();
    let numeral = buffer.format_finite(value).as_bytes();
    if (1e-4..1e15).contains(&value.abs()) {
        // Here the layouts are the same.
        return raw::append(out, numeral);
    }
    let (numeral, exponent) = match memchr::memchr(b'e', numeral) {
        Some(at) => (&numeral[..at], signed(&numeral[at + 1..])),
        None => (numeral, 0),
    };
    let (sign, numeral) = match numeral {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, numeral),
    };
    // The significant digits, and where the point stands after the first of them.
    let mut digits = [0u8; 32];
    let mut count = 0;
    let mut point = None;
    let mut started = false;
    let mut leading = 0;
    for &byte in numeral {
        match byte {
            b'.' => point = Some(count as i32 - leading),
            b'0' if !started => leading += i32::from(point.is_some()),
            _ => {
                started = true;
                digits[count] = byte;
                count += 1;
            }
        }
    }
    let point = point.unwrap_or(count as i32) - leading + exponent;
    while count > 0 && digits[count - 1] == b'0' {
        count -= 1;
    }
    let digits = &digits[..count];
    if sign {
        out.push(b'-');
    }
    lay_out(out, digits, point);
}

/// Writes `0.digits × 10^point`.
fn lay_out(out: &mut Vec<u8>, digits: &[u8], point: i32) {
    let count = digits.len() as i32;
    if count == 0 {
        out.push(b'0');
    } else if (count..=21).contains(&point) {
        out.extend_from_slice(digits);
        out.resize(out.len() + (point - count) as usize, b'0');
    } else if (1..=21).contains(&point) {
        let (whole, fraction) = digits.split_at(point as usize);
        out.extend_from_slice(whole);
        out.push(b'.');
        out.extend_from_slice(fraction);
    } else if (-5..=0).contains(&point) {
        out.extend_from_slice(b"0.");
        out.resize(out.len() + (-point) as usize, b'0');
        out.extend_from_slice(digits);
    } else {
        out.push(digits[0]);
        if count > 1 {
            out.push(b'.');
            out.extend_from_slice(&digits[1..]);
        }
        out.extend_from_slice(if point > 0 { b"e+" } else { b"e-" });
        out.extend_from_slice(itoa::Buffer::new().format((point - 1).abs()).as_bytes());
    }
}

/// The integer in the exponent of a numeral of our own making.
fn signed(text: &[u8]) -> i32 {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    let value = digits
        .iter()
        .fold(0, |sum, byte| sum * 10 + i32::from(byte - b'0'));
    if negative { -value } else { value }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    fn written(value: f64) -> String {
        let mut out = Vec::new();
        super::write(&mut out, value);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn layout_is_that_of_ecmascript() {
        for (value, text) in [
            (0.0, "0"),
            (-0.0, "-0"),
            (1.0, "1"),
            (-7.0, "-7"),
            (0.1, "0.1"),
            (1.5, "1.5"),
            (100.25, "100.25"),
            (0.0001, "0.0001"),
            (0.00012345678901234567, "0.00012345678901234567"),
            (-999999999999999.9, "-999999999999999.9"),
            (1e15 + 0.5, "1000000000000000.5"),
            (0.00005, "0.00005"),
            (9007199254740992.0, "9007199254740992"),
            (123456789012345680000.0, "123456789012345680000"),
            (1e21, "1e+21"),
            (1.25e22, "1.25e+22"),
            (1e300, "1e+300"),
            (0.000001, "0.000001"),
            (0.0000012, "0.0000012"),
            (0.0000001, "1e-7"),
            (-1.5e-9, "-1.5e-9"),
            (5e-324, "5e-324"),
            (f64::MAX, "1.7976931348623157e+308"),
        ] {
            assert_eq!(written(value), text);
        }
    }

    #[test]
    fn refuses_what_is_not_a_number() {
        for (text, at) in [
            ("-", 1),
            ("01", 1),
            ("-01", 2),
            ("1.", 2),
            ("1.e1", 2),
            ("1e", 2),
            ("1e+", 3),
            (".5", 0),
            ("+1", 0),
            ("-a", 1),
        ] {
            assert_eq!(super::parse(text.as_bytes(), 0), Err(at), "{text}");
        }
    }

    #[test]
    fn stops_behind_the_number() {
        assert_eq!(super::parse(b"[12,", 1), Ok((12.0, 3)));
        assert_eq!(super::parse(b"1.5e1x", 0), Ok((15.0, 5)));
        assert_eq!(
            super::parse(b"1e999999999999999999999", 0),
            Ok((f64::INFINITY, 23))
        );
        assert_eq!(super::parse(b"1e-999999999999999999999", 0), Ok((0.0, 24)));
    }

    proptest! {
        #[test]
        fn writing_and_reading_gives_the_same_bits(bits: u64) {
            let value = f64::from_bits(bits);
            prop_assume!(value.is_finite());
            let text = written(value);
            let (back, end) = super::parse(text.as_bytes(), 0).unwrap();
            prop_assert_eq!(end, text.len());
            prop_assert_eq!(back.to_bits(), value.to_bits());
        }

        #[test]
        fn reads_as_the_standard_library_does(text in "-?(0|[1-9][0-9]{0,24})(\\.[0-9]{1,25})?([eE][+-]?[0-9]{1,3})?") {
            let (value, end) = super::parse(text.as_bytes(), 0).unwrap();
            prop_assert_eq!(end, text.len());
            prop_assert_eq!(value.to_bits(), text.parse::<f64>().unwrap().to_bits());
        }
    }
}
