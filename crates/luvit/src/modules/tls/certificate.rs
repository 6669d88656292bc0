//! Certificates as node's `getPeerCertificate()` describes them.

use luvit_crypto::x509::{Certificate, Name};

use crate::lua::{Call, Ret};

fn set_text(call: &Call, field: &str, value: &str) {
    call.push_str(value);
    call.raw_set_field(-2, field);
}

fn set_bytes(call: &Call, field: &str, value: &[u8]) {
    call.push_bytes(value);
    call.raw_set_field(-2, field);
}

/// A table with a field for each kind of part; a list where there are several of one.
fn set_name(call: &Call, field: &str, name: &Name) {
    call.new_table(0, name.parts.len());
    for part in &name.parts {
        let values: Vec<&str> = name.get(&part.field).collect();
        if let [value] = values[..] {
            call.push_str(value);
        } else {
            call.new_table(values.len(), 0);
            for (i, value) in values.iter().enumerate() {
                call.push_str(value);
                call.raw_set_index(-2, i as i32 + 1);
            }
        }
        call.raw_set_field(-2, &part.field);
    }
    call.raw_set_field(-2, field);
}

/// `describe_certificate(der)`: node's table, or `nil, reason, code`.
pub(super) fn describe_certificate(call: &mut Call) -> Ret {
    let found =
        Certificate::from_der(call.bytes(1)?).and_then(|certificate| certificate.describe());
    let seen = match found {
        Ok(seen) => seen,
        Err(error) => {
            call.push_nil();
            call.push_str(&error.reason);
            call.push_str(error.code);
            return Ok(3);
        }
    };
    call.new_table(0, 24);
    set_name(call, "subject", &seen.subject);
    set_name(call, "issuer", &seen.issuer);
    call.push_bool(seen.ca);
    call.raw_set_field(-2, "ca");
    if let Some(names) = &seen.subject_alt_name {
        set_text(call, "subjectaltname", names);
    }
    if !seen.info_access.is_empty() {
        call.new_table(0, seen.info_access.len());
        for (kind, _) in &seen.info_access {
            call.new_table(0, 0);
            let places = seen.info_access.iter().filter(|(one, _)| one == kind);
            for (i, (_, place)) in places.enumerate() {
                call.push_str(place);
                call.raw_set_index(-2, i as i32 + 1);
            }
            call.raw_set_field(-2, kind);
        }
        call.raw_set_field(-2, "infoAccess");
    }
    if let Some(key) = &seen.key {
        call.push_int(key.bits.into());
        call.raw_set_field(-2, "bits");
        set_bytes(call, "pubkey", &key.pubkey);
        let texts = [
            ("modulus", &key.modulus),
            ("exponent", &key.exponent),
            ("asn1Curve", &key.asn1_curve),
            ("nistCurve", &key.nist_curve),
        ];
        for (field, value) in texts {
            if let Some(value) = value {
                set_text(call, field, value);
            }
        }
    }
    if let Some(usages) = &seen.ext_key_usage {
        call.new_table(usages.len(), 0);
        for (i, usage) in usages.iter().enumerate() {
            call.push_str(usage);
            call.raw_set_index(-2, i as i32 + 1);
        }
        call.raw_set_field(-2, "ext_key_usage");
    }
    let texts = [
        ("valid_from", &seen.valid_from),
        ("valid_to", &seen.valid_to),
        ("fingerprint", &seen.fingerprint),
        ("fingerprint256", &seen.fingerprint256),
        ("fingerprint512", &seen.fingerprint512),
        ("serialNumber", &seen.serial_number),
    ];
    for (field, value) in texts {
        set_text(call, field, value);
    }
    set_bytes(call, "raw", &seen.raw);
    Ok(1)
}
