//! The system's own numbers: identity, memory, times, processors, network interfaces.

#[cfg(unix)]
mod unix;
#[cfg(unix)]
pub use unix::*;

#[cfg(any(target_os = "linux", target_os = "android"))]
mod linux;
#[cfg(any(target_os = "linux", target_os = "android"))]
pub use linux::*;

#[cfg(target_vendor = "apple")]
mod apple;
#[cfg(target_vendor = "apple")]
pub use apple::*;

#[cfg(target_os = "freebsd")]
mod freebsd;
#[cfg(target_os = "freebsd")]
pub use freebsd::*;

#[cfg(any(target_vendor = "apple", target_os = "freebsd"))]
mod title;
#[cfg(any(target_vendor = "apple", target_os = "freebsd"))]
pub use title::process_title;

#[cfg(windows)]
mod windows;
#[cfg(windows)]
pub use windows::*;

/// Sets an environment variable or, without a value, removes it. Callers have checked both.
pub(crate) fn set_variable(name: &std::ffi::OsStr, value: Option<&std::ffi::OsStr>) {
    // SAFETY: std serialises its own readers; the C library's (getaddrinfo on the thread pool) may
    // read at the same time, the risk that every runtime with a live environment takes.
    unsafe {
        match value {
            Some(value) => std::env::set_var(name, value),
            None => std::env::remove_var(name),
        }
    }
}
