use super::BindOptions;
use crate::{
    Error, Event, Family, Handle, Interface, Loop, Message, Received, Request, RunMode,
    testing::{finish, run},
};
use proptest::prelude::*;
use std::net::SocketAddr;

fn bound(lp: &mut Loop, batch: usize) -> (Handle, SocketAddr) {
    let handle = lp.new_udp(None, batch).unwrap();
    let any = "127.0.0.1:0".parse().unwrap();
    lp.udp_bind(handle, any, BindOptions::default()).unwrap();
    (handle, lp.udp_getsockname(handle).unwrap())
}

/// Two sockets that are connected and whose queue is short, so that sending has to wait.
#[cfg(unix)]
fn narrow_pair(lp: &mut Loop) -> [Handle; 2] {
    use std::os::{fd::IntoRawFd, unix::net::UnixDatagram};
    let (a, b) = UnixDatagram::pair().unwrap();
    [a, b].map(|socket| {
        let handle = lp.new_udp(None, 0).unwrap();
        lp.udp_open(handle, socket.into_raw_fd(), BindOptions::default())
            .unwrap();
        handle
    })
}

#[test]
fn datagrams_empty_ones_and_the_end_of_them() {
    let mut lp = Loop::new().unwrap();
    for batch in [0, 4] {
        let (server, to) = bound(&mut lp, batch);
        let client = lp.new_udp(None, 0).unwrap();
        lp.udp_recv_start(server).unwrap();
        assert_eq!(lp.udp_recv_start(server), Err(Error::EALREADY));
        assert_eq!(lp.udp_send(client, &[b"x"], None), Err(Error::EDESTADDRREQ));
        let first = lp
            .udp_send(client, &[b"he", b"", b"llo"], Some(to))
            .unwrap();
        let second = lp.udp_send(client, &[], Some(to)).unwrap();
        assert_eq!(lp.udp_send_queue_size(client), Ok(5));
        assert_eq!(lp.udp_send_queue_count(client), Ok(2));
        assert!(lp.is_active(client));
        assert_eq!(lp.udp_try_send(client, &[b"!"], Some(to)), Ok(1));
        let from = lp.udp_getsockname(client).unwrap().port();
        let (mut got, mut sent) = (Vec::new(), Vec::new());
        run(&mut lp, RunMode::Default, |lp, event| match event {
            Event::Send {
                request, result, ..
            } => {
                result.unwrap();
                sent.push(request);
            }
            Event::Recv { handle, result } => {
                let received = result.unwrap();
                match received.address {
                    Some(address) => {
                        assert_eq!(address.port(), from);
                        got.push(lp.received(handle, &received).to_vec());
                    }
                    None => lp.udp_recv_stop(handle).unwrap(),
                }
            }
            other => panic!("{other:?}"),
        });
        assert_eq!(sent, [first, second]);
        assert_eq!(got, [&b"hello"[..], b"", b"!"]);
        assert_eq!(lp.udp_send_queue_size(client), Ok(0));
        assert!(!lp.is_active(client));
    }
    finish(&mut lp);
}

#[test]
fn what_was_received_with_others_waits_for_a_new_start() {
    let mut lp = Loop::new().unwrap();
    let (server, to) = bound(&mut lp, 8);
    let (client, _) = bound(&mut lp, 0);
    let messages: Vec<_> = (0..6)
        .map(|_| Message {
            parts: vec![b"m"],
            to: Some(to),
        })
        .collect();
    assert_eq!(lp.udp_try_send_many(client, &messages), Ok(6));
    let mut got = 0;
    for _ in 0..6 {
        lp.udp_recv_start(server).unwrap();
        run(&mut lp, RunMode::Default, |lp, event| {
            assert!(matches!(event, Event::Recv { result: Ok(r), .. } if r.length == 1));
            got += 1;
            lp.udp_recv_stop(server).unwrap();
        });
    }
    assert_eq!(got, 6);
    finish(&mut lp);
}

#[test]
fn a_flood_leaves_room_for_others() {
    let mut lp = Loop::new().unwrap();
    let (server, to) = bound(&mut lp, 0);
    let idle = lp.new_idle();
    lp.watcher_start(idle).unwrap();
    lp.udp_recv_start(server).unwrap();
    lp.udp_connect(server, Some(to)).unwrap();
    for _ in 0..40 {
        lp.udp_try_send(server, &[b"x"], None).unwrap();
    }
    let (mut turns, mut got) = (0, 0);
    run(&mut lp, RunMode::Default, |lp, event| match event {
        Event::Recv { .. } => {
            got += 1;
            // Each datagram brings another one.
            let _ = lp.udp_try_send(server, &[b"x"], None);
        }
        Event::Idle(_) => {
            turns += 1;
            if turns == 20 {
                lp.stop();
            }
        }
        other => panic!("{other:?}"),
    });
    assert!((20..=20 * 64).contains(&got), "{got}");
    finish(&mut lp);
}

#[test]
fn errors_are_those_of_the_documentation() {
    let mut lp = Loop::new().unwrap();
    let udp = lp.new_udp(None, 0).unwrap();
    assert_eq!(lp.udp_getsockname(udp), Err(Error::EBADF));
    assert_eq!(lp.udp_set_ttl(udp, 1), Err(Error::EBADF));
    assert_eq!(lp.udp_set_ttl(udp, 256), Err(Error::EINVAL));
    assert_eq!(lp.udp_connect(udp, None), Err(Error::ENOTCONN));
    assert_eq!(lp.udp_try_send_many(udp, &[]), Err(Error::EINVAL));
    let (peer, to) = bound(&mut lp, 0);
    let taken = lp.new_udp(Some(Family::V4), 0).unwrap();
    assert_eq!(
        lp.udp_bind(taken, to, BindOptions::default()),
        Err(Error::EADDRINUSE)
    );
    let only = BindOptions {
        ipv6only: true,
        ..BindOptions::default()
    };
    assert_eq!(lp.udp_bind(udp, to, only), Err(Error::EINVAL));
    lp.udp_connect(udp, Some(to)).unwrap();
    assert_eq!(lp.udp_connect(udp, Some(to)), Err(Error::EISCONN));
    assert_eq!(lp.udp_getpeername(udp), Ok(to));
    assert_eq!(lp.udp_try_send(udp, &[b"x"], Some(to)), Err(Error::EISCONN));
    lp.udp_connect(udp, None).unwrap();
    assert_eq!(lp.udp_getpeername(udp), Err(Error::ENOTCONN));
    let group = "239.255.0.1:0".parse().unwrap();
    assert_eq!(
        lp.udp_set_membership(udp, group, Interface::Any, false),
        Err(Error::EADDRNOTAVAIL)
    );
    lp.close(udp).unwrap();
    assert_eq!(lp.udp_send(udp, &[b"x"], Some(to)), Err(Error::EBADF));
    assert_eq!(lp.udp_recv_start(udp), Err(Error::EINVAL));
    assert_eq!(lp.udp_recv_stop(udp), Ok(()));
    assert_eq!(lp.received(peer, &NOTHING), b"");
    finish(&mut lp);
}

const NOTHING: Received = Received {
    start: usize::MAX,
    length: 9,
    address: None,
    partial: false,
    chunk: true,
};

#[cfg(unix)]
#[test]
fn what_the_kernel_does_not_take_waits_in_order() {
    let mut lp = Loop::new().unwrap();
    let [from, to] = narrow_pair(&mut lp);
    let requests: Vec<Request> = (0..2000u16)
        .map(|n| lp.udp_send(from, &[&n.to_le_bytes()], None).unwrap())
        .collect();
    assert_eq!(lp.udp_try_send(from, &[b"x"], None), Err(Error::EAGAIN));
    assert_eq!(lp.udp_send_queue_count(from), Ok(2000));
    lp.udp_recv_start(to).unwrap();
    let (mut sent, mut got) = (Vec::new(), Vec::new());
    run(&mut lp, RunMode::Default, |lp, event| match event {
        Event::Send {
            request, result, ..
        } => {
            result.unwrap();
            sent.push(request);
        }
        Event::Recv { handle, result } => {
            let received = result.unwrap();
            if let Ok(number) = lp.received(handle, &received).try_into() {
                got.push(u16::from_le_bytes(number));
            }
            if got.len() == 2000 {
                lp.udp_recv_stop(handle).unwrap();
            }
        }
        other => panic!("{other:?}"),
    });
    assert_eq!(sent, requests);
    assert!(got.into_iter().eq(0..2000));
    assert_eq!(lp.udp_send_queue_size(from), Ok(0));
    finish(&mut lp);
}

#[derive(Copy, Clone, Debug)]
enum Act {
    Send(usize, usize),
    TrySend(usize),
    Start(usize),
    Stop(usize),
    Connect(usize),
    Disconnect(usize),
    Close(usize),
    Turn,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        12 => (0..4usize, 0..70_000usize).prop_map(|(h, n)| Act::Send(h, n)),
        2 => (0..4usize).prop_map(Act::TrySend),
        3 => (0..4usize).prop_map(Act::Start),
        2 => (0..4usize).prop_map(Act::Stop),
        1 => (0..4usize).prop_map(Act::Connect),
        1 => (0..4usize).prop_map(Act::Disconnect),
        1 => (0..4usize).prop_map(Act::Close),
        4 => Just(Act::Turn),
    ]
}

#[derive(Default)]
struct Books {
    /// By handle: the requests that have not ended, in order.
    open: [Vec<(Request, usize)>; 4],
    closed: [bool; 4],
}

impl Books {
    fn on(&mut self, handles: &[Handle], event: Event) {
        match event {
            Event::Send {
                handle,
                request,
                result,
            } => {
                let which = handles.iter().position(|&h| h == handle).unwrap();
                assert!(!self.closed[which], "after Closed");
                let (first, _) = self.open[which].remove(0);
                assert_eq!(first, request, "{result:?}");
            }
            Event::Closed(handle) => {
                let which = handles.iter().position(|&h| h == handle).unwrap();
                assert!(self.open[which].is_empty());
                self.closed[which] = true;
            }
            Event::Recv { result, .. } => {
                if let Ok(received) = result {
                    assert!(!received.partial || received.length == super::CHUNK);
                }
            }
            other => panic!("{other:?}"),
        }
    }
}

proptest! {
    #[test]
    fn every_send_ends_once_and_in_order(acts in prop::collection::vec(act(), 1..120)) {
        let mut lp = Loop::new().unwrap();
        #[cfg(unix)]
        let [a, b] = narrow_pair(&mut lp);
        #[cfg(not(unix))]
        let [(a, _), (b, _)] = [bound(&mut lp, 0), bound(&mut lp, 0)];
        let (c, to) = bound(&mut lp, 0);
        let (d, _) = bound(&mut lp, 4);
        let handles = [a, b, c, d];
        let mut books = Books::default();
        let data = vec![7; 70_000];
        for act in acts {
            match act {
                Act::Send(h, length) => {
                    let target = lp.udp_getpeername(handles[h]).is_err() && h > 1;
                    let sent =
                        lp.udp_send(handles[h], &[&data[..length]], target.then_some(to));
                    if let Ok(request) = sent {
                        books.open[h].push((request, length));
                    }
                }
                // What is refused is an error value, and no event follows.
                Act::TrySend(h) => drop(lp.udp_try_send(handles[h], &[b"now"], None)),
                Act::Start(h) => drop(lp.udp_recv_start(handles[h])),
                Act::Stop(h) => drop(lp.udp_recv_stop(handles[h])),
                Act::Connect(h) => drop(lp.udp_connect(handles[h], Some(to))),
                Act::Disconnect(h) => drop(lp.udp_connect(handles[h], None)),
                Act::Close(h) => drop(lp.close(handles[h])),
                Act::Turn => {
                    run(&mut lp, RunMode::Nowait, |_, event| books.on(&handles, event));
                }
            }
            for (handle, open) in handles.into_iter().zip(&books.open) {
                if !lp.is_closing(handle) {
                    prop_assert_eq!(lp.udp_send_queue_count(handle), Ok(open.len()));
                    let bytes = open.iter().map(|(_, length)| length).sum();
                    prop_assert_eq!(lp.udp_send_queue_size(handle), Ok(bytes));
                }
            }
        }
        for handle in handles {
            let _ = lp.close(handle);
        }
        let alive = run(&mut lp, RunMode::Default, |_, event| books.on(&handles, event));
        prop_assert!(!alive && books.closed == [true; 4]);
    }
}
