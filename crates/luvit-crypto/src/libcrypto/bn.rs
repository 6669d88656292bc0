//! `BIGNUM`: integers of any size.

use std::cmp::Ordering;
use std::ffi::{CStr, CString, c_char, c_int};
use std::ptr;

use aws_lc_sys as ffi;

/// An integer.
pub(crate) struct Bn(*mut ffi::BIGNUM);

// SAFETY: an integer is plain memory that nothing else refers to, and does not change once made.
unsafe impl Send for Bn {}
// SAFETY: as above.
unsafe impl Sync for Bn {}

/// Scratch memory of a computation.
struct Scratch(*mut ffi::BN_CTX);

impl Scratch {
    fn new() -> Scratch {
        // SAFETY: no requirements.
        let raw = unsafe { ffi::BN_CTX_new() };
        assert!(!raw.is_null(), "out of memory");
        Scratch(raw)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // SAFETY: made by `BN_CTX_new`, freed once.
        unsafe { ffi::BN_CTX_free(self.0) }
    }
}

/// `Some` for success; what failed is not kept in the thread's list.
fn check(status: c_int) -> Option<()> {
    if status == 1 {
        return Some(());
    }
    // SAFETY: no requirements.
    unsafe { ffi::ERR_clear_error() };
    None
}

/// A function of libcrypto on two integers and a modulus or exponent.
type Ternary = unsafe extern "C" fn(
    *mut ffi::BIGNUM,
    *const ffi::BIGNUM,
    *const ffi::BIGNUM,
    *const ffi::BIGNUM,
    *mut ffi::BN_CTX,
) -> c_int;

/// A function of libcrypto on two integers.
type Binary = unsafe extern "C" fn(
    *mut ffi::BIGNUM,
    *const ffi::BIGNUM,
    *const ffi::BIGNUM,
    *mut ffi::BN_CTX,
) -> c_int;

impl Bn {
    fn zero() -> Bn {
        // SAFETY: no requirements.
        let raw = unsafe { ffi::BN_new() };
        assert!(!raw.is_null(), "out of memory");
        Bn(raw)
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Bn {
        let bn = Bn::zero();
        // SAFETY: `bytes` is that many bytes and the integer is live.
        let done = unsafe { ffi::BN_bin2bn(bytes.as_ptr(), bytes.len(), bn.0) };
        assert!(!done.is_null(), "out of memory");
        bn
    }

    /// The integer that all of `text` is: decimal digits, or hexadecimal ones.
    pub(crate) fn from_text(text: &[u8], hexadecimal: bool) -> Option<Bn> {
        let text = CString::new(text).ok()?;
        let length = c_int::try_from(text.as_bytes().len()).ok()?;
        let mut bn = Bn::zero();
        // SAFETY: the text ends with a NUL, and the integer is live; both functions fill it.
        let read = unsafe {
            if hexadecimal {
                ffi::BN_hex2bn(&raw mut bn.0, text.as_ptr())
            } else {
                ffi::BN_dec2bn(&raw mut bn.0, text.as_ptr())
            }
        };
        if read != length {
            check(0);
            return None;
        }
        Some(bn)
    }

    /// The absolute value, most significant byte first; nothing for 0.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        // SAFETY: the integer is live, and gets as many bytes as it says.
        unsafe {
            let mut out = vec![0; ffi::BN_num_bytes(self.0) as usize];
            let written = ffi::BN_bn2bin(self.0, out.as_mut_ptr());
            out.truncate(written);
            out
        }
    }

    pub(crate) fn to_text(&self, hexadecimal: bool) -> String {
        // SAFETY: the integer is live; the text is libcrypto's, ends with a NUL and is freed once.
        unsafe {
            let text: *mut c_char = if hexadecimal {
                ffi::BN_bn2hex(self.0)
            } else {
                ffi::BN_bn2dec(self.0)
            };
            assert!(!text.is_null(), "out of memory");
            let copy = CStr::from_ptr(text).to_string_lossy().into_owned();
            ffi::OPENSSL_free(text.cast());
            copy
        }
    }

    pub(crate) fn bits(&self) -> u32 {
        // SAFETY: the integer is live.
        unsafe { ffi::BN_num_bits(self.0) }
    }

    pub(crate) fn is_negative(&self) -> bool {
        // SAFETY: the integer is live.
        unsafe { ffi::BN_is_negative(self.0) != 0 }
    }

    pub(crate) fn is_odd(&self) -> bool {
        // SAFETY: the integer is live.
        unsafe { ffi::BN_is_odd(self.0) != 0 }
    }

    pub(crate) fn compare(&self, other: &Bn) -> Ordering {
        // SAFETY: both are live.
        unsafe { ffi::BN_cmp(self.0, other.0) }.cmp(&0)
    }

    /// The same with the other sign.
    pub(crate) fn negated(&self) -> Bn {
        // SAFETY: the integer is live; the copy is changed before anybody else has it.
        unsafe {
            let copy = ffi::BN_dup(self.0);
            assert!(!copy.is_null(), "out of memory");
            ffi::BN_set_negative(copy, c_int::from(!self.is_negative()));
            Bn(copy)
        }
    }

    pub(crate) fn add(&self, other: &Bn) -> Bn {
        let sum = Bn::zero();
        // SAFETY: all are live.
        let done = unsafe { ffi::BN_add(sum.0, self.0, other.0) };
        assert_eq!(done, 1, "out of memory");
        sum
    }

    pub(crate) fn sub(&self, other: &Bn) -> Bn {
        let difference = Bn::zero();
        // SAFETY: all are live.
        let done = unsafe { ffi::BN_sub(difference.0, self.0, other.0) };
        assert_eq!(done, 1, "out of memory");
        difference
    }

    fn binary(&self, other: &Bn, function: Binary) -> Option<Bn> {
        let (result, scratch) = (Bn::zero(), Scratch::new());
        // SAFETY: all are live, and the function is one of libcrypto's of this shape.
        check(unsafe { function(result.0, self.0, other.0, scratch.0) })?;
        Some(result)
    }

    fn ternary(&self, other: &Bn, third: &Bn, function: Ternary) -> Option<Bn> {
        let (result, scratch) = (Bn::zero(), Scratch::new());
        // SAFETY: all are live, and the function is one of libcrypto's of this shape.
        check(unsafe { function(result.0, self.0, other.0, third.0, scratch.0) })?;
        Some(result)
    }

    pub(crate) fn mul(&self, other: &Bn) -> Option<Bn> {
        self.binary(other, ffi::BN_mul)
    }

    pub(crate) fn gcd(&self, other: &Bn) -> Option<Bn> {
        self.binary(other, ffi::BN_gcd)
    }

    pub(crate) fn pow(&self, exponent: &Bn) -> Option<Bn> {
        self.binary(exponent, ffi::BN_exp)
    }

    /// The remainder that is not negative.
    pub(crate) fn nnmod(&self, modulus: &Bn) -> Option<Bn> {
        self.binary(modulus, ffi::BN_nnmod)
    }

    /// Quotient, rounded towards 0, and remainder.
    pub(crate) fn divide(&self, divisor: &Bn) -> Option<(Bn, Bn)> {
        let (quotient, remainder, scratch) = (Bn::zero(), Bn::zero(), Scratch::new());
        // SAFETY: all are live.
        check(unsafe { ffi::BN_div(quotient.0, remainder.0, self.0, divisor.0, scratch.0) })?;
        Some((quotient, remainder))
    }

    pub(crate) fn add_mod(&self, other: &Bn, modulus: &Bn) -> Option<Bn> {
        self.ternary(other, modulus, ffi::BN_mod_add)
    }

    pub(crate) fn sub_mod(&self, other: &Bn, modulus: &Bn) -> Option<Bn> {
        self.ternary(other, modulus, ffi::BN_mod_sub)
    }

    pub(crate) fn mul_mod(&self, other: &Bn, modulus: &Bn) -> Option<Bn> {
        self.ternary(other, modulus, ffi::BN_mod_mul)
    }

    pub(crate) fn pow_mod(&self, exponent: &Bn, modulus: &Bn) -> Option<Bn> {
        self.ternary(exponent, modulus, ffi::BN_mod_exp)
    }

    pub(crate) fn inverse_mod(&self, modulus: &Bn) -> Option<Bn> {
        let (result, scratch) = (Bn::zero(), Scratch::new());
        // SAFETY: all are live; the result is `result`.
        let done = unsafe { ffi::BN_mod_inverse(result.0, self.0, modulus.0, scratch.0) };
        check(c_int::from(!done.is_null()))?;
        Some(result)
    }

    pub(crate) fn sqrt_mod(&self, prime: &Bn) -> Option<Bn> {
        let (result, scratch) = (Bn::zero(), Scratch::new());
        // SAFETY: all are live; the result is `result`.
        let done = unsafe { ffi::BN_mod_sqrt(result.0, self.0, prime.0, scratch.0) };
        check(c_int::from(!done.is_null()))?;
        Some(result)
    }

    /// A prime of so many bits; `safe`, half of what is below it is prime too.
    pub(crate) fn prime(bits: c_int, safe: bool) -> Option<Bn> {
        let result = Bn::zero();
        let safe = c_int::from(safe);
        // SAFETY: the integer is live; neither a condition nor a callback.
        check(unsafe {
            ffi::BN_generate_prime_ex(
                result.0,
                bits,
                safe,
                ptr::null(),
                ptr::null(),
                ptr::null_mut(),
            )
        })?;
        Some(result)
    }

    /// Whether it is prime, but for a chance of less than 2^-64, or 4^-checks if more are asked for.
    pub(crate) fn is_prime(&self, checks: c_int) -> bool {
        let scratch = Scratch::new();
        let mut prime: c_int = 0;
        // SAFETY: all are live; no callback. With 0, libcrypto chooses how often it tries.
        let done = unsafe {
            ffi::BN_primality_test(
                &raw mut prime,
                self.0,
                checks,
                scratch.0,
                1,
                ptr::null_mut(),
            )
        };
        check(done).is_some() && prime == 1
    }
}

impl Drop for Bn {
    fn drop(&mut self) {
        // SAFETY: made by `BN_new` or `BN_dup`, freed once; it wipes the number, which may be secret.
        unsafe { ffi::BN_clear_free(self.0) }
    }
}
