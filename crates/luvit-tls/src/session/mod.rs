//! One TLS connection, either side.

use std::ops::Deref;

use rustls::CommonState;
use rustls::client::UnbufferedClientConnection;
use rustls::pki_types::ServerName;
use rustls::server::UnbufferedServerConnection;
use rustls::unbuffered::{
    ConnectionState, EncodeError, EncodeTlsData, EncryptError, UnbufferedStatus,
};

use self::facts::Facts;
use self::handshake::{Handshake, server_connection};
use crate::acceptor::Acceptor;
use crate::context::{ClientContext, ServerContext, Wants};
use crate::exchange::{self, Exchange};
use crate::failure::Failure;
use crate::hello::Hello;
use crate::records::{Opened, Records};

/// The plaintext of a record, at most (RFC 8446, section 5.1).
const MAX_FRAGMENT: usize = 16_384;

/// Adds what rustls has to send to `out`.
fn encode<Side>(mut data: EncodeTlsData<'_, Side>, out: &mut Vec<u8>) {
    if let Err(EncodeError::InsufficientSize(size)) = data.encode(&mut []) {
        let start = out.len();
        out.resize(start + size.required_size, 0);
        if data.encode(&mut out[start..]).is_err() {
            out.truncate(start);
        }
    }
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
                Ok(ConnectionState::EncodeTlsData(data)) => encode(data, out),
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

mod facts;
mod handshake;

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
    /// What [`Session::token`] gave for an earlier session, to resume that one. One that is not known (any more) makes
    /// the handshake a whole one.
    pub session: Option<String>,
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
            session: None,
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
            Handshake::server(context),
        ))
    }

    /// A server's side of a connection, whose context depends on the client's hello.
    pub fn accept(acceptor: &Acceptor) -> Result<Session, Failure> {
        if !acceptor.needs_hello() {
            return Session::server(acceptor.context());
        }
        Ok(Session::with(
            State::Choosing(Box::new(acceptor.clone())),
            Handshake::default(),
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
        // What a session was checked for that is given back, may not be what is wanted of this one.
        let strict = options.reject_unauthorized && options.check_name && options.session.is_none();
        let config = context.config(&Wants {
            strict,
            sni: options.sni,
            session: options.session.as_deref(),
        });
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
            Handshake::client(context, strict, exchange),
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
            let result = self.records(bytes, out);
            self.note_sessions();
            result
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
            self.note_sessions();
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

    fn traffic(&mut self, bytes: &mut [u8], out: &mut Vec<u8>) -> Result<Vec<u8>, Failure> {
        let kept = !self.pending.is_empty();
        if kept {
            self.pending.extend_from_slice(bytes);
        }
        let input: &mut [u8] = if kept { &mut self.pending } else { bytes };
        let run = match &mut self.state {
            State::Server(connection) => run!(&mut **connection, input, out),
            State::Client(connection) => {
                let (run, exchange) =
                    exchange::with(Box::default(), || run!(&mut **connection, input, out));
                if let Some(facts) = &mut self.facts {
                    facts.note_sessions(exchange.sessions);
                }
                run
            }
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

    /// Takes the sessions that came as records.
    fn note_sessions(&mut self) {
        if let (State::Records(records), Some(facts)) = (&mut self.state, &mut self.facts)
            && !records.sessions.is_empty()
        {
            facts.note_sessions(std::mem::take(&mut records.sessions));
        }
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
                        Ok(ConnectionState::EncodeTlsData(data)) => encode(data, out),
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

    /// Records hold at most so many bytes of plaintext, from 512 to 16384.
    pub fn set_max_fragment(&mut self, size: usize) -> bool {
        let fits = (512..=MAX_FRAGMENT).contains(&size);
        if fits {
            self.max_fragment = size as u16;
        }
        fits
    }
}
