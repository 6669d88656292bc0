//! `RAND_bytes`, and comparison in constant time.

use aws_lc_sys as ffi;

/// Fills `out` with random bytes.
pub(crate) fn fill(out: &mut [u8]) {
    // SAFETY: `out` is that many bytes. The function returns 1 or ends the process.
    let done = unsafe { ffi::RAND_bytes(out.as_mut_ptr(), out.len()) };
    assert_eq!(done, 1, "the system gives no random numbers");
}

/// Whether two slices of one length are equal, in time that depends on the length only.
pub(crate) fn equal(a: &[u8], b: &[u8]) -> bool {
    assert_eq!(a.len(), b.len());
    // SAFETY: both are that many bytes.
    unsafe { ffi::CRYPTO_memcmp(a.as_ptr().cast(), b.as_ptr().cast(), a.len()) == 0 }
}
