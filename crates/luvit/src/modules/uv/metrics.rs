//! What the loop has done: idle time and counts.

use super::{Entry, functions};
use crate::lua::{Call, Ret};

pub(super) const FUNCTIONS: &[Entry] = functions![metrics_idle_time, metrics_info];

/// `uv.metrics_idle_time()`: nanoseconds the loop waited since
/// `uv.loop_configure("metrics_idle_time")`; 0 before.
fn metrics_idle_time(call: &mut Call) -> Ret {
    call.push_num(call.shared().lp.borrow().idle_time() as f64);
    Ok(1)
}

/// `uv.metrics_info()`: `{loop_count, events, events_waiting}`
fn metrics_info(call: &mut Call) -> Ret {
    let metrics = call.shared().lp.borrow().metrics();
    call.new_table(0, 3);
    for (name, value) in [
        ("loop_count", metrics.loop_count),
        ("events", metrics.events),
        ("events_waiting", metrics.events_waiting),
    ] {
        call.push_num(value as f64);
        call.raw_set_field(-2, name);
    }
    Ok(1)
}
