//! UDP sockets.
//!
//! Semantics: <https://docs.libuv.org/en/v1.x/udp.html>.
//!
//! A datagram goes to the kernel at once; those that follow before its event is told go together, in
//! one system call. What the kernel does not take now waits in the handle's queue until the socket
//! is writable. The poll is asked about reading while
//! the socket receives and about writing while datagrams wait: each interest is added when it is
//! needed and dropped when the poll reports in vain.

mod options;
mod receive;
mod send;

use crate::{
    Error, Event, Handle, Loop, Request, Result,
    handle::{Data, Slab},
    stream::READ_BUFFER,
    sys::{Fd, RECEIVES_MANY, UdpSocket},
    tcp::Family,
};
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
}

#[cfg(test)]
mod tests;
