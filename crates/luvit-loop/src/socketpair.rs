//! Connected pairs of descriptors, for handles of this process or another.
//!
//! Semantics: `uv_pipe` in <https://docs.libuv.org/en/v1.x/pipe.html>, `uv_socketpair` in
//! `tcp.html`. Nobody but the caller closes them, all are closed on exec.

use crate::{Result, sys, sys::Fd};

/// A pipe: the end to read from, the end to write to. Each is made non-blocking if so said; a
/// handle that opens it does that in any case. Errors are the system's (`EMFILE` …); on Windows
/// these are descriptors of the C runtime.
pub fn pipe(read_nonblocking: bool, write_nonblocking: bool) -> Result<(Fd, Fd)> {
    sys::pipe(read_nonblocking, write_nonblocking)
}

/// Two connected sockets of the Unix domain. `socktype` is `SOCK_STREAM`, `SOCK_DGRAM` and so on,
/// `protocol` is 0 as a rule; each is made non-blocking if so said. Errors are the system's:
/// `EPROTONOSUPPORT` and `ESOCKTNOSUPPORT` for numbers it does not know. On Windows two TCP
/// sockets stand in, which is all there is, for [`Loop::tcp_open`](crate::Loop::tcp_open).
pub fn socketpair(socktype: i32, protocol: i32, nonblocking: [bool; 2]) -> Result<(Fd, Fd)> {
    sys::socketpair(socktype, protocol, nonblocking)
}
