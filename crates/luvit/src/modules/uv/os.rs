//! The system, its processors, and this process: its numbers, user, priority and resources.

use luvit_loop::{Error, system};

use super::{Entry, functions};
use crate::lua::{Call, Raise, Ret};

pub(super) const FUNCTIONS: &[Entry] = functions![
    os_gethostname,
    os_uname,
    uptime,
    loadavg,
    available_parallelism,
    cpu_info,
    getpid,
    os_getpid,
    os_getppid,
    os_getpriority,
    os_setpriority,
    os_get_passwd,
    getuid,
    getgid,
    setuid,
    setgid,
    getrusage,
    getrusage_thread,
];

fn os_gethostname(call: &mut Call) -> Ret {
    call.string(system::host_name())
}

/// `{sysname, release, version, machine}`
fn os_uname(call: &mut Call) -> Ret {
    match system::uname() {
        Ok(fields) => {
            call.new_table(0, 4);
            for (name, value) in fields {
                call.push_bytes(&value);
                call.raw_set_field(-2, name);
            }
            Ok(1)
        }
        Err(error) => call.fail(error),
    }
}

/// Seconds since the system started.
fn uptime(call: &mut Call) -> Ret {
    match system::uptime() {
        Ok(seconds) => {
            call.push_num(seconds);
            Ok(1)
        }
        Err(error) => call.fail(error),
    }
}

/// The load averages of the last 1, 5 and 15 minutes.
fn loadavg(call: &mut Call) -> Ret {
    for load in system::load_average() {
        call.push_num(load);
    }
    Ok(3)
}

/// How many threads can run at once: the processors this process may use.
fn available_parallelism(call: &mut Call) -> Ret {
    call.push_int(std::thread::available_parallelism().map_or(1, |count| count.get() as i64));
    Ok(1)
}

/// The processors: a list of `{model, speed, times = {user, nice, sys, idle, irq}}`, the speed in
/// MHz, the times in milliseconds.
fn cpu_info(call: &mut Call) -> Ret {
    let cpus = match system::cpu_info() {
        Ok(cpus) => cpus,
        Err(error) => return call.fail(error),
    };
    call.new_table(cpus.len(), 0);
    for (index, cpu) in cpus.iter().enumerate() {
        call.new_table(0, 3);
        call.push_str(&cpu.model);
        call.raw_set_field(-2, "model");
        call.push_num(cpu.speed as f64);
        call.raw_set_field(-2, "speed");
        call.new_table(0, 5);
        for (name, time) in [
            ("user", cpu.times.user),
            ("nice", cpu.times.nice),
            ("sys", cpu.times.sys),
            ("idle", cpu.times.idle),
            ("irq", cpu.times.irq),
        ] {
            call.push_num(time as f64);
            call.raw_set_field(-2, name);
        }
        call.raw_set_field(-2, "times");
        call.raw_set_index(-2, index as i32 + 1);
    }
    Ok(1)
}

fn getpid(call: &mut Call) -> Ret {
    os_getpid(call)
}

fn os_getpid(call: &mut Call) -> Ret {
    call.push_int(std::process::id().into());
    Ok(1)
}

fn os_getppid(call: &mut Call) -> Ret {
    call.push_int(system::parent_id().into());
    Ok(1)
}

/// A process id: any integer; those outside the range are no process.
fn process_id(call: &Call, index: i32) -> Result<luvit_loop::Result<i32>, Raise> {
    Ok(i32::try_from(call.int(index)?).map_err(|_| Error::ESRCH))
}

/// `uv.os_getpriority(pid)`: from -20, the highest, to 19.
fn os_getpriority(call: &mut Call) -> Ret {
    let priority = process_id(call, 1)?.and_then(system::priority);
    call.number(priority.map(i64::from))
}

/// `uv.os_setpriority(pid, priority)`: from -20, the highest, to 19.
fn os_setpriority(call: &mut Call) -> Ret {
    let pid = process_id(call, 1)?;
    let priority = i32::try_from(call.int(2)?).map_err(|_| Error::EINVAL);
    let done = pid.and_then(|pid| system::set_priority(pid, priority?));
    call.truth(done)
}

/// The user this process runs as: `{username, uid, gid, shell, homedir}`; on Windows without
/// numbers and shell.
fn os_get_passwd(call: &mut Call) -> Ret {
    let user = match system::current_user() {
        Ok(user) => user,
        Err(error) => return call.fail(error),
    };
    call.new_table(0, 5);
    for (name, text) in [
        ("username", Some(user.name)),
        ("shell", user.shell),
        ("homedir", Some(user.home)),
    ] {
        if let Some(text) = text {
            call.push_bytes(&text);
            call.raw_set_field(-2, name);
        }
    }
    for (name, number) in [("uid", user.uid), ("gid", user.gid)] {
        if let Some(number) = number {
            call.push_int(number.into());
            call.raw_set_field(-2, name);
        }
    }
    Ok(1)
}

fn getuid(call: &mut Call) -> Ret {
    call.number(system::user_id().map(i64::from))
}

fn getgid(call: &mut Call) -> Ret {
    call.number(system::group_id().map(i64::from))
}

/// Takes another user or group; luv raises when the system refuses.
fn set_id(call: &Call, what: &str, set: fn(u32) -> luvit_loop::Result<()>) -> Ret {
    let id = call.int(1)?;
    let done = u32::try_from(id).map_err(|_| Error::EINVAL).and_then(set);
    done.map(|()| 0)
        .map_err(|error| Raise::message(format!("Error setting {what}: {error}")))
}

fn setuid(call: &mut Call) -> Ret {
    set_id(call, "UID", system::set_user_id)
}

fn setgid(call: &mut Call) -> Ret {
    set_id(call, "GID", system::set_group_id)
}

/// Resources used so far: times as `{sec, usec}`, `maxrss` in KiB, the rest as counts.
fn push_usage(call: &Call, usage: luvit_loop::Result<system::ResourceUsage>) -> Ret {
    let usage = match usage {
        Ok(usage) => usage,
        Err(error) => return call.fail(error),
    };
    call.new_table(0, 16);
    for (name, (sec, usec)) in [("utime", usage.user), ("stime", usage.system)] {
        call.new_table(0, 2);
        call.push_int(sec);
        call.raw_set_field(-2, "sec");
        call.push_int(usec);
        call.raw_set_field(-2, "usec");
        call.raw_set_field(-2, name);
    }
    for (name, value) in usage.counts {
        call.push_int(value);
        call.raw_set_field(-2, name);
    }
    Ok(1)
}

/// What the process has used.
fn getrusage(call: &mut Call) -> Ret {
    push_usage(call, system::resource_usage())
}

/// What the calling thread has used.
fn getrusage_thread(call: &mut Call) -> Ret {
    push_usage(call, system::thread_resource_usage())
}
