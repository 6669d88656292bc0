//! Pipes and Unix domain sockets; on Windows named pipes.
//!
//! Semantics: <https://docs.libuv.org/en/v1.x/pipe.html>.

use crate::{
    Error, Handle, HandleKind, Loop, Request, Result,
    handle::Data,
    stdio::access_flags,
    stream::{Stream, flag, ready, stream_in},
    sys::{self, Fd, Io},
};

/// Who else may use a bound pipe.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub struct PipeAccess {
    /// Reading (`UV_READABLE`).
    pub read: bool,
    /// Writing (`UV_WRITABLE`). On Unix who connects needs this one.
    pub write: bool,
}

impl Loop {
    /// A new pipe handle without a descriptor. With `ipc` handles can be passed through it once it
    /// is connected: [`Loop::write2`].
    pub fn new_pipe(&mut self, ipc: bool) -> Handle {
        let mut stream = Stream::new(HandleKind::Pipe);
        stream.set(flag::IPC, ipc);
        self.slab.insert(Data::Stream(stream))
    }

    /// The pipe of a handle that is neither stale nor closing.
    fn pipe(&mut self, handle: Handle) -> Result<&mut Stream> {
        let stream = self.stream_mut(handle)?;
        if stream.kind == HandleKind::Pipe {
            Ok(stream)
        } else {
            Err(Error::EINVAL)
        }
    }

    /// Takes over a pipe, a FIFO or a Unix domain socket, which the handle closes unless it is one
    /// of the first three. It is made non-blocking; standard input, output and error get their
    /// flags back when the handle closes and when the process exits. `EBUSY` when the handle has a
    /// descriptor, `EBADF` when it is not open.
    pub fn pipe_open(&mut self, handle: Handle, fd: Fd) -> Result<()> {
        if self.pipe(handle)?.io.is_some() {
            return Err(Error::EBUSY);
        }
        let mut flags = access_flags(fd)?;
        if sys::is_socket(fd) {
            flags |= flag::SOCKET;
        }
        if sys::save_flags(fd)? {
            flags |= flag::RESTORE;
        }
        let io = Io::from_fd(fd)?;
        if let Err(error) = io.set_nonblocking(true) {
            io.release();
            return Err(error);
        }
        self.stream_take(handle, io, flags, false)
    }

    /// Binds to a path, which is made (umask(2) says for whom) and removed when the handle closes;
    /// on Linux also to an abstract name, which begins with a NUL byte; on Windows to a name like
    /// `\\.\pipe\name`. A path longer than the system allows (107 bytes and more) is cut off, or
    /// `EINVAL` if `no_truncate`. `EADDRINUSE` when something is there, be it dead; `EACCES` also
    /// when the folder does not exist; `EINVAL` when the handle is bound or connected already, for
    /// an empty name, and for a NUL elsewhere.
    pub fn pipe_bind(&mut self, handle: Handle, name: &[u8], no_truncate: bool) -> Result<()> {
        if self.pipe(handle)?.io.is_some() {
            return Err(Error::EINVAL);
        }
        let (io, path) = Io::bind_pipe(name, no_truncate).map_err(|error| match error {
            Error::ENOENT => Error::EACCES,
            other => other,
        })?;
        let stream = self.pipe(handle)?;
        stream.io = Some(io);
        stream.set(flag::SOCKET, true);
        if let Some(path) = path {
            stream.extra().bound = Some(path);
        }
        Ok(())
    }

    /// Nothing is to be done for a bound pipe; `EINVAL` for one that is not.
    pub(crate) fn pipe_prepare_listen(&mut self, handle: Handle) -> Result<()> {
        let stream = self.pipe(handle)?;
        match stream.io {
            Some(_) => Ok(()),
            None => Err(Error::EINVAL),
        }
    }

    /// Connects to a bound pipe; [`Event::Connect`](crate::Event::Connect) tells how it ended, a
    /// missing path included. Errors at once: `EINVAL` for a wrong name as in [`Loop::pipe_bind`],
    /// `EALREADY` when it connects already.
    pub fn pipe_connect(
        &mut self,
        handle: Handle,
        name: &[u8],
        no_truncate: bool,
    ) -> Result<Request> {
        let stream = self.pipe(handle)?;
        if stream.has(flag::CONNECTING) {
            return Err(Error::EALREADY);
        }
        if stream.has(flag::LISTENING) {
            return Err(Error::EINVAL);
        }
        sys::check_pipe_name(name, no_truncate)?;
        let token = mio::Token(handle.index() as usize);
        let stream = stream_in(&mut self.slab, handle)?;
        stream.ready &= !(ready::WRITABLE | ready::ENDING);
        let connected = Io::connect_pipe(&mut stream.io, name).and_then(|()| {
            let io = stream.io.as_mut().ok_or(Error::EBADF)?;
            if stream.flags & flag::REGISTERED == 0 {
                io.register(self.poll.registry(), token)?;
            }
            Ok(())
        });
        let delayed = match connected {
            Ok(()) => {
                stream.set(flag::SOCKET | flag::REGISTERED, true);
                stream.set(flag::CAN_READ | flag::CAN_WRITE, true);
                // It is done, as a rule; if not, looking too early does no harm.
                stream.ready |= ready::WRITABLE;
                None
            }
            Err(error) => Some(error),
        };
        Ok(self.begin_connect(handle, delayed))
    }

    /// Begins a connect that has failed: the event tells. For `uv_pipe_connect`, which cannot.
    pub fn pipe_connect_failed(&mut self, handle: Handle, error: Error) -> Result<Request> {
        let stream = self.pipe(handle)?;
        if stream.has(flag::CONNECTING | flag::LISTENING) {
            return Err(Error::EINVAL);
        }
        Ok(self.begin_connect(handle, Some(error)))
    }

    /// The name the pipe is bound to, all of it for an abstract one; empty when it is connected
    /// without a name of its own. `EBADF` without a descriptor.
    pub fn pipe_getsockname(&self, handle: Handle) -> Result<Vec<u8>> {
        self.pipe_io(handle)?.pipe_name(false)
    }

    /// The name of the pipe it is connected to. `ENOTCONN` when it is not, `EBADF` without a
    /// descriptor.
    pub fn pipe_getpeername(&self, handle: Handle) -> Result<Vec<u8>> {
        self.pipe_io(handle)?.pipe_name(true)
    }

    fn pipe_io(&self, handle: Handle) -> Result<&Io> {
        match self.stream(handle)? {
            stream if stream.kind == HandleKind::Pipe => stream.io.as_ref().ok_or(Error::EBADF),
            _ => Err(Error::EINVAL),
        }
    }

    /// Lets everybody use a bound pipe for what `access` says, besides those who may already.
    /// `EBADF` without a descriptor, `ENOENT` when it has no file.
    pub fn pipe_chmod(&mut self, handle: Handle, access: PipeAccess) -> Result<()> {
        self.pipe_io(handle)?.chmod_pipe(access)
    }

    /// How many instances of a named pipe wait for connections, on Windows; elsewhere the kernel
    /// has its backlog and this does nothing but check the handle.
    pub fn pipe_pending_instances(&mut self, handle: Handle, _count: i32) -> Result<()> {
        self.pipe(handle).map(|_| ())
    }
}
