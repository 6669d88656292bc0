//! What many sessions have in common: certificates, trust, versions, ciphers, the memory of sessions to resume.

use std::sync::{Arc, OnceLock};

use rustls::client::{ClientConfig, ResolvesClientCert, Resumption};
use rustls::crypto::{CryptoProvider, aws_lc_rs as provider};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{
    ClientHello, NoServerSessionStorage, ResolvesServerCert, ServerConfig, ServerSessionMemoryCache,
};
use rustls::sign::CertifiedKey;
use rustls::{SignatureScheme, SupportedProtocolVersion};

use crate::certificate::Certificate;
use crate::ciphers;
use crate::exchange::Keys;
use crate::failure::Failure;
use crate::resume::{self, Given, Memory};
use crate::tickets::Tickets;
use crate::trust::Trust;
use crate::verify::{ClientVerifier, ServerVerifier};

/// A version of TLS that is offered here. Older ones are broken (RFC 8996) and rustls does not have them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    /// RFC 5246.
    Tls12,
    /// RFC 8446.
    Tls13,
}

/// A certificate with its chain, and the key to it.
#[derive(Debug, Clone, Default)]
pub struct Identity {
    /// DER, the certificate itself first.
    pub chain: Vec<Vec<u8>>,
    /// DER: PKCS#8, PKCS#1 or SEC1.
    pub key: Vec<u8>,
}

impl Identity {
    /// Whether a key (DER) is that of the certificate. One that cannot be used is not.
    pub fn owns(&self, key: &[u8]) -> bool {
        let der = PrivateKeyDer::try_from(key);
        let key = der
            .ok()
            .and_then(|der| provider::sign::any_supported_type(&der).ok());
        let public = key.and_then(|key| key.public_key().map(|public| public.as_ref().to_vec()));
        let seen = self.chain.first().and_then(|leaf| Certificate::read(leaf));
        public
            .zip(seen)
            .is_some_and(|(public, seen)| public == seen.spki)
    }
}

/// What a context is made of. The default is what a client without wishes wants.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Who we are; the first whose key suits the peer is shown.
    pub identities: Vec<Identity>,
    /// Whom to trust, DER; `None` is the system's store.
    pub ca: Option<Vec<Vec<u8>>>,
    /// Revocation lists, DER.
    pub crls: Vec<Vec<u8>>,
    /// The lowest version, TLS 1.2 by default.
    pub min_version: Option<Version>,
    /// The highest version, TLS 1.3 by default.
    pub max_version: Option<Version>,
    /// Suites in OpenSSL's language.
    pub ciphers: Option<String>,
    /// Key exchange groups, as `X25519:P-256`.
    pub groups: Option<String>,
    /// Application protocols, the favourite first.
    pub alpn: Vec<Vec<u8>>,
    /// Server: asks clients for a certificate.
    pub request_cert: bool,
    /// Server: refuses clients whose certificate is missing or does not verify, if it asks for one.
    pub reject_unauthorized: bool,
    /// Server: takes the client's order of ciphers instead of its own.
    pub client_order: bool,
    /// Server: a stapled OCSP response, DER.
    pub ocsp: Option<Vec<u8>>,
    /// Remembers nothing, so that no session is resumed.
    pub no_resumption: bool,
    /// Server: the 48 bytes that protect session tickets, shared by those who serve together; they stay until changed.
    pub ticket_keys: Option<[u8; 48]>,
    /// Server: seconds for which a session may be resumed, 300 by default as in node.
    pub session_timeout: Option<u32>,
}

/// How many TLS 1.2 sessions without ticket a server's context remembers.
const REMEMBERED: usize = 64;

fn crypto(options: &Options) -> Result<Arc<CryptoProvider>, Failure> {
    Ok(Arc::new(CryptoProvider {
        cipher_suites: ciphers::choose(options.ciphers.as_deref())?,
        kx_groups: ciphers::choose_groups(options.groups.as_deref())?,
        ..provider::default_provider()
    }))
}

fn versions(options: &Options) -> Result<Vec<&'static SupportedProtocolVersion>, Failure> {
    let (min, max) = (
        options.min_version.unwrap_or(Version::Tls12),
        options.max_version.unwrap_or(Version::Tls13),
    );
    let mut list = Vec::new();
    for (version, known) in [
        (Version::Tls13, &rustls::version::TLS13),
        (Version::Tls12, &rustls::version::TLS12),
    ] {
        if min <= version && version <= max {
            list.push(known);
        }
    }
    if list.is_empty() {
        return Err(Failure::new(
            "ERR_TLS_INVALID_PROTOCOL_VERSION",
            "minVersion is higher than maxVersion",
        ));
    }
    Ok(list)
}

/// The versions that remain when the chosen ciphers are looked at: those of one version alone turn the other off.
fn usable(
    versions: Vec<&'static SupportedProtocolVersion>,
    crypto: &CryptoProvider,
) -> Result<Vec<&'static SupportedProtocolVersion>, Failure> {
    let list: Vec<_> = versions
        .into_iter()
        .filter(|version| {
            crypto
                .cipher_suites
                .iter()
                .any(|suite| suite.version().version == version.version)
        })
        .collect();
    if list.is_empty() {
        return Err(Failure::new(
            "ERR_SSL_NO_CIPHER_MATCH",
            "ciphers: none of the chosen ones belongs to a version between minVersion and maxVersion",
        ));
    }
    Ok(list)
}

fn certified(identity: &Identity, ocsp: Option<&Vec<u8>>) -> Result<Arc<CertifiedKey>, Failure> {
    let leaf = identity
        .chain
        .first()
        .ok_or_else(|| Failure::option("cert holds no certificate"))?;
    let seen = Certificate::read(leaf)
        .ok_or_else(|| Failure::option("cert cannot be read as a certificate"))?;
    let der = PrivateKeyDer::try_from(identity.key.as_slice());
    let key = der.ok().and_then(|der| provider::sign::any_supported_type(&der).ok()).ok_or_else(|| {
        Failure::option(
            "key cannot be used with TLS: it takes RSA of 2048 bits or more, ECDSA on P-256, P-384 or P-521, or Ed25519",
        )
    })?;
    if let Some(public) = key.public_key()
        && public.as_ref() != seen.spki
    {
        return Err(Failure::new(
            "ERR_OSSL_X509_KEY_VALUES_MISMATCH",
            "key is not the one of the certificate in cert",
        ));
    }
    let chain = identity
        .chain
        .iter()
        .map(|der| CertificateDer::from(der.clone()))
        .collect();
    let mut certified = CertifiedKey::new(chain, key);
    certified.ocsp = ocsp.cloned();
    Ok(Arc::new(certified))
}

/// Shows the first certificate whose key the peer can verify.
#[derive(Debug)]
struct Identities(Vec<Arc<CertifiedKey>>);

impl Identities {
    fn first(&self, schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.0
            .iter()
            .find(|one| one.key.choose_scheme(schemes).is_some())
            .cloned()
    }
}

impl ResolvesServerCert for Identities {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.first(hello.signature_schemes())
    }
}

impl ResolvesClientCert for Identities {
    fn resolve(
        &self,
        _issuers: &[&[u8]],
        schemes: &[SignatureScheme],
    ) -> Option<Arc<CertifiedKey>> {
        self.first(schemes)
    }

    fn has_certs(&self) -> bool {
        !self.0.is_empty()
    }
}

fn identities(options: &Options) -> Result<Arc<Identities>, Failure> {
    let list: Result<Vec<_>, _> = options
        .identities
        .iter()
        .map(|identity| certified(identity, options.ocsp.as_ref()))
        .collect();
    Ok(Arc::new(Identities(list?)))
}

/// What the sessions of a server have in common. A clone is the same context.
#[derive(Debug, Clone)]
pub struct ServerContext(pub(crate) Arc<ServerInner>);

#[derive(Debug)]
pub(crate) struct ServerInner {
    pub config: Arc<ServerConfig>,
    pub trust: Arc<Trust>,
    pub request: bool,
    pub reject: bool,
    tickets: Option<Arc<Tickets>>,
    identities: Arc<Identities>,
}

impl ServerContext {
    /// Makes a context; the failure says which option cannot be used.
    pub fn new(options: &Options) -> Result<ServerContext, Failure> {
        let crypto = crypto(options)?;
        let versions = usable(versions(options)?, &crypto)?;
        let trust = Arc::new(Trust::new(
            options.ca.as_deref(),
            &options.crls,
            crypto.signature_verification_algorithms,
        )?);
        let builder = ServerConfig::builder_with_provider(crypto)
            .with_protocol_versions(&versions)
            .map_err(|error| Failure::option(error.to_string()))?;
        let builder = if options.request_cert {
            builder.with_client_cert_verifier(Arc::new(ClientVerifier {
                trust: trust.clone(),
                subjects: trust.subjects(),
                required: options.reject_unauthorized,
            }))
        } else {
            builder.with_no_client_auth()
        };
        let identities = identities(options)?;
        let mut config = builder.with_cert_resolver(identities.clone());
        config.alpn_protocols.clone_from(&options.alpn);
        config.ignore_client_order = !options.client_order;
        config.key_log = Arc::new(Keys);
        config.enable_secret_extraction = true;
        config.cert_compression_cache = Arc::new(rustls::compress::CompressionCache::Disabled);
        let mut tickets = None;
        if options.no_resumption {
            config.session_storage = Arc::new(NoServerSessionStorage {});
            config.send_tls13_tickets = 0;
        } else {
            let made = Arc::new(Tickets::new(
                options.ticket_keys,
                options.session_timeout.unwrap_or(300),
            )?);
            config.ticketer = made.clone();
            config.session_storage = ServerSessionMemoryCache::new(REMEMBERED);
            tickets = Some(made);
        }
        Ok(ServerContext(Arc::new(ServerInner {
            config: Arc::new(config),
            trust,
            request: options.request_cert,
            reject: options.reject_unauthorized,
            tickets,
            identities,
        })))
    }

    fn changed(
        &self,
        identities: Option<Identities>,
        change: impl FnOnce(&mut ServerConfig),
    ) -> ServerContext {
        let mut config = (*self.0.config).clone();
        let identities = match identities {
            Some(identities) => {
                let identities = Arc::new(identities);
                config.cert_resolver = identities.clone();
                identities
            }
            None => self.0.identities.clone(),
        };
        change(&mut config);
        ServerContext(Arc::new(ServerInner {
            config: Arc::new(config),
            trust: self.0.trust.clone(),
            request: self.0.request,
            reject: self.0.reject,
            tickets: self.0.tickets.clone(),
            identities,
        }))
    }

    /// The same context with other application protocols.
    pub fn with_alpn(&self, protocols: Vec<Vec<u8>>) -> ServerContext {
        self.changed(None, |config| config.alpn_protocols = protocols)
    }

    /// The same context with an OCSP response (DER) to staple.
    pub fn with_ocsp(&self, response: Vec<u8>) -> ServerContext {
        let list = self.0.identities.0.iter().map(|one| {
            let mut one = CertifiedKey::clone(one);
            one.ocsp = Some(response.clone());
            Arc::new(one)
        });
        self.changed(Some(Identities(list.collect())), |_| {})
    }

    /// The certificates it shows, DER, one for each identity.
    pub fn certificates(&self) -> Vec<Vec<u8>> {
        self.0
            .identities
            .0
            .iter()
            .filter_map(|one| one.cert.first().map(|der| der.to_vec()))
            .collect()
    }

    /// Whether it has anything to show; without, every handshake fails.
    pub(crate) fn has_certificates(&self) -> bool {
        !self.0.identities.0.is_empty()
    }

    /// The 48 bytes that protect session tickets, to share them with those who serve together.
    pub fn ticket_keys(&self) -> Option<[u8; 48]> {
        self.0.tickets.as_ref().map(|tickets| tickets.keys())
    }

    /// Replaces them; sessions of before cannot be resumed.
    pub fn set_ticket_keys(&self, keys: [u8; 48]) -> Result<(), Failure> {
        self.0
            .tickets
            .as_ref()
            .map_or(Ok(()), |tickets| tickets.set_keys(keys))
    }
}

/// What the sessions of a client have in common. A clone is the same context, and shares what can be resumed.
#[derive(Debug, Clone)]
pub struct ClientContext(pub(crate) Arc<ClientInner>);

#[derive(Debug)]
pub(crate) struct ClientInner {
    /// For sessions that check chain and name, which all that they remember has passed.
    strict: Arc<ClientConfig>,
    /// For the others: what they remember is checked again when it is resumed.
    lax: OnceLock<(Arc<ClientConfig>, Option<Arc<Memory>>)>,
    pub trust: Arc<Trust>,
    resumes: bool,
}

/// How a client's session is configured.
pub(crate) struct Wants<'a> {
    /// It checks chain and name.
    pub strict: bool,
    /// It tells the server the host.
    pub sni: bool,
    /// The token of the session to resume, instead of one that the context remembers. Never with `strict`.
    pub session: Option<&'a str>,
}

fn resumption(memory: Option<&Arc<Memory>>) -> Resumption {
    memory.map_or_else(Resumption::disabled, |memory| {
        Resumption::store(memory.clone())
    })
}

impl ClientContext {
    /// Makes a context; the failure says which option cannot be used.
    pub fn new(options: &Options) -> Result<ClientContext, Failure> {
        let crypto = crypto(options)?;
        let versions = usable(versions(options)?, &crypto)?;
        let trust = Arc::new(Trust::new(
            options.ca.as_deref(),
            &options.crls,
            crypto.signature_verification_algorithms,
        )?);
        let identities = identities(options)?;
        let mut config = ClientConfig::builder_with_provider(crypto)
            .with_protocol_versions(&versions)
            .map_err(|error| Failure::option(error.to_string()))?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(ServerVerifier(trust.clone())))
            .with_client_cert_resolver(identities);
        config.alpn_protocols.clone_from(&options.alpn);
        config.key_log = Arc::new(Keys);
        config.enable_secret_extraction = true;
        config.cert_compression_cache = Arc::new(rustls::compress::CompressionCache::Disabled);
        let memory = (!options.no_resumption).then(Arc::default);
        config.resumption = resumption(memory.as_ref());
        Ok(ClientContext(Arc::new(ClientInner {
            strict: Arc::new(config),
            lax: OnceLock::new(),
            trust,
            resumes: !options.no_resumption,
        })))
    }

    pub(crate) fn config(&self, wants: &Wants<'_>) -> Arc<ClientConfig> {
        let make = || {
            let memory = self.0.resumes.then(Arc::default);
            let mut config = (*self.0.strict).clone();
            config.resumption = resumption(memory.as_ref());
            (Arc::new(config), memory)
        };
        let mut config = self.0.strict.clone();
        if !wants.strict {
            let (lax, memory) = self.0.lax.get_or_init(make);
            config = lax.clone();
            if let (Some(token), Some(memory)) = (wants.session, memory) {
                Arc::make_mut(&mut config).resumption = Resumption::store(Arc::new(Given {
                    memory: memory.clone(),
                    kept: resume::find(token),
                }));
            }
        }
        if !wants.sni {
            Arc::make_mut(&mut config).enable_sni = false;
        }
        config
    }
}
