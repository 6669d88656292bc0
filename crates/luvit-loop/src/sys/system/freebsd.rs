//! What FreeBSD says through sysctl(3).

use std::ffi::CStr;
use std::mem::MaybeUninit;
use std::sync::PoisonError;

use super::{last_error, page_size, tick, title};
use crate::system::{CpuInfo, CpuTimes};
use crate::{Error, Result};

/// The bytes of a value that sysctl(3) knows by name, at most `room` of them.
fn sysctl_bytes(name: &CStr, room: usize) -> Result<Vec<u8>> {
    let mut value = vec![0_u8; room];
    let mut size = room;
    // SAFETY: the name ends in NUL; `value` has room for `size` bytes.
    unsafe {
        let (none, data) = (std::ptr::null_mut(), value.as_mut_ptr().cast());
        if libc::sysctlbyname(name.as_ptr(), data, &mut size, none, 0) != 0 {
            return Err(last_error());
        }
    }
    value.truncate(size);
    Ok(value)
}

/// An integer that sysctl(3) knows by name, of 4 or 8 bytes.
fn sysctl_number(name: &CStr) -> Result<u64> {
    let bytes = sysctl_bytes(name, 8)?;
    match *bytes.as_slice() {
        [a, b, c, d] => Ok(u32::from_ne_bytes([a, b, c, d]).into()),
        [a, b, c, d, e, f, g, h] => Ok(u64::from_ne_bytes([a, b, c, d, e, f, g, h])),
        _ => Err(Error::EIO),
    }
}

/// Bytes of memory of the machine; 0 where the system does not say.
#[must_use]
pub fn total_memory() -> u64 {
    sysctl_number(c"hw.physmem").unwrap_or(0)
}

/// Bytes of memory that programs can have without swapping; 0 where the system does not say.
#[must_use]
pub fn free_memory() -> u64 {
    sysctl_number(c"vm.stats.vm.v_free_count").map_or(0, |pages| pages * page_size())
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

/// Bytes of memory the process holds now.
///
/// # Errors
/// The system's.
pub fn resident_memory() -> Result<u64> {
    let mut info = MaybeUninit::<libc::kinfo_proc>::zeroed();
    let mut size = size_of::<libc::kinfo_proc>();
    let pid = std::process::id() as libc::c_int;
    let name = [libc::CTL_KERN, libc::KERN_PROC, libc::KERN_PROC_PID, pid];
    // SAFETY: the name has four parts; `info` has room for `size` bytes, and may be zero.
    unsafe {
        let (none, data) = (std::ptr::null_mut(), info.as_mut_ptr().cast());
        if libc::sysctl(name.as_ptr(), 4, data, &mut size, none, 0) != 0 {
            return Err(last_error());
        }
        Ok(info.assume_init().ki_rssize as u64 * page_size())
    }
}

/// Seconds since the system started.
///
/// # Errors
/// The system's.
pub fn uptime() -> Result<f64> {
    let mut time = MaybeUninit::<libc::timespec>::zeroed();
    // SAFETY: clock_gettime fills the structure.
    let time = unsafe {
        if libc::clock_gettime(libc::CLOCK_UPTIME, time.as_mut_ptr()) != 0 {
            return Err(last_error());
        }
        time.assume_init()
    };
    Ok(time.tv_sec as f64 + time.tv_nsec as f64 / 1e9)
}

/// The processors.
///
/// # Errors
/// The system's.
pub fn cpu_info() -> Result<Vec<CpuInfo>> {
    /// `CPUSTATES` of sys/resource.h: user, nice, system, interrupts, idle.
    const STATES: usize = 5;
    let count = sysctl_number(c"hw.ncpu")? as usize;
    let model = sysctl_bytes(c"hw.model", 512)?;
    let model = model.split(|byte| *byte == 0).next().unwrap_or_default();
    let model = String::from_utf8_lossy(model).into_owned();
    let speed = sysctl_number(c"hw.clockrate").unwrap_or(0);
    let word = size_of::<libc::c_long>();
    let times = sysctl_bytes(c"kern.cp_times", count * STATES * word)?;
    let tick = tick();
    Ok(times
        .chunks_exact(STATES * word)
        .map(|states| {
            let time = |state: usize| {
                let bytes = &states[state * word..(state + 1) * word];
                let ticks = bytes.try_into().map_or(0, libc::c_long::from_ne_bytes);
                u64::try_from(ticks).unwrap_or(0) * tick
            };
            CpuInfo {
                model: model.clone(),
                speed,
                times: CpuTimes {
                    user: time(0),
                    nice: time(1),
                    sys: time(2),
                    irq: time(3),
                    idle: time(4),
                },
            }
        })
        .collect())
}

/// Sets what `ps` and the like show for this process: on Linux and FreeBSD its command line, cut to
/// the length of the one it was started with on Linux; on macOS the thread's name; on Windows the
/// console's title.
///
/// # Errors
/// `EINVAL` when it contains a NUL.
pub fn set_process_title(text: &[u8]) -> Result<()> {
    let shown = std::ffi::CString::new(text).map_err(|_| Error::EINVAL)?;
    let mut title = title::TITLE.lock().unwrap_or_else(PoisonError::into_inner);
    // SAFETY: the format takes one text that ends in NUL; the dash leaves out the program's name.
    unsafe { libc::setproctitle(c"-%s".as_ptr(), shown.as_ptr()) };
    *title = Some(text.to_vec());
    Ok(())
}
