//! Names and addresses, looked up by the system's resolver on the thread pool.
//!
//! Semantics: <https://docs.libuv.org/en/v1.x/dns.html>, getaddrinfo(3), getnameinfo(3).

use crate::{Error, Loop, Request, Result, idna, sys::resolver};
use std::{borrow::Cow, net::SocketAddr};

/// What to look for. Numbers are the system's; 0 is any.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub struct Hints {
    /// `AI_*` flags.
    pub flags: i32,
    /// `AF_INET`, `AF_INET6` or `AF_UNSPEC` (0).
    pub family: i32,
    /// `SOCK_STREAM`, `SOCK_DGRAM` …
    pub socktype: i32,
    /// `IPPROTO_TCP` …
    pub protocol: i32,
}

/// One answer of [`Loop::getaddrinfo`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AddrInfo {
    /// `AF_INET` or `AF_INET6`.
    pub family: i32,
    /// `SOCK_STREAM`, `SOCK_DGRAM` …
    pub socktype: i32,
    /// `IPPROTO_TCP` …
    pub protocol: i32,
    /// The address with the service's port.
    pub address: SocketAddr,
    /// The canonical name, in the first answer when `AI_CANONNAME` was asked for.
    pub canonname: Option<String>,
}

/// What [`Event::Work`](crate::Event::Work) carries after [`Loop::getaddrinfo`].
pub type AddrInfoResult = Result<Vec<AddrInfo>>;

/// What [`Event::Work`](crate::Event::Work) carries after [`Loop::getnameinfo`]: host and service.
pub type NameInfoResult = Result<(String, String)>;

impl Loop {
    /// Looks up the addresses of `node`, `service` or both. [`Event::Work`](crate::Event::Work)
    /// brings an [`AddrInfoResult`] in its box. `EINVAL` when both are missing, when one contains a
    /// NUL, and for a `node` of more than 255 bytes. Letters beyond ASCII are encoded (RFC 3492).
    pub fn getaddrinfo(
        &mut self,
        node: Option<&str>,
        service: Option<&str>,
        hints: Hints,
    ) -> Result<Request> {
        let node = check(node, service)?.map(Cow::into_owned);
        let service = service.map(str::to_owned);
        self.queue_task(
            Box::new(move || -> Box<dyn std::any::Any + Send> {
                Box::new(resolver::addresses(
                    node.as_deref(),
                    service.as_deref(),
                    hints,
                ))
            }),
            true,
        )
    }

    /// Looks up the names of an address and its port; `flags` are `NI_*`.
    /// [`Event::Work`](crate::Event::Work) brings a [`NameInfoResult`] in its box.
    pub fn getnameinfo(&mut self, address: SocketAddr, flags: i32) -> Result<Request> {
        self.queue_task(
            Box::new(move || -> Box<dyn std::any::Any + Send> {
                Box::new(resolver::names(address, flags))
            }),
            true,
        )
    }
}

/// The longest name that is looked up: that of RFC 1035 with a dot at its end.
const MAX_NAME: usize = 255;

/// The name in ASCII, when both can be looked up.
fn check<'a>(node: Option<&'a str>, service: Option<&str>) -> Result<Option<Cow<'a, str>>> {
    let bad = |name: Option<&str>| name.is_some_and(|name| name.contains('\0'));
    if (node.is_none() && service.is_none()) || bad(node) || bad(service) {
        return Err(Error::EINVAL);
    }
    let Some(node) = node else {
        return Ok(None);
    };
    // The long way to ASCII is not gone for what is too long in any case.
    if node.len() > 4 * MAX_NAME {
        return Err(Error::EINVAL);
    }
    let node = idna::to_ascii(node)?;
    match node.len() {
        0..=MAX_NAME => Ok(Some(node)),
        _ => Err(Error::EINVAL),
    }
}

/// Like [`Loop::getaddrinfo`], at once: it blocks the calling thread.
pub fn getaddrinfo(node: Option<&str>, service: Option<&str>, hints: Hints) -> AddrInfoResult {
    let node = check(node, service)?;
    resolver::addresses(node.as_deref(), service, hints)
}

/// Like [`Loop::getnameinfo`], at once: it blocks the calling thread.
pub fn getnameinfo(address: SocketAddr, flags: i32) -> NameInfoResult {
    resolver::names(address, flags)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::{Event, RunMode, testing::run};

    #[test]
    fn numbers_and_localhost() {
        let mut lp = Loop::new().unwrap();
        let hints = Hints {
            socktype: libc::SOCK_STREAM,
            ..Hints::default()
        };
        let request = lp
            .getaddrinfo(Some("127.0.0.1"), Some("80"), hints)
            .unwrap();
        let mut answers = None;
        run(&mut lp, RunMode::Default, |_, event| {
            let Event::Work { request: r, result } = event else {
                panic!()
            };
            assert_eq!(r, request);
            answers = Some(*result.unwrap().downcast::<AddrInfoResult>().unwrap());
        });
        let answers = answers.unwrap().unwrap();
        assert_eq!(answers.len(), 1);
        assert_eq!(answers[0].address, "127.0.0.1:80".parse().unwrap());
        assert_eq!(lp.getaddrinfo(None, None, hints), Err(Error::EINVAL));
        assert_eq!(
            lp.getaddrinfo(Some("a\0b"), None, hints),
            Err(Error::EINVAL)
        );
        let long = "a".repeat(256);
        assert_eq!(getaddrinfo(Some(&long), None, hints), Err(Error::EINVAL));
        let flags = libc::NI_NUMERICHOST | libc::NI_NUMERICSERV;
        let names = getnameinfo("[::1]:443".parse().unwrap(), flags);
        assert_eq!(names, Ok(("::1".into(), "443".into())));
        let hints = Hints {
            family: 12345,
            ..hints
        };
        assert_eq!(
            getaddrinfo(Some("::1"), None, hints),
            Err(Error::EAI_FAMILY)
        );
    }
}
