//! Watchers of any descriptor the system can wait for.
//!
//! Semantics: <https://docs.libuv.org/en/v1.x/poll.html>. A watcher is told in every turn what its
//! descriptor is ready for. The poll below reports changes only, so a watcher that was told is
//! armed anew before the loop waits again.

use crate::{
    Error, Event, Handle, Loop, Result,
    handle::{Data, Slab},
    stream::flag,
    sys::{Fd, PollSource},
};

/// What a descriptor is watched for, or ready for.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub struct PollEvents {
    /// It can be read (`UV_READABLE`).
    pub readable: bool,
    /// It can be written to (`UV_WRITABLE`).
    pub writable: bool,
    /// The peer has ended its side (`UV_DISCONNECT`).
    pub disconnect: bool,
    /// Out-of-band data (`UV_PRIORITIZED`).
    pub prioritized: bool,
}

impl PollEvents {
    fn is_empty(self) -> bool {
        self == PollEvents::default()
    }
}

/// A watcher in its slot.
#[derive(Debug)]
pub(crate) struct Poll {
    source: PollSource,
    wanted: PollEvents,
    /// What the poll reported since the last event.
    seen: PollEvents,
    /// It stands in the loop's queue.
    queued: bool,
    /// It stands in the list of those to arm anew.
    told: bool,
    /// The poll does not know the descriptor any more.
    lost: bool,
}

impl Poll {
    /// Notes what the poll reports, and tells whether the watcher is to be put into the queue.
    pub(crate) fn note(&mut self, event: &mio::event::Event) -> bool {
        self.seen.readable |= event.is_readable() || event.is_error();
        self.seen.writable |= event.is_writable() || event.is_error();
        self.seen.disconnect |= event.is_read_closed();
        self.enqueue()
    }

    fn enqueue(&mut self) -> bool {
        !self.wanted.is_empty() && !std::mem::replace(&mut self.queued, true)
    }
}

fn watcher(slab: &mut Slab, handle: Handle) -> Result<&mut Poll> {
    match &mut slab.get_mut(handle).ok_or(Error::EBADF)?.data {
        Data::Poll(poll) => Ok(poll),
        _ => Err(Error::EINVAL),
    }
}

impl Loop {
    /// A new watcher of `fd`, stopped. The descriptor is made non-blocking; the handle never closes
    /// it. It must stay open while it is watched. `EBADF` when it is not open, `EPERM` for a file
    /// the system cannot wait for, `EEXIST` when another handle of the loop waits for it. Windows
    /// takes sockets only (`ENOTSOCK`).
    pub fn new_poll(&mut self, fd: Fd) -> Result<Handle> {
        if self.waits_for(fd) {
            return Err(Error::EEXIST);
        }
        let source = PollSource::new(fd, self.poll.registry())?;
        Ok(self.slab.insert(Data::Poll(Box::new(Poll {
            source,
            wanted: PollEvents::default(),
            seen: PollEvents::default(),
            queued: false,
            told: false,
            lost: false,
        }))))
    }

    /// Whether a handle is registered with the poll for `fd`. kqueue would hand its events over to
    /// the second one without a word.
    pub(crate) fn waits_for(&self, fd: Fd) -> bool {
        self.slab.iter().any(|(_, slot)| match &slot.data {
            Data::Stream(stream) => {
                stream.has(flag::REGISTERED) && stream.io.as_ref().is_some_and(|io| io.fd() == fd)
            }
            Data::Udp(udp) => udp.waits_for(fd),
            Data::Poll(poll) => !poll.wanted.is_empty() && poll.source.fd() == fd,
            _ => false,
        })
    }

    pub(crate) fn poll_fd(&self, handle: Handle) -> Result<Fd> {
        match &self.slab.get(handle).ok_or(Error::EBADF)?.data {
            Data::Poll(poll) => Ok(poll.source.fd()),
            _ => Err(Error::EINVAL),
        }
    }

    /// Watches for `wanted`; [`Event::Poll`] follows in each turn in which some of it holds. On a
    /// watcher that is active it changes what is watched for; with nothing wanted it stops.
    /// `EINVAL` when it is closing, `EEXIST` when another handle waits for the descriptor, `EBADF`
    /// when that is not open any more.
    pub fn poll_start(&mut self, handle: Handle, wanted: PollEvents) -> Result<()> {
        self.slab.open(handle)?;
        if wanted.is_empty() {
            return self.poll_stop(handle);
        }
        let token = mio::Token(handle.index() as usize);
        let poll = watcher(&mut self.slab, handle)?;
        let result = if poll.wanted.is_empty() {
            let fd = poll.source.fd();
            if self.waits_for(fd) {
                return Err(Error::EEXIST);
            }
            let poll = watcher(&mut self.slab, handle)?;
            poll.source.register(self.poll.registry(), token, wanted)
        } else {
            poll.source.rearm(self.poll.registry(), token, wanted)
        };
        if result.is_err() {
            self.poll_stop(handle)?;
            return result;
        }
        let poll = watcher(&mut self.slab, handle)?;
        poll.wanted = wanted;
        poll.seen = PollEvents::default();
        poll.lost = false;
        self.slab.set_active(handle, true);
        Ok(())
    }

    /// Stops watching; no event follows, and the descriptor may be closed.
    pub fn poll_stop(&mut self, handle: Handle) -> Result<()> {
        let poll = watcher(&mut self.slab, handle)?;
        if !poll.wanted.is_empty() {
            poll.wanted = PollEvents::default();
            // A descriptor that was closed is not with the poll any more.
            let _ = poll.source.deregister(self.poll.registry());
            self.slab.set_active(handle, false);
        }
        Ok(())
    }

    /// Serves a watcher from the queue: at most one event, and whether there is more to do.
    pub(crate) fn poll_ready(&mut self, handle: Handle) -> (Option<Event>, bool) {
        let Ok(poll) = watcher(&mut self.slab, handle) else {
            return (None, false);
        };
        poll.queued = false;
        if poll.wanted.is_empty() {
            return (None, false);
        }
        let seen = std::mem::take(&mut poll.seen);
        let result = match poll.lost {
            true => Err(Error::EBADF),
            false => poll.source.state(poll.wanted, seen),
        };
        match result {
            // It was ready for a moment: the poll reports the next one.
            Ok(events) if events.is_empty() => return (None, false),
            Ok(_) => {
                if !std::mem::replace(&mut poll.told, true) {
                    self.told.push(handle);
                }
            }
            Err(_) => {
                // It is ours; the error is the event.
                let _ = self.poll_stop(handle);
            }
        }
        (Some(Event::Poll { handle, result }), false)
    }

    /// Arms the watchers anew that were told what they are ready for. One whose descriptor is gone
    /// is told that.
    pub(crate) fn poll_rearm(&mut self) {
        for handle in std::mem::take(&mut self.told) {
            let Ok(poll) = watcher(&mut self.slab, handle) else {
                continue;
            };
            poll.told = false;
            if poll.wanted.is_empty() {
                continue;
            }
            let token = mio::Token(handle.index() as usize);
            let registry = self.poll.registry();
            if poll.source.rearm(registry, token, poll.wanted).is_err() {
                poll.lost = true;
                if poll.enqueue() {
                    self.ready.push(handle);
                }
            }
        }
    }

    /// Ends watching; the descriptor stays open.
    pub(crate) fn poll_close(&mut self, handle: Handle) {
        // It is open and a watcher.
        let _ = self.poll_stop(handle);
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::PollEvents;
    use crate::{
        Error, Event, Handle, Loop, Result, RunMode,
        sys::{Fd, Io},
        testing::{finish, run},
    };
    use std::{
        io::{Read, Write},
        os::{
            fd::{AsRawFd, IntoRawFd},
            unix::net::UnixStream,
        },
    };

    const READ: PollEvents = PollEvents {
        readable: true,
        writable: false,
        disconnect: false,
        prioritized: false,
    };
    const WRITE: PollEvents = PollEvents {
        readable: false,
        writable: true,
        ..READ
    };
    const END: PollEvents = PollEvents {
        readable: false,
        disconnect: true,
        ..READ
    };

    fn turn(lp: &mut Loop, watcher: Handle) -> Vec<Result<PollEvents>> {
        let mut seen = Vec::new();
        run(lp, RunMode::Nowait, |_, event| match event {
            Event::Poll { handle, result } => {
                assert_eq!(handle, watcher);
                seen.push(result);
            }
            other => panic!("{other:?}"),
        });
        seen
    }

    #[test]
    fn a_watcher_is_told_in_each_turn_what_holds() {
        let mut lp = Loop::new().unwrap();
        let (mut ours, mut theirs) = UnixStream::pair().unwrap();
        let watcher = lp.new_poll(ours.as_raw_fd()).unwrap();
        assert!(!lp.is_active(watcher));
        lp.poll_start(watcher, READ).unwrap();
        assert!(lp.is_active(watcher));
        assert_eq!(turn(&mut lp, watcher), []);
        theirs.write_all(b"12").unwrap();
        for _ in 0..3 {
            assert_eq!(turn(&mut lp, watcher), [Ok(READ)]);
        }
        ours.read_exact(&mut [0; 2]).unwrap();
        assert_eq!(turn(&mut lp, watcher), []);
        // It changes what it watches for, and only that is told.
        lp.poll_start(watcher, WRITE).unwrap();
        assert_eq!(turn(&mut lp, watcher), [Ok(WRITE)]);
        theirs.write_all(b"3").unwrap();
        assert_eq!(turn(&mut lp, watcher), [Ok(WRITE)]);
        lp.poll_stop(watcher).unwrap();
        assert_eq!(turn(&mut lp, watcher), []);
        lp.poll_start(watcher, END).unwrap();
        assert_eq!(turn(&mut lp, watcher), []);
        drop(theirs);
        assert_eq!(turn(&mut lp, watcher), [Ok(END)]);
        lp.poll_start(watcher, READ).unwrap();
        assert_eq!(turn(&mut lp, watcher), [Ok(READ)]);
        lp.close(watcher).unwrap();
        assert_eq!(lp.poll_start(watcher, READ), Err(Error::EINVAL));
        finish(&mut lp);
        // It is still ours.
        ours.read_exact(&mut [0; 1]).unwrap();
    }

    #[test]
    fn a_run_inside_a_callback_is_told_as_well() {
        let mut lp = Loop::new().unwrap();
        let (ours, _theirs) = UnixStream::pair().unwrap();
        let watcher = lp.new_poll(ours.as_raw_fd()).unwrap();
        lp.poll_start(watcher, WRITE).unwrap();
        let mut inner = 0;
        run(&mut lp, RunMode::Once, |lp, _| {
            run(lp, RunMode::Once, |_, event| {
                assert!(matches!(event, Event::Poll { .. }));
                inner += 1;
            });
        });
        assert_eq!(inner, 1);
        finish(&mut lp);
    }

    #[test]
    fn refused_descriptors() {
        let mut lp = Loop::new().unwrap();
        assert_eq!(lp.new_poll(-1), Err(Error::EBADF));
        assert_eq!(lp.new_poll(1 << 20), Err(Error::EBADF));
        #[cfg(target_os = "linux")]
        {
            let file = std::fs::File::open("Cargo.toml");
            let file = file.unwrap();
            assert_eq!(lp.new_poll(file.as_raw_fd()), Err(Error::EPERM));
        }
        let (ours, _theirs) = UnixStream::pair().unwrap();
        let fd: Fd = ours.as_raw_fd();
        let (first, second) = (lp.new_poll(fd).unwrap(), lp.new_poll(fd).unwrap());
        lp.poll_start(first, READ).unwrap();
        assert_eq!(lp.poll_start(second, READ), Err(Error::EEXIST));
        assert_eq!(lp.new_poll(fd), Err(Error::EEXIST));
        lp.close(first).unwrap();
        lp.poll_start(second, READ).unwrap();
        assert_eq!(lp.fileno(second), Ok(fd));
        finish(&mut lp);
    }

    #[test]
    fn a_descriptor_closed_behind_our_back_is_an_error_once() {
        let mut lp = Loop::new().unwrap();
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        theirs.write_all(b"x").unwrap();
        let watcher = lp.new_poll(ours.as_raw_fd()).unwrap();
        lp.poll_start(watcher, READ).unwrap();
        // A copy goes on reporting.
        let copy = ours.try_clone().unwrap();
        let mut ours = Some(ours.into_raw_fd());
        let mut seen = Vec::new();
        let alive = run(&mut lp, RunMode::Default, |_, event| {
            if let Event::Poll { result, .. } = event {
                seen.push(result);
            }
            if let Some(fd) = ours.take() {
                drop(Io::from_fd(fd).unwrap());
            }
        });
        assert!(!alive && !lp.is_active(watcher));
        assert_eq!(seen, [Ok(READ), Err(Error::EBADF)]);
        theirs.write_all(b"y").unwrap();
        assert_eq!(turn(&mut lp, watcher), []);
        drop(copy);
        finish(&mut lp);
    }
}
