//! What a loop has done so far, and options of its poll.
//!
//! Semantics: <https://docs.libuv.org/en/v1.x/metrics.html>, `uv_loop_configure` in `loop.html`.

use crate::{Error, Loop, Result, sys};

/// Counts of a loop: [`Loop::metrics`].
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub struct Metrics {
    /// Turns of the loop.
    pub loop_count: u64,
    /// Events the system reported.
    pub events: u64,
    /// Those of them that were there already when the loop asked.
    pub events_waiting: u64,
}

/// What the poll phase measures and how it waits.
#[derive(Debug, Default)]
pub(crate) struct Polling {
    pub(crate) metrics: Metrics,
    /// Nanoseconds waited; `None` until they are asked for.
    pub(crate) idle: Option<u64>,
    /// Whether `SIGPROF` is held up while the loop waits.
    pub(crate) block_sigprof: bool,
}

impl Loop {
    /// The counts so far. They agree with each other in a prepare callback.
    pub fn metrics(&self) -> Metrics {
        self.polling.metrics
    }

    /// Nanoseconds the loop waited for the system since [`Loop::measure_idle_time`]; 0 before.
    pub fn idle_time(&self) -> u64 {
        self.polling.idle.unwrap_or(0)
    }

    /// Begins to add up [`Loop::idle_time`]. It costs two looks at the clock a turn.
    pub fn measure_idle_time(&mut self) {
        self.polling.idle.get_or_insert(0);
    }

    /// Holds `signum` up while the loop waits, so that a profiler's signals do not wake it; it
    /// arrives when the wait is over. `EINVAL` unless it is `SIGPROF`, `ENOSYS` on Windows.
    pub fn block_signal(&mut self, signum: i32) -> Result<()> {
        match sys::SIGPROF {
            None => Err(Error::ENOSYS),
            Some(sigprof) if sigprof != signum => Err(Error::EINVAL),
            Some(_) => {
                self.polling.block_sigprof = true;
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{RunMode, testing::run};

    #[test]
    fn turns_and_waiting_are_counted() {
        let mut lp = Loop::new().unwrap();
        assert_eq!(lp.metrics(), Metrics::default());
        let timer = lp.new_timer();
        let wait = |lp: &mut Loop| {
            lp.timer_start(timer, 20, 0).unwrap();
            run(lp, RunMode::Once, |_, _| {});
        };
        wait(&mut lp);
        assert_eq!((lp.idle_time(), lp.metrics().loop_count), (0, 1));
        // A machine that is busy may leave nothing to wait for, now and then.
        let mut turns = 1;
        let mut wait_longer_than = |lp: &mut Loop, idle| {
            lp.measure_idle_time();
            while lp.idle_time() <= idle {
                wait(lp);
                turns += 1;
            }
            assert_eq!(lp.metrics().loop_count, turns);
            lp.idle_time()
        };
        let idle = wait_longer_than(&mut lp, 1_000_000);
        wait_longer_than(&mut lp, idle);
    }

    #[test]
    fn events_are_counted_and_those_that_waited() {
        let mut lp = Loop::new().unwrap();
        lp.measure_idle_time();
        let handle = lp.new_async();
        lp.async_sender(handle).unwrap().send();
        run(&mut lp, RunMode::Once, |_, _| {});
        let metrics = lp.metrics();
        assert_eq!((metrics.events, metrics.events_waiting), (1, 1));
    }

    #[cfg(unix)]
    #[test]
    fn only_one_signal_can_be_blocked() {
        let mut lp = Loop::new().unwrap();
        assert_eq!(lp.block_signal(libc::SIGINT), Err(Error::EINVAL));
        assert_eq!(lp.block_signal(libc::SIGPROF), Ok(()));
        let timer = lp.new_timer();
        lp.timer_start(timer, 1, 0).unwrap();
        run(&mut lp, RunMode::Default, |_, _| {});
    }
}
