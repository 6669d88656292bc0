//! What clients remember of sessions, to resume them: by the server, and by tokens that programs pass around.
//!
//! rustls gives out no session as bytes. A token stands for one that stays in this process.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use aws_lc_rs::rand;
use rustls::NamedGroup;
use rustls::client::{ClientSessionStore, Tls12ClientSessionValue, Tls13ClientSessionValue};
use rustls::pki_types::ServerName;

use crate::exchange::{self, hex};

/// How many servers a context remembers sessions of, and how many tickets of one.
const SERVERS: usize = 64;
const TICKETS: usize = 8;

/// How many tokens stand for a session, and for how long; the server may set less.
const TOKENS: usize = 1000;
const LIFETIME: Duration = Duration::from_secs(24 * 3600);

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

enum Value {
    Tls12(Tls12ClientSessionValue),
    Tls13(Tls13ClientSessionValue),
}

/// A session that can be resumed. One of TLS 1.3 only once, whoever comes first (RFC 8446, appendix C.4).
pub(crate) struct Kept {
    value: Mutex<Option<Value>>,
    token: OnceLock<Option<String>>,
}

impl Kept {
    fn new(value: Value) -> Arc<Kept> {
        Arc::new(Kept {
            value: Mutex::new(Some(value)),
            token: OnceLock::new(),
        })
    }

    fn tls12(&self) -> Option<Tls12ClientSessionValue> {
        match &*lock(&self.value) {
            Some(Value::Tls12(value)) => Some(value.clone()),
            _ => None,
        }
    }

    fn take_tls13(&self) -> Option<Tls13ClientSessionValue> {
        let mut value = lock(&self.value);
        match value.take()? {
            Value::Tls13(ticket) => Some(ticket),
            other => {
                *value = Some(other);
                None
            }
        }
    }

    /// The token that stands for it, made when it is first asked for; `None` without random bytes.
    pub fn token(self: &Arc<Kept>) -> Option<String> {
        let make = || {
            let mut bytes = [0; 32];
            rand::fill(&mut bytes).ok()?;
            let token = hex(&bytes);
            lock(&KNOWN)
                .get_or_insert_default()
                .add(token.clone(), self.clone(), Instant::now());
            Some(token)
        };
        self.token.get_or_init(make).clone()
    }
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kept").finish_non_exhaustive()
    }
}

/// The sessions that tokens stand for, and the tokens from the oldest on.
#[derive(Default)]
struct Known {
    sessions: HashMap<String, Arc<Kept>>,
    order: VecDeque<(Instant, String)>,
}

static KNOWN: Mutex<Option<Known>> = Mutex::new(None);

impl Known {
    fn forget(&mut self, room: usize, now: Instant) {
        while let Some((since, token)) = self.order.front()
            && (self.order.len() > room || now.duration_since(*since) > LIFETIME)
        {
            self.sessions.remove(token);
            self.order.pop_front();
        }
    }

    fn add(&mut self, token: String, kept: Arc<Kept>, now: Instant) {
        self.forget(TOKENS - 1, now);
        self.order.push_back((now, token.clone()));
        self.sessions.insert(token, kept);
    }

    fn find(&mut self, token: &str, now: Instant) -> Option<Arc<Kept>> {
        self.forget(TOKENS, now);
        self.sessions.get(token).cloned()
    }
}

/// The session that a token stands for.
pub(crate) fn find(token: &str) -> Option<Arc<Kept>> {
    lock(&KNOWN).as_mut()?.find(token, Instant::now())
}

#[derive(Default)]
struct OfServer {
    group: Option<NamedGroup>,
    tls12: Option<Arc<Kept>>,
    tls13: VecDeque<Arc<Kept>>,
}

#[derive(Default)]
struct Servers {
    known: HashMap<ServerName<'static>, OfServer>,
    order: VecDeque<ServerName<'static>>,
}

impl Servers {
    fn of(&mut self, name: ServerName<'static>) -> &mut OfServer {
        if !self.known.contains_key(&name) {
            if self.order.len() == SERVERS
                && let Some(oldest) = self.order.pop_front()
            {
                self.known.remove(&oldest);
            }
            self.order.push_back(name.clone());
        }
        self.known.entry(name).or_default()
    }
}

/// The memory of a context: the sessions of each server, the newest first.
#[derive(Default)]
pub(crate) struct Memory(Mutex<Servers>);

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory").finish_non_exhaustive()
    }
}

/// Tells the session that runs what came to it.
fn note(kept: &Arc<Kept>) {
    exchange::current(|exchange| exchange.sessions.push(kept.clone()));
}

impl ClientSessionStore for Memory {
    fn set_kx_hint(&self, name: ServerName<'static>, group: NamedGroup) {
        lock(&self.0).of(name).group = Some(group);
    }

    fn kx_hint(&self, name: &ServerName<'_>) -> Option<NamedGroup> {
        lock(&self.0).known.get(name)?.group
    }

    fn set_tls12_session(&self, name: ServerName<'static>, value: Tls12ClientSessionValue) {
        let kept = Kept::new(Value::Tls12(value));
        note(&kept);
        lock(&self.0).of(name).tls12 = Some(kept);
    }

    fn tls12_session(&self, name: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        lock(&self.0).known.get(name)?.tls12.as_ref()?.tls12()
    }

    fn remove_tls12_session(&self, name: &ServerName<'static>) {
        if let Some(server) = lock(&self.0).known.get_mut(name) {
            server.tls12 = None;
        }
    }

    fn insert_tls13_ticket(&self, name: ServerName<'static>, value: Tls13ClientSessionValue) {
        let kept = Kept::new(Value::Tls13(value));
        note(&kept);
        let mut servers = lock(&self.0);
        let tickets = &mut servers.of(name).tls13;
        if tickets.len() == TICKETS {
            tickets.pop_front();
        }
        tickets.push_back(kept);
    }

    fn take_tls13_ticket(&self, name: &ServerName<'static>) -> Option<Tls13ClientSessionValue> {
        let mut servers = lock(&self.0);
        let tickets = &mut servers.known.get_mut(name)?.tls13;
        while let Some(kept) = tickets.pop_back() {
            if let Some(ticket) = kept.take_tls13() {
                return Some(ticket);
            }
        }
        None
    }
}

/// The memory of one connection that resumes the session it was given, or none; what comes to it is its context's.
#[derive(Debug)]
pub(crate) struct Given {
    pub memory: Arc<Memory>,
    pub kept: Option<Arc<Kept>>,
}

impl ClientSessionStore for Given {
    fn set_kx_hint(&self, name: ServerName<'static>, group: NamedGroup) {
        self.memory.set_kx_hint(name, group);
    }

    fn kx_hint(&self, name: &ServerName<'_>) -> Option<NamedGroup> {
        self.memory.kx_hint(name)
    }

    fn set_tls12_session(&self, name: ServerName<'static>, value: Tls12ClientSessionValue) {
        self.memory.set_tls12_session(name, value);
    }

    fn tls12_session(&self, _: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        self.kept.as_ref()?.tls12()
    }

    fn remove_tls12_session(&self, name: &ServerName<'static>) {
        self.memory.remove_tls12_session(name);
    }

    fn insert_tls13_ticket(&self, name: ServerName<'static>, value: Tls13ClientSessionValue) {
        self.memory.insert_tls13_ticket(name, value);
    }

    fn take_tls13_ticket(&self, _: &ServerName<'static>) -> Option<Tls13ClientSessionValue> {
        self.kept.as_ref()?.take_tls13()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_few_and_do_not_last() {
        let mut known = Known::default();
        let kept = Arc::new(Kept {
            value: Mutex::new(None),
            token: OnceLock::new(),
        });
        let now = Instant::now();
        for i in 0..TOKENS + 1 {
            known.add(i.to_string(), kept.clone(), now);
        }
        assert!(known.find("0", now).is_none());
        assert!(known.find("1", now).is_some() && known.find("1000", now).is_some());
        assert_eq!(known.sessions.len(), TOKENS);
        assert!(known.find("1000", now + LIFETIME * 2).is_none());
        assert!(known.sessions.is_empty() && known.order.is_empty());
    }
}
