//! Receiving: one datagram an event, into the loop's buffer or one of the handle's own.

use super::{BindOptions, Received, Udp, udp_in};
use crate::{Error, Event, Handle, Loop, Result, stream::READ_BUFFER};

impl Loop {
    /// Starts receiving: [`Event::Recv`] follows for each datagram, and one without an address when
    /// there are no more for now. A handle without a socket is bound to a free port. `EALREADY` when
    /// it receives already.
    pub fn udp_recv_start(&mut self, handle: Handle) -> Result<()> {
        if self.udp_mut(handle)?.receiving {
            return Err(Error::EALREADY);
        }
        self.udp_bind_any(handle, false, BindOptions::default())?;
        self.udp_mut(handle)?.receiving = true;
        if let Err(error) = self.udp_set_interest(handle, false) {
            self.udp_mut(handle)?.receiving = false;
            return Err(error);
        }
        self.udp_enqueue(handle);
        self.slab.set_active(handle, true);
        Ok(())
    }

    /// Stops receiving; what arrives stays with the kernel. Always `Ok` on a UDP handle.
    pub fn udp_recv_stop(&mut self, handle: Handle) -> Result<()> {
        self.udp(handle)?;
        if let Ok(udp) = self.udp_mut(handle) {
            udp.receiving = false;
            self.udp_active(handle);
        }
        Ok(())
    }

    /// The bytes of a datagram, from its [`Event::Recv`] to the next step.
    pub fn received(&self, handle: Handle, received: &Received) -> &[u8] {
        let buffer = match self.udp(handle) {
            Ok(Udp {
                batch: Some(batch), ..
            }) if received.chunk => &batch.buffer,
            _ => self.read_buffer(),
        };
        let end = received.start.saturating_add(received.length);
        buffer.get(received.start..end).unwrap_or_default()
    }

    /// Takes the buffer out that holds a datagram, so that it can be looked at while the loop does
    /// other things. Give it back with [`Loop::restore_received`].
    pub fn take_received(&mut self, handle: Handle, received: &Received) -> Box<[u8]> {
        match self.udp_mut(handle) {
            Ok(Udp {
                batch: Some(batch), ..
            }) if received.chunk => std::mem::take(&mut batch.buffer),
            _ => self.take_read_buffer(),
        }
    }

    /// Gives the buffer of a datagram back.
    pub fn restore_received(&mut self, handle: Handle, received: &Received, buffer: Box<[u8]>) {
        match self.udp_mut(handle) {
            Ok(Udp {
                batch: Some(batch), ..
            }) if received.chunk => {
                if batch.buffer.is_empty() {
                    batch.buffer = buffer;
                }
            }
            _ => self.restore_read_buffer(buffer),
        }
    }

    pub(super) fn udp_receive(&mut self, handle: Handle) -> Option<Event> {
        let udp = udp_in(&mut self.slab, handle).ok()?;
        if !udp.receiving || !(udp.readable || udp.has_batch()) {
            return None;
        }
        let mut buffer = match udp.batch {
            Some(_) => None,
            None => Some(
                self.read_buffer
                    .take()
                    .filter(|buffer| !buffer.is_empty())
                    .unwrap_or_else(|| vec![0; READ_BUFFER].into_boxed_slice()),
            ),
        };
        let result = match udp.receive(buffer.as_deref_mut().unwrap_or_default()) {
            Err(Error::EAGAIN) => {
                udp.readable = false;
                Ok(Received {
                    start: 0,
                    length: 0,
                    address: None,
                    partial: false,
                    chunk: false,
                })
            }
            Err(error) => {
                if udp.recverr
                    && let Some(socket) = &udp.socket
                {
                    socket.drop_queued_error();
                }
                Err(error)
            }
            received => received,
        };
        if buffer.is_some() {
            self.read_buffer = buffer;
        }
        // A descriptor that was closed behind our back has no more to say.
        if matches!(result, Err(Error::EBADF | Error::ENOTSOCK)) {
            udp.readable = false;
        }
        Some(Event::Recv { handle, result })
    }
}
