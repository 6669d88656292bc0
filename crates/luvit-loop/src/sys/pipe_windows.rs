//! Named pipes of Windows, through mio's.
//!
//! A server has one instance that waits for a client; when one has connected it is handed out and
//! the next takes its place. Handles are not passed through pipes here (`ENOTSUP`).

use super::{Fd, Io, descriptor_windows::Owned, fs};
use crate::{Error, PipeAccess, Result};
use mio::{event::Source, windows::NamedPipe};
use socket2::{Domain, Protocol, Socket, Type};
use std::{
    fs::{File, OpenOptions},
    hash::{BuildHasher, Hasher},
    io::{self, Read, Write},
    net::Ipv4Addr,
    os::windows::{
        ffi::OsStrExt,
        fs::OpenOptionsExt,
        io::{AsRawHandle, FromRawHandle, IntoRawHandle, IntoRawSocket, OwnedHandle, RawHandle},
    },
    path::Path,
    ptr,
    time::{Duration, Instant},
};
use windows_sys::Win32::{
    Foundation::{
        ERROR_ACCESS_DENIED, ERROR_INVALID_NAME, ERROR_PATH_NOT_FOUND, ERROR_PIPE_BUSY,
        INVALID_HANDLE_VALUE,
    },
    Storage::FileSystem::{
        FILE_FLAG_FIRST_PIPE_INSTANCE, FILE_FLAG_OVERLAPPED, PIPE_ACCESS_DUPLEX,
        PIPE_ACCESS_INBOUND,
    },
    System::Pipes::{
        CreateNamedPipeW, PIPE_READMODE_BYTE, PIPE_REJECT_REMOTE_CLIENTS, PIPE_TYPE_BYTE,
        PIPE_UNLIMITED_INSTANCES,
    },
};

/// Whether descriptors can be sent through a pipe.
pub(crate) const PASSES_DESCRIPTORS: bool = false;

/// Whether a server that listens may have no room for a client at the moment.
pub(crate) const PIPES_CAN_BE_BUSY: bool = true;

/// How much the system keeps for each side of a pipe, in bytes.
const BUFFER: u32 = 65536;

/// How long the other side has to close after this one was shut down.
const LINGER: Duration = Duration::from_millis(50);

/// One side of a connected pipe.
#[derive(Debug)]
pub(crate) struct Connected {
    /// Until the handle is shut down.
    pipe: Option<NamedPipe>,
    /// The server's name, which is this side's or the other's.
    name: Vec<u8>,
    is_server: bool,
    /// The descriptor it was opened from.
    descriptor: Option<Owned>,
    /// When it is closed, after it was shut down.
    ends: Option<Instant>,
}

impl Connected {
    fn new(pipe: NamedPipe, name: &[u8], is_server: bool) -> Connected {
        Connected {
            pipe: Some(pipe),
            name: name.to_vec(),
            is_server,
            descriptor: None,
            ends: None,
        }
    }

    /// What a descriptor stands for, which is closed with it.
    pub(super) fn opened(pipe: NamedPipe, descriptor: Owned) -> Connected {
        Connected {
            descriptor: Some(descriptor),
            ..Connected::new(pipe, b"", true)
        }
    }

    /// Drops it, but leaves the descriptor open.
    pub(super) fn release(mut self) {
        if let Some(descriptor) = &mut self.descriptor {
            descriptor.release();
        }
    }

    /// Closes our side; what was written still arrives.
    pub(super) fn close(&mut self) {
        self.pipe = None;
        self.descriptor = None;
    }

    /// Gives the other side some time to answer and close.
    pub(super) fn close_soon(&mut self) {
        self.ends = Some(Instant::now() + LINGER);
    }

    pub(super) fn end_when_due(&mut self) -> Option<u64> {
        let left = self.ends?.saturating_duration_since(Instant::now());
        if left.is_zero() {
            self.ends = None;
            self.close();
            return None;
        }
        Some(left.as_millis() as u64 + 1)
    }

    /// The descriptor, or the system's handle when it was not opened from one.
    pub(super) fn number(&self) -> Fd {
        match &self.descriptor {
            Some(descriptor) => descriptor.number(),
            None => self.handle().map_or(Fd::MAX, |handle| handle as Fd),
        }
    }

    pub(super) fn handle(&self) -> Result<RawHandle> {
        Ok(self.pipe.as_ref().ok_or(Error::EBADF)?.as_raw_handle())
    }

    pub(super) fn source(&mut self) -> Option<&mut NamedPipe> {
        self.pipe.as_mut()
    }

    pub(super) fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        match &self.pipe {
            Some(pipe) => { pipe }.read(buffer),
            None => Ok(0),
        }
    }

    pub(super) fn write(&self, slices: &[io::IoSlice<'_>]) -> Result<usize> {
        let Some(mut pipe) = self.pipe.as_ref() else {
            return Err(Error::EPIPE);
        };
        pipe.write_vectored(slices)
            .map_err(|error| match error.into() {
                // The other side is gone.
                Error::EOF => Error::EPIPE,
                other => other,
            })
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
    pub(super) fn handle(&self) -> RawHandle {
        self.waiting.as_raw_handle()
    }

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
        Ok(Io::Pipe(Box::new(Connected::new(pipe, &self.name, true))))
    }
}

fn wide(name: &[u8]) -> Result<Vec<u16>> {
    let name = std::str::from_utf8(name).map_err(|_| Error::EINVAL)?;
    Ok(std::ffi::OsStr::new(name)
        .encode_wide()
        .chain([0])
        .collect())
}

/// One end of a pipe of that name.
fn create(name: &[u8], open: u32, mode: u32, instances: u32) -> Result<OwnedHandle> {
    let name = wide(name)?;
    // SAFETY: `name` ends with NUL; the default security is asked for. A valid handle is ours.
    unsafe {
        let handle = CreateNamedPipeW(
            name.as_ptr(),
            open,
            PIPE_TYPE_BYTE | PIPE_READMODE_BYTE | mode,
            instances,
            BUFFER,
            BUFFER,
            0,
            ptr::null(),
        );
        if handle != INVALID_HANDLE_VALUE {
            return Ok(OwnedHandle::from_raw_handle(handle));
        }
    }
    let error = io::Error::last_os_error();
    let first = open & FILE_FLAG_FIRST_PIPE_INSTANCE != 0;
    Err(match error.raw_os_error().map(|code| code as u32) {
        Some(ERROR_ACCESS_DENIED | ERROR_PIPE_BUSY) if first => Error::EADDRINUSE,
        Some(ERROR_PATH_NOT_FOUND | ERROR_INVALID_NAME) => Error::EACCES,
        _ => error.into(),
    })
}

/// mio's pipe for a handle that was made for overlapped calls.
fn overlapped(handle: OwnedHandle) -> NamedPipe {
    // SAFETY: the handle is ours, and overlapped as mio wants it.
    unsafe { NamedPipe::from_raw_handle(handle.into_raw_handle()) }
}

/// A new instance of a server's pipe; the first one must be the only one.
fn instance(name: &[u8], first: bool) -> Result<NamedPipe> {
    let mut open = PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED;
    if first {
        open |= FILE_FLAG_FIRST_PIPE_INSTANCE;
    }
    create(name, open, 0, PIPE_UNLIMITED_INSTANCES).map(overlapped)
}

/// Both ends of a pipe that nobody else can open: `open` says how the first is, which reads, the
/// other is opened by `options`.
fn connected_pair(open: u32, options: &mut OpenOptions) -> Result<(OwnedHandle, OwnedHandle)> {
    // Each hasher begins with other random keys.
    let random = std::hash::RandomState::new().build_hasher().finish();
    let name = format!(r"\\.\pipe\luvit-{}-{random:016x}", std::process::id());
    let open = open | FILE_FLAG_FIRST_PIPE_INSTANCE;
    let ours = create(name.as_bytes(), open, PIPE_REJECT_REMOTE_CLIENTS, 1)?;
    Ok((ours, options.open(name)?.into()))
}

/// A pipe of which one end is for the poll, and the other for calls that wait.
pub(super) fn private_pair() -> Result<(NamedPipe, OwnedHandle)> {
    let (ours, theirs) = connected_pair(
        PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED,
        OpenOptions::new().read(true).write(true),
    )?;
    Ok((overlapped(ours), theirs))
}

/// A pipe to a child.
pub(super) fn child_pair() -> Result<(Io, OwnedHandle)> {
    let (ours, theirs) = private_pair()?;
    Ok((Io::Pipe(Box::new(Connected::new(ours, b"", true))), theirs))
}

/// `EINVAL` for a name that is empty or has a NUL byte. No name is cut off here.
pub(crate) fn check_pipe_name(name: &[u8], _no_truncate: bool) -> Result<()> {
    match name.is_empty() || name.contains(&0) {
        true => Err(Error::EINVAL),
        false => Ok(()),
    }
}

/// An end that is to be non-blocking is made for overlapped calls.
pub(crate) fn pipe(read_nonblocking: bool, write_nonblocking: bool) -> Result<(Fd, Fd)> {
    let flag = |overlapped: bool| match overlapped {
        true => FILE_FLAG_OVERLAPPED,
        false => 0,
    };
    let (reader, writer) = connected_pair(
        PIPE_ACCESS_INBOUND | flag(read_nonblocking),
        OpenOptions::new()
            .write(true)
            .custom_flags(flag(write_nonblocking)),
    )?;
    let reader = fs::descriptor(File::from(reader))?;
    match fs::descriptor(File::from(writer)) {
        Ok(writer) => Ok((reader as Fd, writer as Fd)),
        Err(error) => {
            fs::close(reader)?;
            Err(error)
        }
    }
}

/// Two TCP sockets of the loopback interface: there is nothing nearer.
pub(crate) fn socketpair(socktype: i32, protocol: i32, nonblocking: [bool; 2]) -> Result<(Fd, Fd)> {
    if Type::from(socktype) != Type::STREAM {
        return Err(Error::ESOCKTNOSUPPORT);
    }
    if protocol != 0 && Protocol::from(protocol) != Protocol::TCP {
        return Err(Error::EPROTONOSUPPORT);
    }
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let first = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    first.connect(&listener.local_addr()?.into())?;
    let ours = first.local_addr()?.as_socket();
    // Somebody else may have been quicker.
    let second = loop {
        let (second, from) = listener.accept()?;
        if Some(from) == ours {
            break Socket::from(second);
        }
    };
    first.set_nonblocking(nonblocking[0])?;
    second.set_nonblocking(nonblocking[1])?;
    Ok((first.into_raw_socket(), second.into_raw_socket()))
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
        let pipe = overlapped(file.into());
        *io = Some(Io::Pipe(Box::new(Connected::new(pipe, name, false))));
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
