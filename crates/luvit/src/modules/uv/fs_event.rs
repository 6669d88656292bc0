//! `uv_fs_event_t`: watching files through the system's notifications.

use luvit_loop::{FsChange, Handle, HandleKind, Result};

use super::handle::Accept;
use super::{Entry, functions};
use crate::dispatch;
use crate::lua::{Call, Raise, Ret};
use crate::shared::Shared;

pub(super) const FUNCTIONS: &[Entry] = functions![
    new_fs_event,
    fs_event_start,
    fs_event_stop,
    fs_event_getpath,
];

fn watcher(call: &Call) -> std::result::Result<Handle, Raise> {
    call.handle(1, Accept::Kind(HandleKind::FsEvent))
}

fn new_fs_event(call: &mut Call) -> Ret {
    let made = call.shared().lp.borrow_mut().new_fs_event();
    call.new_handle(Ok(made))
}

/// `uv.fs_event_start(fs_event, path, flags, callback)`: of the flags `recursive` counts;
/// `watch_entry` and `stat` change nothing, as in libuv.
fn fs_event_start(call: &mut Call) -> Ret {
    let handle = watcher(call)?;
    let path = call.path(2)?;
    let recursive = if call.is_nil(3) {
        false
    } else {
        call.table(3)?;
        call.flag(3, "recursive")
    };
    call.callable(4)?;
    let result = call
        .shared()
        .lp
        .borrow_mut()
        .fs_event_start(handle, &path, recursive);
    if result.is_ok() {
        call.set_callback(handle, 4);
    }
    call.started(result)
}

fn fs_event_stop(call: &mut Call) -> Ret {
    let handle = watcher(call)?;
    let result = call.shared().lp.borrow_mut().fs_event_stop(handle);
    if result.is_ok() {
        call.clear_callback(handle);
    }
    call.unless_closing(handle, result)
}

/// The path that is watched; `EINVAL` when there is none.
fn fs_event_getpath(call: &mut Call) -> Ret {
    let handle = watcher(call)?;
    let path = {
        let lp = call.shared().lp.borrow();
        lp.fs_event_path(handle)
            .map(|path| path.as_encoded_bytes().to_vec())
    };
    call.string(path)
}

/// `callback(err, filename, {change, rename})`
pub(crate) fn on_change(shared: &Shared, handle: Handle, result: Result<FsChange>) {
    if !dispatch::push_callback(shared, handle) {
        return;
    }
    let state = shared.main();
    let change = match result {
        Ok(change) => change,
        Err(error) => {
            state.push_str(error.name());
            return dispatch::call(shared, 1);
        }
    };
    state.push_nil();
    match &change.name {
        Some(name) => state.push_bytes(name.as_encoded_bytes()),
        None => state.push_nil(),
    }
    state.new_table(0, 2);
    for (name, happened) in [("change", change.change), ("rename", change.rename)] {
        if happened {
            state.push_bool(true);
            state.raw_set_field(-2, name);
        }
    }
    dispatch::call(shared, 3);
}
