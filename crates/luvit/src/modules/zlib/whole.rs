//! All of some data at once, here or on the thread pool.

use std::ffi::c_int;

use luvit_loop::Work;
use luvit_zlib::{Codec, Failure, Settings};

use super::{fail, settings, size};
use crate::lua::{Call, Ret};
use crate::shared::{RequestEntry, WorkResult};

type Outcome = Result<(Vec<u8>, usize), Failure>;

fn convert(settings: &Settings, data: &[u8], finish: u8, limit: usize) -> Outcome {
    Codec::new(settings)?.whole(data, finish, limit)
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
    Ok(push(call, &convert(&settings, data, finish, limit)))
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
        self.outcome = convert(&self.settings, &data, self.finish, self.limit);
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
