//! Reading an archive. Everything in it is somebody's claim until it was checked.

use std::io::{Error, ErrorKind, Read, Result, Seek, SeekFrom};

use super::format::*;
use crate::settings::{Kind, Settings};
use crate::{crc32, whole::whole_with};

/// The most entries an archive may have, and the most bytes its directory: more is no archive that anybody made.
const MAX_ENTRIES: u64 = 1 << 22;
const MAX_DIRECTORY: u64 = 1 << 29;
/// deflate's best: 258 bytes from two bits.
const MAX_RATIO: u64 = 1032;

fn bad(text: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidData, text.into())
}

/// A file or folder of an archive, as the archive's directory tells of it.
#[derive(Clone, Debug, Default)]
pub struct Entry {
    /// Its path, with `/`; that of a folder ends with one. It is what the archive says: nobody should write to it unseen.
    pub name: Vec<u8>,
    /// Remarks.
    pub comment: Vec<u8>,
    /// The version of the format, and system, of who made it.
    pub version_made_by: u16,
    /// The version of the format that is needed.
    pub version_needed: u16,
    /// Bit 0: encrypted; bit 11: names are UTF-8.
    pub flags: u16,
    /// 0: stored, 8: deflated.
    pub method: u16,
    /// When it was changed, as DOS has it: seconds / 2, minutes, hours from the lowest bit.
    pub dos_time: u16,
    /// Day, month, years since 1980 from the lowest bit.
    pub dos_date: u16,
    /// The CRC-32 of the content.
    pub crc32: u32,
    /// Bytes in the archive.
    pub compressed_size: u64,
    /// Bytes of the content.
    pub size: u64,
    /// Bit 0: text.
    pub internal_attributes: u16,
    /// As the system of who made it has them.
    pub external_attributes: u32,
    /// Where its local header is, from the archive's begin.
    pub(super) offset: u64,
}

impl Entry {
    /// Whether it is a folder.
    pub fn is_directory(&self) -> bool {
        self.name.last() == Some(&b'/') || self.external_attributes & 0x10 != 0
    }

    /// Why nobody should make a file of this name: it would not be in the folder that the archive is unpacked to.
    fn unsafe_name(&self) -> Option<&'static str> {
        let name = &self.name;
        if name
            .first()
            .is_some_and(|&byte| byte == b'/' || byte == b'\\')
        {
            return Some("is absolute");
        }
        if name.len() > 1 && name[1] == b':' && name[0].is_ascii_alphabetic() {
            return Some("has a drive");
        }
        name.split(|&byte| byte == b'/' || byte == b'\\')
            .any(|part| part == b"..")
            .then_some("leads out of the folder")
    }

    fn shown(&self) -> String {
        String::from_utf8_lossy(&self.name).into_owned()
    }
}

/// An open archive.
pub struct Reader<F> {
    file: F,
    /// Where the archive begins in the file.
    start: u64,
    /// Where the directory begins, from the archive's begin: what is before it can be entries.
    directory: u64,
    entries: Vec<Entry>,
}

/// Where the directory is, as the end of an archive says.
struct End {
    entries: u64,
    size: u64,
    pub(super) offset: u64,
    /// Where, in the file, the directory ends at the latest.
    position: u64,
}

fn read_at(file: &mut (impl Read + Seek), position: u64, length: usize) -> Result<Vec<u8>> {
    file.seek(SeekFrom::Start(position))?;
    // The length is a claim, too: memory is taken for what is there.
    let mut bytes = Vec::new();
    file.take(length as u64).read_to_end(&mut bytes)?;
    if bytes.len() < length {
        return Err(bad("the archive is truncated"));
    }
    Ok(bytes)
}

fn find_end(file: &mut (impl Read + Seek), length: u64) -> Result<End> {
    let none = || bad("not a zip archive: there is no end of a central directory");
    if length < END_SIZE as u64 {
        return Err(none());
    }
    // The last record, with a comment of up to 65,535 bytes behind it.
    let tail = length.min(END_SIZE as u64 + 0xffff);
    let bytes = read_at(file, length - tail, tail as usize)?;
    let mut found = None;
    for at in (0..=bytes.len() - END_SIZE).rev() {
        let record = &bytes[at..];
        if record[..4] != END.to_le_bytes() {
            continue;
        }
        let comment = u16::from_le_bytes([record[20], record[21]]) as usize;
        // One whose comment ends the file is it; else the last one is, with something behind the archive.
        if at + END_SIZE + comment == bytes.len() {
            found = Some(at);
            break;
        }
        if found.is_none() && at + END_SIZE + comment < bytes.len() {
            found = Some(at);
        }
    }
    let at = found.ok_or_else(none)?;
    let position = length - tail + at as u64;
    let mut fields = Fields(&bytes[at + 4..]);
    let (disk, directory_disk) = (fields.u16(), fields.u16());
    let (entries_here, entries) = (fields.u16(), fields.u16());
    let (size, offset) = (fields.u32(), fields.u32());
    let wide = entries == u16::MAX || size == u32::MAX || offset == u32::MAX || disk == u16::MAX;
    if wide && let Some(end) = find_zip64_end(file, position)? {
        return Ok(end);
    }
    if disk != 0 || directory_disk != 0 || entries_here != entries {
        return Err(bad("archives of several files are not supported"));
    }
    Ok(End {
        entries: entries.into(),
        size: size.into(),
        offset: offset.into(),
        position,
    })
}

fn find_zip64_end(file: &mut (impl Read + Seek), end: u64) -> Result<Option<End>> {
    let Some(position) = end.checked_sub(ZIP64_LOCATOR_SIZE as u64) else {
        return Ok(None);
    };
    let locator = read_at(file, position, ZIP64_LOCATOR_SIZE)?;
    let mut fields = Fields(&locator);
    if fields.u32() != ZIP64_LOCATOR {
        return Ok(None);
    }
    let _disk = fields.u32();
    let said = fields.u64();
    let disks = fields.u32();
    if disks > 1 {
        return Err(bad("archives of several files are not supported"));
    }
    // In front of the locator, or where it says when there is something between.
    for at in [position.checked_sub(ZIP64_END_SIZE as u64), Some(said)] {
        let Some(at) = at.filter(|at| {
            at.checked_add(ZIP64_END_SIZE as u64)
                .is_some_and(|end| end <= position)
        }) else {
            continue;
        };
        let record = read_at(file, at, ZIP64_END_SIZE)?;
        let mut fields = Fields(&record);
        if fields.u32() != ZIP64_END {
            continue;
        }
        let _ = (fields.u64(), fields.u16(), fields.u16());
        let (disk, directory_disk) = (fields.u32(), fields.u32());
        let (entries_here, entries) = (fields.u64(), fields.u64());
        let (size, offset) = (fields.u64(), fields.u64());
        if disk != 0 || directory_disk != 0 || entries_here != entries {
            return Err(bad("archives of several files are not supported"));
        }
        return Ok(Some(End {
            entries,
            size,
            offset,
            position: at,
        }));
    }
    Err(bad("the Zip64 end of the central directory is missing"))
}

/// The numbers of an entry that do not fit its record.
fn zip64(entry: &mut Entry, extra: &[u8]) -> Result<()> {
    let (size, compressed, offset) = (
        entry.size == u32::MAX.into(),
        entry.compressed_size == u32::MAX.into(),
        entry.offset == u32::MAX.into(),
    );
    if !(size || compressed || offset) {
        return Ok(());
    }
    let mut fields = Fields(extra);
    while fields.0.len() >= 4 {
        let (id, length) = (fields.u16(), fields.u16());
        let Some(field) = fields.take(length.into()) else {
            break;
        };
        if id != ZIP64_EXTRA {
            continue;
        }
        let mut field = Fields(field);
        let shown = entry.shown();
        for (wanted, value) in [
            (size, &mut entry.size),
            (compressed, &mut entry.compressed_size),
            (offset, &mut entry.offset),
        ] {
            if wanted {
                if field.0.len() < 8 {
                    return Err(bad(format!("the Zip64 sizes of '{shown}' are incomplete")));
                }
                *value = field.u64();
            }
        }
        return Ok(());
    }
    // Without the field, the numbers are what they are: just below 4 GiB.
    Ok(())
}

fn read_directory(bytes: &[u8], count: u64) -> Result<Vec<Entry>> {
    let mut fields = Fields(bytes);
    let mut entries = Vec::new();
    for index in 1..=count {
        let incomplete = || bad(format!("entry {index} of the central directory is not one"));
        if fields.0.len() < CENTRAL_SIZE || fields.u32() != CENTRAL_HEADER {
            return Err(incomplete());
        }
        let mut entry = Entry {
            version_made_by: fields.u16(),
            version_needed: fields.u16(),
            flags: fields.u16(),
            method: fields.u16(),
            dos_time: fields.u16(),
            dos_date: fields.u16(),
            crc32: fields.u32(),
            compressed_size: fields.u32().into(),
            size: fields.u32().into(),
            ..Entry::default()
        };
        let (name, extra, comment) = (fields.u16(), fields.u16(), fields.u16());
        let disk = fields.u16();
        entry.internal_attributes = fields.u16();
        entry.external_attributes = fields.u32();
        entry.offset = fields.u32().into();
        entry.name = fields.take(name.into()).ok_or_else(incomplete)?.to_vec();
        let extra = fields.take(extra.into()).ok_or_else(incomplete)?;
        entry.comment = fields.take(comment.into()).ok_or_else(incomplete)?.to_vec();
        if disk != 0 && disk != u16::MAX {
            return Err(bad("archives of several files are not supported"));
        }
        if entry.name.is_empty() || entry.name.contains(&0) {
            return Err(bad(format!(
                "the name of entry {index} is empty or has a zero byte"
            )));
        }
        zip64(&mut entry, extra)?;
        entries.push(entry);
    }
    Ok(entries)
}

// Entries that share bytes are how a small archive becomes a large bomb.
fn check_places(entries: &[Entry], directory: u64) -> Result<()> {
    let mut places = Vec::with_capacity(entries.len());
    for entry in entries {
        let least = LOCAL_SIZE as u64 + entry.name.len() as u64;
        let end = entry
            .offset
            .checked_add(least)
            .and_then(|end| end.checked_add(entry.compressed_size))
            .filter(|&end| end <= directory)
            .ok_or_else(|| bad(format!("'{}' is not inside of the archive", entry.shown())))?;
        places.push((entry.offset, end, entry));
    }
    places.sort_by_key(|place| place.0);
    for pair in places.windows(2) {
        if pair[1].0 < pair[0].1 {
            let (a, b) = (pair[0].2.shown(), pair[1].2.shown());
            return Err(bad(format!("the entries '{a}' and '{b}' overlap")));
        }
    }
    Ok(())
}

impl<F: Read + Seek> Reader<F> {
    /// Opens an archive: reads its directory, and checks that its entries have places of their own.
    pub fn new(mut file: F) -> Result<Reader<F>> {
        let length = file.seek(SeekFrom::End(0))?;
        let end = find_end(&mut file, length)?;
        if end.entries > MAX_ENTRIES || end.size > MAX_DIRECTORY {
            return Err(bad(format!(
                "{} entries in a directory of {} bytes are too many",
                end.entries, end.size
            )));
        }
        // What is in front of the archive moves everything by as much.
        let start = end
            .position
            .checked_sub(end.size)
            .and_then(|directory| directory.checked_sub(end.offset))
            .ok_or_else(|| bad("the central directory is not inside of the archive"))?;
        let bytes = read_at(&mut file, start + end.offset, end.size as usize)?;
        let entries = read_directory(&bytes, end.entries)?;
        check_places(&entries, end.offset)?;
        Ok(Reader {
            file,
            start,
            directory: end.offset,
            entries,
        })
    }

    /// How many bytes are in front of the archive.
    pub fn offset(&self) -> u64 {
        self.start
    }

    /// The files and folders, in the order of the directory.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The bytes of an entry as they are in the archive.
    pub fn raw(&mut self, index: usize) -> Result<Vec<u8>> {
        let Reader {
            file,
            start,
            directory,
            entries,
        } = self;
        let entry = entries
            .get(index)
            .ok_or_else(|| bad("there is no such entry"))?;
        let header = read_at(file, *start + entry.offset, LOCAL_SIZE)?;
        let mut fields = Fields(&header);
        if fields.u32() != LOCAL_HEADER {
            return Err(bad(format!("'{}' has no local header", entry.shown())));
        }
        let mut fields = Fields(&header[26..]);
        let (name, extra) = (u64::from(fields.u16()), u64::from(fields.u16()));
        let position = entry.offset + LOCAL_SIZE as u64 + name + extra;
        // The sum cannot overflow: it was checked with the least it can be, and names are short.
        if position + entry.compressed_size > *directory {
            return Err(bad(format!(
                "'{}' is not inside of the archive",
                entry.shown()
            )));
        }
        let found = read_at(
            file,
            *start + entry.offset + LOCAL_SIZE as u64,
            name as usize,
        )?;
        if found != entry.name {
            return Err(bad(format!(
                "'{}' has another name in its local header",
                entry.shown()
            )));
        }
        let size = usize::try_from(entry.compressed_size)
            .map_err(|_| bad(format!("'{}' is too large", entry.shown())))?;
        read_at(file, *start + position, size)
    }

    /// The content of a file, of at most `limit` bytes; its size and CRC-32 are those the directory says, and its name is
    /// one that stays inside of a folder.
    pub fn extract(&mut self, index: usize, limit: usize) -> Result<Vec<u8>> {
        let entry = self
            .entries
            .get(index)
            .ok_or_else(|| bad("there is no such entry"))?
            .clone();
        let name = entry.shown();
        if let Some(why) = entry.unsafe_name() {
            return Err(bad(format!("the name '{name}' {why}")));
        }
        if entry.flags & ENCRYPTED != 0 {
            return Err(bad(format!("'{name}' is encrypted")));
        }
        let size = usize::try_from(entry.size).unwrap_or(usize::MAX);
        if size > limit {
            return Err(bad(format!(
                "'{name}' has {} bytes, more than {limit}",
                entry.size
            )));
        }
        let wrong = |what| bad(format!("{what} of '{name}' is not what the archive says"));
        let content = match entry.method {
            STORED if entry.compressed_size == entry.size => self.raw(index)?,
            STORED => return Err(wrong("the size")),
            DEFLATED => {
                if entry.size / MAX_RATIO > entry.compressed_size {
                    return Err(wrong("the size"));
                }
                let raw = self.raw(index)?;
                let settings = Settings::new(Kind::InflateRaw);
                match whole_with(&settings, &raw, 4, size) {
                    Ok(content) => content,
                    Err(failure) if failure.code == "ERR_BUFFER_TOO_LARGE" => {
                        return Err(wrong("the size"));
                    }
                    Err(failure) => {
                        return Err(bad(format!("'{name}' is damaged: {}", failure.message)));
                    }
                }
            }
            method => {
                return Err(bad(format!(
                    "'{name}' is compressed by method {method}; 0 (stored) and 8 (deflated) are supported"
                )));
            }
        };
        if content.len() != size {
            return Err(wrong("the size"));
        }
        if crc32(0, &content) != entry.crc32 {
            return Err(wrong("the CRC-32"));
        }
        Ok(content)
    }

    /// Where an entry is; `same` compares names, and the first one counts.
    pub fn position(&self, mut same: impl FnMut(&[u8]) -> bool) -> Option<usize> {
        self.entries.iter().position(|entry| same(&entry.name))
    }
}
