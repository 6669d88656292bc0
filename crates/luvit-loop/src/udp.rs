//! UDP sockets.
//!
//! Semantics: <https://docs.libuv.org/en/v1.x/udp.html>.
//!
//! A datagram goes to the kernel at once; those that follow before its event is told go together, in
//! one system call. What the kernel does not take now waits in the handle's queue until the socket
//! is writable. The poll is asked about reading while
//! the socket receives and about writing while datagrams wait: each interest is added when it is
//! needed and dropped when the poll reports in vain.

use crate::{
    Error, Event, Handle, Loop, Request, Result,
    handle::{Data, Slab},
    stream::READ_BUFFER,
    sys::{Fd, RECEIVES_MANY, UdpSocket},
    tcp::Family,
};
use socket2::{InterfaceIndexOrAddress, SockRef};
use std::{
    collections::VecDeque,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
};

/// How many bytes of the buffer one datagram may take: none is longer.
const CHUNK: usize = READ_BUFFER;
/// How many datagrams one system call receives at most.
const MAX_BATCH: usize = 32;

/// A datagram that arrived: see [`Loop::received`].
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Received {
    /// Where its bytes begin in the buffer.
    pub start: usize,
    /// How many bytes it has.
    pub length: usize,
    /// Who sent it. `None`, with a length of 0: there was nothing more to receive for now.
    pub address: Option<SocketAddr>,
    /// The buffer was too small: the rest of the datagram is lost (`UV_UDP_PARTIAL`).
    pub partial: bool,
    /// It is one of several that a single system call brought (`UV_UDP_MMSG_CHUNK`).
    pub chunk: bool,
}

/// How a socket is bound; all `false` by default.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub struct BindOptions {
    /// An IPv6 socket takes no IPv4 datagrams (`UV_UDP_IPV6ONLY`).
    pub ipv6only: bool,
    /// Others may bind the same address; the last one gets the datagrams (`UV_UDP_REUSEADDR`).
    pub reuseaddr: bool,
    /// Others may bind the same address and share the datagrams (`UV_UDP_REUSEPORT`): Linux and
    /// FreeBSD, else `ENOTSUP`.
    pub reuseport: bool,
    /// Linux: errors of every peer are reported, of a socket that is not connected as well
    /// (`UV_UDP_LINUX_RECVERR`). Ignored elsewhere.
    pub recverr: bool,
}

/// A datagram to send: its parts follow each other.
#[derive(Clone, Debug)]
pub struct Message<'a> {
    /// The bytes.
    pub parts: Vec<&'a [u8]>,
    /// Where to; `None` on a connected socket.
    pub to: Option<SocketAddr>,
}

/// The interface of a multicast membership.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Interface {
    /// The system's choice.
    Any,
    /// The one with this address. Of an IPv6 address only the scope counts.
    Address(SocketAddr),
    /// The one with this number.
    Index(u32),
}

/// What the poll is asked about.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
struct Interest {
    read: bool,
    write: bool,
}

impl Interest {
    fn mio(self) -> Option<mio::Interest> {
        match (self.read, self.write) {
            (false, false) => None,
            (true, false) => Some(mio::Interest::READABLE),
            (false, true) => Some(mio::Interest::WRITABLE),
            (true, true) => Some(mio::Interest::READABLE | mio::Interest::WRITABLE),
        }
    }
}

/// A datagram that waits for the kernel.
#[derive(Debug)]
struct Waiting {
    request: Request,
    data: Vec<u8>,
    to: Option<SocketAddr>,
}

/// Datagrams that one system call brought and that are yet to be told.
#[derive(Debug)]
struct Batch {
    /// A part of [`CHUNK`] bytes for each; pages that no datagram reached cost nothing.
    buffer: Box<[u8]>,
    received: VecDeque<Received>,
    size: usize,
}

/// A UDP socket in its slot.
#[derive(Debug)]
pub(crate) struct Udp {
    socket: Option<UdpSocket>,
    registered: Interest,
    readable: bool,
    writable: bool,
    receiving: bool,
    connected: bool,
    v6: bool,
    recverr: bool,
    /// It stands in the loop's queue.
    queued: bool,
    /// The poll reported what nobody asked for.
    unwanted: bool,
    waiting: VecDeque<Waiting>,
    /// The lengths of the datagrams whose [`Event::Send`] is on its way.
    sent: VecDeque<usize>,
    /// How many bytes `waiting` and `sent` stand for.
    bytes: usize,
    batch: Option<Batch>,
}

impl Udp {
    /// Whether datagrams wait to be sent.
    pub(crate) fn has_requests(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Notes what the poll reports, and tells whether the socket is to be put into the queue.
    pub(crate) fn note(&mut self, event: &mio::event::Event) -> bool {
        let failed = event.is_error();
        if event.is_readable() || event.is_read_closed() || failed {
            self.readable = true;
        }
        if event.is_writable() || event.is_write_closed() || failed {
            self.writable = true;
        }
        let wanted = self.wants();
        self.unwanted |= !wanted;
        !std::mem::replace(&mut self.queued, true)
    }

    fn wants(&self) -> bool {
        self.receiving && (self.readable || self.has_batch())
            || self.writable && !self.waiting.is_empty()
    }

    fn has_batch(&self) -> bool {
        self.batch
            .as_ref()
            .is_some_and(|batch| !batch.received.is_empty())
    }

    /// Whether the socket is to be put into the queue now.
    fn enqueue(&mut self) -> bool {
        !self.queued && self.wants() && !std::mem::replace(&mut self.queued, true)
    }

    pub(crate) fn waits_for(&self, fd: Fd) -> bool {
        self.registered != Interest::default() && self.socket.as_ref().is_some_and(|s| s.fd() == fd)
    }

    fn socket(&self) -> Result<&UdpSocket> {
        self.socket.as_ref().ok_or(Error::EBADF)
    }

    /// Whether a datagram to `to` has an address, once.
    fn check_target(&self, to: Option<SocketAddr>) -> Result<()> {
        match (to, self.connected) {
            (Some(_), true) => Err(Error::EISCONN),
            (None, false) => Err(Error::EDESTADDRREQ),
            _ => Ok(()),
        }
    }

    /// Asks the poll about what is needed, and no more when `exact`.
    fn set_interest(
        &mut self,
        registry: &mio::Registry,
        token: mio::Token,
        exact: bool,
    ) -> Result<()> {
        let before = self.registered;
        let needed = Interest {
            read: self.receiving || before.read && !exact,
            write: !self.waiting.is_empty() || before.write && !exact,
        };
        if needed == before {
            return Ok(());
        }
        let socket = self.socket.as_mut().ok_or(Error::EBADF)?;
        match (before.mio(), needed.mio()) {
            (None, Some(interest)) => socket.register(registry, token, interest)?,
            (Some(_), Some(interest)) => socket.reregister(registry, token, interest)?,
            _ => socket.deregister(registry)?,
        }
        self.registered = needed;
        Ok(())
    }

    fn receive(&mut self, buffer: &mut [u8]) -> Result<Received> {
        let socket = self.socket.as_ref().ok_or(Error::EBADF)?;
        let Some(batch) = &mut self.batch else {
            return socket.recv(buffer);
        };
        if batch.received.is_empty() {
            if batch.buffer.is_empty() {
                batch.buffer = vec![0; batch.size * CHUNK].into_boxed_slice();
            }
            socket.recv_many(&mut batch.buffer, CHUNK, &mut batch.received)?;
        }
        batch.received.pop_front().ok_or(Error::EAGAIN)
    }
}

/// What the kernel has no room for now.
fn has_to_wait(error: Error) -> bool {
    matches!(error, Error::EAGAIN | Error::ENOBUFS)
}

fn udp_in(slab: &mut Slab, handle: Handle) -> Result<&mut Udp> {
    let slot = slab.get_mut(handle).ok_or(Error::EBADF)?;
    if slot.is_closing() {
        return Err(Error::EINVAL);
    }
    match &mut slot.data {
        Data::Udp(udp) => Ok(udp),
        _ => Err(Error::EINVAL),
    }
}

impl Loop {
    /// A new UDP handle; with a family it gets its socket at once, else when it is bound, connected
    /// or used. `batch` is how many datagrams one system call may receive, where the system can do
    /// that (Linux and FreeBSD; 32 at most); 0 receives them one by one.
    pub fn new_udp(&mut self, family: Option<Family>, batch: usize) -> Result<Handle> {
        let socket = family.map(UdpSocket::new).transpose()?;
        let batch = (batch > 0 && RECEIVES_MANY).then(|| Batch {
            buffer: Box::default(),
            received: VecDeque::new(),
            size: batch.min(MAX_BATCH),
        });
        Ok(self.slab.insert(Data::Udp(Box::new(Udp {
            socket,
            registered: Interest::default(),
            readable: false,
            writable: true,
            receiving: false,
            connected: false,
            v6: family == Some(Family::V6),
            recverr: false,
            queued: false,
            unwanted: false,
            waiting: VecDeque::new(),
            sent: VecDeque::new(),
            bytes: 0,
            batch,
        }))))
    }

    fn udp(&self, handle: Handle) -> Result<&Udp> {
        match &self.slab.get(handle).ok_or(Error::EBADF)?.data {
            Data::Udp(udp) => Ok(udp),
            _ => Err(Error::EINVAL),
        }
    }

    fn udp_mut(&mut self, handle: Handle) -> Result<&mut Udp> {
        udp_in(&mut self.slab, handle)
    }

    fn udp_set_interest(&mut self, handle: Handle, exact: bool) -> Result<()> {
        let token = mio::Token(handle.index() as usize);
        udp_in(&mut self.slab, handle)?.set_interest(self.poll.registry(), token, exact)
    }

    fn udp_enqueue(&mut self, handle: Handle) {
        if self.udp_mut(handle).is_ok_and(Udp::enqueue) {
            self.ready.push(handle);
        }
    }

    /// A handle is active while it receives or has datagrams to send or to tell of.
    fn udp_active(&mut self, handle: Handle) {
        if let Ok(udp) = self.udp_mut(handle) {
            let active = udp.receiving || !udp.waiting.is_empty() || !udp.sent.is_empty();
            self.slab.set_active(handle, active);
        }
    }

    /// Takes over a socket for datagrams of any kind, which the handle closes. It is made
    /// non-blocking; of `options` the two about sharing an address count. `EBUSY` when the handle
    /// has a socket, `EEXIST` when another handle waits for this one, `EBADF` and `ENOTSOCK` when
    /// it is none.
    pub fn udp_open(&mut self, handle: Handle, fd: Fd, options: BindOptions) -> Result<()> {
        if self.udp_mut(handle)?.socket.is_some() {
            return Err(Error::EBUSY);
        }
        if self.waits_for(fd) {
            return Err(Error::EEXIST);
        }
        let socket = UdpSocket::open(fd, options)?;
        let udp = self.udp_mut(handle)?;
        udp.connected = socket.socket()?.peer_addr().is_ok();
        udp.v6 = socket
            .socket()?
            .local_addr()
            .is_ok_and(|address| address.is_ipv6());
        udp.socket = Some(socket);
        Ok(())
    }

    /// Binds to an address; port 0 is any free one. `EADDRINUSE` when somebody else has it,
    /// `EINVAL` when the handle is bound already, has a socket of another family, or `ipv6only` is
    /// set for an IPv4 address.
    pub fn udp_bind(
        &mut self,
        handle: Handle,
        address: SocketAddr,
        options: BindOptions,
    ) -> Result<()> {
        let udp = self.udp_mut(handle)?;
        if options.ipv6only && address.is_ipv4() {
            return Err(Error::EINVAL);
        }
        // A socket made for this is kept when binding fails: what is tried next needs one too.
        let socket = match &mut udp.socket {
            Some(socket) => socket,
            None => {
                let family = if address.is_ipv6() {
                    Family::V6
                } else {
                    Family::V4
                };
                udp.v6 = address.is_ipv6();
                udp.socket.insert(UdpSocket::new(family)?)
            }
        };
        match socket.bind(&address, options) {
            Err(Error::EAFNOSUPPORT) => return Err(Error::EINVAL),
            other => other?,
        }
        udp.recverr = options.recverr;
        Ok(())
    }

    /// Binds a handle without a socket to a free port of all addresses of the family.
    fn udp_bind_any(&mut self, handle: Handle, v6: bool, options: BindOptions) -> Result<()> {
        if self.udp_mut(handle)?.socket.is_some() {
            return Ok(());
        }
        let any: IpAddr = match v6 {
            true => Ipv6Addr::UNSPECIFIED.into(),
            false => Ipv4Addr::UNSPECIFIED.into(),
        };
        self.udp_bind(handle, SocketAddr::new(any, 0), options)
    }

    /// Sends to `address` only and receives from there only; `None` ends that. `EISCONN` when it is
    /// connected already, `ENOTCONN` when it is not.
    pub fn udp_connect(&mut self, handle: Handle, address: Option<SocketAddr>) -> Result<()> {
        let udp = self.udp_mut(handle)?;
        match address {
            None if !udp.connected => Err(Error::ENOTCONN),
            None => {
                udp.socket()?.disconnect()?;
                udp.connected = false;
                Ok(())
            }
            Some(_) if udp.connected => Err(Error::EISCONN),
            Some(address) => {
                self.udp_bind_any(handle, address.is_ipv6(), BindOptions::default())?;
                let udp = self.udp_mut(handle)?;
                udp.socket()?.connect(&address)?;
                udp.connected = true;
                Ok(())
            }
        }
    }

    /// The local address. `EBADF` without a socket.
    pub fn udp_getsockname(&self, handle: Handle) -> Result<SocketAddr> {
        let address = self.udp(handle)?.socket()?.socket()?.local_addr()?;
        address.as_socket().ok_or(Error::EINVAL)
    }

    /// The address it is connected to. `EBADF` without a socket, `ENOTCONN` when it is not.
    pub fn udp_getpeername(&self, handle: Handle) -> Result<SocketAddr> {
        let address = self.udp(handle)?.socket()?.socket()?.peer_addr()?;
        address.as_socket().ok_or(Error::EINVAL)
    }

    /// The socket of a handle that is not closing.
    pub(crate) fn udp_socket(&self, handle: Handle) -> Result<&UdpSocket> {
        self.udp(handle)?.socket()
    }

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

    /// Serves a socket from the queue: at most one event, and whether there is more to do.
    pub(crate) fn udp_ready(&mut self, handle: Handle) -> (Option<Event>, bool) {
        let Ok(udp) = self.udp_mut(handle) else {
            return (None, false);
        };
        udp.queued = false;
        if std::mem::take(&mut udp.unwanted) {
            // The poll knows the socket: what it does not take now it was not asked.
            let _ = self.udp_set_interest(handle, true);
        }
        self.udp_flush(handle);
        let event = self.udp_receive(handle);
        let more = self.udp_mut(handle).is_ok_and(Udp::enqueue);
        (event, more)
    }

    fn udp_receive(&mut self, handle: Handle) -> Option<Event> {
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

    /// Sends from the queue what the kernel takes.
    fn udp_flush(&mut self, handle: Handle) {
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

    /// Cancels what is under way and closes the descriptor.
    pub(crate) fn udp_close(&mut self, handle: Handle) {
        // What waits for its burst only is as good as sent.
        self.udp_flush(handle);
        let token = mio::Token(handle.index() as usize);
        let Ok(udp) = udp_in(&mut self.slab, handle) else {
            return;
        };
        udp.receiving = false;
        udp.connected = false;
        udp.batch = None;
        udp.sent.clear();
        udp.bytes = 0;
        let waiting = std::mem::take(&mut udp.waiting);
        // Another process may share the socket, which would go on reporting.
        let _ = udp.set_interest(self.poll.registry(), token, true);
        udp.socket = None;
        for Waiting { request, .. } in waiting {
            self.push_cancelled(Event::Send {
                handle,
                request,
                result: Err(Error::ECANCELED),
            });
        }
    }

    pub(crate) fn udp_send_buffer_size(&self, handle: Handle, size: usize) -> Result<usize> {
        let (socket, _) = self.udp_option(handle)?;
        if size > 0 {
            socket.set_send_buffer_size(size)?;
        }
        Ok(socket.send_buffer_size()?)
    }

    pub(crate) fn udp_recv_buffer_size(&self, handle: Handle, size: usize) -> Result<usize> {
        let (socket, _) = self.udp_option(handle)?;
        if size > 0 {
            socket.set_recv_buffer_size(size)?;
        }
        Ok(socket.recv_buffer_size()?)
    }

    /// The socket and whether it is an IPv6 one, for options.
    fn udp_option(&self, handle: Handle) -> Result<(SockRef<'_>, bool)> {
        let udp = self.udp(handle)?;
        Ok((udp.socket()?.socket()?, udp.v6))
    }

    /// Allows datagrams to broadcast addresses. `EBADF` without a socket, as for all options.
    pub fn udp_set_broadcast(&mut self, handle: Handle, on: bool) -> Result<()> {
        Ok(self.udp_option(handle)?.0.set_broadcast(on)?)
    }

    /// How many hops a datagram may take: 1 to 255, else `EINVAL`.
    pub fn udp_set_ttl(&mut self, handle: Handle, ttl: i32) -> Result<()> {
        let hops = u32::try_from(ttl).map_err(|_| Error::EINVAL)?;
        if !(1..=255).contains(&hops) {
            return Err(Error::EINVAL);
        }
        let (socket, v6) = self.udp_option(handle)?;
        match v6 {
            true => Ok(socket.set_unicast_hops_v6(hops)?),
            false => Ok(socket.set_ttl_v4(hops)?),
        }
    }

    /// How many hops a multicast datagram may take: 0 to 255, else `EINVAL`.
    pub fn udp_set_multicast_ttl(&mut self, handle: Handle, ttl: i32) -> Result<()> {
        let hops = u32::try_from(ttl).map_err(|_| Error::EINVAL)?;
        if hops > 255 {
            return Err(Error::EINVAL);
        }
        let (socket, v6) = self.udp_option(handle)?;
        match v6 {
            true => Ok(socket.set_multicast_hops_v6(hops)?),
            false => Ok(socket.set_multicast_ttl_v4(hops)?),
        }
    }

    /// Whether multicast datagrams come back to sockets of this machine.
    pub fn udp_set_multicast_loop(&mut self, handle: Handle, on: bool) -> Result<()> {
        let (socket, v6) = self.udp_option(handle)?;
        match v6 {
            true => Ok(socket.set_multicast_loop_v6(on)?),
            false => Ok(socket.set_multicast_loop_v4(on)?),
        }
    }

    /// The interface multicast datagrams go out by: of an IPv4 address, or of an IPv6 address'
    /// scope (0: the system's choice). `EADDRNOTAVAIL` when there is none, `ENOPROTOOPT` for an
    /// IPv6 address on an IPv4 socket.
    pub fn udp_set_multicast_interface(
        &mut self,
        handle: Handle,
        interface: SocketAddr,
    ) -> Result<()> {
        let (socket, _) = self.udp_option(handle)?;
        match interface {
            SocketAddr::V4(address) => Ok(socket.set_multicast_if_v4(address.ip())?),
            SocketAddr::V6(address) => Ok(socket.set_multicast_if_v6(address.scope_id())?),
        }
    }

    /// Joins or leaves the multicast group `group` on an interface; the scope of an IPv6 group
    /// counts when the interface is [`Interface::Any`]. A handle without a socket is bound to a
    /// free port. `EINVAL` for addresses of two families, `EADDRNOTAVAIL` when it is not in the
    /// group, `ENODEV` when there is no such interface.
    pub fn udp_set_membership(
        &mut self,
        handle: Handle,
        group: SocketAddr,
        interface: Interface,
        join: bool,
    ) -> Result<()> {
        let socket = self.udp_bind_for(handle, group)?;
        match group {
            SocketAddr::V4(group) => {
                let interface = match interface {
                    Interface::Any => InterfaceIndexOrAddress::Address(Ipv4Addr::UNSPECIFIED),
                    Interface::Index(index) => InterfaceIndexOrAddress::Index(index),
                    Interface::Address(SocketAddr::V4(address)) => {
                        InterfaceIndexOrAddress::Address(*address.ip())
                    }
                    Interface::Address(_) => return Err(Error::EINVAL),
                };
                match join {
                    true => Ok(socket.join_multicast_v4_n(group.ip(), &interface)?),
                    false => Ok(socket.leave_multicast_v4_n(group.ip(), &interface)?),
                }
            }
            SocketAddr::V6(group) => {
                let index = interface_v6(interface, group.scope_id())?;
                match join {
                    true => Ok(socket.join_multicast_v6(group.ip(), index)?),
                    false => Ok(socket.leave_multicast_v6(group.ip(), index)?),
                }
            }
        }
    }

    /// As [`Loop::udp_set_membership`], for the datagrams of `source` only.
    pub fn udp_set_source_membership(
        &mut self,
        handle: Handle,
        group: SocketAddr,
        interface: Interface,
        source: IpAddr,
        join: bool,
    ) -> Result<()> {
        if group.is_ipv4() != source.is_ipv4() {
            return Err(Error::EINVAL);
        }
        let socket = self.udp_bind_for(handle, group)?;
        let index = match (group, source, interface) {
            (SocketAddr::V6(group), ..) => interface_v6(interface, group.scope_id())?,
            (_, _, Interface::Index(index)) => index,
            (SocketAddr::V4(group), IpAddr::V4(source), _) => {
                let interface = match interface {
                    Interface::Address(SocketAddr::V4(address)) => *address.ip(),
                    Interface::Any => Ipv4Addr::UNSPECIFIED,
                    _ => return Err(Error::EINVAL),
                };
                return match join {
                    true => Ok(socket.join_ssm_v4(&source, group.ip(), &interface)?),
                    false => Ok(socket.leave_ssm_v4(&source, group.ip(), &interface)?),
                };
            }
            _ => return Err(Error::EINVAL),
        };
        self.udp_socket(handle)?
            .source_membership(group.ip(), source, index, join)
    }

    /// The socket of the handle, which is bound to a free port if it has none.
    fn udp_bind_for(&mut self, handle: Handle, group: SocketAddr) -> Result<SockRef<'_>> {
        let options = BindOptions {
            reuseaddr: true,
            ..BindOptions::default()
        };
        self.udp_bind_any(handle, group.is_ipv6(), options)?;
        Ok(self.udp_option(handle)?.0)
    }
}

/// The number of an interface for IPv6, where an address counts by its scope.
fn interface_v6(interface: Interface, scope: u32) -> Result<u32> {
    match interface {
        Interface::Any => Ok(scope),
        Interface::Index(index) => Ok(index),
        Interface::Address(SocketAddr::V6(address)) => Ok(address.scope_id()),
        Interface::Address(SocketAddr::V4(_)) => Err(Error::EINVAL),
    }
}

#[cfg(test)]
mod tests {
    use super::BindOptions;
    use crate::{
        Error, Event, Family, Handle, Interface, Loop, Message, Received, Request, RunMode,
        testing::{finish, run},
    };
    use proptest::prelude::*;
    use std::net::SocketAddr;

    fn bound(lp: &mut Loop, batch: usize) -> (Handle, SocketAddr) {
        let handle = lp.new_udp(None, batch).unwrap();
        let any = "127.0.0.1:0".parse().unwrap();
        lp.udp_bind(handle, any, BindOptions::default()).unwrap();
        (handle, lp.udp_getsockname(handle).unwrap())
    }

    /// Two sockets that are connected and whose queue is short, so that sending has to wait.
    #[cfg(unix)]
    fn narrow_pair(lp: &mut Loop) -> [Handle; 2] {
        use std::os::{fd::IntoRawFd, unix::net::UnixDatagram};
        let (a, b) = UnixDatagram::pair().unwrap();
        [a, b].map(|socket| {
            let handle = lp.new_udp(None, 0).unwrap();
            lp.udp_open(handle, socket.into_raw_fd(), BindOptions::default())
                .unwrap();
            handle
        })
    }

    #[test]
    fn datagrams_empty_ones_and_the_end_of_them() {
        let mut lp = Loop::new().unwrap();
        for batch in [0, 4] {
            let (server, to) = bound(&mut lp, batch);
            let client = lp.new_udp(None, 0).unwrap();
            lp.udp_recv_start(server).unwrap();
            assert_eq!(lp.udp_recv_start(server), Err(Error::EALREADY));
            assert_eq!(lp.udp_send(client, &[b"x"], None), Err(Error::EDESTADDRREQ));
            let first = lp
                .udp_send(client, &[b"he", b"", b"llo"], Some(to))
                .unwrap();
            let second = lp.udp_send(client, &[], Some(to)).unwrap();
            assert_eq!(lp.udp_send_queue_size(client), Ok(5));
            assert_eq!(lp.udp_send_queue_count(client), Ok(2));
            assert!(lp.is_active(client));
            assert_eq!(lp.udp_try_send(client, &[b"!"], Some(to)), Ok(1));
            let from = lp.udp_getsockname(client).unwrap().port();
            let (mut got, mut sent) = (Vec::new(), Vec::new());
            run(&mut lp, RunMode::Default, |lp, event| match event {
                Event::Send {
                    request, result, ..
                } => {
                    result.unwrap();
                    sent.push(request);
                }
                Event::Recv { handle, result } => {
                    let received = result.unwrap();
                    match received.address {
                        Some(address) => {
                            assert_eq!(address.port(), from);
                            got.push(lp.received(handle, &received).to_vec());
                        }
                        None => lp.udp_recv_stop(handle).unwrap(),
                    }
                }
                other => panic!("{other:?}"),
            });
            assert_eq!(sent, [first, second]);
            assert_eq!(got, [&b"hello"[..], b"", b"!"]);
            assert_eq!(lp.udp_send_queue_size(client), Ok(0));
            assert!(!lp.is_active(client));
        }
        finish(&mut lp);
    }

    #[test]
    fn what_was_received_with_others_waits_for_a_new_start() {
        let mut lp = Loop::new().unwrap();
        let (server, to) = bound(&mut lp, 8);
        let (client, _) = bound(&mut lp, 0);
        let messages: Vec<_> = (0..6)
            .map(|_| Message {
                parts: vec![b"m"],
                to: Some(to),
            })
            .collect();
        assert_eq!(lp.udp_try_send_many(client, &messages), Ok(6));
        let mut got = 0;
        for _ in 0..6 {
            lp.udp_recv_start(server).unwrap();
            run(&mut lp, RunMode::Default, |lp, event| {
                assert!(matches!(event, Event::Recv { result: Ok(r), .. } if r.length == 1));
                got += 1;
                lp.udp_recv_stop(server).unwrap();
            });
        }
        assert_eq!(got, 6);
        finish(&mut lp);
    }

    #[test]
    fn a_flood_leaves_room_for_others() {
        let mut lp = Loop::new().unwrap();
        let (server, to) = bound(&mut lp, 0);
        let idle = lp.new_idle();
        lp.watcher_start(idle).unwrap();
        lp.udp_recv_start(server).unwrap();
        lp.udp_connect(server, Some(to)).unwrap();
        for _ in 0..40 {
            lp.udp_try_send(server, &[b"x"], None).unwrap();
        }
        let (mut turns, mut got) = (0, 0);
        run(&mut lp, RunMode::Default, |lp, event| match event {
            Event::Recv { .. } => {
                got += 1;
                // Each datagram brings another one.
                let _ = lp.udp_try_send(server, &[b"x"], None);
            }
            Event::Idle(_) => {
                turns += 1;
                if turns == 20 {
                    lp.stop();
                }
            }
            other => panic!("{other:?}"),
        });
        assert!((20..=20 * 64).contains(&got), "{got}");
        finish(&mut lp);
    }

    #[test]
    fn errors_are_those_of_the_documentation() {
        let mut lp = Loop::new().unwrap();
        let udp = lp.new_udp(None, 0).unwrap();
        assert_eq!(lp.udp_getsockname(udp), Err(Error::EBADF));
        assert_eq!(lp.udp_set_ttl(udp, 1), Err(Error::EBADF));
        assert_eq!(lp.udp_set_ttl(udp, 256), Err(Error::EINVAL));
        assert_eq!(lp.udp_connect(udp, None), Err(Error::ENOTCONN));
        assert_eq!(lp.udp_try_send_many(udp, &[]), Err(Error::EINVAL));
        let (peer, to) = bound(&mut lp, 0);
        let taken = lp.new_udp(Some(Family::V4), 0).unwrap();
        assert_eq!(
            lp.udp_bind(taken, to, BindOptions::default()),
            Err(Error::EADDRINUSE)
        );
        let only = BindOptions {
            ipv6only: true,
            ..BindOptions::default()
        };
        assert_eq!(lp.udp_bind(udp, to, only), Err(Error::EINVAL));
        lp.udp_connect(udp, Some(to)).unwrap();
        assert_eq!(lp.udp_connect(udp, Some(to)), Err(Error::EISCONN));
        assert_eq!(lp.udp_getpeername(udp), Ok(to));
        assert_eq!(lp.udp_try_send(udp, &[b"x"], Some(to)), Err(Error::EISCONN));
        lp.udp_connect(udp, None).unwrap();
        assert_eq!(lp.udp_getpeername(udp), Err(Error::ENOTCONN));
        let group = "239.255.0.1:0".parse().unwrap();
        assert_eq!(
            lp.udp_set_membership(udp, group, Interface::Any, false),
            Err(Error::EADDRNOTAVAIL)
        );
        lp.close(udp).unwrap();
        assert_eq!(lp.udp_send(udp, &[b"x"], Some(to)), Err(Error::EBADF));
        assert_eq!(lp.udp_recv_start(udp), Err(Error::EINVAL));
        assert_eq!(lp.udp_recv_stop(udp), Ok(()));
        assert_eq!(lp.received(peer, &NOTHING), b"");
        finish(&mut lp);
    }

    const NOTHING: Received = Received {
        start: usize::MAX,
        length: 9,
        address: None,
        partial: false,
        chunk: true,
    };

    #[cfg(unix)]
    #[test]
    fn what_the_kernel_does_not_take_waits_in_order() {
        let mut lp = Loop::new().unwrap();
        let [from, to] = narrow_pair(&mut lp);
        let requests: Vec<Request> = (0..2000u16)
            .map(|n| lp.udp_send(from, &[&n.to_le_bytes()], None).unwrap())
            .collect();
        assert_eq!(lp.udp_try_send(from, &[b"x"], None), Err(Error::EAGAIN));
        assert_eq!(lp.udp_send_queue_count(from), Ok(2000));
        lp.udp_recv_start(to).unwrap();
        let (mut sent, mut got) = (Vec::new(), Vec::new());
        run(&mut lp, RunMode::Default, |lp, event| match event {
            Event::Send {
                request, result, ..
            } => {
                result.unwrap();
                sent.push(request);
            }
            Event::Recv { handle, result } => {
                let received = result.unwrap();
                if let Ok(number) = lp.received(handle, &received).try_into() {
                    got.push(u16::from_le_bytes(number));
                }
                if got.len() == 2000 {
                    lp.udp_recv_stop(handle).unwrap();
                }
            }
            other => panic!("{other:?}"),
        });
        assert_eq!(sent, requests);
        assert!(got.into_iter().eq(0..2000));
        assert_eq!(lp.udp_send_queue_size(from), Ok(0));
        finish(&mut lp);
    }

    #[derive(Copy, Clone, Debug)]
    enum Act {
        Send(usize, usize),
        TrySend(usize),
        Start(usize),
        Stop(usize),
        Connect(usize),
        Disconnect(usize),
        Close(usize),
        Turn,
    }

    fn act() -> impl Strategy<Value = Act> {
        prop_oneof![
            12 => (0..4usize, 0..70_000usize).prop_map(|(h, n)| Act::Send(h, n)),
            2 => (0..4usize).prop_map(Act::TrySend),
            3 => (0..4usize).prop_map(Act::Start),
            2 => (0..4usize).prop_map(Act::Stop),
            1 => (0..4usize).prop_map(Act::Connect),
            1 => (0..4usize).prop_map(Act::Disconnect),
            1 => (0..4usize).prop_map(Act::Close),
            4 => Just(Act::Turn),
        ]
    }

    #[derive(Default)]
    struct Books {
        /// By handle: the requests that have not ended, in order.
        open: [Vec<(Request, usize)>; 4],
        closed: [bool; 4],
    }

    impl Books {
        fn on(&mut self, handles: &[Handle], event: Event) {
            match event {
                Event::Send {
                    handle,
                    request,
                    result,
                } => {
                    let which = handles.iter().position(|&h| h == handle).unwrap();
                    assert!(!self.closed[which], "after Closed");
                    let (first, _) = self.open[which].remove(0);
                    assert_eq!(first, request, "{result:?}");
                }
                Event::Closed(handle) => {
                    let which = handles.iter().position(|&h| h == handle).unwrap();
                    assert!(self.open[which].is_empty());
                    self.closed[which] = true;
                }
                Event::Recv { result, .. } => {
                    if let Ok(received) = result {
                        assert!(!received.partial || received.length == super::CHUNK);
                    }
                }
                other => panic!("{other:?}"),
            }
        }
    }

    proptest! {
        #[test]
        fn every_send_ends_once_and_in_order(acts in prop::collection::vec(act(), 1..120)) {
            let mut lp = Loop::new().unwrap();
            #[cfg(unix)]
            let [a, b] = narrow_pair(&mut lp);
            #[cfg(not(unix))]
            let [(a, _), (b, _)] = [bound(&mut lp, 0), bound(&mut lp, 0)];
            let (c, to) = bound(&mut lp, 0);
            let (d, _) = bound(&mut lp, 4);
            let handles = [a, b, c, d];
            let mut books = Books::default();
            let data = vec![7; 70_000];
            for act in acts {
                match act {
                    Act::Send(h, length) => {
                        let target = lp.udp_getpeername(handles[h]).is_err() && h > 1;
                        let sent =
                            lp.udp_send(handles[h], &[&data[..length]], target.then_some(to));
                        if let Ok(request) = sent {
                            books.open[h].push((request, length));
                        }
                    }
                    // What is refused is an error value, and no event follows.
                    Act::TrySend(h) => drop(lp.udp_try_send(handles[h], &[b"now"], None)),
                    Act::Start(h) => drop(lp.udp_recv_start(handles[h])),
                    Act::Stop(h) => drop(lp.udp_recv_stop(handles[h])),
                    Act::Connect(h) => drop(lp.udp_connect(handles[h], Some(to))),
                    Act::Disconnect(h) => drop(lp.udp_connect(handles[h], None)),
                    Act::Close(h) => drop(lp.close(handles[h])),
                    Act::Turn => {
                        run(&mut lp, RunMode::Nowait, |_, event| books.on(&handles, event));
                    }
                }
                for (handle, open) in handles.into_iter().zip(&books.open) {
                    if !lp.is_closing(handle) {
                        prop_assert_eq!(lp.udp_send_queue_count(handle), Ok(open.len()));
                        let bytes = open.iter().map(|(_, length)| length).sum();
                        prop_assert_eq!(lp.udp_send_queue_size(handle), Ok(bytes));
                    }
                }
            }
            for handle in handles {
                let _ = lp.close(handle);
            }
            let alive = run(&mut lp, RunMode::Default, |_, event| books.on(&handles, event));
            prop_assert!(!alive && books.closed == [true; 4]);
        }
    }
}
