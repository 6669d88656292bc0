//! Bytes from and to open files.

use super::File;
use crate::{Error, Result, sys};
use std::io::IoSlice;

/// Where to read or write: `Some` is a position in bytes, `None` the descriptor's own position,
/// which moves on.
pub type Offset = Option<i64>;

/// From this many bytes on a read first asks how many there can be.
const LARGE: usize = 1 << 20;
/// Bytes that are moved at once where the kernel does not move them.
const CHUNK: usize = 1 << 16;

/// Reads up to `buffer.len()` bytes, in one call of the system: fewer, when fewer are there; 0 at
/// the end. `ESPIPE` for an offset in a pipe or socket. See pread(2).
pub fn read(file: File, buffer: &mut [u8], offset: Offset) -> Result<usize> {
    sys::fs::read(file, buffer, offset)
}

/// Like [`read`], into a buffer of its own for up to `length` bytes; `ENOMEM` when there is no
/// memory for it. A buffer for a regular file is not longer than what is left of the file.
pub fn read_to_vec(file: File, length: usize, offset: Offset) -> Result<Vec<u8>> {
    let length = if length >= LARGE {
        available(file, length, offset)
    } else {
        length
    };
    let mut buffer = Vec::new();
    append(file, &mut buffer, length, offset)?;
    Ok(buffer)
}

/// Like [`read`], to the end of `buffer`, which grows by up to `length` bytes.
pub fn append(file: File, buffer: &mut Vec<u8>, length: usize, offset: Offset) -> Result<usize> {
    buffer.try_reserve(length).map_err(|_| Error::ENOMEM)?;
    sys::fs::append_read(file, buffer, length, offset)
}

/// How many of `length` bytes a file can have at `offset`: a large read of a small file needs a
/// small buffer. Sizes that are 0 may be those of files the kernel makes up.
fn available(file: File, length: usize, offset: Offset) -> usize {
    let Ok(stat) = super::fstat(file) else {
        return length;
    };
    if !stat.is_regular() || stat.size == 0 {
        return length;
    }
    let position = match offset {
        Some(offset) => u64::try_from(offset).ok(),
        None => sys::fs::position(file),
    };
    let Some(position) = position else {
        return length;
    };
    let left = stat.size.saturating_sub(position).max(CHUNK as u64);
    length.min(usize::try_from(left).unwrap_or(length))
}

/// Writes all of `data`; how many bytes were written when an error ended it after some. See
/// pwrite(2).
pub fn write(file: File, mut data: &[u8], offset: Offset) -> Result<usize> {
    let mut written = 0;
    loop {
        match sys::fs::write(
            file,
            data,
            offset.map(|at| at.saturating_add(written as i64)),
        ) {
            Ok(n) => {
                written += n;
                data = data.get(n..).unwrap_or_default();
                if data.is_empty() || n == 0 {
                    return Ok(written);
                }
            }
            Err(_) if written > 0 => return Ok(written),
            Err(error) => return Err(error),
        }
    }
}

/// Like [`write()`], of several pieces in a row. See pwritev(2).
pub fn write_vectored(file: File, pieces: &[&[u8]], offset: Offset) -> Result<usize> {
    let mut slices: Vec<IoSlice<'_>> = Vec::new();
    slices
        .try_reserve_exact(pieces.len())
        .map_err(|_| Error::ENOMEM)?;
    slices.extend(
        pieces
            .iter()
            .filter(|piece| !piece.is_empty())
            .map(|piece| IoSlice::new(piece)),
    );
    if slices.is_empty() {
        return write(file, &[], offset);
    }
    let mut left = slices.as_mut_slice();
    let mut written = 0;
    while !left.is_empty() {
        let at = offset.map(|at| at.saturating_add(written as i64));
        match sys::fs::write_vectored(file, left, at) {
            Ok(0) => break,
            Ok(n) => {
                written += n;
                IoSlice::advance_slices(&mut left, n);
            }
            Err(_) if written > 0 => break,
            Err(error) => return Err(error),
        }
    }
    Ok(written)
}

/// Moves `length` bytes, or those up to the end, from one open file to another, in the kernel where
/// it does that; else through memory. Returns how many; an error after some is their number. See
/// sendfile(2).
pub fn send_file(to: File, from: File, mut offset: Offset, length: u64) -> Result<u64> {
    let mut sent = 0;
    while sent < length {
        match sys::fs::send_file(to, from, &mut offset, length - sent) {
            // Some files the kernel makes up look empty to it.
            Ok(0) if sent > 0 => return Ok(sent),
            Ok(0) => return pump(to, from, offset, length),
            Ok(n) => sent += n,
            // The kernel does not move bytes between these two.
            Err(
                Error::EINVAL
                | Error::ENOSYS
                | Error::ENOTSUP
                | Error::EPERM
                | Error::ESPIPE
                | Error::EXDEV
                | Error::EOVERFLOW,
            ) => {
                return match pump(to, from, offset, length - sent) {
                    Ok(n) => Ok(sent + n),
                    Err(error) if sent == 0 => Err(error),
                    Err(_) => Ok(sent),
                };
            }
            Err(_) if sent > 0 => return Ok(sent),
            Err(error) => return Err(error),
        }
    }
    Ok(sent)
}

/// Moves bytes through memory.
fn pump(to: File, from: File, mut offset: Offset, length: u64) -> Result<u64> {
    let mut buffer = vec![0; CHUNK.min(usize::try_from(length).unwrap_or(CHUNK))];
    let mut sent = 0;
    while sent < length {
        let wanted = buffer
            .len()
            .min(usize::try_from(length - sent).unwrap_or(CHUNK));
        let result = match read(from, &mut buffer[..wanted], offset) {
            // What has no positions is read from where it is.
            Err(Error::ESPIPE) if sent == 0 => {
                offset = None;
                read(from, &mut buffer[..wanted], None)
            }
            result => result,
        };
        let n = match result {
            Ok(0) => break,
            Ok(n) => n,
            Err(_) if sent > 0 => break,
            Err(error) => return Err(error),
        };
        match write(to, &buffer[..n], None) {
            Ok(written) => {
                sent += written as u64;
                offset = offset.map(|at| at.saturating_add(written as i64));
                if written < n {
                    break;
                }
            }
            Err(_) if sent > 0 => break,
            Err(error) => return Err(error),
        }
    }
    Ok(sent)
}

/// Waits until what was written is on the disk. See fsync(2).
pub fn sync(file: File) -> Result<()> {
    sys::fs::sync(file)
}

/// Like [`sync`], without properties that reading does not need. See fdatasync(2).
pub fn datasync(file: File) -> Result<()> {
    sys::fs::datasync(file)
}

/// Makes a file `length` bytes long, with zeros if it was shorter. `EINVAL` for a negative length.
/// See ftruncate(2).
pub fn truncate(file: File, length: i64) -> Result<()> {
    sys::fs::truncate(file, length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fs::{close, fstat, make_temp_file, unlink};
    use std::ffi::OsString;

    fn temporary() -> (File, OsString) {
        make_temp_file(std::env::temp_dir().join("luvit-file-XXXXXX").as_os_str()).unwrap()
    }

    #[test]
    fn bytes_come_back() {
        let (file, path) = temporary();
        let pieces: Vec<Vec<u8>> = (0..3000_u32).map(|n| n.to_le_bytes().to_vec()).collect();
        let slices: Vec<&[u8]> = pieces.iter().map(Vec::as_slice).collect();
        assert_eq!(write_vectored(file, &slices, Some(0)), Ok(12_000));
        assert_eq!(write_vectored(file, &[b"", b""], None), Ok(0));
        let whole = read_to_vec(file, 1 << 40, Some(0)).unwrap();
        assert_eq!(whole, pieces.concat());
        assert!(whole.capacity() < 1 << 20);
        // Positions of their own did not move the file's.
        assert_eq!(write(file, b"start", None), Ok(5));
        let mut buffer = [0; 8];
        assert_eq!(read(file, &mut buffer, Some(0)), Ok(8));
        assert_eq!(&buffer[..5], b"start");
        assert_eq!(truncate(file, 3), Ok(()));
        assert_eq!(read(file, &mut buffer, Some(0)), Ok(3));
        assert_eq!(read(file, &mut buffer, Some(3)), Ok(0));
        assert_eq!((sync(file), datasync(file)), (Ok(()), Ok(())));
        unlink(&path).unwrap();
        close(file).unwrap();
    }

    #[test]
    fn files_are_sent_from_and_to_positions() {
        let ((from, from_path), (to, to_path)) = (temporary(), temporary());
        let data: Vec<u8> = (0..200_000_u32).map(|n| n as u8).collect();
        write(from, &data, Some(0)).unwrap();
        assert_eq!(send_file(to, from, Some(100), 1 << 40), Ok(199_900));
        assert_eq!(send_file(to, from, Some(1 << 20), 10), Ok(0));
        // From the descriptor's own position, which moves on.
        assert_eq!(send_file(to, from, None, 10), Ok(10));
        assert_eq!(send_file(to, from, None, 10), Ok(10));
        assert_eq!(pump(to, from, Some(7), 70_000), Ok(70_000));
        let expected = [&data[100..], &data[..20], &data[7..70_007]].concat();
        assert_eq!(fstat(to).unwrap().size, expected.len() as u64);
        assert_eq!(read_to_vec(to, 1 << 20, Some(0)), Ok(expected));
        for (file, path) in [(from, from_path), (to, to_path)] {
            unlink(&path).unwrap();
            close(file).unwrap();
        }
    }
}
