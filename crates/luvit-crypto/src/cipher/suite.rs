//! The ciphers there are: their names, and the lengths they take.

use crate::libcrypto::cipher::{Evp, Mode as Aes};
use crate::{Error, Result};

/// A cipher with the length of its key and its mode.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Cipher(pub(super) Kind);

/// What computes it.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Evp(Evp),
    /// AES key wrap with a key of so many bits; `padded` is RFC 5649, else RFC 3394.
    Wrap {
        bits: u32,
        padded: bool,
    },
}

/// How the blocks of a message depend on each other.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Each block for itself: who sees the result sees which blocks are equal.
    Ecb,
    /// Each block depends on those before it.
    Cbc,
    /// A stream of key that is made of a counter.
    Ctr,
    /// A stream of key that is made of itself.
    Ofb,
    /// A stream of key that is made of the result.
    Cfb,
    /// Galois/counter mode: authenticated.
    Gcm,
    /// Counter with CBC-MAC: authenticated, and needs the whole message at once.
    Ccm,
    /// A stream cipher with a code: authenticated (ChaCha20-Poly1305).
    Stream,
    /// A key is wrapped as a whole, and found changed when it is unwrapped (RFC 3394, RFC 5649).
    Wrap,
}

impl Mode {
    /// Its name in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Mode::Ecb => "ecb",
            Mode::Cbc => "cbc",
            Mode::Ctr => "ctr",
            Mode::Ofb => "ofb",
            Mode::Cfb => "cfb",
            Mode::Gcm => "gcm",
            Mode::Ccm => "ccm",
            Mode::Stream => "stream",
            Mode::Wrap => "wrap",
        }
    }

    /// Whether a message has a tag that proves that nobody changed it.
    pub fn is_authenticated(self) -> bool {
        matches!(self, Mode::Gcm | Mode::Ccm | Mode::Stream)
    }
}

/// The modes of AES in alphabetical order, with the names they have behind the key's length.
const AES_MODES: [(&str, Aes); 9] = [
    ("cbc", Aes::Cbc),
    ("ccm", Aes::Ccm),
    ("cfb", Aes::Cfb),
    ("cfb1", Aes::Cfb1),
    ("cfb8", Aes::Cfb8),
    ("ctr", Aes::Ctr),
    ("ecb", Aes::Ecb),
    ("gcm", Aes::Gcm),
    ("ofb", Aes::Ofb),
];

/// OpenSSL's other names of them that node lists too, in alphabetical order.
const ALIASES: [&str; 13] = [
    "aes128",
    "aes128-wrap",
    "aes192",
    "aes192-wrap",
    "aes256",
    "aes256-wrap",
    "des3",
    "id-aes128-CCM",
    "id-aes128-GCM",
    "id-aes192-CCM",
    "id-aes192-GCM",
    "id-aes256-CCM",
    "id-aes256-GCM",
];

impl Cipher {
    /// Every cipher once, in alphabetical order.
    pub fn all() -> impl Iterator<Item = Cipher> {
        let wrap = [128, 192, 256]
            .into_iter()
            .flat_map(|bits| [false, true].map(|padded| Kind::Wrap { bits, padded }));
        [Evp::Aes128, Evp::Aes192, Evp::Aes256]
            .into_iter()
            .flat_map(|aes| AES_MODES.map(|(_, mode)| aes(mode)))
            .chain([Evp::ChaCha20Poly1305, Evp::DesEde3, Evp::DesEde3Cbc])
            .map(Kind::Evp)
            .chain(wrap)
            .map(Cipher)
    }

    /// The names of all ciphers in alphabetical order, with those that some have beside their own.
    pub fn names() -> Vec<String> {
        let mut names: Vec<String> = Cipher::all().map(Cipher::name).collect();
        names.extend(ALIASES.map(str::to_owned));
        names.sort_unstable();
        names
    }

    /// The cipher that `name` means, in either case: `aes-128-cbc`; also by OpenSSL's other names
    /// of it: `AES256`, `id-aes128-GCM`, `aes-128-cfb128`, `des3`, `aes128-wrap`.
    pub fn by_name(name: &[u8]) -> Option<Cipher> {
        let name = std::str::from_utf8(name).ok()?;
        if name.len() > 32 {
            return None;
        }
        let name = name.to_ascii_lowercase();
        let evp = match name.as_str() {
            "chacha20-poly1305" => Evp::ChaCha20Poly1305,
            "des-ede3" | "des-ede3-ecb" => Evp::DesEde3,
            "des-ede3-cbc" | "des3" => Evp::DesEde3Cbc,
            "aes128" => Evp::Aes128(Aes::Cbc),
            "aes192" => Evp::Aes192(Aes::Cbc),
            "aes256" => Evp::Aes256(Aes::Cbc),
            name => {
                let name = name.strip_prefix("id-").unwrap_or(name);
                let rest = name.strip_prefix("aes")?;
                let rest = rest.strip_prefix('-').unwrap_or(rest);
                let (bits, mode) = rest.split_once('-')?;
                if let Some(pad) = mode.strip_prefix("wrap") {
                    let bits = bits.parse().ok().filter(|b| matches!(b, 128 | 192 | 256))?;
                    return match pad {
                        "" | "-pad" => Some(Cipher(Kind::Wrap {
                            bits,
                            padded: !pad.is_empty(),
                        })),
                        _ => None,
                    };
                }
                let mode = if mode == "cfb128" { "cfb" } else { mode };
                let (_, mode) = AES_MODES.into_iter().find(|(name, _)| *name == mode)?;
                match bits {
                    "128" => Evp::Aes128(mode),
                    "192" => Evp::Aes192(mode),
                    "256" => Evp::Aes256(mode),
                    _ => return None,
                }
            }
        };
        Some(Cipher(Kind::Evp(evp)))
    }

    /// The bits of AES' key and the mode, of what is AES in a mode.
    fn aes(self) -> Option<(u32, Aes)> {
        match self.0 {
            Kind::Evp(Evp::Aes128(mode)) => Some((128, mode)),
            Kind::Evp(Evp::Aes192(mode)) => Some((192, mode)),
            Kind::Evp(Evp::Aes256(mode)) => Some((256, mode)),
            _ => None,
        }
    }

    /// Its name in lower case, as node lists it.
    pub fn name(self) -> String {
        match (self.0, self.aes()) {
            (_, Some((bits, mode))) => {
                let name = AES_MODES.iter().find(|(_, other)| *other == mode);
                format!("aes-{bits}-{}", name.map_or("", |(name, _)| name))
            }
            (Kind::Wrap { bits, padded }, _) => {
                format!("id-aes{bits}-wrap{}", if padded { "-pad" } else { "" })
            }
            (Kind::Evp(Evp::DesEde3), _) => "des-ede3".into(),
            (Kind::Evp(Evp::DesEde3Cbc), _) => "des-ede3-cbc".into(),
            _ => "chacha20-poly1305".into(),
        }
    }

    /// How its blocks depend on each other.
    pub fn mode(self) -> Mode {
        match (self.0, self.aes()) {
            (_, Some((_, mode))) => match mode {
                Aes::Ecb => Mode::Ecb,
                Aes::Cbc => Mode::Cbc,
                Aes::Ctr => Mode::Ctr,
                Aes::Ofb => Mode::Ofb,
                Aes::Cfb | Aes::Cfb1 | Aes::Cfb8 => Mode::Cfb,
                Aes::Gcm => Mode::Gcm,
                Aes::Ccm => Mode::Ccm,
            },
            (Kind::Wrap { .. }, _) => Mode::Wrap,
            (Kind::Evp(Evp::DesEde3), _) => Mode::Ecb,
            (Kind::Evp(Evp::DesEde3Cbc), _) => Mode::Cbc,
            _ => Mode::Stream,
        }
    }

    /// Length of its key in bytes.
    pub fn key_size(self) -> usize {
        match (self.0, self.aes()) {
            (_, Some((bits, _))) | (Kind::Wrap { bits, .. }, _) => bits as usize / 8,
            (Kind::Evp(Evp::ChaCha20Poly1305), _) => 32,
            _ => 24,
        }
    }

    /// Usual length of its initialization vector in bytes; 0 where there is none.
    pub fn iv_size(self) -> usize {
        match (self.mode(), self.aes()) {
            (Mode::Ecb, _) => 0,
            (Mode::Gcm | Mode::Ccm | Mode::Stream, _) => 12,
            (Mode::Wrap, _) if self.is_padded_wrap() => 4,
            (_, Some(_)) => 16,
            _ => 8,
        }
    }

    fn is_padded_wrap(self) -> bool {
        matches!(self.0, Kind::Wrap { padded: true, .. })
    }

    /// How many bytes it takes at a time: 1 where any number will do.
    pub fn block_size(self) -> usize {
        match (self.mode(), self.aes()) {
            (Mode::Ecb | Mode::Cbc, Some(_)) => 16,
            (Mode::Ecb | Mode::Cbc | Mode::Wrap, None) => 8,
            _ => 1,
        }
    }

    /// OpenSSL's number of it.
    pub fn nid(self) -> u32 {
        let Some((bits, mode)) = self.aes() else {
            return match self.0 {
                Kind::Wrap { bits, padded } => {
                    let step = (bits - 128) / 64;
                    if padded { 897 + 3 * step } else { 788 + step }
                }
                Kind::Evp(Evp::DesEde3) => 33,
                Kind::Evp(Evp::DesEde3Cbc) => 44,
                _ => 1018,
            };
        };
        let step = (bits - 128) / 64;
        match mode {
            Aes::Ecb => 418 + 4 * step,
            Aes::Cbc => 419 + 4 * step,
            Aes::Ofb => 420 + 4 * step,
            Aes::Cfb => 421 + 4 * step,
            Aes::Cfb1 => 650 + step,
            Aes::Cfb8 => 653 + step,
            Aes::Gcm => 895 + 3 * step,
            Aes::Ccm => 896 + 3 * step,
            Aes::Ctr => 904 + step,
        }
    }

    /// # Errors
    /// When a key of `length` bytes is not one of this cipher.
    pub fn check_key(self, length: usize) -> Result<()> {
        if length == self.key_size() {
            return Ok(());
        }
        Err(Error::new(
            "ERR_CRYPTO_INVALID_KEYLEN",
            format!(
                "key is {length} bytes, {} takes {}",
                self.name(),
                self.key_size()
            ),
        ))
    }

    /// # Errors
    /// When an initialization vector of `length` bytes is not one of this cipher.
    pub fn check_iv(self, length: usize) -> Result<()> {
        let (possible, takes) = match self.mode() {
            Mode::Gcm => (length > 0, "at least 1, and 12 at best".to_owned()),
            Mode::Ccm => ((7..=13).contains(&length), "7 to 13".to_owned()),
            Mode::Ecb => (length == 0, "none".to_owned()),
            _ => (length == self.iv_size(), self.iv_size().to_string()),
        };
        if possible {
            return Ok(());
        }
        Err(Error::new(
            "ERR_CRYPTO_INVALID_IV",
            format!("iv is {length} bytes, {} takes {takes}", self.name()),
        ))
    }

    /// The length of the tags that `wanted` asks for, in bytes; 0 for a cipher without.
    ///
    /// # Errors
    /// When there are no tags of that length, or one has to be chosen.
    pub fn tag_size(self, wanted: Option<usize>) -> Result<usize> {
        let fail = |reason| Err(Error::new("ERR_CRYPTO_INVALID_AUTH_TAG", reason));
        let (possible, takes) = match (self.mode(), wanted) {
            (Mode::Gcm | Mode::Stream, None) => return Ok(16),
            (Mode::Ccm, None) => {
                return fail(format!("authTagLength is required for {}", self.name()));
            }
            (Mode::Gcm, Some(length)) => {
                (matches!(length, 4 | 8 | 12..=16), "4, 8 and 12 to 16 bytes")
            }
            (Mode::Ccm, Some(length)) => (
                (4..=16).contains(&length) && length % 2 == 0,
                "4, 6, 8, 10, 12, 14 and 16 bytes",
            ),
            (Mode::Stream, Some(length)) => ((1..=16).contains(&length), "1 to 16 bytes"),
            // As in node, the option means nothing there.
            _ => return Ok(0),
        };
        match wanted {
            Some(length) if possible => Ok(length),
            wanted => fail(format!(
                "authTagLength is {}, tags of {} are {takes} long",
                wanted.unwrap_or(0),
                self.name()
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for cipher in Cipher::all() {
            assert_eq!(Cipher::by_name(cipher.name().as_bytes()), Some(cipher));
        }
        assert!(Cipher::all().map(Cipher::name).is_sorted());
        for name in Cipher::names() {
            assert!(Cipher::by_name(name.as_bytes()).is_some(), "{name}");
        }
        for (name, expected) in [
            ("AES-128-CBC", "aes-128-cbc"),
            ("aes256", "aes-256-cbc"),
            ("id-aes192-GCM", "aes-192-gcm"),
            ("aes-128-cfb128", "aes-128-cfb"),
            ("aes128-wrap", "id-aes128-wrap"),
            ("id-aes256-wrap-pad", "id-aes256-wrap-pad"),
            ("des3", "des-ede3-cbc"),
        ] {
            let cipher = Cipher::by_name(name.as_bytes()).expect(name);
            assert_eq!(cipher.name(), expected);
        }
        for name in [
            "",
            "aes",
            "aes-128",
            "aes-127-cbc",
            "aes-128-xyz",
            "aes-129-wrap",
            "aes-128-wrapper",
            "rc4",
            "-",
            "id-",
            "\u{fe}",
        ] {
            assert_eq!(Cipher::by_name(name.as_bytes()), None, "{name}");
        }
    }
}
