//! `uv_process_t`: child processes, and signals to processes.

use luvit_loop::{Handle, system};

use super::{Entry, functions};
use crate::lua::{Call, Ret};
use crate::shared::Shared;

pub(super) const FUNCTIONS: &[Entry] = functions![kill];

/// `uv.kill(pid, [signal])`: `"sigterm"` by default; signal 0 asks whether the process exists.
fn kill(call: &mut Call) -> Ret {
    let pid = call.int_in(1, i32::MIN.into()..=i32::MAX.into())? as i32;
    let signum = if call.is_nil(2) { 15 } else { call.signum(2)? };
    call.zero(system::kill(pid, signum))
}

/// A child process ended.
pub(crate) fn on_exit(_shared: &Shared, _handle: Handle, _status: i64, _signal: i32) {}
