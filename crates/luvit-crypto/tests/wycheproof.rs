//! The symmetric half against project Wycheproof: valid, and especially invalid messages.

use luvit_crypto::cipher::{Cipher, Crypter};
use luvit_crypto::digest::Algorithm;
use luvit_crypto::hmac::hmac;
use luvit_crypto::{Result, kdf};
use wycheproof::{TestResult, aead, cipher, hkdf, mac, pbkdf2};

fn digest(name: &str) -> Algorithm {
    Algorithm::by_name(name.as_bytes()).expect(name)
}

/// The message and its tag.
fn encrypt(
    cipher: Cipher,
    key: &[u8],
    iv: &[u8],
    tag: usize,
    associated: &[u8],
    message: &[u8],
) -> Result<(Vec<u8>, Vec<u8>)> {
    let mut crypter = Crypter::new(cipher, true, key, iv, Some(tag))?;
    let mut out = Vec::new();
    if tag > 0 {
        crypter.set_associated(associated)?;
    }
    crypter.update(message, &mut out)?;
    crypter.finish(&mut out)?;
    let tag = if tag > 0 {
        crypter.tag()?.to_vec()
    } else {
        Vec::new()
    };
    Ok((out, tag))
}

fn decrypt(
    cipher: Cipher,
    key: &[u8],
    iv: &[u8],
    tag: &[u8],
    associated: &[u8],
    message: &[u8],
) -> Result<Vec<u8>> {
    let mut crypter = Crypter::new(cipher, false, key, iv, Some(tag.len()))?;
    let mut out = Vec::new();
    if !tag.is_empty() {
        crypter.set_tag(tag)?;
        crypter.set_associated(associated)?;
    }
    crypter.update(message, &mut out)?;
    crypter.finish(&mut out)?;
    Ok(out)
}

fn check_aead(name: aead::TestName, cipher: impl Fn(usize) -> Cipher) {
    let set = aead::TestSet::load(name).unwrap();
    let mut count = 0;
    for group in set.test_groups {
        let cipher = cipher(group.key_size);
        for test in group.tests {
            let context = format!("{} {} {}", cipher.name(), test.tc_id, test.comment);
            let opened = decrypt(
                cipher,
                &test.key,
                &test.nonce,
                &test.tag,
                &test.aad,
                &test.ct,
            );
            match test.result {
                TestResult::Invalid => assert!(opened.is_err(), "{context}"),
                _ => {
                    assert_eq!(opened.as_deref(), Ok(&test.pt[..]), "{context}");
                    let (sealed, tag) = encrypt(
                        cipher,
                        &test.key,
                        &test.nonce,
                        test.tag.len(),
                        &test.aad,
                        &test.pt,
                    )
                    .expect(&context);
                    assert_eq!(
                        (&sealed[..], &tag[..]),
                        (&test.ct[..], &test.tag[..]),
                        "{context}"
                    );
                }
            }
            count += 1;
        }
    }
    assert!(count > 200);
}

#[test]
fn aes_gcm() {
    check_aead(aead::TestName::AesGcm, |bits| {
        Cipher::by_name(format!("aes-{bits}-gcm").as_bytes()).unwrap()
    });
}

#[test]
fn aes_ccm() {
    check_aead(aead::TestName::AesCcm, |bits| {
        Cipher::by_name(format!("aes-{bits}-ccm").as_bytes()).unwrap()
    });
}

#[test]
fn chacha20_poly1305() {
    check_aead(aead::TestName::ChaCha20Poly1305, |_| {
        Cipher::by_name(b"chacha20-poly1305").unwrap()
    });
}

#[test]
fn aes_cbc_with_padding() {
    let set = cipher::TestSet::load(cipher::TestName::AesCbcPkcs5).unwrap();
    for group in set.test_groups {
        let cipher = Cipher::by_name(format!("aes-{}-cbc", group.key_size).as_bytes()).unwrap();
        for test in group.tests {
            let context = format!("{} {} {}", cipher.name(), test.tc_id, test.comment);
            let opened = decrypt(cipher, &test.key, &test.nonce, b"", b"", &test.ct);
            if test.result == TestResult::Invalid {
                assert!(opened.is_err(), "{context}");
                continue;
            }
            assert_eq!(opened.as_deref(), Ok(&test.pt[..]), "{context}");
            let (sealed, _) = encrypt(cipher, &test.key, &test.nonce, 0, b"", &test.pt).unwrap();
            assert_eq!(sealed, test.ct[..], "{context}");
        }
    }
}

#[test]
fn hmac_with_every_digest() {
    use mac::TestName::{
        HmacSha1, HmacSha3_224, HmacSha3_256, HmacSha3_384, HmacSha3_512, HmacSha224, HmacSha256,
        HmacSha384, HmacSha512, HmacSha512_224, HmacSha512_256,
    };
    for (name, algorithm) in [
        (HmacSha1, "sha1"),
        (HmacSha224, "sha224"),
        (HmacSha256, "sha256"),
        (HmacSha384, "sha384"),
        (HmacSha512, "sha512"),
        (HmacSha512_224, "sha512-224"),
        (HmacSha512_256, "sha512-256"),
        (HmacSha3_224, "sha3-224"),
        (HmacSha3_256, "sha3-256"),
        (HmacSha3_384, "sha3-384"),
        (HmacSha3_512, "sha3-512"),
    ] {
        let set = mac::TestSet::load(name).unwrap();
        for group in set.test_groups {
            for test in group.tests {
                // Some tags are cut off.
                let code = hmac(digest(algorithm), &test.key, &test.msg);
                let same = code[..group.tag_size / 8] == test.tag[..];
                let valid = test.result != TestResult::Invalid;
                assert_eq!(same, valid, "{algorithm} {} {}", test.tc_id, test.comment);
            }
        }
    }
}

#[test]
fn hkdf_with_every_digest() {
    use hkdf::TestName::{HkdfSha1, HkdfSha256, HkdfSha384, HkdfSha512};
    for (name, algorithm) in [
        (HkdfSha1, "sha1"),
        (HkdfSha256, "sha256"),
        (HkdfSha384, "sha384"),
        (HkdfSha512, "sha512"),
    ] {
        let set = hkdf::TestSet::load(name).unwrap();
        for test in set.test_groups.into_iter().flat_map(|group| group.tests) {
            let context = format!("{algorithm} {} {}", test.tc_id, test.comment);
            let mut out = vec![0; test.size];
            let done = kdf::hkdf(
                digest(algorithm),
                &test.ikm,
                &test.salt,
                &test.info,
                &mut out,
            );
            if test.result == TestResult::Invalid {
                assert!(done.is_err(), "{context}");
            } else {
                assert_eq!(out, test.okm[..], "{context}");
            }
        }
    }
}

#[test]
fn pbkdf2_with_every_digest() {
    use pbkdf2::TestName::{
        Pbkdf2HmacSha1, Pbkdf2HmacSha224, Pbkdf2HmacSha256, Pbkdf2HmacSha384, Pbkdf2HmacSha512,
    };
    for (name, algorithm) in [
        (Pbkdf2HmacSha1, "sha1"),
        (Pbkdf2HmacSha224, "sha224"),
        (Pbkdf2HmacSha256, "sha256"),
        (Pbkdf2HmacSha384, "sha384"),
        (Pbkdf2HmacSha512, "sha512"),
    ] {
        let set = pbkdf2::TestSet::load(name).unwrap();
        for test in set.test_groups.into_iter().flat_map(|group| group.tests) {
            let context = format!("{algorithm} {} {}", test.tc_id, test.comment);
            // Millions of iterations show nothing that thousands do not.
            if test.iteration_count > 100_000 {
                continue;
            }
            let mut out = vec![0; test.dk_len];
            let iterations = test.iteration_count as u32;
            let digest = digest(algorithm);
            kdf::pbkdf2(digest, &test.password, &test.salt, iterations, &mut out).unwrap();
            assert_eq!(out, test.dk[..], "{context}");
        }
    }
}
