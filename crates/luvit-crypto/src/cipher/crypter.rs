//! A message under way.

use std::fmt;

use super::suite::{Cipher, Kind, Mode};
use super::wrap::Wrapper;
use crate::libcrypto::cipher::Context;
use crate::{Error, Result};

/// A message that is encrypted or decrypted, piece by piece.
pub struct Crypter {
    cipher: Cipher,
    engine: Engine,
    encrypt: bool,
    stage: Stage,
    tag_size: usize,
    /// Of a message that is decrypted, the tag it came with; of one that was encrypted, its own.
    tag: Option<Vec<u8>>,
    /// Of CCM, which wants it behind the length of the message.
    associated: Vec<u8>,
    /// How long the message of CCM was said to be.
    announced: Option<u64>,
    /// CCM found the message not authentic: said at its end.
    broken: bool,
    /// How many bytes came.
    taken: u64,
}

/// What does the work.
enum Engine {
    Evp(Context),
    Wrap(Wrapper),
}

impl Engine {
    /// The context, of every cipher but key wrap, which has no tag, no padding and no pieces.
    fn context(&mut self) -> Result<&mut Context> {
        match self {
            Engine::Evp(context) => Ok(context),
            Engine::Wrap(_) => Err(state("a key is wrapped as a whole")),
        }
    }
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
        let engine = match cipher.0 {
            Kind::Wrap { padded, .. } => Engine::Wrap(Wrapper::new(key, iv, encrypt, padded)?),
            Kind::Evp(evp) => Engine::Evp(
                Context::new(
                    evp,
                    key,
                    iv,
                    encrypt,
                    mode.is_authenticated(),
                    (mode == Mode::Ccm).then_some(tag_size),
                )
                .map_err(|_| Error::internal("EVP_CipherInit_ex"))?,
            ),
        };
        Ok(Crypter {
            cipher,
            engine,
            encrypt,
            stage: Stage::Begun,
            tag_size,
            tag: None,
            associated: Vec::new(),
            announced: None,
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
        self.engine
            .context()?
            .associated(data)
            .map_err(|_| Error::internal("EVP_CipherUpdate"))
    }

    /// Says how long the message will be. Only CCM cares: another length is an error there.
    pub fn announce(&mut self, length: u64) {
        self.announced = Some(length);
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
        self.engine
            .context()?
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
        // Key wrap is not changed by it.
        if let Engine::Evp(context) = &mut self.engine {
            context.set_padding(padding);
        }
        Ok(())
    }

    /// Appends to `out` what becomes of `input`.
    ///
    /// # Errors
    /// After the end; for CCM, after other data and for messages too long for its vector; for key
    /// wrap, when the key is not one that can be wrapped, or is found changed.
    pub fn update(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<()> {
        if self.stage == Stage::Finished {
            return Err(state("the message has ended"));
        }
        if self.cipher.mode() == Mode::Ccm {
            return self.update_ccm(input, out);
        }
        self.stage = Stage::Data;
        self.taken += input.len() as u64;
        match &mut self.engine {
            Engine::Evp(context) => context
                .update(input, out, false)
                .map_err(|_| Error::internal("EVP_CipherUpdate")),
            Engine::Wrap(wrapper) => wrapper.convert(input, out),
        }
    }

    fn update_ccm(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<()> {
        if self.stage != Stage::Begun {
            return Err(state("CCM takes the whole message in one update"));
        }
        if !self.encrypt && self.tag.is_none() {
            return Err(state("CCM needs the tag before the message"));
        }
        if let Some(announced) = self.announced
            && announced != input.len() as u64
        {
            return Err(Error::new(
                "ERR_CRYPTO_INVALID_MESSAGELEN",
                format!(
                    "the message is {} bytes, plaintextLength was {announced}",
                    input.len()
                ),
            ));
        }
        self.stage = Stage::Data;
        let start = out.len();
        let associated = std::mem::take(&mut self.associated);
        let context = self.engine.context()?;
        let begun = context.message_length(input.len()).and_then(|()| {
            if associated.is_empty() {
                return Ok(());
            }
            context.associated(&associated)
        });
        if begun.is_err() {
            return Err(Error::internal("EVP_CipherUpdate"));
        }
        if context.update(input, out, true).is_ok() {
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
        let Engine::Evp(context) = &mut self.engine else {
            return Ok(());
        };
        if mode != Mode::Ccm {
            let start = out.len();
            if context.finish(out).is_err() {
                out.truncate(start);
                return Err(self.failure());
            }
        }
        if mode.is_authenticated() && self.encrypt {
            let tag = context.tag(self.tag_size);
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
        let iv: Vec<u8> = match cipher.iv_size() {
            4 => vec![0xa6, 0x59, 0x59, 0xa6],
            size => (0..size as u8).collect(),
        };
        Crypter::new(cipher, encrypt, &key, &iv, Some(16)).unwrap()
    }

    fn by_name(name: &str) -> Cipher {
        Cipher::by_name(name.as_bytes()).expect(name)
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
    fn ccm_keeps_to_the_length_that_was_announced() {
        let mut crypter = begin(by_name("aes-128-ccm"), true);
        crypter.announce(4);
        let mut out = Vec::new();
        let error = crypter.update(b"abc", &mut out).unwrap_err();
        assert_eq!(error.code, "ERR_CRYPTO_INVALID_MESSAGELEN");
        crypter.update(b"abcd", &mut out).unwrap();
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
            for cipher in Cipher::all().filter(|cipher| cipher.mode() != Mode::Wrap) {
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
