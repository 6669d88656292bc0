//! `uv_signal_t`: a signal as an event; names are luv's, `"sigint"` for `SIGINT`.

use luvit_loop::{Handle, HandleKind};

use super::handle::Accept;
use super::{Entry, functions};
use crate::lua::{Call, Raise, Ret, Type};

pub(super) const FUNCTIONS: &[Entry] =
    functions![new_signal, signal_start, signal_start_oneshot, signal_stop];

#[cfg(unix)]
macro_rules! signals {
    ($($name:ident),* $(,)?) => {
        /// The signals of this system.
        pub(super) const SIGNALS: &[(&str, i32)] = &[$((stringify!($name), libc::$name)),*];
    };
}

#[cfg(target_os = "linux")]
signals![
    SIGHUP, SIGINT, SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGIOT, SIGBUS, SIGFPE, SIGKILL, SIGUSR1,
    SIGSEGV, SIGUSR2, SIGPIPE, SIGALRM, SIGTERM, SIGCHLD, SIGSTKFLT, SIGCONT, SIGSTOP, SIGTSTP,
    SIGTTIN, SIGTTOU, SIGURG, SIGXCPU, SIGXFSZ, SIGVTALRM, SIGPROF, SIGWINCH, SIGIO, SIGPOLL,
    SIGPWR, SIGSYS,
];
#[cfg(all(unix, not(target_os = "linux")))]
signals![
    SIGHUP, SIGINT, SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGIOT, SIGBUS, SIGFPE, SIGKILL, SIGUSR1,
    SIGSEGV, SIGUSR2, SIGPIPE, SIGALRM, SIGTERM, SIGCHLD, SIGCONT, SIGSTOP, SIGTSTP, SIGTTIN,
    SIGTTOU, SIGURG, SIGXCPU, SIGXFSZ, SIGVTALRM, SIGPROF, SIGWINCH, SIGIO, SIGSYS,
];
/// libuv's numbers for what Windows has of signals.
#[cfg(windows)]
pub(super) const SIGNALS: &[(&str, i32)] = &[
    ("SIGHUP", 1),
    ("SIGINT", 2),
    ("SIGILL", 4),
    ("SIGABRT", 22),
    ("SIGFPE", 8),
    ("SIGKILL", 9),
    ("SIGSEGV", 11),
    ("SIGTERM", 15),
    ("SIGBREAK", 21),
    ("SIGWINCH", 28),
];

/// luv's name of a signal, in lower case: the first that has the number.
pub(crate) fn signal_name(signum: i32) -> Option<&'static str> {
    const LOWER: &[&str] = &[
        "sighup",
        "sigint",
        "sigquit",
        "sigill",
        "sigtrap",
        "sigabrt",
        "sigbus",
        "sigfpe",
        "sigkill",
        "sigusr1",
        "sigsegv",
        "sigusr2",
        "sigpipe",
        "sigalrm",
        "sigterm",
        "sigchld",
        "sigstkflt",
        "sigcont",
        "sigstop",
        "sigtstp",
        "sigttin",
        "sigttou",
        "sigurg",
        "sigxcpu",
        "sigxfsz",
        "sigvtalrm",
        "sigprof",
        "sigwinch",
        "sigio",
        "sigpwr",
        "sigsys",
        "sigbreak",
    ];
    let name = SIGNALS.iter().find(|(_, number)| *number == signum)?.0;
    LOWER
        .iter()
        .copied()
        .find(|lower| lower.eq_ignore_ascii_case(name))
}

impl Call<'_> {
    /// A signal argument: a number, or a name with or without `SIG`, in any case.
    pub(super) fn signum(&self, index: i32) -> Result<i32, Raise> {
        match self.type_of(index) {
            Type::Number => Ok(self.int_in(index, i32::MIN.into()..=i32::MAX.into())? as i32),
            Type::String if self.to_num(index).is_some() => {
                Ok(self.int_in(index, i32::MIN.into()..=i32::MAX.into())? as i32)
            }
            Type::String => {
                let name = self.text(index)?;
                SIGNALS
                    .iter()
                    .find(|(full, _)| {
                        full.eq_ignore_ascii_case(name) || full[3..].eq_ignore_ascii_case(name)
                    })
                    .map(|(_, number)| *number)
                    .ok_or_else(|| Raise::Argument(index, format!("invalid signal name '{name}'")))
            }
            _ => Err(self.wrong_type(index, "signal name or number")),
        }
    }
}

fn signal(call: &Call) -> Result<Handle, Raise> {
    call.handle(1, Accept::Kind(HandleKind::Signal))
}

fn new_signal(call: &mut Call) -> Ret {
    let made = call.shared().lp.borrow_mut().new_signal();
    call.new_handle(Ok(made))
}

fn start(
    call: &mut Call,
    how: fn(&mut luvit_loop::Loop, Handle, i32) -> luvit_loop::Result<()>,
) -> Ret {
    let handle = signal(call)?;
    let signum = call.signum(2)?;
    let has_callback = call.opt_callable(3)?;
    let result = how(&mut call.shared().lp.borrow_mut(), handle, signum);
    if result.is_ok() && has_callback {
        call.set_callback(handle, 3);
    }
    call.started(result)
}

fn signal_start(call: &mut Call) -> Ret {
    start(call, luvit_loop::Loop::signal_start)
}

fn signal_start_oneshot(call: &mut Call) -> Ret {
    start(call, luvit_loop::Loop::signal_start_oneshot)
}

fn signal_stop(call: &mut Call) -> Ret {
    let handle = signal(call)?;
    let result = call.shared().lp.borrow_mut().signal_stop(handle);
    if result.is_ok() {
        call.clear_callback(handle);
    }
    call.unless_closing(handle, result)
}
