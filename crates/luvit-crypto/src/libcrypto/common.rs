//! What the calls into libcrypto share: owners of its objects, its errors, and bytes in and out.

use std::ffi::{CStr, CString, c_char, c_int, c_long};
use std::ptr::NonNull;

use aws_lc_sys as ffi;

use crate::{Error, Result, Secret};

/// An object of libcrypto that has a function to free it.
///
/// # Safety
/// `free` releases what one owner has, and may be called from any thread.
pub(crate) unsafe trait Object {
    /// # Safety
    /// `object` is owned by the caller, who gives it up.
    unsafe fn free(object: *mut Self);
}

macro_rules! objects {
    ($($object:ident => $free:ident),* $(,)?) => {$(
        // SAFETY: this is the function that the headers name for it.
        unsafe impl Object for ffi::$object {
            unsafe fn free(object: *mut Self) {
                // SAFETY: as the trait says.
                unsafe { ffi::$free(object); }
            }
        }
    )*};
}

objects! {
    BIO => BIO_free_all,
    BIGNUM => BN_free,
    DH => DH_free,
    EC_KEY => EC_KEY_free,
    EC_GROUP => EC_GROUP_free,
    EC_POINT => EC_POINT_free,
    EVP_CIPHER_CTX => EVP_CIPHER_CTX_free,
    EVP_PKEY => EVP_PKEY_free,
    EVP_PKEY_CTX => EVP_PKEY_CTX_free,
    NETSCAPE_SPKI => NETSCAPE_SPKI_free,
    RSA => RSA_free,
    X509 => X509_free,
    X509_NAME => X509_NAME_free,
    X509_REQ => X509_REQ_free,
    X509_STORE => X509_STORE_free,
    X509_STORE_CTX => X509_STORE_CTX_free,
    ASN1_OBJECT => ASN1_OBJECT_free,
}

/// The owner of an object.
pub(crate) struct Owned<T: Object>(pub(super) NonNull<T>);

impl<T: Object> Owned<T> {
    /// Takes what a function of libcrypto returned; null is the error that it queued, while doing
    /// `what`.
    ///
    /// # Safety
    /// `object` is null, or the caller owns it and gives it up.
    pub(crate) unsafe fn new(object: *mut T, what: &'static str) -> Result<Owned<T>> {
        // SAFETY: as the caller says.
        unsafe { Owned::maybe(object) }.ok_or_else(|| library_error(what))
    }

    /// As [`new`](Owned::new), and leaves the error where it is.
    ///
    /// # Safety
    /// As for [`new`](Owned::new).
    pub(crate) unsafe fn maybe(object: *mut T) -> Option<Owned<T>> {
        NonNull::new(object).map(Owned)
    }

    pub(crate) fn as_ptr(&self) -> *mut T {
        self.0.as_ptr()
    }

    /// Gives the object to a function that becomes its owner.
    pub(crate) fn into_raw(self) -> *mut T {
        let raw = self.0.as_ptr();
        std::mem::forget(self);
        raw
    }
}

impl<T: Object> Drop for Owned<T> {
    fn drop(&mut self) {
        // SAFETY: this owner has it, and is gone afterwards.
        unsafe { T::free(self.0.as_ptr()) }
    }
}

/// The error that libcrypto queued first, which is the one closest to the cause. The queue is
/// empty afterwards.
pub(crate) fn library_error(what: &'static str) -> Error {
    Error::library(what, &take_reason())
}

/// The first reason in the queue, which is empty afterwards: `BAD_DECRYPT`.
pub(crate) fn take_reason() -> String {
    // SAFETY: the queue belongs to the thread; reasons are static strings.
    unsafe {
        let code = ffi::ERR_get_error();
        ffi::ERR_clear_error();
        // The only reason of a library whose texts are not there.
        if ffi::ERR_GET_LIB(code) == ffi::ERR_LIB_PKCS12 {
            return "MAC_VERIFY_FAILURE".into();
        }
        static_text(ffi::ERR_reason_error_string(code)).unwrap_or_else(|| "UNKNOWN".into())
    }
}

/// Forgets errors of calls whose failure is an answer.
pub(crate) fn forget_errors() {
    // SAFETY: the queue belongs to the thread.
    unsafe { ffi::ERR_clear_error() }
}

/// `Ok` for 1, which is success everywhere in libcrypto.
pub(crate) fn check(result: c_int, what: &'static str) -> Result<()> {
    if result == 1 {
        return Ok(());
    }
    Err(library_error(what))
}

/// A string of libcrypto's that is always there; `None` for null.
///
/// # Safety
/// `text` is null, or a C string that lives through the call.
pub(crate) unsafe fn static_text(text: *const c_char) -> Option<String> {
    // SAFETY: as the caller says.
    (!text.is_null()).then(|| unsafe { CStr::from_ptr(text).to_string_lossy().into_owned() })
}

/// A C string of an argument; one with a NUL inside is an error that names the argument.
pub(crate) fn c_string(bytes: &[u8], name: &'static str) -> Result<CString> {
    CString::new(bytes).map_err(|_| {
        Error::new(
            "ERR_INVALID_ARG_VALUE",
            format!("{name} contains a NUL byte"),
        )
    })
}

/// Overwrites bytes, in a way that the compiler does not leave out.
pub(crate) fn wipe(bytes: &mut [u8]) {
    // SAFETY: the slice is valid for writes of its length.
    unsafe { ffi::OPENSSL_cleanse(bytes.as_mut_ptr().cast(), bytes.len()) }
}

/// A `CBS` over bytes; libcrypto's parsers take it and move it forward.
pub(super) fn cbs(bytes: &[u8]) -> ffi::CBS {
    ffi::CBS {
        data: bytes.as_ptr(),
        len: bytes.len(),
    }
}

/// The bytes that a function appends to a `CBB`.
pub(super) fn collect(
    what: &'static str,
    fill: impl FnOnce(*mut ffi::CBB) -> c_int,
) -> Result<Secret> {
    let mut cbb = std::mem::MaybeUninit::<ffi::CBB>::zeroed();
    let (mut data, mut length) = (std::ptr::null_mut(), 0);
    // SAFETY: the `CBB` is initialised before it is used, and either finished or cleaned up. A
    // finished one gives a buffer that is ours to free.
    unsafe {
        check(ffi::CBB_init(cbb.as_mut_ptr(), 256), what)?;
        if fill(cbb.as_mut_ptr()) != 1
            || ffi::CBB_finish(cbb.as_mut_ptr(), &mut data, &mut length) != 1
        {
            let error = library_error(what);
            ffi::CBB_cleanup(cbb.as_mut_ptr());
            return Err(error);
        }
        Ok(take_buffer(data, length))
    }
}

/// Copies a buffer of libcrypto's, wipes it and frees it.
///
/// # Safety
/// `data` is null, or a buffer of `OPENSSL_malloc` with `length` bytes that the caller owns.
pub(super) unsafe fn take_buffer(data: *mut u8, length: usize) -> Secret {
    if data.is_null() {
        return Secret::default();
    }
    // SAFETY: as the caller says.
    unsafe {
        let bytes = Secret::from(std::slice::from_raw_parts(data, length));
        ffi::OPENSSL_cleanse(data.cast(), length);
        ffi::OPENSSL_free(data.cast());
        bytes
    }
}

/// The bytes that one of the `i2d_` functions writes.
pub(super) fn i2d(
    what: &'static str,
    write: impl FnOnce(*mut *mut u8) -> c_int,
) -> Result<Vec<u8>> {
    let mut data = std::ptr::null_mut();
    let length = write(&mut data);
    if length < 0 || data.is_null() {
        return Err(library_error(what));
    }
    // SAFETY: given a null pointer, `i2d` allocates what it writes, and that is ours.
    Ok(unsafe { take_buffer(data, length as usize) }.into_vec())
}

/// The length for a `d2i_` function.
pub(super) fn c_length(bytes: &[u8], what: &'static str) -> Result<c_long> {
    c_long::try_from(bytes.len())
        .ok()
        .filter(|&length| i32::try_from(length).is_ok())
        .ok_or_else(|| Error::malformed(what, "it is larger than 2 GB"))
}

/// The text that a function prints.
pub(super) fn printed(
    what: &'static str,
    print: impl FnOnce(*mut ffi::BIO) -> c_int,
) -> Result<String> {
    // SAFETY: the BIO is owned; its content is read while it lives.
    unsafe {
        let bio = Owned::new(ffi::BIO_new(ffi::BIO_s_mem()), what)?;
        if print(bio.as_ptr()) < 0 {
            return Err(library_error(what));
        }
        let (mut data, mut length) = (std::ptr::null(), 0);
        if ffi::BIO_mem_contents(bio.as_ptr(), &mut data, &mut length) != 1 || data.is_null() {
            return Ok(String::new());
        }
        Ok(String::from_utf8_lossy(std::slice::from_raw_parts(data, length)).into_owned())
    }
}

/// The bytes of a big number, without zeros in front.
///
/// # Safety
/// `number` points to a live one.
pub(super) unsafe fn big_number(number: *const ffi::BIGNUM) -> Vec<u8> {
    // SAFETY: the buffer has the size that the number takes.
    unsafe {
        let mut bytes = vec![0; ffi::BN_num_bytes(number) as usize];
        ffi::BN_bn2bin(number, bytes.as_mut_ptr());
        bytes
    }
}

/// A big number of bytes.
pub(super) fn number(bytes: &[u8]) -> Result<Owned<ffi::BIGNUM>> {
    // SAFETY: the slice lives through the call; the number is ours.
    unsafe {
        Owned::new(
            ffi::BN_bin2bn(bytes.as_ptr(), bytes.len(), std::ptr::null_mut()),
            "read a number",
        )
    }
}
