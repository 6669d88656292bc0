//! Threads on Linux, by the kernel's thread id: affinity, priority, names.

use super::unix::last_error;
use crate::Result;

/// Names a thread that has not ended.
#[derive(Copy, Clone, Debug)]
pub(crate) struct Id(libc::pid_t);

/// The longest name that the kernel keeps, in bytes (`PR_SET_NAME` in prctl(2)).
pub(crate) const LONGEST_NAME: usize = 15;

/// Bits of a word of the kernel's CPU masks.
const WORD: usize = usize::BITS as usize;

/// The thread that asks.
pub(crate) fn current() -> Id {
    // SAFETY: gettid takes nothing and cannot fail. Old C libraries have no wrapper.
    Id(unsafe { libc::syscall(libc::SYS_gettid) } as libc::pid_t)
}

/// How many CPUs a mask has places for, whatever the machine has.
pub(crate) fn cpumask_size() -> Result<usize> {
    Ok(libc::CPU_SETSIZE as usize)
}

/// The CPU that runs this thread, from 0.
pub(crate) fn current_cpu() -> Result<usize> {
    let mut cpu: libc::c_uint = 0;
    let nothing = std::ptr::null_mut::<libc::c_uint>();
    // SAFETY: getcpu fills one number; the others are not asked for.
    match unsafe { libc::syscall(libc::SYS_getcpu, &mut cpu, nothing, nothing) } {
        0 => Ok(cpu as usize),
        _ => Err(last_error()),
    }
}

/// Which of the first `size` CPUs the thread may run on.
pub(crate) fn affinity(id: Id, size: usize) -> Result<Vec<bool>> {
    let mut words = vec![0usize; size.div_ceil(WORD)];
    // SAFETY: the mask is as long as said; the kernel writes words of it.
    let result = unsafe {
        libc::sched_getaffinity(
            id.0,
            size_of_val(words.as_slice()),
            words.as_mut_ptr().cast(),
        )
    };
    if result == -1 {
        return Err(last_error());
    }
    Ok((0..size)
        .map(|cpu| words[cpu / WORD] >> (cpu % WORD) & 1 == 1)
        .collect())
}

/// Lets the thread run on the CPUs marked, and no others. `EINVAL` when none of them is there.
pub(crate) fn set_affinity(id: Id, cpus: &[bool]) -> Result<()> {
    let mut words = vec![0usize; cpus.len().div_ceil(WORD)];
    for cpu in (0..cpus.len()).filter(|&cpu| cpus[cpu]) {
        words[cpu / WORD] |= 1 << (cpu % WORD);
    }
    // SAFETY: the mask is as long as said, and only read.
    let result = unsafe {
        libc::sched_setaffinity(id.0, size_of_val(words.as_slice()), words.as_ptr().cast())
    };
    if result == -1 {
        return Err(last_error());
    }
    Ok(())
}

/// The thread's nice value: -20 (first) to 19. Threads with a real-time policy have 0.
pub(crate) fn priority(id: Id) -> Result<i32> {
    // The wrapper's -1 may be a nice value; the system call gives 20 minus it, and -1 for errors.
    // SAFETY: getpriority takes two numbers.
    let value = unsafe { libc::syscall(libc::SYS_getpriority, libc::PRIO_PROCESS, id.0) };
    if value == -1 {
        return Err(last_error());
    }
    Ok(20 - value as i32)
}

/// Two steps of nice for each step of priority.
pub(crate) fn set_priority(id: Id, priority: i32) -> Result<()> {
    // SAFETY: setpriority takes three numbers. On Linux it means the one thread.
    match unsafe { libc::setpriority(libc::PRIO_PROCESS as _, id.0 as _, -2 * priority) } {
        0 => Ok(()),
        _ => Err(last_error()),
    }
}

/// The thread's name.
pub(crate) fn name(id: Id) -> Result<Vec<u8>> {
    let mut name = std::fs::read(format!("/proc/self/task/{}/comm", id.0))?;
    if name.last() == Some(&b'\n') {
        name.pop();
    }
    Ok(name)
}

/// Names the thread that asks.
pub(crate) fn set_name(name: &std::ffi::CStr) -> Result<()> {
    // SAFETY: the kernel reads the name up to its NUL.
    match unsafe { libc::prctl(libc::PR_SET_NAME, name.as_ptr()) } {
        0 => Ok(()),
        _ => Err(last_error()),
    }
}
