//! Pipes and Unix domain sockets.
//!
//! Semantics: <https://docs.libuv.org/en/v1.x/pipe.html>.

use crate::{
    Error, Handle, HandleKind, Loop, Result,
    handle::Data,
    stdio::access_flags,
    stream::{Stream, flag},
    sys::{self, Fd, Io},
};

impl Loop {
    /// A new pipe handle without a descriptor.
    pub fn new_pipe(&mut self) -> Handle {
        self.slab
            .insert(Data::Stream(Stream::new(HandleKind::Pipe)))
    }

    /// Takes over a pipe, a FIFO or a Unix domain socket, which the handle closes unless it is one
    /// of the first three. It is made non-blocking; standard input, output and error get their
    /// flags back when the handle closes and when the process exits. `EBUSY` when the handle has a
    /// descriptor, `EBADF` when it is not open.
    pub fn pipe_open(&mut self, handle: Handle, fd: Fd) -> Result<()> {
        let stream = self.stream_mut(handle)?;
        if stream.kind != HandleKind::Pipe {
            return Err(Error::EINVAL);
        }
        if stream.io.is_some() {
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
}
