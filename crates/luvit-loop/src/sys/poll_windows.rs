//! What Windows says of a socket, through mio, which takes any that can be asked by `\Device\Afd`.
//! Other handles cannot be waited for.

use super::Fd;
use crate::{Error, PollEvents, Result};
use mio::{Interest, Registry, Token};
use std::{cell::RefCell, mem::ManuallyDrop, os::windows::io::FromRawSocket};

/// A socket to be watched. It belongs to somebody else.
#[derive(Debug)]
pub(crate) struct PollSource {
    fd: Fd,
    source: RefCell<ManuallyDrop<mio::net::TcpStream>>,
}

fn interest(wanted: PollEvents) -> Interest {
    match (
        wanted.readable || wanted.disconnect || wanted.prioritized,
        wanted.writable,
    ) {
        (true, true) => Interest::READABLE | Interest::WRITABLE,
        (false, true) => Interest::WRITABLE,
        _ => Interest::READABLE,
    }
}

impl PollSource {
    /// Checks that it is a socket, which is made non-blocking.
    pub(crate) fn new(fd: Fd, _registry: &Registry) -> Result<PollSource> {
        // SAFETY: it is borrowed: never dropped here. Calls on what is no socket fail.
        let socket = ManuallyDrop::new(unsafe { socket2::Socket::from_raw_socket(fd) });
        socket.r#type().map_err(|_| Error::ENOTSOCK)?;
        socket.set_nonblocking(true)?;
        // SAFETY: as above. What mio takes for a stream is asked for its readiness only.
        let source = ManuallyDrop::new(unsafe { mio::net::TcpStream::from_raw_socket(fd) });
        Ok(PollSource {
            fd,
            source: RefCell::new(source),
        })
    }

    pub(crate) fn fd(&self) -> Fd {
        self.fd
    }

    pub(crate) fn register(
        &self,
        registry: &Registry,
        token: Token,
        wanted: PollEvents,
    ) -> Result<()> {
        let source = &mut **self.source.borrow_mut();
        Ok(registry.register(source, token, interest(wanted))?)
    }

    /// Makes the poll report again what it reported, if that still holds.
    pub(crate) fn rearm(
        &self,
        registry: &Registry,
        token: Token,
        wanted: PollEvents,
    ) -> Result<()> {
        let source = &mut **self.source.borrow_mut();
        Ok(registry.reregister(source, token, interest(wanted))?)
    }

    pub(crate) fn deregister(&self, registry: &Registry) -> Result<()> {
        let source = &mut **self.source.borrow_mut();
        Ok(registry.deregister(source)?)
    }

    /// What of `wanted` the socket was `seen` to be ready for. Urgent data is not told.
    pub(crate) fn state(&self, wanted: PollEvents, seen: PollEvents) -> Result<PollEvents> {
        Ok(PollEvents {
            readable: wanted.readable && seen.readable,
            writable: wanted.writable && seen.writable,
            disconnect: wanted.disconnect && seen.disconnect,
            prioritized: false,
        })
    }
}
