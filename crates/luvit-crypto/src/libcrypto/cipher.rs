//! `EVP_CIPHER_CTX`: a symmetric cipher under way.

use std::ffi::c_int;
use std::ptr;

use aws_lc_sys as ffi;

/// A cipher that libcrypto has.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Evp {
    Aes128(Mode),
    Aes192(Mode),
    Aes256(Mode),
    ChaCha20Poly1305,
    DesEde3,
    DesEde3Cbc,
}

/// A mode of AES.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Ecb,
    Cbc,
    Ctr,
    Ofb,
    Cfb,
    Cfb1,
    Cfb8,
    Gcm,
    Ccm,
}

impl Evp {
    fn raw(self) -> *const ffi::EVP_CIPHER {
        use Mode::{Cbc, Ccm, Cfb, Cfb1, Cfb8, Ctr, Ecb, Gcm, Ofb};
        // SAFETY: these only return the address of a constant.
        unsafe {
            match self {
                Evp::Aes128(Ecb) => ffi::EVP_aes_128_ecb(),
                Evp::Aes128(Cbc) => ffi::EVP_aes_128_cbc(),
                Evp::Aes128(Ctr) => ffi::EVP_aes_128_ctr(),
                Evp::Aes128(Ofb) => ffi::EVP_aes_128_ofb(),
                Evp::Aes128(Cfb) => ffi::EVP_aes_128_cfb128(),
                Evp::Aes128(Cfb1) => ffi::EVP_aes_128_cfb1(),
                Evp::Aes128(Cfb8) => ffi::EVP_aes_128_cfb8(),
                Evp::Aes128(Gcm) => ffi::EVP_aes_128_gcm(),
                Evp::Aes128(Ccm) => ffi::EVP_aes_128_ccm(),
                Evp::Aes192(Ecb) => ffi::EVP_aes_192_ecb(),
                Evp::Aes192(Cbc) => ffi::EVP_aes_192_cbc(),
                Evp::Aes192(Ctr) => ffi::EVP_aes_192_ctr(),
                Evp::Aes192(Ofb) => ffi::EVP_aes_192_ofb(),
                Evp::Aes192(Cfb) => ffi::EVP_aes_192_cfb128(),
                Evp::Aes192(Cfb1) => ffi::EVP_aes_192_cfb1(),
                Evp::Aes192(Cfb8) => ffi::EVP_aes_192_cfb8(),
                Evp::Aes192(Gcm) => ffi::EVP_aes_192_gcm(),
                Evp::Aes192(Ccm) => ffi::EVP_aes_192_ccm(),
                Evp::Aes256(Ecb) => ffi::EVP_aes_256_ecb(),
                Evp::Aes256(Cbc) => ffi::EVP_aes_256_cbc(),
                Evp::Aes256(Ctr) => ffi::EVP_aes_256_ctr(),
                Evp::Aes256(Ofb) => ffi::EVP_aes_256_ofb(),
                Evp::Aes256(Cfb) => ffi::EVP_aes_256_cfb128(),
                Evp::Aes256(Cfb1) => ffi::EVP_aes_256_cfb1(),
                Evp::Aes256(Cfb8) => ffi::EVP_aes_256_cfb8(),
                Evp::Aes256(Gcm) => ffi::EVP_aes_256_gcm(),
                Evp::Aes256(Ccm) => ffi::EVP_aes_256_ccm(),
                Evp::ChaCha20Poly1305 => ffi::EVP_chacha20_poly1305(),
                Evp::DesEde3 => ffi::EVP_des_ede3_ecb(),
                Evp::DesEde3Cbc => ffi::EVP_des_ede3_cbc(),
            }
        }
    }
}

/// The longest block of a cipher here: what an update may write beyond its input's length.
const MAX_BLOCK: usize = 16;

/// What goes into libcrypto at a time: its lengths are of C's `int`.
const MAX_INPUT: usize = 1 << 30;

/// libcrypto refused: what that means depends on the cipher and the step.
#[derive(Debug)]
pub(crate) struct Refused;

/// One cipher with key and initialization vector, in one direction.
pub(crate) struct Context(*mut ffi::EVP_CIPHER_CTX);

// SAFETY: a context is plain memory that nothing else refers to, and is changed by `&mut` only.
unsafe impl Send for Context {}
// SAFETY: nothing can be done with a `&Context`.
unsafe impl Sync for Context {}

fn check(status: c_int) -> Result<(), Refused> {
    if status == 1 {
        return Ok(());
    }
    // SAFETY: no requirements. What failed would otherwise be in the thread's list for good.
    unsafe { ffi::ERR_clear_error() };
    Err(Refused)
}

impl Context {
    /// Begins. The key's length is the cipher's, which the caller has checked; that of `iv` is set
    /// where the cipher allows several. `tag` is the length of the tag, for CCM.
    pub(crate) fn new(
        cipher: Evp,
        key: &[u8],
        iv: &[u8],
        encrypt: bool,
        sets_iv_length: bool,
        tag: Option<usize>,
    ) -> Result<Context, Refused> {
        // SAFETY: no requirements.
        let context = Context(unsafe { ffi::EVP_CIPHER_CTX_new() });
        assert!(!context.0.is_null(), "out of memory");
        let raw = cipher.raw();
        let encrypt = c_int::from(encrypt);
        // SAFETY: the context is live, `raw` a constant; key and vector come later.
        check(unsafe {
            ffi::EVP_CipherInit_ex(
                context.0,
                raw,
                ptr::null_mut(),
                ptr::null(),
                ptr::null(),
                encrypt,
            )
        })?;
        if sets_iv_length {
            let length = c_int::try_from(iv.len()).map_err(|_| Refused)?;
            context.control(ffi::EVP_CTRL_AEAD_SET_IVLEN, length, ptr::null_mut())?;
        }
        if let Some(tag) = tag {
            context.control(ffi::EVP_CTRL_AEAD_SET_TAG, tag as c_int, ptr::null_mut())?;
        }
        // SAFETY: the cipher reads as many bytes of the key as it has, and of the vector as it has
        // or as was set above; the caller has checked both.
        unsafe {
            assert_eq!(
                key.len(),
                ffi::EVP_CIPHER_CTX_key_length(context.0) as usize
            );
            assert_eq!(iv.len(), ffi::EVP_CIPHER_CTX_iv_length(context.0) as usize);
            check(ffi::EVP_CipherInit_ex(
                context.0,
                ptr::null(),
                ptr::null_mut(),
                key.as_ptr(),
                iv.as_ptr(),
                encrypt,
            ))?;
        }
        Ok(context)
    }

    fn control(
        &self,
        command: c_int,
        number: c_int,
        data: *mut std::ffi::c_void,
    ) -> Result<(), Refused> {
        // SAFETY: the context is live; callers pass data as the command wants it.
        check(unsafe { ffi::EVP_CIPHER_CTX_ctrl(self.0, command, number, data) })
    }

    /// Says how long the message will be, for CCM.
    pub(crate) fn message_length(&mut self, length: usize) -> Result<(), Refused> {
        let length = c_int::try_from(length).map_err(|_| Refused)?;
        let mut ignored = 0;
        // SAFETY: the context is live; no data goes in or out.
        check(unsafe {
            ffi::EVP_CipherUpdate(
                self.0,
                ptr::null_mut(),
                &raw mut ignored,
                ptr::null(),
                length,
            )
        })
    }

    /// Adds data that is authenticated only.
    pub(crate) fn associated(&mut self, data: &[u8]) -> Result<(), Refused> {
        for piece in data.chunks(MAX_INPUT) {
            let mut ignored = 0;
            // SAFETY: the context is live and `piece` is that many bytes; nothing is written.
            check(unsafe {
                ffi::EVP_CipherUpdate(
                    self.0,
                    ptr::null_mut(),
                    &raw mut ignored,
                    piece.as_ptr(),
                    piece.len() as c_int,
                )
            })?;
        }
        Ok(())
    }

    /// Appends what becomes of `input` to `out`. `whole` keeps even an empty input one call, which
    /// CCM wants.
    pub(crate) fn update(
        &mut self,
        input: &[u8],
        out: &mut Vec<u8>,
        whole: bool,
    ) -> Result<(), Refused> {
        if whole {
            return self.update_piece(input, out);
        }
        for piece in input.chunks(MAX_INPUT) {
            self.update_piece(piece, out)?;
        }
        Ok(())
    }

    fn update_piece(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<(), Refused> {
        let length = c_int::try_from(input.len()).map_err(|_| Refused)?;
        out.reserve(input.len() + MAX_BLOCK);
        let mut written: c_int = 0;
        // SAFETY: the context is live, `input` is that many bytes, and there is room for them and a
        // block behind the content of `out`.
        unsafe {
            check(ffi::EVP_CipherUpdate(
                self.0,
                out.as_mut_ptr().add(out.len()),
                &raw mut written,
                input.as_ptr(),
                length,
            ))?;
            out.set_len(out.len() + written as usize);
        }
        Ok(())
    }

    /// Ends the message: appends what is left, and verifies the tag where there is one.
    pub(crate) fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), Refused> {
        out.reserve(2 * MAX_BLOCK);
        let mut written: c_int = 0;
        // SAFETY: the context is live, and a block has room behind the content of `out`.
        unsafe {
            check(ffi::EVP_CipherFinal_ex(
                self.0,
                out.as_mut_ptr().add(out.len()),
                &raw mut written,
            ))?;
            out.set_len(out.len() + written as usize);
        }
        Ok(())
    }

    /// Whether the last block is filled up and the filling removed again.
    pub(crate) fn set_padding(&mut self, padding: bool) {
        // SAFETY: the context is live. It always succeeds.
        unsafe { ffi::EVP_CIPHER_CTX_set_padding(self.0, c_int::from(padding)) };
    }

    /// The tag to verify, before the message ends (for CCM, before it begins).
    pub(crate) fn set_tag(&mut self, tag: &[u8]) -> Result<(), Refused> {
        let mut tag = tag.to_vec();
        let length = c_int::try_from(tag.len()).map_err(|_| Refused)?;
        // The bytes are copied from there.
        self.control(ffi::EVP_CTRL_AEAD_SET_TAG, length, tag.as_mut_ptr().cast())
    }

    /// The tag of what was encrypted.
    pub(crate) fn tag(&mut self, length: usize) -> Result<Vec<u8>, Refused> {
        assert!(length <= MAX_BLOCK);
        let mut tag = vec![0; length];
        self.control(
            ffi::EVP_CTRL_AEAD_GET_TAG,
            length as c_int,
            tag.as_mut_ptr().cast(),
        )?;
        Ok(tag)
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        // SAFETY: made by `EVP_CIPHER_CTX_new`, freed once; it wipes the key.
        unsafe { ffi::EVP_CIPHER_CTX_free(self.0) }
    }
}
