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

    /// Turns the order of the groups from position `from` on around; `is_last` knows the last item
    /// of a group.
    pub(crate) fn reverse_groups(&mut self, from: u64, is_last: impl Fn(&T) -> bool) {
        let kept = from.saturating_sub(self.start).min(self.items.len() as u64) as usize;
        if self.items.len() - kept < 2 {
            return;
        }
        let mut items = self.items.split_off(kept);
        while !items.is_empty() {
            let before = items.len() - 1;
            let group = items.iter().take(before).rposition(&is_last);
            self.items
                .extend(items.split_off(group.map_or(0, |last| last + 1)));
        }
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

#[cfg(test)]
mod tests {
    use super::Queue;

    #[test]
    fn groups_turn_around() {
        let mut queue = Queue::default();
        [1, 10, 2, 3, 20, 30]
            .into_iter()
            .for_each(|item| queue.push(item));
        let start = queue.end() - 6;
        let items = |queue: &Queue<i32>| queue.items.iter().copied().collect::<Vec<_>>();
        let is_last = |item: &i32| *item >= 10;
        queue.reverse_groups(0, is_last);
        assert_eq!(items(&queue), [30, 2, 3, 20, 1, 10]);
        queue.reverse_groups(start + 4, is_last);
        assert_eq!(items(&queue), [30, 2, 3, 20, 1, 10]);
        queue.push(40);
        queue.reverse_groups(start + 4, is_last);
        assert_eq!(items(&queue), [30, 2, 3, 20, 40, 1, 10]);
        queue.reverse_groups(start + 9, is_last);
        assert_eq!(queue.pop_before(start + 7), Some(30));
        queue.reverse_groups(start, is_last);
        assert_eq!(items(&queue), [1, 10, 40, 2, 3, 20]);
        assert_eq!(queue.end(), start + 7);
    }
}
