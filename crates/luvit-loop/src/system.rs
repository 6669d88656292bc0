//! What the system says of itself and of this process; no loop is needed for it.
//!
//! Semantics: <https://docs.libuv.org/en/v1.x/misc.html>.

use std::ffi::OsString;
use std::net::IpAddr;
use std::time::Duration;

use crate::{Error, Result, sys};

pub use crate::sys::pages::release_startup_pages;
pub use crate::sys::system::{
    available_memory, constrained_memory, cpu_info, current_user, free_memory, group_id, host_name,
    interface_addresses, interface_index, interface_name, kill, load_average, name_servers,
    parent_id, priority, process_title, random, resident_memory, resource_usage, set_group_id,
    set_priority, set_process_title, set_user_id, thread_resource_usage, total_memory, uname,
    uptime, user_id,
};

/// Resources a process or thread has used: see getrusage(2).
#[derive(Clone, Debug)]
pub struct ResourceUsage {
    /// Time in user mode: seconds and microseconds.
    pub user: (i64, i64),
    /// Time in the kernel: seconds and microseconds.
    pub system: (i64, i64),
    /// The other fields by getrusage's names without their prefix: `maxrss` in KiB, counts. 0 for
    /// what the system does not count.
    pub counts: [(&'static str, i64); 14],
}

/// One processor.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CpuInfo {
    /// Its name; `"unknown"` where the system does not say.
    pub model: String,
    /// Its clock in MHz; 0 where the system does not say.
    pub speed: u64,
    /// How long it spent in what since the system started.
    pub times: CpuTimes,
}

/// Times of a processor, in milliseconds.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub struct CpuTimes {
    /// In user mode.
    pub user: u64,
    /// In user mode with low priority; always 0 on Windows.
    pub nice: u64,
    /// In the kernel.
    pub sys: u64,
    /// Doing nothing.
    pub idle: u64,
    /// Serving interrupts; always 0 on macOS.
    pub irq: u64,
}

/// One address of a network interface that is up.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InterfaceAddress {
    /// The interface's name.
    pub name: Vec<u8>,
    /// The address; that of the family of `netmask`.
    pub ip: IpAddr,
    /// Which bits of it are the network's.
    pub netmask: IpAddr,
    /// Whether it is a loopback interface.
    pub internal: bool,
    /// The hardware address; zeros where there is none.
    pub mac: [u8; 6],
}

/// The user this process runs as: see getpwuid(3).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct User {
    /// The login name.
    pub name: Vec<u8>,
    /// The user's number; `None` on Windows.
    pub uid: Option<u32>,
    /// The group's number; `None` on Windows.
    pub gid: Option<u32>,
    /// The login shell; `None` on Windows.
    pub shell: Option<Vec<u8>>,
    /// The home folder.
    pub home: Vec<u8>,
}

/// The longest answer of [`random`]: libuv's limit.
pub const RANDOM_MAX: usize = 0x7fff_ffff;

/// `length` strong random bytes of the system. It blocks while the system has no entropy yet.
///
/// # Errors
/// `E2BIG` over [`RANDOM_MAX`], `ENOMEM`, the system's.
pub fn random_bytes(length: usize) -> Result<Vec<u8>> {
    if length > RANDOM_MAX {
        return Err(Error::E2BIG);
    }
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(length).map_err(|_| Error::ENOMEM)?;
    bytes.resize(length, 0);
    random(&mut bytes)?;
    Ok(bytes)
}

/// The time of day since 1970; zero for a clock that is set before that.
#[must_use]
pub fn realtime() -> Duration {
    std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap_or_default()
}

/// Bytes from a script as a path or name of this system.
///
/// # Errors
/// `EINVAL` where the system's strings are Unicode and these bytes are not.
pub fn os_string(bytes: &[u8]) -> Result<OsString> {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStringExt;
        Ok(OsString::from_vec(bytes.to_vec()))
    }
    #[cfg(not(unix))]
    {
        std::str::from_utf8(bytes)
            .map(OsString::from)
            .map_err(|_| Error::EINVAL)
    }
}

/// Whether an environment variable can have this name.
fn names_variable(name: &[u8]) -> bool {
    // Windows keeps the folder of each drive in a variable like `=C:`.
    let rest = match name {
        [b'=', rest @ ..] if cfg!(windows) => rest,
        _ => name,
    };
    !rest.is_empty() && !rest.contains(&b'=') && !rest.contains(&0)
}

/// An environment variable, or `None` if it is not set (or cannot be).
#[must_use]
pub fn get_env(name: &[u8]) -> Option<Vec<u8>> {
    if !names_variable(name) {
        return None;
    }
    std::env::var_os(os_string(name).ok()?).map(OsString::into_encoded_bytes)
}

/// Sets an environment variable, or removes it.
///
/// # Errors
/// `EINVAL` for a name that is empty or contains `=` or NUL, and for a value that contains NUL.
pub fn set_env(name: &[u8], value: Option<&[u8]>) -> Result<()> {
    if !names_variable(name) || value.is_some_and(|value| value.contains(&0)) {
        return Err(Error::EINVAL);
    }
    let (name, value) = (os_string(name)?, value.map(os_string).transpose()?);
    sys::system::set_variable(&name, value.as_deref());
    Ok(())
}

/// The folder for temporary files: on Unix the first of `TMPDIR`, `TMP`, `TEMP` and `TEMPDIR` that
/// is set, else `/tmp`; on Windows what `GetTempPath` says. Without a separator at its end.
#[must_use]
pub fn temp_dir() -> Vec<u8> {
    #[cfg(unix)]
    let mut folder = [&b"TMPDIR"[..], b"TMP", b"TEMP", b"TEMPDIR"]
        .into_iter()
        .find_map(get_env)
        .unwrap_or_else(|| std::env::temp_dir().into_os_string().into_encoded_bytes());
    #[cfg(not(unix))]
    let mut folder = std::env::temp_dir().into_os_string().into_encoded_bytes();
    let root = if cfg!(windows) { 3 } else { 1 };
    if folder.len() > root
        && folder
            .last()
            .is_some_and(|&c| std::path::is_separator(c.into()))
    {
        folder.pop();
    }
    folder
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_consistent() {
        let total = total_memory();
        assert!(total > 0);
        assert!(free_memory() <= total && available_memory() <= total);
        assert!(resident_memory().unwrap() < total);
    }

    #[test]
    fn processors_have_a_name_and_times() {
        let cpus = cpu_info().unwrap();
        assert!(!cpus.is_empty());
        for cpu in cpus {
            assert!(!cpu.model.is_empty());
            let times = cpu.times;
            assert!(times.user + times.sys + times.idle > 0);
        }
    }

    #[test]
    fn interfaces_have_names_and_masks_of_their_family() {
        for address in interface_addresses().unwrap() {
            assert!(!address.name.is_empty());
            assert_eq!(address.ip.is_ipv4(), address.netmask.is_ipv4());
            assert_eq!(
                address.ip.is_loopback(),
                address.internal && address.ip.is_loopback()
            );
        }
        assert_eq!(interface_name(0), Err(Error::ENXIO));
        assert_eq!(interface_name(u32::MAX), Err(Error::ENXIO));
    }

    #[test]
    fn random_bytes_differ_and_have_a_limit() {
        assert_eq!(random_bytes(0), Ok(Vec::new()));
        let (a, b) = (random_bytes(1000).unwrap(), random_bytes(1000).unwrap());
        assert!(a.len() == 1000 && a != b && a.iter().any(|&byte| byte != 0));
        assert_eq!(random_bytes(RANDOM_MAX + 1), Err(Error::E2BIG));
    }

    #[test]
    fn names_of_variables_are_checked() {
        for name in [&b""[..], b"a=b", b"a\0b"] {
            assert_eq!(set_env(name, Some(b"x")), Err(Error::EINVAL));
            assert_eq!(set_env(name, None), Err(Error::EINVAL));
        }
        assert_eq!(
            set_env(b"LUVIT_UNIT_TEST", Some(b"a\0b")),
            Err(Error::EINVAL)
        );
    }

    #[test]
    fn priorities_can_be_read_and_are_limited() {
        let mine = priority(0).unwrap();
        assert!((-20..20).contains(&mine));
        assert_eq!(set_priority(0, 20), Err(Error::EINVAL));
        assert_eq!(set_priority(0, -21), Err(Error::EINVAL));
        assert_eq!(set_priority(0, mine), Ok(()));
    }
}
