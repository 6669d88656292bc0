//! Sending: at once what the kernel takes, the rest from a queue.

use super::{BindOptions, MAX_BATCH, Message, Udp, Waiting};
use crate::{Error, Event, Handle, Loop, Request, Result};
use std::net::SocketAddr;

/// What the kernel has no room for now.
fn has_to_wait(error: Error) -> bool {
    matches!(error, Error::EAGAIN | Error::ENOBUFS)
}

impl Loop {
    /// The checks that come before sending; a handle without a socket is bound to a free port.
    fn udp_prepare_send(&mut self, handle: Handle, to: Option<SocketAddr>) -> Result<&mut Udp> {
        self.udp_mut(handle)
            .map_err(|_| Error::EBADF)?
            .check_target(to)?;
        if let Some(to) = to {
            self.udp_bind_any(handle, to.is_ipv6(), BindOptions::default())?;
        }
        self.udp_mut(handle)
    }

    /// Sends one datagram of `parts`, at once or when the kernel takes it; [`Event::Send`] tells how
    /// that ended, in the order of the calls. A handle without a socket is bound to a free port.
    /// `EISCONN` with an address on a connected socket, `EDESTADDRREQ` without one on another.
    pub fn udp_send(
        &mut self,
        handle: Handle,
        parts: &[&[u8]],
        to: Option<SocketAddr>,
    ) -> Result<Request> {
        let udp = self.udp_prepare_send(handle, to)?;
        let length = parts.iter().map(|part| part.len()).sum();
        // The first of a burst goes at once, the others together.
        let burst = !udp.waiting.is_empty() || !udp.sent.is_empty();
        let result = match burst {
            false => udp.socket()?.send(parts, to.as_ref()),
            true => Err(Error::EAGAIN),
        };
        udp.bytes += length;
        match result {
            Err(error) if has_to_wait(error) => {
                let request = self.new_request();
                let udp = self.udp_mut(handle)?;
                if !burst {
                    // Full buffers of the network below, unlike our own, give no news.
                    udp.writable = error == Error::ENOBUFS;
                }
                udp.waiting.push_back(Waiting {
                    request,
                    data: parts.concat(),
                    to,
                });
                self.slab.set_active(handle, true);
                let udp = self.udp_mut(handle)?;
                if !udp.writable {
                    self.udp_wait_to_write(handle);
                } else if udp.waiting.len() >= MAX_BATCH {
                    self.udp_flush(handle);
                }
                self.udp_enqueue(handle);
                Ok(request)
            }
            result => {
                udp.sent.push_back(length);
                let request = self.new_request();
                self.slab.set_active(handle, true);
                self.pending.push(Event::Send {
                    handle,
                    request,
                    result,
                });
                Ok(request)
            }
        }
    }

    /// Sends one datagram now and returns its length. `EAGAIN` when the kernel does not take it or
    /// others wait; else as [`Loop::udp_send`], and the system's errors (`EMSGSIZE` …).
    pub fn udp_try_send(
        &mut self,
        handle: Handle,
        parts: &[&[u8]],
        to: Option<SocketAddr>,
    ) -> Result<usize> {
        self.udp_prepare_send(handle, to)?;
        self.udp_flush(handle);
        let udp = self.udp_mut(handle)?;
        if !udp.waiting.is_empty() {
            return Err(Error::EAGAIN);
        }
        match udp.socket()?.send(parts, to.as_ref()) {
            Err(error) if has_to_wait(error) => Err(Error::EAGAIN),
            result => result.map(|()| parts.iter().map(|part| part.len()).sum()),
        }
    }

    /// Sends several datagrams now, in order, and returns how many went out (at least one). The
    /// handle must have a socket (`EBADF`); `EINVAL` for none; else as [`Loop::udp_try_send`] for
    /// the first of them.
    pub fn udp_try_send_many(&mut self, handle: Handle, messages: &[Message<'_>]) -> Result<usize> {
        let udp = self.udp_mut(handle).map_err(|_| Error::EBADF)?;
        let first = messages.first().ok_or(Error::EINVAL)?;
        udp.check_target(first.to)?;
        let fit = messages
            .iter()
            .take_while(|message| udp.check_target(message.to).is_ok())
            .count();
        self.udp_flush(handle);
        let udp = self.udp_mut(handle)?;
        if !udp.waiting.is_empty() {
            return Err(Error::EAGAIN);
        }
        match udp.socket()?.send_many(&messages[..fit]) {
            Err(error) if has_to_wait(error) => Err(Error::EAGAIN),
            result => result,
        }
    }

    /// How many bytes the datagrams have whose [`Event::Send`] has not come yet.
    pub fn udp_send_queue_size(&self, handle: Handle) -> Result<usize> {
        Ok(self.udp(handle)?.bytes)
    }

    /// How many datagrams have been given to [`Loop::udp_send`] whose [`Event::Send`] has not come.
    pub fn udp_send_queue_count(&self, handle: Handle) -> Result<usize> {
        let udp = self.udp(handle)?;
        Ok(udp.waiting.len() + udp.sent.len())
    }

    /// Sends from the queue what the kernel takes.
    pub(super) fn udp_flush(&mut self, handle: Handle) {
        while let Ok(udp) = self.udp_mut(handle)
            && udp.writable
            && !udp.waiting.is_empty()
        {
            let few = udp.waiting.iter().take(MAX_BATCH);
            let result = udp.socket().and_then(|socket| {
                socket.send_whole(few.map(|waiting| (waiting.data.as_slice(), waiting.to.as_ref())))
            });
            let (count, result) = match result {
                Ok(0) | Err(Error::EAGAIN) => {
                    udp.writable = false;
                    return self.udp_wait_to_write(handle);
                }
                Err(Error::ENOBUFS) => return,
                Ok(count) => (count, Ok(())),
                Err(error) => (1, Err(error)),
            };
            let done: Vec<Waiting> = udp.waiting.drain(..count).collect();
            udp.sent
                .extend(done.iter().map(|waiting| waiting.data.len()));
            for Waiting { request, .. } in done {
                self.pending.push(Event::Send {
                    handle,
                    request,
                    result,
                });
            }
        }
    }

    /// Asks the poll to tell when the kernel has room again.
    fn udp_wait_to_write(&mut self, handle: Handle) {
        if let Err(error) = self.udp_set_interest(handle, false) {
            self.udp_fail_waiting(handle, error);
        }
    }

    fn udp_fail_waiting(&mut self, handle: Handle, error: Error) {
        let Ok(udp) = self.udp_mut(handle) else {
            return;
        };
        let waiting = std::mem::take(&mut udp.waiting);
        udp.sent.extend(waiting.iter().map(|one| one.data.len()));
        for Waiting { request, .. } in waiting {
            self.pending.push(Event::Send {
                handle,
                request,
                result: Err(error),
            });
        }
    }

    /// Keeps the books when an [`Event::Send`] leaves the loop.
    pub(crate) fn udp_told_of_send(&mut self, handle: Handle) {
        if let Ok(udp) = self.udp_mut(handle)
            && let Some(length) = udp.sent.pop_front()
        {
            udp.bytes -= length;
            if udp.sent.is_empty() {
                self.udp_active(handle);
            }
        }
    }
}
