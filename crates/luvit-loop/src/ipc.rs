//! Descriptors that travel through a pipe (`SCM_RIGHTS`, unix(7)).
//!
//! Semantics: `uv_write2`, `uv_pipe_pending_count` and `uv_accept` of
//! <https://docs.libuv.org/en/v1.x/pipe.html> and `stream.html`. Windows passes none: there
//! [`Loop::write2`] answers `ENOTSUP`.

use crate::{
    BindOptions, Error, Handle, HandleKind, Loop, Request, Result,
    stdio::FdKind,
    stream::flag,
    sys::{self, Fd, Io},
};
use std::collections::VecDeque;

/// How many descriptors of one pipe wait for `accept`; what comes beyond that is closed, or a peer
/// could take all descriptors of the process.
const LIMIT: usize = 512;

/// A descriptor that arrived.
#[derive(Debug)]
pub(crate) struct Passed {
    io: Io,
    kind: FdKind,
}

impl Passed {
    /// The kind of handle that takes it: what is no socket is read and written like a pipe.
    fn handle_kind(&self) -> HandleKind {
        match self.kind {
            FdKind::Tcp => HandleKind::Tcp,
            FdKind::Udp => HandleKind::Udp,
            FdKind::Pipe | FdKind::File | FdKind::Tty | FdKind::Unknown => HandleKind::Pipe,
        }
    }
}

/// Keeps what arrived until it is accepted.
pub(crate) fn keep(waiting: &mut VecDeque<Passed>, arrived: Vec<Io>) {
    for io in arrived {
        if waiting.len() < LIMIT {
            let kind = sys::fd_kind(io.fd());
            waiting.push_back(Passed { io, kind });
        }
    }
}

impl Loop {
    /// The descriptor to pass for `send`, through a pipe that passes descriptors.
    fn fd_to_pass(&self, handle: Handle, bufs: &[&[u8]], send: Handle) -> Result<Fd> {
        if !sys::PASSES_DESCRIPTORS {
            return Err(Error::ENOTSUP);
        }
        if !self.stream(handle)?.has(flag::IPC) || bufs.iter().all(|buf| buf.is_empty()) {
            return Err(Error::EINVAL);
        }
        match self.kind(send).ok_or(Error::EBADF)? {
            HandleKind::Tcp | HandleKind::Pipe | HandleKind::Udp => self.fileno(send),
            _ => Err(Error::EINVAL),
        }
    }

    /// Like [`Loop::write`], and passes the descriptor of `send` (a TCP, UDP or pipe handle, which
    /// may be closed right after) to who reads. `EINVAL` when `handle` was not made for that, and
    /// when `bufs` are empty, since a descriptor travels with a byte; `EBADF` when `send` has no
    /// descriptor; `ENOTSUP` on Windows.
    pub fn write2(&mut self, handle: Handle, bufs: &[&[u8]], send: Handle) -> Result<Request> {
        let pass = self.fd_to_pass(handle, bufs, send)?;
        self.write_with(handle, bufs, Some(pass), None)
    }

    /// Like [`Loop::try_write`] with a handle, as [`Loop::write2`]. The handle went with the first
    /// byte, if any byte did.
    pub fn try_write2(&mut self, handle: Handle, bufs: &[&[u8]], send: Handle) -> Result<usize> {
        let pass = self.fd_to_pass(handle, bufs, send)?;
        self.try_write_with(handle, bufs, Some(pass))
    }

    /// How many descriptors arrived and wait for [`Loop::accept_into`].
    pub fn pipe_pending_count(&self, handle: Handle) -> Result<usize> {
        Ok(self.passed(handle)?.map_or(0, VecDeque::len))
    }

    /// What handle the descriptor that arrived first is for; `None` when none waits.
    pub fn pipe_pending_kind(&self, handle: Handle) -> Result<Option<HandleKind>> {
        let passed = self.passed(handle)?.and_then(VecDeque::front);
        Ok(passed.map(Passed::handle_kind))
    }

    fn passed(&self, handle: Handle) -> Result<Option<&VecDeque<Passed>>> {
        let stream = self.stream(handle)?;
        if stream.kind != HandleKind::Pipe {
            return Err(Error::EINVAL);
        }
        Ok(stream.extra.as_ref().map(|extra| &extra.passed))
    }

    /// Gives the descriptor that arrived first to `client`. One that cannot have it leaves it.
    pub(crate) fn accept_passed(&mut self, server: Handle, client: Handle) -> Result<()> {
        let kind = self.pipe_pending_kind(server)?.ok_or(Error::EAGAIN)?;
        self.slab.open(client)?;
        if self.kind(client) != Some(kind) {
            return Err(Error::EINVAL);
        }
        if self.fileno(client).is_ok() {
            return Err(Error::EBUSY);
        }
        let stream = self.stream_mut(server)?;
        let Some(passed) = stream.extra().passed.pop_front() else {
            return Err(Error::EAGAIN);
        };
        stream.trim();
        let fd = passed.io.fd();
        let opened = match kind {
            HandleKind::Tcp => self.tcp_open(client, fd),
            HandleKind::Udp => self.udp_open(client, fd, BindOptions::default()),
            _ => self.pipe_open(client, fd),
        };
        if opened.is_ok() {
            // It is the handle's now.
            passed.io.release();
        }
        opened
    }
}
