//! Listening and accepting.

use super::{Stream, flag, ready, stream_in};
use crate::{Error, Event, Handle, HandleKind, Loop, Result, handle::Data, sys::Io};

/// How long a listener without free descriptors waits before it tries again, in milliseconds.
const ACCEPT_PAUSE: u64 = 100;

impl Loop {
    /// Takes a connection from the listener's backlog and keeps it until `accept`.
    pub(super) fn take_connection(&mut self, handle: Handle) -> Option<Event> {
        let token = mio::Token(handle.index() as usize);
        let stream = stream_in(&mut self.slab, handle).ok()?;
        if stream
            .extra
            .as_ref()
            .is_some_and(|extra| extra.accepted.is_some())
        {
            return None;
        }
        let result = match stream.io.as_mut()?.accept(self.poll.registry(), token) {
            Ok(io) => {
                stream.extra().accepted = Some(io);
                Ok(())
            }
            Err(Error::EAGAIN) => {
                stream.ready &= !ready::READABLE;
                return None;
            }
            // The peer gave up, or its network did (accept(2)): on to the next connection.
            Err(
                Error::ECONNABORTED
                | Error::EPROTO
                | Error::ENETDOWN
                | Error::ENOPROTOOPT
                | Error::EHOSTDOWN
                | Error::ENONET
                | Error::EHOSTUNREACH
                | Error::ENETUNREACH,
            ) => return None,
            // Whatever else it is lasts: try again after a pause or when a handle closes.
            Err(error) => {
                stream.ready &= !ready::READABLE;
                self.pause(handle, ACCEPT_PAUSE);
                match error {
                    Error::EMFILE | Error::ENFILE | Error::ENOBUFS | Error::ENOMEM => return None,
                    _ => Err(error),
                }
            }
        };
        Some(Event::Connection { handle, result })
    }

    /// Has a stream try again after some milliseconds, or when a handle closes.
    pub(crate) fn pause(&mut self, handle: Handle, milliseconds: u64) {
        if !self.paused.contains(&handle) {
            self.paused.push(handle);
        }
        let at = self.now().saturating_add(milliseconds);
        self.resume_at = self.resume_at.min(at);
    }

    /// Lets paused streams try again.
    pub(crate) fn resume_paused(&mut self) {
        self.resume_at = u64::MAX;
        for handle in std::mem::take(&mut self.paused) {
            if let Ok(stream) = self.stream_mut(handle) {
                if let Some(left) = stream.io.as_mut().and_then(Io::end_when_due) {
                    self.pause(handle, left);
                    continue;
                }
                stream.ready |= ready::READABLE;
                if stream.has(flag::CONNECTING) {
                    stream.ready |= ready::WRITABLE;
                }
            }
            self.stream_enqueue(handle);
        }
    }

    /// Takes the connection that [`Event::Connection`] announced as a new handle of the listener's
    /// kind. `EAGAIN` when there is none. Until it is taken the listener accepts no more.
    pub fn accept(&mut self, server: Handle) -> Result<Handle> {
        let kind = self.stream_mut(server)?.kind;
        let client = self.slab.insert(Data::Stream(Stream::new(kind)));
        match self.accept_into(server, client) {
            Ok(()) => Ok(client),
            Err(error) => {
                self.slab.remove(client);
                Err(error)
            }
        }
    }

    /// Like [`Loop::accept`], into a TCP or pipe handle that was created but has no descriptor yet.
    /// On a pipe that descriptors are sent through, it takes the oldest of those: see
    /// [`Loop::pipe_pending_kind`]. `EBUSY` when `client` has a descriptor, `EINVAL` when it is of a
    /// kind that cannot have the one that waits.
    pub fn accept_into(&mut self, server: Handle, client: Handle) -> Result<()> {
        if server == client {
            return Err(Error::EINVAL);
        }
        if self.stream_mut(server)?.has(flag::IPC) && !self.stream_mut(server)?.has(flag::LISTENING)
        {
            return self.accept_passed(server, client);
        }
        let stream = self.stream_mut(client)?;
        if !matches!(stream.kind, HandleKind::Tcp | HandleKind::Pipe) {
            return Err(Error::EINVAL);
        }
        if stream.io.is_some() {
            return Err(Error::EBUSY);
        }
        let stream = self.stream_mut(server)?;
        let io = stream
            .extra
            .as_mut()
            .and_then(|extra| extra.accepted.take());
        stream.trim();
        let opened = io.ok_or(Error::EAGAIN).and_then(|io| {
            let flags = flag::SOCKET | flag::CAN_READ | flag::CAN_WRITE | flag::REGISTERED;
            self.stream_open(client, io, flags)
        });
        // The next one in the backlog follows at once.
        if self.stream_mut(server)?.enqueue() {
            self.serve_again(server);
        }
        opened
    }

    /// Listens for connections on a bound TCP socket (or, unbound, on a free port of all
    /// addresses) or pipe. `backlog` is how many the kernel keeps.
    pub fn listen(&mut self, handle: Handle, backlog: i32) -> Result<()> {
        match self.stream_mut(handle)?.kind {
            HandleKind::Tcp => self.tcp_prepare_listen(handle)?,
            HandleKind::Pipe => self.pipe_prepare_listen(handle)?,
            _ => return Err(Error::EINVAL),
        }
        let token = mio::Token(handle.index() as usize);
        let stream = stream_in(&mut self.slab, handle)?;
        if stream.has(flag::CONNECTING) {
            return Err(Error::EINVAL);
        }
        let registered = stream.has(flag::REGISTERED);
        let io = stream.io.as_mut().ok_or(Error::EINVAL)?;
        io.listen(backlog)?;
        if !registered {
            io.register(self.poll.registry(), token)?;
        }
        stream.set(flag::REGISTERED | flag::LISTENING, true);
        stream.set(flag::CAN_READ | flag::CAN_WRITE | flag::READING, false);
        // A socket that is registered before it listens may owe us an edge.
        stream.ready |= ready::READABLE;
        self.stream_active(handle);
        self.stream_enqueue(handle);
        Ok(())
    }
}
