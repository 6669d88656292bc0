//! A runtime in a thread that a script started: with `uv.new_thread`, or one of the pool's for
//! `uv.new_work`.
//!
//! It is a whole runtime, with one difference: an error that nothing catches is reported and ends
//! what the thread does, never the process.

use std::cell::RefCell;
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::rc::Rc;
use std::sync::Arc;

use luvit_loop::thread::Thread;

use crate::dispatch;
use crate::lua::{Call, Ref};
use crate::modules::uv::values::{ThreadValue, push_values};
use crate::runtime::{Error, Runtime};
use crate::shared::Failed;

/// What a thread runs: bytecode or source text.
pub(crate) type Code = Arc<[u8]>;

/// The program's arguments.
type Args = Arc<Vec<Vec<u8>>>;

/// How many functions a worker keeps compiled.
const MOST_COMPILED: usize = 256;

/// As many results as the function returns.
const ALL: i32 = -1;

/// A Lua state for the functions of other threads' scripts.
pub(crate) struct Worker {
    runtime: Runtime,
    compiled: RefCell<HashMap<Code, Ref>>,
}

thread_local! {
    /// The state that a thread of the pool keeps.
    static POOLED: RefCell<Option<Rc<Worker>>> = const { RefCell::new(None) };
}

impl Worker {
    /// Starts a state with the program's arguments.
    fn start(args: Args) -> Result<Worker, Error> {
        let runtime = Runtime::start(args, Some(Failed::default()))?;
        let state = runtime.shared().main();
        // Threads that start in the same second are not to have the same random numbers.
        state.push_globals();
        state.raw_get_field(-1, "math");
        state.raw_get_field(-1, "randomseed");
        let seed = RandomState::new().hash_one(Thread::current().number());
        state.push_num((seed >> 11) as f64);
        let seeded = state.pcall(1, 0, 0);
        debug_assert!(seeded.is_ok());
        state.set_top(0);
        Ok(Worker {
            runtime,
            compiled: RefCell::default(),
        })
    }

    /// Pushes the function; on `Err` the message is pushed.
    fn push_compiled(&self, code: &Code) -> Result<(), ()> {
        let state = self.runtime.shared().main();
        if let Some(&function) = self.compiled.borrow().get(code) {
            state.push_ref(function);
            return Ok(());
        }
        self.runtime.push_face("compile");
        state.push_bytes(code);
        dispatch::call_with(self.runtime.shared(), 1, 2)?;
        if state.is_nil(-2) {
            state.remove(-2);
            return Err(());
        }
        state.pop(1);
        state.push_value(-1);
        let function = state.make_ref();
        let mut compiled = self.compiled.borrow_mut();
        if compiled.len() >= MOST_COMPILED {
            for (_, old) in compiled.drain() {
                state.drop_ref(old);
            }
        }
        compiled.insert(code.clone(), function);
        Ok(())
    }

    /// Runs the function on the state: what it returns, or `None` when it failed, which is then
    /// reported.
    fn run(&self, code: &Code, values: Vec<ThreadValue>) -> Option<Vec<ThreadValue>> {
        let shared = self.runtime.shared();
        let state = shared.main();
        let base = state.top();
        if let Some(failed) = &shared.worker {
            failed.0.set(false);
        }
        let outcome = self.push_compiled(code).and_then(|()| {
            let count = push_values(state, shared, values);
            dispatch::call_with(shared, count, ALL)
        });
        let results = match outcome {
            Ok(()) => Call::new(state, shared)
                .thread_values(base + 1)
                .inspect_err(|error| report(error.message()))
                .ok(),
            Err(()) => {
                report(&self.runtime.script_error().to_string());
                None
            }
        };
        state.set_top(base);
        results
    }
}

/// Runs the function on a new state, which is closed at the end: its handles, its memory.
pub(crate) fn run_alone(args: Args, code: &Code, values: Vec<ThreadValue>) {
    match Worker::start(args) {
        Ok(worker) => drop(worker.run(code, values)),
        Err(error) => report(&error.to_string()),
    }
}

/// Runs the function on the state that this thread of the pool keeps. It is made for the first one.
pub(crate) fn run_pooled(
    args: Args,
    code: &Code,
    values: Vec<ThreadValue>,
) -> Option<Vec<ThreadValue>> {
    let pooled = POOLED.with_borrow(Clone::clone);
    let worker = match pooled {
        Some(worker) => worker,
        None => match Worker::start(args) {
            Ok(worker) => {
                let worker = Rc::new(worker);
                POOLED.set(Some(worker.clone()));
                worker
            }
            Err(error) => {
                report(&error.to_string());
                return None;
            }
        },
    };
    worker.run(code, values)
}

/// Tells of an error in this thread that nothing caught, now and whoever joins the thread.
pub(crate) fn report(text: &str) {
    let thread = Thread::current();
    thread.set_failure(text);
    let name = thread.name().unwrap_or_default();
    let name = String::from_utf8_lossy(&name);
    dispatch::write_error(&format!("Uncaught exception in thread '{name}':\n{text}\n"));
}

#[cfg(test)]
mod tests {
    use crate::Runtime;
    use std::sync::atomic::{AtomicUsize, Ordering};

    const QUEUE: &str = "
        local uv = require('uv')
        local work = uv.new_work(function(n)
            local t = {}
            for i = 1, n do t[i] = tostring(i) end
            return table.concat(t)
        end, function(text) _G.done = (_G.done or 0) + 1 end)
        for _ = 1, 50 do work:queue(100) end
        async = uv.new_async(function() end)
        uv.new_thread(function(a) for i = 1, 1000 do a:send(i, a) end end, async)";

    #[test]
    fn a_runtime_may_go_while_the_pool_works_for_it() {
        for _ in 0..20 {
            let runtime = Runtime::builder().build().unwrap();
            runtime.run_source("=queue", QUEUE).unwrap();
        }
    }

    #[test]
    fn several_runtimes_at_once() {
        static DONE: AtomicUsize = AtomicUsize::new(0);
        let threads: Vec<_> = (0..4)
            .map(|_| {
                std::thread::spawn(|| {
                    let runtime = Runtime::builder().build().unwrap();
                    let source = format!("{QUEUE} async:unref()");
                    runtime.run_source("=queue", source).unwrap();
                    assert_eq!(runtime.run(), 0);
                    runtime.run_source("=check", "assert(done == 50)").unwrap();
                    DONE.fetch_add(1, Ordering::SeqCst);
                })
            })
            .collect();
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(DONE.load(Ordering::SeqCst), 4);
    }
}
