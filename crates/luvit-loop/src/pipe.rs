//! Pipes and Unix domain sockets; on Windows named pipes.
//!
//! Semantics: <https://docs.libuv.org/en/v1.x/pipe.html>.

use crate::{
    Error, Handle, HandleKind, Loop, Request, Result,
    handle::Data,
    stdio::shared_io,
    stream::{Stream, flag, ready, stream_in},
    sys::{self, Fd, Io},
};

/// How long a client waits before it asks a server again that has no instance left, in
/// milliseconds.
const BUSY_PAUSE: u64 = 5;

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
        let (io, flags) = shared_io(fd)?;
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
        let delayed = self.pipe_try_connect(handle, name)?.err();
        if delayed == Some(Error::EAGAIN) && sys::PIPES_CAN_BE_BUSY {
            self.stream_mut(handle)?.extra().busy = Some(name.into());
            let request = self.begin_connect(handle, None);
            self.pause(handle, BUSY_PAUSE);
            return Ok(request);
        }
        Ok(self.begin_connect(handle, delayed))
    }

    /// Connects a pipe whose server had no instance left before. `false` when it still has none.
    pub(crate) fn pipe_connect_again(&mut self, handle: Handle) -> Result<bool> {
        let busy = self.stream_mut(handle)?.extra().busy.take();
        let name = busy.ok_or(Error::EBADF)?;
        match self.pipe_try_connect(handle, &name)? {
            Err(Error::EAGAIN) => {
                self.stream_mut(handle)?.extra().busy = Some(name);
                self.pause(handle, BUSY_PAUSE);
                Ok(false)
            }
            result => result.map(|()| true),
        }
    }

    /// The outer result is about the handle, the inner one about the name.
    fn pipe_try_connect(&mut self, handle: Handle, name: &[u8]) -> Result<Result<()>> {
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
        if connected.is_ok() {
            stream.set(flag::SOCKET | flag::REGISTERED, true);
            stream.set(flag::CAN_READ | flag::CAN_WRITE, true);
            // It is done, as a rule; if not, looking too early does no harm.
            stream.ready |= ready::WRITABLE;
        }
        Ok(connected)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Event, RunMode,
        testing::{finish, run},
    };

    /// A name that nobody has.
    fn free_name() -> String {
        static COUNT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        let n = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let name = format!("luvit-loop-pipe-{}-{n}", std::process::id());
        match cfg!(windows) {
            true => format!(r"\\.\pipe\{name}"),
            false => std::env::temp_dir().join(name).display().to_string(),
        }
    }

    #[test]
    fn clients_are_served_and_the_name_is_free_again() {
        let name = free_name();
        let mut lp = Loop::new().unwrap();
        for _ in 0..3 {
            let server = lp.new_pipe(false);
            lp.pipe_bind(server, name.as_bytes(), false).unwrap();
            let second = lp.new_pipe(false);
            // Wine knows no first instance, and lets everybody have the name.
            if cfg!(unix) {
                let taken = lp.pipe_bind(second, name.as_bytes(), false);
                assert_eq!(taken, Err(Error::EADDRINUSE));
            }
            lp.listen(server, 8).unwrap();
            assert_eq!(lp.pipe_getsockname(server).unwrap(), name.as_bytes());
            let (mut left, mut echoed) = (3, Vec::new());
            let connect = |lp: &mut Loop| {
                let client = lp.new_pipe(false);
                lp.pipe_connect(client, name.as_bytes(), false).unwrap();
            };
            connect(&mut lp);
            let (mut accepted, mut connected) = (Vec::new(), Vec::new());
            run(&mut lp, RunMode::Default, |lp, event| match event {
                Event::Connection { handle, result } => {
                    result.unwrap();
                    let peer = lp.accept(handle).unwrap();
                    lp.read_start(peer).unwrap();
                    accepted.push(peer);
                }
                Event::Connect { handle, result, .. } => {
                    result.unwrap();
                    assert_eq!(lp.pipe_getpeername(handle).unwrap(), name.as_bytes());
                    lp.write(handle, &[b"to", b" and fro"]).unwrap();
                    lp.read_start(handle).unwrap();
                    connected.push(handle);
                }
                Event::Read { handle, result } if accepted.contains(&handle) => match result {
                    Ok(n) => {
                        let text = lp.read_buffer()[..n].to_vec();
                        lp.write(handle, &[&text]).unwrap();
                    }
                    Err(error) => {
                        assert_eq!(error, Error::EOF);
                        lp.close(handle).unwrap();
                        left -= 1;
                        match left {
                            0 => lp.close(server).unwrap(),
                            _ => connect(lp),
                        }
                    }
                },
                Event::Read { handle, result } => {
                    echoed.extend_from_slice(&lp.read_buffer()[..result.unwrap()]);
                    if echoed.len() % 10 == 0 {
                        lp.close(handle).unwrap();
                    }
                }
                Event::Write { result, .. } => result.unwrap(),
                Event::Closed(_) => {}
                other => panic!("{other:?}"),
            });
            assert_eq!(echoed, b"to and froto and froto and fro");
            lp.close(second).unwrap();
            run(&mut lp, RunMode::Default, |_, _| {});
        }
        finish(&mut lp);
    }

    #[test]
    fn a_name_nobody_has_is_told_by_the_event() {
        let mut lp = Loop::new().unwrap();
        let client = lp.new_pipe(false);
        lp.pipe_connect(client, free_name().as_bytes(), true)
            .unwrap();
        let again = lp.pipe_connect(client, b"x", true);
        assert_eq!(again, Err(Error::EALREADY));
        let mut seen = None;
        run(&mut lp, RunMode::Default, |_, event| {
            if let Event::Connect { result, .. } = event {
                seen = Some(result);
            }
        });
        assert_eq!(seen, Some(Err(Error::ENOENT)));
        assert_eq!(
            lp.pipe_connect(client, b"", false),
            Err(Error::EINVAL),
            "no name"
        );
        assert_eq!(
            lp.pipe_bind(client, b"a\0b", false),
            Err(Error::EINVAL),
            "NUL in a path"
        );
        finish(&mut lp);
    }
}
