//! Integers of any size, for arithmetic of keys and protocols.

use std::cmp::Ordering;
use std::fmt;

use crate::libcrypto::bn::Bn;
use crate::{Error, Result};

// The limits below keep every function under a few seconds: nothing can interrupt one.

/// The longest integer, in bits: a third of a million decimal digits.
const MAX_BITS: u64 = 1 << 20;

/// The longest modulus, exponent or number to divide in common, in bits. Time grows with the cube.
const MAX_MODULAR_BITS: u32 = 1 << 14;

/// The longest number that is tested for being prime, in bits.
const MAX_PRIME_BITS: u32 = 1 << 13;

/// The longest prime that is looked for, in bits. Time grows with the fourth power.
const MAX_NEW_PRIME_BITS: u32 = 1 << 12;

/// The longest prime that square roots are taken for, in bits: for some, time grows with the
/// fourth power.
const MAX_ROOT_BITS: u32 = 1 << 11;

/// An integer. It does not change.
pub struct Integer(Bn);

fn fail(reason: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new("ERR_OUT_OF_RANGE", reason)
}

impl Integer {
    /// The integer of these bytes, the most significant first.
    ///
    /// # Errors
    /// When it is too large.
    pub fn from_bytes(bytes: &[u8]) -> Result<Integer> {
        if bytes.len() as u64 > MAX_BITS / 8 {
            return Err(fail("an integer is at most 2^20 bits long"));
        }
        Ok(Integer(Bn::from_bytes(bytes)))
    }

    /// The integer of a decimal text, or of a hexadecimal one that begins with `x`, as lua-openssl
    /// has it; a sign may be first.
    ///
    /// # Errors
    /// When it is anything else, or too large.
    pub fn from_text(text: &[u8]) -> Result<Integer> {
        let (hexadecimal, digits) = match text {
            [b'x' | b'X', digits @ ..] => (true, digits),
            digits => (false, digits),
        };
        let digits_at_most = if hexadecimal {
            MAX_BITS / 4
        } else {
            MAX_BITS / 3
        };
        if digits.len() as u64 > digits_at_most {
            return Err(fail("an integer is at most 2^20 bits long"));
        }
        let integer = (!digits.is_empty())
            .then(|| Bn::from_text(digits, hexadecimal))
            .flatten()
            .map(Integer)
            .ok_or_else(|| {
                fail("no integer: decimal digits, or x and hexadecimal ones, are expected")
            })?;
        if u64::from(integer.bits()) > MAX_BITS {
            return Err(fail("an integer is at most 2^20 bits long"));
        }
        Ok(integer)
    }

    /// The nearest number with a floating point, which may be infinite.
    pub fn to_f64(&self) -> f64 {
        // The largest has 1024 bits.
        match (self.bits() > 1024, self.is_negative()) {
            (true, false) => f64::INFINITY,
            (true, true) => f64::NEG_INFINITY,
            (false, _) => self.to_decimal().parse().unwrap_or(f64::NAN),
        }
    }

    /// The absolute value, the most significant byte first; nothing for 0.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.to_bytes()
    }

    /// Decimal digits.
    pub fn to_decimal(&self) -> String {
        self.0.to_text(false)
    }

    /// Hexadecimal digits in upper case, two a byte.
    pub fn to_hex(&self) -> String {
        self.0.to_text(true)
    }

    /// How many bits the absolute value has.
    pub fn bits(&self) -> u32 {
        self.0.bits()
    }

    /// Whether it is below 0.
    pub fn is_negative(&self) -> bool {
        self.0.is_negative()
    }

    /// Whether it is 0.
    pub fn is_zero(&self) -> bool {
        self.bits() == 0
    }

    /// Whether it is 1.
    pub fn is_one(&self) -> bool {
        self.bits() == 1 && !self.is_negative()
    }

    /// Whether it is odd.
    pub fn is_odd(&self) -> bool {
        self.0.is_odd()
    }

    /// Whether it is a prime, but for a chance of less than 2^-64. `checks` is how often it is tried
    /// by Miller and Rabin, at most 4096 times; 0 is as often as that chance needs.
    ///
    /// # Errors
    /// When it has more than 8192 bits.
    pub fn is_prime(&self, checks: u32) -> Result<bool> {
        if self.bits() > MAX_PRIME_BITS {
            return Err(fail(
                "a number that is tested for being prime has at most 8192 bits",
            ));
        }
        Ok(self.0.is_prime(checks.min(4096) as i32))
    }

    /// The same with the other sign.
    pub fn negated(&self) -> Integer {
        Integer(self.0.negated())
    }

    /// The sum.
    pub fn add(&self, other: &Integer) -> Integer {
        Integer(self.0.add(&other.0))
    }

    /// The difference.
    pub fn sub(&self, other: &Integer) -> Integer {
        Integer(self.0.sub(&other.0))
    }

    /// The product.
    ///
    /// # Errors
    /// When it is too large.
    pub fn mul(&self, other: &Integer) -> Result<Integer> {
        if u64::from(self.bits()) + u64::from(other.bits()) > MAX_BITS {
            return Err(fail("the product has more than 2^20 bits"));
        }
        done(self.0.mul(&other.0))
    }

    /// The quotient, rounded towards 0, and the remainder, which has the sign of `self`.
    ///
    /// # Errors
    /// When `divisor` is 0.
    pub fn divide(&self, divisor: &Integer) -> Result<(Integer, Integer)> {
        if divisor.is_zero() {
            return Err(fail("division by 0"));
        }
        let (quotient, remainder) = self
            .0
            .divide(&divisor.0)
            .ok_or_else(|| Error::internal("BN_div"))?;
        Ok((Integer(quotient), Integer(remainder)))
    }

    /// The remainder that is not negative.
    ///
    /// # Errors
    /// When `modulus` is 0.
    pub fn rem(&self, modulus: &Integer) -> Result<Integer> {
        if modulus.is_zero() {
            return Err(fail("division by 0"));
        }
        done(self.0.nnmod(&modulus.0))
    }

    /// The greatest common divisor.
    ///
    /// # Errors
    /// When one has more than 16384 bits.
    pub fn gcd(&self, other: &Integer) -> Result<Integer> {
        if self.bits().max(other.bits()) > MAX_MODULAR_BITS {
            return Err(fail(
                "numbers with a common divisor have at most 16384 bits",
            ));
        }
        done(self.0.gcd(&other.0))
    }

    /// `self` to the power of `exponent`.
    ///
    /// # Errors
    /// When the exponent is negative, or the result too large.
    pub fn pow(&self, exponent: &Integer) -> Result<Integer> {
        if exponent.is_negative() {
            return Err(fail("the exponent is negative"));
        }
        let times = match exponent.to_bytes().as_slice() {
            bytes if bytes.len() <= 4 => bytes
                .iter()
                .fold(0, |sum, byte| sum << 8 | u64::from(*byte)),
            _ => u64::MAX,
        };
        // 0, 1 and -1 have powers of any size.
        if self.bits() > 1 && u64::from(self.bits()).saturating_mul(times) > MAX_BITS {
            return Err(fail("the power has more than 2^20 bits"));
        }
        done(self.0.pow(&exponent.0))
    }

    /// `self + other`, modulo `modulus`.
    ///
    /// # Errors
    /// When `modulus` is 0.
    pub fn add_mod(&self, other: &Integer, modulus: &Integer) -> Result<Integer> {
        modulus.positive()?;
        done(self.0.add_mod(&other.0, &modulus.0))
    }

    /// `self - other`, modulo `modulus`.
    ///
    /// # Errors
    /// When `modulus` is 0.
    pub fn sub_mod(&self, other: &Integer, modulus: &Integer) -> Result<Integer> {
        modulus.positive()?;
        done(self.0.sub_mod(&other.0, &modulus.0))
    }

    /// `self * other`, modulo `modulus`.
    ///
    /// # Errors
    /// When `modulus` is 0.
    pub fn mul_mod(&self, other: &Integer, modulus: &Integer) -> Result<Integer> {
        modulus.positive()?;
        done(self.0.mul_mod(&other.0, &modulus.0))
    }

    /// `self` to the power of `exponent`, modulo `modulus`.
    ///
    /// # Errors
    /// When `modulus` is not positive, the exponent negative, or one has more than 16384 bits.
    pub fn pow_mod(&self, exponent: &Integer, modulus: &Integer) -> Result<Integer> {
        modulus.positive()?;
        if exponent.bits().max(modulus.bits()) > MAX_MODULAR_BITS {
            return Err(fail("exponent and modulus have at most 16384 bits"));
        }
        if exponent.is_negative() {
            return Err(fail("the exponent is negative"));
        }
        if modulus.is_one() {
            return Integer::from_bytes(b"");
        }
        // libcrypto wants the base within the modulus.
        done(self.rem(modulus)?.0.pow_mod(&exponent.0, &modulus.0))
    }

    /// What multiplied by `self` is 1, modulo `modulus`.
    ///
    /// # Errors
    /// When there is none, or `modulus` has more than 16384 bits.
    pub fn inverse_mod(&self, modulus: &Integer) -> Result<Integer> {
        modulus.positive()?;
        if modulus.bits() > MAX_MODULAR_BITS {
            return Err(fail("the modulus of an inverse has at most 16384 bits"));
        }
        self.rem(modulus)?
            .0
            .inverse_mod(&modulus.0)
            .map(Integer)
            .ok_or_else(|| fail("there is no inverse"))
    }

    /// What squared is `self`, modulo a prime.
    ///
    /// # Errors
    /// When there is none, or the prime has more than 2048 bits.
    pub fn sqrt_mod(&self, prime: &Integer) -> Result<Integer> {
        prime.positive()?;
        if prime.bits() > MAX_ROOT_BITS {
            return Err(fail("the modulus of a square root has at most 2048 bits"));
        }
        self.rem(prime)?
            .0
            .sqrt_mod(&prime.0)
            .map(Integer)
            .ok_or_else(|| fail("there is no square root, or the modulus is no prime"))
    }

    fn positive(&self) -> Result<()> {
        if self.is_zero() || self.is_negative() {
            return Err(fail("the modulus is not positive"));
        }
        Ok(())
    }

    /// A random integer of at most so many bits.
    ///
    /// # Errors
    /// When that is too many.
    pub fn random(bits: u32) -> Result<Integer> {
        if u64::from(bits) > MAX_BITS {
            return Err(fail("an integer is at most 2^20 bits long"));
        }
        let mut bytes = vec![0; bits.div_ceil(8) as usize];
        crate::random::fill(&mut bytes);
        if let Some(first) = bytes.first_mut() {
            *first &= 0xff >> (bits.wrapping_neg() % 8);
        }
        Integer::from_bytes(&bytes)
    }

    /// A random prime of exactly so many bits, 2 to 4096. Of a safe one, 3 to 4096, half of what is
    /// below it is prime as well.
    ///
    /// # Errors
    /// When it is another number.
    pub fn prime(bits: u32, safe: bool) -> Result<Integer> {
        let least = if safe { 3 } else { 2 };
        if (least..=MAX_NEW_PRIME_BITS).contains(&bits) {
            done(Bn::prime(bits as i32, safe))
        } else {
            Err(fail(format!("such primes have {least} to 4096 bits")))
        }
    }
}

fn done(result: Option<Bn>) -> Result<Integer> {
    result
        .map(Integer)
        .ok_or_else(|| Error::internal("a function of BN"))
}

impl PartialEq for Integer {
    fn eq(&self, other: &Integer) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Integer {}

impl PartialOrd for Integer {
    fn partial_cmp(&self, other: &Integer) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Integer {
    fn cmp(&self, other: &Integer) -> Ordering {
        self.0.compare(&other.0)
    }
}

impl fmt::Debug for Integer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Integer({} bits)", self.bits())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn int(number: i64) -> Integer {
        Integer::from_text(number.to_string().as_bytes()).unwrap()
    }

    #[test]
    fn texts() {
        let big = Integer::from_text(b"123456789012345678901234567890").unwrap();
        assert_eq!(big.to_decimal(), "123456789012345678901234567890");
        assert_eq!(big.to_hex(), "018EE90FF6C373E0EE4E3F0AD2");
        assert_eq!(
            Integer::from_text(b"x018EE90FF6C373E0EE4E3F0AD2").unwrap(),
            big
        );
        assert_eq!(Integer::from_bytes(&big.to_bytes()).unwrap(), big);
        assert_eq!(int(-5).to_decimal(), "-5");
        assert_eq!(int(0).to_bytes(), b"");
        for text in ["", "-", "x", "1x", "1.5", "1e5", " 1", "1\0", "xyz"] {
            assert!(Integer::from_text(text.as_bytes()).is_err(), "{text}");
        }
        assert!(Integer::from_text(&[b'9'; 315_653]).is_err());
        assert!(Integer::from_text(&[b'9'; 315_652]).is_ok());
        assert!(Integer::from_bytes(&[255; 1 << 17]).is_ok());
        assert!(Integer::from_bytes(&[255; (1 << 17) + 1]).is_err());
        assert_eq!(int(-5).to_f64().to_string(), "-5");
        let big = int(2).pow(&int(1 << 11)).unwrap();
        assert_eq!(
            (big.to_f64(), big.negated().to_f64()),
            (f64::INFINITY, f64::NEG_INFINITY)
        );
    }

    #[test]
    fn what_would_take_minutes_is_an_error() {
        let (two, long) = (int(2), int(2).pow(&int(20_000)).unwrap());
        let odd = long.add(&int(1));
        assert!(two.pow_mod(&long, &int(7)).is_err() && two.pow_mod(&two, &odd).is_err());
        assert!(long.pow_mod(&two, &int(7)).is_ok());
        assert!(two.inverse_mod(&odd).is_err() && odd.inverse_mod(&int(7)).is_ok());
        assert!(long.gcd(&two).is_err() && two.gcd(&long).is_err());
        assert!(odd.is_prime(0).is_err() && two.sqrt_mod(&odd).is_err());
        assert!(Integer::prime(8192, false).is_err());
    }

    #[test]
    fn what_has_no_result_is_an_error() {
        let (zero, one, two) = (int(0), int(1), int(2));
        assert!(one.divide(&zero).is_err() && one.rem(&zero).is_err());
        assert!(two.pow(&int(-1)).is_err() && two.pow(&int(1 << 40)).is_err());
        assert_eq!(one.pow(&int(1 << 40)).unwrap(), one);
        assert!(two.pow_mod(&one, &zero).is_err() && two.inverse_mod(&int(4)).is_err());
        assert_eq!(two.pow_mod(&two, &one).unwrap(), zero);
        assert_eq!(int(-3).pow_mod(&int(3), &int(7)).unwrap(), int(1));
        assert_eq!(
            int(2)
                .sqrt_mod(&int(7))
                .unwrap()
                .pow_mod(&two, &int(7))
                .unwrap(),
            two
        );
        assert!(int(3).sqrt_mod(&int(7)).is_err());
        assert!(
            Integer::prime(1, false).is_err()
                && Integer::prime(2, true).is_err()
                && Integer::random(u32::MAX).is_err()
        );
    }

    #[test]
    fn primes_and_random_numbers() {
        let prime = Integer::prime(64, false).unwrap();
        assert!(prime.is_prime(0).unwrap() && prime.bits() == 64);
        for (number, prime) in [(561, false), (2, true), (1, false), (-7, false), (0, false)] {
            assert_eq!(int(number).is_prime(0).unwrap(), prime, "{number}");
        }
        assert!(Integer::random(0).unwrap().is_zero());
        assert!((0..100).all(|_| Integer::random(3).unwrap().bits() <= 3));
    }

    proptest! {
        #[test]
        fn as_rust_computes(a in -1_000_000_000i64..1_000_000_000, b in -1_000_000_000i64..1_000_000_000) {
            let (x, y) = (int(a), int(b));
            prop_assert_eq!(x.add(&y), int(a + b));
            prop_assert_eq!(x.sub(&y), int(a - b));
            prop_assert_eq!(x.mul(&y).unwrap(), int(a * b));
            prop_assert_eq!(x.negated(), int(-a));
            prop_assert_eq!(x.cmp(&y), a.cmp(&b));
            if b != 0 {
                let (quotient, remainder) = x.divide(&y).unwrap();
                prop_assert_eq!((quotient, remainder), (int(a / b), int(a % b)));
                prop_assert_eq!(x.rem(&y).unwrap(), int(a.rem_euclid(b)));
            }
        }
    }
}
