//! Terminals.
//!
//! Semantics: <https://docs.libuv.org/en/v1.x/tty.html>.

use crate::{
    Error, Handle, HandleKind, Loop, Result,
    handle::Data,
    stdio::{FdKind, access_flags, shared_io},
    stream::{Stream, flag},
    sys::{self, Fd, Io},
};

/// How a terminal treats what is typed.
#[derive(Copy, Clone, PartialEq, Eq, Hash, Debug)]
pub enum TtyMode {
    /// As it was: lines, echo, signals.
    Normal,
    /// Each key as it is typed, without echo and signals; output is still processed.
    Raw,
    /// Nothing is processed, neither input nor output.
    Io,
    /// As [`TtyMode::Raw`]; on Windows keys arrive as the console's own escape sequences.
    RawVt,
}

impl Loop {
    /// A stream over a terminal. It is opened anew where the system can, so that making it
    /// non-blocking does not concern the shell that shares it; else it stays blocking, which
    /// reading copes with. As in libuv a pipe or a socket will do as well, except on Windows, so
    /// that a program need not care where its streams lead. `EINVAL` for anything else.
    pub fn tty_open(&mut self, fd: Fd) -> Result<Handle> {
        match sys::fd_kind(fd) {
            FdKind::Tty => {}
            FdKind::Pipe | FdKind::Tcp | FdKind::Udp if !sys::TERMINALS_ONLY => {
                return self.tty_over_pipe(fd);
            }
            _ => return Err(Error::EINVAL),
        }
        let mut flags = access_flags(fd)?;
        let (io, own) = match sys::reopen(fd) {
            Ok(io) => (io, true),
            // Opening the end behind the screen and keyboard again would make another terminal.
            Err(_) if sys::is_terminal_behind(fd) => {
                let io = Io::from_fd(fd)?;
                if let Err(error) = io.set_nonblocking(true) {
                    io.release();
                    return Err(error);
                }
                (io, false)
            }
            Err(_) => {
                flags |= flag::BLOCKING;
                (Io::from_fd(fd)?, false)
            }
        };
        self.tty_take(io, flags, own)
    }

    fn tty_over_pipe(&mut self, fd: Fd) -> Result<Handle> {
        let (io, flags) = shared_io(fd)?;
        self.tty_take(io, flags, false)
    }

    fn tty_take(&mut self, io: Io, flags: u16, own: bool) -> Result<Handle> {
        let handle = self.slab.insert(Data::Stream(Stream::new(HandleKind::Tty)));
        self.stream_take(handle, io, flags, own)
            .map(|()| handle)
            .inspect_err(|_| {
                self.slab.remove(handle);
            })
    }

    fn tty(&self, handle: Handle) -> Result<&Io> {
        match self.stream(handle)? {
            stream if stream.kind == HandleKind::Tty => stream.io.as_ref().ok_or(Error::EBADF),
            _ => Err(Error::EINVAL),
        }
    }

    /// Sets the mode of the terminal. It is reset when the process exits.
    pub fn tty_set_mode(&mut self, handle: Handle, mode: TtyMode) -> Result<()> {
        sys::terminal::set_mode(self.tty(handle)?.fd(), mode)
    }

    /// The size of the terminal: columns, rows.
    pub fn tty_get_winsize(&self, handle: Handle) -> Result<(u16, u16)> {
        sys::terminal::size(self.tty(handle)?.fd())
    }
}

/// Gives the terminal the settings it had before the first [`Loop::tty_set_mode`]. It may be called
/// from a signal handler; `EBUSY` when it interrupts `tty_set_mode`.
pub fn tty_reset_mode() -> Result<()> {
    sys::terminal::reset()
}

/// Says whether the console of Windows understands escape sequences. Ignored elsewhere.
pub fn tty_set_vterm_state(supported: bool) {
    sys::terminal::set_vterm_state(supported);
}

/// Whether the console of Windows understands escape sequences. `ENOTSUP` elsewhere.
pub fn tty_vterm_state() -> Result<bool> {
    sys::terminal::vterm_state()
}
