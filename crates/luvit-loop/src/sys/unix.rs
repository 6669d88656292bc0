//! Descriptors and clocks of Unix systems.

use crate::{Error, Result, stdio::FdKind, tcp::Family};
use mio::unix::SourceFd;
use socket2::{Domain, Protocol, SockAddr, SockRef, Socket, Type};
use std::{
    io::{self, IoSlice},
    net::SocketAddr,
    num::NonZeroI32,
    os::fd::{AsFd, AsRawFd, BorrowedFd, IntoRawFd, RawFd},
    sync::atomic::{AtomicI32, Ordering},
};

/// A descriptor as the API takes and gives it.
pub type Fd = RawFd;

/// After a read that returned less than asked for a socket or pipe is empty (epoll(7)).
pub(crate) const SHORT_READ_DRAINS: bool = true;

/// Signals cannot be raised by a write: apple's sockets have an option instead of this flag, which
/// socket2 sets.
#[cfg(not(target_vendor = "apple"))]
pub(super) const NO_SIGNAL: libc::c_int = libc::MSG_NOSIGNAL;
#[cfg(target_vendor = "apple")]
pub(super) const NO_SIGNAL: libc::c_int = 0;

pub(crate) fn translate_errno(errno: i32) -> Error {
    // EWOULDBLOCK may differ from EAGAIN by POSIX, though on no system we know.
    if errno > 0 {
        Error::from_code(-errno)
    } else {
        Error::UNKNOWN
    }
}

pub(super) fn last_error() -> Error {
    io::Error::last_os_error().into()
}

/// The result of a system call that returns -1 on errors; interrupted calls are made again.
pub(crate) fn retry(mut call: impl FnMut() -> isize) -> Result<usize> {
    loop {
        if let Ok(n) = usize::try_from(call()) {
            return Ok(n);
        }
        match last_error() {
            Error::EINTR => {}
            error => return Err(error),
        }
    }
}

/// Nanoseconds of the monotonic clock.
pub(crate) fn hrtime() -> u64 {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: `time` is a timespec the call may write to.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &mut time) };
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

pub(crate) fn backend_fd(poll: &mio::Poll) -> Option<i32> {
    Some(poll.as_raw_fd())
}

/// A descriptor of a stream, as its complement, which is never 0. It is closed with the value
/// unless it is one of the first three, which stay open as libuv leaves them: what opens next must
/// not become standard output.
///
/// This is no `OwnedFd`: a script may close any number behind our back, which is an error of later
/// calls here and would abort the process there.
#[derive(Debug)]
pub(crate) struct Io(NonZeroI32);

impl Drop for Io {
    fn drop(&mut self) {
        if self.fd() > 2 {
            // SAFETY: close takes any number; this one is ours.
            unsafe { libc::close(self.fd()) };
        }
    }
}

impl AsFd for Io {
    fn as_fd(&self) -> BorrowedFd<'_> {
        // SAFETY: it is not -1, and open as far as we know; what is not is an `EBADF`.
        unsafe { BorrowedFd::borrow_raw(self.fd()) }
    }
}

impl Io {
    /// Takes over a descriptor, which is checked to be open.
    pub(crate) fn from_fd(fd: Fd) -> Result<Io> {
        // SAFETY: fcntl takes any number.
        if fd < 0 || unsafe { libc::fcntl(fd, libc::F_GETFD) } == -1 {
            return Err(Error::EBADF);
        }
        Io::from_raw(fd)
    }

    pub(super) fn from_raw(fd: Fd) -> Result<Io> {
        NonZeroI32::new(!fd).map(Io).ok_or(Error::EBADF)
    }

    pub(crate) fn fd(&self) -> Fd {
        !self.0.get()
    }

    /// A descriptor of our own for what `fd` stands for, closed on exec.
    pub(crate) fn duplicate(fd: Fd) -> Result<Io> {
        // SAFETY: fcntl takes any number.
        let own = retry(|| unsafe { libc::fcntl(fd, libc::F_DUPFD_CLOEXEC, 3) } as isize)?;
        Io::from_raw(own as Fd)
    }

    /// A stream socket, not blocking, closed on exec.
    pub(crate) fn tcp(family: Family) -> Result<Io> {
        let socket = Socket::new(family.domain(), Type::STREAM, Some(Protocol::TCP))?;
        socket.set_nonblocking(true)?;
        Io::from_raw(socket.into_raw_fd())
    }

    /// Takes over a stream socket and tells whether it listens.
    pub(crate) fn open_socket(fd: Fd) -> Result<(Io, bool)> {
        let io = Io::from_fd(fd)?;
        let socket = io.socket()?;
        let checked = (|| {
            if socket.r#type()? != Type::STREAM {
                return Err(Error::EINVAL);
            }
            io.set_nonblocking(true)?;
            Ok(socket_listens(&socket))
        })();
        match checked {
            Ok(listens) => Ok((io, listens)),
            Err(error) => {
                // The caller keeps what was not taken.
                io.release();
                Err(error)
            }
        }
    }

    /// Gives the descriptor back without closing it.
    pub(crate) fn release(self) {
        std::mem::forget(self);
    }

    pub(crate) fn socket(&self) -> Result<SockRef<'_>> {
        Ok(SockRef::from(self))
    }

    /// Registers for reading and writing, once and for all.
    pub(crate) fn register(&mut self, registry: &mio::Registry, token: mio::Token) -> Result<()> {
        let both = mio::Interest::READABLE | mio::Interest::WRITABLE;
        Ok(registry.register(&mut SourceFd(&self.fd()), token, both)?)
    }

    pub(crate) fn deregister(&mut self, registry: &mio::Registry) -> Result<()> {
        Ok(registry.deregister(&mut SourceFd(&self.fd()))?)
    }

    pub(crate) fn read(&self, buffer: &mut [u8], socket: bool) -> Result<usize> {
        let (fd, data, len) = (self.fd(), buffer.as_mut_ptr().cast(), buffer.len());
        // SAFETY: `data` and `len` are the caller's buffer, which the kernel may fill.
        retry(|| unsafe {
            if socket {
                libc::recv(fd, data, len, 0)
            } else {
                libc::read(fd, data, len)
            }
        })
    }

    pub(crate) fn write(&self, slices: &[IoSlice<'_>], socket: bool) -> Result<usize> {
        let fd = self.fd();
        match slices {
            [] => Ok(0),
            [one] => {
                let (data, len) = (one.as_ptr().cast(), one.len());
                // SAFETY: `data` and `len` are one of the caller's buffers.
                retry(|| unsafe {
                    if socket {
                        libc::send(fd, data, len, NO_SIGNAL)
                    } else {
                        libc::write(fd, data, len)
                    }
                })
            }
            many if socket => {
                // SAFETY: all of msghdr may be zero.
                let mut message: libc::msghdr = unsafe { std::mem::zeroed() };
                message.msg_iov = many.as_ptr().cast_mut().cast();
                message.msg_iovlen = many.len() as _;
                // SAFETY: IoSlice has the layout of iovec, and sendmsg only reads them.
                retry(|| unsafe { libc::sendmsg(fd, &message, NO_SIGNAL) })
            }
            many => {
                // SAFETY: IoSlice has the layout of iovec; their number is below IOV_MAX.
                retry(|| unsafe { libc::writev(fd, many.as_ptr().cast(), many.len() as i32) })
            }
        }
    }

    pub(crate) fn bind(&self, address: &SocketAddr, ipv6only: bool) -> Result<()> {
        let socket = self.socket()?;
        socket.set_reuse_address(true)?;
        if address.is_ipv6() {
            socket.set_only_v6(ipv6only)?;
        }
        Ok(socket.bind(&SockAddr::from(*address))?)
    }

    pub(crate) fn listen(&mut self, backlog: i32) -> Result<()> {
        Ok(self.socket()?.listen(backlog)?)
    }

    /// Begins to connect; the end of it is writability.
    pub(crate) fn connect(&mut self, address: &SocketAddr) -> Result<()> {
        match self.socket()?.connect(&SockAddr::from(*address)) {
            Err(error)
                if error.raw_os_error() == Some(libc::EINPROGRESS)
                    || error.kind() == io::ErrorKind::Interrupted =>
            {
                Ok(())
            }
            other => Ok(other?),
        }
    }

    /// How a connect that was begun ended; `false` when it has not.
    pub(crate) fn connect_result(&self) -> Result<bool> {
        let socket = self.socket()?;
        if let Some(error) = socket.take_error()? {
            return Err(error.into());
        }
        match socket.peer_addr().map_err(Error::from) {
            Ok(_) => Ok(true),
            Err(Error::ENOTCONN) => Ok(false),
            // Apple's answer for a peer that is gone already.
            Err(Error::EINVAL) => Err(Error::ECONNRESET),
            Err(error) => Err(error),
        }
    }

    pub(crate) fn accept(&mut self, _: &mio::Registry, _: mio::Token) -> Result<Io> {
        // accept(2) has no way to say that it must not wait, and whoever shares the file description,
        // a child for one, may have made it blocking.
        if !self.is_readable() {
            return Err(Error::EAGAIN);
        }
        let fd = self.fd();
        let new = retry(|| super::accept(fd) as isize)?;
        Io::from_raw(new as RawFd)
    }

    /// Whether nothing is readable before a first read.
    pub(crate) fn waits_for_read(&self) -> bool {
        false
    }

    /// Each direction ends on its own: nothing is left to do after a shutdown.
    pub(crate) fn end_when_due(&mut self) -> Option<u64> {
        None
    }

    pub(crate) fn shutdown_write(&mut self, _reads: bool) -> Result<()> {
        Ok(self.socket()?.shutdown(std::net::Shutdown::Write)?)
    }

    pub(crate) fn set_nonblocking(&self, nonblocking: bool) -> Result<()> {
        let flags = status_flags(self.fd())?;
        let wanted = if nonblocking {
            flags | libc::O_NONBLOCK
        } else {
            flags & !libc::O_NONBLOCK
        };
        if wanted != flags {
            set_status_flags(self.fd(), wanted)?;
        }
        Ok(())
    }

    /// Whether a read would not wait.
    pub(crate) fn is_readable(&self) -> bool {
        let mut entry = libc::pollfd {
            fd: self.fd(),
            events: libc::POLLIN,
            revents: 0,
        };
        // SAFETY: `entry` is one pollfd.
        unsafe { libc::poll(&mut entry, 1, 0) > 0 }
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

/// The status flags of a descriptor (`O_NONBLOCK`, the access mode …).
pub(crate) fn status_flags(fd: Fd) -> Result<i32> {
    // SAFETY: fcntl takes any number.
    retry(|| unsafe { libc::fcntl(fd, libc::F_GETFL) } as isize).map(|flags| flags as i32)
}

pub(crate) fn set_status_flags(fd: Fd, flags: i32) -> Result<()> {
    // SAFETY: fcntl takes any number.
    retry(|| unsafe { libc::fcntl(fd, libc::F_SETFL, flags) } as isize).map(|_| ())
}

/// The access a descriptor was opened with: for reading, for writing.
pub(crate) fn access(fd: Fd) -> Result<(bool, bool)> {
    Ok(match status_flags(fd)? & libc::O_ACCMODE {
        libc::O_RDONLY => (true, false),
        libc::O_WRONLY => (false, true),
        _ => (true, true),
    })
}

/// The status flags that standard input, output and error had before they were made non-blocking;
/// -1 for those that were not touched. They belong to whoever started us as well.
static STDIO_FLAGS: [AtomicI32; 3] = [const { AtomicI32::new(-1) }; 3];

/// Whether a terminal's handle needs a terminal.
pub(crate) const TERMINALS_ONLY: bool = false;

/// Notes the flags of a descriptor that is about to be made non-blocking, and tells whether they
/// are to be restored.
pub(crate) fn save_flags(fd: Fd) -> Result<bool> {
    let flags = status_flags(fd)?;
    let Some(saved) = usize::try_from(fd).ok().and_then(|fd| STDIO_FLAGS.get(fd)) else {
        return Ok(false);
    };
    restore_at_exit();
    if flags & libc::O_NONBLOCK == 0 {
        saved.store(flags, Ordering::SeqCst);
    }
    Ok(true)
}

/// Gives a descriptor the flags it had. Async-signal-safe.
pub(crate) fn restore_flags(fd: Fd) {
    if let Some(saved) = usize::try_from(fd).ok().and_then(|fd| STDIO_FLAGS.get(fd)) {
        let flags = saved.swap(-1, Ordering::SeqCst);
        if flags != -1 {
            // A descriptor that was closed meanwhile has no flags to restore.
            let _ = set_status_flags(fd, flags);
        }
    }
}

/// Gives back what was changed for others too. Async-signal-safe.
pub(super) extern "C" fn at_exit() {
    (0..3).for_each(restore_flags);
    // Nobody is left to tell.
    let _ = super::terminal::reset();
}

/// Restores terminal and flags when the process exits, once.
pub(crate) fn restore_at_exit() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    // SAFETY: at_exit is a function without state that may run at any time.
    ONCE.call_once(|| unsafe {
        libc::atexit(at_exit);
    });
}

fn socket_listens(socket: &SockRef<'_>) -> bool {
    #[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
    return socket.is_listener().unwrap_or(false);
    #[cfg(not(any(target_os = "linux", target_os = "android", target_os = "freebsd")))]
    {
        let _ = socket;
        false
    }
}

/// What kind of thing a descriptor is.
pub(crate) fn fd_kind(fd: Fd) -> FdKind {
    // SAFETY: isatty takes any number.
    if fd < 0 || unsafe { libc::isatty(fd) } == 1 {
        return if fd < 0 { FdKind::Unknown } else { FdKind::Tty };
    }
    // SAFETY: all of stat may be zero, and fstat writes to it only.
    let mode = unsafe {
        let mut stat: libc::stat = std::mem::zeroed();
        if libc::fstat(fd, &mut stat) == -1 {
            return FdKind::Unknown;
        }
        stat.st_mode & libc::S_IFMT
    };
    match mode {
        libc::S_IFREG | libc::S_IFCHR => FdKind::File,
        libc::S_IFIFO => FdKind::Pipe,
        libc::S_IFSOCK => {
            // SAFETY: fstat found it open; it is borrowed for these questions only.
            let fd = unsafe { BorrowedFd::borrow_raw(fd) };
            let socket = SockRef::from(&fd);
            let domain = socket.local_addr().map(|address| address.domain());
            match (socket.r#type(), domain) {
                (Ok(Type::STREAM), Ok(Domain::IPV4 | Domain::IPV6)) => FdKind::Tcp,
                (Ok(Type::STREAM), Ok(Domain::UNIX)) => FdKind::Pipe,
                (Ok(Type::DGRAM), Ok(Domain::IPV4 | Domain::IPV6)) => FdKind::Udp,
                _ => FdKind::Unknown,
            }
        }
        _ => FdKind::Unknown,
    }
}

/// Whether the descriptor is a socket.
pub(crate) fn is_socket(fd: Fd) -> bool {
    // SAFETY: all of stat may be zero, and fstat writes to it only.
    unsafe {
        let mut stat: libc::stat = std::mem::zeroed();
        libc::fstat(fd, &mut stat) == 0 && stat.st_mode & libc::S_IFMT == libc::S_IFSOCK
    }
}

/// Opens `path` once more with the access `fd` has.
pub(crate) fn open_again(path: &std::ffi::CStr, fd: Fd) -> Result<Io> {
    let mode = status_flags(fd)? & libc::O_ACCMODE;
    let flags = mode | libc::O_CLOEXEC | libc::O_NOCTTY | libc::O_NONBLOCK;
    // SAFETY: `path` ends with NUL.
    let new = retry(|| unsafe { libc::open(path.as_ptr(), flags) } as isize)?;
    Io::from_raw(new as RawFd)
}
