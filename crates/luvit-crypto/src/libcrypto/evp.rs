//! The ciphers of keys in the old PEM form.

use aws_lc_sys as ffi;

use super::common::{Owned, check, forget_errors, library_error};
use crate::{Error, Result, Secret};

/// The ciphers that `DEK-Info` may name.
pub(super) fn cipher(name: &str) -> Result<*const ffi::EVP_CIPHER> {
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
                    "encryption of keys with {name} is not supported; there are aes-128-cbc, aes-192-cbc, \
                     aes-256-cbc, des-cbc and des-ede3-cbc"
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
    traditional(name, iv, passphrase, data, false)
}

/// How many bytes the IV of a cipher has.
pub(crate) fn iv_length(name: &str) -> Result<usize> {
    let cipher = cipher(name)?;
    // SAFETY: `cipher` is one of the static tables.
    Ok(unsafe { ffi::EVP_CIPHER_iv_length(cipher) } as usize)
}

/// The other direction of [`decrypt_traditional`].
pub(crate) fn encrypt_traditional(
    name: &str,
    iv: &[u8],
    passphrase: &[u8],
    data: &[u8],
) -> Result<Secret> {
    traditional(name, iv, passphrase, data, true)
}

fn traditional(
    name: &str,
    iv: &[u8],
    passphrase: &[u8],
    data: &[u8],
    encrypt: bool,
) -> Result<Secret> {
    let cipher = cipher(name)?;
    let iv_length = iv_length(name)?;
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
            ffi::EVP_CipherInit_ex(
                context.as_ptr(),
                cipher,
                std::ptr::null_mut(),
                key.as_ptr(),
                iv.as_ptr(),
                encrypt.into(),
            ),
            what,
        )?;
        ffi::EVP_CipherUpdate(
            context.as_ptr(),
            out.as_mut_ptr(),
            &mut first,
            data.as_ptr(),
            length,
        ) == 1
            && ffi::EVP_CipherFinal_ex(
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
