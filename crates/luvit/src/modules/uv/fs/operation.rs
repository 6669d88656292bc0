//! A file operation: at once without a callback, on the thread pool with one.

use std::borrow::Cow;
use std::ffi::{OsStr, OsString, c_int};
use std::sync::Arc;

use luvit_loop::{Error, Request, Work};

use super::super::request::RequestKind;
use crate::lua::{Call, NO_REF, Raise, Ref, Ret};
use crate::shared::{RequestEntry, Shared, WorkResult};

/// The paths an operation works on, none for one on a descriptor.
#[derive(Default)]
pub(super) struct Paths<'a> {
    first: Option<Cow<'a, OsStr>>,
    second: Option<Cow<'a, OsStr>>,
}

impl<'a> Paths<'a> {
    pub(super) fn none() -> Paths<'a> {
        Paths::default()
    }

    pub(super) fn one(path: Cow<'a, OsStr>) -> Paths<'a> {
        Paths {
            first: Some(path),
            second: None,
        }
    }

    pub(super) fn two(path: Cow<'a, OsStr>, new_path: Cow<'a, OsStr>) -> Paths<'a> {
        Paths {
            first: Some(path),
            second: Some(new_path),
        }
    }

    pub(super) fn path(&self) -> &OsStr {
        self.first.as_deref().unwrap_or_default()
    }

    pub(super) fn new_path(&self) -> &OsStr {
        self.second.as_deref().unwrap_or_default()
    }

    /// The paths as the pool's threads may have them; none take no memory.
    fn share(self) -> Option<Arc<Paths<'static>>> {
        let own = |path: Cow<OsStr>| Cow::Owned(path.into_owned());
        let first = self.first.map(own);
        first.map(|first| {
            Arc::new(Paths {
                first: Some(first),
                second: self.second.map(own),
            })
        })
    }

    /// `CODE: text`, with the paths it was about.
    fn describe(&self, error: Error) -> Vec<u8> {
        let mut text = error.to_string().into_bytes();
        for (path, joint) in [(&self.first, ": "), (&self.second, " -> ")] {
            if let Some(path) = path {
                text.extend_from_slice(joint.as_bytes());
                text.extend_from_slice(path.as_encoded_bytes());
            }
        }
        text
    }
}

/// The Lua side of an operation on the thread pool.
pub(crate) struct Pending {
    /// Pushes the callback's arguments.
    push_outcome: fn(&Call, &Pending, WorkResult) -> c_int,
    paths: Option<Arc<Paths<'static>>>,
    callback: Ref,
    /// The request's userdata, where the callback gets it as well.
    pub(super) userdata: Ref,
}

impl Pending {
    /// Pushes the text of an error.
    pub(super) fn push_error(&self, call: &Call, error: Error) -> c_int {
        match &self.paths {
            Some(paths) => call.push_bytes(&paths.describe(error)),
            None => call.push_str(&error.to_string()),
        }
        1
    }
}

/// An operation, from the thread pool's point of view.
struct Job<T, O> {
    paths: Option<Arc<Paths<'static>>>,
    operation: Option<O>,
    result: luvit_loop::Result<T>,
    push: fn(&Call, T) -> c_int,
}

impl<T, O> Work for Job<T, O>
where
    T: Send + 'static,
    O: FnOnce(&Paths) -> luvit_loop::Result<T> + Send + 'static,
{
    fn run(&mut self) {
        if let Some(operation) = self.operation.take() {
            self.result = match &self.paths {
                Some(paths) => operation(paths),
                None => operation(&Paths::none()),
            };
        }
    }
}

/// Runs `operation` and returns what `push` pushes, or luv's failure. With a callable argument
/// `callback` it runs on the thread pool, and the callback gets the error, or `nil` and the same
/// values.
pub(super) fn run<T: Send + 'static>(
    call: &Call,
    paths: Paths,
    callback: c_int,
    operation: impl FnOnce(&Paths) -> luvit_loop::Result<T> + Send + 'static,
    push: fn(&Call, T) -> c_int,
) -> Ret {
    if call.opt_callable(callback)? {
        return run_on_pool(call, paths, callback, operation, push);
    }
    finish_now(call, &paths, operation(&paths), push)
}

/// The results of an operation that has ended.
pub(super) fn finish_now<T>(
    call: &Call,
    paths: &Paths,
    result: luvit_loop::Result<T>,
    push: fn(&Call, T) -> c_int,
) -> Ret {
    match result {
        Ok(value) => Ok(push(call, value)),
        Err(error) => {
            call.push_nil();
            call.push_bytes(&paths.describe(error));
            call.push_str(error.name());
            Ok(3)
        }
    }
}

/// Runs `operation` on the thread pool for the callable argument `callback`; returns the request.
pub(super) fn run_on_pool<T: Send + 'static>(
    call: &Call,
    paths: Paths,
    callback: c_int,
    operation: impl FnOnce(&Paths) -> luvit_loop::Result<T> + Send + 'static,
    push: fn(&Call, T) -> c_int,
) -> Ret {
    let (request, pending) = start(call, paths, callback, operation, push);
    call.new_request(request, RequestKind::Fs, || RequestEntry::Fs(pending))
}

/// Queues `operation` and keeps the callable argument `callback` for it.
pub(super) fn start<T, O>(
    call: &Call,
    paths: Paths,
    callback: c_int,
    operation: O,
    push: fn(&Call, T) -> c_int,
) -> (luvit_loop::Result<Request>, Pending)
where
    T: Send + 'static,
    O: FnOnce(&Paths) -> luvit_loop::Result<T> + Send + 'static,
{
    let paths = paths.share();
    let job = Job {
        paths: paths.clone(),
        operation: Some(operation),
        result: Err(Error::ECANCELED),
        push,
    };
    let request = call.shared().lp.borrow_mut().queue_in_place(Box::new(job));
    let pending = Pending {
        push_outcome: push_outcome::<T, O>,
        paths,
        callback: if request.is_ok() {
            call.keep(callback)
        } else {
            NO_REF
        },
        userdata: NO_REF,
    };
    (request, pending)
}

/// Pushes a callback's arguments: `nil` and the result, or the error.
fn push_outcome<T: 'static, O: 'static>(
    call: &Call,
    pending: &Pending,
    result: WorkResult,
) -> c_int {
    let job = result.and_then(|job| job.downcast::<Job<T, O>>().map_err(|_| Error::UNKNOWN));
    match job.and_then(|job| Ok((job.result?, job.push))) {
        Ok((value, push)) => {
            call.push_nil();
            let pushed = push(call, value);
            if pending.userdata == NO_REF {
                return 1 + pushed;
            }
            call.push_ref(pending.userdata);
            2 + pushed
        }
        Err(error) => pending.push_error(call, error),
    }
}

/// Calls the callback of an operation that has ended on the thread pool.
pub(crate) fn finish(shared: &Shared, pending: &Pending, result: WorkResult) {
    let state = shared.main();
    state.push_ref(pending.callback);
    state.drop_ref(pending.callback);
    let arguments = (pending.push_outcome)(&Call::new(state, shared), pending, result);
    state.drop_ref(pending.userdata);
    crate::dispatch::call(shared, arguments);
}

/// Pushes luv's answer to what has no other.
pub(super) fn push_true(call: &Call, _done: ()) -> c_int {
    call.push_bool(true);
    1
}

/// Pushes a number of bytes.
pub(super) fn push_count(call: &Call, count: usize) -> c_int {
    call.push_num(count as f64);
    1
}

/// Pushes a path.
pub(super) fn push_path(call: &Call, path: OsString) -> c_int {
    call.push_bytes(path.as_encoded_bytes());
    1
}

impl Call<'_> {
    /// A file's descriptor: any number, of which the system says whether it is one.
    pub(super) fn file(&self, index: c_int) -> Result<luvit_loop::fs::File, Raise> {
        Ok(self.int_in(index, i32::MIN.into()..=i32::MAX.into())? as i32)
    }

    /// The bits of a mode.
    pub(super) fn mode(&self, index: c_int) -> Result<u32, Raise> {
        Ok(self.int_in(index, i32::MIN.into()..=u32::MAX.into())? as u32)
    }

    /// Optional flags, a number or a table, and where the callback after them is: the callback may
    /// come in their place.
    pub(super) fn flags<T: Default>(
        &self,
        index: c_int,
        from_number: impl FnOnce(i64) -> T,
        from_table: impl FnOnce(&Self) -> T,
    ) -> Result<(T, c_int), Raise> {
        use crate::lua::Type;
        match self.type_of(index) {
            Type::None | Type::Nil => Ok((T::default(), index + 1)),
            Type::Number => Ok((from_number(self.int(index)?), index + 1)),
            // A table may be called when it says so; with a callback behind it, it is flags.
            Type::Table if !self.is_nil(index + 1) || self.callable(index).is_err() => {
                Ok((from_table(self), index + 1))
            }
            Type::Table | Type::Function | Type::Userdata => Ok((T::default(), index)),
            _ => Err(self.wrong_type(index, "table, integer, or nil")),
        }
    }
}
