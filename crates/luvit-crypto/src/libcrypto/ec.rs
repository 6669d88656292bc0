//! Keys on curves: their numbers, and keys made of numbers.

use aws_lc_sys as ffi;

use super::common::{Owned, big_number, c_string, check, forget_errors, number};
use super::pkey::ec_key;
use super::{KeyType, Pkey};
use crate::{Result, Secret};

/// libcrypto's numbers of the curves it has.
pub(crate) fn curves() -> Vec<i32> {
    let empty = ffi::EC_builtin_curve {
        nid: 0,
        comment: std::ptr::null(),
    };
    // SAFETY: the first call only counts; the second writes as many as there is room for.
    unsafe {
        let count = ffi::EC_get_builtin_curves(std::ptr::null_mut(), 0);
        let mut curves = vec![empty; count];
        ffi::EC_get_builtin_curves(curves.as_mut_ptr(), count);
        curves.iter().map(|curve| curve.nid).collect()
    }
}

/// The curve that a name means: ASN.1's (`prime256v1`, `secp384r1`) or NIST's (`P-256`).
pub(crate) fn curve_by_name(name: &[u8]) -> Option<i32> {
    let name = c_string(name, "curve").ok()?;
    // SAFETY: the name is a C string.
    let nid = unsafe {
        match ffi::EC_curve_nist2nid(name.as_ptr()) {
            ffi::NID_undef if name.as_bytes() == b"secp256r1" => ffi::NID_X9_62_prime256v1,
            ffi::NID_undef => ffi::OBJ_sn2nid(name.as_ptr()),
            nid => nid,
        }
    };
    forget_errors();
    curves().contains(&nid).then_some(nid)
}

const WHAT: &str = "EC key";

/// An EC key without numbers.
fn empty(curve: i32) -> Result<Owned<ffi::EC_KEY>> {
    forget_errors();
    // SAFETY: the key is ours.
    unsafe { Owned::new(ffi::EC_KEY_new_by_curve_name(curve), WHAT) }
}

/// Sets the public point, in X9.62's form; it must be on the curve.
fn set_point(key: &Owned<ffi::EC_KEY>, point: &[u8]) -> Result<()> {
    // SAFETY: the key has a group; the point is ours, and is copied.
    unsafe {
        let group = ffi::EC_KEY_get0_group(key.as_ptr());
        let place = Owned::new(ffi::EC_POINT_new(group), WHAT)?;
        check(
            ffi::EC_POINT_oct2point(
                group,
                place.as_ptr(),
                point.as_ptr(),
                point.len(),
                std::ptr::null_mut(),
            ),
            WHAT,
        )?;
        check(
            ffi::EC_KEY_set_public_key(key.as_ptr(), place.as_ptr()),
            WHAT,
        )
    }
}

impl Pkey {
    /// A public key of a point in X9.62's form.
    pub(crate) fn from_point(curve: i32, point: &[u8]) -> Result<Pkey> {
        let key = empty(curve)?;
        set_point(&key, point)?;
        // SAFETY: `ec_key` takes the key over.
        unsafe { Pkey::new(ec_key(key.into_raw()), WHAT) }
    }

    /// A private key of its number, with the point that belongs to it; a point that is given must be
    /// that one.
    pub(crate) fn from_scalar(curve: i32, scalar: &[u8], point: Option<&[u8]>) -> Result<Pkey> {
        let key = empty(curve)?;
        let scalar = number(scalar)?;
        // SAFETY: all are ours and live; the number and the point are copied. The check also finds
        // a point that does not belong to the number.
        unsafe {
            check(
                ffi::EC_KEY_set_private_key(key.as_ptr(), scalar.as_ptr()),
                WHAT,
            )?;
            match point {
                Some(point) => set_point(&key, point)?,
                None => {
                    let group = ffi::EC_KEY_get0_group(key.as_ptr());
                    let place = Owned::new(ffi::EC_POINT_new(group), WHAT)?;
                    check(
                        ffi::EC_POINT_mul(
                            group,
                            place.as_ptr(),
                            scalar.as_ptr(),
                            std::ptr::null(),
                            std::ptr::null(),
                            std::ptr::null_mut(),
                        ),
                        WHAT,
                    )?;
                    check(
                        ffi::EC_KEY_set_public_key(key.as_ptr(), place.as_ptr()),
                        WHAT,
                    )?;
                }
            }
            check(ffi::EC_KEY_check_key(key.as_ptr()), WHAT)?;
            Pkey::new(ec_key(key.into_raw()), WHAT)
        }
    }

    /// The private number of an EC key, as long as the curve's order; `None` without one.
    pub(crate) fn scalar(&self) -> Option<Secret> {
        self.ec(|ec| {
            // SAFETY: the key is live in the closure, and has a group.
            unsafe {
                let number = ffi::EC_KEY_get0_private_key(ec);
                if number.is_null() {
                    return None;
                }
                let order = ffi::EC_GROUP_get0_order(ffi::EC_KEY_get0_group(ec));
                let mut bytes = vec![0; ffi::BN_num_bytes(order) as usize];
                let done = ffi::BN_bn2bin_padded(bytes.as_mut_ptr(), bytes.len(), number) == 1;
                done.then(|| Secret::from(bytes))
            }
        })?
    }

    /// `ECPrivateKey` (RFC 5915); `None` for a key of another kind.
    pub(crate) fn to_sec1(&self) -> Option<Result<Secret>> {
        self.ec(|ec| {
            // SAFETY: the key is live in the closure, and the CBB is that of `collect`.
            super::common::collect("write SEC1", |cbb| unsafe {
                ffi::EC_KEY_marshal_private_key(cbb, ec, ffi::EC_KEY_get_enc_flags(ec))
            })
        })
    }

    /// A key of Ed25519 or X25519 of its 32 private bytes.
    pub(crate) fn from_raw_private(kind: KeyType, bytes: &[u8]) -> Result<Pkey> {
        forget_errors();
        // SAFETY: the slice lives through the call; the key is ours.
        unsafe {
            Pkey::new(
                ffi::EVP_PKEY_new_raw_private_key(
                    raw_kind(kind),
                    std::ptr::null_mut(),
                    bytes.as_ptr(),
                    bytes.len(),
                ),
                "private key",
            )
        }
    }

    /// A key of Ed25519 or X25519 of its 32 public bytes.
    pub(crate) fn from_raw_public(kind: KeyType, bytes: &[u8]) -> Result<Pkey> {
        forget_errors();
        // SAFETY: as above.
        unsafe {
            Pkey::new(
                ffi::EVP_PKEY_new_raw_public_key(
                    raw_kind(kind),
                    std::ptr::null_mut(),
                    bytes.as_ptr(),
                    bytes.len(),
                ),
                "public key",
            )
        }
    }

    /// The private bytes of a key of Ed25519 or X25519; `None` for others.
    pub(crate) fn raw_private(&self) -> Option<Secret> {
        let mut bytes = vec![0; 64];
        let mut length = bytes.len();
        // SAFETY: the key is live, and there is room for `length` bytes.
        let done = unsafe {
            ffi::EVP_PKEY_get_raw_private_key(self.as_ptr(), bytes.as_mut_ptr(), &mut length) == 1
        };
        forget_errors();
        bytes.truncate(length);
        done.then(|| Secret::from(bytes))
    }

    /// The public bytes of a key of Ed25519 or X25519; `None` for others.
    pub(crate) fn raw_public(&self) -> Option<Vec<u8>> {
        let mut bytes = vec![0; 64];
        let mut length = bytes.len();
        // SAFETY: as above.
        let done = unsafe {
            ffi::EVP_PKEY_get_raw_public_key(self.as_ptr(), bytes.as_mut_ptr(), &mut length) == 1
        };
        forget_errors();
        bytes.truncate(length);
        done.then_some(bytes)
    }

    /// The numbers of an RSA key: n, e, and of a private one d, p, q, dp, dq, qi.
    pub(crate) fn rsa_numbers(&self) -> Option<Vec<Secret>> {
        self.rsa(|rsa| {
            // SAFETY: the key is live in the closure; numbers may be missing.
            unsafe {
                [
                    ffi::RSA_get0_n(rsa),
                    ffi::RSA_get0_e(rsa),
                    ffi::RSA_get0_d(rsa),
                    ffi::RSA_get0_p(rsa),
                    ffi::RSA_get0_q(rsa),
                    ffi::RSA_get0_dmp1(rsa),
                    ffi::RSA_get0_dmq1(rsa),
                    ffi::RSA_get0_iqmp(rsa),
                ]
                .into_iter()
                .take_while(|number| !number.is_null())
                .map(|number| Secret::from(big_number(number)))
                .collect()
            }
        })
    }

    /// A key of RSA of its numbers: two for a public one, eight for a private one.
    pub(crate) fn from_rsa_numbers(numbers: &[&[u8]]) -> Result<Pkey> {
        forget_errors();
        let what = "RSA key";
        let owned = numbers
            .iter()
            .map(|bytes| number(bytes))
            .collect::<Result<Vec<_>>>()?;
        let at = |index: usize| {
            owned
                .get(index)
                .map_or(std::ptr::null(), |n| n.as_ptr().cast_const())
        };
        // SAFETY: the numbers live through the call and are copied; null is refused.
        unsafe {
            let rsa = if numbers.len() == 2 {
                ffi::RSA_new_public_key(at(0), at(1))
            } else {
                ffi::RSA_new_private_key(at(0), at(1), at(2), at(3), at(4), at(5), at(6), at(7))
            };
            let rsa = Owned::new(rsa, what)?;
            Pkey::new(super::pkey::rsa_key(rsa.into_raw()), what)
        }
    }
}

fn raw_kind(kind: KeyType) -> i32 {
    match kind {
        KeyType::X25519 => ffi::EVP_PKEY_X25519,
        _ => ffi::EVP_PKEY_ED25519,
    }
}
