//! The handshake of a session: what comes before its data, and what is checked when it is complete.

use rustls::pki_types::UnixTime;
use rustls::server::UnbufferedServerConnection;
use rustls::unbuffered::{ConnectionState, UnbufferedStatus};
use rustls::{HandshakeKind, ProtocolVersion};

use super::facts::Facts;
use super::{Run, Session, State, encode};
use crate::ciphers;
use crate::context::{ClientContext, ServerContext};
use crate::exchange::{self, Exchange};
use crate::failure::Failure;
use crate::hello::{self, Hello};
use crate::records::{Kernel, Records};
use crate::trust::Purpose;
use crate::verify;

/// What a peer may send before the handshake is complete. The longest message is 64 KB; a certificate and its chain, a
/// server's list of authorities and what is around them stay far below.
const MAX_HANDSHAKE: usize = 256 * 1024;

/// So many bytes of the side that serves reach to the end of its random number (RFC 5246, section 7.4.1.3).
const FIRST: usize = 43;

/// What is needed until the handshake is complete.
#[derive(Default)]
pub(super) struct Handshake {
    received: usize,
    /// The first bytes of the peer, to tell what it speaks if that is not TLS.
    first: Vec<u8>,
    /// The first bytes of ours, on a server.
    answer: Vec<u8>,
    pub exchange: Option<Box<Exchange>>,
    server: Option<ServerContext>,
    client: Option<(ClientContext, bool)>,
}

impl Handshake {
    pub fn server(context: &ServerContext) -> Handshake {
        Handshake {
            exchange: Some(server_exchange(context)),
            server: Some(context.clone()),
            ..Handshake::default()
        }
    }

    pub fn client(context: &ClientContext, strict: bool, exchange: Box<Exchange>) -> Handshake {
        Handshake {
            exchange: Some(exchange),
            client: Some((context.clone(), strict)),
            ..Handshake::default()
        }
    }
}

impl Session {
    pub(super) fn shake(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<Vec<u8>, Failure> {
        let Some(handshake) = &mut self.handshake else {
            return Ok(Vec::new());
        };
        handshake.received += bytes.len();
        take_first(&mut handshake.first, bytes);
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
        let before = out.len();
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
        take_first(&mut handshake.answer, &out[before..]);
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
        let bare = handshake
            .server
            .as_ref()
            .is_some_and(|context| !context.has_certificates());
        match (error, found) {
            (rustls::Error::InvalidCertificate(_), Some(failure)) => failure,
            // Every other way to end comes before or after this one.
            (rustls::Error::General(_), _) if bare => Failure::new(
                "ERR_SSL_NO_SHARED_CIPHER",
                "no certificate was given to this server: set cert and key, or pfx",
            ),
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
            fresh: Vec::new(),
            newest: None,
            seen: 0,
        };
        facts.note_sessions(exchange.sessions);
        if !facts.tls13 {
            // The client's number is there; that of the server is what the messages have.
            let answer = match handshake.client {
                Some(_) => &handshake.first,
                None => &handshake.answer,
            };
            match server_random(answer) {
                Some(random) => facts.exporter.extend_from_slice(random),
                None => facts.exporter.clear(),
            }
        }
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

    /// With TLS 1.3, goes on without rustls as soon as it holds nothing of what has come.
    pub(super) fn take_over(&mut self) -> Result<(), Failure> {
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
}

/// Adds to the first bytes of a side what is missing there.
fn take_first(first: &mut Vec<u8>, bytes: &[u8]) {
    let missing = FIRST.saturating_sub(first.len());
    first.extend_from_slice(&bytes[..bytes.len().min(missing)]);
}

/// The random number of a ServerHello that is the first message of the first record.
fn server_random(first: &[u8]) -> Option<&[u8]> {
    match first {
        [22, _, _, _, _, 2, ..] => first.get(11..FIRST),
        _ => None,
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

fn server_exchange(context: &ServerContext) -> Box<Exchange> {
    Box::new(Exchange {
        reject: context.0.reject,
        ..Exchange::default()
    })
}

pub(super) fn server_connection(
    context: &ServerContext,
) -> Result<Box<UnbufferedServerConnection>, Failure> {
    let made = UnbufferedServerConnection::new(context.0.config.clone());
    made.map(Box::new).map_err(|error| Failure::of(&error, &[]))
}
