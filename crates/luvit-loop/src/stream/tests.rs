//! What streams do, whatever they are of.

use crate::{
    Error, Event, Handle, Loop, RunMode,
    testing::{finish, pair, run},
};
use proptest::prelude::*;

#[test]
fn bytes_end_and_reset_arrive() {
    let mut lp = Loop::new().unwrap();
    let (client, server) = pair(&mut lp);
    lp.read_start(server).unwrap();
    assert_eq!(lp.read_start(server), Err(Error::EALREADY));
    let written = lp.write(client, &[b"hello ", b"", b"world"]).unwrap();
    let shut = lp.shutdown(client).unwrap();
    assert_eq!(lp.shutdown(client), Err(Error::ENOTCONN));
    assert_eq!(lp.write(client, &[b"late"]), Err(Error::EPIPE));
    let (mut text, mut ended, mut requests) = (Vec::new(), false, Vec::new());
    run(&mut lp, RunMode::Default, |lp, event| match event {
        Event::Read { result: Ok(n), .. } => text.extend_from_slice(&lp.read_buffer()[..n]),
        Event::Read { handle, result } => {
            assert_eq!(result, Err(Error::EOF));
            ended = true;
            assert!(!lp.is_active(handle));
        }
        Event::Write {
            request, result, ..
        }
        | Event::Shutdown {
            request, result, ..
        } => {
            result.unwrap();
            requests.push(request);
        }
        other => panic!("{other:?}"),
    });
    assert!(ended && text == b"hello world" && requests == [written, shut]);
    // The end comes again to whoever asks again.
    lp.read_start(server).unwrap();
    let mut again = false;
    run(&mut lp, RunMode::Default, |_, event| {
        again = matches!(
            event,
            Event::Read {
                result: Err(Error::EOF),
                ..
            }
        );
    });
    assert!(again);
    lp.tcp_close_reset(server).unwrap();
    lp.read_start(client).unwrap();
    let mut reset = false;
    run(&mut lp, RunMode::Default, |_, event| {
        reset |= matches!(
            event,
            Event::Read {
                result: Err(Error::ECONNRESET),
                ..
            }
        );
    });
    assert!(reset);
    finish(&mut lp);
}

#[test]
fn a_taken_buffer_is_replaced() {
    let mut lp = Loop::new().unwrap();
    let (client, server) = pair(&mut lp);
    lp.read_start(server).unwrap();
    lp.try_write(client, &[b"one"]).unwrap();
    let mut taken = None;
    run(&mut lp, RunMode::Once, |lp, event| {
        assert!(matches!(event, Event::Read { result: Ok(3), .. }));
        taken = Some(lp.take_read_buffer());
    });
    lp.try_write(client, &[b"two!"]).unwrap();
    run(&mut lp, RunMode::Once, |lp, _| {
        assert_eq!(&lp.read_buffer()[..4], b"two!")
    });
    assert_eq!(&taken.as_ref().unwrap()[..3], b"one");
    lp.restore_read_buffer(taken.unwrap());
    finish(&mut lp);
}

#[test]
fn a_full_peer_makes_writes_wait_and_close_cancels_them() {
    let mut lp = Loop::new().unwrap();
    let (client, _server) = pair(&mut lp);
    let block = vec![b'x'; 1 << 20];
    let mut done = 0;
    let mut requests = Vec::new();
    while lp.write_queue_size(client).unwrap() == 0 {
        requests.push(lp.write(client, &[&block]).unwrap());
    }
    requests.push(lp.write(client, &[b"last"]).unwrap());
    assert_eq!(lp.try_write(client, &[b"no"]), Err(Error::EAGAIN));
    let shut = lp.shutdown(client).unwrap();
    lp.close(client).unwrap();
    let mut closed = false;
    let mut seen = Vec::new();
    lp.unref(_server);
    run(&mut lp, RunMode::Default, |_, event| match event {
        Event::Write {
            request, result, ..
        } => {
            assert!(!closed);
            done += usize::from(result.is_ok());
            seen.push((request, result.is_ok()));
        }
        Event::Shutdown {
            request, result, ..
        } => {
            assert_eq!((request, result), (shut, Err(Error::ECANCELED)));
        }
        Event::Closed(_) => closed = true,
        other => panic!("{other:?}"),
    });
    assert_eq!(seen.iter().map(|s| s.0).collect::<Vec<_>>(), requests);
    assert!(seen.is_sorted_by_key(|s| !s.1) && seen.iter().filter(|s| !s.1).count() == 2);
    assert!(closed && lp.write(client, &[b"x"]) == Err(Error::EBADF));
    finish(&mut lp);
}

#[test]
fn a_fast_peer_does_not_starve_another() {
    let mut lp = Loop::new().unwrap();
    let (fast, from_fast) = pair(&mut lp);
    let (slow, from_slow) = pair(&mut lp);
    lp.read_start(from_fast).unwrap();
    lp.read_start(from_slow).unwrap();
    let block = vec![0u8; 1 << 18];
    lp.write(fast, &[&block]).unwrap();
    lp.write(slow, &[b"me too"]).unwrap();
    let mut reads_before = 0;
    let mut heard = false;
    run(&mut lp, RunMode::Default, |lp, event| match event {
        Event::Read { handle, .. } if handle == from_slow => {
            heard = true;
            lp.stop();
        }
        Event::Read { .. } if !heard => reads_before += 1,
        // More and more of it.
        Event::Write { handle, .. } if handle == fast => {
            lp.write(fast, &[&block]).unwrap();
        }
        _ => {}
    });
    assert!(heard && reads_before < 200, "{reads_before}");
    finish(&mut lp);
}

#[test]
fn operations_on_other_kinds_and_stale_handles_are_errors() {
    let mut lp = Loop::new().unwrap();
    let timer = lp.new_timer();
    let fresh = lp.new_tcp(None).unwrap();
    let stale = Handle::from_bits(77);
    assert_eq!(lp.shutdown(timer), Err(Error::EINVAL));
    assert_eq!(lp.shutdown(stale), Err(Error::ENOTCONN));
    for (handle, error) in [(timer, Error::EINVAL), (stale, Error::EBADF)] {
        assert_eq!(lp.read_start(handle), Err(error));
        assert_eq!(lp.read_stop(handle), Err(error));
        assert_eq!(lp.write(handle, &[b"x"]), Err(error));
        assert_eq!(lp.try_write(handle, &[b"x"]), Err(error));
        assert_eq!(lp.listen(handle, 1), Err(error));
        assert_eq!(lp.accept(handle), Err(error));
        assert_eq!(lp.fileno(handle), Err(error));
        assert_eq!(lp.tcp_nodelay(handle, true), Err(error));
        assert!(!lp.is_readable(handle) && !lp.is_writable(handle));
    }
    assert_eq!(lp.read_start(fresh), Err(Error::ENOTCONN));
    assert_eq!(lp.write(fresh, &[b"x"]), Err(Error::EBADF));
    assert_eq!(lp.shutdown(fresh), Err(Error::ENOTCONN));
    assert_eq!(lp.accept(fresh), Err(Error::EAGAIN));
    finish(&mut lp);
}

#[test]
fn a_blocking_stream_writes_everything_at_once() {
    let mut lp = Loop::new().unwrap();
    let (client, server) = pair(&mut lp);
    lp.set_blocking(client, true).unwrap();
    let fd = lp
        .io(server)
        .unwrap()
        .socket()
        .unwrap()
        .try_clone()
        .unwrap();
    let reader = std::thread::spawn(move || {
        let mut stream: std::net::TcpStream = fd.into();
        stream.set_nonblocking(false).unwrap();
        let mut left = 8 << 20;
        let mut block = vec![0; 1 << 16];
        while left > 0 {
            left -= std::io::Read::read(&mut stream, &mut block).unwrap();
        }
    });
    let block = vec![1u8; 4 << 20];
    assert_eq!(lp.try_write(client, &[&block, &block]), Ok(8 << 20));
    reader.join().unwrap();
    // Nothing to read: neither an event nor a wait.
    lp.read_start(client).unwrap();
    run(&mut lp, RunMode::Nowait, |_, event| panic!("{event:?}"));
    finish(&mut lp);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn each_request_ends_once_whatever_is_done(
        ops in prop::collection::vec((0..12u8, 0..8usize, 0..300_000usize), 1..120),
    ) {
        let mut lp = Loop::new().unwrap();
        let (_, address) = crate::testing::listener(&mut lp);
        let mut handles: Vec<Handle> = (0..8).map(|_| lp.new_tcp(None).unwrap()).collect();
        let block = vec![0u8; 300_000];
        let mut open = std::collections::HashSet::new();
        let ended = |lp: &mut Loop, event, open: &mut std::collections::HashSet<_>| match event {
            Event::Connection { handle, .. } => handles_accept(lp, handle),
            Event::Connect { request, .. }
            | Event::Write { request, .. }
            | Event::Shutdown { request, .. } => assert!(open.remove(&request)),
            _ => {}
        };
        for (op, at, size) in ops {
            let handle = handles[at];
            // Refusals are fine; what was taken on has to end.
            match op {
                0 | 1 => open.extend(lp.tcp_connect(handle, address)),
                2 | 3 => open.extend(lp.write(handle, &[&block[..size], b"end"])),
                4 => open.extend(lp.shutdown(handle)),
                5 => drop(lp.read_start(handle)),
                6 => drop(lp.read_stop(handle)),
                7 => drop(lp.try_write(handle, &[&block[..size]])),
                8 => drop(lp.tcp_close_reset(handle)),
                9 => drop(lp.close(handle)),
                10 => {
                    let _ = lp.close(handle);
                    handles[at] = lp.new_tcp(None).unwrap();
                }
                _ => {
                    run(&mut lp, RunMode::Nowait, |lp, event| ended(lp, event, &mut open));
                }
            }
        }
        let left: Vec<Handle> = lp.handles().filter(|&h| !lp.is_closing(h)).collect();
        left.into_iter().for_each(|handle| lp.close(handle).unwrap());
        run(&mut lp, RunMode::Default, |lp, event| ended(lp, event, &mut open));
        finish(&mut lp);
        prop_assert!(open.is_empty());
    }
}

/// Accepts, and reads what comes.
fn handles_accept(lp: &mut Loop, server: Handle) {
    if let Ok(client) = lp.accept(server) {
        lp.read_start(client).unwrap();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn bytes_come_in_order(
        writes in prop::collection::vec(prop::collection::vec(0..20_000usize, 0..5), 1..30),
        pauses in prop::collection::vec(any::<bool>(), 1..40),
    ) {
        let mut lp = Loop::new().unwrap();
        let (client, server) = pair(&mut lp);
        lp.send_buffer_size(client, 4096).unwrap();
        let mut next = 0u32;
        let mut sent = Vec::new();
        let mut requests = Vec::new();
        for sizes in &writes {
            let bufs: Vec<Vec<u8>> = sizes.iter().map(|&size| {
                (0..size).map(|_| { next = next.wrapping_add(1); (next % 251) as u8 }).collect()
            }).collect();
            let slices: Vec<&[u8]> = bufs.iter().map(Vec::as_slice).collect();
            requests.push(lp.write(client, &slices).unwrap());
            sent.extend(bufs.concat());
        }
        lp.shutdown(client).unwrap();
        lp.read_start(server).unwrap();
        let (mut got, mut done, mut turn) = (Vec::new(), Vec::new(), 0);
        let mut ended = false;
        while !ended {
            // The reader stops and goes on at random.
            turn += 1;
            if pauses[turn % pauses.len()] && turn % 64 != 0 {
                lp.read_stop(server).unwrap();
                run(&mut lp, RunMode::Nowait, |_, event| {
                    if let Event::Write { request, .. } = event { done.push(request) }
                });
                lp.read_start(server).unwrap();
            }
            run(&mut lp, RunMode::Once, |lp, event| match event {
                Event::Read { result: Ok(n), .. } => got.extend_from_slice(&lp.read_buffer()[..n]),
                Event::Read { .. } => ended = true,
                Event::Write { request, result, .. } => { result.unwrap(); done.push(request) }
                _ => {}
            });
        }
        prop_assert!(got == sent);
        prop_assert_eq!(done, requests);
        prop_assert_eq!(lp.write_queue_size(client).unwrap(), 0);
        finish(&mut lp);
    }
}

/// Bytes that count how many of them are left.
struct Kept(Vec<u8>, std::rc::Rc<std::cell::Cell<usize>>);

impl AsRef<[u8]> for Kept {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.1.set(self.1.get() - 1);
    }
}

#[test]
fn what_is_kept_for_a_write_is_dropped_before_its_event() {
    let mut lp = Loop::new().unwrap();
    let (client, server) = pair(&mut lp);
    let kept = std::rc::Rc::new(std::cell::Cell::new(0));
    let mut expected = Vec::new();
    let write = |lp: &mut Loop, expected: &mut Vec<u8>, byte: u8| {
        let block: Vec<u8> = (0..1 << 20).map(|i| byte ^ i as u8).collect();
        expected.extend_from_slice(&block);
        lp.write_kept(client, &block, &mut || {
            kept.set(kept.get() + 1);
            Box::new(Kept(block.clone(), kept.clone()))
        })
        .unwrap()
    };
    // More than any kernel takes at once, and a copied one in between.
    for byte in 0..16 {
        write(&mut lp, &mut expected, byte);
    }
    lp.write(client, &[b"between"]).unwrap();
    expected.extend_from_slice(b"between");
    write(&mut lp, &mut expected, 99);
    let waiting = kept.get();
    assert!(waiting > 8 && lp.write_queue_size(client).unwrap() > 8 << 20);
    lp.read_start(server).unwrap();
    let (mut read, mut written) = (Vec::new(), 0);
    while read.len() < expected.len() || written < 18 {
        run(&mut lp, RunMode::Once, |lp, event| match event {
            Event::Read { result, .. } => {
                read.extend_from_slice(&lp.read_buffer()[..result.unwrap()]);
            }
            Event::Write { result, .. } => {
                result.unwrap();
                written += 1;
                assert!(kept.get() <= 18 - written);
            }
            other => panic!("{other:?}"),
        });
    }
    assert!(read == expected && kept.get() == 0);
    lp.read_stop(server).unwrap();
    for byte in 0..16 {
        write(&mut lp, &mut expected, byte);
    }
    assert!(kept.get() > 8);
    lp.close(client).unwrap();
    assert_eq!(kept.get(), 0);
    finish(&mut lp);
}
