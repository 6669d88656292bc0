//! What every handle can be asked and told.

use crate::{Event, Handle, HandleKind, Loop, Result, handle::Data};

impl Loop {
    /// What the handle is; `None` when it is stale.
    pub fn kind(&self, handle: Handle) -> Option<HandleKind> {
        Some(match &self.slab.get(handle)?.data {
            Data::Free { .. } => return None,
            Data::Timer(_) => HandleKind::Timer,
            Data::Watcher(watcher) => watcher.kind.public(),
            Data::Async(_) => HandleKind::Async,
            Data::Signal(_) => HandleKind::Signal,
            Data::Stream(stream) => stream.kind,
            Data::Udp(_) => HandleKind::Udp,
            Data::Poll(_) => HandleKind::Poll,
            Data::Process(_) => HandleKind::Process,
            Data::FsEvent(_) => HandleKind::FsEvent,
            Data::FsPoll(_) => HandleKind::FsPoll,
        })
    }

    /// Whether the handle does something: a timer or watcher runs, a stream reads or listens, an
    /// async handle is not closed. False for a stale or closing handle.
    pub fn is_active(&self, handle: Handle) -> bool {
        self.slab.get(handle).is_some_and(|slot| slot.is_active())
    }

    /// Whether requests of the handle are under way: a connect, writes, a shutdown, sends.
    pub fn has_requests(&self, handle: Handle) -> bool {
        match self.slab.get(handle).map(|slot| &slot.data) {
            Some(Data::Stream(stream)) => stream.has_requests(),
            Some(Data::Udp(udp)) => udp.has_requests(),
            _ => false,
        }
    }

    /// Whether the handle closes or is closed (stale).
    pub fn is_closing(&self, handle: Handle) -> bool {
        self.slab.get(handle).is_none_or(|slot| slot.is_closing())
    }

    /// Whether the handle keeps the loop alive while it is active. True for a new handle, false
    /// for a stale one.
    pub fn has_ref(&self, handle: Handle) -> bool {
        self.slab.get(handle).is_some_and(|slot| slot.has_ref())
    }

    /// Makes the handle keep the loop alive while it is active.
    pub fn ref_(&mut self, handle: Handle) {
        self.slab.set_ref(handle, true);
    }

    /// Lets the loop end although the handle is active.
    pub fn unref(&mut self, handle: Handle) {
        self.slab.set_ref(handle, false);
    }

    /// Hides a handle of the runtime's own from [`Loop::handles`] and from [`Loop::alive`].
    pub fn set_internal(&mut self, handle: Handle, internal: bool) {
        self.slab.set_internal(handle, internal);
    }

    /// All handles that are neither internal nor stale, closing ones included.
    pub fn handles(&self) -> impl Iterator<Item = Handle> {
        self.slab
            .iter()
            .filter(|(_, slot)| !slot.is_internal())
            .map(|(handle, _)| handle)
    }

    /// Closes the handle: it stops at once and its descriptor is closed; requests that are under
    /// way end with `ECANCELED`; [`Event::Closed`] comes in the closing phase. `EBADF` when it is
    /// stale, `EINVAL` when it closes already.
    pub fn close(&mut self, handle: Handle) -> Result<()> {
        let slot = self.slab.open(handle)?;
        match &slot.data {
            Data::Timer(_) => self.timers.stop(&mut self.slab, handle),
            Data::Watcher(_) => self.watcher_stop(handle)?,
            Data::Signal(_) => self.signal_stop(handle)?,
            Data::Stream(_) => self.stream_close(handle),
            Data::Udp(_) => self.udp_close(handle),
            Data::Poll(_) => self.poll_close(handle),
            Data::Process(_) => self.process_close(handle),
            Data::FsEvent(_) => self.fs_event_close(handle),
            Data::FsPoll(_) => self.fs_poll_close(handle),
            Data::Async(_) | Data::Free { .. } => {}
        }
        self.slab.set_active(handle, false);
        self.slab.set_closing(handle);
        self.closing.push(Event::Closed(handle));
        Ok(())
    }

    /// Delivers `event` before the `Closed` of the handle that is being closed.
    pub(crate) fn push_cancelled(&mut self, event: Event) {
        self.closing.push(event);
    }
}
