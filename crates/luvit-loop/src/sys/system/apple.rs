//! What macOS says through sysctl(3) and Mach.

use std::ffi::CStr;
use std::mem::MaybeUninit;
use std::sync::PoisonError;

use super::{last_error, page_size, tick, title};
use crate::system::{CpuInfo, CpuTimes, ResourceUsage};
use crate::{Error, Result};

/// A value of fixed size that sysctl(3) knows by name.
fn sysctl<T: Copy>(name: &CStr) -> Result<T> {
    let mut value = MaybeUninit::<T>::zeroed();
    let mut size = size_of::<T>();
    // SAFETY: the name ends in NUL; `value` has room for `size` bytes. The types asked for are
    // integers and structures of them, for which zeros are valid.
    unsafe {
        let (none, value_ptr) = (std::ptr::null_mut(), value.as_mut_ptr().cast());
        if libc::sysctlbyname(name.as_ptr(), value_ptr, &mut size, none, 0) != 0 {
            return Err(last_error());
        }
        Ok(value.assume_init())
    }
}

/// A text that sysctl(3) knows by name.
fn sysctl_text(name: &CStr) -> Option<String> {
    let mut text = [0_u8; 512];
    let mut size = text.len() - 1;
    // SAFETY: the name ends in NUL; `text` has room for `size` bytes.
    let status = unsafe {
        let (none, text) = (std::ptr::null_mut(), text.as_mut_ptr().cast());
        libc::sysctlbyname(name.as_ptr(), text, &mut size, none, 0)
    };
    let text = CStr::from_bytes_until_nul(&text).ok()?;
    (status == 0).then(|| text.to_string_lossy().into_owned())
}

#[allow(
    deprecated,
    reason = "libc points to the mach2 crate, which declares the same functions"
)]
fn host() -> libc::mach_port_t {
    // SAFETY: it takes nothing; the port is the process's own.
    unsafe { libc::mach_host_self() }
}

/// Bytes of memory of the machine; 0 where the system does not say.
#[must_use]
pub fn total_memory() -> u64 {
    sysctl(c"hw.memsize").unwrap_or(0)
}

/// Bytes of memory that programs can have without swapping; 0 where the system does not say.
#[must_use]
pub fn free_memory() -> u64 {
    let mut info = MaybeUninit::<libc::vm_statistics64>::zeroed();
    let words = size_of::<libc::vm_statistics64>() / size_of::<libc::integer_t>();
    let mut count = words as libc::mach_msg_type_number_t;
    // SAFETY: `info` has room for `count` words.
    unsafe {
        let data = info.as_mut_ptr().cast();
        if libc::host_statistics64(host(), libc::HOST_VM_INFO64, data, &mut count) != 0 {
            return 0;
        }
        let info = info.assume_init();
        (u64::from(info.free_count) + u64::from(info.inactive_count)) * page_size()
    }
}

/// 0: the system sets no limits that it tells of.
#[must_use]
pub fn constrained_memory() -> u64 {
    0
}

/// Bytes of memory that this process can still have.
#[must_use]
pub fn available_memory() -> u64 {
    free_memory()
}

/// Bytes of memory the process holds now.
///
/// # Errors
/// `EIO` when the system does not say.
pub fn resident_memory() -> Result<u64> {
    let mut info = MaybeUninit::<libc::mach_task_basic_info>::zeroed();
    let mut count = libc::MACH_TASK_BASIC_INFO_COUNT;
    // SAFETY: `info` has room for `count` words.
    unsafe {
        #[allow(deprecated, reason = "as for `host`")]
        let task = libc::mach_task_self();
        let data = info.as_mut_ptr().cast();
        if libc::task_info(task, libc::MACH_TASK_BASIC_INFO, data, &mut count) != 0 {
            return Err(Error::EIO);
        }
        Ok(info.assume_init().resident_size)
    }
}

/// What the calling thread has used so far: its times, the system counts nothing else by thread.
///
/// # Errors
/// `EIO` when the system does not say.
pub fn thread_resource_usage() -> Result<ResourceUsage> {
    let mut info = MaybeUninit::<libc::thread_basic_info>::zeroed();
    let words = size_of::<libc::thread_basic_info>() / size_of::<libc::integer_t>();
    let mut count = words as libc::mach_msg_type_number_t;
    // SAFETY: `info` has room for `count` words.
    let info = unsafe {
        let thread = libc::pthread_mach_thread_np(libc::pthread_self());
        let kind = libc::THREAD_BASIC_INFO as libc::thread_flavor_t;
        if libc::thread_info(thread, kind, info.as_mut_ptr().cast(), &mut count) != 0 {
            return Err(Error::EIO);
        }
        info.assume_init()
    };
    let mut usage = super::resource_usage()?;
    usage.user = (
        info.user_time.seconds.into(),
        info.user_time.microseconds.into(),
    );
    usage.system = (
        info.system_time.seconds.into(),
        info.system_time.microseconds.into(),
    );
    for (_, count) in &mut usage.counts {
        *count = 0;
    }
    Ok(usage)
}

/// Seconds since the system started.
///
/// # Errors
/// The system's.
pub fn uptime() -> Result<f64> {
    let started: libc::timeval = sysctl(c"kern.boottime")?;
    let since = crate::system::realtime().as_secs_f64();
    Ok((since - started.tv_sec as f64 - started.tv_usec as f64 / 1e6).max(0.0))
}

/// The processors.
///
/// # Errors
/// `EIO` when the system does not say.
pub fn cpu_info() -> Result<Vec<CpuInfo>> {
    let model = sysctl_text(c"machdep.cpu.brand_string").or_else(|| sysctl_text(c"hw.model"));
    let model = model.unwrap_or_else(|| "unknown".into());
    // Apple's own processors do not tell their clock.
    let speed = sysctl::<u64>(c"hw.cpufrequency").map_or(0, |hertz| hertz / 1_000_000);
    let tick = tick();
    let (mut processors, mut words) = (0, 0);
    let mut info: libc::processor_info_array_t = std::ptr::null_mut();
    // SAFETY: the call allocates an array of `processors` structures, `words` words in all, which
    // is read within its bounds and given back once.
    unsafe {
        let kind = libc::PROCESSOR_CPU_LOAD_INFO;
        if libc::host_processor_info(host(), kind, &mut processors, &mut info, &mut words) != 0 {
            return Err(Error::EIO);
        }
        let loads = info.cast::<libc::processor_cpu_load_info>();
        let cpus = (0..processors as usize).map(|index| {
            let ticks = (*loads.add(index)).cpu_ticks;
            let time = |state: i32| u64::from(ticks[state as usize]) * tick;
            CpuInfo {
                model: model.clone(),
                speed,
                times: CpuTimes {
                    user: time(libc::CPU_STATE_USER),
                    nice: time(libc::CPU_STATE_NICE),
                    sys: time(libc::CPU_STATE_SYSTEM),
                    idle: time(libc::CPU_STATE_IDLE),
                    irq: 0,
                },
            }
        });
        let cpus = cpus.collect();
        #[allow(deprecated, reason = "as for `host`")]
        let task = libc::mach_task_self();
        let size = words as usize * size_of::<libc::integer_t>();
        libc::vm_deallocate(task, info as libc::vm_address_t, size as libc::vm_size_t);
        Ok(cpus)
    }
}

/// Sets what `ps` and the like show for this process: on Linux and FreeBSD its command line, cut to
/// the length of the one it was started with on Linux; on macOS the thread's name; on Windows the
/// console's title.
///
/// # Errors
/// `EINVAL` when it contains a NUL.
pub fn set_process_title(text: &[u8]) -> Result<()> {
    // Longer names of threads are refused.
    let name = std::ffi::CString::new(&text[..text.len().min(63)]).map_err(|_| Error::EINVAL)?;
    // SAFETY: the name ends in NUL.
    unsafe { libc::pthread_setname_np(name.as_ptr()) };
    *title::TITLE.lock().unwrap_or_else(PoisonError::into_inner) = Some(text.to_vec());
    Ok(())
}
