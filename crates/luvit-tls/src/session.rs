//! One TLS connection, either side.

use std::ops::Deref;

use rustls::client::UnbufferedClientConnection;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::UnbufferedServerConnection;
use rustls::unbuffered::{ConnectionState, EncodeError, EncryptError, UnbufferedStatus};
use rustls::{CommonState, HandshakeKind, ProtocolVersion};

use crate::acceptor::Acceptor;
use crate::ciphers::{self, Cipher};
use crate::context::{ClientContext, ServerContext};
use crate::exchange::{self, Exchange};
use crate::export;
use crate::failure::Failure;
use crate::hello::{self, Hello};
use crate::records::{Kernel, Opened, Records};
use crate::trust::Purpose;
use crate::verify;

/// What a peer may send before the handshake is complete. The longest message is 64 KB; a certificate and its chain, a
/// server's list of authorities and what is around them stay far below.
const MAX_HANDSHAKE: usize = 256 * 1024;

/// The plaintext of a record, at most (RFC 8446, section 5.1).
const MAX_FRAGMENT: usize = 16_384;

/// What one client's session wants.
#[derive(Debug, Clone)]
pub struct ClientOptions {
    /// The host: a name, or an address in text form. What the certificate must be for, and what sessions are remembered by.
    pub host: String,
    /// Tells the server the host (SNI). An address is never told.
    pub sni: bool,
    /// A certificate that does not verify ends the handshake.
    pub reject_unauthorized: bool,
    /// The certificate must be for the host.
    pub check_name: bool,
    /// Application protocols, instead of the context's.
    pub alpn: Option<Vec<Vec<u8>>>,
    /// Keeps lines for a key log.
    pub wants_keys: bool,
}

impl ClientOptions {
    /// What is safe: chain and name are checked.
    pub fn new(host: impl Into<String>) -> ClientOptions {
        ClientOptions {
            host: host.into(),
            sni: true,
            reject_unauthorized: true,
            check_name: true,
            alpn: None,
            wants_keys: false,
        }
    }
}

/// Decrypted data: that of all complete records, in one piece.
#[derive(Debug)]
pub enum Plaintext<'a> {
    /// It is in the place of the bytes it came as.
    InPlace(&'a [u8]),
    /// It has a place of its own, from an offset on.
    Own(Vec<u8>, usize),
}

impl Deref for Plaintext<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Plaintext::InPlace(bytes) => bytes,
            Plaintext::Own(bytes, start) => &bytes[*start..],
        }
    }
}

/// One TLS connection, either side. It does no I/O: its owner brings what the peer sent and sends what it is given.
///
/// An idle session holds its keys and what it knows of its peer, and no buffer.
pub struct Session {
    state: State,
    /// Bytes of the peer that are not complete: a part of a record, or of a message of the handshake.
    pending: Vec<u8>,
    handshake: Option<Box<Handshake>>,
    facts: Option<Box<Facts>>,
    failed: Option<Box<Failure>>,
    peer_closed: bool,
    closed: bool,
    max_fragment: u16,
    hello: Option<Box<Hello>>,
}

enum State {
    /// A server that has not chosen its context.
    Choosing(Box<Acceptor>),
    Server(Box<UnbufferedServerConnection>),
    Client(Box<UnbufferedClientConnection>),
    /// TLS 1.3 after the handshake.
    Records(Box<Records>),
    /// Between two of the others, and after a failure of what lies between.
    Gone,
}

/// What is needed until the handshake is complete.
struct Handshake {
    received: usize,
    /// The first bytes, to tell what a peer speaks that does not speak TLS.
    first: Vec<u8>,
    exchange: Option<Box<Exchange>>,
    server: Option<ServerContext>,
    client: Option<(ClientContext, bool)>,
}

/// What is known when the handshake is complete.
#[derive(Debug, Default)]
struct Facts {
    alpn: Option<Box<[u8]>>,
    tls13: bool,
    cipher: Option<Cipher>,
    group: Option<(&'static str, &'static str, u32)>,
    certificates: Vec<CertificateDer<'static>>,
    resumed: bool,
    authorized: bool,
    unauthorized: Option<Failure>,
    ocsp: Vec<u8>,
    keys: Vec<String>,
    exporter: Vec<u8>,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session")
            .field("handshaking", &self.is_handshaking())
            .finish_non_exhaustive()
    }
}

/// What a run over input did: bytes used of it, and the plaintext.
struct Run {
    used: usize,
    plain: Vec<u8>,
    peer_closed: bool,
    failed: Option<rustls::Error>,
}

/// Runs a connection until it needs more input. rustls has the same method on both sides without a trait of both.
macro_rules! run {
    ($connection:expr, $input:expr, $out:expr) => {{
        let (connection, input, out): (_, &mut [u8], &mut Vec<u8>) = ($connection, $input, $out);
        let mut run = Run { used: 0, plain: Vec::new(), peer_closed: false, failed: None };
        loop {
            let UnbufferedStatus { mut discard, state } = connection.process_tls_records(&mut input[run.used..]);
            let mut more = true;
            match state {
                Ok(ConnectionState::EncodeTlsData(mut data)) => {
                    if let Err(EncodeError::InsufficientSize(size)) = data.encode(&mut []) {
                        let start = out.len();
                        out.resize(start + size.required_size, 0);
                        if data.encode(&mut out[start..]).is_err() {
                            out.truncate(start);
                        }
                    }
                }
                Ok(ConnectionState::TransmitTlsData(data)) => data.done(),
                Ok(ConnectionState::ReadTraffic(mut data)) => {
                    while let Some(Ok(record)) = data.next_record() {
                        discard += record.discard;
                        run.plain.extend_from_slice(record.payload);
                    }
                }
                Ok(ConnectionState::PeerClosed) => run.peer_closed = true,
                Ok(_) => more = false,
                Err(error) => {
                    run.failed.get_or_insert(error);
                }
            }
            run.used += discard;
            // After a failure, what is left to send is the alert that tells the peer; rustls must not be run further.
            if !more || run.failed.is_some() && !connection.wants_write() {
                break run;
            }
        }
    }};
}

impl Session {
    fn with(state: State, handshake: Handshake) -> Session {
        Session {
            state,
            pending: Vec::new(),
            handshake: Some(Box::new(handshake)),
            facts: None,
            failed: None,
            peer_closed: false,
            closed: false,
            max_fragment: MAX_FRAGMENT as u16,
            hello: None,
        }
    }

    /// A server's side of a connection, with one context for all.
    pub fn server(context: &ServerContext) -> Result<Session, Failure> {
        let connection = server_connection(context)?;
        Ok(Session::with(
            State::Server(connection),
            Handshake {
                received: 0,
                first: Vec::new(),
                exchange: Some(server_exchange(context)),
                server: Some(context.clone()),
                client: None,
            },
        ))
    }

    /// A server's side of a connection, whose context depends on the client's hello.
    pub fn accept(acceptor: &Acceptor) -> Result<Session, Failure> {
        if !acceptor.needs_hello() {
            return Session::server(acceptor.context());
        }
        Ok(Session::with(
            State::Choosing(Box::new(acceptor.clone())),
            Handshake {
                received: 0,
                first: Vec::new(),
                exchange: None,
                server: None,
                client: None,
            },
        ))
    }

    /// A client's side of a connection. Its first message is appended to `out`.
    pub fn client(
        context: &ClientContext,
        options: &ClientOptions,
        out: &mut Vec<u8>,
    ) -> Result<Session, Failure> {
        let host = options
            .host
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
            .unwrap_or(&options.host);
        let bare = host.strip_suffix('.').unwrap_or(host);
        let name = ServerName::try_from(bare.to_owned()).map_err(|_| {
            Failure::option(format!(
                "servername: '{host}' is neither a host name nor an address"
            ))
        })?;
        let strict = options.reject_unauthorized && options.check_name;
        let config = context.config(strict, options.sni);
        let exchange = Box::new(Exchange {
            reject: options.reject_unauthorized,
            name: options.check_name.then(|| bare.to_owned()),
            wants_keys: options.wants_keys,
            ..Exchange::default()
        });
        let (made, exchange) = exchange::with(exchange, || match &options.alpn {
            Some(alpn) => UnbufferedClientConnection::new_with_alpn(config, name, alpn.clone()),
            None => UnbufferedClientConnection::new(config, name),
        });
        let connection = made.map_err(|error| Failure::of(&error, &[]))?;
        let mut session = Session::with(
            State::Client(Box::new(connection)),
            Handshake {
                received: 0,
                first: Vec::new(),
                exchange: Some(exchange),
                server: None,
                client: Some((context.clone(), strict)),
            },
        );
        session.hello = Some(Box::new(Hello {
            server_name: options.sni.then(|| bare.to_owned()),
            ..Hello::default()
        }));
        session.receive(&mut [], out)?;
        Ok(session)
    }

    /// Takes bytes of the peer, as many as have come. What must be sent in turn (handshake, alerts) is appended to `out`,
    /// also when it fails. The plaintext is that of all complete records.
    pub fn receive<'a>(
        &mut self,
        bytes: &'a mut [u8],
        out: &mut Vec<u8>,
    ) -> Result<Plaintext<'a>, Failure> {
        if let Some(failed) = &self.failed {
            return Err((**failed).clone());
        }
        // What follows close_notify does not count (RFC 8446, section 6.1).
        if self.peer_closed {
            return Ok(Plaintext::InPlace(&[]));
        }
        let result = if let State::Records(_) = self.state {
            self.records(bytes, out)
        } else if self.handshake.is_some() {
            self.shake(bytes, out).map(|plain| Plaintext::Own(plain, 0))
        } else {
            self.traffic(bytes, out)
                .map(|plain| Plaintext::Own(plain, 0))
        };
        result.inspect_err(|failure| self.fail(failure.clone()))
    }

    /// As [`Session::receive`], of bytes that must not change: they are decrypted in `scratch`, or behind what was kept.
    pub fn receive_from<'a>(
        &mut self,
        bytes: &[u8],
        scratch: &'a mut Vec<u8>,
        out: &mut Vec<u8>,
    ) -> Result<Plaintext<'a>, Failure> {
        let kept = matches!(self.state, State::Records(_)) && !self.pending.is_empty();
        if kept && self.failed.is_none() && !self.peer_closed {
            let result = self.records_kept(bytes, out);
            return result.inspect_err(|failure| self.fail(failure.clone()));
        }
        scratch.clear();
        scratch.extend_from_slice(bytes);
        self.receive(scratch, out)
    }

    /// Nothing more will be done, so nothing is kept but what is known of the peer.
    fn fail(&mut self, failure: Failure) {
        self.failed = Some(Box::new(failure));
        self.pending = Vec::new();
        self.state = State::Gone;
    }

    fn shake(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<Vec<u8>, Failure> {
        let Some(handshake) = &mut self.handshake else {
            return Ok(Vec::new());
        };
        handshake.received += bytes.len();
        if handshake.first.len() < 8 {
            let missing = 8 - handshake.first.len();
            handshake
                .first
                .extend_from_slice(&bytes[..bytes.len().min(missing)]);
        }
        let excessive = handshake.received > MAX_HANDSHAKE;
        self.pending.extend_from_slice(bytes);
        if self.hello.is_none() && !excessive {
            match hello::read(&self.pending) {
                hello::Found::Hello(hello) if hello.newest < 0x0303 => {
                    // rustls would say what else it misses; this is what the client can understand.
                    out.extend_from_slice(&[21, 3, 1, 0, 2, 2, 70]);
                    return Err(Failure::new(
                        "ERR_SSL_UNSUPPORTED_PROTOCOL",
                        "client speaks no newer version than TLS 1.1, which is broken and not offered (RFC 8996)",
                    ));
                }
                hello::Found::Hello(hello) => self.hello = Some(Box::new(hello)),
                hello::Found::More if matches!(self.state, State::Choosing(_)) => {
                    return Ok(Vec::new());
                }
                _ => {}
            }
        }
        if excessive && matches!(self.state, State::Choosing(_)) {
            return Err(too_much());
        }
        if let State::Choosing(acceptor) = &self.state {
            let context = match &self.hello {
                Some(_) if acceptor.asks() => return Ok(Vec::new()),
                Some(hello) => acceptor.find(hello).clone(),
                // The engine says what is wrong with it.
                None => acceptor.context().clone(),
            };
            self.start(&context)?;
        }
        let Some(handshake) = &mut self.handshake else {
            return Ok(Vec::new());
        };
        let exchange = handshake.exchange.take().unwrap_or_default();
        let pending = &mut self.pending;
        let state = &mut self.state;
        let (run, exchange) = exchange::with(exchange, || match state {
            State::Server(connection) => run!(&mut **connection, pending, out),
            State::Client(connection) => run!(&mut **connection, pending, out),
            _ => Run {
                used: 0,
                plain: Vec::new(),
                peer_closed: false,
                failed: None,
            },
        });
        handshake.exchange = Some(exchange);
        self.discard(run.used);
        self.peer_closed |= run.peer_closed;
        if let Some(error) = run.failed {
            return Err(self.explain(&error));
        }
        let complete = self.common().is_some_and(|common| !common.is_handshaking());
        if complete {
            self.complete(out)?;
            self.take_over()?;
        } else if excessive {
            return Err(too_much());
        }
        Ok(run.plain)
    }

    /// Begins the server's side, once its context is known.
    fn start(&mut self, context: &ServerContext) -> Result<(), Failure> {
        self.state = State::Server(server_connection(context)?);
        if let Some(handshake) = &mut self.handshake {
            handshake.exchange = Some(server_exchange(context));
            handshake.server = Some(context.clone());
        }
        Ok(())
    }

    /// Why the handshake failed: what the verifier found, before what rustls makes of it.
    fn explain(&mut self, error: &rustls::Error) -> Failure {
        let Some(handshake) = &mut self.handshake else {
            return Failure::of(error, &[]);
        };
        let found = handshake
            .exchange
            .as_mut()
            .and_then(|exchange| exchange.outcome.take());
        match (error, found) {
            (rustls::Error::InvalidCertificate(_), Some(failure)) => failure,
            _ => Failure::of(error, &handshake.first),
        }
    }

    /// Keeps what is worth knowing of the handshake, and checks what was resumed.
    fn complete(&mut self, out: &mut Vec<u8>) -> Result<(), Failure> {
        let Some(handshake) = self.handshake.take() else {
            return Ok(());
        };
        let exchange = *handshake.exchange.unwrap_or_default();
        let Some(common) = self.common() else {
            return Ok(());
        };
        let certificates = common.peer_certificates().unwrap_or_default().to_vec();
        let resumed = common.handshake_kind() == Some(HandshakeKind::Resumed);
        let mut facts = Facts {
            alpn: common.alpn_protocol().map(Box::from),
            tls13: common.protocol_version() == Some(ProtocolVersion::TLSv1_3),
            cipher: common
                .negotiated_cipher_suite()
                .map(|suite| ciphers::describe(suite.suite())),
            group: common
                .negotiated_key_exchange_group()
                .map(|group| ciphers::describe_group(group.name())),
            resumed,
            unauthorized: exchange.outcome,
            ocsp: exchange.ocsp,
            keys: exchange.keys,
            exporter: exchange.exporter,
            certificates,
            authorized: false,
        };
        // A session that is resumed has not asked the verifier again.
        let mut reject = false;
        if let Some((context, strict)) = &handshake.client {
            if resumed
                && !strict
                && !exchange.verified
                && let Some((leaf, others)) = facts.certificates.split_first()
            {
                let name = exchange.name.as_deref();
                facts.unauthorized =
                    verify::server(&context.0.trust, leaf, others, name, UnixTime::now()).err();
                reject = exchange.reject;
            }
            facts.authorized = facts.unauthorized.is_none();
        } else if let Some(context) = &handshake.server
            && context.0.request
        {
            // The session may be one of a server with the same ticket keys that asked for no certificate, or for another.
            reject = resumed && context.0.reject;
            facts.unauthorized = match facts.certificates.split_first() {
                None => Some(Failure::new(
                    "UNABLE_TO_GET_ISSUER_CERT",
                    "client sent no certificate",
                )),
                Some((leaf, others)) if resumed && !exchange.verified => context
                    .0
                    .trust
                    .check(leaf, others, UnixTime::now(), Purpose::Client)
                    .err(),
                Some(_) => facts.unauthorized,
            };
            facts.authorized = facts.unauthorized.is_none();
        }
        let refused = if reject {
            facts.unauthorized.clone()
        } else {
            None
        };
        self.facts = Some(Box::new(facts));
        match refused {
            Some(failure) => {
                self.close(out);
                Err(failure)
            }
            None => Ok(()),
        }
    }

    fn traffic(&mut self, bytes: &mut [u8], out: &mut Vec<u8>) -> Result<Vec<u8>, Failure> {
        let kept = !self.pending.is_empty();
        if kept {
            self.pending.extend_from_slice(bytes);
        }
        let input: &mut [u8] = if kept { &mut self.pending } else { bytes };
        let run = match &mut self.state {
            State::Server(connection) => run!(&mut **connection, input, out),
            State::Client(connection) => run!(&mut **connection, input, out),
            _ => return Ok(Vec::new()),
        };
        if kept {
            self.discard(run.used);
        } else {
            self.pending.extend_from_slice(&bytes[run.used..]);
        }
        self.peer_closed |= run.peer_closed;
        if self.peer_closed {
            self.pending = Vec::new();
        }
        if let Some(error) = run.failed {
            return Err(Failure::of(&error, &[]));
        }
        self.take_over()?;
        Ok(run.plain)
    }

    /// With TLS 1.3, goes on without rustls as soon as it holds nothing of what has come.
    fn take_over(&mut self) -> Result<(), Failure> {
        let ready = self.facts.as_ref().is_some_and(|facts| facts.tls13)
            && !self.closed
            && !self.peer_closed
            && self.common().is_some_and(|common| !common.wants_write())
            && is_part_of_record(&self.pending);
        if !ready {
            return Ok(());
        }
        let taken = match std::mem::replace(&mut self.state, State::Gone) {
            State::Server(connection) => connection
                .dangerous_into_kernel_connection()
                .map(|(secrets, kernel)| Records::new(secrets, Kernel::Server(kernel))),
            State::Client(connection) => connection
                .dangerous_into_kernel_connection()
                .map(|(secrets, kernel)| Records::new(secrets, Kernel::Client(kernel))),
            _ => Ok(None),
        };
        match taken {
            Ok(Some(records)) => {
                self.state = State::Records(Box::new(records));
                Ok(())
            }
            Ok(None) => Err(Failure::new(
                "EPROTO",
                "the keys of the session cannot be used",
            )),
            Err(error) => Err(Failure::of(&error, &[])),
        }
    }

    fn records<'a>(
        &mut self,
        bytes: &'a mut [u8],
        out: &mut Vec<u8>,
    ) -> Result<Plaintext<'a>, Failure> {
        let State::Records(records) = &mut self.state else {
            return Ok(Plaintext::InPlace(&[]));
        };
        if self.pending.is_empty() {
            let Opened {
                used,
                start,
                end,
                closed,
            } = records.open(bytes, out)?;
            self.peer_closed = closed;
            if !closed {
                self.pending.extend_from_slice(&bytes[used..]);
            }
            return Ok(Plaintext::InPlace(&bytes[start..end]));
        }
        self.records_kept(bytes, out)
    }

    /// The same, behind bytes that were kept.
    fn records_kept(
        &mut self,
        bytes: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<Plaintext<'static>, Failure> {
        let State::Records(records) = &mut self.state else {
            return Ok(Plaintext::InPlace(&[]));
        };
        self.pending.extend_from_slice(bytes);
        let mut input = std::mem::take(&mut self.pending);
        let Opened {
            used,
            start,
            end,
            closed,
        } = records.open(&mut input, out)?;
        self.peer_closed = closed;
        if used == 0 {
            self.pending = input;
            return Ok(Plaintext::InPlace(&[]));
        }
        if !closed {
            self.pending.extend_from_slice(&input[used..]);
        }
        input.truncate(end);
        Ok(Plaintext::Own(input, start))
    }

    /// Drops what was used of the bytes that were kept, and their memory when nothing is left.
    fn discard(&mut self, used: usize) {
        if used >= self.pending.len() {
            self.pending = Vec::new();
        } else if used > 0 {
            self.pending.drain(..used);
        }
    }

    fn common(&self) -> Option<&CommonState> {
        match &self.state {
            State::Server(connection) => Some(connection),
            State::Client(connection) => Some(connection),
            _ => None,
        }
    }

    /// Encrypts; the records are appended to `out`. Before the handshake is complete this fails.
    pub fn send(&mut self, plaintext: &[u8], out: &mut Vec<u8>) -> Result<(), Failure> {
        if let Some(failed) = &self.failed {
            return Err((**failed).clone());
        }
        if self.handshake.is_some() || self.closed {
            let why = if self.closed {
                "after close_notify"
            } else {
                "before the handshake is complete"
            };
            return Err(Failure::new("EPIPE", format!("nothing can be sent {why}")));
        }
        let fragment = usize::from(self.max_fragment);
        if let State::Records(records) = &mut self.state {
            return records.send(plaintext, fragment, out);
        }
        for part in plaintext.chunks(fragment) {
            self.write(Some(part), out)?;
        }
        Ok(())
    }

    /// Encrypts one fragment, or close_notify.
    fn write(&mut self, part: Option<&[u8]>, out: &mut Vec<u8>) -> Result<(), Failure> {
        macro_rules! write_with {
            ($connection:expr) => {
                loop {
                    let UnbufferedStatus { state, .. } = $connection.process_tls_records(&mut self.pending);
                    match state {
                        Ok(ConnectionState::WriteTraffic(mut writer)) => {
                            let start = out.len();
                            let mut room = part.map_or(0, <[u8]>::len) + 64;
                            loop {
                                out.resize(start + room, 0);
                                let result = match part {
                                    Some(part) => writer.encrypt(part, &mut out[start..]),
                                    None => writer.queue_close_notify(&mut out[start..]),
                                };
                                match result {
                                    Ok(written) => {
                                        out.truncate(start + written);
                                        return Ok(());
                                    }
                                    Err(EncryptError::InsufficientSize(size)) => room = size.required_size,
                                    Err(EncryptError::EncryptExhausted) => {
                                        out.truncate(start);
                                        return Err(Failure::new(
                                            "EPROTO",
                                            "the keys of this session have been used for as much as is safe",
                                        ));
                                    }
                                }
                            }
                        }
                        Ok(ConnectionState::EncodeTlsData(mut data)) => {
                            if let Err(EncodeError::InsufficientSize(size)) = data.encode(&mut []) {
                                let start = out.len();
                                out.resize(start + size.required_size, 0);
                                if data.encode(&mut out[start..]).is_err() {
                                    out.truncate(start);
                                }
                            }
                        }
                        Ok(ConnectionState::TransmitTlsData(data)) => data.done(),
                        Ok(ConnectionState::PeerClosed) => self.peer_closed = true,
                        Ok(_) => return Err(Failure::new("EPIPE", "nothing can be sent on this session")),
                        Err(error) => return Err(Failure::of(&error, &[])),
                    }
                }
            };
        }
        match &mut self.state {
            State::Server(connection) => write_with!(connection),
            State::Client(connection) => write_with!(connection),
            State::Records(records) => {
                records.close(out);
                Ok(())
            }
            _ => Err(Failure::new("EPIPE", "nothing can be sent on this session")),
        }
    }

    /// Tells the peer that nothing more follows (close_notify); it may go on sending. Once is enough.
    pub fn close(&mut self, out: &mut Vec<u8>) {
        if self.closed || self.failed.is_some() || self.handshake.is_some() {
            return;
        }
        self.closed = true;
        // A peer that cannot be told learns it by the end of the stream.
        let _ = self.write(None, out);
    }

    /// The stream has ended: a failure (`ECONNRESET`) unless the peer had said so by close_notify.
    pub fn end_of_input(&mut self) -> Result<(), Failure> {
        if let Some(failed) = &self.failed {
            return Err((**failed).clone());
        }
        if self.peer_closed {
            return Ok(());
        }
        let failure = Failure::truncated(self.handshake.is_some());
        self.fail(failure.clone());
        Err(failure)
    }

    /// The handshake is not complete: nothing can be sent yet.
    pub fn is_handshaking(&self) -> bool {
        self.handshake.is_some()
    }

    /// The peer has said that it sends nothing more (close_notify).
    pub fn peer_closed(&self) -> bool {
        self.peer_closed
    }

    /// A server that asks (see [`Acceptor::set_asks`]) has read this hello and waits for [`Session::choose`].
    pub fn needs_choice(&self) -> Option<&Hello> {
        match (&self.state, &self.hello, &self.failed) {
            (State::Choosing(acceptor), Some(hello), None) if acceptor.asks() => Some(hello),
            _ => None,
        }
    }

    /// The context that the acceptor has for the hello: that of its host, or the one for all.
    pub fn suggestion(&self) -> Option<&ServerContext> {
        match (&self.state, &self.hello) {
            (State::Choosing(acceptor), Some(hello)) => Some(acceptor.find(hello)),
            _ => None,
        }
    }

    /// Chooses the context, `None` for the one that the acceptor has, and goes on with what has come.
    pub fn choose(
        &mut self,
        context: Option<&ServerContext>,
        out: &mut Vec<u8>,
    ) -> Result<(), Failure> {
        if !matches!(self.state, State::Choosing(_)) {
            return Ok(());
        }
        let Some(context) = context.or_else(|| self.suggestion()).cloned() else {
            return Ok(());
        };
        self.start(&context)?;
        self.receive(&mut [], out).map(|_| ())
    }

    /// Refuses the client before there is a context for it; the alert says that its server name is unknown.
    pub fn refuse(&mut self, failure: Failure, out: &mut Vec<u8>) {
        if matches!(self.state, State::Choosing(_)) && self.failed.is_none() {
            out.extend_from_slice(&[21, 3, 3, 0, 2, 2, 112]);
        }
        self.fail(failure);
    }

    /// Records hold at most so many bytes of plaintext, from 512 to 16384.
    pub fn set_max_fragment(&mut self, size: usize) -> bool {
        let fits = (512..=MAX_FRAGMENT).contains(&size);
        if fits {
            self.max_fragment = size as u16;
        }
        fits
    }

    /// Keeps lines for a key log, on a server; a client says so in its options.
    pub fn want_keys(&mut self) {
        if let Some(exchange) = self
            .handshake
            .as_mut()
            .and_then(|handshake| handshake.exchange.as_mut())
        {
            exchange.wants_keys = true;
        }
    }

    /// Lines for a key log that have come since the last call.
    pub fn take_keys(&mut self) -> Vec<String> {
        match (&mut self.handshake, &mut self.facts) {
            (Some(handshake), _) => handshake
                .exchange
                .as_mut()
                .map(|exchange| std::mem::take(&mut exchange.keys))
                .unwrap_or_default(),
            (None, Some(facts)) => std::mem::take(&mut facts.keys),
            _ => Vec::new(),
        }
    }

    /// The application protocol that both sides agreed on.
    pub fn alpn(&self) -> Option<&[u8]> {
        self.facts.as_ref()?.alpn.as_deref()
    }

    /// `TLSv1.2` or `TLSv1.3`, once the handshake is complete.
    pub fn protocol(&self) -> Option<&'static str> {
        self.facts
            .as_ref()
            .map(|facts| if facts.tls13 { "TLSv1.3" } else { "TLSv1.2" })
    }

    /// The cipher suite.
    pub fn cipher(&self) -> Option<Cipher> {
        self.facts.as_ref()?.cipher
    }

    /// The kind of key exchange, its name and its size in bits.
    pub fn group(&self) -> Option<(&'static str, &'static str, u32)> {
        self.facts.as_ref()?.group
    }

    /// What the peer showed, DER, its own certificate first.
    pub fn peer_certificates(&self) -> &[CertificateDer<'static>] {
        self.facts.as_ref().map_or(&[], |facts| &facts.certificates)
    }

    /// The host that the client wants: on a server what it said, on a client what was said.
    pub fn server_name(&self) -> Option<&str> {
        self.hello.as_ref()?.server_name.as_deref()
    }

    /// The peer's certificate was asked for and verified.
    pub fn is_authorized(&self) -> bool {
        self.facts.as_ref().is_some_and(|facts| facts.authorized)
    }

    /// Why it did not verify, where that does not end the handshake.
    pub fn authorization_error(&self) -> Option<&Failure> {
        self.facts.as_ref()?.unauthorized.as_ref()
    }

    /// Both sides went on with a session of before.
    pub fn is_resumed(&self) -> bool {
        self.facts.as_ref().is_some_and(|facts| facts.resumed)
    }

    /// On a client: what the server stapled (OCSP, DER), empty for nothing.
    pub fn ocsp_response(&self) -> &[u8] {
        self.facts.as_ref().map_or(&[], |facts| &facts.ocsp)
    }

    /// Keying material for other protocols (RFC 8446, section 7.5), `length` bytes of it. TLS 1.3 only.
    pub fn export(&self, length: usize, label: &[u8], context: &[u8]) -> Result<Vec<u8>, Failure> {
        let Some(facts) = &self.facts else {
            return Err(Failure::new(
                "ERR_TLS_INVALID_STATE",
                "the handshake is not complete",
            ));
        };
        if !facts.tls13 {
            return Err(Failure::new(
                "ERR_TLS_INVALID_STATE",
                "keying material is exported of TLS 1.3 only",
            ));
        }
        export::tls13(&facts.exporter, length, label, context)
            .ok_or_else(|| Failure::option("length and label: no keying material has this size"))
    }
}

/// Whether bytes are the beginning of a record of data, or nothing: what rustls has looked at is longer.
fn is_part_of_record(bytes: &[u8]) -> bool {
    match bytes {
        [] => true,
        [23, _, _, high, low, rest @ ..] => {
            rest.len() < usize::from(u16::from_be_bytes([*high, *low]))
        }
        [23, ..] => true,
        _ => false,
    }
}

fn too_much() -> Failure {
    Failure::new(
        "ERR_SSL_EXCESSIVE_MESSAGE_SIZE",
        format!("peer sent more than {MAX_HANDSHAKE} bytes before the handshake was complete"),
    )
}

fn server_connection(context: &ServerContext) -> Result<Box<UnbufferedServerConnection>, Failure> {
    let made = UnbufferedServerConnection::new(context.0.config.clone());
    made.map(Box::new).map_err(|error| Failure::of(&error, &[]))
}

fn server_exchange(context: &ServerContext) -> Box<Exchange> {
    Box::new(Exchange {
        reject: context.0.reject,
        ..Exchange::default()
    })
}
