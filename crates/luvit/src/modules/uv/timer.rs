//! `uv_timer_t`: milliseconds from the loop's clock; see libuv's page "Timer handle".

use luvit_loop::{Handle, HandleKind};

use super::handle::Accept;
use super::{Entry, functions};
use crate::lua::{Call, Raise, Ret};

pub(super) const FUNCTIONS: &[Entry] = functions![
    new_timer,
    timer_start,
    timer_stop,
    timer_again,
    timer_set_repeat,
    timer_get_repeat,
    timer_get_due_in,
];

fn timer(call: &Call) -> Result<Handle, Raise> {
    call.handle(1, Accept::Kind(HandleKind::Timer))
}

/// A time argument in whole milliseconds; less than 0 counts as 0, as a number wraps nowhere.
fn milliseconds(call: &Call, index: i32) -> Result<u64, Raise> {
    Ok(call.num(index)?.max(0.0) as u64)
}

fn new_timer(call: &mut Call) -> Ret {
    let handle = call.shared().lp.borrow_mut().new_timer();
    call.new_handle(Ok(handle))
}

fn timer_start(call: &mut Call) -> Ret {
    let handle = timer(call)?;
    let timeout = milliseconds(call, 2)?;
    let repeat = milliseconds(call, 3)?;
    call.callable(4)?;
    let result = call
        .shared()
        .lp
        .borrow_mut()
        .timer_start(handle, timeout, repeat);
    if result.is_ok() {
        call.set_callback(handle, 4);
    }
    call.started(result)
}

fn timer_stop(call: &mut Call) -> Ret {
    let handle = timer(call)?;
    let result = call.shared().lp.borrow_mut().timer_stop(handle);
    call.unless_closing(handle, result)
}

fn timer_again(call: &mut Call) -> Ret {
    let handle = timer(call)?;
    let result = call.shared().lp.borrow_mut().timer_again(handle);
    call.started(result)
}

/// A time; 0 of a timer that is closed.
fn push_milliseconds(call: &Call, result: luvit_loop::Result<u64>) -> i32 {
    call.push_int(i64::try_from(result.unwrap_or(0)).unwrap_or(i64::MAX));
    1
}

fn timer_set_repeat(call: &mut Call) -> Ret {
    let handle = timer(call)?;
    let repeat = milliseconds(call, 2)?;
    // One that is closed or closing has no use for it.
    let _closed = call
        .shared()
        .lp
        .borrow_mut()
        .timer_set_repeat(handle, repeat);
    Ok(0)
}

fn timer_get_repeat(call: &mut Call) -> Ret {
    let handle = timer(call)?;
    let result = call.shared().lp.borrow().timer_get_repeat(handle);
    Ok(push_milliseconds(call, result))
}

fn timer_get_due_in(call: &mut Call) -> Ret {
    let handle = timer(call)?;
    let result = call.shared().lp.borrow().timer_get_due_in(handle);
    Ok(push_milliseconds(call, result))
}
