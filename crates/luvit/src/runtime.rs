//! One Lua state with its loop and library: what embedders hold.

use std::fmt;
use std::sync::Arc;

use luvit_loop::RunMode;

use crate::dispatch;
use crate::exit;
use crate::lua::{NO_REF, Ref, State, ffi};
use crate::modules;
use crate::shared::{Failed, Owner, Shared};
use crate::stdlib;

/// Why a runtime could not be made or a script not be run.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The event loop or LuaJIT could not be started: out of memory or descriptors.
    Start(String),
    /// There is no such script: what was looked for.
    Missing(String),
    /// The script did not compile or raised an error: its message and traceback.
    Script(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Start(text) => write!(f, "cannot start the runtime: {text}"),
            Error::Missing(text) => write!(f, "cannot find the script: {text}"),
            Error::Script(text) => f.write_str(text),
        }
    }
}

impl std::error::Error for Error {}

/// Settings of a [`Runtime`] before it starts.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Builder {
    args: Vec<Vec<u8>>,
}

impl Builder {
    /// The program's arguments, `process.argv`: the program itself first, then the script, then
    /// what the script gets. Default: `luvit` alone. They need not be UTF-8.
    pub fn args<I>(mut self, args: I) -> Builder
    where
        I: IntoIterator,
        I::Item: AsRef<std::ffi::OsStr>,
    {
        self.args = args
            .into_iter()
            .map(|arg| arg.as_ref().as_encoded_bytes().to_vec())
            .collect();
        self
    }

    /// Starts the runtime: the Lua state with LuaJIT's libraries, `require`, `process`, `print`
    /// and `p`. Modules of the standard library load when they are first required.
    ///
    /// # Errors
    /// [`Error::Start`] if the system gives no memory or no descriptors.
    pub fn build(mut self) -> Result<Runtime, Error> {
        if self.args.is_empty() {
            self.args.push(b"luvit".to_vec());
        }
        Runtime::start(Arc::new(self.args), None)
    }
}

/// A luvit runtime: one Lua state, its event loop and the standard library.
///
/// It belongs to the thread that made it. Dropping it closes every handle and the state.
pub struct Runtime {
    state: State,
    shared: Box<Shared>,
    /// The table that `lua/runtime.lua` returned.
    face: Ref,
}

impl fmt::Debug for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runtime").finish_non_exhaustive()
    }
}

impl Runtime {
    /// Settings with their defaults.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// A runtime for a thread that a script started; `worker` makes the difference in what an
    /// uncaught error does.
    pub(crate) fn start(args: Arc<Vec<Vec<u8>>>, worker: Option<Failed>) -> Result<Runtime, Error> {
        // SAFETY: creates a state, or null without memory.
        let raw = unsafe { ffi::luaL_newstate() };
        if raw.is_null() {
            return Err(Error::Start("out of memory".into()));
        }
        // SAFETY: the state is live until `Drop` closes it, and this type is neither Send nor Sync.
        let state = unsafe { State::from_raw(raw) };
        let shared = match Shared::new(state, args, worker) {
            Ok(shared) => Box::new(shared),
            Err(error) => {
                // SAFETY: the state was just made and nothing refers to it.
                unsafe { ffi::lua_close(raw) };
                return Err(Error::Start(error.to_string()));
            }
        };
        let mut runtime = Runtime {
            state,
            shared,
            face: NO_REF,
        };
        // SAFETY: opens LuaJIT's own libraries in a new state.
        unsafe { ffi::luaL_openlibs(raw) };
        runtime.boot()?;
        Ok(runtime)
    }

    /// Loads `lua/runtime.lua`, which makes the globals.
    fn boot(&mut self) -> Result<(), Error> {
        let (state, shared) = (self.state, &*self.shared);
        state.push_function(shared, dispatch::message_handler);
        shared.message_handler.set(state.make_ref());
        modules::preload(state, shared);
        exit::replace(state, shared);
        let source = stdlib::source("runtime")
            .ok_or_else(|| Error::Start("the standard library is missing".into()))?;
        if state.load(&source, c"@bundle:/deps/runtime.lua").is_err() {
            return Err(self.script_error());
        }
        state.push_function(shared, modules::native);
        if dispatch::call_with(shared, 1, 1).is_err() {
            return Err(self.script_error());
        }
        // In a worker the report comes back, and the process goes on.
        let takes_errors = match shared.worker {
            None => "uncaught",
            Some(_) => "unhandled",
        };
        state.raw_get_field(-1, takes_errors);
        shared.on_uncaught.set(state.make_ref());
        self.face = state.make_ref();
        Ok(())
    }

    /// Pops the error on the stack and joins it with the recorded traceback, in the words of the
    /// runtime's Lua face once that is there.
    pub(crate) fn script_error(&self) -> Error {
        let state = self.state;
        let traceback = std::mem::take(&mut *self.shared.traceback.borrow_mut());
        if self.face != NO_REF {
            state.push_ref(self.face);
            state.raw_get_field(-1, "report");
            state.push_value(-3);
            state.push_bytes(&traceback);
            // The report or, at worst, the error of making one.
            let _either = state.pcall(2, 1, 0);
            state.replace(-3);
            state.pop(1);
            return Error::Script(self.pop_text());
        }
        let message = self.pop_text();
        Error::Script(format!(
            "{message}\n{}",
            String::from_utf8_lossy(&traceback)
        ))
    }

    /// What the native half of this runtime shares.
    pub(crate) fn shared(&self) -> &Shared {
        &self.shared
    }

    /// Pushes a function of the runtime's Lua face.
    pub(crate) fn push_face(&self, name: &str) {
        self.state.push_ref(self.face);
        self.state.raw_get_field(-1, name);
        self.state.remove(-2);
    }

    /// Pops a string.
    fn pop_text(&self) -> String {
        let text = self
            .state
            .to_bytes(-1)
            .unwrap_or(b"(error object is not a string)");
        let text = String::from_utf8_lossy(text).into_owned();
        self.state.pop(1);
        text
    }

    /// The Lua state as `mlua` sees it, to register functions and exchange values.
    #[must_use]
    pub fn lua(&self) -> &mlua::Lua {
        // SAFETY: the state is live as long as `self`, and the reference borrows from it.
        unsafe { mlua::Lua::get_or_init_from_ptr(self.state.raw()) }
    }

    /// Calls `name` of the runtime's Lua face with `args` strings. The function returns nothing, or
    /// why it failed and, for a script that is not there, `true`.
    fn call_face(&self, name: &str, args: &[&[u8]]) -> Result<(), Error> {
        let state = self.state;
        self.push_face(name);
        for arg in args {
            state.push_bytes(arg);
        }
        dispatch::call_with(&self.shared, args.len() as i32, 2)
            .map_err(|()| self.script_error())?;
        let missing = state.to_bool(-1);
        state.pop(1);
        if state.is_nil(-1) {
            state.pop(1);
            return Ok(());
        }
        let text = self.pop_text();
        Err(if missing {
            Error::Missing(text)
        } else {
            Error::Script(text)
        })
    }

    /// Runs a script as `luvit path` does: in a coroutine of its own, with `require` relative to
    /// its folder. It returns when the script ends or first waits; [`Runtime::run`] runs the loop.
    ///
    /// # Errors
    /// [`Error::Missing`] if `path` is not there. [`Error::Script`] if it does not compile or
    /// raises an error before it first waits, and no `process:on('uncaughtException')` takes it. An
    /// error after that is one of a callback, see [`Runtime::run`].
    pub fn run_file(&self, path: impl AsRef<std::path::Path>) -> Result<(), Error> {
        self.call_face("run_file", &[path.as_ref().as_os_str().as_encoded_bytes()])
    }

    /// Runs Lua source; `name` is its chunk name as Lua takes it (`@file` or `=text`). Modules are
    /// required relative to the working folder.
    ///
    /// # Errors
    /// [`Error::Script`] as of [`Runtime::run_file`].
    pub fn run_source(&self, name: &str, source: impl AsRef<[u8]>) -> Result<(), Error> {
        self.call_face("run_source", &[name.as_bytes(), source.as_ref()])
    }

    /// Calls a function of the command line's face in Lua (`cli.lua`) with string arguments.
    ///
    /// # Errors
    /// [`Error::Script`] if the function raises an error.
    #[doc(hidden)]
    pub fn call_cli(&self, name: &str, args: &[&[u8]]) -> Result<(), Error> {
        let mut all: Vec<&[u8]> = vec![name.as_bytes()];
        all.extend(args);
        self.call_face("cli", &all)
    }

    /// Runs the event loop until nothing is alive, then the `exit` handlers: the exit code of the
    /// program, `process.exitCode`.
    ///
    /// An error in a callback that no `process:on('uncaughtException')` takes is printed to
    /// standard error and ends the process with code 255 after the `exit` handlers, as
    /// `process:exit(255)` in a script does.
    #[must_use]
    pub fn run(&self) -> i32 {
        if self.shared.lp.borrow().alive() {
            // A program that stays: what its start needed goes back to the system, and once more
            // what the JIT compiler needed when it has compiled the program.
            luvit_loop::system::release_startup_pages();
            self.release_after_warm_up();
        }
        dispatch::run(&self.shared, RunMode::Default);
        let code = self.finish(None);
        dispatch::run(&self.shared, RunMode::Default);
        code
    }

    /// Runs the `exit` handlers, unless they ran: the exit code of the program, which is `code`, or
    /// `process.exitCode`. An error in a handler is printed and makes it 255.
    pub fn finish(&self, code: Option<i32>) -> i32 {
        let state = self.state;
        self.push_face("finish");
        match code {
            Some(code) => state.push_int(code.into()),
            None => state.push_nil(),
        }
        match dispatch::call_with(&self.shared, 1, 1) {
            Ok(()) => {
                let code = state.to_num(-1).unwrap_or(0.0) as i32;
                state.pop(1);
                code
            }
            Err(()) => {
                dispatch::report(&self.script_error().to_string());
                255
            }
        }
    }
}

/// When a program that stays has warmed up, in milliseconds.
const WARM_UP: u64 = 5_000;

impl Runtime {
    /// Starts the timer that ends the warm-up; it neither shows nor keeps the program alive.
    fn release_after_warm_up(&self) {
        let mut lp = self.shared.lp.borrow_mut();
        let timer = lp.new_timer();
        lp.unref(timer);
        lp.set_internal(timer, true);
        self.shared
            .handles
            .borrow_mut()
            .insert(timer, Owner::WarmUp);
        // A timer just made starts.
        let _started = lp.timer_start(timer, WARM_UP, 0);
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        // SAFETY: the state is live and closed once; `shared` outlives it as a later field. The
        // loop drops after it with everything it still holds.
        unsafe { ffi::lua_close(self.state.raw()) };
        modules::uv::close_asyncs(&self.shared);
        // The terminal is the program's, not one thread's.
        if self.shared.worker.is_none() {
            let _best_effort_at_the_end = luvit_loop::tty_reset_mode();
        }
    }
}
