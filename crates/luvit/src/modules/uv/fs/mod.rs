//! `uv_fs_t`: file operations, at once or, with a callback, on the thread pool.
//!
//! Every function is written once, with [`operation`]: its arguments become an operation, which runs
//! here and now or as a job, and the way its result becomes Lua values. An error says the path, as
//! in luv: `"ENOENT: no such file or directory: x"`, `x -> y` where there are two.
//!
//! What outlives a call, listings of `fs_scandir` and folders of `fs_opendir`, lies in a
//! [`registry`]; a userdata is only its number there.

pub(super) mod attributes;
pub(super) mod dir;
pub(super) mod file;
pub(super) mod names;
mod operation;
mod registry;
pub(super) mod scandir;
pub(super) mod stat;
pub(crate) mod whole;

pub(crate) use operation::{Pending, finish};
pub(super) use stat::push_stat;

use crate::lua::State;

/// Stores the constants of files in the table on the top.
pub(super) fn push_constants(state: State) {
    use luvit_loop::fs::{ACCESS_MODES, OPEN_FLAGS};
    for &(name, value) in OPEN_FLAGS.iter().chain(ACCESS_MODES) {
        state.push_int(value.into());
        state.raw_set_field(-2, name);
    }
    // libuv's own: what no time can be.
    for (name, value) in [("FS_UTIME_NOW", f64::INFINITY), ("FS_UTIME_OMIT", f64::NAN)] {
        state.push_num(value);
        state.raw_set_field(-2, name);
    }
}
