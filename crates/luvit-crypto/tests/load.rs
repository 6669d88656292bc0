//! Keys and certificates as `openssl` writes them.

mod common;

use common::{Folder, available, openssl};
use luvit_crypto::Error;
use luvit_crypto::key::{PrivateKey, PublicKey};
use luvit_crypto::x509::{Bundle, Certificate};

const KINDS: [(&str, &str, u32); 9] = [
    (
        "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048",
        "rsa",
        2048,
    ),
    (
        "genpkey -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048",
        "rsa-pss",
        2048,
    ),
    (
        "genpkey -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_pss_keygen_md:sha256 -pkeyopt rsa_pss_keygen_saltlen:32",
        "rsa-pss",
        2048,
    ),
    (
        "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256",
        "ec",
        256,
    ),
    (
        "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384",
        "ec",
        384,
    ),
    (
        "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-521",
        "ec",
        521,
    ),
    (
        "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:secp256k1",
        "ec",
        256,
    ),
    ("genpkey -algorithm ED25519", "ed25519", 253),
    ("genpkey -algorithm X25519", "x25519", 253),
];

const EC: &str = "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256";

fn load(key: &[u8], passphrase: Option<&str>) -> Result<PrivateKey, Error> {
    PrivateKey::load(key, passphrase.map(str::as_bytes))
}

#[test]
fn every_kind_in_pem_and_der() {
    if !available() {
        return;
    }
    for (words, kind, bits) in KINDS {
        let pem = openssl(words, b"");
        let key = load(&pem, None).unwrap();
        assert_eq!((key.key_type().name(), key.bits()), (kind, bits), "{words}");
        let der = openssl("pkcs8 -topk8 -nocrypt -outform DER", &pem);
        assert_eq!(&*key.to_pkcs8_der().unwrap(), &der[..], "{words}");
        let again = load(&der, None).unwrap();
        let public = PublicKey::load(&openssl("pkey -pubout", &pem), None).unwrap();
        assert!(public.belongs_to(&again), "{words}");
        assert_eq!(
            public.to_spki_der().unwrap(),
            openssl("pkey -pubout -outform DER", &pem)
        );
        assert_eq!(key.public().unwrap(), public);
    }
}

#[test]
fn pkcs1_and_sec1_and_their_old_encryption() {
    if !available() {
        return;
    }
    for (make, to) in [(KINDS[0].0, "rsa -traditional"), (EC, "ec")] {
        let pem = openssl(make, b"");
        let der = load(&pem, None).unwrap().to_pkcs8_der().unwrap();
        let plain = openssl(to, &pem);
        assert_eq!(load(&plain, None).unwrap().to_pkcs8_der().unwrap(), der);
        let plain = openssl(&format!("{to} -outform DER"), &pem);
        assert_eq!(load(&plain, None).unwrap().to_pkcs8_der().unwrap(), der);
        for cipher in ["-aes128", "-aes192", "-aes256", "-des3"] {
            let locked = openssl(&format!("{to} {cipher} -passout pass:sesame"), &pem);
            assert!(String::from_utf8_lossy(&locked).contains("DEK-Info"));
            assert_eq!(
                load(&locked, Some("sesame"))
                    .unwrap()
                    .to_pkcs8_der()
                    .unwrap(),
                der
            );
            assert_eq!(
                load(&locked, Some("simsim")).unwrap_err(),
                Error::wrong_passphrase()
            );
            assert_eq!(
                load(&locked, None).unwrap_err(),
                Error::missing_passphrase()
            );
        }
        let locked = openssl(&format!("{to} -camellia128 -passout pass:sesame"), &pem);
        let error = load(&locked, Some("sesame"))
            .unwrap_err()
            .reason
            .into_owned();
        assert!(
            error.contains("with CAMELLIA-128-CBC is not supported"),
            "{error}"
        );
    }
}

#[test]
fn encrypted_pkcs8() {
    if !available() {
        return;
    }
    let pem = openssl(EC, b"");
    let der = load(&pem, None).unwrap().to_pkcs8_der().unwrap();
    for how in [
        "-v2 aes-128-cbc",
        "-v2 aes-192-cbc",
        "-v2 aes-256-cbc -v2prf hmacWithSHA1",
        "-v2 aes-256-cbc -v2prf hmacWithSHA256",
        "-v2 des3",
        "-v1 PBE-SHA1-3DES",
    ] {
        for form in ["PEM", "DER"] {
            let words = format!("pkcs8 -topk8 {how} -passout pass:sesame -outform {form}");
            let locked = openssl(&words, &pem);
            assert_eq!(
                load(&locked, Some("sesame"))
                    .unwrap()
                    .to_pkcs8_der()
                    .unwrap(),
                der,
                "{how}"
            );
            assert_eq!(
                load(&locked, Some("simsim")).unwrap_err(),
                Error::wrong_passphrase()
            );
            assert_eq!(
                load(&locked, None).unwrap_err(),
                Error::missing_passphrase()
            );
        }
    }
    for how in [
        "-scrypt",
        "-v2 camellia-128-cbc",
        "-v1 PBE-MD5-DES -provider legacy -provider default",
    ] {
        let locked = openssl(&format!("pkcs8 -topk8 {how} -passout pass:sesame"), &pem);
        let error = load(&locked, Some("sesame")).unwrap_err();
        assert!(error.is_unsupported(), "{how}: {error}");
    }
}

#[test]
fn what_is_no_private_key_says_what_it_is() {
    if !available() {
        return;
    }
    let key = openssl(EC, b"");
    let folder = Folder::new("load");
    let file = folder.file("key.pem", &key);
    let cert = openssl(&format!("req -x509 -key {file} -subj /CN=x -days 3"), b"");
    for (data, text) in [
        (
            &cert[..],
            "PEM holds a CERTIFICATE where a private key is expected",
        ),
        (
            &b"-----BEGIN X-----\n"[..],
            "PEM: the line -----END X----- is missing",
        ),
        (
            &b""[..],
            "private key: the bytes are neither PEM nor DER of a private key",
        ),
        (
            &b"junk"[..],
            "private key: the bytes are neither PEM nor DER of a private key",
        ),
    ] {
        assert_eq!(load(data, None).unwrap_err().reason, text);
    }
    let error = Certificate::load(&key).unwrap_err().reason.into_owned();
    assert_eq!(
        error,
        "PEM holds a PRIVATE KEY where a certificate is expected"
    );
    let mut both = cert.clone();
    both.extend_from_slice(&key);
    assert!(
        Certificate::load(&both)
            .unwrap()
            .matches(&load(&both, None).unwrap())
    );
    assert!(
        PublicKey::load(&cert, None)
            .unwrap()
            .belongs_to(&load(&key, None).unwrap())
    );
    // The curve is one that libcrypto has no arithmetic for.
    let binary = openssl(
        "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:sect233k1",
        b"",
    );
    let error = load(&binary, None).unwrap_err().reason.into_owned();
    assert!(error.contains("curve is not supported"), "{error}");
    // Cut anywhere, it is an error and not a crash.
    let der = openssl("pkcs8 -topk8 -nocrypt -outform DER", &key);
    for length in 0..der.len() {
        assert!(load(&der[..length], None).is_err());
    }
    let mut long = der.clone();
    long.push(0);
    assert!(load(&long, None).is_err());
}

#[test]
fn certificates_are_described() {
    if !available() {
        return;
    }
    let folder = Folder::new("describe");
    let key = folder.file("key.pem", openssl(KINDS[0].0, b""));
    let words = format!(
        "req -x509 -key {key} -subj /C=DE/O=Some+OU=Part/CN=ü.example -utf8 -multivalue-rdn -set_serial 0x00ab01 \
         -days 30 -addext subjectAltName=DNS:a.example,IP:127.0.0.1,IP:::1,email:x@y.example,URI:http://z/ \
         -addext extendedKeyUsage=serverAuth,1.2.3.4 -addext keyUsage=digitalSignature,keyCertSign \
         -addext authorityInfoAccess=OCSP;URI:http://o.example/,caIssuers;URI:http://i.example/"
    );
    let pem = openssl(&words, b"");
    let cert = Certificate::load(&pem).unwrap();
    let told = cert.describe().unwrap();
    assert_eq!(told.subject.lines(), "C=DE\nO=Some + OU=Part\nCN=ü.example");
    assert_eq!(
        told.subject_alt_name.as_deref(),
        Some(
            "DNS:a.example, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1, email:x@y.example, URI:http://z/"
        )
    );
    assert_eq!(
        told.info_access,
        [
            ("OCSP - URI".to_string(), "http://o.example/".to_string()),
            (
                "CA Issuers - URI".to_string(),
                "http://i.example/".to_string()
            )
        ]
    );
    assert_eq!(
        told.ext_key_usage.unwrap(),
        ["1.3.6.1.5.5.7.3.1", "1.2.3.4"]
    );
    assert_eq!(
        cert.key_usage().unwrap(),
        ["digitalSignature", "keyCertSign"]
    );
    assert_eq!(told.serial_number, "AB01");
    assert!(told.ca && told.self_signed);
    assert_eq!(told.not_after - told.not_before, 30 * 86_400);
    let file = folder.file("cert.pem", &pem);
    let print = |what: &str| {
        let text = openssl(&format!("x509 -in {file} -noout {what}"), b"");
        String::from_utf8(text).unwrap().trim().to_string()
    };
    assert_eq!(
        print("-startdate"),
        format!("notBefore={}", told.valid_from)
    );
    assert_eq!(print("-enddate"), format!("notAfter={}", told.valid_to));
    let fingerprint = |what: &str| print(what).split_once('=').unwrap().1.to_string();
    assert_eq!(fingerprint("-fingerprint -sha1"), told.fingerprint);
    assert_eq!(fingerprint("-fingerprint -sha256"), told.fingerprint256);
    assert_eq!(fingerprint("-fingerprint -sha512"), told.fingerprint512);
    let key = told.key.unwrap();
    assert_eq!(
        print("-modulus"),
        format!("Modulus={}", key.modulus.unwrap())
    );
    assert_eq!((key.bits, key.exponent.as_deref()), (2048, Some("0x10001")));
    assert_eq!(
        told.raw,
        openssl(&format!("x509 -in {file} -outform DER"), b"")
    );
    assert_eq!(cert.to_pem().unwrap().as_bytes(), pem);
    for length in 0..told.raw.len() {
        assert!(Certificate::from_der(&told.raw[..length]).is_err());
    }
    let mut two = told.raw.clone();
    two.extend_from_slice(&told.raw);
    assert_eq!(Certificate::load_all(&two).unwrap().len(), 2);
    assert!(Certificate::from_der(&two).is_err());
}

#[test]
fn pkcs12() {
    if !available() {
        return;
    }
    let folder = Folder::new("pkcs12");
    let make = |name: &str| {
        let key = folder.file(&format!("{name}.key"), openssl(EC, b""));
        let words = format!("req -x509 -key {key} -subj /CN={name} -days 3");
        (
            key,
            folder.file(&format!("{name}.crt"), openssl(&words, b"")),
        )
    };
    let ((key, cert), (_, other)) = (make("mine"), make("other"));
    let legacy = "-provider legacy -provider default";
    for how in [
        "",
        "-keypbe PBE-SHA1-3DES -certpbe PBE-SHA1-3DES -macalg sha1",
        &format!("-legacy {legacy}"),
        &format!("-keypbe PBE-SHA1-RC4-128 -certpbe PBE-SHA1-RC4-128 -macalg sha1 {legacy}"),
    ] {
        let words = format!(
            "pkcs12 -export -inkey {key} -in {cert} -certfile {other} -passout pass:sesame {how}"
        );
        let file = openssl(&words, b"");
        let bundle = Bundle::parse(&file, Some(b"sesame")).unwrap_or_else(|e| panic!("{how}: {e}"));
        let names = |cert: &Certificate| cert.subject().lines();
        assert_eq!(
            bundle.certificate.as_ref().map(names).as_deref(),
            Some("CN=mine")
        );
        assert_eq!(
            bundle.others.iter().map(names).collect::<Vec<_>>(),
            ["CN=other"]
        );
        assert!(bundle.certificate.unwrap().matches(&bundle.key.unwrap()));
        assert_eq!(
            Bundle::parse(&file, Some(b"no")).unwrap_err(),
            Error::wrong_passphrase()
        );
        assert_eq!(
            Bundle::parse(&file, None).unwrap_err(),
            Error::missing_passphrase()
        );
        for length in (0..file.len()).step_by(7) {
            assert!(Bundle::parse(&file[..length], Some(b"sesame")).is_err());
        }
    }
    let empty = openssl(
        &format!("pkcs12 -export -inkey {key} -in {cert} -passout pass:"),
        b"",
    );
    assert!(Bundle::parse(&empty, None).unwrap().key.is_some());
    assert!(Bundle::parse(&empty, Some(b"")).unwrap().key.is_some());
    let words =
        format!("pkcs12 -export -inkey {key} -in {cert} -passout pass:x -keypbe camellia-128-cbc");
    let error = Bundle::parse(&openssl(&words, b""), Some(b"x")).unwrap_err();
    assert!(error.is_unsupported(), "{error}");
    let error = Bundle::parse(b"junk", None).unwrap_err();
    assert!(error.is_malformed(), "{error}");
}
