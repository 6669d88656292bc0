//! What Windows says of itself and of this process.

use std::mem::MaybeUninit;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use windows_sys::Wdk::System::SystemInformation::{
    NtQuerySystemInformation, SystemProcessorPerformanceInformation,
};
use windows_sys::Wdk::System::SystemServices::RtlGetVersion;
use windows_sys::Win32::Foundation::{
    CloseHandle, ERROR_BUFFER_OVERFLOW, ERROR_INVALID_PARAMETER, FILETIME, HANDLE,
    INVALID_HANDLE_VALUE,
};
use windows_sys::Win32::NetworkManagement::IpHelper::{
    ConvertInterfaceIndexToLuid, ConvertInterfaceLuidToNameW, GAA_FLAG_SKIP_ANYCAST,
    GAA_FLAG_SKIP_DNS_SERVER, GAA_FLAG_SKIP_MULTICAST, GAA_FLAG_SKIP_UNICAST, GetAdaptersAddresses,
    IF_TYPE_SOFTWARE_LOOPBACK, IP_ADAPTER_ADDRESSES_LH,
};
use windows_sys::Win32::NetworkManagement::Ndis::{IfOperStatusUp, NET_LUID_LH};
use windows_sys::Win32::Networking::WinSock::{
    AF_INET, AF_INET6, AF_UNSPEC, SOCKADDR, SOCKADDR_IN, SOCKADDR_IN6,
};
use windows_sys::Win32::Security::Authentication::Identity::RtlGenRandom;
use windows_sys::Win32::System::Console::{GetConsoleTitleW, SetConsoleTitleW};
use windows_sys::Win32::System::Diagnostics::ToolHelp::{
    CreateToolhelp32Snapshot, PROCESSENTRY32W, Process32FirstW, Process32NextW, TH32CS_SNAPPROCESS,
};
use windows_sys::Win32::System::ProcessStatus::{GetProcessMemoryInfo, PROCESS_MEMORY_COUNTERS};
use windows_sys::Win32::System::Registry::{
    HKEY_LOCAL_MACHINE, RRF_RT_REG_DWORD, RRF_RT_REG_SZ, RegGetValueW,
};
use windows_sys::Win32::System::SystemInformation::{
    GetSystemInfo, GetTickCount64, GlobalMemoryStatusEx, MEMORYSTATUSEX, OSVERSIONINFOW,
    SYSTEM_INFO,
};
use windows_sys::Win32::System::Threading::{
    ABOVE_NORMAL_PRIORITY_CLASS, BELOW_NORMAL_PRIORITY_CLASS, GetCurrentProcess, GetCurrentThread,
    GetPriorityClass, GetProcessIoCounters, GetProcessTimes, GetThreadTimes, HIGH_PRIORITY_CLASS,
    IDLE_PRIORITY_CLASS, IO_COUNTERS, NORMAL_PRIORITY_CLASS, OpenProcess,
    PROCESS_QUERY_LIMITED_INFORMATION, PROCESS_SET_INFORMATION, REALTIME_PRIORITY_CLASS,
    SetPriorityClass,
};
use windows_sys::Win32::System::WindowsProgramming::{
    GetUserNameW, SYSTEM_PROCESSOR_PERFORMANCE_INFORMATION,
};

use crate::system::{CpuInfo, CpuTimes, InterfaceAddress, ResourceUsage, User};
use crate::{Error, Result};

fn last_error() -> Error {
    Error::from(std::io::Error::last_os_error())
}

/// The result of a call that returns 0 and sets the last error.
fn check(status: i32) -> Result<()> {
    if status != 0 {
        Ok(())
    } else {
        Err(last_error())
    }
}

/// A text that Windows wants: UTF-16 with NUL at its end.
fn wide(text: &str) -> Vec<u16> {
    text.encode_utf16().chain([0]).collect()
}

/// A text from Windows, up to its NUL.
fn narrow(text: &[u16]) -> Vec<u8> {
    let end = text.iter().position(|unit| *unit == 0);
    String::from_utf16_lossy(&text[..end.unwrap_or(text.len())]).into_bytes()
}

/// A process's handle, closed with the value.
struct Process(HANDLE);

impl Process {
    /// Opens a process; 0 is this one.
    fn open(pid: i32, access: u32) -> Result<Process> {
        let pid = if pid == 0 {
            std::process::id()
        } else {
            pid as u32
        };
        // SAFETY: it takes numbers and touches no memory of ours.
        let handle = unsafe { OpenProcess(access, 0, pid) };
        if !handle.is_null() {
            return Ok(Process(handle));
        }
        match std::io::Error::last_os_error() {
            error if error.raw_os_error() == Some(ERROR_INVALID_PARAMETER as i32) => {
                Err(Error::ESRCH)
            }
            error => Err(error.into()),
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // SAFETY: the handle is ours, and closed once.
        unsafe { CloseHandle(self.0) };
    }
}

/// Ends a process for `SIGINT`, `SIGQUIT`, `SIGKILL` and `SIGTERM`; number 0 only asks whether it
/// runs.
///
/// # Errors
/// `ESRCH`, `EPERM`; `ENOSYS` for other signals, `EINVAL` for what is none.
pub fn kill(pid: i32, signum: i32) -> Result<()> {
    crate::sys::process::kill(pid, signum)
}

/// The parent's process id; 0 when the system does not say.
#[must_use]
pub fn parent_id() -> u32 {
    // SAFETY: the snapshot is read with a structure that says its size, and closed once.
    unsafe {
        let snapshot = CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0);
        if snapshot == INVALID_HANDLE_VALUE {
            return 0;
        }
        let snapshot = Process(snapshot);
        let mut entry: PROCESSENTRY32W = std::mem::zeroed();
        entry.dwSize = size_of::<PROCESSENTRY32W>() as u32;
        let mut more = Process32FirstW(snapshot.0, &mut entry);
        while more != 0 {
            if entry.th32ProcessID == std::process::id() {
                return entry.th32ParentProcessID;
            }
            more = Process32NextW(snapshot.0, &mut entry);
        }
        0
    }
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
/// `ENOTSUP`: users have no numbers here.
pub fn set_user_id(_id: u32) -> Result<()> {
    Err(Error::ENOTSUP)
}

/// # Errors
/// `ENOTSUP`: groups have no numbers here.
pub fn set_group_id(_id: u32) -> Result<()> {
    Err(Error::ENOTSUP)
}

/// The scheduling priority of a process (0 is this one): the number libuv gives its class, from
/// -20, the highest, to 19.
///
/// # Errors
/// `ESRCH`, `EACCES`.
pub fn priority(pid: i32) -> Result<i32> {
    let process = Process::open(pid, PROCESS_QUERY_LIMITED_INFORMATION)?;
    // SAFETY: the handle is open.
    Ok(match unsafe { GetPriorityClass(process.0) } {
        0 => return Err(last_error()),
        REALTIME_PRIORITY_CLASS => -20,
        HIGH_PRIORITY_CLASS => -14,
        ABOVE_NORMAL_PRIORITY_CLASS => -7,
        BELOW_NORMAL_PRIORITY_CLASS => 10,
        IDLE_PRIORITY_CLASS => 19,
        _ => 0,
    })
}

/// Sets the scheduling priority of a process (0 is this one): the class that is nearest.
///
/// # Errors
/// `EINVAL` outside -20 to 19, `ESRCH`, `EACCES`.
pub fn set_priority(pid: i32, priority: i32) -> Result<()> {
    let class = match priority {
        -20..=-15 => REALTIME_PRIORITY_CLASS,
        -14..=-8 => HIGH_PRIORITY_CLASS,
        -7..=-1 => ABOVE_NORMAL_PRIORITY_CLASS,
        0 => NORMAL_PRIORITY_CLASS,
        1..=10 => BELOW_NORMAL_PRIORITY_CLASS,
        11..=19 => IDLE_PRIORITY_CLASS,
        _ => return Err(Error::EINVAL),
    };
    let process = Process::open(pid, PROCESS_SET_INFORMATION)?;
    // SAFETY: the handle is open.
    check(unsafe { SetPriorityClass(process.0, class) })
}

/// A duration in units of 100 ns.
fn units(time: FILETIME) -> u64 {
    u64::from(time.dwHighDateTime) << 32 | u64::from(time.dwLowDateTime)
}

fn seconds(time: FILETIME) -> (i64, i64) {
    let units = units(time);
    (
        (units / 10_000_000) as i64,
        (units % 10_000_000 / 10) as i64,
    )
}

fn usage(user: FILETIME, system: FILETIME) -> ResourceUsage {
    const NAMES: [&str; 14] = [
        "maxrss", "ixrss", "idrss", "isrss", "minflt", "majflt", "nswap", "inblock", "oublock",
        "msgsnd", "msgrcv", "nsignals", "nvcsw", "nivcsw",
    ];
    ResourceUsage {
        user: seconds(user),
        system: seconds(system),
        counts: NAMES.map(|name| (name, 0)),
    }
}

fn memory_counters() -> Result<PROCESS_MEMORY_COUNTERS> {
    let mut counters = MaybeUninit::<PROCESS_MEMORY_COUNTERS>::zeroed();
    // SAFETY: `counters` has the size that is said; the handle stands for this process.
    unsafe {
        let size = size_of::<PROCESS_MEMORY_COUNTERS>() as u32;
        check(GetProcessMemoryInfo(
            GetCurrentProcess(),
            counters.as_mut_ptr(),
            size,
        ))?;
        Ok(counters.assume_init())
    }
}

/// What the process has used so far: times, `maxrss`, `majflt`, `inblock` and `oublock`; the system
/// does not count the rest.
///
/// # Errors
/// The system's.
pub fn resource_usage() -> Result<ResourceUsage> {
    // SAFETY: the structures may be zero, and are written to; the handle stands for this process.
    let (mut usage, io) = unsafe {
        let [mut created, mut ended, mut system, mut user]: [FILETIME; 4] = std::mem::zeroed();
        let process = GetCurrentProcess();
        check(GetProcessTimes(
            process,
            &mut created,
            &mut ended,
            &mut system,
            &mut user,
        ))?;
        let mut io: IO_COUNTERS = std::mem::zeroed();
        check(GetProcessIoCounters(process, &mut io))?;
        (usage(user, system), io)
    };
    let memory = memory_counters()?;
    for (name, count) in &mut usage.counts {
        *count = match *name {
            "maxrss" => memory.PeakWorkingSetSize as i64 / 1024,
            "majflt" => memory.PageFaultCount.into(),
            "inblock" => io.ReadOperationCount as i64,
            "oublock" => io.WriteOperationCount as i64,
            _ => 0,
        };
    }
    Ok(usage)
}

/// What the calling thread has used so far: its times.
///
/// # Errors
/// The system's.
pub fn thread_resource_usage() -> Result<ResourceUsage> {
    // SAFETY: the structures may be zero, and are written to; the handle stands for this thread.
    unsafe {
        let [mut created, mut ended, mut system, mut user]: [FILETIME; 4] = std::mem::zeroed();
        let thread = GetCurrentThread();
        check(GetThreadTimes(
            thread,
            &mut created,
            &mut ended,
            &mut system,
            &mut user,
        ))?;
        Ok(usage(user, system))
    }
}

/// Bytes of memory the process holds now.
///
/// # Errors
/// The system's.
pub fn resident_memory() -> Result<u64> {
    Ok(memory_counters()?.WorkingSetSize as u64)
}

fn memory_status() -> Option<MEMORYSTATUSEX> {
    // SAFETY: the structure may be zero but for its size, and is written to.
    unsafe {
        let mut status: MEMORYSTATUSEX = std::mem::zeroed();
        status.dwLength = size_of::<MEMORYSTATUSEX>() as u32;
        (GlobalMemoryStatusEx(&mut status) != 0).then_some(status)
    }
}

/// Bytes of memory of the machine; 0 where the system does not say.
#[must_use]
pub fn total_memory() -> u64 {
    memory_status().map_or(0, |status| status.ullTotalPhys)
}

/// Bytes of memory that programs can have without swapping; 0 where the system does not say.
#[must_use]
pub fn free_memory() -> u64 {
    memory_status().map_or(0, |status| status.ullAvailPhys)
}

/// 0: limits of this process are not asked for.
#[must_use]
pub fn constrained_memory() -> u64 {
    0
}

/// Bytes of memory that this process can still have.
#[must_use]
pub fn available_memory() -> u64 {
    free_memory()
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

/// The name of a network interface, given by its number.
///
/// # Errors
/// `ENXIO` when there is none.
pub fn interface_name(index: u32) -> Result<Vec<u8>> {
    let mut name = [0_u16; 257];
    // SAFETY: the union of numbers may be zero, and is written to; the buffer is as long as said.
    unsafe {
        let mut id: NET_LUID_LH = std::mem::zeroed();
        let found = ConvertInterfaceIndexToLuid(index, &mut id) == 0
            && ConvertInterfaceLuidToNameW(&id, name.as_mut_ptr(), name.len()) == 0;
        if !found {
            return Err(Error::ENXIO);
        }
    }
    Ok(narrow(&name))
}

/// The netmask of a prefix of `length` bits, in the family of `ip`.
fn netmask(ip: IpAddr, length: u8) -> IpAddr {
    let length = u32::from(length);
    match ip {
        IpAddr::V4(_) => Ipv4Addr::from(!u32::MAX.checked_shr(length).unwrap_or(0)).into(),
        IpAddr::V6(_) => Ipv6Addr::from(!u128::MAX.checked_shr(length).unwrap_or(0)).into(),
    }
}

/// What Windows knows of the network adapters: a list of `IP_ADAPTER_ADDRESSES_LH` that is linked by pointers into the
/// buffer and ends with null, or nothing at all. In words, so that the structures are aligned.
fn adapters(flags: u32) -> Result<Vec<u64>> {
    let mut size = 16 * 1024;
    loop {
        let mut buffer = vec![0_u64; size as usize / 8 + 1];
        let list = buffer.as_mut_ptr().cast();
        let unspec = AF_UNSPEC.into();
        // SAFETY: the buffer has at least `size` bytes.
        let status =
            unsafe { GetAdaptersAddresses(unspec, flags, std::ptr::null(), list, &mut size) };
        match status {
            0 => return Ok(buffer),
            ERROR_BUFFER_OVERFLOW if size < 1 << 24 => {}
            // No interface at all.
            232 => return Ok(Vec::new()),
            error => return Err(Error::from_os(error as i32)),
        }
    }
}

/// The name servers of the network interfaces that are up, each once.
///
/// # Errors
/// The system's.
pub fn name_servers() -> Result<Vec<IpAddr>> {
    let flags = GAA_FLAG_SKIP_ANYCAST | GAA_FLAG_SKIP_MULTICAST | GAA_FLAG_SKIP_UNICAST;
    let buffer = adapters(flags)?;
    let mut found = Vec::new();
    if buffer.is_empty() {
        return Ok(found);
    }
    // SAFETY: the lists in the buffer are linked by pointers into it and end with null.
    unsafe {
        let mut next: *const IP_ADAPTER_ADDRESSES_LH = buffer.as_ptr().cast();
        while let Some(adapter) = next.as_ref() {
            next = adapter.Next;
            let mut server = adapter.FirstDnsServerAddress;
            while let Some(address) = server.as_ref() {
                server = address.Next;
                if let Some(ip) = ip_address(address.Address.lpSockaddr)
                    && adapter.OperStatus == IfOperStatusUp
                    && !found.contains(&ip)
                {
                    found.push(ip);
                }
            }
        }
    }
    Ok(found)
}

/// The IPv4 and IPv6 addresses of the network interfaces that are up.
///
/// # Errors
/// The system's.
pub fn interface_addresses() -> Result<Vec<InterfaceAddress>> {
    let flags = GAA_FLAG_SKIP_ANYCAST | GAA_FLAG_SKIP_MULTICAST | GAA_FLAG_SKIP_DNS_SERVER;
    let buffer = adapters(flags)?;
    let mut found = Vec::new();
    if buffer.is_empty() {
        return Ok(found);
    }
    // SAFETY: the lists in the buffer are linked by pointers into it and end with null; the texts
    // end with NUL.
    unsafe {
        let mut next: *const IP_ADAPTER_ADDRESSES_LH = buffer.as_ptr().cast();
        while let Some(adapter) = next.as_ref() {
            next = adapter.Next;
            if adapter.OperStatus != IfOperStatusUp {
                continue;
            }
            let mut length = 0;
            while *adapter.FriendlyName.add(length) != 0 {
                length += 1;
            }
            let name = narrow(std::slice::from_raw_parts(adapter.FriendlyName, length));
            let mut mac = [0; 6];
            if adapter.PhysicalAddressLength == 6 {
                mac.copy_from_slice(&adapter.PhysicalAddress[..6]);
            }
            let mut next = adapter.FirstUnicastAddress;
            while let Some(unicast) = next.as_ref() {
                next = unicast.Next;
                let Some(ip) = ip_address(unicast.Address.lpSockaddr) else {
                    continue;
                };
                found.push(InterfaceAddress {
                    name: name.clone(),
                    ip,
                    netmask: netmask(ip, unicast.OnLinkPrefixLength),
                    internal: adapter.IfType == IF_TYPE_SOFTWARE_LOOPBACK,
                    mac,
                });
            }
        }
    }
    Ok(found)
}

/// # Safety
/// `address` must point to a socket address of the family it says.
unsafe fn ip_address(address: *const SOCKADDR) -> Option<IpAddr> {
    // SAFETY: as the caller promises.
    unsafe {
        match (*address).sa_family {
            AF_INET => {
                let inet = address.cast::<SOCKADDR_IN>().read_unaligned();
                Some(Ipv4Addr::from(u32::from_be(inet.sin_addr.S_un.S_addr)).into())
            }
            AF_INET6 => {
                let inet6 = address.cast::<SOCKADDR_IN6>().read_unaligned();
                Some(Ipv6Addr::from(inet6.sin6_addr.u.Byte).into())
            }
            _ => None,
        }
    }
}

/// `sysname`, `release`, `version` and `machine`, as uname(2) would say them.
///
/// # Errors
/// None.
pub fn uname() -> Result<[(&'static str, Vec<u8>); 4]> {
    // SAFETY: the structure may be zero but for its size, and is written to.
    let version = unsafe {
        let mut version: OSVERSIONINFOW = std::mem::zeroed();
        version.dwOSVersionInfoSize = size_of::<OSVERSIONINFOW>() as u32;
        RtlGetVersion(&mut version);
        version
    };
    let (major, minor) = (version.dwMajorVersion, version.dwMinorVersion);
    let release = format!("{major}.{minor}.{}", version.dwBuildNumber);
    let key = "SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion";
    let product = registry_text(key, "ProductName").unwrap_or_default();
    Ok([
        ("sysname", b"Windows_NT".to_vec()),
        ("release", release.into_bytes()),
        ("version", product),
        ("machine", std::env::consts::ARCH.as_bytes().to_vec()),
    ])
}

/// A text below `HKEY_LOCAL_MACHINE`.
fn registry_text(key: &str, value: &str) -> Option<Vec<u8>> {
    let mut text = [0_u16; 512];
    let mut size = size_of_val(&text) as u32;
    // SAFETY: the names end in NUL; the buffer has `size` bytes.
    let status = unsafe {
        RegGetValueW(
            HKEY_LOCAL_MACHINE,
            wide(key).as_ptr(),
            wide(value).as_ptr(),
            RRF_RT_REG_SZ,
            std::ptr::null_mut(),
            text.as_mut_ptr().cast(),
            &mut size,
        )
    };
    (status == 0).then(|| narrow(&text))
}

/// A number below `HKEY_LOCAL_MACHINE`.
fn registry_number(key: &str, value: &str) -> Option<u32> {
    let mut number = 0_u32;
    let mut size = size_of_val(&number) as u32;
    // SAFETY: the names end in NUL; the number has `size` bytes.
    let status = unsafe {
        RegGetValueW(
            HKEY_LOCAL_MACHINE,
            wide(key).as_ptr(),
            wide(value).as_ptr(),
            RRF_RT_REG_DWORD,
            std::ptr::null_mut(),
            (&raw mut number).cast(),
            &mut size,
        )
    };
    (status == 0).then_some(number)
}

/// The user this process runs as.
///
/// # Errors
/// The system's.
pub fn current_user() -> Result<User> {
    let mut name = [0_u16; 257];
    let mut length = name.len() as u32;
    // SAFETY: the buffer has `length` units.
    check(unsafe { GetUserNameW(name.as_mut_ptr(), &mut length) })?;
    let home = std::env::home_dir().ok_or(Error::ENOENT)?;
    Ok(User {
        name: narrow(&name),
        uid: None,
        gid: None,
        shell: None,
        home: home.into_os_string().into_encoded_bytes(),
    })
}

/// Zeros: the system has no load averages.
#[must_use]
pub fn load_average() -> [f64; 3] {
    [0.0; 3]
}

/// Seconds since the system started.
///
/// # Errors
/// None.
pub fn uptime() -> Result<f64> {
    // SAFETY: it takes nothing and cannot fail.
    Ok(unsafe { GetTickCount64() } as f64 / 1000.0)
}

/// The processors.
///
/// # Errors
/// `EIO` when the system does not say.
pub fn cpu_info() -> Result<Vec<CpuInfo>> {
    // SAFETY: the structure may be zero, and is written to.
    let count = unsafe {
        let mut info: SYSTEM_INFO = std::mem::zeroed();
        GetSystemInfo(&mut info);
        info.dwNumberOfProcessors as usize
    };
    let mut times = vec![SYSTEM_PROCESSOR_PERFORMANCE_INFORMATION::default(); count];
    let size = size_of_val(times.as_slice()) as u32;
    let mut filled = 0;
    // SAFETY: the buffer has `size` bytes.
    let status = unsafe {
        let (kind, data) = (
            SystemProcessorPerformanceInformation,
            times.as_mut_ptr().cast(),
        );
        NtQuerySystemInformation(kind, data, size, &mut filled)
    };
    if status < 0 {
        return Err(Error::EIO);
    }
    let milliseconds = |units: i64| u64::try_from(units).unwrap_or(0) / 10_000;
    Ok(times
        .iter()
        .enumerate()
        .map(|(index, times)| {
            let key = format!("HARDWARE\\DESCRIPTION\\System\\CentralProcessor\\{index}");
            let model = registry_text(&key, "ProcessorNameString");
            let model = model.map(|name| String::from_utf8_lossy(&name).trim().to_owned());
            CpuInfo {
                model: model.unwrap_or_else(|| "unknown".into()),
                speed: registry_number(&key, "~MHz").unwrap_or(0).into(),
                times: CpuTimes {
                    user: milliseconds(times.UserTime),
                    nice: 0,
                    // The system counts idle time as the kernel's.
                    sys: milliseconds(times.KernelTime - times.IdleTime),
                    idle: milliseconds(times.IdleTime),
                    // The second of the reserved numbers is the time of interrupts.
                    irq: milliseconds(times.Reserved1[1]),
                },
            }
        })
        .collect())
}

/// Fills `bytes` with strong random ones.
///
/// # Errors
/// `EIO` when the system has none.
pub fn random(bytes: &mut [u8]) -> Result<()> {
    for piece in bytes.chunks_mut(1 << 20) {
        // SAFETY: the piece is as long as said.
        if !unsafe { RtlGenRandom(piece.as_mut_ptr().cast(), piece.len() as u32) } {
            return Err(Error::EIO);
        }
    }
    Ok(())
}

/// The console's title; empty without a console.
///
/// # Errors
/// None.
pub fn process_title() -> Result<Vec<u8>> {
    let mut title = vec![0_u16; 8192];
    // SAFETY: the buffer has the length that is said.
    let length = unsafe { GetConsoleTitleW(title.as_mut_ptr(), title.len() as u32) };
    Ok(narrow(&title[..title.len().min(length as usize)]))
}

/// Sets what `ps` and the like show for this process: on Linux and FreeBSD its command line, cut to
/// the length of the one it was started with on Linux; on macOS the thread's name; on Windows the
/// console's title.
///
/// # Errors
/// `EINVAL` when it contains a NUL or is not UTF-8, the system's without a console.
pub fn set_process_title(text: &[u8]) -> Result<()> {
    let text = std::str::from_utf8(text).map_err(|_| Error::EINVAL)?;
    if text.contains('\0') {
        return Err(Error::EINVAL);
    }
    // SAFETY: the text ends in NUL.
    check(unsafe { SetConsoleTitleW(wide(text).as_ptr()) })
}
