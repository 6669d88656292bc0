//! What a descriptor is, and streams over files and devices the poll refuses.

use crate::{
    Error, Handle, HandleKind, Loop, Result,
    handle::Data,
    stream::{Stream, flag},
    sys::{self, Fd, Io},
};

/// What a descriptor is, for choosing the stream that serves it.
#[derive(Copy, Clone, PartialEq, Eq, Hash, Debug)]
pub enum FdKind {
    /// A terminal: [`Loop::tty_open`].
    Tty,
    /// A pipe or Unix domain socket: [`Loop::pipe_open`].
    Pipe,
    /// A regular file or a device like `/dev/null`: [`Loop::file_open`].
    File,
    /// A TCP socket: [`Loop::tcp_open`].
    Tcp,
    /// A UDP socket.
    Udp,
    /// Something else, or no open descriptor.
    Unknown,
}

impl FdKind {
    /// libuv's name: `tty`, `pipe`, `file`, `tcp`, `udp` or `unknown`.
    pub const fn name(self) -> &'static str {
        match self {
            FdKind::Tty => "tty",
            FdKind::Pipe => "pipe",
            FdKind::File => "file",
            FdKind::Tcp => "tcp",
            FdKind::Udp => "udp",
            FdKind::Unknown => "unknown",
        }
    }
}

/// What `fd` is. Any number is allowed.
pub fn guess_handle(fd: Fd) -> FdKind {
    sys::fd_kind(fd)
}

/// The stream flags for the access `fd` was opened with.
pub(crate) fn access_flags(fd: Fd) -> Result<u16> {
    let (reads, writes) = sys::access(fd)?;
    Ok(if reads { flag::CAN_READ } else { 0 } | if writes { flag::CAN_WRITE } else { 0 })
}

/// A pipe or socket that others may have too, made non-blocking, and its stream flags.
pub(crate) fn shared_io(fd: Fd) -> Result<(Io, u16)> {
    let mut flags = access_flags(fd)?;
    if sys::is_socket(fd) {
        flags |= flag::SOCKET;
    }
    if sys::save_flags(fd)? {
        flags |= flag::RESTORE;
    }
    let io = Io::from_fd(fd)?;
    match io.set_nonblocking(true) {
        Ok(()) => Ok((io, flags)),
        Err(error) => {
            io.release();
            Err(error)
        }
    }
}

impl Loop {
    /// A stream over a regular file or a device like `/dev/null`, from its current position. It
    /// reads and writes as other streams do, a piece a turn; such descriptors are always ready, so
    /// that this is done in the loop's thread. The handle closes the descriptor, unless it is one
    /// of the first three. `EBADF` when it is not open.
    pub fn file_open(&mut self, fd: Fd) -> Result<Handle> {
        let flags = access_flags(fd)? | flag::DIRECT;
        let io = Io::from_fd(fd)?;
        let handle = self
            .slab
            .insert(Data::Stream(Stream::new(HandleKind::File)));
        self.stream_open(handle, io, flags)
            .map(|()| handle)
            .inspect_err(|_| {
                self.slab.remove(handle);
            })
    }

    /// Makes an opened descriptor the stream's, registered with the poll or, where the poll refuses
    /// it, direct. On an error it is closed if it is our `own`; else the caller keeps it.
    pub(crate) fn stream_take(
        &mut self,
        handle: Handle,
        mut io: Io,
        flags: u16,
        own: bool,
    ) -> Result<()> {
        let token = mio::Token(handle.index() as usize);
        let kind = match io.register(self.poll.registry(), token) {
            Ok(()) => flag::REGISTERED,
            Err(Error::EPERM) => flag::DIRECT,
            Err(error) => {
                if !own {
                    io.release();
                }
                return Err(error);
            }
        };
        self.stream_adopt(handle, io, flags | kind)
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::{
        Event, RunMode,
        testing::{finish, run},
    };
    use std::{
        io::{Read, Seek, Write},
        os::fd::{AsRawFd, IntoRawFd},
    };

    /// What a stream reads to its end.
    fn read_all(lp: &mut Loop, handle: Handle) -> Vec<u8> {
        let mut text = Vec::new();
        lp.read_start(handle).unwrap();
        run(lp, RunMode::Default, |lp, event| match event {
            Event::Read { result: Ok(n), .. } => text.extend_from_slice(&lp.read_buffer()[..n]),
            Event::Read { result, .. } => assert_eq!(result, Err(Error::EOF)),
            other => panic!("{other:?}"),
        });
        text
    }

    fn file() -> std::fs::File {
        static COUNT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        let n = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("luvit-loop-{}-{n}", std::process::id()));
        let file = std::fs::File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .open(&path)
            .unwrap();
        std::fs::remove_file(path).unwrap();
        file
    }

    #[test]
    fn files_and_devices_are_streams() {
        let mut lp = Loop::new().unwrap();
        let mut source = file();
        let text: Vec<u8> = (0..300_000u32).map(|i| i as u8).collect();
        source.write_all(&text).unwrap();
        source.rewind().unwrap();
        let mut kept = source.try_clone().unwrap();
        assert_eq!(guess_handle(source.as_raw_fd()), FdKind::File);
        let handle = lp.file_open(source.into_raw_fd()).unwrap();
        assert_eq!(read_all(&mut lp, handle), text);
        lp.write(handle, &[b"more"]).unwrap();
        run(&mut lp, RunMode::Default, |_, event| {
            assert!(matches!(event, Event::Write { result: Ok(()), .. }));
        });
        kept.seek(std::io::SeekFrom::Start(300_000)).unwrap();
        let mut rest = String::new();
        kept.read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "more");

        let null = std::fs::File::open("/dev/null").unwrap();
        let handle = lp.file_open(null.into_raw_fd()).unwrap();
        assert_eq!(read_all(&mut lp, handle), b"");
        // A pipe handle copes with what is no pipe.
        let null = std::fs::File::open("/dev/null").unwrap();
        let pipe = lp.new_pipe(false);
        lp.pipe_open(pipe, null.into_raw_fd()).unwrap();
        assert!(!lp.is_writable(pipe));
        assert_eq!(read_all(&mut lp, pipe), b"");
        assert_eq!(lp.file_open(-1), Err(Error::EBADF));
        assert_eq!(guess_handle(-1), FdKind::Unknown);
        finish(&mut lp);
    }

    #[test]
    fn pipes_carry_bytes() {
        let mut lp = Loop::new().unwrap();
        let (reader, writer) = std::io::pipe().unwrap();
        assert_eq!(guess_handle(reader.as_raw_fd()), FdKind::Pipe);
        let (input, output) = (lp.new_pipe(false), lp.new_pipe(false));
        lp.pipe_open(input, reader.into_raw_fd()).unwrap();
        lp.pipe_open(output, writer.into_raw_fd()).unwrap();
        assert!(lp.is_readable(input) && !lp.is_writable(input) && lp.is_writable(output));
        let block = vec![7u8; 500_000];
        lp.write(output, &[&block, b"end"]).unwrap();
        lp.read_start(input).unwrap();
        let mut length = 0;
        run(&mut lp, RunMode::Default, |lp, event| match event {
            Event::Read { result: Ok(n), .. } => length += n,
            Event::Write { handle, result, .. } => {
                result.unwrap();
                lp.close(handle).unwrap();
            }
            Event::Read { result, .. } => assert_eq!(result, Err(Error::EOF)),
            Event::Closed(_) => {}
            other => panic!("{other:?}"),
        });
        assert_eq!(length, 500_003);
        finish(&mut lp);
    }

    #[test]
    fn terminals_are_opened_anew() {
        let mut lp = Loop::new().unwrap();
        let (mut main, mut terminal) = (0, 0);
        // SAFETY: openpty fills both descriptors; the rest may be null.
        let failed = unsafe {
            let null = std::ptr::null_mut();
            libc::openpty(&mut main, &mut terminal, null, null.cast(), null.cast()) != 0
        };
        if failed {
            return; // No pseudo terminals here.
        }
        assert_eq!(guess_handle(terminal), FdKind::Tty);
        let tty = lp.tty_open(terminal).unwrap();
        assert_eq!(sys::status_flags(terminal).unwrap() & libc::O_NONBLOCK, 0);
        assert!(lp.is_readable(tty) && lp.is_writable(tty));
        lp.tty_get_winsize(tty).unwrap();
        lp.tty_set_mode(tty, crate::TtyMode::Raw).unwrap();
        crate::tty_reset_mode().unwrap();
        let keyboard = lp.new_pipe(false);
        lp.pipe_open(keyboard, main).unwrap();
        lp.try_write(keyboard, &[b"one\ntwo\n"]).unwrap();
        lp.read_start(tty).unwrap();
        let mut text = Vec::new();
        while text.len() < 8 {
            run(&mut lp, RunMode::Once, |lp, event| {
                let Event::Read { result, .. } = event else {
                    panic!("{event:?}")
                };
                text.extend_from_slice(&lp.read_buffer()[..result.unwrap()]);
            });
        }
        assert_eq!(text, b"one\ntwo\n");
        assert_eq!(
            lp.tty_open(keyboard.index() as i32 + 100_000),
            Err(Error::EINVAL)
        );
        finish(&mut lp);
    }
}
