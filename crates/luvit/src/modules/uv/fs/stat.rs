//! What the system knows of a file, as a Lua table.

use luvit_loop::fs::{Stat, Time};

use crate::lua::State;

/// Pushes the table of `fs_stat`: numbers, times as `{sec, nsec}`, and `type` in a word.
pub(in crate::modules::uv) fn push_stat(state: State, stat: &Stat) {
    state.new_table(0, 17);
    for (name, value) in [
        ("dev", stat.dev),
        ("mode", stat.mode),
        ("nlink", stat.nlink),
        ("uid", stat.uid),
        ("gid", stat.gid),
        ("rdev", stat.rdev),
        ("ino", stat.ino),
        ("size", stat.size),
        ("blksize", stat.blksize),
        ("blocks", stat.blocks),
        ("flags", stat.flags),
        ("gen", stat.gen_),
    ] {
        state.push_num(value as f64);
        state.raw_set_field(-2, name);
    }
    for (name, time) in [
        ("atime", stat.atime),
        ("mtime", stat.mtime),
        ("ctime", stat.ctime),
        ("birthtime", stat.birthtime),
    ] {
        push_time(state, time);
        state.raw_set_field(-2, name);
    }
    state.push_str(type_name(stat.mode));
    state.raw_set_field(-2, "type");
}

fn push_time(state: State, time: Time) {
    state.new_table(0, 2);
    state.push_num(time.sec as f64);
    state.raw_set_field(-2, "sec");
    state.push_num(time.nsec.into());
    state.raw_set_field(-2, "nsec");
}

/// The type in the mode's upper bits (`S_IFMT`, inode(7)).
fn type_name(mode: u64) -> &'static str {
    match mode & 0o170_000 {
        0o100_000 => "file",
        0o040_000 => "directory",
        0o120_000 => "link",
        0o010_000 => "fifo",
        0o140_000 => "socket",
        0o020_000 => "char",
        0o060_000 => "block",
        _ => "unknown",
    }
}
