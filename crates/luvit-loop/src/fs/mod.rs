//! File operations, each at once in the calling thread. What may wait goes to the thread pool with
//! [`Loop::queue_work`](crate::Loop::queue_work).
//!
//! Semantics: <https://docs.libuv.org/en/v1.x/fs.html>.

mod stat;

pub use stat::{Stat, Time, stat};
