//! `uv_pipe_t`: pipes and Unix domain sockets.

use luvit_loop::HandleKind;

use super::handle::Accept;
use super::{Entry, functions};
use crate::lua::{Call, Ret};

pub(super) const FUNCTIONS: &[Entry] = functions![new_pipe, pipe_open];

/// `uv.new_pipe([ipc])`: a pipe to be opened on a descriptor.
fn new_pipe(call: &mut Call) -> Ret {
    let made = call.shared().lp.borrow_mut().new_pipe();
    call.new_handle(Ok(made))
}

/// `uv.pipe_open(pipe, fd)`: a pipe, a unix socket, or a file or device that is read and written
/// like one.
fn pipe_open(call: &mut Call) -> Ret {
    let handle = call.handle(1, Accept::Kind(HandleKind::Pipe))?;
    let fd = call.descriptor(2)?;
    let result = call.shared().lp.borrow_mut().pipe_open(handle, fd);
    call.zero(result)
}
