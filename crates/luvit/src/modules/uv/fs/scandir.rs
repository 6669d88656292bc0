//! What is in a folder, all at once: a request that is iterated.

use std::ffi::c_int;
use std::sync::{Arc, Mutex, PoisonError};

use luvit_loop::fs::{self, Listing};
use luvit_loop::{Error, Request};

use super::super::{Entry, functions};
use super::operation::{Paths, finish_now, start};
use super::registry::Registry;
use crate::lua::{Call, Ret};
use crate::shared::RequestEntry;

pub(in super::super) const FUNCTIONS: &[Entry] = functions![fs_scandir, fs_scandir_next];

/// Listings that are not read to their end.
static LISTINGS: Registry<Mutex<Listing>> = Registry::new();

/// A listing on its way to another Lua state; both read on in the same one.
pub(in super::super) type SharedListing = Arc<Mutex<Listing>>;

impl Call<'_> {
    /// The listing that the userdata at `index` stands for; `None` for anything else and for one
    /// that is not there yet or not any more.
    pub(in super::super) fn shared_listing(&self, index: c_int) -> Option<SharedListing> {
        LISTINGS.get(self.listing(index).ok()?)
    }

    /// Pushes a userdata for a listing of another state.
    pub(in super::super) fn push_shared_listing(&self, listing: SharedListing) {
        let number = LISTINGS.reserve();
        // No request of this state's loop.
        self.push_listing_request(Request::from_bits(0), number, collect);
        LISTINGS.insert(number, listing);
    }
}

/// `uv.fs_scandir(path, [callback])`: a request for `fs_scandir_next`; the callback gets the same.
fn fs_scandir(call: &mut Call) -> Ret {
    let paths = Paths::one(call.path(1)?);
    let number = LISTINGS.reserve();
    if !call.opt_callable(2)? {
        let listing = fs::scan_dir(paths.path());
        if listing.is_ok() {
            // No request of a loop: it has ended already.
            call.push_listing_request(Request::from_bits(0), number, collect);
        }
        let done = listing.map(|listing| insert(number, listing));
        return finish_now(call, &paths, done, |_, ()| 1);
    }
    let (request, mut pending) = start(
        call,
        paths,
        2,
        move |paths| fs::scan_dir(paths.path()).map(|listing| (number, listing)),
        |_, (number, listing)| {
            insert(number, listing);
            // The callback gets the request's userdata.
            0
        },
    );
    let request = match request {
        Ok(request) => request,
        Err(error) => return call.fail(error),
    };
    call.push_listing_request(request, number, collect);
    pending.userdata = call.keep(-1);
    call.shared()
        .add_request(request, RequestEntry::Fs(pending));
    Ok(1)
}

fn insert(number: u64, listing: Listing) {
    LISTINGS.insert(number, Arc::new(Mutex::new(listing)));
}

/// `uv.fs_scandir_next(req)`: name and type of the next entry, `nil` after the last.
fn fs_scandir_next(call: &mut Call) -> Ret {
    let number = call.listing(1)?;
    if number == 0 {
        return call.fail(Error::EINVAL);
    }
    if let Some(listing) = LISTINGS.get(number) {
        // Pushing may run finalizers of scripts, which may ask for the next entry themselves.
        let entry = {
            let mut listing = listing.lock().unwrap_or_else(PoisonError::into_inner);
            let next = listing.next_entry();
            next.map(|(name, kind)| (name.to_vec(), kind))
        };
        if let Some((name, kind)) = entry {
            call.push_bytes(&name);
            call.push_str(kind.name());
            return Ok(2);
        }
        drop(LISTINGS.remove(number));
    }
    call.push_nil();
    Ok(1)
}

/// `__gc`
fn collect(call: &mut Call) -> Ret {
    drop(LISTINGS.remove(call.listing(1)?));
    Ok(0)
}
