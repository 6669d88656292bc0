//! `luv_sem_t`: semaphores between threads.

use std::sync::Arc;

use luvit_loop::Semaphore;

use super::{Entry, functions};
use crate::lua::{Call, Counted, Raise, Ret, State};
use crate::shared::Shared;

pub(super) const FUNCTIONS: &[Entry] = functions![new_sem, sem_post, sem_wait, sem_trywait];

impl Counted for Semaphore {
    const NAME: &'static str = "uv_sem";

    fn fill(state: State, shared: &Shared) {
        super::push_methods(state, shared, "sem_", &[]);
    }
}

fn semaphore(call: &Call) -> Result<Arc<Semaphore>, Raise> {
    call.to_counted(1)
        .ok_or_else(|| call.wrong_type(1, "uv_sem"))
}

/// `uv.new_sem(value)`: a semaphore that counts from `value`, or from 0.
fn new_sem(call: &mut Call) -> Ret {
    let value = if call.is_nil(1) {
        0
    } else {
        call.int_in(1, 0..=u32::MAX.into())?
    };
    let semaphore = Arc::new(Semaphore::new(value as u32));
    call.push_counted(call.shared(), semaphore);
    Ok(1)
}

/// `uv.sem_post(sem)`: adds one, which lets one waiting thread go on.
fn sem_post(call: &mut Call) -> Ret {
    semaphore(call)?.post();
    Ok(0)
}

/// `uv.sem_wait(sem)`: takes one, after waiting until there is one. The thread does nothing else
/// meanwhile, its loop included.
fn sem_wait(call: &mut Call) -> Ret {
    semaphore(call)?.wait();
    Ok(0)
}

/// `uv.sem_trywait(sem)`: takes one if there is one; whether there was.
fn sem_trywait(call: &mut Call) -> Ret {
    call.push_bool(semaphore(call)?.try_wait());
    Ok(1)
}
