//! Sessions of TLS, both sides, with a peer that sends anything: before the handshake, in the middle of it (what the other
//! side sent, changed), and after it.
#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use luvit_tls::{Acceptor, ClientContext, ClientOptions, Identity, Options, ServerContext, Session, pem};

const CERTIFICATE: &[u8] = include_bytes!("../../tests/fixtures/tls/server-cert.pem");
const KEY: &[u8] = include_bytes!("../../tests/fixtures/tls/server-key.pem");
const ROOT: &[u8] = include_bytes!("../../tests/fixtures/tls/root-cert.pem");

fn contexts() -> &'static (Acceptor, ClientContext) {
    static CONTEXTS: OnceLock<(Acceptor, ClientContext)> = OnceLock::new();
    CONTEXTS.get_or_init(|| {
        let identity =
            Identity { chain: pem::certificates(CERTIFICATE, "cert").unwrap(), key: pem::private_key(KEY).unwrap() };
        let server = Options { identities: vec![identity], ..Options::default() };
        let client = Options { ca: Some(pem::certificates(ROOT, "ca").unwrap()), ..Options::default() };
        (Acceptor::new(ServerContext::new(&server).unwrap()), ClientContext::new(&client).unwrap())
    })
}

/// Whatever comes, the session does not panic, and says that it failed for good once it failed.
fn feed(session: &mut Session, bytes: &[u8], step: usize) {
    let mut out = Vec::new();
    for part in bytes.chunks(step) {
        let failed = session.receive(&mut part.to_vec(), &mut out).is_err();
        if failed {
            assert!(session.receive(&mut [0], &mut out).is_err());
            break;
        }
    }
    let _ = session.end_of_input();
}

fuzz_target!(|input: &[u8]| {
    let Some((&[mode, step, at], bytes)) = input.split_first_chunk::<3>() else { return };
    let (acceptor, context) = contexts();
    let step = usize::from(step) + 1;
    let mut acceptor = acceptor.clone();
    acceptor.set_asks(mode & 8 != 0);
    let mut first = Vec::new();
    let mut client = Session::client(context, &ClientOptions::new("localhost"), &mut first).unwrap();
    let mut server = Session::accept(&acceptor).unwrap();
    match mode & 3 {
        0 => feed(&mut server, bytes, step),
        1 => feed(&mut client, bytes, step),
        // The hello, with a part of it replaced.
        2 => {
            let at = usize::from(at) % first.len();
            let end = (at + bytes.len()).min(first.len());
            first[at..end].copy_from_slice(&bytes[..end - at]);
            feed(&mut server, &first, step);
        }
        // After the handshake.
        _ => {
            acceptor.set_asks(false);
            let mut server = Session::accept(&acceptor).unwrap();
            let (mut to_server, mut to_client) = (first, Vec::new());
            while !(to_server.is_empty() && to_client.is_empty()) {
                let _ = server.receive(&mut std::mem::take(&mut to_server), &mut to_client);
                let _ = client.receive(&mut std::mem::take(&mut to_client), &mut to_server);
            }
            assert!(!client.is_handshaking() && !server.is_handshaking());
            if mode & 4 == 0 {
                feed(&mut server, bytes, step);
            } else {
                feed(&mut client, bytes, step);
            }
        }
    }
});
