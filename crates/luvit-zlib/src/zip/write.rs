//! Writing an archive, in memory.

use super::format::*;
use super::read::Entry;
use crate::settings::{Kind, Settings};
use crate::{Failure, crc32, whole};

/// Where the format's 32 bits end; an archive of more is none that memory holds.
const MAX_SIZE: usize = u32::MAX as usize - 1;

/// What becomes an archive.
#[derive(Default)]
pub struct Writer {
    out: Vec<u8>,
    directory: Vec<u8>,
    entries: u64,
}

fn put16(out: &mut Vec<u8>, value: u16) {
    out.extend_from_slice(&value.to_le_bytes());
}

fn put32(out: &mut Vec<u8>, value: u32) {
    out.extend_from_slice(&value.to_le_bytes());
}

fn put64(out: &mut Vec<u8>, value: u64) {
    out.extend_from_slice(&value.to_le_bytes());
}

fn refuse(text: impl Into<String>) -> Failure {
    Failure::new("EINVAL", 0, text.into())
}

impl Writer {
    /// An archive without entries, behind so many zero bytes.
    pub fn new(reserved: usize) -> Writer {
        Writer {
            out: vec![0; reserved],
            ..Writer::default()
        }
    }

    /// Adds a file, or a folder when the name ends with `/`. Level 0 stores it, and so do the others what they would not
    /// make smaller. `dos` is the date (upper half) and time of change.
    pub fn add(
        &mut self,
        name: &[u8],
        content: &[u8],
        level: i32,
        dos: u32,
    ) -> Result<(), Failure> {
        let folder = name.last() == Some(&b'/');
        if folder && !content.is_empty() {
            return Err(refuse("a folder has no content (its name ends with '/')"));
        }
        let mut entry = Entry {
            name: name.to_vec(),
            version_made_by: 20,
            version_needed: 20,
            flags: if name.is_ascii() { 0 } else { UTF8 },
            method: STORED,
            dos_time: dos as u16,
            dos_date: (dos >> 16) as u16,
            crc32: crc32(0, content),
            size: content.len() as u64,
            compressed_size: content.len() as u64,
            external_attributes: if folder { 0x10 } else { 0 },
            ..Entry::default()
        };
        if level != 0 && content.len() > 3 {
            let mut settings = Settings::new(Kind::DeflateRaw);
            settings.level = level;
            // It is not to become larger.
            if let Ok(packed) = whole(&settings, content, content.len() - 1) {
                entry.method = DEFLATED;
                entry.compressed_size = packed.len() as u64;
                return self.put(&entry, &packed);
            }
        }
        self.put(&entry, content)
    }

    /// Adds an entry of another archive as it is there, with its compressed bytes.
    pub fn add_raw(&mut self, entry: &Entry, raw: &[u8]) -> Result<(), Failure> {
        self.put(entry, raw)
    }

    fn put(&mut self, entry: &Entry, raw: &[u8]) -> Result<(), Failure> {
        let name = &entry.name;
        if name.is_empty() || name.len() > 0xffff || name.contains(&0) {
            return Err(refuse(
                "a name has 1 to 65,535 bytes, none of which is zero",
            ));
        }
        let offset = self.out.len();
        let total = offset + self.directory.len() + 2 * name.len() + raw.len() + 256;
        if total > MAX_SIZE || entry.size > MAX_SIZE as u64 {
            return Err(refuse("the archive would have 4 GiB or more"));
        }
        // What follows in both headers. There is no descriptor behind the data: sizes are known.
        let flags = entry.flags & !8;
        let common = |out: &mut Vec<u8>| {
            put16(out, entry.version_needed);
            put16(out, flags);
            put16(out, entry.method);
            put16(out, entry.dos_time);
            put16(out, entry.dos_date);
            put32(out, entry.crc32);
            put32(out, raw.len() as u32);
            put32(out, entry.size as u32);
            put16(out, name.len() as u16);
        };
        put32(&mut self.out, LOCAL_HEADER);
        common(&mut self.out);
        put16(&mut self.out, 0);
        self.out.extend_from_slice(name);
        self.out.extend_from_slice(raw);

        let comment = &entry.comment[..entry.comment.len().min(0xffff)];
        put32(&mut self.directory, CENTRAL_HEADER);
        put16(&mut self.directory, entry.version_made_by);
        common(&mut self.directory);
        put16(&mut self.directory, 0);
        put16(&mut self.directory, comment.len() as u16);
        put16(&mut self.directory, 0);
        put16(&mut self.directory, entry.internal_attributes);
        put32(&mut self.directory, entry.external_attributes);
        put32(&mut self.directory, offset as u32);
        self.directory.extend_from_slice(name);
        self.directory.extend_from_slice(comment);
        self.entries += 1;
        Ok(())
    }

    /// The archive.
    pub fn finalize(self) -> Vec<u8> {
        let Writer {
            mut out,
            directory,
            entries,
        } = self;
        let (offset, size) = (out.len() as u64, directory.len() as u64);
        out.extend_from_slice(&directory);
        let wide = entries >= u16::MAX.into();
        if wide {
            let end = out.len() as u64;
            put32(&mut out, ZIP64_END);
            put64(&mut out, ZIP64_END_SIZE as u64 - 12);
            put16(&mut out, 45);
            put16(&mut out, 45);
            put32(&mut out, 0);
            put32(&mut out, 0);
            put64(&mut out, entries);
            put64(&mut out, entries);
            put64(&mut out, size);
            put64(&mut out, offset);
            put32(&mut out, ZIP64_LOCATOR);
            put32(&mut out, 0);
            put64(&mut out, end);
            put32(&mut out, 1);
        }
        put32(&mut out, END);
        put16(&mut out, 0);
        put16(&mut out, 0);
        let count = if wide { u16::MAX } else { entries as u16 };
        put16(&mut out, count);
        put16(&mut out, count);
        put32(&mut out, size as u32);
        put32(&mut out, offset as u32);
        put16(&mut out, 0);
        out
    }
}
