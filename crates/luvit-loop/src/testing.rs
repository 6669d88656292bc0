//! What the tests of the other files share.

use crate::{Event, Handle, Loop, RunMode, Step};
use std::net::SocketAddr;

/// Runs the loop and hands each event to `on`; returns whether it is still alive.
pub(crate) fn run(lp: &mut Loop, mode: RunMode, mut on: impl FnMut(&mut Loop, Event)) -> bool {
    let mut run = lp.start_run(mode);
    loop {
        match lp.step(&mut run) {
            Step::Event(event) => on(lp, event),
            Step::Done { alive } => return alive,
        }
    }
}

/// A temporary folder of its own, removed in the end.
pub(crate) struct Folder(std::path::PathBuf);

impl Folder {
    pub(crate) fn new() -> Folder {
        static COUNT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        let n = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let name = format!("luvit-loop-folder-{}-{n}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir(&path).unwrap();
        Folder(path)
    }

    pub(crate) fn path(&self) -> &std::path::Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Closes everything and runs until nothing is alive.
pub(crate) fn finish(lp: &mut Loop) {
    let open: Vec<Handle> = lp.handles().filter(|&h| !lp.is_closing(h)).collect();
    open.into_iter()
        .for_each(|handle| lp.close(handle).unwrap());
    assert!(!run(lp, RunMode::Default, |_, _| {}));
    assert_eq!(lp.handles().count(), 0);
}

/// A listener on a free port of the loopback address.
pub(crate) fn listener(lp: &mut Loop) -> (Handle, SocketAddr) {
    let server = lp.new_tcp(None).unwrap();
    lp.tcp_bind(server, "127.0.0.1:0".parse().unwrap(), false)
        .unwrap();
    lp.listen(server, 128).unwrap();
    let address = lp.tcp_getsockname(server).unwrap();
    (server, address)
}

/// A connected pair: the client's side and the server's. The listener is closed.
pub(crate) fn pair(lp: &mut Loop) -> (Handle, Handle) {
    let (server, address) = listener(lp);
    let client = lp.new_tcp(None).unwrap();
    lp.tcp_connect(client, address).unwrap();
    let (mut accepted, mut connected) = (None, false);
    while accepted.is_none() || !connected {
        run(lp, RunMode::Once, |lp, event| match event {
            Event::Connection { handle, result } => {
                result.unwrap();
                accepted = Some(lp.accept(handle).unwrap());
            }
            Event::Connect { result, .. } => {
                result.unwrap();
                connected = true;
            }
            other => panic!("{other:?}"),
        });
    }
    lp.close(server).unwrap();
    run(lp, RunMode::Nowait, |_, event| {
        assert!(matches!(event, Event::Closed(_)))
    });
    (client, accepted.unwrap())
}
