//! Writing to standard output and error so that nothing is lost and the order is kept.

use std::io::Write;

use luvit_loop::Error;

use crate::lua::{Call, Raise, Ret, State};
use crate::shared::{Hidden, Shared};

/// Pushes the table of functions.
pub(crate) fn open(state: State, shared: *const Shared) {
    state.new_table(0, 2);
    state.set_function(shared, "write", write);
    state.set_function(shared, "hide", hide);
}

/// `write(fd, text, …)`: writes all of it to descriptor 1 or 2, waiting as long as the reader
/// needs, also where another program has made the descriptor non-blocking. `true`, or luv's
/// failure.
fn write(call: &mut Call) -> Ret {
    let fd = call.int_in(1, 1..=2)?;
    for index in 2..=call.top() {
        let text = call
            .bytes(index)
            .map_err(|_| Raise::Argument(index, "string expected".into()))?;
        let result = if fd == 1 {
            write_all(&mut std::io::stdout().lock(), text)
        } else {
            write_all(&mut std::io::stderr().lock(), text)
        };
        if let Err(error) = result {
            return call.fail(Error::from(error));
        }
    }
    call.push_bool(true);
    Ok(1)
}

/// `hide(handle, idle)`: `uv.walk` no longer shows a handle that the library needs for itself; with
/// `idle` it does while the handle is active.
fn hide(call: &mut Call) -> Ret {
    let hidden = if call.to_bool(2) {
        Hidden::Idle
    } else {
        Hidden::Always
    };
    call.hide_handle(1, hidden)?;
    Ok(0)
}

fn write_all(stream: &mut impl Write, mut text: &[u8]) -> std::io::Result<()> {
    while !text.is_empty() {
        match stream.write(text) {
            Ok(0) => return Err(std::io::ErrorKind::WriteZero.into()),
            Ok(written) => text = &text[written..],
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                std::thread::sleep(std::time::Duration::from_millis(1));
            }
            Err(error) => return Err(error),
        }
    }
    stream.flush()
}
