//! Digests: MD5, SHA-1, SHA-2, SHA-3, SHAKE, RIPEMD-160, BLAKE2 and BLAKE3.

use std::fmt;

use blake2::Digest as _;

use crate::libcrypto::digest::{Context, Evp};
use crate::{Error, Result};

/// A digest algorithm.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Algorithm(Kind);

#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Kind {
    Md(Evp),
    Blake2b512,
    Blake2s256,
    Blake3,
}

/// OpenSSL's other names of them that node lists too.
const ALIASES: [&str; 31] = [
    "RSA-MD5",
    "RSA-RIPEMD160",
    "RSA-SHA1",
    "RSA-SHA1-2",
    "RSA-SHA224",
    "RSA-SHA256",
    "RSA-SHA3-224",
    "RSA-SHA3-256",
    "RSA-SHA3-384",
    "RSA-SHA3-512",
    "RSA-SHA384",
    "RSA-SHA512",
    "RSA-SHA512/224",
    "RSA-SHA512/256",
    "id-rsassa-pkcs1-v1_5-with-sha3-224",
    "id-rsassa-pkcs1-v1_5-with-sha3-256",
    "id-rsassa-pkcs1-v1_5-with-sha3-384",
    "id-rsassa-pkcs1-v1_5-with-sha3-512",
    "md5WithRSAEncryption",
    "ripemd",
    "ripemd160WithRSA",
    "rmd160",
    "sha1WithRSAEncryption",
    "sha224WithRSAEncryption",
    "sha256WithRSAEncryption",
    "sha384WithRSAEncryption",
    "sha512-224WithRSAEncryption",
    "sha512-256WithRSAEncryption",
    "sha512WithRSAEncryption",
    "ssl3-md5",
    "ssl3-sha1",
];

impl Algorithm {
    /// SHA-1 (FIPS 180-4).
    pub const SHA1: Algorithm = Algorithm(Kind::Md(Evp::Sha1));
    /// SHA-256 (FIPS 180-4).
    pub const SHA256: Algorithm = Algorithm(Kind::Md(Evp::Sha256));
    /// SHA-384 (FIPS 180-4).
    pub const SHA384: Algorithm = Algorithm(Kind::Md(Evp::Sha384));
    /// SHA-512 (FIPS 180-4).
    pub const SHA512: Algorithm = Algorithm(Kind::Md(Evp::Sha512));

    /// Every algorithm once, in alphabetical order of [`name`](Algorithm::name).
    pub fn all() -> impl Iterator<Item = Algorithm> {
        [
            Kind::Blake2b512,
            Kind::Blake2s256,
            Kind::Blake3,
            Kind::Md(Evp::Md4),
            Kind::Md(Evp::Md5),
            Kind::Md(Evp::Md5Sha1),
            Kind::Md(Evp::Ripemd160),
            Kind::Md(Evp::Sha1),
            Kind::Md(Evp::Sha224),
            Kind::Md(Evp::Sha256),
            Kind::Md(Evp::Sha3_224),
            Kind::Md(Evp::Sha3_256),
            Kind::Md(Evp::Sha3_384),
            Kind::Md(Evp::Sha3_512),
            Kind::Md(Evp::Sha384),
            Kind::Md(Evp::Sha512),
            Kind::Md(Evp::Sha512_224),
            Kind::Md(Evp::Sha512_256),
            Kind::Md(Evp::Shake128),
            Kind::Md(Evp::Shake256),
        ]
        .into_iter()
        .map(Algorithm)
    }

    /// The names of all algorithms in alphabetical order, with those that some have beside their own.
    pub fn names() -> Vec<&'static str> {
        let mut names: Vec<_> = Algorithm::all().map(Algorithm::name).collect();
        names.extend(ALIASES);
        names.sort_unstable();
        names
    }

    /// The algorithm that `name` means, in either case and with or without `-`, `/` and `_`; also
    /// by OpenSSL's names of signatures with it: `RSA-SHA256`, `sha256WithRSAEncryption`.
    pub fn by_name(name: &[u8]) -> Option<Algorithm> {
        let mut plain = [0; 48];
        let mut length = 0;
        for byte in name.iter().filter(|byte| !b"-_/".contains(byte)) {
            *plain.get_mut(length)? = byte.to_ascii_lowercase();
            length += 1;
        }
        let mut plain = &plain[..length];
        plain = plain.strip_prefix(b"rsa").unwrap_or(plain);
        plain = plain.strip_prefix(b"ssl3").unwrap_or(plain);
        plain = plain.strip_prefix(b"idrsassapkcs1v15with").unwrap_or(plain);
        for suffix in [&b"withrsaencryption"[..], b"withrsa"] {
            plain = plain.strip_suffix(suffix).unwrap_or(plain);
        }
        let md = match plain {
            b"blake2b512" | b"blake2b" => return Some(Algorithm(Kind::Blake2b512)),
            b"blake2s256" | b"blake2s" => return Some(Algorithm(Kind::Blake2s256)),
            b"blake3" => return Some(Algorithm(Kind::Blake3)),
            b"md4" => Evp::Md4,
            b"md5" => Evp::Md5,
            b"md5sha1" => Evp::Md5Sha1,
            b"ripemd160" | b"ripemd" | b"rmd160" => Evp::Ripemd160,
            b"sha1" | b"sha12" => Evp::Sha1,
            b"sha224" | b"sha2224" => Evp::Sha224,
            b"sha256" | b"sha2256" => Evp::Sha256,
            b"sha384" | b"sha2384" => Evp::Sha384,
            b"sha512" | b"sha2512" => Evp::Sha512,
            b"sha512224" | b"sha2512224" => Evp::Sha512_224,
            b"sha512256" | b"sha2512256" => Evp::Sha512_256,
            b"sha3224" => Evp::Sha3_224,
            b"sha3256" => Evp::Sha3_256,
            b"sha3384" => Evp::Sha3_384,
            b"sha3512" => Evp::Sha3_512,
            b"shake128" => Evp::Shake128,
            b"shake256" => Evp::Shake256,
            _ => return None,
        };
        Some(Algorithm(Kind::Md(md)))
    }

    /// Its name in lower case, as node lists it: `sha512-256`.
    pub fn name(self) -> &'static str {
        match self.0 {
            Kind::Blake2b512 => "blake2b512",
            Kind::Blake2s256 => "blake2s256",
            Kind::Blake3 => "blake3",
            Kind::Md(md) => match md {
                Evp::Md4 => "md4",
                Evp::Md5 => "md5",
                Evp::Md5Sha1 => "md5-sha1",
                Evp::Ripemd160 => "ripemd160",
                Evp::Sha1 => "sha1",
                Evp::Sha224 => "sha224",
                Evp::Sha256 => "sha256",
                Evp::Sha384 => "sha384",
                Evp::Sha512 => "sha512",
                Evp::Sha512_224 => "sha512-224",
                Evp::Sha512_256 => "sha512-256",
                Evp::Sha3_224 => "sha3-224",
                Evp::Sha3_256 => "sha3-256",
                Evp::Sha3_384 => "sha3-384",
                Evp::Sha3_512 => "sha3-512",
                Evp::Shake128 => "shake128",
                Evp::Shake256 => "shake256",
            },
        }
    }

    /// Length of the digest in bytes; the default one where any is possible.
    pub fn size(self) -> usize {
        match self.0 {
            Kind::Blake2b512 => 64,
            Kind::Blake2s256 | Kind::Blake3 => 32,
            Kind::Md(md) => match md {
                Evp::Md4 | Evp::Md5 | Evp::Shake128 => 16,
                Evp::Ripemd160 | Evp::Sha1 => 20,
                Evp::Sha224 | Evp::Sha512_224 | Evp::Sha3_224 => 28,
                Evp::Sha256 | Evp::Sha512_256 | Evp::Sha3_256 | Evp::Shake256 => 32,
                Evp::Md5Sha1 => 36,
                Evp::Sha384 | Evp::Sha3_384 => 48,
                Evp::Sha512 | Evp::Sha3_512 => 64,
            },
        }
    }

    /// How many bytes it takes at a time, which HMAC depends on.
    pub fn block_size(self) -> usize {
        match self.0 {
            Kind::Blake2b512 => 128,
            Kind::Blake2s256 | Kind::Blake3 => 64,
            Kind::Md(md) => match md {
                Evp::Sha384 | Evp::Sha512 | Evp::Sha512_224 | Evp::Sha512_256 => 128,
                Evp::Sha3_224 => 144,
                Evp::Sha3_256 | Evp::Shake256 => 136,
                Evp::Sha3_384 => 104,
                Evp::Sha3_512 => 72,
                Evp::Shake128 => 168,
                Evp::Md4 | Evp::Md5 | Evp::Md5Sha1 | Evp::Ripemd160 => 64,
                Evp::Sha1 | Evp::Sha224 | Evp::Sha256 => 64,
            },
        }
    }

    /// Whether the digest can have any length (SHAKE and BLAKE3).
    pub fn is_xof(self) -> bool {
        matches!(
            self.0,
            Kind::Blake3 | Kind::Md(Evp::Shake128 | Evp::Shake256)
        )
    }

    /// libcrypto's own, where it is one of those.
    pub(crate) fn md(self) -> Option<Evp> {
        match self.0 {
            Kind::Md(md) => Some(md),
            _ => None,
        }
    }

    /// The length of the digest when `wanted` is asked for.
    ///
    /// # Errors
    /// When the algorithm has one length, and not this.
    pub fn output_length(self, wanted: Option<usize>) -> Result<usize> {
        match wanted {
            Some(wanted) if self.is_xof() || wanted == self.size() => Ok(wanted),
            None => Ok(self.size()),
            Some(wanted) => Err(Error::new(
                "ERR_OSSL_EVP_NOT_XOF_OR_INVALID_LENGTH",
                format!(
                    "outputLength is {wanted}, a digest of {} is {} bytes long",
                    self.name(),
                    self.size()
                ),
            )),
        }
    }
}

/// A digest under way.
#[derive(Clone)]
pub struct Hasher {
    algorithm: Algorithm,
    state: State,
}

#[derive(Clone)]
enum State {
    Md(Context),
    Blake2b(Box<blake2::Blake2b512>),
    Blake2s(Box<blake2::Blake2s256>),
    Blake3(Box<blake3::Hasher>),
}

impl Hasher {
    /// Begins a digest.
    pub fn new(algorithm: Algorithm) -> Hasher {
        let state = match algorithm.0 {
            Kind::Md(md) => State::Md(Context::new(md)),
            Kind::Blake2b512 => State::Blake2b(Box::default()),
            Kind::Blake2s256 => State::Blake2s(Box::default()),
            Kind::Blake3 => State::Blake3(Box::default()),
        };
        Hasher { algorithm, state }
    }

    /// What it computes.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Adds bytes to what is hashed.
    pub fn update(&mut self, data: &[u8]) {
        match &mut self.state {
            State::Md(context) => context.update(data),
            State::Blake2b(state) => state.update(data),
            State::Blake2s(state) => state.update(data),
            State::Blake3(state) => {
                state.update(data);
            }
        }
    }

    /// The digest, of the algorithm's usual length.
    pub fn finish(self) -> Vec<u8> {
        let size = self.algorithm.size();
        self.finish_length(size)
    }

    /// A digest of `length` bytes; of an algorithm with a fixed one it is cut off there.
    pub fn finish_length(mut self, length: usize) -> Vec<u8> {
        let mut out = Vec::with_capacity(length);
        match &mut self.state {
            State::Md(context) if self.algorithm.is_xof() => {
                out.resize(length, 0);
                context.finish_xof(&mut out);
            }
            State::Md(context) => context.finish(&mut out),
            State::Blake2b(state) => out.extend_from_slice(&state.as_ref().clone().finalize()),
            State::Blake2s(state) => out.extend_from_slice(&state.as_ref().clone().finalize()),
            State::Blake3(state) => {
                out.resize(length, 0);
                state.finalize_xof().fill(&mut out);
            }
        }
        out.truncate(length);
        out
    }

    /// Goes on as `other`, of the same algorithm, would, in the memory this one has.
    pub(crate) fn assign(&mut self, other: &Hasher) {
        match (&mut self.state, &other.state) {
            (State::Md(to), State::Md(from)) => to.assign(from),
            (to, from) => *to = from.clone(),
        }
        self.algorithm = other.algorithm;
    }

    /// Writes the digest of a fixed length, leaving the state to be [`assign`](Hasher::assign)ed.
    pub(crate) fn finish_into(&mut self, out: &mut Vec<u8>) {
        match &mut self.state {
            State::Md(context) if !self.algorithm.is_xof() => context.finish(out),
            _ => out.extend_from_slice(&self.clone().finish()),
        }
    }
}

impl fmt::Debug for Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hasher({})", self.algorithm.name())
    }
}

/// The digest of `data`.
pub fn digest(algorithm: Algorithm, data: &[u8]) -> Vec<u8> {
    let mut hasher = Hasher::new(algorithm);
    hasher.update(data);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoding::to_hex;
    use proptest::prelude::*;

    fn hex(name: &str, data: &[u8]) -> String {
        let algorithm = Algorithm::by_name(name.as_bytes()).expect(name);
        String::from_utf8(to_hex(&digest(algorithm, data))).unwrap()
    }

    #[test]
    fn names_of_every_form() {
        for (name, expected) in [
            ("SHA256", "sha256"),
            ("RSA-SHA256", "sha256"),
            ("sha-256", "sha256"),
            ("sha256WithRSAEncryption", "sha256"),
            ("SHA512/256", "sha512-256"),
            ("RSA-SHA512/224", "sha512-224"),
            ("id-rsassa-pkcs1-v1_5-with-sha3-384", "sha3-384"),
            ("ssl3-md5", "md5"),
            ("rmd160", "ripemd160"),
            ("BLAKE2b512", "blake2b512"),
        ] {
            let algorithm = Algorithm::by_name(name.as_bytes()).expect(name);
            assert_eq!(algorithm.name(), expected);
        }
        for name in [
            "",
            "sha",
            "sha257",
            "rsa",
            "sha256 ",
            "sha256\0",
            &"a".repeat(100),
        ] {
            assert_eq!(Algorithm::by_name(name.as_bytes()), None, "{name}");
        }
        for algorithm in Algorithm::all() {
            assert_eq!(
                Algorithm::by_name(algorithm.name().as_bytes()),
                Some(algorithm)
            );
        }
        assert!(Algorithm::all().map(Algorithm::name).is_sorted());
        for name in Algorithm::names() {
            assert!(Algorithm::by_name(name.as_bytes()).is_some(), "{name}");
        }
    }

    #[test]
    fn sizes_are_those_of_libcrypto() {
        for algorithm in Algorithm::all() {
            assert_eq!(digest(algorithm, b"").len(), algorithm.size());
            if let Some(md) = algorithm.md() {
                let (size, block) = crate::libcrypto::digest::sizes(md);
                assert_eq!(block, algorithm.block_size(), "{}", algorithm.name());
                assert!(algorithm.is_xof() || size == algorithm.size());
            }
        }
    }

    /// RFC 1321, RFC 7693 (appendices A and B), and what OpenSSL 3.0 says of the others.
    #[test]
    fn abc() {
        assert_eq!(hex("md5", b"abc"), "900150983cd24fb0d6963f7d28e17f72");
        assert_eq!(
            hex("ripemd160", b"abc"),
            "8eb208f7e05d987a9b044a8e98c6b087f15a0bfc"
        );
        assert_eq!(
            hex("blake2b512", b"abc"),
            "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1\
             7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923"
        );
        assert_eq!(
            hex("blake2s256", b"abc"),
            "508c5e8c327c14e2e1a72ba34eeb452f37458b209ed63a294d999b4c86675982"
        );
        assert_eq!(
            hex("blake3", b"abc"),
            "6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85"
        );
    }

    #[test]
    fn lengths_of_output() {
        let shake = Algorithm::by_name(b"shake128").unwrap();
        let long = {
            let mut hasher = Hasher::new(shake);
            hasher.update(b"abc");
            hasher.finish_length(500)
        };
        assert_eq!(digest(shake, b"abc"), long[..16]);
        assert_eq!(shake.output_length(Some(0)), Ok(0));
        let error = Algorithm::SHA256.output_length(Some(31)).unwrap_err();
        assert_eq!(
            error.reason,
            "outputLength is 31, a digest of sha256 is 32 bytes long"
        );
    }

    proptest! {
        #[test]
        fn any_pieces_give_the_same(pieces: Vec<Vec<u8>>) {
            let whole = pieces.concat();
            for algorithm in Algorithm::all() {
                let mut hasher = Hasher::new(algorithm);
                for piece in &pieces {
                    let copy = hasher.clone();
                    hasher.update(b"dead end");
                    hasher.assign(&copy);
                    hasher.update(piece);
                }
                prop_assert_eq!(hasher.finish(), digest(algorithm, &whole));
            }
        }
    }
}
