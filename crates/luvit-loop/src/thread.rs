//! Threads that can be asked and waited for, wherever they were started.
//!
//! Semantics: <https://docs.libuv.org/en/v1.x/threading.html>. What is undefined there is an error
//! here: a thread that was joined, detached or has ended can be asked anything.

use crate::{Error, Result, sys::thread as imp};
use std::{
    cell::RefCell,
    collections::HashMap,
    ffi::CString,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread::{Builder, JoinHandle},
};

/// The least stack of a thread, in bytes: 8 MiB, which is what Linux gives the first thread. Pages
/// that are not touched cost nothing.
pub const STACK_SIZE: usize = 8 << 20;

/// The most stack that can be asked for, in bytes.
pub const MOST_STACK_SIZE: usize = 1 << 30;

/// A thread of the process: one that [`Thread::spawn`] started or any other that asked for itself.
/// Copies are the same thread, and equal.
#[derive(Clone)]
pub struct Thread(Arc<Inner>);

struct Inner {
    /// From 1, in the order they were started or asked for.
    number: u64,
    life: Mutex<Life>,
    changed: Condvar,
}

enum State {
    /// Not yet running.
    Starting,
    Running(imp::Id),
    Ended,
}

struct Life {
    state: State,
    /// Of a thread that was started here and is neither joined nor detached.
    join: Option<JoinHandle<()>>,
    /// What [`Thread::set_failure`] said first.
    failure: Option<String>,
}

/// Ends a [`Thread`] when the thread itself ends.
struct Ending(Thread);

impl Drop for Ending {
    fn drop(&mut self) {
        self.0.life().state = State::Ended;
        self.0.0.changed.notify_all();
    }
}

thread_local! {
    static CURRENT: RefCell<Option<Ending>> = const { RefCell::new(None) };
}

/// Who waits for whom, by number: a circle of threads that join each other would never end.
static WAITING: Mutex<Option<HashMap<u64, u64>>> = Mutex::new(None);

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl PartialEq for Thread {
    fn eq(&self, other: &Thread) -> bool {
        self.0.number == other.0.number
    }
}

impl Eq for Thread {}

impl std::fmt::Debug for Thread {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Thread").field(&self.0.number).finish()
    }
}

impl Thread {
    fn new(state: State) -> Thread {
        static NUMBER: AtomicU64 = AtomicU64::new(1);
        Thread(Arc::new(Inner {
            number: NUMBER.fetch_add(1, Ordering::Relaxed),
            life: Mutex::new(Life {
                state,
                join: None,
                failure: None,
            }),
            changed: Condvar::new(),
        }))
    }

    fn life(&self) -> MutexGuard<'_, Life> {
        lock(&self.0.life)
    }

    /// A number that no other thread of the process has, from 1.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.0.number
    }

    /// Starts a thread named `thread-N` with a stack of `stack_size` bytes, at least
    /// [`STACK_SIZE`]. It runs when this returns. Dropping every copy of the result lets the
    /// thread go on and release itself, as [`Thread::detach`] does.
    ///
    /// # Errors
    /// `EINVAL` for more than [`MOST_STACK_SIZE`]; the system's, mostly `EAGAIN`, when it gives no
    /// thread.
    pub fn spawn(stack_size: usize, body: impl FnOnce() + Send + 'static) -> Result<Thread> {
        if stack_size > MOST_STACK_SIZE {
            return Err(Error::EINVAL);
        }
        let thread = Thread::new(State::Starting);
        let started = thread.clone();
        let join = Builder::new()
            .name(format!("thread-{}", thread.number()))
            .stack_size(stack_size.max(STACK_SIZE))
            .spawn(move || {
                started.life().state = State::Running(imp::current());
                started.0.changed.notify_all();
                // It ends with the thread's own storage, after all that `body` leaves there.
                CURRENT.set(Some(Ending(started)));
                body();
            })?;
        let mut life = thread.life();
        while matches!(life.state, State::Starting) {
            life = thread.wait(life);
        }
        life.join = Some(join);
        drop(life);
        Ok(thread)
    }

    fn wait<'a>(&self, life: MutexGuard<'a, Life>) -> MutexGuard<'a, Life> {
        self.0
            .changed
            .wait(life)
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// The thread that asks.
    #[must_use]
    pub fn current() -> Thread {
        let known = CURRENT.try_with(|current| {
            let mut current = current.borrow_mut();
            let ending =
                current.get_or_insert_with(|| Ending(Thread::new(State::Running(imp::current()))));
            ending.0.clone()
        });
        // The thread is about to end and its storage is gone.
        known.unwrap_or_else(|_| Thread::new(State::Ended))
    }

    /// Waits until the thread has ended and its memory is released.
    ///
    /// # Errors
    /// `EINVAL` when it was joined or detached before or was not started by [`Thread::spawn`];
    /// `EBUSY` when it is the one that asks or waits, perhaps through others, for that one.
    pub fn join(&self) -> Result<()> {
        let own = Thread::current();
        let waiting = Waiting::start(own.number(), self.number())?;
        let mut life = self.life();
        let join = life.join.take().ok_or(Error::EINVAL)?;
        while !matches!(life.state, State::Ended) {
            life = self.wait(life);
        }
        drop(life);
        drop(waiting);
        // What is left of the thread is its way out. A panic of it was reported there.
        let _ended = join.join();
        Ok(())
    }

    /// Lets the thread release itself when it ends.
    ///
    /// # Errors
    /// `EINVAL` when it was joined or detached before or was not started by [`Thread::spawn`].
    pub fn detach(&self) -> Result<()> {
        self.life().join.take().map(drop).ok_or(Error::EINVAL)
    }

    /// Notes what went wrong in the thread, for those who ask afterwards. The first note stays.
    pub fn set_failure(&self, text: &str) {
        self.life().failure.get_or_insert_with(|| text.into());
    }

    /// What went wrong in the thread, if it was noted.
    #[must_use]
    pub fn failure(&self) -> Option<String> {
        self.life().failure.clone()
    }

    /// Asks the system something of the thread, which cannot end meanwhile. `ESRCH` if it has.
    fn ask<T>(&self, question: impl FnOnce(imp::Id) -> Result<T>) -> Result<T> {
        let life = self.life();
        match life.state {
            State::Running(id) => question(id),
            State::Starting | State::Ended => Err(Error::ESRCH),
        }
    }

    /// Which of the first `size` CPUs the thread may run on.
    ///
    /// # Errors
    /// `ESRCH` when it has ended, `EINVAL` for a size below [`cpumask_size`] or absurdly above,
    /// `ENOTSUP` on macOS.
    pub fn affinity(&self, size: usize) -> Result<Vec<bool>> {
        check_size(size)?;
        self.ask(|id| imp::affinity(id, size))
    }

    /// Lets the thread run on the CPUs marked, and no others. Returns which they were before; the
    /// two steps are not one, and another thread may change them between.
    ///
    /// # Errors
    /// As of [`Thread::affinity`]; `EINVAL` when none of the CPUs exists.
    pub fn set_affinity(&self, cpus: &[bool]) -> Result<Vec<bool>> {
        check_size(cpus.len())?;
        self.ask(|id| {
            let before = imp::affinity(id, cpus.len())?;
            imp::set_affinity(id, cpus).map(|()| before)
        })
    }

    /// The thread's priority as the system counts: the nice value on Linux (-20 to 19, less is
    /// sooner), the priority within its policy on macOS and FreeBSD, -15 to 15 on Windows.
    ///
    /// # Errors
    /// `ESRCH` when it has ended, or the system's.
    pub fn priority(&self) -> Result<i32> {
        self.ask(imp::priority)
    }

    /// Sets the priority: -2 (lowest) to 2 (highest), 0 is normal.
    ///
    /// # Errors
    /// `EINVAL` for other numbers, `ESRCH` when it has ended, `EACCES` or `EPERM` when it takes a
    /// right to raise it.
    pub fn set_priority(&self, priority: i32) -> Result<()> {
        if !(-2..=2).contains(&priority) {
            return Err(Error::EINVAL);
        }
        self.ask(|id| imp::set_priority(id, priority))
    }

    /// The thread's name.
    ///
    /// # Errors
    /// `ESRCH` when it has ended, or the system's.
    pub fn name(&self) -> Result<Vec<u8>> {
        self.ask(imp::name)
    }
}

/// A thread waits for another; over when dropped.
struct Waiting(u64);

impl Waiting {
    fn start(who: u64, target: u64) -> Result<Waiting> {
        let mut waiting = lock(&WAITING);
        let edges = waiting.get_or_insert_default();
        let mut next = Some(target);
        while let Some(number) = next {
            if number == who {
                return Err(Error::EBUSY);
            }
            next = edges.get(&number).copied();
        }
        edges.insert(who, target);
        Ok(Waiting(who))
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if let Some(edges) = lock(&WAITING).as_mut() {
            edges.remove(&self.0);
        }
    }
}

/// Far more CPUs than any system counts.
const MOST_CPUS: usize = 1 << 16;

fn check_size(size: usize) -> Result<()> {
    if (imp::cpumask_size()?..=MOST_CPUS).contains(&size) {
        Ok(())
    } else {
        Err(Error::EINVAL)
    }
}

/// How many CPUs a mask has places for: 1024 on Linux, whatever the machine has.
///
/// # Errors
/// `ENOTSUP` on macOS.
pub fn cpumask_size() -> Result<usize> {
    imp::cpumask_size()
}

/// The CPU that runs this thread, from 0.
///
/// # Errors
/// `ENOTSUP` on macOS.
pub fn current_cpu() -> Result<usize> {
    imp::current_cpu()
}

/// Names the thread that asks. A longer name than the system keeps is cut (15 bytes on Linux, 63
/// on macOS, 19 on FreeBSD, 255 on Windows).
///
/// # Errors
/// `EINVAL` for a name with a NUL byte or, on Windows, that is not UTF-8.
pub fn set_current_name(name: &[u8]) -> Result<()> {
    let length = name.len().min(imp::LONGEST_NAME);
    let name = CString::new(&name[..length]).map_err(|_| Error::EINVAL)?;
    imp::set_name(&name)
}

#[cfg(test)]
mod tests {
    use super::{STACK_SIZE, Thread, cpumask_size, current_cpu, set_current_name};
    use crate::Error;
    use std::sync::mpsc;

    #[test]
    fn started_joined_and_asked_after_the_end() {
        let (tell, told) = mpsc::channel();
        let thread = Thread::spawn(0, move || tell.send(Thread::current()).unwrap()).unwrap();
        assert_eq!(told.recv().unwrap(), thread);
        assert_ne!(Thread::current(), thread);
        assert_eq!(Thread::current(), Thread::current());
        thread.join().unwrap();
        assert_eq!(thread.join(), Err(Error::EINVAL));
        assert_eq!(thread.detach(), Err(Error::EINVAL));
        assert_eq!(thread.priority(), Err(Error::ESRCH));
        assert_eq!(thread.set_priority(0), Err(Error::ESRCH));
        assert_eq!(thread.name(), Err(Error::ESRCH));
        assert_eq!(
            Thread::spawn(usize::MAX, || {}).map(|_| ()),
            Err(Error::EINVAL)
        );
        // A panic ends its thread only.
        Thread::spawn(STACK_SIZE, || panic!("a test's panic"))
            .unwrap()
            .join()
            .unwrap();
    }

    #[test]
    fn threads_that_would_wait_for_each_other_are_told() {
        assert_eq!(Thread::current().join(), Err(Error::EBUSY));
        assert_eq!(Thread::current().detach(), Err(Error::EINVAL));
        let (give, given) = mpsc::channel::<Thread>();
        let (tell, told) = mpsc::channel();
        let first = Thread::spawn(0, move || tell.send(given.recv().unwrap().join()).unwrap());
        let first = first.unwrap();
        let (start, started) = mpsc::channel();
        let second = Thread::spawn(0, {
            let first = first.clone();
            move || {
                started.recv().unwrap();
                first.join().unwrap();
            }
        });
        let second = second.unwrap();
        start.send(()).unwrap();
        while super::lock(&super::WAITING)
            .as_ref()
            .is_none_or(|edges| !edges.contains_key(&second.number()))
        {
            std::thread::yield_now();
        }
        give.send(second.clone()).unwrap();
        assert_eq!(told.recv().unwrap(), Err(Error::EBUSY));
        second.join().unwrap();
    }

    #[test]
    fn two_wait_for_one_and_one_of_them_gets_it() {
        let (go, wait) = mpsc::channel::<()>();
        let thread = Thread::spawn(0, move || assert!(wait.recv().is_err())).unwrap();
        let others: Vec<_> = (0..4)
            .map(|_| {
                let thread = thread.clone();
                std::thread::spawn(move || thread.join().is_ok())
            })
            .collect();
        drop(go);
        let joined = others.into_iter().map(|other| other.join().unwrap());
        assert_eq!(joined.filter(|&joined| joined).count(), 1);
    }

    #[test]
    fn the_first_failure_stays() {
        let thread = Thread::spawn(0, || {
            Thread::current().set_failure("first");
            Thread::current().set_failure("second");
        })
        .unwrap();
        thread.join().unwrap();
        assert_eq!(thread.failure().as_deref(), Some("first"));
        assert_eq!(Thread::spawn(0, || {}).unwrap().failure(), None);
    }

    #[test]
    fn names_priorities_and_cpus() {
        let thread = Thread::spawn(0, || {
            let own = Thread::current();
            assert_eq!(
                own.name().unwrap(),
                format!("thread-{}", own.number()).into_bytes()
            );
            set_current_name(b"a name of more bytes than fit").unwrap();
            assert!(own.name().unwrap().starts_with(b"a name of more"));
            assert_eq!(set_current_name(b"a\0b"), Err(Error::EINVAL));
            set_current_name(b"").unwrap();
            assert_eq!(own.name().unwrap(), b"");
            assert_eq!(own.set_priority(3), Err(Error::EINVAL));
            own.set_priority(-1).unwrap();
            let Ok(size) = cpumask_size() else {
                return;
            };
            assert_eq!(own.affinity(size - 1), Err(Error::EINVAL));
            assert_eq!(own.affinity(usize::MAX), Err(Error::EINVAL));
            let before = own.affinity(size + 3).unwrap();
            assert_eq!(before.len(), size + 3);
            let cpu = current_cpu().unwrap();
            let mut one = vec![false; size];
            assert!(own.set_affinity(&one).is_err());
            one[cpu] = true;
            assert_eq!(own.set_affinity(&one).unwrap(), before[..size]);
            assert_eq!(own.affinity(size).unwrap(), one);
        });
        thread.unwrap().join().unwrap();
    }
}
