//! `DH`: Diffie-Hellman over prime fields.

use std::ffi::c_int;

use aws_lc_sys as ffi;

use super::common::{Owned, big_number, check, forget_errors, number};
use crate::encoding::from_hex;
use crate::{Result, Secret};

/// The numbers of an exchange: prime, generator, and the keys once there are some.
pub(crate) struct Dh(Owned<ffi::DH>);

// SAFETY: the object has one owner, and is changed by `&mut` only.
unsafe impl Send for Dh {}

/// What is between the 64 ones at both ends of the primes of RFC 2409, sections 6.1 and 6.2.
const OAKLEY_1: &str = "c90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74020bbea63b139b22514a0879\
    8e3404ddef9519b3cd3a431b302b0a6df25f14374fe1356d6d51c245e485b576625e7ec6f44c42e9a63a3620";
const OAKLEY_2: &str = "c90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74020bbea63b139b22514a0879\
    8e3404ddef9519b3cd3a431b302b0a6df25f14374fe1356d6d51c245e485b576625e7ec6f44c42e9a637ed6b0bff5cb6\
    f406b7edee386bfb5a899fa5ae9f24117c4b1fe649286651ece65381";

fn between_ones(middle: &str) -> Option<Vec<u8>> {
    let ones = [0xff; 8];
    Some([&ones[..], &from_hex(middle.as_bytes())?, &ones].concat())
}

/// The primes of RFC 2409 and RFC 3526, by their bits.
pub(crate) fn prime(bits: u32) -> Option<Vec<u8>> {
    let get = match bits {
        768 => return between_ones(OAKLEY_1),
        1024 => return between_ones(OAKLEY_2),
        1536 => ffi::BN_get_rfc3526_prime_1536,
        2048 => ffi::BN_get_rfc3526_prime_2048,
        3072 => ffi::BN_get_rfc3526_prime_3072,
        4096 => ffi::BN_get_rfc3526_prime_4096,
        6144 => ffi::BN_get_rfc3526_prime_6144,
        8192 => ffi::BN_get_rfc3526_prime_8192,
        _ => return None,
    };
    // SAFETY: given null, the function makes a number, which is ours.
    unsafe { Owned::maybe(get(std::ptr::null_mut())).map(|prime| big_number(prime.as_ptr())) }
}

const WHAT: &str = "Diffie-Hellman";

impl Dh {
    fn empty() -> Result<Dh> {
        forget_errors();
        // SAFETY: the object is ours.
        unsafe { Owned::new(ffi::DH_new(), WHAT).map(Dh) }
    }

    pub(crate) fn new(prime: &[u8], generator: &[u8]) -> Result<Dh> {
        let dh = Dh::empty()?;
        let (prime, generator) = (number(prime)?, number(generator)?);
        // SAFETY: all are live; the object takes the numbers over when it succeeds.
        unsafe {
            check(
                ffi::DH_set0_pqg(
                    dh.0.as_ptr(),
                    prime.as_ptr(),
                    std::ptr::null_mut(),
                    generator.as_ptr(),
                ),
                WHAT,
            )?;
        }
        prime.into_raw();
        generator.into_raw();
        Ok(dh)
    }

    /// With a new safe prime of so many bits.
    pub(crate) fn generate(bits: u32, generator: u32) -> Result<Dh> {
        let dh = Dh::empty()?;
        // SAFETY: the object is live.
        unsafe {
            check(
                ffi::DH_generate_parameters_ex(
                    dh.0.as_ptr(),
                    bits as c_int,
                    generator as c_int,
                    std::ptr::null_mut(),
                ),
                WHAT,
            )?;
        }
        Ok(dh)
    }

    pub(crate) fn generate_key(&mut self) -> Result<()> {
        forget_errors();
        // SAFETY: the object is live and ours alone.
        unsafe { check(ffi::DH_generate_key(self.0.as_ptr()), WHAT) }
    }

    /// Sets the keys that are given; the others stay.
    pub(crate) fn set_key(&mut self, public: Option<&[u8]>, private: Option<&[u8]>) -> Result<()> {
        let public = public.map(number).transpose()?;
        let private = private.map(number).transpose()?;
        let raw = |it: &Option<Owned<ffi::BIGNUM>>| {
            it.as_ref().map_or(std::ptr::null_mut(), Owned::as_ptr)
        };
        // SAFETY: the object is live and ours alone; it takes the numbers over when it succeeds.
        unsafe {
            check(
                ffi::DH_set0_key(self.0.as_ptr(), raw(&public), raw(&private)),
                WHAT,
            )?;
        }
        public.map(Owned::into_raw);
        private.map(Owned::into_raw);
        Ok(())
    }

    /// The secret that is shared with the owner of a public key, as long as the prime.
    pub(crate) fn compute(&mut self, peer: &[u8]) -> Result<Secret> {
        forget_errors();
        let peer = number(peer)?;
        // SAFETY: the object is live and ours alone; `out` is as long as the prime.
        unsafe {
            let mut out = vec![0; ffi::DH_size(self.0.as_ptr()).max(0) as usize];
            let length =
                ffi::DH_compute_key_padded(out.as_mut_ptr(), peer.as_ptr(), self.0.as_ptr());
            if length < 0 {
                return Err(super::common::library_error("compute the shared secret"));
            }
            out.truncate(length as usize);
            Ok(Secret::from(out))
        }
    }

    /// What is wrong with prime and generator, as OpenSSL's bits (`DH_CHECK_…`).
    pub(crate) fn problems(&self) -> Result<i32> {
        forget_errors();
        let mut flags = 0;
        // SAFETY: the object is live.
        unsafe { check(ffi::DH_check(self.0.as_ptr(), &mut flags), WHAT)? };
        Ok(flags)
    }

    /// Prime, generator, public and private key.
    pub(crate) fn numbers(&self) -> [Option<Secret>; 4] {
        // SAFETY: the object is live; numbers may be missing.
        unsafe {
            let dh = self.0.as_ptr();
            [
                ffi::DH_get0_p(dh),
                ffi::DH_get0_g(dh),
                ffi::DH_get0_pub_key(dh),
                ffi::DH_get0_priv_key(dh),
            ]
            .map(|it| (!it.is_null()).then(|| Secret::from(big_number(it))))
        }
    }
}
