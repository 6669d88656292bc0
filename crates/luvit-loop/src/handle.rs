//! Keys of handles and requests, and the table the handles live in.

use crate::{
    Error, Result, fs_event::FsEvent, fs_poll::FsPoll, poll::Poll, process::Process,
    signal::Signal, stream::Stream, timer::Timer, udp::Udp, watcher::Watcher,
};
use std::sync::Arc;

/// A key of a handle in its loop: a place in the loop's table and the generation of that place.
///
/// A handle whose `Closed` event was delivered is stale; every operation on a stale handle is an
/// [`Error::EBADF`] value.
#[derive(Copy, Clone, PartialEq, Eq, Hash, Debug)]
pub struct Handle {
    index: u32,
    generation: u32,
}

impl Handle {
    pub(crate) const fn new(index: u32, generation: u32) -> Handle {
        Handle { index, generation }
    }

    /// The place in the loop's table; places are used again after `Closed`.
    pub const fn index(self) -> u32 {
        self.index
    }

    /// How often the place was used, from 1.
    pub const fn generation(self) -> u32 {
        self.generation
    }

    /// Both halves in one number, never 0.
    pub const fn to_bits(self) -> u64 {
        (self.generation as u64) << 32 | self.index as u64
    }

    /// The handle of [`Handle::to_bits`]. Any number is safe: one that names no open handle makes
    /// a stale handle.
    pub const fn from_bits(bits: u64) -> Handle {
        Handle {
            index: bits as u32,
            generation: (bits >> 32) as u32,
        }
    }
}

/// A key of a request (a write, a connect, a job …). Keys of one loop are never used again.
#[derive(Copy, Clone, PartialEq, Eq, Hash, Debug)]
pub struct Request(u64);

impl Request {
    pub(crate) const fn new(id: u64) -> Request {
        Request(id)
    }

    /// The key as a number, never 0.
    pub const fn to_bits(self) -> u64 {
        self.0
    }

    /// The request of [`Request::to_bits`]. Any number is safe.
    pub const fn from_bits(bits: u64) -> Request {
        Request(bits)
    }
}

/// What a handle is.
#[derive(Copy, Clone, PartialEq, Eq, Hash, Debug)]
pub enum HandleKind {
    /// A timer.
    Timer,
    /// A watcher that runs each turn and keeps the loop from waiting.
    Idle,
    /// A watcher that runs before the loop waits.
    Prepare,
    /// A watcher that runs after the loop waited.
    Check,
    /// A wake-up from another thread.
    Async,
    /// A signal watcher.
    Signal,
    /// A TCP socket.
    Tcp,
    /// A pipe or a Unix domain socket.
    Pipe,
    /// A terminal.
    Tty,
    /// A stream over a regular file, or a device the system cannot wait for.
    File,
    /// A UDP socket.
    Udp,
    /// A watcher of any descriptor the system can wait for.
    Poll,
    /// A child process.
    Process,
    /// A watcher of a file or folder through the system's notifications.
    FsEvent,
    /// A watcher of a path that looks at it every so often.
    FsPoll,
}

/// What a slot of the table holds.
#[derive(Debug)]
pub(crate) enum Data {
    Free { next: u32 },
    Timer(Timer),
    Watcher(Watcher),
    Async(Arc<crate::async_::Flag>),
    Signal(Signal),
    Stream(Stream),
    Udp(Box<Udp>),
    Poll(Box<Poll>),
    Process(Box<Process>),
    FsEvent(Box<FsEvent>),
    FsPoll(Box<FsPoll>),
}

const ACTIVE: u8 = 1;
const REF: u8 = 2;
const CLOSING: u8 = 4;
const INTERNAL: u8 = 8;

#[derive(Debug)]
pub(crate) struct Slot {
    generation: u32,
    flags: u8,
    pub(crate) data: Data,
}

impl Slot {
    pub(crate) fn is_active(&self) -> bool {
        self.flags & ACTIVE != 0
    }

    pub(crate) fn is_closing(&self) -> bool {
        self.flags & CLOSING != 0
    }

    pub(crate) fn is_internal(&self) -> bool {
        self.flags & INTERNAL != 0
    }

    pub(crate) fn has_ref(&self) -> bool {
        self.flags & REF != 0
    }

    /// Whether this handle alone keeps the loop alive.
    fn counts(&self) -> bool {
        self.flags & (ACTIVE | REF | INTERNAL) == ACTIVE | REF
    }
}

const NO_SLOT: u32 = u32::MAX;

/// The table of handles.
#[derive(Debug)]
pub(crate) struct Slab {
    slots: Vec<Slot>,
    free: u32,
    /// How many handles are active, referenced and not internal.
    alive: usize,
}

impl Slab {
    pub(crate) fn new() -> Slab {
        Slab {
            slots: Vec::new(),
            free: NO_SLOT,
            alive: 0,
        }
    }

    pub(crate) fn alive(&self) -> usize {
        self.alive
    }

    pub(crate) fn insert(&mut self, data: Data) -> Handle {
        if self.free != NO_SLOT {
            let index = self.free;
            let slot = &mut self.slots[index as usize];
            if let Data::Free { next } = slot.data {
                self.free = next;
            }
            slot.flags = REF;
            slot.data = data;
            return Handle::new(index, slot.generation);
        }
        let index = self.slots.len() as u32;
        assert!(index < NO_SLOT, "four billion handles");
        self.slots.push(Slot {
            generation: 1,
            flags: REF,
            data,
        });
        Handle::new(index, 1)
    }

    /// Frees the slot of `handle`, which is stale from here on.
    pub(crate) fn remove(&mut self, handle: Handle) -> Option<Data> {
        self.get(handle)?;
        self.set_flag(handle, ACTIVE, false);
        let slot = &mut self.slots[handle.index as usize];
        slot.flags = 0;
        let next = self.free;
        // A generation is never used twice: a place that ran out of them is left alone.
        match slot.generation.checked_add(1) {
            Some(generation) => {
                slot.generation = generation;
                self.free = handle.index;
            }
            None => slot.generation = 0,
        }
        Some(std::mem::replace(&mut slot.data, Data::Free { next }))
    }

    pub(crate) fn get(&self, handle: Handle) -> Option<&Slot> {
        let slot = self.slots.get(handle.index as usize)?;
        (slot.generation == handle.generation && !matches!(slot.data, Data::Free { .. }))
            .then_some(slot)
    }

    pub(crate) fn get_mut(&mut self, handle: Handle) -> Option<&mut Slot> {
        let slot = self.slots.get_mut(handle.index as usize)?;
        (slot.generation == handle.generation && !matches!(slot.data, Data::Free { .. }))
            .then_some(slot)
    }

    /// The slot of a handle that was not closed.
    pub(crate) fn open(&self, handle: Handle) -> Result<&Slot> {
        let slot = self.get(handle).ok_or(Error::EBADF)?;
        if slot.is_closing() {
            Err(Error::EINVAL)
        } else {
            Ok(slot)
        }
    }

    /// What the place at `index` holds, whatever its generation.
    pub(crate) fn at(&mut self, index: usize) -> Option<(Handle, &mut Data)> {
        let slot = self.slots.get_mut(index)?;
        let handle = Handle::new(index as u32, slot.generation);
        (!matches!(slot.data, Data::Free { .. })).then_some((handle, &mut slot.data))
    }

    fn set_flag(&mut self, handle: Handle, flag: u8, on: bool) {
        let Some(slot) = self.get_mut(handle) else {
            return;
        };
        let before = slot.counts();
        if on {
            slot.flags |= flag;
        } else {
            slot.flags &= !flag;
        }
        match (before, slot.counts()) {
            (false, true) => self.alive += 1,
            (true, false) => self.alive -= 1,
            _ => {}
        }
    }

    pub(crate) fn set_active(&mut self, handle: Handle, on: bool) {
        self.set_flag(handle, ACTIVE, on);
    }

    pub(crate) fn set_ref(&mut self, handle: Handle, on: bool) {
        self.set_flag(handle, REF, on);
    }

    pub(crate) fn set_closing(&mut self, handle: Handle) {
        self.set_flag(handle, CLOSING, true);
    }

    pub(crate) fn set_internal(&mut self, handle: Handle, on: bool) {
        self.set_flag(handle, INTERNAL, on);
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (Handle, &Slot)> {
        self.slots
            .iter()
            .enumerate()
            .filter_map(|(index, slot)| match slot.data {
                Data::Free { .. } => None,
                _ => Some((Handle::new(index as u32, slot.generation), slot)),
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_is_small() {
        assert!(size_of::<Slot>() <= 48, "{}", size_of::<Slot>());
    }

    #[test]
    fn a_reused_place_has_another_generation() {
        let mut slab = Slab::new();
        let first = slab.insert(Data::Timer(Timer::default()));
        assert!(slab.remove(first).is_some());
        assert!(slab.remove(first).is_none());
        let second = slab.insert(Data::Timer(Timer::default()));
        assert_eq!(first.index(), second.index());
        assert_ne!(first, second);
        assert!(slab.get(first).is_none() && slab.get(second).is_some());
        assert_eq!(Handle::from_bits(second.to_bits()), second);
    }

    #[test]
    fn only_active_referenced_handles_count() {
        let mut slab = Slab::new();
        let h = slab.insert(Data::Timer(Timer::default()));
        assert_eq!(slab.alive(), 0);
        slab.set_active(h, true);
        slab.set_active(h, true);
        assert_eq!(slab.alive(), 1);
        slab.set_ref(h, false);
        assert_eq!(slab.alive(), 0);
        slab.set_ref(h, true);
        slab.set_internal(h, true);
        assert_eq!(slab.alive(), 0);
        slab.set_internal(h, false);
        slab.remove(h);
        assert_eq!(slab.alive(), 0);
    }
}
