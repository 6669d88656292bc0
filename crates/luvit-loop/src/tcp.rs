//! TCP sockets.
//!
//! Semantics: <https://docs.libuv.org/en/v1.x/tcp.html>.

use crate::{
    Error, Handle, HandleKind, Loop, Request, Result,
    handle::Data,
    stream::{Stream, flag, ready, stream_in},
    sys::{Fd, Io},
};
use std::{net::SocketAddr, time::Duration};

/// The address family of a socket.
#[derive(Copy, Clone, PartialEq, Eq, Hash, Debug)]
pub enum Family {
    /// IPv4.
    V4,
    /// IPv6.
    V6,
}

impl Family {
    /// The family as sockets are made of it.
    pub(crate) fn domain(self) -> socket2::Domain {
        match self {
            Family::V4 => socket2::Domain::IPV4,
            Family::V6 => socket2::Domain::IPV6,
        }
    }

    fn of(address: &SocketAddr) -> Family {
        if address.is_ipv4() {
            Family::V4
        } else {
            Family::V6
        }
    }
}

/// What `SO_KEEPALIVE` probes with.
#[derive(Copy, Clone, Debug)]
pub(crate) struct KeepAlive {
    delay: u32,
    interval: u32,
    count: u32,
}

impl KeepAlive {
    fn set(self, io: &Io) -> Result<()> {
        let probes = socket2::TcpKeepalive::new()
            .with_time(Duration::from_secs(self.delay.into()))
            .with_interval(Duration::from_secs(self.interval.into()));
        let socket = io.socket()?;
        let set = |probes: &_| socket.set_tcp_keepalive(probes).map_err(Error::from);
        match set(&probes.clone().with_retries(self.count)) {
            // Windows before 10 has no say in how many probes there are.
            Err(Error::ENOPROTOOPT) => set(&probes),
            result => result,
        }
    }
}

impl Loop {
    /// A new TCP handle; with a family it gets its socket at once, else when it is bound or
    /// connected.
    pub fn new_tcp(&mut self, family: Option<Family>) -> Result<Handle> {
        let io = family.map(Io::tcp).transpose()?;
        let mut stream = Stream::new(HandleKind::Tcp);
        if io.is_some() {
            stream.flags = flag::SOCKET;
        }
        stream.io = io;
        Ok(self.slab.insert(Data::Stream(stream)))
    }

    /// The TCP stream of a handle that is neither stale nor closing.
    fn tcp(&mut self, handle: Handle) -> Result<&mut Stream> {
        let stream = self.stream_mut(handle)?;
        if stream.kind == HandleKind::Tcp {
            Ok(stream)
        } else {
            Err(Error::EINVAL)
        }
    }

    /// Makes the socket if there is none.
    fn tcp_socket(&mut self, handle: Handle, family: Family) -> Result<()> {
        if self.tcp(handle)?.io.is_some() {
            return Ok(());
        }
        self.stream_open(handle, Io::tcp(family)?, flag::SOCKET)
    }

    /// Sets the options that were asked for before there was a socket. Their setters have checked
    /// them; a system that refuses one keeps its default.
    pub(crate) fn tcp_apply_options(&mut self, handle: Handle) {
        let Ok(stream) = self.tcp(handle) else { return };
        let keepalive = stream
            .extra
            .as_mut()
            .and_then(|extra| extra.keepalive.take());
        stream.trim();
        let Some(io) = &stream.io else { return };
        if stream.has(flag::NODELAY) {
            let _ = io.socket().map(|socket| socket.set_tcp_nodelay(true));
        }
        if let Some(keepalive) = keepalive {
            let _ = keepalive.set(io);
        }
    }

    /// Binds to an address; port 0 is any free one. An address in use is reported by `listen` or
    /// `tcp_connect`, as libuv does. `EINVAL` when it is bound already, or `ipv6only` is set for
    /// an IPv4 address.
    pub fn tcp_bind(&mut self, handle: Handle, address: SocketAddr, ipv6only: bool) -> Result<()> {
        self.tcp_bind_socket(handle, address, ipv6only, false)
    }

    /// Like [`Loop::tcp_bind`], to an address that others may bind as well, if all say so
    /// (`UV_TCP_REUSEPORT`): the kernel distributes the connections. `ENOTSUP` where it does not:
    /// only Linux and FreeBSD do.
    pub fn tcp_bind_reuseport(
        &mut self,
        handle: Handle,
        address: SocketAddr,
        ipv6only: bool,
    ) -> Result<()> {
        self.tcp_bind_socket(handle, address, ipv6only, true)
    }

    fn tcp_bind_socket(
        &mut self,
        handle: Handle,
        address: SocketAddr,
        ipv6only: bool,
        reuseport: bool,
    ) -> Result<()> {
        self.tcp(handle)?;
        if ipv6only && address.is_ipv4() {
            return Err(Error::EINVAL);
        }
        self.tcp_socket(handle, Family::of(&address))?;
        let stream = self.tcp(handle)?;
        let io = stream.io.as_ref().ok_or(Error::EBADF)?;
        if reuseport {
            io.share_port()?;
        }
        match io.bind(&address, ipv6only) {
            Err(Error::EADDRINUSE) => stream.extra().delayed = Some(Error::EADDRINUSE),
            Err(Error::EAFNOSUPPORT) => return Err(Error::EINVAL),
            other => other?,
        }
        Ok(())
    }

    pub(crate) fn tcp_prepare_listen(&mut self, handle: Handle) -> Result<()> {
        let stream = self.tcp(handle)?;
        if let Some(error) = stream.extra.as_ref().and_then(|extra| extra.delayed) {
            return Err(error);
        }
        self.tcp_socket(handle, Family::V4)
    }

    /// Connects to an address; [`Event::Connect`](crate::Event::Connect) tells how it ended, a
    /// refusal included. Reading and writing may be asked for at once. `EALREADY` when it connects
    /// already; other errors are the system's (`EISCONN`, `ENETUNREACH` …).
    pub fn tcp_connect(&mut self, handle: Handle, address: SocketAddr) -> Result<Request> {
        if self.tcp(handle)?.has(flag::CONNECTING) {
            return Err(Error::EALREADY);
        }
        if self.tcp(handle)?.has(flag::LISTENING) {
            return Err(Error::EINVAL);
        }
        self.tcp_socket(handle, Family::of(&address))?;
        let token = mio::Token(handle.index() as usize);
        let stream = stream_in(&mut self.slab, handle)?;
        let registered = stream.has(flag::REGISTERED);
        let mut delayed = stream.extra.as_ref().and_then(|extra| extra.delayed);
        stream.ready &= !(ready::WRITABLE | ready::ENDING);
        if delayed.is_none() {
            let io = stream.io.as_mut().ok_or(Error::EBADF)?;
            match io.connect(&address) {
                Ok(()) => {
                    if !registered {
                        io.register(self.poll.registry(), token)?;
                    }
                    stream.set(flag::REGISTERED, true);
                }
                Err(Error::ECONNREFUSED) => delayed = Some(Error::ECONNREFUSED),
                Err(error) => {
                    stream.ready |= ready::WRITABLE;
                    return Err(error);
                }
            }
        }
        stream.set(flag::CAN_READ | flag::CAN_WRITE, true);
        Ok(self.begin_connect(handle, delayed))
    }

    /// Takes over a socket, which the handle closes. It is made non-blocking. `EBUSY` when the
    /// handle has one, `EBADF` and `ENOTSOCK` when it is none.
    pub fn tcp_open(&mut self, handle: Handle, fd: Fd) -> Result<()> {
        if self.tcp(handle)?.io.is_some() {
            return Err(Error::EBUSY);
        }
        let (io, listening) = Io::open_socket(fd)?;
        let rw = if listening {
            0
        } else {
            flag::CAN_READ | flag::CAN_WRITE
        };
        self.stream_take(handle, io, flag::SOCKET | rw, false)
    }

    /// Sets `TCP_NODELAY`; remembered when there is no socket yet.
    pub fn tcp_nodelay(&mut self, handle: Handle, enable: bool) -> Result<()> {
        let stream = self.tcp(handle)?;
        if let Some(io) = &stream.io {
            io.socket()?.set_tcp_nodelay(enable)?;
        }
        stream.set(flag::NODELAY, enable);
        Ok(())
    }

    /// Sets `SO_KEEPALIVE`: the first probe after `delay` seconds, then one every `interval`
    /// seconds, `count` in all; libuv's defaults for these two are 1 and 10. Remembered when there
    /// is no socket yet. `EINVAL` when it is enabled with a zero.
    pub fn tcp_keepalive(
        &mut self,
        handle: Handle,
        enable: bool,
        delay: u32,
        interval: u32,
        count: u32,
    ) -> Result<()> {
        let stream = self.tcp(handle)?;
        if enable && (delay == 0 || interval == 0 || count == 0) {
            return Err(Error::EINVAL);
        }
        let keepalive = KeepAlive {
            delay,
            interval,
            count,
        };
        match &stream.io {
            Some(io) if enable => keepalive.set(io)?,
            Some(io) => io.socket()?.set_keepalive(false)?,
            None => {
                stream.extra().keepalive = enable.then_some(keepalive);
                stream.trim();
            }
        }
        Ok(())
    }

    /// Has an effect on Windows only, as in libuv; elsewhere it checks the handle.
    pub fn tcp_simultaneous_accepts(&mut self, handle: Handle, _enable: bool) -> Result<()> {
        self.tcp(handle).map(|_| ())
    }

    /// The error of `tcp_bind` or `tcp_connect` that is still to be told.
    fn no_delayed_error(&self, handle: Handle) -> Result<()> {
        let extra = self.stream(handle)?.extra.as_ref();
        extra.and_then(|extra| extra.delayed).map_or(Ok(()), Err)
    }

    /// The local address. `EADDRINUSE` when `tcp_bind` met that, `EBADF` without a socket, `EINVAL`
    /// when it is unbound on Windows.
    pub fn tcp_getsockname(&self, handle: Handle) -> Result<SocketAddr> {
        self.no_delayed_error(handle)?;
        self.io(handle)?
            .socket()?
            .local_addr()?
            .as_socket()
            .ok_or(Error::EINVAL)
    }

    /// The peer's address. `EBADF` without a socket, `ENOTCONN` when it is not connected.
    pub fn tcp_getpeername(&self, handle: Handle) -> Result<SocketAddr> {
        self.no_delayed_error(handle)?;
        self.io(handle)?
            .socket()?
            .peer_addr()?
            .as_socket()
            .ok_or(Error::EINVAL)
    }

    /// Closes the handle with a reset (`RST`) instead of the orderly end. `EINVAL` after
    /// `shutdown`, or when it closes already; `EBADF` without a socket.
    pub fn tcp_close_reset(&mut self, handle: Handle) -> Result<()> {
        let stream = self.tcp(handle)?;
        let shut = stream.has(flag::SHUT)
            || stream.io.is_some() && stream.has(flag::CAN_READ) && !stream.has(flag::CAN_WRITE);
        if shut {
            return Err(Error::EINVAL);
        }
        let io = stream.io.as_ref().ok_or(Error::EBADF)?;
        io.socket()?.set_linger(Some(Duration::ZERO))?;
        self.close(handle)
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        Error, Event, Family, Loop, RunMode,
        testing::{finish, listener, pair, run},
    };
    use std::net::SocketAddr;

    #[test]
    fn a_refused_connection_is_an_event_and_cancels_writes() {
        let mut lp = Loop::new().unwrap();
        let (server, address) = listener(&mut lp);
        finish(&mut lp);
        assert!(lp.is_closing(server));
        let client = lp.new_tcp(None).unwrap();
        let request = lp.tcp_connect(client, address).unwrap();
        assert_eq!(lp.tcp_connect(client, address), Err(Error::EALREADY));
        let write = lp.write(client, &[b"early"]).unwrap();
        let mut seen = Vec::new();
        run(&mut lp, RunMode::Default, |_, event| match event {
            Event::Connect {
                request, result, ..
            } => seen.push((request, result)),
            Event::Write {
                request, result, ..
            } => seen.push((request, result)),
            other => panic!("{other:?}"),
        });
        let expected = [
            (request, Err(Error::ECONNREFUSED)),
            (write, Err(Error::ECANCELED)),
        ];
        assert_eq!(seen, expected);
        finish(&mut lp);
    }

    #[test]
    fn closing_while_connecting_cancels() {
        let mut lp = Loop::new().unwrap();
        let (server, address) = listener(&mut lp);
        lp.unref(server);
        let client = lp.new_tcp(Some(Family::V4)).unwrap();
        let request = lp.tcp_connect(client, address).unwrap();
        lp.close(client).unwrap();
        let mut seen = Vec::new();
        run(&mut lp, RunMode::Default, |_, event| match event {
            Event::Connect {
                request, result, ..
            } => seen.push(Some((request, result))),
            Event::Closed(_) => seen.push(None),
            Event::Connection { .. } => {}
            other => panic!("{other:?}"),
        });
        assert_eq!(seen, [Some((request, Err(Error::ECANCELED))), None]);
        finish(&mut lp);
    }

    #[test]
    fn an_address_in_use_is_told_by_listen() {
        let mut lp = Loop::new().unwrap();
        let (_, address) = listener(&mut lp);
        let second = lp.new_tcp(None).unwrap();
        assert_eq!(lp.tcp_getsockname(second), Err(Error::EBADF));
        lp.tcp_bind(second, address, false).unwrap();
        assert_eq!(lp.tcp_getsockname(second), Err(Error::EADDRINUSE));
        assert_eq!(lp.listen(second, 1), Err(Error::EADDRINUSE));
        let third = lp.new_tcp(None).unwrap();
        assert_eq!(lp.tcp_bind(third, address, true), Err(Error::EINVAL));
        finish(&mut lp);
    }

    #[test]
    fn v6_options_and_names() {
        let mut lp = Loop::new().unwrap();
        let server = lp.new_tcp(None).unwrap();
        let any: SocketAddr = "[::1]:0".parse().unwrap();
        if lp.tcp_bind(server, any, true).is_err() {
            return; // No IPv6 here.
        }
        lp.listen(server, 1).unwrap();
        let address = lp.tcp_getsockname(server).unwrap();
        let client = lp.new_tcp(None).unwrap();
        lp.tcp_nodelay(client, true).unwrap();
        lp.tcp_keepalive(client, true, 60, 1, 10).unwrap();
        assert_eq!(lp.tcp_keepalive(client, true, 0, 1, 10), Err(Error::EINVAL));
        lp.tcp_connect(client, address).unwrap();
        let socket = lp.io(client).unwrap().socket().unwrap();
        assert!(socket.tcp_nodelay().unwrap() && socket.keepalive().unwrap());
        run(&mut lp, RunMode::Default, |lp, event| match event {
            Event::Connection { handle, .. } => {
                let accepted = lp.new_tcp(None).unwrap();
                lp.accept_into(handle, accepted).unwrap();
                assert_eq!(lp.accept_into(handle, accepted), Err(Error::EBUSY));
                let peer = lp.tcp_getpeername(accepted).unwrap();
                assert_eq!(peer, lp.tcp_getsockname(client).unwrap());
                assert_eq!(lp.tcp_getpeername(client), Ok(address));
                lp.close(handle).unwrap();
            }
            Event::Connect { result, .. } => result.unwrap(),
            Event::Closed(_) => {}
            other => panic!("{other:?}"),
        });
        finish(&mut lp);
    }

    #[test]
    fn connections_wait_until_they_are_accepted() {
        let mut lp = Loop::new().unwrap();
        let (server, address) = listener(&mut lp);
        let clients: Vec<_> = (0..20)
            .map(|_| std::net::TcpStream::connect(address).unwrap())
            .collect();
        let mut events = 0;
        for _ in 0..3 {
            run(&mut lp, RunMode::Nowait, |_, event| {
                assert!(matches!(event, Event::Connection { .. }));
                events += 1;
            });
        }
        assert_eq!(events, 1, "the first is not accepted yet");
        lp.accept(server).unwrap();
        while events < clients.len() {
            run(&mut lp, RunMode::Once, |lp, event| {
                assert!(matches!(event, Event::Connection { .. }));
                events += 1;
                lp.accept(server).unwrap();
            });
        }
        assert_eq!(lp.accept(server), Err(Error::EAGAIN));
        finish(&mut lp);
    }

    #[cfg(unix)]
    #[test]
    fn a_socket_can_be_handed_over() {
        use std::os::fd::IntoRawFd;
        let mut lp = Loop::new().unwrap();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let peer = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let handle = lp.new_tcp(None).unwrap();
        let fd = listener.accept().unwrap().0.into_raw_fd();
        lp.tcp_open(handle, fd).unwrap();
        assert_eq!(lp.fileno(handle), Ok(fd));
        assert_eq!(lp.tcp_open(handle, fd), Err(Error::EBUSY));
        let other = lp.new_tcp(None).unwrap();
        assert_eq!(lp.tcp_open(other, fd), Err(Error::EEXIST));
        assert_eq!(lp.tcp_open(other, -5), Err(Error::EBADF));
        drop(peer);
        lp.read_start(handle).unwrap();
        let mut ended = false;
        run(&mut lp, RunMode::Default, |_, event| {
            ended |= matches!(
                event,
                Event::Read {
                    result: Err(Error::EOF),
                    ..
                }
            );
        });
        assert!(ended);
        finish(&mut lp);
    }

    /// In a process of its own: the limit is the process's.
    #[cfg(unix)]
    #[test]
    fn out_of_descriptors_accepting_pauses_and_goes_on() {
        const CHILD: &str = "LUVIT_LOOP_TEST_EMFILE";
        if std::env::var_os(CHILD).is_none() {
            let status = std::process::Command::new(std::env::current_exe().unwrap())
                .args([
                    "--exact",
                    "tcp::tests::out_of_descriptors_accepting_pauses_and_goes_on",
                ])
                .env(CHILD, "1")
                .status()
                .unwrap();
            assert!(status.success());
            return;
        }
        let mut lp = Loop::new().unwrap();
        let (_server, address) = listener(&mut lp);
        let mut clients = Vec::new();
        for _ in 0..8 {
            let client = lp.new_tcp(None).unwrap();
            lp.tcp_connect(client, address).unwrap();
            clients.push(client);
        }
        // All but two descriptors are taken.
        let mut hoard = Vec::new();
        while let Ok(file) = std::fs::File::open("/dev/null") {
            hoard.push(file);
            if hoard.len() > 2_000_000 {
                return; // There is no limit to meet.
            }
        }
        hoard.truncate(hoard.len() - 2);
        let (mut accepted, mut turns) = (Vec::new(), 0u32);
        while accepted.len() < clients.len() {
            turns += 1;
            assert!(turns < 1000, "it spins");
            run(&mut lp, RunMode::Once, |lp, event| {
                if let Event::Connection { handle, result } = event {
                    result.unwrap();
                    accepted.push(lp.accept(handle).unwrap());
                }
            });
            // Every ten turns somebody frees one: by closing a handle, and by other means.
            if turns % 10 == 0 {
                hoard.pop();
            } else if turns % 10 == 5 && accepted.len() > 2 {
                let _ = lp.close(accepted[turns as usize / 10 % accepted.len()]);
            }
        }
        hoard.clear();
        finish(&mut lp);
    }

    #[test]
    fn an_idle_connection_holds_nothing_but_its_slot() {
        let mut lp = Loop::new().unwrap();
        let (client, server) = pair(&mut lp);
        for handle in [client, server] {
            assert!(lp.stream(handle).unwrap().extra.is_none());
        }
        finish(&mut lp);
    }
}
