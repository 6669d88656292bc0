//! What all streams have in common: reading, the write queue, shutdown and closing.
//!
//! Semantics: <https://docs.libuv.org/en/v1.x/stream.html>.
//!
//! The poll reports edges, so a stream remembers what it was told (`ready`) until the system says
//! that there is no more: a read that returns less than asked for, or `EAGAIN`. A stream with
//! something to do stands in the loop's `ready` queue, once.

mod accept;
mod read;
mod write;

use crate::{
    Error, Event, Handle, HandleKind, Loop, Request, Result,
    handle::{Data, Slab},
    ipc::Passed,
    sys,
    sys::Io,
};
use std::collections::VecDeque;

/// The length of the read buffer in bytes.
pub(crate) const READ_BUFFER: usize = 65536;
/// How many buffers go into one system call.
const SLICES: usize = 32;

/// What the system said about a descriptor.
pub(crate) mod ready {
    pub const READABLE: u8 = 1;
    pub const WRITABLE: u8 = 2;
    /// The end of the stream is known to be near: a short read is not the last one.
    pub const ENDING: u8 = 4;
    /// The stream stands in the loop's queue.
    pub const QUEUED: u8 = 8;
}

/// What a stream is and does.
pub(crate) mod flag {
    /// It is open for reading.
    pub const CAN_READ: u16 = 1;
    /// It is open for writing.
    pub const CAN_WRITE: u16 = 2;
    pub const READING: u16 = 4;
    pub const LISTENING: u16 = 8;
    pub const CONNECTING: u16 = 16;
    pub const SHUT: u16 = 32;
    /// The descriptor is a socket.
    pub const SOCKET: u16 = 64;
    /// The descriptor is registered with the poll.
    pub const REGISTERED: u16 = 128;
    /// The descriptor blocks; reads ask first.
    pub const BLOCKING: u16 = 256;
    /// A file or device that is always ready and that the poll refuses.
    pub const DIRECT: u16 = 512;
    /// `TCP_NODELAY` is to be set when there is a socket.
    pub const NODELAY: u16 = 1024;
    /// The flags of the descriptor are given back on close.
    pub const RESTORE: u16 = 2048;
    /// Descriptors travel with the bytes (`uv_pipe_t.ipc`).
    pub const IPC: u16 = 4096;
}

/// A stream in its slot; what few streams need at a time is in `extra`.
#[derive(Debug)]
pub(crate) struct Stream {
    pub(crate) kind: HandleKind,
    pub(crate) ready: u8,
    pub(crate) flags: u16,
    pub(crate) io: Option<Io>,
    pub(crate) extra: Option<Box<Extra>>,
}

#[derive(Debug, Default)]
pub(crate) struct Extra {
    writes: VecDeque<Write>,
    /// How many bytes `writes` holds.
    queued: usize,
    shutdown: Option<Request>,
    pub(crate) connect: Option<Request>,
    /// An error to report by the operation that follows.
    pub(crate) delayed: Option<Error>,
    /// A connection that waits for `accept`.
    accepted: Option<Io>,
    pub(crate) keepalive: Option<crate::tcp::KeepAlive>,
    /// The name of a pipe whose server had no instance left, while the handle connects.
    pub(crate) busy: Option<Box<[u8]>>,
    /// The file that binding the pipe has made, which closing it removes.
    pub(crate) bound: Option<Box<std::path::Path>>,
    /// Descriptors that came with the bytes and wait for `accept`.
    pub(crate) passed: VecDeque<Passed>,
}

impl Extra {
    fn is_empty(&self) -> bool {
        self.writes.is_empty()
            && self.shutdown.is_none()
            && self.connect.is_none()
            && self.delayed.is_none()
            && self.accepted.is_none()
            && self.keepalive.is_none()
            && self.busy.is_none()
            && self.bound.is_none()
            && self.passed.is_empty()
    }
}

#[derive(Debug)]
struct Write {
    request: Request,
    data: Queued,
    written: usize,
    /// A descriptor of our own that travels with the first byte.
    pass: Option<Io>,
}

/// Bytes that somebody else holds for the loop; gone once the event of their write is told, or with
/// the loop.
pub type KeptBytes = Box<dyn AsRef<[u8]>>;

/// The bytes of a write that waits.
enum Queued {
    Copied(Vec<u8>),
    Kept(KeptBytes),
}

impl std::ops::Deref for Queued {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        match self {
            Queued::Copied(data) => data,
            Queued::Kept(data) => (**data).as_ref(),
        }
    }
}

impl std::fmt::Debug for Queued {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} bytes", self.len())
    }
}

impl Stream {
    pub(crate) fn new(kind: HandleKind) -> Stream {
        Stream {
            kind,
            ready: 0,
            flags: 0,
            io: None,
            extra: None,
        }
    }

    pub(crate) fn has(&self, flag: u16) -> bool {
        self.flags & flag != 0
    }

    pub(crate) fn set(&mut self, flag: u16, on: bool) {
        if on {
            self.flags |= flag;
        } else {
            self.flags &= !flag;
        }
    }

    pub(crate) fn extra(&mut self) -> &mut Extra {
        self.extra.get_or_insert_default()
    }

    /// Frees `extra` when it holds nothing.
    pub(crate) fn trim(&mut self) {
        if self.extra.as_ref().is_some_and(|extra| extra.is_empty()) {
            self.extra = None;
        }
    }

    fn has_writes(&self) -> bool {
        self.extra
            .as_ref()
            .is_some_and(|extra| !extra.writes.is_empty())
    }

    /// Whether a connect, writes or a shutdown are under way.
    pub(crate) fn has_requests(&self) -> bool {
        self.extra.as_ref().is_some_and(|extra| {
            extra.connect.is_some() || extra.shutdown.is_some() || !extra.writes.is_empty()
        })
    }

    /// Whether there is something to do for a descriptor that is `ready`.
    fn wants(&self, ready: u8) -> bool {
        let reads = ready & ready::READABLE != 0 && self.has(flag::READING | flag::LISTENING);
        let writes =
            ready & ready::WRITABLE != 0 && (self.has(flag::CONNECTING) || self.has_writes());
        reads || writes
    }

    /// Whether the stream is to be put into the queue now.
    pub(crate) fn enqueue(&mut self) -> bool {
        if self.ready & ready::QUEUED == 0 && self.wants(self.ready) {
            self.ready |= ready::QUEUED;
            return true;
        }
        false
    }

    /// Notes what the poll reports, and tells whether the stream is to be put into the queue.
    pub(crate) fn note(&mut self, event: &mio::event::Event) -> bool {
        if event.is_readable() {
            self.ready |= ready::READABLE;
        }
        if event.is_writable() || event.is_write_closed() {
            self.ready |= ready::WRITABLE;
        }
        if event.is_read_closed() || event.is_error() {
            self.ready |= ready::READABLE | ready::WRITABLE | ready::ENDING;
        }
        self.enqueue()
    }

    /// Fails everything under way, in the order libuv does.
    fn fail_requests(&mut self, handle: Handle, error: Error, events: &mut Vec<Event>) {
        let Some(extra) = &mut self.extra else { return };
        let result = Err(error);
        if let Some(request) = extra.connect.take() {
            events.push(Event::Connect {
                handle,
                request,
                result,
            });
        }
        for Write { request, .. } in extra.writes.drain(..) {
            events.push(Event::Write {
                handle,
                request,
                result,
            });
        }
        extra.queued = 0;
        if let Some(request) = extra.shutdown.take() {
            events.push(Event::Shutdown {
                handle,
                request,
                result,
            });
        }
    }
}

/// The stream of a handle that is neither stale nor closing.
pub(crate) fn stream_in(slab: &mut Slab, handle: Handle) -> Result<&mut Stream> {
    let slot = slab.get_mut(handle).ok_or(Error::EBADF)?;
    if slot.is_closing() {
        return Err(Error::EINVAL);
    }
    match &mut slot.data {
        Data::Stream(stream) => Ok(stream),
        _ => Err(Error::EINVAL),
    }
}

impl Loop {
    pub(crate) fn stream(&self, handle: Handle) -> Result<&Stream> {
        match &self.slab.get(handle).ok_or(Error::EBADF)?.data {
            Data::Stream(stream) => Ok(stream),
            _ => Err(Error::EINVAL),
        }
    }

    /// The stream of a handle that is neither stale nor closing.
    pub(crate) fn stream_mut(&mut self, handle: Handle) -> Result<&mut Stream> {
        stream_in(&mut self.slab, handle)
    }

    /// Gives the stream its descriptor and registers it with the poll.
    pub(crate) fn stream_open(&mut self, handle: Handle, mut io: Io, flags: u16) -> Result<()> {
        if flags & flag::REGISTERED != 0 {
            io.register(self.poll.registry(), mio::Token(handle.index() as usize))?;
        }
        self.stream_adopt(handle, io, flags)
    }

    /// Gives the stream a descriptor that is registered already, or need not be.
    pub(crate) fn stream_adopt(&mut self, handle: Handle, io: Io, flags: u16) -> Result<()> {
        let stream = self.stream_mut(handle)?;
        let waits = io.waits_for_read();
        stream.io = Some(io);
        stream.flags |= flags;
        if waits || flags & flag::DIRECT != 0 {
            stream.ready |= ready::READABLE;
        }
        stream.ready |= ready::WRITABLE;
        self.tcp_apply_options(handle);
        Ok(())
    }

    /// Puts the stream into the queue if there is something to do.
    pub(crate) fn stream_enqueue(&mut self, handle: Handle) {
        if let Ok(stream) = self.stream_mut(handle)
            && stream.enqueue()
        {
            self.ready.push(handle);
        }
    }

    fn stream_active(&mut self, handle: Handle) {
        let active = self
            .stream(handle)
            .is_ok_and(|stream| stream.has(flag::READING | flag::LISTENING));
        self.slab.set_active(handle, active);
    }

    /// Serves a stream from the queue: at most one event, and whether there is more to do.
    pub(crate) fn stream_ready(&mut self, handle: Handle) -> (Option<Event>, bool) {
        let Ok(stream) = self.stream_mut(handle) else {
            return (None, false);
        };
        stream.ready &= !ready::QUEUED;
        let ready = stream.ready;
        let event = if ready & ready::WRITABLE != 0 && stream.has(flag::CONNECTING) {
            self.finish_connect(handle)
        } else {
            if ready & ready::WRITABLE != 0 && stream.has_writes() {
                self.flush(handle);
            }
            match self.stream(handle) {
                Ok(stream) if ready & ready::READABLE == 0 || stream.has(flag::CONNECTING) => None,
                Ok(stream) if stream.has(flag::READING) => self.read(handle),
                Ok(stream) if stream.has(flag::LISTENING) => self.take_connection(handle),
                _ => None,
            }
        };
        let more = self.stream_mut(handle).is_ok_and(|stream| {
            let waits = stream
                .extra
                .as_ref()
                .is_some_and(|extra| extra.accepted.is_some());
            !waits && stream.enqueue()
        });
        (event, more)
    }

    /// Waits for a connect that was begun, or, if `delayed` says how it failed already, for the
    /// moment to tell.
    pub(crate) fn begin_connect(&mut self, handle: Handle, delayed: Option<Error>) -> Request {
        let request = self.new_request();
        if let Ok(stream) = self.stream_mut(handle) {
            stream.set(flag::CONNECTING, true);
            stream.extra().connect = Some(request);
            stream.extra().delayed = delayed;
            if delayed.is_some() {
                stream.ready |= ready::WRITABLE;
            }
        }
        self.stream_enqueue(handle);
        request
    }

    fn finish_connect(&mut self, handle: Handle) -> Option<Event> {
        let stream = self.stream_mut(handle).ok()?;
        if stream
            .extra
            .as_ref()
            .is_some_and(|extra| extra.busy.is_some())
        {
            match self.pipe_connect_again(handle) {
                Ok(false) => {
                    self.stream_mut(handle).ok()?.ready &= !ready::WRITABLE;
                    return None;
                }
                Ok(true) => {}
                Err(error) => self.stream_mut(handle).ok()?.extra().delayed = Some(error),
            }
        }
        let stream = self.stream_mut(handle).ok()?;
        let delayed = stream.extra.as_mut().and_then(|extra| extra.delayed.take());
        let result = match (delayed, &stream.io) {
            (Some(error), _) => Err(error),
            (None, Some(io)) => match io.connect_result() {
                // Not yet: a stale report.
                Ok(false) => {
                    stream.ready &= !ready::WRITABLE;
                    return None;
                }
                Ok(true) => Ok(()),
                Err(error) => Err(error),
            },
            (None, None) => Err(Error::EBADF),
        };
        stream.set(flag::CONNECTING, false);
        let request = stream
            .extra
            .as_mut()
            .and_then(|extra| extra.connect.take())?;
        let mut events = Vec::new();
        if result.is_err() {
            stream.fail_requests(handle, Error::ECANCELED, &mut events);
            stream.set(flag::CAN_READ | flag::CAN_WRITE | flag::READING, false);
        }
        stream.trim();
        events
            .into_iter()
            .for_each(|event| self.pending.push(event));
        self.shut_when_written(handle);
        self.stream_active(handle);
        Some(Event::Connect {
            handle,
            request,
            result,
        })
    }

    /// Whether the stream is open for reading. False for a stale or closing handle.
    pub fn is_readable(&self, handle: Handle) -> bool {
        self.stream(handle).is_ok_and(|s| s.has(flag::CAN_READ)) && !self.is_closing(handle)
    }

    /// Whether the stream is open for writing. False for a stale or closing handle.
    pub fn is_writable(&self, handle: Handle) -> bool {
        self.stream(handle).is_ok_and(|s| s.has(flag::CAN_WRITE)) && !self.is_closing(handle)
    }

    /// Makes writes wait until the kernel took everything. Reads still wait for the poll only.
    pub fn set_blocking(&mut self, handle: Handle, blocking: bool) -> Result<()> {
        let stream = self.stream_mut(handle)?;
        stream
            .io
            .as_ref()
            .ok_or(Error::EBADF)?
            .set_nonblocking(!blocking)?;
        stream.set(flag::BLOCKING, blocking);
        if blocking {
            stream.ready |= ready::WRITABLE;
        }
        self.stream_enqueue(handle);
        Ok(())
    }

    /// The descriptor of a stream, UDP socket or watcher of a descriptor. `EBADF` when it has none,
    /// `EINVAL` for other kinds.
    pub fn fileno(&self, handle: Handle) -> Result<sys::Fd> {
        match self.kind(handle) {
            Some(HandleKind::Udp) => Ok(self.udp_socket(handle)?.fd()),
            Some(HandleKind::Poll) => self.poll_fd(handle),
            _ => Ok(self.io(handle)?.fd()),
        }
    }

    /// The descriptor behind `handle`; for options.
    pub(crate) fn io(&self, handle: Handle) -> Result<&Io> {
        self.stream(handle)?.io.as_ref().ok_or(Error::EBADF)
    }

    /// The kernel's send buffer in bytes (`SO_SNDBUF`); `size` 0 asks, else sets and returns it.
    /// Linux doubles what is set.
    pub fn send_buffer_size(&mut self, handle: Handle, size: usize) -> Result<usize> {
        if self.kind(handle) == Some(HandleKind::Udp) {
            return self.udp_send_buffer_size(handle, size);
        }
        self.io(handle)?.send_buffer_size(size)
    }

    /// The kernel's receive buffer in bytes (`SO_RCVBUF`); `size` 0 asks, else sets and returns it.
    pub fn recv_buffer_size(&mut self, handle: Handle, size: usize) -> Result<usize> {
        if self.kind(handle) == Some(HandleKind::Udp) {
            return self.udp_recv_buffer_size(handle, size);
        }
        self.io(handle)?.recv_buffer_size(size)
    }

    /// Cancels what is under way and closes the descriptor.
    pub(crate) fn stream_close(&mut self, handle: Handle) {
        let mut events = Vec::new();
        if let Ok(stream) = self.stream_mut(handle) {
            stream.fail_requests(handle, Error::ECANCELED, &mut events);
            let registered = stream.has(flag::REGISTERED);
            let restore = stream.has(flag::RESTORE);
            let io = stream.io.take();
            let bound = stream.extra.take().and_then(|extra| extra.bound);
            stream.flags = 0;
            if let Some(mut io) = io {
                if registered {
                    // Another process may share the file description, which would go on reporting.
                    // It was registered, so this cannot fail in a way that matters.
                    let _ = io.deregister(self.poll.registry());
                }
                if restore {
                    sys::restore_flags(io.fd());
                }
            }
            if let Some(path) = bound {
                // Somebody may have removed it already.
                let _ = std::fs::remove_file(path);
            }
        }
        events
            .into_iter()
            .for_each(|event| self.push_cancelled(event));
        if !self.paused.is_empty() {
            self.resume_paused();
        }
    }
}

#[cfg(test)]
mod tests;
