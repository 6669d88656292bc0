//! `uv_idle_t`, `uv_prepare_t`, `uv_check_t`: called once a turn of the loop.

use luvit_loop::{Handle, HandleKind};

use super::handle::Accept;
use super::{Entry, functions};
use crate::lua::{Call, Ret};

pub(super) const FUNCTIONS: &[Entry] = functions![
    new_idle,
    idle_start,
    idle_stop,
    new_prepare,
    prepare_start,
    prepare_stop,
    new_check,
    check_start,
    check_stop,
];

fn start(call: &mut Call, kind: HandleKind) -> Ret {
    let handle = call.handle(1, Accept::Kind(kind))?;
    call.callable(2)?;
    let result = call.shared().lp.borrow_mut().watcher_start(handle);
    if result.is_ok() {
        call.set_callback(handle, 2);
    }
    call.started(result)
}

fn stop(call: &mut Call, kind: HandleKind) -> Ret {
    let handle = call.handle(1, Accept::Kind(kind))?;
    let result = call.shared().lp.borrow_mut().watcher_stop(handle);
    if result.is_ok() {
        call.clear_callback(handle);
    }
    call.unless_closing(handle, result)
}

fn new(call: &mut Call, make: fn(&mut luvit_loop::Loop) -> Handle) -> Ret {
    let handle = make(&mut call.shared().lp.borrow_mut());
    call.new_handle(Ok(handle))
}

fn new_idle(call: &mut Call) -> Ret {
    new(call, luvit_loop::Loop::new_idle)
}

fn idle_start(call: &mut Call) -> Ret {
    start(call, HandleKind::Idle)
}

fn idle_stop(call: &mut Call) -> Ret {
    stop(call, HandleKind::Idle)
}

fn new_prepare(call: &mut Call) -> Ret {
    new(call, luvit_loop::Loop::new_prepare)
}

fn prepare_start(call: &mut Call) -> Ret {
    start(call, HandleKind::Prepare)
}

fn prepare_stop(call: &mut Call) -> Ret {
    stop(call, HandleKind::Prepare)
}

fn new_check(call: &mut Call) -> Ret {
    new(call, luvit_loop::Loop::new_check)
}

fn check_start(call: &mut Call) -> Ret {
    start(call, HandleKind::Check)
}

fn check_stop(call: &mut Call) -> Ret {
    stop(call, HandleKind::Check)
}
