//! What sessions have in common: credentials, and the acceptors of servers.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use luvit_crypto::Secret;
use luvit_crypto::key::PrivateKey;
use luvit_crypto::x509::Bundle;
use luvit_tls::{
    Acceptor, Certificate, ClientContext, Failure, Identity, Options, ServerContext, Version, pem,
};

use super::failed;
use crate::lua::{Call, Counted, Raise, Ret, State, Type};
use crate::shared::Shared;

/// What `createSecureContext` made. It is for either side; what a server adds of its own makes a context each.
pub(crate) struct Credentials {
    options: Options,
    client: OnceLock<ClientContext>,
    /// The contexts that servers made of it, so that they share what can be resumed. Few, as few servers use it.
    servers: Mutex<Vec<(Wishes, ServerContext)>>,
}

/// What a server wants beyond its credentials.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Wishes {
    request: bool,
    reject: bool,
    alpn: Vec<Vec<u8>>,
}

/// How many of them are remembered.
const WISHES: usize = 8;

impl Counted for Credentials {
    const NAME: &'static str = "tls_credentials";

    fn fill(state: State, _shared: &Shared) {
        super::no_methods(state);
    }
}

/// The contexts of a server, as `require('luvit:tls').acceptor` made them. The HTTP engine takes its sessions from here.
pub(crate) struct AcceptorCell {
    acceptor: Mutex<Acceptor>,
    wishes: Wishes,
}

impl Counted for AcceptorCell {
    const NAME: &'static str = "tls_acceptor";

    fn fill(state: State, _shared: &Shared) {
        super::no_methods(state);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl AcceptorCell {
    /// The acceptor as it is now, for one connection.
    pub(crate) fn with<R>(&self, work: impl FnOnce(&Acceptor) -> R) -> R {
        work(&lock(&self.acceptor))
    }

    pub(super) fn wishes(&self) -> &Wishes {
        &self.wishes
    }
}

impl Credentials {
    pub(super) fn client(&self) -> Result<ClientContext, Failure> {
        if let Some(context) = self.client.get() {
            return Ok(context.clone());
        }
        let context = ClientContext::new(&self.options)?;
        Ok(self.client.get_or_init(|| context).clone())
    }

    pub(super) fn server(&self, wishes: &Wishes) -> Result<ServerContext, Failure> {
        let mut servers = lock(&self.servers);
        if let Some((_, context)) = servers.iter().find(|(one, _)| one == wishes) {
            return Ok(context.clone());
        }
        let options = Options {
            request_cert: wishes.request,
            reject_unauthorized: wishes.reject,
            alpn: wishes.alpn.clone(),
            ..self.options.clone()
        };
        let context = ServerContext::new(&options)?;
        if servers.len() == WISHES {
            servers.remove(0);
        }
        servers.push((wishes.clone(), context.clone()));
        Ok(context)
    }
}

pub(super) fn credentials_at(call: &Call, index: i32) -> Result<Arc<Credentials>, Raise> {
    call.to_counted(index)
        .ok_or_else(|| call.wrong_type(index, "secure context"))
}

pub(crate) fn acceptor_at(call: &Call, index: i32) -> Result<Arc<AcceptorCell>, Raise> {
    call.to_counted(index)
        .ok_or_else(|| call.wrong_type(index, "tls acceptor"))
}

/// The strings of a field that is a list of them, or nothing.
fn strings(call: &Call, table: i32, name: &str) -> Option<Vec<Vec<u8>>> {
    call.raw_get_field(table, name);
    let list = call.top();
    let found = (call.type_of(list) == Type::Table).then(|| {
        let mut found = Vec::new();
        for i in 1..=call.raw_len(list) {
            call.raw_get_index(list, i as i32);
            found.extend(call.to_bytes(-1).map(<[u8]>::to_vec));
            call.pop(1);
        }
        found
    });
    call.pop(1);
    found
}

fn string(call: &Call, table: i32, name: &str) -> Option<Vec<u8>> {
    call.raw_get_field(table, name);
    let found = if call.is_nil(-1) {
        None
    } else {
        call.to_bytes(-1).map(<[u8]>::to_vec)
    };
    call.pop(1);
    found
}

fn text(call: &Call, table: i32, name: &str) -> Option<String> {
    string(call, table, name).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

fn number(call: &Call, table: i32, name: &str) -> Option<f64> {
    call.raw_get_field(table, name);
    let found = call.to_num(-1);
    call.pop(1);
    found
}

fn version(call: &Call, table: i32, name: &str) -> Option<Version> {
    number(call, table, name).map(|number| {
        if number >= 13.0 {
            Version::Tls13
        } else {
            Version::Tls12
        }
    })
}

/// The bytes that protect tickets.
fn keys(bytes: &[u8]) -> Result<[u8; 48], Failure> {
    bytes.try_into().map_err(|_| {
        Failure::new(
            "ERR_INVALID_ARG_VALUE",
            format!("ticketKeys is {} bytes, 48 are expected", bytes.len()),
        )
    })
}

/// Pairs certificates with keys: by their order, or each certificate with the key that is its own.
fn identities(call: &Call, table: i32) -> Result<Vec<Identity>, Failure> {
    let certs = strings(call, table, "cert").unwrap_or_default();
    let passphrases = strings(call, table, "passphrases").unwrap_or_default();
    let mut keys = Vec::new();
    for (i, key) in strings(call, table, "key")
        .unwrap_or_default()
        .iter()
        .enumerate()
    {
        let passphrase = passphrases
            .get(i)
            .filter(|phrase| !phrase.is_empty())
            .map(Vec::as_slice);
        keys.push(load_key(key, passphrase)?);
    }
    let mut found = Vec::new();
    for cert in &certs {
        found.push(Identity {
            chain: pem::certificates(cert, "cert")?,
            key: Vec::new(),
        });
    }
    if let Some(pfx) = strings(call, table, "pfx") {
        for (i, bytes) in pfx.iter().enumerate() {
            let passphrase = passphrases
                .get(keys.len() + i)
                .or(passphrases.first())
                .map(Vec::as_slice);
            found.push(load_pfx(bytes, passphrase)?);
        }
    }
    let missing = |what: &str, other: &str| {
        Failure::new(
            "ERR_INVALID_ARG_VALUE",
            format!("{what} is missing: {other} was given alone"),
        )
    };
    let bare = found.iter().filter(|one| one.key.is_empty()).count();
    if bare == 0 && !keys.is_empty() {
        return Err(missing("cert", "key"));
    }
    if bare > 0 && keys.is_empty() {
        return Err(missing("key", "cert"));
    }
    for (i, one) in found
        .iter_mut()
        .filter(|one| one.key.is_empty())
        .enumerate()
    {
        let own = keys.iter().find(|key| one.owns(key));
        let Some(key) = own.or_else(|| keys.get(i)) else {
            return Err(missing("key", &format!("certificate {}", i + 1)));
        };
        one.key.clone_from(key);
    }
    Ok(found)
}

fn reason(name: &str, error: &luvit_crypto::Error) -> Failure {
    Failure::new(error.code, format!("{name}: {}", error.reason))
}

/// A private key in any form, as PKCS#8.
fn load_key(bytes: &[u8], passphrase: Option<&[u8]>) -> Result<Vec<u8>, Failure> {
    let key = PrivateKey::load(bytes, passphrase).and_then(|key| key.to_pkcs8_der());
    key.map(Secret::into_vec)
        .map_err(|error| reason("key", &error))
}

/// Certificate, chain and key of a PKCS#12 file.
fn load_pfx(bytes: &[u8], passphrase: Option<&[u8]>) -> Result<Identity, Failure> {
    let wrong = |error| reason("pfx", &error);
    let bundle = Bundle::parse(bytes, passphrase).map_err(wrong)?;
    let (Some(key), Some(leaf)) = (&bundle.key, &bundle.certificate) else {
        return Err(Failure::new(
            "ERR_INVALID_ARG_VALUE",
            "pfx holds no key with its certificate",
        ));
    };
    let mut chain = vec![leaf.to_der().map_err(wrong)?];
    for other in &bundle.others {
        chain.push(other.to_der().map_err(wrong)?);
    }
    Ok(Identity {
        chain,
        key: key.to_pkcs8_der().map(Secret::into_vec).map_err(wrong)?,
    })
}

fn options(call: &Call, table: i32) -> Result<Options, Failure> {
    let ca = match strings(call, table, "ca") {
        None => None,
        Some(list) => {
            let mut all = Vec::new();
            for one in &list {
                all.extend(pem::certificates(one, "ca")?);
            }
            Some(all)
        }
    };
    let mut crls = Vec::new();
    for one in strings(call, table, "crl").unwrap_or_default() {
        crls.extend(pem::revocation_lists(&one)?);
    }
    Ok(Options {
        identities: identities(call, table)?,
        ca,
        crls,
        min_version: version(call, table, "min"),
        max_version: version(call, table, "max"),
        ciphers: text(call, table, "ciphers"),
        groups: text(call, table, "groups"),
        client_order: call.flag(table, "clientOrder"),
        ocsp: string(call, table, "ocsp"),
        no_resumption: call.flag(table, "noResumption"),
        ticket_keys: string(call, table, "ticketKeys")
            .map(|bytes| keys(&bytes))
            .transpose()?,
        session_timeout: number(call, table, "sessionTimeout").map(|seconds| seconds as u32),
        ..Options::default()
    })
}

/// `credentials(options)`: a userdata, or `nil, reason, code`. The options are lists of strings (`cert`, `key`,
/// `passphrases`, `pfx`, `ca`, `crl`), strings, and `min` and `max` as 12 or 13.
pub(super) fn credentials(call: &mut Call) -> Ret {
    call.table(1)?;
    let made = options(call, 1).and_then(|options| {
        let credentials = Credentials {
            options,
            client: OnceLock::new(),
            servers: Mutex::new(Vec::new()),
        };
        // What cannot be used is told now.
        if call.flag(1, "server") {
            credentials.server(&Wishes {
                request: false,
                reject: false,
                alpn: Vec::new(),
            })?;
        } else {
            credentials.client()?;
        }
        Ok(credentials)
    });
    match made {
        Ok(credentials) => {
            call.push_counted(call.shared(), Arc::new(credentials));
            Ok(1)
        }
        Err(failure) => failed(call, &failure),
    }
}

/// `certificates(credentials)`: the certificates it shows, DER.
pub(super) fn certificates(call: &mut Call) -> Ret {
    let credentials = credentials_at(call, 1)?;
    call.new_table(0, 0);
    for (i, one) in credentials.options.identities.iter().enumerate() {
        if let Some(leaf) = one.chain.first() {
            call.push_bytes(leaf);
            call.raw_set_index(-2, i as i32 + 1);
        }
    }
    Ok(1)
}

/// `issuer(credentials, der)`: who issued a certificate, DER: itself, one of those that the credentials trust, or nil.
pub(super) fn issuer(call: &mut Call) -> Ret {
    let credentials = credentials_at(call, 1)?;
    let issued_by = |other: &[u8], name: &[u8]| {
        Certificate::read(other).is_some_and(|authority| authority.subject == name)
    };
    let der = call.bytes(2)?;
    let wanted = Certificate::read(der);
    let found = wanted.and_then(|one| {
        if one.issuer == one.subject {
            return Some(der.to_vec());
        }
        let own = credentials.options.ca.clone();
        let mut trusted = own
            .unwrap_or_else(luvit_tls::system_certificates)
            .into_iter();
        trusted.find(|other| issued_by(other, one.issuer))
    });
    match found {
        Some(der) => call.push_bytes(&der),
        None => call.push_nil(),
    }
    Ok(1)
}

/// `acceptor(credentials, wishes)`: what a server takes its sessions from. The wishes are `requestCert`,
/// `rejectUnauthorized` and the list `alpn`.
pub(super) fn acceptor(call: &mut Call) -> Ret {
    let credentials = credentials_at(call, 1)?;
    call.table(2)?;
    let wishes = Wishes {
        request: call.flag(2, "requestCert"),
        reject: call.flag(2, "rejectUnauthorized"),
        alpn: strings(call, 2, "alpn").unwrap_or_default(),
    };
    match credentials.server(&wishes) {
        Ok(context) => {
            let cell = AcceptorCell {
                acceptor: Mutex::new(Acceptor::new(context)),
                wishes,
            };
            call.push_counted(call.shared(), Arc::new(cell));
            Ok(1)
        }
        Err(failure) => failed(call, &failure),
    }
}

fn truth(call: &Call, result: Result<(), Failure>) -> Ret {
    match result {
        Ok(()) => {
            call.push_bool(true);
            Ok(1)
        }
        Err(failure) => failed(call, &failure),
    }
}

/// `set_context(acceptor, credentials)`: for the connections to come.
pub(super) fn set_context(call: &mut Call) -> Ret {
    let (cell, credentials) = (acceptor_at(call, 1)?, credentials_at(call, 2)?);
    let result = credentials
        .server(&cell.wishes)
        .map(|context| lock(&cell.acceptor).set_context(context));
    truth(call, result)
}

/// `add_host(acceptor, host, credentials)`
pub(super) fn add_host(call: &mut Call) -> Ret {
    let (cell, host, credentials) = (
        acceptor_at(call, 1)?,
        call.text(2)?,
        credentials_at(call, 3)?,
    );
    let result = credentials
        .server(&cell.wishes)
        .map(|context| lock(&cell.acceptor).add_host(host, context));
    truth(call, result)
}

/// `remove_host(acceptor, host)`
pub(super) fn remove_host(call: &mut Call) -> Ret {
    let (cell, host) = (acceptor_at(call, 1)?, call.text(2)?);
    lock(&cell.acceptor).remove_host(host);
    Ok(0)
}

/// `set_asks(acceptor, asks)`: whether sessions wait for `choose`.
pub(super) fn set_asks(call: &mut Call) -> Ret {
    let cell = acceptor_at(call, 1)?;
    lock(&cell.acceptor).set_asks(call.to_bool(2));
    Ok(0)
}

/// `ticket_keys(acceptor)`: 48 bytes, or nil when nothing is resumed.
pub(super) fn ticket_keys(call: &mut Call) -> Ret {
    let cell = acceptor_at(call, 1)?;
    match cell.with(|acceptor| acceptor.context().ticket_keys()) {
        Some(keys) => call.push_bytes(&keys),
        None => call.push_nil(),
    }
    Ok(1)
}

/// `set_ticket_keys(acceptor, keys)`
pub(super) fn set_ticket_keys(call: &mut Call) -> Ret {
    let cell = acceptor_at(call, 1)?;
    let result = keys(call.bytes(2)?)
        .and_then(|keys| cell.with(|acceptor| acceptor.context().set_ticket_keys(keys)));
    truth(call, result)
}

/// `ciphers()`: a list of `name, standardName, version`, three elements each.
pub(super) fn ciphers(call: &mut Call) -> Ret {
    call.new_table(0, 0);
    let mut place = 0;
    for cipher in luvit_tls::ciphers() {
        for text in [cipher.name, cipher.standard_name, cipher.version] {
            place += 1;
            call.push_str(text);
            call.raw_set_index(-2, place);
        }
    }
    Ok(1)
}

/// `root_certificates()`: those of the system, a list of DER.
pub(super) fn root_certificates(call: &mut Call) -> Ret {
    call.new_table(0, 0);
    for (i, der) in luvit_tls::system_certificates().iter().enumerate() {
        call.push_bytes(der);
        call.raw_set_index(-2, i as i32 + 1);
    }
    Ok(1)
}

/// `check_name(der, host)`: true, or `nil, reason, code` when the certificate is not for the host.
pub(super) fn check_name(call: &mut Call) -> Ret {
    let (der, host) = (call.bytes(1)?, call.text(2)?);
    let seen = luvit_tls::Certificate::read(der)
        .ok_or_else(|| Raise::Argument(1, "a certificate (DER) is expected".into()))?;
    truth(call, luvit_tls::check_name(&seen, host))
}
