//! Keys, certificates, requests and PKCS#12 of any bytes: read or refused; and what was read goes out and comes back.
#![no_main]

use libfuzzer_sys::fuzz_target;
use luvit_crypto::key::{PrivateKey, PublicKey};
use luvit_crypto::x509::{Bundle, Certificate, Request};

fuzz_target!(|input: &[u8]| {
    if let Ok(key) = PrivateKey::load(input, Some(b"x")) {
        // Kinds of keys that nothing here makes may have no writer.
        if let Ok(der) = key.to_pkcs8_der() {
            assert!(PrivateKey::from_der(&der, None).is_ok());
        }
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
