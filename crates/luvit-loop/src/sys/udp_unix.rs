//! Datagram sockets of Unix systems.

use super::{Fd, Io, is_socket, retry};
use crate::{
    Error, Result,
    tcp::Family,
    udp::{BindOptions, Received},
};
use mio::unix::SourceFd;
use socket2::{Protocol, SockAddr, SockAddrStorage, SockRef, Socket, Type};
use std::{
    io::IoSlice,
    mem::{size_of, zeroed},
    net::{IpAddr, SocketAddr},
    os::fd::IntoRawFd,
};

/// How many parts of a datagram are handed over as they are; more are joined before.
const PARTS: usize = 16;
/// A datagram socket, not blocking, closed on exec.
#[derive(Debug)]
pub(crate) struct UdpSocket(Io);

impl UdpSocket {
    pub(crate) fn new(family: Family) -> Result<UdpSocket> {
        let socket = Socket::new(family.domain(), Type::DGRAM, Some(Protocol::UDP))?;
        socket.set_nonblocking(true)?;
        Ok(UdpSocket(Io::from_fd(socket.into_raw_fd())?))
    }

    /// Takes over a socket of any kind of datagrams; the caller keeps what was not taken.
    pub(crate) fn open(fd: Fd, options: BindOptions) -> Result<UdpSocket> {
        let socket = UdpSocket(Io::from_fd(fd)?);
        let checked = match is_socket(fd) {
            true => socket
                .reuse(options)
                .and_then(|()| socket.0.set_nonblocking(true)),
            false => Err(Error::ENOTSOCK),
        };
        match checked {
            Ok(()) => Ok(socket),
            Err(error) => {
                socket.0.release();
                Err(error)
            }
        }
    }

    pub(crate) fn fd(&self) -> Fd {
        self.0.fd()
    }

    pub(crate) fn socket(&self) -> Result<SockRef<'_>> {
        self.0.socket()
    }

    pub(crate) fn register(
        &mut self,
        registry: &mio::Registry,
        token: mio::Token,
        interest: mio::Interest,
    ) -> Result<()> {
        Ok(registry.register(&mut SourceFd(&self.fd()), token, interest)?)
    }

    pub(crate) fn reregister(
        &mut self,
        registry: &mio::Registry,
        token: mio::Token,
        interest: mio::Interest,
    ) -> Result<()> {
        Ok(registry.reregister(&mut SourceFd(&self.fd()), token, interest)?)
    }

    pub(crate) fn deregister(&mut self, registry: &mio::Registry) -> Result<()> {
        self.0.deregister(registry)
    }

    fn reuse(&self, options: BindOptions) -> Result<()> {
        let socket = self.socket()?;
        if options.reuseaddr {
            // The BSDs share an address among sockets by the other option.
            #[cfg(any(target_os = "linux", target_os = "android"))]
            socket.set_reuse_address(true)?;
            #[cfg(not(any(target_os = "linux", target_os = "android")))]
            socket.set_reuse_port(true)?;
        }
        if options.reuseport {
            #[cfg(any(target_os = "linux", target_os = "android"))]
            socket.set_reuse_port(true)?;
            #[cfg(target_os = "freebsd")]
            socket.set_reuse_port_lb(true)?;
            #[cfg(not(any(target_os = "linux", target_os = "android", target_os = "freebsd")))]
            return Err(Error::ENOTSUP);
        }
        Ok(())
    }

    pub(crate) fn bind(&self, address: &SocketAddr, options: BindOptions) -> Result<()> {
        self.reuse(options)?;
        let socket = self.socket()?;
        if options.ipv6only {
            if address.is_ipv4() {
                return Err(Error::EINVAL);
            }
            socket.set_only_v6(true)?;
        }
        #[cfg(any(target_os = "linux", target_os = "android"))]
        if options.recverr {
            let (level, name) = match address {
                SocketAddr::V4(_) => (libc::IPPROTO_IP, libc::IP_RECVERR),
                SocketAddr::V6(_) => (libc::IPPROTO_IPV6, libc::IPV6_RECVERR),
            };
            set_option(self.fd(), level, name, &1i32)?;
        }
        Ok(socket.bind(&SockAddr::from(*address))?)
    }

    /// Drops an error that the kernel keeps for whoever asked for all of them. The next recvmsg
    /// tells of the one after it.
    pub(crate) fn drop_queued_error(&self) {
        #[cfg(any(target_os = "linux", target_os = "android"))]
        {
            // SAFETY: all of msghdr may be zero: neither address nor data is asked for.
            let mut message: libc::msghdr = unsafe { zeroed() };
            // SAFETY: `message` names no memory. There may be nothing to drop.
            unsafe { libc::recvmsg(self.fd(), &mut message, libc::MSG_ERRQUEUE) };
        }
    }

    pub(crate) fn connect(&self, address: &SocketAddr) -> Result<()> {
        let address = SockAddr::from(*address);
        let fd = self.fd();
        // SAFETY: the address is as long as it says.
        retry(|| unsafe { libc::connect(fd, address.as_ptr().cast(), address.len()) as isize })
            .map(|_| ())
    }

    pub(crate) fn disconnect(&self) -> Result<()> {
        // SAFETY: all of sockaddr may be zero.
        let mut address: libc::sockaddr = unsafe { zeroed() };
        address.sa_family = libc::AF_UNSPEC as _;
        let fd = self.fd();
        let length = size_of::<libc::sockaddr>() as libc::socklen_t;
        // SAFETY: the address is as long as said.
        match retry(|| unsafe { libc::connect(fd, &address, length) as isize }) {
            // The BSDs disconnect and complain about the family all the same.
            Err(Error::EAFNOSUPPORT | Error::EINVAL) if cfg!(not(target_os = "linux")) => Ok(()),
            result => result.map(|_| ()),
        }
    }

    /// Sends one datagram of `parts`.
    pub(crate) fn send(&self, parts: &[&[u8]], to: Option<&SocketAddr>) -> Result<()> {
        if parts.len() > PARTS {
            return self.send(&[&parts.concat()], to);
        }
        let address = to.map(|to| SockAddr::from(*to));
        let fd = self.fd();
        // The kernel has less to copy and to check than with a header.
        if let [part] = parts {
            let (name, length) = match &address {
                Some(address) => (address.as_ptr().cast(), address.len()),
                None => (std::ptr::null(), 0),
            };
            let (data, size) = (part.as_ptr().cast(), part.len());
            // SAFETY: `part` and `address` are as long as said, and are only read.
            return retry(|| unsafe { libc::sendto(fd, data, size, 0, name, length) }).map(|_| ());
        }
        let mut slices = [IoSlice::new(&[]); PARTS];
        for (slice, part) in slices.iter_mut().zip(parts) {
            *slice = IoSlice::new(part);
        }
        let message = header(&slices[..parts.len()], address.as_ref());
        // SAFETY: the header names `slices` and `address`, which sendmsg only reads.
        retry(|| unsafe { libc::sendmsg(fd, &message, 0) }).map(|_| ())
    }

    /// Receives one datagram to the beginning of `buffer`.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub(crate) fn recv(&self, buffer: &mut [u8]) -> Result<Received> {
        let mut from = SockAddrStorage::zeroed();
        let mut from_size = from.size_of();
        let (fd, data, size) = (self.fd(), buffer.as_mut_ptr().cast(), buffer.len());
        // SAFETY: `buffer` and `from` are as long as said, and the kernel may fill them.
        let length = retry(|| unsafe {
            from_size = from.size_of();
            // Told to, it returns what the datagram had, not what there was room for (recv(2)).
            libc::recvfrom(
                fd,
                data,
                size,
                libc::MSG_TRUNC,
                (&raw mut from).cast(),
                &mut from_size,
            )
        })?;
        Ok(Received {
            start: 0,
            length: length.min(size),
            address: socket_address(from, from_size),
            partial: length > size,
            chunk: false,
        })
    }

    /// Receives one datagram to the beginning of `buffer`.
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    pub(crate) fn recv(&self, buffer: &mut [u8]) -> Result<Received> {
        let mut from = SockAddrStorage::zeroed();
        let mut slice = libc::iovec {
            iov_base: buffer.as_mut_ptr().cast(),
            iov_len: buffer.len(),
        };
        // SAFETY: all of msghdr may be zero.
        let mut message: libc::msghdr = unsafe { zeroed() };
        message.msg_iov = &mut slice;
        message.msg_iovlen = 1;
        let fd = self.fd();
        let length = retry(|| {
            message.msg_name = (&raw mut from).cast();
            message.msg_namelen = from.size_of();
            // SAFETY: the header names `from` and `buffer`, which the kernel may fill.
            unsafe { libc::recvmsg(fd, &mut message, 0) }
        })?;
        Ok(Received {
            start: 0,
            length,
            address: socket_address(from, message.msg_namelen),
            partial: message.msg_flags & libc::MSG_TRUNC != 0,
            chunk: false,
        })
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
        // SAFETY: all of group_source_req may be zero.
        let mut request: libc::group_source_req = unsafe { zeroed() };
        request.gsr_interface = interface;
        for (place, address) in [
            (&raw mut request.gsr_group, group),
            (&raw mut request.gsr_source, source),
        ] {
            let address = SockAddr::from(SocketAddr::from((address, 0)));
            let length = address.len() as usize;
            // SAFETY: both are at least as long as the address, which they may hold.
            unsafe {
                std::ptr::copy_nonoverlapping(
                    address.as_ptr().cast::<u8>(),
                    place.cast::<u8>(),
                    length,
                );
            }
        }
        let name = match join {
            true => libc::MCAST_JOIN_SOURCE_GROUP,
            false => libc::MCAST_LEAVE_SOURCE_GROUP,
        };
        let level = match group {
            IpAddr::V4(_) => libc::IPPROTO_IP,
            IpAddr::V6(_) => libc::IPPROTO_IPV6,
        };
        set_option(self.fd(), level, name, &request)
    }
}

fn set_option<T: Copy>(fd: Fd, level: libc::c_int, name: libc::c_int, value: &T) -> Result<()> {
    let length = size_of::<T>() as libc::socklen_t;
    // SAFETY: the value is as long as said, and is read during the call only.
    retry(|| unsafe {
        libc::setsockopt(fd, level, name, (&raw const *value).cast(), length) as isize
    })
    .map(|_| ())
}

/// What sendmsg(2) is given: it reads the slices and the address, which the result names.
pub(super) fn header(slices: &[IoSlice<'_>], to: Option<&SockAddr>) -> libc::msghdr {
    // SAFETY: all of msghdr may be zero.
    let mut message: libc::msghdr = unsafe { zeroed() };
    // IoSlice has the layout of iovec.
    message.msg_iov = slices.as_ptr().cast_mut().cast();
    message.msg_iovlen = slices.len() as _;
    if let Some(to) = to {
        message.msg_name = to.as_ptr().cast_mut().cast();
        message.msg_namelen = to.len();
    }
    message
}

/// The address the kernel wrote, if it is one of the internet's.
pub(super) fn socket_address(
    storage: SockAddrStorage,
    length: libc::socklen_t,
) -> Option<SocketAddr> {
    // SAFETY: the storage was zeroed, and the kernel wrote an address to it, or nothing.
    unsafe { SockAddr::new(storage, length) }.as_socket()
}
