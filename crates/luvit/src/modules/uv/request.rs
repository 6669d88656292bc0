//! `uv_req_t`: what stands for an operation under way.

use luvit_loop::Request;

use super::{Entry, functions};
use crate::lua::{Call, Raise, Ret};
use crate::shared::RequestEntry;

const MAGIC: u64 = 0x6c75_7669_7420_0002;

/// What a request's userdata holds.
#[derive(Copy, Clone)]
#[repr(C)]
struct RequestBox {
    magic: u64,
    bits: u64,
    kind: RequestKind,
}

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

    fn name(self) -> &'static str {
        match self {
            RequestKind::Connect => "connect",
            RequestKind::Write => "write",
            RequestKind::Shutdown => "shutdown",
            RequestKind::UdpSend => "udp_send",
            RequestKind::Fs => "fs",
            RequestKind::Getaddrinfo => "getaddrinfo",
            RequestKind::Getnameinfo => "getnameinfo",
            RequestKind::Random => "random",
        }
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
        self.new_userdata([MAGIC, request.to_bits(), kind as u64]);
        let name = format!("uv_{}", kind.name());
        let registry = crate::lua::ffi::LUA_REGISTRYINDEX;
        self.raw_get_field(registry, &name);
        if self.is_nil(-1) {
            self.pop(1);
            self.new_table(0, 3);
            self.new_table(0, 2);
            for (name, method) in [("cancel", "cancel"), ("req_get_type", "get_type")] {
                super::push_member(self.state(), self.shared(), name);
                self.raw_set_field(-2, method);
            }
            self.raw_set_field(-2, "__index");
            self.set_function(self.shared(), "__tostring", to_string);
            self.push_value(-1);
            self.raw_set_field(registry, &name);
        }
        self.set_metatable(-2);
        Ok(1)
    }

    fn request(&self, index: i32) -> Result<(Request, RequestKind), Raise> {
        let wrong = || Raise::Argument(index, "Expected uv_req userdata".into());
        let (address, size) = self.to_userdata(index).ok_or_else(wrong)?;
        if size != size_of::<RequestBox>() {
            return Err(wrong());
        }
        // SAFETY: the userdata has the size of three aligned words, read as such.
        let [magic, bits, kind] = unsafe { address.cast::<[u64; 3]>().read() };
        match RequestKind::from_number(kind) {
            Some(kind) if magic == MAGIC => Ok((Request::from_bits(bits), kind)),
            _ => Err(wrong()),
        }
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
