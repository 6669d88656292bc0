//! TLS between buffers: contexts and sessions of `luvit-tls`, for `openssl.ssl`.

use std::sync::{Arc, Mutex, PoisonError};

use luvit_tls::{
    Acceptor, ClientContext, ClientOptions, Failure, Identity, Options, ServerContext, Session,
    Version,
};

use crate::lua::{Call, Counted, Raise, Ret, State, Type};
use crate::shared::Shared;

pub(super) fn fill(state: State, shared: *const Shared) {
    state.set_function(shared, "context", context);
    state.set_function(shared, "client", client);
    state.set_function(shared, "server", server);
    state.set_function(shared, "receive", receive);
    state.set_function(shared, "send", send);
    state.set_function(shared, "close", close);
    state.set_function(shared, "info", info);
}

/// What sessions are made with.
enum Context {
    Client(ClientContext),
    Server(ServerContext),
}

impl Counted for Context {
    const NAME: &'static str = "openssl_context";

    fn fill(_: State, _: &Shared) {}
}

/// A session, either side.
struct Connection(Mutex<Session>);

impl Counted for Connection {
    const NAME: &'static str = "openssl_session";

    fn fill(_: State, _: &Shared) {}
}

/// Answers `nil, "CODE: text", "CODE"`.
fn fail(call: &Call, failure: &Failure) -> Ret {
    call.push_nil();
    call.push_str(&failure.to_string());
    call.push_str(failure.code);
    Ok(3)
}

/// The string in a field of the table at `index`.
fn field(call: &Call, index: i32, name: &str) -> Option<Vec<u8>> {
    call.raw_get_field(index, name);
    let value = (call.type_of(-1) == Type::String)
        .then(|| call.to_bytes(-1))
        .flatten()
        .map(<[u8]>::to_vec);
    call.pop(1);
    value
}

/// The strings of a list in a field of the table at `index`.
fn list(call: &Call, index: i32, name: &str) -> Option<Vec<Vec<u8>>> {
    call.raw_get_field(index, name);
    let list = (call.type_of(-1) == Type::Table).then(|| {
        let mut list = Vec::new();
        for position in 1..=call.raw_len(-1) {
            call.raw_get_index(-1, position as i32);
            if call.type_of(-1) == Type::String
                && let Some(bytes) = call.to_bytes(-1)
            {
                list.push(bytes.to_vec());
            }
            call.pop(1);
        }
        list
    });
    call.pop(1);
    list
}

fn version(text: Option<Vec<u8>>) -> Option<Version> {
    match text?.as_slice() {
        b"TLSv1.2" => Some(Version::Tls12),
        b"TLSv1.3" => Some(Version::Tls13),
        _ => None,
    }
}

/// `context(server, options)`: `chain` and `key` (DER), `ca` (DER; nil is the system's), `min` and
/// `max`, `ciphers`, `alpn`, `request`, `reject`, `resumption = false`.
fn context(call: &mut Call) -> Ret {
    let server = call.to_bool(1);
    call.table(2)?;
    let mut options = Options {
        ca: list(call, 2, "ca"),
        min_version: version(field(call, 2, "min")),
        max_version: version(field(call, 2, "max")),
        ciphers: field(call, 2, "ciphers").and_then(|text| String::from_utf8(text).ok()),
        alpn: list(call, 2, "alpn").unwrap_or_default(),
        request_cert: call.flag(2, "request"),
        reject_unauthorized: call.flag(2, "reject"),
        ..Options::default()
    };
    if let (Some(chain), Some(key)) = (list(call, 2, "chain"), field(call, 2, "key")) {
        options.identities.push(Identity { chain, key });
    }
    let made = if server {
        ServerContext::new(&options).map(Context::Server)
    } else {
        ClientContext::new(&options).map(Context::Client)
    };
    match made {
        Ok(context) => {
            call.push_counted(call.shared(), Arc::new(context));
            Ok(1)
        }
        Err(failure) => fail(call, &failure),
    }
}

fn push_session(call: &Call, session: Session) {
    let connection = Connection(Mutex::new(session));
    call.push_counted(call.shared(), Arc::new(connection));
}

/// `client(context, host, sni, reject)`: the session, and what to send.
fn client(call: &mut Call) -> Ret {
    let context = call.to_counted::<Context>(1);
    let Some(Context::Client(context)) = context.as_deref() else {
        return Err(call.wrong_type(1, "context of a client"));
    };
    let options = ClientOptions {
        sni: call.to_bool(3),
        reject_unauthorized: call.to_bool(4),
        // As in OpenSSL: who wants that asks the certificate (`check_host`).
        check_name: false,
        ..ClientOptions::new(String::from_utf8_lossy(call.bytes(2)?))
    };
    let mut out = Vec::new();
    match Session::client(context, &options, &mut out) {
        Ok(session) => {
            push_session(call, session);
            call.push_bytes(&out);
            Ok(2)
        }
        Err(failure) => fail(call, &failure),
    }
}

/// `server(context, [hosts])`: a session; `hosts` are contexts by name.
fn server(call: &mut Call) -> Ret {
    let wrong = |call: &Call, index| call.wrong_type(index, "context of a server");
    let context = call.to_counted::<Context>(1);
    let Some(Context::Server(context)) = context.as_deref() else {
        return Err(wrong(call, 1));
    };
    let mut acceptor = Acceptor::new(context.clone());
    if !call.is_nil(2) {
        call.table(2)?;
        call.push_nil();
        while call.next(2) {
            let host = (call.type_of(-2) == Type::String)
                .then(|| call.to_bytes(-2))
                .flatten();
            let context = call.to_counted::<Context>(-1);
            if let (Some(host), Some(Context::Server(context))) = (host, context.as_deref()) {
                acceptor.add_host(&String::from_utf8_lossy(host), context.clone());
            }
            call.pop(1);
        }
    }
    match Session::accept(&acceptor) {
        Ok(session) => {
            push_session(call, session);
            Ok(1)
        }
        Err(failure) => fail(call, &failure),
    }
}

fn with<T>(call: &Call, f: impl FnOnce(&mut Session) -> T) -> Result<T, Raise> {
    let connection = call
        .to_counted::<Connection>(1)
        .ok_or_else(|| call.wrong_type(1, "session"))?;
    let mut session = connection.0.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(f(&mut session))
}

/// `receive(session, bytes)`: plaintext or nil, what to send, and the failure.
fn receive(call: &mut Call) -> Ret {
    let mut bytes = call.bytes(2)?.to_vec();
    let mut out = Vec::new();
    let received = with(call, |session| {
        session
            .receive(&mut bytes, &mut out)
            .map(|plain| plain.to_vec())
    })?;
    match received {
        Ok(plain) => {
            call.push_bytes(&plain);
            call.push_bytes(&out);
            Ok(2)
        }
        Err(failure) => {
            call.push_nil();
            call.push_bytes(&out);
            call.push_str(&failure.to_string());
            call.push_str(failure.code);
            Ok(4)
        }
    }
}

/// `send(session, bytes)`: what to send.
fn send(call: &mut Call) -> Ret {
    let data = call.bytes(2)?;
    let mut out = Vec::new();
    match with(call, |session| session.send(data, &mut out))? {
        Ok(()) => {
            call.push_bytes(&out);
            Ok(1)
        }
        Err(failure) => fail(call, &failure),
    }
}

/// `close(session)`: what to send.
fn close(call: &mut Call) -> Ret {
    let mut out = Vec::new();
    with(call, |session| session.close(&mut out))?;
    call.push_bytes(&out);
    Ok(1)
}

/// What is known of a session, taken from it before anything is pushed: Lua may collect then, and
/// run a finalizer that asks as well.
enum Fact {
    Flag(bool),
    Text(Option<Vec<u8>>),
    Cipher(Option<luvit_tls::Cipher>),
    Verdict(bool, Option<Failure>),
    Certificates(Vec<Vec<u8>>),
}

/// `info(session, what)`
fn info(call: &mut Call) -> Ret {
    let what = call.bytes(2)?;
    let fact = with(call, |session| match what {
        b"handshaking" => Fact::Flag(session.is_handshaking()),
        b"closed" => Fact::Flag(session.peer_closed()),
        b"resumed" => Fact::Flag(session.is_resumed()),
        b"version" => Fact::Text(session.protocol().map(|text| text.as_bytes().to_vec())),
        b"alpn" => Fact::Text(session.alpn().map(<[u8]>::to_vec)),
        b"hostname" => Fact::Text(session.server_name().map(|text| text.as_bytes().to_vec())),
        b"cipher" => Fact::Cipher(session.cipher()),
        b"verdict" => Fact::Verdict(
            session.is_authorized(),
            session.authorization_error().cloned(),
        ),
        b"certificates" => Fact::Certificates(
            session
                .peer_certificates()
                .iter()
                .map(|der| der.to_vec())
                .collect(),
        ),
        _ => Fact::Text(None),
    })?;
    match fact {
        Fact::Flag(flag) => call.push_bool(flag),
        Fact::Text(Some(text)) => call.push_bytes(&text),
        Fact::Text(None) | Fact::Cipher(None) => call.push_nil(),
        Fact::Cipher(Some(cipher)) => {
            call.push_str(cipher.name);
            call.push_str(cipher.version);
            return Ok(2);
        }
        Fact::Verdict(good, failure) => {
            call.push_bool(good);
            if let Some(failure) = failure {
                call.push_str(failure.code);
                call.push_str(&failure.reason);
                return Ok(3);
            }
        }
        Fact::Certificates(list) => {
            call.new_table(list.len(), 0);
            for (index, der) in list.iter().enumerate() {
                call.push_bytes(der);
                call.raw_set_index(-2, index as i32 + 1);
            }
        }
    }
    Ok(1)
}
