//! What `thread` needs besides `uv`.

use luvit_loop::thread::Thread;

use crate::lua::{Call, Ret, State};
use crate::shared::Shared;

/// Pushes the table of functions.
pub(crate) fn open(state: State, shared: *const Shared) {
    state.new_table(0, 1);
    state.set_function(shared, "failure", failure);
}

/// `failure(thread)`: the error that nothing caught in a thread, with its traceback, or `nil`.
fn failure(call: &mut Call) -> Ret {
    let thread = call
        .to_counted::<Thread>(1)
        .ok_or_else(|| call.wrong_type(1, "uv_thread"))?;
    match thread.failure() {
        Some(text) => call.push_str(&text),
        None => call.push_nil(),
    }
    Ok(1)
}
