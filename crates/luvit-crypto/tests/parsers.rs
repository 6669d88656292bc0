//! Parsers of keys and certificates on what is almost right: they read or refuse, and what they read goes out and comes
//! back.

use luvit_crypto::key::{
    AnyKey, Curve, PrivateForm, PrivateKey, PublicForm, PublicKey, Recipe, jwk,
};
use luvit_crypto::x509::{
    Bundle, Certificate, Extension, GeneralName, Name, NamePart, Request, Template,
};
use proptest::prelude::*;
use std::sync::OnceLock;

fn keys() -> &'static [PrivateKey] {
    static KEYS: OnceLock<Vec<PrivateKey>> = OnceLock::new();
    KEYS.get_or_init(|| {
        let curve = |name: &str| Recipe::Ec(Curve::by_name(name.as_bytes()).unwrap());
        [
            Recipe::Rsa {
                bits: 1024,
                exponent: 65537,
            },
            curve("P-256"),
            curve("P-521"),
            curve("secp256k1"),
            Recipe::Ed25519,
            Recipe::X25519,
        ]
        .iter()
        .map(|recipe| PrivateKey::generate(recipe).unwrap())
        .collect()
    })
}

fn certificate() -> &'static [u8] {
    static DER: OnceLock<Vec<u8>> = OnceLock::new();
    DER.get_or_init(|| {
        let part = NamePart {
            field: "CN".into(),
            value: "x".into(),
            set: 0,
        };
        let subject = Name { parts: vec![part] };
        let names = [
            GeneralName::parse("DNS:x").unwrap(),
            GeneralName::parse("IP:::1").unwrap(),
        ];
        let template = Template {
            subject: subject.clone(),
            key: keys()[1].public().unwrap(),
            not_before: 0,
            not_after: 1,
            serial: None,
            extensions: vec![
                Extension::basic_constraints(true, Some(1)),
                Extension::key_usage(&["keyCertSign"]).unwrap(),
                Extension::extended_key_usage(&["serverAuth"]).unwrap(),
                Extension::alt_names(&names, false).unwrap(),
            ],
        };
        Certificate::issue(&template, &subject, &keys()[1], None)
            .unwrap()
            .to_der()
            .unwrap()
    })
}

/// Bytes with some of them changed, and the end cut off or something behind it.
fn changed(bytes: &[u8], changes: &[(usize, u8)], cut: usize, more: &[u8]) -> Vec<u8> {
    let mut out = bytes.to_vec();
    for (index, value) in changes {
        let index = index % out.len();
        out[index] = *value;
    }
    out.truncate(out.len() - cut % out.len());
    out.extend_from_slice(more);
    out
}

fn changes() -> impl Strategy<Value = Vec<(usize, u8)>> {
    proptest::collection::vec((0..2000usize, any::<u8>()), 0..4)
}

proptest! {
    #[test]
    fn changed_keys(which in 0..6usize, changes in changes(), cut in prop_oneof![Just(0), 0..2000usize], more in prop_oneof![Just(vec![]), any::<Vec<u8>>()]) {
        let key = &keys()[which];
        for form in [PrivateForm::Pkcs8, PrivateForm::Pkcs1, PrivateForm::Sec1] {
            let Ok(der) = key.to_der(form, None) else { continue };
            if let Ok(read) = PrivateKey::from_der(&changed(&der, &changes, cut, &more), Some(b"x")) {
                prop_assert!(read.to_pkcs8_der().is_ok());
                prop_assert!(read.public().is_ok());
                let _ = read.to_jwk();
            }
            let pem = key.to_pem(form, None).unwrap();
            let _ = PrivateKey::load(&changed(&pem, &changes, cut, &more), Some(b"x"));
        }
        let der = key.public().unwrap().to_der(PublicForm::Spki).unwrap();
        if let Ok(read) = PublicKey::load(&changed(&der, &changes, cut, &more), None) {
            prop_assert!(PublicKey::from_spki(&read.to_spki_der().unwrap()).is_ok());
            let _ = (read.details(), read.to_jwk());
        }
    }

    #[test]
    fn changed_certificates(changes in changes(), cut in prop_oneof![Just(0), 0..2000usize], more in prop_oneof![Just(vec![]), any::<Vec<u8>>()]) {
        let der = changed(certificate(), &changes, cut, &more);
        for read in Certificate::load_all(&der).unwrap_or_default() {
            let _ = (read.describe(), read.to_text(), read.key_usage(), read.extensions());
            let _ = read.check_host(b"x", Default::default());
            let _ = read.is_issued_by(&read);
        }
        let _ = Request::load(&der);
        let _ = Bundle::parse(&der, Some(b"x"));
    }

    #[test]
    fn jwk_goes_out_and_comes_back(which in 0..6usize, change in 0..8usize, value in "[A-Za-z0-9_=+ -]{0,50}") {
        let key = &keys()[which];
        let members = key.to_jwk().unwrap();
        let read = jwk::read(|name| members.iter().find(|(it, _)| *it == name).map(|(_, text)| text.as_bytes()));
        match read.unwrap() {
            AnyKey::Private(read) => prop_assert!(read.public().unwrap().belongs_to(key)),
            AnyKey::Public(_) => prop_assert!(false),
        }
        let mut members = members;
        let place = change % members.len();
        members[place].1 = value;
        let _ = jwk::read(|name| members.iter().find(|(it, _)| *it == name).map(|(_, text)| text.as_bytes()));
    }
}
