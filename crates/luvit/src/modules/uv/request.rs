//! `uv_req_t`: what stands for an operation under way.

use luvit_loop::Request;

use super::{Entry, functions};
use crate::lua::{Call, NO_REF, Raise, Ret};
use crate::shared::RequestEntry;

/// Marks a userdata as a request of ours: its bits, its kind, and the number of what `fs_scandir`
/// found, which is 0 in requests of other functions.
const MAGIC: u64 = 0x6c75_7669_7420_0002;

/// The kinds of requests, with libuv's numbers.
#[derive(Copy, Clone, PartialEq, Eq)]
#[repr(u64)]
pub(super) enum RequestKind {
    Connect = 2,
    Write = 3,
    Shutdown = 4,
    UdpSend = 5,
    Fs = 6,
    Getaddrinfo = 8,
    Getnameinfo = 9,
    Random = 10,
}

impl RequestKind {
    fn from_number(number: u64) -> Option<RequestKind> {
        use RequestKind::{
            Connect, Fs, Getaddrinfo, Getnameinfo, Random, Shutdown, UdpSend, Write,
        };
        [
            Connect,
            Write,
            Shutdown,
            UdpSend,
            Fs,
            Getaddrinfo,
            Getnameinfo,
            Random,
        ]
        .into_iter()
        .find(|kind| *kind as u64 == number)
    }

    fn type_name(self) -> &'static str {
        match self {
            RequestKind::Connect => "uv_connect",
            RequestKind::Write => "uv_write",
            RequestKind::Shutdown => "uv_shutdown",
            RequestKind::UdpSend => "uv_udp_send",
            RequestKind::Fs => "uv_fs",
            RequestKind::Getaddrinfo => "uv_getaddrinfo",
            RequestKind::Getnameinfo => "uv_getnameinfo",
            RequestKind::Random => "uv_random",
        }
    }

    fn name(self) -> &'static str {
        self.type_name().trim_start_matches("uv_")
    }
}

pub(super) const FUNCTIONS: &[Entry] = functions![cancel, req_get_type];

impl Call<'_> {
    /// Remembers a request's entry and pushes its userdata, or luv's failure. The entry is made
    /// only when the operation has started.
    pub(super) fn new_request(
        &self,
        request: luvit_loop::Result<Request>,
        kind: RequestKind,
        entry: impl FnOnce() -> RequestEntry,
    ) -> Ret {
        let request = match request {
            Ok(request) => request,
            Err(error) => return self.fail(error),
        };
        self.shared().add_request(request, entry());
        self.push_request(request, kind);
        Ok(1)
    }

    /// Pushes a request's userdata.
    pub(super) fn push_request(&self, request: Request, kind: RequestKind) {
        self.new_marked(MAGIC, [request.to_bits(), kind as u64, 0]);
        let metatable = &self.shared().request_metatables[kind as usize];
        if metatable.get() == NO_REF {
            self.push_request_metatable(kind.type_name(), kind, |_| {});
            metatable.set(self.make_ref());
        }
        self.push_ref(metatable.get());
        self.set_metatable(-2);
    }

    /// Pushes the userdata of an `fs_scandir`, which is a request and stands for the listing
    /// numbered `listing`; `collect` is told when Lua lets go of it.
    pub(super) fn push_listing_request<F>(&self, request: Request, listing: u64, collect: F)
    where
        F: Fn(&mut Call) -> Ret + Copy + 'static,
    {
        self.new_marked(MAGIC, [request.to_bits(), RequestKind::Fs as u64, listing]);
        self.push_request_metatable("uv_fs_listing", RequestKind::Fs, |call| {
            call.set_function(call.shared(), "__gc", collect);
        });
        self.set_metatable(-2);
    }

    /// Pushes the metatable that the registry has as `key`; `complete` adds to a new one.
    fn push_request_metatable(&self, key: &str, kind: RequestKind, complete: impl FnOnce(&Call)) {
        let registry = crate::lua::ffi::LUA_REGISTRYINDEX;
        self.raw_get_field(registry, key);
        if !self.is_nil(-1) {
            return;
        }
        self.pop(1);
        self.new_table(0, 4);
        self.new_table(0, 2);
        for (name, method) in [("cancel", "cancel"), ("req_get_type", "get_type")] {
            super::push_member(self.state(), self.shared(), name);
            self.raw_set_field(-2, method);
        }
        self.raw_set_field(-2, "__index");
        self.set_function(self.shared(), "__tostring", to_string);
        self.push_str(kind.type_name());
        self.raw_set_field(-2, "__name");
        complete(self);
        self.push_value(-1);
        self.raw_set_field(registry, key);
    }

    /// The number of the listing that argument `index`, a request, stands for; 0 when it is one of
    /// another function.
    pub(super) fn listing(&self, index: i32) -> Result<u64, Raise> {
        self.request_box(index).map(|[_, _, listing]| listing)
    }

    fn request(&self, index: i32) -> Result<(Request, RequestKind), Raise> {
        let [bits, kind, _] = self.request_box(index)?;
        RequestKind::from_number(kind)
            .map(|kind| (Request::from_bits(bits), kind))
            .ok_or_else(|| self.wrong_type(index, "uv_req"))
    }

    /// Bits, kind and listing of a request.
    fn request_box(&self, index: i32) -> Result<[u64; 3], Raise> {
        self.to_marked(index, MAGIC)
            .ok_or_else(|| self.wrong_type(index, "uv_req"))
    }
}

fn cancel(call: &mut Call) -> Ret {
    let (request, _) = call.request(1)?;
    let result = call.shared().lp.borrow_mut().cancel(request);
    call.zero(result)
}

fn req_get_type(call: &mut Call) -> Ret {
    let (_, kind) = call.request(1)?;
    call.push_str(kind.name());
    call.push_int(kind as i64);
    Ok(2)
}

fn to_string(call: &mut Call) -> Ret {
    let (_, kind) = call.request(1)?;
    call.push_str(&format!("uv_{}_t: {:p}", kind.name(), call.to_pointer(1)));
    Ok(1)
}
