//! `AES_wrap_key` and its kin.

use std::ffi::c_uint;
use std::mem::MaybeUninit;

use aws_lc_sys as ffi;

use super::common::wipe;

/// A key of AES that wraps, or unwraps.
/// It stays in one place: nothing of it is left behind when the owner moves.
pub(crate) struct Key(Box<MaybeUninit<ffi::AES_KEY>>);

impl Key {
    /// `key` has 16, 24 or 32 bytes; nothing for another length.
    pub(crate) fn new(key: &[u8], encrypt: bool) -> Option<Key> {
        let bits = key.len() as c_uint * 8;
        let mut schedule = Box::new(MaybeUninit::<ffi::AES_KEY>::zeroed());
        // SAFETY: `key` is that many bits long, and the schedule has room.
        let failed = unsafe {
            if encrypt {
                ffi::AES_set_encrypt_key(key.as_ptr(), bits, schedule.as_mut_ptr())
            } else {
                ffi::AES_set_decrypt_key(key.as_ptr(), bits, schedule.as_mut_ptr())
            }
        };
        (failed == 0).then(|| Key(schedule))
    }

    /// RFC 3394, section 2.2.1. Nothing for a length that is not possible.
    pub(crate) fn wrap(&self, iv: &[u8; 8], input: &[u8]) -> Option<Vec<u8>> {
        let mut out = vec![0; input.len() + 8];
        // SAFETY: the result is 8 bytes longer than the input, and nothing is written when the
        // input has a wrong length.
        let length = unsafe {
            ffi::AES_wrap_key(
                self.0.as_ptr(),
                iv.as_ptr(),
                out.as_mut_ptr(),
                input.as_ptr(),
                input.len(),
            )
        };
        (length > 0).then_some(out)
    }

    /// RFC 3394, section 2.2.2. Nothing when the wrapped key is not what it was.
    pub(crate) fn unwrap(&self, iv: &[u8; 8], input: &[u8]) -> Option<Vec<u8>> {
        let mut out = vec![0; input.len().saturating_sub(8)];
        // SAFETY: the result is 8 bytes shorter than the input, and nothing is written when the
        // input has a wrong length.
        let length = unsafe {
            ffi::AES_unwrap_key(
                self.0.as_ptr(),
                iv.as_ptr(),
                out.as_mut_ptr(),
                input.as_ptr(),
                input.len(),
            )
        };
        if length > 0 {
            return Some(out);
        }
        wipe(&mut out);
        None
    }

    /// RFC 5649, section 4.1. Nothing for an empty input.
    pub(crate) fn wrap_padded(&self, input: &[u8]) -> Option<Vec<u8>> {
        let mut out = vec![0; input.len() + 15];
        let mut length = 0;
        // SAFETY: `out` has the room that is said.
        let done = unsafe {
            ffi::AES_wrap_key_padded(
                self.0.as_ptr(),
                out.as_mut_ptr(),
                &mut length,
                out.len(),
                input.as_ptr(),
                input.len(),
            )
        };
        out.truncate(length);
        (done == 1).then_some(out)
    }

    /// RFC 5649, section 4.2. Nothing when the wrapped key is not what it was.
    pub(crate) fn unwrap_padded(&self, input: &[u8]) -> Option<Vec<u8>> {
        // The function's own check of it comes too late for one block.
        if !input.len().is_multiple_of(8) {
            return None;
        }
        let mut out = vec![0; input.len()];
        let mut length = 0;
        // SAFETY: `out` has the room that is said.
        let done = unsafe {
            ffi::AES_unwrap_key_padded(
                self.0.as_ptr(),
                out.as_mut_ptr(),
                &mut length,
                out.len(),
                input.as_ptr(),
                input.len(),
            )
        };
        if done == 1 {
            out.truncate(length);
            return Some(out);
        }
        wipe(&mut out);
        None
    }
}

impl Drop for Key {
    fn drop(&mut self) {
        // SAFETY: the schedule is plain numbers, which may be overwritten.
        let bytes = unsafe {
            std::slice::from_raw_parts_mut(
                self.0.as_mut_ptr().cast::<u8>(),
                std::mem::size_of::<ffi::AES_KEY>(),
            )
        };
        wipe(bytes);
    }
}
