//! What is no archive is an error, and so is an entry that lies.
#![no_main]

use std::io::Cursor;

use libfuzzer_sys::fuzz_target;
use luvit_zlib::crc32;
use luvit_zlib::zip::Reader;

fuzz_target!(|data: &[u8]| {
    let Ok(mut reader) = Reader::new(Cursor::new(data)) else {
        return;
    };
    for index in 0..reader.entries().len().min(64) {
        let entry = reader.entries()[index].clone();
        if let Ok(content) = reader.extract(index, 1 << 20) {
            assert_eq!(content.len() as u64, entry.size);
            assert_eq!(crc32(0, &content), entry.crc32);
        }
    }
});
