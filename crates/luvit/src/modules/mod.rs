//! The native modules, one file or folder each.

pub(crate) mod crypto;
pub(crate) mod dns;
pub(crate) mod http;
pub(crate) mod http_client;
pub(crate) mod json;
pub(crate) mod lpeg;
pub(crate) mod module;
pub(crate) mod openssl;
pub(crate) mod pack;
pub(crate) mod rex;
pub(crate) mod snapshot;
pub(crate) mod stdio;
pub(crate) mod thread;
pub(crate) mod tls;
pub(crate) mod ustring;
pub(crate) mod utf8;
pub(crate) mod uv;
pub(crate) mod zlib;

use crate::lua::{Call, Raise, Ret, State};
use crate::shared::Shared;

/// Makes `require('uv')` and `require('luv')` load on demand through `package.preload`.
pub(crate) fn preload(state: State, shared: &Shared) {
    state.push_globals();
    state.raw_get_field(-1, "package");
    state.raw_get_field(-1, "preload");
    for name in ["uv", "luv"] {
        state.set_function(shared, name, uv::open);
    }
    state.pop(3);
}

/// `native(name)`: the native half of a standard-library module, as the library's own
/// `require('luvit:name')` gives it. A table, made anew at each call; the caller keeps it.
pub(crate) fn native(call: &mut Call) -> Ret {
    let open: fn(State, *const Shared) = match call.bytes(1)? {
        b"crypto" => crypto::open,
        b"dns" => dns::open,
        b"fs" => uv::fs::whole::open,
        b"http" => http::open,
        b"http_client" => http_client::open,
        b"json" => json::open,
        b"lpeg" => lpeg::open,
        b"module" => module::open,
        b"openssl" => openssl::open,
        b"pack" => pack::open,
        b"rex" => rex::open,
        b"snapshot" => snapshot::open,
        b"stdio" => stdio::open,
        b"thread" => thread::open,
        b"tls" => tls::open,
        b"ustring" => ustring::open,
        b"utf8" => utf8::open,
        b"zlib" => zlib::open,
        other => {
            let name = String::from_utf8_lossy(other);
            return Err(Raise::Argument(1, format!("no native module '{name}'")));
        }
    };
    open(call.state(), call.shared());
    Ok(1)
}
