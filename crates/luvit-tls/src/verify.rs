//! The verifiers that rustls asks about the peer's certificate.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{DigitallySignedStruct, DistinguishedName, Error, SignatureScheme};

use crate::certificate::Certificate;
use crate::exchange;
use crate::failure::Failure;
use crate::names;
use crate::trust::{self, Purpose, Trust};

/// Checks a server's chain, and its name where the session asks for it.
pub(crate) fn server(
    trust: &Trust,
    leaf: &CertificateDer<'_>,
    others: &[CertificateDer<'_>],
    name: Option<&str>,
    now: UnixTime,
) -> Result<(), Failure> {
    trust.check(leaf, others, now, Purpose::Server)?;
    let Some(name) = name else { return Ok(()) };
    let seen = Certificate::read(leaf)
        .ok_or_else(|| Failure::new("ERR_SSL_BAD_CERTIFICATE", "certificate cannot be read"))?;
    names::check(&seen, name)
}

#[derive(Debug)]
pub(crate) struct ServerVerifier(pub Arc<Trust>);

impl ServerCertVerifier for ServerVerifier {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let name = exchange::current(|exchange| {
            exchange.ocsp = ocsp.to_vec();
            exchange.name.clone()
        });
        exchange::verdict(server(
            &self.0,
            leaf,
            others,
            name.flatten().as_deref(),
            now,
        ))?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        trust::signature(&self.0.algorithms, message, certificate, signed, false)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        trust::signature(&self.0.algorithms, message, certificate, signed, true)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.algorithms.supported_schemes()
    }
}

#[derive(Debug)]
pub(crate) struct ClientVerifier {
    pub trust: Arc<Trust>,
    pub subjects: Vec<DistinguishedName>,
    /// A client without a certificate is refused.
    pub required: bool,
}

impl ClientCertVerifier for ClientVerifier {
    fn client_auth_mandatory(&self) -> bool {
        self.required
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &self.subjects
    }

    fn verify_client_cert(
        &self,
        leaf: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        exchange::verdict(self.trust.check(leaf, others, now, Purpose::Client))?;
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        trust::signature(&self.trust.algorithms, message, certificate, signed, false)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        trust::signature(&self.trust.algorithms, message, certificate, signed, true)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.trust.algorithms.supported_schemes()
    }
}
