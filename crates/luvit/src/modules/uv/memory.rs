//! Memory of the machine and of this process, in bytes.

use luvit_loop::system;

use super::{Entry, functions};
use crate::lua::{Call, Ret};

pub(super) const FUNCTIONS: &[Entry] = functions![
    get_total_memory,
    get_free_memory,
    get_constrained_memory,
    get_available_memory,
    resident_set_memory,
];

fn get_total_memory(call: &mut Call) -> Ret {
    call.push_num(system::total_memory() as f64);
    Ok(1)
}

/// What programs can have without swapping.
fn get_free_memory(call: &mut Call) -> Ret {
    call.push_num(system::free_memory() as f64);
    Ok(1)
}

/// The limit the system sets to this process; 2^64 when there is none, 0 when it is not known.
fn get_constrained_memory(call: &mut Call) -> Ret {
    call.push_num(system::constrained_memory() as f64);
    Ok(1)
}

/// What this process can still have, its limit counted in.
fn get_available_memory(call: &mut Call) -> Ret {
    call.push_num(system::available_memory() as f64);
    Ok(1)
}

/// What the process holds now.
fn resident_set_memory(call: &mut Call) -> Ret {
    call.number(system::resident_memory().map(|bytes| bytes as i64))
}
