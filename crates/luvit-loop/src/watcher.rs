//! Idle, prepare and check watchers.
//!
//! Semantics: <https://docs.libuv.org/en/v1.x/idle.html>, `prepare.html` and `check.html`. The one
//! started last runs first; one that ran goes behind the others; one started during its own phase
//! waits for the next turn.

use crate::{
    Error, Handle, HandleKind, Loop, Result,
    handle::{Data, Slab},
};
use std::collections::BTreeMap;

#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(crate) enum WatcherKind {
    Idle,
    Prepare,
    Check,
}

impl WatcherKind {
    pub(crate) fn public(self) -> HandleKind {
        match self {
            WatcherKind::Idle => HandleKind::Idle,
            WatcherKind::Prepare => HandleKind::Prepare,
            WatcherKind::Check => HandleKind::Check,
        }
    }
}

/// What a watcher keeps in its slot.
#[derive(Debug)]
pub(crate) struct Watcher {
    pub(crate) kind: WatcherKind,
    /// Its key in the queue, `None` when stopped.
    order: Option<i64>,
}

/// The active watchers of one kind. Keys grow downwards for those put at the front and upwards
/// for those put at the back, so that a key is never used twice.
#[derive(Debug, Default)]
pub(crate) struct Watchers {
    waiting: BTreeMap<i64, Handle>,
    /// Those that have yet to run in this phase.
    running: BTreeMap<i64, Handle>,
    front: i64,
    back: i64,
}

fn order(slab: &mut Slab, handle: Handle) -> Option<&mut Option<i64>> {
    match &mut slab.get_mut(handle)?.data {
        Data::Watcher(watcher) => Some(&mut watcher.order),
        _ => None,
    }
}

impl Watchers {
    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.running.is_empty()
    }

    fn start(&mut self, slab: &mut Slab, handle: Handle) {
        let Some(place) = order(slab, handle) else {
            return;
        };
        if place.is_none() {
            self.front -= 1;
            *place = Some(self.front);
            self.waiting.insert(self.front, handle);
            slab.set_active(handle, true);
        }
    }

    fn stop(&mut self, slab: &mut Slab, handle: Handle) {
        let Some(place) = order(slab, handle) else {
            return;
        };
        if let Some(key) = place.take() {
            if self.waiting.remove(&key).is_none() {
                self.running.remove(&key);
            }
            slab.set_active(handle, false);
        }
    }

    /// Begins the phase: all active watchers are to run once.
    pub(crate) fn begin(&mut self) {
        if self.running.is_empty() {
            std::mem::swap(&mut self.running, &mut self.waiting);
        } else {
            self.running.append(&mut self.waiting);
        }
    }

    /// The next watcher of the phase; it goes to the back of the queue.
    pub(crate) fn next(&mut self, slab: &mut Slab) -> Option<Handle> {
        let (_, handle) = self.running.pop_first()?;
        self.back += 1;
        if let Some(place) = order(slab, handle) {
            *place = Some(self.back);
        }
        self.waiting.insert(self.back, handle);
        Some(handle)
    }
}

impl Loop {
    fn new_watcher(&mut self, kind: WatcherKind) -> Handle {
        self.slab
            .insert(Data::Watcher(Watcher { kind, order: None }))
    }

    /// A new idle watcher, stopped.
    pub fn new_idle(&mut self) -> Handle {
        self.new_watcher(WatcherKind::Idle)
    }

    /// A new prepare watcher, stopped.
    pub fn new_prepare(&mut self) -> Handle {
        self.new_watcher(WatcherKind::Prepare)
    }

    /// A new check watcher, stopped.
    pub fn new_check(&mut self) -> Handle {
        self.new_watcher(WatcherKind::Check)
    }

    fn watcher_kind(&self, handle: Handle) -> Result<WatcherKind> {
        match &self.slab.get(handle).ok_or(Error::EBADF)?.data {
            Data::Watcher(watcher) => Ok(watcher.kind),
            _ => Err(Error::EINVAL),
        }
    }

    pub(crate) fn watchers(&mut self, kind: WatcherKind) -> &mut Watchers {
        &mut self.watchers[kind as usize]
    }

    /// Starts an idle, prepare or check watcher; one that runs already is left alone. `EINVAL`
    /// when it is closing.
    pub fn watcher_start(&mut self, handle: Handle) -> Result<()> {
        let kind = self.watcher_kind(handle)?;
        self.slab.open(handle)?;
        self.watchers[kind as usize].start(&mut self.slab, handle);
        Ok(())
    }

    /// Stops an idle, prepare or check watcher; no event follows.
    pub fn watcher_stop(&mut self, handle: Handle) -> Result<()> {
        let kind = self.watcher_kind(handle)?;
        self.watchers[kind as usize].stop(&mut self.slab, handle);
        Ok(())
    }
}
