//! Child processes.
//!
//! Semantics: <https://docs.libuv.org/en/v1.x/process.html>. A child belongs to the process, not to
//! the loop: one whose handle or loop is gone is still waited for, so that it never stays behind as
//! a zombie.

use crate::{
    Error, Fd, Handle, HandleKind, Loop, Result,
    handle::Data,
    stream::flag,
    sys::{self, Io, process::Child},
};
use std::ffi::OsString;

/// What a child gets as one of its descriptors.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub enum Stdio {
    /// The null device for the first three, nothing for the others.
    #[default]
    Ignore,
    /// A duplicate of a descriptor of ours.
    Fd(Fd),
    /// A stream. One that has a descriptor is duplicated; a new pipe handle becomes our end of a
    /// socket pair: the child reads descriptor 0, writes 1 and 2, and does both with the others.
    Stream(Handle),
}

/// What to start, and how.
#[derive(Clone, Debug, Default)]
pub struct SpawnOptions {
    /// The program. A name without a slash is looked up in the `PATH` of `env` if that is given,
    /// else in ours; without a `PATH`, in `/usr/bin` and `/bin`.
    pub file: OsString,
    /// The arguments with the name of the program first; just `file` when empty.
    pub args: Vec<OsString>,
    /// The environment as `NAME=value`; ours when `None`.
    pub env: Option<Vec<OsString>>,
    /// The working directory; ours when `None`. A relative `file` is relative to it.
    pub cwd: Option<OsString>,
    /// The child's descriptors from 0 on. Those of the first three that are not given are ignored.
    pub stdio: Vec<Stdio>,
    /// The user to become (setuid(2)); supplementary groups are dropped if we may.
    pub uid: Option<u32>,
    /// The group to become (setgid(2)).
    pub gid: Option<u32>,
    /// Makes the child the leader of a session of its own, so that it outlives our terminal.
    pub detached: bool,
    /// Windows: does not quote the arguments.
    pub verbatim: bool,
    /// Windows: shows no console window.
    pub hide: bool,
}

/// A child process in its slot.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
}

/// A child that ended, on its way to its loop.
#[derive(Debug)]
pub(crate) struct Exit {
    pub(crate) handle: Handle,
    pub(crate) status: i64,
    pub(crate) signal: i32,
}

/// Our end of a new pipe to a child, and what its handle was before.
type Opened = (Handle, u16);

impl Loop {
    /// Starts a child. It gets no signal blocked or ignored, and of our descriptors only those of
    /// `stdio`, the first three of them blocking. [`Event::Exit`](crate::Event::Exit) follows when
    /// it ends; the handle is active until then. Returns the handle and the process id.
    ///
    /// # Errors
    /// The system's for what was asked: `ENOENT` for a program or working directory that is not
    /// there, `EACCES`, `EPERM` for a user or group, `E2BIG`, `EAGAIN`, `EMFILE`, `EBADF` for a
    /// descriptor that is not open; `EINVAL` for a text with a NUL, a stream that has no
    /// descriptor and is no pipe, or one that is given twice. Nothing is left behind then.
    pub fn spawn(&mut self, options: &SpawnOptions) -> Result<(Handle, u32)> {
        self.children.watch(&self.shared)?;
        let mut opened = Vec::new();
        let started = self.spawn_child(options, &mut opened);
        let child = match started {
            Ok(child) => child,
            Err(error) => {
                opened
                    .into_iter()
                    .for_each(|opened| self.pipe_unopen(opened));
                return Err(error);
            }
        };
        let pid = child.pid();
        let handle = self.slab.insert(Data::Process(Box::new(Process { child })));
        self.slab.set_active(handle, true);
        if let Some(Data::Process(process)) = self.slab.get(handle).map(|slot| &slot.data) {
            self.children.add(&process.child, handle);
        }
        Ok((handle, pid))
    }

    /// Opens the pipes and starts the child; the caller undoes `opened` on an error.
    fn spawn_child(&mut self, options: &SpawnOptions, opened: &mut Vec<Opened>) -> Result<Child> {
        let mut sources = Vec::with_capacity(options.stdio.len());
        // The child's ends, which are closed here when it has them.
        let mut theirs = Vec::new();
        for (target, entry) in options.stdio.iter().enumerate() {
            sources.push(match *entry {
                Stdio::Ignore => None,
                Stdio::Fd(fd) => Some(sys::process::inheritable(fd)?),
                Stdio::Stream(handle) => {
                    let stream = self.stream_mut(handle)?;
                    if opened.iter().any(|(other, _)| *other == handle) {
                        return Err(Error::EINVAL);
                    }
                    match &stream.io {
                        Some(io) => {
                            let fd = sys::process::stream_source(io)?;
                            // The first three are made blocking, which both sides share.
                            let blocking = stream.has(flag::BLOCKING) || target <= 2;
                            stream.set(flag::BLOCKING, blocking);
                            Some(fd)
                        }
                        None if stream.kind == HandleKind::Pipe => {
                            let (ours, child_end) = sys::process::pipe_pair()?;
                            self.pipe_to_child(handle, target, ours, opened)?;
                            let fd = sys::process::end_fd(&child_end);
                            theirs.push(child_end);
                            Some(fd)
                        }
                        None => return Err(Error::EINVAL),
                    }
                }
            });
        }
        sys::process::spawn(options, &sources)
    }

    /// Makes `io` our end of what the child has as descriptor `target`.
    fn pipe_to_child(
        &mut self,
        handle: Handle,
        target: usize,
        io: Io,
        opened: &mut Vec<Opened>,
    ) -> Result<()> {
        let direction = match target {
            0 => flag::CAN_WRITE,
            1 | 2 => flag::CAN_READ,
            _ => flag::CAN_READ | flag::CAN_WRITE,
        };
        let before = self.stream_mut(handle)?.flags;
        self.stream_open(handle, io, direction | flag::SOCKET | flag::REGISTERED)?;
        opened.push((handle, before));
        Ok(())
    }

    /// Makes a pipe handle new again after the child it was for did not start.
    fn pipe_unopen(&mut self, (handle, before): Opened) {
        let registry = self.poll.registry();
        if let Some(Data::Stream(stream)) = self.slab.get_mut(handle).map(|slot| &mut slot.data) {
            if let Some(mut io) = stream.io.take() {
                // It was registered a moment ago.
                let _ = io.deregister(registry);
            }
            stream.flags = before;
            stream.ready = 0;
        }
    }

    fn process_in(&self, handle: Handle) -> Result<&Process> {
        match &self.slab.get(handle).ok_or(Error::EBADF)?.data {
            Data::Process(process) => Ok(process),
            _ => Err(Error::EINVAL),
        }
    }

    /// Sends a signal to the child; 0 only asks whether it is there. `ESRCH` when it has ended and
    /// was waited for, `EINVAL` for what is no signal.
    pub fn process_kill(&self, handle: Handle, signum: i32) -> Result<()> {
        self.children
            .kill(&self.process_in(handle)?.child, handle, signum)
    }

    /// The process id of the child, also when it has ended.
    pub fn process_get_pid(&self, handle: Handle) -> Result<u32> {
        Ok(self.process_in(handle)?.child.pid())
    }

    /// Forgets the child: it goes on, and is still waited for.
    pub(crate) fn process_close(&mut self, _handle: Handle) {}

    /// Whether somebody waits for the end of this child; its handle is not active any more.
    pub(crate) fn process_ended(&mut self, handle: Handle) -> bool {
        let waits = self
            .slab
            .open(handle)
            .is_ok_and(|slot| matches!(slot.data, Data::Process(_)));
        if waits {
            self.slab.set_active(handle, false);
        }
        waits
    }
}

/// Keeps the descriptors this process got from its parent from its own children, except those that
/// [`SpawnOptions::stdio`] names. For the beginning of a program; it finds them as well as it can.
pub fn disable_stdio_inheritance() {
    sys::process::disable_inheritance();
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::{
        Event, RunMode,
        testing::{finish, run},
    };

    fn shell(script: &str) -> SpawnOptions {
        SpawnOptions {
            file: "/bin/sh".into(),
            args: ["sh", "-c", script].map(OsString::from).into(),
            ..SpawnOptions::default()
        }
    }

    /// Runs until nothing is alive; returns what ended, and how.
    fn exits(lp: &mut Loop) -> Vec<(Handle, i64, i32)> {
        let mut exits = Vec::new();
        run(lp, RunMode::Default, |lp, event| match event {
            Event::Exit {
                handle,
                status,
                signal,
            } => {
                assert!(!lp.is_active(handle));
                assert_eq!(lp.process_kill(handle, 0), Err(Error::ESRCH));
                exits.push((handle, status, signal));
            }
            Event::Closed(_) => {}
            other => panic!("{other:?}"),
        });
        exits
    }

    #[test]
    fn status_signal_and_errors() {
        let mut lp = Loop::new().unwrap();
        let (seven, pid) = lp.spawn(&shell("exit 7")).unwrap();
        assert!(lp.is_active(seven) && lp.process_get_pid(seven) == Ok(pid));
        // Ended or not, it was not waited for.
        assert_eq!(lp.process_kill(seven, 0), Ok(()));
        assert_eq!(exits(&mut lp), [(seven, 7, 0)]);
        let (killed, _) = lp.spawn(&shell("exec sleep 100")).unwrap();
        assert_eq!(lp.process_kill(killed, 1000), Err(Error::EINVAL));
        lp.process_kill(killed, libc::SIGKILL).unwrap();
        assert_eq!(exits(&mut lp), [(killed, 0, libc::SIGKILL)]);
        let timer = lp.new_timer();
        assert_eq!(lp.process_kill(timer, 0), Err(Error::EINVAL));
        assert_eq!(lp.process_get_pid(Handle::from_bits(99)), Err(Error::EBADF));
        let before = lp.handles().count();
        let missing = SpawnOptions {
            file: "no-such-program".into(),
            env: Some(vec!["PATH=/usr/bin:/bin".into()]),
            ..SpawnOptions::default()
        };
        assert_eq!(lp.spawn(&missing), Err(Error::ENOENT));
        assert_eq!(lp.handles().count(), before);
        finish(&mut lp);
    }

    #[test]
    fn loops_in_many_threads_get_their_own() {
        let threads: Vec<_> = (0..4)
            .map(|number| {
                std::thread::spawn(move || {
                    let mut lp = Loop::new().unwrap();
                    let mut running = std::collections::HashMap::new();
                    for i in 0..50 {
                        let status = (number * 50 + i) % 256;
                        let (handle, _) = lp.spawn(&shell(&format!("exit {status}"))).unwrap();
                        running.insert(handle, status);
                    }
                    for (handle, status, signal) in exits(&mut lp) {
                        assert_eq!((running.remove(&handle), signal), (Some(status), 0));
                        lp.close(handle).unwrap();
                    }
                    assert!(running.is_empty());
                    finish(&mut lp);
                })
            })
            .collect();
        threads.into_iter().for_each(|t| t.join().unwrap());
    }

    #[test]
    fn children_of_a_dropped_loop_are_waited_for() {
        let mut lp = Loop::new().unwrap();
        let (_, pid) = lp.spawn(&shell("exit 0")).unwrap();
        drop(lp);
        let mut lp = Loop::new().unwrap();
        // SAFETY: kill with signal 0 only looks.
        while unsafe { libc::kill(pid as i32, 0) } == 0 {
            let (handle, _) = lp.spawn(&shell("exit 0")).unwrap();
            assert_eq!(exits(&mut lp).len(), 1);
            lp.close(handle).unwrap();
        }
        finish(&mut lp);
    }
}
