//! `uv_loop_t`: running the loop, its options and its clock.

use luvit_loop::{Error, Handle, RunMode};

use super::{Entry, functions};
use crate::dispatch;
use crate::lua::{Call, Raise, Ret, Type};
use crate::shared::Hidden;

pub(super) const FUNCTIONS: &[Entry] = functions![
    run,
    stop,
    loop_alive,
    loop_configure,
    loop_mode,
    loop_close,
    backend_fd,
    backend_timeout,
    now,
    update_time,
    walk
];

/// `uv.run([mode])`: `"default"`, `"once"` or `"nowait"`; whether something is still alive.
fn run(call: &mut Call) -> Ret {
    let mode = match call.opt_bytes(1)? {
        None | Some(b"default") => RunMode::Default,
        Some(b"once") => RunMode::Once,
        Some(b"nowait") => RunMode::Nowait,
        Some(other) => {
            let other = String::from_utf8_lossy(other);
            return Err(Raise::Argument(1, format!("invalid option '{other}'")));
        }
    };
    let _level = call.nest()?;
    let alive = dispatch::run(call.shared(), mode);
    call.push_bool(alive);
    Ok(1)
}

fn stop(call: &mut Call) -> Ret {
    call.shared().lp.borrow_mut().stop();
    Ok(0)
}

fn loop_alive(call: &mut Call) -> Ret {
    call.push_bool(call.shared().lp.borrow().alive());
    Ok(1)
}

/// The mode of the `uv.run` under way, or `nil`.
fn loop_mode(call: &mut Call) -> Ret {
    match call.shared().mode.get() {
        None => call.push_nil(),
        Some(RunMode::Default) => call.push_str("default"),
        Some(RunMode::Once) => call.push_str("once"),
        Some(RunMode::Nowait) => call.push_str("nowait"),
    }
    Ok(1)
}

/// `uv.loop_configure(option, …)`: `"metrics_idle_time"`, or `"block_signal"` and a signal, which
/// has to be `sigprof` (else `EINVAL`). `"io_uring_sqpoll"` is `ENOSYS`: nothing here uses io_uring.
fn loop_configure(call: &mut Call) -> Ret {
    let result = match call.bytes(1)? {
        b"metrics_idle_time" => {
            call.shared().lp.borrow_mut().measure_idle_time();
            Ok(())
        }
        b"block_signal" => {
            if !matches!(call.type_of(2), Type::String | Type::Number) {
                let text = "block_signal option: expected signal as string or number";
                return Err(Raise::Argument(2, text.into()));
            }
            match call.signum(2) {
                Ok(signum) => call.shared().lp.borrow_mut().block_signal(signum),
                // A name or number that is no signal is none that can be blocked.
                Err(_) => Err(Error::EINVAL),
            }
        }
        b"io_uring_sqpoll" => Err(Error::ENOSYS),
        other => {
            let other = String::from_utf8_lossy(other);
            return Err(Raise::Argument(1, format!("invalid option '{other}'")));
        }
    };
    call.zero(result)
}

/// Whether `uv.walk` shows the handle.
fn shown(call: &Call, handle: Handle) -> bool {
    let shared = call.shared();
    match shared.handles.borrow().get(handle) {
        None => false,
        Some(entry) => match entry.hidden {
            None => true,
            Some(Hidden::Idle) => shared.lp.borrow().is_active(handle),
            Some(Hidden::Always) => false,
        },
    }
}

/// `uv.loop_close()`: 0 when nothing is left in the loop, `EBUSY` while there are handles, requests
/// or a run under way. The runtime owns the loop and closes it at the end; until then it can be
/// used again, where libuv's is gone.
fn loop_close(call: &mut Call) -> Ret {
    let handles: Vec<_> = call.shared().lp.borrow().handles().collect();
    let busy = call.shared().mode.get().is_some()
        || call.shared().lp.borrow().alive()
        || handles.into_iter().any(|handle| shown(call, handle));
    call.zero(if busy { Err(Error::EBUSY) } else { Ok(()) })
}

fn backend_fd(call: &mut Call) -> Ret {
    match call.shared().lp.borrow().backend_fd() {
        Some(fd) => call.push_int(fd.into()),
        None => call.push_nil(),
    }
    Ok(1)
}

fn backend_timeout(call: &mut Call) -> Ret {
    call.push_int(call.shared().lp.borrow().backend_timeout().into());
    Ok(1)
}

fn now(call: &mut Call) -> Ret {
    call.push_int(call.shared().lp.borrow().now() as i64);
    Ok(1)
}

fn update_time(call: &mut Call) -> Ret {
    call.shared().lp.borrow_mut().update_time();
    Ok(0)
}

/// `uv.walk(callback)`: calls it with every handle a script made, closing ones included; the
/// callback may make, close and walk handles. Its error ends the walk and is raised here.
fn walk(call: &mut Call) -> Ret {
    call.callable(1)?;
    let _level = call.nest()?;
    let handles: Vec<_> = call.shared().lp.borrow().handles().collect();
    for handle in handles {
        if !shown(call, handle) {
            continue;
        }
        call.push_value(1);
        super::push_handle(call.state(), call.shared(), handle);
        if call.pcall(1, 0, 0).is_err() {
            return Err(Raise::Top);
        }
    }
    Ok(0)
}
