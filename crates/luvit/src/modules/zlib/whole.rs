//! All of some data at once, here or on the thread pool.

use std::cell::{Cell, RefCell};
use std::ffi::c_int;

use luvit_loop::{Handle, Work};
use luvit_zlib::{Codec, Failure, Settings, Spare};

use super::{fail, settings, size};
use crate::lua::{Call, Ret};
use crate::shared::{Owner, RequestEntry, Shared, WorkResult};

type Outcome = Result<(Vec<u8>, usize), Failure>;

/// The compressor that the last call has left for the next one. It takes 300 KB, so that it goes when no call has come for
/// a while.
#[derive(Default)]
pub(crate) struct Waiting {
    spare: RefCell<Spare>,
    /// There was a call since the timer fired last.
    used: Cell<bool>,
    /// A timer is under way.
    timed: Cell<bool>,
}

/// After how long a compressor that nobody needed is let go of: between once and twice this, in milliseconds.
const WAIT: u64 = 1_000;

/// Does it here, with the compressor that waits, and leaves it for the next call.
fn convert(shared: &Shared, settings: Settings, data: &[u8], finish: u8, limit: usize) -> Outcome {
    let waiting = &shared.zlib;
    let mut codec = waiting.spare.borrow_mut().take(&settings)?;
    let outcome = codec.whole(data, finish, limit);
    if waiting.spare.borrow_mut().keep(settings, codec) {
        waiting.used.set(true);
        if !waiting.timed.replace(true) {
            start_timer(shared);
        }
    }
    outcome
}

/// The timer neither shows nor keeps the program alive.
fn start_timer(shared: &Shared) {
    let mut lp = shared.lp.borrow_mut();
    let timer = lp.new_timer();
    lp.unref(timer);
    lp.set_internal(timer, true);
    let mut handles = shared.handles.borrow_mut();
    handles.insert(timer, Owner::ZlibTimer);
    // A timer just made starts.
    let _started = lp.timer_start(timer, WAIT, WAIT);
}

/// Lets go of the compressor that nobody has used since the last time, and of the timer.
pub(crate) fn on_timer(shared: &Shared, timer: Handle) {
    let waiting = &shared.zlib;
    if waiting.used.replace(false) {
        return;
    }
    waiting.spare.take();
    waiting.timed.set(false);
    let _ours_and_open = shared.lp.borrow_mut().close(timer);
}

/// Pushes `out, consumed`, or the failure.
fn push(call: &Call, outcome: &Outcome) -> c_int {
    match outcome {
        Ok((out, consumed)) => {
            call.push_bytes(out);
            call.push_int(*consumed as i64);
            2
        }
        Err(failure) => fail(call, failure),
    }
}

/// `whole(settings, data, finish, limit)`: the output, and how much of the input belonged to the stream.
pub(super) fn whole(call: &mut Call) -> Ret {
    let settings = settings(call, 1)?;
    let data = call.bytes(2)?;
    let finish = call.int_in(3, 0..=5)? as u8;
    let limit = size(call, 4)?;
    let outcome = convert(call.shared(), settings, data, finish, limit);
    Ok(push(call, &outcome))
}

struct Job {
    settings: Settings,
    data: Vec<u8>,
    finish: u8,
    limit: usize,
    outcome: Outcome,
}

impl Work for Job {
    fn run(&mut self) {
        let data = std::mem::take(&mut self.data);
        self.outcome = Codec::for_whole(&self.settings)
            .and_then(|mut codec| codec.whole(&data, self.finish, self.limit));
    }
}

/// `queue_whole(settings, data, finish, limit, callback)`: the callback gets what `whole` returns.
pub(super) fn queue(call: &mut Call) -> Ret {
    let settings = settings(call, 1)?;
    let data = call.bytes(2)?;
    let finish = call.int_in(3, 0..=5)? as u8;
    let limit = size(call, 4)?;
    call.callable(5)?;
    let job = Job {
        settings,
        data: data.to_vec(),
        finish,
        limit,
        outcome: Ok((Vec::new(), 0)),
    };
    let request = call.shared().lp.borrow_mut().queue_in_place(Box::new(job));
    match request {
        Ok(request) => {
            let entry = RequestEntry::Work(push_job, call.keep(5));
            call.shared().add_request(request, entry);
            call.push_bool(true);
            Ok(1)
        }
        Err(error) => call.fail(error),
    }
}

fn push_job(call: &Call, result: WorkResult) -> c_int {
    let code = match result.map(|job| job.downcast::<Job>()) {
        Ok(Ok(job)) => return push(call, &job.outcome),
        Ok(Err(_)) => "UNKNOWN".into(),
        Err(error) => error.name().into(),
    };
    let failure = Failure {
        code,
        errno: 0,
        message: "the thread pool failed".into(),
    };
    fail(call, &failure)
}
