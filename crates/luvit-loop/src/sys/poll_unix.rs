//! What Unix systems say of any descriptor: the loop's poll wakes up for it, and poll(2) tells what
//! it is ready for, which the edges of the former do not.

use super::Fd;
use crate::{Error, PollEvents, Result};
use mio::{Interest, Registry, Token, unix::SourceFd};

/// The peer has ended its side; systems without this flag tell by the loop's poll alone.
#[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
const POLLRDHUP: libc::c_short = libc::POLLRDHUP;
#[cfg(not(any(target_os = "linux", target_os = "android", target_os = "freebsd")))]
const POLLRDHUP: libc::c_short = 0;

/// A descriptor to be watched. It belongs to somebody else.
#[derive(Debug)]
pub(crate) struct PollSource(Fd);

fn interest(wanted: PollEvents) -> Interest {
    let mut interests = [None; 3];
    // The end of the stream is known with readability only.
    if wanted.readable || wanted.disconnect {
        interests[0] = Some(Interest::READABLE);
    }
    if wanted.writable {
        interests[1] = Some(Interest::WRITABLE);
    }
    if wanted.prioritized {
        #[cfg(any(target_os = "linux", target_os = "android"))]
        let urgent = Interest::PRIORITY;
        #[cfg(not(any(target_os = "linux", target_os = "android")))]
        let urgent = Interest::READABLE;
        interests[2] = Some(urgent);
    }
    interests
        .into_iter()
        .flatten()
        .reduce(|all, one| all | one)
        .unwrap_or(Interest::READABLE)
}

impl PollSource {
    /// Checks that the descriptor is open and that the system can wait for it: `EPERM` for files
    /// where it cannot, `EEXIST` when the loop's poll has it already. It is made non-blocking.
    pub(crate) fn new(fd: Fd, registry: &Registry) -> Result<PollSource> {
        let flags = super::status_flags(fd)?;
        let source = PollSource(fd);
        // Its events cannot come: it is gone before the poll is asked.
        registry.register(
            &mut SourceFd(&fd),
            Token(usize::MAX - 1),
            Interest::READABLE,
        )?;
        source.deregister(registry)?;
        if flags & libc::O_NONBLOCK == 0 {
            // The first three descriptors get their flags back at exit.
            super::save_flags(fd)?;
            super::set_status_flags(fd, flags | libc::O_NONBLOCK)?;
        }
        Ok(source)
    }

    pub(crate) fn fd(&self) -> Fd {
        self.0
    }

    pub(crate) fn register(
        &self,
        registry: &Registry,
        token: Token,
        wanted: PollEvents,
    ) -> Result<()> {
        Ok(registry.register(&mut SourceFd(&self.0), token, interest(wanted))?)
    }

    /// Makes the poll report again what it reported, if that still holds.
    pub(crate) fn rearm(
        &self,
        registry: &Registry,
        token: Token,
        wanted: PollEvents,
    ) -> Result<()> {
        let mut source = SourceFd(&self.0);
        if cfg!(any(target_os = "linux", target_os = "android")) {
            return Ok(registry.reregister(&mut source, token, interest(wanted))?);
        }
        // kqueue drops one filter or both with what was asked before.
        registry.deregister(&mut source)?;
        Ok(registry.register(&mut source, token, interest(wanted))?)
    }

    pub(crate) fn deregister(&self, registry: &Registry) -> Result<()> {
        Ok(registry.deregister(&mut SourceFd(&self.0))?)
    }

    /// What of `wanted` the descriptor is ready for. `EBADF` when it is closed or in error, as
    /// libuv calls both.
    pub(crate) fn state(&self, wanted: PollEvents, seen: PollEvents) -> Result<PollEvents> {
        let mut events = 0;
        for (on, flag) in [
            (wanted.readable, libc::POLLIN),
            (wanted.writable, libc::POLLOUT),
            (wanted.disconnect, POLLRDHUP),
            (wanted.prioritized, libc::POLLPRI),
        ] {
            if on {
                events |= flag;
            }
        }
        let mut entry = libc::pollfd {
            fd: self.0,
            events,
            revents: 0,
        };
        // SAFETY: `entry` is one pollfd.
        super::retry(|| unsafe { libc::poll(&mut entry, 1, 0) as isize })?;
        let mut found = entry.revents;
        if found & libc::POLLNVAL != 0 {
            return Err(Error::EBADF);
        }
        let hung_up = found & libc::POLLHUP != 0;
        // Nothing else is left to tell: whoever waits is to look for himself.
        if found == libc::POLLHUP || found == libc::POLLERR {
            found |= events;
        }
        if found & libc::POLLERR != 0 && found & libc::POLLPRI == 0 {
            return Err(Error::EBADF);
        }
        let ended = match POLLRDHUP {
            0 => hung_up || seen.disconnect,
            flag => found & flag != 0,
        };
        Ok(PollEvents {
            readable: wanted.readable && found & libc::POLLIN != 0,
            writable: wanted.writable && found & libc::POLLOUT != 0,
            disconnect: wanted.disconnect && ended,
            prioritized: wanted.prioritized && found & libc::POLLPRI != 0,
        })
    }
}
