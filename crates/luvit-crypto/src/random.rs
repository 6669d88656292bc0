//! Random numbers of cryptographic quality, and comparison that tells nothing by its time.

use std::cell::RefCell;

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

/// Random bytes of UUIDs to come: asking for those of 128 costs little more than for those of one.
struct Pool {
    bytes: [u8; 16 * 128],
    /// Where those begin that were not used yet.
    next: usize,
}

thread_local! {
    static POOL: RefCell<Pool> = const {
        RefCell::new(Pool { bytes: [0; 16 * 128], next: 16 * 128 })
    };
}

impl Pool {
    fn take(&mut self) -> [u8; 16] {
        if self.next == self.bytes.len() {
            fill(&mut self.bytes);
            self.next = 0;
        }
        let mut taken = [0; 16];
        let place = &mut self.bytes[self.next..self.next + 16];
        taken.copy_from_slice(place);
        // What was given is nowhere else.
        place.fill(0);
        self.next += 16;
        taken
    }
}

/// A random UUID (version 4, RFC 9562): `xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx`. Its bytes come from
/// a pool of the thread, unless it is to be made `alone`.
pub fn uuid(alone: bool) -> [u8; 36] {
    let mut bytes = [0; 16];
    if alone {
        fill(&mut bytes);
    } else {
        bytes = POOL.with_borrow_mut(Pool::take);
    }
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let mut text = [b'-'; 36];
    let mut at = 0;
    for (index, byte) in bytes.iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            at += 1;
        }
        text[at] = b"0123456789abcdef"[usize::from(byte >> 4)];
        text[at + 1] = b"0123456789abcdef"[usize::from(byte & 15)];
        at += 2;
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
        let mut seen = std::collections::HashSet::new();
        for index in 0..1000 {
            let text = uuid(index % 7 == 0);
            for (at, byte) in text.iter().enumerate() {
                match at {
                    8 | 13 | 18 | 23 => assert_eq!(*byte, b'-'),
                    14 => assert_eq!(*byte, b'4'),
                    19 => assert!(b"89ab".contains(byte)),
                    _ => assert!(b"0123456789abcdef".contains(byte)),
                }
            }
            assert!(seen.insert(text));
        }
    }

    #[test]
    fn comparison() {
        assert_eq!(timing_safe_equal(b"abc", b"abc"), Some(true));
        assert_eq!(timing_safe_equal(b"abc", b"abd"), Some(false));
        assert_eq!(timing_safe_equal(b"", b""), Some(true));
        assert_eq!(timing_safe_equal(b"abc", b"ab"), None);
    }
}
