//! `EVP_PKEY`: a key of any kind, with or without its private half.

use aws_lc_sys as ffi;

use super::common::{Owned, big_number, cbs, collect, forget_errors, take_reason};
use crate::der::{self, Reader};
use crate::error::words;
use crate::{Error, Result, Secret};

/// What kind a key is.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum KeyType {
    /// RSA for encryption and both kinds of signatures.
    Rsa,
    /// RSA for PSS signatures only.
    RsaPss,
    /// A key on a curve in Weierstrass form.
    Ec,
    /// EdDSA on edwards25519.
    Ed25519,
    /// Key agreement on curve25519.
    X25519,
    /// Diffie-Hellman over a prime field.
    Dh,
    /// DSA.
    Dsa,
    /// One that has no name here: libcrypto's number of it.
    Other(i32),
}

impl KeyType {
    /// Node's name: `rsa`, `rsa-pss`, `ec`, `ed25519`.
    pub fn name(self) -> &'static str {
        match self {
            KeyType::Rsa => "rsa",
            KeyType::RsaPss => "rsa-pss",
            KeyType::Ec => "ec",
            KeyType::Ed25519 => "ed25519",
            KeyType::X25519 => "x25519",
            KeyType::Dh => "dh",
            KeyType::Dsa => "dsa",
            KeyType::Other(_) => "unknown",
        }
    }
}

/// A key. Nothing changes it, so that threads may share it.
pub(crate) struct Pkey {
    key: Owned<ffi::EVP_PKEY>,
    /// Of an RSA-PSS key: its parameters as DER, or nothing. libcrypto reads them and cannot write
    /// them.
    pss: Vec<u8>,
}

// SAFETY: libcrypto's keys may be used by several threads as long as none changes them, and no
// method here does.
unsafe impl Send for Pkey {}
// SAFETY: as above.
unsafe impl Sync for Pkey {}

impl Clone for Pkey {
    fn clone(&self) -> Pkey {
        // SAFETY: the key is live; the count that is added is the result's.
        unsafe {
            ffi::EVP_PKEY_up_ref(self.as_ptr());
            Pkey {
                key: Owned(std::ptr::NonNull::new_unchecked(self.as_ptr())),
                pss: self.pss.clone(),
            }
        }
    }
}

/// The error of a parser that gave `reason`.
fn describe(what: &'static str, reason: &str) -> Error {
    match reason {
        "UNSUPPORTED_ALGORITHM" => {
            Error::unsupported(format!("{what}: its algorithm is not supported"))
        }
        "UNKNOWN_GROUP" => Error::unsupported(format!("{what}: its curve is not supported")),
        _ => Error::malformed(what, words(reason)),
    }
}

/// The error of opening something with a passphrase, whose outer form is sound.
pub(super) fn opening_error(what: &'static str, reason: &str) -> Error {
    if reason.starts_with("UNKNOWN_") || reason.starts_with("UNSUPPORTED_") {
        return Error::unsupported(format!("{what}: {}", words(reason)));
    }
    match reason {
        "BAD_ITERATION_COUNT" | "INVALID_CHARACTERS" => Error::malformed(what, words(reason)),
        _ => Error::wrong_passphrase(),
    }
}

impl From<Owned<ffi::EVP_PKEY>> for Pkey {
    fn from(key: Owned<ffi::EVP_PKEY>) -> Pkey {
        Pkey {
            key,
            pss: Vec::new(),
        }
    }
}

/// Rounds of PBKDF2 for keys that are written: some 20 ms.
const ITERATIONS: i32 = 65_536;

/// `rsaEncryption`'s neighbour `id-RSASSA-PSS` (RFC 4055), an object identifier's content.
const PSS: [u8; 9] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a];

/// The algorithm identifier of an RSA-PSS key.
fn pss_algorithm(parameters: &[u8]) -> Vec<u8> {
    let mut content = Vec::new();
    der::write(&mut content, der::OBJECT, &PSS);
    content.extend_from_slice(parameters);
    der::element(der::SEQUENCE, &content)
}

/// `PrivateKeyInfo` of an RSA-PSS key, of its parameters and its `RSAPrivateKey`.
pub(crate) fn pss_pkcs8(parameters: &[u8], key: &[u8]) -> Secret {
    let mut content = vec![der::INTEGER, 1, 0];
    content.extend_from_slice(&pss_algorithm(parameters));
    der::write(&mut content, der::OCTET_STRING, key);
    let content = Secret::from(content);
    Secret::from(der::element(der::SEQUENCE, &content))
}

/// The parameters of an algorithm identifier, which is the next element.
fn parameters<'a>(fields: &mut Reader<'a>) -> Option<&'a [u8]> {
    let algorithm = fields.expect(der::SEQUENCE)?;
    let mut parts = Reader::new(algorithm);
    let object = parts.expect(der::OBJECT)?;
    Some(&algorithm[2 + object.len()..])
}

/// What the reader of a private key says about what follows it.
const TRAILING: &str = "bytes follow after its end";

impl Pkey {
    /// # Safety
    /// As for [`Owned::new`].
    pub(super) unsafe fn new(raw: *mut ffi::EVP_PKEY, what: &'static str) -> Result<Pkey> {
        // SAFETY: as the caller says.
        unsafe { Owned::new(raw, what).map(Pkey::from) }
    }

    pub(super) fn as_ptr(&self) -> *mut ffi::EVP_PKEY {
        self.key.as_ptr()
    }

    /// Runs a parser, which must take all bytes.
    fn parse(
        what: &'static str,
        der: &[u8],
        parse: impl FnOnce(*mut ffi::CBS) -> *mut ffi::EVP_PKEY,
    ) -> Result<Pkey> {
        forget_errors();
        let mut rest = cbs(der);
        // SAFETY: the parsers give a key that is ours, or null.
        match unsafe { Owned::maybe(parse(&mut rest)) } {
            Some(_) if rest.len != 0 => Err(Error::malformed(what, TRAILING)),
            Some(key) => Ok(Pkey::from(key)),
            None => Err(describe(what, &take_reason())),
        }
    }

    /// Adds the parameters of an RSA-PSS key.
    fn with_pss(mut self, parameters: impl FnOnce() -> Option<Vec<u8>>) -> Pkey {
        if self.key_type() == KeyType::RsaPss {
            self.pss = parameters().unwrap_or_default();
        }
        self
    }

    /// The parameters of an RSA-PSS key, as DER; nothing when it has none.
    pub(crate) fn pss(&self) -> &[u8] {
        &self.pss
    }

    /// `PrivateKeyInfo` (RFC 5208, RFC 5958).
    pub(crate) fn from_pkcs8(bytes: &[u8]) -> Result<Pkey> {
        // SAFETY: the CBS is over `bytes`, which live through the call.
        let key = Pkey::parse("PKCS#8 private key", bytes, |cbs| unsafe {
            ffi::EVP_parse_private_key(cbs)
        })?;
        Ok(key.with_pss(|| {
            let mut fields = Reader::new(der::only(bytes, der::SEQUENCE)?);
            fields.expect(der::INTEGER)?;
            parameters(&mut fields).map(<[u8]>::to_vec)
        }))
    }

    /// `SubjectPublicKeyInfo` (RFC 5280).
    pub(crate) fn from_spki(bytes: &[u8]) -> Result<Pkey> {
        // SAFETY: as above.
        let key = Pkey::parse("SPKI public key", bytes, |cbs| unsafe {
            ffi::EVP_parse_public_key(cbs)
        })?;
        Ok(key.with_pss(|| {
            let mut fields = Reader::new(der::only(bytes, der::SEQUENCE)?);
            parameters(&mut fields).map(<[u8]>::to_vec)
        }))
    }

    /// `RSAPrivateKey` (RFC 8017).
    pub(crate) fn from_pkcs1_private(der: &[u8]) -> Result<Pkey> {
        // SAFETY: as above; `rsa_key` takes the RSA key over.
        Pkey::parse("PKCS#1 private key", der, |cbs| unsafe {
            rsa_key(ffi::RSA_parse_private_key(cbs))
        })
    }

    /// `RSAPublicKey` (RFC 8017).
    pub(crate) fn from_pkcs1_public(der: &[u8]) -> Result<Pkey> {
        // SAFETY: as above.
        Pkey::parse("PKCS#1 public key", der, |cbs| unsafe {
            rsa_key(ffi::RSA_parse_public_key(cbs))
        })
    }

    /// `ECPrivateKey` (RFC 5915), which must name its curve.
    pub(crate) fn from_sec1(der: &[u8]) -> Result<Pkey> {
        // SAFETY: as above; `ec_key` takes the EC key over.
        Pkey::parse("SEC1 private key", der, |cbs| unsafe {
            ec_key(ffi::EC_KEY_parse_private_key(cbs, std::ptr::null()))
        })
    }

    /// `EncryptedPrivateKeyInfo` (RFC 5208): opens it with the passphrase.
    pub(crate) fn from_encrypted_pkcs8(der: &[u8], passphrase: &[u8]) -> Result<Pkey> {
        forget_errors();
        let what = "encrypted PKCS#8 private key";
        let mut rest = cbs(der);
        // SAFETY: both slices live through the call; the key it gives is ours.
        let key = unsafe {
            Owned::maybe(ffi::PKCS8_parse_encrypted_private_key(
                &mut rest,
                passphrase.as_ptr().cast(),
                passphrase.len(),
            ))
        };
        match key {
            Some(_) if rest.len != 0 => Err(Error::malformed(what, TRAILING)),
            Some(key) => Ok(Pkey::from(key)),
            None => Err(opening_error(what, &take_reason())),
        }
    }

    /// What kind it is.
    pub(crate) fn key_type(&self) -> KeyType {
        // SAFETY: the key is live.
        match unsafe { ffi::EVP_PKEY_id(self.as_ptr()) } {
            ffi::EVP_PKEY_RSA => KeyType::Rsa,
            ffi::EVP_PKEY_RSA_PSS => KeyType::RsaPss,
            ffi::EVP_PKEY_EC => KeyType::Ec,
            ffi::EVP_PKEY_ED25519 => KeyType::Ed25519,
            ffi::EVP_PKEY_X25519 => KeyType::X25519,
            ffi::EVP_PKEY_DH => KeyType::Dh,
            ffi::EVP_PKEY_DSA => KeyType::Dsa,
            other => KeyType::Other(other),
        }
    }

    /// Its size in bits: of the modulus, of the curve's field.
    pub(crate) fn bits(&self) -> u32 {
        // SAFETY: the key is live.
        unsafe { ffi::EVP_PKEY_bits(self.as_ptr()) }.max(0) as u32
    }

    /// The longest signature or encryption, in bytes.
    pub(crate) fn size(&self) -> usize {
        // SAFETY: the key is live.
        unsafe { ffi::EVP_PKEY_size(self.as_ptr()) }.max(0) as usize
    }

    /// `RSAPrivateKey` (RFC 8017); `None` for a key of another kind.
    pub(crate) fn to_pkcs1_private(&self) -> Option<Result<Secret>> {
        self.rsa(|rsa| {
            // SAFETY: the key is live in the closure, and the CBB is that of `collect`.
            collect("write PKCS#1", |cbb| unsafe {
                ffi::RSA_marshal_private_key(cbb, rsa)
            })
        })
    }

    /// `RSAPublicKey` (RFC 8017); `None` for a key of another kind.
    pub(crate) fn to_pkcs1_public(&self) -> Option<Result<Vec<u8>>> {
        self.rsa(|rsa| {
            // SAFETY: as above.
            collect("write PKCS#1", |cbb| unsafe {
                ffi::RSA_marshal_public_key(cbb, rsa)
            })
            .map(Secret::into_vec)
        })
    }

    /// `EncryptedPrivateKeyInfo` (RFC 5208) in the scheme PBES2, with the key of the cipher made of
    /// the passphrase by PBKDF2 with HMAC-SHA-1.
    pub(crate) fn to_encrypted_pkcs8(&self, cipher: &str, passphrase: &[u8]) -> Result<Secret> {
        let cipher = super::evp::cipher(cipher)?;
        forget_errors();
        // SAFETY: the key is live, the cipher is a constant, the CBB is that of `collect`; the
        // passphrase lives through the call. Without a salt one of 16 random bytes is made.
        collect("write encrypted PKCS#8", |cbb| unsafe {
            ffi::PKCS8_marshal_encrypted_private_key(
                cbb,
                -1,
                cipher,
                passphrase.as_ptr().cast(),
                passphrase.len(),
                std::ptr::null(),
                16,
                ITERATIONS,
                self.as_ptr(),
            )
        })
    }

    /// `PrivateKeyInfo`, unencrypted.
    pub(crate) fn to_pkcs8(&self) -> Result<Secret> {
        if let (KeyType::RsaPss, Some(key)) = (self.key_type(), self.to_pkcs1_private()) {
            return Ok(pss_pkcs8(&self.pss, &key?));
        }
        // SAFETY: the key is live, and the CBB is that of `collect`.
        collect("write PKCS#8", |cbb| unsafe {
            ffi::EVP_marshal_private_key(cbb, self.as_ptr())
        })
    }

    /// `SubjectPublicKeyInfo`.
    pub(crate) fn to_spki(&self) -> Result<Vec<u8>> {
        if let (KeyType::RsaPss, Some(key)) = (self.key_type(), self.to_pkcs1_public()) {
            let mut content = pss_algorithm(&self.pss);
            // No bits of the last byte are unused.
            let bits: Vec<u8> = std::iter::once(0).chain(key?).collect();
            der::write(&mut content, der::BIT_STRING, &bits);
            return Ok(der::element(der::SEQUENCE, &content));
        }
        // SAFETY: as above.
        collect("write SPKI", |cbb| unsafe {
            ffi::EVP_marshal_public_key(cbb, self.as_ptr())
        })
        .map(Secret::into_vec)
    }

    /// Whether both have the same public half.
    pub(crate) fn same_public(&self, other: &Pkey) -> bool {
        // SAFETY: both keys are live.
        let same = unsafe { ffi::EVP_PKEY_cmp(self.as_ptr(), other.as_ptr()) == 1 };
        forget_errors();
        same
    }

    /// Runs a function on the RSA key; `None` for a key of another kind.
    pub(super) fn rsa<R>(&self, with: impl FnOnce(*mut ffi::RSA) -> R) -> Option<R> {
        // SAFETY: the key is live; what is inside lives as long.
        let rsa = unsafe { ffi::EVP_PKEY_get0_RSA(self.as_ptr()) };
        forget_errors();
        (!rsa.is_null()).then(|| with(rsa))
    }

    /// Runs a function on the EC key; `None` for a key of another kind.
    pub(super) fn ec<R>(&self, with: impl FnOnce(*mut ffi::EC_KEY) -> R) -> Option<R> {
        // SAFETY: as above.
        let ec = unsafe { ffi::EVP_PKEY_get0_EC_KEY(self.as_ptr()) };
        forget_errors();
        (!ec.is_null()).then(|| with(ec))
    }

    /// Modulus and public exponent of an RSA key, without zeros in front.
    pub(crate) fn rsa_public(&self) -> Option<(Vec<u8>, Vec<u8>)> {
        // SAFETY: the key is live in the closure, and both numbers are always there.
        self.rsa(|rsa| unsafe {
            (
                big_number(ffi::RSA_get0_n(rsa)),
                big_number(ffi::RSA_get0_e(rsa)),
            )
        })
    }

    /// libcrypto's number of an EC key's curve.
    pub(crate) fn curve(&self) -> Option<i32> {
        // SAFETY: the key is live in the closure, and has a group.
        self.ec(|ec| unsafe { ffi::EC_GROUP_get_curve_name(ffi::EC_KEY_get0_group(ec)) })
    }

    /// The public point of an EC key, in the X9.62 form with one coordinate or both.
    pub(crate) fn point(&self, compressed: bool) -> Option<Vec<u8>> {
        let form = if compressed {
            ffi::point_conversion_form_t::POINT_CONVERSION_COMPRESSED
        } else {
            ffi::point_conversion_form_t::POINT_CONVERSION_UNCOMPRESSED
        };
        // SAFETY: the key is live in the closure; the second call gets a buffer of the size that
        // the first one says.
        self.ec(|ec| unsafe {
            let (group, point) = (ffi::EC_KEY_get0_group(ec), ffi::EC_KEY_get0_public_key(ec));
            if point.is_null() {
                return None;
            }
            let null = std::ptr::null_mut();
            let length = ffi::EC_POINT_point2oct(group, point, form, null, 0, null.cast());
            let mut bytes = vec![0; length];
            let written = ffi::EC_POINT_point2oct(
                group,
                point,
                form,
                bytes.as_mut_ptr(),
                length,
                null.cast(),
            );
            (written == length && length > 0).then_some(bytes)
        })?
    }
}

/// Wraps an RSA key, which it takes over; null stays null.
///
/// # Safety
/// `rsa` is null or owned by the caller, and so is the result.
pub(super) unsafe fn rsa_key(rsa: *mut ffi::RSA) -> *mut ffi::EVP_PKEY {
    // SAFETY: `EVP_PKEY_assign_RSA` takes the key over when it succeeds.
    unsafe {
        let Some(rsa) = Owned::maybe(rsa) else {
            return std::ptr::null_mut();
        };
        let Some(key) = Owned::maybe(ffi::EVP_PKEY_new()) else {
            return std::ptr::null_mut();
        };
        if ffi::EVP_PKEY_assign_RSA(key.as_ptr(), rsa.as_ptr()) != 1 {
            return std::ptr::null_mut();
        }
        rsa.into_raw();
        key.into_raw()
    }
}

/// Wraps an EC key, which it takes over; null stays null.
///
/// # Safety
/// As for [`rsa_key`].
pub(super) unsafe fn ec_key(ec: *mut ffi::EC_KEY) -> *mut ffi::EVP_PKEY {
    // SAFETY: as in `rsa_key`.
    unsafe {
        let Some(ec) = Owned::maybe(ec) else {
            return std::ptr::null_mut();
        };
        let Some(key) = Owned::maybe(ffi::EVP_PKEY_new()) else {
            return std::ptr::null_mut();
        };
        if ffi::EVP_PKEY_assign_EC_KEY(key.as_ptr(), ec.as_ptr()) != 1 {
            return std::ptr::null_mut();
        }
        ec.into_raw();
        key.into_raw()
    }
}
