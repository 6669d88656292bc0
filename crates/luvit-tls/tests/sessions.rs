//! Clients against servers, in memory.

use luvit_tls::{
    Acceptor, ClientContext, ClientOptions, Failure, Identity, Options, Plaintext, ServerContext,
    Session, Version, pem,
};
use rustls_pki_types::{PrivateKeyDer, pem::PemObject};

fn fixture(name: &str) -> Vec<u8> {
    let path = format!(
        "{}/../../tests/fixtures/tls/{name}",
        env!("CARGO_MANIFEST_DIR")
    );
    std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn certificates(name: &str) -> Vec<Vec<u8>> {
    pem::certificates(&fixture(name), "cert").unwrap()
}

fn identity_of(chain: &str, key: &str) -> Identity {
    let PrivateKeyDer::Pkcs8(key) = PrivateKeyDer::from_pem_slice(&fixture(key)).unwrap() else {
        panic!("{key}")
    };
    Identity {
        chain: certificates(chain),
        key: key.secret_pkcs8_der().to_vec(),
    }
}

fn identity(name: &str) -> Identity {
    identity_of(&format!("{name}-cert.pem"), &format!("{name}-key.pem"))
}

fn server(name: &str) -> Options {
    Options {
        identities: vec![identity(name)],
        ..Options::default()
    }
}

fn trusting(name: &str) -> Options {
    Options {
        ca: Some(certificates(name)),
        ..Options::default()
    }
}

/// Both sides of a connection, and what they have for each other.
struct Pair {
    client: Session,
    server: Session,
    to_server: Vec<u8>,
    to_client: Vec<u8>,
    client_result: Result<(), Failure>,
    server_result: Result<(), Failure>,
    client_got: Vec<u8>,
    server_got: Vec<u8>,
}

impl Pair {
    fn new(acceptor: &Acceptor, context: &ClientContext, options: &ClientOptions) -> Pair {
        let mut to_server = Vec::new();
        Pair {
            client: Session::client(context, options, &mut to_server).unwrap(),
            server: Session::accept(acceptor).unwrap(),
            to_server,
            to_client: Vec::new(),
            client_result: Ok(()),
            server_result: Ok(()),
            client_got: Vec::new(),
            server_got: Vec::new(),
        }
    }

    /// Carries bytes, `step` at a time, until nobody has more to say.
    fn carry(&mut self, step: usize) {
        while !(self.to_server.is_empty() && self.to_client.is_empty()) {
            let mut bytes = std::mem::take(&mut self.to_server);
            for part in bytes.chunks_mut(step) {
                match self.server.receive(part, &mut self.to_client) {
                    Ok(plain) => self.server_got.extend_from_slice(&plain),
                    Err(failure) => self.server_result = Err(failure),
                }
            }
            let mut bytes = std::mem::take(&mut self.to_client);
            for part in bytes.chunks_mut(step) {
                match self.client.receive(part, &mut self.to_server) {
                    Ok(plain) => self.client_got.extend_from_slice(&plain),
                    Err(failure) => self.client_result = Err(failure),
                }
            }
        }
    }

    fn shake(mut self) -> Pair {
        self.carry(usize::MAX);
        self
    }

    fn works(&mut self) {
        assert_eq!(
            (&self.client_result, &self.server_result),
            (&Ok(()), &Ok(()))
        );
        assert!(!self.client.is_handshaking() && !self.server.is_handshaking());
        self.client.send(b"ping", &mut self.to_server).unwrap();
        self.carry(usize::MAX);
        assert_eq!(self.server_got, b"ping");
        self.server.send(b"pong", &mut self.to_client).unwrap();
        self.carry(usize::MAX);
        assert_eq!(self.client_got, b"pong");
        self.server_got.clear();
        self.client_got.clear();
    }
}

fn pair_of(server: &Options, client: &Options, host: &str) -> Pair {
    let acceptor = Acceptor::new(ServerContext::new(server).unwrap());
    let context = ClientContext::new(client).unwrap();
    Pair::new(&acceptor, &context, &ClientOptions::new(host)).shake()
}

#[test]
fn both_versions_work() {
    for (version, name) in [(Version::Tls12, "TLSv1.2"), (Version::Tls13, "TLSv1.3")] {
        let client = Options {
            max_version: Some(version),
            min_version: Some(version),
            ..trusting("root-cert.pem")
        };
        let mut pair = pair_of(&server("server"), &client, "localhost");
        pair.works();
        assert_eq!(pair.client.protocol(), Some(name));
        assert_eq!(pair.server.protocol(), Some(name));
        assert!(pair.client.is_authorized());
        assert!(!pair.server.is_authorized());
        assert_eq!(pair.server.server_name(), Some("localhost"));
        assert_eq!(pair.client.cipher(), pair.server.cipher());
        assert_eq!(pair.client.group().unwrap().1, "X25519");
        assert_eq!(pair.client.peer_certificates().len(), 1);
        assert!(pair.server.peer_certificates().is_empty());
        assert!(!pair.client.is_resumed());
    }
}

#[test]
fn bytes_one_by_one() {
    for version in [Version::Tls12, Version::Tls13] {
        let acceptor = Acceptor::new(ServerContext::new(&server("server")).unwrap());
        let options = Options {
            max_version: Some(version),
            ..trusting("root-cert.pem")
        };
        let context = ClientContext::new(&options).unwrap();
        let mut pair = Pair::new(&acceptor, &context, &ClientOptions::new("localhost"));
        pair.carry(1);
        pair.works();
        let data: Vec<u8> = (0..100_000u32).map(|i| i as u8).collect();
        pair.client.send(&data, &mut pair.to_server).unwrap();
        pair.carry(7);
        assert!(pair.server_got == data);
        pair.server.send(&data, &mut pair.to_client).unwrap();
        pair.carry(16_000);
        assert!(pair.client_got == data);
    }
}

#[test]
fn the_end_is_told() {
    for version in [Version::Tls12, Version::Tls13] {
        let options = Options {
            max_version: Some(version),
            ..trusting("root-cert.pem")
        };
        let mut pair = pair_of(&server("server"), &options, "localhost");
        pair.client.send(b"last", &mut pair.to_server).unwrap();
        pair.client.close(&mut pair.to_server);
        pair.client.close(&mut pair.to_server);
        assert!(pair.client.send(b"more", &mut pair.to_server).is_err());
        pair.carry(usize::MAX);
        assert_eq!(pair.server_got, b"last");
        assert!(pair.server.peer_closed());
        assert_eq!(pair.server.end_of_input(), Ok(()));
        // The other direction stays open.
        pair.server.send(b"answer", &mut pair.to_client).unwrap();
        pair.carry(usize::MAX);
        assert_eq!(pair.client_got, b"answer");
        assert!(!pair.client.peer_closed());
        // And ends without a word.
        let failure = pair.client.end_of_input().unwrap_err();
        assert_eq!(failure.code, "ECONNRESET");
        assert!(failure.reason.contains("close_notify"));
    }
}

#[test]
fn an_end_within_the_handshake() {
    let acceptor = Acceptor::new(ServerContext::new(&server("server")).unwrap());
    let mut session = Session::accept(&acceptor).unwrap();
    assert_eq!(session.end_of_input().unwrap_err().code, "ECONNRESET");
    assert!(session.receive(&mut [1], &mut Vec::new()).is_err());
}

fn refusal(server: &Options, client: &Options, host: &str) -> Failure {
    let pair = pair_of(server, client, host);
    // The server learns of it by an alert.
    assert!(pair.server_result.unwrap_err().code.starts_with("ERR_SSL_"));
    pair.client_result.unwrap_err()
}

#[test]
fn certificates_that_do_not_verify() {
    let root = trusting("root-cert.pem");
    let is = |failure: Failure, code: &str, reason: &str| {
        assert_eq!(failure.code, code, "{}", failure.reason);
        assert!(failure.reason.contains(reason), "{}", failure.reason);
    };
    is(
        refusal(&server("expired"), &root, "localhost"),
        "CERT_HAS_EXPIRED",
        "certificate expired 2024-03-01",
    );
    is(
        refusal(&server("future"), &root, "localhost"),
        "CERT_NOT_YET_VALID",
        "not valid before 2100-01-01",
    );
    is(
        refusal(&server("other"), &root, "localhost"),
        "ERR_TLS_CERT_ALTNAME_INVALID",
        "name mismatch: wanted localhost, certificate is for other.test",
    );
    is(
        refusal(&server("self"), &root, "localhost"),
        "DEPTH_ZERO_SELF_SIGNED_CERT",
        "self-signed",
    );
    is(
        refusal(&server("server"), &trusting("self-cert.pem"), "localhost"),
        "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
        "Luvit Test Root",
    );
    let chain = Options {
        identities: vec![identity_of("chained-chain.pem", "chained-key.pem")],
        ..Options::default()
    };
    is(
        refusal(&chain, &trusting("self-cert.pem"), "localhost"),
        "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
        "Luvit Test Middle",
    );
    let mut whole = identity_of("chained-chain.pem", "chained-key.pem");
    whole.chain.extend(certificates("root-cert.pem"));
    let whole = Options {
        identities: vec![whole],
        ..Options::default()
    };
    is(
        refusal(&whole, &trusting("self-cert.pem"), "localhost"),
        "SELF_SIGNED_CERT_IN_CHAIN",
        "Luvit Test Root",
    );
    let listed = Options {
        crls: pem::revocation_lists(&fixture("root-crl.pem")).unwrap(),
        ..root.clone()
    };
    is(
        refusal(&server("revoked"), &listed, "localhost"),
        "CERT_REVOKED",
        "revoked",
    );
    pair_of(&server("server"), &listed, "localhost").works();
}

#[test]
fn certificates_that_verify() {
    pair_of(&server("server"), &trusting("root-cert.pem"), "x.a.test").works();
    pair_of(&server("server"), &trusting("root-cert.pem"), "127.0.0.1").works();
    pair_of(&server("server"), &trusting("root-cert.pem"), "[::1]").works();
    pair_of(&server("plain"), &trusting("root-cert.pem"), "plain.test").works();
    // Trusted by itself, though it is an authority.
    pair_of(&server("self"), &trusting("self-cert.pem"), "localhost").works();
    pair_of(&server("server"), &trusting("server-cert.pem"), "localhost").works();
    let chain = Options {
        identities: vec![identity_of("chained-chain.pem", "chained-key.pem")],
        ..Options::default()
    };
    pair_of(&chain, &trusting("root-cert.pem"), "localhost").works();
    pair_of(&chain, &trusting("middle-cert.pem"), "localhost").works();
    pair_of(&server("rsa"), &trusting("root-cert.pem"), "localhost").works();
}

#[test]
fn without_rejection_the_error_is_told() {
    for version in [Version::Tls12, Version::Tls13] {
        let acceptor = Acceptor::new(ServerContext::new(&server("expired")).unwrap());
        let context = ClientContext::new(&Options {
            max_version: Some(version),
            ..trusting("root-cert.pem")
        })
        .unwrap();
        let lax = ClientOptions {
            reject_unauthorized: false,
            ..ClientOptions::new("localhost")
        };
        let mut resumed = false;
        for _ in 0..2 {
            let mut pair = Pair::new(&acceptor, &context, &lax).shake();
            pair.works();
            assert!(!pair.client.is_authorized());
            assert_eq!(
                pair.client.authorization_error().unwrap().code,
                "CERT_HAS_EXPIRED"
            );
            resumed = pair.client.is_resumed();
        }
        assert!(resumed);
        // What was remembered so does not help who is strict.
        let pair = Pair::new(&acceptor, &context, &ClientOptions::new("localhost")).shake();
        assert_eq!(pair.client_result.unwrap_err().code, "CERT_HAS_EXPIRED");
        // Nor who checks the chain and not the name.
        let half = ClientOptions {
            check_name: false,
            ..ClientOptions::new("localhost")
        };
        let pair = Pair::new(&acceptor, &context, &half).shake();
        assert_eq!(pair.client_result.unwrap_err().code, "CERT_HAS_EXPIRED");
    }
}

#[test]
fn sessions_are_resumed() {
    for version in [Version::Tls12, Version::Tls13] {
        let acceptor = Acceptor::new(ServerContext::new(&server("server")).unwrap());
        let client = Options {
            max_version: Some(version),
            ..trusting("root-cert.pem")
        };
        let context = ClientContext::new(&client).unwrap();
        let options = ClientOptions::new("localhost");
        for time in 0..3 {
            let mut pair = Pair::new(&acceptor, &context, &options).shake();
            pair.works();
            assert_eq!(pair.client.is_resumed(), time > 0);
            assert_eq!(pair.server.is_resumed(), time > 0);
            assert!(pair.client.is_authorized());
            assert_eq!(pair.client.peer_certificates().len(), 1);
        }
        // Another server with the same ticket keys goes on with them, one without does not.
        let keys = acceptor.context().ticket_keys();
        let same = Options {
            ticket_keys: keys,
            ..server("server")
        };
        let pair = Pair::new(
            &Acceptor::new(ServerContext::new(&same).unwrap()),
            &context,
            &options,
        )
        .shake();
        assert!(pair.client.is_resumed());
        let other = Acceptor::new(ServerContext::new(&server("server")).unwrap());
        assert!(
            !Pair::new(&other, &context, &options)
                .shake()
                .client
                .is_resumed()
        );
        let forgets = Options {
            no_resumption: true,
            ..client
        };
        let context = ClientContext::new(&forgets).unwrap();
        for _ in 0..2 {
            assert!(
                !Pair::new(&acceptor, &context, &options)
                    .shake()
                    .client
                    .is_resumed()
            );
        }
    }
}

#[test]
fn clients_show_certificates() {
    for version in [Version::Tls12, Version::Tls13] {
        let asking = Options {
            request_cert: true,
            reject_unauthorized: true,
            ca: Some(certificates("root-cert.pem")),
            ..server("server")
        };
        let bare = Options {
            max_version: Some(version),
            ..trusting("root-cert.pem")
        };
        let with = |name: &str| Options {
            identities: vec![identity(name)],
            ..bare.clone()
        };
        let mut pair = pair_of(&asking, &with("client"), "localhost");
        pair.works();
        assert!(pair.server.is_authorized());
        assert_eq!(pair.server.peer_certificates().len(), 1);
        let pair = pair_of(&asking, &bare, "localhost");
        assert_eq!(
            pair.server_result.unwrap_err().code,
            "ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE"
        );
        assert!(pair.client_result.unwrap_err().code.starts_with("ERR_SSL_"));
        let pair = pair_of(&asking, &with("self"), "localhost");
        assert_eq!(
            pair.server_result.unwrap_err().code,
            "DEPTH_ZERO_SELF_SIGNED_CERT"
        );
        assert_eq!(
            pair.client_result.unwrap_err().code,
            "ERR_SSL_TLSV1_ALERT_UNKNOWN_CA"
        );
        // A server that only asks.
        let asking = Options {
            reject_unauthorized: false,
            ..asking
        };
        let mut pair = pair_of(&asking, &bare, "localhost");
        pair.works();
        assert_eq!(
            pair.server.authorization_error().unwrap().code,
            "UNABLE_TO_GET_ISSUER_CERT"
        );
        let mut pair = pair_of(&asking, &with("self"), "localhost");
        pair.works();
        assert_eq!(
            pair.server.authorization_error().unwrap().code,
            "DEPTH_ZERO_SELF_SIGNED_CERT"
        );
    }
}

#[test]
fn a_session_without_a_certificate_is_not_resumed_where_one_is_wanted() {
    for version in [Version::Tls12, Version::Tls13] {
        let open = Options {
            ticket_keys: Some([7; 48]),
            ..server("server")
        };
        let closed = Options {
            request_cert: true,
            reject_unauthorized: true,
            ca: Some(certificates("root-cert.pem")),
            ..open.clone()
        };
        let client = Options {
            max_version: Some(version),
            ..trusting("root-cert.pem")
        };
        let context = ClientContext::new(&client).unwrap();
        let options = ClientOptions::new("localhost");
        let connect = |server: &Options| {
            let acceptor = Acceptor::new(ServerContext::new(server).unwrap());
            Pair::new(&acceptor, &context, &options).shake()
        };
        connect(&open).works();
        let mut pair = connect(&closed);
        assert_eq!(
            pair.server_result.clone().unwrap_err().code,
            "UNABLE_TO_GET_ISSUER_CERT"
        );
        // Nothing of such a client is read.
        let _ = pair.client.send(b"secret", &mut pair.to_server);
        pair.carry(usize::MAX);
        assert_eq!(pair.server_got, b"");
        // Nor is it let in with a certificate of somebody else.
        let asking = Options {
            reject_unauthorized: false,
            ..closed
        };
        let mut pair = connect(&asking);
        pair.works();
        assert!(!pair.server.is_authorized());
    }
}

#[test]
fn hosts_have_contexts() {
    let mut acceptor = Acceptor::new(ServerContext::new(&server("server")).unwrap());
    acceptor.add_host("other.test", ServerContext::new(&server("other")).unwrap());
    acceptor.add_host("*.a.test", ServerContext::new(&server("rsa")).unwrap());
    let context = ClientContext::new(&trusting("root-cert.pem")).unwrap();
    let shown = |acceptor: &Acceptor, host: &str| {
        let options = ClientOptions {
            check_name: false,
            ..ClientOptions::new(host)
        };
        let mut pair = Pair::new(acceptor, &context, &options);
        pair.carry(3);
        pair.works();
        pair.client.peer_certificates()[0].to_vec()
    };
    assert_eq!(
        shown(&acceptor, "OTHER.test"),
        certificates("other-cert.pem")[0]
    );
    assert_eq!(
        shown(&acceptor, "x.a.test"),
        certificates("rsa-cert.pem")[0]
    );
    assert_eq!(
        shown(&acceptor, "x.y.a.test"),
        certificates("server-cert.pem")[0]
    );
    assert_eq!(
        shown(&acceptor, "127.0.0.1"),
        certificates("server-cert.pem")[0]
    );
    acceptor.remove_host("other.test");
    acceptor.set_context(ServerContext::new(&server("plain")).unwrap());
    assert_eq!(
        shown(&acceptor, "other.test"),
        certificates("plain-cert.pem")[0]
    );
}

#[test]
fn a_program_chooses() {
    let mut acceptor = Acceptor::new(ServerContext::new(&server("server")).unwrap());
    acceptor.set_asks(true);
    let context = ClientContext::new(&trusting("root-cert.pem")).unwrap();
    let alpn = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let options = ClientOptions {
        alpn: Some(alpn.clone()),
        ..ClientOptions::new("localhost")
    };
    let mut pair = Pair::new(&acceptor, &context, &options);
    pair.carry(100);
    let hello = pair.server.needs_choice().unwrap().clone();
    assert_eq!(hello.server_name.as_deref(), Some("localhost"));
    assert_eq!(hello.alpn, alpn);
    assert!(pair.to_client.is_empty() && pair.server.is_handshaking());
    let chosen = acceptor.context().with_alpn(vec![b"http/1.1".to_vec()]);
    pair.server
        .choose(Some(&chosen), &mut pair.to_client)
        .unwrap();
    assert!(pair.server.needs_choice().is_none());
    pair.carry(usize::MAX);
    pair.works();
    assert_eq!(pair.client.alpn(), Some(&b"http/1.1"[..]));
    assert_eq!(pair.server.alpn(), Some(&b"http/1.1"[..]));

    let mut pair = Pair::new(&acceptor, &context, &options).shake();
    pair.server
        .refuse(Failure::new("EPERM", "no"), &mut pair.to_client);
    pair.carry(usize::MAX);
    assert_eq!(
        pair.client_result.unwrap_err().code,
        "ERR_SSL_TLSV1_UNRECOGNIZED_NAME"
    );
}

#[test]
fn protocols_and_what_is_stapled() {
    let offers = |list: &[&str]| {
        list.iter()
            .map(|name| name.as_bytes().to_vec())
            .collect::<Vec<_>>()
    };
    let options = Options {
        alpn: offers(&["h2", "http/1.1"]),
        ocsp: Some(b"a response".to_vec()),
        ..server("server")
    };
    let client = Options {
        alpn: offers(&["http/1.1", "h2"]),
        ..trusting("root-cert.pem")
    };
    let pair = pair_of(&options, &client, "localhost");
    assert_eq!(pair.client.alpn(), Some(&b"h2"[..]));
    assert_eq!(pair.client.ocsp_response(), b"a response");
    let client = Options {
        alpn: offers(&["spdy"]),
        ..client
    };
    let pair = pair_of(&options, &client, "localhost");
    assert_eq!(
        pair.server_result.unwrap_err().code,
        "ERR_SSL_NO_APPLICATION_PROTOCOL"
    );
    assert_eq!(
        pair.client_result.unwrap_err().code,
        "ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL"
    );
    let pair = pair_of(&options, &trusting("root-cert.pem"), "localhost");
    assert_eq!(pair.client.alpn(), None);
}

#[test]
fn nothing_in_common() {
    let root = trusting("root-cert.pem");
    let old = Options {
        max_version: Some(Version::Tls12),
        ..server("server")
    };
    let new = Options {
        min_version: Some(Version::Tls13),
        ..root.clone()
    };
    let pair = pair_of(&old, &new, "localhost");
    assert_eq!(
        pair.server_result.unwrap_err().code,
        "ERR_SSL_UNSUPPORTED_PROTOCOL"
    );
    assert_eq!(
        pair.client_result.unwrap_err().code,
        "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION"
    );
    let one = Options {
        ciphers: Some("TLS_AES_128_GCM_SHA256".into()),
        ..server("server")
    };
    let two = Options {
        ciphers: Some("TLS_AES_256_GCM_SHA384".into()),
        ..root.clone()
    };
    let pair = pair_of(&one, &two, "localhost");
    assert_eq!(
        pair.server_result.unwrap_err().code,
        "ERR_SSL_NO_SHARED_CIPHER"
    );
    let bare = Options {
        identities: Vec::new(),
        ..server("server")
    };
    let pair = pair_of(&bare, &root, "localhost");
    assert!(
        pair.server_result
            .unwrap_err()
            .reason
            .contains("set cert and key")
    );
    assert!(pair.client_result.is_err());
}

#[test]
fn options_that_cannot_be() {
    let failure = |options: &Options| ServerContext::new(options).unwrap_err();
    let mixed = Identity {
        key: identity("other").key,
        ..identity("server")
    };
    let options = Options {
        identities: vec![mixed],
        ..Options::default()
    };
    assert_eq!(failure(&options).code, "ERR_OSSL_X509_KEY_VALUES_MISMATCH");
    let junk = Identity {
        chain: vec![b"junk".to_vec()],
        ..identity("server")
    };
    assert!(
        failure(&Options {
            identities: vec![junk],
            ..Options::default()
        })
        .reason
        .contains("cert")
    );
    let junk = Identity {
        key: b"junk".to_vec(),
        ..identity("server")
    };
    assert!(
        failure(&Options {
            identities: vec![junk],
            ..Options::default()
        })
        .reason
        .contains("key")
    );
    let options = Options {
        min_version: Some(Version::Tls13),
        max_version: Some(Version::Tls12),
        ..server("server")
    };
    assert_eq!(failure(&options).code, "ERR_TLS_INVALID_PROTOCOL_VERSION");
    assert!(
        failure(&Options {
            ca: Some(vec![vec![0x30, 0]]),
            ..server("server")
        })
        .reason
        .contains("ca: certificate 1")
    );
    assert!(pem::certificates(b"", "ca").is_err());
    assert!(pem::certificates(b"-----BEGIN CERTIFICATE-----\n!", "ca").is_err());
    let context = ClientContext::new(&Options::default()).unwrap();
    assert!(Session::client(&context, &ClientOptions::new("a b"), &mut Vec::new()).is_err());
    assert!(Session::client(&context, &ClientOptions::new(""), &mut Vec::new()).is_err());
}

#[test]
fn who_does_not_speak_tls() {
    let acceptor = Acceptor::new(ServerContext::new(&server("server")).unwrap());
    let mut asking = acceptor.clone();
    asking.set_asks(true);
    for acceptor in [acceptor, asking] {
        let answer = |bytes: &[u8]| {
            let (mut session, mut out) = (Session::accept(&acceptor).unwrap(), Vec::new());
            let failure = session.receive(&mut bytes.to_vec(), &mut out).unwrap_err();
            assert!(session.receive(&mut [0], &mut out).is_err());
            (failure, out)
        };
        let (failure, alert) = answer(b"GET / HTTP/1.1\r\n\r\n");
        assert_eq!(failure.code, "ERR_SSL_HTTP_REQUEST");
        assert_eq!(alert[0], 21);
        assert_eq!(answer(&[0; 64]).0.code, "ERR_SSL_WRONG_VERSION_NUMBER");
        assert_eq!(
            answer(&[23, 3, 3, 255, 255, 0]).0.code,
            "ERR_SSL_PACKET_LENGTH_TOO_LONG"
        );
    }
}

#[test]
fn endless_handshakes_end() {
    let acceptor = Acceptor::new(ServerContext::new(&server("server")).unwrap());
    let mut asking = acceptor.clone();
    asking.set_asks(true);
    for acceptor in [acceptor, asking] {
        let (mut session, mut out) = (Session::accept(&acceptor).unwrap(), Vec::new());
        // Records of a hello that has no end.
        let mut sent = 0;
        let failure = loop {
            let mut record = vec![22, 3, 1, 0x40, 0];
            record.extend_from_slice(if sent == 0 {
                &[1, 0, 0xff, 0xf0]
            } else {
                &[0; 4]
            });
            record.resize(5 + 0x4000, 0);
            sent += record.len();
            match session.receive(&mut record, &mut out) {
                Ok(_) => assert!(sent < 300 * 1024, "{sent}"),
                Err(failure) => break failure,
            }
        };
        assert!(failure.code.starts_with("ERR_SSL_"), "{failure}");
    }
}

#[test]
fn changed_records_are_refused() {
    for version in [Version::Tls12, Version::Tls13] {
        let options = Options {
            max_version: Some(version),
            ..trusting("root-cert.pem")
        };
        let mut pair = pair_of(&server("server"), &options, "localhost");
        pair.client.send(b"whole", &mut pair.to_server).unwrap();
        let last = pair.to_server.len() - 1;
        pair.to_server[last] ^= 1;
        pair.carry(usize::MAX);
        assert_eq!(
            pair.server_result.unwrap_err().code,
            "ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC"
        );
        assert_eq!(
            pair.client_result.unwrap_err().code,
            "ERR_SSL_SSLV3_ALERT_BAD_RECORD_MAC"
        );
        assert!(pair.server_got.is_empty());
    }
}

#[test]
fn keys_for_a_log_and_for_others() {
    let acceptor = Acceptor::new(ServerContext::new(&server("server")).unwrap());
    let context = ClientContext::new(&trusting("root-cert.pem")).unwrap();
    let options = ClientOptions {
        wants_keys: true,
        ..ClientOptions::new("localhost")
    };
    let mut pair = Pair::new(&acceptor, &context, &options);
    pair.server.want_keys();
    pair.carry(usize::MAX);
    pair.works();
    let mut keys = pair.client.take_keys();
    assert!(
        keys.iter()
            .any(|line| line.starts_with("CLIENT_TRAFFIC_SECRET_0 ") && line.ends_with('\n'))
    );
    let mut theirs = pair.server.take_keys();
    keys.sort();
    theirs.sort();
    assert_eq!(keys, theirs);
    let exported = pair
        .client
        .export(40, b"EXPORTER-test", Some(b"context"))
        .unwrap();
    assert_eq!(
        exported,
        pair.server
            .export(40, b"EXPORTER-test", Some(b"context"))
            .unwrap()
    );
    assert_ne!(
        exported,
        pair.server.export(40, b"EXPORTER-test", None).unwrap()
    );
    assert!(pair.client.export(1 << 20, b"EXPORTER-test", None).is_err());
    assert!(pair.client.export(40, &[0; 300], None).is_err());
}

#[test]
fn fragments_have_the_size_that_was_asked_for() {
    for version in [Version::Tls12, Version::Tls13] {
        let options = Options {
            max_version: Some(version),
            ..trusting("root-cert.pem")
        };
        let mut pair = pair_of(&server("server"), &options, "localhost");
        assert!(!pair.client.set_max_fragment(511) && !pair.client.set_max_fragment(16_385));
        assert!(pair.client.set_max_fragment(512));
        pair.client.send(&[7; 5000], &mut pair.to_server).unwrap();
        let first = u16::from_be_bytes([pair.to_server[3], pair.to_server[4]]);
        assert!((512..600).contains(&first), "{first}");
        pair.carry(usize::MAX);
        assert_eq!(pair.server_got, [7; 5000]);
    }
}

#[test]
fn what_waits_holds_no_buffer() {
    let mut pair = pair_of(&server("server"), &trusting("root-cert.pem"), "localhost");
    pair.works();
    assert!(!format!("{:?}", pair.server).is_empty());
    assert!(size_of::<Session>() <= 128, "{}", size_of::<Session>());
}

#[test]
fn many_key_updates_and_much_data() {
    let mut pair = pair_of(&server("server"), &trusting("root-cert.pem"), "localhost");
    for i in 0..200u32 {
        let data = vec![i as u8; (i * 331 % 40_000) as usize];
        pair.client.send(&data, &mut pair.to_server).unwrap();
        pair.server.send(&data, &mut pair.to_client).unwrap();
        pair.carry(1 + (i * 97 % 20_000) as usize);
        assert!(pair.server_got == data && pair.client_got == data);
        pair.server_got.clear();
        pair.client_got.clear();
    }
}

#[test]
fn data_in_one_record_stays_where_it_came() {
    let mut pair = pair_of(&server("server"), &trusting("root-cert.pem"), "localhost");
    pair.works();
    let mut out = Vec::new();
    pair.client.send(b"one", &mut out).unwrap();
    pair.client.send(b"", &mut out).unwrap();
    pair.client.send(b"two", &mut out).unwrap();
    let plain = pair.server.receive(&mut out, &mut pair.to_client).unwrap();
    assert!(matches!(plain, Plaintext::InPlace(b"onetwo")), "{plain:?}");
}

#[test]
fn bytes_that_must_not_change() {
    for version in [Version::Tls12, Version::Tls13] {
        let options = Options {
            max_version: Some(version),
            ..trusting("root-cert.pem")
        };
        let mut pair = pair_of(&server("server"), &options, "localhost");
        let data: Vec<u8> = (0..90_000u32).map(|i| (i / 7) as u8).collect();
        let (mut sent, mut scratch, mut got) = (Vec::new(), Vec::new(), Vec::new());
        pair.client.send(&data, &mut sent).unwrap();
        let copy = sent.clone();
        for part in sent.chunks(30_001) {
            let plain = pair
                .server
                .receive_from(part, &mut scratch, &mut pair.to_client)
                .unwrap();
            got.extend_from_slice(&plain);
        }
        assert!(got == data && sent == copy);
    }
}

#[test]
fn records_without_encryption_are_refused() {
    let kinds: [&[u8]; 4] = [
        &[21, 3, 3, 0, 2, 1, 0],
        &[20, 3, 3, 0, 1, 1],
        &[22, 3, 3, 0, 4, 24, 0, 0, 0],
        &[23, 3, 3, 0xff, 0xff, 0],
    ];
    for bytes in kinds {
        let mut pair = pair_of(&server("server"), &trusting("root-cert.pem"), "localhost");
        pair.works();
        let failure = pair
            .server
            .receive(&mut bytes.to_vec(), &mut pair.to_client)
            .unwrap_err();
        assert!(failure.code.starts_with("ERR_SSL_"), "{failure}");
        pair.carry(usize::MAX);
        assert!(pair.client_result.unwrap_err().code.contains("ALERT"));
        assert!(!pair.server.peer_closed());
    }
    // Too short to hold a tag.
    let mut pair = pair_of(&server("server"), &trusting("root-cert.pem"), "localhost");
    pair.works();
    let failure = pair
        .server
        .receive(&mut [23, 3, 3, 0, 3, 1, 2, 3], &mut Vec::new())
        .unwrap_err();
    assert_eq!(failure.code, "ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC");
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(24))]

    /// However bytes are split, and wherever one is changed, each side gets what was sent or an error.
    #[test]
    fn any_split_and_any_damage(step in 1usize..3000, damage: Option<(u16, u8)>, old: bool, data: Vec<u8>) {
        let acceptor = Acceptor::new(ServerContext::new(&server("server")).unwrap());
        let version = if old { Version::Tls12 } else { Version::Tls13 };
        let options = Options { max_version: Some(version), ..trusting("root-cert.pem") };
        let context = ClientContext::new(&options).unwrap();
        let mut pair = Pair::new(&acceptor, &context, &ClientOptions::new("localhost"));
        if let Some((at, change)) = damage {
            let at = usize::from(at) % pair.to_server.len();
            pair.to_server[at] ^= change;
        }
        pair.carry(step);
        if pair.client_result.is_ok() && pair.server_result.is_ok() && !pair.client.is_handshaking() {
            pair.client.send(&data, &mut pair.to_server).unwrap();
            pair.carry(step);
            proptest::prop_assert_eq!(&pair.server_got, &data);
        } else {
            proptest::prop_assert!(damage.is_some());
        }
    }

    #[test]
    fn junk_of_any_kind(bytes: Vec<u8>, asks: bool) {
        let mut acceptor = Acceptor::new(ServerContext::new(&server("server")).unwrap());
        acceptor.set_asks(asks);
        let mut session = Session::accept(&acceptor).unwrap();
        let mut out = Vec::new();
        let _ = session.receive(&mut bytes.clone(), &mut out);
        let context = ClientContext::new(&trusting("root-cert.pem")).unwrap();
        let mut session = Session::client(&context, &ClientOptions::new("localhost"), &mut out).unwrap();
        let _ = session.receive(&mut bytes.clone(), &mut out);
        proptest::prop_assert!(session.is_handshaking());
    }
}

/// A client of rustls' own, which can ask for new keys.
struct Other {
    client: rustls::ClientConnection,
    server: Session,
    /// What our side has sent that the client has not read.
    unread: Vec<u8>,
}

impl Other {
    fn new() -> Other {
        let mut roots = rustls::RootCertStore::empty();
        for der in certificates("root-cert.pem") {
            roots.add(der.into()).unwrap();
        }
        let provider = rustls::crypto::aws_lc_rs::default_provider();
        let mut config = rustls::ClientConfig::builder_with_provider(provider.into())
            .with_protocol_versions(&[&rustls::version::TLS13])
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.enable_secret_extraction = true;
        let name = "localhost".try_into().unwrap();
        let context = ServerContext::new(&server("server")).unwrap();
        let mut other = Other {
            client: rustls::ClientConnection::new(config.into(), name).unwrap(),
            server: Session::server(&context).unwrap(),
            unread: Vec::new(),
        };
        while other.client.is_handshaking() || other.server.is_handshaking() {
            other.carry_up().unwrap();
            other.carry_down();
        }
        other
    }

    fn carry_up(&mut self) -> Result<Vec<u8>, Failure> {
        let mut bytes = Vec::new();
        while self.client.wants_write() {
            self.client.write_tls(&mut bytes).unwrap();
        }
        self.server
            .receive(&mut bytes, &mut self.unread)
            .map(|plain| plain.to_vec())
    }

    fn carry_down(&mut self) -> Vec<u8> {
        use std::io::Read;
        let mut bytes = &self.unread[..];
        while !bytes.is_empty() {
            self.client.read_tls(&mut bytes).unwrap();
            self.client.process_new_packets().unwrap();
        }
        self.unread.clear();
        let mut plain = vec![0; 1000];
        let size = self.client.reader().read(&mut plain).unwrap_or(0);
        plain.truncate(size);
        plain
    }
}

#[test]
fn new_keys_that_are_asked_for_come_with_the_next_data() {
    use std::io::Write;
    let mut other = Other::new();
    for _ in 0..1000 {
        other.client.refresh_traffic_keys().unwrap();
        other.client.writer().write_all(b"x").unwrap();
        assert_eq!(other.carry_up().unwrap(), b"x");
    }
    // Nobody reads what we would answer, so there is no answer yet.
    assert_eq!(other.unread.len(), 0);
    let mut out = Vec::new();
    other.server.send(b"one", &mut out).unwrap();
    let with_update = out.len();
    other.server.send(b"two", &mut out).unwrap();
    assert!(out.len() - with_update < with_update);
    other.unread = out;
    assert_eq!(other.carry_down(), b"onetwo");
}

#[test]
fn new_keys_without_data_are_too_many_at_some_time() {
    let mut other = Other::new();
    let refused = (0..100).find_map(|_| {
        other.client.refresh_traffic_keys().unwrap();
        other.carry_up().err()
    });
    assert_eq!(refused.unwrap().code, "ERR_SSL_UNEXPECTED_MESSAGE");
}

#[test]
fn a_message_in_too_many_parts_is_refused() {
    use aws_lc_rs::aead::{AES_128_GCM, AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
    use rustls::ConnectionTrafficSecrets as Secrets;
    let Other {
        client, mut server, ..
    } = Other::new();
    let (first, secrets) = client.dangerous_extract_secrets().unwrap().tx;
    let (algorithm, key, iv) = match secrets {
        Secrets::Aes128Gcm { key, iv } => (&AES_128_GCM, key, iv),
        Secrets::Aes256Gcm { key, iv } => (&AES_256_GCM, key, iv),
        _ => panic!("another suite"),
    };
    let key = LessSafeKey::new(UnboundKey::new(algorithm, key.as_ref()).unwrap());
    // A message of 60,000 bytes that comes byte by byte.
    let mut message = vec![24, 0, 0xea, 0x60];
    message.resize(60_004, 0);
    let refused = (first..).zip(message).find_map(|(sequence, byte)| {
        let mut nonce: [u8; 12] = iv.as_ref().try_into().unwrap();
        for (byte, digit) in nonce[4..].iter_mut().zip(sequence.to_be_bytes()) {
            *byte ^= digit;
        }
        let header = [23, 3, 3, 0, 18];
        let mut body = vec![byte, 22];
        key.seal_in_place_append_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(header),
            &mut body,
        )
        .unwrap();
        let mut record = [&header[..], &body].concat();
        let failure = server.receive(&mut record, &mut Vec::new()).err();
        failure.map(|failure| (sequence - first, failure))
    });
    let (parts, failure) = refused.unwrap();
    assert_eq!(failure.code, "ERR_SSL_UNEXPECTED_MESSAGE");
    assert!(parts < 100, "{parts}");
}
