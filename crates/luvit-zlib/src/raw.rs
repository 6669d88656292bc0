//! zlib's C interface behind safe methods, as `libz-rs-sys` has it over `zlib-rs`: only there are `deflateParams` with a
//! strategy, `inflateReset2`, and the texts of errors. The one module of this crate with `unsafe` in it.

use std::ffi::{CStr, c_int};

use libz_rs_sys as z;

use crate::settings::Strategy;

/// What zlib answered.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Ok,
    StreamEnd,
    NeedDictionary,
    /// No progress was possible. Not an error of the data.
    NoProgress,
    /// An error, with zlib's number.
    Error(i32),
}

impl Answer {
    fn of(code: c_int) -> Answer {
        match code {
            z::Z_OK => Answer::Ok,
            z::Z_STREAM_END => Answer::StreamEnd,
            z::Z_NEED_DICT => Answer::NeedDictionary,
            z::Z_BUF_ERROR => Answer::NoProgress,
            other => Answer::Error(other),
        }
    }

    fn done(self) -> Result<(), Answer> {
        match self {
            Answer::Ok => Ok(()),
            other => Err(other),
        }
    }
}

/// What one step did.
pub(crate) struct Step {
    pub(crate) answer: Answer,
    pub(crate) consumed: usize,
    /// How much of the room is left.
    pub(crate) room: usize,
}

/// A `z_stream` that was initialised, for one direction.
struct Stream {
    inner: z::z_stream,
    end: unsafe extern "C" fn(*mut z::z_stream) -> c_int,
}

// SAFETY: the stream owns its state, which is reached through it alone; the allocator is Rust's own. The pointers to input
// and output are only set during a step, which borrows the stream mutably.
unsafe impl Send for Stream {}

impl Drop for Stream {
    fn drop(&mut self) {
        // SAFETY: the stream was initialised by the function that belongs to `end`, and is ended once.
        unsafe { (self.end)(&mut self.inner) };
    }
}

impl Stream {
    /// One call of `function`, with the input and at most `room` bytes of output, which are appended.
    fn step(
        &mut self,
        function: unsafe extern "C" fn(*mut z::z_stream, c_int) -> c_int,
        input: &[u8],
        out: &mut Vec<u8>,
        room: usize,
        flush: u8,
    ) -> Step {
        // Of a longer input the rest is not consumed.
        let given = input.len().min(u32::MAX as usize);
        let room = room.min(u32::MAX as usize);
        out.reserve(room);
        let spare = &mut out.spare_capacity_mut()[..room];
        self.inner.next_in = input.as_ptr().cast_mut();
        self.inner.avail_in = given as u32;
        self.inner.next_out = spare.as_mut_ptr().cast();
        self.inner.avail_out = room as u32;
        // SAFETY: the stream is initialised; input and output point to as many bytes as they say, which nobody else uses
        // during the call. zlib reads the input only, and never the output before it wrote it.
        let code = unsafe { function(&mut self.inner, c_int::from(flush)) };
        let consumed = given - self.inner.avail_in as usize;
        let left = self.inner.avail_out as usize;
        let length = out.len() + (room - left);
        // SAFETY: zlib has written all bytes up to what is left, within the capacity.
        unsafe { out.set_len(length) };
        self.inner.next_in = std::ptr::null_mut();
        self.inner.next_out = std::ptr::null_mut();
        self.inner.avail_in = 0;
        self.inner.avail_out = 0;
        Step {
            answer: Answer::of(code),
            consumed,
            room: left,
        }
    }

    /// zlib's words for the last error.
    fn message(&self) -> Option<&'static str> {
        let text = self.inner.msg;
        if text.is_null() {
            return None;
        }
        // SAFETY: zlib's texts are constants that end with a zero.
        unsafe { CStr::from_ptr(text) }.to_str().ok()
    }
}

/// A compressing stream.
pub(crate) struct Deflater(Stream);

impl Deflater {
    /// `window_bits` as zlib has them: negative for raw, 16 more for gzip.
    pub(crate) fn new(
        level: i32,
        window_bits: i32,
        mem_level: i32,
        strategy: Strategy,
    ) -> Result<Deflater, Answer> {
        let mut stream = z::z_stream::default();
        // SAFETY: the stream has an allocator, and the version and size are of the same library.
        let code = unsafe {
            z::deflateInit2_(
                &mut stream,
                level,
                z::Z_DEFLATED,
                window_bits,
                mem_level,
                strategy as c_int,
                z::zlibVersion(),
                size_of::<z::z_stream>() as c_int,
            )
        };
        Answer::of(code).done()?;
        Ok(Deflater(Stream {
            inner: stream,
            end: z::deflateEnd,
        }))
    }

    pub(crate) fn step(&mut self, input: &[u8], out: &mut Vec<u8>, room: usize, flush: u8) -> Step {
        self.0.step(z::deflate, input, out, room, flush)
    }

    pub(crate) fn reset(&mut self) {
        // SAFETY: the stream is initialised.
        unsafe { z::deflateReset(&mut self.0.inner) };
    }

    pub(crate) fn set_dictionary(&mut self, dictionary: &[u8]) -> Result<(), Answer> {
        let length = dictionary.len().min(u32::MAX as usize) as u32;
        // SAFETY: the stream is initialised, and the dictionary has so many bytes.
        Answer::of(unsafe {
            z::deflateSetDictionary(&mut self.0.inner, dictionary.as_ptr(), length)
        })
        .done()
    }

    /// Changes level and strategy. What has to be written for that goes to `out`.
    pub(crate) fn params(
        &mut self,
        level: i32,
        strategy: Strategy,
        out: &mut Vec<u8>,
        room: usize,
    ) -> Step {
        unsafe extern "C" fn change(stream: *mut z::z_stream, packed: c_int) -> c_int {
            // SAFETY: called by `step` only, with its stream.
            unsafe { z::deflateParams(stream, (packed >> 4) - 1, packed & 15) }
        }
        let packed = ((level + 1) << 4) | strategy as i32;
        self.0.step(change, &[], out, room, packed as u8)
    }
}

/// A decompressing stream.
pub(crate) struct Inflater(Stream);

impl Inflater {
    /// `window_bits` as zlib has them: negative for raw, 16 more for gzip, 32 more for either format.
    pub(crate) fn new(window_bits: i32) -> Result<Inflater, Answer> {
        let mut stream = z::z_stream::default();
        // SAFETY: as in `Deflater::new`.
        let code = unsafe {
            z::inflateInit2_(
                &mut stream,
                window_bits,
                z::zlibVersion(),
                size_of::<z::z_stream>() as c_int,
            )
        };
        Answer::of(code).done()?;
        Ok(Inflater(Stream {
            inner: stream,
            end: z::inflateEnd,
        }))
    }

    pub(crate) fn step(&mut self, input: &[u8], out: &mut Vec<u8>, room: usize, flush: u8) -> Step {
        self.0.step(z::inflate, input, out, room, flush)
    }

    /// Begins a new stream, of the format that `window_bits` say.
    pub(crate) fn reset(&mut self, window_bits: i32) {
        // SAFETY: the stream is initialised.
        unsafe { z::inflateReset2(&mut self.0.inner, window_bits) };
    }

    pub(crate) fn set_dictionary(&mut self, dictionary: &[u8]) -> Result<(), Answer> {
        let length = dictionary.len().min(u32::MAX as usize) as u32;
        // SAFETY: the stream is initialised, and the dictionary has so many bytes.
        Answer::of(unsafe {
            z::inflateSetDictionary(&mut self.0.inner, dictionary.as_ptr(), length)
        })
        .done()
    }

    /// What was wrong with the data. `zlib-rs` forgets it when its fast path found it, and speaks of another call.
    pub(crate) fn message(&self) -> Option<&'static str> {
        self.0
            .message()
            .filter(|text| !text.starts_with("repeated call"))
    }
}

pub(crate) fn crc32(start: u32, data: &[u8]) -> u32 {
    // SAFETY: the pointer and the length are those of a slice.
    unsafe { z::crc32_z(start.into(), data.as_ptr(), data.len()) as u32 }
}

pub(crate) fn adler32(start: u32, data: &[u8]) -> u32 {
    // SAFETY: the pointer and the length are those of a slice.
    unsafe { z::adler32_z(start.into(), data.as_ptr(), data.len()) as u32 }
}

pub(crate) fn crc32_combine(first: u32, second: u32, length: u64) -> u32 {
    let length = length.min(i64::MAX as u64) as _;
    z::crc32_combine64(first.into(), second.into(), length) as u32
}

pub(crate) fn adler32_combine(first: u32, second: u32, length: u64) -> u32 {
    let length = length.min(i64::MAX as u64) as _;
    z::adler32_combine64(first.into(), second.into(), length) as u32
}

/// The version of the library, `1.3.0-zlib-rs-…`.
pub fn version() -> &'static str {
    // SAFETY: the version is a constant that ends with a zero.
    unsafe { CStr::from_ptr(z::zlibVersion()) }
        .to_str()
        .unwrap_or_default()
}
