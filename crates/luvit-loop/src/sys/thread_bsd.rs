//! Threads on macOS and FreeBSD, by POSIX id: priority, names, and FreeBSD's affinity.

use crate::{Error, Result};

/// Names a thread that has not ended. A `pthread_t`, which may be a pointer.
#[derive(Copy, Clone, Debug)]
pub(crate) struct Id(usize);

impl Id {
    fn raw(self) -> libc::pthread_t {
        self.0 as libc::pthread_t
    }
}

/// The longest name that all of these systems keep, in bytes (`MAXTHREADNAMESIZE` of macOS is 64;
/// FreeBSD's `MAXCOMLEN` 19).
pub(crate) const LONGEST_NAME: usize = if cfg!(target_vendor = "apple") {
    63
} else {
    19
};

/// The thread that asks.
pub(crate) fn current() -> Id {
    // SAFETY: pthread_self takes nothing and cannot fail.
    Id(unsafe { libc::pthread_self() } as usize)
}

/// Calls that return an error's number.
fn checked(code: libc::c_int) -> Result<()> {
    match code {
        0 => Ok(()),
        code => Err(Error::from_os(code)),
    }
}

#[cfg(target_os = "freebsd")]
mod cpus {
    use super::{Id, Result, checked};
    use crate::Error;

    /// How many CPUs a mask has places for, whatever the machine has.
    pub(crate) fn cpumask_size() -> Result<usize> {
        Ok(8 * size_of::<libc::cpuset_t>())
    }

    /// The CPU that runs this thread, from 0.
    pub(crate) fn current_cpu() -> Result<usize> {
        // SAFETY: sched_getcpu takes nothing.
        usize::try_from(unsafe { libc::sched_getcpu() }).map_err(|_| Error::ENOTSUP)
    }

    /// Which of the first `size` CPUs the thread may run on.
    pub(crate) fn affinity(id: Id, size: usize) -> Result<Vec<bool>> {
        // SAFETY: all of a cpuset may be zero, and the call fills one of the size said; CPU_ISSET
        // is asked for places that the set has.
        unsafe {
            let mut set: libc::cpuset_t = std::mem::zeroed();
            checked(libc::pthread_getaffinity_np(
                id.raw(),
                size_of::<libc::cpuset_t>(),
                &mut set,
            ))?;
            let places = 8 * size_of::<libc::cpuset_t>();
            Ok((0..size)
                .map(|cpu| cpu < places && libc::CPU_ISSET(cpu, &set))
                .collect())
        }
    }

    /// Lets the thread run on the CPUs marked, and no others.
    pub(crate) fn set_affinity(id: Id, cpus: &[bool]) -> Result<()> {
        // SAFETY: as in `affinity`.
        unsafe {
            let mut set: libc::cpuset_t = std::mem::zeroed();
            let places = 8 * size_of::<libc::cpuset_t>();
            for cpu in (0..cpus.len().min(places)).filter(|&cpu| cpus[cpu]) {
                libc::CPU_SET(cpu, &mut set);
            }
            checked(libc::pthread_setaffinity_np(
                id.raw(),
                size_of::<libc::cpuset_t>(),
                &set,
            ))
        }
    }
}

#[cfg(not(target_os = "freebsd"))]
mod cpus {
    use super::{Id, Result};
    use crate::Error;

    /// `ENOTSUP`: threads are not bound to CPUs here.
    pub(crate) fn cpumask_size() -> Result<usize> {
        Err(Error::ENOTSUP)
    }

    /// `ENOTSUP`: the system does not say.
    pub(crate) fn current_cpu() -> Result<usize> {
        Err(Error::ENOTSUP)
    }

    /// `ENOTSUP`: threads are not bound to CPUs here.
    pub(crate) fn affinity(_id: Id, _size: usize) -> Result<Vec<bool>> {
        Err(Error::ENOTSUP)
    }

    /// `ENOTSUP`: threads are not bound to CPUs here.
    pub(crate) fn set_affinity(_id: Id, _cpus: &[bool]) -> Result<()> {
        Err(Error::ENOTSUP)
    }
}

pub(crate) use cpus::{affinity, cpumask_size, current_cpu, set_affinity};

fn scheduling(id: Id) -> Result<(libc::c_int, libc::sched_param)> {
    let mut policy = 0;
    // SAFETY: all of sched_param may be zero, and the call fills it; the thread has not ended.
    unsafe {
        let mut param: libc::sched_param = std::mem::zeroed();
        checked(libc::pthread_getschedparam(
            id.raw(),
            &mut policy,
            &mut param,
        ))?;
        Ok((policy, param))
    }
}

/// The priority within the thread's policy.
pub(crate) fn priority(id: Id) -> Result<i32> {
    scheduling(id).map(|(_, param)| param.sched_priority)
}

/// -2 to 2 spread over the range of the thread's policy.
pub(crate) fn set_priority(id: Id, priority: i32) -> Result<()> {
    let (policy, mut param) = scheduling(id)?;
    // SAFETY: these take a number; the thread has not ended.
    unsafe {
        let (least, most) = (
            libc::sched_get_priority_min(policy),
            libc::sched_get_priority_max(policy),
        );
        if least == -1 || most == -1 {
            return Err(std::io::Error::last_os_error().into());
        }
        param.sched_priority = least + (most - least) * (priority + 2) / 4;
        checked(libc::pthread_setschedparam(id.raw(), policy, &param))
    }
}

/// The thread's name.
pub(crate) fn name(id: Id) -> Result<Vec<u8>> {
    let mut buffer = [0u8; 128];
    // SAFETY: the buffer is as long as said.
    checked(unsafe {
        libc::pthread_getname_np(id.raw(), buffer.as_mut_ptr().cast(), buffer.len())
    })?;
    let length = buffer.iter().position(|&byte| byte == 0);
    Ok(buffer[..length.unwrap_or(buffer.len())].to_vec())
}

/// Names the thread that asks.
pub(crate) fn set_name(name: &std::ffi::CStr) -> Result<()> {
    // SAFETY: both read the name up to its NUL.
    #[cfg(target_vendor = "apple")]
    return checked(unsafe { libc::pthread_setname_np(name.as_ptr()) });
    // SAFETY: as above.
    #[cfg(not(target_vendor = "apple"))]
    return checked(unsafe { libc::pthread_setname_np(libc::pthread_self(), name.as_ptr()) });
}
