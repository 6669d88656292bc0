//! The thread pool for work that blocks.
//!
//! Semantics: <https://docs.libuv.org/en/v1.x/threadpool.html>. One pool serves all loops of the
//! process. It has 4 threads or as many as `UV_THREADPOOL_SIZE` says (at most 1024), started when
//! there is work and all that run are busy.

use crate::{Error, Event, Loop, Request, Requests, Result, async_::Shared};
use std::{
    any::Any,
    collections::VecDeque,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError},
};

/// Work for the pool. What it returns comes with [`Event::Work`].
pub type Job = Box<dyn FnOnce() -> Box<dyn Any + Send> + Send>;

/// Work for the pool that keeps its result in itself, so that a thread of the pool need not allocate
/// or free what the loop's thread frees or allocated: that costs both of them a lock.
pub trait Work: Any + Send {
    /// Does the work, once.
    fn run(&mut self);
}

/// What a task does.
enum Duty {
    Once(Job),
    InPlace(Box<dyn Work>),
}

impl Duty {
    fn perform(self) -> Box<dyn Any + Send> {
        match self {
            Duty::Once(job) => job(),
            Duty::InPlace(mut work) => {
                work.run();
                work
            }
        }
    }
}

/// A job with where its outcome goes. The job is gone when it runs or was cancelled.
pub(crate) struct Task {
    duty: Mutex<Option<Duty>>,
    request: Request,
    loop_: Arc<Shared>,
    /// It may wait for the network, and must not take all threads.
    slow: bool,
}

impl Task {
    fn take(&self) -> Option<Duty> {
        self.duty
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }
}

#[derive(Default)]
struct State {
    quick: VecDeque<Arc<Task>>,
    slow: VecDeque<Arc<Task>>,
    threads: usize,
    idle: usize,
    slow_running: usize,
    /// Threads that wait on the condition, and how many of them were woken but have not yet run:
    /// waking costs a system call, so nobody is woken twice or in vain.
    asleep: usize,
    woken: usize,
}

impl State {
    /// Whether a thread is to be woken for a task; it counts as woken then.
    fn wake_one(&mut self) -> bool {
        let wake = self.asleep > self.woken;
        self.woken += usize::from(wake);
        wake
    }
}

struct Pool {
    state: Mutex<State>,
    work: Condvar,
    size: usize,
}

impl Pool {
    fn get() -> &'static Pool {
        static POOL: OnceLock<Pool> = OnceLock::new();
        POOL.get_or_init(|| {
            let size = std::env::var("UV_THREADPOOL_SIZE")
                .ok()
                .and_then(|s| s.parse().ok());
            Pool {
                state: Mutex::default(),
                work: Condvar::new(),
                size: size.unwrap_or(4usize).clamp(1, 1024),
            }
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn submit(&'static self, task: Arc<Task>) -> Result<()> {
        let mut state = self.state();
        let waiting = state.quick.len() + state.slow.len();
        if state.idle <= waiting && state.threads < self.size {
            let spawned = std::thread::Builder::new()
                .name("luvit-worker".into())
                .stack_size(crate::thread::STACK_SIZE)
                .spawn(move || self.run());
            match spawned {
                Ok(_) => {
                    state.threads += 1;
                    // It counts as idle from here on, until it takes its first task.
                    state.idle += 1;
                }
                // Those that run will do; without any the work would never be done.
                Err(error) if state.threads == 0 => return Err(error.into()),
                Err(_) => {}
            }
        }
        if task.slow {
            state.slow.push_back(task);
        } else {
            state.quick.push_back(task);
        }
        let wake = state.wake_one();
        drop(state);
        if wake {
            self.work.notify_one();
        }
        Ok(())
    }

    /// The life of a thread.
    fn run(&self) {
        let mut state = self.state();
        loop {
            // Slow tasks have half of the threads, as in libuv.
            let slow_may_run = state.slow_running < self.size.div_ceil(2);
            let task = match state.quick.pop_front() {
                None if slow_may_run => state.slow.pop_front(),
                task => task,
            };
            let Some(task) = task else {
                state.asleep += 1;
                state = self
                    .work
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner);
                state.asleep -= 1;
                state.woken = state.woken.saturating_sub(1);
                continue;
            };
            state.idle -= 1;
            state.slow_running += usize::from(task.slow);
            drop(state);
            let slow = task.slow;
            if let Some(duty) = task.take() {
                let result = catch_unwind(AssertUnwindSafe(|| duty.perform()));
                let outcome = (task.request, result.map_err(|_| Error::UNKNOWN));
                let loop_ = task.loop_.clone();
                // The loop's own reference is the last one: it frees what it allocated.
                drop(task);
                loop_.post(|mail| mail.outcomes.push(outcome));
            }
            state = self.state();
            state.idle += 1;
            if slow {
                state.slow_running -= 1;
                if state.wake_one() {
                    self.work.notify_one();
                }
            }
        }
    }
}

/// The jobs of a loop that have not ended.
pub(crate) type Jobs = Requests<Arc<Task>>;

impl Loop {
    /// Runs `job` on a thread of the pool; [`Event::Work`] brings what it returns, or `UNKNOWN`
    /// when it panicked. `EAGAIN` (or what the system says) when no thread can be started.
    pub fn queue_work(&mut self, job: Job) -> Result<Request> {
        self.queue_task(job, false)
    }

    /// Like [`Loop::queue_work`]; what [`Event::Work`] brings is `work` itself.
    pub fn queue_in_place(&mut self, work: Box<dyn Work>) -> Result<Request> {
        self.queue_duty(Duty::InPlace(work), false)
    }

    /// Like [`Loop::queue_work`], for work that may wait for the network.
    pub(crate) fn queue_task(&mut self, job: Job, slow: bool) -> Result<Request> {
        self.queue_duty(Duty::Once(job), slow)
    }

    fn queue_duty(&mut self, duty: Duty, slow: bool) -> Result<Request> {
        let request = self.new_request();
        let task = Arc::new(Task {
            duty: Mutex::new(Some(duty)),
            request,
            loop_: self.shared.clone(),
            slow,
        });
        if let Err(error) = Pool::get().submit(task.clone()) {
            self.drop_request();
            return Err(error);
        }
        self.jobs.insert(request, task);
        Ok(request)
    }

    /// Cancels a job that has not begun: its [`Event::Work`] says `ECANCELED`. `EBUSY` when it runs
    /// or has ended, `EINVAL` when the request is not under way.
    pub fn cancel(&mut self, request: Request) -> Result<()> {
        let task = self.jobs.get(request).ok_or(Error::EINVAL)?;
        drop(task.take().ok_or(Error::EBUSY)?);
        self.jobs.remove(request);
        self.push_mail(Event::Work {
            request,
            result: Err(Error::ECANCELED),
        });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        Error, Event, Loop, Request, RunMode,
        testing::{finish, run},
    };
    use std::sync::mpsc;

    #[test]
    fn jobs_return_panic_and_are_cancelled() {
        let mut lp = Loop::new().unwrap();
        let good = lp.queue_work(Box::new(|| Box::new(42))).unwrap();
        let bad = lp
            .queue_work(Box::new(|| panic!("a test's panic")))
            .unwrap();
        let mut left = vec![good, bad];
        run(&mut lp, RunMode::Default, |_, event| {
            let Event::Work { request, result } = event else {
                panic!()
            };
            left.retain(|&r| r != request);
            match result {
                Ok(value) => assert_eq!((request, *value.downcast::<i32>().unwrap()), (good, 42)),
                Err(error) => assert_eq!((request, error), (bad, Error::UNKNOWN)),
            }
        });
        assert!(left.is_empty());
        assert_eq!(lp.cancel(good), Err(Error::EINVAL));
        assert_eq!(lp.cancel(Request::from_bits(99)), Err(Error::EINVAL));

        // All threads are held up, so that what is queued behind them can be cancelled.
        let (started, starts) = mpsc::channel();
        let mut gates = Vec::new();
        let mut held = Vec::new();
        for _ in 0..super::Pool::get().size {
            let (gate, wait) = mpsc::channel::<()>();
            let started = started.clone();
            gates.push(gate);
            held.push(
                lp.queue_work(Box::new(move || {
                    let _ = started.send(());
                    let _ = wait.recv();
                    Box::new(())
                }))
                .unwrap(),
            );
        }
        for _ in &held {
            starts.recv().unwrap();
        }
        let waiting = lp.queue_work(Box::new(|| unreachable!())).unwrap();
        assert_eq!(lp.cancel(held[0]), Err(Error::EBUSY));
        lp.cancel(waiting).unwrap();
        drop(gates);
        let mut cancelled = 0;
        run(&mut lp, RunMode::Default, |_, event| {
            if let Event::Work {
                request,
                result: Err(error),
            } = event
            {
                assert_eq!((request, error), (waiting, Error::ECANCELED));
                cancelled += 1;
            }
        });
        assert_eq!(cancelled, 1);
        finish(&mut lp);
    }

    /// Jobs of both kinds, one after another and many at once: none is forgotten by threads that
    /// sleep.
    #[test]
    fn every_job_is_done() {
        let mut lp = Loop::new().unwrap();
        for round in 0..400 {
            let jobs = if round % 20 == 0 { 100 } else { round % 4 + 1 };
            for job in 0..jobs {
                lp.queue_task(Box::new(move || Box::new(job)), job % 3 == 0)
                    .unwrap();
            }
            let mut sum = 0;
            run(&mut lp, RunMode::Default, |_, event| {
                if let Event::Work { result, .. } = event {
                    sum += *result.unwrap().downcast::<i32>().unwrap();
                }
            });
            assert_eq!(sum, (0..jobs).sum::<i32>());
        }
        finish(&mut lp);
    }
}
