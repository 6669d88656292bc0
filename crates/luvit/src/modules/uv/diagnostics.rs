//! The list of handles, for whoever looks for the one that keeps the loop alive.

use std::io::Write;

use super::handle::type_name;
use super::{Entry, functions, push_handle};
use crate::lua::{Call, Ret};
use crate::shared::Owner;

pub(super) const FUNCTIONS: &[Entry] = functions![print_all_handles, print_active_handles];

/// One line for each handle on standard error, `[RAI] timer    0x7f…`: `R` is referenced, `A`
/// active, `I` the library's own. The address is the one that `tostring` shows.
fn print(call: &Call, active_only: bool) {
    let shared = call.shared();
    let mut text = String::new();
    let handles: Vec<_> = shared.lp.borrow().handles().collect();
    for handle in handles {
        let Some(entry) = shared.handles.borrow().get(handle) else {
            continue;
        };
        let (kind, active, referenced) = {
            let lp = shared.lp.borrow();
            (lp.kind(handle), lp.is_active(handle), lp.has_ref(handle))
        };
        let Some(kind) = kind.filter(|_| active || !active_only) else {
            continue;
        };
        let address = if entry.owner == Owner::Lua {
            push_handle(call.state(), shared, handle);
            let address = call.to_pointer(-1);
            call.pop(1);
            address as usize as u64
        } else {
            handle.to_bits()
        };
        let own = entry.hidden.is_some() || entry.owner != Owner::Lua;
        let flag = |set: bool, letter: char| if set { letter } else { '-' };
        text.push_str(&format!(
            "[{}{}{}] {:<8} {address:#x}\n",
            flag(referenced, 'R'),
            flag(active, 'A'),
            flag(own, 'I'),
            type_name(kind).trim_start_matches("uv_"),
        ));
    }
    let _closed_or_full = std::io::stderr().write_all(text.as_bytes());
}

/// `uv.print_all_handles()`
fn print_all_handles(call: &mut Call) -> Ret {
    print(call, false);
    Ok(0)
}

/// `uv.print_active_handles()`
fn print_active_handles(call: &mut Call) -> Ret {
    print(call, true);
    Ok(0)
}
