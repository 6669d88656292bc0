//! Certificates and requests for them: reading and checking. `make.rs` makes them.

mod make;

use std::net::IpAddr;
use std::sync::Arc;

use luvit_crypto::Error;
use luvit_crypto::x509::{
    Bundle, Certificate, Extension, GeneralName, HostOptions, Name, Request, Trust,
};

use super::key::{answer, private, public};
use super::outcome::{self, fail};
use crate::lua::{Call, Counted, Raise, Ret, State};
use crate::shared::Shared;

pub(super) fn fill(state: State, shared: *const Shared) {
    state.set_function(shared, "certificate", certificate);
    state.set_function(shared, "certificates", certificates);
    state.set_function(shared, "certificate_info", info);
    state.set_function(shared, "certificate_export", export);
    state.set_function(shared, "certificate_key", public_key);
    state.set_function(shared, "certificate_check", check);
    state.set_function(shared, "certificate_issued", issued);
    state.set_function(shared, "certificate_matches", matches);
    state.set_function(shared, "certificate_signed", signed);
    state.set_function(shared, "certificate_verify", verify);
    state.set_function(shared, "request", request);
    state.set_function(shared, "request_info", request_info);
    state.set_function(shared, "pkcs12", pkcs12);
    make::fill(state, shared);
}

struct Cert(Certificate);

impl Counted for Cert {
    const NAME: &'static str = "crypto_certificate";

    fn fill(_: State, _: &Shared) {}
}

struct Csr(Request);

impl Counted for Csr {
    const NAME: &'static str = "crypto_request";

    fn fill(_: State, _: &Shared) {}
}

impl outcome::Outcome for Certificate {
    fn push(self, call: &Call) {
        call.push_counted(call.shared(), Arc::new(Cert(self)));
    }
}

impl outcome::Outcome for Request {
    fn push(self, call: &Call) {
        call.push_counted(call.shared(), Arc::new(Csr(self)));
    }
}

impl outcome::Outcome for Vec<Certificate> {
    fn push(self, call: &Call) {
        call.new_table(self.len(), 0);
        for (index, certificate) in self.into_iter().enumerate() {
            give(call, certificate);
            call.raw_set_index(-2, index as i32 + 1);
        }
    }
}

/// Pushes a result. The trait is not in scope as a whole: its method would hide that of vectors.
fn give<T: outcome::Outcome>(call: &Call, value: T) {
    value.push(call);
}

fn cert(call: &Call, index: i32) -> std::result::Result<Certificate, Raise> {
    call.to_counted::<Cert>(index)
        .map(|cert| cert.0.clone())
        .ok_or_else(|| call.wrong_type(index, "certificate"))
}

fn csr(call: &Call, index: i32) -> std::result::Result<Arc<Csr>, Raise> {
    call.to_counted::<Csr>(index)
        .ok_or_else(|| call.wrong_type(index, "certificate request"))
}

/// `certificate(bytes)`: the first one of PEM or DER.
fn certificate(call: &mut Call) -> Ret {
    answer(call, Certificate::load(call.bytes(1)?))
}

/// `certificates(bytes)`: a list of all of them.
fn certificates(call: &mut Call) -> Ret {
    answer(call, Certificate::load_all(call.bytes(1)?))
}

fn set_text(call: &Call, field: &str, value: &str) {
    call.push_str(value);
    call.raw_set_field(-2, field);
}

fn set_list<'a>(call: &Call, field: &str, values: impl IntoIterator<Item = &'a str>) {
    call.new_table(0, 0);
    for (index, value) in values.into_iter().enumerate() {
        call.push_str(value);
        call.raw_set_index(-2, index as i32 + 1);
    }
    call.raw_set_field(-2, field);
}

/// The parts of a name, as a list of `{ field, value, set }`.
fn set_name(call: &Call, field: &str, name: &Name) {
    call.new_table(name.parts.len(), 0);
    for (index, part) in name.parts.iter().enumerate() {
        call.new_table(3, 0);
        call.push_str(&part.field);
        call.raw_set_index(-2, 1);
        call.push_str(&part.value);
        call.raw_set_index(-2, 2);
        call.push_int(part.set.into());
        call.raw_set_index(-2, 3);
        call.raw_set_index(-2, index as i32 + 1);
    }
    call.raw_set_field(-2, field);
}

fn join(names: &[GeneralName]) -> String {
    let texts: Vec<String> = names.iter().map(ToString::to_string).collect();
    texts.join(", ")
}

/// A list of `{ object, critical, value }`.
fn set_extensions(call: &Call, extensions: &[Extension]) {
    call.new_table(extensions.len(), 0);
    for (index, extension) in extensions.iter().enumerate() {
        call.new_table(0, 3);
        set_text(call, "object", &extension.object);
        call.push_bool(extension.critical);
        call.raw_set_field(-2, "critical");
        call.push_bytes(&extension.value);
        call.raw_set_field(-2, "value");
        call.raw_set_index(-2, index as i32 + 1);
    }
    call.raw_set_field(-2, "extensions");
}

/// `certificate_info(certificate)`: a table of all that is cheap to tell.
fn info(call: &mut Call) -> Ret {
    let cert = cert(call, 1)?;
    let seen = match cert.describe() {
        Ok(seen) => seen,
        Err(error) => return fail(call, &error),
    };
    call.new_table(0, 24);
    set_text(call, "subject", &seen.subject.lines());
    set_text(call, "issuer", &seen.issuer.lines());
    set_name(call, "subjectParts", &seen.subject);
    set_name(call, "issuerParts", &seen.issuer);
    if let Some(names) = &seen.subject_alt_name {
        set_text(call, "subjectAltName", names);
    }
    if !seen.info_access.is_empty() {
        let lines: Vec<String> = seen
            .info_access
            .iter()
            .map(|(kind, place)| format!("{kind}:{place}"))
            .collect();
        set_text(call, "infoAccess", &lines.join("\n"));
    }
    set_text(call, "validFrom", &seen.valid_from);
    set_text(call, "validTo", &seen.valid_to);
    call.push_int(seen.not_before);
    call.raw_set_field(-2, "notBefore");
    call.push_int(seen.not_after);
    call.raw_set_field(-2, "notAfter");
    set_text(call, "fingerprint", &seen.fingerprint);
    set_text(call, "fingerprint256", &seen.fingerprint256);
    set_text(call, "fingerprint512", &seen.fingerprint512);
    set_text(call, "serialNumber", &seen.serial_number);
    if let Some(purposes) = &seen.ext_key_usage {
        set_list(call, "keyUsage", purposes.iter().map(String::as_str));
    }
    if let Some(usages) = cert.key_usage() {
        set_list(call, "usages", usages);
    }
    if let Some(algorithm) = cert.signature_algorithm() {
        set_text(call, "signatureAlgorithm", &algorithm);
    }
    for (field, value) in [("ca", seen.ca), ("selfSigned", seen.self_signed)] {
        call.push_bool(value);
        call.raw_set_field(-2, field);
    }
    call.push_int(cert.version());
    call.raw_set_field(-2, "version");
    call.push_bytes(&seen.raw);
    call.raw_set_field(-2, "raw");
    set_extensions(call, &cert.extensions());
    Ok(1)
}

/// `certificate_export(certificate, format)`: `pem`, `der` or `text`.
fn export(call: &mut Call) -> Ret {
    let cert = cert(call, 1)?;
    let bytes = match call.bytes(2)? {
        b"der" => cert.to_der(),
        b"text" => cert.to_text().map(String::into_bytes),
        _ => cert.to_pem().map(String::into_bytes),
    };
    answer(call, bytes)
}

/// `certificate_key(certificate)`
fn public_key(call: &mut Call) -> Ret {
    answer(call, cert(call, 1)?.public_key())
}

/// `certificate_check(certificate, what, value, [subject], [wildcards], [singleLabelSubdomains])`:
/// `host`, `email` or `ip`; the name that fits, or `false`. Subject is `default`, `always` or `never`.
fn check(call: &mut Call) -> Ret {
    let cert = cert(call, 1)?;
    let value = call.bytes(3)?;
    let options = HostOptions {
        subject: match call.opt_bytes(4)? {
            Some(b"always") => Some(true),
            Some(b"never") => Some(false),
            _ => None,
        },
        no_wildcards: !call.is_nil(5) && !call.to_bool(5),
        single_label_subdomains: call.to_bool(6),
    };
    let found = match call.bytes(2)? {
        b"host" => cert.check_host(value, options),
        b"email" => cert
            .check_email(value, options)
            .map(|fits| fits.then(|| String::from_utf8_lossy(value).into_owned())),
        _ => {
            let text = String::from_utf8_lossy(value).into_owned();
            match text.parse::<IpAddr>() {
                Ok(address) => Ok(cert.check_ip(address).then_some(text)),
                Err(_) => Err(Error::new(
                    "ERR_INVALID_ARG_VALUE",
                    format!("'{}' is no IP address", text.escape_debug()),
                )),
            }
        }
    };
    match found {
        Ok(Some(name)) => call.push_str(&name),
        Ok(None) => call.push_bool(false),
        Err(error) => return fail(call, &error),
    }
    Ok(1)
}

/// `certificate_issued(certificate, issuer)`
fn issued(call: &mut Call) -> Ret {
    let issued = cert(call, 1)?.is_issued_by(&cert(call, 2)?);
    call.push_bool(issued);
    Ok(1)
}

/// `certificate_matches(certificate, private)`
fn matches(call: &mut Call) -> Ret {
    let matches = cert(call, 1)?.matches(&private(call, 2)?);
    call.push_bool(matches);
    Ok(1)
}

/// `certificate_signed(certificate, public)`
fn signed(call: &mut Call) -> Ret {
    let cert = cert(call, 1)?;
    let signed = public(call, 2)?.map(|key| cert.is_signed_by(&key));
    answer(call, signed)
}

/// All certificates of the list at `index`; none for `nil`.
fn list(call: &Call, index: i32) -> std::result::Result<Vec<Certificate>, Raise> {
    if call.is_nil(index) {
        return Ok(Vec::new());
    }
    call.table(index)?;
    (1..=call.raw_len(index) as i32)
        .map(|item| {
            call.raw_get_index(index, item);
            let found = cert(call, -1);
            call.pop(1);
            found.map_err(|_| {
                Raise::Argument(index, format!("item {item} of the list is no certificate"))
            })
        })
        .collect()
}

/// `certificate_verify(certificate, trusted, [between], [purpose], [host], [time])`: the chain, or
/// `false`, the reason, node's code, and which certificate of the chain it is about.
fn verify(call: &mut Call) -> Ret {
    let cert = cert(call, 1)?;
    let (trusted, between) = (list(call, 2)?, list(call, 3)?);
    let trust = Trust {
        trusted: &trusted,
        between: &between,
        server: match call.opt_bytes(4)? {
            Some(b"server") => Some(true),
            Some(b"client") => Some(false),
            _ => None,
        },
        host: call.opt_bytes(5)?,
        time: if call.is_nil(6) {
            None
        } else {
            Some(call.int(6)?)
        },
    };
    match cert.verify(&trust) {
        Ok(Ok(chain)) => {
            give(call, chain);
            Ok(1)
        }
        Ok(Err(why)) => {
            call.push_bool(false);
            call.push_str(&why.reason);
            call.push_str(why.code());
            call.push_int(why.depth.into());
            Ok(4)
        }
        Err(error) => fail(call, &error),
    }
}

/// `request(bytes)`: the first one of PEM, or DER.
fn request(call: &mut Call) -> Ret {
    answer(call, Request::load(call.bytes(1)?))
}

/// `request_info(request)`: a table; with `pem`, `raw` and `text`, and its key.
fn request_info(call: &mut Call) -> Ret {
    let request = csr(call, 1)?;
    let request = &request.0;
    let parts = (|| Ok((request.to_pem()?, request.to_der()?, request.to_text()?)))();
    let (pem, raw, text) = match parts {
        Ok(parts) => parts,
        Err(error) => return fail(call, &error),
    };
    let key = match request.public_key() {
        Ok(key) => key,
        Err(error) => return fail(call, &error),
    };
    call.new_table(0, 8);
    set_text(call, "subject", &request.subject().lines());
    set_name(call, "subjectParts", &request.subject());
    if let Some(names) = request.alt_names() {
        set_text(call, "subjectAltName", &join(&names));
        let texts: Vec<String> = names.iter().map(ToString::to_string).collect();
        set_list(call, "altNames", texts.iter().map(String::as_str));
    }
    call.push_bool(request.verify());
    call.raw_set_field(-2, "verified");
    set_text(call, "pem", &pem);
    call.push_bytes(&raw);
    call.raw_set_field(-2, "raw");
    set_text(call, "text", &text);
    give(call, key);
    call.raw_set_field(-2, "key");
    set_extensions(call, &request.extensions());
    Ok(1)
}

/// `pkcs12(bytes, [passphrase])`: key, certificate (either may be `nil`) and a list of the others.
fn pkcs12(call: &mut Call) -> Ret {
    let bundle = match Bundle::parse(call.bytes(1)?, call.opt_bytes(2)?) {
        Ok(bundle) => bundle,
        Err(error) => return fail(call, &error),
    };
    match bundle.key {
        Some(key) => give(call, key),
        None => call.push_bool(false),
    }
    match bundle.certificate {
        Some(certificate) => give(call, certificate),
        None => call.push_bool(false),
    }
    give(call, bundle.others);
    Ok(3)
}
