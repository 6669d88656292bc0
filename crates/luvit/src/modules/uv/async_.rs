//! `uv_async_t`: waking the loop from another thread, with values.
//!
//! The handle is of the thread that made it. In another thread's state its userdata is a sender: it
//! knows `send`, and stays valid when the handle or its loop is gone.

use std::sync::{Arc, Mutex, PoisonError};

use luvit_loop::{AsyncSender, Error, Handle, HandleKind, Result};

use super::handle::{Accept, push_handle};
use super::values::{ThreadValue, push_values};
use super::{Entry, functions};
use crate::lua::{Call, Counted, Raise, Ret, State};
use crate::shared::Shared;

pub(super) const FUNCTIONS: &[Entry] = functions![new_async, async_send];

/// What an async handle shares with those who send to it.
#[derive(Debug)]
pub(crate) struct AsyncLink {
    /// The [`Shared::id`] of the state the handle belongs to.
    home: u64,
    sender: AsyncSender,
    mail: Mutex<Mail>,
}

/// The values of the latest send that was not delivered.
#[derive(Debug)]
enum Mail {
    None,
    Values(Vec<ThreadValue>),
    /// The handle is closed or its state is gone.
    Closed,
}

impl AsyncLink {
    fn put(&self, mail: Mail) -> Result<()> {
        let mut current = self.mail.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(*current, Mail::Closed) {
            return Err(Error::EBADF);
        }
        let old = std::mem::replace(&mut *current, mail);
        drop(current);
        // What it held may be the last of another handle's.
        drop(old);
        Ok(())
    }

    /// Leaves the values and wakes the handle's loop. `EBADF` once the handle is closed.
    fn send(&self, values: Vec<ThreadValue>) -> Result<()> {
        self.put(Mail::Values(values))?;
        self.sender.send();
        Ok(())
    }

    fn take(&self) -> Option<Vec<ThreadValue>> {
        let mut current = self.mail.lock().unwrap_or_else(PoisonError::into_inner);
        if !matches!(*current, Mail::Values(_)) {
            return None;
        }
        match std::mem::replace(&mut *current, Mail::None) {
            Mail::Values(values) => Some(values),
            Mail::None | Mail::Closed => None,
        }
    }

    fn close(&self) {
        // Only who has closed it before finds it closed.
        let _closed_before = self.put(Mail::Closed);
    }
}

impl Counted for AsyncLink {
    const NAME: &'static str = "uv_async";
    // The handles themselves are the others of this name.
    const KEY: &'static str = "uv_async of another state";

    fn fill(state: State, shared: &Shared) {
        state.new_table(0, 8);
        super::push_member(state, shared, "async_send");
        state.raw_set_field(-2, "send");
        for name in [
            "close",
            "is_active",
            "is_closing",
            "ref",
            "unref",
            "has_ref",
            "get_type",
        ] {
            state.set_function(shared, name, not_here);
        }
        state.raw_set_field(-2, "__index");
    }
}

/// The other methods of a handle, called on a sender.
fn not_here(_call: &mut Call) -> Ret {
    Err(Raise::message(
        "the uv_async belongs to another thread, here it can only send",
    ))
}

/// `uv.new_async(callback)`: the callback runs after `async_send`, from this thread or another;
/// several sends before it runs count as one.
fn new_async(call: &mut Call) -> Ret {
    call.callable(1)?;
    let shared = call.shared();
    let handle = shared.lp.borrow_mut().new_async();
    let sender = shared.lp.borrow().async_sender(handle);
    if let Ok(sender) = sender {
        let link = AsyncLink {
            home: shared.id,
            sender,
            mail: Mutex::new(Mail::None),
        };
        shared
            .asyncs
            .borrow_mut()
            .insert(handle.to_bits(), Arc::new(link));
    }
    let results = call.new_handle(Ok(handle))?;
    call.set_callback(handle, 1);
    Ok(results)
}

/// `uv.async_send(async, ...)`: the callback gets the values of the latest send.
fn async_send(call: &mut Call) -> Ret {
    if let Some(link) = call.to_counted::<AsyncLink>(1) {
        let values = call.thread_values(2)?;
        return call.zero(link.send(values));
    }
    let handle = call.handle(1, Accept::Kind(HandleKind::Async))?;
    let values = call.thread_values(2)?;
    let open = call.shared().lp.borrow().async_sender(handle).map(drop);
    let link = call
        .shared()
        .asyncs
        .borrow()
        .get(&handle.to_bits())
        .cloned();
    call.zero(open.and_then(|()| link.ok_or(Error::EBADF)?.send(values)))
}

impl Call<'_> {
    /// What an async handle, or a sender to one, shares. `None` for anything else, and for a handle
    /// that is closed.
    pub(super) fn async_link(&self, index: i32) -> Option<Arc<AsyncLink>> {
        self.to_counted::<AsyncLink>(index).or_else(|| {
            let handle = self.handle(index, Accept::Any).ok()?;
            let asyncs = self.shared().asyncs.borrow();
            asyncs.get(&handle.to_bits()).cloned()
        })
    }
}

/// Pushes the handle itself in the state it belongs to, while it is open; else a sender.
pub(super) fn push_link(state: State, shared: &Shared, link: Arc<AsyncLink>) {
    let handle = link.sender.handle();
    let here = link.home == shared.id && shared.handles.borrow().get(handle).is_some();
    if here {
        push_handle(state, shared, handle);
    } else {
        state.push_counted(shared, link);
    }
}

/// Tells those who send to the handle that it is closed.
pub(crate) fn close_async(shared: &Shared, handle: Handle) {
    let link = shared.asyncs.borrow_mut().remove(&handle.to_bits());
    if let Some(link) = link {
        link.close();
    }
}

/// Tells those who send to any handle of the state that it is gone.
pub(crate) fn close_asyncs(shared: &Shared) {
    let links = std::mem::take(&mut *shared.asyncs.borrow_mut());
    links.values().for_each(|link| link.close());
}

/// Pushes the values of the latest send, and says how many; `None` if another event has brought
/// them: a send between the loop's look and ours wakes once more.
pub(crate) fn push_async_values(state: State, shared: &Shared, handle: Handle) -> Option<i32> {
    let link = shared.asyncs.borrow().get(&handle.to_bits()).cloned();
    let values = link?.take()?;
    Some(push_values(state, shared, values))
}
