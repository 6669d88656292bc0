//! Reading: one piece an event, into the loop's one buffer.

use super::{READ_BUFFER, flag, ready};
use crate::{Error, Event, Handle, HandleKind, Loop, Result, ipc, sys};

impl Loop {
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

    pub(super) fn read(&mut self, handle: Handle) -> Option<Event> {
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
        let result = if stream.has(flag::BLOCKING) && !io.is_readable() {
            Err(Error::EAGAIN)
        } else if stream.has(flag::IPC) && socket {
            let mut passed = Vec::new();
            let result = io.read_passed(buffer, &mut passed);
            if !passed.is_empty() {
                ipc::keep(&mut stream.extra().passed, passed);
            }
            result
        } else {
            io.read(buffer, socket)
        };
        let result = match result {
            Ok(0) => Err(Error::EOF),
            Ok(n) => {
                // A terminal gives a line at a time, a file has no edges, and a read ends where
                // the bytes that came with other descriptors begin.
                let drained = sys::SHORT_READ_DRAINS
                    && n < buffer.len()
                    && stream.ready & ready::ENDING == 0
                    && !stream.has(flag::DIRECT | flag::IPC)
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
}
