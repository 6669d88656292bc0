//! `NETSCAPE_SPKI`: a public key and a challenge, signed with the key.

use aws_lc_sys as ffi;

use super::Pkey;
use super::common::{Owned, c_length, forget_errors, take_reason};
use crate::error::words;
use crate::{Error, Result};

/// A signed key. Nothing changes it.
pub(crate) struct Spki(Owned<ffi::NETSCAPE_SPKI>);

impl Spki {
    pub(crate) fn from_der(der: &[u8]) -> Result<Spki> {
        let what = "SPKAC";
        forget_errors();
        let length = c_length(der, what)?;
        let mut end = der.as_ptr();
        // SAFETY: `end` is moved within `der`; the object is ours.
        let spki = unsafe {
            Owned::maybe(ffi::d2i_NETSCAPE_SPKI(
                std::ptr::null_mut(),
                &mut end,
                length,
            ))
        };
        spki.map(Spki)
            .ok_or_else(|| Error::malformed(what, words(&take_reason())))
    }

    pub(crate) fn public_key(&self) -> Result<Pkey> {
        forget_errors();
        // SAFETY: the object is live; the key it gives is ours.
        unsafe {
            Pkey::new(
                ffi::NETSCAPE_SPKI_get_pubkey(self.0.as_ptr()),
                "key of the SPKAC",
            )
        }
    }

    /// What was to be signed to show that the key's owner is there.
    pub(crate) fn challenge(&self) -> Vec<u8> {
        // SAFETY: what was parsed has all its parts; the string is read while it lives.
        unsafe {
            let challenge = (*(*self.0.as_ptr()).spkac).challenge;
            let length = ffi::ASN1_STRING_length(challenge).max(0) as usize;
            match ffi::ASN1_STRING_get0_data(challenge) {
                data if data.is_null() || length == 0 => Vec::new(),
                data => std::slice::from_raw_parts(data, length).to_vec(),
            }
        }
    }

    /// Whether it is signed with its key.
    pub(crate) fn verify(&self) -> bool {
        let Ok(key) = self.public_key() else {
            return false;
        };
        // SAFETY: both are live.
        let sound = unsafe { ffi::NETSCAPE_SPKI_verify(self.0.as_ptr(), key.as_ptr()) == 1 };
        forget_errors();
        sound
    }
}
