//! Session tickets (RFC 5077, RFC 8446 section 4.6.1): what a server would have to remember, sealed and given to the client.

use std::fmt;
use std::sync::Mutex;
use std::time::{Duration, Instant, SystemTime};

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::rand;
use rustls::server::ProducesTickets;

use crate::failure::Failure;

/// A key that was not given by the program is replaced after this time, and opens tickets for as long again.
const ROTATION: Duration = Duration::from_secs(12 * 3600);

const NAME: usize = 16;
const NONCE: usize = 12;
const TAG: usize = 16;
/// What a ticket begins with when it is open: when it was made, seconds since 1970.
const TIME: usize = 8;

/// One key: its name, which a ticket begins with, and its 32 bytes.
struct Key {
    bytes: [u8; 48],
    aead: LessSafeKey,
}

impl Key {
    fn new(bytes: [u8; 48]) -> Result<Key, Failure> {
        let unbound = UnboundKey::new(&AES_256_GCM, &bytes[NAME..]).map_err(|_| {
            Failure::new(
                "ERR_CRYPTO_OPERATION_FAILED",
                "the key for session tickets cannot be used",
            )
        })?;
        Ok(Key {
            bytes,
            aead: LessSafeKey::new(unbound),
        })
    }

    fn random() -> Result<Key, Failure> {
        let mut bytes = [0; 48];
        rand::fill(&mut bytes).map_err(|_| {
            Failure::new(
                "ERR_CRYPTO_OPERATION_FAILED",
                "the system gives no random bytes",
            )
        })?;
        Key::new(bytes)
    }

    fn name(&self) -> &[u8] {
        &self.bytes[..NAME]
    }
}

struct Ring {
    newest: Key,
    previous: Option<Key>,
    /// When `newest` is replaced; `None` for keys of the program.
    until: Option<Instant>,
}

/// Seals and opens tickets.
pub(crate) struct Tickets {
    ring: Mutex<Ring>,
    lifetime: u32,
}

impl Tickets {
    pub fn new(keys: Option<[u8; 48]>, lifetime: u32) -> Result<Tickets, Failure> {
        let ring = match keys {
            Some(bytes) => Ring {
                newest: Key::new(bytes)?,
                previous: None,
                until: None,
            },
            None => Ring {
                newest: Key::random()?,
                previous: None,
                until: Some(Instant::now() + ROTATION),
            },
        };
        Ok(Tickets {
            ring: Mutex::new(ring),
            lifetime,
        })
    }

    /// The keys of now.
    pub fn keys(&self) -> [u8; 48] {
        self.with(|ring| ring.newest.bytes)
    }

    /// Replaces the keys, for good.
    pub fn set_keys(&self, bytes: [u8; 48]) -> Result<(), Failure> {
        let newest = Key::new(bytes)?;
        self.with(|ring| {
            *ring = Ring {
                newest,
                previous: None,
                until: None,
            }
        });
        Ok(())
    }

    fn with<R>(&self, work: impl FnOnce(&mut Ring) -> R) -> R {
        let mut ring = self
            .ring
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(until) = ring.until {
            let now = Instant::now();
            if now >= until
                && let Ok(key) = Key::random()
            {
                let old = std::mem::replace(&mut ring.newest, key);
                // After a long silence the old key is too old as well.
                ring.previous = (now < until + ROTATION).then_some(old);
                ring.until = Some(now + ROTATION);
            }
        }
        work(&mut ring)
    }
}

impl fmt::Debug for Tickets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tickets").finish_non_exhaustive()
    }
}

fn now() -> u64 {
    SystemTime::UNIX_EPOCH
        .elapsed()
        .map_or(0, |time| time.as_secs())
}

impl ProducesTickets for Tickets {
    fn enabled(&self) -> bool {
        true
    }

    fn lifetime(&self) -> u32 {
        self.lifetime
    }

    fn encrypt(&self, plain: &[u8]) -> Option<Vec<u8>> {
        self.seal(plain, now())
    }

    fn decrypt(&self, ticket: &[u8]) -> Option<Vec<u8>> {
        self.open(ticket, now())
    }
}

impl Tickets {
    fn seal(&self, plain: &[u8], now: u64) -> Option<Vec<u8>> {
        let mut nonce = [0; NONCE];
        rand::fill(&mut nonce).ok()?;
        self.with(|ring| {
            let mut ticket = Vec::with_capacity(NAME + NONCE + TIME + plain.len() + TAG);
            ticket.extend_from_slice(ring.newest.name());
            ticket.extend_from_slice(&nonce);
            ticket.extend_from_slice(&now.to_be_bytes());
            ticket.extend_from_slice(plain);
            let body = &mut ticket[NAME + NONCE..];
            let nonce = Nonce::assume_unique_for_key(nonce);
            let tag = ring
                .newest
                .aead
                .seal_in_place_separate_tag(nonce, Aad::from(ring.newest.name()), body)
                .ok()?;
            ticket.extend_from_slice(tag.as_ref());
            Some(ticket)
        })
    }

    /// Opens a ticket that is not too old: the client has been told how long it lives, and need not keep to it.
    fn open(&self, ticket: &[u8], now: u64) -> Option<Vec<u8>> {
        let (name, rest) = ticket.split_at_checked(NAME)?;
        let (nonce, sealed) = rest.split_at_checked(NONCE)?;
        let mut nonce_bytes = [0; NONCE];
        nonce_bytes.copy_from_slice(nonce);
        self.with(|ring| {
            let key = [Some(&ring.newest), ring.previous.as_ref()]
                .into_iter()
                .flatten()
                .find(|key| key.name() == name)?;
            let mut body = sealed.to_vec();
            let nonce = Nonce::assume_unique_for_key(nonce_bytes);
            let length = key
                .aead
                .open_in_place(nonce, Aad::from(key.name()), &mut body)
                .ok()?
                .len();
            body.truncate(length);
            let made = u64::from_be_bytes(*body.first_chunk::<TIME>()?);
            let lives = now.saturating_sub(made) <= u64::from(self.lifetime);
            lives.then(|| body.split_off(TIME))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tickets_open_with_their_key_only() {
        let one = Tickets::new(None, 300).unwrap();
        let ticket = one.encrypt(b"state").unwrap();
        assert_eq!(one.decrypt(&ticket).as_deref(), Some(&b"state"[..]));
        let same = Tickets::new(Some(one.keys()), 300).unwrap();
        assert_eq!(same.decrypt(&ticket).as_deref(), Some(&b"state"[..]));
        let other = Tickets::new(None, 300).unwrap();
        assert_eq!(other.decrypt(&ticket), None);
        for i in 0..ticket.len() {
            let mut changed = ticket.clone();
            changed[i] ^= 1;
            assert_eq!(one.decrypt(&changed), None);
            assert_eq!(one.decrypt(&ticket[..i]), None);
        }
    }

    #[test]
    fn tickets_live_as_long_as_is_said() {
        let tickets = Tickets::new(None, 300).unwrap();
        let ticket = tickets.seal(b"state", 1000).unwrap();
        // The clocks of those who share keys may differ.
        for now in [990, 1000, 1300] {
            assert_eq!(tickets.open(&ticket, now).as_deref(), Some(&b"state"[..]));
        }
        assert_eq!(tickets.open(&ticket, 1301), None);
    }

    #[test]
    fn keys_are_replaced_with_time() {
        let tickets = Tickets::new(None, 300).unwrap();
        let (first, ticket) = (tickets.keys(), tickets.encrypt(b"state").unwrap());
        tickets.ring.lock().unwrap().until = Some(Instant::now());
        assert_ne!(tickets.keys(), first);
        assert!(tickets.decrypt(&ticket).is_some());
        tickets.ring.lock().unwrap().until = Some(Instant::now());
        assert!(tickets.decrypt(&ticket).is_none());
    }
}
