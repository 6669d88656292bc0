//! What differs from system to system. Everything `unsafe` of the crate is in here.

#[cfg(unix)]
mod unix;
#[cfg(unix)]
pub use unix::Fd;
#[cfg(unix)]
pub(crate) use unix::*;

#[cfg(unix)]
pub(crate) mod resolver;
#[cfg(windows)]
#[path = "resolver_windows.rs"]
pub(crate) mod resolver;
#[cfg(unix)]
pub(crate) mod signals;
#[cfg(unix)]
pub(crate) mod terminal;

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
