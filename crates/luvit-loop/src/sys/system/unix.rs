//! What all Unix systems say in the same way.

use std::ffi::CStr;
use std::mem::MaybeUninit;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

pub(super) use crate::sys::unix::last_error;
use crate::system::{InterfaceAddress, ResourceUsage, User};
use crate::{Error, Result};

/// The result of a call that returns 0, or -1 and sets errno.
fn check(status: libc::c_int) -> Result<()> {
    if status == 0 {
        Ok(())
    } else {
        Err(last_error())
    }
}

/// Sends a signal; number 0 only asks whether the process exists. See kill(2).
///
/// # Errors
/// `ESRCH`, `EPERM`, `EINVAL`.
pub fn kill(pid: i32, signum: i32) -> Result<()> {
    // SAFETY: kill takes two integers and touches no memory of ours.
    check(unsafe { libc::kill(pid, signum) })
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

/// Takes another user id: see setuid(2).
///
/// # Errors
/// `EPERM`, `EINVAL`; `ENOTSUP` on Windows.
pub fn set_user_id(id: u32) -> Result<()> {
    // SAFETY: setuid takes an integer and touches no memory of ours.
    check(unsafe { libc::setuid(id) })
}

/// Takes another group id: see setgid(2).
///
/// # Errors
/// `EPERM`, `EINVAL`; `ENOTSUP` on Windows.
pub fn set_group_id(id: u32) -> Result<()> {
    // SAFETY: setgid takes an integer and touches no memory of ours.
    check(unsafe { libc::setgid(id) })
}

fn set_errno(value: libc::c_int) {
    // SAFETY: the function gives the address of this thread's errno.
    unsafe {
        #[cfg(any(target_os = "linux", target_os = "emscripten"))]
        let errno = libc::__errno_location();
        #[cfg(target_os = "android")]
        let errno = libc::__errno();
        #[cfg(any(target_vendor = "apple", target_os = "freebsd"))]
        let errno = libc::__error();
        *errno = value;
    }
}

/// The scheduling priority of a process (0 is this one): from -20, the highest, to 19.
///
/// # Errors
/// `ESRCH`, `EPERM`, `EACCES`.
pub fn priority(pid: i32) -> Result<i32> {
    // -1 is a priority as well: errno tells.
    set_errno(0);
    // SAFETY: getpriority takes integers and touches no memory of ours.
    let value = unsafe { libc::getpriority(libc::PRIO_PROCESS, pid as _) };
    if value != -1 {
        return Ok(value);
    }
    match std::io::Error::last_os_error() {
        error if error.raw_os_error() == Some(0) => Ok(-1),
        error => Err(error.into()),
    }
}

/// Sets the scheduling priority of a process (0 is this one).
///
/// # Errors
/// `EINVAL` outside -20 to 19, `ESRCH`, `EPERM`, `EACCES`.
pub fn set_priority(pid: i32, priority: i32) -> Result<()> {
    if !(-20..20).contains(&priority) {
        return Err(Error::EINVAL);
    }
    // SAFETY: setpriority takes integers and touches no memory of ours.
    check(unsafe { libc::setpriority(libc::PRIO_PROCESS, pid as _, priority) })
}

fn usage_of(who: libc::c_int) -> Result<ResourceUsage> {
    let mut usage = MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: getrusage fills the structure it is given.
    let usage = unsafe {
        check(libc::getrusage(who, usage.as_mut_ptr()))?;
        usage.assume_init()
    };
    // Apple counts bytes there, the others kibibytes.
    let unit = if cfg!(target_vendor = "apple") {
        1024
    } else {
        1
    };
    Ok(ResourceUsage {
        user: (usage.ru_utime.tv_sec as i64, usage.ru_utime.tv_usec as i64),
        system: (usage.ru_stime.tv_sec as i64, usage.ru_stime.tv_usec as i64),
        counts: [
            ("maxrss", usage.ru_maxrss as i64 / unit),
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

/// What the process has used so far.
///
/// # Errors
/// The system's.
pub fn resource_usage() -> Result<ResourceUsage> {
    usage_of(libc::RUSAGE_SELF)
}

/// What the calling thread has used so far. macOS counts its times only.
///
/// # Errors
/// The system's.
#[cfg(not(target_vendor = "apple"))]
pub fn thread_resource_usage() -> Result<ResourceUsage> {
    usage_of(libc::RUSAGE_THREAD)
}

pub(super) fn page_size() -> u64 {
    // SAFETY: sysconf takes a constant and touches no memory of ours.
    u64::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).unwrap_or(4096)
}

/// Milliseconds in one tick of the times of processors.
pub(super) fn tick() -> u64 {
    // SAFETY: as in `page_size`.
    match unsafe { libc::sysconf(libc::_SC_CLK_TCK) } {
        ticks @ 1..=1000 => 1000 / ticks as u64,
        _ => 10,
    }
}

/// The machine's name.
///
/// # Errors
/// The system's.
pub fn host_name() -> Result<Vec<u8>> {
    let mut buffer = [0_u8; 256];
    // SAFETY: gethostname writes at most the length given, the last byte stays 0.
    check(unsafe { libc::gethostname(buffer.as_mut_ptr().cast(), buffer.len() - 1) })?;
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

/// The name of a network interface, given by its number.
///
/// # Errors
/// `ENXIO` when there is none.
pub fn interface_name(index: u32) -> Result<Vec<u8>> {
    let mut name = [0 as libc::c_char; libc::IF_NAMESIZE];
    // SAFETY: the buffer has the size the call asks for, and holds a text with NUL at its end when
    // the call succeeds.
    unsafe {
        if libc::if_indextoname(index, name.as_mut_ptr()).is_null() {
            return Err(last_error());
        }
        Ok(CStr::from_ptr(name.as_ptr()).to_bytes().to_vec())
    }
}

/// The list that getifaddrs(3) made, freed with the value.
struct InterfaceList(*mut libc::ifaddrs);

impl InterfaceList {
    fn new() -> Result<InterfaceList> {
        let mut list = std::ptr::null_mut();
        // SAFETY: `list` may be written to.
        check(unsafe { libc::getifaddrs(&mut list) })?;
        Ok(InterfaceList(list))
    }

    /// The entries of interfaces that are up and run.
    fn running(&self) -> impl Iterator<Item = &libc::ifaddrs> {
        let mut next = self.0;
        std::iter::from_fn(move || {
            // SAFETY: the pointer is null or an entry of the list, which lives as long as `self`.
            let entry = unsafe { next.as_ref() }?;
            next = entry.ifa_next;
            Some(entry)
        })
        .filter(|entry| {
            let up = (libc::IFF_UP | libc::IFF_RUNNING) as u32;
            entry.ifa_flags & up == up && !entry.ifa_addr.is_null()
        })
    }
}

impl Drop for InterfaceList {
    fn drop(&mut self) {
        // SAFETY: the list is what getifaddrs made, and is freed once.
        unsafe { libc::freeifaddrs(self.0) };
    }
}

/// The address in a structure of `family`, which may be cut short (netmasks of the BSDs are).
///
/// # Safety
/// `address` must be null or point to a socket address of this family or a shorter one that says so.
unsafe fn ip_address(family: i32, address: *const libc::sockaddr) -> Option<IpAddr> {
    if address.is_null() {
        return None;
    }
    // SAFETY: as much is read as the caller promises to be there; all of both may be zero.
    unsafe {
        #[cfg(any(target_vendor = "apple", target_os = "freebsd"))]
        let available = usize::from((*address).sa_len);
        #[cfg(not(any(target_vendor = "apple", target_os = "freebsd")))]
        let available = usize::MAX;
        match family {
            libc::AF_INET => {
                let mut inet: libc::sockaddr_in = std::mem::zeroed();
                let size = available.min(size_of_val(&inet));
                std::ptr::copy_nonoverlapping(address.cast::<u8>(), (&raw mut inet).cast(), size);
                Some(Ipv4Addr::from(u32::from_be(inet.sin_addr.s_addr)).into())
            }
            libc::AF_INET6 => {
                let mut inet6: libc::sockaddr_in6 = std::mem::zeroed();
                let size = available.min(size_of_val(&inet6));
                std::ptr::copy_nonoverlapping(address.cast::<u8>(), (&raw mut inet6).cast(), size);
                Some(Ipv6Addr::from(inet6.sin6_addr.s6_addr).into())
            }
            _ => None,
        }
    }
}

/// The hardware address in an entry that holds one.
fn hardware_address(entry: &libc::ifaddrs) -> Option<[u8; 6]> {
    // SAFETY: the family tells which structure the address is; what is read lies within it.
    unsafe {
        let family = i32::from((*entry.ifa_addr).sa_family);
        #[cfg(any(target_os = "linux", target_os = "android"))]
        {
            if family != libc::AF_PACKET {
                return None;
            }
            let link = entry.ifa_addr.cast::<libc::sockaddr_ll>().read_unaligned();
            link.sll_addr[..6].try_into().ok()
        }
        #[cfg(any(target_vendor = "apple", target_os = "freebsd"))]
        {
            if family != libc::AF_LINK {
                return None;
            }
            let link = entry.ifa_addr.cast::<libc::sockaddr_dl>();
            if (*link).sdl_alen != 6 {
                return None;
            }
            // The address lies behind the name, possibly beyond the structure's own end.
            let start = std::mem::offset_of!(libc::sockaddr_dl, sdl_data);
            let address = link.cast::<u8>().add(start + usize::from((*link).sdl_nlen));
            Some(address.cast::<[u8; 6]>().read_unaligned())
        }
    }
}

/// The name servers that are in the system's settings.
///
/// # Errors
/// `ENOSYS`: here they are in a file, `/etc/resolv.conf`.
pub fn name_servers() -> Result<Vec<IpAddr>> {
    Err(Error::ENOSYS)
}

/// The IPv4 and IPv6 addresses of the network interfaces that are up.
///
/// # Errors
/// The system's.
pub fn interface_addresses() -> Result<Vec<InterfaceAddress>> {
    let list = InterfaceList::new()?;
    // SAFETY: the name is a text that ends in NUL and lives as long as the list.
    let name =
        |entry: &libc::ifaddrs| unsafe { CStr::from_ptr(entry.ifa_name).to_bytes().to_vec() };
    let hardware: Vec<_> = list
        .running()
        .filter_map(|entry| Some((name(entry), hardware_address(entry)?)))
        .collect();
    Ok(list
        .running()
        .filter_map(|entry| {
            let name = name(entry);
            // SAFETY: the entry's address has the family it says, the netmask belongs to it.
            let (ip, netmask) = unsafe {
                let family = i32::from((*entry.ifa_addr).sa_family);
                let ip = ip_address(family, entry.ifa_addr)?;
                (ip, ip_address(family, entry.ifa_netmask))
            };
            // An alias (`eth0:1`) has the hardware of its interface.
            let device = name.split(|byte| *byte == b':').next().unwrap_or_default();
            let mac = hardware.iter().find(|(name, _)| name == device);
            Some(InterfaceAddress {
                mac: mac.map_or([0; 6], |(_, mac)| *mac),
                internal: entry.ifa_flags & libc::IFF_LOOPBACK as u32 != 0,
                netmask: netmask.unwrap_or(match ip {
                    IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
                    IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
                }),
                ip,
                name,
            })
        })
        .collect())
}

/// `sysname`, `release`, `version` and `machine` of uname(2).
///
/// # Errors
/// The system's.
pub fn uname() -> Result<[(&'static str, Vec<u8>); 4]> {
    let mut names = MaybeUninit::<libc::utsname>::zeroed();
    // SAFETY: uname fills the structure with texts that end in NUL.
    let names = unsafe {
        if libc::uname(names.as_mut_ptr()) == -1 {
            return Err(last_error());
        }
        names.assume_init()
    };
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

/// The user of the effective user id.
///
/// # Errors
/// `ENOENT` when the password file does not know it, or the system's.
pub fn current_user() -> Result<User> {
    let mut buffer = vec![0_u8; 1024];
    loop {
        let mut entry = MaybeUninit::<libc::passwd>::zeroed();
        let mut found = std::ptr::null_mut();
        // SAFETY: the buffer is as long as said; `entry` and `found` may be written to.
        let status = unsafe {
            libc::getpwuid_r(
                libc::geteuid(),
                entry.as_mut_ptr(),
                buffer.as_mut_ptr().cast(),
                buffer.len(),
                &mut found,
            )
        };
        match status {
            0 if found.is_null() => return Err(Error::ENOENT),
            0 => {}
            libc::EINTR => continue,
            libc::ERANGE if buffer.len() < 1 << 20 => {
                buffer.resize(buffer.len() * 2, 0);
                continue;
            }
            errno => return Err(Error::from_os(errno)),
        }
        // SAFETY: the call filled the entry; its texts are null or end in NUL, in the buffer.
        return Ok(unsafe {
            let entry = entry.assume_init();
            let text = |text: *const libc::c_char| {
                (!text.is_null()).then(|| CStr::from_ptr(text).to_bytes().to_vec())
            };
            User {
                name: text(entry.pw_name).unwrap_or_default(),
                uid: Some(entry.pw_uid),
                gid: Some(entry.pw_gid),
                shell: text(entry.pw_shell),
                home: text(entry.pw_dir).unwrap_or_default(),
            }
        });
    }
}

/// The load averages of the last 1, 5 and 15 minutes; zeros where the system has none.
#[must_use]
pub fn load_average() -> [f64; 3] {
    let mut load = [0.0; 3];
    // SAFETY: `load` has room for the three numbers asked for.
    unsafe { libc::getloadavg(load.as_mut_ptr(), 3) };
    load
}

/// Fills `bytes` with strong random ones. It blocks while the system has no entropy yet.
///
/// # Errors
/// The system's.
pub fn random(bytes: &mut [u8]) -> Result<()> {
    // The most that getentropy gives at once, and what getrandom gives uninterrupted.
    for piece in bytes.chunks_mut(256) {
        #[cfg(target_vendor = "apple")]
        // SAFETY: the piece is as long as said.
        check(unsafe { libc::getentropy(piece.as_mut_ptr().cast(), piece.len()) })?;
        #[cfg(not(target_vendor = "apple"))]
        {
            let mut done = 0;
            while done < piece.len() {
                let rest = &mut piece[done..];
                // SAFETY: `rest` is as long as said.
                let got = unsafe { libc::getrandom(rest.as_mut_ptr().cast(), rest.len(), 0) };
                match usize::try_from(got) {
                    Ok(got) => done += got,
                    Err(_) if last_error() == Error::EINTR => {}
                    Err(_) => return Err(last_error()),
                }
            }
        }
    }
    Ok(())
}
