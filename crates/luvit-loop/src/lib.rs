//! An event loop with libuv's phases, handles and requests, on `mio`.
//!
//! The loop belongs to one thread and **calls nothing back**. A run of it is a value ([`Run`]) that
//! the caller steps; each [`Loop::step`] returns an [`Event`] to dispatch, with nothing of the loop
//! borrowed. What handles the event may start, stop and close anything, or run the loop again from
//! inside.
//!
//! ```
//! use luvit_loop::{Event, Loop, RunMode, Step};
//!
//! let mut lp = Loop::new()?;
//! let timer = lp.new_timer();
//! lp.timer_start(timer, 1, 0)?;
//!
//! let mut run = lp.start_run(RunMode::Default);
//! loop {
//!     match lp.step(&mut run) {
//!         Step::Event(Event::Timer(handle)) => lp.close(handle)?,
//!         Step::Event(event) => println!("{event:?}"),
//!         Step::Done { alive } => break assert!(!alive),
//!     }
//! }
//! # Ok::<(), luvit_loop::Error>(())
//! ```
//!
//! # Handles and requests
//!
//! A [`Handle`] is a small key into the loop's table: a timer, a socket, a signal watcher. It lives
//! from `new_…` or `…_open` until its [`Event::Closed`], which follows [`Loop::close`]. A key that
//! is used after that, or with an operation of another kind, is an [`Error`] value. A [`Request`]
//! is one operation that ends once: a write, a connect, a job of the thread pool; each ends with
//! exactly one event, `ECANCELED` when its handle closes before.
//!
//! The loop is alive while there are active and referenced handles ([`Loop::unref`]), requests, or
//! handles that close.
//!
//! # The phases of a turn
//!
//! 1. pending: writes, shutdowns and the like that ended at once,
//! 2. idle and 3. prepare watchers,
//! 4. poll: wait for the system, then what it brought, first from other threads and signals, then
//!    from streams,
//! 5. check watchers,
//! 6. closing: cancelled requests and `Closed`,
//! 7. timers that are due.
//!
//! [`RunMode::Default`] looks at the timers once before the first turn, as libuv does since 1.45.
//! What is started in its own phase waits for the next turn.
//!
//! # Where things are
//!
//! One concept a file or folder: `run` (phases, waiting, what every handle can be asked), `handle`
//! (keys and table), `requests`, `timer`, `watcher`, `async_`, `signal`, `stream` (reading, writing,
//! accepting), `tcp`, `pipe`, `ipc` (handles sent through pipes), `socketpair`, `tty`, `stdio` (files
//! as streams), `udp`, `poll` (any descriptor), `process`, `fs_event`, `fs_poll`, `fs` (file
//! operations), `pool` (work that blocks), `thread`, `semaphore`, `dns`, `idna`, `metrics`, `system`
//! (the machine and this process), `wtf8`, `error`. What differs from system to system, and all
//! `unsafe`, is in `sys`.

mod async_;
mod dns;
mod error;
mod event;
pub mod fs;
mod fs_event;
mod fs_poll;
mod handle;
mod idna;
mod ipc;
mod metrics;
mod pipe;
mod poll;
mod pool;
mod process;
mod queue;
mod requests;
mod run;
mod semaphore;
mod signal;
pub mod socketpair;
mod stdio;
mod stream;
mod sys;
pub mod system;
mod tcp;
#[cfg(test)]
mod testing;
pub mod thread;
mod timer;
mod tty;
mod udp;
mod watcher;
pub mod wtf8;

pub use async_::AsyncSender;
pub use dns::{AddrInfo, AddrInfoResult, Hints, NameInfoResult, getaddrinfo, getnameinfo};
pub use error::{Error, Result};
pub use event::Event;
pub use fs_event::FsChange;
pub use handle::{Handle, HandleKind, Request};
pub use idna::to_ascii;
pub use metrics::Metrics;
pub use pipe::PipeAccess;
pub use poll::PollEvents;
pub use pool::{Job, Work};
pub use process::{SpawnOptions, Stdio, disable_stdio_inheritance};
pub use requests::Requests;
pub use run::{Loop, Run, RunMode, Step};
pub use semaphore::Semaphore;
pub use stdio::{FdKind, guess_handle};
pub use stream::KeptBytes;
pub use sys::Fd;
pub use tcp::Family;
pub use tty::{TtyMode, tty_reset_mode, tty_set_vterm_state, tty_vterm_state};
pub use udp::{BindOptions, Interface, Message, Received};
