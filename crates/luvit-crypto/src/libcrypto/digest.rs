//! `EVP_MD_CTX`: a digest under way.

use std::ffi::c_uint;
use std::ptr;

use aws_lc_sys as ffi;

/// The longest digest of a fixed length, in bytes.
const MAX: usize = ffi::EVP_MAX_MD_SIZE as usize;

/// A digest that libcrypto has.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Evp {
    Md4,
    Md5,
    Md5Sha1,
    Ripemd160,
    Sha1,
    Sha224,
    Sha256,
    Sha384,
    Sha512,
    Sha512_224,
    Sha512_256,
    Sha3_224,
    Sha3_256,
    Sha3_384,
    Sha3_512,
    Shake128,
    Shake256,
}

impl Evp {
    pub(crate) fn raw(self) -> *const ffi::EVP_MD {
        // SAFETY: these only return the address of a constant.
        unsafe {
            match self {
                Evp::Md4 => ffi::EVP_md4(),
                Evp::Md5 => ffi::EVP_md5(),
                Evp::Md5Sha1 => ffi::EVP_md5_sha1(),
                Evp::Ripemd160 => ffi::EVP_ripemd160(),
                Evp::Sha1 => ffi::EVP_sha1(),
                Evp::Sha224 => ffi::EVP_sha224(),
                Evp::Sha256 => ffi::EVP_sha256(),
                Evp::Sha384 => ffi::EVP_sha384(),
                Evp::Sha512 => ffi::EVP_sha512(),
                Evp::Sha512_224 => ffi::EVP_sha512_224(),
                Evp::Sha512_256 => ffi::EVP_sha512_256(),
                Evp::Sha3_224 => ffi::EVP_sha3_224(),
                Evp::Sha3_256 => ffi::EVP_sha3_256(),
                Evp::Sha3_384 => ffi::EVP_sha3_384(),
                Evp::Sha3_512 => ffi::EVP_sha3_512(),
                Evp::Shake128 => ffi::EVP_shake128(),
                Evp::Shake256 => ffi::EVP_shake256(),
            }
        }
    }
}

/// A digest under way. The C functions fail only for lack of memory, which ends the process here as
/// it does in Rust's own allocator.
pub(crate) struct Context(*mut ffi::EVP_MD_CTX);

// SAFETY: a context is plain memory that nothing else refers to, and is changed by `&mut` only.
unsafe impl Send for Context {}
// SAFETY: `&Context` only allows copying, which reads it.
unsafe impl Sync for Context {}

impl Context {
    pub(crate) fn new(md: Evp) -> Context {
        let context = Context::empty();
        // SAFETY: both point to live values; no engine.
        let done = unsafe { ffi::EVP_DigestInit_ex(context.0, md.raw(), ptr::null_mut()) };
        assert_eq!(done, 1, "out of memory");
        context
    }

    fn empty() -> Context {
        // SAFETY: no requirements.
        let raw = unsafe { ffi::EVP_MD_CTX_new() };
        assert!(!raw.is_null(), "out of memory");
        Context(raw)
    }

    pub(crate) fn update(&mut self, data: &[u8]) {
        // SAFETY: the context is initialised and `data` is that many bytes.
        let done = unsafe { ffi::EVP_DigestUpdate(self.0, data.as_ptr().cast(), data.len()) };
        assert_eq!(done, 1, "EVP_DigestUpdate failed");
    }

    /// The digest, of one of fixed length. The context is used up: only `drop` and `assign` follow.
    pub(crate) fn finish(&mut self, out: &mut Vec<u8>) {
        let mut digest = [0u8; MAX];
        let mut length: c_uint = 0;
        // SAFETY: the context is initialised and `digest` has room for any digest.
        let done = unsafe { ffi::EVP_DigestFinal_ex(self.0, digest.as_mut_ptr(), &raw mut length) };
        assert_eq!(done, 1, "EVP_DigestFinal_ex failed");
        out.extend_from_slice(&digest[..length as usize]);
    }

    /// Fills `out`, from a digest of any length (SHAKE). The context is used up.
    pub(crate) fn finish_xof(&mut self, out: &mut [u8]) {
        // SAFETY: the context is initialised and `out` is that many bytes.
        let done = unsafe { ffi::EVP_DigestFinalXOF(self.0, out.as_mut_ptr(), out.len()) };
        assert_eq!(done, 1, "EVP_DigestFinalXOF failed");
    }

    /// Goes on as `other` would, in the memory this one has.
    pub(crate) fn assign(&mut self, other: &Context) {
        // SAFETY: both are live, and not the same.
        let done = unsafe { ffi::EVP_MD_CTX_copy_ex(self.0, other.0) };
        assert_eq!(done, 1, "out of memory");
    }
}

impl Clone for Context {
    fn clone(&self) -> Context {
        let mut context = Context::empty();
        context.assign(self);
        context
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        // SAFETY: made by `EVP_MD_CTX_new`, freed once.
        unsafe { ffi::EVP_MD_CTX_free(self.0) }
    }
}

/// Size of a digest and of the blocks it takes.
#[cfg(test)]
pub(crate) fn sizes(md: Evp) -> (usize, usize) {
    // SAFETY: the pointer is to a constant.
    unsafe { (ffi::EVP_MD_size(md.raw()), ffi::EVP_MD_block_size(md.raw())) }
}
