//! Userdata that share a Rust value with other Lua states: an [`Arc`] that Lua's collector drops.

use std::sync::Arc;

use super::call::{Call, Ret};
use super::state::{State, ffi};
use crate::shared::Shared;

/// A value that userdata of several states may share.
pub(crate) trait Counted: Send + Sync + 'static {
    /// What scripts know it as, without the `_t`: `uv_sem`.
    const NAME: &'static str;
    /// Where the registry has the metatable. No two types have the same.
    const KEY: &'static str = Self::NAME;
    /// Marks its userdata, whatever metatable a script gave it. It is made of the key, which two types
    /// cannot share without sharing a metatable: numbers that people choose do collide, and then one
    /// type's value is taken for another's.
    const MAGIC: u64 = mark(Self::KEY);
    /// Adds to the metatable on the top what is the type's own: `__index` at least.
    fn fill(state: State, shared: &Shared);
}

/// What the userdata holds: the mark, and an `Arc` as a pointer.
#[repr(C)]
#[derive(Copy, Clone)]
struct Content {
    magic: u64,
    value: *const (),
}

/// The mark of a userdata that the collector has been at.
const COLLECTED: u64 = 0;

/// A number for a text: FNV-1a, of 64 bits.
const fn mark(key: &str) -> u64 {
    let (bytes, mut hash, mut index) = (key.as_bytes(), 0xcbf2_9ce4_8422_2325_u64, 0);
    while index < bytes.len() {
        hash = (hash ^ bytes[index] as u64).wrapping_mul(0x0100_0000_01b3);
        index += 1;
    }
    hash
}

impl State {
    /// Pushes a userdata that owns `value`.
    pub(crate) fn push_counted<T: Counted>(self, shared: &Shared, value: Arc<T>) {
        self.new_userdata(Content {
            magic: T::MAGIC,
            value: Arc::into_raw(value).cast(),
        });
        self.raw_get_field(ffi::LUA_REGISTRYINDEX, T::KEY);
        if self.is_nil(-1) {
            self.pop(1);
            self.new_table(0, 4);
            self.set_function(shared, "__gc", collect::<T>);
            self.set_function(shared, "__tostring", to_string::<T>);
            self.push_str(T::NAME);
            self.raw_set_field(-2, "__name");
            T::fill(self, shared);
            self.push_value(-1);
            self.raw_set_field(ffi::LUA_REGISTRYINDEX, T::KEY);
        }
        self.set_metatable(-2);
    }

    /// The place of the content of a userdata that holds a `T`.
    fn counted_content<T: Counted>(self, index: i32) -> Option<*mut Content> {
        let (address, size) = self.to_userdata(index)?;
        let content = address.cast::<Content>();
        // SAFETY: the userdata has the size of a `Content` and Lua aligns it to 8 bytes; any bytes
        // are a valid `Content` to look at.
        let found = size == size_of::<Content>() && unsafe { (*content).magic } == T::MAGIC;
        found.then_some(content)
    }

    /// The value of the userdata at `index`; `None` for anything else.
    pub(crate) fn to_counted<T: Counted>(self, index: i32) -> Option<Arc<T>> {
        let content = self.counted_content::<T>(index)?;
        // SAFETY: a content with the mark of `T` owns one count of an `Arc<T>`, until `collect`
        // changes the mark; the count added here is the result's.
        unsafe {
            let value = (*content).value.cast::<T>();
            Arc::increment_strong_count(value);
            Some(Arc::from_raw(value))
        }
    }
}

/// `__gc`
fn collect<T: Counted>(call: &mut Call) -> Ret {
    if let Some(content) = call.counted_content::<T>(1) {
        // SAFETY: the mark says that the count is still the userdata's; it is taken once, since
        // the mark changes first.
        unsafe {
            (*content).magic = COLLECTED;
            drop(Arc::from_raw((*content).value.cast::<T>()));
        }
    }
    Ok(0)
}

/// `uv_sem_t: 0x…`, with the address of what is shared: the same in every state.
fn to_string<T: Counted>(call: &mut Call) -> Ret {
    let value = call.to_counted::<T>(1);
    let address = value.as_ref().map_or(std::ptr::null(), Arc::as_ptr);
    call.push_str(&format!("{}_t: {address:p}", T::NAME));
    Ok(1)
}
