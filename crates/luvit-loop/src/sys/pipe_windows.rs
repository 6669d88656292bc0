//! Named pipes of Windows, through mio's.
//!
//! A server has one instance that waits for a client; when one has connected it is handed out and
//! the next takes its place. Handles are not passed through pipes here (`ENOTSUP`), and descriptors
//! of the C runtime are not known, so `uv_pipe` and `uv_socketpair` have nothing to give.

use super::{Fd, Io};
use crate::{Error, PipeAccess, Result};
use mio::{event::Source, windows::NamedPipe};
use std::{
    fs::OpenOptions,
    io::{self, Read, Write},
    os::windows::{
        ffi::OsStrExt,
        fs::OpenOptionsExt,
        io::{FromRawHandle, IntoRawHandle},
    },
    path::Path,
    ptr,
};
use windows_sys::Win32::{
    Foundation::{
        ERROR_ACCESS_DENIED, ERROR_INVALID_NAME, ERROR_PATH_NOT_FOUND, ERROR_PIPE_BUSY,
        INVALID_HANDLE_VALUE,
    },
    Storage::FileSystem::{
        FILE_FLAG_FIRST_PIPE_INSTANCE, FILE_FLAG_OVERLAPPED, PIPE_ACCESS_DUPLEX,
    },
    System::Pipes::{
        CreateNamedPipeW, PIPE_READMODE_BYTE, PIPE_TYPE_BYTE, PIPE_UNLIMITED_INSTANCES,
    },
};

/// Whether descriptors can be sent through a pipe.
pub(crate) const PASSES_DESCRIPTORS: bool = false;

/// How much the system keeps for each side of a pipe, in bytes.
const BUFFER: u32 = 65536;

/// One side of a connected pipe.
#[derive(Debug)]
pub(crate) struct Connected {
    pipe: NamedPipe,
    /// The server's name, which is this side's or the other's.
    name: Vec<u8>,
    is_server: bool,
}

impl Connected {
    pub(super) fn source(&mut self) -> &mut NamedPipe {
        &mut self.pipe
    }

    pub(super) fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        (&self.pipe).read(buffer)
    }

    pub(super) fn write(&self, slices: &[io::IoSlice<'_>]) -> io::Result<usize> {
        (&self.pipe).write_vectored(slices)
    }
}

/// A bound name.
#[derive(Debug)]
pub(crate) struct Server {
    /// The instance the next client gets.
    waiting: NamedPipe,
    name: Vec<u8>,
}

impl Server {
    pub(super) fn register(&mut self, registry: &mio::Registry, token: mio::Token) -> Result<()> {
        self.waiting.register(
            registry,
            token,
            mio::Interest::READABLE | mio::Interest::WRITABLE,
        )?;
        self.wait()
    }

    pub(super) fn deregister(&mut self, registry: &mio::Registry) -> Result<()> {
        Ok(self.waiting.deregister(registry)?)
    }

    /// Begins to wait for a client.
    fn wait(&self) -> Result<()> {
        match self.waiting.connect() {
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// The instance that has a client. `EAGAIN` when none has.
    pub(super) fn accept(&mut self, registry: &mio::Registry, token: mio::Token) -> Result<Io> {
        self.waiting.connect()?;
        let next = instance(&self.name, false)?;
        let mut pipe = std::mem::replace(&mut self.waiting, next);
        pipe.deregister(registry)?;
        self.register(registry, token)?;
        Ok(Io::Pipe(Box::new(Connected {
            pipe,
            name: self.name.clone(),
            is_server: true,
        })))
    }
}

fn wide(name: &[u8]) -> Result<Vec<u16>> {
    let name = std::str::from_utf8(name).map_err(|_| Error::EINVAL)?;
    Ok(std::ffi::OsStr::new(name)
        .encode_wide()
        .chain([0])
        .collect())
}

/// A new instance of a server's pipe; the first one must be the only one.
fn instance(name: &[u8], first: bool) -> Result<NamedPipe> {
    let name = wide(name)?;
    let mut open = PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED;
    if first {
        open |= FILE_FLAG_FIRST_PIPE_INSTANCE;
    }
    // SAFETY: `name` ends with NUL; the default security is asked for. A valid handle is ours, and
    // overlapped as mio wants it.
    unsafe {
        let handle = CreateNamedPipeW(
            name.as_ptr(),
            open,
            PIPE_TYPE_BYTE | PIPE_READMODE_BYTE,
            PIPE_UNLIMITED_INSTANCES,
            BUFFER,
            BUFFER,
            0,
            ptr::null(),
        );
        if handle != INVALID_HANDLE_VALUE {
            return Ok(NamedPipe::from_raw_handle(handle as _));
        }
    }
    let error = io::Error::last_os_error();
    Err(match error.raw_os_error().map(|code| code as u32) {
        Some(ERROR_ACCESS_DENIED | ERROR_PIPE_BUSY) if first => Error::EADDRINUSE,
        Some(ERROR_PATH_NOT_FOUND | ERROR_INVALID_NAME) => Error::EACCES,
        _ => error.into(),
    })
}

/// `EINVAL` for a name that is empty or has a NUL byte. No name is cut off here.
pub(crate) fn check_pipe_name(name: &[u8], _no_truncate: bool) -> Result<()> {
    match name.is_empty() || name.contains(&0) {
        true => Err(Error::EINVAL),
        false => Ok(()),
    }
}

pub(crate) fn pipe(_read_nonblocking: bool, _write_nonblocking: bool) -> Result<(Fd, Fd)> {
    Err(Error::ENOTSUP)
}

pub(crate) fn socketpair(_socktype: i32, _protocol: i32, _: [bool; 2]) -> Result<(Fd, Fd)> {
    Err(Error::ENOTSUP)
}

impl Io {
    pub(crate) fn bind_pipe(name: &[u8], no_truncate: bool) -> Result<(Io, Option<Box<Path>>)> {
        check_pipe_name(name, no_truncate)?;
        let server = Server {
            waiting: instance(name, true)?,
            name: name.to_vec(),
        };
        Ok((Io::PipeServer(Box::new(server)), None))
    }

    /// Connects to a server's pipe. `EAGAIN` when all its instances are taken.
    pub(crate) fn connect_pipe(io: &mut Option<Io>, name: &[u8]) -> Result<()> {
        if io.is_some() {
            return Err(Error::EISCONN);
        }
        let path = std::str::from_utf8(name).map_err(|_| Error::EINVAL)?;
        let opened = OpenOptions::new()
            .read(true)
            .write(true)
            .custom_flags(FILE_FLAG_OVERLAPPED)
            .open(path);
        let file = opened.map_err(|error| match error.raw_os_error() {
            Some(code) if code as u32 == ERROR_PIPE_BUSY => Error::EAGAIN,
            _ => error.into(),
        })?;
        // SAFETY: the handle is the file's, which gives it up, and overlapped as mio wants it.
        let pipe = unsafe { NamedPipe::from_raw_handle(file.into_raw_handle()) };
        *io = Some(Io::Pipe(Box::new(Connected {
            pipe,
            name: name.to_vec(),
            is_server: false,
        })));
        Ok(())
    }

    pub(crate) fn pipe_name(&self, peer: bool) -> Result<Vec<u8>> {
        match self {
            Io::Pipe(side) if side.is_server != peer => Ok(side.name.clone()),
            Io::Pipe(_) => Ok(Vec::new()),
            Io::PipeServer(server) if !peer => Ok(server.name.clone()),
            Io::PipeServer(_) => Err(Error::ENOTCONN),
            _ => Err(Error::EBADF),
        }
    }

    /// Who may use a pipe is told when it is made, and by its security descriptor.
    pub(crate) fn chmod_pipe(&self, _access: PipeAccess) -> Result<()> {
        Err(Error::ENOTSUP)
    }

    pub(crate) fn duplicate(_fd: Fd) -> Result<Io> {
        Err(Error::ENOTSUP)
    }

    pub(crate) fn read_passed(&self, buffer: &mut [u8], _passed: &mut Vec<Io>) -> Result<usize> {
        self.read(buffer, false)
    }

    pub(crate) fn write_passing(&self, _slices: &[io::IoSlice<'_>], _pass: Fd) -> Result<usize> {
        Err(Error::ENOTSUP)
    }
}
