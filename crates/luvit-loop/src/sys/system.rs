//! The system's own numbers: identity, memory, times.

pub use imp::{
    group_id, host_name, interface_index, kill, memory, parent_id, resident_memory, resource_usage,
    uname, uptime, user_id,
};

#[cfg(unix)]
mod imp {
    use std::ffi::CStr;
    use std::mem::MaybeUninit;

    use crate::system::ResourceUsage;
    use crate::{Error, Result};

    fn last_error() -> Error {
        Error::from(std::io::Error::last_os_error())
    }

    /// Sends a signal; number 0 only asks whether the process exists. See kill(2).
    ///
    /// # Errors
    /// `ESRCH`, `EPERM`, `EINVAL`.
    pub fn kill(pid: i32, signum: i32) -> Result<()> {
        // SAFETY: kill takes two integers and touches no memory of ours.
        if unsafe { libc::kill(pid, signum) } == 0 {
            Ok(())
        } else {
            Err(last_error())
        }
    }

    /// The parent's process id.
    #[must_use]
    pub fn parent_id() -> u32 {
        std::os::unix::process::parent_id()
    }

    /// The real user id.
    ///
    /// # Errors
    /// `ENOTSUP` on Windows.
    pub fn user_id() -> Result<u32> {
        // SAFETY: getuid takes nothing and cannot fail.
        Ok(unsafe { libc::getuid() })
    }

    /// The real group id.
    ///
    /// # Errors
    /// `ENOTSUP` on Windows.
    pub fn group_id() -> Result<u32> {
        // SAFETY: getgid takes nothing and cannot fail.
        Ok(unsafe { libc::getgid() })
    }

    /// What the process has used so far.
    ///
    /// # Errors
    /// The system's.
    pub fn resource_usage() -> Result<ResourceUsage> {
        let mut usage = MaybeUninit::<libc::rusage>::zeroed();
        // SAFETY: getrusage fills the structure it is given.
        let usage = unsafe {
            if libc::getrusage(libc::RUSAGE_SELF, usage.as_mut_ptr()) != 0 {
                return Err(last_error());
            }
            usage.assume_init()
        };
        Ok(ResourceUsage {
            user: (usage.ru_utime.tv_sec as i64, usage.ru_utime.tv_usec as i64),
            system: (usage.ru_stime.tv_sec as i64, usage.ru_stime.tv_usec as i64),
            counts: [
                ("maxrss", usage.ru_maxrss as i64),
                ("ixrss", usage.ru_ixrss as i64),
                ("idrss", usage.ru_idrss as i64),
                ("isrss", usage.ru_isrss as i64),
                ("minflt", usage.ru_minflt as i64),
                ("majflt", usage.ru_majflt as i64),
                ("nswap", usage.ru_nswap as i64),
                ("inblock", usage.ru_inblock as i64),
                ("oublock", usage.ru_oublock as i64),
                ("msgsnd", usage.ru_msgsnd as i64),
                ("msgrcv", usage.ru_msgrcv as i64),
                ("nsignals", usage.ru_nsignals as i64),
                ("nvcsw", usage.ru_nvcsw as i64),
                ("nivcsw", usage.ru_nivcsw as i64),
            ],
        })
    }

    /// Bytes of memory the process holds now; where only the peak is known, the peak.
    ///
    /// # Errors
    /// The system's.
    pub fn resident_memory() -> Result<u64> {
        #[cfg(target_os = "linux")]
        {
            let text = std::fs::read_to_string("/proc/self/statm").map_err(Error::from)?;
            let pages: u64 = text
                .split(' ')
                .nth(1)
                .and_then(|field| field.parse().ok())
                .ok_or(Error::EIO)?;
            Ok(pages * page_size())
        }
        #[cfg(not(target_os = "linux"))]
        {
            let peak = resource_usage()?.counts[0].1 as u64;
            Ok(if cfg!(target_os = "macos") {
                peak
            } else {
                peak * 1024
            })
        }
    }

    fn page_size() -> u64 {
        // SAFETY: sysconf takes a constant and touches no memory of ours.
        u64::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).unwrap_or(4096)
    }

    /// Total and free memory of the machine in bytes; 0 where the system does not say.
    #[must_use]
    pub fn memory() -> (u64, u64) {
        // SAFETY: as in `page_size`.
        let total = unsafe { libc::sysconf(libc::_SC_PHYS_PAGES) };
        let total = u64::try_from(total).unwrap_or(0) * page_size();
        #[cfg(target_os = "linux")]
        let free = std::fs::read_to_string("/proc/meminfo")
            .ok()
            .and_then(|text| {
                let line = text
                    .lines()
                    .find(|line| line.starts_with("MemAvailable:"))?
                    .to_owned();
                line.split_ascii_whitespace().nth(1)?.parse::<u64>().ok()
            })
            .unwrap_or(0)
            * 1024;
        #[cfg(not(target_os = "linux"))]
        let free = 0;
        (total, free)
    }

    /// The machine's name.
    ///
    /// # Errors
    /// The system's.
    pub fn host_name() -> Result<Vec<u8>> {
        let mut buffer = [0_u8; 256];
        // SAFETY: gethostname writes at most the length given, the last byte stays 0.
        if unsafe { libc::gethostname(buffer.as_mut_ptr().cast(), buffer.len() - 1) } != 0 {
            return Err(last_error());
        }
        let length = buffer
            .iter()
            .position(|byte| *byte == 0)
            .unwrap_or(buffer.len());
        Ok(buffer[..length].to_vec())
    }

    /// The number of a network interface, given by name or as a numeral.
    #[must_use]
    pub fn interface_index(name: &str) -> Option<u32> {
        if let Ok(number) = name.parse() {
            return Some(number);
        }
        let name = std::ffi::CString::new(name).ok()?;
        // SAFETY: the name ends in NUL and is read during the call only.
        match unsafe { libc::if_nametoindex(name.as_ptr()) } {
            0 => None,
            index => Some(index),
        }
    }

    /// `sysname`, `release`, `version` and `machine` of uname(2).
    ///
    /// # Errors
    /// The system's.
    pub fn uname() -> Result<[(&'static str, Vec<u8>); 4]> {
        let mut names = MaybeUninit::<libc::utsname>::zeroed();
        // SAFETY: uname fills the structure with texts that end in NUL.
        let names = unsafe {
            if libc::uname(names.as_mut_ptr()) != 0 {
                return Err(last_error());
            }
            names.assume_init()
        };
        // SAFETY: each field is such a text.
        let text = |field: &[libc::c_char]| {
            // SAFETY: each field is such a text, in memory that outlives this call.
            let text = unsafe { CStr::from_ptr(field.as_ptr()) };
            text.to_bytes().to_vec()
        };
        Ok([
            ("sysname", text(&names.sysname)),
            ("release", text(&names.release)),
            ("version", text(&names.version)),
            ("machine", text(&names.machine)),
        ])
    }

    /// Seconds since the system started.
    ///
    /// # Errors
    /// The system's.
    pub fn uptime() -> Result<f64> {
        #[cfg(any(target_os = "linux", target_os = "android"))]
        const CLOCK: libc::clockid_t = libc::CLOCK_BOOTTIME;
        #[cfg(not(any(target_os = "linux", target_os = "android")))]
        const CLOCK: libc::clockid_t = libc::CLOCK_MONOTONIC;
        let mut time = MaybeUninit::<libc::timespec>::zeroed();
        // SAFETY: clock_gettime fills the structure.
        let time = unsafe {
            if libc::clock_gettime(CLOCK, time.as_mut_ptr()) != 0 {
                return Err(last_error());
            }
            time.assume_init()
        };
        Ok(time.tv_sec as f64 + time.tv_nsec as f64 / 1e9)
    }
}

#[cfg(not(unix))]
mod imp {
    use crate::system::ResourceUsage;
    use crate::{Error, Result};

    /// Ends a process for `SIGINT`, `SIGQUIT`, `SIGKILL` and `SIGTERM`; number 0 only asks whether
    /// it runs.
    ///
    /// # Errors
    /// `ESRCH`, `EPERM`; `ENOSYS` for other signals, `EINVAL` for what is none.
    pub fn kill(pid: i32, signum: i32) -> Result<()> {
        crate::sys::process::kill(pid, signum)
    }

    /// 0: not asked yet on this system.
    #[must_use]
    pub fn parent_id() -> u32 {
        0
    }

    /// # Errors
    /// `ENOTSUP`: users have no numbers here.
    pub fn user_id() -> Result<u32> {
        Err(Error::ENOTSUP)
    }

    /// # Errors
    /// `ENOTSUP`: groups have no numbers here.
    pub fn group_id() -> Result<u32> {
        Err(Error::ENOTSUP)
    }

    /// # Errors
    /// `ENOTSUP` for now.
    pub fn resource_usage() -> Result<ResourceUsage> {
        Err(Error::ENOTSUP)
    }

    /// # Errors
    /// `ENOTSUP` for now.
    pub fn resident_memory() -> Result<u64> {
        Err(Error::ENOTSUP)
    }

    /// 0 and 0: not asked yet on this system.
    #[must_use]
    pub fn memory() -> (u64, u64) {
        (0, 0)
    }

    /// The machine's name.
    ///
    /// # Errors
    /// `ENOENT` if the environment does not say it.
    pub fn host_name() -> Result<Vec<u8>> {
        std::env::var_os("COMPUTERNAME")
            .map(|name| name.into_encoded_bytes())
            .ok_or(Error::ENOENT)
    }

    /// The number of a network interface, given as a numeral.
    #[must_use]
    pub fn interface_index(name: &str) -> Option<u32> {
        name.parse().ok()
    }

    /// # Errors
    /// None.
    pub fn uname() -> Result<[(&'static str, Vec<u8>); 4]> {
        Ok([
            ("sysname", b"Windows_NT".to_vec()),
            ("release", Vec::new()),
            ("version", Vec::new()),
            ("machine", std::env::consts::ARCH.as_bytes().to_vec()),
        ])
    }

    /// # Errors
    /// `ENOTSUP` for now.
    pub fn uptime() -> Result<f64> {
        Err(Error::ENOTSUP)
    }
}
