//! Key derivation functions of libcrypto.

use aws_lc_sys as ffi;

use super::digest::Evp;

/// PBKDF2 with HMAC. `false` when the digest is none that libcrypto's HMAC takes.
pub(crate) fn pbkdf2(
    digest: Evp,
    password: &[u8],
    salt: &[u8],
    iterations: u32,
    out: &mut [u8],
) -> bool {
    // SAFETY: all slices are as long as is said.
    let done = unsafe {
        ffi::PKCS5_PBKDF2_HMAC(
            password.as_ptr().cast(),
            password.len(),
            salt.as_ptr(),
            salt.len(),
            iterations,
            digest.raw(),
            out.len(),
            out.as_mut_ptr(),
        )
    };
    if done != 1 {
        // SAFETY: no requirements.
        unsafe { ffi::ERR_clear_error() };
    }
    done == 1
}

/// scrypt; `false` for parameters that are not possible, or memory that is not there.
pub(crate) fn scrypt(
    password: &[u8],
    salt: &[u8],
    (cost, block_size, parallelization): (u64, u64, u64),
    max_memory: usize,
    out: &mut [u8],
) -> bool {
    // SAFETY: all slices are as long as is said.
    let done = unsafe {
        ffi::EVP_PBE_scrypt(
            password.as_ptr().cast(),
            password.len(),
            salt.as_ptr(),
            salt.len(),
            cost,
            block_size,
            parallelization,
            max_memory,
            out.as_mut_ptr(),
            out.len(),
        )
    };
    if done != 1 {
        // SAFETY: no requirements.
        unsafe { ffi::ERR_clear_error() };
    }
    done == 1
}
