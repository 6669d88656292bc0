//! Threads on Windows, by thread id: affinity, priority, names.

use crate::{Error, Result};
use std::ffi::c_void;

type Handle = *mut c_void;

#[link(name = "kernel32")]
unsafe extern "system" {
    fn GetCurrentThreadId() -> u32;
    fn GetCurrentThread() -> Handle;
    fn GetCurrentProcess() -> Handle;
    fn GetCurrentProcessorNumber() -> u32;
    fn OpenThread(access: u32, inherit: i32, id: u32) -> Handle;
    fn CloseHandle(handle: Handle) -> i32;
    fn GetProcessAffinityMask(process: Handle, mask: *mut usize, system: *mut usize) -> i32;
    fn SetThreadAffinityMask(thread: Handle, mask: usize) -> usize;
    fn GetThreadPriority(thread: Handle) -> i32;
    fn SetThreadPriority(thread: Handle, priority: i32) -> i32;
    fn GetThreadDescription(thread: Handle, name: *mut *mut u16) -> i32;
    fn SetThreadDescription(thread: Handle, name: *const u16) -> i32;
    fn LocalFree(memory: *mut c_void) -> *mut c_void;
}

/// `THREAD_SET_INFORMATION | THREAD_QUERY_INFORMATION`.
const ACCESS: u32 = 0x20 | 0x40;
/// What `GetThreadPriority` returns for a failure.
const PRIORITY_ERROR: i32 = i32::MAX;

/// Names a thread that has not ended.
#[derive(Copy, Clone, Debug)]
pub(crate) struct Id(u32);

/// The longest name, in bytes: the system's limit is far off.
pub(crate) const LONGEST_NAME: usize = 255;

fn last_error() -> Error {
    std::io::Error::last_os_error().into()
}

/// A handle of a thread, closed when dropped.
struct Opened(Handle);

impl Opened {
    fn new(id: Id) -> Result<Opened> {
        // SAFETY: any number may be asked for; a thread that is not there gives null.
        let handle = unsafe { OpenThread(ACCESS, 0, id.0) };
        if handle.is_null() {
            Err(last_error())
        } else {
            Ok(Opened(handle))
        }
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        // SAFETY: the handle is open and nobody else's.
        unsafe { CloseHandle(self.0) };
    }
}

/// The thread that asks.
pub(crate) fn current() -> Id {
    // SAFETY: takes nothing and cannot fail.
    Id(unsafe { GetCurrentThreadId() })
}

/// How many CPUs a mask has places for: those of one processor group.
pub(crate) fn cpumask_size() -> Result<usize> {
    Ok(usize::BITS as usize)
}

/// The CPU that runs this thread, from 0.
pub(crate) fn current_cpu() -> Result<usize> {
    // SAFETY: takes nothing and cannot fail.
    Ok(unsafe { GetCurrentProcessorNumber() } as usize)
}

fn process_mask() -> Result<usize> {
    let (mut process, mut system) = (0, 0);
    // SAFETY: fills the two numbers.
    match unsafe { GetProcessAffinityMask(GetCurrentProcess(), &mut process, &mut system) } {
        0 => Err(last_error()),
        _ => Ok(process),
    }
}

/// Which of the first `size` CPUs the thread may run on. Windows tells only who sets another mask:
/// this sets the process's for a moment.
pub(crate) fn affinity(id: Id, size: usize) -> Result<Vec<bool>> {
    let thread = Opened::new(id)?;
    let all = process_mask()?;
    // SAFETY: the thread's handle is open.
    let mask = unsafe {
        let mask = SetThreadAffinityMask(thread.0, all);
        if mask == 0 || SetThreadAffinityMask(thread.0, mask) == 0 {
            return Err(last_error());
        }
        mask
    };
    Ok((0..size)
        .map(|cpu| cpu < usize::BITS as usize && mask >> cpu & 1 == 1)
        .collect())
}

/// Lets the thread run on the CPUs marked, and no others.
pub(crate) fn set_affinity(id: Id, cpus: &[bool]) -> Result<()> {
    let thread = Opened::new(id)?;
    let marked = (0..cpus.len().min(usize::BITS as usize)).filter(|&cpu| cpus[cpu]);
    let mask = marked.fold(0usize, |mask, cpu| mask | 1 << cpu);
    // SAFETY: the thread's handle is open.
    match unsafe { SetThreadAffinityMask(thread.0, mask) } {
        0 => Err(last_error()),
        _ => Ok(()),
    }
}

/// -15 to 15; 0 is normal.
pub(crate) fn priority(id: Id) -> Result<i32> {
    let thread = Opened::new(id)?;
    // SAFETY: the thread's handle is open.
    match unsafe { GetThreadPriority(thread.0) } {
        PRIORITY_ERROR => Err(last_error()),
        priority => Ok(priority),
    }
}

/// -2 to 2 are Windows' own numbers.
pub(crate) fn set_priority(id: Id, priority: i32) -> Result<()> {
    let thread = Opened::new(id)?;
    // SAFETY: the thread's handle is open.
    match unsafe { SetThreadPriority(thread.0, priority) } {
        0 => Err(last_error()),
        _ => Ok(()),
    }
}

/// The thread's name.
pub(crate) fn name(id: Id) -> Result<Vec<u8>> {
    let thread = Opened::new(id)?;
    let mut text = std::ptr::null_mut();
    // SAFETY: on success the system gives a string with a NUL at its end, which is ours to free.
    unsafe {
        if GetThreadDescription(thread.0, &mut text) < 0 || text.is_null() {
            return Err(last_error());
        }
        let length = (0..).take_while(|&at| *text.add(at) != 0).count();
        let name = String::from_utf16_lossy(std::slice::from_raw_parts(text, length));
        LocalFree(text.cast());
        Ok(name.into_bytes())
    }
}

/// Names the thread that asks.
pub(crate) fn set_name(name: &std::ffi::CStr) -> Result<()> {
    let text = name.to_str().map_err(|_| Error::EINVAL)?;
    let wide: Vec<u16> = text.encode_utf16().chain([0]).collect();
    // SAFETY: the name ends with NUL.
    match unsafe { SetThreadDescription(GetCurrentThread(), wide.as_ptr()) } {
        0.. => Ok(()),
        _ => Err(last_error()),
    }
}
