//! The native half of `fs`: whole files in one job of the thread pool, instead of one for each of
//! open, stat, read and close.
//!
//! Unlike those of `uv`, its errors are ready for users: `"ENOENT: no such file or directory, open
//! 'x'"`.

use std::any::Any;
use std::ffi::{OsStr, OsString, c_int};

use luvit_loop::{Error, Work, fs};

use super::super::request::RequestKind;
use super::file::{check_room, join, open_flags};
use crate::lua::{Call, MAX_STRING, Raise, Ret, State};
use crate::shared::{RequestEntry, Shared, WorkResult};

/// Pushes the table of functions.
pub(crate) fn open(state: State, shared: *const Shared) {
    state.new_table(0, 3);
    state.set_function(shared, "read", read);
    state.set_function(shared, "write", write);
    state.set_function(shared, "replace", replace);
}

/// What is done with a file.
trait Operation: Send + 'static {
    /// What it returns to Lua.
    type Output: Send + 'static;

    fn run(&self, path: &OsStr) -> Result<Self::Output, fs::Failure>;

    /// Pushes one value.
    fn push(call: &Call, output: &Self::Output);
}

/// An operation under way. The loop's thread made its path and frees it again.
struct Job<O: Operation> {
    path: OsString,
    operation: O,
    result: Result<O::Output, fs::Failure>,
}

impl<O: Operation> Work for Job<O> {
    fn run(&mut self) {
        self.result = self.operation.run(&self.path);
    }
}

/// `CODE: text, step 'path'`
fn describe(failure: fs::Failure, path: &OsStr) -> Vec<u8> {
    let mut text = format!("{}, {} '", failure.error, failure.step).into_bytes();
    text.extend_from_slice(path.as_encoded_bytes());
    text.push(b'\'');
    text
}

/// The optional callable argument at `index`. To be asked for before the data: numbers in a list of
/// it leave values on the stack.
fn callback(call: &Call, index: c_int) -> Result<Option<c_int>, Raise> {
    Ok(call.opt_callable(index)?.then_some(index))
}

/// Runs `operation` on the path that is the first argument: now, or on the thread pool with a
/// callback, which gets the error, or `nil` and what the operation returns.
fn start<O: Operation>(call: &Call, operation: O, callback: Option<c_int>) -> Ret {
    let path = call.path(1)?;
    let Some(callback) = callback else {
        return match operation.run(&path) {
            Ok(output) => {
                O::push(call, &output);
                Ok(1)
            }
            Err(failure) => {
                call.push_nil();
                call.push_bytes(&describe(failure, &path));
                call.push_str(failure.error.name());
                Ok(3)
            }
        };
    };
    let job = Job {
        path: path.into_owned(),
        operation,
        result: Err(fs::Failure {
            step: "open",
            error: Error::ECANCELED,
        }),
    };
    let request = call.shared().lp.borrow_mut().queue_in_place(Box::new(job));
    call.new_request(request, RequestKind::Fs, || {
        RequestEntry::Work(push_outcome::<O>, call.keep(callback))
    })
}

/// `callback(err, value)`
fn push_outcome<O: Operation>(call: &Call, result: WorkResult) -> i32 {
    let job = result
        .and_then(|job: Box<dyn Any + Send>| job.downcast::<Job<O>>().map_err(|_| Error::UNKNOWN));
    match job {
        Ok(job) => match &job.result {
            Ok(output) => {
                call.push_nil();
                O::push(call, output);
                2
            }
            Err(failure) => {
                call.push_bytes(&describe(*failure, &job.path));
                1
            }
        },
        // It was cancelled before it began.
        Err(error) => {
            call.push_str(&error.to_string());
            1
        }
    }
}

struct Read {
    flags: i32,
    limit: usize,
}

impl Operation for Read {
    type Output = Vec<u8>;

    fn run(&self, path: &OsStr) -> Result<Vec<u8>, fs::Failure> {
        let data = fs::read_file(path, self.flags, self.limit)?;
        check_room(data.len()).map_err(|error| fs::Failure {
            step: "read",
            error,
        })?;
        Ok(data)
    }

    fn push(call: &Call, output: &Vec<u8>) {
        call.push_bytes(output);
    }
}

/// `read(path, flags, limit, [callback])`: the content, of at most `limit` bytes.
fn read(call: &mut Call) -> Ret {
    let flags = open_flags(call, 2)?;
    let limit = call.int_in(3, 0..=i64::MAX)?;
    let limit = usize::try_from(limit).unwrap_or(MAX_STRING).min(MAX_STRING);
    let callback = callback(call, 4)?;
    start(call, Read { flags, limit }, callback)
}

struct Write {
    data: Vec<u8>,
    flags: i32,
    mode: u32,
    flush: bool,
}

impl Operation for Write {
    type Output = ();

    fn run(&self, path: &OsStr) -> Result<(), fs::Failure> {
        fs::write_file(path, &self.data, self.flags, self.mode, self.flush)
    }

    fn push(call: &Call, _: &()) {
        call.push_bool(true);
    }
}

/// `write(path, data, flags, mode, flush, [callback])`: `true`.
fn write(call: &mut Call) -> Ret {
    let flags = open_flags(call, 3)?;
    let mode = call.mode(4)?;
    let flush = call.to_bool(5);
    let callback = callback(call, 6)?;
    let data = match join(&call.buffers(2)?) {
        Ok(data) => data,
        Err(error) => return call.fail(error),
    };
    let operation = Write {
        data,
        flags,
        mode,
        flush,
    };
    start(call, operation, callback)
}

struct Replace {
    data: Vec<u8>,
    mode: u32,
}

impl Operation for Replace {
    type Output = ();

    fn run(&self, path: &OsStr) -> Result<(), fs::Failure> {
        fs::replace_file(path, &self.data, self.mode)
    }

    fn push(call: &Call, _: &()) {
        call.push_bool(true);
    }
}

/// `replace(path, data, mode, [callback])`: `true`.
fn replace(call: &mut Call) -> Ret {
    let mode = call.mode(3)?;
    let callback = callback(call, 4)?;
    let data = match join(&call.buffers(2)?) {
        Ok(data) => data,
        Err(error) => return call.fail(error),
    };
    start(call, Replace { data, mode }, callback)
}
