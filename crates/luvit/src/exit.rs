//! `os.exit`, which any thread may call at any time.
//!
//! C's `exit`, which LuaJIT's own function calls, must not run in two threads at once. Here the
//! first one ends the process, and a second one waits for that.

use crate::lua::{Call, Ret, State, Type};
use crate::shared::Shared;

/// Puts ours in the place of LuaJIT's.
pub(crate) fn replace(state: State, shared: &Shared) {
    state.push_globals();
    state.raw_get_field(-1, "os");
    state.set_function(shared, "exit", exit);
    state.pop(2);
}

/// `os.exit([code [, close]])`: ends the whole process, whichever thread calls. `true` and nothing
/// are 0, `false` is 1. With `close` the state of the calling thread is closed first.
fn exit(call: &mut Call) -> Ret {
    let code = match call.type_of(1) {
        Type::None | Type::Nil => 0,
        Type::Boolean => i32::from(!call.to_bool(1)),
        _ => call.int(1)? as i32,
    };
    if call.to_bool(2) {
        call.close_for_exit();
    }
    // What C's files hold back is lost otherwise: there `std::process::exit` is not C's `exit`.
    #[cfg(windows)]
    crate::lua::flush_files();
    std::process::exit(code)
}
