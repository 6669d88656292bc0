//! `X509_REQ`: requests for certificates (PKCS#10, RFC 2986).

use aws_lc_sys as ffi;

use super::Pkey;
use super::common::{Object, Owned, c_length, forget_errors, i2d, printed, take_reason};
use super::x509::{extensions, free_stack, read_name};
use crate::error::words;
use crate::x509::{Extension, Name};
use crate::{Error, Result};

/// A request. Nothing changes it, so that threads may share it.
pub(crate) struct Req(Owned<ffi::X509_REQ>);

// SAFETY: libcrypto's requests may be used by several threads as long as none changes them.
unsafe impl Send for Req {}
// SAFETY: as above.
unsafe impl Sync for Req {}

// SAFETY: this frees the stack and all that is in it.
unsafe impl Object for ffi::stack_st_X509_EXTENSION {
    unsafe fn free(object: *mut Self) {
        // SAFETY: as the trait says; the stack owns extensions.
        unsafe { free_stack(object.cast(), ffi::X509_EXTENSION_free) }
    }
}

impl Req {
    pub(crate) fn from_der(der: &[u8]) -> Result<Req> {
        let what = "certificate request";
        forget_errors();
        let length = c_length(der, what)?;
        let mut end = der.as_ptr();
        // SAFETY: `end` is moved within `der`; the request is ours.
        let request =
            unsafe { Owned::maybe(ffi::d2i_X509_REQ(std::ptr::null_mut(), &mut end, length)) };
        match request {
            Some(_) if end as usize != der.as_ptr() as usize + der.len() => {
                Err(Error::malformed(what, "bytes follow after its end"))
            }
            Some(request) => Ok(Req(request)),
            None => Err(Error::malformed(what, words(&take_reason()))),
        }
    }

    pub(crate) fn to_der(&self) -> Result<Vec<u8>> {
        // SAFETY: the request is live.
        i2d("write the request", |out| unsafe {
            ffi::i2d_X509_REQ(self.0.as_ptr(), out)
        })
    }

    pub(crate) fn to_text(&self) -> Result<String> {
        // SAFETY: the request is live.
        printed("print the request", |bio| unsafe {
            ffi::X509_REQ_print(bio, self.0.as_ptr())
        })
    }

    pub(crate) fn subject(&self) -> Name {
        // SAFETY: the request is live, and has a subject.
        unsafe { read_name(ffi::X509_REQ_get_subject_name(self.0.as_ptr())) }
    }

    pub(crate) fn public_key(&self) -> Result<Pkey> {
        forget_errors();
        // SAFETY: the request is live; the key it gives is ours.
        unsafe {
            Pkey::new(
                ffi::X509_REQ_get_pubkey(self.0.as_ptr()),
                "key of the request",
            )
        }
    }

    /// Whether it is signed with the key that it asks a certificate for.
    pub(crate) fn verify(&self) -> bool {
        let Ok(key) = self.public_key() else {
            return false;
        };
        // SAFETY: both are live.
        let sound = unsafe { ffi::X509_REQ_verify(self.0.as_ptr(), key.as_ptr()) == 1 };
        forget_errors();
        sound
    }

    /// The extensions that it asks for.
    pub(crate) fn extensions(&self) -> Vec<Extension> {
        // SAFETY: the request is live; the stack is ours and holds extensions.
        let found = unsafe {
            Owned::maybe(ffi::X509_REQ_get_extensions(self.0.as_ptr()))
                .map(|stack| extensions(stack.as_ptr()))
        };
        forget_errors();
        found.unwrap_or_default()
    }
}
