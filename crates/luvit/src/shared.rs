//! What belongs to one Lua state: its event loop and the Lua side of handles and requests.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use luvit_loop::{Handle, Loop, Request, Requests};

use crate::lua::{NO_REF, Ref, State, Unused};
use crate::modules::{http, uv::AsyncLink, zlib};

/// Everything native that belongs to one Lua state. Native functions find it in their first
/// upvalue; it lives until after the state is closed.
///
/// No cell is borrowed while Lua runs: a callback may call anything.
pub(crate) struct Shared {
    main: Cell<State>,
    /// No other state of the process has it.
    pub(crate) id: u64,
    /// Set in a thread that a script started, see [`crate::worker`].
    pub(crate) worker: Option<Failed>,
    /// The event loop.
    pub(crate) lp: RefCell<Loop>,
    /// The Lua side of every handle.
    pub(crate) handles: RefCell<Handles>,
    /// The Lua side of every request under way.
    pub(crate) requests: RefCell<Requests<RequestEntry>>,
    /// What the async handles share with those who send to them.
    pub(crate) asyncs: RefCell<HashMap<u64, Arc<AsyncLink>>>,
    /// HTTP servers and their connections.
    pub(crate) http: http::Engine,
    /// The compressor that waits for its next use.
    pub(crate) zlib: zlib::Waiting,
    /// The Lua function that receives uncaught errors: `function(error, traceback)`.
    pub(crate) on_uncaught: Cell<Ref>,
    /// The closure that turns an error into error plus recorded traceback.
    pub(crate) message_handler: Cell<Ref>,
    /// Traceback of the error being handled, recorded by the message handler.
    pub(crate) traceback: RefCell<Vec<u8>>,
    /// The userdata of handles by the loop's index, held weakly.
    pub(crate) userdata: Cell<Ref>,
    /// The metatables of requests by libuv's number of their kind, once one was needed.
    pub(crate) request_metatables: [Cell<Ref>; 16],
    /// Strings that writes needed.
    pub(crate) written: Unused,
    /// Handles whose userdata was collected.
    pub(crate) collected: RefCell<Vec<Handle>>,
    /// How many handles are abandoned.
    pub(crate) abandoned: Cell<usize>,
    /// The `uv` table, once something required it.
    pub(crate) uv_table: Cell<Ref>,
    /// The program's arguments; 0 is the program itself.
    pub(crate) args: Arc<Vec<Vec<u8>>>,
    /// The run mode of the `uv.run` under way.
    pub(crate) mode: Cell<Option<luvit_loop::RunMode>>,
    /// How many native functions that call back into Lua are under way inside each other.
    nested: Cell<u32>,
}

/// Whether an error that nothing caught ended the loop of a worker's state.
#[derive(Default)]
pub(crate) struct Failed(pub(crate) Cell<bool>);

/// How deep native functions that call back into Lua nest: each level takes kilobytes of the
/// native stack, whose end is the end of the process.
const MAX_NESTED: u32 = 150;

/// One level of native functions that call back into Lua; ends when dropped.
pub(crate) struct Nested<'a>(&'a Cell<u32>);

impl Drop for Nested<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

impl Shared {
    pub(crate) fn new(
        main: State,
        args: Arc<Vec<Vec<u8>>>,
        worker: Option<Failed>,
    ) -> luvit_loop::Result<Shared> {
        static ID: AtomicU64 = AtomicU64::new(0);
        Ok(Shared {
            main: Cell::new(main),
            id: ID.fetch_add(1, Ordering::Relaxed),
            worker,
            lp: RefCell::new(Loop::new()?),
            handles: RefCell::default(),
            requests: RefCell::default(),
            asyncs: RefCell::default(),
            http: http::Engine::default(),
            zlib: zlib::Waiting::default(),
            on_uncaught: Cell::new(NO_REF),
            message_handler: Cell::new(NO_REF),
            traceback: RefCell::default(),
            userdata: Cell::new(NO_REF),
            request_metatables: [const { Cell::new(NO_REF) }; 16],
            written: Unused::default(),
            collected: RefCell::default(),
            abandoned: Cell::new(0),
            uv_table: Cell::new(NO_REF),
            args,
            mode: Cell::new(None),
            nested: Cell::new(0),
        })
    }

    /// Begins a native function that calls back into Lua and so may be called again from there;
    /// `None` when that is too deep.
    pub(crate) fn nest(&self) -> Option<Nested<'_>> {
        let level = self.nested.get();
        (level < MAX_NESTED).then(|| {
            self.nested.set(level + 1);
            Nested(&self.nested)
        })
    }

    /// The main Lua stack, on which callbacks run.
    pub(crate) fn main(&self) -> State {
        self.main.get()
    }
}

/// Whom the events of a handle are for.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub(crate) enum Owner {
    /// A script, through `uv`.
    #[default]
    Lua,
    /// An HTTP server that listens on the handle.
    HttpServer(u32),
    /// An HTTP connection.
    HttpConnection(u32),
    /// The timer that ends HTTP connections which took too long.
    HttpTimer(u32),
    /// The timer that ends the program's warm-up.
    WarmUp,
    /// The timer that lets go of a compressor nobody uses.
    ZlibTimer,
}

/// When `uv.walk` leaves a handle out.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Hidden {
    /// While it is not active: a standard stream that nobody uses.
    Idle,
    Always,
}

/// The Lua side of one handle.
#[derive(Copy, Clone, Debug)]
pub(crate) struct HandleEntry {
    generation: u32,
    /// Whom its events are for.
    pub(crate) owner: Owner,
    /// The one callback of what the handle does now (reading, listening, waiting, …).
    pub(crate) callback: Ref,
    /// What `close` was given.
    pub(crate) on_close: Ref,
    /// No script can reach it any more: it is closed when it has nothing left to do.
    pub(crate) abandoned: bool,
    /// The library keeps it for itself: `uv.walk` shows it only while it is active, or never.
    pub(crate) hidden: Option<Hidden>,
}

/// The Lua side of every handle of a loop, by the loop's own index.
#[derive(Default)]
pub(crate) struct Handles {
    entries: Vec<Option<HandleEntry>>,
}

impl Handles {
    /// Starts an entry for a handle that the loop has just made.
    pub(crate) fn insert(&mut self, handle: Handle, owner: Owner) {
        let index = handle.index() as usize;
        if index >= self.entries.len() {
            self.entries.resize(index + 1, None);
        }
        self.entries[index] = Some(HandleEntry {
            generation: handle.generation(),
            owner,
            callback: NO_REF,
            on_close: NO_REF,
            abandoned: false,
            hidden: None,
        });
    }

    /// The entry, unless the handle is gone.
    pub(crate) fn get(&self, handle: Handle) -> Option<HandleEntry> {
        self.entries
            .get(handle.index() as usize)
            .copied()
            .flatten()
            .filter(|entry| entry.generation == handle.generation())
    }

    pub(crate) fn get_mut(&mut self, handle: Handle) -> Option<&mut HandleEntry> {
        self.entries
            .get_mut(handle.index() as usize)?
            .as_mut()
            .filter(|entry| entry.generation == handle.generation())
    }

    /// Ends the entry and gives it back, so that its references can be dropped.
    pub(crate) fn remove(&mut self, handle: Handle) -> Option<HandleEntry> {
        self.get(handle)?;
        self.entries[handle.index() as usize].take()
    }
}

/// The Lua side of a request under way.
pub(crate) enum RequestEntry {
    /// Called with the error, or with `nil`.
    Status(Ref),
    /// An outcome of the thread pool: how it becomes Lua values, and the callback.
    Work(fn(&crate::lua::Call, WorkResult) -> i32, Ref),
    /// A file operation on the thread pool.
    Fs(crate::modules::uv::fs::Pending),
    /// Bytes of an HTTP connection left the queue.
    HttpWrite(u32),
    /// The last bytes of an HTTP connection are with the peer.
    HttpShutdown(u32),
}

/// What a thread-pool job gave.
pub(crate) type WorkResult = luvit_loop::Result<Box<dyn std::any::Any + Send>>;

impl Shared {
    /// Remembers what to do when a request ends.
    pub(crate) fn add_request(&self, request: Request, entry: RequestEntry) {
        self.requests.borrow_mut().insert(request, entry);
    }

    pub(crate) fn take_request(&self, request: Request) -> Option<RequestEntry> {
        self.requests.borrow_mut().remove(request)
    }

    /// Replaces a handle's callback by the kept value `callback`, dropping the old one.
    pub(crate) fn set_callback(&self, handle: Handle, callback: Ref) {
        let old = match self.handles.borrow_mut().get_mut(handle) {
            Some(entry) => std::mem::replace(&mut entry.callback, callback),
            None => callback,
        };
        self.main().drop_ref(old);
    }
}
