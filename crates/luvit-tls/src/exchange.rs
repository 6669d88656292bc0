//! What a handshake and the code that rustls calls back during it tell each other.
//!
//! A configuration is shared by sessions, so its verifiers and its key log do not know for which session they are asked.
//! The session that runs says so in a place of its thread, and takes from there what they found.

use std::cell::RefCell;
use std::sync::Arc;

use rustls::{CertificateError, Error};

use crate::failure::Failure;
use crate::resume::Kept;

/// What the session that runs wants of verification, and what it got.
#[derive(Debug, Default)]
pub(crate) struct Exchange {
    /// A certificate that does not verify ends the handshake.
    pub reject: bool,
    /// The name that a server's certificate must have.
    pub name: Option<String>,
    /// Keeps lines for the key log.
    pub wants_keys: bool,
    /// A verifier was asked.
    pub verified: bool,
    /// What was wrong with the peer's certificate.
    pub outcome: Option<Failure>,
    /// What the server stapled.
    pub ocsp: Vec<u8>,
    /// Lines for the key log (draft-ietf-tls-keylogfile).
    pub keys: Vec<String>,
    /// The secret from which keying material is exported; with TLS 1.2 the client's random number is behind it.
    pub exporter: Vec<u8>,
    /// Client: sessions that came and can be resumed.
    pub sessions: Vec<Arc<Kept>>,
}

thread_local! {
    static CURRENT: RefCell<Option<Box<Exchange>>> = const { RefCell::new(None) };
}

/// Runs `work` with `exchange` in its place, and returns it with what came to it.
pub(crate) fn with<R>(exchange: Box<Exchange>, work: impl FnOnce() -> R) -> (R, Box<Exchange>) {
    let outer = CURRENT.replace(Some(exchange));
    let result = work();
    let exchange = CURRENT.replace(outer).unwrap_or_default();
    (result, exchange)
}

/// Changes the exchange of the session that runs.
pub(crate) fn current<R>(change: impl FnOnce(&mut Exchange) -> R) -> Option<R> {
    CURRENT.with_borrow_mut(|current| current.as_mut().map(|exchange| change(exchange)))
}

/// Notes how verification went, and tells rustls whether to go on.
pub(crate) fn verdict(result: Result<(), Failure>) -> Result<(), Error> {
    let Err(failure) = result else {
        current(|exchange| exchange.verified = true);
        return Ok(());
    };
    let error = certificate_error(&failure);
    let reject = current(|exchange| {
        exchange.verified = true;
        exchange.outcome = Some(failure);
        exchange.reject
    });
    // Without a session nobody would learn of it.
    if reject == Some(false) {
        Ok(())
    } else {
        Err(error.into())
    }
}

/// The error of rustls that sends the alert which fits.
fn certificate_error(failure: &Failure) -> CertificateError {
    match failure.code {
        "CERT_HAS_EXPIRED" => CertificateError::Expired,
        "CERT_NOT_YET_VALID" => CertificateError::NotValidYet,
        "CERT_REVOKED" => CertificateError::Revoked,
        "ERR_TLS_CERT_ALTNAME_INVALID" => CertificateError::NotValidForName,
        "DEPTH_ZERO_SELF_SIGNED_CERT"
        | "SELF_SIGNED_CERT_IN_CHAIN"
        | "UNABLE_TO_VERIFY_LEAF_SIGNATURE"
        | "UNABLE_TO_GET_ISSUER_CERT_LOCALLY" => CertificateError::UnknownIssuer,
        "INVALID_PURPOSE" => CertificateError::InvalidPurpose,
        _ => CertificateError::ApplicationVerificationFailure,
    }
}

/// Hands the secrets of a handshake to the session that asked for them.
#[derive(Debug)]
pub(crate) struct Keys;

impl rustls::KeyLog for Keys {
    fn log(&self, label: &str, client_random: &[u8], secret: &[u8]) {
        current(|exchange| {
            if label == "EXPORTER_SECRET" {
                exchange.exporter = secret.to_vec();
            } else if label == "CLIENT_RANDOM" {
                exchange.exporter = [secret, client_random].concat();
            }
            if exchange.wants_keys {
                exchange
                    .keys
                    .push(format!("{label} {} {}\n", hex(client_random), hex(secret)));
            }
        });
    }

    fn will_log(&self, label: &str) -> bool {
        label == "EXPORTER_SECRET" || current(|exchange| exchange.wants_keys) == Some(true)
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}
