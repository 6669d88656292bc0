//! Certificates and requests that are made here, as `openssl` sees them.

mod common;

use common::{Folder, available, openssl};
use luvit_crypto::digest::Algorithm;
use luvit_crypto::key::{Curve, PrivateForm, PrivateKey, Recipe};
use luvit_crypto::x509::{
    Certificate, Extension, GeneralName, Name, NamePart, Request, Template, Trust,
};

fn name(parts: &[(&str, &str)]) -> Name {
    let part = |(set, (field, value)): (usize, &(&str, &str))| NamePart {
        field: (*field).into(),
        value: (*value).into(),
        set: set as i32,
    };
    Name {
        parts: parts.iter().enumerate().map(part).collect(),
    }
}

fn keys() -> Vec<PrivateKey> {
    let (bits, exponent) = (2048, 65537);
    let curve = |name: &str| Recipe::Ec(Curve::by_name(name.as_bytes()).unwrap());
    [
        Recipe::Rsa { bits, exponent },
        Recipe::RsaPss {
            bits,
            exponent,
            parameters: None,
        },
        curve("P-256"),
        curve("P-384"),
        curve("P-521"),
        curve("secp256k1"),
        Recipe::Ed25519,
    ]
    .iter()
    .map(|recipe| PrivateKey::generate(recipe).unwrap())
    .collect()
}

const NOW: i64 = 1_790_000_000;

fn template(subject: Name, key: &PrivateKey) -> Template {
    Template {
        subject,
        key: key.public().unwrap(),
        not_before: NOW,
        not_after: NOW + 86_400,
        serial: None,
        extensions: Vec::new(),
    }
}

#[test]
fn chains_are_verified_by_both() {
    for key in keys() {
        let issuer = name(&[("C", "DE"), ("O", "Ümlaut, Inc."), ("CN", "CA")]);
        let mut root = template(issuer.clone(), &key);
        let subject_key = Extension::subject_key(&root.key).unwrap();
        root.extensions = vec![
            Extension::basic_constraints(true, Some(0)),
            Extension::key_usage(&["keyCertSign", "cRLSign"]).unwrap(),
            subject_key.clone(),
        ];
        let root = Certificate::issue(&root, &issuer, &key, None).unwrap();
        assert!(root.is_ca() && root.is_self_signed());
        assert_eq!(root.key_usage().unwrap(), ["keyCertSign", "cRLSign"]);
        let mut leaf = template(name(&[("CN", "a.example")]), &key);
        let names = [
            "DNS:a.example",
            "DNS:*.b.example",
            "IP:127.0.0.1",
            "IP:::1",
            "URI:http://x/",
            "email:x@y.z",
        ];
        let names: Vec<_> = names
            .iter()
            .map(|it| GeneralName::parse(it).unwrap())
            .collect();
        leaf.extensions = vec![
            Extension::basic_constraints(false, None),
            Extension::key_usage(&["digitalSignature"]).unwrap(),
            Extension::extended_key_usage(&["serverAuth"]).unwrap(),
            Extension::alt_names(&names, false).unwrap(),
            Extension::authority_key(&subject_key).unwrap(),
        ];
        leaf.serial = Some(vec![0, 0x80, 1]);
        let leaf = Certificate::issue(&leaf, &root.subject(), &key, None).unwrap();
        assert_eq!(leaf.alt_names().unwrap(), names);
        assert_eq!(leaf.serial(), "8001");
        assert!(leaf.is_issued_by(&root) && leaf.is_signed_by(&root.public_key().unwrap()));
        let trusted = [root.clone()];
        let trust = Trust {
            trusted: &trusted,
            server: Some(true),
            host: Some(b"c.b.example"),
            time: Some(NOW + 60),
            ..Trust::default()
        };
        assert_eq!(leaf.verify(&trust).unwrap().unwrap().len(), 2);
        let code = |trust: &Trust| leaf.verify(trust).unwrap().unwrap_err().code();
        assert_eq!(
            code(&Trust {
                host: Some(b"b.example"),
                ..trust.clone()
            }),
            "HOSTNAME_MISMATCH"
        );
        assert_eq!(
            code(&Trust {
                server: Some(false),
                ..trust.clone()
            }),
            "INVALID_PURPOSE"
        );
        assert_eq!(
            code(&Trust {
                time: Some(NOW + 90_000),
                ..trust.clone()
            }),
            "CERT_HAS_EXPIRED"
        );
        assert_eq!(
            code(&Trust {
                time: Some(NOW - 9),
                ..trust.clone()
            }),
            "CERT_NOT_YET_VALID"
        );
        assert_eq!(
            code(&Trust {
                trusted: &[],
                ..trust.clone()
            }),
            "UNABLE_TO_GET_ISSUER_CERT_LOCALLY"
        );
        if available() {
            let folder = Folder::new(&format!("chain-{}-{}", key.key_type().name(), key.bits()));
            let ca = folder.file("ca.pem", root.to_pem().unwrap());
            let cert = folder.file("leaf.pem", leaf.to_pem().unwrap());
            let time = NOW + 60;
            openssl(
                &format!("verify -x509_strict -attime {time} -CAfile {ca} {cert}"),
                b"",
            );
            let shown = openssl(
                &format!("x509 -in {ca} -noout -subject -nameopt RFC2253"),
                b"",
            );
            assert_eq!(
                String::from_utf8_lossy(&shown).trim(),
                "subject=CN=CA,O=\\C3\\9Cmlaut\\, Inc.,C=DE"
            );
        }
    }
}

#[test]
fn requests_are_read_by_both() {
    for key in keys() {
        let names = [GeneralName::parse("DNS:a.example").unwrap()];
        let extensions = [Extension::alt_names(&names, false).unwrap()];
        let subject = name(&[("CN", "a.example")]);
        let request = Request::create(&subject, &key, &extensions, None).unwrap();
        assert!(request.verify());
        assert_eq!(request.subject(), subject);
        assert_eq!(request.alt_names().unwrap(), names);
        let mut broken = request.to_der().unwrap();
        *broken.last_mut().unwrap() ^= 1;
        assert!(!Request::from_der(&broken).is_ok_and(|it| it.verify()));
        if !available() {
            continue;
        }
        openssl("req -verify -noout", request.to_pem().unwrap().as_bytes());
        let folder = Folder::new(&format!("req-{}-{}", key.key_type().name(), key.bits()));
        let file = folder.file("key.pem", &*key.to_pem(PrivateForm::Pkcs8, None).unwrap());
        let words = format!(
            "req -new -key {file} -subj /CN=b.example -addext subjectAltName=DNS:b.example"
        );
        let theirs = Request::load(&openssl(&words, b"")).unwrap();
        assert!(theirs.verify());
        assert_eq!(theirs.subject().lines(), "CN=b.example");
        assert_eq!(theirs.alt_names().unwrap()[0].to_string(), "DNS:b.example");
        assert!(theirs.public_key().unwrap().belongs_to(&key));
    }
}

#[test]
fn what_cannot_be_written_is_refused() {
    let key = PrivateKey::generate(&Recipe::Ed25519).unwrap();
    let issue = |name: &Name| Certificate::issue(&template(name.clone(), &key), name, &key, None);
    for (parts, text) in [
        (("CN", ""), "CN is 0 characters, it may be 1 to 64"),
        (("CN", "a\0b"), "CN contains a NUL byte"),
        (("C", "DEU"), "C is 'DEU', a country is two letters"),
        (
            ("XYZ", "a"),
            "unknown field 'XYZ' of a name, there are C, ST, L, O, OU, CN and others",
        ),
        (
            ("C\0N", "a"),
            "unknown field 'C\\0N' of a name, there are C, ST, L, O, OU, CN and others",
        ),
    ] {
        assert_eq!(issue(&name(&[parts])).unwrap_err().reason, text);
    }
    assert!(issue(&name(&[("CN", &"x".repeat(65))])).is_err());
    for bad in ["a.example", "DNS:", "DNS:a b", "DNS:ü", "IP:1.2.3", "X:y"] {
        let names = GeneralName::parse(bad).and_then(|it| Extension::alt_names(&[it], false));
        assert!(names.is_err(), "{bad}");
    }
    let mut two = template(name(&[("CN", "x")]), &key);
    two.extensions = vec![Extension::basic_constraints(true, None); 2];
    assert!(Certificate::issue(&two, &two.subject, &key, None).is_err());
    let mut late = template(name(&[("CN", "x")]), &key);
    late.not_after = i64::MAX;
    assert!(Certificate::issue(&late, &late.subject, &key, None).is_err());
    late.not_after = 4_102_444_800;
    let cert = Certificate::issue(&late, &late.subject, &key, None).unwrap();
    assert_eq!(
        cert.describe().unwrap().valid_to,
        "Jan  1 00:00:00 2100 GMT"
    );
    late.serial = Some(vec![0]);
    assert!(Certificate::issue(&late, &late.subject, &key, None).is_err());
    let x25519 = PrivateKey::generate(&Recipe::X25519).unwrap();
    assert!(Request::create(&name(&[("CN", "x")]), &x25519, &[], None).is_err());
    let md5 = Algorithm::by_name(b"md5");
    let rsa = PrivateKey::generate(&Recipe::Rsa {
        bits: 1024,
        exponent: 3,
    })
    .unwrap();
    let error = Request::create(&name(&[("CN", "x")]), &rsa, &[], md5)
        .err()
        .unwrap();
    assert_eq!(
        error.reason,
        "a certificate is not signed with md5 by a key of the kind rsa"
    );
}
