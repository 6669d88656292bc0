//! Archives: written and read again, and hostile ones.

use std::io::Cursor;

use luvit_zlib::zip::{Reader, Writer};
use proptest::prelude::*;

fn sample() -> Vec<u8> {
    let mut writer = Writer::new(0);
    writer.add(b"a/", b"", 9, 0x5a21_6000).expect("a folder");
    writer
        .add(b"a/long.txt", &b"long text ".repeat(1000), 9, 0x5a21_6000)
        .expect("a file");
    writer
        .add(b"stored", b"stored as it is", 0, 0x5a21_6000)
        .expect("a file");
    writer
        .add("größe".as_bytes(), b"", 6, 0x5a21_6000)
        .expect("a file");
    writer.finalize()
}

fn open(bytes: &[u8]) -> std::io::Result<Reader<Cursor<Vec<u8>>>> {
    Reader::new(Cursor::new(bytes.to_vec()))
}

fn refusal(bytes: &[u8]) -> String {
    match open(bytes) {
        Ok(mut reader) => {
            let count = reader.entries().len();
            let failed = (0..count).find_map(|index| reader.extract(index, 1 << 20).err());
            failed.expect("something is wrong").to_string()
        }
        Err(error) => error.to_string(),
    }
}

fn place(bytes: &[u8], what: &[u8]) -> usize {
    bytes
        .windows(what.len())
        .position(|window| window == what)
        .expect("it is there")
}

#[test]
fn written_and_read() {
    for front in [&b""[..], b"#!/usr/bin/env program\n", &[7; 70_000]] {
        let mut bytes = front.to_vec();
        bytes.extend_from_slice(&sample());
        let mut reader = open(&bytes).expect("an archive");
        assert_eq!(reader.offset(), front.len() as u64);
        let names: Vec<_> = reader
            .entries()
            .iter()
            .map(|entry| entry.name.clone())
            .collect();
        assert_eq!(
            names,
            [&b"a/"[..], b"a/long.txt", b"stored", "größe".as_bytes()]
        );
        assert!(reader.entries()[0].is_directory() && !reader.entries()[1].is_directory());
        assert_eq!(
            reader.extract(1, 10_000).expect("content"),
            b"long text ".repeat(1000)
        );
        assert_eq!(reader.extract(2, 100).expect("content"), b"stored as it is");
        assert_eq!(reader.extract(3, 0).expect("content"), b"");
        assert!(
            reader
                .extract(1, 9_999)
                .unwrap_err()
                .to_string()
                .contains("more than 9999")
        );
        assert!(reader.extract(4, 10).is_err());
        // From one archive to another.
        let mut writer = Writer::new(10);
        for index in 0..4 {
            let entry = reader.entries()[index].clone();
            let raw = reader.raw(index).expect("raw");
            writer.add_raw(&entry, &raw).expect("added");
        }
        let copy = writer.finalize();
        let mut copy = open(&copy).expect("an archive");
        assert_eq!(
            copy.extract(1, 10_000).expect("content"),
            b"long text ".repeat(1000)
        );
    }
}

#[test]
fn behind_the_archive_may_be_something() {
    let mut bytes = sample();
    bytes.extend_from_slice(b"and more");
    assert_eq!(open(&bytes).expect("an archive").entries().len(), 4);
}

#[test]
fn more_entries_than_the_old_format_has() {
    let mut writer = Writer::new(0);
    for index in 0..70_000 {
        writer
            .add(format!("{index}").as_bytes(), b"x", 0, 0)
            .expect("added");
    }
    let bytes = writer.finalize();
    let mut reader = open(&bytes).expect("an archive");
    assert_eq!(reader.entries().len(), 70_000);
    assert_eq!(reader.extract(69_999, 1).expect("content"), b"x");
}

/// An entry as others write it, with all numbers in the extra field.
fn with_zip64_field(numbers: &[u64]) -> Vec<u8> {
    let field = |numbers: &[u64]| {
        let mut field = vec![1, 0, numbers.len() as u8 * 8, 0];
        numbers
            .iter()
            .for_each(|number| field.extend_from_slice(&number.to_le_bytes()));
        field
    };
    let crc = luvit_zlib::crc32(0, b"hi").to_le_bytes();
    let mut bytes = b"PK\x03\x04\x2d\0\0\0\0\0\0\0\0\0".to_vec();
    bytes.extend_from_slice(&crc);
    bytes.extend_from_slice(&[255; 8]);
    bytes.extend_from_slice(&[1, 0, 20, 0]);
    bytes.push(b'n');
    bytes.extend_from_slice(&field(&[2, 2]));
    bytes.extend_from_slice(b"hi");
    let directory = bytes.len() as u32;
    bytes.extend_from_slice(b"PK\x01\x02\x2d\0\x2d\0\0\0\0\0\0\0\0\0");
    bytes.extend_from_slice(&crc);
    bytes.extend_from_slice(&[255; 8]);
    let extra = field(numbers);
    bytes.extend_from_slice(&[1, 0, extra.len() as u8, 0]);
    bytes.extend_from_slice(&[0; 10]);
    bytes.extend_from_slice(&[255; 4]);
    bytes.push(b'n');
    bytes.extend_from_slice(&extra);
    let size = bytes.len() as u32 - directory;
    bytes.extend_from_slice(b"PK\x05\x06\0\0\0\0\x01\0\x01\0");
    bytes.extend_from_slice(&size.to_le_bytes());
    bytes.extend_from_slice(&directory.to_le_bytes());
    bytes.extend_from_slice(&[0, 0]);
    bytes
}

#[test]
fn sizes_in_the_zip64_field() {
    let mut reader = open(&with_zip64_field(&[2, 2, 0])).expect("an archive");
    assert_eq!(reader.extract(0, 2).expect("content"), b"hi");
    assert!(refusal(&with_zip64_field(&[2, 2])).contains("Zip64"));
    assert!(refusal(&with_zip64_field(&[2, u64::MAX, 0])).contains("not inside"));
    assert!(refusal(&with_zip64_field(&[2, 2, u64::MAX - 1])).contains("not inside"));
    assert!(refusal(&with_zip64_field(&[1 << 40, 2, 0])).contains("more than"));
}

#[test]
fn lies_are_found() {
    assert!(refusal(b"").contains("not a zip archive"));
    assert!(refusal(&[0; 1000]).contains("not a zip archive"));
    let good = sample();
    let central = place(&good, b"PK\x01\x02");
    let second = central + 4 + place(&good[central + 4..], b"PK\x01\x02");
    let change = |at: usize, bytes: &[u8]| {
        let mut bad = good.clone();
        bad[at..at + bytes.len()].copy_from_slice(bytes);
        refusal(&bad)
    };
    // The second entry, `a/long.txt`: method, CRC-32, sizes, offset.
    assert!(change(second + 10, &[12, 0]).contains("method 12"));
    assert!(change(second + 8, &[1, 0]).contains("encrypted"));
    assert!(change(second + 16, &[1, 2, 3, 4]).contains("CRC-32"));
    assert!(change(second + 24, &[0x0f, 0x27]).contains("size"));
    assert!(change(second + 24, &[0x11, 0x27]).contains("size"));
    assert!(change(second + 24, &[0, 0, 0, 0x0f]).contains("more than"));
    assert!(change(second + 20, &[0xff, 0xff, 0xff, 0]).contains("not inside"));
    assert!(change(second + 42, &[0, 0, 0, 0]).contains("overlap"));
    assert!(change(second + 42, &[0, 0, 0, 0x7f]).contains("not inside"));
    // The end: more entries than there are, a directory that is elsewhere.
    let end = good.len() - 22;
    assert!(change(end + 8, &[9, 0, 9, 0]).contains("entry 5"));
    assert!(change(end + 12, &[0xff, 0xff, 0xff, 0x7f]).contains("too many"));
    assert!(change(end + 12, &[0xff, 0xff, 0xff, 0]).contains("not inside"));
    // A truncated one has lost its end.
    assert!(refusal(&good[..good.len() - 1]).contains("not a zip archive"));
}

#[test]
fn names_that_lead_elsewhere() {
    for name in ["../x", "a/../../x", "/etc/x", "\\x", "C:\\x", "a\\..\\x"] {
        let mut writer = Writer::new(0);
        writer.add(name.as_bytes(), b"x", 0, 0).expect("added");
        let error = refusal(&writer.finalize());
        assert!(error.contains("the name"), "{name}: {error}");
    }
    for name in ["a..b", "..a", "a/b..", "c:"] {
        let mut writer = Writer::new(0);
        writer.add(name.as_bytes(), b"x", 0, 0).expect("added");
        let content = open(&writer.finalize()).expect("an archive").extract(0, 1);
        assert_eq!(content.is_ok(), name != "c:", "{name}");
    }
    let mut writer = Writer::new(0);
    assert!(writer.add(b"", b"x", 0, 0).is_err());
    assert!(writer.add(b"a\0b", b"x", 0, 0).is_err());
    assert!(writer.add(b"a/", b"x", 0, 0).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn damaged_archives_do_no_harm(places in proptest::collection::vec((any::<usize>(), any::<u8>()), 1..6)) {
        let mut bytes = sample();
        for (place, byte) in places {
            let length = bytes.len();
            bytes[place % length] = byte;
        }
        if let Ok(mut reader) = open(&bytes) {
            for index in 0..reader.entries().len().min(100) {
                let _ = reader.extract(index, 1 << 20);
            }
        }
    }

    #[test]
    fn any_files_come_back(files in proptest::collection::vec(
        ("[a-z]{1,5}(/[a-z]{1,5}){0,3}", proptest::collection::vec(0..4u8, 0..3000), 0..10i32), 0..10,
    )) {
        let mut writer = Writer::new(0);
        for (name, content, level) in &files {
            writer.add(name.as_bytes(), content, *level, 0).expect("added");
        }
        let mut reader = open(&writer.finalize()).expect("an archive");
        for (index, (name, content, _)) in files.iter().enumerate() {
            prop_assert_eq!(&reader.entries()[index].name, name.as_bytes());
            prop_assert_eq!(&reader.extract(index, content.len()).expect("content"), content);
        }
    }
}
