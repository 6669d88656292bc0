//! Project Wycheproof's test vectors for signatures, key agreement and RSA encryption.

use luvit_crypto::digest::Algorithm;
use luvit_crypto::key::{Curve, KeyType, PrivateKey, PublicKey};
use luvit_crypto::sign::{Encoding, Options, Padding, SaltLength};
use luvit_crypto::{Error, rsa};
use wycheproof::{HashFunction, TestResult};

fn digest(hash: HashFunction) -> Option<Algorithm> {
    let name = match hash {
        HashFunction::Sha1 => "sha1",
        HashFunction::Sha2_224 => "sha224",
        HashFunction::Sha2_256 => "sha256",
        HashFunction::Sha2_384 => "sha384",
        HashFunction::Sha2_512 => "sha512",
        HashFunction::Sha2_512_224 => "sha512-224",
        HashFunction::Sha2_512_256 => "sha512-256",
        HashFunction::Sha3_224 => "sha3-224",
        HashFunction::Sha3_256 => "sha3-256",
        HashFunction::Sha3_384 => "sha3-384",
        HashFunction::Sha3_512 => "sha3-512",
        _ => return None,
    };
    Algorithm::by_name(name.as_bytes())
}

/// Counts what was looked at: a set that is skipped as a whole is a mistake of the test.
#[derive(Default)]
struct Count {
    valid: usize,
    invalid: usize,
}

impl Count {
    /// A signature was taken for sound, or not.
    fn check(&mut self, sound: bool, wanted: TestResult, name: &str) {
        match wanted {
            TestResult::Valid => {
                assert!(sound, "{name} is valid");
                self.valid += 1;
            }
            TestResult::Invalid => {
                assert!(!sound, "{name} is invalid");
                self.invalid += 1;
            }
            // Either is right.
            TestResult::Acceptable => {}
        }
    }

    fn enough(&self, valid: usize, invalid: usize) {
        assert!(
            self.valid >= valid && self.invalid >= invalid,
            "{} valid, {} invalid",
            self.valid,
            self.invalid
        );
    }
}

#[test]
fn ecdsa() {
    use wycheproof::ecdsa::{TestName, TestSet};
    let mut count = Count::default();
    for name in TestName::all() {
        let set = TestSet::load(name).unwrap();
        let text = format!("{name:?}");
        for group in set.test_groups {
            let Some(hash) = digest(group.hash) else {
                continue;
            };
            // Small curves that libcrypto does not have.
            let Ok(key) = PublicKey::load(&group.der, None) else {
                assert!(
                    ["160", "192", "224k"]
                        .iter()
                        .any(|curve| text.contains(curve)),
                    "{text}"
                );
                continue;
            };
            let encoding = if text.contains("P1363") {
                Encoding::P1363
            } else {
                Encoding::Der
            };
            let options = Options {
                encoding,
                ..Options::default()
            };
            for test in group.tests {
                let sound = key
                    .verify(Some(hash), &test.msg, &test.sig, &options)
                    .unwrap();
                // Bitcoin refuses one of the two signatures that are the same for everyone else.
                if text.contains("Bitcoin") && sound && test.result == TestResult::Invalid {
                    continue;
                }
                count.check(sound, test.result, &format!("{text} {}", test.tc_id));
            }
        }
    }
    count.enough(5000, 5000);
}

#[test]
fn ed25519() {
    use wycheproof::eddsa::{TestName, TestSet};
    let mut count = Count::default();
    for group in TestSet::load(TestName::Ed25519).unwrap().test_groups {
        let key = PublicKey::load(&group.der, None).unwrap();
        for test in group.tests {
            let sound = key
                .verify(None, &test.msg, &test.sig, &Options::default())
                .unwrap();
            count.check(sound, test.result, &format!("{}", test.tc_id));
        }
    }
    count.enough(60, 30);
}

#[test]
fn rsa_pkcs1() {
    use wycheproof::rsa_pkcs1_verify::{TestName, TestSet};
    let mut count = Count::default();
    for name in TestName::all() {
        for group in TestSet::load(name).unwrap().test_groups {
            let Some(hash) = digest(group.hash) else {
                continue;
            };
            let key = PublicKey::load(&group.der, None).unwrap();
            for test in group.tests {
                let sound = key
                    .verify(Some(hash), &test.msg, &test.sig, &Options::default())
                    .unwrap();
                count.check(sound, test.result, &format!("{name:?} {}", test.tc_id));
            }
        }
    }
    count.enough(100, 4000);
}

#[test]
fn rsa_pss() {
    use wycheproof::rsa_pss_verify::{TestName, TestSet};
    let mut count = Count::default();
    for name in TestName::all() {
        let text = format!("{name:?}");
        for group in TestSet::load(name).unwrap().test_groups {
            let (Some(hash), Some(mgf1)) = (digest(group.hash), group.mgf_hash.and_then(digest))
            else {
                continue;
            };
            let Ok(key) = PublicKey::load(&group.der, None) else {
                assert!(text.contains("Params") || text.contains("misc"), "{text}");
                continue;
            };
            let options = Options {
                padding: Some(Padding::Pss),
                salt: Some(SaltLength::Bytes(group.salt_size as u32)),
                mgf1: Some(mgf1),
                ..Options::default()
            };
            for test in group.tests {
                let sound = match key.verify(Some(hash), &test.msg, &test.sig, &options) {
                    Ok(sound) => sound,
                    Err(error) => {
                        assert!(text.contains("Params"), "{text}: {error}");
                        continue;
                    }
                };
                count.check(sound, test.result, &format!("{text} {}", test.tc_id));
            }
        }
    }
    count.enough(500, 800);
}

#[test]
fn rsa_oaep() {
    use wycheproof::rsa_oaep::{TestName, TestSet};
    let mut count = Count::default();
    for name in TestName::all() {
        for group in TestSet::load(name).unwrap().test_groups {
            let (Some(digest), Some(mgf1)) = (digest(group.hash), digest(group.mgf_hash)) else {
                continue;
            };
            let key = PrivateKey::load(&group.pkcs8, None).unwrap();
            for test in group.tests {
                let padding = rsa::Padding::Oaep {
                    digest,
                    mgf1,
                    label: test.label.to_vec(),
                };
                let plain = key.decrypt(&padding, &test.ct);
                let sound = plain.is_ok_and(|plain| *plain == **test.pt);
                count.check(sound, test.result, &format!("{name:?} {}", test.tc_id));
                if test.result == TestResult::Valid {
                    let sealed = key.public().unwrap().encrypt(&padding, &test.pt).unwrap();
                    assert_eq!(*key.decrypt(&padding, &sealed).unwrap(), **test.pt);
                }
            }
        }
    }
    count.enough(400, 300);
}

#[test]
fn ecdh() {
    use wycheproof::ecdh::{TestName, TestSet};
    let mut count = Count::default();
    for name in TestName::all() {
        let text = format!("{name:?}");
        for group in TestSet::load(name).unwrap().test_groups {
            let curve = match () {
                () if text.contains("Secp256r1") => "P-256",
                () if text.contains("Secp384r1") => "P-384",
                () if text.contains("Secp521r1") => "P-521",
                () if text.contains("Secp256k1") => "secp256k1",
                () if text.contains("Secp224r1") => "P-224",
                () if text.contains("Brainpool224r1") => "brainpoolP224r1",
                () if text.contains("Brainpool256r1") => "brainpoolP256r1",
                () if text.contains("Brainpool320r1") => "brainpoolP320r1",
                () if text.contains("Brainpool384r1") => "brainpoolP384r1",
                () => "brainpoolP512r1",
            };
            let Ok(curve) = Curve::by_name(curve.as_bytes()) else {
                continue;
            };
            for test in group.tests {
                // Vectors with private keys beyond the order test arithmetic that is not reachable.
                let Ok(key) = PrivateKey::from_scalar(curve, &test.private_key) else {
                    continue;
                };
                let peer = if text.contains("Ecpoint") {
                    PublicKey::from_point(curve, &test.public_key)
                } else {
                    PublicKey::from_der(&test.public_key)
                };
                // A curve that is written out and is one with a name is taken; whether its
                // cofactor, which is optional, is written as well changes nothing.
                if test
                    .flags
                    .iter()
                    .any(|flag| format!("{flag:?}") == "NoCofactor")
                {
                    continue;
                }
                let secret = peer.and_then(|peer| key.agree(&peer));
                let sound = secret.is_ok_and(|secret| *secret == **test.shared_secret);
                count.check(sound, test.result, &format!("{text} {}", test.tc_id));
            }
        }
    }
    count.enough(2000, 50);
}

#[test]
fn x25519() {
    use wycheproof::xdh::{TestName, TestSet};
    let mut agreed = 0;
    for group in TestSet::load(TestName::X25519).unwrap().test_groups {
        for test in group.tests {
            let key = PrivateKey::from_raw(KeyType::X25519, &test.private_key).unwrap();
            let Ok(peer) = PublicKey::from_raw(KeyType::X25519, &test.public_key) else {
                panic!("{}", test.tc_id);
            };
            match key.agree(&peer) {
                Ok(secret) => {
                    assert_eq!(*secret, **test.shared_secret, "{}", test.tc_id);
                    agreed += 1;
                }
                // A point of small order, which RFC 7748 allows to refuse.
                Err(error) => {
                    let _: Error = error;
                    assert!(
                        test.shared_secret.iter().all(|&byte| byte == 0),
                        "{}",
                        test.tc_id
                    );
                }
            }
        }
    }
    assert!(agreed > 400, "{agreed}");
}
