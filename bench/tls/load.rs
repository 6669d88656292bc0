//! The load of `bench/run tls`: TLS clients that cost as little as they can, so that the server is what is measured.
//!
//!     tls-load handshakes PORT SECONDS CONNECTIONS   full handshakes, one after another on so many connections at once
//!     tls-load resumptions PORT SECONDS CONNECTIONS  the same with sessions of earlier ones, and a request on each
//!     tls-load download PORT SECONDS                 writes "d" and reads as fast as it comes
//!     tls-load upload PORT SECONDS                   writes "u" and then as fast as it goes
//!
//! It speaks to 127.0.0.1 and believes every certificate without looking: no signature is verified. It prints
//! `{"count":N,"resumed":N,"errors":N,"seconds":S}`, where `count` is of handshakes or of bytes.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{ClientConnection, Resumption};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, HandshakeKind, SignatureScheme};

/// What a peer may be silent for before it counts as an error.
const PATIENCE: Duration = Duration::from_secs(20);
/// A read and a write of a transfer.
const BLOCK: usize = 64 * 1024;
const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

/// Believes everything: verifying costs more than all else a client does.
#[derive(Debug)]
struct Credulous(Vec<SignatureScheme>);

impl ServerCertVerifier for Credulous {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.clone()
    }
}

#[derive(Default)]
struct Counts {
    count: AtomicU64,
    resumed: AtomicU64,
    errors: AtomicU64,
}

/// X25519 alone, which every server has: a hybrid exchange would be offered to some only.
fn config(resume: bool) -> Arc<ClientConfig> {
    let provider = CryptoProvider {
        kx_groups: vec![aws_lc_rs::kx_group::X25519],
        ..aws_lc_rs::default_provider()
    };
    let schemes = provider
        .signature_verification_algorithms
        .supported_schemes();
    let mut config = ClientConfig::builder_with_provider(Arc::new(provider))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .expect("TLS 1.3 is there")
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Credulous(schemes)))
        .with_no_client_auth();
    config.resumption = if resume {
        Resumption::in_memory_sessions(64)
    } else {
        Resumption::disabled()
    };
    Arc::new(config)
}

fn connect(
    port: u16,
    config: &Arc<ClientConfig>,
) -> Result<(TcpStream, ClientConnection), Box<dyn std::error::Error>> {
    let mut socket = TcpStream::connect(("127.0.0.1", port))?;
    socket.set_nodelay(true)?;
    socket.set_read_timeout(Some(PATIENCE))?;
    socket.set_write_timeout(Some(PATIENCE))?;
    let mut connection =
        ClientConnection::new(Arc::clone(config), ServerName::try_from("localhost")?)?;
    while connection.is_handshaking() {
        connection.complete_io(&mut socket)?;
    }
    Ok((socket, connection))
}

/// One connection from its start to the server's end of it. One whose session is to be used again makes a request: some
/// servers send the tickets with the first answer only.
fn handshake(
    port: u16,
    config: &Arc<ClientConfig>,
    resume: bool,
) -> Result<Option<HandshakeKind>, Box<dyn std::error::Error>> {
    let (mut socket, mut connection) = connect(port, config)?;
    if resume {
        connection.writer().write_all(REQUEST)?;
        let mut answer = [0; 1024];
        // An answer ends soon, unless this is a server that sends without end.
        for _ in 0..64 {
            match rustls::Stream::new(&mut connection, &mut socket).read(&mut answer) {
                Ok(1..) => {}
                _ => break,
            }
        }
    } else {
        connection.send_close_notify();
        while connection.wants_write() {
            connection.write_tls(&mut socket)?;
        }
        socket.shutdown(Shutdown::Write)?;
        // A server may answer the end with one of its own, or simply close.
        while let Ok(1..) = connection.read_tls(&mut socket) {
            connection.process_new_packets()?;
        }
    }
    Ok(connection.handshake_kind())
}

fn handshakes(
    port: u16,
    until: Instant,
    config: &Arc<ClientConfig>,
    resume: bool,
    counts: &Counts,
) {
    while Instant::now() < until {
        match handshake(port, config, resume) {
            Ok(kind) => {
                counts.count.fetch_add(1, Ordering::Relaxed);
                if kind == Some(HandshakeKind::Resumed) {
                    counts.resumed.fetch_add(1, Ordering::Relaxed);
                }
            }
            Err(problem) => {
                if counts.errors.fetch_add(1, Ordering::Relaxed) == 0 {
                    eprintln!("tls-load: {problem}");
                }
            }
        }
    }
}

fn transfer(
    port: u16,
    seconds: f64,
    down: bool,
    counts: &Counts,
) -> Result<f64, Box<dyn std::error::Error>> {
    let (mut socket, mut connection) = connect(port, &config(false))?;
    let mut stream = rustls::Stream::new(&mut connection, &mut socket);
    stream.write_all(if down { b"d" } else { b"u" })?;
    let mut block = vec![b'x'; BLOCK];
    let start = Instant::now();
    while start.elapsed().as_secs_f64() < seconds {
        let moved = if down {
            stream.read(&mut block)?
        } else {
            stream.write(&block)?
        };
        if moved == 0 {
            return Err("the server ended the transfer".into());
        }
        counts.count.fetch_add(moved as u64, Ordering::Relaxed);
    }
    Ok(start.elapsed().as_secs_f64())
}

fn main() {
    let words: Vec<String> = std::env::args().collect();
    let number = |index: usize| words.get(index).and_then(|word| word.parse::<f64>().ok());
    let (Some(kind), Some(port), Some(seconds)) = (words.get(1), number(2), number(3)) else {
        eprintln!(
            "usage: tls-load handshakes|resumptions|download|upload PORT SECONDS [CONNECTIONS]"
        );
        std::process::exit(2);
    };
    let (port, connections) = (port as u16, number(4).unwrap_or(8.0) as usize);
    let counts = Counts::default();
    let start = Instant::now();
    let elapsed = match kind.as_str() {
        "download" | "upload" => match transfer(port, seconds, kind == "download", &counts) {
            Ok(elapsed) => elapsed,
            Err(problem) => {
                eprintln!("tls-load: {problem}");
                std::process::exit(1);
            }
        },
        "handshakes" | "resumptions" => {
            let resume = kind == "resumptions";
            let config = config(resume);
            let until = start + Duration::from_secs_f64(seconds);
            std::thread::scope(|scope| {
                for _ in 0..connections {
                    scope.spawn(|| handshakes(port, until, &config, resume, &counts));
                }
            });
            start.elapsed().as_secs_f64()
        }
        _ => {
            eprintln!("tls-load: no such load: {kind}");
            std::process::exit(2);
        }
    };
    println!(
        "{{\"count\":{},\"resumed\":{},\"errors\":{},\"seconds\":{elapsed}}}",
        counts.count.into_inner(),
        counts.resumed.into_inner(),
        counts.errors.into_inner()
    );
}
