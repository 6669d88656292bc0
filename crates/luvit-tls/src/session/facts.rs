//! What is known of a session and its peer when the handshake is complete.

use std::sync::Arc;

use rustls::pki_types::CertificateDer;

use super::Session;
use crate::ciphers::Cipher;
use crate::export;
use crate::failure::Failure;
use crate::resume::Kept;

/// What is known when the handshake is complete.
#[derive(Debug, Default)]
pub(super) struct Facts {
    pub alpn: Option<Box<[u8]>>,
    pub tls13: bool,
    pub cipher: Option<Cipher>,
    pub group: Option<(&'static str, &'static str, u32)>,
    pub certificates: Vec<CertificateDer<'static>>,
    pub resumed: bool,
    pub authorized: bool,
    pub unauthorized: Option<Failure>,
    pub ocsp: Vec<u8>,
    pub keys: Vec<String>,
    pub exporter: Vec<u8>,
    /// Client: sessions that can be resumed and that nobody was told of, and the last of all.
    pub fresh: Vec<Arc<Kept>>,
    pub newest: Option<Arc<Kept>>,
    /// How many there were.
    pub seen: u32,
}

/// More sessions of one connection need nobody to be told of.
const FRESH: usize = 8;

impl Facts {
    /// Keeps sessions that came.
    pub fn note_sessions(&mut self, sessions: Vec<Arc<Kept>>) {
        for session in sessions {
            if self.fresh.len() == FRESH {
                self.fresh.remove(0);
            }
            self.seen = self.seen.wrapping_add(1);
            self.fresh.push(session.clone());
            self.newest = Some(session);
        }
    }
}

impl Session {
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

    /// Keying material for other protocols (RFC 5705; RFC 8446, section 7.5), `length` bytes of it. With TLS 1.2 an empty
    /// context is another one than none, which is not offered with TLS 1.3.
    pub fn export(
        &self,
        length: usize,
        label: &[u8],
        context: Option<&[u8]>,
    ) -> Result<Vec<u8>, Failure> {
        let state = |reason| Failure::new("ERR_TLS_INVALID_STATE", reason);
        let Some(facts) = &self.facts else {
            return Err(state("the handshake is not complete"));
        };
        if facts.exporter.is_empty() {
            return Err(state("the handshake left no secret to export from"));
        }
        let made = if facts.tls13 {
            export::tls13(&facts.exporter, length, label, context.unwrap_or_default())
        } else {
            let wide = facts
                .cipher
                .is_some_and(|cipher| cipher.name.ends_with("SHA384"));
            export::tls12(&facts.exporter, wide, length, label, context)
        };
        made.ok_or_else(|| Failure::option("length and label: no keying material has this size"))
    }

    /// On a client: the token of the newest session that can be resumed, for [`ClientOptions::session`]. It stands for
    /// something in this process.
    ///
    /// [`ClientOptions::session`]: crate::ClientOptions::session
    pub fn token(&self) -> Option<String> {
        self.facts.as_ref()?.newest.as_ref()?.token()
    }

    /// How many sessions came that can be resumed.
    pub fn sessions_seen(&self) -> u32 {
        self.facts.as_ref().map_or(0, |facts| facts.seen)
    }

    /// The tokens of the sessions that came since the last call.
    pub fn take_tokens(&mut self) -> Vec<String> {
        let fresh = self
            .facts
            .as_mut()
            .map(|facts| std::mem::take(&mut facts.fresh));
        fresh
            .unwrap_or_default()
            .iter()
            .filter_map(Kept::token)
            .collect()
    }
}
