//! `uv_async_t`: waking the loop from another thread.

use luvit_loop::{Handle, HandleKind};

use super::handle::Accept;
use super::{Entry, functions};
use crate::lua::{Call, NO_REF, Ret, State};
use crate::shared::Shared;

pub(super) const FUNCTIONS: &[Entry] = functions![new_async, async_send];

/// `uv.new_async(callback)`: the callback runs after `async_send`, from this thread or another;
/// several sends before it runs count as one.
fn new_async(call: &mut Call) -> Ret {
    call.callable(1)?;
    let handle = call.shared().lp.borrow_mut().new_async();
    let results = call.new_handle(Ok(handle))?;
    call.set_callback(handle, 1);
    Ok(results)
}

/// `uv.async_send(async, ...)`: the callback gets the values of the latest send.
fn async_send(call: &mut Call) -> Ret {
    let handle: Handle = call.handle(1, Accept::Kind(HandleKind::Async))?;
    let result = call
        .shared()
        .lp
        .borrow()
        .async_sender(handle)
        .map(|sender| sender.send());
    if result.is_ok() {
        let count = call.top() - 1;
        call.new_table(count as usize, 1);
        for index in 1..=count {
            call.push_value(index + 1);
            call.raw_set_index(-2, index);
        }
        call.push_int(count.into());
        call.raw_set_field(-2, "n");
        let values = call.make_ref();
        let old = call
            .shared()
            .async_values
            .borrow_mut()
            .insert(handle.to_bits(), values);
        call.drop_ref(old.unwrap_or(NO_REF));
    }
    call.zero(result)
}

/// Forgets values that were sent to a handle that closed before it was called.
pub(crate) fn drop_async_values(state: State, shared: &Shared, handle: Handle) {
    if let Some(values) = shared.async_values.borrow_mut().remove(&handle.to_bits()) {
        state.drop_ref(values);
    }
}

/// Pushes the values of the latest send, and says how many; none the second time.
pub(crate) fn push_async_values(state: State, shared: &Shared, handle: Handle) -> i32 {
    let Some(values) = shared.async_values.borrow_mut().remove(&handle.to_bits()) else {
        return 0;
    };
    state.push_ref(values);
    state.drop_ref(values);
    let table = state.top();
    state.raw_get_field(table, "n");
    let count = state.to_num(-1).unwrap_or(0.0) as i32;
    state.pop(1);
    if !state.reserve(count) {
        state.pop(1);
        return 0;
    }
    for index in 1..=count {
        state.raw_get_index(table, index);
    }
    state.remove(table);
    count
}
