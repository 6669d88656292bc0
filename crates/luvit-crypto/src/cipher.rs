//! Symmetric ciphers: AES in its modes, ChaCha20-Poly1305 and triple DES.

use std::fmt;

use crate::libcrypto::cipher::{Context, Evp, Mode as Aes};
use crate::{Error, Result};

/// A cipher with the length of its key and its mode.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Cipher(Evp);

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
        }
    }

    /// Whether a message has a tag that proves that nobody changed it.
    pub fn is_authenticated(self) -> bool {
        matches!(self, Mode::Gcm | Mode::Ccm | Mode::Stream)
    }
}

/// The modes of AES in alphabetical order, with the names they have behind the key's length.
const AES_MODES: [(&str, Aes); 8] = [
    ("cbc", Aes::Cbc),
    ("ccm", Aes::Ccm),
    ("cfb", Aes::Cfb),
    ("cfb8", Aes::Cfb8),
    ("ctr", Aes::Ctr),
    ("ecb", Aes::Ecb),
    ("gcm", Aes::Gcm),
    ("ofb", Aes::Ofb),
];

impl Cipher {
    /// Every cipher once, in alphabetical order.
    pub fn all() -> impl Iterator<Item = Cipher> {
        [Evp::Aes128, Evp::Aes192, Evp::Aes256]
            .into_iter()
            .flat_map(|aes| AES_MODES.map(|(_, mode)| aes(mode)))
            .chain([Evp::ChaCha20Poly1305, Evp::DesEde3, Evp::DesEde3Cbc])
            .map(Cipher)
    }

    /// The cipher that `name` means, in either case: `aes-128-cbc`; also by OpenSSL's other names
    /// of it: `AES256`, `id-aes128-GCM`, `aes-128-cfb128`, `des3`.
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
        Some(Cipher(evp))
    }

    fn aes(self) -> Option<(u32, Aes)> {
        match self.0 {
            Evp::Aes128(mode) => Some((128, mode)),
            Evp::Aes192(mode) => Some((192, mode)),
            Evp::Aes256(mode) => Some((256, mode)),
            _ => None,
        }
    }

    /// Its name in lower case, as node lists it.
    pub fn name(self) -> String {
        match self.aes() {
            Some((bits, mode)) => {
                let name = AES_MODES.iter().find(|(_, other)| *other == mode);
                format!("aes-{bits}-{}", name.map_or("", |(name, _)| name))
            }
            None => match self.0 {
                Evp::DesEde3 => "des-ede3",
                Evp::DesEde3Cbc => "des-ede3-cbc",
                _ => "chacha20-poly1305",
            }
            .into(),
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
                Aes::Cfb | Aes::Cfb8 => Mode::Cfb,
                Aes::Gcm => Mode::Gcm,
                Aes::Ccm => Mode::Ccm,
            },
            (Evp::DesEde3, _) => Mode::Ecb,
            (Evp::DesEde3Cbc, _) => Mode::Cbc,
            _ => Mode::Stream,
        }
    }

    /// Length of its key in bytes.
    pub fn key_size(self) -> usize {
        match self.aes() {
            Some((bits, _)) => bits as usize / 8,
            None if self.0 == Evp::ChaCha20Poly1305 => 32,
            None => 24,
        }
    }

    /// Usual length of its initialization vector in bytes; 0 where there is none.
    pub fn iv_size(self) -> usize {
        match (self.mode(), self.aes()) {
            (Mode::Ecb, _) => 0,
            (Mode::Gcm | Mode::Ccm | Mode::Stream, _) => 12,
            (_, Some(_)) => 16,
            _ => 8,
        }
    }

    /// How many bytes it takes at a time: 1 where any number will do.
    pub fn block_size(self) -> usize {
        match (self.mode(), self.aes()) {
            (Mode::Ecb | Mode::Cbc, Some(_)) => 16,
            (Mode::Ecb | Mode::Cbc, None) => 8,
            _ => 1,
        }
    }

    /// OpenSSL's number of it.
    pub fn nid(self) -> u32 {
        let Some((bits, mode)) = self.aes() else {
            return match self.0 {
                Evp::DesEde3 => 33,
                Evp::DesEde3Cbc => 44,
                _ => 1018,
            };
        };
        let step = (bits - 128) / 64;
        match mode {
            Aes::Ecb => 418 + 4 * step,
            Aes::Cbc => 419 + 4 * step,
            Aes::Ofb => 420 + 4 * step,
            Aes::Cfb => 421 + 4 * step,
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

/// A message that is encrypted or decrypted, piece by piece.
pub struct Crypter {
    cipher: Cipher,
    context: Context,
    encrypt: bool,
    stage: Stage,
    tag_size: usize,
    /// Of a message that is decrypted, the tag it came with; of one that was encrypted, its own.
    tag: Option<Vec<u8>>,
    /// Of CCM, which wants it behind the length of the message.
    associated: Vec<u8>,
    /// CCM found the message not authentic: said at its end.
    broken: bool,
    /// How many bytes came.
    taken: u64,
}

#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Begun,
    Data,
    Finished,
}

/// A method was called too early or too late.
fn state(reason: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new("ERR_CRYPTO_INVALID_STATE", reason)
}

fn not_authentic() -> Error {
    Error::new(
        "ERR_CRYPTO_AUTHENTICATION_FAILED",
        "unable to authenticate data: the key, the iv, the tag or the data is not what it was",
    )
}

impl Crypter {
    /// Begins a message. `tag_size` is that of the tag in bytes, for ciphers that have one.
    ///
    /// # Errors
    /// When key, vector or tag have a length that the cipher does not take.
    pub fn new(
        cipher: Cipher,
        encrypt: bool,
        key: &[u8],
        iv: &[u8],
        tag_size: Option<usize>,
    ) -> Result<Crypter> {
        cipher.check_key(key.len())?;
        cipher.check_iv(iv.len())?;
        let tag_size = cipher.tag_size(tag_size)?;
        let mode = cipher.mode();
        let context = Context::new(
            cipher.0,
            key,
            iv,
            encrypt,
            mode.is_authenticated(),
            (mode == Mode::Ccm).then_some(tag_size),
        )
        .map_err(|_| Error::internal("EVP_CipherInit_ex"))?;
        Ok(Crypter {
            cipher,
            context,
            encrypt,
            stage: Stage::Begun,
            tag_size,
            tag: None,
            associated: Vec::new(),
            broken: false,
            taken: 0,
        })
    }

    /// What it computes.
    pub fn cipher(&self) -> Cipher {
        self.cipher
    }

    /// Adds data that is authenticated but not encrypted.
    ///
    /// # Errors
    /// After the first data, or when the cipher does not authenticate.
    pub fn set_associated(&mut self, data: &[u8]) -> Result<()> {
        if !self.cipher.mode().is_authenticated() {
            return Err(state(format!(
                "{} authenticates nothing: it has no additional data",
                self.cipher.name()
            )));
        }
        if self.stage != Stage::Begun {
            return Err(state("additional data has to be given before the message"));
        }
        if self.cipher.mode() == Mode::Ccm {
            self.associated.extend_from_slice(data);
            return Ok(());
        }
        self.context
            .associated(data)
            .map_err(|_| Error::internal("EVP_CipherUpdate"))
    }

    /// The tag that came with a message that is decrypted.
    ///
    /// # Errors
    /// When it is too late, there is one already, or its length is not the expected one.
    pub fn set_tag(&mut self, tag: &[u8]) -> Result<()> {
        if self.encrypt || !self.cipher.mode().is_authenticated() {
            return Err(state(
                "only decryption with an authenticating cipher takes a tag",
            ));
        }
        if self.stage == Stage::Finished || self.tag.is_some() {
            return Err(state(
                "the tag has to be given once, before the message ends",
            ));
        }
        if self.cipher.mode() == Mode::Ccm && self.stage != Stage::Begun {
            return Err(state("CCM needs the tag before the message"));
        }
        if tag.len() != self.tag_size {
            return Err(Error::new(
                "ERR_CRYPTO_INVALID_AUTH_TAG",
                format!(
                    "tag is {} bytes, {} takes {} here (authTagLength)",
                    tag.len(),
                    self.cipher.name(),
                    self.tag_size
                ),
            ));
        }
        self.context
            .set_tag(tag)
            .map_err(|_| Error::internal("EVP_CTRL_AEAD_SET_TAG"))?;
        self.tag = Some(tag.to_vec());
        Ok(())
    }

    /// The tag of a message that was encrypted.
    ///
    /// # Errors
    /// Before its end, and of ciphers that have none.
    pub fn tag(&self) -> Result<&[u8]> {
        match &self.tag {
            Some(tag) if self.encrypt => Ok(tag),
            _ if !self.encrypt || !self.cipher.mode().is_authenticated() => Err(state(
                "only encryption with an authenticating cipher makes a tag",
            )),
            _ => Err(state("there is a tag once the message has ended")),
        }
    }

    /// Whether the last block is filled up (PKCS #7) and the filling removed again, as it is by
    /// default; without it, messages are whole blocks.
    ///
    /// # Errors
    /// After the end; where a last block was kept back already, also after the first data.
    pub fn set_padding(&mut self, padding: bool) -> Result<()> {
        if self.stage == Stage::Finished || self.stage == Stage::Data && !self.encrypt {
            return Err(state("padding has to be chosen before the message"));
        }
        self.context.set_padding(padding);
        Ok(())
    }

    /// Appends to `out` what becomes of `input`.
    ///
    /// # Errors
    /// After the end; for CCM, after other data and for messages too long for its vector.
    pub fn update(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<()> {
        if self.stage == Stage::Finished {
            return Err(state("the message has ended"));
        }
        if self.cipher.mode() == Mode::Ccm {
            return self.update_ccm(input, out);
        }
        self.stage = Stage::Data;
        self.taken += input.len() as u64;
        self.context
            .update(input, out, false)
            .map_err(|_| Error::internal("EVP_CipherUpdate"))
    }

    fn update_ccm(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<()> {
        if self.stage != Stage::Begun {
            return Err(state("CCM takes the whole message in one update"));
        }
        if !self.encrypt && self.tag.is_none() {
            return Err(state("CCM needs the tag before the message"));
        }
        self.stage = Stage::Data;
        let start = out.len();
        let associated = std::mem::take(&mut self.associated);
        let begun = self.context.message_length(input.len()).and_then(|()| {
            if associated.is_empty() {
                return Ok(());
            }
            self.context.associated(&associated)
        });
        if begun.is_err() {
            return Err(Error::internal("EVP_CipherUpdate"));
        }
        if self.context.update(input, out, true).is_ok() {
            return Ok(());
        }
        out.truncate(start);
        if self.encrypt {
            return Err(Error::new(
                "ERR_CRYPTO_INVALID_MESSAGELEN",
                "the message is too long for CCM with an iv of this length",
            ));
        }
        self.broken = true;
        Ok(())
    }

    /// Ends the message: appends what is left to `out`.
    ///
    /// # Errors
    /// When it is not authentic, its padding is wrong, or it is not whole blocks.
    pub fn finish(&mut self, out: &mut Vec<u8>) -> Result<()> {
        if self.stage == Stage::Finished {
            return Err(state("the message has ended"));
        }
        let mode = self.cipher.mode();
        if mode.is_authenticated() && !self.encrypt && self.tag.is_none() {
            self.stage = Stage::Finished;
            return Err(Error::new(
                "ERR_CRYPTO_AUTHENTICATION_FAILED",
                "unable to authenticate data: setAuthTag was not called",
            ));
        }
        if mode == Mode::Ccm && self.stage == Stage::Begun {
            self.update_ccm(b"", out)?;
        }
        self.stage = Stage::Finished;
        if self.broken {
            return Err(not_authentic());
        }
        if mode != Mode::Ccm {
            let start = out.len();
            if self.context.finish(out).is_err() {
                out.truncate(start);
                return Err(self.failure());
            }
        }
        if mode.is_authenticated() && self.encrypt {
            let tag = self.context.tag(self.tag_size);
            self.tag = Some(tag.map_err(|_| Error::internal("EVP_CTRL_AEAD_GET_TAG"))?);
        }
        Ok(())
    }

    /// Why the end of the message was refused.
    fn failure(&self) -> Error {
        if self.cipher.mode().is_authenticated() {
            not_authentic()
        } else if self.encrypt {
            Error::new(
                "ERR_OSSL_WRONG_FINAL_BLOCK_LENGTH",
                format!(
                    "the message is not a multiple of {} bytes, and padding is off",
                    self.cipher.block_size()
                ),
            )
        } else if self.taken == 0 || !self.taken.is_multiple_of(self.cipher.block_size() as u64) {
            Error::new(
                "ERR_OSSL_WRONG_FINAL_BLOCK_LENGTH",
                format!(
                    "the encrypted message is {} bytes, it must be whole blocks of {}, and one at least",
                    self.taken,
                    self.cipher.block_size()
                ),
            )
        } else {
            Error::new(
                "ERR_OSSL_BAD_DECRYPT",
                "bad decrypt: the key, the iv or the data is not what it was",
            )
        }
    }
}

impl fmt::Debug for Crypter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let direction = if self.encrypt { "encrypt" } else { "decrypt" };
        write!(f, "Crypter({}, {direction})", self.cipher.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn begin(cipher: Cipher, encrypt: bool) -> Crypter {
        let key: Vec<u8> = (0..cipher.key_size() as u8).collect();
        let iv: Vec<u8> = (0..cipher.iv_size() as u8).collect();
        Crypter::new(cipher, encrypt, &key, &iv, Some(16)).unwrap()
    }

    fn by_name(name: &str) -> Cipher {
        Cipher::by_name(name.as_bytes()).expect(name)
    }

    #[test]
    fn names() {
        for cipher in Cipher::all() {
            assert_eq!(Cipher::by_name(cipher.name().as_bytes()), Some(cipher));
        }
        assert!(Cipher::all().map(Cipher::name).is_sorted());
        for (name, expected) in [
            ("AES-128-CBC", "aes-128-cbc"),
            ("aes256", "aes-256-cbc"),
            ("id-aes192-GCM", "aes-192-gcm"),
            ("aes-128-cfb128", "aes-128-cfb"),
            ("des3", "des-ede3-cbc"),
        ] {
            assert_eq!(by_name(name).name(), expected);
        }
        for name in [
            "",
            "aes",
            "aes-128",
            "aes-127-cbc",
            "aes-128-xyz",
            "rc4",
            "-",
            "id-",
            "\u{fe}",
        ] {
            assert_eq!(Cipher::by_name(name.as_bytes()), None, "{name}");
        }
    }

    #[test]
    fn lengths_that_are_wrong_are_said() {
        let cbc = by_name("aes-128-cbc");
        let reason = |result: Result<Crypter>| result.unwrap_err().reason.into_owned();
        assert_eq!(
            reason(Crypter::new(cbc, true, &[0; 10], &[0; 16], None)),
            "key is 10 bytes, aes-128-cbc takes 16"
        );
        assert_eq!(
            reason(Crypter::new(cbc, true, &[0; 16], &[0; 12], None)),
            "iv is 12 bytes, aes-128-cbc takes 16"
        );
        let gcm = by_name("aes-256-gcm");
        assert_eq!(
            reason(Crypter::new(gcm, true, &[0; 32], &[], None)),
            "iv is 0 bytes, aes-256-gcm takes at least 1, and 12 at best"
        );
        assert_eq!(
            reason(Crypter::new(gcm, true, &[0; 32], &[0; 12], Some(5))),
            "authTagLength is 5, tags of aes-256-gcm are 4, 8 and 12 to 16 bytes long"
        );
        let mut short = Crypter::new(gcm, false, &[0; 32], &[0; 12], None).unwrap();
        assert_eq!(
            short.set_tag(&[0; 4]).unwrap_err().reason,
            "tag is 4 bytes, aes-256-gcm takes 16 here (authTagLength)"
        );
    }

    #[test]
    fn steps_out_of_order_are_refused() {
        for cipher in Cipher::all() {
            let mut crypter = begin(cipher, true);
            let mut out = Vec::new();
            crypter.update(b"0123456789abcdef", &mut out).unwrap();
            let code = |result: Result<()>| result.unwrap_err().code;
            assert_eq!(
                code(crypter.set_associated(b"")),
                "ERR_CRYPTO_INVALID_STATE"
            );
            assert_eq!(code(crypter.set_tag(&[0; 16])), "ERR_CRYPTO_INVALID_STATE");
            assert_eq!(crypter.tag().unwrap_err().code, "ERR_CRYPTO_INVALID_STATE");
            crypter.finish(&mut out).unwrap();
            assert_eq!(crypter.tag().is_ok(), cipher.mode().is_authenticated());
            assert_eq!(code(crypter.finish(&mut out)), "ERR_CRYPTO_INVALID_STATE");
            assert_eq!(
                code(crypter.update(b"", &mut out)),
                "ERR_CRYPTO_INVALID_STATE"
            );
            assert_eq!(code(crypter.set_padding(true)), "ERR_CRYPTO_INVALID_STATE");
        }
    }

    #[test]
    fn without_a_tag_nothing_is_authentic() {
        for cipher in Cipher::all().filter(|cipher| cipher.mode().is_authenticated()) {
            let mut crypter = begin(cipher, false);
            let error = crypter.finish(&mut Vec::new()).unwrap_err();
            assert_eq!(error.code, "ERR_CRYPTO_AUTHENTICATION_FAILED");
        }
    }

    #[test]
    fn padding() {
        let cipher = by_name("aes-128-cbc");
        let mut out = Vec::new();
        let mut crypter = begin(cipher, true);
        crypter.set_padding(false).unwrap();
        crypter.update(b"short", &mut out).unwrap();
        let error = crypter.finish(&mut out).unwrap_err();
        assert_eq!(error.code, "ERR_OSSL_WRONG_FINAL_BLOCK_LENGTH");
        // Not whole blocks, nothing at all, and a block that decrypts to no padding.
        let length = "ERR_OSSL_WRONG_FINAL_BLOCK_LENGTH";
        for (data, code) in [
            (&[0u8; 15][..], length),
            (b"", length),
            (&[0; 16], "ERR_OSSL_BAD_DECRYPT"),
        ] {
            let mut crypter = begin(cipher, false);
            crypter.update(data, &mut out).unwrap();
            let error = crypter.finish(&mut out).unwrap_err();
            assert_eq!(error.code, code);
        }
    }

    #[test]
    fn ccm_has_a_longest_message() {
        let cipher = by_name("aes-128-ccm");
        let mut crypter = Crypter::new(cipher, true, &[0; 16], &[0; 13], Some(8)).unwrap();
        let mut out = Vec::new();
        let error = crypter.update(&[0; 65536], &mut out).unwrap_err();
        assert_eq!(error.code, "ERR_CRYPTO_INVALID_MESSAGELEN");
        assert!(out.is_empty());
    }

    proptest! {
        #[test]
        fn pieces_go_there_and_back(pieces: Vec<Vec<u8>>, associated: Vec<u8>, flip: usize) {
            let whole = pieces.concat();
            for cipher in Cipher::all() {
                let mode = cipher.mode();
                let pieces = if mode == Mode::Ccm { vec![whole.clone()] } else { pieces.clone() };
                let mut one = Vec::new();
                let mut crypter = begin(cipher, true);
                if mode.is_authenticated() {
                    crypter.set_associated(&associated).unwrap();
                }
                crypter.update(&whole, &mut one).unwrap();
                crypter.finish(&mut one).unwrap();

                let mut many = Vec::new();
                let mut crypter = begin(cipher, true);
                if mode.is_authenticated() {
                    crypter.set_associated(&associated).unwrap();
                }
                for piece in &pieces {
                    crypter.update(piece, &mut many).unwrap();
                }
                crypter.finish(&mut many).unwrap();
                prop_assert_eq!(&one, &many);

                let decrypt = |data: &[u8]| {
                    let mut back = Vec::new();
                    let mut decrypter = begin(cipher, false);
                    if mode.is_authenticated() {
                        decrypter.set_associated(&associated).unwrap();
                        decrypter.set_tag(crypter.tag().unwrap()).unwrap();
                    }
                    if mode == Mode::Ccm {
                        decrypter.update(data, &mut back).unwrap();
                    } else {
                        for piece in data.chunks(7) {
                            decrypter.update(piece, &mut back).unwrap();
                        }
                    }
                    decrypter.finish(&mut back).map(|()| back)
                };
                prop_assert_eq!(decrypt(&one), Ok(whole.clone()));
                if mode.is_authenticated() && !one.is_empty() {
                    let at = flip % one.len();
                    one[at] ^= 1;
                    prop_assert_eq!(decrypt(&one).unwrap_err().code, "ERR_CRYPTO_AUTHENTICATION_FAILED");
                }
            }
        }
    }
}
