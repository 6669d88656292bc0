//! Writing: at once what the kernel takes, the rest from a queue, and the end of it.

use super::{KeptBytes, Queued, SLICES, Stream, Write, flag, ready};
use crate::{
    Error, Event, Handle, Loop, Request, Result,
    sys::{self, Fd, Io},
};
use std::io::IoSlice;

/// With so many bytes one system call is worth its price.
const TOGETHER: usize = 65536;

impl Stream {
    /// Writes what the kernel takes of `bufs` now, `pass` with the first of it, and returns how
    /// much that is.
    pub(super) fn write_now(&mut self, bufs: &[&[u8]], mut pass: Option<Fd>) -> Result<usize> {
        let Some(io) = &self.io else {
            return Err(Error::EBADF);
        };
        let socket = self.has(flag::SOCKET);
        // The kernel tells when there is room again after it took less than it got (epoll(7)).
        let short_is_full = sys::SHORT_READ_DRAINS && !self.has(flag::BLOCKING | flag::DIRECT);
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
            let result = match pass {
                Some(fd) => io.write_passing(&slices[..count], fd),
                None => io.write(&slices[..count], socket),
            };
            match result {
                Ok(0) => break,
                Ok(n) => {
                    pass = None;
                    written += n;
                    if short_is_full && n < slices[..count].iter().map(|slice| slice.len()).sum() {
                        self.ready &= !ready::WRITABLE;
                        break;
                    }
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
}

/// A copy of what comes after the first `skip` bytes of `bufs`.
fn rest(bufs: &[&[u8]], mut skip: usize) -> Vec<u8> {
    let mut data = Vec::with_capacity(bufs.iter().map(|buf| buf.len()).sum::<usize>() - skip);
    for buf in bufs {
        let from = skip.min(buf.len());
        skip -= from;
        data.extend_from_slice(&buf[from..]);
    }
    data
}

impl Loop {
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
        self.write_with(handle, bufs, None, None)
    }

    /// Like [`Loop::write`] of one buffer, which is not copied: if the kernel does not take all of
    /// it at once, `keep` is asked for something that holds the same bytes until they are written.
    pub fn write_kept(
        &mut self,
        handle: Handle,
        data: &[u8],
        keep: &mut dyn FnMut() -> KeptBytes,
    ) -> Result<Request> {
        self.write_with(handle, &[data], None, Some(keep))
    }

    /// Writes now and queues the rest; `pass` travels with the first byte, and `keep` holds the one
    /// buffer.
    pub(crate) fn write_with(
        &mut self,
        handle: Handle,
        bufs: &[&[u8]],
        pass: Option<Fd>,
        keep: Option<&mut dyn FnMut() -> KeptBytes>,
    ) -> Result<Request> {
        let stream = self.stream_to_write(handle)?;
        let total: usize = bufs.iter().map(|buf| buf.len()).sum();
        let mut result = Ok(0);
        if !stream.has_writes()
            && !stream.has(flag::CONNECTING)
            && stream.ready & ready::WRITABLE != 0
        {
            result = stream.write_now(bufs, pass);
        } else if total == 0 && !stream.has_writes() && !stream.has(flag::CONNECTING) {
            result = Ok(total);
        }
        let waits = stream.has_writes() || stream.has(flag::CONNECTING);
        // Whoever passes a handle may close it right after.
        let pass = match pass {
            Some(fd) if result == Ok(0) => Some(Io::duplicate(fd)?),
            _ => None,
        };
        let request = self.new_request();
        match result {
            Ok(written) if written < total || waits => {
                let (data, start) = match keep {
                    Some(keep) => (Queued::Kept(keep()), written),
                    None => (Queued::Copied(rest(bufs, written)), 0),
                };
                let extra = self.stream_mut(handle)?.extra();
                extra.queued += total - written;
                extra.writes.push_back(Write {
                    request,
                    data,
                    written: start,
                    pass,
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
        self.try_write_with(handle, bufs, None)
    }

    /// Like [`Loop::try_write`]; `pass` travels with the first byte.
    pub(crate) fn try_write_with(
        &mut self,
        handle: Handle,
        bufs: &[&[u8]],
        pass: Option<Fd>,
    ) -> Result<usize> {
        let stream = self.stream_to_write(handle)?;
        if stream.has(flag::CONNECTING)
            || stream.extra.is_some() && stream.has_writes()
            || stream.ready & ready::WRITABLE == 0
        {
            return Err(Error::EAGAIN);
        }
        match stream.write_now(bufs, pass)? {
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
    /// when the stream is not open for writing, was shut down before, or closes or is closed.
    /// What is no socket has no side to end: the event says `ENOTSOCK`.
    pub fn shutdown(&mut self, handle: Handle) -> Result<Request> {
        let stream = match self.slab.open(handle).is_ok() {
            true => self.stream_mut(handle)?,
            false => return Err(Error::ENOTCONN),
        };
        if !stream.has(flag::CAN_WRITE) || stream.io.is_none() {
            return Err(Error::ENOTCONN);
        }
        stream.set(flag::CAN_WRITE, false);
        let request = self.new_request();
        self.stream_mut(handle)?.extra().shutdown = Some(request);
        self.shut_when_written(handle);
        Ok(request)
    }

    /// Writes from the queue what the kernel takes.
    pub(super) fn flush(&mut self, handle: Handle) {
        let mut events = Vec::new();
        let Ok(stream) = self.stream_mut(handle) else {
            return;
        };
        let Some(mut extra) = stream.extra.take() else {
            return;
        };
        while !extra.writes.is_empty() {
            // A descriptor goes with the first bytes of its own write.
            let (mut bufs, mut total) = (Vec::new(), 0);
            for write in extra.writes.iter().take(SLICES) {
                if total >= TOGETHER || write.pass.is_some() && !bufs.is_empty() {
                    break;
                }
                let data = &write.data[write.written..];
                total += data.len();
                bufs.push(data);
            }
            let pass = extra.writes[0].pass.as_ref().map(Io::fd);
            let written = match stream.write_now(&bufs, pass) {
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
            if written > 0 {
                extra.writes[0].pass = None;
            }
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
    pub(super) fn shut_when_written(&mut self, handle: Handle) {
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
        let reads = stream.has(flag::CAN_READ);
        let result = match &mut stream.io {
            Some(io) if stream.flags & flag::SOCKET != 0 => io.shutdown_write(reads),
            Some(_) => Err(Error::ENOTSOCK),
            None => Err(Error::EBADF),
        };
        stream.set(flag::SHUT, result.is_ok());
        stream.trim();
        if let Some(left) = stream.io.as_mut().and_then(Io::end_when_due) {
            self.pause(handle, left);
        }
        self.pending.push(Event::Shutdown {
            handle,
            request,
            result,
        });
    }
}
