//! A Lua string whose bytes are read after the call that gave it.

use std::cell::RefCell;
use std::ffi::c_int;
use std::rc::Rc;

use super::state::{Ref, State, Type};

/// The strings that nobody reads any more, but that the registry still has.
#[derive(Clone, Default)]
pub(crate) struct Unused(Rc<RefCell<Vec<Ref>>>);

impl Unused {
    /// Lets Lua collect them.
    pub(crate) fn release(&self, state: State) {
        if self.0.borrow().is_empty() {
            return;
        }
        for reference in self.0.borrow_mut().drain(..) {
            state.drop_ref(reference);
        }
    }
}

/// A Lua string that the registry keeps for as long as this value lives. It ends where Lua must not
/// be called, so that it only notes that it does.
///
/// Whoever holds one neither reads it once the state is closed nor gives it to others who do: the
/// loop, which holds those of writes, takes no step then.
pub(crate) struct KeptString {
    data: *const u8,
    length: usize,
    reference: Ref,
    unused: Unused,
}

impl State {
    /// Keeps the string at `index`; `None` for anything else.
    pub(crate) fn keep_string(self, index: c_int, unused: &Unused) -> Option<KeptString> {
        if self.type_of(index) != Type::String {
            return None;
        }
        let bytes = self.to_bytes(index)?;
        self.push_value(index);
        Some(KeptString {
            data: bytes.as_ptr(),
            length: bytes.len(),
            reference: self.make_ref(),
            unused: unused.clone(),
        })
    }
}

impl AsRef<[u8]> for KeptString {
    fn as_ref(&self) -> &[u8] {
        // SAFETY: a string stays alive, in place and unchanged while the registry has it, and only
        // `Unused::release`, after the drop, takes it from there.
        unsafe { std::slice::from_raw_parts(self.data, self.length) }
    }
}

impl Drop for KeptString {
    fn drop(&mut self) {
        self.unused.0.borrow_mut().push(self.reference);
    }
}
