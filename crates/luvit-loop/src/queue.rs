//! A queue that can be drained up to where it ended at some moment.

use std::collections::VecDeque;

/// A queue whose items keep their position, so that several runs of one loop, one inside the
/// other, can each drain what was there when their phase began.
#[derive(Debug)]
pub(crate) struct Queue<T> {
    items: VecDeque<T>,
    /// The position of the first item.
    start: u64,
}

impl<T> Default for Queue<T> {
    fn default() -> Queue<T> {
        // Items may go back to the front, so positions start high above 0.
        Queue {
            items: VecDeque::new(),
            start: 1 << 32,
        }
    }
}

impl<T> Queue<T> {
    pub(crate) fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The position after the last item.
    pub(crate) fn end(&self) -> u64 {
        self.start + self.items.len() as u64
    }

    pub(crate) fn push(&mut self, item: T) {
        self.items.push_back(item);
    }

    /// Puts back the item that was taken last.
    pub(crate) fn push_front(&mut self, item: T) {
        self.items.push_front(item);
        self.start -= 1;
    }

    /// The next item that lies before `end`.
    pub(crate) fn pop_before(&mut self, end: u64) -> Option<T> {
        if self.start >= end {
            return None;
        }
        let item = self.items.pop_front()?;
        self.start += 1;
        // After a burst the memory goes back.
        if self.items.is_empty() && self.items.capacity() > 4096 {
            self.items = VecDeque::new();
        }
        Some(item)
    }
}
