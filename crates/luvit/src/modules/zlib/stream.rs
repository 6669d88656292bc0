//! A stream of `zlib`: a userdata that owns a `Codec`, which a thread of the pool may be using.

use std::ffi::c_int;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};

use luvit_loop::Work;
use luvit_zlib::{Codec, Failure, Progress, Strategy};

use super::{fail, settings, size};
use crate::lua::{Call, Counted, Raise, Ret, State};
use crate::shared::{RequestEntry, Shared, WorkResult};

/// What a userdata owns. `None` after `close`.
struct Stream {
    inner: Mutex<Option<Inner>>,
    /// It was closed while a thread used it: that thread lets go of what it holds.
    closed: AtomicBool,
}

struct Inner {
    codec: Codec,
    /// Input that the thread pool has not used up, and how much of it is done with.
    input: Vec<u8>,
    at: usize,
}

impl Counted for Stream {
    const NAME: &'static str = "luvit_zlib";

    fn fill(_: State, _: &Shared) {}
}

impl Stream {
    /// What is inside, unless a thread uses it.
    fn lock(&self) -> Result<MutexGuard<'_, Option<Inner>>, Raise> {
        match self.inner.try_lock() {
            Ok(inner) => Ok(inner),
            Err(TryLockError::Poisoned(inner)) => Ok(inner.into_inner()),
            Err(TryLockError::WouldBlock) => Err(Raise::message("the zlib stream is at work")),
        }
    }
}

fn stream(call: &Call) -> Result<Arc<Stream>, Raise> {
    call.to_counted(1)
        .ok_or_else(|| call.wrong_type(1, "zlib stream"))
}

fn closed() -> Failure {
    Failure {
        code: "ERR_STREAM_DESTROYED".into(),
        errno: 0,
        message: "the zlib stream is closed".into(),
    }
}

/// `open(settings)`: a stream.
pub(super) fn open(call: &mut Call) -> Ret {
    match Codec::new(&settings(call, 1)?) {
        Ok(codec) => {
            let inner = Inner {
                codec,
                input: Vec::new(),
                at: 0,
            };
            let stream = Stream {
                inner: Mutex::new(Some(inner)),
                closed: AtomicBool::new(false),
            };
            call.push_counted(call.shared(), Arc::new(stream));
            Ok(1)
        }
        Err(failure) => Ok(fail(call, &failure)),
    }
}

/// Pushes `out, consumed, state`; the state is 0 when the input is used up, 1 when there is more to do, 2 at the end of the
/// stream.
fn push_progress(call: &Call, out: &[u8], progress: Progress) -> c_int {
    call.push_bytes(out);
    call.push_int(progress.consumed as i64);
    call.push_int(match progress {
        Progress { ended: true, .. } => 2,
        Progress { more: true, .. } => 1,
        _ => 0,
    });
    3
}

/// `run(stream, chunk, offset, flush, room)`: takes the chunk from the offset on, now.
pub(super) fn run(call: &mut Call) -> Ret {
    let stream = stream(call)?;
    let chunk = call.bytes(2)?;
    let offset = size(call, 3)?.min(chunk.len());
    let flush = call.int_in(4, 0..=5)? as u8;
    let room = size(call, 5)?;
    let mut out = Vec::new();
    let result = match &mut *stream.lock()? {
        Some(inner) => inner.codec.run(&chunk[offset..], flush, &mut out, room),
        None => Err(closed()),
    };
    Ok(match result {
        Ok(progress) => push_progress(call, &out, progress),
        Err(failure) => fail(call, &failure),
    })
}

/// A step on the thread pool.
struct Step {
    stream: Arc<Stream>,
    /// New input.
    input: Option<Vec<u8>>,
    flush: u8,
    room: usize,
    out: Vec<u8>,
    result: Result<Progress, Failure>,
}

impl Work for Step {
    fn run(&mut self) {
        let mut inner = self
            .stream
            .inner
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if self.stream.closed.load(Ordering::Acquire) {
            *inner = None;
        }
        let Some(state) = &mut *inner else {
            return;
        };
        if let Some(input) = self.input.take() {
            (state.input, state.at) = (input, 0);
        }
        let rest = &state.input[state.at..];
        self.result = state.codec.run(rest, self.flush, &mut self.out, self.room);
        if let Ok(progress) = &self.result {
            state.at += progress.consumed;
        }
        if !matches!(&self.result, Ok(progress) if progress.more) {
            (state.input, state.at) = (Vec::new(), 0);
        }
        if self.stream.closed.load(Ordering::Acquire) {
            *inner = None;
        }
    }
}

/// `queue(stream, chunk, flush, room, callback)`: as `run`, on the thread pool; `nil` as chunk goes on with the one before.
/// The callback gets what `run` returns. The caller makes one step after the other.
pub(super) fn queue(call: &mut Call) -> Ret {
    let stream = stream(call)?;
    let input = call.opt_bytes(2)?.map(<[u8]>::to_vec);
    let flush = call.int_in(3, 0..=5)? as u8;
    let room = size(call, 4)?;
    call.callable(5)?;
    let step = Step {
        stream,
        input,
        flush,
        room,
        out: Vec::new(),
        result: Err(closed()),
    };
    let request = call.shared().lp.borrow_mut().queue_in_place(Box::new(step));
    match request {
        Ok(request) => {
            let entry = RequestEntry::Work(push_step, call.keep(5));
            call.shared().add_request(request, entry);
            call.push_bool(true);
            Ok(1)
        }
        Err(error) => call.fail(error),
    }
}

fn push_step(call: &Call, result: WorkResult) -> c_int {
    let failure = match result {
        Ok(step) => match step.downcast::<Step>() {
            Ok(step) => match &step.result {
                Ok(progress) => return push_progress(call, &step.out, *progress),
                Err(failure) => failure.clone(),
            },
            Err(_) => closed(),
        },
        // It panicked, which is a defect, or was cancelled.
        Err(error) => Failure {
            code: error.name().into(),
            errno: 0,
            message: "the thread pool failed".into(),
        },
    };
    fail(call, &failure)
}

/// `params(stream, level, strategy)`: what has to be written for the change.
pub(super) fn params(call: &mut Call) -> Ret {
    let stream = stream(call)?;
    let level = call.int_in(2, -1..=9)? as i32;
    let strategy = Strategy::from_number(call.int_in(3, 0..=4)?).unwrap_or_default();
    let mut out = Vec::new();
    let result = match &mut *stream.lock()? {
        Some(inner) => inner.codec.params(level, strategy, &mut out),
        None => Err(closed()),
    };
    Ok(match result {
        Ok(()) => {
            call.push_bytes(&out);
            1
        }
        Err(failure) => fail(call, &failure),
    })
}

/// `reset(stream)`: begins anew.
pub(super) fn reset(call: &mut Call) -> Ret {
    let stream = stream(call)?;
    let result = match &mut *stream.lock()? {
        Some(inner) => {
            (inner.input, inner.at) = (Vec::new(), 0);
            inner.codec.reset()
        }
        None => Err(closed()),
    };
    Ok(match result {
        Ok(()) => {
            call.push_bool(true);
            1
        }
        Err(failure) => fail(call, &failure),
    })
}

/// `close(stream)`: lets go of its memory, at the latest when the thread that uses it has ended its step.
pub(super) fn close(call: &mut Call) -> Ret {
    let stream = stream(call)?;
    stream.closed.store(true, Ordering::Release);
    if let Ok(mut inner) = stream.lock() {
        *inner = None;
    }
    Ok(0)
}
