//! Making keys.

use std::ffi::c_int;

use aws_lc_sys as ffi;

use super::Pkey;
use super::common::{Owned, check, forget_errors, number};
use super::pkey::rsa_key;
use crate::Result;

const WHAT: &str = "generate a key";

/// Runs the generator of a kind of key that takes no options.
fn generate(kind: c_int, set: impl FnOnce(*mut ffi::EVP_PKEY_CTX) -> Result<()>) -> Result<Pkey> {
    forget_errors();
    // SAFETY: the context lives through the calls; the key is ours.
    unsafe {
        let context = Owned::new(ffi::EVP_PKEY_CTX_new_id(kind, std::ptr::null_mut()), WHAT)?;
        check(ffi::EVP_PKEY_keygen_init(context.as_ptr()), WHAT)?;
        set(context.as_ptr())?;
        let mut key = std::ptr::null_mut();
        check(ffi::EVP_PKEY_keygen(context.as_ptr(), &mut key), WHAT)?;
        Pkey::new(key, WHAT)
    }
}

impl Pkey {
    /// A key of RSA. The caller looks at the sizes.
    pub(crate) fn generate_rsa(bits: u32, exponent: u64) -> Result<Pkey> {
        forget_errors();
        let exponent = number(&exponent.to_be_bytes())?;
        // SAFETY: both are ours; `rsa_key` takes the key over.
        unsafe {
            let rsa = Owned::new(ffi::RSA_new(), WHAT)?;
            check(
                ffi::RSA_generate_key_ex(
                    rsa.as_ptr(),
                    bits as c_int,
                    exponent.as_ptr(),
                    std::ptr::null_mut(),
                ),
                WHAT,
            )?;
            Pkey::new(rsa_key(rsa.into_raw()), WHAT)
        }
    }

    /// A key on a curve, by libcrypto's number.
    pub(crate) fn generate_ec(curve: i32) -> Result<Pkey> {
        generate(ffi::EVP_PKEY_EC, |context| {
            // SAFETY: `generate` passes a live context.
            unsafe {
                check(
                    ffi::EVP_PKEY_CTX_set_ec_paramgen_curve_nid(context, curve),
                    WHAT,
                )
            }
        })
    }

    pub(crate) fn generate_ed25519() -> Result<Pkey> {
        generate(ffi::EVP_PKEY_ED25519, |_| Ok(()))
    }

    pub(crate) fn generate_x25519() -> Result<Pkey> {
        generate(ffi::EVP_PKEY_X25519, |_| Ok(()))
    }
}
