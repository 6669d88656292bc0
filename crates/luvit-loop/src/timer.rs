//! Timers: a heap ordered by deadline, then by start.
//!
//! Semantics: <https://docs.libuv.org/en/v1.x/timer.html>. All times are milliseconds of the
//! loop's clock.

use crate::{
    Error, Handle, Loop, Result,
    handle::{Data, Slab},
};
use std::collections::VecDeque;

/// A timer that is stopped.
const STOPPED: u32 = u32::MAX;
/// A timer that was collected as due and waits for its event.
const DUE: u32 = u32::MAX - 1;

/// What a timer keeps in its slot; the deadline lies in the heap.
#[derive(Debug)]
pub(crate) struct Timer {
    repeat: u64,
    /// The place in the heap, [`STOPPED`] or [`DUE`].
    place: u32,
    /// Whether it was ever started.
    used: bool,
}

impl Default for Timer {
    fn default() -> Timer {
        Timer {
            repeat: 0,
            place: STOPPED,
            used: false,
        }
    }
}

#[derive(Copy, Clone, Debug)]
struct Entry {
    deadline: u64,
    /// Orders timers of one deadline by when they were started.
    start: u64,
    handle: Handle,
}

impl Entry {
    fn before(&self, other: &Entry) -> bool {
        (self.deadline, self.start) < (other.deadline, other.start)
    }
}

/// The pending timers. Four children a node: half the depth of a binary heap, and the children
/// lie side by side.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    heap: Vec<Entry>,
    due: VecDeque<Handle>,
    started: u64,
}

fn timer(slab: &mut Slab, handle: Handle) -> Option<&mut Timer> {
    match &mut slab.get_mut(handle)?.data {
        Data::Timer(timer) => Some(timer),
        _ => None,
    }
}

impl Timers {
    /// The earliest deadline.
    pub(crate) fn next(&self) -> Option<u64> {
        self.heap.first().map(|entry| entry.deadline)
    }

    fn place(&mut self, slab: &mut Slab, at: usize, entry: Entry) {
        self.heap[at] = entry;
        if let Some(timer) = timer(slab, entry.handle) {
            timer.place = at as u32;
        }
    }

    fn up(&mut self, slab: &mut Slab, mut at: usize) {
        let entry = self.heap[at];
        while at > 0 {
            let parent = (at - 1) / 4;
            if !entry.before(&self.heap[parent]) {
                break;
            }
            self.place(slab, at, self.heap[parent]);
            at = parent;
        }
        self.place(slab, at, entry);
    }

    fn down(&mut self, slab: &mut Slab, mut at: usize) {
        let entry = self.heap[at];
        loop {
            let first = at * 4 + 1;
            let last = (first + 4).min(self.heap.len());
            let Some(least) = (first..last).reduce(|a, b| {
                if self.heap[b].before(&self.heap[a]) {
                    b
                } else {
                    a
                }
            }) else {
                break;
            };
            if !self.heap[least].before(&entry) {
                break;
            }
            self.place(slab, at, self.heap[least]);
            at = least;
        }
        self.place(slab, at, entry);
    }

    fn insert(&mut self, slab: &mut Slab, handle: Handle, deadline: u64) {
        self.started += 1;
        self.heap.push(Entry {
            deadline,
            start: self.started,
            handle,
        });
        self.up(slab, self.heap.len() - 1);
    }

    fn remove(&mut self, slab: &mut Slab, at: usize) -> Entry {
        let entry = self.heap.swap_remove(at);
        if at < self.heap.len() {
            self.down(slab, at);
            self.up(slab, at);
        }
        // After a burst of timers the memory goes back.
        if self.heap.capacity() > 1024 && self.heap.len() < self.heap.capacity() / 4 {
            self.heap.shrink_to(self.heap.capacity() / 2);
        }
        entry
    }

    fn start(&mut self, slab: &mut Slab, handle: Handle, deadline: u64) {
        self.stop(slab, handle);
        self.insert(slab, handle, deadline);
        slab.set_active(handle, true);
    }

    pub(crate) fn stop(&mut self, slab: &mut Slab, handle: Handle) {
        let Some(timer) = timer(slab, handle) else {
            return;
        };
        let place = std::mem::replace(&mut timer.place, STOPPED);
        if place < DUE {
            self.remove(slab, place as usize);
        }
        slab.set_active(handle, false);
    }

    /// Collects every timer whose deadline is `now` or earlier.
    pub(crate) fn collect(&mut self, slab: &mut Slab, now: u64) {
        while self.heap.first().is_some_and(|entry| entry.deadline <= now) {
            let entry = self.remove(slab, 0);
            if let Some(timer) = timer(slab, entry.handle) {
                timer.place = DUE;
            }
            self.due.push_back(entry.handle);
        }
    }

    /// The next collected timer that was not stopped since; a repeating one is started again.
    pub(crate) fn next_due(&mut self, slab: &mut Slab, now: u64) -> Option<Handle> {
        loop {
            let handle = self.due.pop_front()?;
            let Some(timer) = timer(slab, handle) else {
                continue;
            };
            if timer.place != DUE {
                continue;
            }
            timer.place = STOPPED;
            match timer.repeat {
                0 => slab.set_active(handle, false),
                repeat => self.start(slab, handle, now.saturating_add(repeat)),
            }
            return Some(handle);
        }
    }
}

impl Loop {
    /// A new timer, stopped.
    pub fn new_timer(&mut self) -> Handle {
        self.slab.insert(Data::Timer(Timer::default()))
    }

    fn timer(&self, handle: Handle) -> Result<&Timer> {
        match &self.slab.get(handle).ok_or(Error::EBADF)?.data {
            Data::Timer(timer) => Ok(timer),
            _ => Err(Error::EINVAL),
        }
    }

    /// Starts the timer: an event after `timeout` milliseconds, then every `repeat` milliseconds
    /// unless `repeat` is 0. A timer that runs is started anew. `EINVAL` when it is closing.
    pub fn timer_start(&mut self, handle: Handle, timeout: u64, repeat: u64) -> Result<()> {
        self.timer(handle)?;
        self.slab.open(handle)?;
        if let Some(timer) = timer(&mut self.slab, handle) {
            timer.repeat = repeat;
            timer.used = true;
        }
        let deadline = self.now().saturating_add(timeout);
        self.timers.start(&mut self.slab, handle, deadline);
        Ok(())
    }

    /// Stops the timer; no event follows. A stopped timer stays so.
    pub fn timer_stop(&mut self, handle: Handle) -> Result<()> {
        self.timer(handle)?;
        self.timers.stop(&mut self.slab, handle);
        Ok(())
    }

    /// Starts a repeating timer anew with its repeat value as timeout; one that does not repeat is
    /// left alone. `EINVAL` when it was never started or is closing.
    pub fn timer_again(&mut self, handle: Handle) -> Result<()> {
        let &Timer { repeat, used, .. } = self.timer(handle)?;
        self.slab.open(handle)?;
        if !used {
            return Err(Error::EINVAL);
        }
        if repeat != 0 {
            let deadline = self.now().saturating_add(repeat);
            self.timers.start(&mut self.slab, handle, deadline);
        }
        Ok(())
    }

    /// Sets the repeat value; a running timer uses it after its next event.
    pub fn timer_set_repeat(&mut self, handle: Handle, repeat: u64) -> Result<()> {
        self.timer(handle)?;
        if let Some(timer) = timer(&mut self.slab, handle) {
            timer.repeat = repeat;
        }
        Ok(())
    }

    /// The repeat value in milliseconds, 0 for a timer that does not repeat.
    pub fn timer_get_repeat(&self, handle: Handle) -> Result<u64> {
        Ok(self.timer(handle)?.repeat)
    }

    /// Milliseconds until the timer is due, 0 when it is due already or stopped.
    pub fn timer_get_due_in(&self, handle: Handle) -> Result<u64> {
        let place = self.timer(handle)?.place as usize;
        let deadline = self
            .timers
            .heap
            .get(place)
            .map_or(0, |entry| entry.deadline);
        Ok(deadline.saturating_sub(self.now()))
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Event, Handle, Loop, RunMode, testing::run};
    use proptest::prelude::*;

    fn fired(lp: &mut Loop) -> Vec<Handle> {
        let mut fired = Vec::new();
        run(lp, RunMode::Nowait, |_, event| match event {
            Event::Timer(handle) => fired.push(handle),
            other => panic!("{other:?}"),
        });
        fired
    }

    #[test]
    fn a_million_timers_fire_in_order() {
        let mut lp = Loop::new().unwrap();
        lp.manual_clock = Some(0);
        lp.update_time();
        let timers: Vec<Handle> = (0..1_000_000u64)
            .map(|i| {
                let timer = lp.new_timer();
                lp.timer_start(timer, i * 7919 % 1000, 0).unwrap();
                timer
            })
            .collect();
        lp.manual_clock = Some(1000);
        let fired = fired(&mut lp);
        assert_eq!(fired.len(), timers.len());
        let key = |h: &Handle| (u64::from(h.index()) * 7919 % 1000, h.index());
        assert!(fired.is_sorted_by_key(key));
        assert!(!lp.alive());
        assert!(lp.timers.heap.capacity() < 10_000);
    }

    #[test]
    fn one_started_by_an_event_waits_for_the_next_turn() {
        let mut lp = Loop::new().unwrap();
        let (a, b) = (lp.new_timer(), lp.new_timer());
        lp.timer_start(a, 0, 0).unwrap();
        lp.timer_start(b, 0, 0).unwrap();
        let mut seen = Vec::new();
        run(&mut lp, RunMode::Nowait, |lp, event| {
            let Event::Timer(handle) = event else {
                panic!()
            };
            seen.push(handle);
            lp.timer_start(a, 0, 0).unwrap();
            lp.timer_stop(b).unwrap();
        });
        assert_eq!(seen, [a]);
    }

    #[test]
    fn errors_are_values() {
        let mut lp = Loop::new().unwrap();
        let timer = lp.new_timer();
        assert_eq!(lp.timer_again(timer), Err(Error::EINVAL));
        let idle = lp.new_idle();
        assert_eq!(lp.timer_start(idle, 1, 1), Err(Error::EINVAL));
        lp.timer_start(timer, u64::MAX, u64::MAX).unwrap();
        lp.close(timer).unwrap();
        assert_eq!(lp.close(timer), Err(Error::EINVAL));
        assert_eq!(lp.timer_start(timer, 1, 1), Err(Error::EINVAL));
        run(&mut lp, RunMode::Default, |_, _| {});
        assert_eq!(lp.timer_start(timer, 1, 1), Err(Error::EBADF));
        assert_eq!(
            lp.timer_get_due_in(Handle::from_bits(u64::MAX)),
            Err(Error::EBADF)
        );
        assert!(lp.is_closing(timer) && !lp.is_active(timer) && lp.kind(timer).is_none());
    }

    #[derive(Clone, Debug)]
    enum Op {
        Start(usize, u64, u64),
        Stop(usize),
        Again(usize),
        Repeat(usize, u64),
        Advance(u64),
        Close(usize),
    }

    fn op() -> impl Strategy<Value = Op> {
        let timer = 0..6usize;
        prop_oneof![
            (timer.clone(), 0..20u64, 0..8u64).prop_map(|(i, t, r)| Op::Start(i, t, r)),
            timer.clone().prop_map(Op::Stop),
            timer.clone().prop_map(Op::Again),
            (timer.clone(), 0..8u64).prop_map(|(i, r)| Op::Repeat(i, r)),
            (0..15u64).prop_map(Op::Advance),
            timer.prop_map(Op::Close),
        ]
    }

    /// A timer as the documentation has it: nothing but numbers.
    #[derive(Clone, Copy, Default)]
    struct Model {
        handle: Option<Handle>,
        used: bool,
        repeat: u64,
        /// Deadline and start.
        at: Option<(u64, u64)>,
    }

    proptest! {
        #[test]
        fn timers_do_what_the_model_does(ops in prop::collection::vec(op(), 1..80)) {
            let mut lp = Loop::new().unwrap();
            lp.manual_clock = Some(0);
            lp.update_time();
            // Keeps the loop alive.
            let anchor = lp.new_async();
            let mut model = [Model::default(); 6];
            for timer in &mut model {
                timer.handle = Some(lp.new_timer());
            }
            let (mut now, mut started) = (0u64, 0u64);
            for op in ops {
                match op {
                    Op::Start(i, timeout, repeat) => {
                        started += 1;
                        lp.timer_start(model[i].handle.unwrap(), timeout, repeat).unwrap();
                        model[i].used = true;
                        model[i].repeat = repeat;
                        model[i].at = Some((now + timeout, started));
                    }
                    Op::Stop(i) => {
                        lp.timer_stop(model[i].handle.unwrap()).unwrap();
                        model[i].at = None;
                    }
                    Op::Again(i) => {
                        let result = lp.timer_again(model[i].handle.unwrap());
                        prop_assert_eq!(result.is_ok(), model[i].used);
                        if model[i].used && model[i].repeat > 0 {
                            started += 1;
                            model[i].at = Some((now + model[i].repeat, started));
                        }
                    }
                    Op::Repeat(i, repeat) => {
                        lp.timer_set_repeat(model[i].handle.unwrap(), repeat).unwrap();
                        model[i].repeat = repeat;
                    }
                    Op::Close(i) => {
                        lp.close(model[i].handle.unwrap()).unwrap();
                        model[i] = Model { handle: Some(lp.new_timer()), ..Model::default() };
                    }
                    Op::Advance(by) => {
                        now += by;
                        lp.manual_clock = Some(now);
                        let mut due: Vec<usize> = (0..6)
                            .filter(|&i| model[i].at.is_some_and(|at| at.0 <= now))
                            .collect();
                        due.sort_by_key(|&i| model[i].at);
                        let expected: Vec<_> = due.iter().map(|&i| model[i].handle.unwrap()).collect();
                        for i in due {
                            started += 1;
                            let repeat = model[i].repeat;
                            model[i].at = (repeat > 0).then_some((now + repeat, started));
                        }
                        let mut fired = Vec::new();
                        run(&mut lp, RunMode::Nowait, |_, event| {
                            if let Event::Timer(handle) = event {
                                fired.push(handle);
                            }
                        });
                        prop_assert_eq!(fired, expected);
                    }
                }
                for timer in &model {
                    let handle = timer.handle.unwrap();
                    prop_assert_eq!(lp.is_active(handle), timer.at.is_some());
                    let due = timer.at.map_or(0, |at| at.0.saturating_sub(now));
                    prop_assert_eq!(lp.timer_get_due_in(handle).unwrap(), due);
                    prop_assert_eq!(lp.timer_get_repeat(handle).unwrap(), timer.repeat);
                }
            }
            lp.close(anchor).unwrap();
        }
    }
}
