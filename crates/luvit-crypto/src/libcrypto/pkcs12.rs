//! PKCS#12 (RFC 7292): a key and certificates in one encrypted file.

use aws_lc_sys as ffi;

use super::common::{Owned, c_string, cbs, forget_errors, take_reason};
use super::pkey::opening_error;
use super::{Cert, Pkey};
use crate::error::words;
use crate::{Error, Result};

/// What is in the file: the key, if there is one, and all certificates in their order.
pub(crate) fn parse(der: &[u8], passphrase: Option<&[u8]>) -> Result<(Option<Pkey>, Vec<Cert>)> {
    let what = "PKCS#12";
    forget_errors();
    let password = match passphrase {
        Some(bytes) => Some(c_string(bytes, "passphrase")?),
        None => None,
    };
    let password = password
        .as_ref()
        .map_or(std::ptr::null(), |text| text.as_ptr());
    let mut rest = cbs(der);
    let mut key = std::ptr::null_mut();
    // SAFETY: the stack is ours, and so are the key and the certificates that are put there; all
    // slices live through the call.
    unsafe {
        let stack = Owned::new(
            ffi::OPENSSL_sk_new_null().cast::<ffi::stack_st_X509>(),
            what,
        )?;
        let done = ffi::PKCS12_get_key_and_certs(&mut key, stack.as_ptr(), &mut rest, password);
        if done != 1 {
            let reason = take_reason();
            return Err(match reason.as_str() {
                "MAC_VERIFY_FAILURE" | "INCORRECT_PASSWORD" | "BAD_DECRYPT" => {
                    if passphrase.is_none() {
                        Error::missing_passphrase()
                    } else {
                        Error::wrong_passphrase()
                    }
                }
                "MISSING_MAC" => {
                    Error::unsupported("PKCS#12: a file without a MAC is not supported")
                }
                "PKCS12_PUBLIC_KEY_INTEGRITY_NOT_SUPPORTED" => {
                    Error::unsupported("PKCS#12: a file that is signed with a key is not supported")
                }
                reason if reason.starts_with("UN") => opening_error(what, reason),
                reason => Error::malformed(what, words(reason)),
            });
        }
        let key = match Owned::maybe(key) {
            Some(key) => Some(Pkey::new(key.into_raw(), what)?),
            None => None,
        };
        let certificates = super::x509::items(stack.as_ptr().cast(), |cert: *mut ffi::X509| {
            ffi::X509_up_ref(cert);
            Cert::new(cert, what)
        });
        Ok((key, certificates.into_iter().collect::<Result<_>>()?))
    }
}
