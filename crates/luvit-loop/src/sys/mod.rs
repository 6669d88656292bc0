//! What differs from system to system. Everything `unsafe` of the crate is in here.

#[cfg(unix)]
mod unix;
#[cfg(unix)]
pub use unix::Fd;
#[cfg(unix)]
pub(crate) use unix::*;

#[cfg(unix)]
mod crash;
#[cfg(unix)]
mod ipc_unix;
#[cfg(unix)]
mod pipe_unix;
#[cfg(unix)]
#[path = "process_unix.rs"]
pub(crate) mod process;
#[cfg(windows)]
#[path = "process_windows.rs"]
pub(crate) mod process;
#[cfg(unix)]
pub(crate) use ipc_unix::PASSES_DESCRIPTORS;
#[cfg(unix)]
pub(crate) use pipe_unix::*;
#[cfg(windows)]
mod descriptor_windows;
#[cfg(windows)]
pub(crate) use descriptor_windows::{access, fd_kind};
#[cfg(windows)]
mod pipe_windows;
#[cfg(windows)]
pub(crate) use pipe_windows::*;
#[cfg(unix)]
pub(crate) mod resolver;
#[cfg(windows)]
#[path = "resolver_windows.rs"]
pub(crate) mod resolver;
mod sigprof;
pub(crate) use sigprof::{SIGPROF, block_sigprof};
#[cfg(unix)]
pub(crate) mod signals;
#[cfg(windows)]
#[path = "signals_windows.rs"]
pub(crate) mod signals;
#[cfg(windows)]
#[path = "terminal_windows.rs"]
pub(crate) mod terminal;
#[cfg(unix)]
pub(crate) mod terminal;

#[cfg(unix)]
mod poll_unix;
#[cfg(unix)]
pub(crate) use poll_unix::PollSource;
#[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
mod udp_many;
#[cfg(unix)]
mod udp_unix;
#[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
pub(crate) use udp_many::RECEIVES_MANY;
#[cfg(unix)]
pub(crate) use udp_unix::UdpSocket;
#[cfg(not(any(target_os = "linux", target_os = "android", target_os = "freebsd")))]
mod udp_single;
#[cfg(not(any(target_os = "linux", target_os = "android", target_os = "freebsd")))]
pub(crate) use udp_single::RECEIVES_MANY;

#[cfg(windows)]
mod poll_windows;
#[cfg(windows)]
pub(crate) use poll_windows::PollSource;
#[cfg(windows)]
mod udp_windows;
#[cfg(windows)]
pub(crate) use udp_windows::UdpSocket;

#[cfg(any(target_os = "linux", target_os = "android"))]
mod linux;
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) use linux::*;

#[cfg(all(unix, not(any(target_os = "linux", target_os = "android"))))]
mod bsd;
#[cfg(all(unix, not(any(target_os = "linux", target_os = "android"))))]
pub(crate) use bsd::*;

#[cfg(windows)]
mod windows;
#[cfg(windows)]
pub use windows::Fd;
#[cfg(windows)]
pub(crate) use windows::*;
#[cfg(any(target_os = "linux", target_os = "android"))]
#[path = "inotify.rs"]
pub(crate) mod watch;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
#[path = "notify.rs"]
pub(crate) mod watch;

pub(crate) mod pages;
pub(crate) mod system;

#[cfg(unix)]
#[path = "fs_unix.rs"]
pub(crate) mod fs;
#[cfg(windows)]
#[path = "fs_windows.rs"]
pub(crate) mod fs;

#[cfg(any(target_os = "linux", target_os = "android"))]
#[path = "fs_linux.rs"]
mod fs_system;
#[cfg(all(unix, not(any(target_os = "linux", target_os = "android"))))]
#[path = "fs_bsd.rs"]
mod fs_system;
#[cfg_attr(
    any(target_os = "linux", target_os = "android"),
    path = "thread_linux.rs"
)]
#[cfg_attr(
    all(unix, not(any(target_os = "linux", target_os = "android"))),
    path = "thread_bsd.rs"
)]
#[cfg_attr(windows, path = "thread_windows.rs")]
pub(crate) mod thread;
