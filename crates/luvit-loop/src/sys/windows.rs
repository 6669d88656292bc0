//! Windows: sockets and pipes through mio's wrappers, which renew their interest when a call would
//! block, and descriptors of the C runtime.

use super::{
    descriptor_windows::{self, Descriptor, Opened},
    pipe_windows,
};
use crate::{Error, Result, tcp::Family};
use mio::event::Source;
use socket2::{Protocol, SockAddr, SockRef, Socket, Type};
use std::{
    io::{self, IoSlice, Read, Write},
    net::SocketAddr,
    os::windows::io::{AsRawSocket, AsSocket, BorrowedSocket, FromRawSocket, RawHandle, RawSocket},
    sync::OnceLock,
    time::Instant,
};

/// A socket, or a descriptor of the C runtime, as the API takes and gives them: what takes one
/// knows which it is.
pub type Fd = RawSocket;

/// mio reports readiness again only after a call that would have blocked.
pub(crate) const SHORT_READ_DRAINS: bool = false;

/// libuv's error for a `GetLastError` or Winsock code.
pub(crate) fn translate_errno(code: i32) -> Error {
    match code {
        // What reading from a folder says.
        1 => Error::EISDIR,
        2 | 3 | 15 | 123 | 126 | 161 | 203 | 4392 => Error::ENOENT,
        4 => Error::EMFILE,
        5 | 740 | 998 | 1920 | 10013 => Error::EACCES,
        6 | 10009 => Error::EBADF,
        8 | 14 => Error::ENOMEM,
        13 => Error::EINVAL,
        17 => Error::EXDEV,
        19 => Error::EROFS,
        23 | 1117 => Error::EIO,
        32 | 33 | 231 => Error::EBUSY,
        39 | 82 | 112 => Error::ENOSPC,
        50 => Error::ENOTSUP,
        64 => Error::ECONNRESET,
        80 | 183 => Error::EEXIST,
        87 | 122 | 131 | 1464 | 4390 | 10022 => Error::EINVAL,
        109 => Error::EOF,
        121 => Error::ETIMEDOUT,
        145 => Error::ENOTEMPTY,
        111 | 206 => Error::ENAMETOOLONG,
        230 | 232 | 233 => Error::EPIPE,
        267 => Error::ENOTDIR,
        336 => Error::EISDIR,
        995 => Error::ECANCELED,
        1113 => Error::ECHARSET,
        1225 => Error::ECONNREFUSED,
        1231 => Error::ENETUNREACH,
        1232 => Error::EHOSTUNREACH,
        1236 => Error::ECONNABORTED,
        1314 => Error::EPERM,
        1921 => Error::ELOOP,
        2250 => Error::ENOTCONN,
        10004 => Error::EINTR,
        10014 => Error::EFAULT,
        10024 => Error::EMFILE,
        10035 => Error::EAGAIN,
        10036 | 10037 => Error::EALREADY,
        10038 => Error::ENOTSOCK,
        10040 => Error::EMSGSIZE,
        10042 => Error::ENOPROTOOPT,
        10043 => Error::EPROTONOSUPPORT,
        10044 => Error::ESOCKTNOSUPPORT,
        10045 => Error::ENOTSUP,
        10047 => Error::EAFNOSUPPORT,
        10048 => Error::EADDRINUSE,
        10049 => Error::EADDRNOTAVAIL,
        10050 => Error::ENETDOWN,
        10051 => Error::ENETUNREACH,
        10053 => Error::ECONNABORTED,
        10054 => Error::ECONNRESET,
        10055 => Error::ENOBUFS,
        10056 => Error::EISCONN,
        10057 => Error::ENOTCONN,
        10058 => Error::EPIPE,
        10060 => Error::ETIMEDOUT,
        10061 => Error::ECONNREFUSED,
        10064 => Error::EHOSTDOWN,
        10065 => Error::EHOSTUNREACH,
        11001 => Error::EAI_NONAME,
        11002 => Error::EAI_AGAIN,
        11003 => Error::EAI_FAIL,
        11004 => Error::EAI_NODATA,
        _ => Error::UNKNOWN,
    }
}

/// Nanoseconds since the first call.
pub(crate) fn hrtime() -> u64 {
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed().as_nanos() as u64
}

pub(crate) fn backend_fd(_poll: &mio::Poll) -> Option<i32> {
    None
}

/// A socket in the state mio has a type for.
#[derive(Debug)]
pub(crate) enum Io {
    /// Neither connects nor listens.
    Fresh(Socket),
    Stream(mio::net::TcpStream),
    Listener(mio::net::TcpListener),
    Pipe(Box<pipe_windows::Connected>),
    PipeServer(Box<pipe_windows::Server>),
    /// A file, a console, or a pipe that was not made for overlapped calls.
    Descriptor(Box<Descriptor>),
    /// Between two states, after a failure.
    Gone,
}

impl AsSocket for Io {
    fn as_socket(&self) -> BorrowedSocket<'_> {
        match self {
            Io::Fresh(socket) => socket.as_socket(),
            // SAFETY: borrowed from a socket that lives as long as `self`.
            Io::Stream(socket) => unsafe { BorrowedSocket::borrow_raw(socket.as_raw_socket()) },
            // SAFETY: as above.
            Io::Listener(socket) => unsafe { BorrowedSocket::borrow_raw(socket.as_raw_socket()) },
            _ => unreachable!("asked by `socket` only, which checks"),
        }
    }
}

impl Io {
    pub(crate) fn from_fd(fd: Fd) -> Result<Io> {
        Ok(match descriptor_windows::open(fd)? {
            Opened::Overlapped(pipe) => Io::Pipe(Box::new(pipe)),
            Opened::Waiting(descriptor) => Io::Descriptor(Box::new(descriptor)),
        })
    }

    pub(crate) fn tcp(family: Family) -> Result<Io> {
        let socket = Socket::new(family.domain(), Type::STREAM, Some(Protocol::TCP))?;
        socket.set_nonblocking(true)?;
        Ok(Io::Fresh(socket))
    }

    /// Takes over a stream socket, connected or listening, and tells which.
    pub(crate) fn open_socket(fd: Fd) -> Result<(Io, bool)> {
        // SAFETY: the caller hands the socket over; calls on what is none fail.
        let socket = unsafe { Socket::from_raw_socket(fd) };
        let connected = socket.peer_addr().is_ok();
        if let Err(error) = socket.set_nonblocking(true) {
            std::mem::forget(socket);
            return Err(error.into());
        }
        Ok(match connected {
            true => (
                Io::Stream(mio::net::TcpStream::from_std(socket.into())),
                false,
            ),
            false => (Io::Fresh(socket), false),
        })
    }

    pub(crate) fn release(self) {
        match self {
            Io::Descriptor(descriptor) => descriptor.release(),
            Io::Pipe(pipe) => pipe.release(),
            socket => std::mem::forget(socket),
        }
    }

    pub(crate) fn fd(&self) -> Fd {
        match self {
            Io::Descriptor(descriptor) => descriptor.number(),
            Io::Pipe(pipe) => pipe.number(),
            Io::PipeServer(server) => server.handle() as Fd,
            Io::Gone => Fd::MAX,
            Io::Fresh(_) | Io::Stream(_) | Io::Listener(_) => self.as_socket().as_raw_socket(),
        }
    }

    /// What a child can be given.
    pub(super) fn handle(&self) -> Result<RawHandle> {
        match self {
            Io::Descriptor(descriptor) => super::fs::handle(descriptor.number()),
            Io::Pipe(pipe) => pipe.handle(),
            Io::Fresh(_) | Io::Stream(_) | Io::Listener(_) => Ok(self.fd() as RawHandle),
            Io::PipeServer(_) | Io::Gone => Err(Error::EINVAL),
        }
    }

    /// Whether nothing is readable before a first read.
    pub(crate) fn waits_for_read(&self) -> bool {
        matches!(self, Io::Descriptor(descriptor) if descriptor.waits_for_read())
    }

    pub(crate) fn socket(&self) -> Result<SockRef<'_>> {
        match self {
            Io::Fresh(_) | Io::Stream(_) | Io::Listener(_) => Ok(SockRef::from(self)),
            Io::Pipe(_) | Io::PipeServer(_) | Io::Descriptor(_) => Err(Error::ENOTSOCK),
            Io::Gone => Err(Error::EBADF),
        }
    }

    fn source(&mut self) -> Option<&mut dyn Source> {
        match self {
            Io::Stream(stream) => Some(stream),
            Io::Listener(listener) => Some(listener),
            Io::Pipe(pipe) => Some(pipe.source()?),
            Io::Descriptor(descriptor) => Some(descriptor.source()?),
            Io::Fresh(_) | Io::PipeServer(_) | Io::Gone => None,
        }
    }

    pub(crate) fn register(&mut self, registry: &mio::Registry, token: mio::Token) -> Result<()> {
        let both = mio::Interest::READABLE | mio::Interest::WRITABLE;
        if let Io::PipeServer(server) = self {
            return server.register(registry, token);
        }
        // As epoll says of files, which are always ready.
        if matches!(self, Io::Descriptor(descriptor) if !descriptor.waits_for_read()) {
            return Err(Error::EPERM);
        }
        match self.source() {
            Some(source) => Ok(registry.register(source, token, both)?),
            None => Ok(()),
        }
    }

    pub(crate) fn deregister(&mut self, registry: &mio::Registry) -> Result<()> {
        if let Io::PipeServer(server) = self {
            return server.deregister(registry);
        }
        match self.source() {
            Some(source) => Ok(registry.deregister(source)?),
            None => Ok(()),
        }
    }

    fn stream(&self) -> Result<&mio::net::TcpStream> {
        match self {
            Io::Stream(stream) => Ok(stream),
            _ => Err(Error::ENOTCONN),
        }
    }

    pub(crate) fn read(&self, buffer: &mut [u8], _socket: bool) -> Result<usize> {
        match self {
            Io::Pipe(pipe) => Ok(pipe.read(buffer)?),
            Io::Descriptor(descriptor) => descriptor.read(buffer),
            _ => Ok(self.stream()?.read(buffer)?),
        }
    }

    pub(crate) fn write(&self, slices: &[IoSlice<'_>], _socket: bool) -> Result<usize> {
        match self {
            Io::Pipe(pipe) => Ok(pipe.write(slices)?),
            Io::Descriptor(descriptor) => descriptor.write(slices),
            _ => Ok(self.stream()?.write_vectored(slices)?),
        }
    }

    pub(crate) fn bind(&self, address: &SocketAddr, ipv6only: bool) -> Result<()> {
        let socket = self.socket()?;
        if address.is_ipv6() {
            socket.set_only_v6(ipv6only)?;
        }
        Ok(socket.bind(&SockAddr::from(*address))?)
    }

    pub(crate) fn listen(&mut self, backlog: i32) -> Result<()> {
        if let Io::PipeServer(_) = self {
            return Ok(());
        }
        self.socket()?.listen(backlog)?;
        if let Io::Fresh(socket) = std::mem::replace(self, Io::Gone) {
            *self = Io::Listener(mio::net::TcpListener::from_std(socket.into()));
        }
        Ok(())
    }

    pub(crate) fn connect(&mut self, address: &SocketAddr) -> Result<()> {
        match self.socket()?.connect(&SockAddr::from(*address)) {
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => return Err(error.into()),
            _ => {}
        }
        if let Io::Fresh(socket) = std::mem::replace(self, Io::Gone) {
            *self = Io::Stream(mio::net::TcpStream::from_std(socket.into()));
        }
        Ok(())
    }

    pub(crate) fn connect_result(&self) -> Result<bool> {
        if let Io::Pipe(_) = self {
            return Ok(true);
        }
        let socket = self.socket()?;
        if let Some(error) = socket.take_error()? {
            return Err(error.into());
        }
        match socket.peer_addr().map_err(Error::from) {
            Ok(_) => Ok(true),
            Err(Error::ENOTCONN) => Ok(false),
            Err(error) => Err(error),
        }
    }

    pub(crate) fn accept(&mut self, registry: &mio::Registry, token: mio::Token) -> Result<Io> {
        match self {
            Io::PipeServer(server) => server.accept(registry, token),
            Io::Listener(listener) => Ok(Io::Stream(listener.accept()?.0)),
            _ => Err(Error::EINVAL),
        }
    }

    /// A pipe has one end for both directions: it is closed, a little later if it is read from.
    pub(crate) fn shutdown_write(&mut self, reads: bool) -> Result<()> {
        if let Io::Pipe(pipe) = self {
            if reads {
                pipe.close_soon();
            } else {
                pipe.close();
            }
            return Ok(());
        }
        Ok(self.socket()?.shutdown(std::net::Shutdown::Write)?)
    }

    /// Ends both directions of a pipe that was shut down, when it is time; else the milliseconds
    /// until then.
    pub(crate) fn end_when_due(&mut self) -> Option<u64> {
        match self {
            Io::Pipe(pipe) => pipe.end_when_due(),
            _ => None,
        }
    }

    pub(crate) fn set_nonblocking(&self, nonblocking: bool) -> Result<()> {
        match self {
            Io::Pipe(_) | Io::PipeServer(_) | Io::Descriptor(_) => Ok(()),
            _ => Ok(self.socket()?.set_nonblocking(nonblocking)?),
        }
    }

    pub(crate) fn is_readable(&self) -> bool {
        let mut byte = [std::mem::MaybeUninit::uninit()];
        self.socket()
            .is_ok_and(|socket| socket.peek(&mut byte).is_ok())
    }

    /// Only Linux and FreeBSD share connections out.
    pub(crate) fn share_port(&self) -> Result<()> {
        Err(Error::ENOTSUP)
    }

    pub(crate) fn send_buffer_size(&self, size: usize) -> Result<usize> {
        let socket = self.socket()?;
        if size > 0 {
            socket.set_send_buffer_size(size)?;
        }
        Ok(socket.send_buffer_size()?)
    }

    pub(crate) fn recv_buffer_size(&self, size: usize) -> Result<usize> {
        let socket = self.socket()?;
        if size > 0 {
            socket.set_recv_buffer_size(size)?;
        }
        Ok(socket.recv_buffer_size()?)
    }
}

/// Whether a terminal's handle needs a terminal.
pub(crate) const TERMINALS_ONLY: bool = true;

pub(crate) fn save_flags(_fd: Fd) -> Result<bool> {
    Ok(false)
}

pub(crate) fn restore_flags(_fd: Fd) {}

pub(crate) fn is_socket(_fd: Fd) -> bool {
    false
}

/// A console is not opened anew: what is read and written goes through the one there is.
pub(crate) fn reopen(fd: Fd) -> Result<Io> {
    Io::from_fd(fd)
}

pub(crate) fn is_terminal_behind(_fd: Fd) -> bool {
    false
}
