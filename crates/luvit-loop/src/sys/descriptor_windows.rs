//! Descriptors of the C runtime as streams, on Windows: standard input, output and error, and what
//! `fs_open` gives.
//!
//! A pipe that was made for overlapped calls goes to the poll like any other. Everything else can
//! only be waited for by a thread: what is read from a pipe or the console is carried by one into
//! a pipe of our own, from the first read on. Writing, and reading files, is done at once.

use super::{Fd, fs, pipe_windows::Connected};
use crate::{Error, Result, stdio::FdKind};
use mio::windows::NamedPipe;
use std::{
    ffi::c_void,
    fs::File,
    io::{self, IoSlice, Read, Write},
    os::windows::io::{
        AsRawHandle, BorrowedHandle, FromRawHandle, IntoRawHandle, OwnedHandle, RawHandle,
    },
    sync::{Mutex, PoisonError},
    thread::JoinHandle,
};
use windows_sys::Win32::{
    Storage::FileSystem::{FILE_TYPE_CHAR, FILE_TYPE_DISK, FILE_TYPE_PIPE, GetFileType},
    System::{Console::GetConsoleMode, IO::CancelSynchronousIo},
};

/// The stack of a thread that reads, in bytes.
const READER_STACK: usize = 128 << 10;
/// How much it reads at a time.
const READER_BUFFER: usize = 16 << 10;

/// `FileAccessInformation` and `FileModeInformation` of `FILE_INFORMATION_CLASS`.
const ACCESS_INFORMATION: u32 = 8;
const MODE_INFORMATION: u32 = 16;
/// Bits of what they answer.
const READ_DATA: u32 = 1;
const WRITE_DATA: u32 = 2;
const APPEND_DATA: u32 = 4;
/// `FILE_SYNCHRONOUS_IO_ALERT` and `FILE_SYNCHRONOUS_IO_NONALERT`.
const SYNCHRONOUS: u32 = 0x30;

#[link(name = "ntdll")]
unsafe extern "system" {
    fn NtQueryInformationFile(
        file: RawHandle,
        status: *mut [usize; 2],
        information: *mut c_void,
        length: u32,
        class: u32,
    ) -> i32;
}

/// One of the numbers the system tells about an open handle.
fn query(handle: RawHandle, class: u32) -> Option<u32> {
    let (mut status, mut answer) = ([0; 2], 0_u32);
    // SAFETY: both classes answer with one number, for which there is room.
    let code =
        unsafe { NtQueryInformationFile(handle, &mut status, (&raw mut answer).cast(), 4, class) };
    (code >= 0).then_some(answer)
}

pub(super) fn is_console(handle: RawHandle) -> bool {
    let mut mode = 0;
    // SAFETY: the call writes one number, and fails for what is no console.
    unsafe { GetConsoleMode(handle, &mut mode) != 0 }
}

/// What a descriptor is. Any number is allowed.
pub(crate) fn fd_kind(fd: Fd) -> FdKind {
    let Ok(handle) = fs::handle(fd) else {
        return FdKind::Unknown;
    };
    // SAFETY: the handle is open.
    match unsafe { GetFileType(handle) } {
        FILE_TYPE_CHAR if is_console(handle) => FdKind::Tty,
        FILE_TYPE_CHAR | FILE_TYPE_DISK => FdKind::File,
        FILE_TYPE_PIPE => FdKind::Pipe,
        _ => FdKind::Unknown,
    }
}

/// The access a descriptor was opened with: for reading, for writing.
pub(crate) fn access(fd: Fd) -> Result<(bool, bool)> {
    let handle = fs::handle(fd)?;
    Ok(match (fd, query(handle, ACCESS_INFORMATION)) {
        // The console is opened for both, but each of its two halves does one.
        (_, Some(access)) if !is_console(handle) => (
            access & READ_DATA != 0,
            access & (WRITE_DATA | APPEND_DATA) != 0,
        ),
        (0, _) => (true, false),
        (1 | 2, _) => (false, true),
        _ => (true, true),
    })
}

/// A descriptor of the C runtime, closed with this unless it is one of the first three.
#[derive(Debug)]
pub(super) struct Owned(Fd);

impl Owned {
    pub(super) fn number(&self) -> Fd {
        self.0
    }

    /// Leaves it open.
    pub(super) fn release(&mut self) {
        self.0 = 0;
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        if self.0 > 2 {
            // It was open, so this cannot fail in a way that matters.
            let _ = fs::close(self.0 as _);
        }
    }
}

/// A handle of our own for what a descriptor stands for.
fn duplicate(fd: Fd) -> Result<OwnedHandle> {
    let handle = fs::handle(fd)?;
    // SAFETY: the handle is open, and borrowed to be duplicated.
    Ok(unsafe { BorrowedHandle::borrow_raw(handle) }.try_clone_to_owned()?)
}

/// A descriptor that calls wait for.
#[derive(Debug)]
pub(crate) struct Descriptor {
    owned: Owned,
    console: bool,
    input: Option<Input>,
}

/// What is opened for a descriptor.
pub(super) enum Opened {
    Overlapped(Connected),
    Waiting(Descriptor),
}

/// Opens a descriptor as a stream.
pub(super) fn open(fd: Fd) -> Result<Opened> {
    let kind = fd_kind(fd);
    if kind == FdKind::Unknown {
        fs::handle(fd)?;
        return Err(Error::EINVAL);
    }
    let (reads, _) = access(fd)?;
    if kind == FdKind::Pipe
        && query(fs::handle(fd)?, MODE_INFORMATION).is_some_and(|mode| mode & SYNCHRONOUS == 0)
    {
        let handle = duplicate(fd)?.into_raw_handle();
        // SAFETY: the handle is ours, and made for overlapped calls as mio wants it.
        let pipe = unsafe { NamedPipe::from_raw_handle(handle) };
        return Ok(Opened::Overlapped(Connected::opened(pipe, Owned(fd))));
    }
    let input = match kind {
        FdKind::Tty if reads => Some(Input::new(None)?),
        FdKind::Pipe if reads => Some(Input::new(Some(duplicate(fd)?))?),
        _ => None,
    };
    Ok(Opened::Waiting(Descriptor {
        owned: Owned(fd),
        console: kind == FdKind::Tty,
        input,
    }))
}

impl Descriptor {
    pub(super) fn number(&self) -> Fd {
        self.owned.number()
    }

    pub(super) fn release(mut self) {
        self.owned.release();
    }

    pub(super) fn source(&mut self) -> Option<&mut NamedPipe> {
        self.input.as_mut().map(|input| &mut input.pipe)
    }

    pub(super) fn waits_for_read(&self) -> bool {
        self.input.is_some()
    }

    pub(super) fn read(&self, buffer: &mut [u8]) -> Result<usize> {
        match &self.input {
            Some(input) => {
                input.start()?;
                Ok((&input.pipe).read(buffer)?)
            }
            None => fs::read(self.number() as _, buffer, None),
        }
    }

    pub(super) fn write(&self, slices: &[IoSlice<'_>]) -> Result<usize> {
        let mut written = 0;
        for slice in slices.iter().filter(|slice| !slice.is_empty()) {
            let result = match (self.console, self.number()) {
                // The standard library turns UTF-8 into what the console wants.
                (true, 2) => io::stderr().write(slice).map_err(Error::from),
                (true, _) => {
                    let mut output = io::stdout();
                    let taken = output.write(slice).map_err(Error::from);
                    taken.and_then(|count| Ok(output.flush().map(|()| count)?))
                }
                (false, fd) => fs::write(fd as _, slice, None),
            };
            match result {
                Ok(count) => written += count,
                Err(_) if written > 0 => break,
                // Nobody reads the pipe any more.
                Err(Error::EOF) => return Err(Error::EPIPE),
                Err(error) => return Err(error),
            }
        }
        Ok(written)
    }
}

/// What a thread reads for us.
#[derive(Debug)]
struct Input {
    /// Our end of the pipe the thread writes to.
    pipe: NamedPipe,
    /// Until the thread has been started: its end, and what it is to read, which is the console
    /// when there is nothing.
    idle: Mutex<Option<(OwnedHandle, Option<OwnedHandle>)>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Input {
    fn new(source: Option<OwnedHandle>) -> Result<Input> {
        let (pipe, end) = super::pipe_windows::private_pair()?;
        Ok(Input {
            pipe,
            idle: Mutex::new(Some((end, source))),
            thread: Mutex::default(),
        })
    }

    /// Starts the thread, once.
    fn start(&self) -> Result<()> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((end, source)) = idle.take() else {
            return Ok(());
        };
        let output = File::from(end);
        let thread = std::thread::Builder::new().stack_size(READER_STACK);
        let thread = thread.spawn(move || match source {
            Some(handle) => carry(&mut File::from(handle), output),
            // The standard library turns what the console gives into UTF-8.
            None => carry(&mut io::stdin(), output),
        })?;
        *self.thread.lock().unwrap_or_else(PoisonError::into_inner) = Some(thread);
        Ok(())
    }
}

impl Drop for Input {
    fn drop(&mut self) {
        let thread = self
            .thread
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(thread) = thread {
            // SAFETY: the thread's handle is open. Where it reads nothing now there is nothing to
            // cancel, and it ends when it cannot write what it reads next.
            unsafe { CancelSynchronousIo(thread.as_raw_handle()) };
        }
    }
}

/// Carries bytes until one of the two ends; the end of `output` tells the loop.
fn carry(input: &mut dyn Read, mut output: File) {
    let mut buffer = vec![0; READER_BUFFER];
    loop {
        match input.read(&mut buffer) {
            Ok(0) => return,
            Ok(count) => {
                if output.write_all(&buffer[..count]).is_err() {
                    return;
                }
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return,
        }
    }
}
