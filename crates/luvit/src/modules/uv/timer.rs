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
    call.zero(result)
}

fn timer_again(call: &mut Call) -> Ret {
    let handle = timer(call)?;
    let result = call.shared().lp.borrow_mut().timer_again(handle);
    call.started(result)
}

fn timer_set_repeat(call: &mut Call) -> Ret {
    let handle = timer(call)?;
    let repeat = milliseconds(call, 2)?;
    let mut lp = call.shared().lp.borrow_mut();
    let result = lp.timer_set_repeat(handle, repeat);
    drop(lp);
    match result {
        Ok(()) => Ok(0),
        Err(error) => call.fail(error),
    }
}

fn timer_get_repeat(call: &mut Call) -> Ret {
    let handle = timer(call)?;
    let result = call.shared().lp.borrow().timer_get_repeat(handle);
    call.number(result.map(|ms| i64::try_from(ms).unwrap_or(i64::MAX)))
}

fn timer_get_due_in(call: &mut Call) -> Ret {
    let handle = timer(call)?;
    let result = call.shared().lp.borrow().timer_get_due_in(handle);
    call.number(result.map(|ms| i64::try_from(ms).unwrap_or(i64::MAX)))
}
