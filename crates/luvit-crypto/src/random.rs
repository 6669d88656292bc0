//! Random numbers of cryptographic quality, and comparison that tells nothing by its time.

use crate::libcrypto::random;

/// Fills `out` with random bytes.
pub fn fill(out: &mut [u8]) {
    random::fill(out);
}

/// A random integer from 0 up to but not including `limit`, every one as likely as another.
///
/// # Panics
/// When `limit` is 0.
pub fn below(limit: u64) -> u64 {
    assert!(limit > 0);
    // The highest multiple of `limit` that 64 bits hold: what is drawn above it would make the
    // remainders below it likelier.
    let end = u64::MAX - (u64::MAX % limit + 1) % limit;
    loop {
        let mut bytes = [0; 8];
        fill(&mut bytes);
        let number = u64::from_ne_bytes(bytes);
        if number <= end {
            return number % limit;
        }
    }
}

/// A random UUID (version 4, RFC 9562): `xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx`.
pub fn uuid() -> String {
    let mut bytes = [0u8; 16];
    fill(&mut bytes);
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let mut text = String::with_capacity(36);
    for (index, byte) in bytes.iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        for digit in [byte >> 4, byte & 15] {
            text.push(char::from(b"0123456789abcdef"[digit as usize]));
        }
    }
    text
}

/// Whether two secrets of the same length are equal, in time that depends on the length only;
/// `None` when the lengths differ.
pub fn timing_safe_equal(a: &[u8], b: &[u8]) -> Option<bool> {
    (a.len() == b.len()).then(|| random::equal(a, b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stay_below_the_limit_and_reach_all_of_it() {
        let mut seen = [0; 7];
        for _ in 0..7000 {
            seen[below(7) as usize] += 1;
        }
        assert!(seen.iter().all(|&count| count > 500), "{seen:?}");
        assert_eq!(below(1), 0);
        assert!(below(u64::MAX) < u64::MAX);
        assert!(below(1 << 63) < 1 << 63);
    }

    #[test]
    fn uuids_have_version_and_variant() {
        let a = uuid();
        assert_eq!(a.len(), 36);
        assert_eq!(a.as_bytes()[14], b'4');
        assert!(b"89ab".contains(&a.as_bytes()[19]));
        assert_ne!(a, uuid());
    }

    #[test]
    fn comparison() {
        assert_eq!(timing_safe_equal(b"abc", b"abc"), Some(true));
        assert_eq!(timing_safe_equal(b"abc", b"abd"), Some(false));
        assert_eq!(timing_safe_equal(b"", b""), Some(true));
        assert_eq!(timing_safe_equal(b"abc", b"ab"), None);
    }
}
