//! How an operation answers: with its result or with an error, at once or on the thread pool.

use std::ffi::c_int;

use luvit_crypto::{Error, encoding};

use crate::lua::{Call, MAX_STRING, Raise, Ret};
use crate::shared::{RequestEntry, WorkResult};

/// Answers `nil, "CODE: text", "CODE"`.
pub(crate) fn fail(call: &Call, error: &Error) -> Ret {
    call.push_nil();
    call.push_str(&error.to_string());
    call.push_str(error.code);
    Ok(3)
}

/// What an operation gives to Lua.
pub(crate) trait Outcome: Send + 'static {
    /// Pushes it as one value.
    fn push(self, call: &Call);
}

impl Outcome for Vec<u8> {
    fn push(self, call: &Call) {
        call.push_bytes(&self);
    }
}

impl Outcome for bool {
    fn push(self, call: &Call) {
        call.push_bool(self);
    }
}

/// Does `work`: now, or on the thread pool when argument `callback` is a function, which gets the
/// error, or `nil` and the result.
pub(crate) fn perform<T: Outcome>(
    call: &Call,
    callback: c_int,
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Ret {
    if !call.opt_callable(callback)? {
        return match work() {
            Ok(value) => {
                value.push(call);
                Ok(1)
            }
            Err(error) => fail(call, &error),
        };
    }
    let job = Box::new(move || Box::new(work()) as Box<dyn std::any::Any + Send>);
    let request = call.shared().lp.borrow_mut().queue_work(job);
    match request {
        Ok(request) => {
            let entry = RequestEntry::Work(push_outcome::<T>, call.keep(callback));
            call.shared().add_request(request, entry);
            Ok(0)
        }
        Err(error) => call.fail(error),
    }
}

/// `callback(err, value)`
fn push_outcome<T: Outcome>(call: &Call, result: WorkResult) -> i32 {
    let result = result
        .map_err(|error| error.to_string())
        .and_then(|result| {
            let result = result.downcast::<Result<T, Error>>();
            let result = result.map_err(|_| "an internal error (a bug in luvit)".to_owned())?;
            result.map_err(|error| error.to_string())
        });
    match result {
        Ok(value) => {
            call.push_nil();
            value.push(call);
            2
        }
        Err(text) => {
            call.push_str(&text);
            1
        }
    }
}

/// How bytes are given to Lua.
#[derive(Copy, Clone)]
pub(crate) enum Encoding {
    Binary,
    Hex,
    Base64,
    Base64Url,
}

impl Encoding {
    /// The encoding that argument `index` names; `nil` is the bytes themselves.
    pub(crate) fn of(call: &Call, index: c_int) -> Result<Encoding, Raise> {
        match call.opt_bytes(index)? {
            None | Some(b"binary") => Ok(Encoding::Binary),
            Some(b"hex") => Ok(Encoding::Hex),
            Some(b"base64") => Ok(Encoding::Base64),
            Some(b"base64url") => Ok(Encoding::Base64Url),
            Some(_) => Err(Raise::Argument(index, "unknown encoding".into())),
        }
    }

    /// The error of a result of so many bytes that Lua has no string for its text.
    pub(crate) fn check(self, length: usize) -> Result<(), Error> {
        let size = match self {
            Encoding::Binary => length,
            Encoding::Hex => length.saturating_mul(2),
            Encoding::Base64 | Encoding::Base64Url => length.div_ceil(3).saturating_mul(4),
        };
        if size <= MAX_STRING {
            return Ok(());
        }
        Err(Error::new(
            "ERR_STRING_TOO_LONG",
            format!("the result has {size} bytes, a string has {MAX_STRING} at most"),
        ))
    }

    /// Pushes a digest as text. The usual ones need no memory for that.
    pub(super) fn push(self, call: &Call, digest: Vec<u8>) {
        let mut text = [0; 128];
        match self {
            Encoding::Hex if digest.len() <= 64 => {
                encoding::write_hex(&digest, &mut text);
                call.push_bytes(&text[..2 * digest.len()]);
            }
            _ => call.push_bytes(&self.encode(digest)),
        }
    }

    /// The bytes as text.
    pub(crate) fn encode(self, bytes: Vec<u8>) -> Vec<u8> {
        match self {
            Encoding::Binary => bytes,
            Encoding::Hex => encoding::to_hex(&bytes),
            Encoding::Base64 => encoding::to_base64(&bytes),
            Encoding::Base64Url => encoding::to_base64url(&bytes),
        }
    }
}
