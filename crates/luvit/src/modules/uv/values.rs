//! `threadargs`: the Lua values that cross from one thread's state to another's.
//!
//! On the way they are plain Rust data; nothing of one state is ever touched by another.

use std::sync::Arc;

use luvit_loop::{Semaphore, thread::Thread};

use super::async_::AsyncLink;
use super::fs::scandir::SharedListing;
use crate::lua::{Call, Raise, State, Type};
use crate::shared::Shared;

/// How many values cross at once, as in luv; what is more is left out.
pub(crate) const MOST_VALUES: i32 = 9;

/// A value between two states.
#[derive(Clone, Debug)]
pub(crate) enum ThreadValue {
    Nil,
    Boolean(bool),
    Number(f64),
    String(Box<[u8]>),
    /// A light userdata: the number that it is, which nothing here follows.
    Pointer(usize),
    Async(Arc<AsyncLink>),
    Semaphore(Arc<Semaphore>),
    Thread(Thread),
    /// What `fs_scandir` found.
    Listing(SharedListing),
}

/// A value that cannot cross: luv's words for it.
pub(crate) struct NotSupported(String);

impl From<NotSupported> for Raise {
    fn from(error: NotSupported) -> Raise {
        Raise::message(error.0)
    }
}

impl NotSupported {
    /// The message: `Error: thread arg not support type 'table' at 1`.
    pub(crate) fn message(&self) -> &str {
        &self.0
    }
}

impl Call<'_> {
    /// The values from stack index `first` to the top, the first nine of them.
    pub(crate) fn thread_values(&self, first: i32) -> Result<Vec<ThreadValue>, NotSupported> {
        // For the name of what is refused.
        self.reserve(4);
        let last = self.top().min(first + MOST_VALUES - 1);
        (first..=last)
            .map(|index| {
                self.thread_value(index).ok_or_else(|| {
                    NotSupported(format!(
                        "Error: thread arg not support type '{}' at {}",
                        self.described(index),
                        index - first + 1
                    ))
                })
            })
            .collect()
    }

    fn thread_value(&self, index: i32) -> Option<ThreadValue> {
        Some(match self.type_of(index) {
            Type::None | Type::Nil => ThreadValue::Nil,
            Type::Boolean => ThreadValue::Boolean(self.to_bool(index)),
            Type::Number => ThreadValue::Number(self.number_at(index)),
            Type::String => ThreadValue::String(self.to_bytes(index)?.into()),
            Type::LightUserdata => ThreadValue::Pointer(self.to_light(index)?.addr()),
            Type::Userdata => self
                .async_link(index)
                .map(ThreadValue::Async)
                .or_else(|| self.to_counted(index).map(ThreadValue::Semaphore))
                .or_else(|| {
                    let thread = self.to_counted::<Thread>(index)?;
                    Some(ThreadValue::Thread(Thread::clone(&thread)))
                })
                .or_else(|| self.shared_listing(index).map(ThreadValue::Listing))?,
            Type::Table | Type::Function | Type::Thread | Type::Cdata => return None,
        })
    }

    /// The type, of our userdata by their own name.
    fn described(&self, index: i32) -> String {
        if self.type_of(index) == Type::Userdata && self.get_metatable(index) {
            self.raw_get_field(-1, "__name");
            let name = (self.type_of(-1) == Type::String)
                .then(|| self.to_bytes(-1))
                .flatten()
                .map(|name| String::from_utf8_lossy(name).into_owned());
            self.pop(2);
            if let Some(name) = name {
                return name;
            }
        }
        self.type_name(index).into()
    }
}

/// Pushes values that came from another state, and says how many: none if the stack is full.
pub(crate) fn push_values(state: State, shared: &Shared, values: Vec<ThreadValue>) -> i32 {
    let count = values.len() as i32;
    // A userdata's metatable takes a few more.
    if !state.reserve(count + 12) {
        return 0;
    }
    for value in values {
        match value {
            ThreadValue::Nil => state.push_nil(),
            ThreadValue::Boolean(value) => state.push_bool(value),
            ThreadValue::Number(value) => state.push_num(value),
            ThreadValue::String(value) => state.push_bytes(&value),
            ThreadValue::Pointer(address) => {
                state.push_light(std::ptr::without_provenance_mut(address));
            }
            ThreadValue::Async(link) => super::async_::push_link(state, shared, link),
            ThreadValue::Semaphore(semaphore) => state.push_counted(shared, semaphore),
            ThreadValue::Thread(thread) => state.push_counted(shared, Arc::new(thread)),
            ThreadValue::Listing(listing) => Call::new(state, shared).push_shared_listing(listing),
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::{MOST_VALUES, ThreadValue, push_values};
    use crate::Runtime;
    use crate::lua::Call;
    use luvit_loop::{Semaphore, thread::Thread};
    use proptest::prelude::*;
    use std::sync::Arc;

    fn any_value() -> impl Strategy<Value = ThreadValue> {
        prop_oneof![
            Just(ThreadValue::Nil),
            any::<bool>().prop_map(ThreadValue::Boolean),
            any::<f64>().prop_map(ThreadValue::Number),
            Just(ThreadValue::Number(f64::NAN)),
            Just(ThreadValue::Number(f64::NEG_INFINITY)),
            any::<Vec<u8>>().prop_map(|bytes| ThreadValue::String(bytes.into())),
            (0usize..1 << 46).prop_map(ThreadValue::Pointer),
            any::<u8>()
                .prop_map(|count| ThreadValue::Semaphore(Arc::new(Semaphore::new(count.into())))),
            Just(ThreadValue::Thread(Thread::current())),
        ]
    }

    fn same(a: &ThreadValue, b: &ThreadValue) -> bool {
        use ThreadValue as V;
        match (a, b) {
            (V::Nil, V::Nil) => true,
            (V::Boolean(a), V::Boolean(b)) => a == b,
            // LuaJIT knows one NaN.
            (V::Number(a), V::Number(b)) => a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan(),
            (V::String(a), V::String(b)) => a == b,
            (V::Pointer(a), V::Pointer(b)) => a == b,
            (V::Semaphore(a), V::Semaphore(b)) => Arc::ptr_eq(a, b),
            (V::Thread(a), V::Thread(b)) => a == b,
            _ => false,
        }
    }

    #[test]
    fn values_come_out_as_they_went_in() {
        let runtime = Runtime::builder().build().unwrap();
        let shared = runtime.shared();
        let state = shared.main();
        let mut runner = proptest::test_runner::TestRunner::default();
        let lists = proptest::collection::vec(any_value(), 0..12);
        let outcome = runner.run(&lists, |values| {
            let base = state.top();
            let count = push_values(state, shared, values.clone());
            let back = Call::new(state, shared).thread_values(base + 1);
            state.set_top(base);
            prop_assert_eq!(count as usize, values.len());
            let back = back.map_err(|error| TestCaseError::fail(error.message().to_string()))?;
            prop_assert_eq!(back.len(), values.len().min(MOST_VALUES as usize));
            prop_assert!(back.iter().zip(&values).all(|(a, b)| same(a, b)));
            Ok(())
        });
        outcome.unwrap();
    }

    #[test]
    fn userdata_let_go_of_what_they_share() {
        let runtime = Runtime::builder().build().unwrap();
        let shared = runtime.shared();
        let semaphore = Arc::new(Semaphore::new(0));
        let base = shared.main().top();
        let values = vec![ThreadValue::Semaphore(semaphore.clone()); 100];
        push_values(shared.main(), shared, values);
        assert_eq!(Arc::strong_count(&semaphore), 101);
        shared.main().set_top(base);
        runtime
            .run_source("=collect", "collectgarbage() collectgarbage()")
            .unwrap();
        assert_eq!(Arc::strong_count(&semaphore), 1);
        push_values(
            shared.main(),
            shared,
            vec![ThreadValue::Semaphore(semaphore.clone())],
        );
        drop(runtime);
        assert_eq!(Arc::strong_count(&semaphore), 1);
    }
}
