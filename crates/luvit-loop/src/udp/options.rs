//! Options of the socket: buffers, hops, multicast.

use super::{BindOptions, Interface};
use crate::{Error, Handle, Loop, Result};
use socket2::{InterfaceIndexOrAddress, SockRef};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

impl Loop {
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
