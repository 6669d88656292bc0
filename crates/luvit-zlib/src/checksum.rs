//! Checksums: CRC-32 of RFC 1952, Adler-32 of RFC 1950.

use crate::raw;

/// The CRC-32 of `data` after bytes whose CRC-32 is `start`; 0 is that of none.
pub fn crc32(start: u32, data: &[u8]) -> u32 {
    raw::crc32(start, data)
}

/// The Adler-32 of `data` after bytes whose Adler-32 is `start`; 1 is that of none.
pub fn adler32(start: u32, data: &[u8]) -> u32 {
    raw::adler32(start, data)
}

/// The CRC-32 of two pieces from those of each, and the length of the second.
pub fn crc32_combine(first: u32, second: u32, second_length: u64) -> u32 {
    raw::crc32_combine(first, second, second_length)
}

/// The Adler-32 of two pieces from those of each, and the length of the second.
pub fn adler32_combine(first: u32, second: u32, second_length: u64) -> u32 {
    raw::adler32_combine(first, second, second_length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_values() {
        // The check values of the CRC catalogue, and the one in RFC 1950's spirit: "Wikipedia".
        assert_eq!(crc32(0, b"123456789"), 0xcbf4_3926);
        assert_eq!(crc32(0, b""), 0);
        assert_eq!(adler32(1, b"Wikipedia"), 0x11e6_0398);
        assert_eq!(adler32(1, b"123456789"), 0x091e_01de);
        assert_eq!(adler32(1, b""), 1);
    }

    #[test]
    fn pieces_combine() {
        let (a, b) = (b"some bytes, ".as_slice(), b"and some more".as_slice());
        let all = [a, b].concat();
        let length = b.len() as u64;
        assert_eq!(crc32(crc32(0, a), b), crc32(0, &all));
        assert_eq!(
            crc32_combine(crc32(0, a), crc32(0, b), length),
            crc32(0, &all)
        );
        assert_eq!(
            adler32_combine(adler32(1, a), adler32(1, b), length),
            adler32(1, &all)
        );
    }
}
