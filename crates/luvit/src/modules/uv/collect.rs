//! Handles that no script can reach any more.
//!
//! Such a handle goes on while it has something to do: a timer fires, a server serves, a write is
//! written. When that is done nobody is left to close it, so it is closed here.

use luvit_loop::Handle;

use super::handle::{handle_at, push_reachable};
use crate::lua::{Call, Ret};
use crate::shared::{Owner, Shared};

/// `__gc` of every handle. The collector runs in the middle of anything, so this only notes it.
pub(super) fn collected(call: &mut Call) -> Ret {
    if let Some(handle) = handle_at(call.state(), 1) {
        call.shared().collected.borrow_mut().push(handle);
    }
    Ok(0)
}

/// Closes the collected handles that are done, and marks the others as abandoned.
pub(crate) fn release_collected(shared: &Shared) {
    if shared.collected.borrow().is_empty() {
        return;
    }
    let state = shared.main();
    // Without room they are noted until the next time.
    if !state.reserve(8) {
        return;
    }
    let handles = std::mem::take(&mut *shared.collected.borrow_mut());
    for handle in handles {
        if push_reachable(state, shared, handle) {
            // Another userdata stands for it since.
            state.pop(1);
            continue;
        }
        let mut abandoned = false;
        if let Some(entry) = shared.handles.borrow_mut().get_mut(handle)
            && entry.owner == Owner::Lua
            && !entry.abandoned
        {
            entry.abandoned = true;
            abandoned = true;
        }
        if abandoned {
            shared.abandoned.set(shared.abandoned.get() + 1);
            release_if_done(shared, handle);
        }
    }
}

/// A script reaches an abandoned handle again, through `uv.walk` for one.
pub(super) fn found_again(shared: &Shared, handle: Handle) {
    if let Some(entry) = shared.handles.borrow_mut().get_mut(handle)
        && std::mem::take(&mut entry.abandoned)
    {
        shared.abandoned.set(shared.abandoned.get() - 1);
    }
}

/// Closes an abandoned handle that has nothing left to do.
pub(crate) fn release_if_done(shared: &Shared, handle: Handle) {
    let abandoned = (shared.handles.borrow().get(handle))
        .is_some_and(|entry| entry.abandoned && entry.owner == Owner::Lua);
    let mut lp = shared.lp.borrow_mut();
    if abandoned && !lp.is_active(handle) && !lp.is_closing(handle) && !lp.has_requests(handle) {
        // It is open, so it closes.
        let _ = lp.close(handle);
    }
}
