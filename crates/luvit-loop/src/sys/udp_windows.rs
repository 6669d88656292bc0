//! Datagram sockets of Windows, through mio's wrapper, which renews its interest when a call would
//! block. One system call takes one datagram.

use super::Fd;
use crate::{
    Error, Result,
    tcp::Family,
    udp::{BindOptions, Received},
};
use socket2::{Domain, Protocol, SockAddr, SockAddrStorage, SockRef, Socket, Type};
use std::{
    net::{IpAddr, Ipv6Addr, SocketAddr},
    os::windows::io::{AsRawSocket, AsSocket, BorrowedSocket, FromRawSocket},
};

/// A datagram socket, not blocking.
#[derive(Debug)]
pub(crate) struct UdpSocket(mio::net::UdpSocket);

impl AsSocket for UdpSocket {
    fn as_socket(&self) -> BorrowedSocket<'_> {
        // SAFETY: borrowed from a socket that lives as long as `self`.
        unsafe { BorrowedSocket::borrow_raw(self.0.as_raw_socket()) }
    }
}

/// `group_source_req` of ws2ipdef.h.
#[repr(C)]
struct GroupSource {
    interface: u32,
    group: SockAddrStorage,
    source: SockAddrStorage,
}

#[link(name = "ws2_32")]
unsafe extern "system" {
    fn setsockopt(socket: usize, level: i32, name: i32, value: *const u8, length: i32) -> i32;
}

impl UdpSocket {
    pub(crate) fn new(family: Family) -> Result<UdpSocket> {
        let socket = Socket::new(family.domain(), Type::DGRAM, Some(Protocol::UDP))?;
        socket.set_nonblocking(true)?;
        Ok(UdpSocket(mio::net::UdpSocket::from_std(socket.into())))
    }

    /// Takes over a socket; the caller keeps what was not taken.
    pub(crate) fn open(fd: Fd, options: BindOptions) -> Result<UdpSocket> {
        // SAFETY: the caller hands the socket over; calls on what is none fail.
        let socket = unsafe { Socket::from_raw_socket(fd) };
        let checked = match socket.r#type() {
            Ok(Type::DGRAM) => socket.set_nonblocking(true).map_err(Error::from),
            Ok(_) => Err(Error::EINVAL),
            Err(error) => Err(error.into()),
        };
        let socket = UdpSocket(mio::net::UdpSocket::from_std(socket.into()));
        match checked.and_then(|()| socket.reuse(options)) {
            Ok(()) => Ok(socket),
            Err(error) => {
                std::mem::forget(socket);
                Err(error)
            }
        }
    }

    pub(crate) fn fd(&self) -> Fd {
        self.0.as_raw_socket()
    }

    pub(crate) fn socket(&self) -> Result<SockRef<'_>> {
        Ok(SockRef::from(self))
    }

    pub(crate) fn register(
        &mut self,
        registry: &mio::Registry,
        token: mio::Token,
        interest: mio::Interest,
    ) -> Result<()> {
        Ok(registry.register(&mut self.0, token, interest)?)
    }

    pub(crate) fn reregister(
        &mut self,
        registry: &mio::Registry,
        token: mio::Token,
        interest: mio::Interest,
    ) -> Result<()> {
        Ok(registry.reregister(&mut self.0, token, interest)?)
    }

    pub(crate) fn deregister(&mut self, registry: &mio::Registry) -> Result<()> {
        Ok(registry.deregister(&mut self.0)?)
    }

    fn reuse(&self, options: BindOptions) -> Result<()> {
        if options.reuseport {
            return Err(Error::ENOTSUP);
        }
        if options.reuseaddr {
            self.socket()?.set_reuse_address(true)?;
        }
        Ok(())
    }

    pub(crate) fn bind(&self, address: &SocketAddr, options: BindOptions) -> Result<()> {
        self.reuse(options)?;
        let socket = self.socket()?;
        if options.ipv6only && address.is_ipv4() {
            return Err(Error::EINVAL);
        }
        if address.is_ipv6() {
            socket.set_only_v6(options.ipv6only)?;
        }
        Ok(socket.bind(&SockAddr::from(*address))?)
    }

    /// Nothing is kept.
    pub(crate) fn drop_queued_error(&self) {}

    pub(crate) fn connect(&self, address: &SocketAddr) -> Result<()> {
        Ok(self.socket()?.connect(&SockAddr::from(*address))?)
    }

    pub(crate) fn disconnect(&self) -> Result<()> {
        let nowhere = match self.socket()?.local_addr()?.domain() {
            Domain::IPV6 => SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0)),
            _ => SocketAddr::from(([0, 0, 0, 0], 0)),
        };
        self.connect(&nowhere)
    }

    /// Sends one datagram of `parts`.
    pub(crate) fn send(&self, parts: &[&[u8]], to: Option<&SocketAddr>) -> Result<()> {
        let joined;
        let data = match parts {
            [one] => *one,
            many => {
                joined = many.concat();
                &joined
            }
        };
        match to {
            // Nobody is there under the unspecified address; elsewhere it is this machine.
            Some(SocketAddr::V4(to)) if to.ip().is_unspecified() => {
                self.0.send_to(data, ([127, 0, 0, 1], to.port()).into())
            }
            Some(SocketAddr::V6(to)) if to.ip().is_unspecified() => self
                .0
                .send_to(data, (Ipv6Addr::LOCALHOST, to.port()).into()),
            Some(to) => self.0.send_to(data, *to),
            None => self.0.send(data),
        }?;
        Ok(())
    }

    /// Receives one datagram to the beginning of `buffer`.
    pub(crate) fn recv(&self, buffer: &mut [u8]) -> Result<Received> {
        loop {
            match self.0.recv_from(buffer).map_err(Error::from) {
                Ok((length, address)) => {
                    return Ok(Received {
                        start: 0,
                        length,
                        address: Some(address),
                        partial: false,
                        chunk: false,
                    });
                }
                // What an earlier send met; it does not concern this socket unless it is connected.
                Err(Error::ECONNRESET) if self.0.peer_addr().is_err() => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Joins or leaves `group` for datagrams of `source`, on the interface of that number (0: the
    /// system's choice).
    pub(crate) fn source_membership(
        &self,
        group: IpAddr,
        source: IpAddr,
        interface: u32,
        join: bool,
    ) -> Result<()> {
        // Of ws2ipdef.h, as the two levels below.
        const MCAST_JOIN_SOURCE_GROUP: i32 = 45;
        const MCAST_LEAVE_SOURCE_GROUP: i32 = 46;
        let level = match group {
            IpAddr::V4(_) => 0,
            IpAddr::V6(_) => 41,
        };
        let request = GroupSource {
            interface,
            group: SockAddr::from(SocketAddr::from((group, 0))).as_storage(),
            source: SockAddr::from(SocketAddr::from((source, 0))).as_storage(),
        };
        let name = match join {
            true => MCAST_JOIN_SOURCE_GROUP,
            false => MCAST_LEAVE_SOURCE_GROUP,
        };
        // SAFETY: the request is as long as said, and is read during the call only.
        let result = unsafe {
            setsockopt(
                self.fd() as usize,
                level,
                name,
                (&raw const request).cast(),
                size_of::<GroupSource>() as i32,
            )
        };
        match result {
            0 => Ok(()),
            _ => Err(std::io::Error::last_os_error().into()),
        }
    }
}
