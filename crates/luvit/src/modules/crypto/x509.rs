//! Certificates and requests for them.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use luvit_crypto::x509::{
    Bundle, Certificate, Extension, GeneralName, HostOptions, Name, NamePart, Request, SUBJECT_KEY,
    Template, Trust,
};
use luvit_crypto::{Error, Result, encoding};

use super::digest::algorithm;
use super::key::{answer, private, public};
use super::outcome::{self, fail};
use crate::lua::{Call, Counted, Raise, Ret, State, Type};
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
    state.set_function(shared, "certificate_create", create);
    state.set_function(shared, "request", request);
    state.set_function(shared, "request_create", create_request);
    state.set_function(shared, "request_info", request_info);
    state.set_function(shared, "pkcs12", pkcs12);
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
            .map(|(kind, place)| format!("{kind}:{place}\n"))
            .collect();
        set_text(call, "infoAccess", &lines.concat());
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

/// The name at `index`: a list of `{ field, value, [set] }`.
fn name(call: &Call, index: i32) -> std::result::Result<Name, Raise> {
    call.table(index)?;
    let wrong = || Raise::Argument(index, "a name is a list of field and value".into());
    let mut parts = Vec::new();
    for item in 1..=call.raw_len(index) as i32 {
        call.raw_get_index(index, item);
        call.table(-1).map_err(|_| wrong())?;
        let text = |place: i32| {
            call.raw_get_index(-1, place);
            let bytes = call.to_bytes(-1).map(<[u8]>::to_vec);
            call.pop(1);
            bytes
                .and_then(|bytes| String::from_utf8(bytes).ok())
                .ok_or_else(|| {
                    Raise::Argument(index, "the values of a name are UTF-8 strings".into())
                })
        };
        let (field, value) = (text(1)?, text(2)?);
        call.raw_get_index(-1, 3);
        let set = call.to_num(-1).map_or(item, |set| set as i32);
        call.pop(2);
        parts.push(NamePart { field, value, set });
    }
    Ok(Name { parts })
}

/// The strings of the list in a field of the table at `index`; `None` without the field.
fn strings(
    call: &Call,
    index: i32,
    field: &str,
) -> std::result::Result<Option<Vec<String>>, Raise> {
    call.raw_get_field(index, field);
    if call.is_nil(-1) {
        call.pop(1);
        return Ok(None);
    }
    let wrong = || Raise::Argument(index, format!("{field} is a list of strings"));
    call.table(-1).map_err(|_| wrong())?;
    let mut found = Vec::new();
    for item in 1..=call.raw_len(-1) as i32 {
        call.raw_get_index(-1, item);
        let text = (call.type_of(-1) == Type::String)
            .then(|| call.to_bytes(-1).map(<[u8]>::to_vec))
            .flatten();
        call.pop(1);
        let text = text.and_then(|bytes| String::from_utf8(bytes).ok());
        found.push(text.ok_or_else(wrong)?);
    }
    call.pop(1);
    Ok(Some(found))
}

/// A number in a field of the table at `index`.
fn number(call: &Call, index: i32, field: &str) -> Option<f64> {
    call.raw_get_field(index, field);
    let number = (call.type_of(-1) == Type::Number).then(|| call.number_at(-1));
    call.pop(1);
    number
}

fn string(call: &Call, index: i32, field: &str) -> Option<Vec<u8>> {
    call.raw_get_field(index, field);
    let text = (call.type_of(-1) == Type::String)
        .then(|| call.to_bytes(-1).map(<[u8]>::to_vec))
        .flatten();
    call.pop(1);
    text
}

/// The extensions that the options at `index` ask for: `altNames`, `ca`, `pathLength`, `keyUsage`,
/// `extendedKeyUsage`, and `extensions` that are written out.
fn wanted(
    call: &Call,
    index: i32,
    no_subject: bool,
) -> std::result::Result<Result<Vec<Extension>>, Raise> {
    let names = strings(call, index, "altNames")?;
    let usages = strings(call, index, "keyUsage")?;
    let purposes = strings(call, index, "extendedKeyUsage")?;
    call.raw_get_field(index, "ca");
    let ca = (!call.is_nil(-1)).then(|| call.to_bool(-1));
    call.pop(1);
    let path_length = number(call, index, "pathLength").map(|length| length as u32);
    call.raw_get_field(index, "extensions");
    let mut written = Vec::new();
    if !call.is_nil(-1) {
        let wrong = || {
            Raise::Argument(
                index,
                "extensions is a list of tables with object, critical and value".into(),
            )
        };
        call.table(-1).map_err(|_| wrong())?;
        for item in 1..=call.raw_len(-1) as i32 {
            call.raw_get_index(-1, item);
            call.table(-1).map_err(|_| wrong())?;
            let object = string(call, -1, "object").and_then(|it| String::from_utf8(it).ok());
            let value = string(call, -1, "value");
            let critical = call.flag(-1, "critical");
            call.pop(1);
            written.push(Extension {
                object: object.ok_or_else(wrong)?,
                critical,
                value: value.ok_or_else(wrong)?,
            });
        }
    }
    call.pop(1);
    Ok((|| {
        let mut all = Vec::new();
        if let Some(ca) = ca {
            all.push(Extension::basic_constraints(ca, path_length));
        }
        if let Some(usages) = &usages {
            let usages: Vec<&str> = usages.iter().map(String::as_str).collect();
            all.push(Extension::key_usage(&usages)?);
        }
        if let Some(purposes) = &purposes {
            let purposes: Vec<&str> = purposes.iter().map(String::as_str).collect();
            all.push(Extension::extended_key_usage(&purposes)?);
        }
        if let Some(names) = names.filter(|names| !names.is_empty()) {
            let names = names
                .iter()
                .map(|name| GeneralName::parse(name))
                .collect::<Result<Vec<_>>>()?;
            all.push(Extension::alt_names(&names, no_subject)?);
        }
        all.extend(written);
        Ok(all)
    })())
}

/// `certificate_create(public, subject, issuerKey, issuer, options)`: the issuer is a certificate, or
/// `nil` for one that signs itself. Options: those of [`wanted`], `notBefore`, `notAfter`, `serial`
/// (hexadecimal), `digest`.
fn create(call: &mut Call) -> Ret {
    let subject = name(call, 2)?;
    let signer = private(call, 3)?;
    let issuer = if call.is_nil(4) {
        None
    } else {
        Some(cert(call, 4)?)
    };
    call.table(5)?;
    let extensions = wanted(call, 5, subject.parts.is_empty())?;
    let digest = string(call, 5, "digest")
        .map(|name| algorithm(&name))
        .transpose();
    let serial = string(call, 5, "serial");
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |now| now.as_secs() as i64);
    let not_before = number(call, 5, "notBefore").map_or(now, |time| time as i64);
    let not_after = number(call, 5, "notAfter").map_or(now, |time| time as i64);
    let key = public(call, 1)?;
    let made = (|| {
        let key = key?;
        let serial = serial
            .map(|digits| {
                let even = if digits.len() % 2 == 1 {
                    b"0".as_slice()
                } else {
                    b""
                };
                encoding::from_hex(&[even, &digits].concat()).ok_or_else(|| {
                    Error::new(
                        "ERR_INVALID_ARG_VALUE",
                        "the serial number is not hexadecimal",
                    )
                })
            })
            .transpose()?;
        let mut extensions = extensions?;
        let subject_key = Extension::subject_key(&key)?;
        if let Some(issuer) = &issuer {
            if !issuer.matches(&signer) {
                return Err(Error::new(
                    "ERR_CRYPTO_INVALID_KEYPAIR",
                    "issuerKey is not the key of the issuer's certificate",
                ));
            }
            let issuers = issuer.extensions();
            let name = issuers.iter().find(|it| it.object == SUBJECT_KEY);
            extensions.extend(name.and_then(Extension::authority_key));
        }
        if extensions.iter().all(|it| it.object != SUBJECT_KEY) {
            extensions.push(subject_key);
        }
        let issuer = issuer.map_or_else(|| subject.clone(), |issuer| issuer.subject());
        let template = Template {
            subject,
            key,
            not_before,
            not_after,
            serial,
            extensions,
        };
        Certificate::issue(&template, &issuer, &signer, digest?)
    })();
    answer(call, made)
}

/// `request(bytes)`: the first one of PEM, or DER.
fn request(call: &mut Call) -> Ret {
    answer(call, Request::load(call.bytes(1)?))
}

/// `request_create(private, subject, options)`: options are those of [`wanted`], and `digest`.
fn create_request(call: &mut Call) -> Ret {
    let key = private(call, 1)?;
    let subject = name(call, 2)?;
    call.table(3)?;
    let extensions = wanted(call, 3, subject.parts.is_empty())?;
    let digest = string(call, 3, "digest")
        .map(|name| algorithm(&name))
        .transpose();
    let made =
        extensions.and_then(|extensions| Request::create(&subject, &key, &extensions, digest?));
    answer(call, made)
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
