//! `uv_fs_poll_t`: watching a path by looking at it every so often.

use luvit_loop::{Handle, HandleKind, Result, fs::Stat};

use super::handle::Accept;
use super::{Entry, functions};
use crate::dispatch;
use crate::lua::{Call, Raise, Ret};
use crate::shared::Shared;

pub(super) const FUNCTIONS: &[Entry] =
    functions![new_fs_poll, fs_poll_start, fs_poll_stop, fs_poll_getpath,];

fn watcher(call: &Call) -> std::result::Result<Handle, Raise> {
    call.handle(1, Accept::Kind(HandleKind::FsPoll))
}

fn new_fs_poll(call: &mut Call) -> Ret {
    let made = call.shared().lp.borrow_mut().new_fs_poll();
    call.new_handle(Ok(made))
}

/// `uv.fs_poll_start(fs_poll, path, interval, callback)`: `interval` in milliseconds. A watcher
/// that runs goes on as it was.
fn fs_poll_start(call: &mut Call) -> Ret {
    let handle = watcher(call)?;
    let path = call.path(2)?;
    let interval = call.int_in(3, 0..=u32::MAX.into())?;
    call.callable(4)?;
    let runs = call.shared().lp.borrow().is_active(handle);
    let result = call
        .shared()
        .lp
        .borrow_mut()
        .fs_poll_start(handle, &path, interval as u64);
    if result.is_ok() && !runs {
        call.set_callback(handle, 4);
    }
    call.started(result)
}

fn fs_poll_stop(call: &mut Call) -> Ret {
    let handle = watcher(call)?;
    let result = call.shared().lp.borrow_mut().fs_poll_stop(handle);
    if result.is_ok() {
        call.clear_callback(handle);
    }
    call.unless_closing(handle, result)
}

/// The path that is watched; `EINVAL` when there is none.
fn fs_poll_getpath(call: &mut Call) -> Ret {
    let handle = watcher(call)?;
    let path = {
        let lp = call.shared().lp.borrow();
        lp.fs_poll_path(handle)
            .map(|path| path.as_encoded_bytes().to_vec())
    };
    call.string(path)
}

/// `callback(err, prev, curr)` with two tables as `fs_stat` gives them; of a file that cannot be
/// looked at `curr` is all zeros.
pub(crate) fn on_change(shared: &Shared, handle: Handle, result: Result<Box<(Stat, Stat)>>) {
    if !dispatch::push_callback(shared, handle) {
        return;
    }
    let state = shared.main();
    let (before, now) = match result {
        Ok(both) => *both,
        Err(error) => {
            // What it was when it could last be looked at, and nothing.
            let last = shared.lp.borrow().fs_poll_last(handle);
            state.push_str(error.name());
            super::fs::push_stat(state, &last);
            super::fs::push_stat(state, &Stat::default());
            return dispatch::call(shared, 3);
        }
    };
    state.push_nil();
    super::fs::push_stat(state, &before);
    super::fs::push_stat(state, &now);
    dispatch::call(shared, 3);
}
