//! What keys do: sign, verify, encrypt, decrypt, agree.

use std::ffi::c_int;
use std::ptr;

use aws_lc_sys as ffi;

use super::Pkey;
use super::common::{Owned, check, forget_errors, library_error};
use super::digest::Evp;
use crate::{Result, Secret};

/// How RSA pads what it signs.
#[derive(Copy, Clone)]
pub(crate) enum SignPadding {
    Pkcs1,
    /// PSS with a salt of so many bytes; -1 is the digest's length, -2 the longest when signing and
    /// any when verifying; `None` is what the key says.
    Pss {
        salt: Option<c_int>,
        mgf1: Option<Evp>,
    },
}

/// How RSA pads what it encrypts.
#[derive(Copy, Clone)]
pub(crate) enum CryptPadding<'a> {
    Pkcs1,
    None,
    Oaep {
        digest: Evp,
        mgf1: Evp,
        label: &'a [u8],
    },
}

type Init = unsafe extern "C" fn(*mut ffi::EVP_PKEY_CTX) -> c_int;

impl Pkey {
    /// A context for an operation, begun.
    fn context(&self, init: Init, what: &'static str) -> Result<Owned<ffi::EVP_PKEY_CTX>> {
        forget_errors();
        // SAFETY: the key is live, and the context holds it.
        unsafe {
            let context = Owned::new(ffi::EVP_PKEY_CTX_new(self.as_ptr(), ptr::null_mut()), what)?;
            check(init(context.as_ptr()), what)?;
            Ok(context)
        }
    }

    /// A context that signs or verifies a digest.
    fn signature_context(
        &self,
        init: Init,
        md: Evp,
        padding: Option<SignPadding>,
        what: &'static str,
    ) -> Result<Owned<ffi::EVP_PKEY_CTX>> {
        let context = self.context(init, what)?;
        let raw = context.as_ptr();
        // SAFETY: the context is live; digests are constants.
        unsafe {
            match padding {
                None => {}
                Some(SignPadding::Pkcs1) => check(
                    ffi::EVP_PKEY_CTX_set_rsa_padding(raw, ffi::RSA_PKCS1_PADDING),
                    what,
                )?,
                Some(SignPadding::Pss { .. }) => check(
                    ffi::EVP_PKEY_CTX_set_rsa_padding(raw, ffi::RSA_PKCS1_PSS_PADDING),
                    what,
                )?,
            }
            check(ffi::EVP_PKEY_CTX_set_signature_md(raw, md.raw()), what)?;
            if let Some(SignPadding::Pss { salt, mgf1 }) = padding {
                if let Some(salt) = salt {
                    check(ffi::EVP_PKEY_CTX_set_rsa_pss_saltlen(raw, salt), what)?;
                }
                if let Some(mgf1) = mgf1 {
                    check(ffi::EVP_PKEY_CTX_set_rsa_mgf1_md(raw, mgf1.raw()), what)?;
                }
            }
        }
        Ok(context)
    }

    /// Signs a digest; `padding` is of RSA.
    pub(crate) fn sign_digest(
        &self,
        md: Evp,
        padding: Option<SignPadding>,
        digest: &[u8],
    ) -> Result<Vec<u8>> {
        let what = "sign";
        let context = self.signature_context(ffi::EVP_PKEY_sign_init, md, padding, what)?;
        output(self.size(), what, |out, length| {
            // SAFETY: the context is live, and `out` has room for `length` bytes.
            unsafe {
                ffi::EVP_PKEY_sign(context.as_ptr(), out, length, digest.as_ptr(), digest.len())
            }
        })
    }

    /// Whether the signature of a digest is sound.
    pub(crate) fn verify_digest(
        &self,
        md: Evp,
        padding: Option<SignPadding>,
        digest: &[u8],
        signature: &[u8],
    ) -> Result<bool> {
        let what = "verify";
        let context = self.signature_context(ffi::EVP_PKEY_verify_init, md, padding, what)?;
        // SAFETY: the context is live; all slices live through the call.
        let sound = unsafe {
            ffi::EVP_PKEY_verify(
                context.as_ptr(),
                signature.as_ptr(),
                signature.len(),
                digest.as_ptr(),
                digest.len(),
            ) == 1
        };
        forget_errors();
        Ok(sound)
    }

    /// Signs a message with a key that hashes by itself: Ed25519.
    pub(crate) fn sign_message(&self, message: &[u8]) -> Result<Vec<u8>> {
        let what = "sign";
        let context = message_context(self, ffi::EVP_DigestSignInit, what)?;
        output(self.size(), what, |out, length| {
            // SAFETY: the context is live, and `out` has room for `length` bytes.
            unsafe { ffi::EVP_DigestSign(context.0, out, length, message.as_ptr(), message.len()) }
        })
    }

    /// Whether the signature of a message is sound, with a key that hashes by itself.
    pub(crate) fn verify_message(&self, message: &[u8], signature: &[u8]) -> Result<bool> {
        let context = message_context(self, ffi::EVP_DigestVerifyInit, "verify")?;
        // SAFETY: the context is live; all slices live through the call.
        let sound = unsafe {
            ffi::EVP_DigestVerify(
                context.0,
                signature.as_ptr(),
                signature.len(),
                message.as_ptr(),
                message.len(),
            ) == 1
        };
        forget_errors();
        Ok(sound)
    }

    /// A context that encrypts or decrypts.
    fn crypt_context(
        &self,
        init: Init,
        padding: CryptPadding,
        what: &'static str,
    ) -> Result<Owned<ffi::EVP_PKEY_CTX>> {
        let context = self.context(init, what)?;
        let raw = context.as_ptr();
        let number = match padding {
            CryptPadding::Pkcs1 => ffi::RSA_PKCS1_PADDING,
            CryptPadding::None => ffi::RSA_NO_PADDING,
            CryptPadding::Oaep { .. } => ffi::RSA_PKCS1_OAEP_PADDING,
        };
        // SAFETY: the context is live. It takes over the copy of the label when it succeeds.
        unsafe {
            check(ffi::EVP_PKEY_CTX_set_rsa_padding(raw, number), what)?;
            if let CryptPadding::Oaep {
                digest,
                mgf1,
                label,
            } = padding
            {
                check(ffi::EVP_PKEY_CTX_set_rsa_oaep_md(raw, digest.raw()), what)?;
                check(ffi::EVP_PKEY_CTX_set_rsa_mgf1_md(raw, mgf1.raw()), what)?;
                if !label.is_empty() {
                    let copy = ffi::OPENSSL_malloc(label.len()).cast::<u8>();
                    if copy.is_null() {
                        return Err(library_error(what));
                    }
                    ptr::copy_nonoverlapping(label.as_ptr(), copy, label.len());
                    let done = ffi::EVP_PKEY_CTX_set0_rsa_oaep_label(raw, copy, label.len());
                    if done != 1 {
                        ffi::OPENSSL_free(copy.cast());
                        return Err(library_error(what));
                    }
                }
            }
        }
        Ok(context)
    }

    /// Encrypts with the public half.
    pub(crate) fn encrypt(&self, padding: CryptPadding, data: &[u8]) -> Result<Vec<u8>> {
        let what = "encrypt";
        let context = self.crypt_context(ffi::EVP_PKEY_encrypt_init, padding, what)?;
        output(self.size(), what, |out, length| {
            // SAFETY: the context is live, and `out` has room for `length` bytes.
            unsafe {
                ffi::EVP_PKEY_encrypt(context.as_ptr(), out, length, data.as_ptr(), data.len())
            }
        })
    }

    /// Decrypts with the private half.
    pub(crate) fn decrypt(&self, padding: CryptPadding, data: &[u8]) -> Result<Secret> {
        let what = "decrypt";
        let context = self.crypt_context(ffi::EVP_PKEY_decrypt_init, padding, what)?;
        output(self.size(), what, |out, length| {
            // SAFETY: as above.
            unsafe {
                ffi::EVP_PKEY_decrypt(context.as_ptr(), out, length, data.as_ptr(), data.len())
            }
        })
        .map(Secret::from)
    }

    /// The operation of the private half of an RSA key on padded data, as signatures use it;
    /// `None` for a key of another kind.
    pub(crate) fn private_encrypt(&self, padded: bool, data: &[u8]) -> Option<Result<Vec<u8>>> {
        self.raw_rsa(padded, data, "encrypt", ffi::RSA_private_encrypt)
    }

    /// The other direction of [`private_encrypt`](Pkey::private_encrypt).
    pub(crate) fn public_decrypt(&self, padded: bool, data: &[u8]) -> Option<Result<Vec<u8>>> {
        self.raw_rsa(padded, data, "decrypt", ffi::RSA_public_decrypt)
    }

    fn raw_rsa(
        &self,
        padded: bool,
        data: &[u8],
        what: &'static str,
        operation: unsafe extern "C" fn(usize, *const u8, *mut u8, *mut ffi::RSA, c_int) -> c_int,
    ) -> Option<Result<Vec<u8>>> {
        let padding = if padded {
            ffi::RSA_PKCS1_PADDING
        } else {
            ffi::RSA_NO_PADDING
        };
        let size = self.size();
        self.rsa(|rsa| {
            forget_errors();
            let mut out = vec![0; size];
            // SAFETY: the key is live in the closure, and `out` is as long as the modulus.
            let length =
                unsafe { operation(data.len(), data.as_ptr(), out.as_mut_ptr(), rsa, padding) };
            if length < 0 {
                return Err(library_error(what));
            }
            out.truncate(length as usize);
            Ok(out)
        })
    }

    /// The secret that this private key and a public one share.
    pub(crate) fn derive(&self, peer: &Pkey) -> Result<Secret> {
        let what = "compute the shared secret";
        let context = self.context(ffi::EVP_PKEY_derive_init, what)?;
        // SAFETY: context and peer are live; the second call has room for what the first one says.
        unsafe {
            check(
                ffi::EVP_PKEY_derive_set_peer(context.as_ptr(), peer.as_ptr()),
                what,
            )?;
            let mut length = 0;
            check(
                ffi::EVP_PKEY_derive(context.as_ptr(), ptr::null_mut(), &mut length),
                what,
            )?;
            output(length, what, |out, length| {
                ffi::EVP_PKEY_derive(context.as_ptr(), out, length)
            })
            .map(Secret::from)
        }
    }
}

/// What a function writes into a buffer of `size` bytes.
fn output(
    size: usize,
    what: &'static str,
    write: impl FnOnce(*mut u8, *mut usize) -> c_int,
) -> Result<Vec<u8>> {
    let mut out = vec![0; size];
    let mut length = size;
    check(write(out.as_mut_ptr(), &mut length), what)?;
    out.truncate(length);
    Ok(out)
}

/// Owner of a context for messages.
struct MessageContext(*mut ffi::EVP_MD_CTX);

impl Drop for MessageContext {
    fn drop(&mut self) {
        // SAFETY: this owner made it.
        unsafe { ffi::EVP_MD_CTX_free(self.0) }
    }
}

type MessageInit = unsafe extern "C" fn(
    *mut ffi::EVP_MD_CTX,
    *mut *mut ffi::EVP_PKEY_CTX,
    *const ffi::EVP_MD,
    *mut ffi::ENGINE,
    *mut ffi::EVP_PKEY,
) -> c_int;

fn message_context(key: &Pkey, init: MessageInit, what: &'static str) -> Result<MessageContext> {
    forget_errors();
    // SAFETY: the context is ours, and holds the key.
    unsafe {
        let context = MessageContext(ffi::EVP_MD_CTX_new());
        if context.0.is_null() {
            return Err(library_error(what));
        }
        check(
            init(
                context.0,
                ptr::null_mut(),
                ptr::null(),
                ptr::null_mut(),
                key.as_ptr(),
            ),
            what,
        )?;
        Ok(context)
    }
}
