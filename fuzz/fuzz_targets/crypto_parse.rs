//! Keys, certificates, requests and PKCS#12 of any bytes: read or refused; and what was read goes out and comes back.
#![no_main]

use libfuzzer_sys::fuzz_target;
use luvit_crypto::key::{PrivateKey, PublicKey};
use luvit_crypto::x509::{Bundle, Certificate, Request};

fuzz_target!(|input: &[u8]| {
    if let Ok(key) = PrivateKey::load(input, Some(b"x")) {
        let der = key.to_pkcs8_der().expect("a key that was read is written");
        assert!(PrivateKey::from_der(&der, None).is_ok());
    }
    if let Ok(key) = PublicKey::load(input, None) {
        let _ = key.details();
    }
    for certificate in Certificate::load_all(input).unwrap_or_default() {
        let _ = certificate.describe();
        let _ = certificate.to_text();
        let _ = certificate.extensions();
        let _ = certificate.key_usage();
    }
    if let Ok(request) = Request::load(input) {
        let _ = (request.verify(), request.alt_names(), request.subject());
    }
    let _ = Bundle::parse(input, Some(b"x"));
});
