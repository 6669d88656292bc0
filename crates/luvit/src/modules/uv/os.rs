//! What the system says of this process: its numbers and the resources it used.

use luvit_loop::system;

use super::{Entry, functions};
use crate::lua::{Call, Ret};

pub(super) const FUNCTIONS: &[Entry] = functions![
    getpid,
    os_getpid,
    os_getppid,
    getuid,
    getgid,
    getrusage,
    resident_set_memory,
];

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

fn getuid(call: &mut Call) -> Ret {
    call.number(system::user_id().map(i64::from))
}

fn getgid(call: &mut Call) -> Ret {
    call.number(system::group_id().map(i64::from))
}

/// Resources used so far: times as `{sec, usec}`, `maxrss` in KiB, the rest as counts.
fn getrusage(call: &mut Call) -> Ret {
    let usage = match system::resource_usage() {
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

/// Bytes of memory the process holds now.
fn resident_set_memory(call: &mut Call) -> Ret {
    call.number(system::resident_memory().map(|bytes| bytes as i64))
}
