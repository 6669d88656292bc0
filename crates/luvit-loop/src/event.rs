//! What a turn of the loop yields.

use crate::{FsChange, Handle, PollEvents, Received, Request, Result, fs::Stat};
use std::any::Any;

/// Something happened. The caller dispatches it with nothing of the loop borrowed.
#[derive(Debug)]
pub enum Event {
    /// A timer is due. A repeating one was started again already.
    Timer(Handle),
    /// An idle watcher's turn.
    Idle(Handle),
    /// A prepare watcher's turn.
    Prepare(Handle),
    /// A check watcher's turn.
    Check(Handle),
    /// An async handle was sent to, once or more.
    Async(Handle),
    /// A signal arrived.
    Signal {
        /// The watcher.
        handle: Handle,
        /// The signal's number.
        signum: i32,
    },
    /// A listener has a connection to [`Loop::accept`](crate::Loop::accept), or accepting failed.
    Connection {
        /// The listener.
        handle: Handle,
        /// Whether there is a connection.
        result: Result<()>,
    },
    /// A connect ended.
    Connect {
        /// The stream.
        handle: Handle,
        /// What `tcp_connect` returned.
        request: Request,
        /// Whether it is connected; `ECANCELED` when it was closed before.
        result: Result<()>,
    },
    /// A stream was read.
    Read {
        /// The stream.
        handle: Handle,
        /// So many bytes (at least 1) lie at the beginning of
        /// [`Loop::read_buffer`](crate::Loop::read_buffer) until the next step. `EOF` at the end
        /// of the stream; after it or any other error the stream has stopped reading.
        result: Result<usize>,
    },
    /// A write ended: all its bytes are with the kernel, or it failed.
    Write {
        /// The stream.
        handle: Handle,
        /// What `write` returned.
        request: Request,
        /// `ECANCELED` when the stream was closed before.
        result: Result<()>,
    },
    /// A shutdown ended.
    Shutdown {
        /// The stream.
        handle: Handle,
        /// What `shutdown` returned.
        request: Request,
        /// `ECANCELED` when the stream was closed before.
        result: Result<()>,
    },
    /// A datagram arrived.
    Recv {
        /// The UDP socket.
        handle: Handle,
        /// What came: its bytes lie in [`Loop::read_buffer`](crate::Loop::read_buffer) until the
        /// next step. The socket goes on receiving after an error.
        result: Result<Received>,
    },
    /// A datagram was handed to the kernel, or that failed.
    Send {
        /// The UDP socket.
        handle: Handle,
        /// What `udp_send` returned.
        request: Request,
        /// `ECANCELED` when the socket was closed before.
        result: Result<()>,
    },
    /// A watched descriptor is ready for what was asked.
    Poll {
        /// The watcher.
        handle: Handle,
        /// What it is ready for.
        result: Result<PollEvents>,
    },
    /// A child process ended.
    Exit {
        /// The process.
        handle: Handle,
        /// Its exit status; 0 when a signal ended it.
        status: i64,
        /// The signal that ended it, or 0.
        signal: i32,
    },
    /// Something happened to a watched file or folder.
    FsEvent {
        /// The watcher.
        handle: Handle,
        /// What happened to which name.
        result: Result<FsChange>,
    },
    /// A path that is looked at every so often has changed.
    FsPoll {
        /// The watcher.
        handle: Handle,
        /// What it was and what it is; an error when it cannot be looked at, once until it can.
        result: Result<Box<(Stat, Stat)>>,
    },
    /// The handle is closed, and stale from here on. No event of it follows.
    Closed(Handle),
    /// A job of the thread pool ended.
    Work {
        /// What `queue_work`, `getaddrinfo` or `getnameinfo` returned.
        request: Request,
        /// What the job returned; `ECANCELED` when it was cancelled, `UNKNOWN` when it panicked.
        result: Result<Box<dyn Any + Send>>,
    },
}

impl Event {
    /// The handle it is of; `None` for a job of the thread pool.
    pub fn handle(&self) -> Option<Handle> {
        match self {
            Event::Timer(handle)
            | Event::Idle(handle)
            | Event::Prepare(handle)
            | Event::Check(handle)
            | Event::Async(handle)
            | Event::Closed(handle)
            | Event::Signal { handle, .. }
            | Event::Connection { handle, .. }
            | Event::Connect { handle, .. }
            | Event::Read { handle, .. }
            | Event::Write { handle, .. }
            | Event::Shutdown { handle, .. }
            | Event::Recv { handle, .. }
            | Event::Send { handle, .. }
            | Event::Poll { handle, .. }
            | Event::Exit { handle, .. }
            | Event::FsEvent { handle, .. }
            | Event::FsPoll { handle, .. } => Some(*handle),
            Event::Work { .. } => None,
        }
    }
}
