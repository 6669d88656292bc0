//! `luv_work_ctx_t`: Lua functions on the thread pool.
//!
//! Each thread of the pool keeps a Lua state, made for its first work function: a whole runtime,
//! with the globals and modules that earlier functions left. The function is dumped as a thread's
//! entry is, and compiled once a state.

use luvit_loop::Job;

use super::values::{ThreadValue, push_values};
use super::{Entry, functions};
use crate::lua::{Call, Counted, Ret, State};
use crate::shared::{RequestEntry, Shared, WorkResult};
use crate::worker::{self, Code};

pub(super) const FUNCTIONS: &[Entry] = functions![new_work, queue_work];

/// The function that runs on the pool. What is called afterwards is in the userdata's own table.
struct WorkContext(Code);

impl Counted for WorkContext {
    const NAME: &'static str = "luv_work_ctx";

    fn fill(state: State, shared: &Shared) {
        super::push_methods(state, shared, "work_", &[("queue_work", "queue")]);
    }
}

/// `uv.new_work(work_callback, after_work_callback)`
fn new_work(call: &mut Call) -> Ret {
    let code = call.code(1)?;
    call.callable(2)?;
    call.push_counted(call.shared(), WorkContext(code).into());
    call.new_table(1, 0);
    call.push_value(2);
    call.raw_set_index(-2, 1);
    call.set_own_table(-2);
    Ok(1)
}

/// `uv.queue_work(work_ctx, ...)`: runs the function on the pool with these values, and then the
/// other one here with what it returned: with nothing when it failed.
fn queue_work(call: &mut Call) -> Ret {
    let context = call
        .to_counted::<WorkContext>(1)
        .ok_or_else(|| call.wrong_type(1, "luv_work_ctx"))?;
    let values = call.thread_values(2)?;
    let args = call.shared().args.clone();
    let job: Job = Box::new(move || {
        let results = worker::run_pooled(args, &context.0, values);
        Box::new(results.unwrap_or_default())
    });
    let request = call.shared().lp.borrow_mut().queue_work(job);
    match request {
        Ok(request) => {
            call.own_table(1);
            call.raw_get_index(-1, 1);
            let after = call.make_ref();
            call.shared()
                .add_request(request, RequestEntry::Work(push_results, after));
            call.push_bool(true);
            Ok(1)
        }
        Err(error) => call.fail(error),
    }
}

fn push_results(call: &Call, result: WorkResult) -> i32 {
    let values = result
        .ok()
        .and_then(|results| results.downcast::<Vec<ThreadValue>>().ok());
    values.map_or(0, |values| {
        push_values(call.state(), call.shared(), *values)
    })
}
