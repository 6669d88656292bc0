//! What all streams have in common: reading, the write queue, shutdown and closing.
//!
//! Semantics: <https://docs.libuv.org/en/v1.x/stream.html>.
//!
//! The poll reports edges, so a stream remembers what it was told (`ready`) until the system says
//! that there is no more: a read that returns less than asked for, or `EAGAIN`. A stream with
//! something to do stands in the loop's `ready` queue, once.

use crate::{
    Error, Event, Handle, HandleKind, Loop, Request, Result,
    handle::{Data, Slab},
    sys,
    sys::Io,
};
use std::{collections::VecDeque, io::IoSlice};

/// The length of the read buffer in bytes.
pub(crate) const READ_BUFFER: usize = 65536;
/// How many buffers go into one system call.
const SLICES: usize = 32;
/// How long a listener without free descriptors waits before it tries again, in milliseconds.
const ACCEPT_PAUSE: u64 = 100;

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
}

impl Extra {
    fn is_empty(&self) -> bool {
        self.writes.is_empty()
            && self.shutdown.is_none()
            && self.connect.is_none()
            && self.delayed.is_none()
            && self.accepted.is_none()
            && self.keepalive.is_none()
    }
}

#[derive(Debug)]
struct Write {
    request: Request,
    data: Vec<u8>,
    written: usize,
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

    /// Writes what the kernel takes of `bufs` now and returns how much that is.
    fn write_now(&mut self, bufs: &[&[u8]]) -> Result<usize> {
        let Some(io) = &self.io else {
            return Err(Error::EBADF);
        };
        let socket = self.has(flag::SOCKET);
        let total: usize = bufs.iter().map(|buf| buf.len()).sum();
        let mut written = 0;
        let (mut first, mut offset) = (0, 0);
        while written < total {
            let mut slices = [IoSlice::new(&[]); SLICES];
            let mut count = 0;
            let mut skip = offset;
            for buf in &bufs[first..] {
                if buf.len() > skip {
                    slices[count] = IoSlice::new(&buf[skip..]);
                    count += 1;
                    if count == SLICES {
                        break;
                    }
                }
                skip = 0;
            }
            match io.write(&slices[..count], socket) {
                Ok(0) => break,
                Ok(n) => {
                    written += n;
                    offset += n;
                    while first < bufs.len() && offset >= bufs[first].len() {
                        offset -= bufs[first].len();
                        first += 1;
                    }
                }
                Err(Error::EAGAIN) => {
                    self.ready &= !ready::WRITABLE;
                    break;
                }
                // What went out is reported first; the error comes again with the next write.
                Err(_) if written > 0 => break,
                Err(error) => return Err(error),
            }
        }
        Ok(written)
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
        stream.io = Some(io);
        stream.flags |= flags;
        if flags & flag::DIRECT != 0 {
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

    fn read(&mut self, handle: Handle) -> Option<Event> {
        let mut buffer = self
            .read_buffer
            .take()
            .filter(|buffer| !buffer.is_empty())
            .unwrap_or_else(|| vec![0; READ_BUFFER].into_boxed_slice());
        let event = self.read_into(handle, &mut buffer);
        self.read_buffer = Some(buffer);
        event
    }

    fn read_into(&mut self, handle: Handle, buffer: &mut [u8]) -> Option<Event> {
        let stream = self.stream_mut(handle).ok()?;
        let io = stream.io.as_ref()?;
        let socket = stream.has(flag::SOCKET);
        let result = match stream.has(flag::BLOCKING) && !io.is_readable() {
            true => Err(Error::EAGAIN),
            false => io.read(buffer, socket),
        };
        let result = match result {
            Ok(0) => Err(Error::EOF),
            Ok(n) => {
                // A terminal gives a line at a time, a file has no edges.
                let drained = sys::SHORT_READ_DRAINS
                    && n < buffer.len()
                    && stream.ready & ready::ENDING == 0
                    && !stream.has(flag::DIRECT)
                    && stream.kind != HandleKind::Tty;
                if drained {
                    stream.ready &= !ready::READABLE;
                }
                return Some(Event::Read {
                    handle,
                    result: Ok(n),
                });
            }
            Err(Error::EAGAIN) => {
                stream.ready &= !(ready::READABLE | ready::ENDING);
                return None;
            }
            Err(error) => {
                stream.set(flag::CAN_READ | flag::CAN_WRITE, false);
                Err(error)
            }
        };
        stream.set(flag::READING, false);
        self.stream_active(handle);
        Some(Event::Read { handle, result })
    }

    /// Writes from the queue what the kernel takes.
    fn flush(&mut self, handle: Handle) {
        let mut events = Vec::new();
        let Ok(stream) = self.stream_mut(handle) else {
            return;
        };
        let Some(mut extra) = stream.extra.take() else {
            return;
        };
        while !extra.writes.is_empty() {
            let bufs: Vec<&[u8]> = extra
                .writes
                .iter()
                .take(SLICES)
                .map(|w| &w.data[w.written..])
                .collect();
            let total: usize = bufs.iter().map(|buf| buf.len()).sum();
            let written = match stream.write_now(&bufs) {
                Ok(n) => n,
                Err(error) => {
                    for Write { request, .. } in extra.writes.drain(..) {
                        events.push(Event::Write {
                            handle,
                            request,
                            result: Err(error),
                        });
                    }
                    extra.queued = 0;
                    break;
                }
            };
            extra.queued -= written;
            let mut left = written;
            while let Some(write) = extra.writes.front_mut() {
                let rest = write.data.len() - write.written;
                if left < rest {
                    write.written += left;
                    break;
                }
                left -= rest;
                events.push(Event::Write {
                    handle,
                    request: write.request,
                    result: Ok(()),
                });
                extra.writes.pop_front();
            }
            if written < total {
                break;
            }
        }
        stream.extra = Some(extra);
        stream.trim();
        events
            .into_iter()
            .for_each(|event| self.pending.push(event));
        self.shut_when_written(handle);
    }

    /// Carries out a shutdown that waited for the write queue.
    fn shut_when_written(&mut self, handle: Handle) {
        let Ok(stream) = self.stream_mut(handle) else {
            return;
        };
        if stream.has(flag::CONNECTING) || stream.has_writes() {
            return;
        }
        let Some(request) = stream
            .extra
            .as_mut()
            .and_then(|extra| extra.shutdown.take())
        else {
            return;
        };
        let result = match &stream.io {
            Some(io) if stream.flags & flag::SOCKET != 0 => io.shutdown_write(),
            Some(_) => Err(Error::ENOTSOCK),
            None => Err(Error::EBADF),
        };
        stream.set(flag::SHUT, result.is_ok());
        stream.trim();
        self.pending.push(Event::Shutdown {
            handle,
            request,
            result,
        });
    }

    fn finish_connect(&mut self, handle: Handle) -> Option<Event> {
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

    /// Takes a connection from the listener's backlog and keeps it until `accept`.
    fn take_connection(&mut self, handle: Handle) -> Option<Event> {
        let stream = self.stream_mut(handle).ok()?;
        if stream
            .extra
            .as_ref()
            .is_some_and(|extra| extra.accepted.is_some())
        {
            return None;
        }
        let result = match stream.io.as_ref()?.accept() {
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
                if !self.paused.contains(&handle) {
                    self.paused.push(handle);
                }
                self.resume_at = self.now().saturating_add(ACCEPT_PAUSE);
                match error {
                    Error::EMFILE | Error::ENFILE | Error::ENOBUFS | Error::ENOMEM => return None,
                    _ => Err(error),
                }
            }
        };
        Some(Event::Connection { handle, result })
    }

    /// Lets paused listeners try again.
    pub(crate) fn resume_paused(&mut self) {
        self.resume_at = u64::MAX;
        for handle in std::mem::take(&mut self.paused) {
            if let Ok(stream) = self.stream_mut(handle) {
                stream.ready |= ready::READABLE;
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

    /// Like [`Loop::accept`], into a handle that was created but has no descriptor yet: `EBUSY`
    /// when it has one, `EINVAL` when it is of another kind.
    pub fn accept_into(&mut self, server: Handle, client: Handle) -> Result<()> {
        let kind = self.stream_mut(server)?.kind;
        let stream = self.stream_mut(client)?;
        if stream.kind != kind || server == client {
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
            HandleKind::Pipe => {}
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

    /// Starts reading: [`Event::Read`] follows for what comes. `EALREADY` when it reads already,
    /// `ENOTCONN` when it is not open for reading, `EINVAL` when it is closing.
    pub fn read_start(&mut self, handle: Handle) -> Result<()> {
        let stream = self.stream_mut(handle)?;
        if stream.has(flag::READING) {
            return Err(Error::EALREADY);
        }
        if !stream.has(flag::CAN_READ) {
            return Err(Error::ENOTCONN);
        }
        stream.set(flag::READING, true);
        self.stream_active(handle);
        self.stream_enqueue(handle);
        Ok(())
    }

    /// Stops reading. What the peer sends stays with the kernel. Always `Ok` on a stream.
    pub fn read_stop(&mut self, handle: Handle) -> Result<()> {
        self.stream(handle)?;
        if let Ok(stream) = self.stream_mut(handle) {
            stream.set(flag::READING, false);
            self.stream_active(handle);
        }
        Ok(())
    }

    /// Checks that the stream may be written to.
    fn stream_to_write(&mut self, handle: Handle) -> Result<&mut Stream> {
        self.stream(handle)?;
        let stream = self.stream_mut(handle).map_err(|_| Error::EBADF)?;
        match stream.io {
            None => Err(Error::EBADF),
            Some(_) if !stream.has(flag::CAN_WRITE) => Err(Error::EPIPE),
            Some(_) => Ok(stream),
        }
    }

    /// Writes all of `bufs`: at once what the kernel takes, the rest (copied) when it takes more.
    /// [`Event::Write`] tells the end of it, in order, also when it failed. A stream that connects
    /// writes when it is connected. `EBADF` without a descriptor, `EPIPE` when it is not open for
    /// writing.
    pub fn write(&mut self, handle: Handle, bufs: &[&[u8]]) -> Result<Request> {
        let stream = self.stream_to_write(handle)?;
        let total: usize = bufs.iter().map(|buf| buf.len()).sum();
        let mut result = Ok(0);
        if !stream.has_writes()
            && !stream.has(flag::CONNECTING)
            && stream.ready & ready::WRITABLE != 0
        {
            result = stream.write_now(bufs);
        } else if total == 0 && !stream.has_writes() && !stream.has(flag::CONNECTING) {
            result = Ok(total);
        }
        let waits = stream.has_writes() || stream.has(flag::CONNECTING);
        let request = self.new_request();
        match result {
            Ok(written) if written < total || waits => {
                let mut data = Vec::with_capacity(total - written);
                let mut skip = written;
                for buf in bufs {
                    let from = skip.min(buf.len());
                    skip -= from;
                    data.extend_from_slice(&buf[from..]);
                }
                let extra = self.stream_mut(handle)?.extra();
                extra.queued += data.len();
                extra.writes.push_back(Write {
                    request,
                    data,
                    written: 0,
                });
                // A blocking or failing descriptor gives no edge to wait for.
                self.stream_enqueue(handle);
            }
            result => {
                let result = result.map(|_| ());
                self.pending.push(Event::Write {
                    handle,
                    request,
                    result,
                });
            }
        }
        Ok(request)
    }

    /// Writes what the kernel takes now and returns how many bytes that is. `EAGAIN` when it takes
    /// nothing or writes wait in the queue; else as [`Loop::write`].
    pub fn try_write(&mut self, handle: Handle, bufs: &[&[u8]]) -> Result<usize> {
        let stream = self.stream_to_write(handle)?;
        if stream.has(flag::CONNECTING)
            || stream.extra.is_some() && stream.has_writes()
            || stream.ready & ready::WRITABLE == 0
        {
            return Err(Error::EAGAIN);
        }
        match stream.write_now(bufs)? {
            0 if bufs.iter().any(|buf| !buf.is_empty()) => Err(Error::EAGAIN),
            written => Ok(written),
        }
    }

    /// How many bytes wait in the write queue.
    pub fn write_queue_size(&self, handle: Handle) -> Result<usize> {
        Ok(self
            .stream(handle)?
            .extra
            .as_ref()
            .map_or(0, |extra| extra.queued))
    }

    /// Ends the outgoing side when all writes are done; [`Event::Shutdown`] follows. `ENOTCONN`
    /// when the stream is not open for writing, was shut down before or is closing.
    pub fn shutdown(&mut self, handle: Handle) -> Result<Request> {
        self.stream(handle)?;
        let stream = self.stream_mut(handle).map_err(|_| Error::ENOTCONN)?;
        if !stream.has(flag::CAN_WRITE) || stream.io.is_none() {
            return Err(Error::ENOTCONN);
        }
        stream.set(flag::CAN_WRITE, false);
        let request = self.new_request();
        self.stream_mut(handle)?.extra().shutdown = Some(request);
        self.shut_when_written(handle);
        Ok(request)
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
            stream.extra = None;
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
mod tests {
    use crate::{
        Error, Event, Handle, Loop, RunMode,
        testing::{finish, pair, run},
    };
    use proptest::prelude::*;

    #[test]
    fn bytes_end_and_reset_arrive() {
        let mut lp = Loop::new().unwrap();
        let (client, server) = pair(&mut lp);
        lp.read_start(server).unwrap();
        assert_eq!(lp.read_start(server), Err(Error::EALREADY));
        let written = lp.write(client, &[b"hello ", b"", b"world"]).unwrap();
        let shut = lp.shutdown(client).unwrap();
        assert_eq!(lp.shutdown(client), Err(Error::ENOTCONN));
        assert_eq!(lp.write(client, &[b"late"]), Err(Error::EPIPE));
        let (mut text, mut ended, mut requests) = (Vec::new(), false, Vec::new());
        run(&mut lp, RunMode::Default, |lp, event| match event {
            Event::Read { result: Ok(n), .. } => text.extend_from_slice(&lp.read_buffer()[..n]),
            Event::Read { handle, result } => {
                assert_eq!(result, Err(Error::EOF));
                ended = true;
                assert!(!lp.is_active(handle));
            }
            Event::Write {
                request, result, ..
            }
            | Event::Shutdown {
                request, result, ..
            } => {
                result.unwrap();
                requests.push(request);
            }
            other => panic!("{other:?}"),
        });
        assert!(ended && text == b"hello world" && requests == [written, shut]);
        // The end comes again to whoever asks again.
        lp.read_start(server).unwrap();
        let mut again = false;
        run(&mut lp, RunMode::Default, |_, event| {
            again = matches!(
                event,
                Event::Read {
                    result: Err(Error::EOF),
                    ..
                }
            );
        });
        assert!(again);
        lp.tcp_close_reset(server).unwrap();
        lp.read_start(client).unwrap();
        let mut reset = false;
        run(&mut lp, RunMode::Default, |_, event| {
            reset |= matches!(
                event,
                Event::Read {
                    result: Err(Error::ECONNRESET),
                    ..
                }
            );
        });
        assert!(reset);
        finish(&mut lp);
    }

    #[test]
    fn a_taken_buffer_is_replaced() {
        let mut lp = Loop::new().unwrap();
        let (client, server) = pair(&mut lp);
        lp.read_start(server).unwrap();
        lp.try_write(client, &[b"one"]).unwrap();
        let mut taken = None;
        run(&mut lp, RunMode::Once, |lp, event| {
            assert!(matches!(event, Event::Read { result: Ok(3), .. }));
            taken = Some(lp.take_read_buffer());
        });
        lp.try_write(client, &[b"two!"]).unwrap();
        run(&mut lp, RunMode::Once, |lp, _| {
            assert_eq!(&lp.read_buffer()[..4], b"two!")
        });
        assert_eq!(&taken.as_ref().unwrap()[..3], b"one");
        lp.restore_read_buffer(taken.unwrap());
        finish(&mut lp);
    }

    #[test]
    fn a_full_peer_makes_writes_wait_and_close_cancels_them() {
        let mut lp = Loop::new().unwrap();
        let (client, _server) = pair(&mut lp);
        let block = vec![b'x'; 1 << 20];
        let mut done = 0;
        let mut requests = Vec::new();
        while lp.write_queue_size(client).unwrap() == 0 {
            requests.push(lp.write(client, &[&block]).unwrap());
        }
        requests.push(lp.write(client, &[b"last"]).unwrap());
        assert_eq!(lp.try_write(client, &[b"no"]), Err(Error::EAGAIN));
        let shut = lp.shutdown(client).unwrap();
        lp.close(client).unwrap();
        let mut closed = false;
        let mut seen = Vec::new();
        lp.unref(_server);
        run(&mut lp, RunMode::Default, |_, event| match event {
            Event::Write {
                request, result, ..
            } => {
                assert!(!closed);
                done += usize::from(result.is_ok());
                seen.push((request, result.is_ok()));
            }
            Event::Shutdown {
                request, result, ..
            } => {
                assert_eq!((request, result), (shut, Err(Error::ECANCELED)));
            }
            Event::Closed(_) => closed = true,
            other => panic!("{other:?}"),
        });
        assert_eq!(seen.iter().map(|s| s.0).collect::<Vec<_>>(), requests);
        assert!(seen.is_sorted_by_key(|s| !s.1) && seen.iter().filter(|s| !s.1).count() == 2);
        assert!(closed && lp.write(client, &[b"x"]) == Err(Error::EBADF));
        finish(&mut lp);
    }

    #[test]
    fn a_fast_peer_does_not_starve_another() {
        let mut lp = Loop::new().unwrap();
        let (fast, from_fast) = pair(&mut lp);
        let (slow, from_slow) = pair(&mut lp);
        lp.read_start(from_fast).unwrap();
        lp.read_start(from_slow).unwrap();
        let block = vec![0u8; 1 << 18];
        lp.write(fast, &[&block]).unwrap();
        lp.write(slow, &[b"me too"]).unwrap();
        let mut reads_before = 0;
        let mut heard = false;
        run(&mut lp, RunMode::Default, |lp, event| match event {
            Event::Read { handle, .. } if handle == from_slow => {
                heard = true;
                lp.stop();
            }
            Event::Read { .. } if !heard => reads_before += 1,
            // More and more of it.
            Event::Write { handle, .. } if handle == fast => {
                lp.write(fast, &[&block]).unwrap();
            }
            _ => {}
        });
        assert!(heard && reads_before < 200, "{reads_before}");
        finish(&mut lp);
    }

    #[test]
    fn operations_on_other_kinds_and_stale_handles_are_errors() {
        let mut lp = Loop::new().unwrap();
        let timer = lp.new_timer();
        let fresh = lp.new_tcp(None).unwrap();
        let stale = Handle::from_bits(77);
        for (handle, error) in [(timer, Error::EINVAL), (stale, Error::EBADF)] {
            assert_eq!(lp.read_start(handle), Err(error));
            assert_eq!(lp.read_stop(handle), Err(error));
            assert_eq!(lp.write(handle, &[b"x"]), Err(error));
            assert_eq!(lp.try_write(handle, &[b"x"]), Err(error));
            assert_eq!(lp.shutdown(handle), Err(error));
            assert_eq!(lp.listen(handle, 1), Err(error));
            assert_eq!(lp.accept(handle), Err(error));
            assert_eq!(lp.fileno(handle), Err(error));
            assert_eq!(lp.tcp_nodelay(handle, true), Err(error));
            assert!(!lp.is_readable(handle) && !lp.is_writable(handle));
        }
        assert_eq!(lp.read_start(fresh), Err(Error::ENOTCONN));
        assert_eq!(lp.write(fresh, &[b"x"]), Err(Error::EBADF));
        assert_eq!(lp.shutdown(fresh), Err(Error::ENOTCONN));
        assert_eq!(lp.accept(fresh), Err(Error::EAGAIN));
        finish(&mut lp);
    }

    #[test]
    fn a_blocking_stream_writes_everything_at_once() {
        let mut lp = Loop::new().unwrap();
        let (client, server) = pair(&mut lp);
        lp.set_blocking(client, true).unwrap();
        let fd = lp
            .io(server)
            .unwrap()
            .socket()
            .unwrap()
            .try_clone()
            .unwrap();
        let reader = std::thread::spawn(move || {
            let mut stream: std::net::TcpStream = fd.into();
            stream.set_nonblocking(false).unwrap();
            let mut left = 8 << 20;
            let mut block = vec![0; 1 << 16];
            while left > 0 {
                left -= std::io::Read::read(&mut stream, &mut block).unwrap();
            }
        });
        let block = vec![1u8; 4 << 20];
        assert_eq!(lp.try_write(client, &[&block, &block]), Ok(8 << 20));
        reader.join().unwrap();
        // Nothing to read: neither an event nor a wait.
        lp.read_start(client).unwrap();
        run(&mut lp, RunMode::Nowait, |_, event| panic!("{event:?}"));
        finish(&mut lp);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn each_request_ends_once_whatever_is_done(
            ops in prop::collection::vec((0..12u8, 0..8usize, 0..300_000usize), 1..120),
        ) {
            let mut lp = Loop::new().unwrap();
            let (_, address) = crate::testing::listener(&mut lp);
            let mut handles: Vec<Handle> = (0..8).map(|_| lp.new_tcp(None).unwrap()).collect();
            let block = vec![0u8; 300_000];
            let mut open = std::collections::HashSet::new();
            let ended = |lp: &mut Loop, event, open: &mut std::collections::HashSet<_>| match event {
                Event::Connection { handle, .. } => handles_accept(lp, handle),
                Event::Connect { request, .. }
                | Event::Write { request, .. }
                | Event::Shutdown { request, .. } => assert!(open.remove(&request)),
                _ => {}
            };
            for (op, at, size) in ops {
                let handle = handles[at];
                // Refusals are fine; what was taken on has to end.
                match op {
                    0 | 1 => open.extend(lp.tcp_connect(handle, address)),
                    2 | 3 => open.extend(lp.write(handle, &[&block[..size], b"end"])),
                    4 => open.extend(lp.shutdown(handle)),
                    5 => drop(lp.read_start(handle)),
                    6 => drop(lp.read_stop(handle)),
                    7 => drop(lp.try_write(handle, &[&block[..size]])),
                    8 => drop(lp.tcp_close_reset(handle)),
                    9 => drop(lp.close(handle)),
                    10 => {
                        let _ = lp.close(handle);
                        handles[at] = lp.new_tcp(None).unwrap();
                    }
                    _ => {
                        run(&mut lp, RunMode::Nowait, |lp, event| ended(lp, event, &mut open));
                    }
                }
            }
            let left: Vec<Handle> = lp.handles().filter(|&h| !lp.is_closing(h)).collect();
            left.into_iter().for_each(|handle| lp.close(handle).unwrap());
            run(&mut lp, RunMode::Default, |lp, event| ended(lp, event, &mut open));
            finish(&mut lp);
            prop_assert!(open.is_empty());
        }
    }

    /// Accepts, and reads what comes.
    fn handles_accept(lp: &mut Loop, server: Handle) {
        if let Ok(client) = lp.accept(server) {
            lp.read_start(client).unwrap();
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn bytes_come_in_order(
            writes in prop::collection::vec(prop::collection::vec(0..20_000usize, 0..5), 1..30),
            pauses in prop::collection::vec(any::<bool>(), 1..40),
        ) {
            let mut lp = Loop::new().unwrap();
            let (client, server) = pair(&mut lp);
            lp.send_buffer_size(client, 4096).unwrap();
            let mut next = 0u32;
            let mut sent = Vec::new();
            let mut requests = Vec::new();
            for sizes in &writes {
                let bufs: Vec<Vec<u8>> = sizes.iter().map(|&size| {
                    (0..size).map(|_| { next = next.wrapping_add(1); (next % 251) as u8 }).collect()
                }).collect();
                let slices: Vec<&[u8]> = bufs.iter().map(Vec::as_slice).collect();
                requests.push(lp.write(client, &slices).unwrap());
                sent.extend(bufs.concat());
            }
            lp.shutdown(client).unwrap();
            lp.read_start(server).unwrap();
            let (mut got, mut done, mut turn) = (Vec::new(), Vec::new(), 0);
            let mut ended = false;
            while !ended {
                // The reader stops and goes on at random.
                turn += 1;
                if pauses[turn % pauses.len()] && turn % 64 != 0 {
                    lp.read_stop(server).unwrap();
                    run(&mut lp, RunMode::Nowait, |_, event| {
                        if let Event::Write { request, .. } = event { done.push(request) }
                    });
                    lp.read_start(server).unwrap();
                }
                run(&mut lp, RunMode::Once, |lp, event| match event {
                    Event::Read { result: Ok(n), .. } => got.extend_from_slice(&lp.read_buffer()[..n]),
                    Event::Read { .. } => ended = true,
                    Event::Write { request, result, .. } => { result.unwrap(); done.push(request) }
                    _ => {}
                });
            }
            prop_assert!(got == sent);
            prop_assert_eq!(done, requests);
            prop_assert_eq!(lp.write_queue_size(client).unwrap(), 0);
            finish(&mut lp);
        }
    }
}
