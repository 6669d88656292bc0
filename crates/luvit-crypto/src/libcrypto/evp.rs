//! The ciphers of keys in the old PEM form.

use aws_lc_sys as ffi;

use super::common::{Owned, check, forget_errors, library_error};
use crate::{Error, Result, Secret};

/// The ciphers that `DEK-Info` may name.
fn cipher(name: &str) -> Result<*const ffi::EVP_CIPHER> {
    // SAFETY: these return static tables.
    Ok(unsafe {
        match name.to_ascii_uppercase().as_str() {
            "AES-128-CBC" => ffi::EVP_aes_128_cbc(),
            "AES-192-CBC" => ffi::EVP_aes_192_cbc(),
            "AES-256-CBC" => ffi::EVP_aes_256_cbc(),
            "DES-CBC" => ffi::EVP_des_cbc(),
            "DES-EDE3-CBC" => ffi::EVP_des_ede3_cbc(),
            _ => {
                return Err(Error::unsupported(format!(
                    "the key is encrypted with {name}, which is not supported"
                )));
            }
        }
    })
}

/// Decrypts a key in the old PEM form: the cipher's key is made of the passphrase and the first
/// bytes of the IV by MD5, as OpenSSL's `EVP_BytesToKey` does.
pub(crate) fn decrypt_traditional(
    name: &str,
    iv: &[u8],
    passphrase: &[u8],
    data: &[u8],
) -> Result<Secret> {
    let cipher = cipher(name)?;
    // SAFETY: `cipher` is one of the static tables.
    let iv_length = unsafe { ffi::EVP_CIPHER_iv_length(cipher) } as usize;
    if iv.len() != iv_length {
        return Err(Error::malformed(
            "PEM",
            format!(
                "the IV in DEK-Info is {} bytes, {name} takes {iv_length}",
                iv.len()
            ),
        ));
    }
    let what = "decrypt the key";
    let Ok(length) = i32::try_from(data.len()) else {
        return Err(Error::malformed("PEM", "the key is larger than 2 GB"));
    };
    let mut key = Secret::from(vec![0; ffi::EVP_MAX_KEY_LENGTH as usize]).into_vec();
    let mut out = vec![0; data.len() + ffi::EVP_MAX_BLOCK_LENGTH as usize];
    let (mut first, mut last) = (0, 0);
    // SAFETY: key and IV are as long as the cipher wants at most; `out` has room for a block more
    // than the input; the context lives through the calls.
    let done = unsafe {
        let made = ffi::EVP_BytesToKey(
            cipher,
            ffi::EVP_md5(),
            iv.as_ptr(),
            passphrase.as_ptr(),
            passphrase.len(),
            1,
            key.as_mut_ptr(),
            std::ptr::null_mut(),
        );
        let key = Secret::from(key);
        if made == 0 {
            return Err(library_error(what));
        }
        let context = Owned::new(ffi::EVP_CIPHER_CTX_new(), what)?;
        check(
            ffi::EVP_DecryptInit_ex(
                context.as_ptr(),
                cipher,
                std::ptr::null_mut(),
                key.as_ptr(),
                iv.as_ptr(),
            ),
            what,
        )?;
        ffi::EVP_DecryptUpdate(
            context.as_ptr(),
            out.as_mut_ptr(),
            &mut first,
            data.as_ptr(),
            length,
        ) == 1
            && ffi::EVP_DecryptFinal_ex(
                context.as_ptr(),
                out.as_mut_ptr().add(first as usize),
                &mut last,
            ) == 1
    };
    let mut out = Secret::from(out).into_vec();
    if !done {
        forget_errors();
        super::common::wipe(&mut out);
        return Err(Error::wrong_passphrase());
    }
    out.truncate((first + last) as usize);
    Ok(Secret::from(out))
}
