//! Digests against published vectors: NIST's CAVP for SHA, the official ones for BLAKE3, and RFCs for the others.

use luvit_crypto::digest::{Algorithm, Hasher, digest};
use luvit_crypto::encoding::{from_hex, to_hex};

fn bytes(hex: &str) -> Vec<u8> {
    from_hex(hex.as_bytes()).expect("hexadecimal")
}

fn lines(text: &str) -> impl Iterator<Item = Vec<&str>> {
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.split(' ').collect())
}

/// The Monte Carlo test of SHAVS (SHA-1 and SHA-2): a thousand digests, each of the three before it.
fn monte_sha2(algorithm: Algorithm, seed: &[u8]) -> Vec<u8> {
    let mut last = [seed.to_vec(), seed.to_vec(), seed.to_vec()];
    for _ in 0..1000 {
        let next = digest(algorithm, &last.concat());
        last.rotate_left(1);
        last[2] = next;
    }
    last[2].clone()
}

/// That of SHA3VS: a thousand digests, each of the one before.
fn monte_sha3(algorithm: Algorithm, seed: &[u8]) -> Vec<u8> {
    (0..1000).fold(seed.to_vec(), |last, _| digest(algorithm, &last))
}

#[test]
fn sha_as_nist_says() {
    let mut count = 0;
    for fields in lines(include_str!("vectors/sha.txt")) {
        let algorithm = Algorithm::by_name(fields[0].as_bytes()).expect(fields[0]);
        let message = if fields[2] == "-" {
            Vec::new()
        } else {
            bytes(fields[2])
        };
        match fields[1] {
            "msg" => assert_eq!(digest(algorithm, &message), bytes(fields[3]), "{fields:?}"),
            "out" => {
                let expected = bytes(fields[3]);
                let mut hasher = Hasher::new(algorithm);
                hasher.update(&message);
                assert_eq!(hasher.finish_length(expected.len()), expected, "{fields:?}");
            }
            "monte" => {
                let mut seed = message;
                for expected in &fields[3..] {
                    seed = if fields[0].starts_with("sha3-") {
                        monte_sha3(algorithm, &seed)
                    } else {
                        monte_sha2(algorithm, &seed)
                    };
                    assert_eq!(seed, bytes(expected), "{}", fields[0]);
                }
            }
            other => panic!("unknown kind {other}"),
        }
        count += 1;
    }
    assert!(count > 250);
}

#[test]
fn blake3_as_its_authors_say() {
    for fields in lines(include_str!("vectors/blake3.txt")) {
        let length: usize = fields[0].parse().unwrap();
        let input: Vec<u8> = (0..length).map(|index| (index % 251) as u8).collect();
        let expected = bytes(fields[1]);
        let mut hasher = Hasher::new(Algorithm::by_name(b"blake3").unwrap());
        for piece in input.chunks(100) {
            hasher.update(piece);
        }
        assert_eq!(hasher.finish_length(expected.len()), expected);
    }
}

/// RFC 1321, appendix A.5; RFC 1320, the same; the page of RIPEMD-160.
#[test]
fn the_old_ones() {
    let digits = "1234567890".repeat(8);
    for (name, message, expected) in [
        ("md5", "", "d41d8cd98f00b204e9800998ecf8427e"),
        ("md5", "message digest", "f96b697d7cb7938d525a2f31aaf161d0"),
        ("md5", &digits, "57edf4a22be3c955ac49da2e2107b67a"),
        ("md4", "abc", "a448017aaf21d8525fc10ae87aa6729d"),
        ("md4", &digits, "e33b4ddc9c38f2199c3e7b164fcc0536"),
        ("ripemd160", "", "9c1185a5c5e9fc54612808977ee8f548b2258d31"),
        (
            "ripemd160",
            "message digest",
            "5d0689ef49d2fae572b881b123a85ffa21595f36",
        ),
        (
            "ripemd160",
            &digits,
            "9b752e45573d4b39f4dbd3323cab82bf63326bfb",
        ),
    ] {
        let algorithm = Algorithm::by_name(name.as_bytes()).unwrap();
        let got = to_hex(&digest(algorithm, message.as_bytes()));
        assert_eq!(
            String::from_utf8(got).unwrap(),
            expected,
            "{name} {message}"
        );
    }
}

/// The self-test of RFC 7693, appendix E: digests of many lengths of input, and the digest of those.
#[test]
fn blake2_as_its_rfc_says() {
    fn sequence(length: usize, seed: u32) -> Vec<u8> {
        let mut a = 0xDEAD_4BADu32.wrapping_mul(seed);
        let mut b = 1u32;
        (0..length)
            .map(|_| {
                let t = a.wrapping_add(b);
                a = b;
                b = t;
                (t >> 24) as u8
            })
            .collect()
    }
    // Ours have one length of output, so that the digest of digests is not the RFC's; its inputs
    // are, and Python says what the digest is.
    for (name, expected) in [("blake2b512", BLAKE2B), ("blake2s256", BLAKE2S)] {
        let algorithm = Algorithm::by_name(name.as_bytes()).unwrap();
        let mut all = Hasher::new(algorithm);
        for length in [0, 3, 64, 65, 128, 129, 255, 256, 1024] {
            all.update(&digest(algorithm, &sequence(length, length as u32)));
        }
        let got = String::from_utf8(to_hex(&all.finish())).unwrap();
        assert_eq!(got, expected, "{name}");
    }
}

const BLAKE2B: &str = "48d930981697c8c947a543d03b467391390da40265723700ee68850603189107ca7fbb8d16dc1994e5533983c1671003d614bc5d99a1ba62fd935dffdd625f56";
const BLAKE2S: &str = "6881282727df19ec5962ea21a9adc8922330c3aebbab1bcec9abe1683c9e4e7b";
