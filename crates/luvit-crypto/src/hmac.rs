//! HMAC (RFC 2104) with any digest.

use crate::digest::{Algorithm, Hasher};

/// A message authentication code under way.
#[derive(Clone, Debug)]
pub struct Hmac {
    inner: Hasher,
    outer: Hasher,
}

impl Hmac {
    /// Begins a code with a key of any length.
    pub fn new(algorithm: Algorithm, key: &[u8]) -> Hmac {
        let block = algorithm.block_size();
        let mut padded = if key.len() > block {
            crate::digest::digest(algorithm, key)
        } else {
            key.to_vec()
        };
        padded.resize(block, 0);
        let keyed = |pad: u8| {
            let mut hasher = Hasher::new(algorithm);
            hasher.update(&padded.iter().map(|byte| byte ^ pad).collect::<Vec<_>>());
            hasher
        };
        Hmac {
            inner: keyed(0x36),
            outer: keyed(0x5c),
        }
    }

    /// What it is made of.
    pub fn algorithm(&self) -> Algorithm {
        self.inner.algorithm()
    }

    /// Adds bytes to the message.
    pub fn update(&mut self, data: &[u8]) {
        self.inner.update(data);
    }

    /// The code, as long as a digest.
    pub fn finish(mut self) -> Vec<u8> {
        let mut out = Vec::new();
        self.finish_into(&mut out);
        out
    }

    /// Appends the code, leaving the state to be [`assign`](Hmac::assign)ed.
    pub(crate) fn finish_into(&mut self, out: &mut Vec<u8>) {
        let start = out.len();
        self.inner.finish_into(out);
        self.outer.update(&out[start..]);
        out.truncate(start);
        self.outer.finish_into(out);
    }

    /// Goes on as `other`, of the same algorithm, would, in the memory this one has.
    pub(crate) fn assign(&mut self, other: &Hmac) {
        self.inner.assign(&other.inner);
        self.outer.assign(&other.outer);
    }
}

/// The code of `data`.
pub fn hmac(algorithm: Algorithm, key: &[u8], data: &[u8]) -> Vec<u8> {
    let mut hmac = Hmac::new(algorithm, key);
    hmac.update(data);
    hmac.finish()
}
