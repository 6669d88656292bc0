//! Sessions: bytes of the peer become plaintext, plaintext becomes bytes to send.

use std::cell::RefCell;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use luvit_loop::Error;
use luvit_tls::{ClientOptions, Failure, Session};

use super::credentials::{acceptor_at, credentials_at};
use super::failed;
use crate::lua::{Call, Counted, Raise, Ret, State, Type};
use crate::shared::Shared;

/// A session as Lua holds it. The lock is held while no Lua runs, so nobody ever waits for it.
pub(crate) struct SessionCell(Mutex<Session>);

impl Counted for SessionCell {
    const NAME: &'static str = "tls_session";

    fn fill(state: State, _shared: &Shared) {
        super::no_methods(state);
    }
}

impl SessionCell {
    pub(crate) fn new(session: Session) -> SessionCell {
        SessionCell(Mutex::new(session))
    }

    /// The session, for as long as no Lua runs.
    pub(crate) fn lock(&self) -> MutexGuard<'_, Session> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn session_at(call: &Call, index: i32) -> Result<Arc<SessionCell>, Raise> {
    call.to_counted(index)
        .ok_or_else(|| call.wrong_type(index, "tls session"))
}

/// Memory that calls use in turn: a copy of what came, and what is to be sent.
#[derive(Default)]
struct Scratch {
    input: Vec<u8>,
    out: Vec<u8>,
}

/// More than this is given back after use.
const KEPT: usize = 128 * 1024;

thread_local! {
    static SCRATCH: RefCell<Scratch> = const { RefCell::new(Scratch { input: Vec::new(), out: Vec::new() }) };
}

/// Lends the memory. Lua may run within, and call in here again: that call has memory of its own.
fn with_scratch<R>(work: impl FnOnce(&mut Scratch) -> R) -> R {
    let mut scratch = SCRATCH.take();
    scratch.input.clear();
    scratch.out.clear();
    let result = work(&mut scratch);
    for memory in [&mut scratch.input, &mut scratch.out] {
        if memory.capacity() > KEPT {
            *memory = Vec::new();
        }
    }
    SCRATCH.set(scratch);
    result
}

fn push_or_nil(call: &Call, bytes: &[u8]) {
    if bytes.is_empty() {
        call.push_nil();
    } else {
        call.push_bytes(bytes);
    }
}

fn push_session(call: &Call, session: Session) {
    call.push_counted(call.shared(), Arc::new(SessionCell::new(session)));
}

/// `accept(acceptor)`: a server's session, or `nil, reason, code`.
pub(super) fn accept(call: &mut Call) -> Ret {
    let cell = acceptor_at(call, 1)?;
    match cell.with(Session::accept) {
        Ok(session) => {
            push_session(call, session);
            Ok(1)
        }
        Err(failure) => failed(call, &failure),
    }
}

/// `connect(credentials, host, flags, alpn, session)`: a client's session and its first bytes, or `nil, reason, code`. `flags` are
/// letters: `s` the server is not told the host, `r` what does not verify is let in, `n` the name is not checked, `k` keys are
/// kept for a log. `alpn` is a list, or nil; `session` is what `token` gave, or nil.
pub(super) fn connect(call: &mut Call) -> Ret {
    let credentials = credentials_at(call, 1)?;
    let (host, flags) = (call.text(2)?, call.bytes(3)?);
    let mut alpn = None;
    if call.type_of(4) == Type::Table {
        let list = alpn.insert(Vec::new());
        for i in 1..=call.raw_len(4) {
            call.raw_get_index(4, i as i32);
            list.extend(call.to_bytes(-1).map(<[u8]>::to_vec));
            call.pop(1);
        }
    }
    let options = ClientOptions {
        sni: !flags.contains(&b's'),
        reject_unauthorized: !flags.contains(&b'r'),
        check_name: !flags.contains(&b'n'),
        wants_keys: flags.contains(&b'k'),
        alpn,
        session: call
            .opt_bytes(5)?
            .map(|token| String::from_utf8_lossy(token).into_owned()),
        ..ClientOptions::new(host)
    };
    with_scratch(|scratch| {
        match credentials
            .client()
            .and_then(|context| Session::client(&context, &options, &mut scratch.out))
        {
            Ok(session) => {
                push_session(call, session);
                call.push_bytes(&scratch.out);
                Ok(2)
            }
            Err(failure) => failed(call, &failure),
        }
    })
}

/// `receive(session, bytes)`: `plain, out, event`, each nil for nothing. The event is `secure` when the handshake has
/// become complete, followed by whether the peer has ended already, `choose` when a context must be chosen, `end` when the
/// peer has said that nothing more comes, `session` when one came that can be resumed and nothing else happened, and
/// `error`, followed by reason and code; `out` is to be sent in any case.
pub(super) fn receive(call: &mut Call) -> Ret {
    let cell = session_at(call, 1)?;
    let bytes = call.bytes(2)?;
    with_scratch(|scratch| {
        let mut session = cell.lock();
        let (was_shaking, was_closed) = (session.is_handshaking(), session.peer_closed());
        let seen = session.sessions_seen();
        let result = session.receive_from(bytes, &mut scratch.input, &mut scratch.out);
        let event = if was_shaking && !session.is_handshaking() {
            Some("secure")
        } else if !was_closed && session.peer_closed() {
            Some("end")
        } else if was_shaking && session.needs_choice().is_some() {
            Some("choose")
        } else if !was_shaking && session.sessions_seen() != seen {
            Some("session")
        } else {
            None
        };
        let closed = session.peer_closed();
        drop(session);
        match result {
            Ok(plain) => {
                push_or_nil(call, &plain);
                push_or_nil(call, &scratch.out);
                match event {
                    Some(event) => call.push_str(event),
                    None => call.push_nil(),
                }
                call.push_bool(closed);
                Ok(4)
            }
            Err(failure) => {
                call.push_nil();
                push_or_nil(call, &scratch.out);
                call.push_str("error");
                call.push_str(&failure.reason);
                call.push_str(failure.code);
                Ok(5)
            }
        }
    })
}

/// `send(session, bytes)`, or with a list of strings: what to send, or `nil, reason, code`.
pub(super) fn send(call: &mut Call) -> Ret {
    let cell = session_at(call, 1)?;
    with_scratch(|scratch| {
        let result = seal(call, &cell, 2, scratch)?;
        match result {
            Ok(()) => {
                call.push_bytes(&scratch.out);
                Ok(1)
            }
            Err(failure) => failed(call, &failure),
        }
    })
}

/// Encrypts what is at `index`, a string or a list of them, into `scratch.out`.
fn seal(
    call: &Call,
    cell: &SessionCell,
    index: i32,
    scratch: &mut Scratch,
) -> Result<Result<(), Failure>, Raise> {
    if call.type_of(index) != Type::Table {
        let bytes = call.bytes(index)?;
        return Ok(cell.lock().send(bytes, &mut scratch.out));
    }
    for i in 1..=call.raw_len(index) {
        call.raw_get_index(index, i as i32);
        // The list keeps the string alive, and nothing of Lua runs here; what is small shares a record.
        if let Some(part) = call.to_bytes(-1) {
            scratch.input.extend_from_slice(part);
        }
        call.pop(1);
    }
    Ok(cell.lock().send(&scratch.input, &mut scratch.out))
}

/// `write(session, tcp, bytes)`, or with a list of strings: encrypts and writes. How many bytes that was, and what the system
/// has not taken, nil for nothing; or `nil, reason, code`, or `nil, nil, code` when the system fails.
pub(super) fn write(call: &mut Call) -> Ret {
    let cell = session_at(call, 1)?;
    let handle = call.tcp_handle(2)?;
    with_scratch(|scratch| {
        if let Err(failure) = seal(call, &cell, 3, scratch)? {
            return failed(call, &failure);
        }
        let tried = call
            .shared()
            .lp
            .borrow_mut()
            .try_write(handle, &[&scratch.out]);
        let written = match tried {
            Ok(written) => written,
            Err(Error::EAGAIN) => 0,
            Err(error) => {
                call.push_nil();
                call.push_nil();
                call.push_str(error.name());
                return Ok(3);
            }
        };
        call.push_int(scratch.out.len() as i64);
        push_or_nil(call, &scratch.out[written..]);
        Ok(2)
    })
}

/// `close(session)`: the bytes of close_notify, or nil when there is nothing to say.
pub(super) fn close(call: &mut Call) -> Ret {
    let cell = session_at(call, 1)?;
    with_scratch(|scratch| {
        cell.lock().close(&mut scratch.out);
        push_or_nil(call, &scratch.out);
        Ok(1)
    })
}

/// `end_of_input(session)`: true when the peer had said that it ends, else `nil, reason, code`.
pub(super) fn end_of_input(call: &mut Call) -> Ret {
    let cell = session_at(call, 1)?;
    let result = cell.lock().end_of_input();
    match result {
        Ok(()) => {
            call.push_bool(true);
            Ok(1)
        }
        Err(failure) => failed(call, &failure),
    }
}

/// `hello(session)`: `servername, protocols, wantsOCSP` of a session that waits for a choice, else nothing.
pub(super) fn hello(call: &mut Call) -> Ret {
    let cell = session_at(call, 1)?;
    let hello = cell.lock().needs_choice().cloned();
    let Some(hello) = hello else { return Ok(0) };
    match &hello.server_name {
        Some(name) => call.push_str(name),
        None => call.push_nil(),
    }
    call.new_table(0, 0);
    for (i, name) in hello.alpn.iter().enumerate() {
        call.push_bytes(name);
        call.raw_set_index(-2, i as i32 + 1);
    }
    call.push_bool(hello.wants_ocsp);
    Ok(3)
}

/// `choose(session, acceptor, credentials, protocol, ocsp)`: goes on with a context, the acceptor's own for nil, with one
/// protocol instead of the server's, and with a response to staple. `true, out`, or `nil, reason, code, out`.
pub(super) fn choose(call: &mut Call) -> Ret {
    let (cell, acceptor) = (session_at(call, 1)?, acceptor_at(call, 2)?);
    let credentials = if call.is_nil(3) {
        None
    } else {
        Some(credentials_at(call, 3)?)
    };
    let (protocol, ocsp) = (call.opt_bytes(4)?, call.opt_bytes(5)?);
    with_scratch(|scratch| {
        let mut session = cell.lock();
        let chosen = match &credentials {
            Some(credentials) => credentials.server(acceptor.wishes()).map(Some),
            None => Ok(session.suggestion().cloned()),
        };
        let result = chosen.and_then(|context| {
            let context = context.map(|context| match protocol {
                Some(protocol) => context.with_alpn(vec![protocol.to_vec()]),
                None => context,
            });
            let context = context.map(|context| match ocsp {
                Some(response) => context.with_ocsp(response.to_vec()),
                None => context,
            });
            session.choose(context.as_ref(), &mut scratch.out)
        });
        drop(session);
        match result {
            Ok(()) => {
                call.push_bool(true);
                push_or_nil(call, &scratch.out);
                Ok(2)
            }
            Err(failure) => {
                failed(call, &failure)?;
                push_or_nil(call, &scratch.out);
                Ok(4)
            }
        }
    })
}

/// `refuse(session, reason)`: the client gets an alert, which is returned.
pub(super) fn refuse(call: &mut Call) -> Ret {
    let cell = session_at(call, 1)?;
    let reason = call.text(2)?.to_owned();
    with_scratch(|scratch| {
        cell.lock().refuse(
            Failure::new("ERR_SSL_CALLBACK_FAILED", reason),
            &mut scratch.out,
        );
        push_or_nil(call, &scratch.out);
        Ok(1)
    })
}

/// `describe(session)`: a table with what is known once the handshake is complete.
pub(super) fn describe(call: &mut Call) -> Ret {
    let cell = session_at(call, 1)?;
    // Copied out first: no lock is held while Lua allocates.
    let session = cell.lock();
    let cipher = session.cipher();
    let protocol = session.protocol();
    let group = session.group();
    let alpn = session.alpn().map(<[u8]>::to_vec);
    let name = session.server_name().map(str::to_owned);
    let ocsp = session.ocsp_response().to_vec();
    let error = session.authorization_error().cloned();
    let (authorized, resumed) = (session.is_authorized(), session.is_resumed());
    drop(session);
    call.new_table(0, 16);
    let texts = [
        ("protocol", protocol),
        ("cipher", cipher.map(|cipher| cipher.name)),
        ("standardName", cipher.map(|cipher| cipher.standard_name)),
        ("cipherVersion", cipher.map(|cipher| cipher.version)),
        ("groupType", group.map(|group| group.0)),
        ("group", group.map(|group| group.1)),
        ("servername", name.as_deref()),
        ("errorCode", error.as_ref().map(|error| error.code)),
        (
            "errorReason",
            error.as_ref().map(|error| error.reason.as_str()),
        ),
    ];
    for (field, value) in texts {
        if let Some(value) = value {
            call.push_str(value);
            call.raw_set_field(-2, field);
        }
    }
    for (field, value) in [
        ("alpn", alpn.as_deref()),
        (
            "ocsp",
            Some(ocsp.as_slice()).filter(|ocsp| !ocsp.is_empty()),
        ),
    ] {
        if let Some(value) = value {
            call.push_bytes(value);
            call.raw_set_field(-2, field);
        }
    }
    if let Some(group) = group {
        call.push_int(group.2.into());
        call.raw_set_field(-2, "groupSize");
    }
    for (field, value) in [("authorized", authorized), ("resumed", resumed)] {
        call.push_bool(value);
        call.raw_set_field(-2, field);
    }
    Ok(1)
}

/// `peer_certificates(session)`: a list of DER, the peer's own first.
pub(super) fn peer_certificates(call: &mut Call) -> Ret {
    let cell = session_at(call, 1)?;
    let list: Vec<Vec<u8>> = cell
        .lock()
        .peer_certificates()
        .iter()
        .map(|der| der.to_vec())
        .collect();
    call.new_table(list.len(), 0);
    for (i, der) in list.iter().enumerate() {
        call.push_bytes(der);
        call.raw_set_index(-2, i as i32 + 1);
    }
    Ok(1)
}

/// `want_keys(session)`: keeps lines for a key log.
pub(super) fn want_keys(call: &mut Call) -> Ret {
    session_at(call, 1)?.lock().want_keys();
    Ok(0)
}

/// `take_keys(session)`: the lines that have come, a list.
pub(super) fn take_keys(call: &mut Call) -> Ret {
    let lines = session_at(call, 1)?.lock().take_keys();
    call.new_table(lines.len(), 0);
    for (i, line) in lines.iter().enumerate() {
        call.push_str(line);
        call.raw_set_index(-2, i as i32 + 1);
    }
    Ok(1)
}

/// `export(session, length, label, context)`: keying material, or `nil, reason, code`.
pub(super) fn export(call: &mut Call) -> Ret {
    let cell = session_at(call, 1)?;
    let length = call.int_in(2, 1..=65_535)? as usize;
    let (label, context) = (call.bytes(3)?, call.opt_bytes(4)?);
    let result = cell.lock().export(length, label, context);
    match result {
        Ok(bytes) => {
            call.push_bytes(&bytes);
            Ok(1)
        }
        Err(failure) => failed(call, &failure),
    }
}

/// `token(session)`: what stands for the newest session that can be resumed, or nil.
pub(super) fn token(call: &mut Call) -> Ret {
    let token = session_at(call, 1)?.lock().token();
    match token {
        Some(token) => call.push_str(&token),
        None => call.push_nil(),
    }
    Ok(1)
}

/// `take_tokens(session)`: those of the sessions that came since the last call, a list.
pub(super) fn take_tokens(call: &mut Call) -> Ret {
    let tokens = session_at(call, 1)?.lock().take_tokens();
    call.new_table(tokens.len(), 0);
    for (i, token) in tokens.iter().enumerate() {
        call.push_str(token);
        call.raw_set_index(-2, i as i32 + 1);
    }
    Ok(1)
}

/// `max_fragment(session, size)`: whether records may be so small.
pub(super) fn max_fragment(call: &mut Call) -> Ret {
    let cell = session_at(call, 1)?;
    let size = call.num(2)?;
    let set = size.fract() == 0.0 && size > 0.0 && cell.lock().set_max_fragment(size as usize);
    call.push_bool(set);
    Ok(1)
}
