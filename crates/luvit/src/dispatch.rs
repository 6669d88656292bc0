//! From events to callbacks, and from an error nobody caught to the one place that handles it.

use luvit_loop::{Event, Handle, Request, RunMode, Step};

use crate::lua::{Call, NO_REF, Ret, State, Type};
use crate::modules::{http, uv, zlib};
use crate::shared::{Owner, RequestEntry, Shared, WorkResult};
use crate::worker;

/// Stack slots a callback may need besides its arguments.
const CALLBACK_STACK: i32 = 24;

/// Runs the loop as `uv.run(mode)`: whether something is still alive.
pub(crate) fn run(shared: &Shared, mode: RunMode) -> bool {
    let outer = shared.mode.replace(Some(mode));
    if outer.is_some() {
        // A handler runs the loop: answers given before it need not wait for its end.
        http::flush_current(shared);
    }
    let mut run = shared.lp.borrow_mut().start_run(mode);
    let alive = loop {
        uv::release_collected(shared);
        if shared.worker.as_ref().is_some_and(|failed| failed.0.get()) {
            break false;
        }
        // The borrow ends with the statement: nothing is held while a callback runs.
        let step = shared.lp.borrow_mut().step(&mut run);
        match step {
            Step::Event(event) => {
                let handle = if shared.abandoned.get() > 0 {
                    event.handle()
                } else {
                    None
                };
                dispatch(shared, event);
                if let Some(handle) = handle {
                    uv::release_if_done(shared, handle);
                }
            }
            Step::Done { alive } => break alive,
        }
    };
    shared.mode.set(outer);
    alive
}

fn dispatch(shared: &Shared, event: Event) {
    let state = shared.main();
    if !state.reserve(CALLBACK_STACK) {
        return report("stack overflow in the event loop");
    }
    let top = state.top();
    match event {
        Event::Read { handle, result } => match owner(shared, handle) {
            Some(Owner::HttpConnection(id)) => http::on_read(shared, id, result),
            _ => on_read(shared, handle, result),
        },
        Event::Connection { handle, result } => match owner(shared, handle) {
            Some(Owner::HttpServer(id)) => http::on_connection(shared, id, result),
            _ => status_callback(shared, handle, result),
        },
        Event::Timer(handle) => match owner(shared, handle) {
            Some(Owner::HttpTimer(id)) => http::on_timer(shared, id),
            Some(Owner::ZlibTimer) => zlib::on_timer(shared, handle),
            Some(Owner::WarmUp) => {
                luvit_loop::system::release_startup_pages();
                let _ours_and_open = shared.lp.borrow_mut().close(handle);
            }
            _ => plain_callback(shared, handle),
        },
        Event::Idle(handle) | Event::Prepare(handle) | Event::Check(handle) => {
            plain_callback(shared, handle);
        }
        Event::Async(handle) => {
            if push_callback(shared, handle)
                && let Some(values) = uv::push_async_values(state, shared, handle)
            {
                call(shared, values);
            }
        }
        Event::Signal { handle, signum } => {
            if push_callback(shared, handle) {
                state.push_str(uv::signal_name(signum).unwrap_or("unknown"));
                call(shared, 1);
            }
        }
        Event::Connect {
            request, result, ..
        }
        | Event::Write {
            request, result, ..
        }
        | Event::Shutdown {
            request, result, ..
        }
        | Event::Send {
            request, result, ..
        } => on_request(shared, request, result),
        Event::Work { request, result } => on_work(shared, request, result),
        Event::Recv { handle, result } => uv::udp::on_recv(shared, handle, result),
        Event::Poll { handle, result } => uv::poll::on_poll(shared, handle, result),
        Event::Exit {
            handle,
            status,
            signal,
        } => uv::process::on_exit(shared, handle, status, signal),
        Event::FsEvent { handle, result } => uv::fs_event::on_change(shared, handle, result),
        Event::FsPoll { handle, result } => uv::fs_poll::on_change(shared, handle, result),
        Event::Closed(handle) => on_closed(shared, handle),
    }
    state.set_top(top);
}

fn owner(shared: &Shared, handle: Handle) -> Option<Owner> {
    shared.handles.borrow().get(handle).map(|entry| entry.owner)
}

/// Pushes the handle's callback; `false` (and nothing pushed) if it has none.
pub(crate) fn push_callback(shared: &Shared, handle: Handle) -> bool {
    let callback = shared
        .handles
        .borrow()
        .get(handle)
        .map_or(NO_REF, |entry| entry.callback);
    if callback == NO_REF {
        return false;
    }
    shared.main().push_ref(callback);
    true
}

fn plain_callback(shared: &Shared, handle: Handle) {
    if push_callback(shared, handle) {
        call(shared, 0);
    }
}

/// `callback(err)`: `nil`, or `"CODE: text"`… luv passes the code's name only.
fn status_callback(shared: &Shared, handle: Handle, result: luvit_loop::Result<()>) {
    if push_callback(shared, handle) {
        push_status(shared.main(), result.err());
        call(shared, 1);
    }
}

/// Pushes what a callback gets as its error: `nil` or the code's name, as in luv.
pub(crate) fn push_status(state: State, error: Option<luvit_loop::Error>) {
    match error {
        None => state.push_nil(),
        Some(error) => state.push_str(error.name()),
    }
}

/// `callback(err, data)`: data is `nil` at the end of the stream.
fn on_read(shared: &Shared, handle: Handle, result: luvit_loop::Result<usize>) {
    let state = shared.main();
    if !push_callback(shared, handle) {
        return;
    }
    match result {
        Ok(length) => {
            state.push_nil();
            // A push may run finalizers of scripts, which may call anything: nothing is borrowed.
            let buffer = shared.lp.borrow_mut().take_read_buffer();
            state.push_bytes(buffer.get(..length).unwrap_or_default());
            shared.lp.borrow_mut().restore_read_buffer(buffer);
        }
        Err(luvit_loop::Error::EOF) => {
            state.push_nil();
            state.push_nil();
        }
        Err(error) => {
            push_status(state, Some(error));
            state.push_nil();
        }
    }
    call(shared, 2);
}

fn on_request(shared: &Shared, request: Request, result: luvit_loop::Result<()>) {
    let state = shared.main();
    shared.written.release(state);
    match shared.take_request(request) {
        Some(RequestEntry::Status(callback)) if callback != NO_REF => {
            state.push_ref(callback);
            state.drop_ref(callback);
            push_status(state, result.err());
            call(shared, 1);
        }
        Some(RequestEntry::HttpWrite(id)) => http::on_write(shared, id, result),
        Some(RequestEntry::HttpShutdown(id)) => http::on_shutdown(shared, id, result),
        _ => {}
    }
}

fn on_work(shared: &Shared, request: Request, result: WorkResult) {
    let state = shared.main();
    match shared.take_request(request) {
        Some(RequestEntry::Work(push_results, callback)) => {
            state.push_ref(callback);
            state.drop_ref(callback);
            let results = push_results(&Call::new(state, shared), result);
            call(shared, results);
        }
        Some(RequestEntry::Fs(pending)) => uv::fs::finish(shared, &pending, result),
        _ => {}
    }
}

fn on_closed(shared: &Shared, handle: Handle) {
    let state = shared.main();
    let Some(entry) = shared.handles.borrow_mut().remove(handle) else {
        return;
    };
    state.drop_ref(entry.callback);
    if entry.abandoned {
        shared.abandoned.set(shared.abandoned.get() - 1);
    }
    uv::close_async(shared, handle);
    match entry.owner {
        Owner::HttpConnection(id) => http::on_closed(shared, id),
        Owner::HttpServer(id) => http::on_server_closed(shared, id),
        Owner::Lua | Owner::HttpTimer(_) | Owner::WarmUp | Owner::ZlibTimer => {}
    }
    if entry.on_close != NO_REF {
        state.push_ref(entry.on_close);
        state.drop_ref(entry.on_close);
        call(shared, 0);
    }
}

/// Calls the function under its `args` arguments on the main stack, without results. An error goes
/// to the uncaught-error path.
pub(crate) fn call(shared: &Shared, args: i32) {
    if call_with(shared, args, 0).is_err() {
        handle_uncaught(shared);
    }
}

/// Calls the function under its `args` arguments; on `Err` the error is on the top of the stack and
/// its traceback recorded in `shared.traceback`.
pub(crate) fn call_with(shared: &Shared, args: i32, results: i32) -> Result<(), ()> {
    let state = shared.main();
    let function = state.top() - args;
    state.push_ref(shared.message_handler.get());
    state.insert(function);
    let outcome = state.pcall(args, results, function);
    state.remove(function);
    outcome
}

/// Hands the error on the top of the stack to the script's handler; pops it. In a thread that a
/// script started, an error that no handler takes is reported and ends the thread's loop.
pub(crate) fn handle_uncaught(shared: &Shared) {
    let state = shared.main();
    let traceback = std::mem::take(&mut *shared.traceback.borrow_mut());
    state.push_ref(shared.on_uncaught.get());
    if state.type_of(-1) != Type::Function {
        state.pop(1);
        let text = state
            .to_bytes(-1)
            .unwrap_or(b"(error object is not a string)");
        report(&format!(
            "{}\n{}",
            text.escape_ascii(),
            String::from_utf8_lossy(&traceback)
        ));
        state.pop(1);
        return;
    }
    state.insert(-2);
    state.push_bytes(&traceback);
    let outcome = state.pcall(2, 1, 0);
    if let Some(failed) = &shared.worker {
        // The report that is still to be told, or the error of the handler itself.
        if !state.is_nil(-1) {
            failed.0.set(true);
            let text = state.to_bytes(-1).unwrap_or_default();
            worker::report(&String::from_utf8_lossy(text));
        }
        state.pop(1);
    } else if outcome.is_ok() {
        state.pop(1);
    } else {
        // The handler itself failed: say so and leave, nothing else is left to ask.
        let text = state
            .to_bytes(-1)
            .unwrap_or(b"(error object is not a string)");
        report(&format!(
            "error in the handler of uncaught errors: {}",
            String::from_utf8_lossy(text)
        ));
        std::process::exit(255);
    }
}

/// Reports an error that Lua cannot report.
pub(crate) fn report(text: &str) {
    write_error(&format!("Uncaught exception:\n{text}\n"));
}

/// Writes to standard error in one piece, so that what several threads say stays apart.
pub(crate) fn write_error(text: &str) {
    use std::io::Write;
    let _closed_or_full = std::io::stderr().write_all(text.as_bytes());
}

/// The message handler of every callback: records the traceback, returns the error unchanged.
pub(crate) fn message_handler(call: &mut Call) -> Ret {
    call.set_top(1);
    call.push_traceback(call.state(), None, 1);
    let text = call.to_bytes(-1).unwrap_or_default();
    let mut traceback = call.shared().traceback.borrow_mut();
    traceback.clear();
    traceback.extend_from_slice(text);
    call.pop(1);
    Ok(1)
}
