//! Making certificates and requests for them.

use std::time::{SystemTime, UNIX_EPOCH};

use luvit_crypto::x509::{
    Certificate, Extension, GeneralName, Name, NamePart, Request, SUBJECT_KEY, Template,
};
use luvit_crypto::{Error, Result, encoding};

use super::super::digest::algorithm;
use super::super::key::{answer, private, public};
use super::cert;
use crate::lua::{Call, Raise, Ret, State, Type};
use crate::shared::Shared;

pub(super) fn fill(state: State, shared: *const Shared) {
    state.set_function(shared, "certificate_create", create);
    state.set_function(shared, "request_create", create_request);
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
