//! The native half of `tls`: sessions of the engine in `luvit-tls`, over strings. All I/O is the caller's.

mod certificate;
mod credentials;
mod session;

pub(crate) use credentials::{AcceptorCell, acceptor_at};
pub(crate) use session::SessionCell;

use luvit_tls::Failure;

use crate::lua::{Call, Ret, State};
use crate::shared::Shared;

/// Pushes the table of functions.
pub(crate) fn open(state: State, shared: *const Shared) {
    state.new_table(0, 24);
    state.set_function(shared, "credentials", credentials::credentials);
    state.set_function(shared, "certificates", credentials::certificates);
    state.set_function(shared, "issuer", credentials::issuer);
    state.set_function(shared, "acceptor", credentials::acceptor);
    state.set_function(shared, "set_context", credentials::set_context);
    state.set_function(shared, "add_host", credentials::add_host);
    state.set_function(shared, "remove_host", credentials::remove_host);
    state.set_function(shared, "set_asks", credentials::set_asks);
    state.set_function(shared, "ticket_keys", credentials::ticket_keys);
    state.set_function(shared, "set_ticket_keys", credentials::set_ticket_keys);
    state.set_function(shared, "ciphers", credentials::ciphers);
    state.set_function(shared, "root_certificates", credentials::root_certificates);
    state.set_function(shared, "check_name", credentials::check_name);
    state.set_function(
        shared,
        "describe_certificate",
        certificate::describe_certificate,
    );
    state.set_function(shared, "accept", session::accept);
    state.set_function(shared, "connect", session::connect);
    state.set_function(shared, "receive", session::receive);
    state.set_function(shared, "send", session::send);
    state.set_function(shared, "write", session::write);
    state.set_function(shared, "close", session::close);
    state.set_function(shared, "end_of_input", session::end_of_input);
    state.set_function(shared, "hello", session::hello);
    state.set_function(shared, "choose", session::choose);
    state.set_function(shared, "refuse", session::refuse);
    state.set_function(shared, "describe", session::describe);
    state.set_function(shared, "peer_certificates", session::peer_certificates);
    state.set_function(shared, "want_keys", session::want_keys);
    state.set_function(shared, "take_keys", session::take_keys);
    state.set_function(shared, "export", session::export);
    state.set_function(shared, "token", session::token);
    state.set_function(shared, "take_tokens", session::take_tokens);
    state.set_function(shared, "max_fragment", session::max_fragment);
}

/// `nil, reason, code`
fn failed(call: &Call, failure: &Failure) -> Ret {
    call.push_nil();
    call.push_str(&failure.reason);
    call.push_str(failure.code);
    Ok(3)
}

/// Gives a metatable an empty `__index`: the library calls functions, and scripts see no methods.
fn no_methods(state: State) {
    state.new_table(0, 0);
    state.raw_set_field(-2, "__index");
}
