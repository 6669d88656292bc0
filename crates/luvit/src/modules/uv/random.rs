//! Random bytes of the system.

use luvit_loop::{Error, Result as LoopResult, system};

use super::request::RequestKind;
use super::{Entry, functions};
use crate::lua::{Call, MAX_STRING, Raise, Ret, Type};
use crate::shared::{RequestEntry, WorkResult};

pub(super) const FUNCTIONS: &[Entry] = functions![random];

/// `uv.random(length, [flags], [callback])`: strong random bytes; without a callback it waits for
/// them. The only flags are none: `nil`, 0 or an empty table.
fn random(call: &mut Call) -> Ret {
    let length = call.int(1)?;
    let flags = match call.type_of(2) {
        Type::None | Type::Nil | Type::Table => 0,
        Type::Number => call.int(2)?,
        _ => {
            return Err(Raise::Argument(
                2,
                format!("nil, integer or table expected, got {}", call.type_name(2)),
            ));
        }
    };
    let has_callback = call.opt_callable(3)?;
    let Some(length) = usize::try_from(length)
        .ok()
        .filter(|length| *length <= system::RANDOM_MAX.min(MAX_STRING))
    else {
        return call.fail(Error::E2BIG);
    };
    if flags != 0 {
        return call.fail(Error::EINVAL);
    }
    if !has_callback {
        return call.string(system::random_bytes(length));
    }
    let request = call
        .shared()
        .lp
        .borrow_mut()
        .queue_work(Box::new(move || Box::new(system::random_bytes(length))));
    let pushed = call.new_request(request, RequestKind::Random, || {
        RequestEntry::Work(push_bytes, call.keep(3))
    })?;
    if pushed != 1 {
        return Ok(pushed);
    }
    // luv does not give the request: it returns 0.
    call.push_num(0.0);
    Ok(1)
}

/// `callback(err, bytes)`
fn push_bytes(call: &Call, result: WorkResult) -> i32 {
    let bytes = result.and_then(|output| {
        output
            .downcast::<LoopResult<Vec<u8>>>()
            .map_or(Err(Error::EIO), |bytes| *bytes)
    });
    match bytes {
        Ok(bytes) => {
            call.push_nil();
            call.push_bytes(&bytes);
            2
        }
        Err(error) => {
            call.push_str(error.name());
            1
        }
    }
}
